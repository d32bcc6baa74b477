/*
 * What every process needs to live and die, whether or not a recording shows it.
 *
 * In: nothing. Out: three tables that generate reads: sets that `--without` switches off, needs (calls added with a
 * reason), successors (a call's newer form with the same power, which a newer C library makes instead).
 *
 * A recording is one library on one kernel. What it cannot show is how a process ends when nobody watches, what the
 * kernel itself makes a process call, and what next year's C library tries first; each row says which of these it is.
 */
#ifndef CG_LEARN_NEEDS_H
#define CG_LEARN_NEEDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The sets that are no needs, by name, for the code that implements them. */
#define CG_SET_CLONE3 "clone3"
#define CG_SET_NAMESPACES "clone-namespaces"
#define CG_SET_SUCCESSORS "successors"
#define CG_SET_DANGEROUS "dangerous"
#define CG_SET_COMPANIONS "companions"

struct cg_need_set {
	const char *name;
	const char *meaning; /* one line, as --help and comments in the profile have it */
};

extern const struct cg_need_set cg_need_sets[];
extern const size_t cg_n_need_sets;

const struct cg_need_set *cg_need_set_find(const char *name);

struct cg_need {
	const char *set;
	const char *call;
	const char *reason;
};

extern const struct cg_need cg_needs[];
extern const size_t cg_n_needs;

struct cg_successor {
	const char *call;
	const char *successor;
};

/* Applied until nothing is added: poll brings ppoll, which brings ppoll_time64 where that exists. */
extern const struct cg_successor cg_successors[];
extern const size_t cg_n_successors;

#endif
