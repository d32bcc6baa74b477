/*
 * Policies told anew: as text and in OCI form, each read again, and both meanings compared by proof (check/). Of texts,
 * of the bundled profiles, of profiles of real engines from the shared folder; and what the OCI form cannot say.
 */
#include "language/test-text.h"

#include "check/check.h"
#include "profile/bundled.h"

#include <dirent.h>

/* Fails unless both answer every call alike. */
static void same_meaning(const struct cg_policy *a, const struct cg_policy *b, const char *what)
{
	struct cg_meanings *meanings = cg_meanings_new(NULL);
	struct cg_witness witness;
	uint32_t root_a, root_b;

	assert_non_null(meanings);
	assert_int_equal(cg_meaning_of_policy(meanings, a, &root_a, NULL), 0);
	assert_int_equal(cg_meaning_of_policy(meanings, b, &root_b, NULL), 0);
	if (cg_meaning_differ(meanings, root_a, root_b, &witness))
		fail_msg("%s: %08x %u(%llx,%llx,%llx): %08x and %08x", what, witness.call.arch, witness.call.nr,
			 (unsigned long long)witness.call.args[0], (unsigned long long)witness.call.args[1],
			 (unsigned long long)witness.call.args[2], witness.a, witness.b);
	cg_meanings_free(meanings);
}

/* The policy as text, which is put into `text`, and that text read again: the same meaning. */
static struct cg_policy *there_and_back(const struct cg_policy *policy, const struct cg_profile *profile,
					struct cg_text *text, const char *what)
{
	struct cg_policy *again;
	struct cg_err err = { 0 };

	if (cg_policy_text_write(policy, profile, text, &err) < 0)
		fail_msg("%s: %s", what, err.message);
	again = test_policy(cg_text_get(text), NULL);
	same_meaning(policy, again, what);
	return again;
}

/* What was read from text has rules that do not overlap; from then on the text stays as it is. */
static void check_text(const struct cg_policy *policy, const struct cg_profile *profile, const char *what)
{
	struct cg_text texts[3] = { { 0 } };
	struct cg_policy *second = there_and_back(policy, profile, &texts[0], what);
	struct cg_policy *third = there_and_back(second, profile, &texts[1], what);

	assert_int_equal(cg_policy_text_write(third, profile, &texts[2], NULL), 0);
	if (strcmp(texts[1].data, texts[2].data) != 0)
		fail_msg("%s: written again\n%s\n%s", what, texts[1].data, texts[2].data);
	for (size_t i = 0; i < 3; i++)
		cg_text_done(&texts[i]);
	cg_policy_free(second);
	cg_policy_free(third);
}

static struct cg_policy *read_profile(const char *name, const char *bytes, size_t length,
				      struct cg_profile **ret_profile)
{
	struct cg_target target = test_target();
	struct cg_policy *policy = NULL;

	target.kernel[0] = 6;
	if (cg_profile_read(name, bytes, length, &target, NULL, ret_profile, NULL) < 0 ||
	    cg_profile_resolve(*ret_profile, &target, NULL, &policy, NULL) < 0)
		return NULL;
	return policy;
}

/* In OCI form and back: the same meaning. */
static void check_oci(const struct cg_policy *policy, const char *what)
{
	struct cg_profile *profile = NULL, *again = NULL;
	struct cg_policy *policy_again;
	struct cg_text text = { 0 };
	struct cg_err err = { 0 };

	if (cg_policy_to_profile(policy, NULL, &profile, &err) < 0)
		fail_msg("%s: %s", what, err.message);
	assert_int_equal(cg_profile_write(profile, &text), 0);
	policy_again = read_profile("p.json", cg_text_get(&text), text.length, &again);
	assert_non_null(policy_again);
	same_meaning(policy, policy_again, what);
	cg_policy_free(policy_again);
	cg_profile_free(again);
	cg_profile_free(profile);
	cg_text_done(&text);
}

#define OK "default ERRNO(ENOSYS)\n"

static const char *const samples[] = {
	OK,
	OK "allow read, write",
	OK "arch x86, x32\nallow ioctl; deny ioctl when request == TIOCSTI",
	OK "arch x86, x32\nallow ioctl; deny ioctl when request in {TIOCSTI, TIOCLINUX, 0x5500..0x5600}; log ioctl "
	   "when fd == 7",
	OK "arch x86\nallow clone; deny clone when flags & (CLONE_NEWUSER|CLONE_NEWNS|CLONE_NEWPID) != 0",
	OK "arch x86, x32\nallow read when a0 in {3..1000} and a1 != 5",
	OK "arch x86\nallow lseek; kill_process lseek when a0 == 77; trace(7) lseek when a0 in {2..9} and a1 & 6 == 4",
	OK "allow openat when flags & ~(O_CLOEXEC|O_DIRECTORY) == 0; errno(EACCES) openat when mode != 0",
	OK "arch x86\nallow openat when (flags & O_ACCMODE) in {O_RDONLY, O_RDWR} and not flags & O_CREAT != 0",
	OK
	"allow socket when domain == AF_UNIX and type & 0xf in {SOCK_STREAM, SOCK_DGRAM} or domain == AF_NETLINK and "
	"protocol == 0",
	OK "flags log, tsync\ntrap mount; allow read when a0 & 0xff00ff == 0x120034; allow write when a0 >= 5 and a0 & "
	   "1 == 1",
	/* On x86_64 bits of it, on x86 values that lie side by side. */
	OK "arch x86, x32\nallow socket when domain & 0xffffffff in {AF_UNIX, AF_INET, AF_INET6}; deny socket when "
	   "type == 3",
	OK "arch x86, aarch64\nallow dup3 when oldfd in {3..1000} and newfd <= 77; deny socket when domain != AF_UNIX "
	   "and type == 1",
	OK "arch arm\nallow mkdir when mode == 0700; allow openat when dfd == AT_FDCWD; "
	   "deny write when fd not in {1, 2, 5..-3}; allow ioctl; deny ioctl when request in {1..0x5412}",
	OK "allow read when a0 > 0xffffffff; allow write when a0 in {0x100000000..0x1ffffffff, 7}",
	"default allow\nkill_thread @critical; deny personality when a0 not in {0, 8, 0x20000, 0x20008, -1}",
};

static void test_texts(void **state)
{
	for (size_t i = 0; i < CG_N_ITEMS(samples); i++) {
		struct cg_policy *policy = test_policy(samples[i], NULL);

		check_text(policy, NULL, samples[i]);
		check_oci(policy, samples[i]);
		cg_policy_free(policy);
	}
}

/* What only text can say. */
static void test_only_text(void **state)
{
	static const struct {
		const char *text, *message;
	} rows[] = {
		{ OK "arch x86\nallow read, x86_64:1234", "x86_64:1234: the OCI form has no word for a number" },
		{ OK "arch x86\nallow x86:open", "open: the OCI form cannot say one thing of one architecture" },
		{ OK "arch x86\nallow read; deny x86:read when fd == 1", "read: the OCI form cannot say one thing" },
		{ OK "bad-arch trap\nallow read", "no word for bad-arch" },
		/* Cut to 32 bits, the ends of the range are other ends. */
		{ OK "arch x86\nallow lseek when a0 >= 5 and a0 != -1",
		  "lseek: the OCI form compares an argument once" },
		{ OK "arch x86\nallow read when a0 in {5..0x100000007}",
		  "read: the OCI form compares an argument once" },
		/* 2 * 62 blocks of values in each of two arguments */
		{ OK "allow read when a0 in {1..0x7ffffffffffffffe} and a1 in {1..0x7ffffffffffffffe}",
		  "read: the OCI form compares an argument once in a rule: this would take too many rules" },
	};

	for (size_t i = 0; i < CG_N_ITEMS(rows); i++) {
		struct cg_policy *policy = test_policy(rows[i].text, NULL);
		struct cg_profile *profile = NULL;
		struct cg_err err = { 0 };

		check_text(policy, NULL, rows[i].text);
		if (cg_policy_to_profile(policy, NULL, &profile, &err) != -EOPNOTSUPP ||
		    !strstr(err.message, rows[i].message))
			fail_msg("%s: %s", rows[i].text, err.message);
		assert_null(profile);
		cg_policy_free(policy);
	}
}

static void test_bundled(void **state)
{
	for (size_t i = 0; i < cg_n_bundled; i++) {
		struct cg_profile *profile = NULL;
		struct cg_policy *policy =
			read_profile(cg_bundled[i].name, cg_bundled[i].text, cg_bundled[i].length, &profile);

		assert_non_null(policy);
		check_text(policy, profile, cg_bundled[i].name);
		check_oci(policy, cg_bundled[i].name);
		cg_policy_free(policy);
		cg_profile_free(profile);
	}
}

static char *slurp(const char *path, size_t *ret_length)
{
	FILE *file = fopen(path, "r");
	struct cg_text text = { 0 };
	char buffer[4096];
	size_t n;

	if (!file)
		return NULL;
	while ((n = fread(buffer, 1, sizeof(buffer), file)) > 0)
		cg_text_add_bytes(&text, buffer, n);
	fclose(file);
	*ret_length = text.length;
	return cg_text_steal(&text);
}

static size_t check_folder(const char *folder)
{
	DIR *dir = opendir(folder);
	struct dirent *entry;
	size_t n_checked = 0;

	while (dir && (entry = readdir(dir))) {
		struct cg_profile *profile = NULL;
		struct cg_policy *policy;
		char path[1300], *bytes;
		size_t length;

		snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
		bytes = strstr(entry->d_name, ".json") ? slurp(path, &length) : NULL;
		if (!bytes)
			continue;
		policy = read_profile(entry->d_name, bytes, length, &profile);
		if (policy && policy->n_arches) {
			check_text(policy, profile, entry->d_name);
			check_oci(policy, entry->d_name);
			n_checked++;
		}
		cg_policy_free(policy);
		cg_profile_free(profile);
		free(bytes);
	}
	if (dir)
		closedir(dir);
	return n_checked;
}

static void test_real_profiles(void **state)
{
	const char *shared = getenv("CALLGATE_SHARED");
	char folder[1000];
	size_t n;

	snprintf(folder, sizeof(folder), "%s/profiles/real", shared ? shared : "");
	n = check_folder(folder);
	if (n == 0) {
		print_message("# skip: CALLGATE_SHARED names no folder with profiles of engines\n");
		skip();
	}
	assert_true(n >= 5);
}

/* Order is what eval's precedence becomes: each of these rules wins somewhere. */
static void test_precedence(void **state)
{
	static const char json[] =
		"{\"defaultAction\": \"SCMP_ACT_LOG\", \"architectures\": [\"SCMP_ARCH_X86\"], \"syscalls\": ["
		"{\"names\": [\"read\"], \"action\": \"SCMP_ACT_ERRNO\", \"errnoRet\": 5, \"args\": [{\"index\": 0, "
		"\"value\": 1, "
		"\"op\": \"SCMP_CMP_GE\"}]},"
		"{\"names\": [\"read\"], \"action\": \"SCMP_ACT_KILL_PROCESS\", \"args\": [{\"index\": 0, \"value\": "
		"4, "
		"\"op\": \"SCMP_CMP_GE\"}]},"
		"{\"names\": [\"read\"], \"action\": \"SCMP_ACT_ERRNO\", \"errnoRet\": 6, \"args\": [{\"index\": 0, "
		"\"value\": 0, "
		"\"valueTwo\": 3, \"op\": \"SCMP_CMP_MASKED_EQ\"}]},"
		"{\"names\": [\"write\"], \"action\": \"SCMP_ACT_TRAP\", \"args\": [{\"index\": 0, \"value\": 1, "
		"\"op\": "
		"\"SCMP_CMP_EQ\"}]},"
		"{\"names\": [\"write\"], \"action\": \"SCMP_ACT_ALLOW\"},"
		"{\"names\": [\"write\"], \"action\": \"SCMP_ACT_TRAP\"},"
		"{\"names\": [\"close\"], \"action\": \"SCMP_ACT_LOG\"},"
		"{\"names\": [\"close\"], \"action\": \"SCMP_ACT_TRAP\", \"args\": [{\"index\": 1, \"value\": 1, "
		"\"op\": "
		"\"SCMP_CMP_NE\"}]}]}";
	struct cg_profile *profile = NULL;
	struct cg_text text = { 0 };
	struct cg_policy *policy = read_profile("p.json", json, strlen(json), &profile);

	assert_non_null(policy);
	cg_policy_free(there_and_back(policy, profile, &text, "precedence"));
	cg_text_done(&text);
	check_oci(policy, "precedence");
	cg_policy_free(policy);
	cg_profile_free(profile);
}

static void test_form(void **state)
{
	static const char wanted[] = "default errno(ENOSYS)\n"
				     "arch x86_64, x86\n"
				     "bad-arch trap\n"
				     "flags log\n"
				     "listener \"/run/agent\" \"m=1\"\n"
				     "\n"
				     "allow read, write\n"
				     "deny close when fd in {3, 7..9}\n"
				     "allow ioctl when cmd not in {TIOCSTI, TIOCLINUX}\n"
				     "deny ioctl when cmd in {TIOCSTI, TIOCLINUX}\n"
				     "allow socket when domain == AF_UNIX and type == SOCK_STREAM\n"
				     "allow clone when flags & (CLONE_NEWNS|CLONE_NEWUSER) == 0\n"
				     "errno(EACCES) x86_64:mount\n"
				     "trace(5) x86:1000\n";
	struct cg_profile *outline = NULL;
	struct cg_policy *policy = NULL;
	struct cg_text text = { 0 };

	assert_int_equal(
		test_read("default errno(ENOSYS); arch x86; bad-arch trap; flags log; listener \"/run/agent\" \"m=1\"\n"
			  "allow write, read, ioctl; deny ioctl when request in {TIOCSTI, TIOCLINUX}\n"
			  "deny close when fd == 3 or fd in {7..9}\n"
			  "allow socket when type == SOCK_STREAM and domain == AF_UNIX\n"
			  "allow clone when flags & (CLONE_NEWUSER|CLONE_NEWNS) == 0\n"
			  "trace(5) x86:1000; errno(EACCES) x86_64:mount",
			  NULL, NULL, &policy, &outline, NULL),
		0);
	assert_int_equal(cg_policy_text_write(policy, outline, &text, NULL), 0);
	assert_string_equal(cg_text_get(&text), wanted);
	cg_text_done(&text);
	cg_profile_free(outline);
	cg_policy_free(policy);
}

static void test_pfc(void **state)
{
	static const char wanted[] = "#\n# pseudo filter code start\n#\n"
				     "# filter for arch x86_64 (3221225534)\n"
				     "if ($arch == 3221225534)\n"
				     "  # numbers of x32\n"
				     "  if ($syscall >= 1073741824)\n"
				     "    if ($syscall != 4294967295)\n"
				     "      action KILL;\n"
				     "  # filter for syscall \"read\" (0)\n"
				     "  if ($syscall == 0)\n"
				     "    if ($a0 > 5)\n"
				     "      action ALLOW;\n"
				     "  # filter for syscall \"ioctl\" (16)\n"
				     "  if ($syscall == 16)\n"
				     "    if ($a1.hi32 == 0)\n"
				     "      if ($a1.lo32 == 21522)\n"
				     "        action ERRNO(1);\n"
				     "  # filter for syscall \"clone\" (56)\n"
				     "  if ($syscall == 56)\n"
				     "    if ($a0.hi32 & 0x00000000 == 0)\n"
				     "      if ($a0.lo32 & 0x7e020000 == 0)\n"
				     "        action ALLOW;\n"
				     "  # default action\n"
				     "  action ERRNO(38);\n"
				     "# filter for arch x86 (1073741827)\n"
				     "if ($arch == 1073741827)\n"
				     "  # filter for syscall \"read\" (3)\n"
				     "  if ($syscall == 3)\n"
				     "    if ($a0 > 5)\n"
				     "      action ALLOW;\n"
				     "  # filter for syscall \"ioctl\" (54)\n"
				     "  if ($syscall == 54)\n"
				     "    if ($a1 == 21522)\n"
				     "      action ERRNO(1);\n"
				     "  # filter for syscall \"clone\" (120)\n"
				     "  if ($syscall == 120)\n"
				     "    if ($a0 & 0x7e020000 == 0)\n"
				     "      action ALLOW;\n"
				     "  # default action\n"
				     "  action ERRNO(38);\n"
				     "# invalid architecture action\n"
				     "action KILL;\n"
				     "#\n# pseudo filter code end\n#\n";
	struct cg_target target = test_target();
	struct cg_policy_text_options options = { .target = &target, .is_raw = true };
	const char *text = OK "arch x86_64, x86; allow read when a0 > 5; deny ioctl when a1 == TIOCSTI; "
			      "allow clone when a0 & 0x7e020000 == 0";
	struct cg_policy *policy = NULL;
	struct cg_text pfc = { 0 };

	assert_int_equal(cg_policy_text_read("p", text, strlen(text), &options, &policy, NULL, NULL), 0);
	assert_int_equal(cg_policy_write_pfc(policy, &pfc), 0);
	assert_string_equal(cg_text_get(&pfc), wanted);
	cg_text_done(&pfc);
	cg_policy_free(policy);
}

/* A rule above the boundary that says what the default below it says is one, and one that says what is said there not. */
static void test_pfc_tells_newer_calls(void **state)
{
	static const char wanted[] = "#\n# pseudo filter code start\n#\n"
				     "# filter for arch aarch64 (3221225655)\n"
				     "if ($arch == 3221225655)\n"
				     "  # filter for syscall \"read\" (63)\n"
				     "  if ($syscall == 63)\n"
				     "    action ALLOW;\n"
				     "  # filter for syscall \"openat2\" (437)\n"
				     "  if ($syscall == 437)\n"
				     "    action ERRNO(1);\n"
				     "  # newer calls\n"
				     "  if ($syscall > 291)\n"
				     "    action ERRNO(38);\n"
				     "  # default action\n"
				     "  action ERRNO(1);\n"
				     "# invalid architecture action\n"
				     "action KILL;\n"
				     "#\n# pseudo filter code end\n#\n";
	const struct cg_arch *arch = cg_arch_find("aarch64");
	const struct cg_rule rules[] = {
		{ .arch = arch, .nr = 63, .action = CG_ACTION_ALLOW },
		{ .arch = arch, .nr = 437, .action = cg_action_errno(EPERM) },
		{ .arch = arch, .nr = 439, .action = cg_action_errno(ENOSYS) },
	};
	struct cg_policy *policy = cg_policy_new(cg_action_errno(EPERM));
	struct cg_text pfc = { 0 };

	assert_non_null(policy);
	assert_int_equal(cg_policy_add_arch(policy, arch, NULL), 0);
	for (size_t i = 0; i < CG_N_ITEMS(rules); i++)
		assert_int_equal(cg_policy_add_rule(policy, &rules[i], NULL), 0);
	cg_policy_set_newest(policy, arch, 291, cg_action_errno(ENOSYS));
	assert_int_equal(cg_policy_write_pfc(policy, &pfc), 0);
	assert_string_equal(cg_text_get(&pfc), wanted);
	cg_text_done(&pfc);
	cg_policy_free(policy);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_texts),	       cmocka_unit_test(test_only_text),
		cmocka_unit_test(test_bundled),	       cmocka_unit_test(test_precedence),
		cmocka_unit_test(test_real_profiles),  cmocka_unit_test(test_form),
		cmocka_unit_test(test_pfc),	       cmocka_unit_test(test_pfc_tells_newer_calls),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
