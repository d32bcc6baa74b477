/*
 * Parts of read.c: where a rollout's facts come from, and what a gate wants.
 */
#ifndef CG_ROLLOUT_READ_SOURCE_H
#define CG_ROLLOUT_READ_SOURCE_H

#include "rollout/fields.h"
#include "rollout/rollout.h"

/* `value` may be NULL: this machine's history. */
int cg_rollout_read_source(const struct cg_fields *fields, const struct cg_json *value,
			   struct cg_rollout_source *ret_source);

/* What `gate` has already stands where nothing is said. */
int cg_rollout_read_gate(const struct cg_fields *fields, const struct cg_json *value, struct cg_rollout_gate *gate);

/* Seconds, or "90s", "30m", "24h", "7d". */
int cg_rollout_read_duration(const struct cg_fields *fields, const struct cg_json *value, uint64_t *ret_ms);

#endif
