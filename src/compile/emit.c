/*
 * Backwards emission. In: a graph. Out: a program.
 *
 * The last instruction is written first, children before parents, so that every jump's target is known when the jump
 * is written, and distances are final. Instructions are counted from the program's end: `place` 0 is the last one.
 *
 * A node's code is up to three instructions, each of which can be jumped to: `ld` for whoever comes with another word
 * in A, `and` for whoever has the plain word of a masked test, and the test for whoever has all that is needed. What A
 * holds is the parent's own word, so no analysis of paths is needed: an edge between two tests of one word skips the
 * load.
 *
 * A test reaches 255 instructions. A RET too far away is copied; to anything else a JA is put in between, which then
 * serves all that come near it.
 */
#include "compile/emit.h"

#include <linux/seccomp.h>
#include <stdlib.h>
#include <string.h>

#define REACH 255
#define NOWHERE UINT32_MAX

/* Where a node can be entered. */
enum entry {
	ENTRY_TEST,
	ENTRY_AND,
	ENTRY_LOAD,
	N_ENTRIES,
};

struct node_state {
	uint32_t places[N_ENTRIES]; /* the nearest instruction that leads there, or NOWHERE */
	bool is_needed[N_ENTRIES];
	bool is_visited;
	bool is_ordered;
};

struct emitter {
	const struct cg_dag *dag;
	bool is_big_endian;
	struct node_state *states;        /* one a node */
	CG_VEC(struct sock_filter) insns; /* the program, backwards */
	CG_VEC(uint32_t) order;           /* nodes, children before parents */
	CG_VEC(uint32_t) stack;
};

static const struct cg_dag_node *node_of(const struct emitter *emitter, uint32_t id)
{
	return &emitter->dag->nodes.items[id];
}

/* By which door an edge from a test leads into its child. */
static enum entry entry_of(const struct cg_dag_node *parent, const struct cg_dag_node *child)
{
	if (child->op == CG_DAG_RET)
		return ENTRY_TEST;
	if (child->word != parent->word)
		return ENTRY_LOAD;
	if (child->mask == parent->mask)
		return ENTRY_TEST;
	return parent->mask == UINT32_MAX ? ENTRY_AND : ENTRY_LOAD;
}

/* ---- which nodes, in what order, entered by which doors */

static int visit_child(struct emitter *emitter, const struct cg_dag_node *parent, uint32_t id)
{
	const struct cg_dag_node *child = node_of(emitter, id);
	struct node_state *state = &emitter->states[id];

	state->is_needed[entry_of(parent, child)] = true;
	if (state->is_visited || child->op == CG_DAG_RET)
		return 0;
	return cg_vec_push(&emitter->stack, id);
}

/*
 * Depth first without recursion: a node is left on the stack until its children are in `order`. Of the two children the
 * one put on the stack first comes last in `order`, right before the parent in the program: the way of a test that
 * fails.
 */
static int find_order(struct emitter *emitter, uint32_t root)
{
	if (cg_vec_push(&emitter->stack, root) < 0)
		return -ENOMEM;

	while (emitter->stack.n_items) {
		uint32_t id = emitter->stack.items[emitter->stack.n_items - 1];
		const struct cg_dag_node *node = node_of(emitter, id);
		struct node_state *state = &emitter->states[id];

		if (state->is_visited) {
			emitter->stack.n_items--;
			/* A child of several parents may have been put on the stack more than once. */
			if (state->is_ordered)
				continue;
			state->is_ordered = true;
			if (cg_vec_push(&emitter->order, id) < 0)
				return -ENOMEM;
			continue;
		}
		state->is_visited = true;
		if (visit_child(emitter, node, node->on_false) < 0 || visit_child(emitter, node, node->on_true) < 0)
			return -ENOMEM;
	}
	return 0;
}

/* ---- instructions */

static uint32_t next_place(const struct emitter *emitter)
{
	return (uint32_t)emitter->insns.n_items;
}

static int add(struct emitter *emitter, uint16_t code, uint8_t jt, uint8_t jf, uint32_t k)
{
	if (emitter->insns.n_items >= CG_EMIT_LIMIT)
		return -E2BIG;
	return cg_vec_push(&emitter->insns, (struct sock_filter){ code, jt, jf, k });
}

static uint32_t offset_of(const struct emitter *emitter, unsigned int word)
{
	unsigned int argument_word = word - CG_WORD_ARGS;
	bool is_high = argument_word % 2 == 0;

	if (word == CG_WORD_NR)
		return offsetof(struct seccomp_data, nr);
	if (word == CG_WORD_ARCH)
		return offsetof(struct seccomp_data, arch);
	return (uint32_t)offsetof(struct seccomp_data, args) + 8 * (argument_word / 2) +
	       (is_high != emitter->is_big_endian ? 4 : 0);
}

/* Makes a way to an edge's target that a test can reach once `n_between` more instructions stand in between. */
static int bring_near(struct emitter *emitter, uint32_t id, enum entry entry, uint32_t n_between)
{
	const struct cg_dag_node *node = node_of(emitter, id);
	uint32_t *place = &emitter->states[id].places[entry];
	uint32_t here = next_place(emitter);
	int r;

	if (*place != NOWHERE && here + n_between - *place - 1 <= REACH)
		return 0;
	if (node->op == CG_DAG_RET)
		r = add(emitter, BPF_RET | BPF_K, 0, 0, node->k);
	else
		r = add(emitter, BPF_JMP | BPF_JA, 0, 0, here - *place - 1);
	*place = here;
	return r;
}

/* `and`, and its child right behind it, or a JA to there. */
static int emit_cut(struct emitter *emitter, const struct cg_dag_node *node)
{
	const uint32_t *place = &emitter->states[node->on_true].places[entry_of(node, node_of(emitter, node->on_true))];
	uint32_t here = next_place(emitter);
	int r = 0;

	if (*place != here - 1)
		r = add(emitter, BPF_JMP | BPF_JA, 0, 0, here - *place - 1);
	return r < 0 ? r : add(emitter, BPF_ALU | BPF_AND | BPF_K, 0, 0, node->k);
}

static uint16_t test_code(const struct cg_dag_node *node)
{
	switch (node->op) {
	case CG_DAG_GE:
		return BPF_JMP | BPF_JGE | BPF_K;
	case CG_DAG_SET:
		return BPF_JMP | BPF_JSET | BPF_K;
	default:
		return BPF_JMP | BPF_JEQ | BPF_K;
	}
}

static int emit_test(struct emitter *emitter, const struct cg_dag_node *node)
{
	enum entry true_entry = entry_of(node, node_of(emitter, node->on_true));
	enum entry false_entry = entry_of(node, node_of(emitter, node->on_false));
	const uint32_t *true_place = &emitter->states[node->on_true].places[true_entry];
	const uint32_t *false_place = &emitter->states[node->on_false].places[false_entry];
	uint32_t here;
	int r;

	r = bring_near(emitter, node->on_true, true_entry, 1);
	if (r < 0)
		return r;
	r = bring_near(emitter, node->on_false, false_entry, 0);
	if (r < 0)
		return r;

	here = next_place(emitter);
	return add(emitter, test_code(node), (uint8_t)(here - *true_place - 1), (uint8_t)(here - *false_place - 1),
		   node->k);
}

/* The test; its `and`, if anybody needs it; its `ld`, if anybody needs it. */
static int emit_node(struct emitter *emitter, uint32_t id)
{
	const struct cg_dag_node *node = node_of(emitter, id);
	struct node_state *state = &emitter->states[id];
	int r = node->op == CG_DAG_AND ? emit_cut(emitter, node) : emit_test(emitter, node);

	state->places[ENTRY_TEST] = next_place(emitter) - 1;
	if (r == 0 && node->mask != UINT32_MAX && (state->is_needed[ENTRY_AND] || state->is_needed[ENTRY_LOAD])) {
		state->places[ENTRY_AND] = next_place(emitter);
		r = add(emitter, BPF_ALU | BPF_AND | BPF_K, 0, 0, node->mask);
	}
	if (r == 0 && state->is_needed[ENTRY_LOAD]) {
		state->places[ENTRY_LOAD] = next_place(emitter);
		r = add(emitter, BPF_LD | BPF_W | BPF_ABS, 0, 0, offset_of(emitter, node->word));
	}
	return r;
}

static int emit_program(struct emitter *emitter, uint32_t root)
{
	int r;

	if (node_of(emitter, root)->op == CG_DAG_RET)
		return add(emitter, BPF_RET | BPF_K, 0, 0, node_of(emitter, root)->k);

	emitter->states[root].is_needed[ENTRY_LOAD] = true;
	r = find_order(emitter, root);
	for (size_t i = 0; i < emitter->order.n_items && r == 0; i++)
		r = emit_node(emitter, emitter->order.items[i]);
	return r;
}

static int make_filter(const struct emitter *emitter, struct cg_filter **ret_filter)
{
	size_t n_insns = emitter->insns.n_items;
	struct cg_filter *filter;

	if (n_insns > CG_FILTER_LENGTH_MAX)
		return -E2BIG;
	filter = cg_filter_new(NULL, n_insns, emitter->is_big_endian);
	if (!filter)
		return -ENOMEM;
	for (size_t i = 0; i < n_insns; i++)
		filter->insns[i] = emitter->insns.items[n_insns - 1 - i];
	*ret_filter = filter;
	return 0;
}

int cg_emit(const struct cg_dag *dag, uint32_t root, bool is_big_endian, size_t *ret_n_insns,
	    struct cg_filter **ret_filter)
{
	struct emitter emitter = { .dag = dag, .is_big_endian = is_big_endian };
	int r = -ENOMEM;

	emitter.states = calloc((size_t)root + 1, sizeof(*emitter.states));
	if (emitter.states) {
		for (size_t i = 0; i <= root; i++)
			for (size_t j = 0; j < N_ENTRIES; j++)
				emitter.states[i].places[j] = NOWHERE;
		r = emit_program(&emitter, root);
	}
	*ret_n_insns = emitter.insns.n_items;
	if (r == 0)
		r = make_filter(&emitter, ret_filter);

	free(emitter.states);
	cg_vec_done(&emitter.insns);
	cg_vec_done(&emitter.order);
	cg_vec_done(&emitter.stack);
	return r;
}
