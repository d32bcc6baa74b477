/*
 * callgate rollout: takes a profile through audit, partial and full enforcement.
 *
 * In: a verb and ROLLOUT.json. Out: its state beside it, a journal, and on each host the profile of the moment. What
 * changes the state holds the folder, so that two at once follow one another. See rollout.h, callgate-rollout(1).
 */
#include "base/cleanup.h"
#include "cli/commands.h"
#include "cli/rollout.h"
#include "history/history.h"
#include "os/file.h"
#include "os/output.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static int say_begun(const struct cg_rolling *rolling)
{
	const struct cg_rollout_state *state = &rolling->state;
	CG_CLEANUP(cg_text_done) struct cg_text text = { 0 };

	if (state->from[0])
		cg_text_addf(&text, "%s: %s -> %s (%s)", state->rollout, state->from, state->phase, state->change);
	else
		cg_text_addf(&text, "%s: %s begins", state->rollout, state->phase);
	cg_text_add(&text, "; a host gets its profile with callgate rollout apply\n");
	return cg_out_print(&text);
}

/* ---- init */

/* "dir/x.json" and ".audit.json" to "dir/x.audit.json"; with is_bare "x.audit.json". */
static void add_beside(struct cg_text *text, const char *path, const char *suffix, bool is_bare)
{
	const char *slash = strrchr(path, '/'), *name = is_bare && slash ? slash + 1 : path;
	size_t length = strlen(name);

	if (name[0] == '@')
		name++, length--;
	if (length > 5 && strcmp(name + length - 5, ".json") == 0)
		length -= 5;
	cg_text_add_bytes(text, name, length);
	cg_text_add(text, suffix);
}

/* The profile as ROLLOUT.json names it: beside it where it is in the same folder, else by its whole path. */
static const char *name_profile(struct cg_rolling *rolling, const char *profile)
{
	const char *slash = strrchr(rolling->path, '/'), *other = strrchr(profile, '/');
	size_t n_folder = slash ? (size_t)(slash + 1 - rolling->path) : 0;

	if (profile[0] == '@' || profile[0] == '/')
		return profile;
	if (other && (size_t)(other + 1 - profile) == n_folder && strncmp(profile, rolling->path, n_folder) == 0)
		return other + 1;
	return n_folder == 0 ? profile : NULL;
}

/* Can it be read, and is there a twin of it, or one that somebody has made? */
static int check_profile(struct cg_rolling *rolling, struct cg_err *err)
{
	const char *path = cg_rolling_beside(rolling, rolling->rollout.audit);
	CG_CLEANUP(cg_text_done) struct cg_text text = { 0 };
	int r = path ? cg_rolling_read_profile(rolling, rolling->rollout.profile, &rolling->profile, err) :
		       cg_err_memory(err);

	if (r < 0 || cg_file_read(path, CG_PROFILE_SIZE_LIMIT, &text, NULL) == 0)
		return r;
	return cg_rolling_derive(rolling, &rolling->profile, &text, err);
}

static int write_rollout(struct cg_rolling *rolling, const char *profile, const char *audit, struct cg_err *err)
{
	const struct cg_args *args = rolling->args;
	CG_CLEANUP(cg_text_done) struct cg_text text = { 0 }, name = { 0 };
	struct cg_rollout_wish wish = { .profile = profile, .audit = audit, .name = cg_args_get(args, "name"),
					.path = cg_args_get(args, "output"), .history = cg_args_get(args, "history"),
					.prometheus = cg_args_get(args, "prometheus"), .suite = cg_args_get(args, "suite") };
	int r;

	add_beside(&name, rolling->path, "", true);
	if (!wish.name)
		wish.name = cg_text_get(&name);
	if (!wish.history)
		wish.history = CG_HISTORY_DEFAULT;
	cg_rollout_write(&wish, &text);
	if (text.has_failed || name.has_failed)
		return cg_err_memory(err);
	/* What was said on the command line is judged as if it had stood there. Where it is wrong, nothing is left behind. */
	r = cg_rollout_read(rolling->path, cg_text_get(&text), text.length, &rolling->rollout, err);
	if (r == 0)
		r = check_profile(rolling, err);
	return r < 0 ? r : cg_file_write(rolling->path, cg_text_get(&text), text.length, err);
}

/* Writes the twin, unless somebody has one there already. */
static int write_audit(struct cg_rolling *rolling, struct cg_err *err)
{
	const char *path = cg_rolling_beside(rolling, rolling->rollout.audit);
	CG_CLEANUP(cg_text_done) struct cg_text made = { 0 }, there = { 0 };
	int r = path ? cg_rolling_read_profile(rolling, rolling->rollout.profile, &rolling->profile, err) :
		       cg_err_memory(err);

	if (r < 0)
		return r;
	if (cg_file_read(path, CG_PROFILE_SIZE_LIMIT, &there, NULL) == 0) {
		cg_cli_say("%s is there and stays as it is: it is what hosts get that do not enforce", path);
		return 0;
	}
	r = cg_rolling_derive(rolling, &rolling->profile, &made, err);
	if (r == 0)
		r = cg_file_write(path, cg_text_get(&made), made.length, err);
	rolling->state.is_audit_derived = r == 0;
	return r;
}

static bool is_there(const char *path)
{
	CG_CLEANUP(cg_text_done) struct cg_text text = { 0 };

	return cg_file_read(path, CG_ROLLOUT_SIZE_LIMIT, &text, NULL) != -ENOENT;
}

static int begin_first(struct cg_rolling *rolling, struct cg_err *err)
{
	int r = write_audit(rolling, err);

	if (r == 0)
		r = cg_rolling_read_profiles(rolling, err);
	rolling->state.profile_digest = rolling->profile_digest; /* the twin was made of this one */
	rolling->state.audit_digest = rolling->audit_digest;
	return r < 0 ? r : cg_rolling_begin(rolling, "init", rolling->rollout.phases[0].name, NULL, NULL, err);
}

/* ROLLOUT.json that is there is begun as it is. */
static int prepare(struct cg_rolling *rolling, const char *profile, struct cg_err *err)
{
	CG_CLEANUP(cg_text_done) struct cg_text text = { 0 }, audit = { 0 };
	const char *named = profile ? name_profile(rolling, profile) : NULL;
	int r;

	if (!profile) {
		r = cg_file_read(rolling->path, CG_ROLLOUT_SIZE_LIMIT, &text, err);
		return r < 0 ? r : cg_rollout_read(rolling->path, cg_text_get(&text), text.length, &rolling->rollout, err);
	}
	if (!named)
		return cg_err_set(err, -EINVAL, profile, "a profile is named by its whole path, or stands beside %s",
				  rolling->path);
	add_beside(&audit, named, ".audit.json", named[0] == '@');
	return audit.has_failed ? cg_err_memory(err) : write_rollout(rolling, named, cg_text_get(&audit), err);
}

static int init(struct cg_rolling *rolling)
{
	const char *profile = cg_args_get(rolling->args, "profile");
	struct cg_err err = { 0 };
	int held, r;

	if (!profile && !is_there(rolling->path))
		return cg_cli_usage(rolling->args, "which profile? Give --profile");
	if (profile && is_there(rolling->path)) {
		cg_err_set(&err, -EEXIST, rolling->path, "is there already: begin it without --profile, or name another file");
		return cg_cli_fail(&err);
	}
	if (is_there(rolling->state_path)) {
		cg_err_set(&err, -EEXIST, rolling->state_path, "this rollout was begun already: see callgate rollout status");
		return cg_cli_fail(&err);
	}
	held = cg_output_hold(rolling->path);
	r = prepare(rolling, profile, &err);
	if (r == 0)
		r = begin_first(rolling, &err);
	cg_output_release(held);
	return r < 0 ? cg_cli_fail(&err) : say_begun(rolling);
}

/* ---- advance */

static int advance_held(struct cg_rolling *rolling, const char *force, struct cg_err *err)
{
	CG_CLEANUP(cg_rollout_facts_done) struct cg_rollout_facts facts = { 0 };
	CG_CLEANUP(cg_text_done) struct cg_text waiting = { 0 };
	struct cg_rollout_decision decision;
	int r = cg_rolling_gather(rolling, &facts, err);

	if (r == 0 && cg_rollout_decide(&rolling->rollout, rolling->phase, rolling->state.since_ms, &facts, &rolling->arena,
					&decision) < 0)
		r = cg_err_memory(err);
	if (r < 0)
		return r;
	cg_rollout_say_waiting(&decision, &waiting);
	if (waiting.has_failed)
		return cg_err_memory(err);
	if (!decision.is_open && !force) {
		cg_cli_say("the gate of phase %s is shut: %s", rolling->state.phase, cg_text_get(&waiting));
		return 1;
	}
	r = cg_rolling_read_profiles(rolling, err);
	if (r < 0)
		return r;
	return cg_rolling_begin(rolling, decision.is_open ? "advance" : "force",
				rolling->rollout.phases[rolling->phase + 1].name, force,
				decision.is_open ? NULL : cg_text_get(&waiting), err);
}

static int advance(struct cg_rolling *rolling)
{
	const char *force = cg_args_get(rolling->args, "force");
	struct cg_err err = { 0 };
	int held, r;

	held = cg_output_hold(rolling->state_path);
	r = cg_rolling_read_state(rolling, &err);
	if (r == 0 && rolling->phase + 1 == rolling->rollout.n_phases) {
		cg_cli_say("%s is the last phase", rolling->state.phase);
		r = 1;
	}
	if (r == 0)
		r = advance_held(rolling, force, &err);
	cg_output_release(held);
	return r < 0 ? cg_cli_fail(&err) : r ? CG_EXIT_NO : say_begun(rolling);
}

/* ---- rollback */

/* Whatever is broken, a phase that is named can be begun: that is what a rollback is for. */
static int read_state_if_any(struct cg_rolling *rolling, const char *to, struct cg_err *err)
{
	int r = cg_rolling_read_state(rolling, err);

	if (r == 0 || !to || r == -ENOMEM)
		return r;
	cg_cli_say("%s: %s; it is written anew", err->place, err->message);
	rolling->phase = rolling->rollout.n_phases - 1;
	rolling->state = (struct cg_rollout_state){ .profile_digest = "", .audit_digest = "" };
	return 0;
}

/* The phase that is meant; NULL and what is wrong in *err. */
static const char *find_back(const struct cg_rolling *rolling, const char *to, struct cg_err *err)
{
	const struct cg_rollout *rollout = &rolling->rollout;
	const char *best = NULL;
	int index;

	if (!to && rolling->phase == 0) {
		cg_err_set(err, -EINVAL, NULL, "%s is the first phase, and there is none before it; --to %s begins it again",
			   rolling->state.phase, rolling->state.phase);
		return NULL;
	}
	if (!to)
		return rollout->phases[rolling->phase - 1].name;
	index = cg_rollout_find_phase(rollout, to);
	for (size_t i = 0; index < 0 && i < rollout->n_phases; i++)
		cg_word_keep_nearest(to, rollout->phases[i].name, &best);
	if (index < 0)
		cg_err_set(err, -EINVAL, NULL, "there is no phase '%s'%s%s%s", to, best ? "; did you mean " : "",
			   best ? best : "", best ? "?" : "");
	else if ((size_t)index > rolling->phase)
		cg_err_set(err, -EINVAL, NULL, "%s comes after %s: callgate rollout advance leads there", to,
			   rolling->state.phase);
	else
		return rollout->phases[index].name;
	return NULL;
}

/* A profile that cannot be read does not stop it: what was known of it stays. One that we made and that is gone is made anew. */
static void read_if_any(struct cg_rolling *rolling, bool is_audit)
{
	const char *known = is_audit ? rolling->state.audit_digest : rolling->state.profile_digest;
	char *digest = is_audit ? rolling->audit_digest : rolling->profile_digest;
	struct cg_text *text = is_audit ? &rolling->audit : &rolling->profile;
	struct cg_err err = { 0 };
	int r = cg_rolling_read_profile(rolling, is_audit ? rolling->rollout.audit : rolling->rollout.profile, text, &err);

	if (r == 0) {
		cg_rollout_digest(cg_text_get(text), text->length, digest);
		return;
	}
	if (r != -ENOENT || !is_audit || !rolling->state.is_audit_derived)
		cg_cli_say("%s: %s; hosts that need it keep what they have", err.place, err.message);
	snprintf(digest, CG_ROLLOUT_DIGEST_SIZE, "%s", known);
}

static int rollback(struct cg_rolling *rolling)
{
	const char *to = cg_args_get(rolling->args, "to"), *phase = NULL;
	struct cg_err err = { 0 };
	int held = cg_output_hold(rolling->state_path), r = read_state_if_any(rolling, to, &err);

	if (r == 0) {
		phase = find_back(rolling, to, &err);
		r = phase ? 0 : err.code;
	}
	if (r == 0) {
		read_if_any(rolling, false);
		read_if_any(rolling, true);
		r = cg_rolling_begin(rolling, "rollback", phase, cg_args_get(rolling->args, "reason"), NULL, &err);
	}
	cg_output_release(held);
	if (r == -EINVAL && !phase && rolling->state.rollout) {
		cg_cli_fail(&err);
		return to && cg_rollout_find_phase(&rolling->rollout, to) < 0 ? CG_EXIT_USAGE : CG_EXIT_NO;
	}
	return r < 0 ? cg_cli_fail(&err) : say_begun(rolling);
}

/* ---- the command */

static const struct {
	const char *name;
	int (*run)(struct cg_rolling *rolling);
	const char *options; /* beside --host, --json and the target's; with a blank around each */
} verbs[] = {
	{ "init", init, " profile output name history prometheus suite " },
	{ "status", cg_rolling_status, " json " },
	{ "advance", advance, " force " },
	{ "rollback", rollback, " to reason " },
	{ "apply", cg_rolling_apply, " json output " },
};

static const char *const all_verbs = " host engine arch caps kernel ";

static bool is_in(const char *list, const char *name)
{
	char word[64];

	snprintf(word, sizeof(word), " %s ", name);
	return strstr(list, word) != NULL;
}

/* An option that a verb does not look at would be one that the user believes in. */
static int check_options(const struct cg_args *args, size_t verb)
{
	const char *force = cg_args_get(args, "force"), *reason = cg_args_get(args, "reason");

	for (size_t i = 0; i < args->n_given; i++) {
		const char *name = args->given[i].option->name;

		if (!is_in(verbs[verb].options, name) && !is_in(all_verbs, name))
			return cg_cli_usage(args, "rollout %s takes no --%s", verbs[verb].name, name);
	}
	if (force && !force[0])
		return cg_cli_usage(args, "--force wants the reason, which is written down");
	if ((force && strlen(force) > CG_ROLLOUT_REASON_LIMIT) || (reason && strlen(reason) > CG_ROLLOUT_REASON_LIMIT))
		return cg_cli_usage(args, "a reason has at most %d bytes", CG_ROLLOUT_REASON_LIMIT);
	return 0;
}

static int open_and_run(const struct cg_args *args, size_t verb)
{
	CG_CLEANUP(cg_rolling_done) struct cg_rolling rolling = { 0 };
	int status = check_options(args, verb);

	if (status == 0)
		status = cg_rolling_open(&rolling, args, verbs[verb].run != init);
	return status ? status : verbs[verb].run(&rolling);
}

static int run(const struct cg_args *args)
{
	const char *best = NULL;

	if (args->n_words == 0)
		return cg_cli_usage(args, "one of init, status, advance, rollback, apply is needed");
	for (size_t i = 0; i < CG_N_ITEMS(verbs); i++) {
		cg_word_keep_nearest(args->words[0], verbs[i].name, &best);
		if (strcmp(args->words[0], verbs[i].name) != 0)
			continue;
		if (args->n_words != 2)
			return cg_cli_usage(args, "one ROLLOUT.json is needed");
		return open_and_run(args, i);
	}
	return cg_cli_usage(args, "there is no rollout %s%s%s%s", args->words[0], best ? "; did you mean " : "",
			    best ? best : "", best ? "?" : "");
}

const struct cg_command cg_command_rollout = {
	.name = "rollout",
	.group = CG_GROUP_WATCH,
	.summary = "take a profile through audit, partial and full enforcement",
	.synopsis = "(init --profile PROFILE | status | advance | rollback | apply) [OPTION…] ROLLOUT.json",
	.example = "callgate rollout init --profile seccomp.json --output /etc/seccomp/app.json rollout.json\n"
		   "callgate rollout apply rollout.json\n"
		   "callgate rollout status rollout.json\n"
		   "callgate rollout advance rollout.json\n"
		   "callgate rollout rollback --to audit --reason 'builds fail' rollout.json",
	.options =
		(const struct cg_option[]){
			{ "profile", 'p', "PROFILE", "init: the profile to be rolled out", 0 },
			{ "output", 'o', "FILE", "init, apply: where the engine reads the profile", 0 },
			{ "name", 0, "NAME", "init: what it is called (default: as its file)", 0 },
			{ "history", 0, "DB", "init: gates read this history of callgate monitor", 0 },
			{ "prometheus", 0, "URL", "init: gates ask this Prometheus server", 0, "http:// https://" },
			{ "suite", 0, "SUITE", "init: gates want this suite to pass", 0 },
			{ "force", 0, "REASON", "advance: through a gate that is shut; the reason is written down", 0, "" },
			{ "to", 0, "PHASE", "rollback: to this phase, which begins anew (default: the one before)", 0,
			  "audit partial full" },
			{ "reason", 0, "TEXT", "rollback: why, for the journal", 0, "" },
			{ "host", 0, "NAME", "what this host is called (default: its host name)", 0, "" },
			{ "json", 0, NULL, "status, apply: one JSON document", 0 },
			CG_CLI_TARGET_OPTIONS,
			{ NULL },
		},
	.run = run,
};
