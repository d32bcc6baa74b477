/*
 * Fuzz target of policy texts: reading, writing, and the OCI form.
 *
 * In: bytes of a text; the last byte, if there is one, chooses the architecture and whether the statements are taken as
 * they stand. Held: no crash, no leak; an error has a place and a message; what is written is read again, says the same
 * of calls at the edges of its own comparisons, and stays as it is from then on; the same of the OCI form, where it can
 * say it.
 */
#include "language/policy_text.h"
#include "policy/eval.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define N_ASKED 20 /* rules whose edges are asked: eval goes through all rules each time */

static void require(bool holds)
{
	if (!holds)
		abort();
}

/* Texts that include each other, and a profile. */
static int include(void *context, const char *from, const char *path, struct cg_text *ret_bytes,
		   const char **ret_name, struct cg_err *err)
{
	static const char json[] =
		"{\"defaultAction\": \"SCMP_ACT_TRAP\", \"syscalls\": [{\"names\": [\"read\"], \"action\": "
		"\"SCMP_ACT_LOG\", \"args\": [{\"index\": 0, \"value\": 6, \"valueTwo\": 2, \"op\": "
		"\"SCMP_CMP_MASKED_EQ\"}]}, {\"names\": [\"read\"], \"action\": \"SCMP_ACT_ALLOW\", \"args\": "
		"[{\"index\": 0, \"value\": 1, \"op\": \"SCMP_CMP_NE\"}]}]}";

	*ret_name = path;
	if (path[0] == 'j')
		cg_text_add(ret_bytes, json);
	else if (path[0] == 't')
		cg_text_add(ret_bytes, "default kill; allow read when a0 in {1, 5..9}; include t");
	else
		return cg_err_set(err, -1, path, "there is no such file");
	return 0;
}

static struct cg_policy *read_text(const char *bytes, size_t length, struct cg_policy_text_options *options)
{
	struct cg_policy *policy = NULL;
	struct cg_profile *outline = NULL;
	struct cg_notes notes = { 0 };
	struct cg_err err = { 0 };
	int rc;

	options->notes = &notes;
	rc = cg_policy_text_read("fuzz", bytes, length, options, &policy, &outline, &err);
	require(rc == 0 ? policy && outline : !policy && err.code == rc && err.message[0] && err.place[0]);
	require(notes.list.n_items <= CG_PROFILE_NOTES_LIMIT);
	cg_profile_free(outline);
	cg_notes_done(&notes);
	return policy;
}

static void ask(const struct cg_policy *a, const struct cg_policy *b, const struct cg_rule *rule,
		const uint64_t args[6])
{
	struct cg_call call = { .arch = rule->arch->token, .nr = rule->nr };

	memcpy(call.args, args, sizeof(call.args));
	require(cg_policy_eval(a, &call) == cg_policy_eval(b, &call));
}

/* Each comparison met exactly, and missed by one. */
static void ask_rule(const struct cg_policy *a, const struct cg_policy *b, const struct cg_rule *rule)
{
	uint64_t args[6] = { 0 };

	ask(a, b, rule, args);
	for (unsigned int i = 0; i < rule->n_comparisons; i++)
		args[rule->comparisons[i].arg] = rule->comparisons[i].value;
	ask(a, b, rule, args);
	for (unsigned int i = 0; i < rule->n_comparisons; i++) {
		uint64_t *arg = &args[rule->comparisons[i].arg], kept = *arg;

		for (int by = -1; by <= 1; by++) {
			*arg = rule->comparisons[i].value + (uint64_t)by;
			ask(a, b, rule, args);
		}
		*arg = ~rule->comparisons[i].mask | rule->comparisons[i].value;
		ask(a, b, rule, args);
		*arg = kept;
	}
}

static void require_same(const struct cg_policy *a, const struct cg_policy *b)
{
	require(a->default_action == b->default_action && a->n_arches == b->n_arches);
	for (size_t i = 0; i < a->rules.n_items && i < N_ASKED; i++)
		ask_rule(a, b, &a->rules.items[i]);
	for (size_t i = 0; i < b->rules.n_items && i < N_ASKED; i++)
		ask_rule(a, b, &b->rules.items[i]);
}

/* NULL when it is too large to be read again. */
static struct cg_policy *again(const struct cg_policy *policy, struct cg_policy_text_options *options,
			       struct cg_text *text)
{
	struct cg_policy *read = NULL;

	if (cg_policy_text_write(policy, NULL, text, NULL) == 0 && text->length <= CG_POLICY_TEXT_SIZE_LIMIT) {
		read = read_text(text->data, text->length, options);
		require(read);
		require_same(policy, read);
	}
	return read;
}

static void check_written(const struct cg_policy *policy, struct cg_policy_text_options *options)
{
	struct cg_text first = { 0 }, second = { 0 }, third = { 0 };
	struct cg_policy *a = again(policy, options, &first), *b = a ? again(a, options, &second) : NULL;

	if (b && cg_policy_text_write(b, NULL, &third, NULL) == 0 && options->is_raw == false)
		require(strcmp(second.data, third.data) == 0);
	cg_policy_free(a);
	cg_policy_free(b);
	cg_text_done(&first);
	cg_text_done(&second);
	cg_text_done(&third);
}

static void check_oci(const struct cg_policy *policy, const struct cg_target *target)
{
	struct cg_profile *profile = NULL;
	struct cg_policy *resolved = NULL;
	struct cg_err err = { 0 };

	if (cg_policy_to_profile(policy, NULL, &profile, &err) < 0) {
		require(err.message[0] != '\0');
		return;
	}
	require(cg_profile_resolve(profile, target, NULL, &resolved, &err) == 0 && resolved);
	require_same(policy, resolved);
	cg_policy_free(resolved);
	cg_profile_free(profile);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cg_target target;
	struct cg_policy_text_options options = { .target = &target, .include = include };
	struct cg_policy *policy;
	struct cg_text pfc = { 0 };

	cg_target_init(&target);
	if (size)
		target.arch = &cg_arches[data[size - 1] % cg_n_arches];
	options.is_raw = size && data[size - 1] & 0x40;
	policy = read_text((const char *)data, size, &options);
	if (!policy)
		return 0;
	require(cg_policy_write_pfc(policy, &pfc) == 0);
	cg_text_done(&pfc);
	/* Written text is no raw one. */
	target.n_arches = policy->n_arches;
	memcpy(target.arches, policy->arches, sizeof(target.arches));
	options.is_raw = false;
	check_written(policy, &options);
	check_oci(policy, &target);
	cg_policy_free(policy);
	return 0;
}
