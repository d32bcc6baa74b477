/*
 * See json_write.h. Two spaces a level; an empty array or object stays on its line.
 */
#include "base/json_write.h"

#include "base/json_read.h"
#include "base/utf8.h"

#include <string.h>

static bool is_on_one_line(const struct cg_json_writer *writer)
{
	return writer->is_compact || (writer->depth && writer->is_inline[writer->depth - 1]);
}

static void add_line(struct cg_json_writer *writer)
{
	cg_text_add_char(writer->text, '\n');
	for (unsigned int i = 0; i < writer->depth; i++)
		cg_text_add(writer->text, "  ");
}

static void add_quoted_char(struct cg_text *text, unsigned char c)
{
	static const char letters[] = "btn?fr"; /* from \b, 8, to \r, 13; 11 has none */

	if (c == '"' || c == '\\')
		cg_text_addf(text, "\\%c", c);
	else if (c >= '\b' && c <= '\r' && c != '\v')
		cg_text_addf(text, "\\%c", letters[c - '\b']);
	else
		cg_text_addf(text, "\\u%04x", c);
}

static bool is_plain(unsigned char c)
{
	return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
}

static void add_quoted(struct cg_text *text, const char *bytes, size_t length)
{
	size_t at = 0;

	cg_text_add_char(text, '"');
	while (at < length) {
		size_t run = at;

		while (at < length && is_plain((unsigned char)bytes[at]))
			at++;
		cg_text_add_bytes(text, bytes + run, at - run);
		if (at == length)
			break;
		if ((unsigned char)bytes[at] < 0x80) {
			add_quoted_char(text, (unsigned char)bytes[at++]);
			continue;
		}
		run = cg_utf8_length(bytes + at, length - at);
		if (run)
			cg_text_add_bytes(text, bytes + at, run);
		else
			cg_text_add(text, CG_UTF8_REPLACEMENT);
		at += run ? run : 1;
	}
	cg_text_add_char(text, '"');
}

/* What stands before a value: the comma, the new line, the key. */
static void begin_value(struct cg_json_writer *writer, const char *key)
{
	if (writer->depth) {
		bool *has_items = &writer->has_items[writer->depth - 1];

		if (*has_items)
			cg_text_add_char(writer->text, ',');
		if (!is_on_one_line(writer))
			add_line(writer);
		else if (*has_items && !writer->is_compact)
			cg_text_add_char(writer->text, ' ');
		*has_items = true;
	}
	if (key) {
		add_quoted(writer->text, key, strlen(key));
		cg_text_add(writer->text, writer->is_compact ? ":" : ": ");
	}
}

static void open_container(struct cg_json_writer *writer, const char *key, char open, bool is_inline)
{
	begin_value(writer, key);
	if (writer->depth == CG_JSON_WRITE_DEPTH) {
		writer->text->has_failed = true;
		return;
	}
	cg_text_add_char(writer->text, open);
	is_inline = is_inline || is_on_one_line(writer);
	writer->has_items[writer->depth] = false;
	writer->is_inline[writer->depth] = is_inline;
	writer->depth++;
}

static void close_container(struct cg_json_writer *writer, char close)
{
	bool is_broken;

	if (writer->depth == 0) /* more closed than opened, as after a refused depth */
		return;
	is_broken = writer->has_items[writer->depth - 1] && !is_on_one_line(writer);
	writer->depth--;
	if (is_broken)
		add_line(writer);
	cg_text_add_char(writer->text, close);
}

void cg_json_open_object(struct cg_json_writer *writer, const char *key)
{
	open_container(writer, key, '{', false);
}

void cg_json_close_object(struct cg_json_writer *writer)
{
	close_container(writer, '}');
}

void cg_json_open_array(struct cg_json_writer *writer, const char *key)
{
	open_container(writer, key, '[', false);
}

void cg_json_close_array(struct cg_json_writer *writer)
{
	close_container(writer, ']');
}

void cg_json_open_inline_object(struct cg_json_writer *writer, const char *key)
{
	open_container(writer, key, '{', true);
}

void cg_json_open_inline_array(struct cg_json_writer *writer, const char *key)
{
	open_container(writer, key, '[', true);
}

void cg_json_string(struct cg_json_writer *writer, const char *key, const char *value)
{
	if (value)
		cg_json_string_bytes(writer, key, value, strlen(value));
	else
		cg_json_null(writer, key);
}

void cg_json_string_bytes(struct cg_json_writer *writer, const char *key, const char *bytes, size_t length)
{
	begin_value(writer, key);
	add_quoted(writer->text, bytes, length);
}

void cg_json_u64(struct cg_json_writer *writer, const char *key, uint64_t value)
{
	begin_value(writer, key);
	cg_text_addf(writer->text, "%llu", (unsigned long long)value);
}

void cg_json_s64(struct cg_json_writer *writer, const char *key, int64_t value)
{
	begin_value(writer, key);
	cg_text_addf(writer->text, "%lld", (long long)value);
}

/* By integers, because printf's point depends on the locale. What is no number, or too large for this, is null. */
void cg_json_fixed(struct cg_json_writer *writer, const char *key, double value, int n_decimals)
{
	uint64_t scale = 1, scaled;

	if (n_decimals < 0 || n_decimals > 9)
		n_decimals = n_decimals < 0 ? 0 : 9;
	for (int i = 0; i < n_decimals; i++)
		scale *= 10;
	if (!(value * (double)scale > -9e18 && value * (double)scale < 9e18)) {
		cg_json_null(writer, key);
		return;
	}
	begin_value(writer, key);
	scaled = (uint64_t)((value < 0 ? -value : value) * (double)scale + 0.5);
	if (value < 0 && scaled)
		cg_text_add_char(writer->text, '-');
	cg_text_addf(writer->text, "%llu", (unsigned long long)(scaled / scale));
	if (n_decimals)
		cg_text_addf(writer->text, ".%0*llu", n_decimals, (unsigned long long)(scaled % scale));
}

void cg_json_bool(struct cg_json_writer *writer, const char *key, bool value)
{
	begin_value(writer, key);
	cg_text_add(writer->text, value ? "true" : "false");
}

void cg_json_null(struct cg_json_writer *writer, const char *key)
{
	begin_value(writer, key);
	cg_text_add(writer->text, "null");
}

/* Recurses as deep as the tree, which the reader has limited (CG_JSON_DEPTH_LIMIT). */
void cg_json_value(struct cg_json_writer *writer, const char *key, const struct cg_json *value)
{
	switch (value->kind) {
	case CG_JSON_NULL:
		cg_json_null(writer, key);
		return;
	case CG_JSON_BOOL:
		cg_json_bool(writer, key, value->is_true);
		return;
	case CG_JSON_NUMBER:
		begin_value(writer, key);
		cg_text_add_bytes(writer->text, value->text, value->text_length);
		return;
	case CG_JSON_STRING:
		cg_json_string_bytes(writer, key, value->text, value->text_length);
		return;
	case CG_JSON_ARRAY:
	case CG_JSON_OBJECT:
		break;
	}
	open_container(writer, key, value->kind == CG_JSON_ARRAY ? '[' : '{', false);
	for (const struct cg_json *child = value->first; child && !writer->text->has_failed; child = child->next)
		cg_json_value(writer, child->key, child);
	close_container(writer, value->kind == CG_JSON_ARRAY ? ']' : '}');
}
