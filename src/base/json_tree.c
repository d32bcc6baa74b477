/*
 * Questions about a tree that json_read.c made. See json_read.h.
 */
#include "base/json_read.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct cg_json *cg_json_get(const struct cg_json *object, const char *key)
{
	struct cg_json *found = NULL;

	if (!object || object->kind != CG_JSON_OBJECT)
		return NULL;
	for (struct cg_json *member = object->first; member; member = member->next) {
		if (strcmp(member->key, key) == 0)
			found = member;
	}
	return found;
}

/* The next character with its case folded; Go also takes U+017F (long s) for s and U+212A (Kelvin) for k. */
static unsigned char next_folded(const char **at)
{
	unsigned char c = (unsigned char)*(*at)++;

	if (c >= 'A' && c <= 'Z')
		return (unsigned char)(c | 0x20);
	if (c == 0xc5 && (unsigned char)(*at)[0] == 0xbf) {
		*at += 1;
		return 's';
	}
	if (c == 0xe2 && (unsigned char)(*at)[0] == 0x84 && (unsigned char)(*at)[1] == 0xaa) {
		*at += 2;
		return 'k';
	}
	return c;
}

bool cg_json_key_is(const char *a, const char *b)
{
	unsigned char c;

	do {
		c = next_folded(&a);
		if (c != next_folded(&b))
			return false;
	} while (c);
	return true;
}

struct cg_json *cg_json_get_fold(const struct cg_json *object, const char *key)
{
	struct cg_json *found = NULL;

	if (!object || object->kind != CG_JSON_OBJECT)
		return NULL;
	for (struct cg_json *member = object->first; member; member = member->next) {
		if (cg_json_key_is(member->key, key))
			found = member;
	}
	return found;
}

const char *cg_json_kind_name(const struct cg_json *value)
{
	static const char *const names[] = {
		[CG_JSON_NULL] = "null", [CG_JSON_BOOL] = "true or false", [CG_JSON_NUMBER] = "a number",
		[CG_JSON_STRING] = "a string", [CG_JSON_ARRAY] = "an array", [CG_JSON_OBJECT] = "an object",
	};

	return names[value->kind];
}

int cg_json_err(struct cg_err *err, int code, const char *name, const struct cg_json *value, const char *format, ...)
{
	char place[CG_ERR_PLACE_SIZE], message[CG_ERR_MESSAGE_SIZE];
	va_list args;

	va_start(args, format);
	vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	cg_err_place(place, name, value ? value->line : 0, value ? value->column : 0);
	return cg_err_set(err, code, place, "%s", message);
}
