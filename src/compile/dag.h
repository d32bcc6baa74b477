/*
 * The program as a graph of tests, before it has addresses: what lower.c builds, what an optimiser may rewrite, and
 * what emit.c writes down.
 *
 * A node is an answer (RET) or one test of one 32-bit word with two ways on. Nodes are hash-consed: equal nodes are one
 * node, so equal tails of different calls and architectures are shared without anybody looking for them. Children have
 * lower ids than their parents, so there are no loops and ids are a topological order.
 *
 * Failure is sticky, as in struct cg_text: a function that fails returns CG_DAG_NONE, every later one does too, and
 * `error` says why. Whoever builds checks once.
 */
#ifndef CG_COMPILE_DAG_H
#define CG_COMPILE_DAG_H

#include "base/vec.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CG_DAG_NONE UINT32_MAX

/*
 * Words of struct seccomp_data by meaning, not by offset: where the halves of an argument lie depends on the target's
 * byte order, and only emit.c needs to know.
 */
enum {
	CG_WORD_NR,
	CG_WORD_ARCH,
	CG_WORD_ARGS, /* and on: each argument's high word, then its low word */
	CG_N_WORDS = CG_WORD_ARGS + 12,
};

#define CG_WORD_HIGH(arg) (CG_WORD_ARGS + 2 * (arg))
#define CG_WORD_LOW(arg) (CG_WORD_ARGS + 2 * (arg) + 1)

enum cg_dag_op {
	CG_DAG_RET, /* answer k */
	CG_DAG_EQ,  /* (word & mask) == k */
	CG_DAG_GE,  /* (word & mask) >= k */
	CG_DAG_SET, /* (word & mask) & k */
	CG_DAG_AND, /* from here on the word is word & k: on_true and on_false are one node, which sees it so */
};

struct cg_dag_node {
	uint8_t op;
	uint8_t word;
	uint32_t mask; /* all ones: the plain word */
	uint32_t k;
	uint32_t on_true, on_false;
};

/* Start with {.limit = …}; end with cg_dag_done(). */
struct cg_dag {
	CG_VEC(struct cg_dag_node) nodes;
	uint32_t *slots;
	size_t n_slots;
	size_t limit; /* how many nodes there may be: more is -E2BIG */
	int error;    /* 0, -ENOMEM, -E2BIG */
};

uint32_t cg_dag_ret(struct cg_dag *dag, uint32_t action);

/* Where the answer is known without asking, or both ways are one, no node is made. */
uint32_t cg_dag_test(struct cg_dag *dag, unsigned int word, enum cg_dag_op op, uint32_t k, uint32_t on_true,
		     uint32_t on_false);

/* (word & mask) == datum, in the cheapest form. */
uint32_t cg_dag_test_masked(struct cg_dag *dag, unsigned int word, uint32_t mask, uint32_t datum, uint32_t on_true,
			    uint32_t on_false);

/*
 * Cuts the word in hand to some bits and goes on to `child`, a test of that word or an answer. So the tests that one
 * architecture's numbers need serve another's too. A node that tests CG_WORD_NR is therefore a function of what is in
 * hand there.
 */
uint32_t cg_dag_and(struct cg_dag *dag, unsigned int word, uint32_t k, uint32_t child);

/* Nodes that can be reached from `root`. 0 or -ENOMEM. */
int cg_dag_count(const struct cg_dag *dag, uint32_t root, size_t *ret_n_nodes);

void cg_dag_done(struct cg_dag *dag);

#endif
