/*
 * Sketches: what goes in is a table of recorded calls, what must come out a table of calls with action and conditions.
 */
#include "abi/constants.h"
#include "base/cleanup.h"
#include "learn/generalise.h"
#include "learn/generate.h"
#include "learn/needs.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* One recorded call: its name on an arch, one argument's values. */
struct seen {
	const char *arch;
	const char *call;
	const char *argument; /* NULL: no argument recorded */
	uint64_t values[4];
	size_t n_values;
	bool has_overflow;
};

/* What the sketch must say of a call; conditions as text, NULL: no entry at all. */
struct wanted {
	const char *call;
	const char *verdict; /* "ALLOW", "ALLOW if …", "ERRNO(EPERM)", NULL: the default */
};

static int add_seen(struct cg_summary *summary, const struct seen *seen)
{
	const struct cg_arch *arch = cg_arch_find(seen->arch);
	struct cg_summary_call added = { .call = { .arch = arch, .count = 3 }, .n_runs = 1 };
	int place;

	assert_non_null(arch);
	added.call.arch_token = arch->token;
	if (!cg_syscall_number(arch, seen->call, &added.call.nr))
		fail_msg("%s has no %s", seen->arch, seen->call);
	if (seen->argument) {
		struct cg_value_set *set = cg_arena_alloc(&summary->arena, sizeof(*set));

		place = cg_argument_find(arch, seen->call, seen->argument);
		if (place < 0)
			fail_msg("%s has no argument %s", seen->call, seen->argument);
		for (size_t i = 0; i < seen->n_values; i++)
			set->values[set->n_values++] = seen->values[i];
		set->has_overflow = seen->has_overflow;
		added.call.args[place] = set;
	}
	return cg_vec_push(&summary->calls, added);
}

static struct cg_sketch generate(const struct seen *seen, size_t n_seen, struct cg_generate_options options)
{
	struct cg_summary summary = { 0 };
	struct cg_sketch sketch = { 0 };
	struct cg_err err = { 0 };

	for (size_t i = 0; i < n_seen; i++)
		assert_int_equal(add_seen(&summary, &seen[i]), 0);
	if (!options.native)
		options.native = cg_arch_find("x86_64");
	if (cg_generate(&summary, &options, &sketch, &err) != 0)
		fail_msg("%s", err.message);
	cg_summary_done(&summary);
	return sketch;
}

static const struct cg_sketch_call *find(const struct cg_sketch *sketch, const char *name)
{
	for (size_t i = 0; i < sketch->calls.n_items; i++)
		if (strcmp(sketch->calls.items[i].call->name, name) == 0)
			return &sketch->calls.items[i];
	return NULL;
}

static void expect(const struct cg_sketch *sketch, const struct wanted *wanted, size_t n_wanted)
{
	for (size_t i = 0; i < n_wanted; i++) {
		const struct cg_sketch_call *call = find(sketch, wanted[i].call);
		struct cg_text text = { 0 };

		if (!call != !wanted[i].verdict)
			fail_msg("%s: %s", wanted[i].call, call ? "should not be there" : "is missing");
		if (!call)
			continue;
		cg_action_format(&text, call->action);
		if (!call->is_open) {
			cg_text_add(&text, " if ");
			cg_sketch_format_conditions(&text, sketch, call);
		}
		if (strcmp(cg_text_get(&text), wanted[i].verdict) != 0)
			fail_msg("%s: \"%s\", wanted \"%s\"", wanted[i].call, cg_text_get(&text), wanted[i].verdict);
		assert_true(call->reasons.n_items > 0);
		cg_text_done(&text);
	}
}

static bool has_note(const struct cg_sketch *sketch, const char *rule, const char *part)
{
	for (size_t i = 0; i < sketch->notes.list.n_items; i++)
		if (strcmp(sketch->notes.list.items[i].rule, rule) == 0 &&
		    strstr(sketch->notes.list.items[i].message, part))
			return true;
	return false;
}

#define EXPECT(sketch, ...) \
	do { \
		const struct wanted rows_[] = { __VA_ARGS__ }; \
		expect(&(sketch), rows_, CG_N_ITEMS(rows_)); \
	} while (0)

static const struct seen plain[] = {
	{ .arch = "x86_64", .call = "read" },
	{ .arch = "x86_64", .call = "poll" },
	{ .arch = "x86_64", .call = "clone", .argument = "flags", .values = { 17, 0x3d0f00 }, .n_values = 2 },
	{ .arch = "x86_64", .call = "socket", .argument = "domain", .values = { 1, 10 }, .n_values = 2 },
	{ .arch = "x86_64", .call = "ioctl", .argument = "cmd", .values = { 0x5401, 0x80045430 }, .n_values = 2 },
	{ .arch = "x86_64", .call = "prctl", .argument = "option", .values = { 15 }, .n_values = 1,
	  .has_overflow = true },
	{ .arch = "x86_64", .call = "unshare", .argument = "flags", .values = { 0x20000 }, .n_values = 1 },
};

static void test_needs_and_dangers(void **state)
{
	struct cg_sketch sketch = generate(plain, CG_N_ITEMS(plain), (struct cg_generate_options){ 0 });

	EXPECT(sketch, { "read", "ALLOW" }, { "exit", "ALLOW" }, { "exit_group", "ALLOW" }, { "rt_sigreturn", "ALLOW" },
	       { "restart_syscall", "ALLOW" }, { "execve", "ALLOW" }, { "rseq", "ALLOW" }, { "statx", "ALLOW" },
	       { "faccessat2", "ALLOW" }, { "clone3", "ERRNO(ENOSYS)" }, { "ppoll", "ALLOW" },
	       { "ppoll_time64", NULL }, { "sigreturn", NULL }, { "mount", "ERRNO(EPERM)" },
	       { "ptrace", "ERRNO(EPERM)" }, { "keyctl", "ERRNO(EPERM)" }, { "write", NULL }, { "socket", "ALLOW" },
	       { "unshare", "ALLOW" },
	       { "clone", "ALLOW if flags & (CLONE_NEWNS|CLONE_NEWCGROUP|CLONE_NEWUTS|CLONE_NEWIPC|CLONE_NEWUSER|"
			  "CLONE_NEWPID|CLONE_NEWNET) == 0" });
	assert_int_equal(sketch.default_action, cg_action_errno(38));
	assert_int_equal(sketch.n_arches, 1);
	assert_true(has_note(&sketch, "dangerous-call", "unshare is allowed"));
	cg_sketch_done(&sketch);
}

static void test_args_safe(void **state)
{
	struct cg_generate_options options = { .args = CG_GENERATE_ARGS_SAFE };
	struct cg_sketch sketch = generate(plain, CG_N_ITEMS(plain), options);
	const struct cg_sketch_call *ioctl = find(&sketch, "ioctl");

	EXPECT(sketch, { "read", "ALLOW" }, { "socket", "ALLOW if domain == AF_UNIX or domain == AF_INET6" },
	       { "prctl", "ALLOW" });
	assert_true(has_note(&sketch, "args-open", "prctl"));
	/* The kernel reads 4 bytes of the request; the companions are there. */
	assert_false(ioctl->is_open);
	assert_int_equal(ioctl->conditions.n_items, 7);
	assert_int_equal(ioctl->conditions.items[6].comparisons->mask, UINT32_MAX);
	assert_int_equal(ioctl->conditions.items[6].comparisons->value, 0x80045430);
	assert_int_equal(find(&sketch, "unshare")->conditions.items[0].comparisons->mask, (uint32_t)~0x20000);
	cg_sketch_done(&sketch);

	options.without = (const char *const[]){ "companions" };
	options.n_without = 1;
	sketch = generate(plain, CG_N_ITEMS(plain), options);
	assert_int_equal(find(&sketch, "ioctl")->conditions.n_items, 2);
	cg_sketch_done(&sketch);
}

/* O_APPEND, O_CLOEXEC, O_DIRECTORY, O_DSYNC, O_LARGEFILE, O_NOCTTY, O_NOFOLLOW, O_NONBLOCK and O_SYNC on x86_64. */
#define HARMLESS_OPEN 0x1b9d00U

static void test_args_strict(void **state)
{
	static const struct seen rows[] = {
		{ .arch = "x86_64", .call = "openat", .argument = "flags", .values = { 0x80000, 0x241 },
		  .n_values = 2 },
		{ .arch = "x86_64", .call = "lseek", .argument = "whence", .values = { 0, 2 }, .n_values = 2 },
		{ .arch = "x86_64", .call = "read" },
	};
	struct cg_sketch sketch = generate(rows, CG_N_ITEMS(rows),
				       (struct cg_generate_options){ .args = CG_GENERATE_ARGS_STRICT });

	EXPECT(sketch, { "read", "ALLOW" }, { "lseek", "ALLOW if whence == SEEK_SET or whence == SEEK_END" });
	assert_false(find(&sketch, "openat")->is_open);
	assert_int_equal(find(&sketch, "openat")->conditions.items[0].comparisons->mask, ~(0x80241U | HARMLESS_OPEN));
	assert_null(find(&sketch, "openat2"));
	cg_sketch_done(&sketch);

	sketch = generate(rows, CG_N_ITEMS(rows),
			  (struct cg_generate_options){ .args = CG_GENERATE_ARGS_STRICT,
							.without = (const char *const[]){ "companions" },
							.n_without = 1 });
	assert_int_equal(find(&sketch, "openat")->conditions.items[0].comparisons->mask, ~0x80241U);
	cg_sketch_done(&sketch);
}

/* The kernel reads the mode of what is made: for other calls the register may hold anything. */
static void test_strict_mode(void **state)
{
	static const struct {
		uint64_t flags[2];
		uint32_t closed; /* to calls that make no file */
		size_t n_conditions;
	} rows[] = {
		{ { 0x80000, 0 }, ~(0x80000U | HARMLESS_OPEN), 1 },
		{ { 0x80000, 0x241 }, ~(0x80201U | HARMLESS_OPEN), 2 },
	};
	struct cg_generate_options options = { .args = CG_GENERATE_ARGS_STRICT, .native = cg_arch_find("x86_64") };

	for (size_t i = 0; i < CG_N_ITEMS(rows); i++) {
		const struct seen seen = { "x86_64", "openat", "flags", { rows[i].flags[0], rows[i].flags[1] }, 2 };
		struct cg_summary summary = { 0 };
		const struct cg_sketch_call *call;
		size_t n_with_mode = 0;
		struct cg_value_set *set;
		struct cg_sketch sketch;

		assert_int_equal(add_seen(&summary, &seen), 0);
		set = cg_arena_alloc(&summary.arena, sizeof(*set));
		*set = (struct cg_value_set){ .values = { 0600, 0644 }, .n_values = 2 };
		summary.calls.items[0].call.args[3] = set;
		assert_int_equal(cg_generate(&summary, &options, &sketch, NULL), 0);
		call = find(&sketch, "openat");
		assert_int_equal(call->conditions.n_items, rows[i].n_conditions);
		for (size_t c = 0; c < rows[i].n_conditions; c++) {
			const struct cg_sketch_condition *condition = &call->conditions.items[c];
			bool has_mode = condition->n_comparisons == 2;

			n_with_mode += has_mode;
			assert_int_equal(condition->comparisons[0].mask,
					 has_mode ? ~(0x80241U | HARMLESS_OPEN) : rows[i].closed);
			if (has_mode)
				assert_int_equal(condition->comparisons[1].mask, (uint32_t)~0644);
		}
		assert_int_equal(n_with_mode, rows[i].n_conditions - 1);
		cg_sketch_done(&sketch);
		cg_summary_done(&summary);
	}
}

/* What is held to what by --args strict, and what never is, with the evidence. */
static void test_strict_forms(void **state)
{
	static const struct {
		struct seen seen;
		const char *verdict; /* as in struct wanted */
		const char *evidence; /* text of the last reason, or NULL */
	} rows[] = {
		{ { "x86_64", "kill", "sig", { 0, 15 }, 2 }, "ALLOW if sig == 0 or sig == SIGTERM",
		  "sig held to the values seen: 0, 15" },
		{ { "x86_64", "fchmod", "mode", { 0600, 0644 }, 2 }, "ALLOW if mode & 0xfffffe5b == 0",
		  "mode held to the bits seen: 0x1a4" },
		{ { "x86_64", "copy_file_range", "flags", { 0 }, 1 }, "ALLOW if flags == 0",
		  "flags held to the bits seen: 0x0" },
		/* All bits were set: nothing to refuse. */
		{ { "x86_64", "copy_file_range", "flags", { 0, UINT32_MAX }, 2 }, "ALLOW", NULL },
		/* Whoever takes more permissions away does no harm; plain numbers are data; wide ones may be addresses. */
		{ { "x86_64", "umask", "mask", { 022 }, 1 }, "ALLOW", NULL },
		{ { "x86_64", "poll", "timeout_msecs", { 100 }, 1 }, "ALLOW", NULL },
		{ { "x86_64", "listen", "backlog", { 5 }, 1 }, "ALLOW", NULL },
		{ { "x86_64", "arch_prctl", "arg2", { 5 }, 1 }, "ALLOW", NULL },
		/* Not known whole. */
		{ { "x86_64", "kill", "sig", { 15 }, 1, true }, "ALLOW", NULL },
	};
	struct cg_generate_options options = { .args = CG_GENERATE_ARGS_STRICT };

	for (size_t i = 0; i < CG_N_ITEMS(rows); i++) {
		struct cg_sketch sketch = generate(&rows[i].seen, 1, options);
		const struct wanted wanted = { rows[i].seen.call, rows[i].verdict };
		const struct cg_sketch_call *call = find(&sketch, rows[i].seen.call);

		expect(&sketch, &wanted, 1);
		if (rows[i].evidence)
			assert_string_equal(call->reasons.items[call->reasons.n_items - 1].text, rows[i].evidence);
		cg_sketch_done(&sketch);
	}
}

/* Two arguments that choose: rules for each value of the first, a range for the second. */
static void test_strict_range(void **state)
{
	static const struct seen row = { "x86_64", "setsockopt", "level", { 1, 6 }, 2 };
	struct cg_generate_options options = { .args = CG_GENERATE_ARGS_STRICT, .native = cg_arch_find("x86_64") };
	struct cg_summary summary = { 0 };
	struct cg_sketch sketch;
	struct cg_value_set *set;

	assert_int_equal(add_seen(&summary, &row), 0);
	set = cg_arena_alloc(&summary.arena, sizeof(*set));
	*set = (struct cg_value_set){ .values = { 2, 9 }, .n_values = 2 };
	summary.calls.items[0].call.args[2] = set;
	assert_int_equal(cg_generate(&summary, &options, &sketch, NULL), 0);
	assert_int_equal(find(&sketch, "setsockopt")->conditions.n_items, 2);
	for (size_t i = 0; i < 2; i++) {
		const struct cg_sketch_condition *condition = &find(&sketch, "setsockopt")->conditions.items[i];

		assert_int_equal(condition->n_comparisons, 2);
		assert_int_equal(condition->comparisons[0].arg, 2);
		assert_int_equal(condition->comparisons[0].mask, (uint32_t)~15);
		assert_int_equal(condition->comparisons[1].arg, 1);
	}
	cg_sketch_done(&sketch);

	/* More values than rules should be made of: a range as well. */
	set = summary.calls.items[0].call.args[1];
	set->n_values = CG_SAFE_VALUES_LIMIT + 1;
	for (uint8_t i = 0; i < set->n_values; i++)
		set->values[i] = i + 4;
	assert_int_equal(cg_generate(&summary, &options, &sketch, NULL), 0);
	assert_int_equal(find(&sketch, "setsockopt")->conditions.n_items, 2);
	assert_int_equal(find(&sketch, "setsockopt")->conditions.items[0].comparisons[0].mask, (uint32_t)~31);
	cg_sketch_done(&sketch);
	cg_summary_done(&summary);
}

/* What was not seen says so. */
static void test_origins(void **state)
{
	static const struct seen row = { "x86_64", "fcntl", "cmd", { 1, 1032 }, 2 };
	struct cg_sketch sketch = generate(&row, 1, (struct cg_generate_options){ .args = CG_GENERATE_ARGS_SAFE });
	const struct cg_sketch_call *call = find(&sketch, "fcntl");
	size_t n_seen = 0;

	assert_true(call->conditions.n_items > 4);
	for (size_t i = 0; i < call->conditions.n_items; i++)
		n_seen += call->conditions.items[i].origin[0] == '\0';
	assert_int_equal(n_seen, 2);
	assert_string_equal(call->reasons.items[1].text,
			    "cmd held to the values seen: F_GETFD, F_GETPIPE_SZ (commands reach from flags to leases and "
			    "signals)");
	cg_sketch_done(&sketch);
}

/* One value more than a profile should list leaves the call open. */
static void test_values_limit(void **state)
{
	struct cg_value_set *set;
	struct cg_summary summary = { 0 };
	struct cg_generate_options options = { .args = CG_GENERATE_ARGS_SAFE, .native = cg_arch_find("x86_64") };

	for (uint8_t n = CG_SAFE_VALUES_LIMIT; n <= CG_SAFE_VALUES_LIMIT + 1; n++) {
		const struct seen row = { .arch = "x86_64", .call = "socket", .argument = "domain" };
		struct cg_sketch sketch;

		assert_int_equal(add_seen(&summary, &row), 0);
		set = summary.calls.items[0].call.args[0];
		for (uint8_t i = 0; i < n; i++)
			set->values[i] = i + 1;
		set->n_values = n;
		assert_int_equal(cg_generate(&summary, &options, &sketch, NULL), 0);
		assert_int_equal(find(&sketch, "socket")->is_open, n > CG_SAFE_VALUES_LIMIT);
		cg_sketch_done(&sketch);
		cg_summary_done(&summary);
		summary = (struct cg_summary){ 0 };
	}
}

static void test_clone3(void **state)
{
	static const struct seen rows[] = { { .arch = "x86_64", .call = "clone3" } };
	static const char *const without[] = { "clone3" };
	struct cg_generate_options options = { 0 };
	struct cg_sketch sketch = generate(rows, 1, options);

	assert_non_null(find(&sketch, "clone"));
	assert_false(find(&sketch, "clone")->is_open);
	EXPECT(sketch, { "clone3", "ERRNO(ENOSYS)" });
	cg_sketch_done(&sketch);

	options.without = without;
	options.n_without = 1;
	sketch = generate(rows, 1, options);
	EXPECT(sketch, { "clone3", "ALLOW" }, { "clone", "ERRNO(EPERM)" });
	cg_sketch_done(&sketch);
}

/* Namespaces that were seen stay open, the others do not; unknown flags leave all of them closed. */
static void test_clone_namespaces(void **state)
{
	static const struct seen user[] = {
		{ .arch = "x86_64", .call = "clone", .argument = "flags", .values = { 0x10000011 }, .n_values = 1 },
	};
	static const struct seen unknown[] = { { .arch = "x86_64", .call = "clone" } };
	static const char *const without[] = { "clone-namespaces" };
	struct cg_generate_options options = { 0 };
	struct cg_sketch sketch = generate(user, 1, options);

	assert_int_equal(find(&sketch, "clone")->conditions.items[0].comparisons->mask,
			 CG_NAMESPACE_FLAGS & ~0x10000000U);
	assert_true(has_note(&sketch, "namespaces-open", "CLONE_NEWUSER"));
	cg_sketch_done(&sketch);

	sketch = generate(unknown, 1, options);
	assert_int_equal(find(&sketch, "clone")->conditions.items[0].comparisons->mask, CG_NAMESPACE_FLAGS);
	assert_true(has_note(&sketch, "namespaces-unknown", "not all flags"));
	cg_sketch_done(&sketch);

	options.without = without;
	options.n_without = 1;
	sketch = generate(unknown, 1, options);
	EXPECT(sketch, { "clone", "ALLOW" });
	cg_sketch_done(&sketch);
}

static void test_defaults(void **state)
{
	static const struct {
		const char *word;
		uint32_t action;
		const char *mount, *keyctl;
	} rows[] = {
		{ "enosys", CG_ACTION_ERRNO | 38, "ERRNO(EPERM)", "ERRNO(EPERM)" },
		{ "eperm", CG_ACTION_ERRNO | 1, NULL, NULL },
		{ "kill", CG_ACTION_KILL_PROCESS, NULL, NULL },
		{ "log", CG_ACTION_LOG, "ERRNO(EPERM)", NULL },
	};
	enum cg_generate_default kind;

	for (size_t i = 0; i < CG_N_ITEMS(rows); i++) {
		struct cg_generate_options options = { 0 };
		struct cg_sketch sketch;

		assert_true(cg_generate_default_find(rows[i].word, &options.default_kind));
		sketch = generate(plain, 1, options);
		assert_int_equal(sketch.default_action, rows[i].action);
		EXPECT(sketch, { "mount", rows[i].mount }, { "keyctl", rows[i].keyctl }, { "clone3", "ERRNO(ENOSYS)" });
		cg_sketch_done(&sketch);
	}
	assert_false(cg_generate_default_find("nonsense", &kind));
}

static void test_without(void **state)
{
	static const struct {
		const char *without, *call, *verdict;
	} rows[] = {
		{ "libc", "rseq", NULL },
		{ "rseq", "rseq", NULL },
		{ "rseq", "statx", "ALLOW" },
		{ "exit", "exit_group", NULL },
		{ "exec", "execve", NULL },
		{ "successors", "ppoll", NULL },
		{ "ppoll", "ppoll", NULL },
		{ "dangerous", "mount", NULL },
		{ "mount", "mount", NULL },
		{ "mount", "reboot", "ERRNO(EPERM)" },
		{ "read", "read", "ALLOW" }, /* seen is seen */
	};
	static const char *const words[] = { "succesors" };
	const struct cg_generate_options misspelt = { .without = words, .n_without = 1 };
	struct cg_summary none = { 0 };
	struct cg_sketch sketch;
	struct cg_err err;

	for (size_t i = 0; i < CG_N_ITEMS(rows); i++) {
		sketch = generate(plain, CG_N_ITEMS(plain),
				(struct cg_generate_options){ .without = &rows[i].without, .n_without = 1 });
		EXPECT(sketch, { rows[i].call, rows[i].verdict });
		cg_sketch_done(&sketch);
	}
	assert_int_equal(cg_generate(&none, &misspelt, &sketch, &err), -EINVAL);
	assert_non_null(strstr(err.message, "did you mean successors?"));
}

static void test_arches(void **state)
{
	static const struct seen two[] = {
		{ .arch = "x86", .call = "socketcall" },
		{ .arch = "x86", .call = "readv" },
		{ .arch = "x86", .call = "clock_gettime" },
		{ .arch = "x86_64", .call = "read" },
	};
	static const struct seen mixed[] = {
		{ .arch = "s390x", .call = "read" },
		{ .arch = "x86_64", .call = "read" },
	};
	static const struct seen big[] = { { .arch = "s390x", .call = "clone" } };
	struct cg_summary summary = { 0 };
	struct cg_sketch sketch = generate(two, CG_N_ITEMS(two), (struct cg_generate_options){ 0 });
	struct cg_err err;

	assert_int_equal(sketch.n_arches, 2);
	assert_string_equal(sketch.arches[0]->name, "x86_64");
	assert_string_equal(sketch.arches[1]->name, "x86");
	EXPECT(sketch, { "socketcall", "ALLOW" }, { "sigreturn", "ALLOW" }, { "clock_gettime64", "ALLOW" });
	assert_true(has_note(&sketch, "shared-names", "readv"));
	assert_false(has_note(&sketch, "shared-names", "socketcall"));
	cg_sketch_done(&sketch);

	for (size_t i = 0; i < CG_N_ITEMS(mixed); i++)
		assert_int_equal(add_seen(&summary, &mixed[i]), 0);
	assert_int_equal(cg_generate(&summary, &(struct cg_generate_options){ 0 }, &sketch, &err), -EDOM);
	cg_summary_done(&summary);

	/* A recording of another byte order: the native arch is left out. s390 has clone's flags second. */
	sketch = generate(big, 1, (struct cg_generate_options){ 0 });
	assert_int_equal(sketch.n_arches, 1);
	assert_int_equal(find(&sketch, "clone")->conditions.items[0].comparisons->arg, 1);
	cg_sketch_done(&sketch);
}

static void test_bases(void **state)
{
	struct cg_policy *policy = cg_policy_new(cg_action_errno(1));
	const struct cg_arch *arch = cg_arch_find("x86_64");
	const struct cg_comparison eq = { .arg = 0, .op = CG_OP_EQ, .value = 8, .mask = UINT64_MAX };
	static const struct {
		const char *call;
		uint32_t action;
		unsigned int n_comparisons;
	} rows[] = {
		{ "capset", CG_ACTION_ALLOW, 0 },
		{ "prctl", CG_ACTION_ALLOW, 1 },
		{ "mount", CG_ACTION_ALLOW, 0 },
		{ "reboot", CG_ACTION_ERRNO | 5, 0 },
		{ "clone3", CG_ACTION_ALLOW, 0 },
		{ "clone", CG_ACTION_ALLOW, 0 },
	};
	struct cg_generate_base base = { "house", policy };
	struct cg_sketch sketch;

	assert_int_equal(cg_policy_add_arch(policy, arch, NULL), 0);
	for (size_t i = 0; i < CG_N_ITEMS(rows); i++) {
		struct cg_rule rule = { .arch = arch, .action = rows[i].action, .comparisons = &eq,
					.n_comparisons = rows[i].n_comparisons };

		assert_true(cg_syscall_number(arch, rows[i].call, &rule.nr));
		assert_int_equal(cg_policy_add_rule(policy, &rule, NULL), 0);
	}
	sketch = generate(plain, 1, (struct cg_generate_options){ .bases = &base, .n_bases = 1 });
	/* What a base allows is allowed, what it refuses is not its matter; its open clone is somebody's decision. */
	EXPECT(sketch, { "capset", "ALLOW" }, { "prctl", "ALLOW if option == PR_SET_KEEPCAPS" }, { "mount", "ALLOW" },
	       { "reboot", "ERRNO(EPERM)" }, { "clone3", "ERRNO(ENOSYS)" }, { "clone", "ALLOW" });
	assert_true(has_note(&sketch, "dangerous-call", "needed by the base house"));
	cg_sketch_done(&sketch);
	cg_policy_free(policy);
}

struct ceiling_row {
	const char *call;
	uint32_t action;
	unsigned int n_comparisons;
	struct cg_comparison comparison;
};

static struct cg_policy *policy_of(const struct ceiling_row *rows, size_t n_rows)
{
	struct cg_policy *policy = cg_policy_new(cg_action_errno(1));
	const struct cg_arch *arch = cg_arch_find("x86_64");

	assert_int_equal(cg_policy_add_arch(policy, arch, NULL), 0);
	for (size_t i = 0; i < n_rows; i++) {
		struct cg_rule rule = { .arch = arch, .action = rows[i].action, .comparisons = &rows[i].comparison,
					.n_comparisons = rows[i].n_comparisons };

		assert_true(cg_syscall_number(arch, rows[i].call, &rule.nr));
		assert_int_equal(cg_policy_add_rule(policy, &rule, NULL), 0);
	}
	return policy;
}

/* Above is left out and said, or refused where it is dangerous; below stays; between is held to both. */
static void test_ceiling(void **state)
{
	static const struct seen seen[] = {
		{ .arch = "x86_64", .call = "read" },
		{ .arch = "x86_64", .call = "write" },
		{ .arch = "x86_64", .call = "unshare" },
		{ "x86_64", "socket", "domain", { 1, 40 }, 2 },
		{ "x86_64", "fchmod", "mode", { 0600 }, 1 },
		{ "x86_64", "kill", "sig", { 9, 15 }, 2 },
		{ "x86_64", "prctl", "option", { 15 }, 1 },
		{ "x86_64", "umask", "mask", { 1 }, 1 },
	};
	static const struct ceiling_row rows[] = {
		{ "read", CG_ACTION_ALLOW, 0, { 0 } },
		{ "exit_group", CG_ACTION_ALLOW, 0, { 0 } },
		/* As container engines have it: any family but AF_VSOCK. */
		{ "socket", CG_ACTION_ALLOW, 1, { 0, CG_OP_NE, 40, UINT64_MAX } },
		{ "fchmod", CG_ACTION_ALLOW, 1, { 1, CG_OP_MASKED_EQ, 0, 07000 } },
		/* No one comparison says both. */
		{ "kill", CG_ACTION_ALLOW, 1, { 1, CG_OP_LT, 10, UINT64_MAX } },
		{ "prctl", CG_ACTION_ALLOW, 1, { 0, CG_OP_EQ, 22, UINT64_MAX } },
		{ "prctl", CG_ACTION_ERRNO | 5, 1, { 0, CG_OP_EQ, 15, UINT64_MAX } },
		{ "umask", CG_ACTION_ALLOW, 1, { 0, CG_OP_LE, 18, UINT64_MAX } },
	};
	static const char *const allowed[] = { "write", "unshare" };
	struct cg_policy *policy = policy_of(rows, CG_N_ITEMS(rows));
	struct cg_generate_base ceiling = { "roof", policy };
	struct cg_generate_options options = { .args = CG_GENERATE_ARGS_STRICT, .ceiling = &ceiling };
	struct cg_sketch sketch = generate(seen, CG_N_ITEMS(seen), options);

	EXPECT(sketch, { "read", "ALLOW" }, { "write", NULL }, { "unshare", "ERRNO(EPERM)" },
	       { "socket", "ALLOW if domain == AF_UNIX" }, { "fchmod", "ALLOW if mode & 0xfffffe7f == 0" },
	       { "kill", NULL }, { "prctl", NULL }, { "exit_group", "ALLOW" }, { "exit", NULL },
	       { "umask", "ALLOW if mask <= 022" });
	assert_true(has_note(&sketch, "above-ceiling", "write (seen 3 times) is left out: roof denies it"));
	assert_true(has_note(&sketch, "above-ceiling", "kill"));
	assert_true(has_note(&sketch, "above-ceiling", "prctl"));
	cg_sketch_done(&sketch);

	options.allowed = allowed;
	options.n_allowed = CG_N_ITEMS(allowed);
	sketch = generate(seen, CG_N_ITEMS(seen), options);
	EXPECT(sketch, { "write", "ALLOW" }, { "unshare", "ALLOW" }, { "kill", NULL });
	cg_sketch_done(&sketch);
	cg_policy_free(policy);
}

static void test_allowed_word(void **state)
{
	static const char *const allowed[] = { "wrte" };
	struct cg_generate_options options = { .allowed = allowed, .n_allowed = 1 };
	struct cg_summary summary = { 0 };
	struct cg_sketch sketch;
	struct cg_err err = { 0 };

	assert_int_equal(cg_generate(&summary, &options, &sketch, &err), -EINVAL);
	assert_non_null(strstr(err.message, "did you mean write?"));
}

/* What the base has goes, refusals too; of conditions those that it has word for word. */
static void test_minus(void **state)
{
	static const struct seen seen[] = {
		{ .arch = "x86_64", .call = "read" },
		{ .arch = "x86_64", .call = "write" },
		{ "x86_64", "socket", "domain", { 1, 10 }, 2 },
	};
	static const struct ceiling_row rows[] = {
		{ "read", CG_ACTION_ALLOW, 0, { 0 } },
		{ "socket", CG_ACTION_ALLOW, 1, { 0, CG_OP_MASKED_EQ, 1, UINT32_MAX } },
	};
	struct cg_policy *policy = policy_of(rows, CG_N_ITEMS(rows));
	struct cg_generate_base minus = { "there", policy };
	struct cg_generate_options options = { .args = CG_GENERATE_ARGS_SAFE, .minus = &minus, .n_minus = 1 };
	struct cg_sketch sketch = generate(seen, CG_N_ITEMS(seen), options);

	EXPECT(sketch, { "read", NULL }, { "write", "ALLOW" }, { "socket", "ALLOW if domain == AF_INET6" },
	       { "mount", NULL }, { "clone3", NULL }, { "exit_group", "ALLOW" });
	cg_sketch_done(&sketch);
	cg_policy_free(policy);
}

/* What no profile can express is said: numbers and arches without a name. A skipped call is nothing. */
static void test_nameless(void **state)
{
	struct cg_summary summary = { 0 };
	struct cg_summary_call rows[] = {
		{ .call = { .arch = cg_arch_find("x86_64"), .nr = 9999, .count = 1 } },
		{ .call = { .arch_token = 0x1234, .nr = 1, .count = 1 } },
		{ .call = { .arch = cg_arch_find("x86_64"), .nr = CG_NR_SKIPPED, .count = 1 } },
	};
	struct cg_sketch sketch;

	for (size_t i = 0; i < CG_N_ITEMS(rows); i++)
		assert_int_equal(cg_vec_push(&summary.calls, rows[i]), 0);
	assert_int_equal(cg_generate(&summary, &(struct cg_generate_options){ 0 }, &sketch, NULL), 0);
	assert_true(has_note(&sketch, "nameless-call", "x86_64:9999"));
	assert_true(has_note(&sketch, "unknown-arch", "0x00001234"));
	assert_int_equal(sketch.notes.list.n_items, 2);
	cg_sketch_done(&sketch);
	cg_summary_done(&summary);
}

/* The tables: sets and calls exist, and no call has itself for a successor; selectors select what abi/ knows. */
static void test_tables(void **state)
{
	uint64_t value;

	for (size_t i = 0; i < cg_n_needs; i++) {
		assert_non_null(cg_need_set_find(cg_needs[i].set));
		if (!cg_syscall_find(cg_needs[i].call))
			fail_msg("no call %s", cg_needs[i].call);
	}
	for (size_t i = 0; i < cg_n_successors; i++) {
		const struct cg_syscall *from = cg_syscall_find(cg_successors[i].call);
		const struct cg_syscall *to = cg_syscall_find(cg_successors[i].successor);

		if (!from || !to || from == to)
			fail_msg("%s -> %s", cg_successors[i].call, cg_successors[i].successor);
		/* "The same power": a successor must not bring a risk with it, nor be held where the other is not. */
		assert_true(to->tier <= from->tier || strcmp(to->name, "clone") == 0);
		assert_null(cg_selector_find(to->name));
	}
	for (size_t i = 0; i < cg_n_selectors; i++) {
		const struct cg_selector *row = &cg_selectors[i];
		bool is_old = strcmp(row->call, "socketcall") == 0 || strcmp(row->call, "fcntl64") == 0;
		const struct cg_arch *arch = cg_arch_find(is_old ? "x86" : "x86_64");
		char names[128];

		if (cg_argument_find(arch, row->call, row->argument) < 0)
			fail_msg("%s has no argument %s", row->call, row->argument);
		snprintf(names, sizeof(names), "%s", row->companions);
		for (char *name = strtok(names, " "); name; name = strtok(NULL, " "))
			if (!cg_constant_find(cg_arch_find("x86_64"), name, &value))
				fail_msg("no constant %s", name);
	}
	/* Never a pointer, a descriptor, a size. */
	assert_int_equal(cg_argument_find(cg_arch_find("x86_64"), "read", "fd"), -1);
	assert_int_equal(cg_argument_find(cg_arch_find("x86_64"), "read", "buf"), -1);
	assert_int_equal(cg_argument_find(cg_arch_find("x86_64"), "read", "count"), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_needs_and_dangers), cmocka_unit_test(test_args_safe),
		cmocka_unit_test(test_args_strict),
		cmocka_unit_test(test_strict_forms),      cmocka_unit_test(test_strict_mode),      cmocka_unit_test(test_strict_range),
		cmocka_unit_test(test_origins),           cmocka_unit_test(test_values_limit),
		cmocka_unit_test(test_clone3),            cmocka_unit_test(test_clone_namespaces),
		cmocka_unit_test(test_defaults),          cmocka_unit_test(test_without),
		cmocka_unit_test(test_arches),            cmocka_unit_test(test_bases),
		cmocka_unit_test(test_ceiling),           cmocka_unit_test(test_allowed_word),
		cmocka_unit_test(test_minus),             cmocka_unit_test(test_nameless),
		cmocka_unit_test(test_tables),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
