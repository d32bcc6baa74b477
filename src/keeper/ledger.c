/*
 * See ledger.h.
 */
#include "keeper/ledger.h"
#include "keeper/take.h"

#include "base/cleanup.h"
#include "os/file.h"
#include "os/signals.h"
#include "rollout/state.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define RETRY_MS 5000 /* a history that cannot be opened is tried again */

/* The keeper's words are a service's log: one line each. */
static void say(const char *place, const char *message)
{
	fprintf(stderr, "callgate-keeper: %s: %s\n", place, message);
}

static int open_history(struct cg_ledger *ledger, struct cg_err *err)
{
	CG_FREE char *moved = NULL;
	int r = cg_history_open(ledger->options->history, &ledger->options->limits, &ledger->history, &moved, err);

	if (moved) {
		fprintf(stderr, "callgate-keeper: %s: was damaged, and is now %s; a new history begins\n",
			ledger->options->history, moved);
		cg_metrics_lose(ledger->metrics, "history", "damaged", 0);
		if (r == 0)
			cg_history_add_loss(ledger->history, 0, "history", "damaged", 0, NULL);
	}
	return r;
}

int cg_ledger_open(struct cg_ledger *ledger, const struct cg_keeper_options *options, struct cg_err *err)
{
	int r;

	*ledger = (struct cg_ledger){ .options = options };
	r = cg_metrics_new(options->prefix, &ledger->metrics, err);
	if (r == 0 && (cg_metrics_expect_losses(ledger->metrics, "keeper") < 0 ||
		       (options->history && cg_metrics_expect_losses(ledger->metrics, "history") < 0)))
		r = cg_err_memory(err);
	if (r == 0 && options->history)
		r = open_history(ledger, err);
	if (r < 0)
		return r;
	cg_metrics_set(ledger->metrics, CG_METRICS_START, cg_clock_epoch_ms() / 1000);
	if (options->history)
		cg_metrics_set(ledger->metrics, CG_METRICS_HISTORY_WRITABLE, 1);
	return 0;
}

void cg_ledger_close(struct cg_ledger *ledger)
{
	ledger->history = cg_history_close(ledger->history);
	ledger->metrics = cg_metrics_free(ledger->metrics);
}

static void note_trouble(struct cg_ledger *ledger, const struct cg_err *trouble)
{
	if (!ledger->is_failing)
		say(trouble->place, trouble->message);
	ledger->is_failing = true;
	ledger->trouble = *trouble;
	cg_metrics_set(ledger->metrics, CG_METRICS_HISTORY_WRITABLE, 0);
}

/* What was owed is told first: the history must not look whole while it is not. */
static void note_recovery(struct cg_ledger *ledger)
{
	if (ledger->n_owed &&
	    cg_history_add_loss(ledger->history, 0, "history", "not written", ledger->n_owed, NULL) < 0)
		return;
	ledger->n_owed = 0;
	if (ledger->is_failing)
		say(ledger->options->history, "is written again");
	ledger->is_failing = false;
	cg_metrics_set(ledger->metrics, CG_METRICS_HISTORY_WRITABLE, 1);
}

/* Damaged while it was used: moved aside by opening it again. */
static int open_again(struct cg_ledger *ledger, struct cg_err *err)
{
	ledger->history = cg_history_close(ledger->history);
	ledger->retry_ms = cg_clock_ms() + RETRY_MS;
	return open_history(ledger, err);
}

/* One write to the history, whatever it is: 0, or it was not kept. */
int cg_ledger_write(struct cg_ledger *ledger,
		    int (*write)(struct cg_history *history, const void *what, struct cg_err *err), const void *what)
{
	struct cg_err err = { 0 };
	int r = 0;

	if (!ledger->options->history)
		return 0;
	if (!ledger->history && cg_clock_ms() < ledger->retry_ms)
		return -EIO;
	if (!ledger->history)
		r = open_again(ledger, &err);
	if (r == 0)
		r = write(ledger->history, what, &err);
	if (r == -EBADMSG || r == -EIO) {
		r = open_again(ledger, &err);
		if (r == 0)
			r = write(ledger->history, what, &err);
	}
	if (r < 0)
		note_trouble(ledger, &err);
	else if (ledger->is_failing || ledger->n_owed)
		note_recovery(ledger);
	return r < 0 ? r : 0;
}

/* The state is small, and written atomically by `callgate rollout`. What cannot be read has no phase. */
void cg_ledger_read_rollouts(struct cg_ledger *ledger)
{
	cg_metrics_forget_phases(ledger->metrics);
	for (size_t i = 0; i < ledger->options->n_rollouts; i++) {
		CG_CLEANUP(cg_arena_done) struct cg_arena arena = { 0 };
		CG_CLEANUP(cg_text_done) struct cg_text text = { 0 };
		const char *path = ledger->options->rollouts[i];
		struct cg_rollout_state state;

		if (cg_file_read(path, CG_ROLLOUT_STATE_LIMIT, &text, NULL) == 0 &&
		    cg_rollout_state_read(&arena, path, cg_text_get(&text), text.length, &state, NULL) == 0)
			cg_metrics_add_phase(ledger->metrics, state.rollout, state.phase);
	}
}

const char *cg_ledger_trouble(const struct cg_ledger *ledger, struct cg_text *text)
{
	uint64_t now_ns = cg_clock_epoch_ms() * 1000000;

	if (ledger->is_failing)
		cg_text_addf(text, "history: %s: %s\n", ledger->trouble.place, ledger->trouble.message);
	if (!ledger->last_beat_ns)
		cg_text_add(text, "nobody watches yet\n");
	else if (now_ns > ledger->last_beat_ns + CG_LEDGER_BEAT_STALE_NS)
		cg_text_addf(text, "nobody has watched for %llu s\n",
			     (unsigned long long)((now_ns - ledger->last_beat_ns) / 1000000000U));
	return text->length ? cg_text_get(text) : NULL;
}
