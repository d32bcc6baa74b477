/*
 * The diagrams behind check.h: binary decision diagrams, reduced, ordered, shared, with 32-bit values at their leaves.
 * For check/ only.
 *
 * In: bits of a call (levels, see check.h) and values. Out: numbers of nodes. A node exists once, so equal functions
 * are equal numbers. Conditions are diagrams too, whose leaves are 0 and 1: CG_NO and CG_YES.
 *
 * Failure is sticky: what cannot be had is CG_NONE, every operation on CG_NONE is CG_NONE, and `code` says why; the
 * one who started the work asks cg_meanings_end().
 */
#ifndef CG_CHECK_MEANING_H
#define CG_CHECK_MEANING_H

#include "check/check.h"

#define CG_NO 0U
#define CG_YES 1U
#define CG_NONE UINT32_MAX

struct cg_node {
	uint32_t level; /* CG_LEVEL_LEAF: a leaf, whose value is `low`; `high` is 1 in the other leaf, else 0 */
	uint32_t low;
	uint32_t high;
};

/* Results are there to be pushed out; with a quarter of the nodes' number, hardly any work is done twice. */
#define CG_RESULTS_FEWER_BITS 2

/* One remembered result; `result` is CG_NONE in an empty one. */
struct cg_result {
	uint32_t f, g, h;
	uint32_t result;
};

/* What ended work with -EOVERFLOW. */
enum cg_check_limit {
	CG_CHECK_LIMIT_NODES,
	CG_CHECK_LIMIT_STEPS,
	CG_CHECK_LIMIT_INSTRUCTION, /* CG_WORD_STEPS: bits of a result are unknown, and were asked for */
	CG_CHECK_LIMIT_STATES,      /* walk.c: so merge.c comes next */
	CG_CHECK_LIMIT_WORDS,
	CG_CHECK_LIMIT_REGIONS,
};

struct cg_meanings {
	struct cg_node *nodes; /* nodes[CG_NO] and nodes[CG_YES] are the leaves 0 and 1 */
	uint32_t *slots;       /* hash table of node numbers, see meaning.c; 0 is an empty slot (CG_NO is not in it) */
	struct cg_result *results;
	uint32_t n_nodes;
	unsigned int room_bits; /* room for 2^room_bits nodes, a quarter as many results, and twice as many slots */
	uint32_t n_nodes_most;
	uint32_t n_nodes_before; /* at cg_meanings_begin() */
	uint64_t n_steps;
	uint64_t n_steps_most; /* for now; the budget, or less while cg_meanings_curb() holds */
	uint64_t n_steps_budget;
	int code; /* 0, -EOVERFLOW or -ENOMEM since cg_meanings_begin() */
	enum cg_check_limit limit; /* of -EOVERFLOW: which */
};

/*
 * Every entry from outside begins with the first and ends with the second, which returns `code` and fills *err. What
 * failed leaves no nodes behind; cg_meanings_retry() drops them for a second way to the same answer.
 */
void cg_meanings_begin(struct cg_meanings *meanings);
void cg_meanings_retry(struct cg_meanings *meanings);
int cg_meanings_end(struct cg_meanings *meanings, struct cg_err *err);

/* Makes room for so many more nodes at once: tables sized by the input. A wish, not a need. */
void cg_meanings_expect(struct cg_meanings *meanings, size_t n_nodes);

/* A limit is reached: -EOVERFLOW, unless something has failed before. Returns the code. */
int cg_meanings_exceed(struct cg_meanings *meanings, enum cg_check_limit limit);

/* Counts one step of work; false, and -EOVERFLOW, when there are none left. */
bool cg_meanings_step(struct cg_meanings *meanings);

/*
 * Allows only n_steps more until cg_meanings_release(), which takes what this returned; running out within is forgotten
 * there, unless what was allowed before is used up too. For work that can be given up in part.
 */
uint64_t cg_meanings_curb(struct cg_meanings *meanings, uint64_t n_steps);
void cg_meanings_release(struct cg_meanings *meanings, uint64_t n_steps_before);

/* The leaf of a value; the leaf of values that do not matter, which is like no other; the node that asks `level`. */
uint32_t cg_meaning_leaf(struct cg_meanings *meanings, uint32_t value);
uint32_t cg_meaning_other_leaf(struct cg_meanings *meanings);
uint32_t cg_meaning_node(struct cg_meanings *meanings, uint32_t level, uint32_t low, uint32_t high);

/* if-then-else: `yes` where the condition holds, `no` elsewhere. */
uint32_t cg_meaning_choose(struct cg_meanings *meanings, uint32_t condition, uint32_t yes, uint32_t no);

/* Leaf by leaf, a function of one or two values. */
enum cg_meaning_op {
	CG_MEANING_LOWER,   /* what the kernel keeps of a newer answer `b` against the answer `a` so far */
	CG_MEANING_HIGHER,  /* the more permissive, of equals `a` */
	CG_MEANING_EXCEEDS, /* is `a` more open than `b`? */
	CG_MEANING_EFFECT,  /* of `a` alone */
	CG_MEANING_OR,      /* bit by bit */
};

uint32_t cg_meaning_apply(struct cg_meanings *meanings, enum cg_meaning_op op, uint32_t a, uint32_t b);

/* A function of one 32-bit word whose most significant bit is `level`, given as ranges that cover 0 to UINT32_MAX. */
struct cg_range {
	uint32_t last; /* begins behind the one before */
	uint32_t root;
};

uint32_t cg_meaning_of_ranges(struct cg_meanings *meanings, uint32_t level, const struct cg_range *ranges);

static inline bool cg_meaning_is_leaf(const struct cg_meanings *meanings, uint32_t root)
{
	return meanings->nodes[root].level == CG_LEVEL_LEAF;
}

/* The diagram once the bit at `level` is known; nothing above `level` may be left in it. */
static inline uint32_t cg_meaning_follow(const struct cg_meanings *meanings, uint32_t root, uint32_t level, bool bit)
{
	const struct cg_node *node = &meanings->nodes[root];

	if (node->level != level)
		return root;
	return bit ? node->high : node->low;
}

#endif
