/*
 * One command of a suite, in the process made for it (os/worker.h): what `callgate run` does, with a listener that tells
 * denials to the suite and not to a terminal.
 *
 * In: a command, and a port. Out: the command's exit status; on the port, messages.
 */
#ifndef CG_CLI_SUITE_WORK_H
#define CG_CLI_SUITE_WORK_H

#include "cli/suite_run.h"

/* What a worker tells: shorter than PIPE_BUF, so each is written whole or not at all. */
enum cg_suite_message_kind {
	CG_SUITE_MESSAGE_DENIED,
	CG_SUITE_MESSAGE_BLIND,  /* nobody listens */
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
	bool is_confined; /* by the profile: which in a container is the engine's business */
	int port;
};

/* For struct cg_worker: `context` is the job. */
int cg_suite_work(void *context, int port);

#endif
