/*
 * The forms in which callgate generate writes what it made: a row a form.
 *
 * In: the profile, the sketch that it was drafted from, the target. Out: text. A form is one function and one row in
 * the table at the end; its name stands in CG_FORM_WORDS too, where completion reads it.
 */
#include "cli/generate_forms.h"

#include "base/cleanup.h"
#include "cli/cli.h"
#include "gate/gate.h"
#include "language/policy_text.h"
#include "profile/k8s.h"
#include "profile/systemd.h"

#include <string.h>

static int write_docker(struct cg_writing *writing, struct cg_err *err)
{
	return cg_profile_write(writing->profile, writing->text) < 0 ? cg_err_memory(err) : 0;
}

static int write_oci(struct cg_writing *writing, struct cg_err *err)
{
	int r = cg_profile_write_oci(writing->profile, writing->target, writing->text);

	return r < 0 ? cg_err_set(err, r, writing->profile->name, "cannot be written in OCI form") : 0;
}

/* The first reason of a call; the sketch's calls are sorted by name. */
static const char *reason_of(const void *context, const char *name)
{
	const struct cg_sketch *sketch = context;
	size_t least = 0, end = sketch->calls.n_items;

	while (least < end) {
		size_t middle = least + (end - least) / 2;
		const struct cg_sketch_call *call = &sketch->calls.items[middle];
		int order = strcmp(name, call->call->name);

		if (order == 0)
			return call->reasons.n_items ? call->reasons.items[0].text : NULL;
		if (order < 0)
			end = middle;
		else
			least = middle + 1;
	}
	return NULL;
}

static int write_policy(struct cg_writing *writing, struct cg_err *err)
{
	const struct cg_policy_text_reasons reasons = { reason_of, writing->sketch };
	struct cg_policy *policy = NULL;
	int r = cg_profile_resolve(writing->profile, writing->target, NULL, &policy, err);

	if (r == 0)
		r = cg_policy_text_write_with_reasons(policy, NULL, &reasons, writing->text, err);
	cg_policy_free(policy);
	return r;
}

static int write_systemd(struct cg_writing *writing, struct cg_err *err)
{
	struct cg_policy *policy = NULL;
	size_t n_opened = 0;
	int r = cg_profile_resolve(writing->profile, writing->target, NULL, &policy, err);

	if (r == 0)
		r = cg_systemd_write(policy, writing->target->arch, writing->text, &n_opened, err);
	if (n_opened)
		cg_cli_say("warning: systemd does not filter by arguments: %zu call%s that the profile allows by them %s "
			   "open in the unit, where a comment names them",
			   n_opened, n_opened == 1 ? "" : "s", n_opened == 1 ? "is" : "are");
	cg_policy_free(policy);
	return r;
}

/* The custom resource has no defaultErrnoRet: the default's error is EPERM, as engines have it. */
static int write_k8s(struct cg_writing *writing, struct cg_err *err)
{
	int r = cg_k8s_write(writing->profile, writing->target, writing->text);

	if (writing->profile->has_default_errno_ret && writing->profile->default_errno_ret != 1)
		cg_cli_say("warning: a SeccompProfile cannot say which error the rest gets: it is EPERM; a file for "
			   "localhostProfile can (--format oci)");
	return r < 0 ? cg_err_set(err, r, writing->profile->name, "cannot be written as a custom resource") : 0;
}

static int write_c(struct cg_writing *writing, struct cg_err *err)
{
	struct cg_policy *policy = NULL;
	struct cg_filter *filter = NULL;
	int r = cg_profile_resolve(writing->profile, writing->target, NULL, &policy, err);

	if (r == 0)
		r = cg_gate_compile(policy, NULL, &filter, err);
	if (r >= 0)
		cg_filter_write_c(filter, "filter", writing->text);
	cg_filter_free(filter);
	cg_policy_free(policy);
	return r < 0 ? r : 0;
}

/* The first is the default. The names are those of CG_FORM_WORDS: tests/cli/generate.bats holds them together. */
static const struct cg_form forms[] = {
	{ "docker", write_docker },
	{ "oci", write_oci },
	{ "systemd", write_systemd },
	{ "k8s", write_k8s },
	{ "policy", write_policy },
	{ "c", write_c },
};

const struct cg_form *cg_form_find(const char *name)
{
	for (size_t i = 0; name && i < CG_N_ITEMS(forms); i++)
		if (strcmp(forms[i].name, name) == 0)
			return &forms[i];
	return name ? NULL : &forms[0];
}

int cg_form_usage(const struct cg_args *args, const char *given)
{
	CG_CLEANUP(cg_text_done) struct cg_text names = { 0 };

	for (size_t i = 0; i < CG_N_ITEMS(forms); i++) {
		if (i)
			cg_text_add(&names, i + 1 < CG_N_ITEMS(forms) ? ", " : " or ");
		cg_text_add(&names, forms[i].name);
	}
	return cg_cli_usage(args, "--format takes %s, not '%s'", cg_text_get(&names), given);
}
