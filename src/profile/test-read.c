/*
 * Tests of oci.c and read.c: what every part becomes, and the place and words of each error.
 */
#include "profile/test-support.h"

static struct cg_profile *read_for(const char *engine, const char *text, struct cg_notes *notes)
{
	struct cg_target target = target_for(engine);
	struct cg_profile *profile = NULL;
	struct cg_err err = { 0 };
	int rc = cg_profile_read("p.json", text, strlen(text), &target, notes, &profile, &err);

	if (rc < 0)
		print_message("%s: %s\n", err.place, err.message);
	assert_int_equal(rc, 0);
	return profile;
}

/* The text must be refused while it is read by this engine, there and with these words. */
static void refuse(const char *engine, const char *text, int code, const char *place, const char *words)
{
	struct cg_target target = target_for(engine);
	struct cg_profile *profile = (struct cg_profile *)&target;
	struct cg_err err = { 0 };

	assert_int_equal(cg_profile_read("p.json", text, strlen(text), &target, NULL, &profile, &err), code);
	assert_ptr_equal(profile, (struct cg_profile *)&target);
	assert_string_equal(err.place, place);
	if (!strstr(err.message, words))
		fail_msg("\"%s\" lacks \"%s\"", err.message, words);
}

static void test_every_part(void **state)
{
	static const char text[] =
		"{ // all that there is\n"
		"  \"defaultAction\": \"SCMP_ACT_ERRNO\", \"defaultErrnoRet\": 38, \"defaultErrno\": \"ENOSYS\",\n"
		"  \"archMap\": [{\"architecture\": \"SCMP_ARCH_X86_64\", \"subArchitectures\": [\"SCMP_ARCH_X86\"]},\n"
		"              {\"architecture\": \"SCMP_ARCH_RISCV64\", \"subArchitectures\": null}],\n"
		"  \"flags\": [\"SECCOMP_FILTER_FLAG_LOG\"],\n"
		"  \"listenerPath\": \"/run/l.sock\", \"listenerMetadata\": \"m\",\n"
		"  \"syscalls\": [\n"
		"    {\"names\": [\"read\", \"write\"], \"action\": \"SCMP_ACT_ALLOW\", /* two */ \"comment\": "
		"\"why\",},\n"
		"    {\"name\": \"clone\", \"action\": \"SCMP_ACT_TRACE\", \"errnoRet\": 7, \"errno\": \"EXDEV\",\n"
		"     \"args\": [{\"index\": 1, \"value\": 18446744073709551615, \"valueTwo\": 2, \"op\": "
		"\"SCMP_CMP_MASKED_EQ\"}],\n"
		"     \"includes\": {\"arches\": [\"amd64\"], \"caps\": [\"CAP_BPF\"], \"minKernel\": \"4.8\"},\n"
		"     \"excludes\": {\"minKernel\": \"\"}}\n"
		"  ]\n"
		"}";
	struct cg_profile *profile = read_for("oci", text, NULL);
	const struct cg_profile_rule *rule = &profile->rules.items[1];

	assert_string_equal(profile->name, "p.json");
	assert_true(profile->has_default_action && profile->default_action == CG_ACTION_ERRNO);
	assert_null(profile->bad_default_action.text);
	assert_true(profile->has_default_errno_ret && profile->default_errno_ret == 38);
	assert_string_equal(profile->default_errno_name.text, "ENOSYS");
	assert_int_equal(profile->arch_map.n_items, 2);
	assert_string_equal(profile->arch_map.items[0].sub_arches.items[0].text, "SCMP_ARCH_X86");
	assert_int_equal(profile->arch_map.items[1].sub_arches.n_items, 0);
	assert_int_equal(profile->arch_map.items[1].arch.line, 4);
	assert_true(profile->has_flags && profile->flags.n_items == 1);
	assert_string_equal(profile->listener_path, "/run/l.sock");
	assert_string_equal(profile->listener_metadata, "m");
	assert_int_equal(profile->rules.n_items, 2);
	assert_string_equal(profile->rules.items[0].comment, "why");
	assert_int_equal(profile->rules.items[0].names.n_items, 2);
	assert_string_equal(profile->rules.items[0].names.items[1].text, "write");
	assert_int_equal(profile->rules.items[0].names.items[1].line, 8);
	assert_int_equal(profile->rules.items[0].names.items[1].column, 24);

	assert_int_equal(rule->line, 9);
	assert_int_equal(rule->names.n_items, 1);
	assert_string_equal(rule->names.items[0].text, "clone");
	assert_string_equal(rule->legacy_name.text, "clone");
	assert_false(rule->has_both_names);
	assert_true(rule->action == CG_ACTION_TRACE && rule->has_errno_ret && rule->errno_ret == 7);
	assert_string_equal(rule->errno_name.text, "EXDEV");
	assert_int_equal(rule->args.n_items, 1);
	assert_int_equal(rule->args.items[0].index, 1);
	assert_true(rule->args.items[0].value == UINT64_MAX && rule->args.items[0].value_two == 2);
	assert_int_equal(rule->args.items[0].op, CG_OP_MASKED_EQ);
	assert_string_equal(rule->includes.caps.items[0].text, "CAP_BPF");
	assert_true(rule->includes.has_min_kernel && rule->includes.min_kernel[0] == 4);
	assert_true(rule->excludes.has_min_kernel && rule->excludes.min_kernel[0] == 0);
	cg_profile_free(profile);
}

static void test_null_is_unset(void **state)
{
	struct cg_profile *profile = read_for(
		"docker",
		"{\"defaultAction\":null,\"architectures\":null,\"archMap\":null,\"flags\":null,\"syscalls\":"
		"[{\"name\":null,\"names\":[\"a\"],\"action\":\"SCMP_ACT_LOG\",\"args\":null,\"errnoRet\":null,"
		"\"includes\":null,\"excludes\":{\"minKernel\":null,\"caps\":null},\"comment\":null}]}",
		NULL);

	assert_false(profile->has_default_action);
	assert_false(profile->rules.items[0].has_errno_ret);
	assert_false(profile->rules.items[0].excludes.has_min_kernel);
	assert_null(profile->rules.items[0].comment);
	cg_profile_free(profile);
}

static void test_names_and_name(void **state)
{
	static const struct {
		const char *text;
		size_t n_names;
		bool has_both;
	} rows[] = {
		{ "{\"name\":\"a\",\"names\":[\"b\"]}", 1, true },
		{ "{\"name\":\"a\",\"names\":[]}", 1, false },
		{ "{\"name\":\"\",\"names\":[\"b\"]}", 1, false },
		{ "{\"names\":[\"b\",\"c\"]}", 2, false },
		{ "{}", 0, false },
	};

	for (size_t i = 0; i < CG_N_ITEMS(rows); i++) {
		char text[128];
		struct cg_profile *profile;

		snprintf(text, sizeof(text), "{\"syscalls\":[%s]}", rows[i].text);
		profile = read_for("docker", text, NULL);
		assert_int_equal(profile->rules.items[0].names.n_items, rows[i].n_names);
		assert_int_equal(profile->rules.items[0].has_both_names, rows[i].has_both);
		cg_profile_free(profile);
	}
}

/* The last of duplicate keys to Go, the first to yajl; a list that stands twice is not joined. */
static void test_duplicate_keys(void **state)
{
	static const char text[] = "{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"defaultAction\":\"SCMP_ACT_LOG\","
				   "\"syscalls\":[{\"names\":[\"a\"],\"action\":\"SCMP_ACT_LOG\"}],"
				   "\"syscalls\":[{\"names\":[\"b\"],\"names\":[\"c\"],\"action\":\"SCMP_ACT_TRAP\"}]}";
	struct cg_notes notes = { 0 };
	struct cg_profile *profile = read_for("docker", text, &notes);

	assert_true(profile->default_action == CG_ACTION_LOG);
	assert_int_equal(profile->rules.n_items, 1);
	assert_int_equal(profile->rules.items[0].names.n_items, 1);
	assert_string_equal(profile->rules.items[0].names.items[0].text, "c");
	assert_int_equal(notes.list.n_items, 3);
	assert_string_equal(notes.list.items[0].rule, "duplicate-key");
	assert_int_equal(notes.list.items[0].column, 35);
	cg_profile_free(profile);
	cg_notes_done(&notes);

	profile = read_for("crun", text, NULL);
	assert_true(profile->default_action == CG_ACTION_ALLOW);
	assert_string_equal(profile->rules.items[0].names.items[0].text, "a");
	cg_profile_free(profile);
}

static void test_notes_about_keys(void **state)
{
	static const struct {
		const char *engine, *text, *rule, *words;
		enum cg_severity severity;
	} rows[] = {
		{ "oci", "{\"sycalls\":[]}", "unknown-key", "did you mean syscalls?", CG_SEVERITY_WARNING },
		{ "oci", "{\"x-syscalls\":[]}", "unknown-key", "no effect", CG_SEVERITY_NOTE },
		{ "oci", "{\"_comment\":\"a\\tb\"}", "unknown-key", "no effect", CG_SEVERITY_NOTE },
		{ "oci", "{\"Syscalls\":[]}", "key-case", "crun", CG_SEVERITY_NOTE },
		{ "docker", "{\"flags\":[\"X\"]}", "ignored-key", "docker 20.10 drops \"flags\"", CG_SEVERITY_WARNING },
		{ "runc", "{\"archMap\":7}", "ignored-key", "runc 1.1 drops", CG_SEVERITY_WARNING },
		{ "runc", "{\"syscalls\":[{\"name\":\"read\"}]}", "ignored-key", "\"name\"", CG_SEVERITY_WARNING },
		{ "crun", "{\"defaultAction\":\"\",\"SYSCALLS\":1}", "unknown-key", "SYSCALLS", CG_SEVERITY_NOTE },
	};

	for (size_t i = 0; i < CG_N_ITEMS(rows); i++) {
		struct cg_notes notes = { 0 };

		cg_profile_free(read_for(rows[i].engine, rows[i].text, &notes));
		assert_int_equal(notes.list.n_items, 1);
		assert_string_equal(notes.list.items[0].rule, rows[i].rule);
		assert_int_equal(notes.list.items[0].severity, rows[i].severity);
		if (!strstr(notes.list.items[0].message, rows[i].words))
			fail_msg("\"%s\" lacks \"%s\"", notes.list.items[0].message, rows[i].words);
		assert_int_equal(notes.list.items[0].line, 1);
		cg_notes_done(&notes);
	}
}

static void test_wrong_types(void **state)
{
	static const struct {
		const char *text, *place, *words;
	} rows[] = {
		{ "[]", "p.json:1:1", "a profile is an object" },
		{ "null", "p.json:1:1", "a profile is an object" },
		{ "{\"defaultAction\":1}", "p.json:1:18", "\"defaultAction\" is a number, and must be a string" },
		{ "{\"syscalls\":{}}", "p.json:1:13", "must be an array" },
		{ "{\"syscalls\":[\n 7]}", "p.json:2:2", "a number where a rule" },
		{ "{\"syscalls\":[null]}", "p.json:1:14", "null where a rule" },
		{ "{\"syscalls\":[{\"names\":\"read\"}]}", "p.json:1:23", "must be an array" },
		{ "{\"syscalls\":[{\"names\":[\"a\",7]}]}", "p.json:1:28", "a number in a list of strings" },
		{ "{\"syscalls\":[{\"args\":[7]}]}", "p.json:1:23", "index, value and op" },
		{ "{\"syscalls\":[{\"args\":[{\"op\":7}]}]}", "p.json:1:29", "must be a string" },
		{ "{\"syscalls\":[{\"comment\":7}]}", "p.json:1:25", "must be a string" },
		{ "{\"syscalls\":[{\"includes\":[]}]}", "p.json:1:26", "must be an object" },
		{ "{\"archMap\":[7]}", "p.json:1:13", "architecture and subArchitectures" },
		{ "{\"archMap\":{}}", "p.json:1:12", "must be an array" },
		{ "{\"architectures\":[true]}", "p.json:1:19", "true or false in a list of strings" },
		{ "{\"defaultAction\":\"A\\u0000\"}", "p.json:1:18", "NUL" },
		{ "{\"architectures\":[\"A\\u0000\"]}", "p.json:1:19", "NUL" },
		{ "{\"syscalls\":[{\"comment\":\"\\u0000\"}]}", "p.json:1:25", "NUL" },
	};

	for (size_t i = 0; i < CG_N_ITEMS(rows); i++)
		refuse("oci", rows[i].text, -EINVAL, rows[i].place, rows[i].words);
}

static void test_numbers(void **state)
{
	static const struct {
		const char *number, *words;
	} rows[] = {
		{ "18446744073709551616", "18446744073709551616 does not fit into 64 bits" },
		{ "-1", "write the unsigned number, 18446744073709551615" },
		{ "-0", "negative" },
		{ "1.5", "no whole number" },
		{ "1e2", "no whole number" },
		{ "\"511\"", "must be a number" },
		{ "99999999999999999999999999999999999999999999999999999999999999999999999999999999999", "64 bits" },
	};
	char text[256];

	for (size_t i = 0; i < CG_N_ITEMS(rows); i++) {
		snprintf(text, sizeof(text), "{\"syscalls\":[{\"args\":[{\"value\":%s}]}]}", rows[i].number);
		refuse("oci", text, -EINVAL, "p.json:1:32", rows[i].words);
		snprintf(text, sizeof(text), "{\"defaultErrnoRet\":%s}", rows[i].number);
		refuse("oci", text, -EINVAL, "p.json:1:20", rows[i].words);
	}
	refuse("crun", "{\"defaultErrnoRet\":4294967296}", -EINVAL, "p.json:1:20", "32 bits");
}

/* crun takes what is of another type as not there, and reads -1 as strtoull() does. */
static void test_numbers_of_crun(void **state)
{
	struct cg_profile *profile = read_for("crun",
					      "{\"defaultAction\":\"SCMP_ACT_LOG\",\"syscalls\":[{\"names\":[\"a\",1,"
					      "null],\"action\":\"SCMP_ACT_LOG\","
					      "\"args\":[{\"index\":\"1\",\"value\":\"511\",\"op\":\"SCMP_CMP_EQ\"},"
					      "{\"index\":2,\"value\":-1,\"valueTwo\":-2,\"op\":\"SCMP_CMP_EQ\"}]}]}",
					      NULL);
	const struct cg_profile_rule *rule = &profile->rules.items[0];

	assert_int_equal(rule->names.n_items, 1);
	assert_int_equal(rule->args.items[0].index, 0);
	assert_int_equal(rule->args.items[0].value, 0);
	assert_true(rule->args.items[1].value == UINT64_MAX && rule->args.items[1].value_two == UINT64_MAX - 1);
	cg_profile_free(profile);
	refuse("crun",
	       "{\"defaultAction\":\"\",\"syscalls\":[{\"names\":[],\"action\":\"\",\"args\":[{\"index\":-1}]}]}",
	       -EINVAL, "p.json:1:74", "negative");
}

static void test_required_fields_of_crun(void **state)
{
	refuse("crun", "{}", -EINVAL, "p.json:1:1", "\"defaultAction\" is missing");
	refuse("crun", "{\"defaultAction\":null}", -EINVAL, "p.json:1:1", "\"defaultAction\" is missing");
	refuse("crun", "{\"defaultAction\":\"\",\"syscalls\":[{\"action\":\"\"}]}", -EINVAL, "p.json:1:33",
	       "\"names\" is missing");
	refuse("crun", "{\"defaultAction\":\"\",\"syscalls\":[{\"names\":\"a\",\"action\":\"\"}]}", -EINVAL,
	       "p.json:1:33", "\"names\" is missing");
	refuse("crun", "{\"defaultAction\":\"\",\"syscalls\":[{\"names\":[]}]}", -EINVAL, "p.json:1:33",
	       "\"action\" is missing");
	refuse("crun",
	       "{\"defaultAction\":\"\",\"syscalls\":[{\"names\":[],\"action\":\"\",\"args\":[{\"index\":1}]}]}",
	       -EINVAL, "p.json:1:65", "\"op\" is missing");
}

/* Comments: ours and crun's; commas before a bracket: ours alone. */
static void test_comments(void **state)
{
	cg_profile_free(read_for("oci", "// x\n{/**/\"syscalls\":[],}", NULL));
	cg_profile_free(read_for("crun", "{/**/\"defaultAction\":\"SCMP_ACT_LOG\"}", NULL));
	refuse("crun", "{\"defaultAction\":\"SCMP_ACT_LOG\",}", -EBADMSG, "p.json:1:33", "comma");
	refuse("docker", "{} // x", -EBADMSG, "p.json:1:4", "a comment");
	refuse("runc", "{,}", -EBADMSG, "p.json:1:2", "unexpected ','");
}

static void test_bad_input(void **state)
{
	struct cg_target target = target_for("oci");
	char *text = malloc(CG_PROFILE_SIZE_LIMIT + 1);
	struct cg_profile *profile = NULL;
	struct cg_err err = { 0 };

	assert_non_null(text);
	refuse("oci", "", -EBADMSG, "p.json:1:1", "empty");
	refuse("oci", "{\"defaultAction\":\"SCMP_ACT_ALLOW\"} x", -EBADMSG, "p.json:1:36", "after the end");
	refuse("oci", "{\"defaultAction\":", -EBADMSG, "p.json:1:18", "ends too early");

	memset(text, '[', 10000);
	text[10000] = '\0';
	refuse("oci", text, -E2BIG, "p.json:1:129", "nesting");

	memset(text, ' ', CG_PROFILE_SIZE_LIMIT + 1);
	memcpy(text, "{}", 2);
	assert_int_equal(cg_profile_read("p.json", text, CG_PROFILE_SIZE_LIMIT + 1, &target, NULL, &profile, &err),
			 -E2BIG);
	assert_string_equal(err.place, "p.json");
	assert_int_equal(cg_profile_read("p.json", text, CG_PROFILE_SIZE_LIMIT, &target, NULL, &profile, &err), 0);
	cg_profile_free(profile);
	free(text);
}

/* However many things there are to say, the notes are bounded, and say that they are. */
static void test_notes_limit(void **state)
{
	struct cg_notes notes = { 0 };
	struct cg_text text = { 0 };

	cg_text_add(&text, "{");
	for (int i = 0; i < 2 * CG_PROFILE_NOTES_LIMIT; i++)
		cg_text_addf(&text, "\"x-%d\":0,", i);
	cg_text_add(&text, "}");
	cg_profile_free(read_for("oci", cg_text_get(&text), &notes));
	assert_int_equal(notes.list.n_items, CG_PROFILE_NOTES_LIMIT + 1);
	assert_string_equal(notes.list.items[CG_PROFILE_NOTES_LIMIT].rule, "more-notes");
	cg_notes_done(&notes);
	cg_text_done(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_part),
		cmocka_unit_test(test_null_is_unset),
		cmocka_unit_test(test_names_and_name),
		cmocka_unit_test(test_duplicate_keys),
		cmocka_unit_test(test_notes_about_keys),
		cmocka_unit_test(test_wrong_types),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_numbers_of_crun),
		cmocka_unit_test(test_required_fields_of_crun),
		cmocka_unit_test(test_comments),
		cmocka_unit_test(test_bad_input),
		cmocka_unit_test(test_notes_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
