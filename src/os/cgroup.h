/*
 * Cgroups, of version 1, 2, or both at once: cgroups(7).
 *
 * In: a folder of a cgroup file system, or a path within a hierarchy as /proc/PID/cgroup has it. Out: what names it for
 * the kernel: the hierarchy's number and the cgroup's id, which is the inode's number of its folder.
 */
#ifndef CG_OS_CGROUP_H
#define CG_OS_CGROUP_H

#include "base/err.h"

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CG_CGROUPS_LIMIT 65536 /* folders looked at in one search */

struct cg_cgroup {
	uint32_t hierarchy; /* as in the first field of /proc/self/cgroup; 0 is version 2 */
	uint64_t id;
	char folder[PATH_MAX];
};

/*
 * By its folder ("/sys/fs/cgroup/system.slice/x.service") or its path in a hierarchy ("/system.slice/x.service").
 * -ENOENT: neither is there; -EINVAL: the folder is on no cgroup file system.
 */
int cg_cgroup_find(const char *path, struct cg_cgroup *ret_cgroup, struct cg_err *err);

/*
 * Searches every hierarchy for a folder whose name `is_wanted`; one with processes is preferred. 0; -ENOENT none;
 * -EEXIST several in one hierarchy, which `err` names. What is below a folder that is wanted is not looked at.
 */
int cg_cgroup_search(bool (*is_wanted)(const void *context, const char *name), const void *context,
		     struct cg_cgroup *ret_cgroup, struct cg_err *err);

/*
 * Calls `each` for every folder of every hierarchy, a CG_CGROUPS_LIMIT of them at most, outer ones first. 0 goes on, also
 * below the folder; positive goes on, but not below it; negative ends the walk, and is its answer.
 */
int cg_cgroup_walk(int (*each)(void *context, const char *folder), void *context);

/* Calls `each` for every cgroup of one hierarchy but its root, with its path there ("/system.slice/x.service"). As above. */
int cg_cgroup_names(uint32_t hierarchy, int (*each)(void *context, uint64_t id, const char *path), void *context);

/* Where cgroups of version 1 are mounted: the hierarchy in which engines and systemd put what they start. 0: none are. */
uint32_t cg_cgroup_other_hierarchy(void);

/* Is there a process in it, or below it? */
bool cg_cgroup_is_populated(const char *folder);

/* The process in it, or below it, that has run longest. -ENOENT: nobody. */
int cg_cgroup_first_process(const struct cg_cgroup *cgroup, int *ret_pid);

/* Calls `each` for every process in it and below it. Stops at and returns the first answer that is not 0. */
int cg_cgroup_processes(const char *folder, int (*each)(void *context, int pid), void *context);

#endif
