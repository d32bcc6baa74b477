/*
 * What the parts of the eBPF source share: ebpf.c runs a command, ebpf_attach.c takes what
 * runs already, ebpf_calls.c knows what the programs must know of
 * calls, ebpf_result.c makes the recording's calls of what they counted. Within source/.
 */
#ifndef CG_SOURCE_EBPF_H
#define CG_SOURCE_EBPF_H

#include "abi/arch.h"
#include "os/ebpf.h"
#include "source/phase.h"
#include "source/sources.h"

/* The arch of one of the kernel's tables; NULL for a number that it has not. */
const struct cg_arch *cg_ebpf_arch(uint32_t wire_arch);

/* CG_WIRE_CALLS of them, the caller's, and how many arguments they keep; NULL when out of memory. */
struct cg_wire_call *cg_ebpf_calls_new(unsigned int *ret_n_sets);

/* Programs for this request, recording nobody yet, and what they know of calls. Both are the caller's. */
int cg_ebpf_prepare(const struct cg_source_request *request, struct cg_ebpf **ret_ebpf,
		    struct cg_wire_call **ret_calls, struct cg_err *err);

/* ebpf_attach.c: records what runs already. */
int cg_ebpf_attach(const struct cg_source_request *request, const struct cg_source_sink *sink,
		   struct cg_source_result *ret_result, struct cg_err *err);

/* ebpf_phase.c: the mark is a word that the programs read at each call, so that what counts where is exact. */
struct cg_ebpf_phase {
	struct cg_phase_watch *watch;
	struct cg_ebpf *ebpf;
};

/* The watch is the caller's. */
void cg_ebpf_phase_begin(struct cg_ebpf_phase *phase, struct cg_phase_watch *watch, struct cg_ebpf *ebpf,
			 const struct cg_source_request *request, const struct cg_source_sink *sink);
/* 0 or a negative errno. */
int cg_ebpf_phase_look(struct cg_ebpf_phase *phase);

/* Gives everything that was counted to the sink. 0, a negative errno of bpf(2), or the sink's. */
int cg_ebpf_give(const struct cg_ebpf *ebpf, const struct cg_wire_call *calls, const struct cg_source_request *request,
		 const struct cg_ebpf_phase *phase, const struct cg_source_sink *sink, struct cg_source_result *result);

#endif
