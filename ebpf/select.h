/*
 * Whom to record when it runs already: a process with its descendants, or a cgroup of any hierarchy. Part of
 * record.bpf.c.
 *
 * In: the selection that the recorder has written. Out: marks. All tasks are walked when the recorder asks for it;
 * afterwards children are marked as they are made, and processes when they are moved into the cgroup, so that nothing
 * has to be asked when a call is made.
 *
 * Kernel: kernel/bpf/task_iter.c.
 */
#ifndef CG_EBPF_SELECT_H
#define CG_EBPF_SELECT_H

#include "member.h"

#define PF_EXITING 0x00000004 /* linux/sched.h */
#define PF_KTHREAD 0x00200000

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

/* The walk runs in it: what it calls in order to record is nobody's work, wherever it stands. */
static __always_inline bool is_recorder(const struct task_struct *task)
{
	return task->tgid == bpf_get_current_task_btf()->tgid;
}

SEC("iter/task")
int mark_selected(struct bpf_iter__task *context)
{
	struct task_struct *task = context->task;

	note_own_root();
	if (!task || task->flags & (PF_EXITING | PF_KTHREAD) || is_recorder(task))
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
