/*
 * See ebpf_watch.h. libbpf loads what bpftool has wrapped into watch.skel.h; bpf(2), libbpf's API.
 *
 * A slot that nobody counted in for a while is given back, so that the next denial of its kind is told at once, and
 * others find room. Who counts in it in this very moment may add to the slot's next kind: the sum stays right.
 */
#include "os/ebpf_watch.h"
#include "os/ebpf_load.h"

#include "watch.skel.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#define IDLE_MS 5000
#define IDLE_SCARCE_MS 400 /* when few slots are free */
#define WALKS_LIMIT 64

struct cg_ebpf_watch {
	struct cg_watch_programs *skeleton;
	struct ring_buffer *ring;
	int descriptor; /* the ring's and the timer's, as one */
	int timer;
	const struct cg_ebpf_watch_sink *sink; /* while the ring is read */
	int n_read; /* in one look at the ring */
	int failure; /* of the sink */
	uint64_t looked_ms; /* for idle slots */
	uint64_t used_ms[CG_WATCH_SLOTS]; /* when something was last counted in it; 0: not known to be in use */
};

static uint64_t clock_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static uint64_t clock_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

uint64_t cg_ebpf_watch_time(uint64_t boot_ns)
{
	return boot_ns + (clock_ns(CLOCK_REALTIME) - clock_ns(CLOCK_BOOTTIME));
}

struct opening {
	struct cg_ebpf_watch *watch;
	const struct cg_ebpf_watch_options *options;
};

static int load(void *context)
{
	const struct opening *opening = context;
	struct cg_watch_programs *skeleton = cg_watch_programs__open();
	int r;

	if (!skeleton)
		return -errno;
	skeleton->rodata->tells_all = opening->options->tells_all;
	skeleton->rodata->other_hierarchy = opening->options->other_hierarchy;
	r = cg_watch_programs__load(skeleton);
	if (r < 0)
		cg_watch_programs__destroy(skeleton);
	else
		opening->watch->skeleton = skeleton;
	return r;
}

static int fill_slots(const struct cg_watch_programs *skeleton)
{
	int fd = bpf_map__fd(skeleton->maps.free_slots), r = 0;

	for (uint32_t slot = 0; r == 0 && slot < CG_WATCH_SLOTS; slot++)
		r = bpf_map_update_elem(fd, NULL, &slot, BPF_ANY);
	return r;
}

/* Before they are attached: whom to watch, and where to count. */
static int attach(void *context)
{
	const struct opening *opening = context;
	const struct cg_ebpf_watch_options *options = opening->options;
	struct cg_watch_programs *skeleton = opening->watch->skeleton;
	struct cg_wire_selection *selection = &skeleton->bss->selection;
	int r = fill_slots(skeleton);

	selection->hierarchy = options->hierarchy;
	selection->cgroup = options->cgroup;
	selection->pid = options->pid;
	selection->selector = options->pid    ? CG_WIRE_BY_PROCESS :
			      options->cgroup ? CG_WIRE_BY_CGROUP :
						CG_WIRE_BY_HAND;
	return r < 0 ? r : cg_watch_programs__attach(skeleton);
}

static int walk_tasks(struct cg_watch_programs *skeleton)
{
	int fd = bpf_iter_create(bpf_link__fd(skeleton->links.look_at_task));
	char nothing[64];
	ssize_t n;

	if (fd < 0)
		return fd;
	skeleton->bss->selection.n_marked = 0;
	do
		n = read(fd, nothing, sizeof(nothing));
	while (n > 0 || (n < 0 && (errno == EINTR || errno == EAGAIN)));
	n = n < 0 ? -errno : 0;
	close(fd);
	return (int)n;
}

/* As long as a walk finds descendants that the one before it did not: os/ebpf.c. */
static int walk(struct cg_watch_programs *skeleton, const struct cg_ebpf_watch_options *options)
{
	const volatile struct cg_wire_selection *selection = &skeleton->bss->selection;
	int r = walk_tasks(skeleton);

	for (int i = 0; i < WALKS_LIMIT && r == 0 && options->pid && selection->n_marked; i++)
		r = walk_tasks(skeleton);
	if (r == 0 && options->pid && !selection->root)
		r = -ESRCH;
	return r;
}

static int take_record(void *context, void *data, size_t size)
{
	struct cg_ebpf_watch *watch = context;
	const struct cg_watch_denial *denial = data;
	int r = denial->record == CG_WATCH_FILTER ? watch->sink->filter(watch->sink->context, data) :
						    watch->sink->denial(watch->sink->context, denial, 1);

	watch->n_read++;
	watch->failure = r < 0 ? r : 0;
	return r < 0 || watch->n_read >= CG_EBPF_WATCH_BATCH ? -ECANCELED : 0;
}

/* One descriptor to wait for: something is in the ring, or it is time to look at the sums. */
static int join_descriptors(struct cg_ebpf_watch *watch)
{
	const struct itimerspec interval = {
		.it_interval.tv_nsec = CG_EBPF_WATCH_MS * 1000000L,
		.it_value.tv_nsec = CG_EBPF_WATCH_MS * 1000000L,
	};
	struct epoll_event wanted = { .events = EPOLLIN };

	watch->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	watch->descriptor = epoll_create1(EPOLL_CLOEXEC);
	if (watch->timer < 0 || watch->descriptor < 0 || timerfd_settime(watch->timer, 0, &interval, NULL) < 0 ||
	    epoll_ctl(watch->descriptor, EPOLL_CTL_ADD, watch->timer, &wanted) < 0 ||
	    epoll_ctl(watch->descriptor, EPOLL_CTL_ADD, ring_buffer__epoll_fd(watch->ring), &wanted) < 0)
		return -errno;
	return 0;
}

static int begin(struct cg_ebpf_watch *watch, const struct cg_ebpf_watch_options *options, struct cg_err *err)
{
	struct opening opening = { .watch = watch, .options = options };
	int r = cg_ebpf_load(load, attach, &opening, err);

	if (r < 0)
		return r;
	r = walk(watch->skeleton, options);
	if (r < 0)
		return cg_err_set(err, r, NULL, "%s cannot be watched: %s",
				  options->pid ? "this process" : "what runs already", strerror(-r));
	watch->ring = ring_buffer__new(bpf_map__fd(watch->skeleton->maps.ring), take_record, watch, NULL);
	r = watch->ring ? join_descriptors(watch) : -errno;
	if (r < 0)
		cg_err_set(err, r, NULL, "the ring buffer of eBPF cannot be read: %s", strerror(-r));
	return r;
}

int cg_ebpf_watch_open(const struct cg_ebpf_watch_options *options, struct cg_ebpf_watch **ret_watch,
		       struct cg_err *err)
{
	struct cg_ebpf_watch *watch = calloc(1, sizeof(*watch));
	int r;

	if (!watch)
		return cg_err_memory(err);
	watch->descriptor = watch->timer = -1;
	r = begin(watch, options, err);
	if (r < 0)
		cg_ebpf_watch_free(watch);
	else
		*ret_watch = watch;
	return r;
}

struct cg_ebpf_watch *cg_ebpf_watch_free(struct cg_ebpf_watch *watch)
{
	if (!watch)
		return NULL;
	if (watch->descriptor >= 0)
		close(watch->descriptor);
	if (watch->timer >= 0)
		close(watch->timer);
	ring_buffer__free(watch->ring);
	cg_watch_programs__destroy(watch->skeleton);
	free(watch);
	return NULL;
}

int cg_ebpf_watch_descriptor(const struct cg_ebpf_watch *watch)
{
	return watch->descriptor;
}

int cg_ebpf_watch_read(struct cg_ebpf_watch *watch, const struct cg_ebpf_watch_sink *sink)
{
	int r;

	watch->sink = sink;
	watch->n_read = 0;
	watch->failure = 0;
	r = ring_buffer__consume(watch->ring);
	watch->sink = NULL;
	if (watch->failure)
		return watch->failure;
	return r == -ECANCELED ? 1 : r < 0 ? r : 0;
}

bool cg_ebpf_watch_is_due(struct cg_ebpf_watch *watch)
{
	uint64_t n_ticks;

	return read(watch->timer, &n_ticks, sizeof(n_ticks)) == sizeof(n_ticks);
}

static int tell_sum(struct cg_ebpf_watch *watch, uint32_t slot, uint64_t n, const struct cg_ebpf_watch_sink *sink)
{
	struct cg_watch_denial denial;
	int r = bpf_map_lookup_elem(bpf_map__fd(watch->skeleton->maps.details), &slot, &denial);

	if (r < 0)
		return r;
	denial.boot_ns = clock_ns(CLOCK_BOOTTIME);
	return sink->denial(sink->context, &denial, n);
}

static int take_sum(struct cg_ebpf_watch *watch, uint32_t slot, uint64_t now, const struct cg_ebpf_watch_sink *sink)
{
	uint64_t n = __atomic_exchange_n(&watch->skeleton->bss->counts[slot], 0, __ATOMIC_SEQ_CST);

	if (n == 0)
		return 0;
	watch->used_ms[slot] = now;
	return tell_sum(watch, slot, n, sink);
}

static int give_back(struct cg_ebpf_watch *watch, const struct cg_watch_call *call, uint32_t slot,
		     const struct cg_ebpf_watch_sink *sink)
{
	int r = bpf_map_delete_elem(bpf_map__fd(watch->skeleton->maps.slots), call);

	if (r < 0)
		return r;
	r = take_sum(watch, slot, 0, sink);
	watch->used_ms[slot] = 0;
	__atomic_sub_fetch(&watch->skeleton->bss->totals.n_slots, 1, __ATOMIC_SEQ_CST);
	if (bpf_map_update_elem(bpf_map__fd(watch->skeleton->maps.free_slots), NULL, &slot, BPF_ANY) < 0)
		return -EIO;
	return r;
}

static int give_back_idle(struct cg_ebpf_watch *watch, uint64_t now, const struct cg_ebpf_watch_sink *sink)
{
	int fd = bpf_map__fd(watch->skeleton->maps.slots), r = 0;
	uint64_t n_slots = __atomic_load_n(&watch->skeleton->bss->totals.n_slots, __ATOMIC_SEQ_CST);
	uint64_t idle = n_slots < CG_WATCH_SLOTS / 2 ? IDLE_MS : IDLE_SCARCE_MS;
	struct cg_watch_call call, next;
	uint32_t slot;
	bool is_there = n_slots && bpf_map_get_next_key(fd, NULL, &next) == 0;

	/* The next key is asked for before this one goes. Where it goes elsewhere, the walk begins anew: hence a bound. */
	for (int i = 0; r == 0 && is_there && i < 2 * CG_WATCH_SLOTS; i++) {
		call = next;
		is_there = bpf_map_get_next_key(fd, &call, &next) == 0;
		if (bpf_map_lookup_elem(fd, &call, &slot) < 0 || slot >= CG_WATCH_SLOTS)
			continue;
		if (watch->used_ms[slot] == 0)
			watch->used_ms[slot] = now;
		else if (now - watch->used_ms[slot] >= idle)
			r = give_back(watch, &call, slot, sink);
	}
	return r;
}

int cg_ebpf_watch_sums(struct cg_ebpf_watch *watch, const struct cg_ebpf_watch_sink *sink)
{
	uint64_t now = clock_ms();
	int r = 0;

	for (uint32_t slot = 0; r == 0 && slot < CG_WATCH_SLOTS; slot++)
		r = take_sum(watch, slot, now, sink);
	if (r == 0 && now - watch->looked_ms >= IDLE_SCARCE_MS) {
		watch->looked_ms = now;
		r = give_back_idle(watch, now, sink);
	}
	return r;
}

void cg_ebpf_watch_totals(const struct cg_ebpf_watch *watch, struct cg_watch_totals *ret_totals,
			  uint64_t *ret_n_misses)
{
	const volatile struct cg_watch_totals *totals = &watch->skeleton->bss->totals;
	struct bpf_program *program;
	uint64_t n_misses = 0;

	*ret_totals = (struct cg_watch_totals){
		.n_denials = totals->n_denials,
		.n_lost = totals->n_lost,
		.n_untold_tasks = totals->n_untold_tasks,
		.n_slots = totals->n_slots,
	};
	bpf_object__for_each_program(program, watch->skeleton->obj) {
		struct bpf_prog_info info = { 0 };
		__u32 size = sizeof(info);

		if (bpf_obj_get_info_by_fd(bpf_program__fd(program), &info, &size) == 0)
			n_misses += info.recursion_misses;
	}
	*ret_n_misses = n_misses;
}

static int copy_path(const char *path, size_t length, char *ret_path, size_t size)
{
	if (length == 0 || length >= size)
		return -ENOENT;
	memcpy(ret_path, path, length);
	ret_path[length] = '\0';
	return 0;
}

int cg_ebpf_watch_program(const struct cg_ebpf_watch *watch, const struct cg_wire_file_key *key, char *ret_path,
			  size_t size)
{
	struct cg_wire_file *file = malloc(sizeof(*file));
	int r = file ? bpf_map_lookup_elem(bpf_map__fd(watch->skeleton->maps.programs), key, file) : -ENOMEM;

	if (r == 0 && (file->start == 0 || file->start >= CG_WIRE_PATH))
		r = -ENOENT;
	if (r == 0)
		r = copy_path(file->path + file->start, CG_WIRE_PATH - file->start, ret_path, size);
	free(file);
	return r;
}

int cg_ebpf_watch_cgroup(const struct cg_ebpf_watch *watch, uint32_t hierarchy, uint64_t id, char *ret_path,
			 size_t size)
{
	const struct cg_watch_cgroup_key key = { .id = id, .hierarchy = hierarchy };
	struct cg_watch_cgroup cgroup;
	int r = bpf_map_lookup_elem(bpf_map__fd(watch->skeleton->maps.cgroups), &key, &cgroup);

	return r < 0 ? r : copy_path(cgroup.path, strnlen(cgroup.path, sizeof(cgroup.path)), ret_path, size);
}
