/*
 * See input.h. What a file holds is told by its bytes, not by its name: JSON, a policy text, the listing of a filter,
 * or a raw filter. Only NAME.policy is policy text whatever it looks like.
 */
#include "cli/input.h"

#include "base/cleanup.h"
#include "cli/yaml.h"
#include "language/policy_text.h"
#include "os/file.h"
#include "profile/bundled.h"
#include "profile/systemd.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *cg_cli_profile_reference(const struct cg_args *args)
{
	static const char *const variables[] = { "CALLGATE_PROFILE", "SECCOMP_PROFILE_PATH" };
	const char *reference = cg_args_get(args, "profile");

	for (size_t i = 0; !reference && i < 2; i++) {
		reference = getenv(variables[i]);
		/* Set but empty means none. */
		if (reference && !reference[0])
			reference = NULL;
	}
	return reference;
}

const char *cg_input_name(const char *reference)
{
	return strcmp(reference, "-") == 0 ? "standard input" : reference;
}

/* As for a misspelt command the nearest is named; where none is near, all of them are. */
static int fail_to_find_bundled(const char *name, struct cg_err *err)
{
	const char *best = NULL;
	char names[256] = "";

	for (size_t i = 0; i < cg_n_bundled; i++) {
		size_t used = strlen(names);

		cg_word_keep_nearest(name + 1, cg_bundled[i].name, &best);
		snprintf(names + used, sizeof(names) - used, "%s@%s", used ? ", " : "", cg_bundled[i].name);
	}
	if (best)
		return cg_err_set(err, -ENOENT, name, "there is no such bundled profile; did you mean @%s?", best);
	return cg_err_set(err, -ENOENT, name, "there is no such bundled profile; there are %s", names);
}

static int read_bundled(const char *name, struct cg_text *text, struct cg_err *err)
{
	const struct cg_bundled *bundled = cg_bundled_find(name + 1);

	if (bundled) {
		cg_text_add_bytes(text, bundled->text, bundled->length);
		return text->has_failed ? cg_err_memory(err) : 0;
	}
	return fail_to_find_bundled(name, err);
}

bool cg_input_is_policy_text(const char *reference, const struct cg_input *input)
{
	size_t length = strlen(reference), suffix = strlen(CG_POLICY_TEXT_SUFFIX);

	return (length > suffix && strcmp(reference + length - suffix, CG_POLICY_TEXT_SUFFIX) == 0) ||
	       (!cg_systemd_is(cg_text_get(&input->text), input->text.length) &&
		cg_policy_text_is(cg_text_get(&input->text), input->text.length));
}

/* What `include PATH` names: beside the text that says so, unless PATH begins with /. */
static int include(void *context, const char *from, const char *path, struct cg_text *ret_bytes,
		   const char **ret_name, struct cg_err *err)
{
	struct cg_text *name = context;
	const char *slash = strrchr(from, '/');

	cg_text_clear(name);
	if (slash && path[0] != '/')
		cg_text_add_bytes(name, from, (size_t)(slash - from) + 1);
	cg_text_add(name, path);
	if (name->has_failed)
		return cg_err_memory(err);
	*ret_name = cg_text_get(name);
	return cg_file_read(cg_text_get(name), CG_PROFILE_SIZE_LIMIT, ret_bytes, err);
}

static int read_policy_text(const char *reference, const struct cg_target *target, struct cg_input *input,
			    struct cg_err *err)
{
	CG_CLEANUP(cg_text_done) struct cg_text name = { 0 };
	struct cg_policy_text_options options = { .target = target, .include = include, .context = &name,
						  .notes = &input->notes };

	return cg_policy_text_read(reference, cg_text_get(&input->text), input->text.length, &options, &input->policy,
				   &input->profile, err);
}

int cg_input_fetch(const char *reference, struct cg_input *input, struct cg_err *err)
{
	if (reference[0] == '@')
		return read_bundled(reference, &input->text, err);
	return cg_file_read(reference, CG_PROFILE_SIZE_LIMIT, &input->text, err);
}

int cg_input_take(const char *reference, const struct cg_target *target, struct cg_input *input, struct cg_err *err)
{
	const char *name = cg_input_name(reference);
	int r;

	if (cg_yaml_is(cg_text_get(&input->text))) {
		r = cg_yaml_to_json(name, &input->text, err);
		if (r < 0)
			return r;
	}
	if (cg_input_is_policy_text(reference, input))
		return read_policy_text(name, target, input, err);

	if (cg_systemd_is(cg_text_get(&input->text), input->text.length))
		r = cg_systemd_read(name, cg_text_get(&input->text), input->text.length, target, &input->notes,
				    &input->profile, err);
	else
		r = cg_profile_read(name, cg_text_get(&input->text), input->text.length, target, &input->notes,
				    &input->profile, err);
	if (r < 0)
		return r;
	return cg_profile_resolve(input->profile, target, &input->notes, &input->policy, err);
}

int cg_input_read(const char *reference, const struct cg_target *target, struct cg_input *input, struct cg_err *err)
{
	int r = cg_input_fetch(reference, input, err);

	return r < 0 ? r : cg_input_take(reference, target, input, err);
}

void cg_input_say_notes(const struct cg_input *input, const char *reference)
{
	CG_CLEANUP(cg_notes_done) struct cg_notes folded = { 0 };
	const struct cg_notes *notes = cg_notes_fold(&input->notes, &folded) < 0 ? &input->notes : &folded;

	for (size_t i = 0; i < notes->list.n_items; i++) {
		const struct cg_note *note = &notes->list.items[i];
		char place[CG_ERR_PLACE_SIZE];

		if (note->severity < CG_SEVERITY_WARNING)
			continue;
		cg_err_place(place, cg_input_name(reference), note->line, note->column);
		cg_cli_say("%s: %s: %s", place, cg_severity_name(note->severity), note->message);
	}
}

void cg_input_done(struct cg_input *input)
{
	cg_text_done(&input->text);
	input->profile = cg_profile_free(input->profile);
	input->policy = cg_policy_free(input->policy);
	cg_notes_done(&input->notes);
}
