/*
 * Work done side by side, each piece in a process of its own whose output is kept: the cases of a test suite.
 *
 * In: functions to be called in child processes, and for how long. Out: what they wrote, how they ended. A piece has a
 * session of its own: whatever it starts and leaves behind in its process group is killed with its end or at its time
 * limit. Output beyond CG_WORKER_OUTPUT_LIMIT is read and dropped, so that nothing blocks and memory is bounded.
 */
#ifndef CG_OS_WORKER_H
#define CG_OS_WORKER_H

#include "base/err.h"
#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CG_WORKER_OUTPUT_LIMIT ((size_t)1 << 20) /* bytes of each stream of one piece */
#define CG_WORKERS_AT_ONCE_LIMIT 256

enum cg_worker_stream {
	CG_WORKER_OUT,
	CG_WORKER_ERRORS,
	CG_WORKER_PORT,
	CG_WORKER_N_STREAMS,
};

/* What is to be done, and below what came of it. Start with {0}; end with cg_worker_done(). */
struct cg_worker {
	/*
	 * Called in the child; its result is the exit status. Standard input is `input`, output and error are kept,
	 * `port` is for messages to the caller (closed by execve(2)).
	 */
	int (*work)(void *context, int port);
	void *context;
	const char *folder; /* to be in */
	const char *input;  /* or NULL: there is nothing to read */
	size_t input_length;
	uint64_t timeout_ms;

	struct cg_text streams[CG_WORKER_N_STREAMS];
	int status; /* 128 + N for a signal */
	uint64_t took_ms;
	bool has_timed_out;
	bool is_cut; /* there was more output than is kept */
	struct cg_err err; /* it could not be started */
};

/*
 * Runs all of them, at most `n_at_once` at the same time, in order. `done` (may be NULL) is called as each ends.
 * Errors: -EINTR a signal that ends programs came, or the terminal's interrupt: what ran was killed; -EMFILE,
 * -ENOMEM and the like where not even one can be watched.
 */
int cg_workers_run(struct cg_worker *workers, size_t n_workers, size_t n_at_once,
		   void (*done)(void *context, struct cg_worker *worker), void *context, struct cg_err *err);
void cg_worker_done(struct cg_worker *worker);

/* How many CPUs we may run on. */
size_t cg_cpu_count(void);

/* The path from the root, without symbolic links; *ret_path is the caller's. Errors: those of realpath(3). */
int cg_path_absolute(const char *path, char **ret_path, struct cg_err *err);

/* A new empty folder in TMPDIR or /tmp, for us alone; *ret_path is the caller's. And away with all that is in it. */
int cg_scratch_make(char **ret_path, struct cg_err *err);
void cg_scratch_remove(const char *path);

#endif
