/*
 * Tests of resolve.c, lower.c and conditions.c: what a profile means for a target, and what each engine refuses.
 */
#include "profile/test-support.h"

#define ALLOW_ALL "\"defaultAction\":\"SCMP_ACT_ALLOW\""
#define MKDIR "\"names\":[\"mkdir\"],\"action\":\"SCMP_ACT_ERRNO\""
#define EPERM_ACTION cg_action_errno(EPERM)

static uint32_t mkdir_of(const char *engine, const char *text)
{
	struct cg_target target = target_for(engine);
	struct cg_policy *policy = policy_of(text, &target, NULL);
	uint32_t action = ask(policy, "x86_64", "mkdir", 1, 0777);

	cg_policy_free(policy);
	return action;
}

static void refuse(const char *engine, const char *text, const char *place, const char *words)
{
	struct cg_target target = target_for(engine);
	struct cg_policy *policy = (struct cg_policy *)&target;
	struct cg_err err = { 0 };
	int rc = resolve_bytes(text, strlen(text), &target, NULL, &policy, &err);

	if (rc >= 0)
		fail_msg("%s accepts %s", engine, text);
	assert_ptr_equal(policy, (struct cg_policy *)&target);
	assert_string_equal(err.place, place);
	if (!strstr(err.message, words))
		fail_msg("\"%s\" lacks \"%s\"", err.message, words);
}

static void test_errors_name_place_and_remedy(void **state)
{
	static const struct {
		const char *text, *place, *words;
	} rows[] = {
		{ "{" ALLOW_ALL ",\"syscalls\":[\n{\"names\":[\"mkdir\"],\n \"action\":\"SCMP_ACT_DENY\"}]}",
		  "p.json:3:11", "unknown action \"SCMP_ACT_DENY\"; did you mean SCMP_ACT_ERRNO?" },
		{ "{\"defaultAction\":\"SCMP_ACT_ALOW\"}", "p.json:1:18", "did you mean SCMP_ACT_ALLOW?" },
		{ "{\"defaultAction\":\"\\u001b[31mQ\"}", "p.json:1:18", "unknown action \"?[31mQ\"" },
		{ "{" ALLOW_ALL ",\"syscalls\":[{\"names\":[\"mkdir\"]}]}", "p.json:1:47", "has no action" },
		{ "{" ALLOW_ALL ",\"architectures\":[\"SCMP_ARCH_X86_46\"]}", "p.json:1:52",
		  "did you mean SCMP_ARCH_X86_64?" },
		{ "{" ALLOW_ALL ",\"architectures\":[\"x86\"]}", "p.json:1:52", "did you mean SCMP_ARCH_X86?" },
		{ "{" ALLOW_ALL ",\"architectures\":[\"SCMP_ARCH_S390X\"]}", "p.json:1:52", "byte order" },
		{ "{" ALLOW_ALL ",\"flags\":[\"SECCOMP_FILTER_FLAG_LOGG\"]}", "p.json:1:44", "FLAG_LOG?" },
		{ "{" ALLOW_ALL ",\"syscalls\":[{" MKDIR ",\"args\":[{\"index\":0,\"op\":\"EQ\"}]}]}", "p.json:1:116",
		  "unknown operator \"EQ\"; did you mean SCMP_CMP_EQ?" },
		{ "{" ALLOW_ALL ",\"syscalls\":[{" MKDIR ",\"args\":[{\"index\":0}]}]}", "p.json:1:100",
		  "has no operator" },
		{ "{" ALLOW_ALL ",\"syscalls\":[{" MKDIR ",\"args\":[{\"index\":6,\"op\":\"SCMP_CMP_EQ\"}]}]}",
		  "p.json:1:100", "argument index 6" },
		{ "{" ALLOW_ALL ",\"syscalls\":[{" MKDIR ",\"errno\":\"EPREM\"}]}", "p.json:1:100",
		  "did you mean EPERM?" },
		{ "{" ALLOW_ALL ",\"syscalls\":[{" MKDIR ",\"errnoRet\":4096}]}", "p.json:1:75", "4096" },
		{ "{" ALLOW_ALL ",\"syscalls\":[{" MKDIR ",\"errnoRet\":70000}]}", "p.json:1:75", "70000" },
		{ "{" ALLOW_ALL ",\"syscalls\":[{" MKDIR ",\"name\":\"x\"}]}", "p.json:1:99",
		  "both `name` and `names`" },
		{ "{}", "p.json", "no defaultAction" },
		{ "{" ALLOW_ALL
		  ",\"architectures\":[\"SCMP_ARCH_X86\"],\"archMap\":[{\"architecture\":\"SCMP_ARCH_ARM\"}]}",
		  "p.json:1:52", "both architectures and archMap" },
	};

	for (size_t i = 0; i < CG_N_ITEMS(rows); i++)
		refuse("oci", rows[i].text, rows[i].place, rows[i].words);
}

/* A rule that a condition drops is never looked at by a runtime: what is wrong in it hurts nobody. */
static void test_dropped_rules_are_not_checked(void **state)
{
	static const char text[] = "{" ALLOW_ALL ",\"syscalls\":[{\"names\":[\"mkdir\"],\"action\":\"SCMP_ACT_DENY\","
				   "\"includes\":{\"caps\":[\"CAP_SYS_ADMIN\"]}}]}";

	assert_int_equal(mkdir_of("docker", text), CG_ACTION_ALLOW);
	assert_int_equal(mkdir_of("oci", text), CG_ACTION_ALLOW);
	refuse("containerd", text, "p.json:1:75", "did you mean SCMP_ACT_ERRNO?");
}

static void test_data_of_actions(void **state)
{
	static const struct {
		const char *engine, *rule;
		uint32_t action;
	} rows[] = {
		{ "oci", "\"SCMP_ACT_ERRNO\"", EPERM_ACTION },
		{ "oci", "\"SCMP_ACT_ERRNO\",\"errnoRet\":0", cg_action_errno(0) },
		{ "oci", "\"SCMP_ACT_ERRNO\",\"errnoRet\":4095", cg_action_errno(4095) },
		{ "oci", "\"SCMP_ACT_ERRNO\",\"errno\":\"ENOSYS\",\"errnoRet\":5", cg_action_errno(ENOSYS) },
		{ "oci", "\"SCMP_ACT_ERRNO\",\"errno\":\"18\"", cg_action_errno(18) },
		{ "oci", "\"SCMP_ACT_ERRNO\",\"errno\":\"\",\"errnoRet\":5", cg_action_errno(5) },
		{ "podman", "\"SCMP_ACT_ERRNO\",\"errno\":\"ENOSYS\",\"errnoRet\":5", cg_action_errno(ENOSYS) },
		{ "docker", "\"SCMP_ACT_ERRNO\",\"errno\":\"ENOSYS\",\"errnoRet\":5", cg_action_errno(5) },
		{ "docker", "\"SCMP_ACT_ERRNO\",\"errno\":\"ENOSYS\"", EPERM_ACTION },
		{ "docker", "\"SCMP_ACT_ERRNO\",\"errnoRet\":0", cg_action_errno(0) },
		{ "crun", "\"SCMP_ACT_ERRNO\",\"errnoRet\":0", cg_action_errno(0) },
		/* seen: both runtimes keep 16 bits, then libseccomp takes what is below 4095 */
		{ "runc", "\"SCMP_ACT_ERRNO\",\"errnoRet\":65537", EPERM_ACTION },
		{ "runc", "\"SCMP_ACT_ERRNO\",\"errnoRet\":4294967297", EPERM_ACTION },
		{ "crun", "\"SCMP_ACT_ERRNO\",\"errnoRet\":65537", EPERM_ACTION },
		{ "oci", "\"SCMP_ACT_TRACE\"", cg_action_trace(1) },
		{ "oci", "\"SCMP_ACT_TRACE\",\"errnoRet\":65535", cg_action_trace(65535) },
		{ "docker", "\"SCMP_ACT_TRACE\",\"errnoRet\":7", cg_action_trace(7) },
		{ "oci", "\"SCMP_ACT_KILL\",\"errnoRet\":7", CG_ACTION_KILL_THREAD },
		{ "oci", "\"SCMP_ACT_KILL_THREAD\"", CG_ACTION_KILL_THREAD },
		{ "oci", "\"SCMP_ACT_KILL_PROCESS\"", CG_ACTION_KILL_PROCESS },
		{ "oci", "\"SCMP_ACT_TRAP\"", CG_ACTION_TRAP },
		{ "oci", "\"SCMP_ACT_LOG\"", CG_ACTION_LOG },
		{ "oci", "\"SCMP_ACT_NOTIFY\"", CG_ACTION_NOTIFY },
		{ "oci", "\"SCMP_ACT_ALLOW\"", CG_ACTION_ALLOW },
	};
	char text[256];

	for (size_t i = 0; i < CG_N_ITEMS(rows); i++) {
		snprintf(text, sizeof(text), "{" ALLOW_ALL ",\"syscalls\":[{\"names\":[\"mkdir\"],\"action\":%s}]}",
			 rows[i].rule);
		assert_int_equal(mkdir_of(rows[i].engine, text), rows[i].action);
	}
	refuse("runc", "{" ALLOW_ALL ",\"syscalls\":[{" MKDIR ",\"errnoRet\":4095}]}", "p.json:1:75", "up to 4094");
	refuse("crun", "{" ALLOW_ALL ",\"syscalls\":[{" MKDIR ",\"errnoRet\":70000}]}", "p.json:1:75", "libseccomp");
	refuse("oci", "{" ALLOW_ALL ",\"syscalls\":[{\"names\":[],\"action\":\"SCMP_ACT_TRACE\",\"errnoRet\":65536}]}",
	       "p.json:1:68", "16 bits");
}

static void test_default_action(void **state)
{
	assert_int_equal(mkdir_of("oci", "{\"defaultAction\":\"SCMP_ACT_ERRNO\"}"), EPERM_ACTION);
	assert_int_equal(mkdir_of("oci", "{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"defaultErrnoRet\":38}"),
			 cg_action_errno(38));
	assert_int_equal(mkdir_of("oci", "{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"defaultErrno\":\"ENOSYS\"}"),
			 cg_action_errno(38));
	assert_int_equal(mkdir_of("docker", "{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"defaultErrnoRet\":38}"),
			 EPERM_ACTION);
	assert_int_equal(mkdir_of("docker@23", "{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"defaultErrnoRet\":38}"),
			 cg_action_errno(38));
	assert_int_equal(mkdir_of("docker", "{\"defaultAction\":\"SCMP_ACT_TRACE\"}"), cg_action_trace(1));
	assert_int_equal(mkdir_of("oci", "{\"defaultAction\":\"SCMP_ACT_NOTIFY\"}"), CG_ACTION_NOTIFY);
	refuse("runc", "{\"defaultAction\":\"SCMP_ACT_NOTIFY\",\"listenerPath\":\"/l\"}", "p.json:1:18",
	       "default action");
	refuse("crun", "{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"defaultErrnoRet\":4095}", "p.json:1:53", "4094");
	refuse("docker", "{\"syscalls\":[{" MKDIR "}]}", "p.json", "no defaultAction");
	refuse("crun", "{\"defaultAction\":\"\"}", "p.json", "no defaultAction");
}

/* No default and no rule that applies: no seccomp at all, said in a note. */
static void test_unconfined(void **state)
{
	static const char dropped[] = "{\"syscalls\":[{" MKDIR ",\"includes\":{\"arches\":[\"arm\"]}}]}";
	static const char *const engines[] = { "docker", "docker@23", "podman", "cri-o", "containerd", "runc" };
	struct cg_policy *policy;

	for (size_t i = 0; i < CG_N_ITEMS(engines); i++) {
		struct cg_target target = target_for(engines[i]);
		struct cg_notes notes = { 0 };

		policy = policy_of("{}", &target, &notes);
		assert_null(policy);
		assert_int_equal(notes.list.n_items, 1);
		assert_string_equal(notes.list.items[0].rule, "unconfined");
		cg_notes_done(&notes);
	}
	assert_null(policy_of(dropped,
			      &(struct cg_target){ .engine = cg_engine_find("docker"), .arch = cg_arch_find("x86_64") },
			      NULL));
	refuse("runc", dropped, "p.json", "no defaultAction");
	refuse("oci", "{}", "p.json", "no defaultAction");
	refuse("oci", dropped, "p.json", "no defaultAction");
}

static void test_conditions(void **state)
{
	/* Docker's default capabilities, x86_64, kernel 6.18 */
	static const struct {
		const char *condition;
		bool applies;
	} rows[] = {
		{ "\"includes\":{}", true },
		{ "\"includes\":{\"arches\":[\"amd64\"]}", true },
		{ "\"includes\":{\"arches\":[\"arm64\",\"amd64\"]}", true },
		{ "\"includes\":{\"arches\":[\"arm64\"]}", false },
		{ "\"includes\":{\"arches\":[\"x86_64\"]}", false },
		{ "\"includes\":{\"arches\":[]}", true },
		{ "\"excludes\":{\"arches\":[\"amd64\"]}", false },
		{ "\"excludes\":{\"arches\":[\"s390x\"]}", true },
		{ "\"includes\":{\"caps\":[\"CAP_CHOWN\",\"CAP_KILL\"]}", true },
		{ "\"includes\":{\"caps\":[\"CAP_CHOWN\",\"CAP_BPF\"]}", false },
		{ "\"includes\":{\"caps\":[\"cap_chown\"]}", false },
		{ "\"includes\":{\"caps\":[\"CHOWN\"]}", false },
		{ "\"excludes\":{\"caps\":[\"CAP_BPF\",\"CAP_CHOWN\"]}", false },
		{ "\"excludes\":{\"caps\":[\"CAP_BPF\",\"CHOWN\"]}", true },
		{ "\"includes\":{\"minKernel\":\"6.18\"}", true },
		{ "\"includes\":{\"minKernel\":\"6.19\"}", false },
		{ "\"includes\":{\"minKernel\":\"5.200\"}", true },
		{ "\"includes\":{\"minKernel\":\"7.0\"}", false },
		{ "\"includes\":{\"minKernel\":\"\"}", true },
		{ "\"excludes\":{\"minKernel\":\"6.18\"}", false },
		{ "\"excludes\":{\"minKernel\":\"6.19\"}", true },
		{ "\"excludes\":{\"minKernel\":\"\"}", false },
		{ "\"excludes\":{\"minKernel\":null}", true },
		{ "\"includes\":{\"arches\":[\"amd64\"]},\"excludes\":{\"caps\":[\"CAP_KILL\"]}", false },
	};
	char text[256];

	for (size_t i = 0; i < CG_N_ITEMS(rows); i++) {
		snprintf(text, sizeof(text), "{" ALLOW_ALL ",\"syscalls\":[{" MKDIR ",%s}]}", rows[i].condition);
		assert_int_equal(mkdir_of("docker", text), rows[i].applies ? EPERM_ACTION : CG_ACTION_ALLOW);
		assert_int_equal(mkdir_of("oci", text), rows[i].applies ? EPERM_ACTION : CG_ACTION_ALLOW);
		assert_int_equal(mkdir_of("containerd", text), EPERM_ACTION);
	}
	assert_int_equal(
		mkdir_of("podman", "{" ALLOW_ALL ",\"syscalls\":[{" MKDIR ",\"includes\":{\"minKernel\":\"9.0\"}}]}"),
		EPERM_ACTION);
}

static void check_arches(const char *engine, const char *native, const char *text, const char *expected)
{
	struct cg_target target = target_for(engine);
	struct cg_policy *policy;
	struct cg_text list = { 0 };

	target.arch = cg_arch_find(native);
	policy = policy_of(text, &target, NULL);
	for (size_t i = 0; i < policy->n_arches; i++)
		cg_text_addf(&list, "%s%s", i ? " " : "", policy->arches[i]->name);
	assert_string_equal(cg_text_get(&list), expected);
	cg_text_done(&list);
	cg_policy_free(policy);
}

static void test_architectures(void **state)
{
	static const char listed[] = "{" ALLOW_ALL ",\"architectures\":[\"SCMP_ARCH_X86\",\"SCMP_ARCH_X32\"]}";
	static const char mapped[] =
		"{" ALLOW_ALL ",\"archMap\":["
		"{\"architecture\":\"SCMP_ARCH_X86_64\",\"subArchitectures\":[\"SCMP_ARCH_X86\",\"SCMP_ARCH_X32\"]},"
		"{\"architecture\":\"SCMP_ARCH_X86_64\",\"subArchitectures\":[\"SCMP_ARCH_ARM\"]},"
		"{\"architecture\":\"SCMP_ARCH_AARCH64\",\"subArchitectures\":[\"SCMP_ARCH_ARM\"]},"
		"{\"architecture\":\"SCMP_ARCH_RISCV64\"},{\"architecture\":\"SCMP_ARCH_BAD\"}]}";

	check_arches("oci", "x86_64", listed, "x86_64 x86 x32");
	check_arches("oci", "x86_64", "{" ALLOW_ALL "}", "x86_64");
	check_arches("docker", "x86_64", mapped, "x86_64 x86 x32");
	check_arches("docker", "aarch64", mapped, "aarch64 arm");
	check_arches("docker", "riscv64", mapped, "riscv64");
	check_arches("docker", "ppc64le", mapped, "ppc64le");
	check_arches("oci", "arm", mapped, "arm");
	check_arches("runc", "x86_64", mapped, "x86_64");
	check_arches("crun", "x86_64", "{" ALLOW_ALL ",\"architectures\":[\"x86\",\"SCMP_ARCH_x32\"]}",
		     "x86_64 x86 x32");
	refuse("runc", "{" ALLOW_ALL ",\"architectures\":[\"SCMP_ARCH_RISCV64\"]}", "p.json:1:52", "does not know");
	refuse("crun", "{" ALLOW_ALL ",\"architectures\":[\"amd64\"]}", "p.json:1:52",
	       "did you mean SCMP_ARCH_X86_64?");
}

/* --arch takes the place of the profile's own list. */
static void test_arches_of_target(void **state)
{
	struct cg_target target = target_for("oci");
	struct cg_policy *policy;

	target.arches[target.n_arches++] = cg_arch_find("aarch64");
	policy = policy_of("{" ALLOW_ALL ",\"architectures\":[\"SCMP_ARCH_X86\"],\"syscalls\":[{" MKDIR "}]}", &target,
			   NULL);
	assert_int_equal(policy->n_arches, 1);
	assert_string_equal(policy->arches[0]->name, "aarch64");
	assert_int_equal(policy->rules.n_items, 0); /* aarch64 has no mkdir */
	cg_policy_free(policy);
}

static void test_rules_on_every_arch(void **state)
{
	struct cg_target target = target_for("oci");
	struct cg_policy *policy =
		policy_of("{\"defaultAction\":\"SCMP_ACT_KILL\",\"architectures\":[\"SCMP_ARCH_X86\","
			  "\"SCMP_ARCH_X32\"],\"syscalls\":[\n{\"names\":[\"read\",\n\"chown32\"],\"action\":\"SCMP_"
			  "ACT_ALLOW\"}]}",
			  &target, NULL);

	assert_int_equal(policy->rules.n_items, 4); /* only x86 has chown32 */
	assert_int_equal(policy->rules.items[0].origin, 2);
	assert_int_equal(policy->rules.items[3].origin, 3);
	assert_string_equal(policy->rules.items[3].arch->name, "x86");
	assert_int_equal(policy->rules.items[2].nr, 0x40000000);
	assert_int_equal(ask(policy, "x32", "read", 0, 0), CG_ACTION_ALLOW);
	assert_int_equal(ask(policy, "x86", "chown32", 0, 0), CG_ACTION_ALLOW);
	assert_int_equal(ask(policy, "x86_64", "chown", 0, 0), CG_ACTION_KILL_THREAD);
	cg_policy_free(policy);
}

static uint32_t socket_of(const char *engine, const char *args, uint64_t a0, uint64_t a1)
{
	struct cg_target target = target_for(engine);
	struct cg_policy *policy;
	char text[1024];
	uint32_t action;

	snprintf(text, sizeof(text),
		 "{" ALLOW_ALL ",\"syscalls\":[{\"names\":[\"socket\"],\"action\":\"SCMP_ACT_ERRNO\","
		 "\"args\":[%s]}]}",
		 args);
	policy = policy_of(text, &target, NULL);
	action = ask(policy, "x86_64", "socket", a0, a1);
	cg_policy_free(policy);
	return action;
}

static void test_arguments(void **state)
{
	static const char both[] = "{\"index\":0,\"value\":16,\"op\":\"SCMP_CMP_EQ\"},"
				   "{\"index\":1,\"value\":3,\"op\":\"SCMP_CMP_GE\"}";
	static const char twice[] = "{\"index\":0,\"value\":16,\"op\":\"SCMP_CMP_EQ\"},"
				    "{\"index\":1,\"value\":3,\"op\":\"SCMP_CMP_EQ\"},"
				    "{\"index\":0,\"value\":17,\"op\":\"SCMP_CMP_EQ\"}";
	/* value is the mask, valueTwo the datum; datum bits outside the mask do not count */
	static const char masked[] = "{\"index\":0,\"value\":4,\"valueTwo\":5,\"op\":\"SCMP_CMP_MASKED_EQ\"}";

	assert_int_equal(socket_of("oci", both, 16, 3), EPERM_ACTION);
	assert_int_equal(socket_of("oci", both, 16, 2), CG_ACTION_ALLOW);
	assert_int_equal(socket_of("oci", both, 15, 3), CG_ACTION_ALLOW);
	/* An index that stands twice makes all of them alternatives. */
	assert_int_equal(socket_of("oci", twice, 17, 0), EPERM_ACTION);
	assert_int_equal(socket_of("runc", twice, 99, 3), EPERM_ACTION);
	assert_int_equal(socket_of("crun", twice, 16, 0), EPERM_ACTION);
	assert_int_equal(socket_of("docker", twice, 99, 0), CG_ACTION_ALLOW);
	assert_int_equal(socket_of("oci", masked, 6, 0), EPERM_ACTION);
	assert_int_equal(socket_of("oci", masked, 1, 0), CG_ACTION_ALLOW);
}

/* Seven arguments: an index must stand twice, so runc takes them one by one; crun reads the first six, together. */
static void test_seven_arguments(void **state)
{
	struct cg_text args = { 0 };

	for (int i = 0; i < 6; i++)
		cg_text_addf(&args, "{\"index\":%d,\"value\":%d,\"op\":\"SCMP_CMP_EQ\"},", i, i == 0 ? 16 : 0);
	cg_text_add(&args, "{\"index\":5,\"value\":9,\"op\":\"SCMP_CMP_EQ\"}");
	assert_int_equal(socket_of("runc", cg_text_get(&args), 99, 0), EPERM_ACTION);
	assert_int_equal(socket_of("crun", cg_text_get(&args), 99, 0), CG_ACTION_ALLOW);
	assert_int_equal(socket_of("crun", cg_text_get(&args), 16, 0), EPERM_ACTION);
	cg_text_done(&args);
}

static void test_flags(void **state)
{
	static const struct {
		const char *engine, *flags;
		unsigned int expected;
	} rows[] = {
		{ "oci", "", 0 },
		{ "oci", ",\"flags\":[\"SECCOMP_FILTER_FLAG_LOG\",\"SECCOMP_FILTER_FLAG_TSYNC\"]}",
		  CG_POLICY_LOG | CG_POLICY_TSYNC },
		{ "runc", ",\"flags\":[]", 0 },
		{ "runc@1.2", "", CG_POLICY_SPEC_ALLOW },
		{ "runc@1.2", ",\"flags\":[]", 0 },
		{ "crun", "", CG_POLICY_SPEC_ALLOW },
		{ "crun", ",\"flags\":[\"SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV\"]", CG_POLICY_WAIT_KILLABLE },
		{ "docker", ",\"flags\":[\"SECCOMP_FILTER_FLAG_LOG\",\"nonsense\"]", 0 },
		{ "docker@23", ",\"flags\":[\"SECCOMP_FILTER_FLAG_LOG\"]", CG_POLICY_LOG },
	};

	for (size_t i = 0; i < CG_N_ITEMS(rows); i++) {
		struct cg_target target = target_for(rows[i].engine);
		struct cg_policy *policy;
		char text[256];

		snprintf(text, sizeof(text), "{" ALLOW_ALL "%s%s", rows[i].flags,
			 strchr(rows[i].flags, '}') ? "" : "}");
		policy = policy_of(text, &target, NULL);
		assert_int_equal(policy->flags, rows[i].expected);
		cg_policy_free(policy);
	}
	refuse("podman", "{" ALLOW_ALL ",\"flags\":[\"SECCOMP_FILTER_FLAG_LOG\"]}", "p.json:1:44",
	       "refuses every flag");
}

static void test_notify(void **state)
{
	static const char alone[] =
		"{" ALLOW_ALL ",\"syscalls\":[{\"names\":[\"mkdir\"],\"action\":\"SCMP_ACT_NOTIFY\"}]}";
	static const char listened[] = "{" ALLOW_ALL ",\"listenerPath\":\"/l\",\"syscalls\":[{\"names\":[\"mkdir\"],"
				       "\"action\":\"SCMP_ACT_NOTIFY\"}]}";
	static const char on_write[] = "{" ALLOW_ALL ",\"listenerPath\":\"/l\",\"syscalls\":[{\"names\":[\"write\"],"
				       "\"action\":\"SCMP_ACT_NOTIFY\"}]}";

	assert_int_equal(mkdir_of("oci", alone), CG_ACTION_NOTIFY);
	assert_int_equal(mkdir_of("crun", alone), CG_ACTION_NOTIFY);
	assert_int_equal(mkdir_of("runc", listened), CG_ACTION_NOTIFY);
	refuse("runc", alone, "p.json:1:75", "listenerPath is not set");
	refuse("runc", on_write, "p.json:1:77", "on write");
	refuse("docker", listened, "p.json:1:95", "listenerPath is not set"); /* 20.10 drops it */
	assert_int_equal(mkdir_of("crun", on_write), CG_ACTION_ALLOW);
}

/* What comes to nothing is not looked at by every engine: the same default, an unknown call. */
static void test_what_comes_to_nothing(void **state)
{
	static const char bad_index[] = "\"args\":[{\"index\":6,\"value\":1,\"op\":\"SCMP_CMP_EQ\"}]}]}";
	static const char bad_op[] = "\"args\":[{\"index\":1,\"value\":1,\"op\":\"FOO\"}]}]}";
	char text[256];

	snprintf(text, sizeof(text),
		 "{" ALLOW_ALL ",\"syscalls\":[{\"names\":[\"mkdir\"],\"action\":\"SCMP_ACT_ALLOW\",%s", bad_index);
	assert_int_equal(mkdir_of("runc", text), CG_ACTION_ALLOW);
	assert_int_equal(mkdir_of("crun", text), CG_ACTION_ALLOW);
	refuse("oci", text, "p.json:1:100", "index 6");
	snprintf(text, sizeof(text),
		 "{" ALLOW_ALL ",\"syscalls\":[{\"names\":[\"nosuch\"],\"action\":\"SCMP_ACT_TRAP\",%s", bad_op);
	refuse("runc", text, "p.json:1:126", "FOO");
	assert_int_equal(mkdir_of("crun", text), CG_ACTION_ALLOW);
	refuse("runc", "{" ALLOW_ALL ",\"syscalls\":[{\"names\":[\"\"],\"action\":\"SCMP_ACT_ALLOW\"}]}", "p.json:1:57",
	       "empty name");
	assert_int_equal(
		mkdir_of("crun", "{" ALLOW_ALL ",\"syscalls\":[{\"names\":[\"\"],\"action\":\"SCMP_ACT_TRAP\"}]}"),
		CG_ACTION_ALLOW);
	snprintf(text, sizeof(text), "{" ALLOW_ALL ",\"syscalls\":[{\"names\":[],\"action\":\"SCMP_ACT_TRAP\",%s",
		 bad_op);
	assert_int_equal(mkdir_of("runc", text), CG_ACTION_ALLOW);
	refuse("oci", text, "p.json:1:118", "FOO");
}

static void test_name_of_runtimes(void **state)
{
	static const char both[] = "{" ALLOW_ALL ",\"syscalls\":[{\"names\":[\"read\"],\"name\":\"mkdir\","
				   "\"action\":\"SCMP_ACT_ERRNO\"%s}]}";
	char text[256];

	snprintf(text, sizeof(text), both, "");
	assert_int_equal(mkdir_of("runc", text), CG_ACTION_ALLOW);
	refuse("podman", text, "p.json:1:72", "both");
	/* Docker looks at the names before the conditions, Podman behind them. */
	snprintf(text, sizeof(text), both, ",\"includes\":{\"caps\":[\"CAP_BPF\"]}");
	assert_int_equal(mkdir_of("podman", text), CG_ACTION_ALLOW);
	refuse("docker", text, "p.json:1:72", "both");
}

/* The same conditions with two actions: libseccomp says EEXIST; our own meaning takes the more restrictive. */
static void test_conflicts(void **state)
{
	static const char first[] =
		"{\"names\":[\"mkdir\"],\"action\":\"SCMP_ACT_LOG\",\"args\":["
		"{\"index\":0,\"value\":1,\"op\":\"SCMP_CMP_EQ\"},{\"index\":1,\"value\":511,\"op\":\"SCMP_CMP_EQ\"}]}";
	static const char second[] =
		"{\"names\":[\"mkdir\"],\"action\":\"SCMP_ACT_ERRNO\",\"args\":["
		"{\"index\":1,\"value\":511,\"op\":\"SCMP_CMP_EQ\"},{\"index\":0,\"value\":1,\"op\":\"SCMP_CMP_EQ\"}]}";
	static const char general[] = "{\"names\":[\"mkdir\"],\"action\":\"SCMP_ACT_TRAP\"}";
	char text[1024];

	snprintf(text, sizeof(text), "{" ALLOW_ALL ",\"syscalls\":[\n%s,\n%s]}", first, second);
	refuse("runc", text, "p.json:3:11", "line 2 has the same conditions");
	refuse("crun", text, "p.json:3:11", "libseccomp");
	assert_int_equal(mkdir_of("oci", text), EPERM_ACTION);
	snprintf(text, sizeof(text), "{" ALLOW_ALL ",\"syscalls\":[\n%s,\n%s]}", first, first);
	assert_int_equal(mkdir_of("runc", text), CG_ACTION_LOG);
	snprintf(text, sizeof(text), "{" ALLOW_ALL ",\"syscalls\":[%s,%s,%s]}", general, first, second);
	assert_int_equal(mkdir_of("runc", text), CG_ACTION_TRAP);
}

static void test_notes(void **state)
{
	static const struct {
		const char *rule, *text, *words;
		uint32_t column;
	} rows[] = {
		{ "unknown-call", "{" ALLOW_ALL ",\"syscalls\":[{\"names\":[\"mkdri\"],\"action\":\"SCMP_ACT_LOG\"}]}",
		  "did you mean mkdir?", 57 },
		{ "unknown-call",
		  "{" ALLOW_ALL ",\"syscalls\":[{\"names\":[\"x86_64:1234\"],\"action\":\"SCMP_ACT_LOG\"}]}",
		  "x86_64:1234", 57 },
		{ "errno-ignored", "{" ALLOW_ALL ",\"defaultErrnoRet\":1}", "SCMP_ACT_ALLOW", 53 },
		{ "repeated-index",
		  "{" ALLOW_ALL ",\"syscalls\":[{" MKDIR ",\"args\":[{\"index\":0,\"op\":\"SCMP_CMP_EQ\"},"
		  "{\"index\":0,\"op\":\"SCMP_CMP_GE\"}]}]}",
		  "twice", 47 },
		{ "unknown-capability",
		  "{" ALLOW_ALL ",\"syscalls\":[{" MKDIR ",\"includes\":{\"caps\":[\"CAP_BFP\"]}}]}",
		  "did you mean CAP_BPF?", 112 },
		{ "unknown-capability", "{" ALLOW_ALL ",\"syscalls\":[{" MKDIR ",\"excludes\":{\"caps\":[\"bpf\"]}}]}",
		  "did you mean CAP_BPF?", 112 },
	};

	for (size_t i = 0; i < CG_N_ITEMS(rows); i++) {
		struct cg_target target = target_for("oci");
		struct cg_notes notes = { 0 };

		cg_policy_free(policy_of(rows[i].text, &target, &notes));
		assert_int_equal(notes.list.n_items, 1);
		assert_string_equal(notes.list.items[0].rule, rows[i].rule);
		assert_int_equal(notes.list.items[0].column, rows[i].column);
		if (!strstr(notes.list.items[0].message, rows[i].words))
			fail_msg("\"%s\" lacks \"%s\"", notes.list.items[0].message, rows[i].words);
		cg_notes_done(&notes);
	}
}

/* More rules than a policy takes: an error at the name that is too many, in time that grows with the text alone. */
static void test_rules_limit(void **state)
{
	struct cg_target target = target_for("oci");
	struct cg_policy *policy = NULL;
	struct cg_text text = { 0 };
	struct cg_err err = { 0 };

	cg_text_add(&text,
		    "{\"defaultAction\":\"SCMP_ACT_LOG\",\"syscalls\":[{\"action\":\"SCMP_ACT_ALLOW\",\"args\":[");
	for (int i = 0; i < 2000; i++)
		cg_text_add(&text, "{\"index\":0,\"op\":\"SCMP_CMP_EQ\"},");
	cg_text_add(&text, "],\"names\":[");
	for (int i = 0; i < 1000; i++)
		cg_text_add(&text, "\"read\",");
	cg_text_add(&text, "]}]}");
	assert_int_equal(resolve_bytes(text.data, text.length, &target, NULL, &policy, &err), -E2BIG);
	assert_memory_equal(err.place, "p.json:1:", 9);
	cg_text_done(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_errors_name_place_and_remedy),
		cmocka_unit_test(test_dropped_rules_are_not_checked),
		cmocka_unit_test(test_data_of_actions),
		cmocka_unit_test(test_default_action),
		cmocka_unit_test(test_unconfined),
		cmocka_unit_test(test_conditions),
		cmocka_unit_test(test_architectures),
		cmocka_unit_test(test_arches_of_target),
		cmocka_unit_test(test_rules_on_every_arch),
		cmocka_unit_test(test_arguments),
		cmocka_unit_test(test_seven_arguments),
		cmocka_unit_test(test_flags),
		cmocka_unit_test(test_notify),
		cmocka_unit_test(test_what_comes_to_nothing),
		cmocka_unit_test(test_name_of_runtimes),
		cmocka_unit_test(test_conflicts),
		cmocka_unit_test(test_notes),
		cmocka_unit_test(test_rules_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
