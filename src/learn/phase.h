/*
 * Phases: where the start-up of a run ends and serving begins.
 *
 * In: a run that is being recorded, and the moment. Out: each call says how often it was made before that moment; a
 * summary can be cut to one phase. A run without a mark tells nothing: its calls belong to both phases, so that a
 * profile never lacks what somebody saw. Values of arguments are the run's, not the phase's.
 */
#ifndef CG_LEARN_PHASE_H
#define CG_LEARN_PHASE_H

#include "learn/recording.h"

enum cg_phase {
	CG_PHASE_BOTH,
	CG_PHASE_STARTUP,
	CG_PHASE_SERVING,
};

/* "startup", "serving", "both"; false: no such phase. */
bool cg_phase_find(const char *word, enum cg_phase *ret_phase);

/* How often the call was made, completed or not; stops at UINT64_MAX. */
uint64_t cg_recorded_call_n_made(const struct cg_recorded_call *call);

/*
 * Everything that the run has counted so far was start-up. `by` is a word of callgate-recording(5), `why` a sentence.
 * Only the first mark of a run stands. 0 or -ENOMEM.
 */
int cg_run_mark(struct cg_recording *recording, struct cg_run *run, const char *by, const char *why, uint64_t at_ms);

/* How many runs have a mark. */
size_t cg_recording_n_marked(const struct cg_recording *recording);

/* Leaves out the calls that were seen in the other phase only. */
void cg_summary_keep_phase(struct cg_summary *summary, enum cg_phase phase);

#endif
