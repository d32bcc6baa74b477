/*
 * What the parts of callgate-oci-hook share: main.c reads what the runtime says and decides, recorder.c records in a
 * process that stays behind, result.c makes the profile.
 */
#ifndef CG_HOOK_HOOK_H
#define CG_HOOK_HOOK_H

#include "hook/result.h"
#include "hook/state.h"
#include "hook/wish.h"
#include "os/place.h"

#define CG_HOOK_BASES_MAX 2
#define CG_HOOK_LIMIT_MS 10000 /* until the recorder is attached; the runtime waits as long */
#define CG_HOOK_NAME_SIZE (CG_PLACE_NAME_LIMIT + 32)

/* Everything that a recorder must know, found out before the container starts. */
struct cg_hook_job {
	struct cg_container_state state;
	struct cg_container_config config;
	struct cg_wish wish;
	struct cg_place place;
	struct cg_hook_base bases[CG_HOOK_BASES_MAX];
	size_t n_bases;
};

/* place.name with another end: "p.json" and ".recording.json" make "p.recording.json". */
void cg_hook_name(const struct cg_hook_job *job, const char *end, char *ret_name);

#define CG_HOOK_RECORDING ".recording.json"
#define CG_HOOK_FAILURE ".failed"

/*
 * Starts a process that records the container until it has ended and then writes the profile, and returns once it is
 * attached: the runtime may go on. Errors: those of the eBPF source, -ETIMEDOUT.
 */
int cg_hook_record(struct cg_hook_job *job, struct cg_err *err);

#endif
