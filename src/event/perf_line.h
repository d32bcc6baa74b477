/*
 * One line of perf trace, taken apart. Within event/.
 *
 * In: a line, without its newline; any bytes. Out: what kind of line it is and where its parts stand in it. The forms
 * are those of perf 4.x to 6.x; of what --color adds, none.
 */
#ifndef CG_EVENT_PERF_LINE_H
#define CG_EVENT_PERF_LINE_H

#include "event/strace_line.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum cg_perf_kind {
	CG_PERF_CALL,      /* 0.084 ( 0.019 ms): cat/123 brk() = 0x557c22cfc000 */
	CG_PERF_BEGAN,     /* 32.806 (         ): sh/123 wait4(upid: -1) ... */
	CG_PERF_CONTINUED, /* 32.806 ( 3.500 ms): sh/123  ... [continued]: wait4()) = 0 */
	CG_PERF_LOST,      /* LOST 12 events! */
	CG_PERF_SUMMARY,   /* Summary of events: */
	CG_PERF_NOTHING,   /* another event, a page fault */
};

struct cg_perf_line {
	enum cg_perf_kind kind;
	int tid; /* 0: the line names none */
	struct cg_piece comm;
	struct cg_piece name; /* of the call */
	enum cg_strace_result result;
	int64_t value;         /* VALUE; 0 where perf prints none */
	struct cg_piece error; /* ERROR: ENOENT */
	uint64_t n_lost;
};

/* False: the line cannot be read. */
bool cg_perf_read_line(const char *text, size_t length, struct cg_perf_line *ret_line);

#endif
