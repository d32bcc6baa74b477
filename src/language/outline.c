/*
 * The outline of a policy text: a profile with a rule for each statement, its names spelt out and in their places.
 *
 * In: a document. Out: what lint needs to say where something stands, and what a policy does not hold. It has no
 * arguments, and its rules no order: what the text means is in the policy alone (is_outline says so). What stands in an
 * included text is told at the statement that included it.
 */
#include "language/outline.h"

#include "abi/syscalls.h"
#include "base/map.h"

#include <errno.h>
#include <string.h>

static struct cg_profile_word word_at(const struct cg_spot *at, const char *text)
{
	return (struct cg_profile_word){ text, cg_spot_line(at), at->source->depth ? 0 : at->column };
}

struct outlining {
	struct cg_profile *profile;
	struct cg_profile_rule *rule;
	struct cg_map names; /* of this rule: a name that stands in two groups counts once */
};

static int add_word(struct outlining *outlining, const struct cg_spot *at, const char *text)
{
	const char *copy = cg_arena_copy_text(&outlining->profile->arena, text);
	struct cg_map_entry *entry;

	if (!copy || cg_map_put(&outlining->names, copy, strlen(copy), &entry) < 0)
		return -ENOMEM;
	if (entry->value.number++)
		return 0;
	return cg_vec_push(&outlining->rule->names, word_at(at, copy));
}

static bool is_excepted(const struct cg_statement *statement, const char *text)
{
	for (const struct cg_name *name = statement->except; name; name = name->next) {
		const struct cg_group *group = name->is_group ? cg_group_find(name->text) : NULL;

		if (!name->is_group && strcmp(name->text, text) == 0)
			return true;
		for (size_t i = 0; group && i < group->n_names; i++) {
			if (strcmp(group->names[i], text) == 0)
				return true;
		}
	}
	return false;
}

static int add_name(struct outlining *outlining, const struct cg_statement *statement, const struct cg_name *name)
{
	const struct cg_group *group = name->is_group ? cg_group_find(name->text) : NULL;
	int rc = 0;

	if (!group)
		return add_word(outlining, &name->at, name->text);
	for (size_t i = 0; rc == 0 && i < group->n_names; i++) {
		if (!is_excepted(statement, group->names[i]))
			rc = add_word(outlining, &name->at, group->names[i]);
	}
	return rc;
}

/* What is named comes first, so that it has its own place even where a group has it too. */
static int add_statement(struct cg_profile *profile, const struct cg_statement *statement)
{
	struct outlining outlining = { profile, cg_profile_add_rule(profile, statement->action), { 0 } };
	int rc = 0;

	if (!outlining.rule)
		return -ENOMEM;
	outlining.rule->line = cg_spot_line(&statement->at);
	outlining.rule->column = statement->at.source->depth ? 0 : statement->at.column;
	for (int groups = 0; groups < 2; groups++) {
		for (const struct cg_name *name = statement->names; rc == 0 && name; name = name->next) {
			if (name->is_group == groups)
				rc = add_name(&outlining, statement, name);
		}
	}
	cg_map_done(&outlining.names);
	return rc;
}

/* What an included profile names stands where it is included. */
static int add_included(struct cg_profile *profile, const struct cg_statement *statement,
			const struct cg_target *target)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < statement->profile->rules.n_items; i++) {
		const struct cg_profile_rule *from = &statement->profile->rules.items[i];
		struct outlining outlining = { .profile = profile };
		uint64_t data = from->has_errno_ret ? from->errno_ret : EPERM;

		if (!cg_profile_rule_applies(from, target))
			continue;
		outlining.rule = cg_profile_add_rule(profile, from->action | (uint32_t)(data & CG_ACTION_DATA));
		if (!outlining.rule)
			return -ENOMEM;
		outlining.rule->line = cg_spot_line(&statement->at);
		for (size_t k = 0; rc == 0 && k < from->names.n_items; k++)
			rc = add_word(&outlining, &statement->at, from->names.items[k].text);
		cg_map_done(&outlining.names);
	}
	return rc;
}

static int copy_listener(struct cg_profile *profile, const struct cg_document *document)
{
	if (document->listener_path)
		profile->listener_path = cg_arena_copy_text(&profile->arena, document->listener_path);
	if (document->listener_metadata)
		profile->listener_metadata = cg_arena_copy_text(&profile->arena, document->listener_metadata);
	return (document->listener_path && !profile->listener_path) ||
			       (document->listener_metadata && !profile->listener_metadata) ?
		       -ENOMEM :
		       0;
}

static int fill(struct cg_profile *profile, const struct cg_document *document)
{
	int rc = copy_listener(profile, document);

	profile->is_outline = true;
	cg_profile_set_default(profile, document->default_action.value);
	profile->default_action_place = word_at(&document->default_action.at, NULL);
	for (size_t i = 0; rc == 0 && i < document->arches.n_items; i++)
		rc = cg_profile_add_arch(profile, document->arches.items[i]);
	for (const struct cg_statement *statement = document->statements; rc == 0 && statement;
	     statement = statement->next) {
		rc = statement->profile ? add_included(profile, statement, document->options->target) :
					  add_statement(profile, statement);
	}
	return rc;
}

int cg_document_outline(struct cg_document *document, const char *name, struct cg_profile **ret_profile)
{
	struct cg_profile *profile = cg_profile_new(name);
	int rc = profile ? fill(profile, document) : -ENOMEM;

	if (rc < 0) {
		cg_profile_free(profile);
		return cg_err_memory(document->err);
	}
	*ret_profile = profile;
	return 0;
}
