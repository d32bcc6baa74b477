/*
 * What the recording programs in the kernel and the recorder share: the layout of their maps, and nothing else.
 *
 * Read by clang for the BPF target and by the host's compiler: fixed-width types only. Every size here bounds the
 * memory of a recorder; docs and callgate-record(1) state the sum.
 */
#ifndef CG_EBPF_WIRE_H
#define CG_EBPF_WIRE_H

#include <linux/types.h>

#define CG_WIRE_ARGS 6
#define CG_WIRE_VALUES 32 /* kept of one argument: CG_VALUES_LIMIT of learn/recording.h */
#define CG_WIRE_CACHE 16 /* values that an argument's set finds without looking further; a power of two */
#define CG_WIRE_PATH 4096
#define CG_WIRE_NAME 256 /* above the longest name in a directory; a power of two */
#define CG_WIRE_DEPTH 128 /* names in a path */

#define CG_WIRE_FILES 512 /* programs and shared objects of one recording */
#define CG_WIRE_CELLS 16384 /* (program, arch, number) with counts of their own: CG_CALLS_LIMIT */
#define CG_WIRE_CHUNK 32 /* cells in one element of their map; a power of two */
#define CG_WIRE_ERRORS 16384 /* (cell, errno) */
#define CG_WIRE_PROCESSES 65536 /* alive at once and known by id */
#define CG_WIRE_BUCKETS 40 /* of a histogram of latencies: powers of two of nanoseconds */

/* The three tables of a 64-bit x86 kernel. */
enum cg_wire_arch {
	CG_WIRE_NATIVE,
	CG_WIRE_COMPAT,
	CG_WIRE_X32,
	CG_WIRE_ARCHES,
};

#define CG_WIRE_NRS 640 /* numbers from here on have no name on any arch, and are found in another, slower way */
#define CG_WIRE_CALLS (CG_WIRE_ARCHES * CG_WIRE_NRS)

/* Files by number: two that are none. */
#define CG_WIRE_NOBODY 0 /* who calls before the command has begun: the launcher */
#define CG_WIRE_FURTHER 1 /* programs beyond CG_WIRE_FILES */
#define CG_WIRE_FIRST_FILE 2

#define CG_WIRE_UNLISTED 0 /* the cell of calls beyond CG_WIRE_CELLS */

enum cg_wire_special {
	CG_WIRE_PLAIN,
	CG_WIRE_ENDS, /* exit, exit_group: counts when it begins */
	CG_WIRE_SIGRETURN, /* what it returns is a register of the interrupted code */
	CG_WIRE_MMAP, /* may map a file to be executed */
	CG_WIRE_LISTEN, /* from then on somebody can come */
	CG_WIRE_WAITS, /* for somebody */
};

/* What is kept of an argument. */
enum cg_wire_keeping {
	CG_WIRE_NOTHING,
	CG_WIRE_CUT, /* its value under the mask */
	CG_WIRE_NUMBER, /* the same, but a value that looks like an address is only "another" */
	CG_WIRE_DIRFD, /* AT_FDCWD, or "another" */
};

/* What is known of a call: filled in before the programs are loaded. */
struct cg_wire_call {
	__u16 first_set; /* of its arguments that are kept, one after the other */
	__u8 special;
	__u8 kept; /* bit n: argument n is */
	__u8 keeping[CG_WIRE_ARGS];
	__u8 width[CG_WIRE_ARGS]; /* bytes: 1, 2, 4 or 8 */
};

/* Filled in before the programs are loaded; what is off costs nothing. */
struct cg_wire_settings {
	__u8 keeps_args;
	__u8 keeps_time;
	__u8 marks_listen;
	struct cg_wire_call calls[CG_WIRE_CALLS];
};

/* Where the scheduler's tracepoints have their fields: bytes from the beginning. For plain.bpf.c. */
struct cg_wire_places {
	__u32 forked; /* sched_process_fork: child_pid */
	__u32 executed; /* sched_process_exec: pid */
	__u32 executed_by; /* old_pid */
	__u32 executed_name; /* filename */
};

enum cg_wire_state {
	CG_WIRE_OUTSIDE, /* in no call */
	CG_WIRE_INSIDE,
	CG_WIRE_SKIPS, /* the next exit has no entry: a new task's, or of an execve that was counted */
	CG_WIRE_DENIED, /* the last exit had no entry: a filter refused */
};

/* Of a recorded task. */
struct cg_wire_task {
	__u64 began_ns;
	__u32 cell;
	__u32 program;
	__u16 call; /* index of calls[], CG_WIRE_CALLS: none */
	__u8 state;
	__u8 special;
	__u32 phase; /* totals.phase when the call began */
};

/* Counters, one of each CPU. */
struct cg_wire_cell {
	__u64 n_returned;
	__u64 n_restarted;
	__u64 n_began;
	__u64 n_ended;
	__u64 n_denied;
	__u64 n_other_errors; /* beyond CG_WIRE_ERRORS; in n_returned too */
};

struct cg_wire_chunk {
	struct cg_wire_cell cells[CG_WIRE_CHUNK];
};

/* Which cell counts the calls of a program; 0: none yet. */
struct cg_wire_page {
	__u32 cells[CG_WIRE_CALLS];
};

struct cg_wire_odd_key {
	__u32 program;
	__u32 arch;
	__u32 nr;
};

struct cg_wire_error_key {
	__u32 cell;
	__u32 number;
};

/* The smallest values seen, in no order. The cache holds values that were added already, each plus one. */
struct cg_wire_set {
	__u32 lock;
	__u32 n_values;
	__u64 limit; /* if not 0: values from here on change nothing any more */
	__u64 cache[CG_WIRE_CACHE];
	__u64 values[CG_WIRE_VALUES];
	__u32 has_overflow;
	__u32 unused;
};

struct cg_wire_time {
	__u64 n;
	__u64 total_ns;
	__u64 max_ns;
	__u64 buckets[CG_WIRE_BUCKETS];
};

/* A file by what it is; the address tells names of one file apart. */
struct cg_wire_file_key {
	__u64 device;
	__u64 inode;
	__u64 entry;
};

#define CG_WIRE_IS_PROGRAM 1
#define CG_WIRE_IS_MAPPED 2

struct cg_wire_file {
	__u32 start; /* the path is path[start] to path[CG_WIRE_PATH - 1]; 0: too long */
	__u32 kinds;
	__u32 namespace; /* of mounts, in which the path is one: its inode's number; 0: none */
	char path[CG_WIRE_PATH + CG_WIRE_NAME];
};

/* Who is recorded beside the children of those that are. */
enum cg_wire_selector {
	CG_WIRE_BY_HAND, /* whom the recorder marks */
	CG_WIRE_BY_PROCESS, /* a process and its descendants as they are found */
	CG_WIRE_BY_CGROUP, /* who is in a cgroup or below it, or comes to be */
};

/* Set by the recorder before it walks all tasks; what the walk answers. */
struct cg_wire_selection {
	__u64 cgroup; /* its id, in the hierarchy of that number */
	__u64 root; /* found: the address of the process's leader */
	__u64 n_marked; /* in this walk */
	__u64 n_alive; /* seen in this walk, of those that are marked */
	__u64 n_moved; /* processes of several threads that were moved into the cgroup: the walk finds all of them */
	__u32 selector;
	__u32 hierarchy; /* 0 is cgroup v2 */
	__s32 pid; /* of the process, in the recorder's pid namespace */
	__u32 is_launcher; /* what is marked is nobody's until it executes a program */
};

/* Read by the recorder while the programs run. */
struct cg_wire_totals {
	__u64 n_live; /* recorded tasks that have not ended */
	__u64 n_lost_tasks; /* for which there was no memory: their calls are not recorded */
	__u64 n_lost_files; /* beyond CG_WIRE_FILES */
	__u32 n_cells;
	__u32 n_files;
	__u32 has_begun; /* the command's execve has succeeded */
	__u32 main_tid; /* its id where the kernel's own ids are seen */
	__u32 phase; /* 0: start-up; CG_WIRE_FILES: serving, whose calls count as those of programs so much higher */
	/* The first listen(2) that succeeded, and the first call after it that waits: of which processes, and which call. */
	__u32 listener;
	__u32 waiter;
	__u32 waits_in; /* index of calls[] */
	__u32 waits_program;
};

#endif
