/*
 * See tree.h.
 */
#include "tighten/tree.h"

#include <inttypes.h>
#include <string.h>

static struct cg_json *make(struct cg_tree *tree, enum cg_json_kind kind)
{
	struct cg_json *value = tree->has_failed ? NULL : cg_arena_alloc(tree->arena, sizeof(*value));

	if (!value) {
		tree->has_failed = true;
		return NULL;
	}
	value->kind = kind;
	return value;
}

struct cg_json *cg_tree_object(struct cg_tree *tree)
{
	return make(tree, CG_JSON_OBJECT);
}

struct cg_json *cg_tree_array(struct cg_tree *tree)
{
	return make(tree, CG_JSON_ARRAY);
}

static struct cg_json *with_text(struct cg_tree *tree, struct cg_json *value, const char *text, size_t length)
{
	if (!value)
		return NULL;
	value->text = cg_arena_copy(tree->arena, text, length);
	value->text_length = length;
	tree->has_failed |= !value->text;
	return value->text ? value : NULL;
}

struct cg_json *cg_tree_text(struct cg_tree *tree, const char *text)
{
	return with_text(tree, make(tree, CG_JSON_STRING), text, strlen(text));
}

struct cg_json *cg_tree_number(struct cg_tree *tree, uint64_t number)
{
	struct cg_json *value = make(tree, CG_JSON_NUMBER);
	char *text = value ? cg_arena_format(tree->arena, "%" PRIu64, number) : NULL;

	tree->has_failed |= !text;
	if (!text)
		return NULL;
	value->is_integer = true;
	value->number = number;
	value->text = text;
	value->text_length = strlen(text);
	return value;
}

/* Depth is bounded by the reader's CG_JSON_DEPTH_LIMIT. */
struct cg_json *cg_tree_copy(struct cg_tree *tree, const struct cg_json *value)
{
	struct cg_json *copy = value ? make(tree, value->kind) : NULL;

	if (!copy)
		return NULL;
	*copy = *value;
	copy->first = copy->next = NULL;
	copy->n_children = 0;
	for (const struct cg_json *child = value->first; child; child = child->next)
		cg_tree_add(tree, copy, NULL, cg_tree_copy(tree, child));
	return copy;
}

void cg_tree_add(struct cg_tree *tree, struct cg_json *parent, const char *key, struct cg_json *value)
{
	struct cg_json **end;

	if (!parent || !value)
		return;
	if (key) {
		value->key = cg_arena_copy_text(tree->arena, key);
		tree->has_failed |= !value->key;
	}
	for (end = &parent->first; *end; end = &(*end)->next)
		;
	value->next = NULL;
	*end = value;
	parent->n_children++;
}

void cg_tree_set(struct cg_tree *tree, struct cg_json *object, const char *key, struct cg_json *value)
{
	struct cg_json *old = object ? cg_json_get(object, key) : NULL;

	if (!object || !value)
		return;
	if (!old) {
		cg_tree_add(tree, object, key, value);
		return;
	}
	value->key = old->key;
	value->next = old->next;
	for (struct cg_json **link = &object->first; *link; link = &(*link)->next)
		if (*link == old) {
			*link = value;
			return;
		}
}

void cg_tree_remove(struct cg_json *parent, const struct cg_json *value)
{
	for (struct cg_json **link = &parent->first; *link; link = &(*link)->next)
		if (*link == value) {
			*link = value->next;
			parent->n_children--;
			return;
		}
}

void cg_tree_remove_key(struct cg_json *object, const char *key)
{
	const struct cg_json *member;

	while (object && (member = cg_json_get(object, key)))
		cg_tree_remove(object, member);
}

static const struct cg_json *skip(const struct cg_json *value, const char *but)
{
	while (value && but && value->key && strcmp(value->key, but) == 0)
		value = value->next;
	return value;
}

static bool has_same_text(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

bool cg_tree_is_equal(const struct cg_json *a, const struct cg_json *b, const char *but)
{
	if (a->kind != b->kind || a->is_true != b->is_true || a->text_length != b->text_length)
		return false;
	if (a->text_length && memcmp(a->text, b->text, a->text_length) != 0)
		return false;
	a = skip(a->first, but);
	b = skip(b->first, but);
	while (a && b) {
		if (!has_same_text(a->key, b->key) || !cg_tree_is_equal(a, b, NULL))
			return false;
		a = skip(a->next, but);
		b = skip(b->next, but);
	}
	return !a && !b;
}
