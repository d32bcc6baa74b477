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

#define CG_READING_ENOSYS_SIZE 400

struct cg_reading {
	const struct cg_engine *engine;
	enum cg_reading_outcome outcome;
	struct cg_witness witness; /* a: this engine's answer, b: as written */
	struct cg_err err;
	size_t n_ignored;          /* parts that this engine drops and the engine `oci` does not */
	/*
	 * Calls with a name, on all architectures together, which the runtime itself answers with ENOSYS and the profile,
	 * as this engine reads it, with something else (profile/stub.h); and what a finding says of them, or "".
	 */
	size_t n_enosys;
	char enosys[CG_READING_ENOSYS_SIZE];
};

/* Start with {0}; end with cg_readings_done(). */
struct cg_readings {
	CG_VEC(struct cg_reading) list; /* in the order of cg_engines, without `oci` */
};

const char *cg_reading_outcome_name(enum cg_reading_outcome outcome);

/*
 * Reads the text as each engine would, for the target's arch, capabilities and kernel, and compares with `as_written`.
 * Findings go to `notes` (engine-rejects, engine-unconfined, engine-differs, engine-ignores, engine-enosys), engines
 * that give the same one together. What a runtime adds of its own (runc's ENOSYS) is told apart from how the profile is
 * read: engine-enosys. -ENOMEM.
 */
int cg_lint_engines(const char *name, const char *bytes, size_t length, const struct cg_target *target,
		    const struct cg_policy *as_written, struct cg_readings *ret_readings, struct cg_notes *notes,
		    struct cg_err *err);
void cg_readings_done(struct cg_readings *readings);

#endif
