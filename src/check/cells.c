/*
 * The short way, for small ones: where nothing but architecture and number decides.
 *
 * In: a policy without comparisons, a filter that loads nothing else than the two words and holds them against
 * constants. Out: are they the same? Every comparison of the filter and every rule of the policy cuts the plane of (arch,
 * number) along a line; in a cell between lines neither can change its answer, so one call of each cell says all. That
 * is as exact as a diagram, and for a dozen calls it costs a tenth: most programs that load a filter have no more.
 *
 * What else a filter does, a list that is long, a difference: those are for diagrams, which name the best witness.
 */
#include "check/cells.h"

#include "policy/eval.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <string.h>

#define RULES_LIMIT 32
#define INSNS_LIMIT 64
#define CUTS_LIMIT 320      /* of one word; rules make two each, instructions up to eight */
#define CELLS_LIMIT 512     /* more are no quicker than diagrams */
#define PERIODS_LIMIT 8     /* JSET: cells that the lowest bit of its mask cuts a word into */

enum word {
	NR,
	ARCH,
	N_WORDS,
};

/* Where cells of a word begin; ascending once they are sorted. */
struct cuts {
	uint32_t starts[CUTS_LIMIT];
	size_t n;
	bool is_full;
};

static void add_cut(struct cuts *cuts, uint64_t start)
{
	if (start > UINT32_MAX)
		return;
	if (cuts->n == CUTS_LIMIT)
		cuts->is_full = true;
	else
		cuts->starts[cuts->n++] = (uint32_t)start;
}

/* A value that stands for itself. */
static void cut_out(struct cuts *cuts, uint32_t value)
{
	add_cut(cuts, value);
	add_cut(cuts, (uint64_t)value + 1);
}

/* In place, each once: so few that qsort(3) would cost more. */
static void sort(struct cuts *cuts)
{
	size_t n_kept = 0;

	for (size_t i = 1; i < cuts->n; i++) {
		uint32_t start = cuts->starts[i];
		size_t j = i;

		for (; j > 0 && cuts->starts[j - 1] > start; j--)
			cuts->starts[j] = cuts->starts[j - 1];
		cuts->starts[j] = start;
	}
	for (size_t i = 0; i < cuts->n; i++)
		if (n_kept == 0 || cuts->starts[n_kept - 1] != cuts->starts[i])
			cuts->starts[n_kept++] = cuts->starts[i];
	cuts->n = n_kept;
}

/* ---- the policy */

static bool cut_by_policy(const struct cg_policy *policy, struct cuts cuts[N_WORDS])
{
	if (policy->rules.n_items > RULES_LIMIT)
		return false;
	for (size_t i = 0; i < policy->rules.n_items; i++) {
		if (policy->rules.items[i].n_comparisons)
			return false;
		cut_out(&cuts[NR], policy->rules.items[i].nr);
	}
	for (size_t i = 0; i < policy->n_arches; i++) {
		cut_out(&cuts[ARCH], policy->arches[i]->token);
		if (policy->has_newer)
			add_cut(&cuts[NR], (uint64_t)policy->newest[i] + 1);
	}
	/* Where x32's numbers begin, and where they end. */
	add_cut(&cuts[NR], CG_X32_BIT);
	add_cut(&cuts[NR], CG_NR_SKIPPED);
	return true;
}

/* ---- the filter */

static bool cut_by_test(struct cuts *cuts, uint16_t op, uint32_t k)
{
	uint32_t period = k & (~k + 1);

	switch (op) {
	case BPF_JEQ:
		cut_out(cuts, k);
		return true;
	case BPF_JGE:
		add_cut(cuts, k);
		return true;
	case BPF_JGT:
		add_cut(cuts, (uint64_t)k + 1);
		return true;
	default: /* JSET: nothing changes within as many values as the lowest bit is worth */
		if (period && (uint64_t)1 << 32 > (uint64_t)period * PERIODS_LIMIT)
			return false;
		for (uint64_t start = 0; period && start <= UINT32_MAX; start += period)
			add_cut(cuts, start);
		return true;
	}
}

/* Hands on what A may hold at an instruction, bits of 1 << enum word. */
static void hand_on(uint8_t *held, size_t pc, uint8_t a)
{
	held[pc] |= a;
}

/* One instruction; false: not one of those that can be judged so. */
static bool cut_by_insn(const struct sock_filter *insn, size_t pc, uint8_t held[INSNS_LIMIT], struct cuts cuts[N_WORDS])
{
	switch (insn->code) {
	case BPF_LD | BPF_W | BPF_ABS:
		if (insn->k != offsetof(struct seccomp_data, nr) && insn->k != offsetof(struct seccomp_data, arch))
			return false;
		hand_on(held, pc + 1, insn->k == offsetof(struct seccomp_data, nr) ? 1 << NR : 1 << ARCH);
		return true;
	case BPF_JMP | BPF_JA:
		hand_on(held, pc + 1 + insn->k, held[pc]);
		return true;
	case BPF_JMP | BPF_JEQ | BPF_K:
	case BPF_JMP | BPF_JGE | BPF_K:
	case BPF_JMP | BPF_JGT | BPF_K:
	case BPF_JMP | BPF_JSET | BPF_K:
		hand_on(held, pc + 1 + insn->jt, held[pc]);
		hand_on(held, pc + 1 + insn->jf, held[pc]);
		for (unsigned int word = 0; word < N_WORDS; word++)
			if (held[pc] & 1 << word && !cut_by_test(&cuts[word], BPF_OP(insn->code), insn->k))
				return false;
		return true;
	default:
		return insn->code == (BPF_RET | BPF_K);
	}
}

static bool cut_by_filter(const struct cg_filter *filter, struct cuts cuts[N_WORDS])
{
	uint8_t held[INSNS_LIMIT] = { 0 };

	if (filter->n_insns > INSNS_LIMIT)
		return false;
	for (size_t pc = 0; pc < filter->n_insns; pc++)
		if (!cut_by_insn(&filter->insns[pc], pc, held, cuts))
			return false;
	return true;
}

/* ---- both */

bool cg_cells_prove(const struct cg_policy *policy, const struct cg_filter *filter)
{
	struct cuts cuts[N_WORDS];

	for (unsigned int word = 0; word < N_WORDS; word++) {
		cuts[word].starts[0] = 0;
		cuts[word].n = 1;
		cuts[word].is_full = false;
	}
	if (!cut_by_policy(policy, cuts) || !cut_by_filter(filter, cuts) || cuts[NR].is_full || cuts[ARCH].is_full)
		return false;
	sort(&cuts[NR]);
	sort(&cuts[ARCH]);
	if (cuts[NR].n * cuts[ARCH].n > CELLS_LIMIT)
		return false;
	for (size_t i = 0; i < cuts[ARCH].n; i++) {
		for (size_t j = 0; j < cuts[NR].n; j++) {
			struct cg_call call = { .arch = cuts[ARCH].starts[i], .nr = cuts[NR].starts[j] };

			if (cg_filter_run(filter, &call, NULL) != cg_policy_eval(policy, &call))
				return false;
		}
	}
	return true;
}
