/*
 * Containers whose facts were read while they were there. Within os/; see container_known.c.
 */
#ifndef CG_OS_CONTAINER_KNOWN_H
#define CG_OS_CONTAINER_KNOWN_H

#include "os/container_roots.h"

#define CG_CONTAINER_KNOWN_LIMIT 1024

struct cg_container_known;

struct cg_container_known *cg_container_known_new(void); /* NULL: no memory */
struct cg_container_known *cg_container_known_free(struct cg_container_known *known);

/* Reads what is new since it was called last; does nothing when that was a moment ago. */
void cg_container_known_look(struct cg_container_known *known, struct cg_container_roots *roots);

/* All of *facts, whose id and uid are given; false: it is not known. */
bool cg_container_known_find(const struct cg_container_known *known, struct cg_container_facts *facts);

#endif
