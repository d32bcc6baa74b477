/*
 * The model: what a filter context means by the manual pages, as a policy.
 *
 * In: the calls of the API that a library took (answered 0). Out: a policy whose meaning policy/eval.c decides. It is
 * kept as the list of (arch, rule) that seccomp_rule_add(3) and seccomp_arch_add(3) describe: a rule goes to the
 * architectures that are there when it is added, under the number that its name has there.
 */
#ifndef COMPAT_MODEL_H
#define COMPAT_MODEL_H

#include "filter/filter.h"
#include "libseccomp/seccomp.h"
#include "policy/policy.h"

struct compat_rule {
	const struct cg_arch *arch;
	uint32_t nr;
	uint32_t action;
	unsigned int n_comparisons;
	struct cg_comparison comparisons[7]; /* one more than six: the operation of a multiplexed call */
};

struct compat_model {
	uint32_t default_action;
	uint32_t bad_arch_action;
	const struct cg_arch *arches[CG_N_ARCHES_MAX];
	size_t n_arches;
	/* arches, as bits of their index: given a rule for a call which they lack; added when there were rules */
	uint32_t lacking, late;
	CG_VEC(struct compat_rule) rules;
};

void compat_model_reset(struct compat_model *model, uint32_t default_action);
void compat_model_done(struct compat_model *model);
void compat_model_copy(struct compat_model *to, const struct compat_model *from);
void compat_model_add_arch(struct compat_model *model, const struct cg_arch *arch);
void compat_model_remove_arch(struct compat_model *model, const struct cg_arch *arch);
void compat_model_merge(struct compat_model *to, struct compat_model *from);

/* `name` is the call's; NULL when the number has none on the native architecture (then it is that number's own). */
void compat_model_add_rule(struct compat_model *model, uint32_t action, const char *name, int nr,
			   const struct scmp_arg_cmp *comparisons, unsigned int n_comparisons);

/* The policy, the caller's; NULL when out of memory. */
struct cg_policy *compat_model_policy(const struct compat_model *model);

#endif
