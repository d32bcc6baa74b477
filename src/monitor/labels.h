/*
 * Labels of metrics: escaped, and bounded in number. A label whose values a watched process can choose would otherwise
 * grow a time series database without end.
 */
#ifndef CG_MONITOR_LABELS_H
#define CG_MONITOR_LABELS_H

#include "base/arena.h"
#include "base/map.h"
#include "base/text.h"

#include <stddef.h>

#define CG_LABEL_BYTES 128 /* of one value; what is longer is cut */
#define CG_LABEL_OTHER "other"

/* The values that one label has taken. Start with {.limit = …}; end with cg_labels_done(). */
struct cg_labels {
	size_t limit;
	struct cg_map values;
	struct cg_arena arena;
};

/* The value, if it is one of the first `limit`; else "other". NULL is "". NULL: no memory. Lives as long as `labels`. */
const char *cg_labels_admit(struct cg_labels *labels, const char *value);
void cg_labels_done(struct cg_labels *labels);

/* name="value", as both text formats want it; bytes that are no UTF-8 become U+FFFD. */
void cg_label_add(struct cg_text *text, const char *name, const char *value);

#endif
