/*
 * How many calls get which answer: what one line can say of a filter.
 *
 * In: a diagram (check/check.h) and an architecture. Out: numbers of calls that have a name there.
 */
#ifndef CG_CLI_ANSWERS_H
#define CG_CLI_ANSWERS_H

#include "abi/arch.h"
#include "check/check.h"

/* Answered by an action whatever their arguments; or by them. */
struct cg_answers {
	size_t n_by_action[8]; /* index into cg_actions */
	size_t n_by_argument;
};

struct cg_answers cg_answers_count(const struct cg_meanings *meanings, uint32_t root, const struct cg_arch *arch);

/* The native architecture, and those that the diagram tells from one that nobody knows. */
bool cg_answers_has_arch(const struct cg_meanings *meanings, uint32_t root, const struct cg_arch *arch);

#endif
