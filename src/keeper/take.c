/*
 * The reader's messages: read, then kept, many at once.
 *
 * In: JSON of our own reader, which has more rights than we: still, what is malformed is refused whole. Out: one
 * transaction for all violations of a batch, so that a flood costs one sync of the disk.
 */
#include "keeper/ledger.h"
#include "keeper/take.h"

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/vec.h"
#include "os/signals.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define NAME "the reader's message"

struct loss {
	uint64_t time_ns;
	const char *source;
	const char *reason;
	uint64_t n;
};

struct beat {
	uint64_t time_ns;
	const char *host;
	const char *sources;
};

struct cg_batch {
	struct cg_arena arena;
	CG_VEC(struct cg_violation) violations;
	size_t n_known; /* of these, the first, that the history has already; our metrics do not */
	CG_VEC(struct loss) losses;
	CG_VEC(struct beat) beats;
	const char *session;
	uint64_t sequence;
};

static void batch_free(struct cg_batch **batch)
{
	if (!*batch)
		return;
	cg_arena_done(&(*batch)->arena);
	cg_vec_done(&(*batch)->violations);
	cg_vec_done(&(*batch)->losses);
	cg_vec_done(&(*batch)->beats);
	free(*batch);
	*batch = NULL;
}

void cg_batch_forget(struct cg_batch **batch)
{
	batch_free(batch);
}

static uint64_t get_number(const struct cg_json *object, const char *key)
{
	const struct cg_json *value = cg_json_get(object, key);

	return value && value->kind == CG_JSON_NUMBER && value->is_integer && !value->is_negative ? value->number : 0;
}

static const char *get_text(const struct cg_json *object, const char *key)
{
	const struct cg_json *value = cg_json_get(object, key);

	return value && value->kind == CG_JSON_STRING ? value->text : "";
}

static int read_hello(struct cg_ledger *ledger, const struct cg_json *hello)
{
	snprintf(ledger->session, sizeof(ledger->session), "%s", get_text(hello, "session"));
	cg_metrics_set(ledger->metrics, CG_METRICS_RESTARTS, get_number(hello, "restarts"));
	if (ledger->history)
		cg_history_session(ledger->history, ledger->session, &ledger->kept_sequence, NULL);
	return 0;
}

static int read_violations(struct cg_ledger *ledger, struct cg_batch *batch, const struct cg_json *list,
			   struct cg_err *err)
{
	for (const struct cg_json *object = list->first; object; object = object->next) {
		struct cg_violation violation = { 0 };
		int r = cg_violation_read(object, &batch->arena, &violation, err);

		if (r == 0 && cg_vec_push(&batch->violations, violation) < 0)
			r = cg_err_memory(err);
		if (r < 0)
			return r;
	}
	if (batch->sequence <= ledger->kept_sequence)
		batch->n_known = batch->violations.n_items;
	return 0;
}

static int read_message(struct cg_ledger *ledger, struct cg_batch *batch, const struct cg_json *root,
			struct cg_err *err)
{
	const struct cg_json *value;

	value = cg_json_get(root, "hello");
	if (value)
		return read_hello(ledger, value);
	batch->sequence = get_number(root, "sequence");
	value = cg_json_get(root, "violations");
	if (value)
		return read_violations(ledger, batch, value, err);
	value = cg_json_get(root, "loss");
	if (value)
		return cg_vec_push(&batch->losses,
				   (struct loss){ get_number(value, "time_ns"), get_text(value, "source"),
						  get_text(value, "reason"), get_number(value, "n") });
	value = cg_json_get(root, "beat");
	if (value)
		return cg_vec_push(&batch->beats, (struct beat){ get_number(value, "time_ns"), get_text(value, "host"),
								 get_text(value, "sources") });
	return cg_json_err(err, -EBADMSG, NAME, root, "nothing that a keeper knows");
}

int cg_ledger_read(struct cg_ledger *ledger, struct cg_batch **batch, const char *bytes, size_t length,
		   struct cg_err *err)
{
	struct cg_json *root = NULL;
	int r;

	if (!*batch)
		*batch = calloc(1, sizeof(**batch));
	if (!*batch)
		return cg_err_memory(err);
	r = cg_json_read(&(*batch)->arena, NAME, bytes, length, 0, &root, err);
	return r < 0 ? r : read_message(ledger, *batch, root, err);
}

static int write_violations(struct cg_history *history, const void *what, struct cg_err *err)
{
	const struct cg_batch *batch = what;

	return cg_history_add_once(history, batch->session, batch->sequence, batch->violations.items + batch->n_known,
				   batch->violations.n_items - batch->n_known, err);
}

static int write_loss(struct cg_history *history, const void *what, struct cg_err *err)
{
	const struct loss *loss = what;

	return cg_history_add_loss(history, loss->time_ns, loss->source, loss->reason, loss->n, err);
}

static int write_beat(struct cg_history *history, const void *what, struct cg_err *err)
{
	const struct beat *beat = what;

	return cg_history_add_watch(history, beat->time_ns, beat->host, beat->sources, err);
}

/* What the history does not take is still counted as a violation, and besides as lost to the history. */
static int keep_violations(struct cg_ledger *ledger, struct cg_batch *batch, uint64_t *ret_n_lost)
{
	uint64_t n = 0;
	int r = 0;

	if (!batch->violations.n_items)
		return 0;
	batch->session = ledger->session;
	for (size_t i = 0; r == 0 && i < batch->violations.n_items; i++) {
		n += i < batch->n_known ? 0 : batch->violations.items[i].n;
		r = cg_metrics_count(ledger->metrics, &batch->violations.items[i]);
	}
	if (r == 0 && cg_ledger_write(ledger, write_violations, batch) < 0) {
		*ret_n_lost = n;
		ledger->n_owed += n;
		r = cg_metrics_lose(ledger->metrics, "history", "not written", n);
	}
	return r;
}

static int keep_losses(struct cg_ledger *ledger, const struct cg_batch *batch)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < batch->losses.n_items; i++) {
		const struct loss *loss = &batch->losses.items[i];

		r = cg_metrics_lose(ledger->metrics, loss->source, loss->reason, loss->n);
		if (cg_ledger_write(ledger, write_loss, loss) < 0)
			ledger->n_owed += loss->n ? loss->n : 1;
	}
	return r;
}

static int keep_beats(struct cg_ledger *ledger, const struct cg_batch *batch)
{
	const struct beat *beat = batch->beats.n_items ? &batch->beats.items[batch->beats.n_items - 1] : NULL;

	for (size_t i = 0; i < batch->beats.n_items; i++)
		cg_ledger_write(ledger, write_beat, &batch->beats.items[i]); /* not kept: that time is unwatched */
	if (!beat)
		return 0;
	ledger->last_beat_ns = cg_clock_epoch_ms() * 1000000;
	cg_metrics_set(ledger->metrics, CG_METRICS_LAST_BEAT, ledger->last_beat_ns / 1000000000);
	return cg_metrics_watch(ledger->metrics, beat->sources);
}

int cg_ledger_keep(struct cg_ledger *ledger, struct cg_batch **batch, struct cg_frame_ack *ret_ack, struct cg_err *err)
{
	CG_CLEANUP(batch_free) struct cg_batch *own = *batch;
	struct cg_frame_ack ack = { 0 };
	int r;

	*batch = NULL;
	r = keep_violations(ledger, own, &ack.n_lost);
	if (r == 0)
		r = keep_losses(ledger, own);
	if (r == 0)
		r = keep_beats(ledger, own);
	if (r < 0)
		return cg_err_memory(err);
	if (own->sequence)
		ledger->sequence = own->sequence;
	ack.sequence = ledger->sequence;
	*ret_ack = ack;
	return 0;
}
