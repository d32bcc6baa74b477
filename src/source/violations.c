/*
 * The table of sources of violations: those that see most come first. See violations.h.
 */
#include "source/violations.h"

#include "base/cleanup.h"
#include "base/text.h"

#include <errno.h>
#include <string.h>

const struct cg_violation_source *const cg_violation_sources[] = {
	&cg_violation_source_ebpf,
	&cg_violation_source_audit,
	&cg_violation_source_kmsg,
	&cg_violation_source_file,
};

const size_t cg_n_violation_sources = CG_N_ITEMS(cg_violation_sources);

uint32_t cg_sees_bit(uint32_t action)
{
	return 1U << (cg_action_row(action) - cg_actions);
}

int cg_violation_source_find(const char *name, const struct cg_violation_source **ret_source, struct cg_err *err)
{
	const char *best = NULL;

	cg_word_keep_nearest(name, "auto", &best);
	for (size_t i = 0; i < cg_n_violation_sources; i++) {
		if (strcmp(cg_violation_sources[i]->name, name) == 0) {
			*ret_source = cg_violation_sources[i];
			return 0;
		}
		cg_word_keep_nearest(name, cg_violation_sources[i]->name, &best);
	}
	if (best)
		return cg_err_set(err, -ENOENT, name, "there is no such source; did you mean %s?", best);
	return cg_err_set(err, -ENOENT, name, "there is no such source or file; auto, ebpf, audit, kmsg, or a log's path");
}
