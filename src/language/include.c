/*
 * What `include PATH` stands for: a bundled profile, or what the caller's function yields, a policy text or JSON.
 *
 * In: a path and the text that names it. Out: the statements of the other text in the place of this one; or one
 * statement that stands for a profile, whose rules are asked for once the architectures are known. This file opens
 * nothing: the caller does.
 */
#include "language/lower.h"

#include "base/cleanup.h"
#include "profile/bundled.h"

#include <errno.h>
#include <string.h>

static int fail_bundled(struct cg_document *document, const struct cg_spot *at, const char *name)
{
	const char *best = NULL;

	for (size_t i = 0; i < cg_n_bundled; i++)
		cg_word_keep_nearest(name, cg_bundled[i].name, &best);
	if (best)
		return cg_document_fail(document, -EINVAL, at,
					"no bundled profile is called '@%.40s'; did you mean @%s?", name, best);
	return cg_document_fail(document, -EINVAL, at, "no bundled profile is called '@%.40s'", name);
}

/* The bytes behind a path. *ret_bytes points into `text` or is constant. */
static int fetch(struct cg_document *document, const struct cg_spot *at, const char *path, struct cg_text *text,
		 const char **ret_bytes, size_t *ret_length, const char **ret_name)
{
	const struct cg_policy_text_options *options = document->options;
	const struct cg_bundled *bundled;
	int rc;

	*ret_name = path;
	if (path[0] == '@') {
		bundled = cg_bundled_find(path + 1);
		if (!bundled)
			return fail_bundled(document, at, path + 1);
		*ret_bytes = bundled->text;
		*ret_length = bundled->length;
		return 0;
	}
	if (!options->include)
		return cg_document_fail(document, -EINVAL, at, "no file can be included here, only @PROFILE");
	rc = options->include(options->context, at->source->name, path, text, ret_name, document->err);
	if (rc == 0 && text->has_failed)
		rc = cg_err_memory(document->err);
	*ret_bytes = cg_text_get(text);
	*ret_length = text->length;
	return rc;
}

static int resolve(struct cg_document *document, const struct cg_statement *statement, const struct cg_target *target,
		   struct cg_notes *notes, struct cg_policy **ret_policy)
{
	struct cg_policy *policy = NULL;
	int rc = cg_profile_resolve(statement->profile, target, notes, &policy, document->err);

	if (rc == 0 && !policy)
		rc = cg_document_fail(document, -EINVAL, &statement->at, "%s puts no filter in force for %s",
				      statement->profile->name, target->engine->name);
	if (rc == 0)
		*ret_policy = policy;
	return rc;
}

int cg_document_resolve(struct cg_document *document, const struct cg_statement *statement,
			const struct cg_target *target, struct cg_policy **ret_policy)
{
	return resolve(document, statement, target, NULL, ret_policy);
}

/* Its default and architectures count as those of a text. */
static int take_settings(struct cg_document *document, struct cg_source *source, const struct cg_policy *policy)
{
	int rc = 0;

	cg_setting_set(&document->default_action, &(struct cg_spot){ source, 0, 0 }, policy->default_action);
	for (size_t i = 0; rc == 0 && i < policy->n_arches; i++)
		rc = cg_document_add_arch(document, policy->arches[i]);
	return rc;
}

/* What was remarked about the profile stands at the include statement, and names its own place. */
static int pass_on(struct cg_document *document, const struct cg_source *source, const struct cg_spot *at,
		   const struct cg_notes *notes)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < notes->list.n_items; i++) {
		const struct cg_note *note = &notes->list.items[i];
		char place[CG_ERR_PLACE_SIZE];

		cg_err_place(place, source->name, note->line, note->column);
		rc = cg_document_note(document, note->severity, note->rule, at, note->remedy, "%s: %s", place,
				      note->message);
	}
	return rc < 0 ? cg_err_memory(document->err) : 0;
}

static int add_profile_with(struct cg_document *document, struct cg_source *source, const struct cg_spot *at,
			    const char *bytes, size_t length, struct cg_notes *notes)
{
	struct cg_statement *statement = NULL;
	struct cg_profile *profile = NULL;
	struct cg_policy *policy = NULL;
	int rc = cg_document_add_statement(document, at, &statement);

	if (rc == 0)
		rc = cg_profile_read(source->name, bytes, length, document->options->target, notes, &profile,
				     document->err);
	if (rc < 0)
		return rc;
	if (cg_vec_push(&document->profiles, profile) < 0) {
		cg_profile_free(profile);
		return cg_err_memory(document->err);
	}
	statement->profile = profile;
	rc = resolve(document, statement, document->options->target, notes, &policy);
	if (rc == 0)
		rc = take_settings(document, source, policy);
	cg_policy_free(policy);
	return rc < 0 ? rc : pass_on(document, source, at, notes);
}

static int add_profile(struct cg_document *document, struct cg_source *source, const struct cg_spot *at,
		       const char *bytes, size_t length)
{
	struct cg_notes notes = { 0 };
	int rc = add_profile_with(document, source, at, bytes, length, &notes);

	cg_notes_done(&notes);
	return rc;
}

static int new_source(struct cg_document *document, const struct cg_spot *at, const char *name,
		      struct cg_source **ret_source)
{
	struct cg_source *source = cg_document_alloc(document, sizeof(*source));

	if (!source)
		return -ENOMEM;
	source->name = cg_arena_copy_text(&document->arena, name);
	source->from = at->source;
	source->depth = at->source->depth + 1;
	source->line = cg_spot_line(at);
	*ret_source = source;
	return source->name ? 0 : cg_err_memory(document->err);
}

static bool has_suffix(const char *name, const char *suffix)
{
	size_t n = strlen(name), n_suffix = strlen(suffix);

	return n >= n_suffix && strcmp(name + n - n_suffix, suffix) == 0;
}

int cg_document_include(struct cg_document *document, const struct cg_spot *at, const char *path)
{
	CG_CLEANUP(cg_text_done) struct cg_text text = { 0 };
	struct cg_source *source = NULL;
	const char *bytes = NULL, *name = NULL;
	size_t length = 0;
	int rc;

	if (document->options->is_raw)
		return cg_document_fail(document, -EINVAL, at, "an include cannot be taken as it stands");
	if (document->n_sources++ == CG_POLICY_TEXT_INCLUDES_LIMIT)
		return cg_document_fail(document, -E2BIG, at, "more than %d includes", CG_POLICY_TEXT_INCLUDES_LIMIT);
	if (at->source->depth == CG_POLICY_TEXT_INCLUDE_DEPTH_LIMIT)
		return cg_document_fail(document, -E2BIG, at,
					"texts include each other more than %d deep; does one of them include itself?",
					CG_POLICY_TEXT_INCLUDE_DEPTH_LIMIT);
	rc = fetch(document, at, path, &text, &bytes, &length, &name);
	if (rc == 0)
		rc = new_source(document, at, name, &source);
	if (rc < 0)
		return rc;
	if (cg_policy_text_is(bytes, length) || has_suffix(name, CG_POLICY_TEXT_SUFFIX))
		return cg_document_add_text(document, source, bytes, length);
	return add_profile(document, source, at, bytes, length);
}
