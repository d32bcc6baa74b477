/*
 * See stack.h. Which of two ways was gone does not matter for what is right: what comes out is held against the stack's
 * meaning, as the gate holds a compiled filter against its policy.
 *
 * Joined, the older filter is copied for each answer of the newer one beside which it has a say. Most answers need
 * none, and only the checker can tell: so first no copy is made, and each call on which the program is then wrong names
 * one answer more that has to ask.
 */
#include "gate/stack.h"

#include "abi/call_text.h"
#include "base/cleanup.h"
#include "base/vec.h"
#include "filter/stack.h"

#include <errno.h>

struct stack {
	const struct cg_filter *const *filters; /* the newest first */
	size_t n_filters;
	const struct cg_gate_options *options;
	struct cg_meanings *meanings;
	struct cg_err *err;
};

struct asked {
	CG_VEC(uint32_t) list;
};

static bool is_unproven(const struct stack *stack)
{
	return stack->options && stack->options->is_unproven;
}

static int find_meaning(const struct stack *stack, size_t n_filters, uint32_t *ret_root)
{
	uint32_t *roots = calloc(n_filters + 1, sizeof(*roots));
	int r = roots ? 0 : cg_err_memory(stack->err);

	for (size_t i = 0; r == 0 && i < n_filters; i++)
		r = cg_meaning_of_filter(stack->meanings, stack->filters[i], &roots[i], stack->err);
	if (r == 0)
		r = cg_meaning_of_stack(stack->meanings, roots, n_filters, ret_root, stack->err);
	free(roots);
	return r;
}

/* ---- by a policy */

/* *ret_filter stays where it was when no policy says it. What is kept is what the kernel does: see of_effect. */
static int try_policy(const struct stack *stack, uint32_t wanted, struct cg_filter **ret_filter)
{
	struct cg_gate_options options = stack->options ? *stack->options : (struct cg_gate_options){ 0 };
	struct cg_policy *policy = NULL;
	struct cg_filter *filter = NULL;
	uint32_t effect, got;
	int r = cg_meaning_of_effect(stack->meanings, wanted, &effect, stack->err);

	if (r == 0)
		r = cg_meaning_to_policy(stack->meanings, effect, &policy, NULL);
	options.is_unproven = true; /* it is proven here, against more than its policy */
	options.ret_proof = NULL;
	options.weights = NULL;
	options.n_weights = 0;
	if (r == 0)
		r = cg_gate_compile(policy, &options, &filter, NULL);
	cg_policy_free(policy);
	if (r == 0)
		r = cg_meaning_of_filter(stack->meanings, filter, &got, NULL);
	if (r == 0)
		r = cg_meaning_of_effect(stack->meanings, got, &got, NULL);
	if (r == 0 && got == effect) {
		*ret_filter = filter;
		return 0;
	}
	cg_filter_free(filter);
	return r == -ENOMEM ? cg_err_memory(stack->err) : 0;
}

/* ---- by joining */

static int is_different(const struct stack *stack, uint32_t wanted, const struct cg_filter *joined,
			struct cg_witness *ret_witness)
{
	uint32_t got;
	int r = cg_meaning_of_filter(stack->meanings, joined, &got, stack->err);

	return r < 0 ? r : cg_meaning_differ(stack->meanings, wanted, got, ret_witness);
}

/* The call shows that the newer filter's answer to it has to ask; -EBADE where it asks already. */
static int ask_more(const struct stack *stack, const struct cg_filter *newer, const struct cg_witness *witness,
		    struct asked *asked)
{
	CG_CLEANUP(cg_text_done) struct cg_text call = { 0 };
	uint32_t answer = cg_filter_lower(cg_filter_run(newer, &witness->call, NULL), CG_ACTION_ALLOW);
	bool is_asked = false;

	for (size_t i = 0; i < asked->list.n_items; i++)
		is_asked |= asked->list.items[i] == answer;
	if (is_asked) {
		cg_call_format(&call, &witness->call);
		return cg_err_set(stack->err, -EBADE, NULL,
				  "a bug in callgate: the joined filter does not mean its stack: %s",
				  cg_text_get(&call));
	}
	return cg_vec_push(&asked->list, answer) < 0 ? cg_err_memory(stack->err) : 0;
}

static int join_two(const struct stack *stack, const struct cg_filter *newer, const struct cg_filter *older,
		    uint32_t wanted, struct cg_filter **ret_filter)
{
	struct asked asked = { 0 };
	struct cg_filter *joined = NULL;
	struct cg_witness witness;
	int r;

	do {
		struct cg_filter_answers answers = { asked.list.items, asked.list.n_items };

		joined = cg_filter_free(joined);
		r = cg_filter_join(newer, older, &answers, &joined, stack->err);
		if (r == 0)
			r = is_different(stack, wanted, joined, &witness);
		if (r == 1)
			r = ask_more(stack, newer, &witness, &asked) < 0 ? stack->err->code : 1;
	} while (r == 1);
	cg_vec_done(&asked.list);
	if (r < 0)
		cg_filter_free(joined);
	else
		*ret_filter = joined;
	return r;
}

/* A single filter, or the top of the stack: ALLOW's data goes, as the kernel lets go of it. */
static int join_all(const struct stack *stack, struct cg_filter **ret_filter)
{
	static const struct sock_filter allow[] = { BPF_STMT(BPF_RET | BPF_K, CG_ACTION_ALLOW) };
	struct cg_filter *so_far = cg_filter_new(allow, 1, stack->filters[0]->is_big_endian);
	int r = so_far ? 0 : cg_err_memory(stack->err);

	for (size_t i = 0; r == 0 && i < stack->n_filters; i++) {
		struct cg_filter *joined = NULL;
		uint32_t wanted;

		if (!is_unproven(stack))
			r = find_meaning(stack, i + 1, &wanted);
		if (r == 0 && is_unproven(stack))
			r = cg_filter_join(so_far, stack->filters[i], NULL, &joined, stack->err);
		else if (r == 0)
			r = join_two(stack, so_far, stack->filters[i], wanted, &joined);
		if (r == 0) {
			cg_filter_free(so_far);
			so_far = joined;
		}
	}
	if (r == 0)
		r = cg_filter_check(so_far, stack->err);
	if (r < 0)
		cg_filter_free(so_far);
	else
		*ret_filter = so_far;
	return r;
}

/* ---- either */

static int make(struct stack *stack, struct cg_filter **ret_filter)
{
	struct cg_filter *filter = NULL;
	uint32_t wanted;
	int r = 0;

	if (!is_unproven(stack)) {
		r = find_meaning(stack, stack->n_filters, &wanted);
		if (r == 0)
			r = try_policy(stack, wanted, &filter);
	}
	if (r == 0 && !filter)
		r = join_all(stack, &filter);
	if (r < 0)
		return r;
	if (stack->options && stack->options->ret_proof)
		*stack->options->ret_proof = is_unproven(stack) ? CG_PROOF_NONE : CG_PROOF_PROVEN;
	*ret_filter = filter;
	return 0;
}

int cg_gate_stack(const struct cg_filter *const *filters, size_t n_filters, const struct cg_gate_options *options,
		  struct cg_filter **ret_filter, struct cg_err *err)
{
	struct cg_err own = { 0 };
	struct stack stack = { filters, n_filters, options, .err = err ? err : &own };
	int r;

	if (n_filters == 0)
		return cg_err_set(err, -EINVAL, NULL, "a stack without a filter");
	for (size_t i = 1; i < n_filters; i++)
		if (filters[i]->is_big_endian != filters[0]->is_big_endian)
			return cg_err_set(err, -EDOM, NULL, "filters for machines of two byte orders have no stack");
	stack.meanings = cg_meanings_new(options ? &options->budget : NULL);
	if (!stack.meanings)
		return cg_err_memory(err);
	r = make(&stack, ret_filter);
	cg_meanings_free(stack.meanings);
	return r;
}
