/*
 * callgate tighten: close, round by round, what a profile allows and nobody uses.
 *
 * In: a profile with its state beside it, recordings, and what tells of the time since the last round. Out: the profile
 * and its state, replaced; what was changed and why. Before anything is written the new profile is proven to allow
 * nothing that the old one denied (but for what came back), and the suite passes. The profile is written before the
 * state: if we die between, the next round finds calls that the profile logs by itself, and watches them.
 */
#include "base/cleanup.h"
#include "base/instant.h"
#include "base/num.h"
#include "cli/commands.h"
#include "cli/subject.h"
#include "cli/tightening.h"
#include "os/file.h"
#include "os/output.h"
#include "os/signals.h"
#include "os/worker.h"
#include "report/cves.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void tightening_done(struct cg_tightening_command *work)
{
	cg_output_release(work->hold);
	cg_vec_done(&work->asked.list);
	cg_vec_done(&work->needed.list);
	cg_vec_done(&work->changes);
	cg_tighten_evidence_done(&work->evidence);
	cg_tighten_done(&work->tighten);
	cg_text_done(&work->before);
	cg_summary_done(&work->summary);
	cg_recording_free(work->recording);
	cg_arena_done(&work->arena);
}

/* ---- a round */

/* The profile's meaning, as bytes have it. */
static int take(const struct cg_tightening_command *work, const struct cg_text *bytes, struct cg_input *input,
		struct cg_err *err)
{
	const char *name = cg_input_name(work->from);
	int r;

	cg_text_add_bytes(&input->text, cg_text_get(bytes), bytes->length);
	if (input->text.has_failed)
		return cg_err_memory(err);
	r = cg_input_take(name, &work->target, input, err);
	if (r == 0 && !input->policy)
		return cg_err_set(err, -EINVAL, name,
				  "this profile applies no seccomp at all with engine %s: begin with "
				  "--from-log-all",
				  work->target.engine->name);
	return r;
}

static struct cg_tighten_input input_of(const struct cg_tightening_command *work, const struct cg_input *input)
{
	return (struct cg_tighten_input){ .name = cg_input_name(work->from),
					  .bytes = cg_text_get(&input->text),
					  .length = input->text.length,
					  .profile = input->profile,
					  .policy = input->policy,
					  .target = &work->target,
					  .summary = &work->summary,
					  .n_runs = work->recording->runs.n_items,
					  .hits = work->evidence.hits.items,
					  .n_hits = work->evidence.hits.n_items,
					  .needed = work->needed.list.items,
					  .n_needed = work->needed.list.n_items,
					  .asked = work->asked.list.items,
					  .n_asked = work->asked.list.n_items,
					  .n_step = work->n_step,
					  .now_ns = work->now_ns,
					  .now = work->now,
					  .count_vulnerabilities = cg_cve_count_of_call };
}

static void free_meanings(struct cg_meanings **meanings)
{
	cg_meanings_free(*meanings);
}

/* Does the new one allow nothing that the old one denies? Everything rests on this: else nothing is written. */
static int prove(const struct cg_tightening_command *work, const struct cg_policy *after,
		 const struct cg_policy *before)
{
	CG_CLEANUP(free_meanings) struct cg_meanings *meanings = cg_meanings_new(&cg_subject_budget);
	CG_CLEANUP(cg_text_done) struct cg_text text = { 0 };
	struct cg_witness witness;
	struct cg_err err = { 0 };
	uint32_t a, b;
	int exceeds;

	if (!meanings)
		cg_err_memory(&err);
	if (!meanings || cg_meaning_of_policy(meanings, after, &a, &err) < 0 ||
	    cg_meaning_of_policy(meanings, before, &b, &err) < 0)
		return cg_subject_fail(&err);
	exceeds = cg_meaning_exceeds(meanings, a, b, &witness, &err);
	if (exceeds < 0)
		return cg_subject_fail(&err);
	if (exceeds == 0)
		return CG_EXIT_YES;
	cg_witness_say(&text, &witness, "the new profile", "the old one");
	cg_cli_say(
		"%s: nothing is written: the new profile would allow what the old one denied: %s; its rules depend on "
		"each other in a way that cannot be logged exactly",
		cg_input_name(work->from), cg_text_get(&text));
	return CG_EXIT_CANNOT;
}

/* `callgate test` itself, on standard error: ours is for the round. */
static int run_suite(const struct cg_tightening_command *work, const char *path)
{
	static const char *const passed_on[] = { "engine", "arch", "caps", "kernel", "in", "image" };
	char *words[64] = { (char *)cg_args_get(work->args, "suite"), (char *)"--profile", (char *)path };
	CG_CLEANUP(cg_text_done) struct cg_text error = { 0 };
	struct cg_args args = { 0 };
	int n = 3, lent, status;

	for (size_t i = 0; i < CG_N_ITEMS(passed_on); i++) {
		const char *value;

		for (size_t k = 0; n < 60 && (value = cg_args_get_nth(work->args, passed_on[i], k)); k++) {
			words[n] = cg_arena_format((struct cg_arena *)&work->arena, "--%s=%s", passed_on[i], value);
			if (words[n++] == NULL)
				return CG_EXIT_CANNOT;
		}
	}
	if (!cg_args_parse(&cg_command_test, n, words, &args, &error)) {
		cg_cli_say("%s", cg_text_get(&error));
		return CG_EXIT_USAGE;
	}
	lent = cg_output_lend();
	status = cg_command_test.run(&args);
	fflush(stdout);
	cg_output_return(lent);
	return status;
}

static int test_suite(const struct cg_tightening_command *work, const struct cg_text *profile)
{
	CG_FREE char *scratch = NULL, *path = NULL;
	struct cg_err err = { 0 };
	int status;

	if (!cg_args_has(work->args, "suite"))
		return CG_EXIT_YES;
	if (cg_scratch_make(&scratch, &err) < 0)
		return cg_cli_fail(&err);
	if (asprintf(&path, "%s/profile.json", scratch) < 0)
		path = NULL;
	if (!path)
		cg_err_memory(&err);
	status = !path || cg_file_write(path, cg_text_get(profile), profile->length, &err) < 0 ? cg_cli_fail(&err) :
												 run_suite(work, path);
	cg_scratch_remove(scratch);
	if (status == CG_EXIT_NO)
		cg_cli_say(
			"the suite fails under the new profile: nothing is written; what a failed test needs is kept "
			"open by recording it (callgate record), and giving that recording too");
	return status;
}

static int write_files(struct cg_tightening_command *work, const struct cg_text *profile)
{
	CG_CLEANUP(cg_text_done) struct cg_text state = { 0 };
	struct cg_err err = { 0 };
	int status;

	work->tighten.digest = cg_tighten_digest(&work->tighten.arena, cg_text_get(profile), profile->length);
	cg_tighten_write(&work->tighten, &state);
	if (!work->tighten.digest || state.has_failed) {
		cg_err_memory(&err);
		return cg_cli_fail(&err);
	}
	if (cg_args_has(work->args, "dry-run"))
		return CG_EXIT_YES;
	status = cg_out_write(work->to, profile);
	if (status == CG_EXIT_YES && strcmp(work->to, "-") != 0)
		status = cg_out_write(work->state_to, &state);
	return status;
}

static int finish(struct cg_tightening_command *work, const struct cg_text *profile, struct cg_tighten_telling *telling)
{
	bool has_changed = work->changes.n_items || work->tighten.round > telling->first_round;
	bool is_written = has_changed && strcmp(work->to, "-") != 0 && !cg_args_has(work->args, "dry-run");
	int status = CG_EXIT_YES, lent = -1;

	if (has_changed)
		status = test_suite(work, profile);
	if (status == CG_EXIT_YES && has_changed)
		status = write_files(work, profile);
	if (status != CG_EXIT_YES)
		return status;
	telling->profile = is_written ? work->to : NULL;
	telling->state = work->state_to;
	/* The profile is on standard output. */
	if (has_changed && strcmp(work->to, "-") == 0) {
		fflush(stdout);
		lent = cg_output_lend();
	}
	status = cg_tighten_tell(telling, cg_args_has(work->args, "json"));
	fflush(stdout);
	cg_output_return(lent);
	return status == CG_EXIT_YES && !telling->was_advanced ? CG_EXIT_NO : status;
}

static int run_round(struct cg_tightening_command *work)
{
	CG_CLEANUP(cg_input_done) struct cg_input old = { 0 }, back = { 0 }, new = { 0 };
	CG_CLEANUP(cg_text_done) struct cg_text text = { 0 }, profile = { 0 };
	struct cg_tighten_telling telling = { .tighten = &work->tighten,
					      .changes = &work->changes,
					      .rest = &work->rest,
					      .evidence = &work->evidence,
					      .first_round = work->tighten.round };
	struct cg_tighten_input input;
	struct cg_err err = { 0 };
	int status;

	if (take(work, &work->before, &old, &err) < 0 ||
	    cg_tighten_remember(&work->tighten, cg_text_get(&work->before), work->before.length, &err) < 0)
		return cg_cli_fail(&err);
	input = input_of(work, &old);
	if (cg_tighten_bring_back(&work->tighten, &input, &work->changes, &text, &err) < 0)
		return cg_cli_fail(&err);
	/* Where nothing came back, the lines that reasons name are those of the file. */
	if (take(work, work->changes.n_items ? &text : &work->before, &back, &err) < 0)
		return cg_cli_fail(&err);
	telling.was_advanced = work->evidence.is_over;
	if (!telling.was_advanced)
		return finish(work, &text, &telling);
	input = input_of(work, &back);
	if (cg_tighten_advance(&work->tighten, &input, &work->changes, &work->rest, &profile, &err) < 0 ||
	    take(work, &profile, &new, &err) < 0)
		return cg_cli_fail(&err);
	status = prove(work, new.policy, back.policy);
	if (status != CG_EXIT_YES)
		return status;
	telling.is_proven = true;
	return finish(work, &profile, &telling);
}

static int tighten(struct cg_tightening_command *work)
{
	const char *digest;
	struct cg_err err = { 0 };

	if (cg_tighten_read_inputs(work, &err) < 0 ||
	    cg_tighten_evidence_read(work->args, &work->tighten, work->recording, &work->evidence, &err) < 0)
		return cg_cli_fail(&err);
	digest = cg_tighten_digest(&work->arena, cg_text_get(&work->before), work->before.length);
	if (digest && work->tighten.digest[0] && strcmp(digest, work->tighten.digest) != 0)
		cg_cli_say("note: %s has been changed since round %llu: this round goes on from what it is now",
			   cg_input_name(work->from), (unsigned long long)work->tighten.round);
	return run_round(work);
}

/* ---- undo */

static int undo(struct cg_tightening_command *work)
{
	CG_CLEANUP(cg_text_done) struct cg_text profile = { 0 }, state = { 0 };
	const struct cg_json *before;
	const char *digest;
	struct cg_err err = { 0 };
	uint64_t round;

	if (cg_tighten_read_state(work, &err) < 0 ||
	    cg_file_read(work->from, CG_PROFILE_SIZE_LIMIT, &work->before, &err) < 0)
		return cg_cli_fail(&err);
	round = work->tighten.round;
	digest = cg_tighten_digest(&work->arena, cg_text_get(&work->before), work->before.length);
	if (digest && strcmp(digest, work->tighten.digest) != 0 && work->tighten.digest[0] &&
	    !cg_args_has(work->args, "force")) {
		cg_cli_say("%s has been changed since round %llu, and that would be lost: undo it with --force",
			   work->from, (unsigned long long)round);
		return CG_EXIT_BAD_INPUT;
	}
	if (cg_tighten_undo(&work->tighten, work->state_from, &before, &err) < 0)
		return cg_cli_fail(&err);
	cg_text_add_bytes(&profile, before->text, before->text_length);
	cg_tighten_write(&work->tighten, &state);
	if (profile.has_failed || state.has_failed) {
		cg_err_memory(&err);
		return cg_cli_fail(&err);
	}
	if (cg_args_has(work->args, "dry-run"))
		return cg_out_write("-", &profile);
	if (cg_out_write(work->to, &profile) != CG_EXIT_YES || cg_out_write(work->state_to, &state) != CG_EXIT_YES)
		return CG_EXIT_CANNOT;
	cg_cli_say("%s is as it was before round %llu", work->to, (unsigned long long)round);
	return CG_EXIT_YES;
}

/* ---- the command line */

static int read_asked(struct cg_tightening_command *work)
{
	const char *given;

	for (size_t i = 0; (given = cg_args_get_nth(work->args, "close", i)); i++) {
		char *copy = cg_arena_copy_text(&work->arena, given), *word;

		while (copy && (word = strsep(&copy, ","))) {
			const char *best = cg_syscall_suggest(word);

			if (!cg_syscall_find(word))
				return cg_cli_usage(work->args, "--close: there is no call '%s'%s%s%s", word,
						    best ? "; did you mean " : "", best ? best : "", best ? "?" : "");
			if (cg_vec_push(&work->asked.list, word) < 0)
				return cg_cli_usage(work->args, "out of memory");
		}
	}
	return CG_EXIT_YES;
}

static int read_options(struct cg_tightening_command *work)
{
	const struct cg_args *args = work->args;
	const char *step = cg_args_get(args, "step"), *watched = cg_args_get(args, "watched");
	uint64_t ms;

	work->n_step = CG_TIGHTEN_STEP;
	if (step && !cg_num_parse_decimal(step, 1, CG_TIGHTEN_STEP_MAX, &work->n_step))
		return cg_cli_usage(args, "--step is a number of calls, from 1 to %d", CG_TIGHTEN_STEP_MAX);
	if (watched && !cg_duration_parse(watched, &ms))
		return cg_cli_usage(args, "--watched takes a time such as 24h or 7d, not '%s'", watched);
	if (!cg_args_has(args, "history") && (watched || cg_args_has(args, "container") || cg_args_has(args, "unit") ||
					      cg_args_has(args, "despite-loss")))
		return cg_cli_usage(args, "--watched, --container, --unit and --despite-loss are for a --history");
	if (args->n_words == 0)
		return cg_cli_usage(args, "which profile?");
	if (cg_args_has(args, "undo") && args->n_words > 1)
		return cg_cli_usage(args, "--undo takes the profile alone");
	if (!cg_args_has(args, "undo") && args->n_words < 2)
		return cg_cli_usage(args, "recordings are needed: what was never seen in any of them is closed");
	return read_asked(work);
}

static int find_files(struct cg_tightening_command *work)
{
	const char *output = cg_args_get(work->args, "output");
	bool is_file;

	work->from = work->args->words[0];
	work->to = output ? output : work->from;
	is_file = strcmp(work->from, "-") != 0 && work->from[0] != '@';
	if (!is_file && !output)
		return cg_cli_usage(work->args, "-o FILE is needed: %s cannot be replaced", cg_input_name(work->from));
	if (!is_file && cg_args_has(work->args, "undo"))
		return cg_cli_usage(work->args, "--undo needs the file");
	work->state_from = cg_arena_format(&work->arena, "%s" CG_TIGHTEN_SUFFIX, work->from);
	work->state_to = cg_arena_format(&work->arena, "%s" CG_TIGHTEN_SUFFIX, work->to);
	if (!work->state_from || !work->state_to)
		return cg_cli_usage(work->args, "out of memory");
	return CG_EXIT_YES;
}

/* --from-log-all makes the profile: it must not be there, lest something be lost. */
static int check_new(const struct cg_tightening_command *work)
{
	CG_CLEANUP(cg_text_done) struct cg_text text = { 0 };
	struct cg_err err = { 0 };

	if (!cg_args_has(work->args, "from-log-all") || cg_file_read(work->from, 0, &text, &err) == -ENOENT)
		return CG_EXIT_YES;
	cg_cli_say("%s: it is there already; --from-log-all begins anew, go on without it", work->from);
	return CG_EXIT_BAD_INPUT;
}

static int run(const struct cg_args *args)
{
	CG_CLEANUP(tightening_done)
	struct cg_tightening_command work = { .args = args, .recording = cg_recording_new(), .hold = -1 };
	uint64_t now_ms = cg_clock_epoch_ms();
	struct cg_err err = { 0 };
	int status = cg_cli_target(args, &work.target);

	work.now_ns = now_ms * 1000000;
	cg_instant_format(now_ms, work.now);
	if (status == CG_EXIT_YES)
		status = read_options(&work);
	if (status == CG_EXIT_YES)
		status = find_files(&work);
	if (status == CG_EXIT_YES && !work.recording) {
		cg_err_memory(&err);
		status = cg_cli_fail(&err);
	}
	if (status == CG_EXIT_YES && strcmp(work.to, "-") != 0)
		work.hold = cg_output_hold(work.to);
	if (status == CG_EXIT_YES)
		status = check_new(&work);
	if (status != CG_EXIT_YES)
		return status;
	return cg_args_has(args, "undo") ? undo(&work) : tighten(&work);
}

const struct cg_command cg_command_tighten = {
	.name = "tighten",
	.group = CG_GROUP_LEARN,
	.summary = "close, step by step, what a profile allows and nobody uses",
	.synopsis = "PROFILE REC.json… [--step N] [--history DB] [--log FILE] [--suite SUITE] [-o FILE] [TARGET…] | "
		    "--undo PROFILE",
	.example = "callgate tighten app.json week1.json week2.json --step 5\n"
		   "callgate tighten app.json week*.json --history /var/lib/callgate/history.db --suite @workspace\n"
		   "callgate tighten --undo app.json",
	.options =
		(const struct cg_option[]){
			{ "step", 0, "N", "calls that a round logs, and closes (default 5)", 0 },
			{ "output", 'o', "FILE", "where the profile goes, with its state beside it (default: PROFILE)",
			  0 },
			{ "history", 0, "DB", "what callgate monitor saw since the round began", 0 },
			{ "watched", 0, "TIME", "how long a round is to be watched by then (default 24h)", 0 },
			{ "container", 0, "NAME", "only violations in this container", 0 },
			{ "unit", 0, "NAME", "only violations of this unit", 0 },
			{ "despite-loss", 0, NULL, "close also where events were lost meanwhile", 0 },
			{ "log", 0, "FILE", "violations since: JSON Lines, auditd's or the kernel's log",
			  CG_OPTION_REPEATS },
			{ "suite", 0, "SUITE", "write nothing unless this passes under the new profile", 0,
			  "@workspace" },
			{ "in", 0, "ENGINE", "where the suite's commands run: none, podman, docker, runc", 0,
			  "none podman docker runc" },
			{ "image", 0, "IMAGE", "for the suite in containers", 0 },
			{ "close", 0, "CALLS", "propose these first, also where they are needed or came back",
			  CG_OPTION_REPEATS },
			{ "base", 0, "BASE", "never close what this needs (default: runc and crun); none",
			  CG_OPTION_REPEATS, "runc runc-nnp crun crun-nnp none" },
			{ "from-log-all", 0, NULL, "begin with a profile that logs all that was not recorded", 0 },
			{ "dry-run", 'n', NULL, "write nothing", 0 },
			{ "undo", 0, NULL, "as it was before the last round", 0 },
			{ "force", 0, NULL, "with --undo: also what was changed since by others", 0 },
			{ "json", 0, NULL, "one JSON document", 0 },
			CG_CLI_TARGET_OPTIONS,
			{ NULL },
		},
	.run = run,
};
