/*
 * Conditions as the language says them, part by part: what write_condition.c and write_set.c share. Only for them.
 */
#ifndef CG_LANGUAGE_SAYING_H
#define CG_LANGUAGE_SAYING_H

#include "language/calls.h"
#include "language/meaning.h"

struct cg_saying {
	const struct cg_said_call *call;
	const struct cg_policy *policy;
	const struct cg_arch *speaker;
	uint32_t nr; /* there */
	uint64_t word;
	struct cg_text *text;
};

/* The comparisons of a rule, cut to the word, without those that always hold. */
struct cg_conjunction {
	struct cg_comparison items[CG_POLICY_COMPARISONS_LIMIT];
	unsigned int n_items;
};

/* The comparisons of a rule, cut. */
void cg_saying_cut(const struct cg_saying *saying, const struct cg_rule *rule, struct cg_conjunction *ret_all);

/*
 * May the argument be said by its name where the bits of `mask` are compared? NULL: no. *ret_is_all: then the name says
 * which bits, so that no mask is needed.
 */
const char *cg_saying_name(const struct cg_saying *saying, unsigned int arg, uint64_t mask, bool *ret_is_all);

/* The argument, and which bits of it; *ret_is_all: all that it has, as it is said. */
void cg_saying_add_operand(const struct cg_saying *saying, unsigned int arg, uint64_t mask, bool *ret_is_all);

/* A value of which the bits of `mask` count, all that an argument has; some bits of an argument. */
void cg_saying_add_value(const struct cg_saying *saying, unsigned int arg, uint64_t value, uint64_t mask);
void cg_saying_add_bits(const struct cg_saying *saying, unsigned int arg, uint64_t bits);

void cg_saying_add_conjunction(const struct cg_saying *saying, const struct cg_conjunction *all);
void cg_saying_add_break(const struct cg_saying *saying);
void cg_saying_add_and(const struct cg_saying *saying);

/* write_set.c: one rule, or as many as make one set; *ret_n: how many. 0 or -ENOMEM. */
int cg_saying_add_some(const struct cg_saying *saying, const struct cg_rule *const *rules, size_t n_rules,
		       size_t *ret_n);

#endif
