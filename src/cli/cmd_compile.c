/*
 * callgate compile: a profile to the filter that the kernel takes, or to another form of the same.
 *
 * In: a profile (or a filter: raw, or its listing) and a target. Out: the filter, raw, as a listing or as C; or the
 * policy, as pseudo filter code, as policy text or in OCI form. A filter goes through gate/, so that nothing is written
 * that was not checked against the policy.
 */
#include "base/cleanup.h"
#include "cli/commands.h"
#include "cli/subject.h"
#include "cli/weights.h"
#include "filter/cost.h"
#include "gate/gate.h"
#include "language/policy_text.h"
#include "profile/stub.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

struct compiling {
	const struct cg_args *args;
	const char *reference;
	struct cg_target target;
	struct cg_input input;
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

/* Instructions hold NUL bytes, and no text does. */
static bool is_raw_filter(const struct cg_text *text)
{
	return text->length >= 8 && memchr(text->data, '\0', 8) != NULL;
}

/* As cg_filter_disasm() begins; or by its name. */
static bool is_listing(const char *reference, const struct cg_text *text)
{
	static const char *const beginnings[] = { ".little-endian", ".big-endian" };
	size_t length = strlen(reference);

	for (size_t i = 0; i < CG_N_ITEMS(beginnings); i++) {
		if (strncmp(cg_text_get(text), beginnings[i], strlen(beginnings[i])) == 0)
			return true;
	}
	return length > 4 && strcmp(reference + length - 4, ".asm") == 0;
}

/* The filter of a process, which has to be one: a stack of several is not told by any of them. */
static int read_process(struct compiling *compiling, int pid)
{
	CG_CLEANUP(cg_subject_done) struct cg_subject process = { 0 };
	const struct cg_filter_stack *stack;
	const struct cg_filter *filter;
	int r = cg_subject_read_process(compiling->reference, pid, &compiling->target, &process, &compiling->err);

	if (r < 0)
		return r;
	stack = &process.live.stacks.items[0].stack;
	if (stack->filters.n_items == 0)
		return cg_err_set(&compiling->err, -EINVAL, compiling->reference, "has no filter");
	if (stack->filters.n_items > 1)
		return cg_err_set(&compiling->err, -EINVAL, compiling->reference,
				  "has %zu filters, and together they are no program: callgate dump %d -o DIR writes "
				  "each, callgate explain says what they do together", stack->filters.n_items, pid);
	if (process.live.stacks.n_items > 1)
		cg_cli_say("%s: its threads have different filters: this is that of thread %d", compiling->reference,
			   process.live.stacks.items[0].tids.items[0]);
	filter = stack->filters.items[0].filter;
	compiling->filter = cg_filter_new(filter->insns, filter->n_insns, filter->is_big_endian);
	return compiling->filter ? 0 : cg_err_memory(&compiling->err);
}

/* A profile becomes input->policy, a filter compiling->filter. */
static int read_input(struct compiling *compiling)
{
	const struct cg_target *target = &compiling->target;
	const struct cg_arch *arch = target->n_arches ? target->arches[0] : target->arch;
	struct cg_text *text = &compiling->input.text;
	const char *name = cg_input_name(compiling->reference);
	int pid, r;

	if (cg_subject_pid(compiling->reference, false, &pid))
		return read_process(compiling, pid);
	r = cg_input_fetch(compiling->reference, &compiling->input, &compiling->err);

	if (r < 0)
		return r;
	if (is_listing(compiling->reference, text))
		return cg_filter_assemble(name, cg_text_get(text), text->length, &compiling->filter,
					  &compiling->err);
	if (is_raw_filter(text))
		return cg_filter_decode(name, text->data, text->length, arch->is_big_endian,
					&compiling->filter, &compiling->err);
	return cg_input_take(compiling->reference, target, &compiling->input, &compiling->err);
}

/* runc answers calls newer than the profile with ENOSYS itself; a filter made for it says that too. */
static void add_boundary(struct compiling *compiling)
{
	struct cg_policy *policy = compiling->input.policy;
	const struct cg_engine *engine = compiling->target.engine;
	uint32_t largest;

	for (size_t i = 0; i < policy->n_arches && strcmp(engine->name, "runc") == 0; i++)
		if (cg_stub_largest(policy, engine, policy->arches[i], &largest))
			cg_policy_set_newest(policy, policy->arches[i], largest, CG_STUB_ANSWER);
}

/* What was a filter already has no policy to be compared with: only the kernel's rules are asked. */
static int make_filter(struct compiling *compiling)
{
	struct cg_gate_options options = { .is_unproven = cg_args_has(compiling->args, "no-prove") };

	if (compiling->filter)
		return cg_filter_check(compiling->filter, &compiling->err);
	if (cg_args_has(compiling->args, "weights")) {
		int r = cg_weights_read(compiling->args, compiling->input.policy, &compiling->weights, &compiling->err);

		if (r < 0)
			return r;
		options.weights = compiling->weights.list.items;
		options.n_weights = compiling->weights.list.n_items;
	}
	return cg_gate_compile(compiling->input.policy, &options, &compiling->filter, &compiling->err);
}

static int compile(struct compiling *compiling, const struct form *form)
{
	struct cg_input *input = &compiling->input;
	int status;

	if (read_input(compiling) < 0)
		return cg_cli_fail(&compiling->err);
	cg_input_say_notes(input, compiling->reference);
	if (compiling->filter && form->needs_policy)
		return cg_cli_usage(compiling->args,
				    "%s is a filter, and %s tells rules, which a filter no longer has: --format asm "
				    "lists it, callgate explain tells it in words",
				    cg_input_name(compiling->reference), form->name);
	if (compiling->filter && cg_args_has(compiling->args, "weights"))
		return cg_cli_usage(compiling->args, "%s is a filter already: --weights is for compiling a profile",
				    cg_input_name(compiling->reference));
	if (!input->policy && !compiling->filter) {
		cg_cli_say("%s: this engine applies no seccomp at all for such a profile: there is no filter to write",
			   cg_input_name(compiling->reference));
		return CG_EXIT_BAD_INPUT;
	}
	if (!form->needs_policy && input->policy)
		add_boundary(compiling);
	if (make_filter(compiling) < 0 || form->write(compiling) < 0 ||
	    (compiling->text.has_failed && cg_err_memory(&compiling->err) < 0))
		return cg_cli_fail(&compiling->err);

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
	if (args->n_words != 1)
		return cg_cli_usage(args, "one profile is needed");
	if (!cg_args_has(args, "output"))
		return cg_cli_usage(args, "-o FILE says where the filter goes (- is standard output)");
	if (!form)
		return bad_form(args, name);
	if (!cg_filter_is_c_name(c_name(&compiling)))
		return cg_cli_usage(args, "--name takes an identifier of C, not '%s'", c_name(&compiling));

	compiling.reference = args->words[0];
	status = compile(&compiling, form);
	cg_filter_free(compiling.filter);
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
		"(PROFILE | FILTER | pid:PID) -o FILE [--format FORM] [--stats] "
		"[--weights REC.json]… [--no-prove] [TARGET…]",
	.example = "callgate compile @container-default -o default.bpf --stats\n"
		   "callgate compile app.policy --format c --name app_filter -o app_filter.h\n"
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
