/*
 * The way of a call through the filter that is compiled, and proven, for a profile: the instructions that the kernel
 * would run, as disasm lists them.
 */
#include "cli/explain.h"

#include "abi/arch.h"
#include "gate/gate.h"

#include <stdlib.h>
#include <string.h>

struct paths {
	struct cg_filter *filter;
	struct cg_text listing;
	size_t *steps; /* room for one path */
	const char **lines;
};

static void paths_done(struct paths *paths)
{
	cg_filter_free(paths->filter);
	cg_text_done(&paths->listing);
	free(paths->steps);
	free(paths->lines);
}

/* The listing, cut into lines; the first line is that of the byte order. */
static int start_paths(const struct cg_explain *explain, struct paths *paths, struct cg_err *err)
{
	int r = cg_gate_compile(explain->input->policy, NULL, &paths->filter, err);
	char *line;

	if (r < 0)
		return r;
	cg_filter_disasm(paths->filter, &paths->listing);
	paths->steps = calloc(paths->filter->n_insns, sizeof(*paths->steps));
	paths->lines = calloc(paths->filter->n_insns, sizeof(*paths->lines));
	if (paths->listing.has_failed || !paths->steps || !paths->lines)
		return cg_err_memory(err);
	line = strchr(paths->listing.data, '\n') + 1;
	for (size_t i = 0; i < paths->filter->n_insns; i++) {
		paths->lines[i] = line;
		line = strchr(line, '\n');
		*line++ = '\0';
	}
	return 0;
}

static void write_path(struct paths *paths, const struct cg_call *call, struct cg_json_writer *json, struct cg_text *out)
{
	const struct cg_arch *arch = cg_arch_of_call(call);
	size_t n_steps;

	cg_filter_trace(paths->filter, call, paths->steps, &n_steps);
	if (json) {
		cg_json_open_object(json, NULL);
		cg_json_string(json, "arch", arch ? arch->name : NULL);
		cg_json_u64(json, "filter_length", paths->filter->n_insns);
		cg_json_open_array(json, "instructions");
		for (size_t i = 0; i < n_steps; i++)
			cg_json_string(json, NULL, paths->lines[paths->steps[i]]);
		cg_json_close_array(json);
		cg_json_close_object(json);
		return;
	}
	cg_text_addf(out, "\nthrough the filter on %s, %zu of its %zu instructions:\n",
		     arch ? arch->name : "this architecture", n_steps, paths->filter->n_insns);
	for (size_t i = 0; i < n_steps; i++)
		cg_text_addf(out, "  %s\n", paths->lines[paths->steps[i]]);
}

int cg_explain_paths(const struct cg_explain *explain, const struct cg_call *calls, size_t n_calls,
		     struct cg_json_writer *json, struct cg_text *out)
{
	struct paths paths = { 0 };
	struct cg_err err = { 0 };
	int r = start_paths(explain, &paths, &err);

	if (json)
		cg_json_open_array(json, "paths");
	for (size_t i = 0; r == 0 && i < n_calls; i++)
		write_path(&paths, &calls[i], json, out);
	if (json)
		cg_json_close_array(json);
	paths_done(&paths);
	return r < 0 ? cg_cli_fail(&err) : CG_EXIT_YES;
}
