/*
 * See ebpf_cgroups.h. What was found once is kept, as the cgroup may be gone the next time.
 */
#include "source/ebpf_cgroups.h"

#include "os/cgroup.h"

#include <errno.h>
#include <string.h>

struct walk {
	struct cg_ebpf_cgroups *cgroups;
	uint32_t hierarchy;
};

static int note(struct cg_ebpf_cgroups *cgroups, uint32_t hierarchy, uint64_t id, const char *path,
		const char **ret_path)
{
	struct cg_watch_cgroup_key *key = cg_arena_alloc(&cgroups->arena, sizeof(*key));
	char *copy = cg_arena_copy_text(&cgroups->arena, path);
	struct cg_map_entry *entry;

	if (!key || !copy)
		return -ENOMEM;
	*key = (struct cg_watch_cgroup_key){ .id = id, .hierarchy = hierarchy };
	if (cg_map_put(&cgroups->paths, key, sizeof(*key), &entry) < 0)
		return -ENOMEM;
	entry->value.pointer = copy;
	*ret_path = copy;
	return 0;
}

static int note_folder(void *context, uint64_t id, const char *path)
{
	const struct walk *walk = context;
	const char *unused;

	return note(walk->cgroups, walk->hierarchy, id, path, &unused);
}

static int note_all(struct cg_ebpf_cgroups *cgroups)
{
	struct walk walk = { cgroups, 0 };
	int r = cg_cgroup_names(0, note_folder, &walk);

	walk.hierarchy = cgroups->other_hierarchy;
	if (r == 0 && walk.hierarchy)
		r = cg_cgroup_names(walk.hierarchy, note_folder, &walk);
	return r;
}

int cg_ebpf_cgroups_begin(struct cg_ebpf_cgroups *cgroups, uint32_t other_hierarchy)
{
	cgroups->other_hierarchy = other_hierarchy;
	return note_all(cgroups);
}

void cg_ebpf_cgroups_done(struct cg_ebpf_cgroups *cgroups)
{
	cg_map_done(&cgroups->paths);
	cg_arena_done(&cgroups->arena);
}

static const char *find_one(struct cg_ebpf_cgroups *cgroups, const struct cg_ebpf_watch *watch, uint32_t hierarchy,
			    uint64_t id)
{
	const struct cg_watch_cgroup_key key = { .id = id, .hierarchy = hierarchy };
	const struct cg_map_entry *entry = cg_map_find(&cgroups->paths, &key, sizeof(key));
	char path[CG_WATCH_CGROUP_PATH];
	const char *kept;

	if (entry)
		return entry->value.pointer;
	if (id == 0 || cg_ebpf_watch_cgroup(watch, hierarchy, id, path, sizeof(path)) < 0)
		return NULL;
	if (cgroups->paths.n_entries >= CG_EBPF_CGROUPS_LIMIT) {
		cg_ebpf_cgroups_done(cgroups);
		note_all(cgroups);
	}
	return note(cgroups, hierarchy, id, path, &kept) < 0 ? NULL : kept;
}

/* The root of version 2 says nothing where engines use version 1. A root has no folder of its own: it is not found. */
const char *cg_ebpf_cgroups_find(struct cg_ebpf_cgroups *cgroups, const struct cg_ebpf_watch *watch,
				 const struct cg_watch_denial *denial)
{
	const char *path = find_one(cgroups, watch, 0, denial->cgroup);

	if (!path && cgroups->other_hierarchy)
		path = find_one(cgroups, watch, cgroups->other_hierarchy, denial->other_cgroup);
	return path;
}
