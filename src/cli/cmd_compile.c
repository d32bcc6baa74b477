/*
 * callgate compile: a profile to the filter that the kernel takes, or to another form of the same.
 *
 * In: a profile (or a filter: raw, its listing, or those of a process) and a target; or several, which are a stack.
 * Out: one filter, raw, as a listing or as C; or the policy, as pseudo filter code, as policy text or in OCI form. A
 * filter goes through gate/, so that nothing is written that was not checked against the policy, or against the stack.
 */
#include "base/cleanup.h"
#include "cli/commands.h"
#include "cli/compile_engine.h"
#include "cli/compile_input.h"
#include "cli/subject.h"
#include "cli/weights.h"
#include "filter/cost.h"
#include "gate/gate.h"
#include "gate/stack.h"
#include "language/policy_text.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define REFERENCES_MAX 64

struct compiling {
	const struct cg_args *args;
	const char *reference; /* for people */
	const struct form *form;
	struct cg_target target;
	struct cg_input input;
	struct cg_filters filters; /* what there was to begin with, the oldest first */
	struct cg_filter *filter;
	struct cg_weights weights; /* of --weights */
	struct cg_text text; /* what is written */
	struct cg_err err;
};

/* ---- forms: 0, or a negative errno with compiling->err set */

static int write_raw(struct compiling *compiling)
{
	cg_filter_encode(compiling->filter, &compiling->text);
	return 0;
}

static int write_asm(struct compiling *compiling)
{
	cg_filter_disasm(compiling->filter, &compiling->text);
	return 0;
}

static const char *c_name(const struct compiling *compiling)
{
	const char *name = cg_args_get(compiling->args, "name");

	return name ? name : "filter";
}

static int write_c(struct compiling *compiling)
{
	cg_filter_write_c(compiling->filter, c_name(compiling), &compiling->text);
	return 0;
}

static int write_pfc(struct compiling *compiling)
{
	return cg_policy_write_pfc(compiling->input.policy, &compiling->text);
}

static int write_policy(struct compiling *compiling)
{
	return cg_policy_text_write(compiling->input.policy, compiling->input.profile, &compiling->text,
				    &compiling->err);
}

static int write_oci(struct compiling *compiling)
{
	struct cg_profile *profile = NULL;
	int r = cg_policy_to_profile(compiling->input.policy, compiling->input.profile, &profile, &compiling->err);

	if (r == 0)
		r = cg_profile_write(profile, &compiling->text);
	cg_profile_free(profile);
	return r;
}

static const struct form {
	const char *name;
	bool needs_policy; /* a filter alone does not say it */
	int (*write)(struct compiling *compiling);
} forms[] = {
	{ "raw", false, write_raw }, { "asm", false, write_asm },      { "c", false, write_c },
	{ "pfc", true, write_pfc },  { "policy", true, write_policy }, { "oci", true, write_oci },
};

static const struct form *find_form(const char *name)
{
	for (size_t i = 0; i < CG_N_ITEMS(forms); i++) {
		if (strcmp(forms[i].name, name) == 0)
			return &forms[i];
	}
	return NULL;
}

static int bad_form(const struct cg_args *args, const char *name)
{
	const char *best = NULL;

	for (size_t i = 0; i < CG_N_ITEMS(forms); i++)
		cg_word_keep_nearest(name, forms[i].name, &best);
	if (best)
		return cg_cli_usage(args, "unknown format '%s'; did you mean %s?", name, best);
	return cg_cli_usage(args, "unknown format '%s'; raw, asm, c, pfc, policy or oci", name);
}

/* ---- figures */

static void say_cost(const struct cg_filter *filter, const struct cg_arch *native)
{
	struct cg_filter_cost cost;

	cg_filter_cost(filter, native, &cost);
	if (!cost.has_cache) {
		cg_cli_say("kernels for %s keep no cache of allowed calls; to load: about %" PRIu64 " us", native->name,
			   cost.load_ns / 1000);
		return;
	}
	cg_cli_say("%zu of %zu numbers of %s%s%s are allowed without running the filter: the kernel's cache holds them",
		   cost.n_cached, cost.n_numbers, native->name, cost.compat ? " and " : "",
		   cost.compat ? cost.compat->name : "");
	cg_cli_say("to load: %" PRIu64 " steps emulated, about %" PRIu64 " us", cost.n_steps, cost.load_ns / 1000);
}

/* What the recorded calls cost, and what they would without their weights. */
static void say_weights(const struct compiling *compiling)
{
	const struct cg_policy *policy = compiling->input.policy;
	struct cg_weights_cost with = cg_weights_cost_of(&compiling->weights, policy, compiling->filter), without = with;
	struct cg_gate_options options = { .is_unproven = true };
	struct cg_filter *plain = NULL;

	if (cg_gate_compile(policy, &options, &plain, NULL) == 0)
		without = cg_weights_cost_of(&compiling->weights, policy, plain);
	cg_cli_say("of %" PRIu64 " recorded calls %" PRIu64 " are allowed without running the filter; the others execute "
		   "%.2f instructions each, without --weights %.2f",
		   with.n_calls, with.n_cached, with.mean_steps, without.mean_steps);
	cg_filter_free(plain);
}

static void say_stats(const struct compiling *compiling)
{
	const struct cg_policy *policy = compiling->input.policy;
	const struct cg_target *target = &compiling->target;
	const struct cg_filter *filter = compiling->filter;

	if (policy) {
		cg_cli_say("%zu instructions for %zu architecture%s", filter->n_insns, policy->n_arches,
			   policy->n_arches == 1 ? "" : "s");
		say_cost(filter, cg_arch_of_kernel(policy->arches, policy->n_arches));
		if (compiling->weights.list.n_items)
			say_weights(compiling);
	} else {
		cg_cli_say("%zu instructions", filter->n_insns);
		say_cost(filter, target->n_arches ? cg_arch_of_kernel(target->arches, target->n_arches) : target->arch);
	}
}

/* ---- the command */

/* ---- a stack: several references, or a process with several filters */

static int no_seccomp(const char *reference, struct cg_err *err)
{
	return cg_err_set(err, -EINVAL, cg_input_name(reference),
			  "this engine applies no seccomp at all for such a profile: there is no filter to write");
}

/* Adds the filter of a profile, or the filters that the reference names. */
static int add_reference(struct compiling *compiling, const char *reference)
{
	struct cg_gate_options options = { .is_unproven = cg_args_has(compiling->args, "no-prove") };
	CG_CLEANUP(cg_input_done) struct cg_input input = { 0 };
	size_t n_before = compiling->filters.list.n_items;
	struct cg_filter *filter = NULL;
	int r = cg_compile_input_read(reference, &compiling->target, &input, &compiling->filters, &compiling->err);

	if (r < 0 || compiling->filters.list.n_items > n_before)
		return r;
	cg_input_say_notes(&input, reference);
	if (!input.policy)
		return no_seccomp(reference, &compiling->err);
	r = cg_compile_for_engine(input.policy, compiling->target.engine, &options, &filter, &compiling->err);
	if (r == 0 && cg_vec_push(&compiling->filters.list, filter) < 0) {
		cg_filter_free(filter);
		r = cg_err_memory(&compiling->err);
	}
	return r;
}

static int join_stack(struct compiling *compiling)
{
	struct cg_gate_options options = { .is_unproven = cg_args_has(compiling->args, "no-prove"),
					   .budget = cg_subject_budget };
	size_t n = compiling->filters.list.n_items;
	const struct cg_filter **newest_first = calloc(n, sizeof(struct cg_filter *));
	int r = newest_first ? 0 : cg_err_memory(&compiling->err);

	for (size_t i = 0; r == 0 && i < n; i++) {
		newest_first[i] = compiling->filters.list.items[n - 1 - i];
		r = cg_filter_check(newest_first[i], &compiling->err);
	}
	if (r == 0)
		r = cg_gate_stack(newest_first, n, &options, &compiling->filter, &compiling->err);
	free(newest_first);
	return r;
}

/* ---- one reference, or all: input.policy is filled, or `filter` */

static int read_all(struct compiling *compiling)
{
	struct cg_filters *filters = &compiling->filters;
	int r = 0;

	if (compiling->args->n_words == 1) {
		r = cg_compile_input_read(compiling->reference, &compiling->target, &compiling->input, filters,
					  &compiling->err);
		if (r == 0)
			cg_input_say_notes(&compiling->input, compiling->reference);
		if (r == 0 && filters->list.n_items == 0)
			return compiling->input.policy ? 0 : no_seccomp(compiling->reference, &compiling->err);
	}
	for (size_t i = 0; r == 0 && compiling->args->n_words > 1 && i < compiling->args->n_words; i++)
		r = add_reference(compiling, compiling->args->words[i]);
	if (r < 0)
		return r;
	if (filters->list.n_items > 1)
		return join_stack(compiling);
	/* One stays as it is, instruction for instruction. */
	compiling->filter = filters->list.items[0];
	filters->list.n_items = 0;
	return cg_filter_check(compiling->filter, &compiling->err);
}

/* Rules that say what a filter does, where there are such. */
static int find_policy(struct compiling *compiling)
{
	struct cg_meanings *meanings = cg_meanings_new(&cg_subject_budget);
	uint32_t root;
	int r = meanings ? 0 : cg_err_memory(&compiling->err);

	if (r == 0)
		r = cg_meaning_of_filter(meanings, compiling->filter, &root, &compiling->err);
	if (r == 0)
		r = cg_meaning_of_effect(meanings, root, &root, &compiling->err);
	if (r == 0)
		r = cg_meaning_to_policy(meanings, root, &compiling->input.policy, &compiling->err);
	cg_meanings_free(meanings);
	return r;
}

static int make_filter(struct compiling *compiling)
{
	struct cg_gate_options options = { .is_unproven = cg_args_has(compiling->args, "no-prove") };

	if (cg_args_has(compiling->args, "weights")) {
		int r = cg_weights_read(compiling->args, compiling->input.policy, &compiling->weights, &compiling->err);

		if (r < 0)
			return r;
		options.weights = compiling->weights.list.items;
		options.n_weights = compiling->weights.list.n_items;
	}
	/* Those that tell the rules leave out what runc adds. */
	if (compiling->form->needs_policy)
		return cg_gate_compile(compiling->input.policy, &options, &compiling->filter, &compiling->err);
	return cg_compile_for_engine(compiling->input.policy, compiling->target.engine, &options, &compiling->filter,
				     &compiling->err);
}

/* What one cannot have of inputs that are good, each for itself, is no fault of theirs. */
static int fail(const struct compiling *compiling)
{
	int status = cg_subject_fail(&compiling->err);

	return compiling->err.code == -E2BIG && compiling->filter ? CG_EXIT_CANNOT : status;
}

static int compile(struct compiling *compiling)
{
	const struct form *form = compiling->form;
	int status;

	if (read_all(compiling) < 0)
		return fail(compiling);
	if (compiling->filter && cg_args_has(compiling->args, "weights"))
		return cg_cli_usage(compiling->args, "%s is %s already: --weights is for compiling a profile",
				    cg_input_name(compiling->reference),
				    compiling->args->n_words > 1 ? "part of a stack, whose filters are compiled" :
								   "a filter");
	if (compiling->filter && form->needs_policy && find_policy(compiling) < 0)
		return fail(compiling);
	if ((!compiling->filter && make_filter(compiling) < 0) || form->write(compiling) < 0 ||
	    (compiling->text.has_failed && cg_err_memory(&compiling->err) < 0))
		return fail(compiling);

	status = cg_out_write(cg_args_get(compiling->args, "output"), &compiling->text);
	if (status == CG_EXIT_YES && cg_args_has(compiling->args, "stats"))
		say_stats(compiling);
	return status;
}

static int run(const struct cg_args *args)
{
	struct compiling compiling = { .args = args };
	const char *name = cg_args_get(args, "format");
	const struct form *form = name ? find_form(name) : &forms[0];
	int status = cg_cli_target(args, &compiling.target);

	if (status)
		return status;
	if (args->n_words < 1 || args->n_words > REFERENCES_MAX)
		return cg_cli_usage(args, "a profile is needed, or a stack of up to %d profiles and filters",
				    REFERENCES_MAX);
	if (!cg_args_has(args, "output"))
		return cg_cli_usage(args, "-o FILE says where the filter goes (- is standard output)");
	if (!form)
		return bad_form(args, name);
	if (!cg_filter_is_c_name(c_name(&compiling)))
		return cg_cli_usage(args, "--name takes an identifier of C, not '%s'", c_name(&compiling));

	compiling.reference = args->words[0];
	compiling.form = form;
	status = compile(&compiling);
	cg_filter_free(compiling.filter);
	cg_filters_done(&compiling.filters);
	cg_weights_done(&compiling.weights);
	cg_text_done(&compiling.text);
	cg_input_done(&compiling.input);
	return status;
}

const struct cg_command cg_command_compile = {
	.name = "compile",
	.group = CG_GROUP_USE,
	.summary = "write the filter (raw, C, assembly, PFC)",
	.synopsis =
		"(PROFILE | FILTER | pid:PID)… -o FILE [--format FORM] [--stats] "
		"[--weights REC.json]… [--no-prove] [TARGET…]",
	.example = "callgate compile @container-default -o default.bpf --stats\n"
		   "callgate compile app.policy --format c --name app_filter -o app_filter.h\n"
		   "callgate compile baseline.json app.bpf -o both.bpf\n"
		   "callgate compile app.policy --format oci -o app.json",
	.options =
		(const struct cg_option[]){
			{ "output", 'o', "FILE", "where the filter goes; - is standard output", 0 },
			{ "format", 0, "FORM",
			  "raw (default), asm: a listing, c, pfc; policy, oci: the profile, told anew", 0,
			  "raw asm c pfc policy oci" },
			{ "name", 0, "NAME", "what the array of --format c is called (filter)", 0 },
			{ "stats", 0, NULL, "say its length, what the kernel's cache holds, and the cost to load", 0 },
			{ "weights", 0, "REC.json", "ask first for what came often in a recording, where no cache helps",
			  CG_OPTION_REPEATS },
			{ "no-prove", 0, NULL, "do not check the filter against the policy (for measuring)", 0 },
			CG_CLI_TARGET_OPTIONS,
			{ NULL },
		},
	.run = run,
};
