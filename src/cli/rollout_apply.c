/*
 * callgate rollout apply: this host's profile of the moment, where the engine reads it. See rollout.h.
 *
 * In: the state, both profiles, this host's name. Out: the file, replaced in one step, and the old one beside it as
 * NAME.previous; nothing is written where nothing changes. Only a profile that can be read and resolved, and is the one
 * with which the phase began, gets there: what is half-written, or not yet reviewed, leaves the old one in force.
 */
#include "cli/rollout.h"

#include "base/cleanup.h"
#include "os/file.h"
#include "os/output.h"
#include "profile/profile.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct applying {
	struct cg_rolling *rolling;
	bool enforces;
	const char *path; /* where it goes */
	struct cg_text text; /* what goes there */
	bool has_changed;
};

static const char *find_path(struct cg_rolling *rolling)
{
	const char *given = cg_args_get(rolling->args, "output"), *convention = getenv("SECCOMP_PROFILE_PATH");

	if (given)
		return given;
	if (rolling->rollout.path)
		return cg_rolling_beside(rolling, rolling->rollout.path);
	return convention && convention[0] ? convention : NULL;
}

/* Reads the one profile that this host gets: the other may be broken. */
static int read_profile(struct applying *applying, struct cg_err *err)
{
	struct cg_rolling *rolling = applying->rolling;
	const char *reference = applying->enforces ? rolling->rollout.profile : rolling->rollout.audit;
	const char *pinned = applying->enforces ? rolling->state.profile_digest : rolling->state.audit_digest;
	CG_CLEANUP(cg_text_done) struct cg_text bytes = { 0 };
	char digest[CG_ROLLOUT_DIGEST_SIZE];
	int r = cg_rolling_read_profile(rolling, reference, &bytes, err);

	if (r < 0)
		return r;
	cg_rollout_digest(cg_text_get(&bytes), bytes.length, digest);
	if (strcmp(digest, pinned) != 0)
		return cg_err_set(err, -EINVAL, reference,
				  "this is not the profile with which the phase '%s' began: fetch the state that belongs to "
				  "it, or begin the phase again with callgate rollout rollback --to %s",
				  rolling->state.phase, rolling->state.phase);
	return cg_rolling_for_engine(rolling, reference, &bytes, &applying->text, err);
}

static bool is_same(const struct cg_text *a, const struct cg_text *b)
{
	return a->length == b->length && memcmp(cg_text_get(a), cg_text_get(b), a->length) == 0;
}

/* With the folder held. */
static int replace(struct applying *applying, struct cg_err *err)
{
	CG_CLEANUP(cg_text_done) struct cg_text old = { 0 }, previous = { 0 };
	int r = cg_file_read(applying->path, CG_PROFILE_SIZE_LIMIT, &old, err);

	if (r < 0 && r != -ENOENT)
		return r;
	if (r == 0 && is_same(&old, &applying->text))
		return 0;
	if (r == 0) {
		cg_text_addf(&previous, "%s.previous", applying->path);
		if (previous.has_failed)
			return cg_err_memory(err);
		r = cg_file_write(cg_text_get(&previous), cg_text_get(&old), old.length, err);
		if (r < 0)
			return r;
	}
	r = cg_file_write(applying->path, cg_text_get(&applying->text), applying->text.length, err);
	applying->has_changed = r == 0;
	return r;
}

static int print(const struct applying *applying)
{
	const struct cg_rolling *rolling = applying->rolling;
	const char *mode = applying->enforces ? "enforce" : "audit";
	CG_CLEANUP(cg_text_done) struct cg_text text = { 0 };
	struct cg_json_writer json = { .text = &text };

	if (!cg_args_has(rolling->args, "json")) {
		cg_text_addf(&text, "%s: %s: %s of phase %s%s\n", rolling->host, applying->path, mode, rolling->state.phase,
			     applying->has_changed ? ", put in place: what starts from now on gets it" : ", as before");
		return cg_out_print(&text);
	}
	cg_json_open_object(&json, NULL);
	cg_json_string(&json, "host", rolling->host);
	cg_json_string(&json, "rollout", rolling->rollout.name);
	cg_json_string(&json, "phase", rolling->state.phase);
	cg_json_string(&json, "mode", mode);
	cg_json_string(&json, "path", applying->path);
	cg_json_bool(&json, "changed", applying->has_changed);
	cg_json_close_object(&json);
	cg_text_add_char(&text, '\n');
	return cg_out_print(&text);
}

/* What a rollout is made of is not what it makes: the profile would be gone. */
static int check_path(const struct applying *applying, struct cg_err *err)
{
	struct cg_rolling *rolling = applying->rolling;
	const char *own[] = { rolling->rollout.profile, rolling->rollout.audit, NULL, NULL, NULL };

	for (size_t i = 0; i < 2; i++)
		own[i] = cg_rolling_beside(rolling, own[i]);
	if (!own[0] || !own[1])
		return cg_err_memory(err);
	own[2] = rolling->path;
	own[3] = rolling->state_path;
	own[4] = rolling->journal_path;
	for (size_t i = 0; i < CG_N_ITEMS(own); i++)
		if (cg_file_is_same(own[i], applying->path))
			return cg_err_set(err, -EINVAL, applying->path,
					  "this belongs to the rollout, and would be lost: let the engine read another file");
	return 0;
}

static int put_in_place(struct applying *applying, struct cg_err *err)
{
	int held, r = check_path(applying, err);

	if (r < 0)
		return r;
	held = cg_output_hold(applying->path);
	r = replace(applying, err);
	cg_output_release(held);
	return r;
}

int cg_rolling_apply(struct cg_rolling *rolling)
{
	struct applying applying = { .rolling = rolling, .path = find_path(rolling) };
	bool is_shown = applying.path && strcmp(applying.path, "-") == 0;
	struct cg_err err = { 0 };
	int r, status;

	if (!applying.path)
		return cg_cli_usage(rolling->args, "where does the engine read the profile? Give \"path\" in the rollout, "
						   "--output, or SECCOMP_PROFILE_PATH");
	r = cg_rolling_read_state(rolling, &err);
	if (r == 0) {
		applying.enforces = cg_rollout_enforces(&rolling->rollout, rolling->phase, rolling->host);
		r = read_profile(&applying, &err);
	}
	if (r == 0 && !is_shown)
		r = put_in_place(&applying, &err);
	status = r < 0 ? cg_cli_fail(&err) : is_shown ? cg_out_print(&applying.text) : print(&applying);
	cg_text_done(&applying.text);
	return status;
}
