/*
 * The notify source: a seccomp filter that asks us before each call of a command and of all that it starts, and we let
 * each be made. No privilege is needed, and one switch to us and back is cheaper than a tracer's two or four.
 *
 * In: a command. Out: its calls as they begin. What becomes of a call is not told: errors, restarts and what a filter
 * of the program's own refuses are unknown, and that is remarked. Counted is what we have answered while the asker
 * still waited: with WAIT_KILLABLE_RECV a signal does not make it ask twice.
 *
 * A warden holds the listener too (os/warden.h): if we are killed, the command goes on. seccomp_unotify(2).
 */
#include "source/sources.h"
#include "source/special.h"
#include "source/tracees.h"
#include "source/watch.h"

#include "abi/syscalls.h"
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/map.h"
#include "filter/filter.h"
#include "filter/rewrite.h"
#include "os/notify.h"
#include "os/probe.h"
#include "os/procfs.h"
#include "os/ptrace.h"
#include "os/seccomp.h"
#include "os/spawn.h"
#include "os/warden.h"

#include <errno.h>
#include <limits.h>
#include <linux/capability.h>
#include <linux/seccomp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define QUIET_CALLS 1024 /* look for signals at least this often while calls never end */
#define THREADS_LIMIT 65536 /* remembered at once; then all are looked up anew */
#define FILES_LIMIT 65536 /* distinct paths; calls of further programs name none */

struct listening {
	const struct cg_source_request *request;
	const struct cg_source_sink *sink;
	int listener;
	struct cg_warden warden;
	struct cg_watch watch;
	struct cg_tracees threads;
	struct cg_specials specials;
	struct cg_arena arena;
	struct cg_map files; /* paths that the sink was told of */
	int pid;
	int exit_status; /* -1: it has not ended */
	bool set_no_new_privs;
	bool is_ending;
	int failure;
};

static int kill_each(void *context, struct cg_tracee *thread)
{
	cg_trace_kill(thread->tid);
	return 0;
}

/* Those that we have not heard of yet are killed when they ask. */
static void end_all(void *context)
{
	struct listening *listening = context;

	listening->is_ending = true;
	if (listening->exit_status < 0)
		cg_trace_kill(listening->pid);
	cg_tracees_walk(&listening->threads, kill_each, NULL);
}

static void fail(struct listening *listening, int code)
{
	if (!listening->failure)
		listening->failure = code;
	end_all(listening);
}

static void remark(struct listening *listening, const char *program, const char *what)
{
	CG_CLEANUP(cg_text_done) struct cg_text text = { 0 };
	int r;

	if (program)
		cg_text_addf(&text, "%s ", program);
	cg_text_add(&text, what);
	r = text.has_failed ? -ENOMEM : listening->sink->remark(listening->sink->context, cg_text_get(&text));
	if (r < 0)
		fail(listening, r);
}

/* The path, kept once, and told once. NULL when out of room. */
static const char *tell_file(struct listening *listening, int tid, const char *path)
{
	struct cg_map_entry *entry = cg_map_find(&listening->files, path, strlen(path));
	const char *copy;
	int r;

	if (entry)
		return entry->key;
	if (listening->files.n_entries >= FILES_LIMIT)
		return NULL;
	copy = cg_arena_copy_text(&listening->arena, path);
	r = copy && cg_map_put(&listening->files, copy, strlen(copy), &entry) == 0 ? 0 : -ENOMEM;
	if (r == 0 && path[0] == '/')
		r = listening->sink->file(listening->sink->context, copy, cg_proc_mount_namespace(tid));
	if (r < 0)
		fail(listening, r);
	return r < 0 ? NULL : copy;
}

/* What no_new_privs, which we have set, has taken from a program. */
static void note_privilege(struct listening *listening, const struct cg_tracee *thread)
{
	struct cg_proc_privilege lack;

	if (listening->set_no_new_privs && thread->exe && cg_proc_privilege(thread->tid, &lack) == 0 &&
	    (lack.lacks_uid || lack.lacks_gid || lack.has_file_caps))
		remark(listening, thread->exe,
		       "is set-uid, set-gid or has file capabilities, and ran without that privilege, because it was "
		       "recorded; record it as root");
}

/* Only while it waits for our answer is a thread's id surely its own. */
static struct cg_tracee *thread_of(struct listening *listening, int tid)
{
	struct cg_tracee *thread = cg_tracees_find(&listening->threads, tid);
	char path[PATH_MAX];

	if (!thread) {
		if (listening->threads.n_live >= THREADS_LIMIT)
			cg_tracees_done(&listening->threads);
		thread = cg_tracees_add(&listening->threads, tid);
		if (!thread) {
			fail(listening, -ENOMEM);
			return NULL;
		}
		thread->group = cg_proc_group(tid);
	}
	if (!thread->exe && cg_proc_exe(tid, path, sizeof(path)) == 0) {
		thread->exe = tell_file(listening, tid, path);
		note_privilege(listening, thread);
	}
	return thread;
}

static int is_of_group(void *context, struct cg_tracee *thread)
{
	struct cg_tracee *wanted = context;

	if (thread->group != wanted->group)
		return 0;
	wanted->next = thread;
	return 1;
}

static void forget_group(struct listening *listening, int group)
{
	struct cg_tracee found = { .group = group };

	while (cg_tracees_walk(&listening->threads, is_of_group, &found))
		cg_tracees_remove(&listening->threads, found.next);
}

static bool is_named(const struct cg_call *call, const char *name)
{
	const struct cg_arch *arch = cg_arch_of_call(call);
	const struct cg_syscall *known = arch ? cg_syscall_of_nr(arch, call->nr) : NULL;

	return known && strcmp(known->name, name) == 0;
}

static void note_mapping(struct listening *listening, const struct cg_notification *asked)
{
	const struct cg_arch *arch = cg_arch_of_call(&asked->call);
	char path[PATH_MAX];

	if (!arch || cg_syscall_n_args(arch, asked->call.nr) != 6 || !(asked->call.args[2] & PROT_EXEC) ||
	    asked->call.args[3] & MAP_ANONYMOUS)
		return;
	if (cg_proc_descriptor(asked->tid, (int)asked->call.args[4], path, sizeof(path)) == 0 && path[0] == '/')
		tell_file(listening, asked->tid, path);
}

static void note_filter(struct listening *listening, const struct cg_tracee *thread, const struct cg_call *call)
{
	if ((uint32_t)call->args[0] != SECCOMP_SET_MODE_FILTER)
		return;
	remark(listening, thread->exe ? thread->exe : "a program",
	       call->args[1] & SECCOMP_FILTER_FLAG_NEW_LISTENER ?
		       "asked for a listener of its own, which is refused (EBUSY) while it is recorded by notify" :
		       "loads a seccomp filter of its own; what that refuses is not seen by notify");
}

/* What a call tells before it is made. */
static void look_closer(struct listening *listening, struct cg_tracee *thread, const struct cg_notification *asked,
			enum cg_special special)
{
	if (special == CG_SPECIAL_MAP)
		note_mapping(listening, asked);
	else if (special == CG_SPECIAL_SECCOMP)
		note_filter(listening, thread, &asked->call);
}

/* The thread is not who it was: gone, or, if the call succeeds, another program, perhaps under its leader's id. */
static void forget(struct listening *listening, struct cg_tracee *thread, const struct cg_call *call,
		   enum cg_special special)
{
	if (special == CG_SPECIAL_ENDS && is_named(call, "exit"))
		cg_tracees_remove(&listening->threads, thread);
	else if (special == CG_SPECIAL_ENDS || special == CG_SPECIAL_EXECUTES)
		forget_group(listening, thread->group);
}

static void emit(struct listening *listening, const struct cg_tracee *thread, const struct cg_call *call,
		 enum cg_outcome outcome)
{
	const struct cg_event event = {
		.call = *call,
		.has_args = true,
		.outcome = outcome,
		.pid = thread ? thread->group : listening->pid,
		.tid = thread ? thread->tid : listening->pid,
		.exe = thread ? thread->exe : NULL,
		.n_calls = 1,
	};
	int r = listening->failure ? 0 : listening->sink->event(listening->sink->context, &event);

	if (r < 0)
		fail(listening, r);
}

static void answer(struct listening *listening, const struct cg_notification *asked)
{
	enum cg_special special = cg_specials_find(&listening->specials, &asked->call);
	struct cg_tracee *thread = thread_of(listening, asked->tid);

	if (listening->is_ending)
		cg_trace_kill(asked->tid);
	if (thread)
		look_closer(listening, thread, asked, special);
	/* First let it run: counting goes on beside it. */
	if (cg_notify_continue(listening->listener, asked->id) < 0 || !thread)
		return;
	emit(listening, thread, &asked->call, special == CG_SPECIAL_ENDS ? CG_OUTCOME_BEGAN : CG_OUTCOME_RETURNED);
	forget(listening, thread, &asked->call, special);
}

static void look_around(struct listening *listening)
{
	int status;

	if (listening->exit_status < 0 &&
	    waitpid(listening->pid, &status, WNOHANG | WUNTRACED | WCONTINUED) == listening->pid) {
		listening->watch.main_stop = WIFSTOPPED(status) ? WSTOPSIG(status) : 0;
		if (!WIFSTOPPED(status) && !WIFCONTINUED(status))
			listening->exit_status = status;
	}
	listening->watch.has_main_ended = listening->exit_status >= 0;
	listening->watch.are_all_stopped = listening->watch.main_stop && listening->threads.n_live <= 1;
	cg_watch_look(&listening->watch);
}

static bool is_over(const struct listening *listening)
{
	return listening->exit_status >= 0 && !cg_notify_has_askers(listening->listener);
}

static void follow(struct listening *listening)
{
	bool has_hangup = cg_notify_has_hangup(listening->listener);
	struct cg_notification asked;
	size_t n_quiet = 0;

	listening->watch.main_pid = listening->pid;
	listening->watch.end_all = end_all;
	listening->watch.context = listening;
	cg_watch_begin(&listening->watch, listening->request);
	for (;;) {
		int r = cg_warden_receive(&listening->warden, listening->listener, &asked);

		if (r == 0)
			answer(listening, &asked);
		if (r < 0 || ++n_quiet >= QUIET_CALLS) {
			n_quiet = 0;
			look_around(listening);
			if (is_over(listening) || (!has_hangup && listening->exit_status >= 0))
				return;
		}
	}
}

/* Every call is asked about, but for the launcher's execve. */
static int make_filter(uint64_t *token, struct cg_filter **ret_filter, struct cg_err *err)
{
	const struct cg_arch *native = cg_arch_native();
	const struct sock_filter insn = { .code = BPF_RET | BPF_K, .k = SECCOMP_RET_USER_NOTIF };
	struct cg_admission admission = { .arch = native->token, .n_numbers = 2 };
	struct cg_filter *filter;
	int r = cg_token_make(token, err);

	if (r < 0)
		return r;
	if (!cg_syscall_number(native, "execve", &admission.numbers[0]) ||
	    !cg_syscall_number(native, "exit_group", &admission.numbers[1]))
		return cg_err_set(err, -EOPNOTSUPP, NULL, "this machine has no execve");
	for (size_t i = 0; i < CG_TOKEN_WORDS; i++)
		admission.token[i] = token[i];
	filter = cg_filter_new(&insn, 1, native->is_big_endian);
	r = filter ? cg_filter_admit(filter, &admission, ret_filter, err) : cg_err_memory(err);
	cg_filter_free(filter);
	return r;
}

static int launch(struct listening *listening, enum cg_launch_stage *ret_stage, struct cg_err *err)
{
	const struct cg_signals *signals = listening->request->signals;
	const struct cg_signal_state state = { .mask = signals->old_mask, .on_child = signals->old_child };
	struct cg_launch command = {
		.path = listening->request->path,
		.argv = listening->request->argv,
		.environment = environ,
		.n_filters = 1,
		.flags = CG_SECCOMP_SPEC_ALLOW,
		.wants_listener = true,
		.keeps_privs = cg_proc_has_capability(CAP_SYS_ADMIN),
		.may_exit = true,
		.signals = &state,
	};
	struct cg_filter *filter = NULL;
	pid_t pid;
	int r = cg_notify_check(err);

	*ret_stage = CG_LAUNCH_LOADING;
	if (r == 0)
		r = make_filter(command.token, &filter, err);
	if (r < 0)
		return r;
	command.filters[0] = filter;
	r = cg_launch_child(&command, &pid, &listening->listener, ret_stage, err);
	cg_filter_free(filter);
	if (r < 0)
		return r;
	listening->pid = pid;
	listening->set_no_new_privs = !command.keeps_privs;
	*ret_stage = CG_LAUNCH_LOADING;
	r = cg_warden_post(listening->listener, &listening->warden, err);
	if (r < 0) {
		cg_trace_kill(pid);
		waitpid(pid, NULL, 0);
	}
	return r;
}

static const char blind_spots[] =
	"recorded by notify, which sees calls when they begin: which of them failed is not known, and of those that a "
	"signal interrupted each attempt counts";

static int listen_to(struct listening *listening, struct cg_source_result *ret_result, struct cg_err *err)
{
	struct cg_call first = { .arch = cg_arch_native()->token };
	int r = listening->sink->begun(listening->sink->context);

	if (r < 0) {
		fail(listening, r);
	} else {
		/* Of all calls the only one that was let through unasked. */
		cg_syscall_number(cg_arch_native(), "execve", &first.nr);
		emit(listening, NULL, &first, CG_OUTCOME_BEGAN);
		remark(listening, NULL, blind_spots);
	}
	cg_notify_wake_synchronously(listening->listener);
	follow(listening);
	if (listening->failure)
		return cg_err_set(err, listening->failure, NULL, "the recording cannot be kept: %s",
				  strerror(-listening->failure));
	*ret_result = (struct cg_source_result){
		.has_started = true,
		.exit_status = listening->exit_status,
		.is_partial = listening->watch.is_partial,
	};
	return 0;
}

static int run(const struct cg_source_request *request, const struct cg_source_sink *sink,
	       struct cg_source_result *ret_result, struct cg_err *err)
{
	struct listening listening = {
		.request = request, .sink = sink, .listener = -1, .warden.leash = -1, .exit_status = -1
	};
	enum cg_launch_stage stage;
	int r = cg_specials_fill(&listening.specials) < 0 ? cg_err_memory(err) : 0;

	if (r == 0) {
		r = launch(&listening, &stage, err);
		if (r == 0)
			r = listen_to(&listening, ret_result, err);
		else if (stage == CG_LAUNCH_EXECUTING && sink->begun(sink->context) == 0) {
			*ret_result = (struct cg_source_result){ .start_errno = -r, .exit_status = -1 };
			r = 0;
		}
	}
	cg_warden_dismiss(&listening.warden);
	if (listening.listener >= 0)
		close(listening.listener);
	cg_tracees_done(&listening.threads);
	cg_specials_done(&listening.specials);
	cg_map_done(&listening.files);
	cg_arena_done(&listening.arena);
	return r;
}

/* As doctor finds it, in a child of its own. */
static int can(struct cg_err *err)
{
	const struct cg_feature *feature = cg_feature_find("answer CONTINUE");
	struct cg_feature_answer answer;

	if (!feature)
		return cg_notify_check(err);
	cg_feature_try(feature, &answer);
	return answer.state == CG_FEATURE_NO ? cg_err_set(err, -EOPNOTSUPP, NULL, "%s", answer.detail) : 0;
}

const struct cg_source cg_source_notify = {
	.name = "notify",
	.meaning = "a filter asks before each call: cheaper than ptrace, needs no privilege, sees no errors",
	.can = can,
	.run = run,
};
