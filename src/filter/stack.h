/*
 * Two filters of a stack as one program.
 *
 * In: the newer filter and the older one, both as cg_filter_check() takes them. Out: one that answers as the kernel
 * does where both are loaded (kernel/seccomp.c, seccomp_run_filters()): the lower action, of equals the newer's with
 * its data, and ALLOW without data where neither is lower.
 */
#ifndef CG_FILTER_STACK_H
#define CG_FILTER_STACK_H

#include "filter/filter.h"

/* What the kernel keeps of `older` beside the answer `newer` of a filter that it has asked before. */
uint32_t cg_filter_lower(uint32_t newer, uint32_t older);

/*
 * Where the newer filter gives one of the answers `asked`, the older is asked too: a copy of it for each that needs
 * one. Elsewhere the newer filter's answer stands, which is right only if the older has none that is lower there; so
 * the one who leaves an answer out has to prove it. NULL: all answers are asked, and no proof is needed.
 * Errors: -EOPNOTSUPP one of the two computes an answer (RET A, a division by X); -EDOM two byte orders; -E2BIG the
 * program would have more than CG_FILTER_LENGTH_MAX instructions; -ENOMEM.
 */
struct cg_filter_answers {
	const uint32_t *items;
	size_t n_items;
};

int cg_filter_join(const struct cg_filter *newer, const struct cg_filter *older, const struct cg_filter_answers *asked,
		   struct cg_filter **ret_filter, struct cg_err *err);

#endif
