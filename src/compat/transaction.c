/*
 * Transactions: seccomp_transaction_start(3), _commit, _reject.
 *
 * In: a context. Out: the same, as it was when the innermost open transaction began: rules, priorities, architectures,
 * attributes. A snapshot holds lengths, not rules, so that starting is cheap and nothing is copied.
 */
#include "compat/ctx.h"

#include <errno.h>
#include <string.h>

int seccomp_transaction_start(const scmp_filter_ctx handle)
{
	struct cg_ctx *ctx = cg_ctx_get_ready(handle);
	struct cg_ctx_snapshot *snapshot;

	if (!ctx)
		return -EINVAL;
	if (ctx->snapshots.n_items >= CG_CTX_TRANSACTIONS_LIMIT ||
	    cg_vec_reserve(&ctx->snapshots, ctx->snapshots.n_items + 1) < 0)
		return -ENOMEM;
	snapshot = &ctx->snapshots.items[ctx->snapshots.n_items++];
	memcpy(snapshot->attributes, ctx->attributes, sizeof(ctx->attributes));
	snapshot->n_marks = ctx->n_arches;
	for (size_t i = 0; i < ctx->n_arches; i++)
		snapshot->marks[i] = cg_ctx_arch_mark(ctx->arches[i]);
	return 0;
}

static void end(struct cg_ctx *ctx)
{
	if (--ctx->snapshots.n_items == 0)
		cg_ctx_drop_removed(ctx);
}

int seccomp_transaction_commit(const scmp_filter_ctx handle)
{
	struct cg_ctx *ctx = cg_ctx_get(handle);

	if (!ctx)
		return -EINVAL;
	if (ctx->snapshots.n_items)
		end(ctx);
	return 0;
}

static bool is_marked(const struct cg_ctx_snapshot *snapshot, const struct cg_ctx_arch *arch)
{
	for (size_t i = 0; i < snapshot->n_marks; i++)
		if (snapshot->marks[i].arch == arch)
			return true;
	return false;
}

/* What the snapshot brings back is not removed any more. */
static void unremove(struct cg_ctx *ctx, const struct cg_ctx_arch *arch)
{
	for (size_t i = 0; i < ctx->removed.n_items; i++) {
		if (ctx->removed.items[i] != arch)
			continue;
		ctx->removed.items[i] = ctx->removed.items[--ctx->removed.n_items];
		return;
	}
}

void seccomp_transaction_reject(const scmp_filter_ctx handle)
{
	struct cg_ctx *ctx = cg_ctx_get(handle);
	const struct cg_ctx_snapshot *snapshot;

	if (!ctx || !ctx->snapshots.n_items)
		return;
	snapshot = &ctx->snapshots.items[ctx->snapshots.n_items - 1];
	for (size_t i = 0; i < ctx->n_arches; i++)
		if (!is_marked(snapshot, ctx->arches[i]))
			cg_ctx_arch_free(ctx->arches[i]);
	ctx->n_arches = snapshot->n_marks;
	ctx->n_rules = 0;
	for (size_t i = 0; i < snapshot->n_marks; i++) {
		ctx->arches[i] = snapshot->marks[i].arch;
		unremove(ctx, ctx->arches[i]);
		cg_ctx_arch_cut(&snapshot->marks[i]);
		ctx->n_rules += ctx->arches[i]->rules.n_items;
	}
	memcpy(ctx->attributes, snapshot->attributes, sizeof(ctx->attributes));
	cg_ctx_touch(ctx);
	end(ctx);
}
