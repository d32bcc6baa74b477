/*
 * The tables of perf trace -s: rows in, events out. Within event/.
 *
 * In: the lines behind "Summary of events:". Out: one event a row, and one for its errors; which errors they were only
 * --errno-summary says, in lines of their own behind the row.
 */
#ifndef CG_EVENT_PERF_TABLE_H
#define CG_EVENT_PERF_TABLE_H

#include "abi/arch.h"
#include "event/event.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Start with {.arch, .sink, .context}. */
struct cg_perf_table {
	const struct cg_arch *arch;
	cg_event_sink sink;
	void *context;
	bool has_errors_column;
	bool is_in_rows;
	bool has_rows;
	uint32_t nr;       /* of the last row */
	uint64_t n_errors; /* of it, of which nothing was told yet */
};

/* As cg_log_format's line(). */
int cg_perf_table_line(struct cg_perf_table *table, const char *text, size_t length);
int cg_perf_table_end(struct cg_perf_table *table);

#endif
