/*
 * A filter: a classic-BPF program as seccomp(2) takes it. Plain data.
 *
 * In: instructions. Out: questions about them, each in a file of its own: valid.c (would the kernel accept it), run.c
 * (what does it answer), disasm.c, codec.c (bytes in a target's byte order). It knows nothing of policies.
 * Instructions are held in the host's byte order, whatever the target; is_big_endian says where the low word of a
 * 64-bit field lies (+0 on little-endian, +4 on big-endian) for the arch that the filter is meant for.
 */
#ifndef CG_FILTER_FILTER_H
#define CG_FILTER_FILTER_H

#include "base/err.h"
#include "base/text.h"
#include "callgate/call.h"

#include <linux/filter.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CG_FILTER_LENGTH_MAX 4096              /* BPF_MAXINSNS */
#define CG_FILTER_TEXT_LIMIT ((size_t)1 << 20) /* bytes of text that asm.c reads */

struct cg_filter {
	struct sock_filter *insns;
	size_t n_insns;
	bool is_big_endian;
};

/* Takes a copy of `insns`; NULL gives n_insns zeroed ones. NULL when out of memory. */
struct cg_filter *cg_filter_new(const struct sock_filter *insns, size_t n_insns, bool is_big_endian);
struct cg_filter *cg_filter_free(struct cg_filter *filter);

/*
 * valid.c: 0 when the kernel would take it (bpf_check_classic() and seccomp_check_filter() of 6.18), else -EINVAL and
 * in err->message the instruction's index and what is wrong with it.
 */
int cg_filter_check(const struct cg_filter *filter, struct cg_err *err);

/*
 * run.c: what the filter answers. Only for a filter that passed cg_filter_check().
 * *ret_n_steps (may be NULL): instructions executed, the last RET included.
 */
uint32_t cg_filter_run(const struct cg_filter *filter, const struct cg_call *call, size_t *ret_n_steps);

/* The same, and in ret_path (NULL, or room for n_insns: jumps only go forward) the indices of what was executed. */
uint32_t cg_filter_trace(const struct cg_filter *filter, const struct cg_call *call, size_t *ret_path,
			 size_t *ret_n_steps);

/*
 * run.c: the kernel's action cache (seccomp_is_const_allow): is this number answered ALLOW from arch and nr alone, by
 * the instructions that the emulator knows? *ret_n_steps (may be NULL): steps emulated.
 */
bool cg_filter_is_cached(const struct cg_filter *filter, uint32_t arch, uint32_t nr, size_t *ret_n_steps);

/* codec.c: bytes as `compile --format raw` writes them: 8 an instruction, in the target's byte order, appended. */
void cg_filter_encode(const struct cg_filter *filter, struct cg_text *ret_bytes);
/*
 * The reverse; whether the kernel would take them is not asked. `name` stands in errors.
 * Errors: -EINVAL (no bytes, or not a multiple of 8), -E2BIG (above CG_FILTER_LENGTH_MAX instructions), -ENOMEM.
 */
int cg_filter_decode(const char *name, const char *bytes, size_t length, bool is_big_endian,
		     struct cg_filter **ret_filter, struct cg_err *err);

/*
 * disasm.c: one line an instruction, each with its index as a label (L12:), jump targets by label, and comments:
 * fields, calls where the arch is known from the path, actions. Any instructions, not only valid ones.
 */
void cg_filter_disasm(const struct cg_filter *filter, struct cg_text *text);

/*
 * asm.c: text as cg_filter_disasm() writes it, or as people do, back to a filter; the grammar stands there.
 * Errors: -EINVAL with name:line:column, -E2BIG (a limit above), -ENOMEM.
 */
int cg_filter_assemble(const char *name, const char *text, size_t length, struct cg_filter **ret_filter,
		       struct cg_err *err);

/*
 * c_source.c: a C array of this name and its length, NAME_length; compilable by itself. `name` must be what
 * cg_filter_is_c_name() takes: an identifier, no keyword.
 */
void cg_filter_write_c(const struct cg_filter *filter, const char *name, struct cg_text *text);
bool cg_filter_is_c_name(const char *name);

#endif
