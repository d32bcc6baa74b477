/*
 * The eBPF recorder's programs: loaded, attached, told whom to record, and their maps read. ebpf/record.bpf.c is what
 * runs in the kernel; ebpf/wire.h what its maps hold.
 *
 * In: what is known of calls, and whom to record. Out: counts. Everything hangs on descriptors of this process: when it
 * ends, however it ends, the kernel detaches and frees all of it, and what was recorded runs on.
 *
 * ebpf.c where the build has clang, bpftool and libbpf; else ebpf-none.c, whose only answer is -ENOSYS.
 */
#ifndef CG_OS_EBPF_H
#define CG_OS_EBPF_H

#include "base/err.h"
#include "ebpf/wire.h"

#include <stdbool.h>
#include <stdint.h>

struct cg_ebpf;

struct cg_ebpf_options {
	const struct cg_wire_call *calls; /* CG_WIRE_CALLS of them */
	unsigned int n_sets; /* how many arguments are kept, over all calls */
	bool keeps_args;
	bool keeps_time;
	bool keeps_phases; /* cg_ebpf_mark() may be called */
	bool marks_listen; /* the programs mark by themselves: the first call that waits after a listen(2), told in the totals */
	bool attaches; /* what is selected runs already: CG_EBPF_PROCESS, CG_EBPF_CGROUP */
};

/* Whom to record; in each case with all that it makes from now on. */
enum cg_ebpf_selector {
	CG_EBPF_TREE, /* a process that has one thread and no children */
	CG_EBPF_PROCESS, /* a process as it runs: its threads, its descendants */
	CG_EBPF_CGROUP, /* who is in a cgroup or below it, and who is moved into it */
};

struct cg_ebpf_target {
	enum cg_ebpf_selector selector;
	int pid; /* TREE, PROCESS */
	bool is_launcher; /* PROCESS: its calls are nobody's until it executes another program */
	uint32_t hierarchy; /* CGROUP: its number (/proc/self/cgroup), 0 for cgroup v2 */
	uint64_t cgroup; /* its inode's number there */
};

/*
 * Loads and attaches; nobody is recorded yet. Errors: -EPERM (no privilege), -ENOSYS (not built in, or a kernel that
 * lacks something), others of bpf(2); the message says what would help.
 */
int cg_ebpf_open(const struct cg_ebpf_options *options, struct cg_ebpf **ret_ebpf, struct cg_err *err);
/* -ESRCH: there is no such process. */
int cg_ebpf_select(struct cg_ebpf *ebpf, const struct cg_ebpf_target *target, struct cg_err *err);

/*
 * For PROCESS and CGROUP, now and then: finds threads of processes that were moved into the cgroup. With `recount`, and
 * how many recorded tasks there are is known better than totals.n_live has it, which a task that ended in the moment of
 * attaching leaves too high. 0, or a negative errno.
 */
int cg_ebpf_look_again(struct cg_ebpf *ebpf, bool recount);
struct cg_ebpf *cg_ebpf_free(struct cg_ebpf *ebpf);

/* 0 when programs like these can be loaded and attached here and now; found by doing it. */
int cg_ebpf_can(struct cg_err *err);
/* The same for what runs already: `attaches`. */
int cg_ebpf_can_attach(struct cg_err *err);

/*
 * The kernel does not describe itself (no BTF), and the programs could learn less: which shared objects were mapped, and
 * which threads a filter killed, is not known, and programs are named as they were executed.
 */
bool cg_ebpf_is_plain(const struct cg_ebpf *ebpf);

/* From here on everything counts as serving; what is being called, too. */
void cg_ebpf_mark(struct cg_ebpf *ebpf);

/* As of now. */
void cg_ebpf_totals(const struct cg_ebpf *ebpf, struct cg_wire_totals *ret_totals);

/* How many times the kernel skipped a program: each is an entry, an exit or a child not seen. */
int cg_ebpf_misses(const struct cg_ebpf *ebpf, uint64_t *ret_n_misses);

/* One call of one program, over all CPUs. */
struct cg_ebpf_count {
	uint32_t cell;
	uint32_t program; /* a file's number, or CG_WIRE_NOBODY, CG_WIRE_FURTHER */
	uint32_t arch; /* enum cg_wire_arch */
	uint32_t nr; /* as the kernel sees it: x32 with bit 30 */
	bool is_serving; /* counted after the mark */
	bool is_unlisted; /* all that was beyond CG_WIRE_CELLS: neither program nor number is known */
	struct cg_wire_cell sum;
};

/* All that have counted something, in no order. Stops at and returns the first answer that is not 0. */
int cg_ebpf_counts(const struct cg_ebpf *ebpf, int (*each)(void *context, const struct cg_ebpf_count *count),
		   void *context);
int cg_ebpf_errors(const struct cg_ebpf *ebpf,
		   int (*each)(void *context, const struct cg_wire_error_key *key, uint64_t count), void *context);
/* 0 or a negative errno. */
int cg_ebpf_set(const struct cg_ebpf *ebpf, uint32_t id, struct cg_wire_set *ret_set);
int cg_ebpf_time(const struct cg_ebpf *ebpf, uint32_t call, struct cg_wire_time *ret_time);

/* The file's kinds, its mount namespace and path, which is the caller's; *ret_path is NULL where it was too long. -ENOENT no such file. */
int cg_ebpf_file(const struct cg_ebpf *ebpf, uint32_t id, uint32_t *ret_kinds, uint64_t *ret_namespace,
		 char **ret_path);

/* SIGKILL to every recorded process but those whose ids are another pid namespace's. */
void cg_ebpf_kill_all(const struct cg_ebpf *ebpf);

#endif
