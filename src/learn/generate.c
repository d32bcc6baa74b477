/*
 * Recordings to a sketch: which calls, under which conditions, and why.
 *
 * In order: the arches; what was seen; what every process needs; what the bases bring; newer forms of all that; the
 * guard on clone; the ceiling; the refusal of dangerous calls; what is there already. Until the ceiling each step only
 * adds, and every call carries its reasons.
 *
 * Decisions, each switched off by `without`:
 * - clone3 takes its flags from memory, where no filter can look: allowing it opens every namespace that the kernel
 *   grants. It answers ENOSYS, on which glibc (2.34 on), musl, Go and Rust fall back to clone; so clone is allowed
 *   where clone3 was seen. The rule is written even where ENOSYS is the default: Docker up to 20.10 drops
 *   defaultErrnoRet, and EPERM instead of ENOSYS stops every program that starts a thread.
 * - clone is allowed without those namespace flags that were never seen, whatever --args says: they are what refusing
 *   unshare is for.
 * - Calls with a tier that nothing asks for answer EPERM rather than ENOSYS: they exist, and are refused. Under LOG
 *   only the critical ones, as in every audit phase; under KILL they are killed like the rest.
 * - OCI rules go by name: a call seen on x86 only is open on x86_64 too. That is noted, it cannot be helped.
 */
#include "learn/generate_steps.h"

#include "base/cleanup.h"
#include "learn/needs.h"

#include <string.h>

static int find_word(const char *const *words, size_t n_words, const char *word)
{
	for (size_t i = 0; i < n_words; i++)
		if (strcmp(word, words[i]) == 0)
			return (int)i;
	return -1;
}

bool cg_generate_default_find(const char *word, enum cg_generate_default *ret_kind)
{
	static const char *const words[] = { "enosys", "eperm", "kill", "log" };
	int found = find_word(words, CG_N_ITEMS(words), word);

	if (found >= 0)
		*ret_kind = (enum cg_generate_default)found;
	return found >= 0;
}

bool cg_generate_args_find(const char *word, enum cg_generate_args *ret_args)
{
	static const char *const words[] = { "none", "safe", "strict" };
	int found = find_word(words, CG_N_ITEMS(words), word);

	if (found >= 0)
		*ret_args = (enum cg_generate_args)found;
	return found >= 0;
}

bool cg_generation_is_without(const struct cg_generation *gen, const char *word)
{
	for (size_t i = 0; i < gen->options->n_without; i++)
		if (strcmp(gen->options->without[i], word) == 0)
			return true;
	return false;
}

static int check_without(const struct cg_generate_options *options, struct cg_err *err)
{
	for (size_t i = 0; i < options->n_without; i++) {
		const char *word = options->without[i];
		const char *best = NULL;

		if (cg_need_set_find(word) || cg_syscall_find(word))
			continue;
		for (size_t s = 0; s < cg_n_need_sets; s++)
			cg_word_keep_nearest(word, cg_need_sets[s].name, &best);
		if (!best)
			best = cg_syscall_suggest(word);
		return cg_err_set(err, -EINVAL, NULL, "there is no set and no call \"%s\" to do without%s%s%s", word,
				  best ? "; did you mean " : "", best ? best : "", best ? "?" : "");
	}
	return 0;
}

static int check_allowed(const struct cg_generate_options *options, struct cg_err *err)
{
	for (size_t i = 0; i < options->n_allowed; i++) {
		const char *word = options->allowed[i];
		const char *best = cg_syscall_find(word) ? NULL : cg_syscall_suggest(word);

		if (!cg_syscall_find(word))
			return cg_err_set(err, -EINVAL, NULL, "there is no call \"%s\" to allow%s%s%s", word,
					  best ? "; did you mean " : "", best ? best : "", best ? "?" : "");
	}
	return 0;
}

static uint32_t default_action(enum cg_generate_default kind)
{
	switch (kind) {
	case CG_GENERATE_EPERM:
		return cg_action_errno(EPERM);
	case CG_GENERATE_KILL:
		return CG_ACTION_KILL_PROCESS;
	case CG_GENERATE_LOG:
		return CG_ACTION_LOG;
	case CG_GENERATE_ENOSYS:
		break;
	}
	return cg_action_errno(ENOSYS);
}

static bool has_arch(const struct cg_sketch *sketch, const struct cg_arch *arch)
{
	for (size_t i = 0; i < sketch->n_arches; i++)
		if (sketch->arches[i] == arch)
			return true;
	return false;
}

/* The native arch, then the recorded ones in the order of abi/'s table, so that recordings' order does not show. */
static int set_arches(struct cg_generation *gen, struct cg_err *err)
{
	struct cg_sketch *sketch = gen->sketch;
	const struct cg_arch *native = gen->options->native ? gen->options->native : cg_arch_native();
	bool is_seen[CG_N_ARCHES_MAX] = { false };
	const struct cg_arch *first = NULL;

	for (size_t i = 0; i < gen->summary->calls.n_items; i++) {
		const struct cg_arch *arch = gen->summary->calls.items[i].call.arch;

		if (arch)
			is_seen[cg_arch_index(arch)] = true;
	}
	for (size_t i = 0; i < cg_n_arches; i++) {
		if (!is_seen[i])
			continue;
		if (first && first->is_big_endian != cg_arches[i].is_big_endian)
			return cg_err_set(err, -EDOM, NULL,
					  "the recordings hold %s and %s, whose byte orders differ: "
					  "no filter can serve both; generate one profile for each",
					  first->name, cg_arches[i].name);
		first = first ? first : &cg_arches[i];
	}
	if (!first || first->is_big_endian == native->is_big_endian)
		sketch->arches[sketch->n_arches++] = native;
	for (size_t i = 0; i < cg_n_arches; i++)
		if (is_seen[i] && !has_arch(sketch, &cg_arches[i]))
			sketch->arches[sketch->n_arches++] = &cg_arches[i];
	return 0;
}

/* Needs. */

static int add_needs(struct cg_generation *gen)
{
	for (size_t i = 0; i < cg_n_needs; i++) {
		const struct cg_need *need = &cg_needs[i];
		struct cg_sketch_call *call;

		if (cg_generation_is_without(gen, need->set) || cg_generation_is_without(gen, need->call) ||
		    !cg_sketch_has_name(gen->sketch, need->call))
			continue;
		call = cg_sketch_put(gen->sketch, cg_syscall_find(need->call));
		if (!call)
			return -ENOMEM;
		call->is_open |= call->conditions.n_items == 0;
		if (cg_sketch_add_reason(gen->sketch, call, CG_REASON_NEED, need->set, "%s", need->reason) < 0)
			return -ENOMEM;
	}
	return 0;
}

/* Bases: policies name calls by arch and number; a sketch by name, so the same rule for two arches is one here. */

static bool has_base_reason(const struct cg_sketch_call *call, const char *base)
{
	for (size_t i = 0; i < call->reasons.n_items; i++)
		if (call->reasons.items[i].kind == CG_REASON_BASE && strcmp(call->reasons.items[i].name, base) == 0)
			return true;
	return false;
}

static int add_base_rule(struct cg_generation *gen, const struct cg_generate_base *base, const struct cg_rule *rule)
{
	const struct cg_syscall *found = cg_syscall_of_nr(rule->arch, rule->nr);
	const char *origin = cg_arena_format(&gen->sketch->arena, "base %s", base->name);
	struct cg_sketch_call *call;

	if (!origin)
		return -ENOMEM;
	if (!found || !cg_action_is_permit(rule->action) || !cg_sketch_has_name(gen->sketch, found->name))
		return 0;
	call = cg_sketch_put(gen->sketch, found);
	if (!call)
		return -ENOMEM;
	if (call->action != CG_ACTION_ALLOW) /* clone3, refused on purpose */
		return 0;
	if (rule->n_comparisons == 0)
		call->is_open = true;
	else if (cg_sketch_add_condition(gen->sketch, call, rule->comparisons, rule->n_comparisons, origin) < 0)
		return -ENOMEM;
	gen->is_clone_open_by_base |= rule->n_comparisons == 0 && strcmp(found->name, "clone") == 0;
	if (has_base_reason(call, base->name))
		return 0;
	return cg_sketch_add_reason(gen->sketch, call, CG_REASON_BASE, base->name, "needed by the base %s", base->name);
}

static int add_bases(struct cg_generation *gen)
{
	int r = 0;

	for (size_t b = 0; b < gen->options->n_bases; b++) {
		const struct cg_generate_base *base = &gen->options->bases[b];

		for (size_t i = 0; r == 0 && i < base->policy->rules.n_items; i++)
			r = add_base_rule(gen, base, &base->policy->rules.items[i]);
	}
	return r;
}

/* Newer forms of what is there: repeated until a pass adds nothing. */

static int add_successor(struct cg_generation *gen, const struct cg_successor *row, bool *ret_is_added)
{
	const struct cg_sketch_call *from = cg_sketch_find(gen->sketch, row->call);
	struct cg_sketch_call *call;

	/* A refused call has no successor, and one open under conditions would hand on more than it has. */
	if (!from || !from->is_open || cg_sketch_find(gen->sketch, row->successor) ||
	    !cg_sketch_has_name(gen->sketch, row->successor) || cg_generation_is_without(gen, row->successor))
		return 0;
	call = cg_sketch_put(gen->sketch, cg_syscall_find(row->successor));
	if (!call)
		return -ENOMEM;
	call->is_open = true;
	*ret_is_added = true;
	return cg_sketch_add_reason(gen->sketch, call, CG_REASON_SUCCESSOR, row->call, "newer form of %s", row->call);
}

static int add_successors(struct cg_generation *gen)
{
	bool is_added = !cg_generation_is_without(gen, CG_SET_SUCCESSORS);

	while (is_added) {
		is_added = false;
		for (size_t i = 0; i < cg_n_successors; i++)
			if (add_successor(gen, &cg_successors[i], &is_added) < 0)
				return -ENOMEM;
	}
	return 0;
}

/* Refusals. */

static bool refuses_tier(const struct cg_generation *gen, enum cg_tier tier)
{
	switch (gen->options->default_kind) {
	case CG_GENERATE_ENOSYS:
		return tier != CG_TIER_NONE;
	case CG_GENERATE_LOG:
		return tier == CG_TIER_CRITICAL;
	case CG_GENERATE_EPERM:
	case CG_GENERATE_KILL:
		break;
	}
	return false;
}

static int refuse_dangerous(struct cg_generation *gen)
{
	if (cg_generation_is_without(gen, CG_SET_DANGEROUS))
		return 0;
	for (size_t i = 0; i < cg_n_syscalls; i++) {
		const struct cg_syscall *found = &cg_syscalls[i];
		struct cg_sketch_call *call;

		call = cg_sketch_find(gen->sketch, found->name);
		if (!refuses_tier(gen, found->tier) || (call && !call->is_left_out) ||
		    !cg_sketch_has_name(gen->sketch, found->name) || cg_generation_is_without(gen, found->name))
			continue;
		call = cg_sketch_put(gen->sketch, found);
		if (!call)
			return -ENOMEM;
		call->action = cg_action_errno(EPERM);
		call->is_open = true;
		call->is_left_out = false;
		call->reasons.n_items = 0;
		if (cg_sketch_add_reason(gen->sketch, call, CG_REASON_DANGER, cg_tier_name(found->tier), "%s risk: %s",
					 cg_tier_name(found->tier), found->reason) < 0)
			return -ENOMEM;
	}
	return 0;
}

static int note_dangerous(struct cg_generation *gen)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < gen->sketch->calls.n_items; i++) {
		const struct cg_sketch_call *call = &gen->sketch->calls.items[i];

		if (call->call->tier == CG_TIER_NONE || call->action != CG_ACTION_ALLOW || !call->is_open)
			continue;
		r = cg_sketch_note(gen->sketch,
				   call->call->tier == CG_TIER_MEDIUM ? CG_SEVERITY_NOTE : CG_SEVERITY_WARNING,
				   "dangerous-call", "see that the program really needs it",
				   "%s is allowed (%s), and is of %s risk: %s", call->call->name,
				   call->reasons.items[0].text, cg_tier_name(call->call->tier), call->call->reason);
	}
	return r;
}

static int finish(struct cg_generation *gen)
{
	cg_sketch_finish(gen->sketch);
	return note_dangerous(gen);
}

int cg_generate(const struct cg_summary *summary, const struct cg_generate_options *options,
		struct cg_sketch *ret_sketch, struct cg_err *err)
{
	/* clang-format off */
	static int (*const steps[])(struct cg_generation *gen) = {
		cg_generate_seen, cg_generate_refuse_clone3, add_needs, add_bases, add_successors,
		cg_generate_guard_clone, cg_generate_lower, refuse_dangerous, cg_generate_subtract, finish,
	};
	/* clang-format on */
	struct cg_sketch sketch = { .default_action = default_action(options->default_kind) };
	struct cg_generation gen = { .summary = summary, .options = options, .sketch = &sketch };
	int r = check_without(options, err);

	if (r == 0)
		r = check_allowed(options, err);
	if (r == 0)
		r = set_arches(&gen, err);
	if (r < 0)
		return r;

	for (size_t i = 0; r == 0 && i < CG_N_ITEMS(steps); i++)
		r = steps[i](&gen);
	if (r < 0) {
		cg_sketch_done(&sketch);
		return cg_err_memory(err);
	}
	*ret_sketch = sketch;
	return 0;
}
