/*
 * What a test expects: of a command its status, its output and what was denied; of calls, an answer. See read.h.
 */
#include "suite/read.h"

#include "abi/action.h"
#include "abi/call_text.h"
#include "base/cleanup.h"

#include <errno.h>
#include <regex.h>
#include <string.h>

static int check_pattern(const struct cg_suite_reading *reading, const struct cg_json *value)
{
	char why[200];
	regex_t pattern;
	int r;

	if (value->text_length > CG_SUITE_PATTERN_LIMIT)
		return cg_json_err(reading->err, -E2BIG, reading->name, value,
				   "a regular expression has at most %d bytes", CG_SUITE_PATTERN_LIMIT);
	if (strlen(value->text) != value->text_length)
		return cg_suite_complain(reading, value, "there can be no NUL in a regular expression");
	r = regcomp(&pattern, value->text, REG_EXTENDED | REG_NOSUB | REG_NEWLINE);
	if (r == 0) {
		regfree(&pattern);
		return 0;
	}
	regerror(r, &pattern, why, sizeof(why));
	return r == REG_ESPACE ? cg_err_memory(reading->err) :
				 cg_suite_complain(reading, value, "no regular expression: %s", why);
}

struct matches {
	CG_VEC(struct cg_suite_match) list;
};

static int add_match(const struct cg_suite_reading *reading, const struct cg_json *value, enum cg_suite_stream stream,
		     enum cg_suite_match_kind kind, struct matches *matches)
{
	struct cg_suite_match match = { .stream = stream, .kind = kind, .length = value->text_length };
	int r = cg_suite_want_kind(reading, value, CG_JSON_STRING, "a string");

	if (r == 0 && kind == CG_SUITE_MATCHES)
		r = check_pattern(reading, value);
	if (r < 0)
		return r;
	if (matches->list.n_items >= CG_SUITE_LIST_LIMIT)
		return cg_json_err(reading->err, -E2BIG, reading->name, value,
				   "at most %d things are expected of a test", CG_SUITE_LIST_LIMIT);
	match.text = cg_arena_copy(&reading->suite->arena, value->text, value->text_length);
	if (!match.text || cg_vec_push(&matches->list, match) < 0)
		return cg_err_memory(reading->err);
	return 0;
}

/* "text", or {"exact"/"contains"/"matches": "text" or a list of them}. */
static int read_stream(const struct cg_suite_reading *reading, const struct cg_json *value, enum cg_suite_stream stream,
		       struct matches *matches)
{
	static const char *const kinds[] = { "exact", "contains", "matches" };
	int r;

	if (value->kind == CG_JSON_STRING)
		return add_match(reading, value, stream, CG_SUITE_EXACT, matches);
	r = cg_suite_want_kind(reading, value, CG_JSON_OBJECT,
			       "a string, or an object with exact, contains or matches");
	if (r == 0)
		r = cg_suite_check_keys(reading, value, kinds, CG_N_ITEMS(kinds));
	for (size_t i = 0; r == 0 && i < CG_N_ITEMS(kinds); i++) {
		const struct cg_json *texts = cg_json_get(value, kinds[i]);

		if (texts && texts->kind != CG_JSON_ARRAY)
			r = add_match(reading, texts, stream, (enum cg_suite_match_kind)i, matches);
		for (const struct cg_json *item = texts ? texts->first : NULL; r == 0 && item; item = item->next)
			r = add_match(reading, item, stream, (enum cg_suite_match_kind)i, matches);
	}
	return r;
}

int cg_suite_check_calls(const struct cg_suite_reading *reading, const struct cg_json *value,
			 const struct cg_arch *arch, const struct cg_suite_words *calls)
{
	const struct cg_json *item = value->kind == CG_JSON_ARRAY ? value->first : value;
	struct cg_err err = { 0 };
	struct cg_call call;

	for (size_t i = 0; i < calls->n_items; i++, item = item->next)
		if (cg_call_parse(arch, calls->items[i], &call, &err) < 0)
			return cg_suite_complain(reading, item, "%s", err.message);
	return 0;
}

static int read_exit(const struct cg_suite_reading *reading, const struct cg_json *value, struct cg_suite_test *test)
{
	if (value->kind != CG_JSON_NUMBER || !value->is_integer || value->is_negative || value->number > 255)
		return cg_suite_complain(reading, value, "exit is a number from 0 to 255; 128 + N stands for signal N");
	test->exit_status = (int)value->number;
	return 0;
}

int cg_suite_read_run_expect(const struct cg_suite_reading *reading, const struct cg_json *expect,
			     struct cg_suite_test *test)
{
	static const char *const keys[] = { "exit", "stdout", "stderr", "denied" };
	struct matches matches = { 0 };
	const struct cg_json *value;
	int r = cg_suite_want_kind(reading, expect, CG_JSON_OBJECT, "an object, as the test runs a command");

	if (r == 0)
		r = cg_suite_check_keys(reading, expect, keys, CG_N_ITEMS(keys));
	if (r == 0 && (value = cg_json_get(expect, "exit")))
		r = read_exit(reading, value, test);
	if (r == 0 && (value = cg_json_get(expect, "stdout")))
		r = read_stream(reading, value, CG_SUITE_STDOUT, &matches);
	if (r == 0 && (value = cg_json_get(expect, "stderr")))
		r = read_stream(reading, value, CG_SUITE_STDERR, &matches);
	if (r == 0 && (value = cg_json_get(expect, "denied"))) {
		test->tells_denied = true;
		r = cg_suite_read_words(reading, value, true, &test->denied);
		if (r == 0)
			r = cg_suite_check_calls(reading, value, reading->arch, &test->denied);
	}
	if (r == 0 && matches.list.n_items) {
		test->n_matches = matches.list.n_items;
		test->matches = cg_arena_alloc_array(&reading->suite->arena, test->n_matches, sizeof(*test->matches));
		if (test->matches)
			memcpy(test->matches, matches.list.items, test->n_matches * sizeof(*test->matches));
		else
			r = cg_err_memory(reading->err);
	}
	cg_vec_done(&matches.list);
	return r;
}

int cg_suite_read_call_expect(const struct cg_suite_reading *reading, const struct cg_json *value,
			      struct cg_suite_test *test)
{
	int r = cg_suite_want_kind(reading, value, CG_JSON_STRING, "a string, as the test asks about calls");

	if (r < 0)
		return r;
	test->wish = CG_SUITE_ACTION;
	if (strcmp(value->text, "allowed") == 0)
		test->wish = CG_SUITE_ALLOWED;
	else if (strcmp(value->text, "denied") == 0)
		test->wish = CG_SUITE_DENIED;
	else if (!cg_action_parse(value->text, &test->action))
		return cg_suite_complain(
			reading, value,
			"\"%s\" is no answer; it is \"allowed\", \"denied\" or an action, such as \"ERRNO(EPERM)\"",
			value->text);
	return 0;
}
