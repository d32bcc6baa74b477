/*
 * From JSON to a suite. See suite.h; man/callgate-suite.5.scd has the format.
 *
 * A key that nobody knows is an error here: a misspelt expectation would be one that always holds.
 */
#include "suite/read.h"

#include "base/cleanup.h"
#include "base/map.h"

#include <errno.h>
#include <string.h>

static int read_run(const struct cg_suite_reading *reading, const struct cg_json *object, struct cg_suite_test *test)
{
	static const char *const keys[] = { "name", "run", "expect", "needs", "environment", "stdin", "timeout" };
	const struct cg_json *value;
	int r = cg_suite_check_keys(reading, object, keys, CG_N_ITEMS(keys));

	if (r == 0)
		r = cg_suite_read_command(reading, cg_json_get(object, "run"), &test->run);
	if (r == 0 && (value = cg_json_get(object, "expect")))
		r = cg_suite_read_run_expect(reading, value, test);
	if (r == 0 && (value = cg_json_get(object, "needs")))
		r = cg_suite_read_words(reading, value, true, &test->needs);
	if (r == 0 && (value = cg_json_get(object, "environment")))
		r = cg_suite_read_environment(reading, value, &test->environment);
	if (r == 0 && (value = cg_json_get(object, "timeout")))
		r = cg_suite_read_timeout(reading, value, &test->timeout_ms);
	if (r < 0 || !(value = cg_json_get(object, "stdin")))
		return r;
	r = cg_suite_want_kind(reading, value, CG_JSON_STRING, "a string");
	if (r < 0)
		return r;
	test->input = cg_arena_copy(&reading->suite->arena, value->text, value->text_length);
	test->input_length = value->text_length;
	return test->input ? 0 : cg_err_memory(reading->err);
}

static int read_calls(const struct cg_suite_reading *reading, const struct cg_json *object, struct cg_suite_test *test)
{
	static const char *const keys[] = { "name", "call", "expect", "arch" };
	const struct cg_json *value = cg_json_get(object, "arch"), *calls = cg_json_get(object, "call");
	int r = cg_suite_check_keys(reading, object, keys, CG_N_ITEMS(keys));

	if (r == 0 && value) {
		r = cg_suite_want_kind(reading, value, CG_JSON_STRING, "the name of an architecture");
		test->arch = r == 0 ? cg_arch_find(value->text) : NULL;
		if (r == 0 && !test->arch)
			r = cg_suite_complain(reading, value,
					      "there is no architecture \"%s\"; callgate syscalls --help names them",
					      value->text);
	}
	if (r == 0)
		r = cg_suite_read_words(reading, calls, true, &test->calls);
	if (r == 0 && test->calls.n_items == 0)
		r = cg_suite_complain(reading, calls, "there is no call here");
	if (r == 0)
		r = cg_suite_check_calls(reading, calls, test->arch, &test->calls);
	if (r < 0)
		return r;
	value = cg_json_get(object, "expect");
	if (!value)
		return cg_suite_complain(reading, object, "say with \"expect\" what the call is to get");
	return cg_suite_read_call_expect(reading, value, test);
}

static int read_test(const struct cg_suite_reading *reading, const struct cg_json *object, struct cg_suite_test *test)
{
	const struct cg_json *name, *run, *call;
	int r = cg_suite_want_kind(reading, object, CG_JSON_OBJECT, "an object");

	if (r < 0)
		return r;
	*test = (struct cg_suite_test){ .line = object->line,
					.column = object->column,
					.arch = reading->arch,
					.timeout_ms = reading->suite->timeout_ms };
	run = cg_json_get(object, "run");
	call = cg_json_get(object, "call");
	if (!run == !call)
		return cg_suite_complain(reading, object, "a test has either \"run\", a command, or \"call\"%s",
					 run ? ", not both" : "");
	r = run ? read_run(reading, object, test) : read_calls(reading, object, test);
	if (r < 0)
		return r;
	name = cg_json_get(object, "name");
	if (name) {
		r = cg_suite_read_plain(reading, name, &test->name);
		if (r == 0 && !test->name[0])
			return cg_suite_complain(reading, name, "the name is empty");
		return r;
	}
	test->name = run ? test->run.items[0] : test->calls.items[0];
	return 0;
}

/* Reports tell tests by their names. */
static int check_names(const struct cg_suite_reading *reading, const struct cg_json *list)
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
			r = cg_suite_complain(reading, item, "there is a test \"%s\" already", name);
	}
	cg_map_done(&names);
	return r;
}

static int read_tests(const struct cg_suite_reading *reading, const struct cg_json *list)
{
	struct cg_suite *suite = reading->suite;
	int r = cg_suite_want_kind(reading, list, CG_JSON_ARRAY, "a list");

	if (r < 0)
		return r;
	if (list->n_children == 0)
		return cg_suite_complain(reading, list, "there is no test in this suite");
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

static int read_container(const struct cg_suite_reading *reading, const struct cg_json *value)
{
	static const char *const keys[] = { "image", "options" };
	const struct cg_json *member;
	int r = cg_suite_want_kind(reading, value, CG_JSON_OBJECT, "an object with image and options");

	if (r == 0)
		r = cg_suite_check_keys(reading, value, keys, CG_N_ITEMS(keys));
	if (r == 0 && (member = cg_json_get(value, "image")))
		r = cg_suite_read_plain(reading, member, &reading->suite->image);
	if (r == 0 && (member = cg_json_get(value, "options")))
		r = cg_suite_read_words(reading, member, false, &reading->suite->options);
	return r;
}

static int read_setup(const struct cg_suite_reading *reading, const struct cg_json *value)
{
	static const char *const keys[] = { "run", "needs" };
	const struct cg_json *member;
	int r = cg_suite_want_kind(reading, value, CG_JSON_OBJECT, "an object with run and needs");

	if (r == 0)
		r = cg_suite_check_keys(reading, value, keys, CG_N_ITEMS(keys));
	if (r < 0)
		return r;
	member = cg_json_get(value, "run");
	if (!member)
		return cg_suite_complain(reading, value, "a set-up is a command: \"run\"");
	r = cg_suite_read_command(reading, member, &reading->suite->setup);
	if (r == 0 && (member = cg_json_get(value, "needs")))
		r = cg_suite_read_words(reading, member, true, &reading->suite->setup_needs);
	return r;
}

static int read_root(const struct cg_suite_reading *reading, const struct cg_json *root)
{
	static const char *const keys[] = { "profile", "container", "environment", "timeout", "setup", "tests" };
	struct cg_suite *suite = reading->suite;
	const struct cg_json *value;
	int r = root->kind == CG_JSON_OBJECT ?
			cg_suite_check_keys(reading, root, keys, CG_N_ITEMS(keys)) :
			cg_suite_complain(reading, root, "a suite is an object, not %s", cg_json_kind_name(root));

	if (r == 0 && (value = cg_json_get(root, "profile")))
		r = cg_suite_read_plain(reading, value, &suite->profile);
	if (r == 0 && (value = cg_json_get(root, "container")))
		r = read_container(reading, value);
	if (r == 0 && (value = cg_json_get(root, "environment")))
		r = cg_suite_read_environment(reading, value, &suite->environment);
	if (r == 0 && (value = cg_json_get(root, "timeout")))
		r = cg_suite_read_timeout(reading, value, &suite->timeout_ms);
	if (r == 0 && (value = cg_json_get(root, "setup")))
		r = read_setup(reading, value);
	if (r < 0)
		return r;
	value = cg_json_get(root, "tests");
	return value ? read_tests(reading, value) : cg_suite_complain(reading, root, "a suite has \"tests\": a list");
}

int cg_suite_read(const char *name, const char *bytes, size_t length, const struct cg_arch *arch,
		  struct cg_suite *suite, struct cg_err *err)
{
	struct cg_suite_reading reading = { .name = name, .arch = arch, .suite = suite, .err = err };
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
