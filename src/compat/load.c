/*
 * Into force: seccomp_precompute(3), seccomp_load(3).
 *
 * In: a context. Out: a filter, compiled and proven, kept until the context changes; and loaded. A load of what is
 * precomputed allocates, locks and releases nothing: it makes two system calls and reads memory, so that a signal
 * handler, or the child of a fork(2), may do it. Afterwards nothing is released either: the filter may forbid that.
 *
 * The proof has a budget, so that a load is quicker than libseccomp's. Where it does not end within it, the filter is
 * asked at every boundary instead (gate/): a load never fails for want of a proof.
 */
#include "compat/build.h"

#include "compat/api_level.h"
#include "compat/report.h"
#include "compile/compile.h"
#include "gate/gate.h"
#include "os/seccomp.h"

#include <errno.h>

/*
 * Ordinary policies take a hundredth of it: measured as seccomp_load() whole, rules and proof included, a load of 330
 * calls or of 500 values takes a third or less of what libseccomp 2.5.4 takes (bench/RESULTS.md), one of ten calls about
 * as long (check/cells.c). 500 random pairs of ranges on two arguments fit in.
 */
#define PROOF_STEPS ((uint64_t)1 << 18)
#define PROOF_NODES ((size_t)1 << 18)

static int compile(const struct cg_ctx *ctx, struct cg_filter **ret_filter, enum cg_proof *ret_proof)
{
	struct cg_gate_options options = { .budget = { .n_nodes = PROOF_NODES, .n_steps = PROOF_STEPS },
					   .ret_proof = ret_proof };
	struct cg_policy *policy = cg_ctx_policy(ctx);
	struct cg_compile_weight *weights = NULL;
	int r = -ENOMEM;

	if (policy)
		r = cg_ctx_weights(ctx, &weights, &options.n_weights);
	if (r == 0) {
		options.weights = weights;
		r = cg_gate_compile(policy, &options, ret_filter, NULL);
	}
	free(weights);
	cg_policy_free(policy);
	return r;
}

int cg_ctx_compile(struct cg_ctx *ctx)
{
	int r = ctx->filter ? 0 : compile(ctx, &ctx->filter, &ctx->proof);

	return r < 0 ? cg_ctx_error(ctx, r, false) : 0;
}

int seccomp_precompute(const scmp_filter_ctx handle)
{
	struct cg_ctx *ctx = cg_ctx_get_ready(handle);

	return ctx ? cg_ctx_compile(ctx) : -EINVAL;
}

static unsigned int flags_of(const struct cg_ctx *ctx, bool asks_listener)
{
	unsigned int flags = 0;

	if (ctx->attributes[SCMP_FLTATR_CTL_TSYNC])
		flags |= asks_listener ? CG_SECCOMP_TSYNC | CG_SECCOMP_TSYNC_ESRCH : CG_SECCOMP_TSYNC;
	if (ctx->attributes[SCMP_FLTATR_CTL_LOG])
		flags |= CG_SECCOMP_LOG;
	if (ctx->attributes[SCMP_FLTATR_CTL_SSB])
		flags |= CG_SECCOMP_SPEC_ALLOW;
	if (asks_listener)
		flags |= CG_SECCOMP_NEW_LISTENER;
	if (asks_listener && ctx->attributes[SCMP_FLTATR_CTL_WAITKILL])
		flags |= CG_SECCOMP_WAIT_KILLABLE_RECV;
	return flags;
}

/*
 * A thread's filters have one listener between them. libseccomp loads a second filter with NOTIFY without asking for
 * one, so that such a load must not fail here.
 */
static int put_in_force(struct cg_ctx *ctx, bool asks_listener)
{
	unsigned int flags = flags_of(ctx, asks_listener);
	int listener = -1;
	int r;

	/* Level 1 has no seccomp(2); what wants a flag cannot have it by prctl(2). */
	if (flags == 0 && cg_api_level_is_base())
		return cg_seccomp_load_by_prctl(ctx->filter, NULL);
	r = cg_seccomp_load(ctx->filter, flags, &listener, NULL);
	if (r == -EBUSY && asks_listener)
		r = cg_seccomp_load(ctx->filter, flags_of(ctx, false), NULL, NULL);
	else if (r == 0 && asks_listener)
		ctx->notify_fd = listener;
	return r;
}

int seccomp_load(const scmp_filter_ctx handle)
{
	struct cg_ctx *ctx = cg_ctx_get_ready(handle);
	struct cg_shim_record *record;
	bool asks_listener;
	int r;

	if (!ctx)
		return -EINVAL;
	r = cg_ctx_compile(ctx);
	if (r < 0)
		return r;
	asks_listener = cg_ctx_asks_listener(ctx);
	record = cg_report_begin(ctx, flags_of(ctx, asks_listener));
	if (ctx->attributes[SCMP_FLTATR_CTL_NNP])
		r = cg_no_new_privs_set(NULL);
	if (r == 0)
		r = put_in_force(ctx, asks_listener);
	cg_report_end(record, r);
	return r < 0 ? cg_ctx_error(ctx, r, true) : 0;
}
