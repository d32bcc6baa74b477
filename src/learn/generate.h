/*
 * Generate: recordings to a sketch.
 *
 * In: a summary of recordings (may be empty: bases and needs alone make a sketch too), bases as policies, options. Out:
 * a sketch (sketch.h) that draft/ turns into a profile. See generate.c for what is decided and why.
 */
#ifndef CG_LEARN_GENERATE_H
#define CG_LEARN_GENERATE_H

#include "learn/recording.h"
#include "learn/sketch.h"

enum cg_generate_args {
	CG_GENERATE_ARGS_NONE,	 /* names only */
	CG_GENERATE_ARGS_SAFE,	 /* what selects an operation is held to the values seen: generalise.c */
	CG_GENERATE_ARGS_STRICT, /* every flag and every enumeration is */
};

enum cg_generate_default {
	CG_GENERATE_ENOSYS, /* unknown calls do not exist: libraries fall back */
	CG_GENERATE_EPERM,
	CG_GENERATE_KILL, /* KILL_PROCESS */
	CG_GENERATE_LOG,  /* let through and logged: to see what is missing */
};

/* What a runtime needs, or a profile to build on: its permissions are added, its default action is not. */
struct cg_generate_base {
	const char *name;
	const struct cg_policy *policy;
};

struct cg_generate_options {
	enum cg_generate_args args;
	enum cg_generate_default default_kind;
	const struct cg_arch *native; /* NULL: the arch that the library was built for */
	size_t n_runs;		      /* in the recordings, for the reasons' wording; 0: not said */
	const char *const *without;   /* sets (needs.h), or calls that no set shall add */
	size_t n_without;
	const struct cg_generate_base *bases;
	size_t n_bases;
	const struct cg_generate_base *ceiling; /* nothing that it denies is allowed; NULL: none */
	const char *const *allowed; /* calls for which the ceiling does not hold */
	size_t n_allowed;
	const struct cg_generate_base *minus; /* what these allow is left out, and so are refusals */
	size_t n_minus;
};

/* By the word of the command line: "enosys", …; false when there is none. */
bool cg_generate_default_find(const char *word, enum cg_generate_default *ret_kind);
bool cg_generate_args_find(const char *word, enum cg_generate_args *ret_args);

/*
 * Makes the sketch. It copies what it keeps; calls point into abi/'s tables. Errors: -EINVAL a word of `without` that
 * is neither set nor call, or one of `allowed` that is no call (err suggests one); -EDOM recorded arches of two byte orders; -ENOMEM.
 */
int cg_generate(const struct cg_summary *summary, const struct cg_generate_options *options,
		struct cg_sketch *ret_sketch, struct cg_err *err);

#endif
