/*
 * The recording programs, loaded and attached: those of record.bpf.c, or, where the kernel does not describe itself (no
 * BTF), those of plain.bpf.c. Their maps are the same. For os/ebpf*.c.
 *
 * In: what is to be recorded. Out: the descriptors of the maps, and two structures that the programs and we share.
 */
#ifndef CG_OS_EBPF_PROGRAMS_H
#define CG_OS_EBPF_PROGRAMS_H

#include "base/err.h"
#include "os/ebpf.h"

#include <stdbool.h>
#include <stdint.h>

struct bpf_object;
struct bpf_object_skeleton;

/* Start with {0}; end with cg_ebpf_programs_done(). */
struct cg_ebpf_programs {
	void *skeleton;
	void (*destroy)(void *skeleton);
	struct bpf_object *object;
	bool is_plain;
	struct cg_wire_totals *totals;
	struct cg_wire_selection *selection; /* not read by plain programs */
	int walk; /* the link of the walk over all tasks, or -1 */
	int tasks, pages, odd_cells, chunks, errors, sets, times, files, processes; /* maps */
};

struct cg_ebpf {
	struct cg_ebpf_programs programs;
	int n_cpus;
	int main_pid;
	uint64_t n_moved; /* when last looked at */
};

/* Errors as cg_ebpf_open(): nobody is recorded yet. */
int cg_ebpf_programs_load(const struct cg_ebpf_options *options, struct cg_ebpf_programs *programs, struct cg_err *err);
void cg_ebpf_programs_done(struct cg_ebpf_programs *programs);

#endif
