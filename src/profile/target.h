/*
 * A target: what gives a profile its meaning. An engine (a row in engines.c), the native arch, the capabilities of the
 * container, the kernel.
 */
#ifndef CG_PROFILE_TARGET_H
#define CG_PROFILE_TARGET_H

#include "abi/arch.h"
#include "abi/syscalls.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * How an engine reads and resolves a profile, one bit for each way in which engines differ. Most engines are two
 * programs: a manager (docker, podman) that decides Docker's conditions, and a runtime (runc, crun) that makes the
 * filter; a row has the bits of both.
 */
enum cg_trait {
	/* The JSON decoder. */
	CG_TRAIT_FOLDS_KEYS = 1 << 0,            /* Go: DEFAULTACTION is defaultAction */
	CG_TRAIT_FIRST_KEY_WINS = 1 << 1,        /* yajl; without it the last of duplicate keys wins */
	CG_TRAIT_SKIPS_WRONG_TYPES = 1 << 2,     /* a value of another type counts as absent; else an error */
	CG_TRAIT_WRAPS_NEGATIVES = 1 << 3,       /* value -1 is 2^64 - 1; else an error */
	CG_TRAIT_REQUIRES_FIELDS = 1 << 4,       /* defaultAction, names, action, op must be there */
	CG_TRAIT_READS_COMMENTS = 1 << 5,        /* line and block comments in JSON */
	CG_TRAIT_READS_TRAILING_COMMAS = 1 << 6,

	/* The manager. What it does not read is dropped without a word. */
	CG_TRAIT_READS_LEGACY_NAME = 1 << 7,     /* `name` beside `names` */
	CG_TRAIT_REFUSES_BOTH_NAMES = 1 << 8,
	CG_TRAIT_REFUSES_BOTH_LATE = 1 << 9,     /* only in a rule that applies */
	CG_TRAIT_READS_CONDITIONS = 1 << 10,     /* includes, excludes, archMap, comment */
	CG_TRAIT_READS_MIN_KERNEL = 1 << 11,
	CG_TRAIT_READS_FLAGS = 1 << 12,
	CG_TRAIT_READS_DEFAULT_ERRNO = 1 << 13,  /* defaultErrnoRet */
	CG_TRAIT_READS_ERRNO_NAMES = 1 << 14,    /* errno, defaultErrno: "EPERM" */
	CG_TRAIT_READS_LISTENER = 1 << 15,
	CG_TRAIT_EMPTY_IS_UNCONFINED = 1 << 16,  /* no default and no rules: no seccomp at all; else an error */

	/* The runtime. */
	CG_TRAIT_STRICT = 1 << 17,               /* ours: every part is checked, whether it is used or not */
	CG_TRAIT_CHECKS_ALL_OPERATORS = 1 << 18, /* also those of rules that come to nothing */
	CG_TRAIT_REFUSES_FLAGS = 1 << 19,        /* any flag at all */
	CG_TRAIT_SETS_SPEC_ALLOW = 1 << 20,      /* where the profile has no `flags` */
	CG_TRAIT_REFUSES_STRAY_ERRNO = 1 << 21,  /* errnoRet with an action that has no use for it; else ignored */
	CG_TRAIT_REFUSES_EMPTY_NAME = 1 << 22,
	CG_TRAIT_READS_SIX_ARGS = 1 << 23,       /* no more than the first six of a rule */
	CG_TRAIT_READS_BARE_ARCHES = 1 << 24,    /* x86_64, X86_64 */
	CG_TRAIT_REFUSES_LONE_NOTIFY = 1 << 25,  /* NOTIFY without listenerPath, NOTIFY on write */
	CG_TRAIT_LIBSECCOMP = 1 << 26,           /* its limits: see resolve.c */
	CG_TRAIT_ENOSYS_STUB = 1 << 27,          /* numbers above the largest named; not in the policy: stub.h */
	CG_TRAIT_MULTIPLEXES = 1 << 28,          /* no row has it: as libseccomp puts it in force, see stub.h */
};

struct cg_engine {
	const char *name;                    /* "docker" */
	const char *version;                 /* the first that the row holds for: "20.10"; "" for all */
	const char *seen;                    /* how we know: what was run, or whose source was read */
	unsigned int traits;
	const char *const *lacks_arches;     /* cg_arch names that its runtime does not know; NULL-terminated, or NULL */
	const char *const *arch_map_misses;  /* native arches whose archMap entry it never finds; the same */
	const char *calls_before;            /* its libseccomp knows no call that is as new as this kernel; NULL: not known */
};

/* The rows of one name stand together, the one that a bare name means first. */
extern const struct cg_engine cg_engines[];
extern const size_t cg_n_engines;

/*
 * "docker", or "docker@24.0": the row for that version, the newest that is not newer. NULL: no such engine, or a
 * version before any that we know, or no version.
 */
const struct cg_engine *cg_engine_find(const char *name);

/* The name of an engine near enough to be meant, or NULL. */
const char *cg_engine_suggest(const char *name);

static inline bool cg_engine_has(const struct cg_engine *engine, unsigned int trait)
{
	return (engine->traits & trait) != 0;
}

/* Does the engine's library know the call? Names that it does not know come to nothing in a container. */
bool cg_engine_knows_call(const struct cg_engine *engine, const struct cg_arch *arch, const struct cg_syscall *call);

bool cg_engine_lacks_arch(const struct cg_engine *engine, const struct cg_arch *arch);
bool cg_engine_misses_arch_map(const struct cg_engine *engine, const struct cg_arch *native);

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
const char *cg_cap_name(unsigned int bit); /* NULL when no capability has this number */
const char *cg_cap_suggest(const char *name);
uint64_t cg_caps_all(void);
uint64_t cg_caps_docker_default(void);

/* A comma-separated list of capabilities, "default", "all" and "none": true and *ret_caps, or false. */
bool cg_caps_parse(const char *text, uint64_t *ret_caps);

#endif
