/*
 * Policy texts that are wrong, each with the place and the words of its error; includes, settings, notes and
 * outlines. What right texts mean is asked in tests/golden/text.golden.
 */
#include "language/test-text.h"

#include "abi/syscalls.h"
#include "policy/eval.h"

#define OK "default ERRNO(ENOSYS)\n"

static const struct {
	const char *text, *place, *message;
} wrong[] = {
	{ "", "p.policy", "there is no default" },
	{ "allow read", "p.policy", "there is no default" },
	{ "allw read", "p.policy:1:1", "'allw' is no action; did you mean allow?" },
	{ "permit read", "p.policy:1:1", "a statement begins with allow" },
	{ "defaul allow", "p.policy:1:1", "did you mean default?" },
	{ "when a0 == 1", "p.policy:1:1", "a statement begins with" },
	{ OK "default allow", "p.policy:2:1", "a second default; the first stands on line 1" },
	{ "default", "p.policy:1:8", "the end of the text is no action" },
	{ "default allow read", "p.policy:1:15", "'read': the default statement ends before it" },
	{ OK "allow", "p.policy:2:6", "the name of a call" },
	{ OK "allow ,", "p.policy:2:7", "the name of a call" },
	{ OK "allow reed", "p.policy:2:7", "unknown call 'reed'; did you mean read?" },
	{ OK "allow read write", "p.policy:2:12", "names are joined with a comma" },
	{ OK "allow @sdtio", "p.policy:2:7", "unknown group '@sdtio'; did you mean @stdio?" },
	{ OK "allow x86:read\nallow x86_46:read", "p.policy:3:7",
	  "unknown architecture 'x86_46'; did you mean x86_64?" },
	{ OK "allow x86_64:socketcall", "p.policy:2:14", "x86_64 has no call 'socketcall'" },
	{ OK "allow 99999999999", "p.policy:2:7", "no call number" },
	{ OK "allow 12ab", "p.policy:2:7", "no call number" },
	{ OK "allow x86_64:0x40000001", "p.policy:2:14", "does not belong to x86_64" },
	{ OK "allow 0x40000001", "p.policy:2:7", "does not belong to x86_64" },
	{ OK "arch x86\nallow 39", "p.policy:3:7", "another call on each of the 2 architectures; write x86_64:39" },
	{ OK "arch x87", "p.policy:2:6", "unknown architecture 'x87'; did you mean x86?" },
	{ OK "arch s390x", "p.policy", "differ in byte order" },
	{ OK "errno(EPRM) read", "p.policy:2:7", "unknown error 'EPRM'; did you mean EPERM?" },
	{ OK "errno(5000) read", "p.policy:2:7", "a number up to 4095" },
	{ OK "errno(", "p.policy:2:7", "a name such as EPERM" },
	{ OK "errno(EPERM read", "p.policy:2:13", "')' should stand here" },
	{ OK "allow(5) read", "p.policy:2:7", "ALLOW takes nothing in brackets" },
	{ OK "deny(EACCES) read", "p.policy:2:5", "write errno(E...)" },
	{ OK "trace(70000) read", "p.policy:2:7", "a number up to 65535" },
	{ OK "flags lgo", "p.policy:2:7", "did you mean log?" },
	{ OK "listener foo", "p.policy:2:10", "in quotes" },
	{ OK "listener \"/run/a", "p.policy:2:10", "no closing quote" },
	{ OK "allow read when", "p.policy:2:16", "an argument (a0 to a5, or its name)" },
	{ OK "allow socket when famly == 1", "p.policy:2:19",
	  "socket has no argument 'famly' on x86_64; it has domain" },
	{ OK "allow socket when domian == 1", "p.policy:2:19", "did you mean domain?" },
	{ OK "allow read when a6 == 1", "p.policy:2:17", "read has no argument 'a6'" },
	{ OK "allow x86_64:999 when fd == 1", "p.policy:2:23", "write a0 to a5" },
	{ OK "allow read when a0", "p.policy:2:19", "a comparison (==" },
	{ OK "allow read when a0 = 1", "p.policy:2:20", "did you mean ==?" },
	{ OK "allow read when a0 & 1", "p.policy:2:23", "write != 0 for any of these bits" },
	{ OK "allow read when a0 & 1 < 1", "p.policy:2:24", "bits are compared with == and != only" },
	{ OK "allow read when a0 & 4 == 5", "p.policy:2:27", "can never be equal" },
	{ OK "allow read when a0 & 0 == 0", "p.policy:2:27", "leaves no bit" },
	{ OK "allow ioctl when request == 0x100005412", "p.policy:2:29", "a1 is the whole register" },
	{ OK "allow ioctl when request in {1..0x100000000}", "p.policy:2:33", "never 0x100000000" },
	{ OK "allow ioctl when request & 0x100000000 == 0", "p.policy:2:28", "leaves nothing of that" },
	{ OK "allow ioctl when request & 6 in {-1}", "p.policy:2:34", "can never be equal" },
	{ OK "allow ioctl when request in {0xffffffff..-2}", "p.policy:2:30", "ends before it begins" },
	{ OK "allow read when a0 & 3 in {1..2}", "p.policy:2:28", "single values" },
	{ OK "allow read when a0 == AF_UNXI", "p.policy:2:23", "unknown constant 'AF_UNXI'; did you mean AF_UNIX?" },
	{ OK "allow read when a0 == \"x\"", "p.policy:2:23", "never the text" },
	{ OK "allow read when a0 == 0x10000000000000000", "p.policy:2:23", "no number of 64 bits" },
	{ OK "allow read when a0 == ", "p.policy:2:23", "a number or the name of a constant" },
	{ OK "allow read when a0 == 'ab'", "p.policy:2:23", "written as 'c'" },
	{ OK "allow read when a0 == 1 2", "p.policy:2:25", "not understood here" },
	{ OK "allow read when (a0 == 1", "p.policy:2:17", "this bracket is never closed" },
	{ OK "allow read when a0 == 1)", "p.policy:2:24", "not understood here" },
	{ OK "allow read when a0 in 1", "p.policy:2:23", "a set should stand here" },
	{ OK "allow read when a0 in {}", "p.policy:2:24", "a number or the name of a constant" },
	{ OK "allow read when a0 in {1 2}", "p.policy:2:26", "',' or '}'" },
	{ OK "allow read when a0 in {5..3}", "p.policy:2:24", "ends before it begins" },
	{ OK "allow read when a0 in {1\nallow write", "p.policy:3:1", "',' or '}'" },
	{ OK "allow read when a0 not 5", "p.policy:2:24", "a comparison" },
	{ OK "allow read when a0 == 1 && a1 == 2", "p.policy:2:25", "conditions are joined with and" },
	{ OK "allow read when a0 == 1 || a1 == 2", "p.policy:2:25", "conditions are joined with or" },
	{ OK "allow read when !a0", "p.policy:2:17", "write not, or !=" },
	{ OK "allow read$", "p.policy:2:11", "'$' means nothing here" },
	{ OK "allow \x01", "p.policy:2:7", "byte 0x01 belongs in no policy" },
	{ OK "allow \xc3\xa4", "p.policy:2:7", "byte 0xc3" },
	{ OK "include", "p.policy:2:8", "a file or @PROFILE" },
	{ OK "include @container-defualt", "p.policy:2:9", "did you mean @container-default?" },
	{ OK "include none.policy", "none.policy", "there is no such file" },
	{ OK "include a b", "p.policy:2:11", "the end of the statement" },
};

static void test_wrong_texts(void **state)
{
	for (size_t i = 0; i < CG_N_ITEMS(wrong); i++) {
		struct cg_policy *policy = NULL;
		struct cg_err err = { 0 };
		int rc = test_read(wrong[i].text, NULL, NULL, &policy, NULL, &err);

		if (rc == 0 || strcmp(err.place, wrong[i].place) != 0 || !strstr(err.message, wrong[i].message))
			fail_msg("%s\n: %s: %s", wrong[i].text, err.place, err.message);
		assert_int_equal(err.code, rc);
		assert_null(policy);
	}
}

static uint32_t ask(const struct cg_policy *policy, const char *name, uint64_t a0, uint64_t a1)
{
	struct cg_call call = { .arch = cg_arch_find("x86_64")->token, .args = { a0, a1 } };

	assert_true(cg_syscall_number(cg_arch_find("x86_64"), name, &call.nr));
	return cg_policy_eval(policy, &call);
}

/* Statements end with the line, and where they cannot. */
static void test_lines(void **state)
{
	struct cg_policy *policy = test_policy("# a comment\n\n"
					       "default = kill ; ; allow read,\n"
					       "\twrite\n"
					       "ALLOW close\n"
					       "\t# a comment between\n"
					       "\twhen a0 == 1 or\n"
					       "\t     a0 == 2\n"
					       "\n"
					       "\tor (a0 == 3\n"
					       "\t    and a1 == 4)\n"
					       "allow ioctl when a1 in {\n 1, # one\n 5 .. 7,\n}\r\n"
					       "log dup when a0 ==\n 'A' ; allow pipe",
					       NULL);

	assert_int_equal(ask(policy, "write", 0, 0), CG_ACTION_ALLOW);
	assert_int_equal(ask(policy, "close", 2, 0), CG_ACTION_ALLOW);
	assert_int_equal(ask(policy, "close", 3, 4), CG_ACTION_ALLOW);
	assert_int_equal(ask(policy, "close", 3, 5), CG_ACTION_KILL_THREAD);
	assert_int_equal(ask(policy, "ioctl", 0, 6), CG_ACTION_ALLOW);
	assert_int_equal(ask(policy, "ioctl", 0, 8), CG_ACTION_KILL_THREAD);
	assert_int_equal(ask(policy, "dup", 'A', 0), CG_ACTION_LOG);
	assert_int_equal(ask(policy, "pipe", 0, 0), CG_ACTION_ALLOW);
	cg_policy_free(policy);
}

static void test_settings(void **state)
{
	struct cg_profile *outline = NULL;
	struct cg_policy *policy = NULL;
	struct cg_text text = { 0 };

	assert_int_equal(test_read("default trap\nbad-arch errno(EACCES)\narch x32, i386\nflags log, spec-allow\n"
				   "listener \"/run/agent\" \"m=1\"\nallow @exit, read",
				   NULL, NULL, &policy, &outline, NULL),
			 0);
	assert_int_equal(policy->default_action, CG_ACTION_TRAP);
	assert_int_equal(policy->bad_arch_action, cg_action_errno(EACCES));
	assert_int_equal(policy->flags, CG_POLICY_LOG | CG_POLICY_SPEC_ALLOW);
	assert_int_equal(policy->n_arches, 3);
	assert_string_equal(policy->arches[0]->name, "x86_64");
	assert_string_equal(outline->listener_path, "/run/agent");
	assert_string_equal(outline->listener_metadata, "m=1");
	assert_true(outline->is_outline && outline->has_default_action);
	assert_string_equal(outline->rules.items[0].names.items[0].text, "read");
	assert_int_equal(outline->rules.items[0].names.items[0].column, 14);
	assert_int_equal(outline->rules.items[0].line, 6);
	/* It has no meaning of its own. */
	assert_int_equal(cg_profile_write(outline, &text), -EINVAL);
	cg_text_done(&text);
	cg_profile_free(outline);
	cg_policy_free(policy);
}

static void test_target_replaces_arches(void **state)
{
	struct cg_target target = test_target();
	struct cg_policy_text_options options = { .target = &target };
	struct cg_policy *policy = NULL;
	const char *text = OK "arch x86\nallow x86:open, openat";

	target.arches[target.n_arches++] = cg_arch_find("aarch64");
	assert_int_equal(cg_policy_text_read("p", text, strlen(text), &options, &policy, NULL, NULL), 0);
	assert_int_equal(policy->n_arches, 1);
	assert_string_equal(policy->arches[0]->name, "aarch64");
	assert_int_equal(policy->rules.n_items, 1);
	cg_policy_free(policy);
}

/* ---- includes */

static const struct test_file files[] = {
	{ "base.policy", "default kill_process\nallow read, write\ndeny close\narch x86" },
	{ "other.policy", "default trap\nallow pipe" },
	{ "deep.policy", "include base.policy\nallow dup" },
	{ "loop.policy", "include loop.policy" },
	{ "odd", "# no suffix, but it looks like one\ndefault kill_process" },
	{ "p.json", "{\"defaultAction\": \"SCMP_ACT_TRAP\", \"architectures\": [\"SCMP_ARCH_X32\"], \"syscalls\": ["
		    "{\"names\": [\"read\"], \"action\": \"SCMP_ACT_ALLOW\", \"args\": [{\"index\": 0, \"value\": 5, "
		    "\"op\": \"SCMP_CMP_GE\"}]},"
		    "{\"names\": [\"read\"], \"action\": \"SCMP_ACT_ERRNO\", \"args\": [{\"index\": 0, \"value\": 9, "
		    "\"op\": \"SCMP_CMP_EQ\"}]},"
		    "{\"names\": [\"write\", \"getuid\"], \"action\": \"SCMP_ACT_ALLOW\"}]}" },
	{ "wrong.json", "{\"defaultAction\": \"SCMP_ACT_DENY\"}" },
	{ "empty.json", "{}" },
	{ NULL, NULL },
};

static void test_includes(void **state)
{
	struct cg_policy *policy = test_policy("include deep.policy\ndeny read\ninclude \"odd\" # by its bytes", files);

	assert_int_equal(policy->default_action, CG_ACTION_KILL_PROCESS);
	assert_int_equal(policy->n_arches, 2);
	assert_int_equal(ask(policy, "read", 0, 0), cg_action_errno(EPERM));
	assert_int_equal(ask(policy, "write", 0, 0), CG_ACTION_ALLOW);
	assert_int_equal(ask(policy, "dup", 0, 0), CG_ACTION_ALLOW);
	/* Rules know the line of the outermost text. */
	for (size_t i = 0; i < policy->rules.n_items; i++)
		assert_true(policy->rules.items[i].origin == 1 || policy->rules.items[i].origin == 2);
	cg_policy_free(policy);

	policy = test_policy("include base.policy\ninclude other.policy\ndefault allow", files);
	assert_int_equal(policy->default_action, CG_ACTION_ALLOW);
	cg_policy_free(policy);
}

/* A profile keeps its own precedence within, and is one text to the outside. */
static void test_included_profile(void **state)
{
	struct cg_policy *policy = test_policy("include p.json\nallow dup\nlog write when fd == 2\narch x86", files);

	assert_int_equal(policy->default_action, CG_ACTION_TRAP);
	assert_int_equal(policy->n_arches, 3);
	assert_int_equal(ask(policy, "read", 4, 0), CG_ACTION_TRAP);
	assert_int_equal(ask(policy, "read", 5, 0), CG_ACTION_ALLOW);
	assert_int_equal(ask(policy, "read", 9, 0), cg_action_errno(EPERM));
	assert_int_equal(ask(policy, "write", 1, 0), CG_ACTION_ALLOW);
	assert_int_equal(ask(policy, "write", 2, 0), CG_ACTION_LOG);
	/* Its names hold on the text's other architectures too. */
	assert_int_equal(cg_policy_eval(policy, &(struct cg_call){ .arch = cg_arch_find("x86")->token, .nr = 24 }),
			 CG_ACTION_ALLOW);
	cg_policy_free(policy);
}

static void test_wrong_includes(void **state)
{
	static const struct {
		const char *text, *place, *message;
	} rows[] = {
		{ "include base.policy\ninclude other.policy", "p.policy", "several defaults: say here which" },
		{ "include loop.policy", "loop.policy:1:9", "does one of them include itself?" },
		{ "include wrong.json", "wrong.json:1:19", "unknown action" },
		{ "include empty.json", "empty.json", "defaultAction" },
	};

	for (size_t i = 0; i < CG_N_ITEMS(rows); i++) {
		struct cg_policy *policy = NULL;
		struct cg_err err = { 0 };

		assert_true(test_read(rows[i].text, files, NULL, &policy, NULL, &err) < 0);
		if (strcmp(err.place, rows[i].place) != 0 || !strstr(err.message, rows[i].message))
			fail_msg("%s: %s: %s", rows[i].text, err.place, err.message);
	}
}

/* ---- notes */

static void test_undone(void **state)
{
	static const struct {
		const char *text;
		unsigned int line; /* 0: no note */
	} rows[] = {
		{ OK "deny ioctl when request == TIOCSTI\nallow @stdio", 2 },
		{ OK "deny mount\nallow read\nallow mount", 2 },
		{ OK "allow ioctl\ndeny ioctl when request == TIOCSTI", 0 },
		{ OK "deny @network-client\nallow socket", 0 },          /* one out of a group */
		{ OK "allow read when fd == 0\nkill_process read", 0 },  /* stricter */
		{ "include base.policy\nallow close", 0 },               /* a text changes what it includes */
		{ "deny read\ninclude base.policy", 1 },
		{ OK "deny ioctl when request == TIOCSTI\nallow ioctl when fd == 0", 0 },
	};

	for (size_t i = 0; i < CG_N_ITEMS(rows); i++) {
		struct cg_policy *policy = NULL;
		struct cg_notes notes = { 0 };

		assert_int_equal(test_read(rows[i].text, files, &notes, &policy, NULL, NULL), 0);
		if (notes.list.n_items != (rows[i].line ? 1 : 0) ||
		    (rows[i].line && (strcmp(notes.list.items[0].rule, "undone") != 0 ||
				      notes.list.items[0].line != rows[i].line)))
			fail_msg("%s: %zu notes", rows[i].text, notes.list.n_items);
		cg_notes_done(&notes);
		cg_policy_free(policy);
	}
}

static void test_detection(void **state)
{
	static const struct {
		const char *bytes;
		bool is_text;
	} rows[] = {
		{ "default allow", true },    { "  # comment\n{", true }, { "#", true },
		{ "\n\n@x", true },           { "; allow", true },        { "{\"a\": 1}", false },
		{ " [", false },              { "", false },              { " \n", false },
		{ "// c\n{}", false },        { "/* */{}", false },       { "\"text\"", false },
		{ "\x7f" "ELF", false },      { ".little-endian", false }, { "123", false },
	};

	for (size_t i = 0; i < CG_N_ITEMS(rows); i++) {
		if (cg_policy_text_is(rows[i].bytes, strlen(rows[i].bytes)) != rows[i].is_text)
			fail_msg("%s", rows[i].bytes);
	}
	assert_false(cg_policy_text_is("a\0b", 3));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_wrong_texts),      cmocka_unit_test(test_lines),
		cmocka_unit_test(test_settings),         cmocka_unit_test(test_target_replaces_arches),
		cmocka_unit_test(test_includes),         cmocka_unit_test(test_included_profile),
		cmocka_unit_test(test_wrong_includes),   cmocka_unit_test(test_undone),
		cmocka_unit_test(test_detection),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
