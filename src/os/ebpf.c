/*
 * See ebpf.h. libbpf loads what bpftool has wrapped into record.skel.h; bpf(2), libbpf's API.
 */
#include "os/ebpf.h"
#include "os/ebpf_load.h"

#include "record.skel.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define WALKS_LIMIT 64 /* over all tasks; each but the first finds children of those found by the one before */

struct cg_ebpf {
	struct cg_record *skeleton;
	int n_cpus;
	int main_pid;
	uint64_t n_moved; /* when last looked at */
};

static void fill(struct cg_record *skeleton, const struct cg_ebpf_options *options)
{
	memcpy((void *)(uintptr_t)skeleton->rodata->calls, options->calls,
	       CG_WIRE_CALLS * sizeof(options->calls[0]));
	skeleton->rodata->keeps_args = options->keeps_args;
	skeleton->rodata->keeps_time = options->keeps_time;
	skeleton->rodata->marks_listen = options->marks_listen;
	if (options->keeps_phases)
		bpf_map__set_max_entries(skeleton->maps.pages, 2 * CG_WIRE_FILES);
	if (options->keeps_args && options->n_sets)
		bpf_map__set_max_entries(skeleton->maps.sets, options->n_sets);
	if (options->keeps_time)
		bpf_map__set_max_entries(skeleton->maps.times, CG_WIRE_CALLS);
}

/* Not every x86 kernel has the old vsyscall page: its tracepoint is left out where the rest can do without it. */
static int load(struct cg_ebpf *ebpf, const struct cg_ebpf_options *options, bool has_vsyscall)
{
	int r;

	ebpf->skeleton = cg_record__open();
	if (!ebpf->skeleton)
		return -errno;
	fill(ebpf->skeleton, options);
	bpf_program__set_autoload(ebpf->skeleton->progs.on_vsyscall, has_vsyscall);
	bpf_program__set_autoload(ebpf->skeleton->progs.mark_selected, options->attaches);
	bpf_program__set_autoload(ebpf->skeleton->progs.on_move, options->attaches);
	r = cg_record__load(ebpf->skeleton);
	if (r < 0) {
		cg_record__destroy(ebpf->skeleton);
		ebpf->skeleton = NULL;
	}
	return r;
}

struct loading {
	struct cg_ebpf *ebpf;
	const struct cg_ebpf_options *options;
	bool has_vsyscall;
};

/* No other answer is taken for a want of vsyscalls. */
static int load_what_goes(void *context)
{
	struct loading *loading = context;
	int r = load(loading->ebpf, loading->options, loading->has_vsyscall);

	if (r < 0 && r != -EAGAIN && r != -EPERM && r != -ENOMEM && loading->has_vsyscall) {
		loading->has_vsyscall = false;
		r = load(loading->ebpf, loading->options, false);
	}
	return r;
}

static int attach(void *context)
{
	struct loading *loading = context;

	return cg_record__attach(loading->ebpf->skeleton);
}

int cg_ebpf_open(const struct cg_ebpf_options *options, struct cg_ebpf **ret_ebpf, struct cg_err *err)
{
	struct cg_ebpf *ebpf = calloc(1, sizeof(*ebpf));
	struct loading loading = { .ebpf = ebpf, .options = options, .has_vsyscall = true };
	int r;

	if (!ebpf)
		return cg_err_memory(err);
	ebpf->n_cpus = libbpf_num_possible_cpus();
	r = ebpf->n_cpus < 0 ? ebpf->n_cpus : cg_ebpf_load(load_what_goes, attach, &loading, err);
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
	if (ebpf->skeleton)
		cg_record__destroy(ebpf->skeleton);
	free(ebpf);
	return NULL;
}

int cg_ebpf_can(struct cg_err *err)
{
	static const struct cg_wire_call calls[CG_WIRE_CALLS];
	const struct cg_ebpf_options options = { .calls = calls };
	struct cg_ebpf *ebpf;
	int r = cg_ebpf_open(&options, &ebpf, err);

	if (r == 0)
		cg_ebpf_free(ebpf);
	return r;
}

static int mark_by_hand(struct cg_ebpf *ebpf, int pid)
{
	const struct cg_wire_task task = { .state = CG_WIRE_OUTSIDE, .call = CG_WIRE_CALLS };
	int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	int r = pidfd < 0 ? -errno : 0;

	if (r == 0)
		r = bpf_map_update_elem(bpf_map__fd(ebpf->skeleton->maps.tasks), &pidfd, &task, BPF_NOEXIST);
	if (pidfd >= 0)
		close(pidfd);
	if (r == 0) {
		ebpf->main_pid = pid;
		__atomic_add_fetch(&ebpf->skeleton->bss->totals.n_live, 1, __ATOMIC_SEQ_CST);
	}
	return r;
}

/* The program runs once for each task while the iterator is read. */
static int walk_tasks(struct cg_ebpf *ebpf)
{
	int fd = bpf_iter_create(bpf_link__fd(ebpf->skeleton->links.mark_selected));
	char nothing[64];
	ssize_t n;

	if (fd < 0)
		return fd;
	ebpf->skeleton->bss->selection.n_marked = 0;
	ebpf->skeleton->bss->selection.n_alive = 0;
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
	const volatile struct cg_wire_selection *selection = &ebpf->skeleton->bss->selection;
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
	struct cg_wire_selection *selection = &ebpf->skeleton->bss->selection;
	bool is_cgroup = target->selector == CG_EBPF_CGROUP;
	int r;

	selection->hierarchy = target->hierarchy;
	selection->cgroup = target->cgroup;
	selection->pid = target->pid;
	selection->is_launcher = target->is_launcher;
	/* Last: from here on forks and moves are looked at. */
	__atomic_store_n(&selection->selector, is_cgroup ? CG_WIRE_BY_CGROUP : CG_WIRE_BY_PROCESS, __ATOMIC_SEQ_CST);
	ebpf->skeleton->bss->totals.has_begun = !target->is_launcher;
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
	const volatile struct cg_wire_selection *selection = &ebpf->skeleton->bss->selection;
	int r = 0;

	if (selection->n_moved != ebpf->n_moved)
		r = mark_all(ebpf);
	if (r == 0 && recount) {
		r = walk_tasks(ebpf);
		if (r == 0 && selection->n_alive + selection->n_marked == 0)
			ebpf->skeleton->bss->totals.n_live = 0;
	}
	return r;
}

void cg_ebpf_mark(struct cg_ebpf *ebpf)
{
	__atomic_store_n(&ebpf->skeleton->bss->totals.phase, CG_WIRE_FILES, __ATOMIC_SEQ_CST);
}

void cg_ebpf_totals(const struct cg_ebpf *ebpf, struct cg_wire_totals *ret_totals)
{
	const volatile struct cg_wire_totals *totals = &ebpf->skeleton->bss->totals;

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

	bpf_object__for_each_program(program, ebpf->skeleton->obj) {
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

static void add_cell(struct cg_wire_cell *sum, const struct cg_wire_cell *cell)
{
	sum->n_returned += cell->n_returned;
	sum->n_restarted += cell->n_restarted;
	sum->n_began += cell->n_began;
	sum->n_ended += cell->n_ended;
	sum->n_denied += cell->n_denied;
	sum->n_other_errors += cell->n_other_errors;
}

static bool is_zero(const struct cg_wire_cell *cell)
{
	return !(cell->n_returned | cell->n_restarted | cell->n_began | cell->n_ended | cell->n_denied);
}

/* All cells, summed over the CPUs; the caller's. NULL and *ret_r. */
static struct cg_wire_cell *read_cells(const struct cg_ebpf *ebpf, int *ret_r)
{
	struct cg_wire_cell *sums = calloc(CG_WIRE_CELLS, sizeof(*sums));
	struct cg_wire_chunk *chunks = calloc((size_t)ebpf->n_cpus, sizeof(*chunks));
	int fd = bpf_map__fd(ebpf->skeleton->maps.chunks);

	*ret_r = sums && chunks ? 0 : -ENOMEM;
	for (uint32_t at = 0; *ret_r == 0 && at < CG_WIRE_CELLS / CG_WIRE_CHUNK; at++) {
		*ret_r = bpf_map_lookup_elem(fd, &at, chunks);
		for (int cpu = 0; *ret_r == 0 && cpu < ebpf->n_cpus; cpu++)
			for (uint32_t i = 0; i < CG_WIRE_CHUNK; i++)
				add_cell(&sums[at * CG_WIRE_CHUNK + i], &chunks[cpu].cells[i]);
	}
	free(chunks);
	if (*ret_r < 0) {
		free(sums);
		sums = NULL;
	}
	return sums;
}

typedef int count_taker(void *context, const struct cg_ebpf_count *count);

static int give(struct cg_ebpf_count *count, const struct cg_wire_cell *sums, count_taker *each, void *context)
{
	if (count->cell >= CG_WIRE_CELLS)
		return 0;
	count->sum = sums[count->cell];
	return is_zero(&count->sum) ? 0 : each(context, count);
}

static int walk_page(uint32_t program, const struct cg_wire_page *page, const struct cg_wire_cell *sums,
		     count_taker *each, void *context)
{
	int r = 0;

	for (uint32_t i = 0; r == 0 && i < CG_WIRE_CALLS; i++) {
		struct cg_ebpf_count count = {
			.cell = page->cells[i],
			.program = program % CG_WIRE_FILES,
			.is_serving = program >= CG_WIRE_FILES,
			.arch = i / CG_WIRE_NRS,
			.nr = i % CG_WIRE_NRS,
		};

		if (count.arch == CG_WIRE_X32)
			count.nr |= 0x40000000U;
		if (count.cell)
			r = give(&count, sums, each, context);
	}
	return r;
}

static int walk_pages(const struct cg_ebpf *ebpf, const struct cg_wire_cell *sums, count_taker *each, void *context)
{
	struct cg_wire_page *page = malloc(sizeof(*page));
	struct cg_wire_totals totals;
	int r = page ? 0 : -ENOMEM;

	cg_ebpf_totals(ebpf, &totals);
	/* Phase by phase; that of serving has no pages before the mark. */
	for (uint32_t phase = 0; phase <= totals.phase; phase += CG_WIRE_FILES) {
		for (uint32_t i = 0; r == 0 && i < totals.n_files + CG_WIRE_FIRST_FILE && i < CG_WIRE_FILES; i++) {
			uint32_t program = phase + i;

			r = bpf_map_lookup_elem(bpf_map__fd(ebpf->skeleton->maps.pages), &program, page);
			if (r == 0)
				r = walk_page(program, page, sums, each, context);
		}
	}
	free(page);
	return r;
}

static int walk_odd(const struct cg_ebpf *ebpf, const struct cg_wire_cell *sums, count_taker *each, void *context)
{
	int fd = bpf_map__fd(ebpf->skeleton->maps.odd_cells), r = 0;
	struct cg_wire_odd_key key, *last = NULL;

	while (r == 0 && bpf_map_get_next_key(fd, last, &key) == 0) {
		struct cg_ebpf_count count = { .program = key.program % CG_WIRE_FILES,
						 .is_serving = key.program >= CG_WIRE_FILES,
						 .arch = key.arch,
						 .nr = key.nr };

		last = &key;
		if (bpf_map_lookup_elem(fd, &key, &count.cell) == 0)
			r = give(&count, sums, each, context);
	}
	return r;
}

int cg_ebpf_counts(const struct cg_ebpf *ebpf, int (*each)(void *context, const struct cg_ebpf_count *count),
		   void *context)
{
	struct cg_ebpf_count unlisted = { .cell = CG_WIRE_UNLISTED, .is_unlisted = true };
	int r;
	struct cg_wire_cell *sums = read_cells(ebpf, &r);

	if (r == 0)
		r = walk_pages(ebpf, sums, each, context);
	if (r == 0)
		r = walk_odd(ebpf, sums, each, context);
	if (r == 0)
		r = give(&unlisted, sums, each, context);
	free(sums);
	return r;
}

int cg_ebpf_errors(const struct cg_ebpf *ebpf,
		   int (*each)(void *context, const struct cg_wire_error_key *key, uint64_t count), void *context)
{
	int fd = bpf_map__fd(ebpf->skeleton->maps.errors), r = 0;
	struct cg_wire_error_key key, *last = NULL;
	uint64_t count;

	while (r == 0 && bpf_map_get_next_key(fd, last, &key) == 0) {
		last = &key;
		if (bpf_map_lookup_elem(fd, &key, &count) == 0)
			r = each(context, &key, count);
	}
	return r;
}

int cg_ebpf_set(const struct cg_ebpf *ebpf, uint32_t id, struct cg_wire_set *ret_set)
{
	return bpf_map_lookup_elem(bpf_map__fd(ebpf->skeleton->maps.sets), &id, ret_set);
}

int cg_ebpf_time(const struct cg_ebpf *ebpf, uint32_t call, struct cg_wire_time *ret_time)
{
	struct cg_wire_time *times = calloc((size_t)ebpf->n_cpus, sizeof(*times)), sum = { 0 };
	int r = times ? bpf_map_lookup_elem(bpf_map__fd(ebpf->skeleton->maps.times), &call, times) : -ENOMEM;

	for (int cpu = 0; r == 0 && cpu < ebpf->n_cpus; cpu++) {
		sum.n += times[cpu].n;
		sum.total_ns += times[cpu].total_ns;
		if (times[cpu].max_ns > sum.max_ns)
			sum.max_ns = times[cpu].max_ns;
		for (int i = 0; i < CG_WIRE_BUCKETS; i++)
			sum.buckets[i] += times[cpu].buckets[i];
	}
	free(times);
	if (r == 0)
		*ret_time = sum;
	return r;
}

int cg_ebpf_file(const struct cg_ebpf *ebpf, uint32_t id, uint32_t *ret_kinds, uint64_t *ret_namespace,
		 char **ret_path)
{
	struct cg_wire_file *file = malloc(sizeof(*file));
	char *path = NULL;
	int r = file ? bpf_map_lookup_elem(bpf_map__fd(ebpf->skeleton->maps.files), &id, file) : -ENOMEM;

	if (r == 0 && file->kinds == 0)
		r = -ENOENT;
	if (r == 0 && file->start > 0 && file->start < CG_WIRE_PATH) {
		path = strndup(file->path + file->start, CG_WIRE_PATH - file->start);
		r = path ? 0 : -ENOMEM;
	}
	if (r == 0) {
		*ret_kinds = file->kinds;
		*ret_namespace = file->namespace;
		*ret_path = path;
	}
	free(file);
	return r;
}

void cg_ebpf_kill_all(const struct cg_ebpf *ebpf)
{
	int fd = bpf_map__fd(ebpf->skeleton->maps.processes);
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
