/*
 * Containers and units by the names that people have for them.
 *
 * In: an id or the beginning of one, a container's name, a unit's name. Out: the cgroup. Engines name the folder after
 * the id ("docker-<id>.scope", "libpod-<id>", "<id>"); what has another name is asked of the engines' own programs.
 */
#ifndef CG_OS_CONTAINER_H
#define CG_OS_CONTAINER_H

#include "base/err.h"
#include "os/cgroup.h"

#define CG_CONTAINER_ID_LENGTH 64
#define CG_CONTAINERS_LIMIT 1024

/*
 * Docker, podman, containerd, CRI-O: by id, its beginning (four digits at least), name, or the beginning of that; runc,
 * crun: by name. What is whole comes before what is a beginning, an id before a name.
 * Errors: -ENOENT none that runs; -EEXIST several, which the message lists; -EINVAL no name.
 */
int cg_container_find(const char *name, struct cg_cgroup *ret_cgroup, struct cg_err *err);

/* "cron.service", or "cron" for the same. Errors: as above. */
int cg_unit_find(const char *name, struct cg_cgroup *ret_cgroup, struct cg_err *err);

/*
 * The id in a folder's name ("docker-<id>.scope", "libpod-<id>", "<id>"), or false where it is no container's; and whose
 * name it is by the whole path: docker, podman, cri-o, containerd, nerdctl; else "container".
 */
bool cg_container_id_of(const char *name, char ret_id[CG_CONTAINER_ID_LENGTH + 1]);
const char *cg_container_engine_of(const char *folder);

/* One that is there. */
struct cg_container {
	char id[CG_CONTAINER_ID_LENGTH + 1];
	const char *engine; /* by the folder's name: docker, podman, cri-o, containerd, nerdctl; else "container" */
	const char *folder; /* of its cgroup */
};

/*
 * Those of engines that give ids, while a process is in them, each once for every hierarchy in which it has a folder.
 * Stops at and returns the first negative answer.
 */
int cg_container_each(int (*each)(void *context, const struct cg_container *container), void *context);

#endif
