/*
 * Questions as people and programs write them: names and values, of options or of a URL. And sums, as JSON.
 */
#ifndef CG_HISTORY_QUESTION_H
#define CG_HISTORY_QUESTION_H

#include "base/err.h"
#include "base/json_write.h"
#include "history/history.h"

/*
 * since, until (cg_instant_parse()), profile, container, unit, host, call, action, pid, exe, unique (1, true or nothing),
 * limit. The texts are borrowed. -EINVAL: no such name, or no such value; the message says what would be one.
 */
int cg_history_question_set(struct cg_history_question *question, const char *name, const char *value, uint64_t now_ms,
			    struct cg_err *err);

/* "sum": {…} */
void cg_history_sum_write(const struct cg_history_sum *sum, struct cg_json_writer *json);

#endif
