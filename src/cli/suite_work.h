/*
 * One command of a suite, in the process made for it (os/worker.h): what `callgate run` does, with a listener that tells
 * denials to the suite and not to a terminal.
 *
 * In: a command, and a port. Out: the command's exit status; on the port, messages.
 */
#ifndef CG_CLI_SUITE_WORK_H
#define CG_CLI_SUITE_WORK_H

#include "cli/suite_run.h"
#include "supervise/tell.h"

/* What a worker tells: shorter than PIPE_BUF, so each is written whole or not at all. */
enum cg_suite_message_kind {
	CG_SUITE_MESSAGE_DENIED,
	CG_SUITE_MESSAGE_BLIND,  /* nobody listens, or not all was heard */
	CG_SUITE_MESSAGE_FAILED, /* the command was not started */
};

struct cg_suite_message {
	enum cg_suite_message_kind kind;
	union {
		struct cg_suite_denial denial;
		struct cg_err err;
	};
};

/* One command. */
struct cg_suite_job {
	struct cg_suite_runner *runner;
	const struct cg_suite_test *test; /* NULL: the set-up */
	size_t index;
	const struct cg_suite_words *command;
	char **argv;        /* what is really executed */
	char **environment; /* all of it */
	char *container;    /* its name, or NULL */
	const char *id_file; /* the engine writes the container's id there; NULL: its name is its id */
	bool is_confined; /* by the profile: which in a container is the engine's business */
	int port;
};

/* Messages to the suite. The second returns the exit status of a command that was not started. */
void cg_suite_tell_denial(int port, const struct cg_told_call *told);
void cg_suite_tell_blind(int port, const struct cg_err *err);
int cg_suite_tell_failure(int port, const struct cg_err *err);

/* Becomes the command, with nobody beside it; comes back only when that fails, with the exit status. */
int cg_suite_work_alone(const struct cg_suite_job *job, const char *path);
/* The engine's program at `path`, while what is denied in the container is watched; its exit status. */
int cg_suite_work_in_container(const struct cg_suite_job *job, const char *path);

/* For struct cg_worker: `context` is the job. */
int cg_suite_work(void *context, int port);

#endif
