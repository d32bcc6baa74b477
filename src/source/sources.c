/*
 * The table of sources, cheapest for the observed program first. See sources.h.
 */
#include "source/sources.h"

#include "base/cleanup.h"
#include "base/text.h"

#include <errno.h>
#include <string.h>

const struct cg_source *const cg_sources[] = {
	&cg_source_ebpf,
	&cg_source_notify,
	&cg_source_ptrace,
};

const size_t cg_n_sources = CG_N_ITEMS(cg_sources);

static int unknown_source(const char *name, struct cg_err *err)
{
	CG_CLEANUP(cg_text_done) struct cg_text names = { 0 };
	const char *best = NULL;

	cg_word_keep_nearest(name, "auto", &best);
	for (size_t i = 0; i < cg_n_sources; i++) {
		cg_word_keep_nearest(name, cg_sources[i]->name, &best);
		cg_text_addf(&names, ", %s", cg_sources[i]->name);
	}
	if (best)
		return cg_err_set(err, -ENOENT, name, "there is no such backend; did you mean %s?", best);
	return cg_err_set(err, -ENOENT, name, "there is no such backend; auto%s", cg_text_get(&names));
}

int cg_source_find(const char *name, const struct cg_source **ret_source, struct cg_err *err)
{
	for (size_t i = 0; i < cg_n_sources; i++) {
		if (strcmp(cg_sources[i]->name, name) == 0) {
			*ret_source = cg_sources[i];
			return 0;
		}
	}
	return unknown_source(name, err);
}
