/*
 * What the files of generate share. Within learn/.
 */
#ifndef CG_LEARN_GENERATE_STEPS_H
#define CG_LEARN_GENERATE_STEPS_H

#include "learn/generate.h"

#include <stdbool.h>

struct cg_generation {
	const struct cg_summary *summary;
	const struct cg_generate_options *options;
	struct cg_sketch *sketch;
	bool is_clone_open_by_base; /* a base allows clone with any flags: somebody's decision, not ours to undo */
};

bool cg_generation_is_without(const struct cg_generation *gen, const char *word);

/* generate_seen.c: what was recorded, clone3 among it. 0 or -ENOMEM. */
int cg_generate_seen(struct cg_generation *gen);

/* generate_clone.c: clone3 refused, clone held to the namespace flags that were seen. 0 or -ENOMEM. */
int cg_generate_refuse_clone3(struct cg_generation *gen);
int cg_generate_guard_clone(struct cg_generation *gen);

/* generate_ceiling.c: nothing above the ceiling, nothing that a base has. 0 or -ENOMEM. */
int cg_generate_lower(struct cg_generation *gen);
int cg_generate_subtract(struct cg_generation *gen);

/* All values of one argument of one call, over all arches; overflows where a run does not know them. */
struct cg_value_set cg_generate_values(const struct cg_generation *gen, const char *call, const char *argument);

#endif
