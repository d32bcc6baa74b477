/*
 * callgate run: a command under a profile.
 *
 * In: a profile, or groups of calls, and a command. Out: the command's own output and exit status; what it is denied,
 * on standard error. 125 when callgate fails before the command starts, 126 and 127 as a shell has them.
 */
#include "base/cleanup.h"
#include "cli/commands.h"
#include "cli/input.h"
#include "gate/gate.h"
#include "os/job.h"
#include "os/seccomp.h"
#include "os/spawn.h"
#include "policy/allow.h"
#include "supervise/plan.h"
#include "supervise/supervise.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define NOT_EXECUTABLE 126
#define NOT_FOUND 127

/* Beside what --allow names: without these no program gets as far as its first line, or to its end. */
#define ALWAYS_ALLOWED "@libc-start"

/* --tell auto: by notification where that works, else by the log. */
#define TELL_AUTO -1

/* The command line, read. */
struct running {
	const struct cg_args *args;
	struct cg_input input;     /* --profile */
	struct cg_policy *allowed; /* --allow, on top of it */
	struct cg_filter *filter;
	char *path;
	enum cg_run_mode mode;
	int tell; /* enum cg_tell or TELL_AUTO */
};

static void running_done(struct running *running)
{
	cg_input_done(&running->input);
	running->allowed = cg_policy_free(running->allowed);
	running->filter = cg_filter_free(running->filter);
	free(running->path);
}

static const struct cg_policy *policy_of(const struct running *running)
{
	return running->allowed ? running->allowed : running->input.policy;
}

static int not_started(const struct cg_err *err)
{
	cg_cli_fail(err);
	return CG_EXIT_NOT_STARTED;
}

/* One of `words` (NULL at the end) as its index; -1 after a usage error. `standard` when the option is not given. */
static int choose(const struct cg_args *args, const char *name, const char *const *words, int standard)
{
	const char *value = cg_args_get(args, name), *best = NULL;

	if (!value)
		return standard;
	for (int i = 0; words[i]; i++) {
		if (strcmp(words[i], value) == 0)
			return i;
		cg_word_keep_nearest(value, words[i], &best);
	}
	if (best)
		cg_cli_usage(args, "--%s '%s': did you mean %s?", name, value, best);
	else
		cg_cli_usage(args, "--%s takes no '%s'", name, value);
	return -1;
}

static int read_options(struct running *running)
{
	static const char *const modes[] = { "enforce", "audit", NULL };
	static const char *const ways[] = { "notify", "log", "none", "auto", NULL };
	static const int tells[] = { CG_TELL_NOTIFY, CG_TELL_LOG, CG_TELL_NONE, TELL_AUTO };
	int mode = choose(running->args, "mode", modes, 0), way;

	if (mode < 0)
		return CG_EXIT_NOT_STARTED;
	way = choose(running->args, "tell", ways, 3);
	if (way < 0)
		return CG_EXIT_NOT_STARTED;
	running->mode = mode == 1 ? CG_RUN_AUDIT : CG_RUN_ENFORCE;
	running->tell = tells[way];
	return 0;
}

static int read_profile(struct running *running, const struct cg_target *target)
{
	const char *reference = cg_cli_profile_reference(running->args);
	struct cg_err err = { 0 };

	if (!reference)
		return 0;
	if (cg_input_read(reference, target, &running->input, &err) < 0)
		return not_started(&err);
	cg_input_say_notes(&running->input, reference);
	if (running->input.policy)
		return 0;
	cg_cli_say("%s: this profile applies no seccomp at all with engine %s: there is nothing to run under; give "
		   "another profile, or run the command by itself",
		   cg_input_name(reference), target->engine->name);
	return CG_EXIT_NOT_STARTED;
}

/* What --allow adds to, when there is no profile: nothing but EPERM; and no other arch than this and --arch's. */
static int make_empty_policy(const struct cg_target *target, struct cg_policy **ret_policy, struct cg_err *err)
{
	struct cg_policy *policy = cg_policy_new(cg_action_errno(EPERM));
	int r;

	if (!policy)
		return cg_err_memory(err);
	policy->bad_arch_action = CG_ACTION_KILL_PROCESS;
	r = cg_policy_add_arch(policy, cg_arch_native(), err);
	for (size_t i = 0; r == 0 && i < target->n_arches; i++)
		r = cg_policy_add_arch(policy, target->arches[i], err);
	if (r < 0)
		cg_policy_free(policy);
	else
		*ret_policy = policy;
	return r;
}

/* --allow: on top of the profile, or of nothing. */
static int read_allowed(struct running *running, const struct cg_target *target)
{
	const char *list = cg_args_get(running->args, "allow");
	CG_CLEANUP(cg_text_done) struct cg_text whole = { 0 };
	struct cg_policy *empty = NULL;
	struct cg_err err = { 0 };
	int r = 0;

	if (!list && running->input.policy)
		return 0;
	if (!list) {
		cg_cli_usage(running->args, "give a profile with --profile, or calls with --allow");
		return CG_EXIT_NOT_STARTED;
	}
	for (size_t i = 0; (list = cg_args_get_nth(running->args, "allow", i)); i++)
		cg_text_addf(&whole, "%s%s", i ? "," : "", list);
	if (!running->input.policy) {
		cg_text_addf(&whole, ",%s", ALWAYS_ALLOWED);
		r = make_empty_policy(target, &empty, &err);
	}
	if (r == 0 && whole.has_failed)
		r = cg_err_memory(&err);
	if (r == 0)
		r = cg_policy_allow(empty ? empty : running->input.policy, cg_text_get(&whole), &running->allowed,
				    &err);
	cg_policy_free(empty);
	return r < 0 ? not_started(&err) : 0;
}

static int read_command(struct running *running)
{
	struct cg_err err = { 0 };
	int r = cg_gate_compile(policy_of(running), NULL, &running->filter, &err);

	if (r < 0)
		return not_started(&err);
	r = cg_spawn_find(running->args->words[0], &running->path, &err);
	if (r == 0)
		return 0;
	cg_cli_fail(&err);
	return r == -ENOENT ? NOT_FOUND : r == -ENOMEM ? CG_EXIT_NOT_STARTED : NOT_EXECUTABLE;
}

/* no_new_privs takes from set-uid programs what they live on: said, as it shows in what the command does. */
static void say_lost_privilege(const struct running *running)
{
	const char *privilege = cg_spawn_privilege(running->path);

	if (privilege && !cg_args_has(running->args, "keep-privs") && !cg_no_new_privs_is_set())
		cg_cli_say("%s is %s%s, which no_new_privs takes from it (--keep-privs, for root, leaves that off)",
			   running->path, privilege[0] == 'f' ? "a program with " : "", privilege);
}

static unsigned int load_flags(const struct cg_policy *policy)
{
	unsigned int flags = 0;

	if (policy->flags & CG_POLICY_LOG)
		flags |= CG_SECCOMP_LOG;
	if (policy->flags & CG_POLICY_SPEC_ALLOW)
		flags |= CG_SECCOMP_SPEC_ALLOW;
	return flags; /* TSYNC: there is one thread; WAIT_KILLABLE_RECV: whoever has a listener wants it */
}

static int make_plan(const struct running *running, enum cg_tell tell, struct cg_plan *ret_plan, struct cg_err *err)
{
	uint64_t token[CG_TOKEN_WORDS];
	int r = cg_token_make(token, err);

	if (r < 0)
		return r;
	return cg_plan_make(running->filter, running->mode, tell, load_flags(policy_of(running)), token, ret_plan, err);
}

static struct cg_launch make_launch(const struct running *running, const struct cg_plan *plan)
{
	struct cg_launch launch = cg_plan_launch(plan);

	launch.path = running->path;
	launch.argv = running->args->words;
	launch.environment = environ;
	launch.keeps_privs = cg_args_has(running->args, "keep-privs");
	return launch;
}

/* From the process beside the command: "callgate: " before what is said, then written as one piece. */
static void say_denials(const char *text)
{
	CG_CLEANUP(cg_text_done) struct cg_text whole = { 0 };

	cg_text_addf(&whole, "callgate: %s", text);
	if (!whole.has_failed)
		cg_job_say(cg_text_get(&whole));
}

/* A negative errno, with *err filled, when it did not run; else 0 and the exit status. */
static int run_with_listener(const struct running *running, int *ret_status, struct cg_err *err)
{
	struct cg_plan plan = { 0 };
	struct cg_supervise supervise = {
		.policy = policy_of(running),
		.filter = running->filter,
		.is_audit = running->mode == CG_RUN_AUDIT,
		.say = say_denials,
	};
	enum cg_launch_stage stage;
	int r = make_plan(running, CG_TELL_NOTIFY, &plan, err);

	if (r < 0)
		return r;
	supervise.launch = make_launch(running, &plan);
	r = cg_supervise_run(&supervise, ret_status, &stage, err);
	cg_plan_done(&plan);
	if (r < 0 && stage == CG_LAUNCH_EXECUTING) {
		cg_cli_fail(err);
		*ret_status = r == -ENOENT ? NOT_FOUND : NOT_EXECUTABLE;
		return 0;
	}
	return r;
}

static void fail_aloud(const struct cg_err *err)
{
	cg_cli_fail(err);
}

/* Where the filter in force forbids even write(2) to standard error; the exit status still tells. */
static void fail_silently(const struct cg_err *err)
{
}

/* Becomes the command, with nobody beside it; returns an exit status when that failed. */
static int run_alone(const struct running *running, enum cg_tell tell)
{
	CG_CLEANUP(cg_plan_done) struct cg_plan plan = { 0 };
	struct cg_err err = { 0 };
	struct cg_launch launch;

	if (make_plan(running, tell, &plan, &err) < 0)
		return not_started(&err);
	launch = make_launch(running, &plan);
	cg_launch_here(&launch, plan.may_write ? fail_aloud : fail_silently, &err);
	return not_started(&err);
}

/*
 * At once, as the command's end is ours: signals are blocked, so nothing may take long any more (LeakSanitizer would,
 * and waits for ever when a shell continues a job that it is just looking at).
 */
static _Noreturn void leave(int status)
{
	fflush(NULL);
	_exit(status);
}

/* A listener is there already, or there is none in this kernel, or the filter leaves no place for one. */
static bool has_no_listener(int code)
{
	return code == -EBUSY || code == -EINVAL || code == -EOPNOTSUPP;
}

static int run_and_tell(const struct running *running)
{
	struct cg_err err = { 0 };
	int status = 0, r;

	if (running->tell == CG_TELL_NONE)
		return run_alone(running, CG_TELL_NONE);
	if (running->tell != CG_TELL_LOG) {
		r = run_with_listener(running, &status, &err);
		if (r == 0)
			leave(status);
		if (running->tell != TELL_AUTO || !has_no_listener(r))
			return not_started(&err);
	}
	cg_cli_say("%s%sdenials are told in the kernel's log only: look for type=1326 in dmesg, or ask ausearch -m "
		   "seccomp",
		   err.message, err.code ? "; " : "");
	return run_alone(running, CG_TELL_LOG);
}

static int run(const struct cg_args *args)
{
	CG_CLEANUP(running_done) struct running running = { .args = args };
	struct cg_target target;
	int status;

	if (args->n_words == 0) {
		cg_cli_usage(args, "no command to run");
		return CG_EXIT_NOT_STARTED;
	}
	status = read_options(&running);
	if (status == 0 && cg_cli_target(args, &target) != 0)
		status = CG_EXIT_NOT_STARTED;
	if (status == 0)
		status = read_profile(&running, &target);
	if (status == 0)
		status = read_allowed(&running, &target);
	if (status == 0)
		status = read_command(&running);
	if (status != 0)
		return status;
	say_lost_privilege(&running);
	return run_and_tell(&running);
}

static const struct cg_option options[] = {
	{ "profile", 'p', "PROFILE", "run under this profile (or CALLGATE_PROFILE, SECCOMP_PROFILE_PATH)", 0 },
	{ "allow", 0, "LIST", "allow these calls and @groups: on top of the profile, or of nothing (repeatable)",
	  CG_OPTION_REPEATS },
	{ "mode", 0, "MODE", "enforce (default); audit: tell what would be denied, stop critical calls only", 0,
	  "enforce audit" },
	{ "tell", 0, "HOW", "of denials: notify (as they happen), log (the kernel's), none; auto (default): the first",
	  0, "auto notify log none" },
	{ "keep-privs", 0, NULL, "leave no_new_privs off, so that set-uid programs work (needs CAP_SYS_ADMIN)", 0 },
	CG_CLI_TARGET_OPTIONS,
	{ NULL },
};

const struct cg_command cg_command_run = {
	.name = "run",
	.group = CG_GROUP_USE,
	.summary = "run a command under a profile",
	.synopsis =
		"(--profile PROFILE | --allow LIST) [--mode enforce|audit] [--tell HOW] [--keep-privs] [--] COMMAND…",
	.example = "callgate run --profile workspace.json -- python3 app.py\n"
		   "callgate run --allow @loader,@stdio,@file-read -- wc -l /etc/passwd",
	.options = options,
	.takes_command = true,
	.run = run,
};
