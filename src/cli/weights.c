/*
 * See weights.h. In: recordings. Out: a weight for each number that was called; what a filter costs those calls.
 */
#include "cli/weights.h"

#include "base/cleanup.h"
#include "cli/input.h"
#include "filter/cost.h"
#include "os/file.h"

#include <errno.h>

static int read_one(const char *path, struct cg_recording *into, struct cg_err *err)
{
	CG_CLEANUP(cg_text_done) struct cg_text text = { 0 };
	struct cg_recording *read = NULL;
	int r = cg_file_read(path, CG_RECORDING_SIZE_LIMIT, &text, err);

	if (r == 0)
		r = cg_recording_read(cg_input_name(path), cg_text_get(&text), text.length, &read, err);
	if (r == 0)
		r = cg_recording_merge(into, read, err);
	cg_recording_free(read);
	return r;
}

static int read_all(const struct cg_args *args, struct cg_summary *ret_summary, struct cg_err *err)
{
	struct cg_recording *recording = cg_recording_new();
	const char *path;
	int r = recording ? 0 : cg_err_memory(err);

	for (size_t i = 0; r == 0 && (path = cg_args_get_nth(args, "weights", i)); i++)
		r = read_one(path, recording, err);
	if (r == 0 && cg_recording_summarise(recording, ret_summary) < 0)
		r = cg_err_memory(err);
	cg_recording_free(recording);
	return r;
}

int cg_weights_read(const struct cg_args *args, const struct cg_policy *policy, struct cg_weights *weights,
		    struct cg_err *err)
{
	int r = read_all(args, &weights->summary, err);

	for (size_t i = 0; r == 0 && i < weights->summary.calls.n_items; i++) {
		const struct cg_recorded_call *call = &weights->summary.calls.items[i].call;

		if (!call->arch || !cg_policy_has_arch(policy, call->arch) || call->count == 0)
			continue;
		if (cg_vec_push(&weights->list, (struct cg_compile_weight){ call->arch, call->nr, call->count }) < 0)
			r = cg_err_memory(err);
	}
	if (r == 0 && weights->list.n_items == 0)
		r = cg_err_set(err, -ENODATA, cg_input_name(cg_args_get(args, "weights")),
			       "no call was recorded on any architecture of the profile: name them with --arch");
	return r;
}

struct cg_weights_cost cg_weights_cost_of(const struct cg_weights *weights, const struct cg_policy *policy,
					  const struct cg_filter *filter)
{
	struct cg_weights_cost cost = { 0 };
	struct cg_filter_cost kernel;
	double steps = 0, n_run = 0;

	cg_filter_cost(filter, cg_arch_of_kernel(policy->arches, policy->n_arches), &kernel);
	for (size_t i = 0; i < weights->summary.calls.n_items; i++) {
		const struct cg_recorded_call *recorded = &weights->summary.calls.items[i].call;
		struct cg_call call = { .nr = recorded->nr };
		size_t n_steps;

		if (!recorded->arch || !cg_policy_has_arch(policy, recorded->arch))
			continue;
		call.arch = recorded->arch->token;
		for (size_t arg = 0; arg < 6; arg++)
			if (recorded->args[arg] && recorded->args[arg]->n_values)
				call.args[arg] = recorded->args[arg]->values[0];
		cost.n_calls += recorded->count;
		if (kernel.has_cache && !recorded->arch->is_x32 &&
		    cg_filter_is_cached(filter, call.arch, call.nr, NULL)) {
			cost.n_cached += recorded->count;
			continue;
		}
		cg_filter_run(filter, &call, &n_steps);
		steps += (double)recorded->count * (double)n_steps;
		n_run += (double)recorded->count;
	}
	cost.mean_steps = n_run > 0 ? steps / n_run : 0;
	return cost;
}

void cg_weights_done(struct cg_weights *weights)
{
	cg_summary_done(&weights->summary);
	cg_vec_done(&weights->list);
}
