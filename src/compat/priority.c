/*
 * Priorities: seccomp_syscall_priority(3).
 *
 * In: a number and how important it is. Out: remembered for each architecture that has the call; build.c makes weights
 * of them. They decide what is asked first, never what is answered.
 */
#include "compat/ctx.h"

#include <errno.h>

static int set_one(struct cg_ctx_arch *arch, uint32_t nr, uint8_t priority)
{
	if (arch->priorities.n_items >= CG_CTX_RULES_LIMIT)
		return -ENOMEM;
	return cg_vec_push(&arch->priorities, (struct cg_ctx_priority){ nr, priority });
}

static int set_on_arch(struct cg_ctx_arch *arch, int number, uint8_t priority)
{
	struct cg_ctx_number resolved;
	int r = cg_ctx_resolve(arch->arch, number, &resolved);

	if (r == 0 && resolved.has_direct)
		r = set_one(arch, resolved.direct, priority);
	if (r == 0 && resolved.has_carrier)
		r = set_one(arch, resolved.carrier, priority);
	return r;
}

int seccomp_syscall_priority(scmp_filter_ctx handle, int syscall, uint8_t priority)
{
	struct cg_ctx *ctx = cg_ctx_get_ready(handle);
	struct cg_ctx_mark marks[CG_N_ARCHES_MAX];
	size_t n_marks = 0;
	int r = 0;

	if (!ctx || !cg_ctx_takes_number(ctx, syscall))
		return -EINVAL;
	for (; n_marks < ctx->n_arches && r == 0; n_marks++) {
		marks[n_marks] = cg_ctx_arch_mark(ctx->arches[n_marks]);
		r = set_on_arch(ctx->arches[n_marks], syscall, priority);
	}
	if (r < 0) {
		while (n_marks)
			cg_ctx_arch_cut(&marks[--n_marks]);
		return r;
	}
	cg_ctx_touch(ctx);
	return 0;
}
