/*
 * A profile on its way to another that allows more: what callgate why and generate --from-history propose.
 *
 * In: a profile as a user names it, and calls that are to be let through. Out: its text with the edits, each read again
 * and asked whether it does what it should; what else it opens. Nothing is written to any file here.
 */
#ifndef CG_CLI_PROPOSAL_H
#define CG_CLI_PROPOSAL_H

#include "advice/advice.h"
#include "cli/input.h"

#include <stdbool.h>

/* Start with {0}; end with cg_proposal_done(). */
struct cg_proposal {
	const char *reference; /* as given */
	const char *name;      /* for messages and for the diff's head */
	const struct cg_target *target;
	enum cg_advice_form form;
	const char *why_not; /* the text is of a kind that is not edited: why; else NULL */
	struct cg_text original;
	struct cg_text text; /* with all edits so far */
	struct cg_input now; /* that, read */
	size_t n_edits;
};

/* Errors: of reading, with places; -EINVAL a profile that applies no seccomp at all. */
int cg_proposal_open(const char *reference, const struct cg_target *target, struct cg_proposal *proposal,
		     struct cg_err *err);
/* A second one of the same original. Errors: -ENOMEM. */
int cg_proposal_open_again(const struct cg_proposal *other, struct cg_proposal *proposal, struct cg_err *err);
void cg_proposal_done(struct cg_proposal *proposal);

/* As it is now, for advice. */
struct cg_advice_profile cg_proposal_profile(const struct cg_proposal *proposal);

/*
 * Adds what lets the call through, held to what was seen of it (`has_args`); `action` is what the kernel answered.
 * 0; 1: it cannot be done by an edit, *err has the words why, and nothing has changed; negative: -ENOMEM and the like.
 */
int cg_proposal_allow(struct cg_proposal *proposal, const struct cg_advice_wish *wish, const struct cg_call *call,
		      bool has_args, uint32_t action, struct cg_err *err);

/*
 * The vulnerabilities that no call reaches as the profile was, and one does as it is now, by proof: their names, a blank
 * between, appended. What is not decided within the budget is left unsaid. 0 or -ENOMEM.
 */
int cg_proposal_opened(const struct cg_proposal *proposal, struct cg_text *names);

/* From the original to the text now. 0 or -ENOMEM. */
int cg_proposal_diff(const struct cg_proposal *proposal, struct cg_text *text);

#endif
