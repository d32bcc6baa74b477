/*
 * callgate merge: several profiles as one, exactly.
 *
 * In: profiles, filters and processes, read for one target. Out: a profile of which is proven that it answers every
 * call as the most permissive of them does (--union), or as the kernel does where all of them are loaded (--intersect).
 * What is written is read again first, and that is what the proof is about. Profiles are merged rule by rule, which
 * keeps what people wrote; with a filter among them the rules come from the meaning of all.
 */
#include "abi/call_text.h"
#include "base/cleanup.h"
#include "check/check.h"
#include "cli/commands.h"
#include "cli/subject.h"
#include "language/policy_text.h"
#include "policy/merge.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define INPUTS_MAX 64

struct merging {
	const struct cg_args *args;
	struct cg_target target;
	enum cg_merge kind;
	bool is_text; /* --format policy */
	struct cg_subject *inputs;
	bool has_filter; /* some input is no profile */
	size_t n_inputs;
	struct cg_policy *policy; /* of all */
	struct cg_text out;
};

static void free_meanings(struct cg_meanings **meanings)
{
	cg_meanings_free(*meanings);
}

static int read_inputs(struct merging *merging)
{
	for (size_t i = 0; i < merging->n_inputs; i++) {
		const char *reference = merging->args->words[i];
		struct cg_err err = { 0 };

		struct cg_subject *input = &merging->inputs[i];

		if (cg_subject_read(reference, &merging->target, input, &err) < 0)
			return cg_subject_fail(&err);
		if (input->kind == CG_SUBJECT_RECORDING) {
			cg_cli_say("%s: this is a recording, which allows and denies nothing; make a profile of it with "
				   "callgate generate", cg_input_name(reference));
			return CG_EXIT_BAD_INPUT;
		}
		merging->has_filter |= input->kind != CG_SUBJECT_PROFILE;
		if (input->kind != CG_SUBJECT_PROFILE || input->input.policy)
			continue;
		cg_cli_say("%s: %s applies no seccomp at all for such a profile: there is nothing to merge",
			   cg_input_name(reference), merging->target.engine->name);
		return CG_EXIT_BAD_INPUT;
	}
	return CG_EXIT_YES;
}

/* ---- what is wanted */

/* What a process answers, to the last bit: unlike cg_live_meaning() before its effect, as more comes on top of it. */
static int of_process(const struct cg_live *live, struct cg_meanings *meanings, uint32_t *ret_root, struct cg_err *err)
{
	const struct cg_filter_stack *stack = &live->stacks.items[0].stack;
	size_t n = stack->filters.n_items;
	uint32_t *roots = calloc(n + 1, sizeof(*roots));
	int r = roots ? 0 : cg_err_memory(err);

	for (size_t i = 0; r == 0 && i < n; i++)
		r = cg_meaning_of_filter(meanings, stack->filters.items[i].filter, &roots[n - 1 - i], err);
	if (r == 0)
		r = cg_meaning_of_stack(meanings, roots, n, ret_root, err);
	free(roots);
	return r;
}

static int of_input(const struct cg_subject *input, struct cg_meanings *meanings, uint32_t *ret_root,
		    struct cg_err *err)
{
	if (input->kind == CG_SUBJECT_FILTER)
		return cg_meaning_of_filter(meanings, input->filter, ret_root, err);
	if (input->kind == CG_SUBJECT_PROCESS)
		return of_process(&input->live, meanings, ret_root, err);
	return cg_meaning_of_policy(meanings, input->input.policy, ret_root, err);
}

static int find_wanted(const struct merging *merging, struct cg_meanings *meanings, uint32_t *ret_root,
		       struct cg_err *err)
{
	uint32_t roots[INPUTS_MAX] = { 0 }, root;
	size_t n = merging->n_inputs;
	int r = 0;

	for (size_t i = 0; r == 0 && i < n; i++)
		r = of_input(&merging->inputs[i], meanings, &roots[n - 1 - i], err);
	root = roots[n - 1];
	if (r == 0 && merging->kind == CG_MERGE_INTERSECTION)
		r = cg_meaning_of_stack(meanings, roots, n, &root, err);
	for (size_t i = 1; r == 0 && i < n && merging->kind == CG_MERGE_UNION; i++)
		r = cg_meaning_of_union(meanings, root, roots[n - 1 - i], &root, err);
	/* A filter may answer what no policy says, and the kernel acts on as on something else. */
	if (r == 0 && merging->has_filter)
		r = cg_meaning_of_effect(meanings, root, &root, err);
	if (r == 0)
		*ret_root = root;
	return r;
}

static int merge_rules(struct merging *merging, struct cg_err *err)
{
	int r = cg_policy_merge(merging->kind, merging->inputs[0].input.policy, merging->inputs[1].input.policy,
				&merging->policy, err);

	for (size_t i = 2; r == 0 && i < merging->n_inputs; i++) {
		struct cg_policy *more = NULL;

		r = cg_policy_merge(merging->kind, merging->policy, merging->inputs[i].input.policy, &more, err);
		if (r < 0)
			break;
		cg_policy_free(merging->policy);
		merging->policy = more;
	}
	return r;
}

static int merge_meanings(struct merging *merging, struct cg_err *err)
{
	CG_CLEANUP(free_meanings) struct cg_meanings *meanings = cg_meanings_new(&cg_subject_budget);
	uint32_t wanted;
	int r = meanings ? find_wanted(merging, meanings, &wanted, err) : cg_err_memory(err);

	return r < 0 ? r : cg_meaning_to_policy(meanings, wanted, &merging->policy, err);
}

/* ---- writing, and reading what was written */

static int write_profile(struct merging *merging, struct cg_err *err)
{
	struct cg_profile *profile = NULL;
	int r = cg_policy_to_profile(merging->policy, merging->inputs[0].input.profile, &profile, err);

	if (r < 0)
		return r;
	r = cg_profile_write(profile, &merging->out);
	cg_profile_free(profile);
	return r < 0 || merging->out.has_failed ? cg_err_memory(err) : 0;
}

static int read_profile(const struct merging *merging, struct cg_policy **ret_policy, struct cg_err *err)
{
	struct cg_target target = merging->target;
	struct cg_profile *profile = NULL;
	int r;

	target.engine = cg_engine_find("oci");
	r = cg_profile_read("the merged profile", cg_text_get(&merging->out), merging->out.length, &target, NULL,
			    &profile, err);
	if (r == 0)
		r = cg_profile_resolve(profile, &target, NULL, ret_policy, err);
	cg_profile_free(profile);
	return r;
}

static int read_text(const struct merging *merging, struct cg_policy **ret_policy, struct cg_err *err)
{
	struct cg_policy_text_options options = { .target = &merging->target };

	return cg_policy_text_read("the merged policy", cg_text_get(&merging->out), merging->out.length, &options,
				   ret_policy, NULL, err);
}

/* ---- the proof */

/* -EOPNOTSUPP and a call where it differs. */
static int compare(struct cg_meanings *meanings, uint32_t wanted, uint32_t got, struct cg_err *err)
{
	CG_CLEANUP(cg_text_done) struct cg_text call = { 0 };
	struct cg_witness witness;

	if (!cg_meaning_differ(meanings, wanted, got, &witness))
		return 0;
	cg_call_format(&call, &witness.call);
	cg_text_add(&call, " would be ");
	cg_action_format(&call, witness.b);
	cg_text_add(&call, " and not ");
	cg_action_format(&call, witness.a);
	return cg_err_set(err, -EOPNOTSUPP, NULL, "%s; nothing is written", cg_text_get(&call));
}

static int prove(const struct merging *merging, struct cg_err *err)
{
	struct cg_meanings *meanings = cg_meanings_new(merging->has_filter ? &cg_subject_budget : NULL);
	struct cg_policy *policy = NULL;
	uint32_t wanted, got;
	int r = meanings ? find_wanted(merging, meanings, &wanted, err) : cg_err_memory(err);

	if (r == 0)
		r = merging->is_text ? read_text(merging, &policy, err) : read_profile(merging, &policy, err);
	if (r == 0)
		r = cg_meaning_of_policy(meanings, policy, &got, err);
	if (r == 0 && merging->has_filter)
		r = cg_meaning_of_effect(meanings, got, &got, err);
	if (r == 0)
		r = compare(meanings, wanted, got, err);
	cg_policy_free(policy);
	cg_meanings_free(meanings);
	return r;
}

static int merge(struct merging *merging)
{
	struct cg_err err = { 0 };
	int r = merging->has_filter ? merge_meanings(merging, &err) : merge_rules(merging, &err);

	if (r == 0 && merging->is_text)
		r = cg_policy_text_write(merging->policy, merging->inputs[0].input.profile, &merging->out, &err);
	else if (r == 0)
		r = write_profile(merging, &err);
	if (r == 0)
		r = prove(merging, &err);
	if (r == 0)
		return cg_out_write(cg_args_get(merging->args, "output"), &merging->out);
	cg_cli_fail(&err);
	if (r == -EOPNOTSUPP && !merging->is_text)
		cg_cli_say("a policy text can say more than OCI's JSON (--format policy), and one architecture needs "
			   "less of it "
			   "(--arch)");
	/* The profiles are good, each for itself: what cannot be is this one. */
	return r == -ENOMEM || r == -EOPNOTSUPP || r == -EOVERFLOW || r == -E2BIG ? CG_EXIT_CANNOT : CG_EXIT_BAD_INPUT;
}

static int run(const struct cg_args *args)
{
	const char *format = cg_args_get(args, "format");
	bool is_union = cg_args_has(args, "union"), is_intersection = cg_args_has(args, "intersect");
	struct merging merging = { .args = args, .n_inputs = args->n_words };
	int status = cg_cli_target(args, &merging.target);

	if (status)
		return status;
	if (is_union == is_intersection)
		return cg_cli_usage(args, "--union or --intersect, one of the two");
	if (args->n_words < 2 || args->n_words > INPUTS_MAX)
		return cg_cli_usage(args, "two profiles or filters are needed, or more, up to %d", INPUTS_MAX);
	if (!cg_args_has(args, "output"))
		return cg_cli_usage(args, "-o FILE says where the profile goes (- is standard output)");
	if (format && strcmp(format, "oci") != 0 && strcmp(format, "policy") != 0)
		return cg_cli_usage(args, "unknown format '%s'; oci or policy", format);
	merging.kind = is_union ? CG_MERGE_UNION : CG_MERGE_INTERSECTION;
	merging.is_text = format && strcmp(format, "policy") == 0;
	merging.inputs = calloc(merging.n_inputs, sizeof(*merging.inputs));
	if (!merging.inputs)
		return cg_cli_fail(&(struct cg_err){ .code = -ENOMEM, .message = "out of memory" });
	status = read_inputs(&merging);
	if (status == CG_EXIT_YES)
		status = merge(&merging);
	for (size_t i = 0; i < merging.n_inputs; i++)
		cg_subject_done(&merging.inputs[i]);
	free(merging.inputs);
	cg_policy_free(merging.policy);
	cg_text_done(&merging.out);
	return status;
}

const struct cg_command cg_command_merge = {
	.name = "merge",
	.group = CG_GROUP_JUDGE,
	.summary = "union or exact intersection of profiles",
	.synopsis = "--union|--intersect (PROFILE | FILTER | pid:PID)… -o FILE [--format oci|policy] [TARGET…]",
	.example = "callgate merge --union python.json node.json -o workspace.json\n"
		   "callgate merge --intersect node-baseline.json pod.json -o both.json",
	.options =
		(const struct cg_option[]){
			{ "union", 0, NULL, "allow what any of them allows: of their answers the most permissive", 0 },
			{ "intersect", 0, NULL, "allow what all of them allow: as the kernel, with all of them loaded",
			  0 },
			{ "output", 'o', "FILE", "where the profile goes; - is standard output", 0 },
			{ "format", 0, "FORM", "oci (default): JSON that engines read; policy: callgate's policy text",
			  0 },
			CG_CLI_TARGET_OPTIONS,
			{ NULL },
		},
	.run = run,
};
