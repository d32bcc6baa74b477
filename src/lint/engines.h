/*
 * One profile, all engines: who reads it as it is written, who reads something else, who refuses it.
 */
#ifndef CG_LINT_ENGINES_H
#define CG_LINT_ENGINES_H

#include "base/notes.h"
#include "check/check.h"
#include "profile/profile.h"

enum cg_reading_outcome {
	CG_READING_SAME,       /* proven: every call is answered as the profile says */
	CG_READING_DIFFERS,    /* `witness` shows a call */
	CG_READING_REJECTS,    /* `err` */
	CG_READING_UNCONFINED, /* applies no seccomp at all */
	CG_READING_UNDECIDED,  /* the comparison did not end within its budget */
};

struct cg_reading {
	const struct cg_engine *engine;
	enum cg_reading_outcome outcome;
	struct cg_witness witness; /* a: this engine's answer, b: as written */
	struct cg_err err;
	size_t n_ignored;          /* parts that this engine drops and the engine `oci` does not */
};

/* Start with {0}; end with cg_readings_done(). */
struct cg_readings {
	CG_VEC(struct cg_reading) list; /* in the order of cg_engines, without `oci` */
};

const char *cg_reading_outcome_name(enum cg_reading_outcome outcome);

/*
 * Reads the text as each engine would, for the target's arch, capabilities and kernel, and compares with `as_written`.
 * Findings go to `notes` (engine-rejects, engine-unconfined, engine-differs, engine-ignores), engines that give the same
 * one together. What a runtime adds of its own (runc's ENOSYS) is not compared. -ENOMEM.
 */
int cg_lint_engines(const char *name, const char *bytes, size_t length, const struct cg_target *target,
		    const struct cg_policy *as_written, struct cg_readings *ret_readings, struct cg_notes *notes,
		    struct cg_err *err);
void cg_readings_done(struct cg_readings *readings);

#endif
