/*
 * See dag.h. Open addressing over node ids; slots hold id + 1, 0 is empty.
 */
#include "compile/dag.h"

#include <string.h>

static uint64_t hash_node(const struct cg_dag_node *node)
{
	uint64_t hash = (uint64_t)node->op << 8 | node->word;

	hash = (hash ^ node->mask) * 0x9e3779b97f4a7c15U;
	hash = (hash ^ hash >> 32 ^ node->k) * 0xbf58476d1ce4e5b9U;
	hash = (hash ^ hash >> 32 ^ node->on_true) * 0x94d049bb133111ebU;
	hash = (hash ^ hash >> 32 ^ node->on_false) * 0x9e3779b97f4a7c15U;
	return hash ^ hash >> 32;
}

static bool is_same(const struct cg_dag_node *a, const struct cg_dag_node *b)
{
	return a->op == b->op && a->word == b->word && a->mask == b->mask && a->k == b->k && a->on_true == b->on_true &&
	       a->on_false == b->on_false;
}

/* The slot that holds the node, or the empty slot where it belongs. */
static size_t find_slot(const struct cg_dag *dag, const struct cg_dag_node *node)
{
	size_t slot = hash_node(node) & (dag->n_slots - 1);

	while (dag->slots[slot] && !is_same(&dag->nodes.items[dag->slots[slot] - 1], node))
		slot = (slot + 1) & (dag->n_slots - 1);
	return slot;
}

static int grow(struct cg_dag *dag)
{
	size_t n_slots = dag->n_slots ? dag->n_slots * 2 : 256;
	uint32_t *slots = calloc(n_slots, sizeof(*slots));

	if (!slots)
		return -ENOMEM;
	free(dag->slots);
	dag->slots = slots;
	dag->n_slots = n_slots;
	for (size_t i = 0; i < dag->nodes.n_items; i++)
		dag->slots[find_slot(dag, &dag->nodes.items[i])] = (uint32_t)i + 1;
	return 0;
}

static uint32_t fail(struct cg_dag *dag, int error)
{
	dag->error = error;
	return CG_DAG_NONE;
}

static uint32_t intern(struct cg_dag *dag, const struct cg_dag_node *node)
{
	size_t slot;

	if (dag->error)
		return CG_DAG_NONE;
	if (dag->n_slots < 2 * (dag->nodes.n_items + 1) && grow(dag) < 0)
		return fail(dag, -ENOMEM);

	slot = find_slot(dag, node);
	if (!dag->slots[slot]) {
		if (dag->nodes.n_items >= dag->limit)
			return fail(dag, -E2BIG);
		if (cg_vec_push(&dag->nodes, *node) < 0)
			return fail(dag, -ENOMEM);
		dag->slots[slot] = (uint32_t)dag->nodes.n_items;
	}
	return dag->slots[slot] - 1;
}

uint32_t cg_dag_ret(struct cg_dag *dag, uint32_t action)
{
	return intern(dag, &(struct cg_dag_node){ .op = CG_DAG_RET, .k = action });
}

static uint32_t test(struct cg_dag *dag, const struct cg_dag_node *node)
{
	if (node->on_true == CG_DAG_NONE || node->on_false == CG_DAG_NONE)
		return CG_DAG_NONE;
	if (node->on_true == node->on_false)
		return node->on_true;
	if (node->k == 0 && node->op == CG_DAG_GE)
		return node->on_true;
	if (node->k == 0 && node->op == CG_DAG_SET)
		return node->on_false;
	return intern(dag, node);
}

uint32_t cg_dag_test(struct cg_dag *dag, unsigned int word, enum cg_dag_op op, uint32_t k, uint32_t on_true,
		     uint32_t on_false)
{
	return test(dag, &(struct cg_dag_node){ (uint8_t)op, (uint8_t)word, UINT32_MAX, k, on_true, on_false });
}

uint32_t cg_dag_test_masked(struct cg_dag *dag, unsigned int word, uint32_t mask, uint32_t datum, uint32_t on_true,
			    uint32_t on_false)
{
	if (datum & ~mask)
		return on_false;
	if (mask == UINT32_MAX)
		return cg_dag_test(dag, word, CG_DAG_EQ, datum, on_true, on_false);
	if (datum == 0)
		return cg_dag_test(dag, word, CG_DAG_SET, mask, on_false, on_true);
	if ((mask & (mask - 1)) == 0)
		return cg_dag_test(dag, word, CG_DAG_SET, mask, on_true, on_false);
	return test(dag, &(struct cg_dag_node){ CG_DAG_EQ, (uint8_t)word, mask, datum, on_true, on_false });
}

uint32_t cg_dag_and(struct cg_dag *dag, unsigned int word, uint32_t k, uint32_t child)
{
	if (child == CG_DAG_NONE || dag->error || dag->nodes.items[child].op == CG_DAG_RET ||
	    dag->nodes.items[child].word != word)
		return child;
	return intern(dag, &(struct cg_dag_node){ CG_DAG_AND, (uint8_t)word, UINT32_MAX, k, child, child });
}

/* Children have lower ids: one sweep downwards from the root marks all that can be reached. */
int cg_dag_count(const struct cg_dag *dag, uint32_t root, size_t *ret_n_nodes)
{
	bool *is_reached = calloc((size_t)root + 1, sizeof(*is_reached));
	size_t n_nodes = 0;

	if (!is_reached)
		return -ENOMEM;
	is_reached[root] = true;
	for (size_t i = (size_t)root + 1; i-- > 0;) {
		const struct cg_dag_node *node = &dag->nodes.items[i];

		if (!is_reached[i])
			continue;
		n_nodes++;
		if (node->op != CG_DAG_RET)
			is_reached[node->on_true] = is_reached[node->on_false] = true;
	}
	free(is_reached);
	*ret_n_nodes = n_nodes;
	return 0;
}

void cg_dag_done(struct cg_dag *dag)
{
	cg_vec_done(&dag->nodes);
	free(dag->slots);
	*dag = (struct cg_dag){ 0 };
}
