/*
 * Running out of memory on the way from a policy text to a policy, and back to text, to OCI form and to pseudo code.
 */
#include "base/test-memory.h"
#include "language/test-text.h"

static const char text[] =
	"# everything once\n"
	"default ERRNO(ENOSYS); bad-arch trap\n"
	"arch x86, x32\n"
	"flags log\n"
	"listener \"/run/agent\" \"m\"\n"
	"include part.policy\n"
	"include p.json\n"
	"allow @stdio except close, x86:1000\n"
	"deny read when a0 == 1\nallow read\n" /* a note */
	"allow ioctl; deny ioctl when request in {TIOCSTI, 0x5500..0x5600} and not (fd == 3 or fd & 4 == 4)\n"
	"errno(EACCES) x86_64:openat when flags & ~(O_CLOEXEC|O_DIRECTORY) != 0\n";

static const struct test_file files[] = {
	{ "part.policy", "allow dup, dup2" },
	{ "p.json",
	  "{\"defaultAction\": \"SCMP_ACT_TRAP\", \"syscalls\": [{\"names\": [\"getuid\", \"close\"], "
	  "\"action\": \"SCMP_ACT_ALLOW\", \"args\": [{\"index\": 0, \"value\": 5, \"op\": \"SCMP_CMP_GE\"}]}]}" },
	{ NULL, NULL },
};

struct work {
	struct cg_policy *policy;
	struct cg_profile *outline;
};

static int read_text(void *context)
{
	struct work *work = context;
	struct cg_notes notes = { 0 };
	struct cg_err err = { 0 };
	int rc = test_read(text, files, &notes, &work->policy, &work->outline, &err);

	assert_int_equal(err.code, rc);
	cg_notes_done(&notes);
	work->policy = cg_policy_free(rc == 0 ? work->policy : NULL);
	work->outline = cg_profile_free(rc == 0 ? work->outline : NULL);
	return rc;
}

static int write_text(void *context)
{
	struct work *work = context;
	struct cg_text written = { 0 };
	int rc = cg_policy_text_write(work->policy, work->outline, &written, NULL);

	cg_text_done(&written);
	return rc;
}

static int write_pfc(void *context)
{
	struct work *work = context;
	struct cg_text written = { 0 };
	int rc = cg_policy_write_pfc(work->policy, &written);

	cg_text_done(&written);
	return rc;
}

static int convert(void *context)
{
	struct work *work = context;
	struct cg_profile *profile = NULL;
	int rc = cg_policy_to_profile(work->policy, work->outline, &profile, NULL);

	cg_profile_free(profile);
	return rc;
}

static void test_from_text_and_back(void **state)
{
	struct work work = { 0 };

	assert_true(fail_each(read_text, &work) > 100);

	assert_int_equal(test_read(text, files, NULL, &work.policy, &work.outline, NULL), 0);
	assert_true(fail_each(write_text, &work) > 50);
	assert_true(fail_each(write_pfc, &work) > 2);
	cg_policy_free(work.policy);
	cg_profile_free(work.outline);

	assert_int_equal(test_read("default trap\nflags log\nlistener \"/run/agent\" \"m\"\nallow read\nallow ioctl; "
				   "deny ioctl when "
				   "request in {TIOCSTI, TIOCLINUX}",
				   files, NULL, &work.policy, &work.outline, NULL),
			 0);
	assert_true(fail_each(convert, &work) > 20);
	cg_policy_free(work.policy);
	cg_profile_free(work.outline);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_from_text_and_back) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
