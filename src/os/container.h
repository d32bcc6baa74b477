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
 * Docker, podman, containerd, CRI-O: by id, its beginning (four digits at least) or name; runc, crun: by name.
 * Errors: -ENOENT none that runs; -EEXIST several; the message says who was asked.
 */
int cg_container_find(const char *name, struct cg_cgroup *ret_cgroup, struct cg_err *err);

/* "cron.service", or "cron" for the same. Errors: as above. */
int cg_unit_find(const char *name, struct cg_cgroup *ret_cgroup, struct cg_err *err);

/*
 * The ids of all containers that run, of engines that give ids. Stops at and returns the first answer that is not 0.
 * The same id may be given more than once.
 */
int cg_container_each(int (*each)(void *context, const char *id), void *context);

#endif
