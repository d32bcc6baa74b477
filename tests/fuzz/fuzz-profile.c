/*
 * Fuzz target of profiles: reading, resolving and writing, for every engine.
 *
 * In: bytes of a profile; the last byte, if there is one, and the length choose the engine, the native architecture,
 * the capabilities and whether notes are collected (suggestions cost most of the time). Held:
 * no crash, no leak; an error has a place in the file and a message; what is written is read again, resolves to the
 * same policy for the engine `oci`, and is written to the same bytes.
 */
#include "policy/eval.h"
#include "profile/profile.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
	if (!holds)
		abort();
}

static void require_err(const struct cg_err *err, int rc)
{
	require(err->code == rc && err->message[0] != '\0');
	require(rc == -ENOMEM || strncmp(err->place, "fuzz", 4) == 0);
}

static bool is_same(const struct cg_policy *a, const struct cg_policy *b)
{
	if (a->default_action != b->default_action || a->n_arches != b->n_arches ||
	    a->rules.n_items != b->rules.n_items)
		return false;
	for (size_t i = 0; i < a->rules.n_items; i++) {
		const struct cg_rule *x = &a->rules.items[i], *y = &b->rules.items[i];

		if (x->arch != y->arch || x->nr != y->nr || x->action != y->action ||
		    x->n_comparisons != y->n_comparisons)
			return false;
		for (unsigned int k = 0; k < x->n_comparisons; k++) {
			if (memcmp(&x->comparisons[k], &y->comparisons[k], sizeof(x->comparisons[k])) != 0)
				return false;
		}
	}
	return true;
}

/* NULL when it is refused, or when there is nothing to put in force. */
static struct cg_policy *resolve(const struct cg_profile *profile, const struct cg_target *target, bool wants_notes)
{
	struct cg_policy *policy = NULL;
	struct cg_notes notes = { 0 };
	struct cg_err err = { 0 };
	int rc = cg_profile_resolve(profile, target, wants_notes ? &notes : NULL, &policy, &err);

	if (rc < 0)
		require_err(&err, rc);
	if (policy)
		cg_policy_eval(policy, &(struct cg_call){ .arch = target->arch->token, .nr = 1 });
	require(notes.list.n_items <= CG_PROFILE_NOTES_LIMIT + 1);
	cg_notes_done(&notes);
	return policy;
}

static void check_written(const struct cg_profile *profile, const struct cg_target *target,
			  const struct cg_policy *policy)
{
	struct cg_text first = { 0 }, second = { 0 };
	struct cg_profile *again = NULL;
	struct cg_policy *policy_again;
	struct cg_err err = { 0 };

	/* A word that means nothing, in a rule that does not apply here. */
	if (cg_profile_write(profile, &first) < 0) {
		cg_text_done(&first);
		return;
	}
	require(cg_profile_read("fuzz", first.data, first.length, target, NULL, &again, &err) == 0);
	require(cg_profile_write(again, &second) == 0);
	require(strcmp(first.data, second.data) == 0);
	policy_again = resolve(again, target, false);
	require(policy_again && is_same(policy, policy_again));
	cg_policy_free(policy_again);
	cg_profile_free(again);
	cg_text_done(&first);
	cg_text_done(&second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t choice = size ? data[size - 1] : 0;
	struct cg_profile *profile = NULL;
	struct cg_policy *policy;
	struct cg_target target;
	struct cg_err err = { 0 };
	int rc;

	cg_target_init(&target);
	target.engine = &cg_engines[(size + choice) % cg_n_engines];
	target.arch = &cg_arches[choice % cg_n_arches];
	target.caps = choice & 0x80 ? cg_caps_all() : target.caps;
	target.kernel[0] = 6;

	rc = cg_profile_read("fuzz", (const char *)data, size, &target, NULL, &profile, &err);
	if (rc < 0) {
		require_err(&err, rc);
		return 0;
	}
	policy = resolve(profile, &target, choice & 0x40);
	if (policy && target.engine == &cg_engines[0])
		check_written(profile, &target, policy);
	cg_policy_free(policy);
	cg_profile_free(profile);
	return 0;
}
