/*
 * callgate monitor --query: what the history holds.
 *
 * In: a history's file, and which violations are asked for. Out: a table, oldest first, and below it on standard error
 * for how long anybody watched and what is known to be lost: a list that is empty says nothing by itself. With --json
 * JSON Lines, each a violation (callgate-violations(5)), the last the sum.
 */
#include "cli/monitor_keeper.h"

#include "base/cleanup.h"
#include "cli/monitor_print.h"
#include "cli/out.h"
#include "history/question.h"
#include "os/signals.h"

#include <errno.h>

#define FLUSH_BYTES 65536

struct printing {
	struct cg_text text;
	bool is_json;
	uint64_t n_rows;
};

static void free_history(struct cg_history **history)
{
	cg_history_close(*history);
}

static int flush(struct printing *printing, size_t at_least)
{
	int status = 0;

	if (printing->text.has_failed)
		return -ENOMEM;
	if (printing->text.length > at_least) {
		status = cg_out_print(&printing->text);
		cg_text_clear(&printing->text);
	}
	return status ? -EPIPE : 0;
}

static int print(void *context, const struct cg_violation *violation)
{
	struct printing *printing = context;
	struct cg_json_writer json = { .text = &printing->text, .is_compact = true };

	printing->n_rows++;
	if (printing->is_json) {
		if (cg_violation_write(violation, &json) < 0)
			return -ENOMEM;
		cg_text_add_char(&printing->text, '\n');
	} else {
		cg_monitor_format(violation, &printing->text);
		cg_text_add_char(&printing->text, '\n');
	}
	return flush(printing, FLUSH_BYTES);
}

static void add_sum(struct printing *printing, const struct cg_history_sum *sum)
{
	struct cg_json_writer json = { .text = &printing->text, .is_compact = true };

	cg_json_open_object(&json, NULL);
	cg_history_sum_write(sum, &json);
	cg_json_close_object(&json);
	cg_text_add_char(&printing->text, '\n');
}

static void say_sum(const struct cg_history_sum *sum)
{
	cg_cli_say("%llu violation%s of %llu kind%s; watched for %llu s", (unsigned long long)sum->n_violations,
		   sum->n_violations == 1 ? "" : "s", (unsigned long long)sum->n_unique, sum->n_unique == 1 ? "" : "s",
		   (unsigned long long)(sum->watched_ns / 1000000000U));
	if (sum->n_lost || sum->has_unknown_loss)
		cg_cli_say("%s%llu events are known to be lost", sum->has_unknown_loss ? "at least " : "",
			   (unsigned long long)sum->n_lost);
	if (!sum->watched_ns && !sum->n_violations)
		cg_cli_say("nobody watched in this time: that nothing was seen says nothing");
}

/* The options that are part of a question, by the names that they have there too. 0, or USAGE. */
static int read_question(const struct cg_args *args, struct cg_history_question *question)
{
	static const char *const names[] = { "since", "until", "container", "unit", "profile", "call", "action", "pid",
		"unique", "limit" };
	struct cg_err err = { 0 };

	*question = (struct cg_history_question){ 0 };
	for (size_t i = 0; i < CG_N_ITEMS(names); i++) {
		const char *value = cg_args_get(args, names[i]);

		if (value && cg_history_question_set(question, names[i], value, cg_clock_epoch_ms(), &err) < 0)
			return cg_cli_usage(args, "--%s", err.message);
	}
	if (question->until_ns && question->since_ns >= question->until_ns)
		return cg_cli_usage(args, "nothing is between --since %s and --until %s: the first must be earlier",
				    cg_args_get(args, "since"), cg_args_get(args, "until"));
	return 0;
}

/* The newest are asked for where they are limited: told from the newest on then. */
static int answer(struct cg_history *history, struct cg_history_question *question, struct printing *printing,
		  struct cg_err *err)
{
	struct cg_history_sum sum;
	int r;

	question->newest_first = question->n_max != 0;
	r = cg_history_ask(history, question, print, printing, err);
	if (r == 0)
		r = cg_history_sum(history, question, &sum, err);
	if (r < 0)
		return r;
	if (printing->is_json)
		add_sum(printing, &sum);
	r = flush(printing, 0);
	if (r == 0 && !printing->is_json)
		say_sum(&sum);
	return r;
}

int cg_monitor_query(const struct cg_args *args)
{
	CG_CLEANUP(free_history) struct cg_history *history = NULL;
	const char *path = cg_args_get(args, "history");
	struct printing printing = { .is_json = cg_args_has(args, "json") };
	struct cg_history_question question;
	struct cg_err err = { 0 };
	int r, status = read_question(args, &question);

	if (status)
		return status;
	if (cg_history_open_to_read(path ? path : CG_HISTORY_DEFAULT, &history, &err) < 0)
		return cg_cli_fail(&err);
	r = answer(history, &question, &printing, &err);
	cg_text_done(&printing.text);
	if (r == -EPIPE)
		return CG_EXIT_CANNOT; /* said by cg_out_print() */
	if (r == -ENOMEM)
		cg_err_memory(&err);
	return r < 0 ? cg_cli_fail(&err) : CG_EXIT_YES;
}
