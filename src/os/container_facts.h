/*
 * What engines wrote down about a container: its name and image, from their own files, without asking anybody.
 *
 * In: a container's id, and whose cgroup it was in. Out: facts, or nothing. Files: docker's config.v2.json, podman's and
 * CRI-O's containers.json (containers/storage), the bundles of containerd and CRI-O. Where engines keep them elsewhere,
 * their own settings and running programs say where. The files may be a user's: their size is bounded, and a container
 * of a user is looked for in nobody else's files.
 */
#ifndef CG_OS_CONTAINER_FACTS_H
#define CG_OS_CONTAINER_FACTS_H

#include "os/container.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CG_CONTAINER_NAME_SIZE 256
#define CG_CONTAINER_FILE_LIMIT ((size_t)4 << 20) /* bytes of a file of root's */
#define CG_CONTAINER_USER_FILE_LIMIT ((size_t)256 << 10) /* of a user's */
#define CG_CONTAINER_ROOTS_LIMIT 16 /* folders of engines, beside the usual ones */

struct cg_container_facts {
	char id[CG_CONTAINER_ID_LENGTH + 1];
	char engine[32];
	char name[CG_CONTAINER_NAME_SIZE]; /* "": not known */
	char image[CG_CONTAINER_NAME_SIZE];
	uint32_t uid; /* of the user whose slice it is in; 0: of nobody's */
};

/* From the path of a cgroup alone: engine and id, or false where it is in no container's. The rest is empty. */
bool cg_container_of_cgroup(const char *cgroup, struct cg_container_facts *ret_facts);

/* Where engines keep their files, beside the usual places: found out when it is needed, and kept a while. */
struct cg_container_roots;

struct cg_container_roots *cg_container_roots_new(void); /* NULL: no memory */
struct cg_container_roots *cg_container_roots_free(struct cg_container_roots *roots);

/* To be called about ten times a second: keeps what is written of new containers, so that it is known once they are gone. */
void cg_container_facts_look(struct cg_container_roots *roots);

/*
 * Name and image into *facts, whose id, engine and uid are given; an engine that the path did not name is found by
 * whose file it was. False: no file of it could be read, yet or any more.
 */
bool cg_container_facts_read(struct cg_container_roots *roots, struct cg_container_facts *facts);

#endif
