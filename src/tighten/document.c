/*
 * See document.h.
 */
#include "tighten/document.h"

#include "abi/action.h"
#include "base/json_write.h"

#include <errno.h>
#include <string.h>

static int refuse(struct cg_err *err, const char *name, const struct cg_json *value, const char *why)
{
	return cg_json_err(err, -EINVAL, name, value,
			   "%s: only a profile in the JSON form of the OCI or Docker can be "
			   "tightened; convert it with callgate merge --union %s -o FILE",
			   why, name);
}

static int find_rules(struct cg_editing *document, const char *name, const struct cg_profile *profile,
		      const struct cg_target *target, struct cg_err *err)
{
	size_t i = 0;

	document->syscalls = cg_json_get(document->root, "syscalls");
	if (!document->syscalls && profile->rules.n_items == 0) {
		document->syscalls = cg_tree_array(&document->tree);
		cg_tree_add(&document->tree, document->root, "syscalls", document->syscalls);
		return document->tree.has_failed ? cg_err_memory(err) : 0;
	}
	if (!document->syscalls || document->syscalls->kind != CG_JSON_ARRAY ||
	    document->syscalls->n_children != profile->rules.n_items)
		return refuse(err, name, document->root, "its rules do not stand in \"syscalls\"");
	for (struct cg_json *rule = document->syscalls->first; rule; rule = rule->next, i++) {
		bool applies = cg_profile_rule_applies(&profile->rules.items[i], target);

		if (!cg_json_get(rule, "action") || (!cg_json_get(rule, "names") && !cg_json_get(rule, "name")))
			return refuse(err, name, rule, "keys are written otherwise than the standard has them");
		if (cg_vec_push(&document->rules, (struct cg_editing_rule){ rule, applies }) < 0)
			return cg_err_memory(err);
	}
	return 0;
}

int cg_editing_open(struct cg_editing *document, struct cg_arena *arena, const char *name, const char *bytes,
		    size_t length, const struct cg_profile *profile, const struct cg_target *target, struct cg_err *err)
{
	int r;

	document->tree.arena = arena;
	r = cg_json_read(arena, name, bytes, length, CG_JSON_COMMENTS, &document->root, err);
	if (r < 0)
		return r;
	if (!cg_json_get(document->root, "defaultAction"))
		return refuse(err, name, document->root, "there is no \"defaultAction\"");
	return find_rules(document, name, profile, target, err);
}

void cg_editing_done(struct cg_editing *document)
{
	cg_vec_done(&document->rules);
}

/* ---- rules */

static bool is_text(const struct cg_json *value, const char *text)
{
	return value && value->kind == CG_JSON_STRING && strcmp(value->text, text) == 0;
}

bool cg_editing_names(const struct cg_json *rule, const char *call)
{
	const struct cg_json *names = cg_json_get(rule, "names");

	for (const struct cg_json *name = names ? names->first : NULL; name; name = name->next)
		if (is_text(name, call))
			return true;
	return is_text(cg_json_get(rule, "name"), call);
}

/* The rule without this name; it goes altogether when that was the last. */
static void remove_name(struct cg_editing *document, size_t index, const char *call)
{
	struct cg_json *rule = document->rules.items[index].node, *names = cg_json_get(rule, "names");
	struct cg_json *next;

	for (struct cg_json *name = names ? names->first : NULL; name; name = next) {
		next = name->next;
		if (is_text(name, call))
			cg_tree_remove(names, name);
	}
	if (is_text(cg_json_get(rule, "name"), call))
		cg_tree_remove_key(rule, "name");
	if ((names && names->n_children) || cg_json_get(rule, "name"))
		return;
	cg_tree_remove(document->syscalls, rule);
	memmove(&document->rules.items[index], &document->rules.items[index + 1],
		(document->rules.n_items - index - 1) * sizeof(document->rules.items[0]));
	document->rules.n_items--;
}

static struct cg_json *only_for(struct cg_editing *document, const struct cg_json *rule, const char *call)
{
	struct cg_tree *tree = &document->tree;
	struct cg_json *copy = cg_tree_copy(tree, rule), *names = cg_tree_array(tree);

	cg_tree_add(tree, names, NULL, cg_tree_text(tree, call));
	if (copy)
		cg_tree_remove_key(copy, "name");
	cg_tree_set(tree, copy, "names", names);
	return copy;
}

int cg_editing_take(struct cg_editing *document, const char *call, struct cg_editing_rules *rules)
{
	for (size_t i = 0; i < document->rules.n_items;) {
		struct cg_editing_rule rule = document->rules.items[i];
		size_t n_before = document->rules.n_items;

		if (!cg_editing_names(rule.node, call)) {
			i++;
			continue;
		}
		rule.node = only_for(document, rule.node, call);
		if (!rule.node || cg_vec_push(rules, rule) < 0)
			return -ENOMEM;
		remove_name(document, i, call);
		i += document->rules.n_items == n_before;
	}
	return document->tree.has_failed ? -ENOMEM : 0;
}

struct cg_json *cg_editing_copy(struct cg_editing *document, const char *call)
{
	struct cg_json *array = cg_tree_array(&document->tree);

	for (size_t i = 0; i < document->rules.n_items; i++)
		if (cg_editing_names(document->rules.items[i].node, call))
			cg_tree_add(&document->tree, array, NULL,
				    only_for(document, document->rules.items[i].node, call));
	return array;
}

/* A rule of ours that says the same of other calls. */
static struct cg_json *find_kin(const struct cg_editing *document, const struct cg_json *rule)
{
	for (size_t i = 0; i < document->rules.n_items; i++) {
		struct cg_json *other = document->rules.items[i].node;
		const struct cg_json *comment = cg_json_get(other, "comment");

		if (comment && comment->kind == CG_JSON_STRING && cg_json_get(other, "names") &&
		    strncmp(comment->text, CG_TIGHTEN_COMMENT, strlen(CG_TIGHTEN_COMMENT)) == 0 &&
		    cg_tree_is_equal(other, rule, "names"))
			return other;
	}
	return NULL;
}

void cg_editing_put(struct cg_editing *document, struct cg_json *rule, bool may_join)
{
	struct cg_json *kin = rule && may_join ? find_kin(document, rule) : NULL;
	struct cg_json *names = kin ? cg_json_get(kin, "names") : NULL;

	if (!rule)
		return;
	if (names) {
		cg_tree_add(&document->tree, names, NULL,
			    cg_tree_copy(&document->tree, cg_json_get(rule, "names")->first));
		return;
	}
	rule->key = NULL;
	cg_tree_add(&document->tree, document->syscalls, NULL, rule);
	if (cg_vec_push(&document->rules, (struct cg_editing_rule){ rule, true }) < 0)
		document->tree.has_failed = true;
}

struct cg_json *cg_editing_rule_new(struct cg_editing *document, const char *call, uint32_t action)
{
	struct cg_tree *tree = &document->tree;
	struct cg_json *rule = cg_tree_object(tree), *names = cg_tree_array(tree);

	cg_tree_add(tree, names, NULL, cg_tree_text(tree, call));
	cg_tree_add(tree, rule, "names", names);
	cg_editing_set_action(document, rule, action, NULL);
	return rule;
}

void cg_editing_set_action(struct cg_editing *document, struct cg_json *rule, uint32_t action, const char *comment)
{
	struct cg_tree *tree = &document->tree;

	if (!rule)
		return;
	cg_tree_remove_key(rule, "errnoRet");
	cg_tree_remove_key(rule, "errno");
	cg_tree_set(tree, rule, "action", cg_tree_text(tree, cg_action_row(action)->oci_name));
	if ((action & CG_ACTION_MASK) == CG_ACTION_ERRNO)
		cg_tree_add(tree, rule, "errnoRet", cg_tree_number(tree, action & CG_ACTION_DATA));
	if (comment)
		cg_tree_set(tree, rule, "comment", cg_tree_text(tree, comment));
}

bool cg_editing_action(const struct cg_json *rule, uint32_t *ret_action)
{
	const struct cg_json *action = cg_json_get(rule, "action");
	const struct cg_action_row *row = NULL;

	if (action && action->kind == CG_JSON_STRING)
		row = cg_action_find_oci(action->text);
	if (row)
		*ret_action = row->value;
	return row != NULL;
}

bool cg_editing_is_conditional(const struct cg_json *rule)
{
	const struct cg_json *args = cg_json_get(rule, "args");

	return args && args->n_children > 0;
}

/* ---- writing: tidy as cg_profile_write() has it, an argument a line */

static void write_rule(struct cg_json_writer *json, const struct cg_json *rule)
{
	cg_json_open_object(json, NULL);
	for (const struct cg_json *member = rule->first; member; member = member->next) {
		if (strcmp(member->key, "args") != 0 || member->kind != CG_JSON_ARRAY) {
			cg_json_value(json, member->key, member);
			continue;
		}
		cg_json_open_array(json, member->key);
		for (const struct cg_json *arg = member->first; arg; arg = arg->next) {
			if (arg->kind != CG_JSON_OBJECT) {
				cg_json_value(json, NULL, arg);
				continue;
			}
			cg_json_open_inline_object(json, NULL);
			for (const struct cg_json *part = arg->first; part; part = part->next)
				cg_json_value(json, part->key, part);
			cg_json_close_object(json);
		}
		cg_json_close_array(json);
	}
	cg_json_close_object(json);
}

void cg_editing_write(const struct cg_editing *document, struct cg_text *text)
{
	struct cg_json_writer json = { .text = text };

	cg_json_open_object(&json, NULL);
	for (const struct cg_json *member = document->root->first; member; member = member->next) {
		if (member != document->syscalls) {
			cg_json_value(&json, member->key, member);
			continue;
		}
		cg_json_open_array(&json, member->key);
		for (const struct cg_json *rule = member->first; rule; rule = rule->next)
			write_rule(&json, rule);
		cg_json_close_array(&json);
	}
	cg_json_close_object(&json);
	cg_text_add_char(text, '\n');
	text->has_failed |= document->tree.has_failed;
}
