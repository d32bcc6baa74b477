/*
 * What stands beside ROLLOUT.json. See rollout.h.
 */
#include "cli/rollout.h"

#include "base/cleanup.h"
#include "os/file.h"
#include "os/journal.h"
#include "os/signals.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static bool ends_in_json(const char *path)
{
	size_t length = strlen(path);

	return length > 5 && strcmp(path + length - 5, ".json") == 0;
}

static int name_files(struct cg_rolling *rolling)
{
	int length = (int)strlen(rolling->path) - (ends_in_json(rolling->path) ? 5 : 0);

	if (asprintf(&rolling->state_path, "%.*s.state.json", length, rolling->path) < 0)
		rolling->state_path = NULL;
	if (asprintf(&rolling->journal_path, "%.*s.journal.jsonl", length, rolling->path) < 0)
		rolling->journal_path = NULL;
	return rolling->state_path && rolling->journal_path ? 0 : -ENOMEM;
}

static int find_host(struct cg_rolling *rolling)
{
	const char *given = cg_args_get(rolling->args, "host");

	if (given)
		snprintf(rolling->host, sizeof(rolling->host), "%s", given);
	else
		cg_host_name(rolling->host, sizeof(rolling->host));
	if (cg_rollout_host_is_valid(rolling->host))
		return 0;
	return cg_cli_usage(rolling->args, "%s can be no host's name: letters, digits, '.', '-', '_' and ':', at most %d",
			    given ? "what --host gives" : "what this host calls itself", CG_ROLLOUT_HOST_LIMIT);
}

int cg_rolling_open(struct cg_rolling *rolling, const struct cg_args *args, bool reads)
{
	CG_CLEANUP(cg_text_done) struct cg_text text = { 0 };
	struct cg_err err = { 0 };
	int status;

	rolling->args = args;
	rolling->path = args->words[1];
	status = find_host(rolling);
	if (status == 0)
		status = cg_cli_target(args, &rolling->target);
	if (status)
		return status;
	if (name_files(rolling) < 0) {
		cg_err_memory(&err);
		return cg_cli_fail(&err);
	}
	if (!reads)
		return 0;
	if (cg_file_read(rolling->path, CG_ROLLOUT_SIZE_LIMIT, &text, &err) < 0 ||
	    cg_rollout_read(rolling->path, cg_text_get(&text), text.length, &rolling->rollout, &err) < 0)
		return cg_cli_fail(&err);
	return 0;
}

void cg_rolling_done(struct cg_rolling *rolling)
{
	free(rolling->state_path);
	free(rolling->journal_path);
	cg_rollout_done(&rolling->rollout);
	cg_arena_done(&rolling->arena);
	cg_text_done(&rolling->profile);
	cg_text_done(&rolling->audit);
}

/* ---- reading */

int cg_rolling_read_state(struct cg_rolling *rolling, struct cg_err *err)
{
	CG_CLEANUP(cg_text_done) struct cg_text text = { 0 };
	struct cg_rollout_state state;
	int r = cg_file_read(rolling->state_path, CG_ROLLOUT_STATE_LIMIT, &text, err), phase;

	if (r == -ENOENT)
		return cg_err_set(err, r, rolling->state_path, "this rollout was not begun: there is no such file; begin "
							       "it with callgate rollout init, or fetch the file");
	if (r == 0)
		r = cg_rollout_state_read(&rolling->arena, rolling->state_path, cg_text_get(&text), text.length, &state, err);
	if (r < 0)
		return r;
	if (strcmp(state.rollout, rolling->rollout.name) != 0)
		return cg_err_set(err, -EINVAL, rolling->state_path, "this is the state of the rollout '%s', not of '%s'",
				  state.rollout, rolling->rollout.name);
	phase = cg_rollout_find_phase(&rolling->rollout, state.phase);
	if (phase < 0)
		return cg_err_set(err, -EINVAL, rolling->state_path,
				  "it stands in phase '%s', which %s does not have: choose one with callgate rollout "
				  "rollback --to PHASE",
				  state.phase, rolling->path);
	rolling->state = state;
	rolling->phase = (size_t)phase;
	return 0;
}

const char *cg_rolling_beside(struct cg_rolling *rolling, const char *path)
{
	const char *slash = strrchr(rolling->path, '/');

	if (path[0] == '/' || path[0] == '@' || !slash)
		return path;
	return cg_arena_format(&rolling->arena, "%.*s%s", (int)(slash + 1 - rolling->path), rolling->path, path);
}

int cg_rolling_read_profile(struct cg_rolling *rolling, const char *reference, struct cg_text *text, struct cg_err *err)
{
	CG_CLEANUP(cg_input_done) struct cg_input input = { 0 };
	const char *path = cg_rolling_beside(rolling, reference);
	int r = path ? cg_input_fetch(path, &input, err) : cg_err_memory(err);

	if (r < 0)
		return r;
	cg_text_clear(text);
	cg_text_add_bytes(text, cg_text_get(&input.text), input.text.length);
	return text->has_failed ? cg_err_memory(err) : 0;
}

int cg_rolling_read_profiles(struct cg_rolling *rolling, struct cg_err *err)
{
	int r = cg_rolling_read_profile(rolling, rolling->rollout.profile, &rolling->profile, err);

	if (r == 0)
		r = cg_rolling_read_profile(rolling, rolling->rollout.audit, &rolling->audit, err);
	if (r < 0)
		return r;
	cg_rollout_digest(cg_text_get(&rolling->profile), rolling->profile.length, rolling->profile_digest);
	cg_rollout_digest(cg_text_get(&rolling->audit), rolling->audit.length, rolling->audit_digest);
	return 0;
}

/* ---- writing */

/*
 * The twin that we made goes with the profile, and is made anew where it is gone. One that somebody has changed since is
 * theirs. Where it cannot be made, the old one stays: a rollback must not fail because the profile is broken.
 */
static int renew_audit(struct cg_rolling *rolling, struct cg_err *err)
{
	struct cg_rollout_state *state = &rolling->state;
	CG_CLEANUP(cg_text_done) struct cg_text made = { 0 };
	const char *path = cg_rolling_beside(rolling, rolling->rollout.audit);
	struct cg_err why = { 0 };
	bool is_gone;
	int r;

	if (!path)
		return cg_err_memory(err);
	is_gone = cg_file_read(path, CG_PROFILE_SIZE_LIMIT, &made, NULL) == -ENOENT;
	cg_text_clear(&made);
	if (!state->is_audit_derived || (!is_gone && strcmp(state->profile_digest, rolling->profile_digest) == 0))
		return 0;
	if (!is_gone && strcmp(state->audit_digest, rolling->audit_digest) != 0) {
		state->is_audit_derived = false;
		cg_cli_say("%s was changed by hand: it is left as it is", rolling->rollout.audit);
		return 0;
	}
	r = cg_rolling_derive(rolling, &rolling->profile, &made, &why);
	if (r < 0) {
		cg_cli_say("the audit profile stays as it was: %s: %s", why.place, why.message);
		return 0;
	}
	r = cg_file_write(path, cg_text_get(&made), made.length, err);
	if (r == 0)
		cg_rollout_digest(cg_text_get(&made), made.length, rolling->audit_digest);
	return r;
}

/* What stands in the journal is taken, whatever became of it; a journal that cannot be read is begun at 1. */
static uint64_t next_serial(struct cg_rolling *rolling)
{
	CG_CLEANUP(cg_text_done) struct cg_text text = { 0 };
	uint64_t serial = rolling->state.serial, written = 0;

	if (cg_file_read(rolling->journal_path, CG_ROLLOUT_JOURNAL_LIMIT, &text, NULL) == 0)
		written = cg_rollout_journal_serial(cg_text_get(&text), text.length);
	return (written > serial ? written : serial) + 1;
}

static int write_state(struct cg_rolling *rolling, const char *waited_for, struct cg_err *err)
{
	CG_CLEANUP(cg_text_done) struct cg_text line = { 0 }, text = { 0 };
	off_t size;
	int r;

	cg_rollout_journal_line(&rolling->state, waited_for, &line);
	cg_rollout_state_write(&rolling->state, &text);
	if (line.has_failed || text.has_failed)
		return cg_err_memory(err);
	r = cg_journal_append(rolling->journal_path, cg_text_get(&line), line.length, &size, err);
	if (r < 0)
		return r;
	r = cg_file_write(rolling->state_path, cg_text_get(&text), text.length, err);
	if (r < 0)
		cg_journal_undo(rolling->journal_path, size);
	return r;
}

/* On one line: what is no character of a line would make the state one that is not read again. */
static const char *one_line(struct cg_rolling *rolling, const char *text)
{
	char *copy = cg_arena_copy_text(&rolling->arena, text);

	for (char *c = copy; c && *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			*c = ' ';
	return copy;
}

int cg_rolling_begin(struct cg_rolling *rolling, const char *change, const char *phase, const char *reason,
		     const char *waited_for, struct cg_err *err)
{
	struct cg_rollout_state *state = &rolling->state;
	char by[300];
	int r = renew_audit(rolling, err);

	if (r < 0)
		return r;
	cg_user_name(by, sizeof(by));
	state->by = one_line(rolling, by);
	state->reason = one_line(rolling, reason ? reason : "");
	if (!state->by || !state->reason)
		return cg_err_memory(err);
	state->serial = next_serial(rolling);
	state->from = state->phase ? state->phase : "";
	state->rollout = rolling->rollout.name;
	state->phase = phase;
	state->change = change;
	state->host = rolling->host;
	state->since_ms = cg_clock_epoch_ms();
	state->profile_digest = rolling->profile_digest;
	state->audit_digest = rolling->audit_digest;
	return write_state(rolling, waited_for, err);
}
