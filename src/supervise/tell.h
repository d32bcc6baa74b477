/*
 * Telling denials: each kind once, when it first happens, and all of them with their counts at the end.
 *
 * In: denied calls. Out: lines of text. A kind is a call with the arguments that say what it is (flags, constants,
 * plain numbers); pointers, sizes, descriptors and the like make no new kind. A flood of kinds is cut, so that a
 * program that tries everything fills neither memory nor the terminal; counts stay exact.
 */
#ifndef CG_SUPERVISE_TELL_H
#define CG_SUPERVISE_TELL_H

#include "base/arena.h"
#include "base/map.h"
#include "base/text.h"
#include "base/vec.h"
#include "callgate/call.h"

#include <stdbool.h>
#include <stdint.h>

#define CG_TELL_KINDS_LIMIT 200        /* in all: what goes beyond is counted as one */
#define CG_TELL_KINDS_OF_CALL_LIMIT 16 /* of one call: what goes beyond is one more kind, "and others" */

enum cg_told_as {
	CG_TOLD_DENIED,
	CG_TOLD_WOULD_DENY, /* audit */
	CG_TOLD_LOGGED,     /* the profile says LOG */
};

struct cg_told_call {
	const struct cg_call *call;
	uint32_t action; /* of the policy */
	enum cg_told_as as;
	const char *strings[6]; /* what path arguments point to, where that could be read */
	const char *process;    /* its name */
	int tid;
};

struct cg_told_kind;

/* Start with {0}; end with cg_tell_done(). */
struct cg_teller {
	struct cg_arena arena;
	struct cg_map index;
	CG_VEC(struct cg_told_kind *) kinds;
	uint64_t n_calls;
	uint64_t n_uncounted; /* of no kind: the limit was reached */
};

/*
 * True, and counted, when a call of this kind was told before: then nothing more has to be found out about it. Looks at
 * the call, the action and `as` only.
 */
bool cg_tell_repeat(struct cg_teller *teller, const struct cg_told_call *told);

/* Counts a call of a new kind; appends a line to `line`, or nothing beyond the limits. 0 or -ENOMEM. */
int cg_tell_add(struct cg_teller *teller, const struct cg_told_call *told, struct cg_text *line);

/* Is argument `arg` of this call a pointer to a path, worth reading? */
bool cg_tell_wants_string(const struct cg_call *call, unsigned int arg);

/* The call as it is told, with what its paths point to. Sticky failure in the text. */
void cg_tell_format(struct cg_text *text, const struct cg_told_call *told);

/* The table of all kinds; nothing when there was none. */
void cg_tell_summary(const struct cg_teller *teller, struct cg_text *text);

void cg_tell_done(struct cg_teller *teller);

#endif
