/*
 * Tests of write.c and profile.c: what is written, that engines read it, and that reading it again gives the same.
 */
#include "profile/test-support.h"

#include "base/json_read.h"

static struct cg_profile *read_oci(const char *text)
{
	struct cg_target target = target_for("oci");
	struct cg_profile *profile = NULL;
	struct cg_err err = { 0 };
	int rc = cg_profile_read("p.json", text, strlen(text), &target, NULL, &profile, &err);

	if (rc < 0)
		print_message("%s: %s\n", err.place, err.message);
	assert_int_equal(rc, 0);
	return profile;
}

static const char docker_form[] =
	"{\n"
	"  \"defaultAction\": \"SCMP_ACT_ERRNO\",\n"
	"  \"defaultErrnoRet\": 38,\n"
	"  \"archMap\": [\n"
	"    {\n"
	"      \"architecture\": \"SCMP_ARCH_X86_64\",\n"
	"      \"subArchitectures\": [\n"
	"        \"SCMP_ARCH_X86\"\n"
	"      ]\n"
	"    },\n"
	"    {\n"
	"      \"architecture\": \"SCMP_ARCH_RISCV64\",\n"
	"      \"subArchitectures\": []\n"
	"    }\n"
	"  ],\n"
	"  \"flags\": [],\n"
	"  \"listenerPath\": \"/l\",\n"
	"  \"listenerMetadata\": \"m\",\n"
	"  \"syscalls\": [\n"
	"    {\n"
	"      \"names\": [\n"
	"        \"clone\",\n"
	"        \"read\"\n"
	"      ],\n"
	"      \"action\": \"SCMP_ACT_ALLOW\",\n"
	"      \"args\": [\n"
	"        {\"index\": 0, \"value\": 18446744073709551615, \"valueTwo\": 0, \"op\": \"SCMP_CMP_MASKED_EQ\"},\n"
	"        {\"index\": 1, \"value\": 3, \"op\": \"SCMP_CMP_NE\"}\n"
	"      ],\n"
	"      \"comment\": \"why\",\n"
	"      \"includes\": {\n"
	"        \"arches\": [\n"
	"          \"amd64\"\n"
	"        ],\n"
	"        \"caps\": [\n"
	"          \"CAP_KILL\"\n"
	"        ],\n"
	"        \"minKernel\": \"4.8\"\n"
	"      }\n"
	"    },\n"
	"    {\n"
	"      \"names\": [\n"
	"        \"mkdir\"\n"
	"      ],\n"
	"      \"action\": \"SCMP_ACT_KILL\",\n"
	"      \"excludes\": {\n"
	"        \"minKernel\": \"\"\n"
	"      }\n"
	"    }\n"
	"  ]\n"
	"}\n";

static const char plain_form[] =
	"{\n"
	"  \"defaultAction\": \"SCMP_ACT_ERRNO\",\n"
	"  \"defaultErrnoRet\": 38,\n"
	"  \"architectures\": [\n"
	"    \"SCMP_ARCH_X86_64\",\n"
	"    \"SCMP_ARCH_X86\"\n"
	"  ],\n"
	"  \"flags\": [],\n"
	"  \"listenerPath\": \"/l\",\n"
	"  \"listenerMetadata\": \"m\",\n"
	"  \"syscalls\": [\n"
	"    {\n"
	"      \"names\": [\n"
	"        \"clone\",\n"
	"        \"read\"\n"
	"      ],\n"
	"      \"action\": \"SCMP_ACT_ALLOW\",\n"
	"      \"args\": [\n"
	"        {\"index\": 0, \"value\": 18446744073709551615, \"valueTwo\": 0, \"op\": \"SCMP_CMP_MASKED_EQ\"},\n"
	"        {\"index\": 1, \"value\": 3, \"op\": \"SCMP_CMP_NE\"}\n"
	"      ]\n"
	"    }\n"
	"  ]\n"
	"}\n";

static void test_forms(void **state)
{
	struct cg_target target = target_for("oci");
	struct cg_profile *profile = read_oci(docker_form);
	struct cg_text text = { 0 };

	assert_int_equal(cg_profile_write(profile, &text), 0);
	assert_string_equal(cg_text_get(&text), docker_form);
	cg_text_clear(&text);
	assert_int_equal(cg_profile_write_oci(profile, &target, &text), 0);
	assert_string_equal(cg_text_get(&text), plain_form);
	cg_text_done(&text);
	cg_profile_free(profile);
}

static const char *write_again(const char *text, struct cg_text *out)
{
	struct cg_profile *profile = read_oci(text);

	cg_text_clear(out);
	assert_int_equal(cg_profile_write(profile, out), 0);
	cg_profile_free(profile);
	return cg_text_get(out);
}

/* Our comments, old names, names of errors and of threads become what every engine reads. */
static void test_what_engines_differ_on_is_not_written(void **state)
{
	static const char *const absent[] = { "//",    "\"name\"", "\"errno\"",     "KILL_THREAD",
					      "EXDEV", ",\n}",     "defaultErrno\"" };
	struct cg_text out = { 0 };
	const char *text = write_again(
		"{ // c\n\"defaultAction\":\"SCMP_ACT_KILL_THREAD\",\"syscalls\":["
		"{\"name\":\"read\",\"action\":\"SCMP_ACT_ERRNO\",\"errno\":\"EXDEV\",\"errnoRet\":5},"
		"{\"names\":[\"write\"],\"action\":\"SCMP_ACT_KILL_THREAD\",\"args\":[],\"includes\":{}},],}",
		&out);

	for (size_t i = 0; i < CG_N_ITEMS(absent); i++) {
		if (strstr(text, absent[i]))
			fail_msg("%s is written", absent[i]);
	}
	assert_non_null(strstr(text, "\"errnoRet\": 18\n"));
	assert_non_null(strstr(text, "\"defaultAction\": \"SCMP_ACT_KILL\",\n"));
	cg_text_done(&out);
}

/* A number without a name has no form here; a rule of such numbers alone is not written. */
static void test_numbers_without_names_are_left_out(void **state)
{
	struct cg_text out = { 0 };
	const char *text = write_again("{\"defaultAction\":\"SCMP_ACT_LOG\",\"syscalls\":["
				       "{\"names\":[\"x86_64:1234\",\"read\"],\"action\":\"SCMP_ACT_ALLOW\"},"
				       "{\"names\":[\"x86_64:1235\"],\"action\":\"SCMP_ACT_ERRNO\"}]}",
				       &out);

	assert_null(strstr(text, "123"));
	assert_non_null(strstr(text, "\"read\""));
	assert_null(strstr(text, "SCMP_ACT_ERRNO"));
	cg_text_done(&out);
}

static void test_nonsense_is_not_written(void **state)
{
	static const char *const texts[] = {
		"{}",
		"{\"defaultAction\":\"SCMP_ACT_DENY\"}",
		"{\"defaultAction\":\"SCMP_ACT_LOG\",\"syscalls\":[{\"names\":[\"read\"],\"action\":\"X\"}]}",
		"{\"defaultAction\":\"SCMP_ACT_LOG\",\"syscalls\":[{\"names\":[\"read\"],\"action\":\"SCMP_ACT_ERRNO\","
		"\"errno\":\"E\"}]}",
		"{\"defaultAction\":\"SCMP_ACT_LOG\",\"syscalls\":[{\"names\":[\"read\"],\"action\":\"SCMP_ACT_ERRNO\","
		"\"args\":[{\"op\":\"X\"}]}]}",
		"{\"defaultAction\":\"SCMP_ACT_LOG\",\"defaultErrno\":\"E\"}",
	};

	for (size_t i = 0; i < CG_N_ITEMS(texts); i++) {
		struct cg_profile *profile = read_oci(texts[i]);
		struct cg_text out = { 0 };

		assert_int_equal(cg_profile_write(profile, &out), -EINVAL);
		cg_text_done(&out);
		cg_profile_free(profile);
	}
}

/* Built by hand, as from a recording: what is written is read by every engine as it was meant. */
static void test_built_profile(void **state)
{
	struct cg_profile *profile = cg_profile_new("built");
	struct cg_profile_arg arg = { .index = 0, .op = CG_OP_EQ, .value = 1 };
	struct cg_profile_rule *rule;
	struct cg_text out = { 0 };

	assert_non_null(profile);
	cg_profile_set_default(profile, cg_action_errno(ENOSYS));
	assert_int_equal(cg_profile_add_arch(profile, cg_arch_find("x86_64")), 0);
	rule = cg_profile_add_rule(profile, CG_ACTION_ALLOW);
	assert_int_equal(cg_profile_add_name(profile, rule, "socket"), 0);
	assert_int_equal(cg_profile_add_arg(rule, &arg), 0);
	assert_int_equal(cg_profile_set_comment(profile, rule, "local sockets"), 0);
	rule = cg_profile_add_rule(profile, cg_action_errno(EPERM));
	assert_int_equal(cg_profile_add_name(profile, rule, "mkdir"), 0);
	assert_int_equal(cg_profile_write(profile, &out), 0);

	for (size_t i = 0; i < cg_n_engines; i++) {
		struct cg_target target = target_for(cg_engines[i].name);
		struct cg_policy *policy;

		target.engine = &cg_engines[i];
		policy = policy_of(cg_text_get(&out), &target, NULL);
		/* Docker 20.10 drops defaultErrnoRet. */
		assert_int_equal(ask(policy, "x86_64", "socket", 2, 0),
				 cg_engine_has(target.engine, CG_TRAIT_READS_DEFAULT_ERRNO) ? cg_action_errno(ENOSYS) :
											      cg_action_errno(EPERM));
		assert_int_equal(ask(policy, "x86_64", "socket", 1, 0), CG_ACTION_ALLOW);
		assert_int_equal(ask(policy, "x86_64", "mkdir", 1, 0), cg_action_errno(EPERM));
		cg_policy_free(policy);
	}
	cg_text_done(&out);
	cg_profile_free(profile);
}

static void test_free_takes_null(void **state)
{
	assert_null(cg_profile_free(NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_forms),
		cmocka_unit_test(test_what_engines_differ_on_is_not_written),
		cmocka_unit_test(test_numbers_without_names_are_left_out),
		cmocka_unit_test(test_nonsense_is_not_written),
		cmocka_unit_test(test_built_profile),
		cmocka_unit_test(test_free_takes_null),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
