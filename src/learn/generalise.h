/*
 * From argument values that were seen to conditions that a profile can carry.
 *
 * In: a bounded set of values. Out: conditions, or the decision to leave the call open. See generalise.c.
 */
#ifndef CG_LEARN_GENERALISE_H
#define CG_LEARN_GENERALISE_H

#include "learn/recording.h"
#include "learn/sketch.h"

#include <stdbool.h>
#include <stdint.h>

/* More values than this are not "few": each is a rule of its own, and each engine checks them one after the other. */
#define CG_SAFE_VALUES_LIMIT 16

/* CLONE_NEW* that clone(2) takes. CLONE_NEWTIME is not among them: its bit is part of clone's exit signal. */
#define CG_NAMESPACE_FLAGS 0x7e020000U

/* Calls of which one argument selects what the kernel does. */
struct cg_selector {
	const char *call;
	const char *argument;	/* name as in abi/; where it stands may differ from arch to arch */
	const char *companions; /* constants, one space between, that are allowed along with any seen value */
	bool is_mask;		/* bits of a set: what was never set must stay unset */
	const char *why;	/* one clause: what its values open */
};

extern const struct cg_selector cg_selectors[];
extern const size_t cg_n_selectors;

/* The row of a call, or NULL. */
const struct cg_selector *cg_selector_find(const char *call);

/* Where an argument of this name stands on `arch`, or -1. Never a pointer, a descriptor or a size. */
int cg_argument_find(const struct cg_arch *arch, const char *call, const char *argument);

/* Where it stands on every arch of the sketch that has the call; -1 where they differ, as one rule serves them all. */
int cg_argument_place(const struct cg_sketch *sketch, const char *call, const char *argument);

/* In what form an argument is held. */
enum cg_hold {
	CG_HOLD_OPEN,	/* not at all */
	CG_HOLD_VALUES, /* to the values seen: a rule for each */
	CG_HOLD_BITS,	/* to the bits that were ever set */
	CG_HOLD_RANGE,	/* to 0 … 2^k - 1, the smallest that has all values seen */
};

/* What was seen of one argument. */
struct cg_seen_argument {
	unsigned int arg;
	enum cg_hold hold;
	const char *name; /* as in abi/ */
	const char *set;  /* of constants, or NULL */
	const char *companions; /* as in struct cg_selector */
	uint32_t companion_bits; /* BITS: allowed along with those seen */
	struct cg_value_set values;
};

/* --args strict: how an argument of this kind is held; OPEN for what says nothing lasting. */
enum cg_hold cg_generalise_hold(const struct cg_arg_info *info);

/* Is the set known whole, small enough to be written down, and does holding the call to it refuse anything? */
bool cg_generalise_accepts(const struct cg_seen_argument *argument);

/*
 * Adds conditions that hold `call` to what was seen: any of the values of `values` (may be NULL), and in each case what
 * is said of the arguments `shared`, of which none is held to VALUES. All of them must be acceptable. 0 or -ENOMEM.
 */
int cg_generalise(struct cg_sketch *sketch, struct cg_sketch_call *call, const struct cg_seen_argument *values,
		  const struct cg_seen_argument *shared, size_t n_shared);

/* "domain held to AF_UNIX, AF_INET6": the evidence, with the values that were seen. */
void cg_generalise_explain(struct cg_text *text, const struct cg_sketch *sketch,
			   const struct cg_seen_argument *argument);

/* companions.c: bits of a set (may be NULL) that open nothing: 0 where none are known. */
uint32_t cg_companion_bits(const struct cg_sketch *sketch, const char *set);

/* Adds the condition that none of the bits in `closed` is set in clone's flags. 0 or -ENOMEM. */
int cg_generalise_clone(struct cg_sketch *sketch, struct cg_sketch_call *call, uint32_t closed);

#endif
