/*
 * The calls that were recorded: each allowed, with who made it as its reason, and with --args safe under conditions.
 */
#include "learn/generate_steps.h"

#include "base/cleanup.h"
#include "learn/generalise.h"
#include "learn/needs.h"
#include "learn/recorded_call.h"

#include <inttypes.h>
#include <string.h>

#define PROGRAMS_SHOWN 2

static void format_programs(struct cg_text *text, const struct cg_recorded_call *call)
{
	size_t n_shown = call->programs.n_items < PROGRAMS_SHOWN ? call->programs.n_items : PROGRAMS_SHOWN;
	size_t n_more = call->programs.n_items - n_shown;

	for (size_t i = 0; i < n_shown; i++)
		cg_text_addf(text, "%s%s", i ? ", " : ", by ", call->programs.items[i].path);
	if (n_more)
		cg_text_addf(text, " and %zu more%s", n_more, call->has_program_overflow ? " at least" : "");
}

/* "seen 12 times in 2 of 3 runs, as x86, by /usr/bin/git". A call that never completed was seen all the same. */
static int add_seen_reason(struct cg_generation *gen, struct cg_sketch_call *into, const struct cg_summary_call *from)
{
	CG_CLEANUP(cg_text_done) struct cg_text text = { 0 };

	if (from->call.count)
		cg_text_addf(&text, "seen %" PRIu64 " time%s", from->call.count, from->call.count == 1 ? "" : "s");
	else
		cg_text_add(&text, "begun, never completed,");
	if (gen->options->n_runs > 1)
		cg_text_addf(&text, " in %zu of %zu runs", from->n_runs, gen->options->n_runs);
	if (gen->sketch->n_arches > 1)
		cg_text_addf(&text, " as %s", from->call.arch->name);
	format_programs(&text, &from->call);
	if (text.has_failed)
		return -ENOMEM;
	return cg_sketch_add_reason(gen->sketch, into, CG_REASON_SEEN, "", "%s", cg_text_get(&text));
}

static int note_nameless(struct cg_generation *gen, const struct cg_recorded_call *call)
{
	static const char remedy[] =
		"give the program a kernel or a callgate that knows the call; a profile names calls";

	if (!call->arch)
		return cg_sketch_note(gen->sketch, CG_SEVERITY_WARNING, "unknown-arch", remedy,
				      "call %" PRIu32 " of the unknown architecture 0x%08" PRIx32
				      " was recorded; no profile can name it",
				      call->nr, call->arch_token);
	return cg_sketch_note(gen->sketch, CG_SEVERITY_WARNING, "nameless-call", remedy,
			      "call %s:%" PRIu32 " was recorded, which has no name; no profile can allow it",
			      call->arch->name, call->nr);
}

static int add_seen(struct cg_generation *gen, const struct cg_summary_call *from)
{
	const struct cg_recorded_call *recorded = &from->call;
	const struct cg_syscall *found = recorded->arch ? cg_syscall_of_nr(recorded->arch, recorded->nr) : NULL;
	struct cg_sketch_call *call;

	/* A tracer skips a call by this number: nothing was asked of the kernel. */
	if (!cg_recorded_call_is_made(recorded) || recorded->nr == CG_NR_SKIPPED)
		return 0;
	if (!found)
		return note_nameless(gen, recorded);
	call = cg_sketch_put(gen->sketch, found);
	if (!call)
		return -ENOMEM;
	call->is_open = true;
	return add_seen_reason(gen, call, from);
}

struct cg_value_set cg_generate_values(const struct cg_generation *gen, const char *call, const char *argument)
{
	struct cg_value_set all = { 0 };

	for (size_t i = 0; i < gen->summary->calls.n_items; i++) {
		const struct cg_recorded_call *recorded = &gen->summary->calls.items[i].call;
		const struct cg_syscall *found = recorded->arch ? cg_syscall_of_nr(recorded->arch, recorded->nr) : NULL;
		int arg;

		if (!found || strcmp(found->name, call) != 0 || !cg_recorded_call_is_made(recorded))
			continue;
		arg = cg_argument_find(recorded->arch, call, argument);
		cg_value_set_unite(&all, arg < 0 ? NULL : recorded->args[arg]);
	}
	return all;
}

/* What was seen of one argument by its name; false when it stands in different places on the sketch's arches. */
static bool see_argument(const struct cg_generation *gen, const char *call, const char *argument, bool is_mask,
			 struct cg_seen_argument *ret_seen)
{
	int place = cg_argument_place(gen->sketch, call, argument);

	if (place < 0)
		return false;
	*ret_seen = (struct cg_seen_argument){ .arg = (unsigned int)place, .is_mask = is_mask, .companions = "" };
	ret_seen->values = cg_generate_values(gen, call, argument);
	return true;
}

static bool see_selected(const struct cg_generation *gen, const struct cg_selector *selector,
			 struct cg_seen_argument *ret_seen)
{
	if (!see_argument(gen, selector->call, selector->argument, selector->is_mask, ret_seen))
		return false;
	if (!cg_generation_is_without(gen, CG_SET_COMPANIONS))
		ret_seen->companions = selector->companions;
	return cg_generalise_accepts(ret_seen);
}

/* One selected call: conditions, or left open and said so. */
static int constrain_selected(struct cg_generation *gen, struct cg_sketch_call *call,
			      const struct cg_selector *selector)
{
	struct cg_seen_argument seen = { 0 };
	int r;

	if (!see_selected(gen, selector, &seen)) {
		call->is_open = true;
		return cg_sketch_note(gen->sketch, CG_SEVERITY_NOTE, "args-open",
				      "record it with a backend that tells arguments", "%s is allowed with any %s: %s",
				      selector->call, selector->argument,
				      seen.values.has_overflow ? "not all values that were used are known" :
								 "more values were used than a profile should list");
	}
	r = cg_generalise(gen->sketch, call, seen.is_mask ? NULL : &seen, &seen, seen.is_mask ? 1 : 0);
	if (r < 0)
		return r;
	return cg_sketch_add_reason(gen->sketch, call, CG_REASON_GUARD, selector->argument,
				    "held to the values seen of %s: %s", selector->argument, selector->why);
}

/* --args strict: one enumeration tells the alternatives apart, the flags of all other arguments are shared. */
static int constrain_all(struct cg_generation *gen, struct cg_sketch_call *call)
{
	const struct cg_selector *selector = cg_selector_find(call->call->name);
	struct cg_seen_argument values = { 0 }, masks[6];
	bool has_values = selector && !selector->is_mask && see_selected(gen, selector, &values);
	size_t n_masks = 0;

	for (int i = 0; i < call->call->n_args; i++) {
		const struct cg_arg_info *info = &call->call->args[i];
		bool is_mask = info->kind == CG_ARG_FLAGS;
		struct cg_seen_argument seen;

		if (!info->name || (!is_mask && (info->kind != CG_ARG_ENUM || has_values)) ||
		    !see_argument(gen, call->call->name, info->name, is_mask, &seen) || !cg_generalise_accepts(&seen) ||
		    (has_values && seen.arg == values.arg))
			continue;
		if (is_mask) {
			masks[n_masks++] = seen;
		} else {
			values = seen;
			has_values = true;
		}
	}
	call->is_open = !has_values && n_masks == 0;
	if (call->is_open)
		return 0;
	if (cg_generalise(gen->sketch, call, has_values ? &values : NULL, masks, n_masks) < 0)
		return -ENOMEM;
	return cg_sketch_add_reason(gen->sketch, call, CG_REASON_GUARD, "strict",
				    "held to the flags and values seen (--args strict)");
}

/* clone is held by its guard: what clone3 does here it will do by clone, with flags that nobody has seen. */
static int constrain(struct cg_generation *gen, struct cg_sketch_call *call)
{
	const struct cg_selector *selector = cg_selector_find(call->call->name);

	if (gen->options->args == CG_GENERATE_ARGS_NONE || strcmp(call->call->name, "clone") == 0)
		return 0;
	if (gen->options->args == CG_GENERATE_ARGS_STRICT)
		return constrain_all(gen, call);
	if (!selector)
		return 0;
	call->is_open = false;
	return constrain_selected(gen, call, selector);
}

/* OCI rules go by name: what only the foreign arches asked for is open on the native one too. */
static int note_shared_names(struct cg_generation *gen)
{
	CG_CLEANUP(cg_text_done) struct cg_text names = { 0 };
	const struct cg_sketch *sketch = gen->sketch;
	const struct cg_arch *native = sketch->n_arches > 1 ? sketch->arches[0] : NULL;
	size_t n_names = 0;

	for (size_t i = 0; native && i < sketch->calls.n_items; i++) {
		const struct cg_syscall *call = sketch->calls.items[i].call;
		bool is_native = false;
		uint32_t nr;

		if (!cg_syscall_number(native, call->name, &nr))
			continue;
		for (size_t c = 0; !is_native && c < gen->summary->calls.n_items; c++) {
			const struct cg_recorded_call *recorded = &gen->summary->calls.items[c].call;

			is_native = recorded->arch == native && recorded->nr == nr;
		}
		if (!is_native)
			cg_text_addf(&names, "%s%s", n_names++ ? ", " : "", call->name);
	}
	if (names.has_failed)
		return -ENOMEM;
	if (n_names == 0)
		return 0;
	return cg_sketch_note(
		gen->sketch, CG_SEVERITY_NOTE, "shared-names",
		"where that is too much, give the programs of the other architecture a container of their own",
		"not seen on %s, but allowed there too, as a profile's rules hold for every architecture "
		"that it lists: %s",
		native->name, cg_text_get(&names));
}

int cg_generate_seen(struct cg_generation *gen)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < gen->summary->calls.n_items; i++)
		r = add_seen(gen, &gen->summary->calls.items[i]);
	for (size_t i = 0; r == 0 && i < gen->sketch->calls.n_items; i++)
		r = constrain(gen, &gen->sketch->calls.items[i]);
	return r < 0 ? r : note_shared_names(gen);
}
