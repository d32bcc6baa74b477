/*
 * The exact checker: the meaning of a filter or a policy, which is what it answers to every call there is.
 *
 * In: filters that the kernel accepts (ours or not) and policies. Out: meanings, as canonical diagrams: the number of a
 * root in a set of diagrams. Two roots of one set are the same number if and only if they answer every call alike;
 * where they are not, a call that shows it can be named. Nothing is sampled and nothing is guessed: what does not fit
 * the budget is -EOVERFLOW, "not decided".
 *
 * It stands beside compile/ and shares nothing with it, so that a fault in one cannot hide in the other. Files:
 *   meaning.c apply.c              the diagrams, and operations on them
 *   word.c arith.c cpu.c live.c    what instructions do, where A, X and memory are functions of the call
 *   walk.c merge.c                 from a filter to a diagram: the usual way, and where that meets too many states
 *   rules.c unfold.c               from a policy to a diagram, and back
 *   roots.c witness.c region.c digest.c equiv.c    the questions below
 *   cells.c                        a shorter way to one of them, for the smallest
 *
 * A set is not shared between threads. Every question counts its steps anew; its nodes stay until the set is freed, if
 * it was decided.
 */
#ifndef CG_CHECK_CHECK_H
#define CG_CHECK_CHECK_H

#include "base/err.h"
#include "callgate/call.h"
#include "filter/filter.h"
#include "policy/policy.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CG_CHECK_NODES_DEFAULT ((size_t)1 << 20)
#define CG_CHECK_NODES_LIMIT ((size_t)1 << 26)
#define CG_CHECK_STEPS_DEFAULT ((uint64_t)2 << 20) /* some 0.4 s */
#define CG_CHECK_INSTRUCTION_STEPS 20000 /* for one instruction, before bits of its result are left unknown */
#define CG_REGIONS_LIMIT ((size_t)1 << 18)
#define CG_STACK_LIMIT ((size_t)6553) /* 32,768 / (1 + 4): what the kernel lets one task have at most */

/* 0 stands for the default. A node takes 24 to 48 bytes, tables and all; a step some 50 to 250 ns, as they fit caches. */
struct cg_check_budget {
	size_t n_nodes;
	uint64_t n_steps;
};

struct cg_meanings;

/* An empty set. `budget` may be NULL. NULL when out of memory. */
struct cg_meanings *cg_meanings_new(const struct cg_check_budget *budget);
struct cg_meanings *cg_meanings_free(struct cg_meanings *meanings);

/* How many nodes the set holds; every root, and all below it, is a smaller number. */
size_t cg_meanings_size(const struct cg_meanings *meanings);

/*
 * The diagram of a filter. Calls of any arch token are answered; is_big_endian says where words lie.
 * Errors: -EINVAL the kernel would not take the filter, -EOVERFLOW not decided within the budget, -ENOMEM.
 */
int cg_meaning_of_filter(struct cg_meanings *meanings, const struct cg_filter *filter, uint32_t *ret_root,
			 struct cg_err *err);

/*
 * The same, exact only beside the diagrams that the set holds already: where a filter returns A, all answers that none
 * of them gives are told as one. So a filter that returns an argument, which has 2^32 answers, can still be held
 * against a policy: cg_meaning_differ() with a root that was there before is right, but for what it says the filter
 * answers. Ask nothing else of this root.
 */
int cg_meaning_of_filter_beside(struct cg_meanings *meanings, const struct cg_filter *filter, uint32_t *ret_root,
				struct cg_err *err);

/* The diagram of a policy, with the meaning of policy/eval.c. Errors: -EOVERFLOW, -ENOMEM. */
int cg_meaning_of_policy(struct cg_meanings *meanings, const struct cg_policy *policy, uint32_t *ret_root,
			 struct cg_err *err);

/*
 * The reverse: a policy whose diagram is `root`. What most numbers of its architectures get is its default.
 * Errors: -EOPNOTSUPP no policy says this (err names the call: the instruction pointer, a long range of numbers, the
 * architecture not looked at); -EDOM architectures of two byte orders; -E2BIG one of the limits; -EOVERFLOW, -ENOMEM.
 */
#define CG_UNFOLD_NUMBERS_LIMIT 4096u          /* side by side that do not get the default */
#define CG_UNFOLD_RULES_LIMIT ((size_t)1 << 12) /* of one call */
#define CG_UNFOLD_PARTS_LIMIT ((size_t)1 << 20) /* sets of values looked at, all in all */

int cg_meaning_to_policy(struct cg_meanings *meanings, uint32_t root, struct cg_policy **ret_policy,
			 struct cg_err *err);

/* The diagram that answers every call with `action`. Errors: -EOVERFLOW, -ENOMEM. */
int cg_meaning_of_action(struct cg_meanings *meanings, uint32_t action, uint32_t *ret_root, struct cg_err *err);

/*
 * What several filters answer together (kernel/seccomp.c, seccomp_run_filters()): the lowest action in the kernel's
 * signed order, of equals the newest with its data; ALLOW without data where nothing is lower. roots[0] is the newest
 * filter. Errors: -E2BIG (CG_STACK_LIMIT), -EOVERFLOW, -ENOMEM.
 */
int cg_meaning_of_stack(struct cg_meanings *meanings, const uint32_t *roots, size_t n_roots, uint32_t *ret_root,
			struct cg_err *err);

/* What either of two diagrams allows: the higher action in the same order, of equals a's. -EOVERFLOW, -ENOMEM. */
int cg_meaning_of_union(struct cg_meanings *meanings, uint32_t a, uint32_t b, uint32_t *ret_root, struct cg_err *err);

/*
 * `yes` for the calls that `mask` lets through (ALLOW, LOG), `no` for all others: how one program that goes before
 * another is modelled. Errors: -EOVERFLOW, -ENOMEM.
 */
int cg_meaning_of_choice(struct cg_meanings *meanings, uint32_t mask, uint32_t yes, uint32_t no, uint32_t *ret_root,
			 struct cg_err *err);

/*
 * The same diagram with each answer as the kernel acts on it: unknown actions become KILL_PROCESS, ERRNO is cut to
 * 4095, and data that nobody can see (all but ERRNO's, TRAP's and TRACE's) becomes 0. Two filters have the same effect
 * if and only if these are the same root. Errors: -EOVERFLOW, -ENOMEM.
 */
int cg_meaning_of_effect(struct cg_meanings *meanings, uint32_t root, uint32_t *ret_root, struct cg_err *err);

/* What a diagram answers to a call. */
uint32_t cg_meaning_eval(const struct cg_meanings *meanings, uint32_t root, const struct cg_call *call);

/* A call, and what each of two diagrams answers to it. */
struct cg_witness {
	struct cg_call call;
	uint32_t a;
	uint32_t b;
};

/*
 * 0 when a == b; 1 when they differ, and then a call on which they do: of the native arch if one shows it, else of
 * another known one, with a number that has a name if one shows it; what does not matter is 0. Cannot fail.
 */
int cg_meaning_differ(const struct cg_meanings *meanings, uint32_t a, uint32_t b, struct cg_witness *ret_witness);

/*
 * Does `a` open nothing that `b` closes? 0 when so; 1 when not, and then a call that shows it. Openness has three
 * steps: the call is refused (KILL, TRAP, ERRNO); somebody else decides (NOTIFY, TRACE); it is made (LOG, ALLOW). `a`
 * may be as open as `b` or less. Errors: -EOVERFLOW, -ENOMEM.
 */
int cg_meaning_exceeds(struct cg_meanings *meanings, uint32_t a, uint32_t b, struct cg_witness *ret_witness,
		       struct cg_err *err);

/* A block of arch tokens and numbers in which two diagrams depend on ip and arguments only. */
struct cg_region {
	uint32_t arch_first, arch_last;
	uint32_t nr_first, nr_last;
	uint32_t a, b; /* roots; cg_meaning_differ() on them names arguments, arch and nr 0 */
};

/* Start with {0}; end with cg_regions_done(). */
struct cg_regions {
	struct cg_region *items;
	size_t n_items;
	size_t n_room;
};

/*
 * Cuts the plane of (arch, nr) into the largest blocks on which the pair of diagrams stays the same, in ascending
 * order, appended. With only_differing, blocks where both answer alike are left out; else all of the plane is covered.
 * Errors: -EOVERFLOW (CG_REGIONS_LIMIT or the budget), -ENOMEM.
 */
int cg_meaning_regions(struct cg_meanings *meanings, uint32_t a, uint32_t b, bool only_differing,
		       struct cg_regions *ret_regions, struct cg_err *err);
void cg_regions_done(struct cg_regions *regions);

/*
 * For walking a diagram by hand. A node asks one bit: of arch (levels 0-31, most significant first), nr (32-63),
 * args[0] (64-127) … args[5] (384-447), ip (448-511); a leaf has level CG_LEVEL_LEAF and answers `action`.
 */
#define CG_LEVEL_ARCH 0
#define CG_LEVEL_NR 32
#define CG_LEVEL_ARGS 64
#define CG_LEVEL_IP 448
#define CG_LEVEL_LEAF 512

struct cg_meaning_view {
	uint32_t level;
	uint32_t low, high; /* the diagrams for a bit of 0 and of 1; not for a leaf */
	uint32_t action;    /* a leaf's */
};

struct cg_meaning_view cg_meaning_look(const struct cg_meanings *meanings, uint32_t root);

/*
 * An identity of what a diagram answers: the same bytes if and only if the same answers to every call (as far as
 * SHA-256 has no collisions), whatever built it and in whatever order. For the identity of an effect, take the digest
 * of cg_meaning_of_effect(). Errors: -ENOMEM.
 */
#define CG_DIGEST_SIZE 32

int cg_meaning_digest(const struct cg_meanings *meanings, uint32_t root, unsigned char ret_digest[CG_DIGEST_SIZE],
		      struct cg_err *err);

/*
 * The gate's question: does the filter answer every call as the policy does?
 * 0: proven. 1: no, and *ret_witness (may be NULL) is a call that shows it. -EOVERFLOW: not decided within the budget.
 * Other errors: -EINVAL (the kernel would not take the filter, or its byte order is not the policy's), -ENOMEM.
 */
int cg_check_filter(const struct cg_policy *policy, const struct cg_filter *filter,
		    const struct cg_check_budget *budget, struct cg_call *ret_witness, struct cg_err *err);

#endif
