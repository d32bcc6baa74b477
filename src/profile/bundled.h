/*
 * Profiles and bases inside the binary: the texts of data/profiles and data/bases, embedded at build.
 */
#ifndef CG_PROFILE_BUNDLED_H
#define CG_PROFILE_BUNDLED_H

#include <stddef.h>

struct cg_bundled {
	const char *name;  /* "container-default": @container-default on the command line */
	const char *meaning; /* one line */
	const char *text;
	size_t length;
};

/* Sorted by name; made by tools/ from data/profiles/. */
extern const struct cg_bundled cg_bundled[];
extern const size_t cg_n_bundled;

/* By name, without @; NULL when there is none. */
const struct cg_bundled *cg_bundled_find(const char *name);

#endif
