/*
 * Profiles of a rollout, made for engines: as strict JSON, and as the audit twin. See rollout.h.
 *
 * In: bytes in any form that a profile is read in. Out: text that engines read. What comes out is read again and
 * resolved before anybody gets it; of a twin it is shown that it refuses critical calls just as the profile does, and
 * nothing else.
 */
#include "cli/rollout.h"

#include "base/cleanup.h"
#include "base/json_read.h"
#include "check/check.h"
#include "filter/rewrite.h"
#include "gate/gate.h"
#include "language/policy_text.h"
#include "rollout/twin.h"

#include <errno.h>
#include <string.h>

static void free_profile(struct cg_profile **profile)
{
	cg_profile_free(*profile);
}

static void free_filter(struct cg_filter **filter)
{
	cg_filter_free(*filter);
}

static void free_meanings(struct cg_meanings **meanings)
{
	cg_meanings_free(*meanings);
}

/* Reads and resolves bytes that were fetched before. */
static int take(struct cg_rolling *rolling, const char *reference, const struct cg_text *bytes, struct cg_input *input,
		struct cg_err *err)
{
	int r;

	cg_text_add_bytes(&input->text, cg_text_get(bytes), bytes->length);
	if (input->text.has_failed)
		return cg_err_memory(err);
	r = cg_input_take(reference, &rolling->target, input, err);
	if (r == 0 && !input->policy)
		return cg_err_set(err, -EINVAL, reference, "this profile applies no seccomp at all: there is nothing to roll "
							   "out");
	return r;
}

bool cg_rolling_does_log(struct cg_rolling *rolling, const struct cg_text *bytes)
{
	CG_CLEANUP(cg_input_done) struct cg_input input = { 0 };
	const struct cg_policy *policy;
	struct cg_err err = { 0 };
	bool does_log;

	if (take(rolling, rolling->rollout.profile, bytes, &input, &err) < 0)
		return true; /* nobody knows */
	policy = input.policy;
	does_log = policy->default_action == CG_ACTION_LOG || policy->newer_action == CG_ACTION_LOG;
	for (size_t i = 0; !does_log && i < policy->rules.n_items; i++)
		does_log = policy->rules.items[i].action == CG_ACTION_LOG;
	return does_log;
}

static int write_profile(const char *reference, const struct cg_profile *profile, struct cg_text *text, struct cg_err *err)
{
	int r = cg_profile_write(profile, text);

	if (r == -ENOMEM || text->has_failed)
		return cg_err_memory(err);
	return r < 0 ? cg_err_set(err, r, reference, "this profile cannot be written for an engine") : 0;
}

static bool is_strict(const struct cg_text *bytes)
{
	CG_CLEANUP(cg_arena_done) struct cg_arena arena = { 0 };
	struct cg_json *root;

	return cg_json_read(&arena, "", cg_text_get(bytes), bytes->length, 0, &root, NULL) == 0 &&
	       cg_json_get(root, "defaultAction");
}

int cg_rolling_for_engine(struct cg_rolling *rolling, const char *reference, const struct cg_text *bytes,
			  struct cg_text *text, struct cg_err *err)
{
	CG_CLEANUP(cg_input_done) struct cg_input input = { 0 };
	CG_CLEANUP(free_profile) struct cg_profile *made = NULL;
	int r = take(rolling, reference, bytes, &input, err);

	if (r < 0)
		return r;
	if (is_strict(bytes)) {
		cg_text_add_bytes(text, cg_text_get(bytes), bytes->length);
		return text->has_failed ? cg_err_memory(err) : 0;
	}
	if (input.profile->is_outline)
		r = cg_policy_to_profile(input.policy, input.profile, &made, err);
	return r < 0 ? r : write_profile(reference, made ? made : input.profile, text, err);
}

/* ---- the proof */

static uint32_t audited(uint32_t action)
{
	uint32_t kind = cg_action_row(action)->value;

	return kind == CG_ACTION_ALLOW || kind == CG_ACTION_LOG ? action : CG_ACTION_LOG;
}

static int select_critical(const struct cg_policy *policy, const struct cg_filter *filter, struct cg_filter **ret_filter,
			   struct cg_err *err)
{
	CG_VEC(struct cg_filter_number) numbers = { 0 };
	int r = 0;

	for (size_t a = 0; a < policy->n_arches; a++)
		for (size_t i = 0; r == 0 && i < policy->arches[a]->n_rows; i++) {
			const struct cg_syscall_row *row = &policy->arches[a]->rows[i];
			struct cg_filter_number number = { policy->arches[a]->token, row->nr };

			if (cg_syscalls[row->call].tier == CG_TIER_CRITICAL && cg_vec_push(&numbers, number) < 0)
				r = cg_err_memory(err);
		}
	if (r == 0)
		r = cg_filter_select(filter, numbers.items, numbers.n_items, ret_filter, err);
	cg_vec_done(&numbers);
	return r;
}

/* What audit should answer: what is refused becomes LOG, and critical calls get what they get. */
static int mean_audit(struct cg_meanings *meanings, const struct cg_policy *policy, uint32_t *ret_root, struct cg_err *err)
{
	CG_CLEANUP(free_filter) struct cg_filter *filter = NULL, *mapped = NULL, *critical = NULL;
	uint32_t roots[2];
	int r = cg_gate_compile(policy, NULL, &filter, err);

	if (r == 0)
		r = cg_filter_map_actions(filter, audited, &mapped, err);
	if (r == 0)
		r = select_critical(policy, filter, &critical, err);
	if (r == 0)
		r = cg_meaning_of_filter(meanings, critical, &roots[0], err);
	if (r == 0)
		r = cg_meaning_of_filter(meanings, mapped, &roots[1], err);
	if (r == 0)
		r = cg_meaning_of_stack(meanings, roots, 2, ret_root, err);
	return r < 0 ? r : cg_meaning_of_effect(meanings, *ret_root, ret_root, err);
}

/* The first call by name in a region, or NULL: numbers without names, and architectures of others, are no matter here. */
static const struct cg_syscall *find_call(const struct cg_policy *policy, const struct cg_region *region)
{
	for (size_t a = 0; a < policy->n_arches; a++) {
		const struct cg_arch *arch = policy->arches[a];

		for (size_t i = 0; i < arch->n_rows; i++)
			if (arch->token >= region->arch_first && arch->token <= region->arch_last &&
			    arch->rows[i].nr >= region->nr_first && arch->rows[i].nr <= region->nr_last)
				return &cg_syscalls[arch->rows[i].call];
	}
	return NULL;
}

static int complain(const struct cg_policy *policy, const struct cg_regions *regions, const char *reference,
		    struct cg_err *err)
{
	for (size_t i = 0; i < regions->n_items; i++) {
		const struct cg_syscall *call = find_call(policy, &regions->items[i]);

		if (call)
			return cg_err_set(err, -EOPNOTSUPP, reference,
					  "no audit profile can be derived: %s would not get in it what audit means; write "
					  "one by hand and name it as \"audit\"",
					  call->name);
	}
	return 0;
}

static int prove(const struct cg_policy *policy, const struct cg_policy *twin, const char *reference, struct cg_err *err)
{
	CG_CLEANUP(free_meanings) struct cg_meanings *meanings = cg_meanings_new(NULL);
	CG_CLEANUP(cg_regions_done) struct cg_regions regions = { 0 };
	uint32_t wanted, got;
	int r;

	if (!meanings)
		return cg_err_memory(err);
	r = mean_audit(meanings, policy, &wanted, err);
	if (r == 0)
		r = cg_meaning_of_policy(meanings, twin, &got, err);
	if (r == 0)
		r = cg_meaning_of_effect(meanings, got, &got, err);
	if (r == 0)
		r = cg_meaning_regions(meanings, wanted, got, true, &regions, err);
	return r < 0 ? r : complain(policy, &regions, reference, err);
}

int cg_rolling_derive(struct cg_rolling *rolling, const struct cg_text *bytes, struct cg_text *text, struct cg_err *err)
{
	const char *reference = rolling->rollout.profile;
	CG_CLEANUP(cg_input_done) struct cg_input input = { 0 }, twin = { 0 };
	CG_CLEANUP(free_profile) struct cg_profile *made = NULL;
	struct cg_profile *profile;
	int r = take(rolling, reference, bytes, &input, err);

	if (r < 0)
		return r;
	if (input.profile->is_outline)
		r = cg_policy_to_profile(input.policy, input.profile, &made, err);
	profile = made ? made : input.profile;
	if (r == 0)
		r = cg_rollout_make_audit(profile, err);
	if (r == 0)
		r = write_profile(reference, profile, text, err);
	if (r == 0)
		r = take(rolling, rolling->rollout.audit, text, &twin, err);
	return r < 0 ? r : prove(input.policy, twin.policy, reference, err);
}
