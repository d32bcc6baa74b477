/*
 * See proposal.h. An edit is believed only when its text, read as the target's engine reads it, lets the call through.
 */
#include "cli/proposal.h"

#include "base/cleanup.h"
#include "cli/yaml.h"
#include "policy/eval.h"
#include "profile/systemd.h"
#include "report/cves.h"

#include <errno.h>
#include <string.h>

#define STEPS 4 /* a refusal taken away, an allowance added; two more are room */

/* The text is kept beside what is read of it, as reading may change the bytes (YAML). */
static int read_again(const struct cg_proposal *proposal, const struct cg_text *text, struct cg_input *ret_input,
		      struct cg_err *err)
{
	struct cg_input input = { 0 };
	int r;

	cg_text_add_bytes(&input.text, cg_text_get(text), text->length);
	r = input.text.has_failed ? cg_err_memory(err) :
				    cg_input_take(proposal->reference, proposal->target, &input, err);
	if (r == 0 && !input.policy)
		r = cg_err_set(err, -EINVAL, proposal->name, "this profile applies no seccomp at all");
	if (r < 0)
		cg_input_done(&input);
	else
		*ret_input = input;
	return r;
}

/* What the bytes are: only some kinds of text are edited. */
static void choose_form(struct cg_proposal *proposal, bool is_yaml)
{
	const char *bytes = cg_text_get(&proposal->original);

	proposal->form = CG_ADVICE_JSON;
	if (is_yaml)
		proposal->why_not = "the profile is YAML, which is read and not edited";
	else if (cg_input_is_policy_text(proposal->reference, &proposal->now))
		proposal->form = CG_ADVICE_POLICY;
	else if (cg_systemd_is(bytes, proposal->original.length))
		proposal->form = CG_ADVICE_SYSTEMD;
	else if (memchr(bytes, '\0', proposal->original.length))
		proposal->why_not = "it is no text";
}

static int start(const char *reference, const struct cg_target *target, const struct cg_text *bytes,
		 struct cg_proposal *proposal, struct cg_err *err)
{
	int r;

	proposal->reference = reference;
	proposal->name = cg_input_name(reference);
	proposal->target = target;
	cg_text_add_bytes(&proposal->original, cg_text_get(bytes), bytes->length);
	cg_text_add_bytes(&proposal->text, cg_text_get(bytes), bytes->length);
	if (proposal->original.has_failed || proposal->text.has_failed)
		return cg_err_memory(err);
	r = read_again(proposal, &proposal->text, &proposal->now, err);
	if (r < 0)
		return r;
	choose_form(proposal, cg_yaml_is(cg_text_get(bytes)));
	return 0;
}

int cg_proposal_open(const char *reference, const struct cg_target *target, struct cg_proposal *proposal,
		     struct cg_err *err)
{
	CG_CLEANUP(cg_input_done) struct cg_input fetched = { 0 };
	int r = cg_input_fetch(reference, &fetched, err);

	return r < 0 ? r : start(reference, target, &fetched.text, proposal, err);
}

int cg_proposal_open_again(const struct cg_proposal *other, struct cg_proposal *proposal, struct cg_err *err)
{
	return start(other->reference, other->target, &other->original, proposal, err);
}

void cg_proposal_done(struct cg_proposal *proposal)
{
	cg_text_done(&proposal->original);
	cg_text_done(&proposal->text);
	cg_input_done(&proposal->now);
}

static struct cg_advice_profile profile_of(const struct cg_proposal *proposal, const struct cg_input *input)
{
	return (struct cg_advice_profile){ proposal->name, input->policy, input->profile, cg_cve_count_of_call };
}

struct cg_advice_profile cg_proposal_profile(const struct cg_proposal *proposal)
{
	return profile_of(proposal, &proposal->now);
}

/* One step from `text`, read as `input`, to what follows it. */
static int step(const struct cg_proposal *proposal, const struct cg_advice_wish *wish, const struct cg_advice *advice,
		struct cg_text *text, struct cg_input *input, struct cg_err *err)
{
	CG_CLEANUP(cg_text_done) struct cg_text next = { 0 };
	struct cg_advice_profile profile = profile_of(proposal, input);
	struct cg_input read = { 0 };
	int r = cg_advice_edit(proposal->form, cg_text_get(text), text->length, &profile, wish, advice, &next, err);

	if (r != 0)
		return r;
	r = read_again(proposal, &next, &read, err);
	if (r == -ENOMEM)
		return r;
	if (r < 0)
		return 1;
	cg_input_done(input);
	*input = read;
	cg_text_clear(text);
	cg_text_add_bytes(text, cg_text_get(&next), next.length);
	return text->has_failed ? cg_err_memory(err) : 0;
}

/* Steps on copies, which are taken over once the call passes. */
static int work(struct cg_proposal *proposal, const struct cg_advice_wish *wish, const struct cg_call *call,
		bool has_args, uint32_t action, struct cg_text *text, struct cg_input *input, struct cg_err *err)
{
	int r = 0;

	for (int i = 0; r == 0 && i <= STEPS; i++) {
		struct cg_advice_profile profile = profile_of(proposal, input);
		struct cg_advice advice = cg_advice_find(&profile, call, has_args, action);

		if (advice.cause == CG_ADVICE_ALLOWED)
			return 0;
		if (i < STEPS)
			r = step(proposal, wish, &advice, text, input, err);
	}
	if (r == 0) {
		cg_err_set(err, -EOPNOTSUPP, NULL, "an edit was tried, and the profile still stops it");
		r = 1;
	}
	return r;
}

int cg_proposal_allow(struct cg_proposal *proposal, const struct cg_advice_wish *wish, const struct cg_call *call,
		      bool has_args, uint32_t action, struct cg_err *err)
{
	CG_CLEANUP(cg_text_done) struct cg_text text = { 0 };
	CG_CLEANUP(cg_input_done) struct cg_input input = { 0 };
	int r;

	if (proposal->why_not) {
		cg_err_set(err, -EOPNOTSUPP, NULL, "%s", proposal->why_not);
		return 1;
	}
	cg_text_add_bytes(&text, cg_text_get(&proposal->text), proposal->text.length);
	r = text.has_failed ? cg_err_memory(err) : read_again(proposal, &text, &input, err);
	if (r == 0)
		r = work(proposal, wish, call, has_args, action, &text, &input, err);
	if (r != 0)
		return r;
	if (strcmp(cg_text_get(&text), cg_text_get(&proposal->text)) != 0)
		proposal->n_edits++;
	cg_text_clear(&proposal->text);
	cg_text_add_bytes(&proposal->text, cg_text_get(&text), text.length);
	cg_input_done(&proposal->now);
	proposal->now = input;
	input = (struct cg_input){ 0 };
	return proposal->text.has_failed ? cg_err_memory(err) : 0;
}

static void findings_done(struct cg_cve_findings *findings)
{
	cg_cve_findings_done(findings);
}

int cg_proposal_opened(const struct cg_proposal *proposal, struct cg_text *names)
{
	struct cg_cve_scope scope = { .machine = proposal->target->arch, .capabilities = proposal->target->caps };
	CG_CLEANUP(cg_input_done) struct cg_input original = { 0 };
	CG_CLEANUP(findings_done) struct cg_cve_findings before = { 0 };
	CG_CLEANUP(findings_done) struct cg_cve_findings after = { 0 };
	int r = read_again(proposal, &proposal->original, &original, NULL);

	if (r == 0)
		r = cg_cves_judge_policy(original.policy, &scope, &before, NULL);
	if (r == 0)
		r = cg_cves_judge_policy(proposal->now.policy, &scope, &after, NULL);
	for (size_t i = 0; r == 0 && i < after.n_items; i++)
		if (after.items[i].verdict == CG_CVE_OPEN && before.items[i].verdict != CG_CVE_OPEN)
			cg_text_addf(names, "%s%s", names->length ? " " : "", after.items[i].cve->id);
	return r == -ENOMEM ? r : 0;
}

int cg_proposal_diff(const struct cg_proposal *proposal, struct cg_text *text)
{
	CG_CLEANUP(cg_text_done) struct cg_text name = { 0 };

	cg_text_addf(&name, "%s (proposed)", proposal->name);
	return cg_advice_diff(proposal->name, cg_text_get(&name), cg_text_get(&proposal->original),
			      cg_text_get(&proposal->text), text);
}
