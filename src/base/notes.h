/*
 * Notes: things worth saying about an input that are no failure. Readers collect them, the linter adds to them, cli/
 * prints them.
 */
#ifndef CG_BASE_NOTES_H
#define CG_BASE_NOTES_H

#include "base/arena.h"
#include "base/vec.h"

#include <stdint.h>

enum cg_severity {
	CG_SEVERITY_NOTE,
	CG_SEVERITY_WARNING,
	CG_SEVERITY_ERROR,
};

/* Strings live in the list's arena. */
struct cg_note {
	enum cg_severity severity;
	const char *rule;    /* short stable id: "unknown-call" */
	uint32_t line;       /* of the profile; 0: the profile as a whole */
	uint32_t column;
	const char *message; /* what is the case, and why it matters */
	const char *remedy;  /* what to do, or "" */
};

/* Start with {0}; end with cg_notes_done(). */
struct cg_notes {
	struct cg_arena arena;
	CG_VEC(struct cg_note) list;
};

/* Copies note's strings. NULL notes: does nothing. 0 or -ENOMEM. */
int cg_notes_add(struct cg_notes *notes, const struct cg_note *note);

/* By line, column, rule, then message: the order in which they are printed. */
void cg_notes_sort(struct cg_notes *notes);

/*
 * For people: notes that say the same of several places become one, where the first of them stood, with the lines of
 * the others: "(also on lines 26, 51)". *ret_folded is to be released; those that stand alone borrow the strings of
 * `notes`. 0 or -ENOMEM.
 */
int cg_notes_fold(const struct cg_notes *notes, struct cg_notes *ret_folded);

const char *cg_severity_name(enum cg_severity severity);

void cg_notes_done(struct cg_notes *notes);

#endif
