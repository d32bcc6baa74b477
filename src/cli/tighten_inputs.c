/*
 * What callgate tighten reads before a round begins: see tightening.h.
 *
 * In: the words of the command line. Out: recordings in sum, the state of the rounds before, the profile's bytes, and the
 * calls that runtimes need.
 */
#include "base/cleanup.h"
#include "cli/input.h"
#include "cli/tightening.h"
#include "cli/yaml.h"
#include "draft/draft.h"
#include "learn/generate.h"
#include "learn/needs.h"
#include "os/file.h"
#include "profile/bundled.h"
#include "profile/systemd.h"

#include <errno.h>
#include <string.h>

static int read_recordings(struct cg_tightening_command *work, struct cg_err *err)
{
	for (size_t i = 1; i < work->args->n_words; i++) {
		CG_CLEANUP(cg_text_done) struct cg_text text = { 0 };
		const char *path = work->args->words[i];
		struct cg_recording *read = NULL;
		int r = cg_file_read(path, CG_RECORDING_SIZE_LIMIT, &text, err);

		if (r == 0)
			r = cg_recording_read(cg_input_name(path), cg_text_get(&text), text.length, &read, err);
		if (r == 0)
			r = cg_recording_merge(work->recording, read, err);
		cg_recording_free(read);
		if (r < 0)
			return r;
	}
	if (cg_recording_summarise(work->recording, &work->summary) < 0)
		return cg_err_memory(err);
	if (work->summary.calls.n_items)
		return 0;
	return cg_err_set(err, -ENODATA, work->args->words[1], "no call was recorded: everything would be unused");
}

int cg_tighten_read_state(struct cg_tightening_command *work, struct cg_err *err)
{
	CG_CLEANUP(cg_text_done) struct cg_text text = { 0 };
	int r = cg_file_read(work->state_from, CG_TIGHTEN_SIZE_LIMIT, &text, err);

	work->tighten.began = work->tighten.digest = "";
	if (r == -ENOENT)
		return 0;
	return r < 0 ? r : cg_tighten_read(work->state_from, cg_text_get(&text), text.length, &work->tighten, err);
}

static int add_needed(struct cg_tightening_command *work, const struct cg_profile *profile)
{
	for (size_t i = 0; i < profile->rules.n_items; i++)
		for (size_t k = 0; k < profile->rules.items[i].names.n_items; k++) {
			const char *name =
				cg_arena_copy_text(&work->arena, profile->rules.items[i].names.items[k].text);

			if (!name || cg_vec_push(&work->needed.list, name) < 0)
				return -ENOMEM;
		}
	return 0;
}

static int add_base(struct cg_tightening_command *work, const struct cg_bundled *base, struct cg_err *err)
{
	struct cg_profile *profile = NULL;
	int r = cg_profile_read(base->name, base->text, base->length, &work->target, NULL, &profile, err);

	if (r == 0 && add_needed(work, profile) < 0)
		r = cg_err_memory(err);
	cg_profile_free(profile);
	return r;
}

/* --base: what it allows is never closed. By default what runc and crun call between loading the filter and the start. */
static int read_bases(struct cg_tightening_command *work, struct cg_err *err)
{
	const char *given = cg_args_get(work->args, "base");
	int r = 0;

	for (size_t i = 0; !given && r == 0 && i < cg_n_bases; i++)
		r = add_base(work, &cg_bases[i], err);
	for (size_t i = 0; r == 0 && (given = cg_args_get_nth(work->args, "base", i)); i++) {
		const struct cg_bundled *base = cg_base_find(given);
		CG_CLEANUP(cg_input_done) struct cg_input input = { 0 };

		if (strcmp(given, "none") == 0)
			continue;
		if (base) {
			r = add_base(work, base, err);
			continue;
		}
		r = cg_input_read(given, &work->target, &input, err);
		if (r == 0 && add_needed(work, input.profile) < 0)
			r = cg_err_memory(err);
	}
	return r;
}

/* A profile that logs whatever was not recorded: all that is closed later was logged first. */
static int make_log_all(struct cg_tightening_command *work, struct cg_err *err)
{
	static const char *const without[] = { CG_SET_DANGEROUS, CG_SET_CLONE3, CG_SET_NAMESPACES };
	struct cg_generate_options options = { .default_kind = CG_GENERATE_LOG,
					       .n_runs = work->recording->runs.n_items,
					       .without = without,
					       .n_without = CG_N_ITEMS(without) };
	struct cg_sketch sketch = { 0 };
	struct cg_profile *profile = NULL;
	int r;

	if (work->target.n_arches)
		options.native = work->target.arches[0];
	r = cg_generate(&work->summary, &options, &sketch, err);
	if (r == 0)
		r = cg_draft_profile(&sketch, work->from, &profile, err);
	if (r == 0 && cg_profile_write(profile, &work->before) < 0)
		r = cg_err_memory(err);
	cg_profile_free(profile);
	cg_sketch_done(&sketch);
	return r;
}

static int fail_form(const char *name, const char *form, struct cg_err *err)
{
	return cg_err_set(err, -EINVAL, name,
			  "this is %s, and only a profile in JSON can be tightened: callgate merge "
			  "--union %s -o FILE.json makes one",
			  form, name);
}

static int read_profile(struct cg_tightening_command *work, struct cg_err *err)
{
	CG_CLEANUP(cg_input_done) struct cg_input input = { 0 };
	const char *name = cg_input_name(work->from);
	int r;

	if (cg_args_has(work->args, "from-log-all"))
		return make_log_all(work, err);
	r = cg_input_fetch(work->from, &input, err);
	if (r < 0)
		return r;
	if (cg_yaml_is(cg_text_get(&input.text)))
		return fail_form(name, "YAML", err);
	if (cg_input_is_policy_text(work->from, &input))
		return fail_form(name, "a policy text", err);
	if (cg_systemd_is(cg_text_get(&input.text), input.text.length))
		return fail_form(name, "a unit of systemd", err);
	work->before = input.text;
	input.text = (struct cg_text){ 0 };
	return 0;
}

int cg_tighten_read_inputs(struct cg_tightening_command *work, struct cg_err *err)
{
	int r = read_recordings(work, err);

	if (r == 0)
		r = cg_tighten_read_state(work, err);
	if (r == 0)
		r = read_profile(work, err);
	return r < 0 ? r : read_bases(work, err);
}
