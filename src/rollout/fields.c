/*
 * See fields.h.
 */
#include "rollout/fields.h"

#include "base/text.h"

#include <string.h>

#define VERSION 1

int cg_fields_want(const struct cg_fields *fields, const struct cg_json *value, enum cg_json_kind kind, const char *what)
{
	if (value->kind == kind)
		return 0;
	return cg_fields_complain(fields, value, "%s must be %s, not %s", value->key ? value->key : "an entry", what,
				 cg_json_kind_name(value));
}

int cg_fields_check_keys(const struct cg_fields *fields, const struct cg_json *object, const char *const *keys)
{
	for (const struct cg_json *member = object->first; member; member = member->next) {
		const char *best;
		size_t i = 0;

		while (keys[i] && strcmp(keys[i], member->key) != 0)
			i++;
		if (!keys[i]) {
			best = cg_word_nearest(member->key, keys, i);
			return cg_fields_complain(fields, member, "there is no \"%s\" here%s%s%s", member->key,
						 best ? "; did you mean \"" : "", best ? best : "", best ? "\"?" : "");
		}
		if (cg_json_get(object, member->key) != member)
			return cg_fields_complain(fields, member, "\"%s\" stands here twice", member->key);
	}
	return 0;
}

static bool is_plain(const struct cg_json *value)
{
	for (size_t i = 0; i < value->text_length; i++)
		if ((unsigned char)value->text[i] < ' ' || value->text[i] == 0x7f)
			return false;
	return true;
}

int cg_fields_text(const struct cg_fields *fields, const struct cg_json *value, size_t limit, const char **ret_text)
{
	const char *text;
	int r = cg_fields_want(fields, value, CG_JSON_STRING, "a string");

	if (r < 0)
		return r;
	if (!is_plain(value))
		return cg_fields_complain(fields, value, "there can be no control character in it");
	if (value->text_length > limit)
		return cg_json_err(fields->err, -E2BIG, fields->name, value, "it has at most %zu bytes", limit);
	text = cg_arena_copy(fields->arena, value->text, value->text_length);
	if (!text)
		return cg_err_memory(fields->err);
	*ret_text = text;
	return 0;
}

int cg_fields_number(const struct cg_fields *fields, const struct cg_json *value, uint64_t most, uint64_t *ret_number)
{
	if (value->kind != CG_JSON_NUMBER || !value->is_integer || value->is_negative || value->number > most)
		return cg_fields_complain(fields, value, "%s must be a whole number, %llu at most",
					 value->key ? value->key : "an entry", (unsigned long long)most);
	*ret_number = value->number;
	return 0;
}

int cg_fields_need(const struct cg_fields *fields, const struct cg_json *object, const char *key,
		  const struct cg_json **ret_value)
{
	const struct cg_json *value = cg_json_get(object, key);

	if (!value)
		return cg_fields_complain(fields, object, "\"%s\" is missing", key);
	*ret_value = value;
	return 0;
}

int cg_fields_check_version(const struct cg_fields *fields, const struct cg_json *root, const char *kind)
{
	const struct cg_json *word = cg_json_get(root, "callgate"), *version = cg_json_get(root, "version");
	uint64_t number;
	int r;

	if (root->kind != CG_JSON_OBJECT || !word || word->kind != CG_JSON_STRING || strcmp(word->text, kind) != 0)
		return cg_fields_complain(fields, root, "this is no %s: it is an object that begins with \"callgate\": \"%s\"",
					 kind, kind);
	if (!version)
		return cg_fields_complain(fields, root, "\"version\" is missing");
	r = cg_fields_number(fields, version, UINT32_MAX, &number);
	if (r < 0)
		return r;
	if (number > VERSION)
		return cg_json_err(fields->err, -EPROTONOSUPPORT, fields->name, version,
				   "written by a newer callgate (version %llu, this one reads %d): upgrade callgate",
				   (unsigned long long)number, VERSION);
	return number == VERSION ? 0 : cg_fields_complain(fields, version, "there is no version 0");
}
