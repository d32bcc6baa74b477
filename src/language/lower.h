/*
 * Statements to rules of a policy. Only for the files of this folder.
 */
#ifndef CG_LANGUAGE_LOWER_H
#define CG_LANGUAGE_LOWER_H

#include "language/meaning.h"

/*
 * Adds the rules that the document's statements come to. `policy` has its default action and architectures; included
 * profiles are resolved anew for exactly these. Errors: -EINVAL, -E2BIG, -ENOMEM, with places.
 */
int cg_document_lower(struct cg_document *document, struct cg_policy *policy);

/* include.c: what an included profile says for a target. -EINVAL with the profile's own places. */
int cg_document_resolve(struct cg_document *document, const struct cg_statement *statement,
			const struct cg_target *target, struct cg_policy **ret_policy);

/* lower_call.c: a statement, or a rule of an included profile, that speaks of one call. */
struct cg_mention {
	const struct cg_arch *arch;
	uint32_t nr;
	uint32_t order;                  /* in the text: the last that holds decides */
	bool is_by_group;
	struct cg_statement *statement;
	const struct cg_rule *rule;      /* of an included profile; NULL: the statement itself */
};

/* Adds the rules of one call. */
int cg_mentions_lower(struct cg_document *document, struct cg_policy *policy, const struct cg_mention *mentions,
		  size_t n_mentions, struct cg_box_work *work);

#endif
