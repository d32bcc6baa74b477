/*
 * A log that others write, line by line: to its end, or on and on as tail -F does, across rotation and truncation.
 *
 * In: a path, "-" for standard input. Out: lines, and what is known to have been missed. Never waits. Memory is bounded
 * by CG_FOLLOW_LINE_LIMIT.
 */
#ifndef CG_OS_FOLLOW_H
#define CG_OS_FOLLOW_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

#define CG_FOLLOW_LINE_LIMIT ((size_t)1 << 20) /* bytes; of a longer line only the fact is told */

enum cg_follow_answer {
	CG_FOLLOW_NOTHING, /* for now */
	CG_FOLLOW_LINE,
	CG_FOLLOW_TOO_LONG, /* a line, which is passed over */
	CG_FOLLOW_TRUNCATED, /* the file became shorter: what was in it and not read is lost, nobody knows how much */
	CG_FOLLOW_ROTATED, /* another file has its name now; the old one was read to its end */
	CG_FOLLOW_END, /* without `follows`: that was all */
};

struct cg_follow_options {
	const char *path;
	bool follows; /* beyond the end; a path that is not there yet is waited for */
	bool is_new_only; /* begins at the end of what is there */
};

struct cg_follow;

/* Errors: those of open(2), -EISDIR; the place is the path. */
int cg_follow_open(const struct cg_follow_options *options, struct cg_follow **ret_follow, struct cg_err *err);

/* To poll: a pipe's or terminal's descriptor; -1 for a file, which is to be asked now and then. */
int cg_follow_fd(const struct cg_follow *follow);

/* One answer (enum cg_follow_answer); a line without its newline, alive until the next call. Negative: read(2)'s errno. */
int cg_follow_next(struct cg_follow *follow, const char **ret_line, size_t *ret_length);

/* Is there anything at this path? */
bool cg_follow_is_there(const char *path);

struct cg_follow *cg_follow_free(struct cg_follow *follow);

#endif
