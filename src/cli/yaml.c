/*
 * See yaml.h. libyaml parses (YAML 1.1); which plain words are no strings is decided here: null, true, false and
 * whole numbers, as Kubernetes' reader has it for the fields of a profile.
 */
#include "cli/yaml.h"

#include "base/cleanup.h"
#include "base/json_write.h"
#include "base/num.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <yaml.h>

struct level {
	bool is_mapping;
	bool is_value; /* of a mapping: the key is written */
	bool has_some;
};

struct conversion {
	const char *name;
	struct cg_text out;
	size_t line, column; /* where the next byte comes to stand; from 0 */
	struct level levels[CG_YAML_DEPTH_LIMIT];
	size_t n_levels;
	bool is_done; /* the document has ended */
	struct cg_err *err;
};

/* A comment, a line of dashes, or a key with a colon comes first. */
bool cg_yaml_is(const char *text)
{
	size_t length;

	while (*text == '#')
		text += strcspn(text, "\n") + (strchr(text, '\n') != NULL);
	if (strncmp(text, "---", 3) == 0)
		return text[3] == '\n' || text[3] == ' ' || text[3] == '\r';
	for (length = 0; (text[length] >= 'a' && text[length] <= 'z') || (text[length] >= 'A' && text[length] <= 'Z');)
		length++;
	return length && text[length] == ':' && strchr(" \r\n", text[length + 1]);
}

static int refuse(const struct conversion *into, int code, yaml_mark_t at, const char *what, const char *detail)
{
	char place[CG_ERR_PLACE_SIZE];

	cg_err_place(place, into->name, (uint32_t)at.line + 1, (uint32_t)at.column + 1);
	return cg_err_set(into->err, code, place, "%s%s%s", what, detail ? ": " : "", detail ? detail : "");
}

static void put(struct conversion *into, const char *text)
{
	cg_text_add(&into->out, text);
	into->column += strlen(text);
}

/* Up to a place of the YAML file, or as near to it as may be. */
static void move_to(struct conversion *into, size_t line, size_t column)
{
	while (into->line < line) {
		cg_text_add_char(&into->out, '\n');
		into->line++;
		into->column = 0;
	}
	while (into->column < column)
		put(into, " ");
}

/* What stands between this value and the one before it. An opening bracket takes the place of a dash before it. */
static int begin_value(struct conversion *into, const yaml_event_t *event, bool is_scalar)
{
	struct level *level = into->n_levels ? &into->levels[into->n_levels - 1] : NULL;
	bool is_key = level && level->is_mapping && !level->is_value;
	size_t column = event->start_mark.column;

	if (!level && into->is_done)
		return refuse(into, -EINVAL, event->start_mark, "a second document in one file", NULL);
	if (is_key && !is_scalar)
		return refuse(into, -EINVAL, event->start_mark, "a key that is no word", NULL);
	if (level && level->has_some && (is_key || !level->is_mapping))
		put(into, ",");
	move_to(into, event->start_mark.line, is_scalar || column == 0 ? column : column - 1);
	if (level) {
		level->has_some = true;
		level->is_value = is_key;
	} else {
		into->is_done = true;
	}
	return 0;
}

static int open_level(struct conversion *into, const yaml_event_t *event, bool is_mapping, const yaml_char_t *tag)
{
	int r;

	if (tag)
		return refuse(into, -EINVAL, event->start_mark, "tags are not read", (const char *)tag);
	if (into->n_levels == CG_YAML_DEPTH_LIMIT)
		return refuse(into, -E2BIG, event->start_mark, "nested more than 64 levels deep", NULL);
	r = begin_value(into, event, false);
	if (r < 0)
		return r;
	put(into, is_mapping ? "{" : "[");
	into->levels[into->n_levels++] = (struct level){ .is_mapping = is_mapping };
	return 0;
}

static void close_level(struct conversion *into)
{
	put(into, into->levels[--into->n_levels].is_mapping ? "}" : "]");
}

/* What a plain word is as JSON; false: a string. */
static bool plain_value(const char *word, char *ret_json, size_t size)
{
	static const char *const words[][2] = {
		{ "", "null" },	    { "~", "null" },	 { "null", "null" },   { "Null", "null" },   { "NULL", "null" },
		{ "true", "true" }, { "True", "true" },	 { "TRUE", "true" },   { "false", "false" }, { "False", "false" },
		{ "FALSE", "false" },
	};
	bool is_negative = word[0] == '-';
	uint64_t number;

	for (size_t i = 0; i < CG_N_ITEMS(words); i++) {
		if (strcmp(word, words[i][0]) == 0) {
			snprintf(ret_json, size, "%s", words[i][1]);
			return true;
		}
	}
	if (!cg_num_parse(word + is_negative, strlen(word + is_negative), &number))
		return false;
	snprintf(ret_json, size, "%s%llu", is_negative ? "-" : "", (unsigned long long)number);
	return true;
}

static int take_scalar(struct conversion *into, const yaml_event_t *event)
{
	const char *word = (const char *)event->data.scalar.value;
	const struct level *level = into->n_levels ? &into->levels[into->n_levels - 1] : NULL;
	bool is_key = level && level->is_mapping && !level->is_value;
	CG_CLEANUP(cg_text_done) struct cg_text string = { 0 };
	struct cg_json_writer writer = { .text = &string, .is_compact = true };
	char json[32];
	int r;

	if (event->data.scalar.tag)
		return refuse(into, -EINVAL, event->start_mark, "tags are not read",
			      (const char *)event->data.scalar.tag);
	if (strlen(word) != event->data.scalar.length)
		return refuse(into, -EINVAL, event->start_mark, "a NUL character inside a string", NULL);
	r = begin_value(into, event, true);
	if (r < 0)
		return r;
	if (!is_key && event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE && plain_value(word, json, sizeof(json))) {
		put(into, json);
		return 0;
	}
	cg_json_string(&writer, NULL, word);
	into->out.has_failed |= string.has_failed;
	put(into, cg_text_get(&string));
	if (is_key)
		put(into, ":");
	return 0;
}

static int take(struct conversion *into, const yaml_event_t *event)
{
	switch (event->type) {
	case YAML_SCALAR_EVENT:
		return take_scalar(into, event);
	case YAML_MAPPING_START_EVENT:
		return open_level(into, event, true, event->data.mapping_start.tag);
	case YAML_SEQUENCE_START_EVENT:
		return open_level(into, event, false, event->data.sequence_start.tag);
	case YAML_MAPPING_END_EVENT:
	case YAML_SEQUENCE_END_EVENT:
		close_level(into);
		return 0;
	case YAML_ALIAS_EVENT:
		return refuse(into, -EINVAL, event->start_mark, "aliases are not read; write it out",
			      (const char *)event->data.alias.anchor);
	case YAML_NO_EVENT:
	case YAML_STREAM_START_EVENT:
	case YAML_STREAM_END_EVENT:
	case YAML_DOCUMENT_START_EVENT:
	case YAML_DOCUMENT_END_EVENT:
		break;
	}
	return 0;
}

static int convert(struct conversion *into, yaml_parser_t *parser)
{
	bool is_over = false;
	int r = 0;

	while (r == 0 && !is_over) {
		yaml_event_t event;

		if (!yaml_parser_parse(parser, &event)) {
			if (parser->error == YAML_MEMORY_ERROR)
				return cg_err_memory(into->err);
			return refuse(into, -EINVAL, parser->problem_mark, "this is no YAML", parser->problem);
		}
		r = take(into, &event);
		is_over = event.type == YAML_STREAM_END_EVENT;
		yaml_event_delete(&event);
	}
	if (r == 0 && into->out.has_failed)
		return cg_err_memory(into->err);
	return r;
}

int cg_yaml_to_json(const char *name, struct cg_text *text, struct cg_err *err)
{
	struct conversion into = { .name = name, .err = err };
	yaml_parser_t parser;
	int r;

	if (!yaml_parser_initialize(&parser))
		return cg_err_memory(err);
	yaml_parser_set_input_string(&parser, (const unsigned char *)cg_text_get(text), text->length);
	r = convert(&into, &parser);
	yaml_parser_delete(&parser);
	if (r < 0) {
		cg_text_done(&into.out);
		return r;
	}
	cg_text_add_char(&into.out, '\n');
	cg_text_done(text);
	*text = into.out;
	return text->has_failed ? cg_err_memory(err) : 0;
}
