/*
 * What goes between the reader (`callgate monitor`) and its keeper (callgate-keeper): messages on a socket.
 *
 * Forth, JSON, each one object:
 *
 *     {"hello": {"session": "…", "restarts": 0}}                     once, first
 *     {"sequence": 1, "violations": [{…}, …]}                        callgate-violations(5)
 *     {"sequence": 2, "loss": {"time_ns": …, "source": "…", "reason": "…", "n": …}}
 *     {"sequence": 3, "beat": {"time_ns": …, "host": "…", "sources": "…"}}
 *
 * Back, struct cg_frame_ack: who has rights reads nothing from who has none but a number.
 */
#ifndef CG_MONITOR_FRAME_H
#define CG_MONITOR_FRAME_H

#include <stddef.h>
#include <stdint.h>

#define CG_FRAME_LIMIT ((size_t)160 << 10) /* bytes of one message: a frame's worth and one violation more */

struct cg_frame_ack {
	uint64_t sequence; /* this and all before are done with; 0: ready to begin */
	uint64_t n_lost; /* violations among those since the last ack that could not be kept */
};

#endif
