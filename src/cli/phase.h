/*
 * record --phase: "signal", "listen", "output:PATTERN", "after:10s".
 */
#ifndef CG_CLI_PHASE_H
#define CG_CLI_PHASE_H

#include "api/record.h"

/* The pattern is a part of `text`. -EINVAL, and err says what is wrong. */
int cg_phase_option_parse(const char *text, struct cg_record_phase *ret_phase, struct cg_err *err);

#endif
