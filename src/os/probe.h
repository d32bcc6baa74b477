/*
 * What this kernel and this user can do, each found by trying it.
 *
 * In: nothing. Out: a table of features, and for each an answer. A list of the kernel's (actions_avail, lsm=…) or its
 * version prove nothing, so none is asked where the thing itself can be done. Everything happens in children that are
 * gone afterwards; the machine is left as it was found.
 */
#ifndef CG_OS_PROBE_H
#define CG_OS_PROBE_H

#include <stdbool.h>
#include <stddef.h>

enum cg_feature_state {
	CG_FEATURE_NO,
	CG_FEATURE_LIMITED, /* it works, but not as far as one may expect */
	CG_FEATURE_YES,
};

struct cg_feature_answer {
	enum cg_feature_state state;
	char detail[160]; /* what was seen */
	char remedy[160]; /* what to do about a state that is not YES, or "" */
};

struct cg_feature {
	const char *name;
	const char *group;
	void (*probe)(struct cg_feature_answer *answer); /* in a child of its own */
};

extern const struct cg_feature cg_features[];
extern const size_t cg_n_features;

/* Tries one feature. A probe that dies or takes longer than a few seconds is a NO that says so. */
void cg_feature_try(const struct cg_feature *feature, struct cg_feature_answer *ret_answer);

/* By name, or NULL. */
const struct cg_feature *cg_feature_find(const char *name);

/* "no", "limited", "yes". */
const char *cg_feature_state_name(enum cg_feature_state state);

#endif
