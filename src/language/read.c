/*
 * A policy text to a policy. In: bytes. Out: a policy of the native architecture and those that the text names, with
 * the rules that its statements come to (lower.c), and on request an outline of the text (outline.c).
 */
#include "language/lower.h"
#include "language/outline.h"

#include <errno.h>
#include <string.h>

/* A letter or an @ begins a statement, and no JSON object; nor has JSON comments that begin with #. */
bool cg_policy_text_is(const char *bytes, size_t length)
{
	bool has_comment = false;
	size_t i = 0;

	if (memchr(bytes, '\0', length < 64 ? length : 64))
		return false;
	for (; i < length; i++) {
		if (bytes[i] == '#') {
			has_comment = true;
			while (i < length && bytes[i] != '\n')
				i++;
		} else if (bytes[i] != ' ' && bytes[i] != '\t' && bytes[i] != '\r' && bytes[i] != '\n' &&
			   bytes[i] != ';') {
			break;
		}
	}
	if (i >= length)
		return has_comment;
	return has_comment || bytes[i] == '@' || (bytes[i] >= 'a' && bytes[i] <= 'z') ||
	       (bytes[i] >= 'A' && bytes[i] <= 'Z');
}

static int check_settings(struct cg_document *document, const struct cg_source *source)
{
	const struct cg_spot whole = { source, 0, 0 };

	if (!document->default_action.is_set)
		return cg_document_fail(
			document, -EINVAL, &whole,
			"there is no default: begin with `default ERRNO(ENOSYS)`, or with another action");
	if (document->default_action.is_disputed)
		return cg_document_fail(document, -EINVAL, &whole,
					"the texts that it includes have several defaults: say here which");
	if (document->bad_arch_action.is_set && document->bad_arch_action.is_disputed)
		return cg_document_fail(document, -EINVAL, &whole,
					"the texts that it includes have several bad-arch actions: say here which");
	return 0;
}

static int add_arch(struct cg_document *document, struct cg_policy *policy, const struct cg_source *source,
		    const struct cg_arch *arch)
{
	struct cg_err err = { 0 };
	int rc = cg_policy_add_arch(policy, arch, &err);

	return rc < 0 ? cg_document_fail(document, rc, &(struct cg_spot){ source, 0, 0 }, "%s", err.message) : 0;
}

/* The target's own list; or else the native one, as for every profile, and what the text names. */
static int add_arches(struct cg_document *document, struct cg_policy *policy, const struct cg_source *source)
{
	const struct cg_target *target = document->options->target;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < target->n_arches; i++)
		rc = add_arch(document, policy, source, target->arches[i]);
	if (rc < 0 || target->n_arches)
		return rc;
	if (!document->options->is_raw || document->arches.n_items == 0)
		rc = add_arch(document, policy, source, target->arch);
	for (size_t i = 0; rc == 0 && i < document->arches.n_items; i++)
		rc = add_arch(document, policy, source, document->arches.items[i]);
	return rc;
}

static int build(struct cg_document *document, const struct cg_source *source, struct cg_policy *policy)
{
	int rc = check_settings(document, source);

	if (rc < 0)
		return rc;
	policy->default_action = document->default_action.value;
	if (document->bad_arch_action.is_set)
		policy->bad_arch_action = document->bad_arch_action.value;
	policy->flags = document->flags;
	rc = add_arches(document, policy, source);
	return rc < 0 ? rc : cg_document_lower(document, policy);
}

static void document_done(struct cg_document *document)
{
	for (size_t i = 0; i < document->profiles.n_items; i++)
		cg_profile_free(document->profiles.items[i]);
	cg_vec_done(&document->profiles);
	cg_vec_done(&document->arches);
	cg_arena_done(&document->arena);
}

int cg_policy_text_read(const char *name, const char *bytes, size_t length,
			const struct cg_policy_text_options *options, struct cg_policy **ret_policy,
			struct cg_profile **ret_outline, struct cg_err *err)
{
	struct cg_document document = { .options = options, .err = err };
	struct cg_source source = { .name = name };
	struct cg_policy *policy = cg_policy_new(CG_ACTION_KILL_PROCESS);
	struct cg_profile *outline = NULL;
	int rc = policy ? cg_document_add_text(&document, &source, bytes, length) : cg_err_memory(err);

	if (rc == 0)
		rc = build(&document, &source, policy);
	if (rc == 0 && ret_outline)
		rc = cg_document_outline(&document, name, &outline);
	document_done(&document);
	if (rc < 0) {
		cg_policy_free(policy);
		return rc;
	}
	*ret_policy = policy;
	if (ret_outline)
		*ret_outline = outline;
	return 0;
}
