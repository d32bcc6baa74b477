/*
 * Lint: a row is a profile and the findings that it must get, no more and no fewer of the rules under test.
 */
#include "base/cleanup.h"
#include "lint/rules.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define LIFE "\"execve\",\"exit\",\"exit_group\",\"rt_sigreturn\""
#define X86 "\"architectures\":[\"SCMP_ARCH_X86_64\",\"SCMP_ARCH_X86\",\"SCMP_ARCH_X32\"]"
#define ALLOW(names) "{\"names\":[" names "],\"action\":\"SCMP_ACT_ALLOW\"}"
#define ALLOW_IF(names, args) "{\"names\":[" names "],\"action\":\"SCMP_ACT_ALLOW\",\"args\":[" args "]}"
#define ERRNO(names) "{\"names\":[" names "],\"action\":\"SCMP_ACT_ERRNO\"}"
#define ERRNO_IF(names, args) "{\"names\":[" names "],\"action\":\"SCMP_ACT_ERRNO\",\"args\":[" args "]}"
#define ARG(index, op, value) "{\"index\":" #index ",\"op\":\"SCMP_CMP_" #op "\",\"value\":" #value "}"
#define MASKED(index, mask, datum) \
	"{\"index\":" #index ",\"op\":\"SCMP_CMP_MASKED_EQ\",\"value\":" #mask ",\"valueTwo\":" #datum "}"
/* A profile with what every program needs and these rules; default ERRNO(EPERM) or KILL_PROCESS. */
#define DENY(rules) "{\"defaultAction\":\"SCMP_ACT_ERRNO\"," X86 ",\"syscalls\":[" ALLOW(LIFE) "," rules "]}"
#define KILL(rules) "{\"defaultAction\":\"SCMP_ACT_KILL_PROCESS\"," X86 ",\"syscalls\":[" ALLOW(LIFE) "," rules "]}"
#define PERMIT(rules) "{\"defaultAction\":\"SCMP_ACT_ALLOW\"," X86 ",\"syscalls\":[" rules "]}"
#define LISTENED(rules) \
	"{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"listenerPath\":\"/l\"," X86 ",\"syscalls\":[" ALLOW(LIFE) "," rules \
													   "]}"
#define CLONE3_ENOSYS "{\"names\":[\"clone3\"],\"action\":\"SCMP_ACT_ERRNO\",\"errnoRet\":38}"
#define SOCKETS \
	"\"socket\",\"bind\",\"connect\",\"listen\",\"accept\",\"socketpair\",\"sendto\",\"recvfrom\",\"setsockopt\"," \
	"\"getsockopt\",\"sendmsg\",\"recvmsg\",\"accept4\",\"recvmmsg\",\"sendmmsg\",\"getsockname\"," \
	"\"getpeername\",\"shutdown\""

static const struct {
	const char *text;
	const char *found; /* rules, in the order of their places; all stand on one line */
} rows[] = {
	{ DENY(ALLOW("\"read\"")), "" },
	/* nothing there, nothing starts, nothing ends */
	{ "{\"defaultAction\":\"SCMP_ACT_ERRNO\"," X86 "}", "empty-profile" },
	{ "{\"defaultAction\":\"SCMP_ACT_ALLOW\"," X86 "}", "empty-profile" },
	{ "{\"defaultAction\":\"SCMP_ACT_LOG\"," X86 "}", "default-permits" },
	{ "{\"defaultAction\":\"SCMP_ACT_ERRNO\"," X86 ",\"syscalls\":[" ALLOW("\"read\"") "]}",
	  "no-exec no-exit" },
	{ "{\"defaultAction\":\"SCMP_ACT_ERRNO\"," X86
	  ",\"syscalls\":[" ALLOW("\"execveat\",\"exit\",\"rt_sigreturn\"") "]}",
	  "no-exit twin-open" },
	/* architectures */
	{ "{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"syscalls\":[" ALLOW(LIFE) "]}", "missing-arch" },
	{ "{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"architectures\":[\"SCMP_ARCH_AARCH64\"],"
	  "\"syscalls\":[" ALLOW(LIFE) "]}",
	  "missing-arch missing-arch missing-arch" },
	{ DENY(ALLOW("\"riscv_hwprobe\",\"read\"")), "absent-call" },
	/* errno and masks */
	{ KILL("{\"names\":[\"read\"],\"action\":\"SCMP_ACT_ERRNO\",\"errnoRet\":0}"), "errno-zero" },
	{ "{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"defaultErrnoRet\":0," X86 ",\"syscalls\":[" ALLOW(LIFE) "]}",
	  "errno-zero" },
	{ DENY(ALLOW_IF("\"read\"", MASKED(0, 0, 5))), "mask-zero" },
	/* rules that change nothing */
	{ DENY(ERRNO("\"read\"")), "same-as-default" },
	{ KILL(ERRNO("\"read\"")), "" },
	{ DENY(ALLOW("\"read\",\"read\"")), "duplicate-name" },
	{ DENY(ALLOW("\"read\"") "," ALLOW("\"read\"")), "duplicate-name" },
	{ KILL(ALLOW("\"read\"") "," ERRNO("\"read\"")), "rule-shadowed" },
	{ DENY(ALLOW("\"read\"") "," ALLOW_IF("\"read\"", ARG(0, EQ, 1))), "rule-shadowed" },
	/* one call, two actions */
	{ KILL(ALLOW_IF("\"read\"", ARG(0, EQ, 1)) "," ERRNO_IF("\"read\"", ARG(0, EQ, 1))), "conflicting-rules" },
	{ KILL(ALLOW_IF("\"read\"", ARG(0, EQ, 1)) "," ERRNO_IF("\"read\"", ARG(0, EQ, 2))), "" },
	{ KILL(ALLOW_IF("\"read\"", ARG(0, EQ, 1)) "," ERRNO_IF("\"read\"", ARG(2, EQ, 2))),
	  "conflicting-rules x32-comparison" },
	{ KILL(ALLOW_IF("\"read\"", ARG(0, GT, 5)) "," ERRNO_IF("\"read\"", ARG(0, LE, 5))), "wide-comparison" },
	{ KILL(ALLOW_IF("\"read\"", ARG(0, GE, 5)) "," ERRNO_IF("\"read\"", ARG(0, LE, 5))),
	  "wide-comparison conflicting-rules" },
	{ KILL(ALLOW_IF("\"read\"", ARG(0, NE, 5)) "," ERRNO_IF("\"read\"", ARG(0, EQ, 5))), "wide-comparison" },
	{ KILL(ALLOW_IF("\"read\"", ARG(0, LT, 0)) "," ERRNO_IF("\"read\"", ARG(0, NE, 1))), "" },
	{ KILL(ALLOW_IF("\"read\"", MASKED(0, 3, 1)) "," ERRNO_IF("\"read\"", MASKED(0, 3, 2))), "" },
	{ KILL(ALLOW_IF("\"read\"", MASKED(0, 3, 1)) "," ERRNO_IF("\"read\"", MASKED(0, 6, 2))), "" },
	{ KILL(ALLOW_IF("\"read\"", MASKED(0, 3, 3)) "," ERRNO_IF("\"read\"", MASKED(0, 6, 2))), "conflicting-rules" },
	{ KILL(ALLOW_IF("\"read\"", MASKED(0, 8, 8)) "," ERRNO_IF("\"read\"", ARG(0, LT, 8))), "" },
	{ KILL(ALLOW_IF("\"read\"", MASKED(0, 8, 8)) "," ERRNO_IF("\"read\"", ARG(0, LT, 9))),
	  "wide-comparison conflicting-rules" },
	/* what is open */
	{ "{\"defaultAction\":\"SCMP_ACT_ALLOW\"," X86 ",\"syscalls\":[" ERRNO("\"mount\",\"move_mount\"") "]}",
	  "default-permits" },
	{ "{\"defaultAction\":\"SCMP_ACT_LOG\"," X86 ",\"syscalls\":[" ERRNO("\"mount\"") "]}",
	  "default-permits twin-open" },
	{ DENY(ALLOW("\"mount\"")), "dangerous-call" },
	{ DENY(ALLOW("\"mount\",\"reboot\",\"umount2\"")), "dangerous-call" },
	{ DENY(ALLOW("\"chroot\",\"ptrace\",\"mount\"")), "dangerous-call dangerous-call dangerous-call" },
	{ DENY(ALLOW_IF("\"personality\"", ARG(0, EQ, 0))), "" },
	{ DENY(ALLOW("\"clone\"") "," CLONE3_ENOSYS), "namespaces-open" },
	{ DENY(ALLOW("\"clone\",\"clone3\"")), "namespaces-open clone3-open" },
	{ DENY(ALLOW_IF("\"clone\"", MASKED(0, 2080505856, 0)) "," CLONE3_ENOSYS), "namespaces-open" },
	{ DENY(ALLOW_IF("\"clone\"", MASKED(0, 2114060288, 0)) "," ALLOW("\"clone3\"")), "clone3-open" },
	{ DENY(ALLOW("\"clone\",\"clone3\",\"unshare\"")), "dangerous-call" },
	{ DENY(ALLOW("\"ioctl\"")), "open-arguments" },
	{ DENY(ALLOW_IF("\"ioctl\"", ARG(1, EQ, 21505))), "" },
	/* many calls behind one number: those behind it restricted, open, only one of them to be had */
	{ DENY(ALLOW("\"socketcall\"")), "multiplexer-open" },
	{ DENY(ALLOW("\"ipc\",\"shmget\"")), "multiplexer-open" },
	{ DENY(ALLOW_IF("\"socket\"", ARG(0, EQ, 1))), "" },
	{ DENY(ALLOW("\"socketcall\"") "," ALLOW(SOCKETS)), "" },
	{ DENY(ALLOW_IF("\"socketcall\"", ARG(0, EQ, 3)) "," ALLOW("\"connect\"")), "" },
	{ DENY(ALLOW_IF("\"socketcall\"", ARG(0, EQ, 3)) "," ALLOW("\"bind\"")), "multiplexer-open" },
	{ PERMIT(ERRNO("\"socket\"")), "default-permits io-uring-open multiplexer-open" },
	{ PERMIT(ERRNO("\"shutdown\",\"io_uring_setup\"")), "default-permits multiplexer-open" },
	{ PERMIT(ERRNO("\"socket\",\"socketcall\",\"io_uring_setup\"")), "default-permits" },
	{ DENY(ALLOW("\"io_uring_setup\",\"io_uring_enter\"")), "io-uring-open" },
	{ DENY(ALLOW("\"io_uring_enter\"")), "dangerous-call" },
	/* another call that does the same */
	{ PERMIT(ERRNO("\"execve\"")), "default-permits twin-open" },
	{ PERMIT(ERRNO("\"execve\",\"execveat\"")), "no-exec default-permits" },
	{ DENY(ALLOW_IF("\"openat\"", ARG(2, EQ, 0)) "," ALLOW("\"openat2\"")), "twin-open" },
	{ DENY(ALLOW("\"openat\"")), "" },
	{ DENY(ALLOW_IF("\"sendmsg\"", ARG(2, EQ, 0)) "," ALLOW("\"sendmmsg\"")), "twin-open" },
	{ DENY(ALLOW("\"process_vm_readv\"")), "dangerous-call" },
	{ PERMIT(ERRNO("\"mprotect\"")), "default-permits twin-open" },
	{ PERMIT("{\"names\":[\"sendto\"],\"action\":\"SCMP_ACT_ERRNO\",\"errnoRet\":38}"),
	  "default-permits io-uring-open multiplexer-open" },
	/* what kernels let through */
	{ PERMIT(ERRNO("\"uretprobe\",\"uprobe\"")),
	  "default-permits newer-than-library uprobe-exempt newer-than-library uprobe-exempt" },
	{ DENY(ALLOW("\"uretprobe\"")), "newer-than-library" },
	/* comparisons of more bits than the kernel reads, and of less */
	{ DENY(ALLOW_IF("\"socket\"", ARG(0, NE, 40))), "wide-comparison" },
	{ DENY(ALLOW_IF("\"socket\"", ARG(0, GT, 5))), "wide-comparison" },
	{ DENY(ALLOW_IF("\"socket\"", ARG(0, LT, 5))), "" },
	{ DENY(ALLOW_IF("\"socket\"", MASKED(0, 4294967295, 1))), "" },
	{ KILL(ALLOW_IF("\"socket\"", ARG(0, LE, 40)) "," ERRNO_IF("\"socket\"", ARG(0, GT, 40))), "" },
	{ DENY(ALLOW_IF("\"lseek\"", ARG(1, NE, 40))), "x32-comparison" },
	{ DENY(ALLOW_IF("\"personality\"", ARG(0, EQ, 4294967295))), "wide-refusal" },
	{ DENY(ALLOW_IF("\"personality\"", MASKED(0, 4294967295, 4294967295))), "" },
	{ DENY(ALLOW_IF("\"open\"", ARG(0, EQ, 4096))), "pointer-compared" },
	{ DENY(ALLOW_IF("\"open\"", ARG(0, NE, 0))), "" },
	{ DENY(ALLOW_IF("\"ioctl\"", MASKED(1, 4, 5))), "mask-stray" },
	{ DENY(ALLOW_IF("\"ioctl\"", MASKED(1, 5, 4))), "" },
	/* nobody to answer */
	{ DENY("{\"names\":[\"mkdir\"],\"action\":\"SCMP_ACT_NOTIFY\"}"), "notify-alone" },
	{ LISTENED("{\"names\":[\"mkdir\"],\"action\":\"SCMP_ACT_NOTIFY\"}"), "" },
	{ LISTENED("{\"names\":[\"write\"],\"action\":\"SCMP_ACT_NOTIFY\"}"), "notify-write" },
	{ "{\"defaultAction\":\"SCMP_ACT_NOTIFY\",\"listenerPath\":\"/l\"," X86 ",\"syscalls\":[" ALLOW(LIFE) "]}",
	  "notify-default" },
	/* what libraries try */
	{ DENY(ALLOW_IF("\"clone\"", MASKED(0, 2114060288, 0)) "," CLONE3_ENOSYS), "" },
	{ DENY(ALLOW_IF("\"clone\"", MASKED(0, 2114060288, 0))), "errno-on-probe" },
	{ DENY(ALLOW("\"faccessat\"")), "errno-on-probe" },
	{ DENY(ALLOW("\"faccessat\",\"faccessat2\"")), "" },
	{ KILL(ALLOW("\"faccessat\"")), "kill-on-probe" },
	{ DENY(ALLOW("\"cachestat\"")), "newer-than-library" },
};

/* A profile, and what lint said of it. */
struct linted {
	struct cg_target target;
	struct cg_profile *profile;
	struct cg_policy *policy;
	struct cg_notes notes;
};

/* kernel: of the target, or NULL. */
static void lint_for(const char *text, const unsigned int *kernel, struct linted *ret_linted)
{
	struct linted linted = { 0 };
	struct cg_err err = { 0 };

	cg_target_init(&linted.target);
	linted.target.arch = cg_arch_find("x86_64");
	if (cg_profile_read("p.json", text, strlen(text), &linted.target, NULL, &linted.profile, &err) < 0 ||
	    cg_profile_resolve(linted.profile, &linted.target, NULL, &linted.policy, &err) < 0)
		fail_msg("%s: %s\n%s", err.place, err.message, text);
	if (kernel)
		memcpy(linted.target.kernel, kernel, 2 * sizeof(*kernel));
	assert_int_equal(cg_lint(linted.profile, &linted.target, linted.policy, &linted.notes, NULL), 0);
	*ret_linted = linted;
}

/* The first finding of a rule, or NULL. */
static const struct cg_note *find(const struct linted *linted, const char *rule)
{
	for (size_t i = 0; i < linted->notes.list.n_items; i++)
		if (strcmp(linted->notes.list.items[i].rule, rule) == 0)
			return &linted->notes.list.items[i];
	return NULL;
}

static void forget(struct linted *linted)
{
	cg_notes_done(&linted->notes);
	cg_policy_free(linted->policy);
	cg_profile_free(linted->profile);
}

static void test_rows(void **state)
{
	size_t n_wrong = 0;

	for (size_t i = 0; i < CG_N_ITEMS(rows); i++) {
		CG_CLEANUP(cg_text_done) struct cg_text found = { 0 };
		struct linted linted;

		lint_for(rows[i].text, NULL, &linted);
		cg_notes_sort(&linted.notes);
		for (size_t n = 0; n < linted.notes.list.n_items; n++) {
			cg_text_addf(&found, "%s%s", n ? " " : "", linted.notes.list.items[n].rule);
			assert_true(strlen(linted.notes.list.items[n].message) > 10);
		}
		if (strcmp(cg_text_get(&found), rows[i].found) != 0) {
			print_message("# found \"%s\", wanted \"%s\" in\n# %s\n", cg_text_get(&found), rows[i].found,
				      rows[i].text);
			n_wrong++;
		}
		forget(&linted);
	}
	assert_int_equal(n_wrong, 0);
}

/* The place is that of the name, not of the rule or the file. */
static void test_places(void **state)
{
	static const char text[] =
		"{ \"defaultAction\": \"SCMP_ACT_ERRNO\", " X86 ",\n"
		"  \"syscalls\": [\n"
		"    { \"names\": [" LIFE ", \"read\",\n"
		"        \"mount\"], \"action\": \"SCMP_ACT_ALLOW\" } ] }\n";
	struct linted linted;

	lint_for(text, NULL, &linted);
	assert_int_equal(linted.notes.list.n_items, 1);
	assert_int_equal(linted.notes.list.items[0].line, 4);
	assert_int_equal(linted.notes.list.items[0].column, 9);
	assert_int_equal(linted.notes.list.items[0].severity, CG_SEVERITY_WARNING);
	forget(&linted);
}

/* Several rules on one line: the place is that of the rule that is meant. */
static void test_places_on_a_line(void **state)
{
	static const char text[] = DENY("{\"names\":[\"mkdir\"],\"action\":\"SCMP_ACT_TRAP\"}," ALLOW("\"mkdir\""));
	struct linted linted;
	const struct cg_note *note;

	lint_for(text, NULL, &linted);
	note = find(&linted, "rule-shadowed");
	assert_non_null(note);
	assert_int_equal(strncmp(text + note->column - 1, "\"mkdir\"],\"action\":\"SCMP_ACT_ALLOW", 30), 0);
	forget(&linted);
}

/* The filter is asked before the tracer up to Linux 4.7. */
static void test_old_kernel(void **state)
{
	static const unsigned int kernels[][2] = { { 4, 7 }, { 4, 8 }, { 6, 18 }, { 0, 0 } };

	for (size_t i = 0; i < CG_N_ITEMS(kernels); i++) {
		struct linted linted;

		lint_for(DENY(ALLOW("\"ptrace\"")), kernels[i], &linted);
		assert_int_equal(find(&linted, "ptrace-change") != NULL, i == 0);
		forget(&linted);
	}
}

/* All that is harmless but two calls; and a narrow profile, of which nobody asks why it lacks something. */
static void test_everyday(void **state)
{
	for (int is_narrow = 0; is_narrow < 2; is_narrow++) {
		CG_CLEANUP(cg_text_done) struct cg_text text = { 0 };
		struct linted linted;
		const struct cg_note *note;

		cg_text_add(&text, "{\"defaultAction\":\"SCMP_ACT_ERRNO\"," X86 ",\"syscalls\":[{\"names\":[\"execve\"");
		for (size_t i = 0; i < (is_narrow ? 150 : cg_n_syscalls); i++)
			if (strcmp(cg_syscalls[i].name, "getpgrp") != 0 && strcmp(cg_syscalls[i].name, "link") != 0)
				cg_text_addf(&text, ",\"%s\"", cg_syscalls[i].name);
		cg_text_add(&text, "],\"action\":\"SCMP_ACT_ALLOW\"}]}");
		lint_for(cg_text_get(&text), NULL, &linted);
		note = find(&linted, "everyday-missing");
		assert_int_equal(note == NULL, is_narrow);
		if (note)
			assert_non_null(strstr(note->message, "but not getpgrp, link"));
		forget(&linted);
	}
}

/* Docker's `{}`: no seccomp at all. */
static void test_unconfined(void **state)
{
	struct cg_profile *profile = NULL;
	struct cg_policy *policy = NULL;
	struct cg_notes notes = { 0 };
	struct cg_target target;

	cg_target_init(&target);
	target.engine = cg_engine_find("docker");
	assert_int_equal(cg_profile_read("p.json", "{}", 2, &target, NULL, &profile, NULL), 0);
	assert_int_equal(cg_profile_resolve(profile, &target, NULL, &policy, NULL), 0);
	assert_null(policy);
	assert_int_equal(cg_lint(profile, &target, NULL, &notes, NULL), 0);
	assert_int_equal(notes.list.n_items, 1);
	assert_string_equal(notes.list.items[0].rule, "empty-profile");
	assert_int_equal(notes.list.items[0].severity, CG_SEVERITY_ERROR);
	cg_notes_done(&notes);
	cg_profile_free(profile);
}

/* Rules enough of one call that not all pairs are compared: it ends, and says so. */
static void test_pairs_limit(void **state)
{
	CG_CLEANUP(cg_text_done) struct cg_text text = { 0 };
	struct linted linted;
	bool is_said = false;

	cg_text_add(&text, "{\"defaultAction\":\"SCMP_ACT_KILL_PROCESS\"," X86 ",\"syscalls\":[" ALLOW(LIFE));
	for (size_t i = 0; i * i / 2 < CG_LINT_PAIRS_LIMIT + 10000; i++)
		cg_text_addf(&text, ",{\"names\":[\"read\"],\"action\":\"SCMP_ACT_ALLOW\","
			     "\"args\":[{\"index\":0,\"op\":\"SCMP_CMP_EQ\",\"value\":%zu}]}", i);
	cg_text_add(&text, "]}");
	lint_for(cg_text_get(&text), NULL, &linted);
	for (size_t i = 0; i < linted.notes.list.n_items; i++)
		is_said |= strstr(linted.notes.list.items[i].message, "not compared") != NULL;
	assert_true(is_said);
	forget(&linted);
}

/* A list in which every name stands twice and more: so many are told, and one says how many are not. */
static void test_findings_limit(void **state)
{
	CG_CLEANUP(cg_text_done) struct cg_text text = { 0 };
	struct linted linted;
	size_t n_found = 0, n_more = 0;

	cg_text_add(&text, "{\"defaultAction\":\"SCMP_ACT_KILL_PROCESS\"," X86 ",\"syscalls\":[" ALLOW(LIFE)
			   ",{\"names\":[\"read\"");
	for (size_t i = 0; i < CG_LINT_FINDINGS_LIMIT + 42; i++)
		cg_text_add(&text, ",\"read\"");
	cg_text_add(&text, "],\"action\":\"SCMP_ACT_ALLOW\"}]}");
	lint_for(cg_text_get(&text), NULL, &linted);
	for (size_t i = 0; i < linted.notes.list.n_items; i++) {
		const struct cg_note *note = &linted.notes.list.items[i];

		n_found += strcmp(note->rule, "duplicate-name") == 0;
		n_more += strcmp(note->rule, "duplicate-name") == 0 && strstr(note->message, "42 more of these");
	}
	assert_int_equal(n_found, CG_LINT_FINDINGS_LIMIT + 1);
	assert_int_equal(n_more, 1);
	forget(&linted);
}

/* Each row of the table says what it is for, ids are words of their own, and each is met by a row above. */
static void test_table(void **state)
{
	for (size_t i = 0; i < cg_n_lint_rules; i++) {
		/* test_old_kernel(), test_everyday() */
		bool is_met = strcmp(cg_lint_rules[i].id, "ptrace-change") == 0 ||
			      strcmp(cg_lint_rules[i].id, "everyday-missing") == 0;

		assert_true(strlen(cg_lint_rules[i].reason) > 20);
		assert_true(strlen(cg_lint_rules[i].remedy) > 10);
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(cg_lint_rules[i].id, cg_lint_rules[k].id);
		for (size_t k = 0; k < CG_N_ITEMS(rows); k++)
			is_met |= strstr(rows[k].found, cg_lint_rules[i].id) != NULL;
		if (!is_met)
			fail_msg("no row finds %s", cg_lint_rules[i].id);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),        cmocka_unit_test(test_places), cmocka_unit_test(test_unconfined),
		cmocka_unit_test(test_pairs_limit), cmocka_unit_test(test_findings_limit),
		cmocka_unit_test(test_table),       cmocka_unit_test(test_old_kernel),
		cmocka_unit_test(test_everyday),      cmocka_unit_test(test_places_on_a_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
