/*
 * One call explained (explain_call.c): the answers, and the rules that have something to say of it.
 */
#ifndef CG_CLI_EXPLAIN_RULES_H
#define CG_CLI_EXPLAIN_RULES_H

#include "cli/explain.h"
#include "policy/eval.h"

/* The call on one architecture. */
struct cg_explain_answer {
	const struct cg_arch *arch; /* NULL: one that nobody knows */
	struct cg_call call;
	struct cg_verdict verdict;
};

struct cg_explain_answers {
	struct cg_explain_answer items[CG_N_ARCHES_MAX];
	size_t n_items;
	const struct cg_arch *lacks[CG_N_ARCHES_MAX]; /* have no call of this name */
	size_t n_lacks;
};

/* "p.json:12": appended; line 0: the profile as a whole. */
void cg_explain_place(struct cg_text *text, const struct cg_explain *explain, uint32_t line);

/*
 * The table of the rules of the call's number, which is to be released, and what is to be said of them, appended.
 * 0 or -ENOMEM.
 */
int cg_explain_rules(const struct cg_explain *explain, const struct cg_explain_answers *answers,
		     struct cg_table *ret_table, struct cg_text *remarks);

#endif
