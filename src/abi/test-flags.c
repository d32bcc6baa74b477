/*
 * data/flags.csv against the headers of this machine: whatever both know must have one value.
 */
#include "abi/test-flags.h"

#include "abi/constants.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void agrees_with_the_headers_here(void **state)
{
	size_t n_compared = 0, n_wrong = 0;

	for (size_t i = 0; i < n_flags_here; i++) {
		uint64_t value;

		/* Other machines: a constant that x86_64 has may be missing here, and then the headers lack it too. */
		if (!cg_constant_find(NULL, flags_here[i].name, &value)) {
			print_error("%s is in the headers but not in the table of this arch\n", flags_here[i].name);
			n_wrong++;
			continue;
		}
		/* An int of the headers may come sign-extended (1 << 31). */
		if (value != flags_here[i].value && value != (uint32_t)flags_here[i].value) {
			print_error("%s: 0x%" PRIx64 " in the headers, 0x%" PRIx64 " in flags.csv\n", flags_here[i].name,
				    flags_here[i].value, value);
			n_wrong++;
		}
		n_compared++;
	}
	print_message("# %zu of %zu constants compared\n", n_compared, n_flags_asked);
	assert_int_equal(n_wrong, 0);
	assert_true(n_compared > 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(agrees_with_the_headers_here),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
