/*
 * The oracles of the golden runner: each answers what becomes of a call, in its own way.
 */
#ifndef CG_TESTS_ORACLES_H
#define CG_TESTS_ORACLES_H

#include "filter/filter.h"
#include "policy/policy.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What is asked about: a policy, and the filter that the gate made of it. */
struct subject {
	struct cg_policy *policy;
	struct cg_filter *filter;
	struct live_prober *prober; /* made when the live oracle is first asked */
};

void subject_done(struct subject *subject);

struct answer {
	uint32_t action;
	bool is_coarse; /* only "permitted" is known: ALLOW or LOG */
	char message[200];
};

struct oracle {
	const char *name;
	/* False when it cannot answer this call. */
	bool (*answer)(struct subject *subject, const struct cg_call *call, struct answer *ret_answer);
	/* True, with a reason, when this machine lacks what it needs. */
	bool (*is_absent)(char *ret_reason, size_t size);
};

extern const struct oracle oracles[];
extern const size_t n_oracles;

#endif
