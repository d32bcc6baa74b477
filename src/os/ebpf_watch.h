/*
 * The watching programs: loaded, attached, and read. ebpf/watch.bpf.c is what runs in the kernel; ebpf/watch.h what its
 * maps hold.
 *
 * In: whom to watch. Out: denials, one by one or summed, and the filters that answered. Everything hangs on descriptors
 * of this process: when it ends, however it ends, the kernel detaches and frees all of it.
 *
 * ebpf_watch.c where the build has clang, bpftool and libbpf; else ebpf_watch-none.c, whose only answer is -ENOSYS.
 */
#ifndef CG_OS_EBPF_WATCH_H
#define CG_OS_EBPF_WATCH_H

#include "base/err.h"
#include "ebpf/watch.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CG_EBPF_WATCH_MS 200 /* between two looks at the sums, while there is something to watch */
#define CG_EBPF_WATCH_BATCH 4096 /* records that one look at the ring takes at most */

struct cg_ebpf_watch;

/* Everything on this machine; or a cgroup with all below it; or a process with its threads and descendants. */
struct cg_ebpf_watch_options {
	bool tells_all; /* each denial by itself, while the reader keeps up; else those alike are summed */
	int pid; /* 0: not that */
	uint64_t cgroup; /* its id in the hierarchy of that number; 0: not that */
	uint32_t hierarchy;
	uint32_t other_hierarchy; /* of cgroup v1, in which tasks are told too; 0: none */
};

/* Errors: -EPERM no privilege, -ENOSYS not built in, or this kernel cannot; -ESRCH no such process. */
int cg_ebpf_watch_open(const struct cg_ebpf_watch_options *options, struct cg_ebpf_watch **ret_watch,
		       struct cg_err *err);
struct cg_ebpf_watch *cg_ebpf_watch_free(struct cg_ebpf_watch *watch);

/* Readable when there is something in the ring, and when it is time to look at the sums. */
int cg_ebpf_watch_descriptor(const struct cg_ebpf_watch *watch);

struct cg_ebpf_watch_sink {
	/* `n` of them; with n above 1, boot_ns is when they were read. */
	int (*denial)(void *context, const struct cg_watch_denial *denial, uint64_t n);
	/* n_insns of its instructions are there. */
	int (*filter)(void *context, const struct cg_watch_filter *filter);
	void *context;
};

/* What is in the ring. Positive: it was not all. 0; or a negative errno of the sink. */
int cg_ebpf_watch_read(struct cg_ebpf_watch *watch, const struct cg_ebpf_watch_sink *sink);
/* Is it time to look at the sums? Once in CG_EBPF_WATCH_MS. */
bool cg_ebpf_watch_is_due(struct cg_ebpf_watch *watch);
/* What was summed since the last time. */
int cg_ebpf_watch_sums(struct cg_ebpf_watch *watch, const struct cg_ebpf_watch_sink *sink);

/* Since the beginning. `n_misses`: programs that the kernel skipped, each an entry or an exit not seen. */
void cg_ebpf_watch_totals(const struct cg_ebpf_watch *watch, struct cg_watch_totals *ret_totals,
			  uint64_t *ret_n_misses);

/* The path of a program, as its own processes see it. -ENOENT: not known (any more). */
int cg_ebpf_watch_program(const struct cg_ebpf_watch *watch, const struct cg_wire_file_key *key, char *ret_path,
			  size_t size);
/* The path of a cgroup that was made since the watch began. -ENOENT: none such. */
int cg_ebpf_watch_cgroup(const struct cg_ebpf_watch *watch, uint32_t hierarchy, uint64_t id, char *ret_path,
			 size_t size);

/* Nanoseconds since the epoch, of a time of CLOCK_BOOTTIME, as the clock is set now. */
uint64_t cg_ebpf_watch_time(uint64_t boot_ns);

#endif
