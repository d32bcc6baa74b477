/*
 * callgate digest: the identity of what a profile, a filter or a process means.
 *
 * In: a reference and a target. Out: one line. Two digests are equal if and only if the same calls get the same
 * answers; names, order, comments, the engine's syntax and the compiler leave no trace in it.
 */
#include "base/cleanup.h"
#include "cli/commands.h"
#include "cli/subject.h"

/* Names the diagram's form (check/digest.c) and the hash: a change of either begins another line of digests. */
#define FORM "diagram-1-sha256"

static void free_meanings(struct cg_meanings **meanings)
{
	cg_meanings_free(*meanings);
}

static int find_digest(const struct cg_subject *subject, unsigned char ret_digest[CG_DIGEST_SIZE], struct cg_err *err)
{
	CG_CLEANUP(free_meanings) struct cg_meanings *meanings = cg_meanings_new(&cg_subject_budget);
	uint32_t root;
	int r;

	if (!meanings)
		return cg_err_memory(err);
	r = cg_subject_meaning(subject, meanings, &root, err);
	return r < 0 ? r : cg_meaning_digest(meanings, root, ret_digest, err);
}

static int print_digest(const struct cg_args *args, const unsigned char digest[CG_DIGEST_SIZE])
{
	CG_CLEANUP(cg_text_done) struct cg_text text = { 0 }, word = { 0 };
	struct cg_json_writer json = { .text = &text };

	cg_text_add(&word, FORM ":");
	for (size_t i = 0; i < CG_DIGEST_SIZE; i++)
		cg_text_addf(&word, "%02x", digest[i]);
	if (!cg_args_has(args, "json")) {
		cg_text_add_char(&word, '\n');
		return cg_out_print(&word);
	}
	cg_json_open_object(&json, NULL);
	cg_json_string(&json, "reference", cg_input_name(args->words[0]));
	cg_json_string(&json, "digest", cg_text_get(&word));
	cg_json_close_object(&json);
	cg_text_add_char(json.text, '\n');
	text.has_failed |= word.has_failed;
	return cg_out_print(&text);
}

static int run(const struct cg_args *args)
{
	CG_CLEANUP(cg_subject_done) struct cg_subject subject = { 0 };
	unsigned char digest[CG_DIGEST_SIZE];
	struct cg_target target;
	struct cg_err err = { 0 };
	int status = cg_cli_target(args, &target);

	if (status)
		return status;
	if (args->n_words != 1)
		return cg_cli_usage(args, "one profile, filter or process is needed");
	if (cg_subject_read(args->words[0], &target, &subject, &err) < 0 || find_digest(&subject, digest, &err) < 0)
		return cg_subject_fail(&err);
	return print_digest(args, digest);
}

const struct cg_command cg_command_digest = {
	.name = "digest",
	.group = CG_GROUP_JUDGE,
	.summary = "print the identity of what a profile means",
	.synopsis = "(PROFILE | FILTER | pid:PID) [--json] [TARGET…]",
	.example = "callgate digest @container-default\n"
		   "callgate digest profile.json --engine docker@23.0 --caps default",
	.options =
		(const struct cg_option[]){
			{ "json", 0, NULL, "write it as JSON", 0 },
			CG_CLI_TARGET_OPTIONS,
			{ NULL },
		},
	.run = run,
};
