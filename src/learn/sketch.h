/*
 * A sketch: the profile to be, not yet in any format, in which every call knows why it is there.
 *
 * In: calls and reasons, from generate. Out: plain data, which draft/ turns into a profile and cli/ prints as the
 * explanation. learn/ and profile/ are strangers (one layer), so what generate makes is this and no struct cg_profile;
 * and a reason has no place in a profile, of which nothing but a comment would be left.
 */
#ifndef CG_LEARN_SKETCH_H
#define CG_LEARN_SKETCH_H

#include "abi/arch.h"
#include "abi/syscalls.h"
#include "base/arena.h"
#include "base/err.h"
#include "base/map.h"
#include "base/notes.h"
#include "base/text.h"
#include "base/vec.h"
#include "policy/policy.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum cg_reason_kind {
	CG_REASON_SEEN,	     /* recorded */
	CG_REASON_NEED,	     /* needs.h; name: the set */
	CG_REASON_SUCCESSOR, /* name: the recorded call that it is a newer form of */
	CG_REASON_BASE,	     /* name: the base */
	CG_REASON_FALLBACK,  /* what libraries do when clone3 is refused */
	CG_REASON_DANGER,    /* refused; name: the tier */
	CG_REASON_GUARD,     /* why it is allowed under conditions only; name: the set */
};

struct cg_reason {
	enum cg_reason_kind kind;
	const char *name; /* "" for SEEN and FALLBACK */
	const char *text; /* a clause: "seen 12 times in 2 of 3 runs, by /usr/bin/git" */
};

/* All comparisons hold; never two on one argument, which engines would read as "or". In the sketch's arena. */
struct cg_sketch_condition {
	const struct cg_comparison *comparisons;
	unsigned int n_comparisons;
	const char *origin; /* who asks for it, where it was not seen: "base runc"; else "" */
};

struct cg_sketch_call {
	const struct cg_syscall *call;
	uint32_t action;
	bool is_left_out;			       /* gone once the sketch is finished */
	bool is_open;				       /* the action holds whatever the arguments */
	CG_VEC(struct cg_sketch_condition) conditions; /* not open: the action holds where one of these does */
	CG_VEC(struct cg_reason) reasons;	       /* the first decides under which heading the call stands */
};

struct cg_sketch {
	struct cg_arena arena;
	uint32_t default_action;		       /* kernel value with data */
	const struct cg_arch *arches[CG_N_ARCHES_MAX]; /* the native one first */
	size_t n_arches;
	CG_VEC(struct cg_sketch_call) calls; /* sorted by name */
	struct cg_map index;		     /* name -> calls[] while the sketch is made */
	struct cg_notes notes;		     /* what the user should know; rule ids as in lint */
};

/* The call's entry, or NULL. Dies at the next cg_sketch_put(). */
struct cg_sketch_call *cg_sketch_find(const struct cg_sketch *sketch, const char *name);

/* Finds or adds; a new entry is ALLOW, not open, without conditions. NULL when out of memory. */
struct cg_sketch_call *cg_sketch_put(struct cg_sketch *sketch, const struct cg_syscall *call);

/* Does a call of this name exist on an arch of the sketch? */
bool cg_sketch_has_name(const struct cg_sketch *sketch, const char *name);

/* Adds a reason; the text is formatted into the arena. 0 or -ENOMEM. */
int cg_sketch_add_reason(struct cg_sketch *sketch, struct cg_sketch_call *call, enum cg_reason_kind kind,
			 const char *name, const char *format, ...) __attribute__((format(printf, 5, 6)));

/* Adds a condition unless the same is there already; what it is given is copied. 0 or -ENOMEM. */
int cg_sketch_add_condition(struct cg_sketch *sketch, struct cg_sketch_call *call,
			    const struct cg_comparison *comparisons, unsigned int n_comparisons, const char *origin);

/* Adds a note about the sketch as a whole. 0 or -ENOMEM. */
int cg_sketch_note(struct cg_sketch *sketch, enum cg_severity severity, const char *rule, const char *remedy,
		   const char *format, ...) __attribute__((format(printf, 5, 6)));

/* Drops the calls that are left out, sorts the others by name and drops the index. */
void cg_sketch_finish(struct cg_sketch *sketch);

/* One condition: "domain == AF_UNIX", by the sketch's first arch that has the call. */
void cg_sketch_format_condition(struct cg_text *text, const struct cg_sketch *sketch, const struct cg_sketch_call *call,
				const struct cg_sketch_condition *condition);

/* All of them, joined by " or "; "" for an open call. */
void cg_sketch_format_conditions(struct cg_text *text, const struct cg_sketch *sketch,
				 const struct cg_sketch_call *call);

void cg_sketch_done(struct cg_sketch *sketch);

#endif
