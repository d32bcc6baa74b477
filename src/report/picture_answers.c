/*
 * Which answers the calls of an architecture can get: what the picture of the flow shows.
 *
 * In: a diagram (check.h), which asks the architecture first, the number second, and then the arguments. Out: for every
 * call that has a name what is left of the diagram once its number is known: a leaf, then the number alone has decided;
 * or more, and then every leaf below is an answer that some arguments get. Nothing is tried out.
 */
#include "report/picture.h"

#include "base/cleanup.h"
#include "base/vec.h"

#include <stdlib.h>
#include <string.h>

/* The leaves below one root, as a set of actions. */
struct leaves {
	const struct cg_meanings *meanings;
	unsigned char *seen; /* a bit for each node of the set */
	CG_VEC(uint32_t) touched; /* nodes whose bit is set, so that clearing costs no more than setting did */
	CG_VEC(uint32_t) actions;
};

static bool see(struct leaves *leaves, uint32_t root)
{
	unsigned char bit = (unsigned char)(1U << (root & 7));

	if (leaves->seen[root >> 3] & bit)
		return true;
	leaves->seen[root >> 3] |= bit;
	return false;
}

/* Two nodes are one only if they are equal, so every action is met once. */
static int find_leaves(struct leaves *leaves, uint32_t root)
{
	for (size_t i = 0; i < leaves->touched.n_items; i++)
		leaves->seen[leaves->touched.items[i] >> 3] = 0;
	leaves->touched.n_items = leaves->actions.n_items = 0;
	see(leaves, root);
	if (cg_vec_push(&leaves->touched, root) < 0)
		return -ENOMEM;
	for (size_t i = 0; i < leaves->touched.n_items; i++) {
		struct cg_meaning_view view = cg_meaning_look(leaves->meanings, leaves->touched.items[i]);

		if (view.level == CG_LEVEL_LEAF) {
			if (cg_vec_push(&leaves->actions, view.action) < 0)
				return -ENOMEM;
			continue;
		}
		if ((!see(leaves, view.low) && cg_vec_push(&leaves->touched, view.low) < 0) ||
		    (!see(leaves, view.high) && cg_vec_push(&leaves->touched, view.high) < 0))
			return -ENOMEM;
	}
	return 0;
}

/* What is left of the diagram for a token and a number. */
static uint32_t follow(const struct cg_meanings *meanings, uint32_t root, uint32_t token, uint32_t nr)
{
	for (;;) {
		struct cg_meaning_view view = cg_meaning_look(meanings, root);
		uint32_t word = view.level < CG_LEVEL_NR ? token : nr;

		if (view.level >= CG_LEVEL_ARGS)
			return root;
		root = word >> (31 - view.level % 32) & 1 ? view.high : view.low;
	}
}

static void add_answer(struct cg_flow_answers *answers, uint32_t action, const char *name)
{
	struct cg_flow_answer *answer = answers->items;
	struct cg_flow_answer *end = answers->items + answers->n_items;

	while (answer < end && answer->action != action)
		answer++;
	if (answer == end) {
		if (answers->n_items == CG_FLOW_ANSWERS_LIMIT) {
			answers->n_further += !!name;
			return;
		}
		*answer = (struct cg_flow_answer){ .action = action };
		answers->n_items++;
	}
	if (!name)
		return;
	if (answer->n_names < CG_FLOW_NAMES_LIMIT)
		answer->names[answer->n_names++] = name;
	answer->n_calls++;
}

static enum cg_flow_fate fate_of(const struct leaves *leaves)
{
	bool is_made = false, is_asked = false, is_refused = false;

	for (size_t i = 0; i < leaves->actions.n_items; i++) {
		uint32_t action = leaves->actions.items[i];

		if (cg_action_is_permit(action))
			is_made = true;
		else if (cg_action_row(action)->is_denial)
			is_refused = true;
		else
			is_asked = true;
	}
	if (is_made)
		return is_asked || is_refused ? CG_FLOW_CONDITIONAL : CG_FLOW_OPEN;
	return is_asked ? CG_FLOW_ASKED : CG_FLOW_CLOSED;
}

static int add_call(struct cg_flow_arch *flow, struct leaves *leaves, uint32_t root, const struct cg_syscall *call)
{
	int r = find_leaves(leaves, root);

	if (r < 0)
		return r;
	flow->n_calls++;
	flow->n[call->category][call->tier][fate_of(leaves)]++;
	if (leaves->actions.n_items == 1) {
		add_answer(&flow->by_number, leaves->actions.items[0], call->name);
		return 0;
	}
	flow->n_by_arguments++;
	for (size_t i = 0; i < leaves->actions.n_items; i++)
		add_answer(&flow->by_arguments, leaves->actions.items[i], call->name);
	return 0;
}

/*
 * Numbers without a name: those between and behind the named ones. Of a gap one number stands for all that behave
 * alike; a filter could tell them apart, and then each end of the gap is asked, and the largest number of the line.
 */
static int add_unnamed(struct cg_flow_arch *flow, struct leaves *leaves, uint32_t root)
{
	const struct cg_arch *arch = flow->arch;
	bool is_alone = cg_arch_of_call(&(struct cg_call){ .arch = arch->token, .nr = CG_X32_BIT }) == arch;
	uint32_t last = arch->is_x32 ? CG_NR_SKIPPED - 1 : is_alone ? UINT32_MAX : CG_X32_BIT - 1;

	for (size_t i = 0; i <= arch->n_rows; i++) {
		uint32_t before = i ? arch->rows[i - 1].nr : arch->is_x32 ? CG_X32_BIT - 1 : UINT32_MAX;
		uint32_t after = i < arch->n_rows ? arch->rows[i].nr : last + 1;
		uint32_t ends[2] = { before + 1, after - 1 };

		for (size_t k = 0; before + 1 != after && k < 2; k++) {
			int r = find_leaves(leaves, follow(leaves->meanings, root, arch->token, ends[k]));

			if (r < 0)
				return r;
			for (size_t j = 0; j < leaves->actions.n_items; j++)
				add_answer(&flow->unnamed, leaves->actions.items[j], NULL);
		}
	}
	return 0;
}

/* The most permissive first; of equals by data. So the order of calls does not show. */
static int compare_answers(const void *left, const void *right)
{
	const struct cg_flow_answer *a = left, *b = right;
	int order = cg_action_compare(b->action, a->action);

	return order ? order : a->action < b->action ? -1 : a->action > b->action;
}

static void sort_answers(struct cg_flow_answers *answers)
{
	qsort(answers->items, answers->n_items, sizeof(answers->items[0]), compare_answers);
}

static int add_arch(struct cg_flow_arch *flow, struct leaves *leaves, uint32_t root)
{
	const struct cg_arch *arch = flow->arch;
	int r = 0;

	for (size_t i = 0; r == 0 && i < arch->n_rows; i++) {
		const struct cg_syscall_row *row = &arch->rows[i];

		r = add_call(flow, leaves, follow(leaves->meanings, root, arch->token, row->nr), &cg_syscalls[row->call]);
	}
	if (r == 0)
		r = add_unnamed(flow, leaves, root);
	sort_answers(&flow->by_number);
	sort_answers(&flow->by_arguments);
	sort_answers(&flow->unnamed);
	return r;
}

int cg_flow_of_meaning(const struct cg_meanings *meanings, uint32_t root, const struct cg_arch *const *arches,
		       size_t n_arches, uint32_t bad_arch_action, struct cg_flow *ret_flow, struct cg_err *err)
{
	CG_FREE unsigned char *seen = calloc(cg_meanings_size(meanings) / 8 + 1, 1);
	CG_FREE struct cg_flow *flow = calloc(1, sizeof(*flow));
	struct leaves leaves = { .meanings = meanings, .seen = seen };
	int r = seen && flow ? 0 : -ENOMEM;

	for (size_t i = 0; r == 0 && i < n_arches && i < CG_N_ARCHES_MAX; i++) {
		flow->arches[i].arch = arches[i];
		r = add_arch(&flow->arches[i], &leaves, root);
	}
	cg_vec_done(&leaves.touched);
	cg_vec_done(&leaves.actions);
	if (r < 0)
		return cg_err_memory(err);
	flow->n_arches = n_arches < CG_N_ARCHES_MAX ? n_arches : CG_N_ARCHES_MAX;
	flow->bad_arch_action = bad_arch_action;
	*ret_flow = *flow;
	return 0;
}

int cg_flow_of_policy(const struct cg_policy *policy, struct cg_flow *ret_flow, struct cg_err *err)
{
	struct cg_meanings *meanings = cg_meanings_new(NULL);
	const struct cg_arch *arches[CG_N_ARCHES_MAX];
	size_t n_arches = 0;
	uint32_t root;
	int r;

	if (!meanings)
		return cg_err_memory(err);
	if (cg_policy_has_arch(policy, cg_arch_native()))
		arches[n_arches++] = cg_arch_native();
	for (size_t i = 0; i < policy->n_arches; i++)
		if (policy->arches[i] != cg_arch_native())
			arches[n_arches++] = policy->arches[i];
	r = cg_meaning_of_policy(meanings, policy, &root, err);
	if (r == 0)
		r = cg_meaning_of_effect(meanings, root, &root, err);
	if (r == 0)
		r = cg_flow_of_meaning(meanings, root, arches, n_arches, policy->bad_arch_action, ret_flow, err);
	cg_meanings_free(meanings);
	return r;
}
