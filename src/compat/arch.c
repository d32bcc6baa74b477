/*
 * The architectures of a context: seccomp_arch_add(3), seccomp_arch_remove(3), seccomp_arch_exist(3).
 *
 * In: tokens. Out: architectures, each with rules of its own. One that is removed inside a transaction is kept until
 * the outermost transaction ends, since it may come back.
 */
#include "compat/ctx.h"
#include "compat/names.h"

#include <errno.h>
#include <string.h>

struct cg_ctx_arch *cg_ctx_find_arch(const struct cg_ctx *ctx, const struct cg_arch *arch)
{
	for (size_t i = 0; i < ctx->n_arches; i++)
		if (ctx->arches[i]->arch == arch)
			return ctx->arches[i];
	return NULL;
}

void cg_ctx_drop_removed(struct cg_ctx *ctx)
{
	for (size_t i = 0; i < ctx->removed.n_items; i++)
		cg_ctx_arch_free(ctx->removed.items[i]);
	ctx->removed.n_items = 0;
}

int cg_ctx_add_arch(struct cg_ctx *ctx, const struct cg_arch *arch)
{
	struct cg_ctx_arch *added;

	if (cg_ctx_find_arch(ctx, arch))
		return -EEXIST;
	if (ctx->n_arches && ctx->arches[0]->arch->is_big_endian != arch->is_big_endian)
		return -EDOM;
	added = cg_ctx_arch_new(arch);
	if (!added)
		return -ENOMEM;
	ctx->arches[ctx->n_arches++] = added;
	cg_ctx_touch(ctx);
	return 0;
}

int seccomp_arch_exist(const scmp_filter_ctx handle, uint32_t arch_token)
{
	const struct cg_arch *arch = cg_names_arch(arch_token);
	struct cg_ctx *ctx = cg_ctx_get(handle);

	if (!ctx || !arch)
		return -EINVAL;
	return cg_ctx_find_arch(ctx, arch) ? 0 : -EEXIST;
}

int seccomp_arch_add(scmp_filter_ctx handle, uint32_t arch_token)
{
	const struct cg_arch *arch = cg_names_arch(arch_token);
	struct cg_ctx *ctx = cg_ctx_get(handle);

	return ctx && arch ? cg_ctx_add_arch(ctx, arch) : -EINVAL;
}

int seccomp_arch_remove(scmp_filter_ctx handle, uint32_t arch_token)
{
	const struct cg_arch *arch = cg_names_arch(arch_token);
	struct cg_ctx *ctx = cg_ctx_get(handle);
	struct cg_ctx_arch *leaving;
	size_t at = 0;

	if (!ctx || !arch)
		return -EINVAL;
	leaving = cg_ctx_find_arch(ctx, arch);
	if (!leaving)
		return -EEXIST;
	if (ctx->snapshots.n_items && cg_vec_push(&ctx->removed, leaving) < 0)
		return -ENOMEM;

	while (ctx->arches[at] != leaving)
		at++;
	ctx->n_arches--;
	memmove(&ctx->arches[at], &ctx->arches[at + 1], (ctx->n_arches - at) * sizeof(ctx->arches[0]));
	ctx->n_rules -= leaving->rules.n_items;
	if (!ctx->snapshots.n_items)
		cg_ctx_arch_free(leaving);
	cg_ctx_touch(ctx);
	return 0;
}
