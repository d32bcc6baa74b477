/*
 * See ebpf_programs.h. libbpf loads what bpftool has wrapped into record.skel.h and plain.skel.h.
 */
#include "os/ebpf_programs.h"

#include "base/cleanup.h"
#include "os/ebpf_load.h"
#include "os/file.h"

#include "plain.skel.h"
#include "record.skel.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define FIRST_PID_NAMESPACE 0xeffffffcU /* PROC_PID_INIT_INO */
#define FORMAT_LIMIT 65536 /* bytes of a tracepoint's description */

struct loading {
	struct cg_ebpf_programs *programs;
	const struct cg_ebpf_options *options;
	const struct cg_wire_places *places; /* NULL: not for plain programs */
	struct cg_wire_settings *settings;
	struct bpf_object_skeleton *skeleton;
	bool has_vsyscall;
};

static void destroy_record(void *skeleton)
{
	cg_record__destroy(skeleton);
}

static void destroy_plain(void *skeleton)
{
	cg_plain__destroy(skeleton);
}

static bool open_record(struct loading *loading)
{
	struct cg_record *record = cg_record__open();

	if (!record)
		return false;
	loading->skeleton = record->skeleton;
	loading->settings = (struct cg_wire_settings *)(uintptr_t)&record->rodata->settings;
	bpf_program__set_autoload(record->progs.on_vsyscall, loading->has_vsyscall);
	bpf_program__set_autoload(record->progs.mark_selected, loading->options->attaches);
	bpf_program__set_autoload(record->progs.on_move, loading->options->attaches);
	*loading->programs = (struct cg_ebpf_programs){
		.skeleton = record, .object = record->obj, .destroy = destroy_record, .walk = -1,
	};
	return true;
}

static bool open_plain(struct loading *loading)
{
	struct cg_plain *plain = cg_plain__open();

	if (!plain)
		return false;
	loading->skeleton = plain->skeleton;
	loading->settings = (struct cg_wire_settings *)(uintptr_t)&plain->rodata->settings;
	memcpy((void *)(uintptr_t)&plain->rodata->places, loading->places, sizeof(*loading->places));
	bpf_program__set_autoload(plain->progs.on_vsyscall, loading->has_vsyscall);
	*loading->programs = (struct cg_ebpf_programs){
		.skeleton = plain, .object = plain->obj, .destroy = destroy_plain, .walk = -1, .is_plain = true,
	};
	return true;
}

static void set_size(const struct loading *loading, const char *map, unsigned int n)
{
	bpf_map__set_max_entries(bpf_object__find_map_by_name(loading->programs->object, map), n);
}

static void fill(const struct loading *loading)
{
	const struct cg_ebpf_options *options = loading->options;

	memcpy(loading->settings->calls, options->calls, sizeof(loading->settings->calls));
	loading->settings->keeps_args = options->keeps_args;
	loading->settings->keeps_time = options->keeps_time;
	loading->settings->marks_listen = options->marks_listen;
	if (options->keeps_phases)
		set_size(loading, "pages", 2 * CG_WIRE_FILES);
	if (options->keeps_args && options->n_sets)
		set_size(loading, "sets", options->n_sets);
	if (options->keeps_time)
		set_size(loading, "times", CG_WIRE_CALLS);
}

static int load(struct loading *loading)
{
	int r;

	if (!(loading->places ? open_plain(loading) : open_record(loading)))
		return -errno;
	fill(loading);
	r = bpf_object__load_skeleton(loading->skeleton);
	if (r < 0)
		cg_ebpf_programs_done(loading->programs);
	return r;
}

/* Not every x86 kernel has the old vsyscall page; no other answer is taken for a want of its tracepoint. */
static int load_what_goes(void *context)
{
	struct loading *loading = context;
	int r = load(loading);

	if (r < 0 && r != -EAGAIN && r != -EPERM && r != -ENOMEM && loading->has_vsyscall) {
		loading->has_vsyscall = false;
		r = load(loading);
	}
	return r;
}

static int attach(void *context)
{
	struct loading *loading = context;

	return bpf_object__attach_skeleton(loading->skeleton);
}

static int map_of(const struct cg_ebpf_programs *programs, const char *name)
{
	return bpf_object__find_map_fd_by_name(programs->object, name);
}

static void find_maps(struct cg_ebpf_programs *programs)
{
	programs->tasks = map_of(programs, "tasks");
	programs->pages = map_of(programs, "pages");
	programs->odd_cells = map_of(programs, "odd_cells");
	programs->chunks = map_of(programs, "chunks");
	programs->errors = map_of(programs, "errors");
	programs->sets = map_of(programs, "sets");
	programs->times = map_of(programs, "times");
	programs->files = map_of(programs, "files");
	programs->processes = map_of(programs, "processes");
	if (programs->is_plain) {
		struct cg_plain *plain = programs->skeleton;

		programs->totals = &plain->bss->totals;
		programs->selection = &plain->bss->selection;
	} else {
		struct cg_record *record = programs->skeleton;

		programs->totals = &record->bss->totals;
		programs->selection = &record->bss->selection;
		if (record->links.mark_selected)
			programs->walk = bpf_link__fd(record->links.mark_selected);
	}
}

/* "	field:pid_t child_pid;	offset:20;	size:4;	signed:1;" */
static bool find_field(const char *format, const char *name, __u32 *ret_place)
{
	char pattern[64];
	const char *at;

	snprintf(pattern, sizeof(pattern), " %s;\toffset:", name);
	at = strstr(format, pattern);
	return at && sscanf(at + strlen(pattern), "%u", ret_place) == 1;
}

static int read_format(const char *event, struct cg_text *text)
{
	static const char *const folders[] = { "/sys/kernel/tracing", "/sys/kernel/debug/tracing" };
	char path[128];
	int r = -ENOENT;

	for (size_t i = 0; r < 0 && i < CG_N_ITEMS(folders); i++) {
		cg_text_clear(text);
		snprintf(path, sizeof(path), "%s/events/sched/%s/format", folders[i], event);
		r = cg_file_read(path, FORMAT_LIMIT, text, NULL);
	}
	return r;
}

static int find_places(struct cg_wire_places *ret_places, struct cg_err *err)
{
	CG_CLEANUP(cg_text_done) struct cg_text fork = { 0 };
	CG_CLEANUP(cg_text_done) struct cg_text exec = { 0 };

	if (read_format("sched_process_fork", &fork) < 0 || read_format("sched_process_exec", &exec) < 0)
		return cg_err_set(err, -ENOSYS, NULL,
				  "this kernel has no BTF, and tracefs is not mounted at /sys/kernel/tracing");
	if (!find_field(cg_text_get(&fork), "child_pid", &ret_places->forked) ||
	    !find_field(cg_text_get(&exec), "pid", &ret_places->executed) ||
	    !find_field(cg_text_get(&exec), "old_pid", &ret_places->executed_by) ||
	    !find_field(cg_text_get(&exec), "filename", &ret_places->executed_name))
		return cg_err_set(err, -ENOSYS, NULL, "this kernel has no BTF, and other tracepoints than are known");
	return 0;
}

/* Ids of threads are the kernel's own only in its first pid namespace: include/linux/proc_ns.h. */
static bool is_in_first_namespace(void)
{
	struct stat status;

	return stat("/proc/self/ns/pid", &status) == 0 && status.st_ino == FIRST_PID_NAMESPACE;
}

static int load_plain(struct loading *loading, struct cg_err *err)
{
	struct cg_wire_places places;
	int r = find_places(&places, err);

	if (r == 0 && !is_in_first_namespace())
		return cg_err_set(err, -ENOSYS, NULL, "this kernel has no BTF: then only the machine's own pid namespace "
						      "can be recorded from, not a container");
	loading->places = &places;
	loading->has_vsyscall = true;
	if (r == 0)
		r = cg_ebpf_load(load_what_goes, attach, loading, err);
	return r;
}

int cg_ebpf_programs_load(const struct cg_ebpf_options *options, struct cg_ebpf_programs *programs, struct cg_err *err)
{
	struct loading loading = { .programs = programs, .options = options, .has_vsyscall = true };
	int r = cg_ebpf_load(load_what_goes, attach, &loading, err);

	if (r == -ENOSYS && !options->attaches) {
		cg_ebpf_programs_done(programs);
		r = load_plain(&loading, err);
	}
	if (r == 0)
		find_maps(programs);
	else
		cg_ebpf_programs_done(programs);
	return r;
}

void cg_ebpf_programs_done(struct cg_ebpf_programs *programs)
{
	if (programs->skeleton)
		programs->destroy(programs->skeleton);
	*programs = (struct cg_ebpf_programs){ .walk = -1 };
}
