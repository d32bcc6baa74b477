/*
 * See recording_fields.h.
 */
#include "learn/recording_fields.h"

#include "learn/recording_json.h"

#include <string.h>

int cg_field_bad(const struct cg_recording_reader *reader, const struct cg_json *at, const char *what)
{
	return cg_json_err(reader->err, -EBADMSG, reader->name, at, "%s", what);
}

int cg_field_wrong_kind(const struct cg_recording_reader *reader, const struct cg_json *at, const char *wanted)
{
	return cg_json_err(reader->err, -EBADMSG, reader->name, at, "\"%s\" should be %s, and is %s",
			   at->key ? at->key : "an item", wanted, cg_json_kind_name(at));
}

int cg_field_u64(const struct cg_recording_reader *reader, const struct cg_json *object, const char *key, uint64_t most,
		 uint64_t *ret_number)
{
	const struct cg_json *value = cg_json_get(object, key);

	if (!value)
		return 0;
	if (value->kind != CG_JSON_NUMBER || !value->is_integer || value->is_negative || value->number > most)
		return cg_field_wrong_kind(reader, value, "a whole number in its range");
	*ret_number = value->number;
	return 0;
}

int cg_field_text(const struct cg_recording_reader *reader, const struct cg_json *value, const char **ret_text)
{
	if (value->kind != CG_JSON_STRING || strlen(value->text) != value->text_length)
		return cg_field_wrong_kind(reader, value, "a string without zero bytes");
	*ret_text = value->text;
	return 0;
}

int cg_field_string(const struct cg_recording_reader *reader, const struct cg_json *object, const char *key,
		    const char **ret_text)
{
	const struct cg_json *value = cg_json_get(object, key);
	const char *text = NULL;
	int r = value ? cg_field_text(reader, value, &text) : 0;

	if (!text)
		return r;
	return cg_run_set_text(reader->recording, ret_text, text) < 0 ? cg_err_memory(reader->err) : 0;
}

int cg_field_bool(const struct cg_recording_reader *reader, const struct cg_json *object, const char *key,
		  bool *ret_value)
{
	const struct cg_json *value = cg_json_get(object, key);

	if (!value)
		return 0;
	if (value->kind != CG_JSON_BOOL)
		return cg_field_wrong_kind(reader, value, "true or false");
	*ret_value = value->is_true;
	return 0;
}

int cg_field_list(const struct cg_recording_reader *reader, const struct cg_json *object, const char *key,
		  enum cg_json_kind kind, const struct cg_json **ret_first)
{
	const struct cg_json *value = cg_json_get(object, key);

	*ret_first = NULL;
	if (!value)
		return 0;
	if (value->kind != kind)
		return cg_field_wrong_kind(reader, value, kind == CG_JSON_ARRAY ? "an array" : "an object");
	*ret_first = value->first;
	return 0;
}

static bool is_deep(const struct cg_json *value, unsigned int limit)
{
	for (const struct cg_json *child = value->first; child; child = child->next)
		if (limit == 0 || is_deep(child, limit - 1))
			return true;
	return false;
}

static bool is_known(const char *key, const char *const *known)
{
	for (; *known; known++)
		if (strcmp(*known, key) == 0)
			return true;
	return false;
}

/* Puts `member` into the sorted chain; the later of two with one key stands, as in cg_json_get(). */
static void insert_sorted(struct cg_json *object, struct cg_json *member)
{
	struct cg_json **at = &object->first;
	int order = -1;

	while (*at && (order = strcmp((*at)->key, member->key)) < 0)
		at = &(*at)->next;
	member->next = *at && order == 0 ? (*at)->next : *at;
	*at = member;
}

int cg_field_unknown(const struct cg_recording_reader *reader, const struct cg_json *object, const char *const *known,
		     const struct cg_json **ret_unknown)
{
	struct cg_json *kept = NULL;

	for (const struct cg_json *member = object->first; member; member = member->next) {
		struct cg_json *copy;

		if (is_known(member->key, known))
			continue;
		if (is_deep(member, CG_RECORDING_UNKNOWN_DEPTH))
			return cg_json_err(reader->err, -E2BIG, reader->name, member,
					   "\"%s\" is nested more than %d levels deep", member->key,
					   CG_RECORDING_UNKNOWN_DEPTH);
		copy = cg_arena_alloc(&reader->recording->arena, sizeof(*copy));
		if (!kept)
			kept = cg_arena_alloc(&reader->recording->arena, sizeof(*kept));
		if (!copy || !kept)
			return cg_err_memory(reader->err);
		kept->kind = CG_JSON_OBJECT;
		*copy = *member;
		insert_sorted(kept, copy);
	}
	*ret_unknown = kept;
	return 0;
}
