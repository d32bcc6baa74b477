/*
 * Starting a command under filters.
 *
 * In: a command, filters, and how they are to be loaded. Out: a process that runs the command with nothing of ours left
 * in it: signals, descriptors, environment and arguments as we were given them.
 *
 * The launcher must execute the command after the filters are in force. Where they forbid it, they carry an admission
 * (filter/rewrite.h): execve(2) reads three argument registers, and the launcher puts a random token into the other
 * three. The kernel clears the registers at exec and the launcher's memory is gone, so nobody can do it again.
 */
#ifndef CG_OS_SPAWN_H
#define CG_OS_SPAWN_H

#include "base/err.h"
#include "filter/filter.h"

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define CG_LAUNCH_FILTERS_MAX 2
#define CG_TOKEN_WORDS 3

/* The signal state that we were started with, and that the command must find. */
struct cg_signal_state {
	sigset_t mask;
	struct sigaction on_child; /* of SIGCHLD: ignored, it would reap the command behind our back */
};

struct cg_launch {
	const char *path; /* as cg_spawn_find() gave it */
	char *const *argv;
	char *const *environment;
	const struct cg_filter *filters[CG_LAUNCH_FILTERS_MAX]; /* loaded in this order */
	size_t n_filters;
	unsigned int flags;  /* CG_SECCOMP_* for each filter */
	bool wants_listener; /* on the last filter */
	bool keeps_privs;    /* no_new_privs is not set: needs CAP_SYS_ADMIN */
	bool may_exit;       /* the filters let exit_group through (with the token) */
	uint64_t token[CG_TOKEN_WORDS];
	const struct cg_signal_state *signals; /* to be restored, or NULL */
};

/* How far a launch got: what a failure means for the exit status (125, or 126 and 127). */
enum cg_launch_stage {
	CG_LAUNCH_LOADING,
	CG_LAUNCH_EXECUTING,
};

/* Random bits from the kernel, as wide as this machine's registers. */
int cg_token_make(uint64_t *ret_token, struct cg_err *err);

/*
 * The file that `name` runs, searched in PATH as execvp(3) does. *ret_path is the caller's.
 * Errors: -ENOENT no such command (a shell's 127); -EACCES found, but it cannot be executed (126); -ENOMEM.
 */
int cg_spawn_find(const char *name, char **ret_path, struct cg_err *err);

/*
 * What executing `path` without no_new_privs would give this process beyond what it has: "set-uid", "set-gid",
 * "file capabilities"; NULL when nothing.
 */
const char *cg_spawn_privilege(const char *path);

/* Remembers the signal state, then blocks every signal that can be blocked and sets SIGCHLD to its default. */
void cg_signals_hold(struct cg_signal_state *ret_state);
void cg_signals_restore(const struct cg_signal_state *state);

/*
 * Starts the command in a child. *ret_listener is -1, or the listener (close-on-exec). Returns when the command runs,
 * or with the error that kept it from running and how far it got in *ret_stage (set in any case). Errors: those of
 * cg_seccomp_load() and execve(2).
 */
int cg_launch_child(const struct cg_launch *launch, pid_t *ret_pid, int *ret_listener, enum cg_launch_stage *ret_stage,
		    struct cg_err *err);

/* What wait(2) says of a process that has ended, as a shell has it: 128 + N after a signal. */
int cg_shell_status(int status);

/* Has this child of ours ended? Never waits. *ret_status: cg_shell_status(). */
bool cg_child_has_ended(pid_t pid, int *ret_status);

/*
 * Becomes the command. Returns only with an error before anything is in force. Later errors are handed to `fail`, which
 * may only do what the filters allow, then the process ends with status 126 or 127.
 */
int cg_launch_here(const struct cg_launch *launch, void (*fail)(const struct cg_err *err), struct cg_err *err);

#endif
