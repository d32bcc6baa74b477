/*
 * Tests of engines.c, caps.c, target.c and words.c: the tables, and finding their rows.
 */
#include "profile/test-support.h"
#include "profile/words.h"

static void test_engines_are_found_by_name_and_version(void **state)
{
	static const struct {
		const char *name, *version; /* version NULL: not found */
	} rows[] = {
		{ "oci", "" },
		{ "docker", "20.10" },
		{ "docker@20.10", "20.10" },
		{ "docker@20.10.24", "20.10" },
		{ "docker@20.10.24+dfsg1", "20.10" },
		{ "docker@22", "20.10" },
		{ "docker@23", "23.0" },
		{ "docker@23.0.1", "23.0" },
		{ "docker@29.1", "23.0" },
		{ "docker@19.03", NULL },
		{ "docker@", NULL },
		{ "docker@x", NULL },
		{ "docker@23.x", NULL },
		{ "docker@23..1", NULL },
		{ "runc@1.1.15", "1.1" },
		{ "runc@1.2.0-rc.1", "1.2" },
		{ "crun@1.14", "1.8" },
		{ "cri-o@1.30", "" },
		{ "oci@1.2", "" },
		{ "Docker", NULL },
		{ "dock", NULL },
		{ "", NULL },
	};

	for (size_t i = 0; i < CG_N_ITEMS(rows); i++) {
		const struct cg_engine *engine = cg_engine_find(rows[i].name);

		if (!rows[i].version) {
			assert_null(engine);
			continue;
		}
		assert_non_null(engine);
		assert_string_equal(engine->version, rows[i].version);
		assert_memory_equal(engine->name, rows[i].name, strlen(engine->name));
	}
	assert_string_equal(cg_engine_suggest("dcoker"), "docker");
	assert_null(cg_engine_suggest("zzzzzz"));
}

/* Rows of a name stand together, each says how we know it, and their lists name arches that exist. */
static void test_engine_table(void **state)
{
	for (size_t i = 0; i < cg_n_engines; i++) {
		const struct cg_engine *engine = &cg_engines[i];
		const char *const *lists[] = { engine->lacks_arches, engine->arch_map_misses };

		assert_true(engine->seen[0] != '\0');
		for (size_t k = 0; k + 1 < i; k++)
			assert_false(strcmp(cg_engines[k].name, engine->name) == 0 &&
				     strcmp(cg_engines[i - 1].name, engine->name) != 0);
		for (size_t k = 0; k < CG_N_ITEMS(lists); k++)
			for (size_t n = 0; lists[k] && lists[k][n]; n++)
				assert_string_equal(cg_arch_find(lists[k][n])->name, lists[k][n]);
	}
	assert_string_equal(cg_engines[0].name, "oci");
	assert_true(cg_engine_lacks_arch(cg_engine_find("runc"), cg_arch_find("riscv64")));
	assert_false(cg_engine_lacks_arch(cg_engine_find("oci"), cg_arch_find("sh")));
	assert_true(cg_engine_misses_arch_map(cg_engine_find("podman"), cg_arch_find("ppc64le")));
}

static void test_capabilities(void **state)
{
	uint64_t caps = 77;

	assert_int_equal(cg_cap_find("CAP_CHOWN"), 0);
	assert_int_equal(cg_cap_find("sys_admin"), 21);
	assert_int_equal(cg_cap_find("CAP_CHECKPOINT_RESTORE"), 40);
	assert_int_equal(cg_cap_find("CAP_"), -1);
	assert_int_equal(cg_cap_find(""), -1);
	assert_int_equal(cg_cap_find("CAP_NOPE"), -1);
	assert_string_equal(cg_cap_name(19), "CAP_SYS_PTRACE");
	assert_null(cg_cap_name(41));
	assert_string_equal(cg_cap_suggest("CAP_SYS_ADMINN"), "CAP_SYS_ADMIN");
	for (unsigned int bit = 0; cg_cap_name(bit); bit++)
		assert_int_equal(cg_cap_find(cg_cap_name(bit)), bit);

	assert_true(cg_caps_all() == 0x1ffffffffffU);
	assert_true(cg_caps_docker_default() == 0xa80425fbU); /* CapBnd in a container of Docker's */
	assert_true(cg_caps_parse("default", &caps) && caps == 0xa80425fbU);
	assert_true(cg_caps_parse("all", &caps) && caps == 0x1ffffffffffU);
	assert_true(cg_caps_parse("none", &caps) && caps == 0);
	assert_true(cg_caps_parse("CAP_CHOWN,sys_admin,Bpf", &caps));
	assert_true(caps == (1U | 1U << 21 | UINT64_C(1) << 39));
	assert_true(cg_caps_parse("default,SYS_ADMIN", &caps) && caps == (0xa80425fbU | 1U << 21));
	assert_false(cg_caps_parse("", &caps));
	assert_false(cg_caps_parse("CAP_CHOWN,", &caps));
	assert_false(cg_caps_parse("CAP_CHOWN,,CAP_BPF", &caps));
	assert_false(cg_caps_parse("CAP_NOPE", &caps));
	assert_true(caps == (0xa80425fbU | 1U << 21));
}

static void test_default_target(void **state)
{
	struct cg_target target;

	cg_target_init(&target);
	assert_string_equal(target.engine->name, "oci");
	assert_ptr_equal(target.arch, cg_arch_native());
	assert_int_equal(target.n_arches, 0);
	assert_true(target.caps == cg_caps_docker_default());
}

static void test_operators_and_flags(void **state)
{
	enum cg_op op;
	unsigned int flag;

	for (int i = CG_OP_NE; i <= CG_OP_MASKED_EQ; i++) {
		assert_true(cg_op_find_oci(cg_op_oci_name((enum cg_op)i), &op));
		assert_int_equal(op, i);
	}
	assert_false(cg_op_find_oci("EQ", &op));
	assert_false(cg_op_find_oci("scmp_cmp_eq", &op));
	assert_string_equal(cg_op_suggest_oci("EQ"), "SCMP_CMP_EQ");
	assert_string_equal(cg_op_suggest_oci(">="), "SCMP_CMP_GE");
	assert_string_equal(cg_op_suggest_oci("SCMP_CMP_MASKED_EQQ"), "SCMP_CMP_MASKED_EQ");
	assert_null(cg_op_suggest_oci("like"));
	assert_true(cg_flag_find_oci("SECCOMP_FILTER_FLAG_LOG", &flag) && flag == CG_POLICY_LOG);
	assert_false(cg_flag_find_oci("LOG", &flag));
	assert_string_equal(cg_flag_suggest_oci("SECCOMP_FILTER_FLAG_SPECALLOW"), "SECCOMP_FILTER_FLAG_SPEC_ALLOW");
	assert_string_equal(cg_flag_suggest_oci("LOG"), "SECCOMP_FILTER_FLAG_LOG");
	assert_null(cg_flag_suggest_oci("SECCOMP_FILTER_FLAG_FOOBAR"));
}

/* What was meant by a word that is wrong; a common prefix makes no word near. */
static void test_meant_words(void **state)
{
	static const char *const actions[][2] = {
		{ "SCMP_ACT_DENY", "SCMP_ACT_ERRNO" },
		{ "deny", "SCMP_ACT_ERRNO" },
		{ "SCMP_ACT_ERRON", "SCMP_ACT_ERRNO" },
		{ "ALLOW", "SCMP_ACT_ALLOW" },
		{ "scmp_act_allow", "SCMP_ACT_ALLOW" },
		{ "SCMP_ACT_PERMIT", "SCMP_ACT_ALLOW" },
		{ "SCMP_ACT_KILLPROCESS", "SCMP_ACT_KILL_PROCESS" },
		{ "SCMP_ACT_XYZZY", NULL },
	};
	static const char *const arches[][2] = {
		{ "x86_64", "SCMP_ARCH_X86_64" },
		{ "amd64", "SCMP_ARCH_X86_64" },
		{ "SCMP_ARCH_AMD64", "SCMP_ARCH_X86_64" },
		{ "SCMP_ARCH_X86-64", "SCMP_ARCH_X86_64" },
		{ "SCMP_ARCH_FOOBAR", NULL },
	};

	for (size_t i = 0; i < CG_N_ITEMS(actions); i++) {
		if (actions[i][1])
			assert_string_equal(cg_action_meant_oci(actions[i][0]), actions[i][1]);
		else
			assert_null(cg_action_meant_oci(actions[i][0]));
	}
	for (size_t i = 0; i < CG_N_ITEMS(arches); i++) {
		if (arches[i][1])
			assert_string_equal(cg_arch_meant_oci(arches[i][0]), arches[i][1]);
		else
			assert_null(cg_arch_meant_oci(arches[i][0]));
	}
}

static void test_min_kernel(void **state)
{
	static const char *const bad[] = { "",     "4",   "4.",     ".8",   "4.8.1", "4.256", "256.0", "0.0",
					   "00.0", "a.b", "4.8-rc", "-4.8", "4.-8",  " 4.8",  "4.8 ",  "99999999999.1",
					   "+4.8" };
	unsigned int kernel[2] = { 7, 7 };

	for (size_t i = 0; i < CG_N_ITEMS(bad); i++)
		assert_false(cg_min_kernel_parse(bad[i], kernel));
	assert_true(kernel[0] == 7 && kernel[1] == 7);
	assert_true(cg_min_kernel_parse("4.8", kernel) && kernel[0] == 4 && kernel[1] == 8);
	assert_true(cg_min_kernel_parse("0.1", kernel) && kernel[0] == 0 && kernel[1] == 1);
	assert_true(cg_min_kernel_parse("255.0255", kernel) && kernel[0] == 255 && kernel[1] == 255);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_engines_are_found_by_name_and_version),
		cmocka_unit_test(test_engine_table),
		cmocka_unit_test(test_capabilities),
		cmocka_unit_test(test_default_target),
		cmocka_unit_test(test_operators_and_flags),
		cmocka_unit_test(test_meant_words),
		cmocka_unit_test(test_min_kernel),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
