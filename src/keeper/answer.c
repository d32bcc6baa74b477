/*
 * See answer.h.
 *
 * A page in a browser may send requests to loopback, under a name of its own that it has pointed there; what was
 * violated on this machine is none of its business. So on loopback only names of this machine are answered.
 */
#include "keeper/answer.h"

#include "base/cleanup.h"
#include "base/instant.h"
#include "base/json_write.h"
#include "base/num.h"
#include "history/question.h"
#include "os/signals.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#define JSON "application/json; charset=utf-8"
#define PLAIN "text/plain; charset=utf-8"

static void answer_text(struct cg_answer *answer, unsigned int status, const char *text)
{
	answer->status = status;
	answer->type = PLAIN;
	cg_text_add(&answer->body, text);
}

static void answer_error(struct cg_answer *answer, unsigned int status, const char *message)
{
	struct cg_json_writer json = { .text = &answer->body, .is_compact = true };

	answer->status = status;
	answer->type = JSON;
	cg_text_clear(&answer->body);
	cg_json_open_object(&json, NULL);
	cg_json_string(&json, "error", message);
	cg_json_close_object(&json);
	cg_text_add_char(&answer->body, '\n');
}

static void answer_metrics(struct cg_ledger *ledger, const struct cg_request *request, struct cg_answer *answer)
{
	enum cg_metrics_form form = cg_metrics_choose(request->accept);

	answer->status = 200;
	answer->type = cg_metrics_content_type(form);
	cg_metrics_write(ledger->metrics, form, &answer->body);
}

static void answer_health(struct cg_ledger *ledger, struct cg_answer *answer)
{
	CG_CLEANUP(cg_text_done) struct cg_text why = { 0 };
	const char *trouble = cg_ledger_trouble(ledger, &why);

	answer_text(answer, trouble ? 503 : 200, trouble ? trouble : "ok\n");
}

struct listing {
	struct cg_answer *answer;
	struct cg_json_writer json;
	bool is_cut;
};

static int list(void *context, const struct cg_violation *violation)
{
	struct listing *listing = context;
	int r;

	if (listing->answer->body.length >= CG_ANSWER_BYTES_LIMIT) {
		listing->is_cut = true;
		return 0;
	}
	r = cg_violation_write(violation, &listing->json);
	return r < 0 ? r : listing->answer->body.has_failed ? -ENOMEM : 0;
}

/* false: an argument is none, and the answer says so. */
static bool read_question(const struct cg_request *request, struct cg_history_question *question,
			  struct cg_answer *answer)
{
	struct cg_err err = { 0 };

	*question = (struct cg_history_question){ .newest_first = true, .n_max = CG_ANSWER_ROWS };
	for (size_t i = 0; i < request->n_arguments; i++)
		if (cg_history_question_set(question, request->arguments[i].name, request->arguments[i].value,
					    cg_clock_epoch_ms(), &err) < 0) {
			answer_error(answer, 400, err.message);
			return false;
		}
	if (request->has_too_many)
		answer_error(answer, 400, "too many parameters");
	if (question->n_max > CG_ANSWER_ROWS_LIMIT || !question->n_max)
		question->n_max = CG_ANSWER_ROWS_LIMIT;
	return !request->has_too_many;
}

static int answer_question(struct cg_ledger *ledger, const struct cg_history_question *question,
			   struct cg_answer *answer, struct cg_err *err)
{
	struct listing listing = { .answer = answer, .json = { .text = &answer->body, .is_compact = true } };
	struct cg_history_sum sum;
	int r;

	cg_json_open_object(&listing.json, NULL);
	cg_json_open_array(&listing.json, "violations");
	r = cg_history_ask(ledger->history, question, list, &listing, err);
	if (r == 0)
		r = cg_history_sum(ledger->history, question, &sum, err);
	if (r < 0)
		return r;
	cg_json_close_array(&listing.json);
	cg_json_bool(&listing.json, "is_cut", listing.is_cut);
	cg_history_sum_write(&sum, &listing.json);
	cg_json_close_object(&listing.json);
	cg_text_add_char(&answer->body, '\n');
	return 0;
}

static void answer_violations(struct cg_ledger *ledger, const struct cg_request *request, struct cg_answer *answer)
{
	struct cg_history_question question;
	struct cg_err err = { 0 };
	int r;

	if (!read_question(request, &question, answer))
		return;
	if (!ledger->options->history) {
		answer_error(answer, 404, "no history is kept: start callgate monitor with --history");
		return;
	}
	if (!ledger->history) {
		answer_error(answer, 503, "the history cannot be read now");
		return;
	}
	answer->status = 200;
	answer->type = JSON;
	r = answer_question(ledger, &question, answer, &err);
	if (r < 0)
		answer_error(answer, 503, err.message);
}

/* "127.0.0.1:9464", "localhost", "[::1]:9464"; no name at all is no browser. */
static bool is_local_name(const char *host)
{
	static const char *const names[] = { "localhost", "127.0.0.1", "[::1]", "localhost.", "ip6-localhost" };

	if (!host)
		return true;
	for (size_t i = 0; i < CG_N_ITEMS(names); i++) {
		size_t length = strlen(names[i]);

		if (strncasecmp(host, names[i], length) == 0 && (!host[length] || host[length] == ':'))
			return true;
	}
	/* other addresses of the block 127/8 */
	return strncmp(host, "127.", 4) == 0 && strspn(host, "0123456789.:") == strlen(host);
}

bool cg_request_is_read(const struct cg_request *request)
{
	return strcmp(request->method, "GET") == 0 || strcmp(request->method, "HEAD") == 0;
}

void cg_answer(struct cg_ledger *ledger, const struct cg_request *request, struct cg_answer *ret_answer)
{
	if (!cg_request_is_read(request))
		answer_text(ret_answer, 405, "only GET and HEAD\n");
	else if (request->is_loopback && !is_local_name(request->host))
		answer_text(ret_answer, 403,
			    "only names of this machine are answered here: localhost, 127.0.0.1, [::1]\n");
	else if (strcmp(request->path, "/metrics") == 0)
		answer_metrics(ledger, request, ret_answer);
	else if (strcmp(request->path, "/healthz") == 0)
		answer_health(ledger, ret_answer);
	else if (strcmp(request->path, "/api/violations") == 0)
		answer_violations(ledger, request, ret_answer);
	else
		answer_text(ret_answer, strcmp(request->path, "/") == 0 ? 200 : 404,
			    "callgate monitor: /metrics /healthz /api/violations\n");
}
