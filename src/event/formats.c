/*
 * The table of formats. See formats.h.
 */
#include "event/formats.h"

#include "base/cleanup.h"
#include "base/text.h"

#include <string.h>

const struct cg_log_format *const cg_log_formats[] = {
	&cg_log_strace,
	&cg_log_audit,
	&cg_log_kmsg,
	&cg_log_perf, /* before strace-summary: their tables are alike */
	&cg_log_strace_summary,
};

const size_t cg_n_log_formats = CG_N_ITEMS(cg_log_formats);

const struct cg_log_format *cg_log_format_of_line(const char *line, size_t length)
{
	if (length > CG_LOG_LINE_LIMIT)
		return NULL;
	for (size_t i = 0; i < cg_n_log_formats; i++)
		if (cg_log_formats[i]->is_typical(line, length))
			return cg_log_formats[i];
	return NULL;
}

const struct cg_log_format *cg_log_format_find(const char *name)
{
	for (size_t i = 0; i < cg_n_log_formats; i++)
		if (strcmp(cg_log_formats[i]->name, name) == 0)
			return cg_log_formats[i];
	return NULL;
}

const char *cg_log_format_suggest(const char *name)
{
	const char *best = NULL;

	for (size_t i = 0; i < cg_n_log_formats; i++)
		cg_word_keep_nearest(name, cg_log_formats[i]->name, &best);
	return best;
}
