/*
 * See judge.h. The shapes of rules that a row of kind `verdict` may name:
 *
 *     several-conditional   the call has more than one rule with conditions on this architecture
 *     conditional-and-not   it has rules with conditions and rules without
 *     beside-absent         neither, and the architecture was given a rule for a call that it lacks
 *     skipped               number -1
 *     late-arch             none of these, and the architecture was added when there were rules already
 *     one-conditional       one rule, with conditions
 *     unconditional         no rule, or rules without conditions
 */
#include "judge.h"

#include "abi/action.h"
#include "abi/call_text.h"
#include "abi/errnos.h"
#include "check/check.h"
#include "gate/boundary.h"
#include "policy/eval.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const char *shape_of(const struct compat_model *model, const struct cg_call *call)
{
	const struct cg_arch *arch = cg_arch_of_call(call);
	size_t n_conditional = 0, n_unconditional = 0;

	if (call->nr == CG_NR_SKIPPED)
		return "skipped";
	for (size_t i = 0; i < model->rules.n_items; i++) {
		const struct compat_rule *rule = &model->rules.items[i];

		if (rule->arch == arch && rule->nr == call->nr)
			*(rule->n_comparisons ? &n_conditional : &n_unconditional) += 1;
	}
	if (n_conditional && n_unconditional)
		return "conditional-and-not";
	if (n_conditional > 1)
		return "several-conditional";
	if (arch && model->lacking & 1U << cg_arch_index(arch))
		return "beside-absent";
	if (arch && model->late & 1U << cg_arch_index(arch))
		return "late-arch";
	return n_conditional ? "one-conditional" : "unconditional";
}

static void tell(struct compat_session *session, const char *shape, const struct cg_call *call, uint32_t filter,
		 uint32_t model)
{
	const struct cg_arch *arch = cg_arch_of_call(call);
	struct cg_text text = { 0 };

	cg_text_addf(&text, "%s: ", shape);
	if (arch)
		cg_call_format_name(&text, arch, call->nr);
	else
		cg_text_addf(&text, "0x%x", call->nr);
	cg_text_addf(&text, " of %s(0x%llx, 0x%llx, 0x%llx, 0x%llx, 0x%llx, 0x%llx): the filter says ",
		     arch ? arch->name : "no arch", (unsigned long long)call->args[0],
		     (unsigned long long)call->args[1], (unsigned long long)call->args[2],
		     (unsigned long long)call->args[3], (unsigned long long)call->args[4],
		     (unsigned long long)call->args[5]);
	cg_action_format(&text, filter);
	cg_text_add(&text, ", the rules ");
	cg_action_format(&text, model);
	snprintf(session->answer, sizeof(session->answer), "%s", cg_text_get(&text));
	cg_text_done(&text);
}

static bool is_explained(struct compat_session *session, const struct compat_model *model,
			 struct compat_differences *differences, const struct cg_witness *witness)
{
	const char *shape = shape_of(model, &witness->call);

	if (differences && compat_differences_find(differences, "verdict", shape, "*", "*"))
		return true;
	tell(session, shape, &witness->call, witness->a, witness->b);
	return false;
}

/* Every block of numbers on which the two differ, one after the other: a row for one must not hide another. */
static bool explain_all(struct compat_session *session, const struct compat_model *model,
			struct compat_differences *differences, struct cg_meanings *meanings, const uint32_t roots[2])
{
	struct cg_regions regions = { 0 };
	bool is_all = cg_meaning_regions(meanings, roots[0], roots[1], true, &regions, NULL) == 0;

	if (!is_all)
		snprintf(session->answer, sizeof(session->answer), "different, and where is not decided");
	for (size_t i = 0; i < regions.n_items && is_all; i++) {
		struct cg_region *region = &regions.items[i];
		struct cg_witness witness;

		cg_meaning_differ(meanings, region->a, region->b, &witness);
		witness.call.arch = region->arch_first;
		witness.call.nr = region->nr_first;
		is_all = is_explained(session, model, differences, &witness);
	}
	cg_regions_done(&regions);
	if (is_all)
		snprintf(session->answer, sizeof(session->answer), "explained");
	return is_all;
}

static void compare(struct compat_session *session, const struct compat_model *model,
		    struct compat_differences *differences, const struct cg_policy *policy,
		    const struct cg_filter *filter)
{
	struct cg_meanings *meanings = cg_meanings_new(NULL);
	struct cg_err err = { 0 };
	uint32_t roots[2];
	int r = cg_meaning_of_filter(meanings, filter, &roots[0], &err);

	if (r == 0)
		r = cg_meaning_of_policy(meanings, policy, &roots[1], &err);
	if (r == 0 && roots[0] != roots[1])
		explain_all(session, model, differences, meanings, roots);
	else if (r == 0)
		snprintf(session->answer, sizeof(session->answer), "the same");
	else if (cg_boundary_compare(policy, filter, NULL, &err) == 0)
		snprintf(session->answer, sizeof(session->answer), "the same");
	else
		snprintf(session->answer, sizeof(session->answer), "%s", err.message);
	cg_meanings_free(meanings);
}

void compat_judge(struct compat_session *session, struct compat_context *context,
		  struct compat_differences *differences)
{
	struct cg_policy *policy = compat_model_policy(&context->model);
	struct cg_filter *filter = NULL;
	int r = compat_session_export(session, context, &filter);
	const char *name = r < 0 ? cg_errno_name((unsigned int)-r) : "";

	if (r == -EINVAL && context->model.n_arches == 0) /* no architecture, no filter */
		snprintf(session->answer, sizeof(session->answer), "the same");
	else if (r < 0)
		snprintf(session->answer, sizeof(session->answer), "%s", name ? name : "an unknown error");
	else if (!policy)
		snprintf(session->answer, sizeof(session->answer), "the model cannot be a policy");
	else
		compare(session, &context->model, differences, policy, filter);
	cg_filter_free(filter);
	cg_policy_free(policy);
}
