/*
 * JSON that is changed: values made and put into a tree that was read.
 *
 * In: an arena, values. Out: values of the same kind as the reader's (base/json_read.h), which its writer writes. Running
 * out of memory is sticky: whoever builds asks once, at the end. Within tighten/.
 */
#ifndef CG_TIGHTEN_TREE_H
#define CG_TIGHTEN_TREE_H

#include "base/arena.h"
#include "base/json_read.h"

#include <stdbool.h>
#include <stdint.h>

struct cg_tree {
	struct cg_arena *arena;
	bool has_failed;
};

/* NULL when out of memory, which every function below takes for a value and passes over. */
struct cg_json *cg_tree_object(struct cg_tree *tree);
struct cg_json *cg_tree_array(struct cg_tree *tree);
struct cg_json *cg_tree_text(struct cg_tree *tree, const char *text);
struct cg_json *cg_tree_number(struct cg_tree *tree, uint64_t number);

/* A copy with all below it; its key goes along. */
struct cg_json *cg_tree_copy(struct cg_tree *tree, const struct cg_json *value);

/* As the last of an array or object (then with a key, which is copied). */
void cg_tree_add(struct cg_tree *tree, struct cg_json *parent, const char *key, struct cg_json *value);
/* In place of the last member of that name, or as a new one. */
void cg_tree_set(struct cg_tree *tree, struct cg_json *object, const char *key, struct cg_json *value);

/* Takes it out; `value` itself stays as it is. */
void cg_tree_remove(struct cg_json *parent, const struct cg_json *value);
/* All members of that name. */
void cg_tree_remove_key(struct cg_json *object, const char *key);

/* The same values, written the same; of objects without the member `but` (NULL: with all), in the same order. */
bool cg_tree_is_equal(const struct cg_json *a, const struct cg_json *b, const char *but);

#endif
