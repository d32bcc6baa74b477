/*
 * Two processes that stand for one: between whoever started us and a command that needs somebody at its side.
 *
 * The front is the process that was started: it forwards signals, stops when the command stops, and ends as it ends, so
 * that a shell's job control works as if we were not there. The keeper, its child, starts the command, and is deaf to
 * the terminal: a stopped job never leaves a process waiting for the keeper's answer, and the keeper may outlive the
 * command for those that it left behind.
 *
 *     shell -> front -> keeper -> command
 */
#ifndef CG_OS_JOB_H
#define CG_OS_JOB_H

#include "base/err.h"
#include "os/spawn.h"

#include <stdbool.h>
#include <sys/types.h>

/* The keeper's side. */
struct cg_job {
	struct cg_signal_state signals; /* to be restored in the command */
	int port;                       /* to the front */
	int child_fd;                   /* readable when the command has changed */
	pid_t pid;                      /* of the command, 0 before and after */
	bool is_childs_turn;            /* neither listener nor command may keep the other from being heard */
};

enum cg_job_event_kind {
	CG_JOB_NOTIFICATION, /* the listener has something to receive */
	CG_JOB_HANGUP,       /* nobody is left under the filter */
	CG_JOB_STOPPED,      /* told to the front already */
	CG_JOB_CONTINUED,    /* told too */
	CG_JOB_ENDED,        /* `status`, as wait(2) gave it; to be told by cg_job_tell_end() */
};

struct cg_job_event {
	enum cg_job_event_kind kind;
	int status;
};

/*
 * Forks the keeper, which runs keep() and ends with it, and is the front until the command has ended. 0, and
 * *ret_status what to exit with: the command's status, or 128 + N. Else what the keeper told by cg_job_tell_failure(),
 * with its stage; -ECHILD when the keeper was killed. The signal state is the old one again afterwards.
 */
int cg_job_run(void (*keep)(void *context, struct cg_job *job), void *context, int *ret_status,
	       enum cg_launch_stage *ret_stage, struct cg_err *err);

void cg_job_tell_failure(struct cg_job *job, enum cg_launch_stage stage, const struct cg_err *err);
void cg_job_tell_start(struct cg_job *job, pid_t pid);
/* `stays`: the keeper goes on for others; if not, the front waits for its end, so that nobody else has to. */
void cg_job_tell_end(struct cg_job *job, int status, bool stays);

/* Waits for the next event; listener -1: none. 0 or a negative errno. */
int cg_job_wait(struct cg_job *job, int listener, struct cg_job_event *ret_event);

/* The front is gone: lets go of the folder and of standard input, output and error, which others wait to see closed. */
void cg_job_detach(void);

/* Keeps others of the same user from tracing this process and taking its listener (prctl(2), PR_SET_DUMPABLE). */
void cg_job_shield(void);

/* Writes a line to standard error unless that would block for longer than a moment: nobody is to wait for a reader. */
void cg_job_say(const char *line);

#endif
