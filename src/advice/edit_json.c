/*
 * The same in JSON, comments and trailing commas included: a name more in a rule, a name less, or a rule more.
 *
 * The profile says on which line and column its parts begin; where they end is found here, by brackets and strings. Only
 * what stands there as expected is changed: a text that was made from another (YAML) is left alone.
 */
#include "advice/advice.h"

#include "abi/action.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

struct json {
	const char *bytes;
	size_t length;
};

/* One change: bytes [from, to) become `words`. */
struct change {
	size_t from, to;
	struct cg_text words;
};

static bool find_offset(const struct json *json, uint32_t line, uint32_t column, size_t *ret_at)
{
	size_t at = 0;

	for (uint32_t i = 1; i < line; i++) {
		const char *end = memchr(json->bytes + at, '\n', json->length - at);

		if (!end)
			return false;
		at = (size_t)(end - json->bytes) + 1;
	}
	if (line == 0 || column == 0 || column - 1 >= json->length - at)
		return false;
	*ret_at = at + column - 1;
	return true;
}

/* Past blanks and comments. */
static size_t skip_space(const struct json *json, size_t at)
{
	while (at < json->length) {
		const char *rest = json->bytes + at;
		const char *end = NULL;

		if (*rest && strchr(" \t\r\n", *rest)) {
			at++;
			continue;
		}
		if (json->length - at < 2 || *rest != '/')
			break;
		if (rest[1] == '/')
			end = memchr(rest, '\n', json->length - at);
		else if (rest[1] == '*')
			end = memmem(rest + 2, json->length - at - 2, "*/", 2);
		if (!end)
			break;
		at = (size_t)(end - json->bytes) + (rest[1] == '*' ? 2 : 1);
	}
	return at;
}

/* Past the string, object or array that begins at `at`. */
static bool skip_value(const struct json *json, size_t at, size_t *ret_end)
{
	unsigned int depth = 0;
	bool is_in_string = false;

	for (; at < json->length; at++) {
		char c = json->bytes[at];

		if (is_in_string) {
			if (c == '\\')
				at++;
			is_in_string = c != '"';
		} else if (c == '/') {
			size_t behind = skip_space(json, at);

			if (behind == at)
				return false;
			at = behind - 1;
			continue;
		} else if (c == '"') {
			is_in_string = true;
		} else if (c == '{' || c == '[') {
			depth++;
		} else if (c == '}' || c == ']') {
			if (depth-- == 0)
				return false;
		}
		if (depth == 0 && !is_in_string) {
			*ret_end = at + 1;
			return true;
		}
	}
	return false;
}

/* Where a part begins and ends, if it is there and begins with this character. */
static bool find_part(const struct json *json, uint32_t line, uint32_t column, char first, size_t *ret_from,
		      size_t *ret_to)
{
	return find_offset(json, line, column, ret_from) && json->bytes[*ret_from] == first &&
	       skip_value(json, *ret_from, ret_to);
}

/* What stands between the line's beginning and `at`, if it is blank; else the part is not the first of its line. */
static bool indent_of(const struct json *json, size_t at, const char **ret_indent, size_t *ret_length)
{
	size_t start = at;

	while (start > 0 && json->bytes[start - 1] != '\n')
		start--;
	*ret_indent = json->bytes + start;
	*ret_length = strspn(*ret_indent, " \t");
	return start > 0 && *ret_length >= at - start;
}

/*
 * What goes between a part and the next, as it does where they stand: a new line where the part is the first of its
 * line and what follows `behind` it is of another; else a blank.
 */
static void add_joint(struct cg_text *words, const struct json *json, size_t at, size_t behind)
{
	const char *indent;
	size_t length, comma = skip_space(json, behind), next;

	next = comma < json->length && json->bytes[comma] == ',' ? skip_space(json, comma + 1) : comma;
	if (indent_of(json, at, &indent, &length) && memchr(json->bytes + behind, '\n', next - behind)) {
		cg_text_add_char(words, '\n');
		cg_text_add_bytes(words, indent, length);
	} else {
		cg_text_add_char(words, ' ');
	}
}

/* In a sorted list behind the last name that goes before it, else behind the last of all; -1: before the first. */
static long place_of_name(const struct cg_profile_words *names, const char *name)
{
	long place = -1;

	for (size_t i = 0; i < names->n_items; i++) {
		if (i && strcmp(names->items[i - 1].text, names->items[i].text) > 0)
			return (long)names->n_items - 1;
		if (strcmp(names->items[i].text, name) < 0)
			place = (long)i;
	}
	return place;
}

static bool add_name(const struct json *json, const struct cg_profile_rule *rule, const char *name,
		     struct change *change)
{
	long place = place_of_name(&rule->names, name);
	const struct cg_profile_word *word = &rule->names.items[place < 0 ? 0 : place];
	size_t from, to;

	if (rule->names.n_items == 0 || rule->legacy_name.text ||
	    !find_part(json, word->line, word->column, '"', &from, &to))
		return false;
	change->from = change->to = place < 0 ? from : to;
	if (place >= 0) {
		cg_text_add_char(&change->words, ',');
		add_joint(&change->words, json, from, to);
		cg_text_addf(&change->words, "\"%s\"", name);
	} else {
		cg_text_addf(&change->words, "\"%s\",", name);
		add_joint(&change->words, json, from, to);
	}
	return true;
}

/* Takes a part out of its list, with one comma. */
static bool remove_part(const struct json *json, size_t from, size_t to, struct change *change)
{
	size_t behind = skip_space(json, to);

	change->from = from;
	if (behind < json->length && json->bytes[behind] == ',') {
		change->to = behind + 1;
		while (change->to < json->length && strchr(" \t\r\n", json->bytes[change->to]) && json->bytes[change->to])
			change->to++;
		/* What closes the list keeps its place. */
		if (change->to < json->length && strchr("]}/", json->bytes[change->to]))
			change->to = behind + 1;
		return true;
	}
	while (change->from > 0 && strchr(" \t\r\n", json->bytes[change->from - 1]) && json->bytes[change->from - 1])
		change->from--;
	if (change->from == 0 || json->bytes[change->from - 1] != ',')
		return false;
	change->from--;
	change->to = to;
	return true;
}

/* A rule of the policy says where the name stands of which it was made, or its object. */
static const struct cg_profile_rule *rule_of_line(const struct cg_profile *profile, uint32_t line, const char *name)
{
	for (size_t i = 0; line && i < profile->rules.n_items; i++) {
		const struct cg_profile_rule *rule = &profile->rules.items[i];

		for (size_t k = 0; k < rule->names.n_items; k++)
			if ((rule->names.items[k].line == line || rule->line == line) &&
			    strcmp(rule->names.items[k].text, name) == 0)
				return rule;
	}
	return NULL;
}

static bool remove_name(const struct json *json, const struct cg_profile_rule *rule, const char *name,
			struct change *change)
{
	size_t from, to;

	if (rule->names.n_items == 1)
		return find_part(json, rule->line, rule->column, '{', &from, &to) && remove_part(json, from, to, change);
	for (size_t i = 0; i < rule->names.n_items; i++) {
		const struct cg_profile_word *word = &rule->names.items[i];

		if (strcmp(word->text, name) == 0)
			return find_part(json, word->line, word->column, '"', &from, &to) &&
			       remove_part(json, from, to, change);
	}
	return false;
}

static void write_rule(const struct cg_advice_wish *wish, struct cg_text *text)
{
	const struct cg_comparison *comparison = &wish->comparison;

	cg_text_addf(text, "{ \"names\": [\"%s\"], \"action\": \"SCMP_ACT_ALLOW\"", wish->name);
	if (wish->is_held && comparison->op == CG_OP_MASKED_EQ)
		cg_text_addf(text,
			     ", \"args\": [{ \"index\": %u, \"value\": %" PRIu64 ", \"valueTwo\": %" PRIu64
			     ", \"op\": \"SCMP_CMP_MASKED_EQ\" }]",
			     comparison->arg, comparison->mask, comparison->value);
	else if (wish->is_held)
		cg_text_addf(text, ", \"args\": [{ \"index\": %u, \"value\": %" PRIu64 ", \"op\": \"SCMP_CMP_EQ\" }]",
			     comparison->arg, comparison->value);
	cg_text_add(text, " }");
}

/* Behind `beside`, or the last rule. */
static bool add_rule(const struct json *json, const struct cg_profile *profile, const struct cg_profile_rule *beside,
		     const struct cg_advice_wish *wish, struct change *change)
{
	size_t from, to;

	if (!beside && profile->rules.n_items)
		beside = &profile->rules.items[profile->rules.n_items - 1];
	if (!beside || !find_part(json, beside->line, beside->column, '{', &from, &to))
		return false;
	change->from = change->to = to;
	cg_text_add_char(&change->words, ',');
	add_joint(&change->words, json, from, to);
	write_rule(wish, &change->words);
	return true;
}

static int fail(struct cg_err *err, const char *why)
{
	cg_err_set(err, -EOPNOTSUPP, NULL, "%s", why);
	return 1;
}

/* 0, or 1 with the words why not. */
static int choose(const struct json *json, const struct cg_advice_profile *profile, const struct cg_advice_wish *wish,
		  const struct cg_advice *advice, struct change *change, struct cg_err *err)
{
	const struct cg_profile_rule *rule =
		rule_of_line(profile->profile, advice->rule ? advice->rule->origin : 0, wish->name);
	bool is_done;

	if (advice->cause == CG_ADVICE_RULE && rule && rule->args.n_items == 0)
		is_done = remove_name(json, rule, wish->name, change);
	else if (advice->cause == CG_ADVICE_RULE && wish->is_held)
		return fail(err, "the rule's own conditions refuse it: they are to be changed by hand");
	else if (wish->is_held)
		is_done = add_rule(json, profile->profile, rule ? rule : advice->roomiest, wish, change);
	else if (advice->roomiest)
		is_done = add_name(json, advice->roomiest, wish->name, change);
	else
		is_done = add_rule(json, profile->profile, NULL, wish, change);
	return is_done ? 0 : fail(err, "its text is not laid out as expected there");
}

int cg_advice_edit_json(const char *bytes, size_t length, const struct cg_advice_profile *profile,
			const struct cg_advice_wish *wish, const struct cg_advice *advice, struct cg_text *ret_bytes,
			struct cg_err *err)
{
	struct json json = { bytes, length };
	struct change change = { 0 };
	int r = profile->profile ? choose(&json, profile, wish, advice, &change, err) :
				   fail(err, "it is no profile in JSON");

	if (r == 0) {
		cg_text_add_bytes(ret_bytes, bytes, change.from);
		cg_text_add(ret_bytes, cg_text_get(&change.words));
		cg_text_add_bytes(ret_bytes, bytes + change.to, length - change.to);
		ret_bytes->has_failed |= change.words.has_failed;
	}
	cg_text_done(&change.words);
	return r;
}
