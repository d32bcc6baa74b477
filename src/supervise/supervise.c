/*
 * See supervise.h. The loop runs in the keeper of os/job.h.
 *
 *     policy says   enforce                        audit
 *     ERRNO(n)      -n                             continued; critical tier: -n
 *     KILL          ended as the kernel would      continued; critical tier: ended
 *     LOG           continued                      continued
 *     NOTIFY        -ENOSYS: nobody listens        continued; critical tier: -ENOSYS
 *     TRAP, TRACE   (stay with the kernel)         continued; critical tier: -ENOSYS
 */
#include "supervise/supervise.h"

#include "abi/action.h"
#include "os/job.h"
#include "os/notify.h"
#include "os/procfs.h"
#include "os/procmem.h"
#include "policy/eval.h"
#include "supervise/plan.h"
#include "supervise/tell.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define STRING_SIZE 256 /* of a path that is told */
#define NAME_SIZE 64

/* The keeper's state. */
struct keeper {
	const struct cg_supervise *supervise;
	struct cg_job *job;
	int listener; /* -1 once nobody is left */
	bool is_silent;
	bool knows_hangup;
	int killed_pid; /* by us, with SIGKILL in place of SIGSYS */
	struct cg_teller teller;
};

static uint32_t decide(const struct cg_supervise *supervise, const struct cg_call *call)
{
	if (supervise->policy)
		return cg_policy_eval(supervise->policy, call);
	return cg_filter_run(supervise->filter, call, NULL);
}

static enum cg_told_as judge(const struct keeper *keeper, const struct cg_call *call, uint32_t action)
{
	if (cg_action_row(action)->value == CG_ACTION_LOG)
		return CG_TOLD_LOGGED;
	if (keeper->supervise->is_audit && !cg_call_is_critical(call))
		return CG_TOLD_WOULD_DENY;
	return CG_TOLD_DENIED;
}

/* What is told of the process beside the call. Read first, then asked whether it was still the asker's. */
static void look_at(const struct keeper *keeper, const struct cg_notification *asked, struct cg_told_call *told,
		    char strings[6][STRING_SIZE], char *name)
{
	cg_process_name(asked->tid, name, NAME_SIZE);
	for (unsigned int i = 0; i < 6; i++)
		if (cg_tell_wants_string(&asked->call, i) &&
		    cg_process_string(asked->tid, asked->call.args[i], strings[i], STRING_SIZE) >= 0)
			told->strings[i] = strings[i];
	if (cg_notify_is_waiting(keeper->listener, asked->id))
		return;
	strcpy(name, "?");
	memset(told->strings, 0, sizeof(told->strings));
}

static void tell(struct keeper *keeper, const struct cg_notification *asked, uint32_t action, enum cg_told_as as)
{
	struct cg_told_call told = { .call = &asked->call, .action = action, .as = as, .tid = asked->tid };
	char strings[6][STRING_SIZE], name[NAME_SIZE];
	struct cg_text line = { 0 };

	if (cg_tell_repeat(&keeper->teller, &told))
		return;
	told.process = name;
	look_at(keeper, asked, &told, strings, name);
	/* Out of memory, a denial goes untold; it is denied all the same. */
	if (cg_tell_add(&keeper->teller, &told, &line) == 0 && line.length && !line.has_failed)
		keeper->supervise->say(cg_text_get(&line));
	if (line.length && keeper->supervise->hear)
		keeper->supervise->hear(keeper->supervise->context, &told);
	cg_text_done(&line);
}

static void kill_asker(struct keeper *keeper, const struct cg_notification *asked)
{
	int pid = cg_proc_group(asked->tid), number = 0;

	if (cg_notify_kill(keeper->listener, asked, &number) == 0 && number == SIGKILL)
		keeper->killed_pid = pid;
}

static void refuse(struct keeper *keeper, const struct cg_notification *asked, uint32_t action)
{
	uint32_t data = action & CG_ACTION_DATA;

	switch (cg_action_row(action)->value) {
	case CG_ACTION_ERRNO:
		cg_notify_refuse(keeper->listener, asked->id, data > CG_ERRNO_MAX ? CG_ERRNO_MAX : data);
		break;
	case CG_ACTION_KILL_PROCESS:
	case CG_ACTION_KILL_THREAD:
		kill_asker(keeper, asked);
		break;
	default:
		cg_notify_refuse(keeper->listener, asked->id, ENOSYS);
	}
}

static void answer(struct keeper *keeper)
{
	struct cg_notification asked;
	enum cg_told_as as;
	uint32_t action;

	/* Gone before it was heard, or interrupted: it asks again if it still wants to know. */
	if (cg_notify_receive(keeper->listener, &asked) < 0)
		return;
	action = decide(keeper->supervise, &asked.call);
	as = judge(keeper, &asked.call, action);
	if (!keeper->is_silent && action != CG_ACTION_ALLOW)
		tell(keeper, &asked, action, as);
	if (as == CG_TOLD_DENIED && action != CG_ACTION_ALLOW)
		refuse(keeper, &asked, action);
	else
		cg_notify_continue(keeper->listener, asked.id);
}

static bool has_trap(const struct cg_filter *filter)
{
	for (size_t i = 0; i < filter->n_insns; i++)
		if (filter->insns[i].code == (BPF_RET | BPF_K) &&
		    (filter->insns[i].k & CG_ACTION_MASK) == CG_ACTION_TRAP)
			return true;
	return false;
}

static void say_trap(const struct keeper *keeper, int status)
{
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS && keeper->teller.n_calls == 0 &&
	    has_trap(keeper->supervise->filter))
		keeper->supervise->say(
			"the command was ended by SIGSYS: by a TRAP of the profile, which goes to the program "
			"itself, so that callgate does not see the call; --tell log does\n");
}

/* The command has ended: the last words to the user, and its status to the front. */
static void close_account(struct keeper *keeper, int pid, int status)
{
	bool stays = keeper->listener >= 0 && keeper->knows_hangup && cg_notify_has_askers(keeper->listener);
	struct cg_text text = { 0 };

	cg_tell_summary(&keeper->teller, &text);
	if (text.length && !text.has_failed)
		keeper->supervise->say(cg_text_get(&text));
	cg_text_done(&text);
	say_trap(keeper, status);

	/* The kernel would have ended it with SIGSYS; that it took SIGKILL is our business. */
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL && keeper->killed_pid == pid)
		status = SIGSYS;
	cg_job_tell_end(keeper->job, status, stays);
}

/* Until the command has ended and, where the kernel tells us, until nobody is left under the filter. */
static void serve(struct keeper *keeper)
{
	bool has_ended = false;
	int pid = keeper->job->pid;
	struct cg_job_event event;

	keeper->knows_hangup = cg_notify_has_hangup(keeper->listener);
	while (!has_ended || (keeper->knows_hangup && keeper->listener >= 0)) {
		if (cg_job_wait(keeper->job, keeper->listener, &event) < 0)
			return;
		switch (event.kind) {
		case CG_JOB_NOTIFICATION:
			answer(keeper);
			break;
		case CG_JOB_HANGUP:
			close(keeper->listener);
			keeper->listener = -1;
			break;
		case CG_JOB_ENDED:
			close_account(keeper, pid, event.status);
			has_ended = keeper->is_silent = true;
			cg_job_detach();
			break;
		case CG_JOB_STOPPED:
		case CG_JOB_CONTINUED:
			break;
		}
	}
}

static void keep(void *context, struct cg_job *job)
{
	struct keeper keeper = { .supervise = context, .job = job, .listener = -1 };
	struct cg_launch launch = keeper.supervise->launch;
	enum cg_launch_stage stage;
	struct cg_err err = { 0 };
	pid_t pid;

	launch.signals = &job->signals;
	if (cg_notify_check(&err) < 0) {
		cg_job_tell_failure(job, CG_LAUNCH_LOADING, &err);
		return;
	}
	if (cg_launch_child(&launch, &pid, &keeper.listener, &stage, &err) < 0) {
		cg_job_tell_failure(job, stage, &err);
		return;
	}
	cg_job_shield();
	cg_notify_wake_synchronously(keeper.listener); /* cheaper where there is such a thing */
	cg_job_tell_start(job, pid);
	serve(&keeper);
	cg_tell_done(&keeper.teller);
}

int cg_supervise_run(const struct cg_supervise *supervise, int *ret_status, enum cg_launch_stage *ret_stage,
		     struct cg_err *err)
{
	return cg_job_run(keep, (void *)supervise, ret_status, ret_stage, err);
}
