/*
 * The policy as a whole. In: a policy. Out: tests, arch first, number second, arguments last.
 *
 * Each token of the kernel's (AUDIT_ARCH_*) has one line of 2^32 numbers, cut into ranges that have one answer: the
 * numbers that rules name, and between them what the line says in general. That is the default (or what newer calls
 * get, cg_policy_default()), but for x86_64's token: x32 numbers lie on the same line, and whichever of the two the policy does not have gets the bad-arch action. Plain
 * allows so read nothing but arch and nr, which keeps them in the kernel's action cache.
 */
#include "compile/lower.h"

#include <linux/audit.h>
#include <stdlib.h>

/* What a stretch of a line says where no rule speaks. */
struct stretch {
	uint64_t begin, end; /* end: the first number behind it */
	uint32_t node;
};

struct line {
	struct cg_lower *lower;
	uint32_t token;
	struct stretch stretches[6];
	size_t n_stretches;
	CG_VEC(struct cg_span) spans;
};

/* From `begin` on up to `end`, where `arch` has the numbers; NULL: none of the policy's has. */
static void add_stretch(struct line *line, const struct cg_arch *arch, uint64_t begin, uint64_t end)
{
	struct cg_lower *lower = line->lower;
	uint32_t node = arch ? lower->on_default : lower->on_bad_arch;
	uint64_t newer = arch ? cg_lower_first_newer(lower->policy, arch) : end;

	if (begin < newer)
		line->stretches[line->n_stretches++] = (struct stretch){ begin, newer < end ? newer : end, node };
	if (newer < end)
		line->stretches[line->n_stretches++] =
			(struct stretch){ begin < newer ? newer : begin, end, lower->on_newer };
}

static void begin_line(struct line *line, uint32_t token)
{
	const struct cg_policy *policy = line->lower->policy;
	const struct cg_arch *native = NULL, *x32 = NULL;
	uint64_t end = (uint64_t)UINT32_MAX + 1;

	for (size_t i = 0; i < policy->n_arches; i++) {
		const struct cg_arch *arch = policy->arches[i];

		if (arch->token == token && arch->is_x32)
			x32 = arch;
		else if (arch->token == token)
			native = arch;
	}
	line->token = token;
	line->n_stretches = 0;
	line->spans.n_items = 0;
	if (token != AUDIT_ARCH_X86_64) {
		add_stretch(line, native, 0, end);
		return;
	}
	add_stretch(line, native, 0, CG_X32_BIT);
	add_stretch(line, x32, CG_X32_BIT, CG_NR_SKIPPED);
	add_stretch(line, native, CG_NR_SKIPPED, end);
}

static int add_span(struct line *line, uint64_t first, uint32_t node)
{
	size_t n_items = line->spans.n_items;

	if (n_items && line->spans.items[n_items - 1].child == node)
		return 0;
	return cg_vec_push(&line->spans, (struct cg_span){ (uint32_t)first, node });
}

/* The numbers from `begin` up to `end` that no rule names. */
static int fill(struct line *line, uint64_t begin, uint64_t end)
{
	for (size_t i = 0; i < line->n_stretches; i++) {
		const struct stretch *stretch = &line->stretches[i];
		uint64_t first = begin > stretch->begin ? begin : stretch->begin;

		if (first < end && first < stretch->end && add_span(line, first, stretch->node) < 0)
			return -ENOMEM;
	}
	return 0;
}

/* All rules of one token, sorted. */
static int lower_line(struct line *line, const struct cg_rule **rules, size_t n_rules, uint32_t *ret_node)
{
	struct cg_lower *lower = line->lower;
	uint64_t next_nr = 0;
	size_t begin = 0;

	while (begin < n_rules) {
		uint32_t nr = rules[begin]->nr;
		size_t end = begin + 1;
		uint32_t node;

		while (end < n_rules && rules[end]->nr == nr)
			end++;
		node = cg_lower_call(lower, rules + begin, end - begin);
		if (lower->dag.error)
			return lower->dag.error;
		if (fill(line, next_nr, nr) < 0 || add_span(line, nr, node) < 0)
			return -ENOMEM;
		next_nr = (uint64_t)nr + 1;
		begin = end;
	}
	if (fill(line, next_nr, (uint64_t)UINT32_MAX + 1) < 0)
		return -ENOMEM;

	lower->dag.limit = CG_LOWER_NODES;
	return cg_lower_line(lower, line->token, line->spans.items, line->spans.n_items, ret_node);
}

/* The part of the sorted rules that belongs to a token. */
static size_t find_token(const struct cg_rule **rules, size_t n_rules, uint32_t token, size_t *ret_begin)
{
	size_t begin = 0, end;

	while (begin < n_rules && rules[begin]->arch->token != token)
		begin++;
	for (end = begin; end < n_rules && rules[end]->arch->token == token;)
		end++;
	*ret_begin = begin;
	return end - begin;
}

/* x32 and x86_64 are one token: the first of them in the policy stands for both. */
static bool is_repeated(const struct cg_policy *policy, size_t arch)
{
	for (size_t i = 0; i < arch; i++)
		if (policy->arches[i]->token == policy->arches[arch]->token)
			return true;
	return false;
}

static int lower_arch(struct line *line, const struct cg_rule **rules, size_t n_rules, uint32_t token,
		      uint32_t *ret_node)
{
	size_t begin, n_here = find_token(rules, n_rules, token, &begin);

	begin_line(line, token);
	return lower_line(line, rules + begin, n_here, ret_node);
}

/*
 * A chain of JEQs in the policy's order, which puts the native arch first. x86_64's line is made before all others,
 * wherever it stands: its trees are those that others may lead into.
 */
static int lower_arches(struct line *line, const struct cg_rule **rules, size_t n_rules, uint32_t *ret_root)
{
	struct cg_lower *lower = line->lower;
	const struct cg_policy *policy = lower->policy;
	uint32_t nodes[CG_N_ARCHES_MAX];
	uint32_t root = lower->on_bad_arch;

	for (int is_rest = 0; is_rest <= 1; is_rest++) {
		for (size_t i = 0; i < policy->n_arches; i++) {
			uint32_t token = policy->arches[i]->token;
			int r = 0;

			if ((token != AUDIT_ARCH_X86_64) == is_rest && !is_repeated(policy, i))
				r = lower_arch(line, rules, n_rules, token, &nodes[i]);
			if (r < 0)
				return r;
		}
	}
	for (size_t i = policy->n_arches; i-- > 0;)
		if (!is_repeated(policy, i))
			root = cg_dag_test(&lower->dag, CG_WORD_ARCH, CG_DAG_EQ, policy->arches[i]->token, nodes[i],
					   root);
	*ret_root = root;
	return lower->dag.error;
}

int cg_lower_policy(struct cg_lower *lower, uint32_t *ret_root)
{
	struct line line = { .lower = lower };
	const struct cg_rule **rules = calloc(lower->policy->rules.n_items + 1, sizeof(*rules));
	size_t n_rules;
	int r = -ENOMEM;

	lower->dag.limit = CG_LOWER_NODES;
	lower->maker.dag = &lower->dag;
	lower->maker.is_small = lower->is_small;
	lower->x32_maker = lower->maker;
	lower->on_default = cg_dag_ret(&lower->dag, lower->policy->default_action);
	lower->on_newer = cg_dag_ret(&lower->dag, lower->policy->newer_action);
	lower->on_bad_arch = cg_dag_ret(&lower->dag, lower->policy->bad_arch_action);
	if (rules && !lower->dag.error && cg_diagram_init(&lower->diagram) == 0)
		r = cg_order_rules(lower->policy, rules, &n_rules);
	if (r == 0)
		r = lower_arches(&line, rules, n_rules, ret_root);
	if (r == 0 && lower->is_too_long)
		r = -E2BIG;
	cg_vec_done(&line.spans);
	free(rules);
	return r;
}

void cg_lower_done(struct cg_lower *lower)
{
	cg_dag_done(&lower->dag);
	cg_diagram_done(&lower->diagram);
	cg_vec_done(&lower->memos[0].nodes);
	cg_vec_done(&lower->memos[1].nodes);
	cg_vec_done(&lower->costs);
	cg_vec_done(&lower->first_line.spans);
	cg_vec_done(&lower->first_line.trees);
	cg_tree_maker_done(&lower->maker);
	cg_tree_maker_done(&lower->x32_maker);
}
