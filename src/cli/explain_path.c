/*
 * The way of a call through a filter: the one that is compiled, and proven, for a profile, or those that are there. The
 * instructions that the kernel would run, as disasm lists them.
 */
#include "cli/explain.h"

#include "abi/arch.h"
#include "gate/gate.h"

#include <stdlib.h>
#include <string.h>

struct path {
	const struct cg_filter *filter;
	size_t number;          /* the kernel's, where there are several */
	bool is_one_of_several;
	struct cg_text listing;
	size_t *steps;          /* room for one path */
	const char **lines;
};

static void path_done(struct path *path)
{
	cg_text_done(&path->listing);
	free(path->steps);
	free(path->lines);
}

/* The listing, cut into lines; the first line is that of the byte order. */
static int start_path(struct path *path, struct cg_err *err)
{
	char *line;

	cg_filter_disasm(path->filter, &path->listing);
	path->steps = calloc(path->filter->n_insns, sizeof(*path->steps));
	path->lines = calloc(path->filter->n_insns, sizeof(*path->lines));
	if (path->listing.has_failed || !path->steps || !path->lines)
		return cg_err_memory(err);
	line = strchr(path->listing.data, '\n') + 1;
	for (size_t i = 0; i < path->filter->n_insns; i++) {
		path->lines[i] = line;
		line = strchr(line, '\n');
		*line++ = '\0';
	}
	return 0;
}

static void write_path(const struct path *path, const struct cg_call *call, struct cg_json_writer *json,
		       struct cg_text *out)
{
	const struct cg_arch *arch = cg_arch_of_call(call);
	size_t n_steps;

	cg_filter_trace(path->filter, call, path->steps, &n_steps);
	if (json) {
		cg_json_open_object(json, NULL);
		cg_json_string(json, "arch", arch ? arch->name : NULL);
		cg_json_u64(json, "filter", path->number);
		cg_json_u64(json, "filter_length", path->filter->n_insns);
		cg_json_open_array(json, "instructions");
		for (size_t i = 0; i < n_steps; i++)
			cg_json_string(json, NULL, path->lines[path->steps[i]]);
		cg_json_close_array(json);
		cg_json_close_object(json);
		return;
	}
	if (path->is_one_of_several)
		cg_text_addf(out, "\nthrough filter %zu on %s", path->number, arch ? arch->name : "this architecture");
	else
		cg_text_addf(out, "\nthrough the filter on %s", arch ? arch->name : "this architecture");
	cg_text_addf(out, ", %zu of its %zu instructions:\n", n_steps, path->filter->n_insns);
	for (size_t i = 0; i < n_steps; i++)
		cg_text_addf(out, "  %s\n", path->lines[path->steps[i]]);
}

static int write_paths(struct path *path, const struct cg_call *calls, size_t n_calls, struct cg_json_writer *json,
		       struct cg_text *out, struct cg_err *err)
{
	int r = start_path(path, err);

	for (size_t i = 0; r == 0 && i < n_calls; i++)
		write_path(path, &calls[i], json, out);
	path_done(path);
	return r;
}

static int write_compiled(const struct cg_explain *explain, const struct cg_call *calls, size_t n_calls,
			  struct cg_json_writer *json, struct cg_text *out, struct cg_err *err)
{
	struct cg_filter *filter = NULL;
	int r = cg_gate_compile(explain->input->policy, NULL, &filter, err);

	if (r == 0)
		r = write_paths(&(struct path){ .filter = filter }, calls, n_calls, json, out, err);
	cg_filter_free(filter);
	return r;
}

int cg_explain_paths(const struct cg_explain *explain, const struct cg_call *calls, size_t n_calls,
		     struct cg_json_writer *json, struct cg_text *out)
{
	size_t n_filters = cg_explain_count_filters(explain);
	struct cg_err err = { 0 };
	int r = 0;

	if (json)
		cg_json_open_array(json, "paths");
	if (explain->subject->kind == CG_SUBJECT_PROFILE)
		r = write_compiled(explain, calls, n_calls, json, out, &err);
	for (size_t i = 0; i < n_filters && r == 0; i++) {
		struct path path = { .is_one_of_several = n_filters > 1 };

		path.filter = cg_explain_filter(explain, i, &path.number);
		r = write_paths(&path, calls, n_calls, json, out, &err);
	}
	if (json)
		cg_json_close_array(json);
	return r < 0 ? cg_cli_fail(&err) : CG_EXIT_YES;
}
