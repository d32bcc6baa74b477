/*
 * See labels.h.
 *
 * Source: Prometheus' text exposition format 0.0.4 and OpenMetrics 1.0: in values, backslash, quote and line feed are
 * escaped by a backslash; everything is UTF-8.
 */
#include "monitor/labels.h"

#include "base/utf8.h"

#include <string.h>

/* Cut between characters. */
static size_t cut_length(const char *value)
{
	size_t length = strnlen(value, CG_LABEL_BYTES + 1);

	if (length <= CG_LABEL_BYTES)
		return length;
	length = CG_LABEL_BYTES;
	while (length && ((unsigned char)value[length] & 0xc0) == 0x80)
		length--;
	return length;
}

const char *cg_labels_admit(struct cg_labels *labels, const char *value)
{
	size_t length = cut_length(value ? value : "");
	struct cg_map_entry *entry;
	char *copy;

	if (!length)
		return "";
	entry = cg_map_find(&labels->values, value, length);
	if (entry)
		return entry->key;
	if (labels->values.n_entries >= labels->limit)
		return CG_LABEL_OTHER;
	copy = cg_arena_copy(&labels->arena, value, length);
	if (!copy || cg_map_put(&labels->values, copy, length, &entry) < 0)
		return NULL;
	return copy;
}

void cg_labels_done(struct cg_labels *labels)
{
	cg_map_done(&labels->values);
	cg_arena_done(&labels->arena);
}

void cg_label_add(struct cg_text *text, const char *name, const char *value)
{
	size_t length = strlen(value);

	cg_text_add(text, name);
	cg_text_add(text, "=\"");
	while (length) {
		size_t n = cg_utf8_length(value, length);

		if (!n)
			cg_text_add(text, CG_UTF8_REPLACEMENT);
		else if (*value == '\n')
			cg_text_add(text, "\\n");
		else if (*value == '"' || *value == '\\')
			cg_text_addf(text, "\\%c", *value);
		else
			cg_text_add_bytes(text, value, n);
		value += n ? n : 1;
		length -= n ? n : 1;
	}
	cg_text_add_char(text, '"');
}
