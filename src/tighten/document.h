/*
 * A profile's JSON, changed call by call and otherwise left as it is: keys that nobody here knows stay, and so does the
 * order of what is not touched.
 *
 * In: the tree as read, and the profile that was made of the same bytes, whose i-th rule is the tree's i-th. Out: the
 * tree; the rules of one call taken out, and put in again changed. Within tighten/.
 */
#ifndef CG_TIGHTEN_DOCUMENT_H
#define CG_TIGHTEN_DOCUMENT_H

#include "base/err.h"
#include "base/map.h"
#include "base/text.h"
#include "base/vec.h"
#include "profile/profile.h"
#include "tighten/tree.h"

#define CG_TIGHTEN_COMMENT "tighten: " /* comments of rules that we made begin so */

struct cg_editing_rule {
	struct cg_json *node;
	bool applies; /* on the target; what does not is none of our business */
};

/* Start with {0}; end with cg_editing_done(). The tree's memory is the arena's. */
struct cg_editing {
	struct cg_tree tree;
	struct cg_json *root;
	struct cg_json *syscalls; /* its array of rules */
	CG_VEC(struct cg_editing_rule) rules;
};

/* Errors: -EINVAL not in a form that can be edited (its place is said); -ENOMEM. */
int cg_editing_open(struct cg_editing *document, struct cg_arena *arena, const char *name, const char *bytes,
		     size_t length, const struct cg_profile *profile, const struct cg_target *target,
		     struct cg_err *err);
void cg_editing_done(struct cg_editing *document);

/* Does this rule name the call? */
bool cg_editing_names(const struct cg_json *rule, const char *call);

/*
 * The rules that name the call, each with no other name; they are no longer in the document. *ret_rules is a CG_VEC's
 * worth of items, to be freed. 0 or -ENOMEM.
 */
struct cg_editing_rules {
	struct cg_editing_rule *items;
	size_t n_items;
	size_t n_room;
};

int cg_editing_take(struct cg_editing *document, const char *call, struct cg_editing_rules *rules);

/* Copies of the same as an array; the document stays as it is. */
struct cg_json *cg_editing_copy(struct cg_editing *document, const char *call);

/* A rule at the end; with may_join, its names join a rule of ours that says the same. */
void cg_editing_put(struct cg_editing *document, struct cg_json *rule, bool may_join);

/* {names: [call], action}, with an errnoRet where the action is an ERRNO. */
struct cg_json *cg_editing_rule_new(struct cg_editing *document, const char *call, uint32_t action);
/* The same rule with another action and a comment of ours. */
void cg_editing_set_action(struct cg_editing *document, struct cg_json *rule, uint32_t action, const char *comment);

/* The rule's action; false where it has none that exists. */
bool cg_editing_action(const struct cg_json *rule, uint32_t *ret_action);
bool cg_editing_is_conditional(const struct cg_json *rule);

/* A newline at its end. */
void cg_editing_write(const struct cg_editing *document, struct cg_text *text);

#endif
