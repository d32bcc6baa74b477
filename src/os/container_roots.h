/*
 * Folders in which engines keep what they know of containers: the usual ones, a user's, those that engines' settings
 * name, and those that engines which run were started with. Within os/.
 */
#ifndef CG_OS_CONTAINER_ROOTS_H
#define CG_OS_CONTAINER_ROOTS_H

#include "os/container_facts.h"

#include <limits.h>

enum cg_container_root_kind {
	CG_CONTAINER_ROOT_DOCKER, /* containers/ID/config.v2.json */
	CG_CONTAINER_ROOT_STORAGE, /* containers/storage: podman, CRI-O */
	CG_CONTAINER_ROOT_TASKS, /* containerd: NAMESPACE/ID/config.json */
};

struct cg_container_root {
	enum cg_container_root_kind kind;
	char folder[PATH_MAX];
};

/* The i-th folder for this container and its user's (0: of the machine); false: there are no more. */
bool cg_container_roots_next(struct cg_container_roots *roots, const struct cg_container_facts *facts, size_t i,
			     struct cg_container_root *ret_root);

/* The i-th folder of the machine's engines and of those found so far, and whose containers they are. */
bool cg_container_roots_all(struct cg_container_roots *roots, size_t i, struct cg_container_root *ret_root,
			    uint32_t *ret_uid);

/* Name and image, as far as this folder tells; see cg_container_facts_read(). */
bool cg_container_root_read(const struct cg_container_root *root, struct cg_container_facts *facts);

/* What is known of containers that were made while we watched. */
struct cg_container_known *cg_container_roots_known(struct cg_container_roots *roots);

#endif
