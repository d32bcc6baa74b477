/*
 * What a command prints, looked through on its way.
 *
 * In: a pattern (regex(7), extended). Out: standard output and standard error of whatever is started meanwhile go through
 * pipes to a process of ours, which passes every byte on to where they went before, unchanged and at once, and says
 * when a line has matched. Whole lines are matched, by their first CG_RELAY_LINE_LIMIT bytes. To the command both are pipes then, no terminal.
 *
 * The process belongs to nobody: a recorder that waits for all its children does not meet it, and should the
 * recorder be killed, the command's output goes on.
 */
#ifndef CG_OS_RELAY_H
#define CG_OS_RELAY_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

#define CG_RELAY_LINE_LIMIT 4096
#define CG_RELAY_PATTERN_LIMIT 1024

struct cg_relay_seen; /* shared with the process */

/* Start with {0}; end with cg_relay_end(). */
struct cg_relay {
	struct cg_relay_seen *seen;
	int saved[2]; /* standard output and error, while ours are the pipes */
	int done; /* at its end of file all has been passed on; -1: there is no relay */
	bool is_redirected;
};

/* Is this a pattern? -EINVAL, and err says why not. */
int cg_relay_check(const char *pattern, struct cg_err *err);

/* Standard output and error of this process are the pipes from now on: for what it starts next. */
int cg_relay_begin(struct cg_relay *relay, const char *pattern, struct cg_err *err);

/* They are again what they were. What was started keeps the pipes. */
void cg_relay_restore(struct cg_relay *relay);

/* The line that matched; NULL: none yet. */
const char *cg_relay_line(const struct cg_relay *relay);

/* Waits until all is passed on, but not long for processes that keep the pipes and print nothing. */
void cg_relay_end(struct cg_relay *relay);

#endif
