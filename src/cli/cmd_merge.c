/*
 * callgate merge: several profiles as one, exactly.
 *
 * In: profiles, read for one target. Out: a profile of which is proven that it answers every call as the most
 * permissive of them does (--union), or as the kernel does where all of them are loaded (--intersect). What is written is read
 * again first, and that is what the proof is about.
 */
#include "abi/call_text.h"
#include "base/cleanup.h"
#include "check/check.h"
#include "cli/commands.h"
#include "cli/input.h"
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
	struct cg_input *inputs;
	size_t n_inputs;
	struct cg_policy *policy; /* of all */
	struct cg_text out;
};

static int read_inputs(struct merging *merging)
{
	for (size_t i = 0; i < merging->n_inputs; i++) {
		const char *reference = merging->args->words[i];
		struct cg_err err = { 0 };

		if (cg_input_read(reference, &merging->target, &merging->inputs[i], &err) < 0)
			return cg_cli_fail(&err);
		cg_input_say_notes(&merging->inputs[i], reference);
		if (merging->inputs[i].policy)
			continue;
		cg_cli_say("%s: %s applies no seccomp at all for such a profile: there is nothing to merge",
			   cg_input_name(reference), merging->target.engine->name);
		return CG_EXIT_BAD_INPUT;
	}
	return CG_EXIT_YES;
}

static int merge_policies(struct merging *merging, struct cg_err *err)
{
	int r = cg_policy_merge(merging->kind, merging->inputs[0].policy, merging->inputs[1].policy, &merging->policy,
				err);

	for (size_t i = 2; r == 0 && i < merging->n_inputs; i++) {
		struct cg_policy *more = NULL;

		r = cg_policy_merge(merging->kind, merging->policy, merging->inputs[i].policy, &more, err);
		if (r < 0)
			break;
		cg_policy_free(merging->policy);
		merging->policy = more;
	}
	return r;
}

/* ---- writing, and reading what was written */

static int write_profile(struct merging *merging, struct cg_err *err)
{
	struct cg_profile *profile = NULL;
	int r = cg_policy_to_profile(merging->policy, merging->inputs[0].profile, &profile, err);

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

static int find_wanted(const struct merging *merging, struct cg_meanings *meanings, uint32_t *ret_root,
		       struct cg_err *err)
{
	uint32_t roots[INPUTS_MAX], root = 0;
	size_t n = merging->n_inputs;
	int r = 0;

	for (size_t i = 0; r == 0 && i < n; i++)
		r = cg_meaning_of_policy(meanings, merging->inputs[i].policy, &roots[n - 1 - i], err);
	if (r == 0 && merging->kind == CG_MERGE_INTERSECTION)
		return cg_meaning_of_stack(meanings, roots, n, ret_root, err);
	root = roots[n - 1];
	for (size_t i = 1; r == 0 && i < n; i++)
		r = cg_meaning_of_union(meanings, root, roots[n - 1 - i], &root, err);
	if (r == 0)
		*ret_root = root;
	return r;
}

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
	struct cg_meanings *meanings = cg_meanings_new(NULL);
	struct cg_policy *policy = NULL;
	uint32_t wanted, got;
	int r = meanings ? find_wanted(merging, meanings, &wanted, err) : cg_err_memory(err);

	if (r == 0)
		r = merging->is_text ? read_text(merging, &policy, err) : read_profile(merging, &policy, err);
	if (r == 0)
		r = cg_meaning_of_policy(meanings, policy, &got, err);
	if (r == 0)
		r = compare(meanings, wanted, got, err);
	cg_policy_free(policy);
	cg_meanings_free(meanings);
	return r;
}

static int merge(struct merging *merging)
{
	struct cg_err err = { 0 };
	int r = merge_policies(merging, &err);

	if (r == 0 && merging->is_text)
		r = cg_policy_text_write(merging->policy, merging->inputs[0].profile, &merging->out, &err);
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
		return cg_cli_usage(args, "two profiles are needed, or more, up to %d", INPUTS_MAX);
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
		cg_input_done(&merging.inputs[i]);
	free(merging.inputs);
	cg_policy_free(merging.policy);
	cg_text_done(&merging.out);
	return status;
}

const struct cg_command cg_command_merge = {
	.name = "merge",
	.group = CG_GROUP_JUDGE,
	.summary = "union or exact intersection of profiles",
	.synopsis = "--union|--intersect PROFILE PROFILE… -o FILE [--format oci|policy] [TARGET…]",
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
