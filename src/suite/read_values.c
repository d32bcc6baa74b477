/*
 * Values of a suite's JSON: texts, lists, environments, times. See read.h.
 */
#include "suite/read.h"

#include "base/cleanup.h"
#include "base/num.h"

#include <errno.h>
#include <string.h>

int cg_suite_want_kind(const struct cg_suite_reading *reading, const struct cg_json *value, enum cg_json_kind kind,
		       const char *what)
{
	if (value->kind == kind)
		return 0;
	return cg_suite_complain(reading, value, "%s must be %s, not %s", value->key ? value->key : "an entry", what,
				 cg_json_kind_name(value));
}

/* Every key must be one of `keys`, and none may stand twice. */
int cg_suite_check_keys(const struct cg_suite_reading *reading, const struct cg_json *object, const char *const *keys,
			size_t n_keys)
{
	for (const struct cg_json *member = object->first; member; member = member->next) {
		const char *best;
		size_t i = 0;

		while (i < n_keys && strcmp(keys[i], member->key) != 0)
			i++;
		if (i == n_keys) {
			best = cg_word_nearest(member->key, keys, n_keys);
			return cg_suite_complain(reading, member, "there is no \"%s\" here%s%s%s", member->key,
						 best ? "; did you mean \"" : "", best ? best : "", best ? "\"?" : "");
		}
		if (cg_json_get(object, member->key) != member)
			return cg_suite_complain(reading, member, "\"%s\" stands here twice", member->key);
	}
	return 0;
}

/* Text that a command or its environment can be given: no NUL in it. */
int cg_suite_read_plain(const struct cg_suite_reading *reading, const struct cg_json *value, const char **ret_text)
{
	char *text;
	int r = cg_suite_want_kind(reading, value, CG_JSON_STRING, "a string");

	if (r < 0)
		return r;
	if (strlen(value->text) != value->text_length)
		return cg_suite_complain(reading, value, "there can be no NUL in it");
	text = cg_arena_copy(&reading->suite->arena, value->text, value->text_length);
	if (!text)
		return cg_err_memory(reading->err);
	*ret_text = text;
	return 0;
}

/* A list of strings that is a string with newlines between: scripts stay readable. */
static int read_lines(const struct cg_suite_reading *reading, const struct cg_json *value, const char **ret_text)
{
	CG_CLEANUP(cg_text_done) struct cg_text text = { 0 };
	const char *line;
	int r;

	for (const struct cg_json *item = value->first; item; item = item->next) {
		r = cg_suite_read_plain(reading, item, &line);
		if (r < 0)
			return r;
		cg_text_addf(&text, "%s%s", item == value->first ? "" : "\n", line);
	}
	*ret_text = text.has_failed ? NULL : cg_arena_copy_text(&reading->suite->arena, cg_text_get(&text));
	return *ret_text ? 0 : cg_err_memory(reading->err);
}

static int make_words(const struct cg_suite_reading *reading, const struct cg_json *value, size_t n_words,
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
int cg_suite_read_words(const struct cg_suite_reading *reading, const struct cg_json *value, bool may_be_one,
			struct cg_suite_words *words)
{
	const char *text;
	size_t i = 0;
	int r;

	if (may_be_one && value->kind == CG_JSON_STRING) {
		r = make_words(reading, value, 1, words);
		if (r == 0)
			r = cg_suite_read_plain(reading, value, &text);
		if (r == 0)
			words->items[0] = (char *)text;
		return r;
	}
	r = cg_suite_want_kind(reading, value, CG_JSON_ARRAY,
			       may_be_one ? "a string or a list of strings" : "a list of strings");
	if (r == 0)
		r = make_words(reading, value, value->n_children, words);
	for (const struct cg_json *item = value->first; r == 0 && item; item = item->next) {
		r = item->kind == CG_JSON_ARRAY ? read_lines(reading, item, &text) :
						  cg_suite_read_plain(reading, item, &text);
		if (r == 0)
			words->items[i++] = (char *)text;
	}
	return r;
}

int cg_suite_read_command(const struct cg_suite_reading *reading, const struct cg_json *value,
			  struct cg_suite_words *words)
{
	int r = cg_suite_read_words(reading, value, false, words);

	if (r == 0 && (words->n_items == 0 || !words->items[0][0]))
		return cg_suite_complain(reading, value, "a command has at least one word, and its first is not empty");
	return r;
}

/* {"NAME": "value"} to NAME=value. */
int cg_suite_read_environment(const struct cg_suite_reading *reading, const struct cg_json *value,
			      struct cg_suite_words *words)
{
	const char *text;
	size_t i = 0;
	int r = cg_suite_want_kind(reading, value, CG_JSON_OBJECT, "an object of names and strings");

	if (r == 0)
		r = make_words(reading, value, value->n_children, words);
	for (const struct cg_json *member = value->first; r == 0 && member; member = member->next) {
		r = cg_suite_read_plain(reading, member, &text);
		if (r < 0)
			return r;
		if (!member->key[0] || strchr(member->key, '='))
			return cg_suite_complain(reading, member, "the name of a variable is not empty and has no '='");
		words->items[i] = cg_arena_format(&reading->suite->arena, "%s=%s", member->key, text);
		if (!words->items[i++])
			return cg_err_memory(reading->err);
	}
	return r;
}

/* Seconds, or "500ms", "10s", "5m". */
int cg_suite_read_timeout(const struct cg_suite_reading *reading, const struct cg_json *value, uint64_t *ret_ms)
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
		return cg_suite_complain(reading, value,
					 "a timeout is a number of seconds or such as \"500ms\", \"10s\", \"5m\": "
					 "more than nothing, and a day at most");
	*ret_ms = ms;
	return 0;
}
