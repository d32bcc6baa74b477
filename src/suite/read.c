/*
 * From JSON to a suite. See suite.h; man/callgate-suite.5.scd has the format.
 *
 * A key that nobody knows is an error here: a misspelt expectation would be one that always holds.
 */
#include "suite/suite.h"

#include "abi/action.h"
#include "abi/call_text.h"
#include "base/cleanup.h"
#include "base/json_read.h"
#include "base/map.h"
#include "base/num.h"

#include <errno.h>
#include <regex.h>
#include <string.h>

/* What all readers below work with. */
struct reading {
	const char *name;
	const struct cg_arch *arch;
	struct cg_suite *suite;
	struct cg_err *err;
};

#define complain(reading, value, ...) cg_json_err((reading)->err, -EINVAL, (reading)->name, value, __VA_ARGS__)

static int want_kind(const struct reading *reading, const struct cg_json *value, enum cg_json_kind kind,
		     const char *what)
{
	if (value->kind == kind)
		return 0;
	return complain(reading, value, "%s must be %s, not %s", value->key ? value->key : "an entry", what,
			cg_json_kind_name(value));
}

/* Every key must be one of `keys`, and none may stand twice. */
static int check_keys(const struct reading *reading, const struct cg_json *object, const char *const *keys,
		      size_t n_keys)
{
	for (const struct cg_json *member = object->first; member; member = member->next) {
		const char *best;
		size_t i = 0;

		while (i < n_keys && strcmp(keys[i], member->key) != 0)
			i++;
		if (i == n_keys) {
			best = cg_word_nearest(member->key, keys, n_keys);
			return complain(reading, member, "there is no \"%s\" here%s%s%s", member->key,
					best ? "; did you mean \"" : "", best ? best : "", best ? "\"?" : "");
		}
		if (cg_json_get(object, member->key) != member)
			return complain(reading, member, "\"%s\" stands here twice", member->key);
	}
	return 0;
}

/* Text that a command or its environment can be given: no NUL in it. */
static int read_plain(const struct reading *reading, const struct cg_json *value, const char **ret_text)
{
	char *text;
	int r = want_kind(reading, value, CG_JSON_STRING, "a string");

	if (r < 0)
		return r;
	if (strlen(value->text) != value->text_length)
		return complain(reading, value, "there can be no NUL in it");
	text = cg_arena_copy(&reading->suite->arena, value->text, value->text_length);
	if (!text)
		return cg_err_memory(reading->err);
	*ret_text = text;
	return 0;
}

/* A list of strings that is a string with newlines between: scripts stay readable. */
static int read_lines(const struct reading *reading, const struct cg_json *value, const char **ret_text)
{
	CG_CLEANUP(cg_text_done) struct cg_text text = { 0 };
	const char *line;
	int r;

	for (const struct cg_json *item = value->first; item; item = item->next) {
		r = read_plain(reading, item, &line);
		if (r < 0)
			return r;
		cg_text_addf(&text, "%s%s", item == value->first ? "" : "\n", line);
	}
	*ret_text = text.has_failed ? NULL : cg_arena_copy_text(&reading->suite->arena, cg_text_get(&text));
	return *ret_text ? 0 : cg_err_memory(reading->err);
}

static int make_words(const struct reading *reading, const struct cg_json *value, size_t n_words,
		      struct cg_suite_words *words)
{
	if (n_words > CG_SUITE_LIST_LIMIT)
		return cg_json_err(reading->err, -E2BIG, reading->name, value, "a list has at most %d entries here",
				   CG_SUITE_LIST_LIMIT);
	words->items = cg_arena_alloc_array(&reading->suite->arena, n_words + 1, sizeof(*words->items));
	words->n_items = n_words;
	return words->items ? 0 : cg_err_memory(reading->err);
}

/* A list of strings; a string is a list of one where `may_be_one`. */
static int read_words(const struct reading *reading, const struct cg_json *value, bool may_be_one,
		      struct cg_suite_words *words)
{
	const char *text;
	size_t i = 0;
	int r;

	if (may_be_one && value->kind == CG_JSON_STRING) {
		r = make_words(reading, value, 1, words);
		if (r == 0)
			r = read_plain(reading, value, &text);
		if (r == 0)
			words->items[0] = (char *)text;
		return r;
	}
	r = want_kind(reading, value, CG_JSON_ARRAY, may_be_one ? "a string or a list of strings" : "a list of strings");
	if (r == 0)
		r = make_words(reading, value, value->n_children, words);
	for (const struct cg_json *item = value->first; r == 0 && item; item = item->next) {
		r = item->kind == CG_JSON_ARRAY ? read_lines(reading, item, &text) : read_plain(reading, item, &text);
		if (r == 0)
			words->items[i++] = (char *)text;
	}
	return r;
}

static int read_command(const struct reading *reading, const struct cg_json *value, struct cg_suite_words *words)
{
	int r = read_words(reading, value, false, words);

	if (r == 0 && (words->n_items == 0 || !words->items[0][0]))
		return complain(reading, value, "a command has at least one word, and its first is not empty");
	return r;
}

/* {"NAME": "value"} to NAME=value. */
static int read_environment(const struct reading *reading, const struct cg_json *value, struct cg_suite_words *words)
{
	const char *text;
	size_t i = 0;
	int r = want_kind(reading, value, CG_JSON_OBJECT, "an object of names and strings");

	if (r == 0)
		r = make_words(reading, value, value->n_children, words);
	for (const struct cg_json *member = value->first; r == 0 && member; member = member->next) {
		r = read_plain(reading, member, &text);
		if (r < 0)
			return r;
		if (!member->key[0] || strchr(member->key, '='))
			return complain(reading, member, "the name of a variable is not empty and has no '='");
		words->items[i] = cg_arena_format(&reading->suite->arena, "%s=%s", member->key, text);
		if (!words->items[i++])
			return cg_err_memory(reading->err);
	}
	return r;
}

/* Seconds, or "500ms", "10s", "5m". */
static int read_timeout(const struct reading *reading, const struct cg_json *value, uint64_t *ret_ms)
{
	static const struct {
		const char *name;
		uint64_t ms;
	} units[] = { { "ms", 1 }, { "s", 1000 }, { "m", 60 * 1000 }, { "h", 3600 * 1000 }, { "", 1000 } };
	uint64_t number = 0, ms = 0;
	size_t n_digits;

	if (value->kind == CG_JSON_NUMBER && value->is_integer && !value->is_negative) {
		ms = value->number > CG_SUITE_TIMEOUT_MAX_MS ? 0 : value->number * 1000;
	} else if (value->kind == CG_JSON_STRING) {
		n_digits = strspn(value->text, "0123456789");
		for (size_t i = 0; i < CG_N_ITEMS(units); i++)
			if (strcmp(value->text + n_digits, units[i].name) == 0 &&
			    cg_num_parse(value->text, n_digits, &number) && number <= CG_SUITE_TIMEOUT_MAX_MS)
				ms = number * units[i].ms;
	}
	if (ms == 0 || ms > CG_SUITE_TIMEOUT_MAX_MS)
		return complain(reading, value, "a timeout is a number of seconds or such as \"500ms\", \"10s\", \"5m\": "
						"more than nothing, and a day at most");
	*ret_ms = ms;
	return 0;
}

/* ---- what is expected of a command */

static int check_pattern(const struct reading *reading, const struct cg_json *value)
{
	char why[200];
	regex_t pattern;
	int r;

	if (value->text_length > CG_SUITE_PATTERN_LIMIT)
		return cg_json_err(reading->err, -E2BIG, reading->name, value,
				   "a regular expression has at most %d bytes", CG_SUITE_PATTERN_LIMIT);
	if (strlen(value->text) != value->text_length)
		return complain(reading, value, "there can be no NUL in a regular expression");
	r = regcomp(&pattern, value->text, REG_EXTENDED | REG_NOSUB | REG_NEWLINE);
	if (r == 0) {
		regfree(&pattern);
		return 0;
	}
	regerror(r, &pattern, why, sizeof(why));
	return r == REG_ESPACE ? cg_err_memory(reading->err) : complain(reading, value, "no regular expression: %s", why);
}

struct matches {
	CG_VEC(struct cg_suite_match) list;
};

static int add_match(const struct reading *reading, const struct cg_json *value, enum cg_suite_stream stream,
		     enum cg_suite_match_kind kind, struct matches *matches)
{
	struct cg_suite_match match = { .stream = stream, .kind = kind, .length = value->text_length };
	int r = want_kind(reading, value, CG_JSON_STRING, "a string");

	if (r == 0 && kind == CG_SUITE_MATCHES)
		r = check_pattern(reading, value);
	if (r < 0)
		return r;
	if (matches->list.n_items >= CG_SUITE_LIST_LIMIT)
		return cg_json_err(reading->err, -E2BIG, reading->name, value, "at most %d things are expected of a test",
				   CG_SUITE_LIST_LIMIT);
	match.text = cg_arena_copy(&reading->suite->arena, value->text, value->text_length);
	if (!match.text || cg_vec_push(&matches->list, match) < 0)
		return cg_err_memory(reading->err);
	return 0;
}

/* "text", or {"exact"/"contains"/"matches": "text" or a list of them}. */
static int read_stream(const struct reading *reading, const struct cg_json *value, enum cg_suite_stream stream,
		       struct matches *matches)
{
	static const char *const kinds[] = { "exact", "contains", "matches" };
	int r;

	if (value->kind == CG_JSON_STRING)
		return add_match(reading, value, stream, CG_SUITE_EXACT, matches);
	r = want_kind(reading, value, CG_JSON_OBJECT, "a string, or an object with exact, contains or matches");
	if (r == 0)
		r = check_keys(reading, value, kinds, CG_N_ITEMS(kinds));
	for (size_t i = 0; r == 0 && i < CG_N_ITEMS(kinds); i++) {
		const struct cg_json *texts = cg_json_get(value, kinds[i]);

		if (texts && texts->kind != CG_JSON_ARRAY)
			r = add_match(reading, texts, stream, (enum cg_suite_match_kind)i, matches);
		for (const struct cg_json *item = texts ? texts->first : NULL; r == 0 && item; item = item->next)
			r = add_match(reading, item, stream, (enum cg_suite_match_kind)i, matches);
	}
	return r;
}

static int check_calls(const struct reading *reading, const struct cg_json *value, const struct cg_arch *arch,
		       const struct cg_suite_words *calls)
{
	const struct cg_json *item = value->kind == CG_JSON_ARRAY ? value->first : value;
	struct cg_err err = { 0 };
	struct cg_call call;

	for (size_t i = 0; i < calls->n_items; i++, item = item->next)
		if (cg_call_parse(arch, calls->items[i], &call, &err) < 0)
			return complain(reading, item, "%s", err.message);
	return 0;
}

static int read_exit(const struct reading *reading, const struct cg_json *value, struct cg_suite_test *test)
{
	if (value->kind != CG_JSON_NUMBER || !value->is_integer || value->is_negative || value->number > 255)
		return complain(reading, value, "exit is a number from 0 to 255; 128 + N stands for signal N");
	test->exit_status = (int)value->number;
	return 0;
}

static int read_run_expect(const struct reading *reading, const struct cg_json *expect, struct cg_suite_test *test)
{
	static const char *const keys[] = { "exit", "stdout", "stderr", "denied" };
	struct matches matches = { 0 };
	const struct cg_json *value;
	int r = want_kind(reading, expect, CG_JSON_OBJECT, "an object, as the test runs a command");

	if (r == 0)
		r = check_keys(reading, expect, keys, CG_N_ITEMS(keys));
	if (r == 0 && (value = cg_json_get(expect, "exit")))
		r = read_exit(reading, value, test);
	if (r == 0 && (value = cg_json_get(expect, "stdout")))
		r = read_stream(reading, value, CG_SUITE_STDOUT, &matches);
	if (r == 0 && (value = cg_json_get(expect, "stderr")))
		r = read_stream(reading, value, CG_SUITE_STDERR, &matches);
	if (r == 0 && (value = cg_json_get(expect, "denied"))) {
		test->tells_denied = true;
		r = read_words(reading, value, true, &test->denied);
		if (r == 0)
			r = check_calls(reading, value, reading->arch, &test->denied);
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

/* ---- one test */

static int read_run(const struct reading *reading, const struct cg_json *object, struct cg_suite_test *test)
{
	static const char *const keys[] = { "name", "run", "expect", "needs", "environment", "stdin", "timeout" };
	const struct cg_json *value;
	int r = check_keys(reading, object, keys, CG_N_ITEMS(keys));

	if (r == 0)
		r = read_command(reading, cg_json_get(object, "run"), &test->run);
	if (r == 0 && (value = cg_json_get(object, "expect")))
		r = read_run_expect(reading, value, test);
	if (r == 0 && (value = cg_json_get(object, "needs")))
		r = read_words(reading, value, true, &test->needs);
	if (r == 0 && (value = cg_json_get(object, "environment")))
		r = read_environment(reading, value, &test->environment);
	if (r == 0 && (value = cg_json_get(object, "timeout")))
		r = read_timeout(reading, value, &test->timeout_ms);
	if (r < 0 || !(value = cg_json_get(object, "stdin")))
		return r;
	r = want_kind(reading, value, CG_JSON_STRING, "a string");
	if (r < 0)
		return r;
	test->input = cg_arena_copy(&reading->suite->arena, value->text, value->text_length);
	test->input_length = value->text_length;
	return test->input ? 0 : cg_err_memory(reading->err);
}

static int read_call_expect(const struct reading *reading, const struct cg_json *value, struct cg_suite_test *test)
{
	int r = want_kind(reading, value, CG_JSON_STRING, "a string, as the test asks about calls");

	if (r < 0)
		return r;
	test->wish = CG_SUITE_ACTION;
	if (strcmp(value->text, "allowed") == 0)
		test->wish = CG_SUITE_ALLOWED;
	else if (strcmp(value->text, "denied") == 0)
		test->wish = CG_SUITE_DENIED;
	else if (!cg_action_parse(value->text, &test->action))
		return complain(reading, value,
				"\"%s\" is no answer; it is \"allowed\", \"denied\" or an action, such as \"ERRNO(EPERM)\"",
				value->text);
	return 0;
}

static int read_calls(const struct reading *reading, const struct cg_json *object, struct cg_suite_test *test)
{
	static const char *const keys[] = { "name", "call", "expect", "arch" };
	const struct cg_json *value = cg_json_get(object, "arch"), *calls = cg_json_get(object, "call");
	int r = check_keys(reading, object, keys, CG_N_ITEMS(keys));

	if (r == 0 && value) {
		r = want_kind(reading, value, CG_JSON_STRING, "the name of an architecture");
		test->arch = r == 0 ? cg_arch_find(value->text) : NULL;
		if (r == 0 && !test->arch)
			r = complain(reading, value, "there is no architecture \"%s\"; callgate syscalls --help names them",
				     value->text);
	}
	if (r == 0)
		r = read_words(reading, calls, true, &test->calls);
	if (r == 0 && test->calls.n_items == 0)
		r = complain(reading, calls, "there is no call here");
	if (r == 0)
		r = check_calls(reading, calls, test->arch, &test->calls);
	if (r < 0)
		return r;
	value = cg_json_get(object, "expect");
	if (!value)
		return complain(reading, object, "say with \"expect\" what the call is to get");
	return read_call_expect(reading, value, test);
}

static int read_test(const struct reading *reading, const struct cg_json *object, struct cg_suite_test *test)
{
	const struct cg_json *name, *run, *call;
	int r = want_kind(reading, object, CG_JSON_OBJECT, "an object");

	if (r < 0)
		return r;
	*test = (struct cg_suite_test){ .line = object->line, .column = object->column, .arch = reading->arch,
					.timeout_ms = reading->suite->timeout_ms };
	run = cg_json_get(object, "run");
	call = cg_json_get(object, "call");
	if (!run == !call)
		return complain(reading, object, "a test has either \"run\", a command, or \"call\"%s", run ? ", not both" : "");
	r = run ? read_run(reading, object, test) : read_calls(reading, object, test);
	if (r < 0)
		return r;
	name = cg_json_get(object, "name");
	if (name) {
		r = read_plain(reading, name, &test->name);
		if (r == 0 && !test->name[0])
			return complain(reading, name, "the name is empty");
		return r;
	}
	test->name = run ? test->run.items[0] : test->calls.items[0];
	return 0;
}

/* Reports tell tests by their names. */
static int check_names(const struct reading *reading, const struct cg_json *list)
{
	const struct cg_suite *suite = reading->suite;
	const struct cg_json *item = list->first;
	struct cg_map names = { 0 };
	struct cg_map_entry *entry;
	int r = 0;

	for (size_t i = 0; r == 0 && i < suite->n_tests; i++, item = item->next) {
		const char *name = suite->tests[i].name;

		if (cg_map_put(&names, name, strlen(name), &entry) < 0)
			r = cg_err_memory(reading->err);
		else if (entry->value.number++)
			r = complain(reading, item, "there is a test \"%s\" already", name);
	}
	cg_map_done(&names);
	return r;
}

static int read_tests(const struct reading *reading, const struct cg_json *list)
{
	struct cg_suite *suite = reading->suite;
	int r = want_kind(reading, list, CG_JSON_ARRAY, "a list");

	if (r < 0)
		return r;
	if (list->n_children == 0)
		return complain(reading, list, "there is no test in this suite");
	if (list->n_children > CG_SUITE_TESTS_LIMIT)
		return cg_json_err(reading->err, -E2BIG, reading->name, list, "a suite has at most %d tests",
				   CG_SUITE_TESTS_LIMIT);
	suite->tests = cg_arena_alloc_array(&suite->arena, list->n_children, sizeof(*suite->tests));
	if (!suite->tests)
		return cg_err_memory(reading->err);
	for (const struct cg_json *item = list->first; r == 0 && item; item = item->next)
		r = read_test(reading, item, &suite->tests[suite->n_tests++]);
	return r < 0 ? r : check_names(reading, list);
}

/* ---- the whole */

static int read_container(const struct reading *reading, const struct cg_json *value)
{
	static const char *const keys[] = { "image", "options" };
	const struct cg_json *member;
	int r = want_kind(reading, value, CG_JSON_OBJECT, "an object with image and options");

	if (r == 0)
		r = check_keys(reading, value, keys, CG_N_ITEMS(keys));
	if (r == 0 && (member = cg_json_get(value, "image")))
		r = read_plain(reading, member, &reading->suite->image);
	if (r == 0 && (member = cg_json_get(value, "options")))
		r = read_words(reading, member, false, &reading->suite->options);
	return r;
}

static int read_setup(const struct reading *reading, const struct cg_json *value)
{
	static const char *const keys[] = { "run", "needs" };
	const struct cg_json *member;
	int r = want_kind(reading, value, CG_JSON_OBJECT, "an object with run and needs");

	if (r == 0)
		r = check_keys(reading, value, keys, CG_N_ITEMS(keys));
	if (r < 0)
		return r;
	member = cg_json_get(value, "run");
	if (!member)
		return complain(reading, value, "a set-up is a command: \"run\"");
	r = read_command(reading, member, &reading->suite->setup);
	if (r == 0 && (member = cg_json_get(value, "needs")))
		r = read_words(reading, member, true, &reading->suite->setup_needs);
	return r;
}

static int read_root(const struct reading *reading, const struct cg_json *root)
{
	static const char *const keys[] = { "profile", "container", "environment", "timeout", "setup", "tests" };
	struct cg_suite *suite = reading->suite;
	const struct cg_json *value;
	int r = root->kind == CG_JSON_OBJECT ? check_keys(reading, root, keys, CG_N_ITEMS(keys)) :
					       complain(reading, root, "a suite is an object, not %s", cg_json_kind_name(root));

	if (r == 0 && (value = cg_json_get(root, "profile")))
		r = read_plain(reading, value, &suite->profile);
	if (r == 0 && (value = cg_json_get(root, "container")))
		r = read_container(reading, value);
	if (r == 0 && (value = cg_json_get(root, "environment")))
		r = read_environment(reading, value, &suite->environment);
	if (r == 0 && (value = cg_json_get(root, "timeout")))
		r = read_timeout(reading, value, &suite->timeout_ms);
	if (r == 0 && (value = cg_json_get(root, "setup")))
		r = read_setup(reading, value);
	if (r < 0)
		return r;
	value = cg_json_get(root, "tests");
	return value ? read_tests(reading, value) : complain(reading, root, "a suite has \"tests\": a list");
}

int cg_suite_read(const char *name, const char *bytes, size_t length, const struct cg_arch *arch,
		  struct cg_suite *suite, struct cg_err *err)
{
	struct reading reading = { .name = name, .arch = arch, .suite = suite, .err = err };
	struct cg_arena arena = { 0 };
	struct cg_json *root;
	int r;

	if (length > CG_SUITE_SIZE_LIMIT)
		return cg_err_set(err, -E2BIG, name, "a suite has at most %zu bytes", CG_SUITE_SIZE_LIMIT);
	suite->timeout_ms = CG_SUITE_TIMEOUT_MS;
	r = cg_json_read(&arena, name, bytes, length, CG_JSON_COMMENTS, &root, err);
	if (r == 0)
		r = read_root(&reading, root);
	cg_arena_done(&arena);
	if (r < 0)
		cg_suite_done(suite);
	return r;
}

void cg_suite_done(struct cg_suite *suite)
{
	cg_arena_done(&suite->arena);
	*suite = (struct cg_suite){ 0 };
}
