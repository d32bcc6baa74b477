/*
 * The rules of one call. In: rules, in the policy's order. Out: tests of the arguments that end in the action which
 * policy/eval.c would choose.
 *
 * The first unconditional rule decides alone. Conditional ones are put in order of precedence, most restrictive first,
 * and then the first that matches decides, which is what two forms can say:
 *
 *   merged   one diagram of all rules (diagram.h): no word is asked twice, values lie in search trees. It can explode.
 *   linear   one rule after the other, one comparison after the other: as long as the rules are, and never longer.
 *
 * Merged is tried first and dropped when it costs too much work or is much longer than the linear form would be.
 */
#include "compile/lower.h"

#include "compile/compare.h"

#include <stdlib.h>

/* Merged may be longer than linear, as it is faster: up to this many times, and some tests. */
#define MERGED_FACTOR 4
#define MERGED_SLACK 256

struct call {
	struct cg_lower *lower;
	const struct cg_rule **rules;
	size_t n_rules;
	bool is_wide;
	bool is_newer; /* than the policy: another answer where no rule matches */
	CG_VEC(uint32_t) diagrams;            /* in order of precedence */
	CG_VEC(struct cg_interval) intervals; /* of one argument, of rules with one action */
};

static int compare_precedence(const void *left, const void *right)
{
	const struct cg_rule *a = *(const struct cg_rule *const *)left, *b = *(const struct cg_rule *const *)right;
	int order = cg_action_compare(a->action, b->action);

	/* Rules lie in one array: the lower address is the earlier rule. */
	return order ? order : (a > b) - (a < b);
}

static uint32_t on_nothing(const struct call *call)
{
	return call->is_newer ? call->lower->on_newer : call->lower->on_default;
}

/* ---- merged */

static int compare_intervals(const void *left, const void *right)
{
	const struct cg_interval *a = left, *b = right;

	return a->least != b->least ? (a->least > b->least) - (a->least < b->least) :
				      (a->most > b->most) - (a->most < b->most);
}

/* Sorted, and what overlaps or touches joined. */
static size_t join_intervals(struct cg_interval *intervals, size_t n_intervals)
{
	size_t n_joined = 0;

	if (n_intervals)
		qsort(intervals, n_intervals, sizeof(*intervals), compare_intervals);
	for (size_t i = 0; i < n_intervals; i++) {
		struct cg_interval *last = n_joined ? &intervals[n_joined - 1] : NULL;

		if (last && (last->most == UINT64_MAX || intervals[i].least <= last->most + 1)) {
			if (last->most < intervals[i].most)
				last->most = intervals[i].most;
		} else {
			intervals[n_joined++] = intervals[i];
		}
	}
	return n_joined;
}

/* Is the rule a plain set of values of one argument? Many such rules with one action are one set. */
static bool is_set_of(const struct call *call, const struct cg_rule *rule, unsigned int arg)
{
	struct cg_interval intervals[CG_COMPARE_INTERVALS];

	return rule->n_comparisons == 1 && rule->comparisons[0].arg == arg &&
	       cg_compare_intervals(&rule->comparisons[0], call->is_wide, intervals) >= 0;
}

static int add_sets(struct call *call, const struct cg_rule **rules, size_t n_rules, unsigned int arg, uint32_t action)
{
	struct cg_interval intervals[CG_COMPARE_INTERVALS];
	size_t n_joined;

	call->intervals.n_items = 0;
	for (size_t i = 0; i < n_rules; i++) {
		int n_intervals;

		if (!is_set_of(call, rules[i], arg))
			continue;
		n_intervals = cg_compare_intervals(&rules[i]->comparisons[0], call->is_wide, intervals);
		for (int j = 0; j < n_intervals; j++)
			if (cg_vec_push(&call->intervals, intervals[j]) < 0)
				return -ENOMEM;
	}
	if (call->intervals.n_items == 0)
		return 0;
	n_joined = join_intervals(call->intervals.items, call->intervals.n_items);
	return cg_vec_push(&call->diagrams, cg_diagram_intervals(&call->lower->diagram, arg, call->is_wide,
								 call->intervals.items, n_joined, action));
}

static uint32_t rule_diagram(const struct call *call, const struct cg_rule *rule, uint32_t action)
{
	struct cg_diagram *diagram = &call->lower->diagram;
	uint32_t result = action;

	for (unsigned int i = rule->n_comparisons; i-- > 0;)
		result = cg_diagram_and(diagram, cg_compare_diagram(diagram, &rule->comparisons[i], call->is_wide),
					result);
	return result;
}

/* Neighbours in precedence with one action: their order among themselves does not matter. */
static int add_run(struct call *call, const struct cg_rule **rules, size_t n_rules)
{
	uint32_t action = cg_diagram_action(&call->lower->diagram, rules[0]->action);

	for (unsigned int arg = 0; arg < 6; arg++)
		if (add_sets(call, rules, n_rules, arg, action) < 0)
			return -ENOMEM;

	for (size_t i = 0; i < n_rules && !call->lower->diagram.error; i++) {
		if (rules[i]->n_comparisons == 1 && is_set_of(call, rules[i], rules[i]->comparisons[0].arg))
			continue;
		if (cg_vec_push(&call->diagrams, rule_diagram(call, rules[i], action)) < 0)
			return -ENOMEM;
	}
	return 0;
}

/* By halves, so that n small diagrams cost n log n. */
static uint32_t merge(struct call *call)
{
	size_t n = call->diagrams.n_items;
	uint32_t *diagrams = call->diagrams.items;

	while (n > 1) {
		for (size_t i = 0; i < n; i += 2)
			diagrams[i / 2] =
				i + 1 < n ? cg_diagram_first(&call->lower->diagram, diagrams[i], diagrams[i + 1]) :
					    diagrams[i];
		n = (n + 1) / 2;
	}
	return n ? diagrams[0] : CG_DIAGRAM_NOTHING;
}

static int build_diagram(struct call *call, uint32_t *ret_root)
{
	struct cg_lower *lower = call->lower;
	size_t left = CG_LOWER_WORK - lower->work;
	size_t begin = 0;

	cg_diagram_begin(&lower->diagram, left < CG_LOWER_CALL_WORK ? left : CG_LOWER_CALL_WORK);
	while (begin < call->n_rules && !lower->diagram.error) {
		size_t end = begin + 1;

		while (end < call->n_rules && call->rules[end]->action == call->rules[begin]->action)
			end++;
		if (add_run(call, call->rules + begin, end - begin) < 0)
			return -ENOMEM;
		begin = end;
	}
	*ret_root = merge(call);
	lower->work += lower->diagram.work < left ? lower->diagram.work : left;
	return lower->diagram.error;
}

/* ---- both forms, each with its own room in the dag */

static void begin_form(struct cg_dag *dag)
{
	dag->limit = dag->nodes.n_items + CG_LOWER_CALL_NODES;
	if (dag->limit > CG_LOWER_NODES)
		dag->limit = CG_LOWER_NODES;
}

/* 0 and a node; 0 and CG_DAG_NONE when this form is too long; -ENOMEM. */
static int end_form(struct cg_dag *dag, uint32_t node, uint32_t *ret_node)
{
	if (dag->error == -ENOMEM)
		return -ENOMEM;
	*ret_node = dag->error ? CG_DAG_NONE : node;
	dag->error = 0;
	return 0;
}

static int lower_merged(struct call *call, uint32_t *ret_node)
{
	struct cg_lower *lower = call->lower;
	uint32_t root = CG_DIAGRAM_NONE, node;
	int r = build_diagram(call, &root);

	if (r == -E2BIG) {
		*ret_node = CG_DAG_NONE;
		return 0;
	}
	if (r < 0)
		return r;
	begin_form(&lower->dag);
	node = cg_search_diagram(&lower->maker, &lower->diagram, root, on_nothing(call), CG_DAG_NONE,
				 &lower->memos[call->is_newer]);
	return end_form(&lower->dag, node, ret_node);
}

static int lower_linear(struct call *call, uint32_t *ret_node)
{
	struct cg_lower *lower = call->lower;
	uint32_t next = on_nothing(call);

	begin_form(&lower->dag);
	for (size_t i = call->n_rules; i-- > 0 && !lower->dag.error;) {
		const struct cg_rule *rule = call->rules[i];
		uint32_t node = cg_dag_ret(&lower->dag, rule->action);

		for (unsigned int j = rule->n_comparisons; j-- > 0;) {
			uint32_t diagram;

			cg_diagram_begin(&lower->diagram, SIZE_MAX);
			diagram = cg_compare_diagram(&lower->diagram, &rule->comparisons[j], call->is_wide);
			if (lower->diagram.error)
				return lower->diagram.error;
			node = cg_search_diagram(&lower->maker, &lower->diagram, diagram, next, node, NULL);
		}
		next = node;
	}
	return end_form(&lower->dag, next, ret_node);
}

/* About how many tests the linear form would have. */
static size_t estimate_linear(const struct call *call)
{
	size_t n_tests = 0;

	for (size_t i = 0; i < call->n_rules; i++)
		n_tests += call->rules[i]->n_comparisons * (call->is_wide ? 2 : 1);
	return n_tests;
}

static int count(const struct cg_dag *dag, uint32_t node, size_t *ret_n_nodes)
{
	*ret_n_nodes = SIZE_MAX;
	return node == CG_DAG_NONE ? 0 : cg_dag_count(dag, node, ret_n_nodes);
}

/* The better of the two forms; CG_DAG_NONE when both are too long. */
static int choose_form(struct call *call, uint32_t *ret_node, size_t *ret_n_nodes)
{
	const struct cg_dag *dag = &call->lower->dag;
	size_t n_linear = estimate_linear(call), n_merged;
	uint32_t linear = CG_DAG_NONE;
	int r = lower_merged(call, ret_node);

	if (r < 0 || (r = count(dag, *ret_node, ret_n_nodes)) < 0)
		return r;
	n_merged = *ret_n_nodes;
	if (n_linear > CG_LOWER_CALL_NODES ||
	    (!call->lower->is_small && n_merged != SIZE_MAX && n_merged <= MERGED_FACTOR * n_linear + MERGED_SLACK))
		return 0;

	r = lower_linear(call, &linear);
	if (r < 0 || (r = count(dag, linear, &n_linear)) < 0)
		return r;
	if (n_linear < n_merged && (call->lower->is_small || n_merged > MERGED_FACTOR * n_linear + MERGED_SLACK)) {
		*ret_node = linear;
		*ret_n_nodes = n_linear;
	}
	return 0;
}

static int lower_conditional(struct call *call, uint32_t *ret_node)
{
	struct cg_lower_cost cost = { call->rules[0]->arch, call->rules[0]->nr, call->n_rules, 0 };
	int r;

	qsort(call->rules, call->n_rules, sizeof(*call->rules), compare_precedence);
	r = choose_form(call, ret_node, &cost.n_nodes);
	if (r < 0)
		return r;
	if (*ret_node == CG_DAG_NONE) {
		call->lower->is_too_long = true;
		*ret_node = on_nothing(call);
	}
	return cg_vec_push(&call->lower->costs, cost);
}

uint32_t cg_lower_call(struct cg_lower *lower, const struct cg_rule **rules, size_t n_rules)
{
	struct call call = { .lower = lower, .rules = rules, .n_rules = n_rules };
	uint32_t node = CG_DAG_NONE;
	int r;

	for (size_t i = 0; i < n_rules; i++)
		if (rules[i]->n_comparisons == 0)
			return cg_dag_ret(&lower->dag, rules[i]->action);

	call.is_wide = rules[0]->arch->word_bits == 64;
	call.is_newer = rules[0]->nr >= cg_lower_first_newer(lower->policy, rules[0]->arch);
	r = lower_conditional(&call, &node);
	cg_vec_done(&call.diagrams);
	cg_vec_done(&call.intervals);
	if (r < 0) {
		lower->dag.error = r;
		return CG_DAG_NONE;
	}
	return node;
}
