/*
 * What reader, writer and merger of recordings share. Within learn/.
 */
#ifndef CG_LEARN_RECORDING_JSON_H
#define CG_LEARN_RECORDING_JSON_H

#include "base/json_write.h"
#include "learn/recording.h"

/* The key of CG_ERRNO_UNKNOWN in "errors". */
#define CG_RECORDING_UNKNOWN_ERROR "unknown"

/* How deep a member that we do not know may be nested: the writer must be able to write it below a call. */
#define CG_RECORDING_UNKNOWN_DEPTH 16

void cg_run_write(struct cg_json_writer *writer, const struct cg_run *run);

#endif
