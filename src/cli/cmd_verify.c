/*
 * callgate verify: does a live process run under exactly this profile?
 *
 * In: a process, a profile, a target. Out: one sentence; 0 when the filters of every thread mean what the profile means
 * (with what the engine's runtime adds), 1 with a call that shows it when not, 4 when it was not decided.
 */
#include "abi/action.h"
#include "base/cleanup.h"
#include "cli/commands.h"
#include "cli/subject.h"

#include <errno.h>

static void free_meanings(struct cg_meanings **meanings)
{
	cg_meanings_free(*meanings);
}

static void say_yes(struct cg_text *text, const struct cg_subject *live, const struct cg_subject *profile,
		    const struct cg_verification *found)
{
	size_t n = live->live.n_threads;

	cg_text_addf(text, "%s (%zu thread%s) runs under exactly %s", live->reference, n, n == 1 ? "" : "s",
		     profile->reference);
	if (found->has_admission)
		cg_text_add(text, ", but for the execve that callgate run let in once, by three secret words");
	cg_text_add_char(text, '\n');
}

static void say_no(struct cg_text *text, const struct cg_subject *live, const struct cg_subject *profile,
		   const struct cg_verification *found)
{
	bool has_filter = false;

	for (size_t i = 0; i < live->live.stacks.n_items; i++)
		for (size_t j = 0; j < live->live.stacks.items[i].tids.n_items; j++)
			if (live->live.stacks.items[i].tids.items[j] == found->tid)
				has_filter = live->live.stacks.items[i].stack.filters.n_items > 0;
	cg_text_addf(text, "%s does not run under exactly %s: thread %d%s: ", live->reference, profile->reference,
		     found->tid, has_filter ? "" : " has no filter");
	cg_witness_say(text, &found->witness, "the thread", "the profile");
	cg_text_addf(text, "\n(all of it: callgate diff pid:%d %s)\n", found->tid, profile->reference);
	if (has_filter && (found->witness.a & CG_ACTION_MASK) == CG_ACTION_NOTIFY)
		cg_text_add(text, "(NOTIFY is answered by whoever listens: callgate run does, to tell what is refused, unless "
				  "--tell none)\n");
}

static int print(const struct cg_args *args, const struct cg_subject *live, const struct cg_subject *profile,
		 bool is_same, const struct cg_verification *found)
{
	CG_CLEANUP(cg_text_done) struct cg_text text = { 0 };
	struct cg_json_writer json = { .text = &text };
	int status;

	if (cg_args_has(args, "json")) {
		cg_json_open_object(&json, NULL);
		cg_json_bool(&json, "verified", is_same);
		cg_json_u64(&json, "threads", live->live.n_threads);
		cg_json_bool(&json, "admission", is_same && found->has_admission);
		if (!is_same) {
			cg_json_u64(&json, "thread", (uint64_t)found->tid);
			cg_witness_json(&json, &found->witness);
		}
		cg_json_close_object(&json);
		cg_text_add_char(json.text, '\n');
	} else if (is_same) {
		say_yes(&text, live, profile, found);
	} else {
		say_no(&text, live, profile, found);
	}
	status = cg_out_print(&text);
	return status == CG_EXIT_YES && !is_same ? CG_EXIT_NO : status;
}

static int verify(const struct cg_args *args, const struct cg_subject *live, const struct cg_subject *profile)
{
	CG_CLEANUP(free_meanings) struct cg_meanings *meanings = cg_meanings_new(&cg_subject_budget);
	struct cg_wanted wanted = cg_subject_wanted(profile);
	struct cg_verification found;
	struct cg_err err = { 0 };
	int r = meanings ? 0 : cg_err_memory(&err);

	if (r == 0)
		r = cg_verify(meanings, &live->live, &wanted, &found, &err);
	if (r < 0)
		return cg_subject_fail(&err);
	return print(args, live, profile, r == 1, &found);
}

static int run(const struct cg_args *args)
{
	CG_CLEANUP(cg_subject_done) struct cg_subject live = { 0 };
	CG_CLEANUP(cg_subject_done) struct cg_subject profile = { 0 };
	struct cg_target target;
	struct cg_err err = { 0 };
	int status = cg_cli_target(args, &target), pid, r;

	if (status)
		return status;
	if (args->n_words != 2)
		return cg_cli_usage(args, "a process (pid:PID) and a profile are needed");
	r = cg_subject_process(args->words[0], true, &pid, &err);
	if (r < 0)
		return cg_subject_fail(&err);
	if (r == 0)
		return cg_cli_usage(args, "'%s' is no process: pid:PID, container:NAME, unit:NAME name one",
				    args->words[0]);
	if (cg_subject_read(args->words[1], &target, &profile, &err) < 0)
		return cg_subject_fail(&err);
	if (profile.kind != CG_SUBJECT_PROFILE) {
		cg_cli_say("%s is no profile; to compare anything with anything, use callgate diff", args->words[1]);
		return CG_EXIT_BAD_INPUT;
	}
	if (cg_subject_read_process(args->words[0], pid, &target, &live, &err) < 0)
		return cg_subject_fail(&err);
	return verify(args, &live, &profile);
}

const struct cg_command cg_command_verify = {
	.name = "verify",
	.group = CG_GROUP_USE,
	.summary = "prove that a live process runs under exactly this profile",
	.synopsis = "pid:PID|container:NAME|unit:NAME PROFILE [--json] [TARGET…]",
	.example = "callgate verify pid:4711 profile.json\n"
		   "callgate verify container:web docker-default.json --engine docker",
	.options =
		(const struct cg_option[]){
			{ "json", 0, NULL, "write it as JSON", 0 },
			CG_CLI_TARGET_OPTIONS,
			{ NULL },
		},
	.run = run,
};
