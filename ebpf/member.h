/*
 * What a task is: making a 32-bit call, in a cgroup of any hierarchy, below a process? Part of the recording and of the
 * watching programs.
 *
 * In: `selection`, a struct cg_wire_selection of the program that includes this. Out: yes or no, as of now.
 *
 * Kernel: kernel/cgroup/cgroup.c (css_set is linked to one cgroup of each hierarchy).
 */
#ifndef CG_EBPF_MEMBER_H
#define CG_EBPF_MEMBER_H

#include "registers.h"

#define TS_COMPAT 0x0002 /* arch/x86/include/asm/thread_info.h: this call is a 32-bit one */
#define HIERARCHIES 32
#define CGROUP_DEPTH 64
#define TREE_DEPTH 64 /* generations */

static __always_inline bool is_compat_task(const struct task_struct *task)
{
	return task->thread_info.status & TS_COMPAT;
}

/* Of which of the kernel's tables is a number that the task calls now? */
static __always_inline __u32 arch_of(const struct task_struct *task, __u32 nr)
{
	return table_of(is_compat_task(task), nr);
}

struct link_walk {
	struct list_head *at;
	struct cgroup *found;
	__u32 hierarchy;
};

static long look_at_link(__u32 i, struct link_walk *walk)
{
	struct list_head *at = walk->at;
	struct cgrp_cset_link *link = (void *)at - bpf_core_field_offset(struct cgrp_cset_link, cgrp_link);
	struct cgroup *cgroup = BPF_CORE_READ(link, cgrp);

	if ((__u32)BPF_CORE_READ(cgroup, root, hierarchy_id) == walk->hierarchy) {
		walk->found = cgroup;
		return 1;
	}
	walk->at = BPF_CORE_READ(at, next);
	return 0;
}

struct ancestor_walk {
	struct cgroup *at;
	bool is_selected;
};

static long look_at_ancestor(__u32 i, struct ancestor_walk *walk)
{
	struct cgroup *at = walk->at;
	struct cgroup_subsys_state *parent;

	walk->is_selected = BPF_CORE_READ(at, kn, id) == selection.cgroup;
	if (walk->is_selected)
		return 1;
	parent = BPF_CORE_READ(at, self.parent);
	if (!parent)
		return 1;
	walk->at = BPF_CORE_READ(parent, cgroup);
	return 0;
}

/* The task's cgroup in a hierarchy, or NULL. */
static __always_inline struct cgroup *find_cgroup(struct task_struct *task, __u32 hierarchy)
{
	struct link_walk links = { .at = BPF_CORE_READ(task, cgroups, cgrp_links.next), .hierarchy = hierarchy };

	bpf_loop(HIERARCHIES, look_at_link, &links, 0);
	return links.found;
}

static __always_inline bool is_in_cgroup(struct task_struct *task)
{
	struct ancestor_walk ancestors = { .at = find_cgroup(task, selection.hierarchy) };

	if (!ancestors.at)
		return false;
	bpf_loop(CGROUP_DEPTH, look_at_ancestor, &ancestors, 0);
	return ancestors.is_selected;
}

struct tree_walk {
	struct task_struct *at;
	bool is_selected;
};

static long look_at_parent(__u32 i, struct tree_walk *walk)
{
	struct task_struct *at = walk->at, *leader = BPF_CORE_READ(at, group_leader);

	walk->is_selected = (__u64)leader == selection.root;
	if (walk->is_selected || BPF_CORE_READ(leader, pid) <= 1)
		return 1;
	walk->at = BPF_CORE_READ(leader, real_parent);
	return 0;
}

/* The id that the recorder, in whose context the walk runs, knows it by. */
static __always_inline int id_here(struct task_struct *task)
{
	struct task_struct *recorder = bpf_get_current_task_btf();
	unsigned int level = BPF_CORE_READ(recorder, thread_pid, level);
	struct pid *pid = BPF_CORE_READ(task, thread_pid);
	struct upid upid = { 0 };

	if (!pid || BPF_CORE_READ(pid, level) < level)
		return 0;
	bpf_probe_read_kernel(&upid.nr, sizeof(upid.nr),
			      (void *)pid + bpf_core_field_offset(struct pid, numbers) +
				      level * bpf_core_type_size(struct upid) + bpf_core_field_offset(struct upid, nr));
	return upid.nr;
}

static __always_inline bool is_in_tree(struct task_struct *task)
{
	struct tree_walk walk = { .at = task };

	if (!selection.root && id_here(task) == selection.pid)
		selection.root = (__u64)BPF_CORE_READ(task, group_leader);
	if (!selection.root)
		return false;
	bpf_loop(TREE_DEPTH, look_at_parent, &walk, 0);
	return walk.is_selected;
}

#endif
