/*
 * Whom to record when it runs already: a process with its descendants, or a cgroup of any hierarchy. Part of
 * record.bpf.c.
 *
 * In: the selection that the recorder has written. Out: marks. All tasks are walked when the recorder asks for it;
 * afterwards children are marked as they are made, and processes when they are moved into the cgroup, so that nothing
 * has to be asked when a call is made.
 *
 * Kernel: kernel/cgroup/cgroup.c (css_set is linked to one cgroup of each hierarchy), kernel/bpf/task_iter.c.
 */
#ifndef CG_EBPF_SELECT_H
#define CG_EBPF_SELECT_H

#define PF_EXITING 0x00000004 /* linux/sched.h */
#define PF_KTHREAD 0x00200000
#define HIERARCHIES 32
#define CGROUP_DEPTH 64
#define TREE_DEPTH 64 /* generations */

struct link_walk {
	struct list_head *at;
	struct cgroup *found;
};

static long look_at_link(__u32 i, struct link_walk *walk)
{
	struct list_head *at = walk->at;
	struct cgrp_cset_link *link = (void *)at - bpf_core_field_offset(struct cgrp_cset_link, cgrp_link);
	struct cgroup *cgroup = BPF_CORE_READ(link, cgrp);

	if ((__u32)BPF_CORE_READ(cgroup, root, hierarchy_id) == selection.hierarchy) {
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

static __always_inline bool is_in_cgroup(struct task_struct *task)
{
	struct link_walk links = { .at = BPF_CORE_READ(task, cgroups, cgrp_links.next) };
	struct ancestor_walk ancestors = { 0 };

	bpf_loop(HIERARCHIES, look_at_link, &links, 0);
	if (!links.found)
		return false;
	ancestors.at = links.found;
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

/* It may be in a call, whose entry was not seen: the next exit has none then. */
static __always_inline void mark(struct task_struct *task)
{
	struct cg_wire_task init = { .state = CG_WIRE_SKIPS, .call = CG_WIRE_CALLS, .program = CG_WIRE_FURTHER };
	struct file *file = BPF_CORE_READ(task, mm, exe_file);

	if (selection.is_launcher)
		init.program = CG_WIRE_NOBODY;
	else if (file)
		init.program = find_file(file, CG_WIRE_IS_PROGRAM);
	if (!bpf_task_storage_get(&tasks, task, &init, BPF_LOCAL_STORAGE_GET_F_CREATE)) {
		__sync_fetch_and_add(&totals.n_lost_tasks, 1);
		return;
	}
	__sync_fetch_and_add(&totals.n_live, 1);
	__sync_fetch_and_add(&selection.n_marked, 1);
}

SEC("iter/task")
int mark_selected(struct bpf_iter__task *context)
{
	struct task_struct *task = context->task;

	note_own_root();
	if (!task || task->flags & (PF_EXITING | PF_KTHREAD))
		return 0;
	if (find_task(task)) {
		__sync_fetch_and_add(&selection.n_alive, 1);
		return 0;
	}
	if (selection.selector == CG_WIRE_BY_CGROUP ? !is_in_cgroup(task) : !is_in_tree(task))
		return 0;
	mark(task);
	return 0;
}

/* After the move; of a whole process only its leader is told. */
SEC("tp_btf/cgroup_attach_task")
int BPF_PROG(on_move, struct cgroup *cgroup, const char *path, struct task_struct *task, bool is_whole)
{
	if (selection.selector != CG_WIRE_BY_CGROUP || find_task(task) || !is_in_cgroup(task))
		return 0;
	mark(task);
	if (is_whole)
		__sync_fetch_and_add(&selection.n_moved, 1);
	return 0;
}

#endif
