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

#define DAY_LENGTH 10 /* "2026-05-04" of an ISO 8601 time */

/* The day, or the first and the last. */
static void format_days(struct cg_text *text, const struct cg_summary_call *from)
{
	if (!from->first || strlen(from->first) < DAY_LENGTH || strlen(from->last) < DAY_LENGTH)
		return;
	if (strncmp(from->first, from->last, DAY_LENGTH) == 0)
		cg_text_addf(text, " on %.*s", DAY_LENGTH, from->first);
	else
		cg_text_addf(text, " from %.*s to %.*s", DAY_LENGTH, from->first, DAY_LENGTH, from->last);
}

/* In which phase, where a mark tells them apart. */
static void format_phases(struct cg_text *text, const struct cg_summary_call *from)
{
	if (from->n_startup + from->n_serving == 0)
		return;
	if (from->n_serving == 0)
		cg_text_add(text, ", at start-up only");
	else if (from->n_startup == 0)
		cg_text_add(text, ", serving only");
	else
		cg_text_addf(text, ", %" PRIu64 " at start-up and %" PRIu64 " serving", from->n_startup,
			     from->n_serving);
	if (from->n_unmarked)
		cg_text_add(text, " in the runs that mark it");
}

/* "seen 12 times in 2 of 3 runs on 2026-05-04, as x86, by /usr/bin/git". A call that never completed was seen all the same. */
static int add_seen_reason(struct cg_generation *gen, struct cg_sketch_call *into, const struct cg_summary_call *from)
{
	CG_CLEANUP(cg_text_done) struct cg_text text = { 0 };

	if (from->call.count)
		cg_text_addf(&text, "seen %" PRIu64 " time%s", from->call.count, from->call.count == 1 ? "" : "s");
	else
		cg_text_add(&text, "begun, never completed");
	if (gen->options->n_runs > 1)
		cg_text_addf(&text, "%s in %zu of %zu runs", from->call.count ? "" : ",", from->n_runs, gen->options->n_runs);
	format_days(&text, from);
	format_phases(&text, from);
	if (gen->sketch->n_arches > 1)
		cg_text_addf(&text, ", as %s", from->call.arch->name);
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
static bool see_argument(const struct cg_generation *gen, const struct cg_syscall *call, const char *argument,
			 enum cg_hold hold, struct cg_seen_argument *ret_seen)
{
	int place = cg_argument_place(gen->sketch, call->name, argument);

	if (place < 0)
		return false;
	*ret_seen = (struct cg_seen_argument){
		.arg = (unsigned int)place, .hold = hold, .name = argument, .companions = ""
	};
	if (place < call->n_args)
		ret_seen->set = call->args[place].set;
	ret_seen->values = cg_generate_values(gen, call->name, argument);
	return true;
}

static bool see_selected(const struct cg_generation *gen, const struct cg_syscall *call,
			 const struct cg_selector *selector, struct cg_seen_argument *ret_seen)
{
	if (!see_argument(gen, call, selector->argument, selector->is_mask ? CG_HOLD_BITS : CG_HOLD_VALUES, ret_seen))
		return false;
	if (!cg_generation_is_without(gen, CG_SET_COMPANIONS))
		ret_seen->companions = selector->companions;
	return cg_generalise_accepts(ret_seen);
}

/* The evidence: what an argument is held to, and which values were seen. */
static int add_guard_reason(struct cg_generation *gen, struct cg_sketch_call *call,
			    const struct cg_seen_argument *seen, const char *why)
{
	CG_CLEANUP(cg_text_done) struct cg_text text = { 0 };

	cg_generalise_explain(&text, gen->sketch, seen);
	if (why)
		cg_text_addf(&text, " (%s)", why);
	if (text.has_failed)
		return -ENOMEM;
	return cg_sketch_add_reason(gen->sketch, call, CG_REASON_GUARD, seen->name, "%s", cg_text_get(&text));
}

/* A selected call whose argument cannot be held: left open and said so. */
static int leave_open(struct cg_generation *gen, struct cg_sketch_call *call, const struct cg_selector *selector,
		      const struct cg_seen_argument *seen)
{
	call->is_open = true;
	return cg_sketch_note(gen->sketch, CG_SEVERITY_NOTE, "args-open", "record it with a backend that tells arguments",
			      "%s is allowed with any %s: %s", selector->call, selector->argument,
			      seen->values.has_overflow ? "not all values that were used are known" :
							  "more values were used than a profile should list");
}

/* --args safe: the one argument of the table. */
static int constrain_selected(struct cg_generation *gen, struct cg_sketch_call *call,
			      const struct cg_selector *selector)
{
	struct cg_seen_argument seen = { 0 };
	bool is_mask;
	int r;

	if (!see_selected(gen, call->call, selector, &seen))
		return leave_open(gen, call, selector, &seen);
	is_mask = seen.hold == CG_HOLD_BITS;
	r = cg_generalise(gen->sketch, call, is_mask ? NULL : &seen, &seen, is_mask ? 1 : 0);
	return r < 0 ? r : add_guard_reason(gen, call, &seen, selector->why);
}

/* --args strict: what is held of one call. */
struct holding {
	struct cg_seen_argument values; /* tells the rules apart */
	bool has_values;
	struct cg_seen_argument shared[6];
	size_t n_shared;
};

/* Only one argument can tell the rules apart: a further one, or one of too many values, is held to a range. */
static void hold_argument(const struct cg_generation *gen, const struct cg_syscall *call,
			  const struct cg_arg_info *info, struct holding *holding)
{
	enum cg_hold hold = info->name ? cg_generalise_hold(info) : CG_HOLD_OPEN;
	struct cg_seen_argument seen;

	if (hold == CG_HOLD_OPEN || !see_argument(gen, call, info->name, hold, &seen) ||
	    (holding->has_values && seen.arg == holding->values.arg))
		return;
	if (hold == CG_HOLD_BITS && !cg_generation_is_without(gen, CG_SET_COMPANIONS))
		seen.companion_bits = cg_companion_bits(gen->sketch, seen.set);
	if (hold == CG_HOLD_VALUES && (holding->has_values || !cg_generalise_accepts(&seen)))
		seen.hold = CG_HOLD_RANGE;
	if (!cg_generalise_accepts(&seen))
		return;
	if (seen.hold == CG_HOLD_VALUES) {
		holding->values = seen;
		holding->has_values = true;
	} else {
		holding->shared[holding->n_shared++] = seen;
	}
}

static int add_guard_reasons(struct cg_generation *gen, struct cg_sketch_call *call, const struct holding *holding)
{
	int r = holding->has_values ? add_guard_reason(gen, call, &holding->values, NULL) : 0;

	for (size_t i = 0; r == 0 && i < holding->n_shared; i++)
		r = add_guard_reason(gen, call, &holding->shared[i], NULL);
	return r;
}

static int constrain_all(struct cg_generation *gen, struct cg_sketch_call *call)
{
	const struct cg_selector *selector = cg_selector_find(call->call->name);
	struct holding holding = { .has_values = false };
	int r;

	if (selector && !selector->is_mask)
		holding.has_values = see_selected(gen, call->call, selector, &holding.values);
	for (int i = 0; i < call->call->n_args; i++)
		hold_argument(gen, call->call, &call->call->args[i], &holding);
	call->is_open = !holding.has_values && holding.n_shared == 0;
	if (call->is_open)
		return selector ? leave_open(gen, call, selector, &holding.values) : 0;
	r = cg_generalise(gen->sketch, call, holding.has_values ? &holding.values : NULL, holding.shared,
			  holding.n_shared);
	return r < 0 ? r : add_guard_reasons(gen, call, &holding);
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
