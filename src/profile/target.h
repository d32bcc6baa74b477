/*
 * A target: what gives a profile its meaning. An engine (a row in engines.c), the native arch, the capabilities of the
 * container, the kernel.
 */
#ifndef CG_PROFILE_TARGET_H
#define CG_PROFILE_TARGET_H

#include "abi/arch.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * How one engine reads and resolves profiles: traits, each with the version it was seen in (engines.c). A new engine
 * is a new row.
 */
struct cg_engine {
	const char *name;         /* "docker" */
	const char *seen;         /* "20.10.24": the version that the row was checked against */
	bool folds_key_case;      /* Go's encoding/json: defaultaction is defaultAction */
	bool reads_legacy_name;   /* `name` beside `names` */
	bool rejects_both_names;
	bool reads_conditions;    /* includes, excludes, archMap */
	bool reads_min_kernel;
	bool reads_flags;         /* false: dropped silently */
	bool reads_default_errno; /* false: defaultErrnoRet dropped silently */
	bool reads_errno_names;   /* errno: "EPERM" */
	bool empty_is_unconfined; /* no default and no rules: no seccomp at all */
	bool adds_native_arch;
};

extern const struct cg_engine cg_engines[];
extern const size_t cg_n_engines;

const struct cg_engine *cg_engine_find(const char *name);

struct cg_target {
	const struct cg_engine *engine;
	const struct cg_arch *arch;      /* native arch of the machine that the profile is for */
	const struct cg_arch *arches[CG_N_ARCHES_MAX]; /* when n_arches is not 0: instead of the profile's own */
	size_t n_arches;
	uint64_t caps;                   /* bit CAP_x set: in the container's bounding set */
	unsigned int kernel[2];          /* 6, 18 */
};

/* Engine `oci`, native arch, Docker's default capabilities, kernel 0.0 (the caller fills in the machine's). */
void cg_target_init(struct cg_target *target);

/* "CAP_SYS_ADMIN" or "sys_admin" to its bit number, or -1. */
int cg_cap_find(const char *name);
const char *cg_cap_name(unsigned int bit);
uint64_t cg_caps_docker_default(void);

/* "default", "all", "none", or a comma-separated list: true and *ret_caps, or false. */
bool cg_caps_parse(const char *text, uint64_t *ret_caps);

#endif
