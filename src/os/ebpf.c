/*
 * See ebpf.h: whom to record, and how it goes. What was counted is read by ebpf_read.c. bpf(2), libbpf's API.
 */
#include "os/ebpf.h"
#include "os/ebpf_programs.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define WALKS_LIMIT 64 /* over all tasks; each but the first finds children of those found by the one before */

int cg_ebpf_open(const struct cg_ebpf_options *options, struct cg_ebpf **ret_ebpf, struct cg_err *err)
{
	struct cg_ebpf *ebpf = calloc(1, sizeof(*ebpf));
	int r;

	if (!ebpf)
		return cg_err_memory(err);
	ebpf->n_cpus = libbpf_num_possible_cpus();
	r = ebpf->n_cpus < 0 ? ebpf->n_cpus : cg_ebpf_programs_load(options, &ebpf->programs, err);
	if (r < 0) {
		cg_ebpf_free(ebpf);
		return r;
	}
	*ret_ebpf = ebpf;
	return 0;
}

struct cg_ebpf *cg_ebpf_free(struct cg_ebpf *ebpf)
{
	if (!ebpf)
		return NULL;
	cg_ebpf_programs_done(&ebpf->programs);
	free(ebpf);
	return NULL;
}

static int can(bool attaches, struct cg_err *err)
{
	static const struct cg_wire_call calls[CG_WIRE_CALLS];
	const struct cg_ebpf_options options = { .calls = calls, .attaches = attaches };
	struct cg_ebpf *ebpf;
	int r = cg_ebpf_open(&options, &ebpf, err);

	if (r == 0)
		cg_ebpf_free(ebpf);
	return r;
}

int cg_ebpf_can(struct cg_err *err)
{
	return can(false, err);
}

int cg_ebpf_can_attach(struct cg_err *err)
{
	return can(true, err);
}

static int mark_by_hand(struct cg_ebpf *ebpf, int pid)
{
	const struct cg_wire_task task = { .state = CG_WIRE_OUTSIDE, .call = CG_WIRE_CALLS };
	int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	int key = ebpf->programs.is_plain ? pid : pidfd, r = pidfd < 0 ? -errno : 0;

	if (r == 0)
		r = bpf_map_update_elem(ebpf->programs.tasks, &key, &task, BPF_NOEXIST);
	if (pidfd >= 0)
		close(pidfd);
	if (r == 0) {
		ebpf->main_pid = pid;
		__atomic_add_fetch(&ebpf->programs.totals->n_live, 1, __ATOMIC_SEQ_CST);
	}
	return r;
}

/* The program runs once for each task while the iterator is read. */
static int walk_tasks(struct cg_ebpf *ebpf)
{
	int fd = bpf_iter_create(ebpf->programs.walk);
	char nothing[64];
	ssize_t n;

	if (fd < 0)
		return fd;
	ebpf->programs.selection->n_marked = 0;
	ebpf->programs.selection->n_alive = 0;
	do
		n = read(fd, nothing, sizeof(nothing));
	while (n > 0 || (n < 0 && (errno == EINTR || errno == EAGAIN)));
	n = n < 0 ? -errno : 0;
	close(fd);
	return (int)n;
}

/*
 * Until a walk finds nobody new: whoever is made by a task that is marked is marked at once, so only the children of
 * those found last can have been missed.
 */
static int mark_all(struct cg_ebpf *ebpf)
{
	const volatile struct cg_wire_selection *selection = ebpf->programs.selection;
	int r;

	ebpf->n_moved = selection->n_moved;
	for (int i = 0; i < WALKS_LIMIT; i++) {
		r = walk_tasks(ebpf);
		if (r < 0 || (i > 0 && selection->n_marked == 0))
			return r;
	}
	return 0;
}

static int select_running(struct cg_ebpf *ebpf, const struct cg_ebpf_target *target)
{
	struct cg_wire_selection *selection = ebpf->programs.selection;
	bool is_cgroup = target->selector == CG_EBPF_CGROUP;
	int r;

	selection->hierarchy = target->hierarchy;
	selection->cgroup = target->cgroup;
	selection->pid = target->pid;
	selection->is_launcher = target->is_launcher;
	/* Last: from here on forks and moves are looked at. */
	__atomic_store_n(&selection->selector, is_cgroup ? CG_WIRE_BY_CGROUP : CG_WIRE_BY_PROCESS, __ATOMIC_SEQ_CST);
	ebpf->programs.totals->has_begun = !target->is_launcher;
	r = mark_all(ebpf);
	if (r == 0 && !is_cgroup && !selection->root)
		r = -ESRCH;
	return r;
}

int cg_ebpf_select(struct cg_ebpf *ebpf, const struct cg_ebpf_target *target, struct cg_err *err)
{
	int r = target->selector == CG_EBPF_TREE ? mark_by_hand(ebpf, target->pid) : select_running(ebpf, target);

	if (r < 0 && target->selector == CG_EBPF_CGROUP)
		return cg_err_set(err, r, NULL, "the cgroup cannot be recorded: %s", strerror(-r));
	if (r < 0)
		return cg_err_set(err, r, NULL, "process %d cannot be recorded: %s", target->pid, strerror(-r));
	return 0;
}

int cg_ebpf_look_again(struct cg_ebpf *ebpf, bool recount)
{
	const volatile struct cg_wire_selection *selection = ebpf->programs.selection;
	int r = 0;

	if (selection->n_moved != ebpf->n_moved)
		r = mark_all(ebpf);
	if (r == 0 && recount) {
		r = walk_tasks(ebpf);
		if (r == 0 && selection->n_alive + selection->n_marked == 0)
			ebpf->programs.totals->n_live = 0;
	}
	return r;
}

bool cg_ebpf_is_plain(const struct cg_ebpf *ebpf)
{
	return ebpf->programs.is_plain;
}

void cg_ebpf_mark(struct cg_ebpf *ebpf)
{
	__atomic_store_n(&ebpf->programs.totals->phase, CG_WIRE_FILES, __ATOMIC_SEQ_CST);
}

void cg_ebpf_totals(const struct cg_ebpf *ebpf, struct cg_wire_totals *ret_totals)
{
	const volatile struct cg_wire_totals *totals = ebpf->programs.totals;

	*ret_totals = (struct cg_wire_totals){
		.n_live = totals->n_live,
		.n_lost_tasks = totals->n_lost_tasks,
		.n_lost_files = totals->n_lost_files,
		.n_cells = totals->n_cells,
		.n_files = totals->n_files,
		.has_begun = totals->has_begun,
		.main_tid = totals->main_tid,
		.phase = totals->phase,
		.listener = totals->listener,
		.waiter = totals->waiter,
		.waits_in = totals->waits_in,
		.waits_program = totals->waits_program,
	};
}

int cg_ebpf_misses(const struct cg_ebpf *ebpf, uint64_t *ret_n_misses)
{
	struct bpf_program *program;
	uint64_t n_misses = 0;

	bpf_object__for_each_program(program, ebpf->programs.object) {
		struct bpf_prog_info info = { 0 };
		__u32 size = sizeof(info);
		int r = bpf_program__autoload(program) ?
				bpf_obj_get_info_by_fd(bpf_program__fd(program), &info, &size) :
				0;

		if (r < 0)
			return r;
		n_misses += info.recursion_misses;
	}
	*ret_n_misses = n_misses;
	return 0;
}

void cg_ebpf_kill_all(const struct cg_ebpf *ebpf)
{
	int fd = ebpf->programs.processes;
	uint32_t key, *last = NULL;
	struct cg_wire_totals totals;

	cg_ebpf_totals(ebpf, &totals);
	/* The kernel's ids are ours only in its first pid namespace. */
	if (!totals.has_begun || totals.main_tid != (uint32_t)ebpf->main_pid)
		return;
	/* A key that goes meanwhile begins the walk anew. */
	for (int i = 0; i < CG_WIRE_PROCESSES && bpf_map_get_next_key(fd, last, &key) == 0; i++) {
		kill((pid_t)key, SIGKILL);
		last = &key;
	}
}
