/*
 * Outcomes for people, and as JSON.
 */
#include "suite/suite.h"

#include "abi/call_text.h"
#include "base/json_write.h"

#include <inttypes.h>
#include <string.h>

size_t cg_suite_count(const struct cg_suite_results *results, enum cg_suite_verdict verdict)
{
	size_t n = 0;

	for (size_t i = 0; i < results->n_outcomes; i++)
		n += results->outcomes[i].verdict == verdict;
	return n;
}

/* What a person at a terminal can be shown of a name: no control characters. */
static void add_name(struct cg_text *text, const char *name)
{
	cg_text_add_escaped(text, name, strlen(name));
}

void cg_suite_write_outcome(const struct cg_suite_outcome *outcome, struct cg_text *text)
{
	static const char *const words[] = { "ok    ", "FAILED", "skip  " };
	const char *line = cg_text_get(&outcome->reasons);

	cg_text_addf(text, "%s  ", words[outcome->verdict]);
	add_name(text, outcome->test->name);
	if (outcome->test->run.n_items && outcome->verdict != CG_SUITE_SKIPPED)
		cg_text_addf(text, "  (%" PRIu64 ".%02" PRIu64 " s)", outcome->took_ms / 1000,
			     outcome->took_ms % 1000 / 10);
	cg_text_add_char(text, '\n');
	while (*line) {
		size_t length = strcspn(line, "\n");

		cg_text_add(text, "        ");
		cg_text_add_bytes(text, line, length);
		cg_text_add_char(text, '\n');
		line += length + (line[length] == '\n');
	}
}

void cg_suite_write_summary(const struct cg_suite_results *results, struct cg_text *text)
{
	cg_text_addf(text, "%s under %s", results->name, results->profile);
	if (strcmp(results->where, "none") != 0)
		cg_text_addf(text, " in %s", results->where);
	cg_text_addf(text, ": %zu passed, %zu failed, %zu skipped, %" PRIu64 ".%" PRIu64 " s\n",
		     cg_suite_count(results, CG_SUITE_PASSED), cg_suite_count(results, CG_SUITE_FAILED),
		     cg_suite_count(results, CG_SUITE_SKIPPED), results->took_ms / 1000, results->took_ms % 1000 / 100);
	if (cg_suite_count(results, CG_SUITE_FAILED))
		cg_text_addf(text, "the profile needs an update, or the programs do: see above\n");
}

static void write_denials(struct cg_json_writer *json, const struct cg_suite_outcome *outcome)
{
	if (!outcome->test->run.n_items || !outcome->sees_denials)
		return;
	cg_json_open_array(json, "denied");
	for (size_t i = 0; i < outcome->denials.n_items; i++) {
		const struct cg_suite_denial *denial = &outcome->denials.items[i];
		struct cg_text action = { 0 };

		cg_action_format(&action, denial->action);
		cg_json_open_inline_object(json, NULL);
		cg_json_string(json, "call", denial->text);
		cg_json_string(json, "action", cg_text_get(&action));
		cg_json_string(json, "process", denial->process);
		cg_json_close_object(json);
		json->text->has_failed |= action.has_failed;
		cg_text_done(&action);
	}
	cg_json_close_array(json);
}

/* What was asked, and expected: so that who reads the result knows which refusals are meant. */
static void write_question(struct cg_json_writer *json, const struct cg_suite_test *test)
{
	static const char *const wishes[] = { [CG_SUITE_ALLOWED] = "allowed", [CG_SUITE_DENIED] = "denied" };
	struct cg_text action = { 0 };

	if (!test->calls.n_items)
		return;
	cg_json_open_array(json, "calls");
	for (size_t i = 0; i < test->calls.n_items; i++)
		cg_json_string(json, NULL, test->calls.items[i]);
	cg_json_close_array(json);
	cg_action_format(&action, test->action);
	cg_json_string(json, "expect", test->wish == CG_SUITE_ACTION ? cg_text_get(&action) : wishes[test->wish]);
	json->text->has_failed |= action.has_failed;
	cg_text_done(&action);
}

void cg_suite_write_json(const struct cg_suite_results *results, struct cg_text *text)
{
	static const char *const words[] = { "passed", "failed", "skipped" };
	struct cg_json_writer json = { .text = text };

	cg_json_open_object(&json, NULL);
	cg_json_string(&json, "suite", results->name);
	cg_json_string(&json, "profile", results->profile);
	cg_json_string(&json, "in", results->where);
	for (int i = 0; i < 3; i++)
		cg_json_u64(&json, words[i], cg_suite_count(results, i));
	cg_json_u64(&json, "milliseconds", results->took_ms);
	cg_json_open_array(&json, "tests");
	for (size_t i = 0; i < results->n_outcomes; i++) {
		const struct cg_suite_outcome *outcome = &results->outcomes[i];

		cg_json_open_object(&json, NULL);
		cg_json_string(&json, "name", outcome->test->name);
		cg_json_u64(&json, "line", outcome->test->line);
		cg_json_string(&json, "result", words[outcome->verdict]);
		cg_json_u64(&json, "milliseconds", outcome->took_ms);
		if (outcome->reasons.length)
			cg_json_string(&json, "reasons", cg_text_get(&outcome->reasons));
		write_question(&json, outcome->test);
		write_denials(&json, outcome);
		cg_json_close_object(&json);
	}
	cg_json_close_array(&json);
	cg_json_close_object(&json);
	cg_text_add_char(text, '\n');
}
