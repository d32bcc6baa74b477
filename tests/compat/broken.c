/*
 * A libseccomp with two faults, to see that the judge finds them: it takes <= for <, and has every architecture.
 *
 * All else is our library's: this one is linked with it, and dlsym(3) looks there too.
 */
#include "libseccomp/seccomp.h"

#include <dlfcn.h>
#include <string.h>

#define N_COMPARISONS_MAX 6

int seccomp_arch_exist(const scmp_filter_ctx context, uint32_t token)
{
	return seccomp_version() == NULL; /* 0; and the linker sees that our library is needed */
}

int seccomp_rule_add_array(scmp_filter_ctx context, uint32_t action, int syscall, unsigned int n,
			   const struct scmp_arg_cmp *comparisons)
{
	int (*next)(scmp_filter_ctx, uint32_t, int, unsigned int, const struct scmp_arg_cmp *);
	struct scmp_arg_cmp changed[N_COMPARISONS_MAX];

	memcpy(&next, &(void *){ dlsym(RTLD_NEXT, "seccomp_rule_add_array") }, sizeof(next));
	if (!comparisons || n > N_COMPARISONS_MAX)
		return next(context, action, syscall, n, comparisons);
	for (unsigned int i = 0; i < n; i++) {
		changed[i] = comparisons[i];
		if (changed[i].op == SCMP_CMP_LE)
			changed[i].op = SCMP_CMP_LT;
	}
	return next(context, action, syscall, n, changed);
}
