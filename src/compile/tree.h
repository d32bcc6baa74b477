/*
 * Search trees: which tests lead from a word to the child of its span at the least cost.
 *
 * In: the ranges of one word, what each leads to, how much each weighs. Out: tests in a dag. The cost is what the
 * kernel charges for a filter: every test has a price (its place in the program), and every step a value takes costs
 * its weight. Where numbers weigh what the kernel's emulation at load makes of them, the sum is the time to load.
 */
#ifndef CG_COMPILE_TREE_H
#define CG_COMPILE_TREE_H

#include "base/vec.h"
#include "compile/dag.h"
#include "compile/diagram.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * 0.21 us for an instruction, 3.7 ns for an emulated step (measured, Linux 6.18): an instruction weighs as much as this
 * many steps. Of arguments nobody knows how often which value comes; there, one instruction for a step of a few values.
 */
#define CG_TREE_PRICE_OF_LOAD 57
#define CG_TREE_PRICE 16

/* Spans of one line: with more, no filter could hold their tests. More is -E2BIG. */
#define CG_TREE_SPANS_LIMIT 32768

/* About 100 ms. A policy that asks for more gets its later lines in small pieces. */
#define CG_TREE_ADDITIONS_LIMIT ((size_t)1 << 28)

/* What a value weighs beside its share of the load. */
struct cg_tree_heavy {
	uint32_t value;
	uint64_t weight;
};

struct cg_tree_weights {
	uint32_t first, last; /* values that weigh 1: the kernel emulates the filter for each of them */
	const struct cg_tree_heavy *heavy; /* sorted by value */
	size_t n_heavy;
};

/* A tree that exists: `node` answers for every value from first to last what its line says there. */
struct cg_tree_made {
	uint32_t first, last;
	uint32_t node;
	uint32_t steps; /* on average, times 16 */
};

/* The trees of a line that is planned already, for other lines to lead into. */
struct cg_tree_line {
	CG_VEC(struct cg_span) spans;
	CG_VEC(struct cg_tree_made) trees;
};

/* How the spans [i, j) of a plan are told apart. */
enum cg_tree_how {
	CG_TREE_LEAF,   /* they all lead to one child */
	CG_TREE_CUT,    /* JGE at a span's first value */
	CG_TREE_CHAIN,  /* JEQ for each value that does not lead where the others do */
	CG_TREE_BITS,   /* one JSET tells two children apart */
	CG_TREE_INSIDE, /* one JSET tells what the ends have in common from what lies between */
	CG_TREE_OTHER,  /* JEQ for each value that does not lead where the other line's tree leads */
};

struct cg_tree_cell {
	uint32_t datum; /* CHAIN: the others' child; BITS, INSIDE: the mask; OTHER: the tree's index */
	enum cg_tree_how how;
};

/* Start with {.dag = …}; end with cg_tree_maker_done(). Its memory serves one plan after the other. */
struct cg_tree_maker {
	struct cg_dag *dag;
	size_t n_additions; /* that looking for cuts has taken so far, up to CG_TREE_ADDITIONS_LIMIT */
	bool is_small; /* as few tests as can be, however long it takes to run them */
	CG_VEC(struct cg_tree_cell) cells;
	CG_VEC(float) costs;
	CG_VEC(uint64_t) sums;
	CG_VEC(struct cg_span) spans; /* where a plan has another line: cut at its spans too */
	CG_VEC(uint32_t) twins;
	size_t n_planned; /* spans of the last plan, if the cells still hold all of it; else 0 */
};

struct cg_tree {
	unsigned int word;
	const struct cg_span *spans; /* sorted, the first begins at 0, neighbours differ */
	size_t n_spans;
	const struct cg_tree_weights *weights; /* NULL: every span weighs 1 */
	uint64_t price;          /* of a test */

	/*
	 * Another line whose trees may be led into where both agree, or NULL. A child CG_DAG_NONE is one that is not
	 * known yet: no tree that leads to it is made.
	 */
	const struct cg_tree_line *other;
	bool is_rare; /* few steps are ever made here: a stretch in which both lines agree is led into as a whole */
	struct cg_tree_line *ret_line; /* gets the trees that were made, or NULL */
};

/* The node, or CG_DAG_NONE (see `other`, or dag->error). */
uint32_t cg_tree_make(struct cg_tree_maker *maker, const struct cg_tree *plan);

/*
 * The same plan as the maker's last one, with a child where the last span led to CG_DAG_NONE: only built anew, if that
 * child is no other span's.
 */
uint32_t cg_tree_make_again(struct cg_tree_maker *maker, const struct cg_tree *plan);

void cg_tree_maker_done(struct cg_tree_maker *maker);

#endif
