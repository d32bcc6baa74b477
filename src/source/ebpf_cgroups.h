/*
 * The names of cgroups by what the kernel's programs know of them: a hierarchy's number and an id.
 *
 * In: what is there when the watch begins, and what the programs note when a cgroup is made. Out: paths, also of
 * cgroups that are gone by now.
 */
#ifndef CG_SOURCE_EBPF_CGROUPS_H
#define CG_SOURCE_EBPF_CGROUPS_H

#include "base/arena.h"
#include "base/map.h"
#include "os/ebpf_watch.h"

#include <stdint.h>

#define CG_EBPF_CGROUPS_LIMIT 65536 /* known at once; then all are asked for anew */

struct cg_ebpf_cgroups {
	struct cg_arena arena;
	struct cg_map paths; /* by struct cg_watch_cgroup_key */
	uint32_t other_hierarchy;
};

/* All that are there now. Errors: -ENOMEM. Start with {0}. */
int cg_ebpf_cgroups_begin(struct cg_ebpf_cgroups *cgroups, uint32_t other_hierarchy);
void cg_ebpf_cgroups_done(struct cg_ebpf_cgroups *cgroups);

/* The path of the denied task's cgroup, in the hierarchy that says more; NULL: not known. Lives until the next call. */
const char *cg_ebpf_cgroups_find(struct cg_ebpf_cgroups *cgroups, const struct cg_ebpf_watch *watch,
				 const struct cg_watch_denial *denial);

#endif
