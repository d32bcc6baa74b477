/*
 * Profiles and bases inside the binary: the texts of data/profiles and data/bases, embedded at build.
 *
 * In: a name. Out: the text, JSON as every profile is, read by cg_profile_read() like any other. A base is no profile
 * that one would run under: it holds only what a container runtime itself calls between loading the filter and
 * starting the program, for `generate --base`.
 */
#ifndef CG_PROFILE_BUNDLED_H
#define CG_PROFILE_BUNDLED_H

#include <stddef.h>

struct cg_bundled {
	const char *name;    /* "container-default": @container-default on the command line */
	const char *meaning; /* one line */
	const char *text;
	size_t length;
};

/* Sorted by name; made by tools/gen-bundled from data/profiles/ and data/bases/. */
extern const struct cg_bundled cg_bundled[];
extern const size_t cg_n_bundled;
extern const struct cg_bundled cg_bases[];
extern const size_t cg_n_bases;

/* By name, without @; NULL when there is none. */
const struct cg_bundled *cg_bundled_find(const char *name);

/* A base by name ("runc"), or NULL. */
const struct cg_bundled *cg_base_find(const char *name);

#endif
