/*
 * What the watching programs in the kernel and the reader share: the layout of their maps, and nothing else.
 *
 * Read by clang for the BPF target and by the host's compiler: fixed-width types only. Every size here bounds the
 * memory of a watcher: about 12 MiB in the kernel.
 */
#ifndef CG_EBPF_WATCH_H
#define CG_EBPF_WATCH_H

#include "wire.h"

#define CG_WATCH_RING (8 << 20) /* bytes; a power of two */
#define CG_WATCH_SLOTS 4096 /* denials that are alike, and summed */
#define CG_WATCH_COARSE_SLOTS 1024 /* of these, kept for sums without arguments */
#define CG_WATCH_PROGRAMS 256 /* whose paths are kept */
#define CG_WATCH_CGROUPS 2048 /* made while we watch, whose paths are kept */
#define CG_WATCH_CGROUP_PATH 512
#define CG_WATCH_FILTERS 256 /* known to have been told */
#define CG_WATCH_CHAIN 16 /* filters of one task, of which the instructions are told */
#define CG_WATCH_INSNS 4096 /* BPF_MAXINSNS */
#define CG_WATCH_COMM 16

enum cg_watch_kind {
	CG_WATCH_ANSWERED, /* the call was not made, the program got `result` */
	CG_WATCH_TRAPPED, /* SIGSYS that can be caught; result: its si_errno */
	CG_WATCH_KILLED, /* SIGSYS that cannot; result: its si_errno */
	CG_WATCH_KILLED_THREAD, /* one thread of several; result: the signal that its end tells of */
};

/* By which denials are alike. Coarse: ip, args and pid are 0, cgroups are not, and mm is the program's entry. */
struct cg_watch_call {
	__u64 filter; /* the newest of the task's, by its address, which is a name only */
	__u64 mm; /* so that a pid that is used again, or executes another program, is another */
	__u64 cgroup; /* coarse only: id in cgroup v2 */
	__u64 other_cgroup; /* and in one hierarchy of v1, 0: none */
	__u64 ip;
	__u64 args[6];
	__s64 result;
	__u32 nr;
	__u32 arch; /* enum cg_wire_arch */
	__u32 pid; /* as the kernel counts */
	__u16 kind;
	__u16 is_coarse;
};

#define CG_WATCH_HAS_TRACER 1
#define CG_WATCH_HAS_LISTENER 2

enum cg_watch_record {
	CG_WATCH_DENIAL,
	CG_WATCH_FILTER,
};

struct cg_watch_denial {
	__u32 record; /* CG_WATCH_DENIAL */
	__u32 flags;
	struct cg_watch_call call;
	__u64 boot_ns; /* CLOCK_BOOTTIME */
	__u64 asked_ns; /* the same, of the first of its kind: its filters are those told last before that */
	__u64 cgroup;
	__u64 other_cgroup;
	struct cg_wire_file_key program; /* key of the map that has its path; inode 0: none */
	__u32 pid; /* of the process, as the reader's pid namespace counts; 0: it is not in it */
	__u32 tid;
	__u32 ns_pid; /* as its own does */
	__u32 uid;
	char comm[CG_WATCH_COMM];
};

/* A filter, told before the first denial by it: so that it can be asked what it answered. */
struct cg_watch_filter {
	__u32 record; /* CG_WATCH_FILTER */
	__u32 n_insns;
	__u64 filter;
	__u64 program; /* beside it, what makes an address that is used again another filter, mostly */
	__u64 previous; /* the filter before it; 0: there is none */
	__u64 boot_ns;
	__u64 insns[CG_WATCH_INSNS];
};

struct cg_watch_filter_key {
	__u64 filter;
	__u64 program;
};

struct cg_watch_cgroup_key {
	__u64 id;
	__u64 hierarchy;
};

struct cg_watch_cgroup {
	char path[CG_WATCH_CGROUP_PATH]; /* in its hierarchy; ends with NUL unless it was cut */
};

/* Written by the programs. */
struct cg_watch_totals {
	__u64 n_denials; /* all of them; what is told and summed is the same number, or the rest is n_lost */
	__u64 n_lost; /* no room anywhere */
	__u64 n_untold_tasks; /* calls of tasks for which there was no memory */
	__u64 n_slots; /* in use */
};

#endif
