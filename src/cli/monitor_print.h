/*
 * What `callgate monitor` prints: lines for people, or JSON Lines (callgate-violations(5)).
 *
 * In: what the stream tells. Out: violations on standard output; in lines for people, losses on standard error.
 */
#ifndef CG_CLI_MONITOR_PRINT_H
#define CG_CLI_MONITOR_PRINT_H

#include "base/text.h"
#include "monitor/stream.h"

#include <stdbool.h>
#include <stdint.h>

struct cg_monitor_printer {
	bool is_json;
	bool shows_all; /* every violation, not only the first of its kind and sums */
	struct cg_text text; /* not printed yet */
};

/* To be given to the stream. It borrows the printer. */
struct cg_stream_sink cg_monitor_sink(struct cg_monitor_printer *printer);

/* A violation as a line for people, without a newline. Sticky failure in the text. */
void cg_monitor_format(const struct cg_violation *violation, struct cg_text *text);

/* What is watched, and what cannot be seen. */
int cg_monitor_print_start(struct cg_monitor_printer *printer, struct cg_stream *stream);

/* What was seen and lost, in all. */
int cg_monitor_print_end(struct cg_monitor_printer *printer, struct cg_stream *stream);

/* To standard output, what there is. 0 or a negative errno: nobody reads any more. */
int cg_monitor_flush(struct cg_monitor_printer *printer);

#endif
