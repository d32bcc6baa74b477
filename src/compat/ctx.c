/*
 * Contexts come and go: seccomp_init(3), seccomp_reset(3), seccomp_release(3); and which actions they take.
 *
 * In: the program's handle. Out: the struct behind it, or -EINVAL. A context starts with the native architecture.
 */
#include "compat/ctx.h"

#include "compat/api_level.h"
#include "compat/handle.h"

#include <errno.h>
#include <string.h>

struct cg_ctx *cg_ctx_get(const scmp_filter_ctx handle)
{
	return cg_handle_get(handle);
}

struct cg_ctx *cg_ctx_get_ready(const scmp_filter_ctx handle)
{
	struct cg_ctx *ctx = cg_handle_get(handle);

	return ctx && ctx->n_arches ? ctx : NULL;
}

/*
 * Of the data that an action may carry: libseccomp takes an errno below the kernel's greatest, and any for TRACE and
 * (its development branch) TRAP.
 */
static bool is_action(uint32_t action)
{
	uint32_t data = action & CG_ACTION_DATA;

	switch (action & CG_ACTION_MASK) {
	case CG_ACTION_ERRNO:
		return data < CG_ERRNO_MAX;
	case CG_ACTION_TRAP:
	case CG_ACTION_TRACE:
		return true;
	case CG_ACTION_KILL_THREAD:
	case CG_ACTION_ALLOW:
		return data == 0;
	case CG_ACTION_KILL_PROCESS:
	case CG_ACTION_LOG:
		return data == 0 && cg_api_level() >= CG_API_LEVEL_LOG;
	case CG_ACTION_NOTIFY:
		return data == 0 && cg_api_level() >= CG_API_LEVEL_NOTIFY;
	default:
		return false;
	}
}

bool cg_ctx_takes_action(const struct cg_ctx *ctx, uint32_t action)
{
	if (!is_action(action))
		return false;
	return !ctx || action != CG_ACTION_NOTIFY || !ctx->attributes[SCMP_FLTATR_CTL_TSYNC] ||
	       cg_api_level() >= CG_API_LEVEL_NOTIFY_TSYNC;
}

bool cg_ctx_asks_listener(const struct cg_ctx *ctx)
{
	if (ctx->attributes[SCMP_FLTATR_ACT_DEFAULT] == CG_ACTION_NOTIFY ||
	    ctx->attributes[SCMP_FLTATR_ACT_BADARCH] == CG_ACTION_NOTIFY)
		return true;
	for (size_t i = 0; i < ctx->n_arches; i++)
		for (size_t k = 0; k < ctx->arches[i]->rules.n_items; k++)
			if (ctx->arches[i]->rules.items[k].action == CG_ACTION_NOTIFY)
				return true;
	return false;
}

void cg_ctx_touch(struct cg_ctx *ctx)
{
	ctx->filter = cg_filter_free(ctx->filter);
}

static void clear(struct cg_ctx *ctx)
{
	for (size_t i = 0; i < ctx->n_arches; i++)
		cg_ctx_arch_free(ctx->arches[i]);
	ctx->n_arches = 0;
	ctx->n_rules = 0;
	cg_ctx_drop_removed(ctx);
	cg_vec_done(&ctx->snapshots);
	cg_vec_done(&ctx->removed);
	cg_ctx_touch(ctx);
}

struct cg_ctx *cg_ctx_free(struct cg_ctx *ctx)
{
	if (!ctx)
		return NULL;
	clear(ctx);
	free(ctx);
	return NULL;
}

static void set_defaults(struct cg_ctx *ctx, uint32_t def_action)
{
	memset(ctx->attributes, 0, sizeof(ctx->attributes));
	ctx->attributes[SCMP_FLTATR_ACT_DEFAULT] = def_action;
	ctx->attributes[SCMP_FLTATR_ACT_BADARCH] = SCMP_ACT_KILL;
	ctx->attributes[SCMP_FLTATR_CTL_NNP] = 1;
	ctx->attributes[SCMP_FLTATR_CTL_OPTIMIZE] = 1;
	ctx->notify_fd = -1;
}

scmp_filter_ctx seccomp_init(uint32_t def_action)
{
	struct cg_ctx *ctx;
	void *handle;

	if (!cg_ctx_takes_action(NULL, def_action))
		return NULL;
	ctx = calloc(1, sizeof(*ctx));
	if (!ctx)
		return NULL;
	set_defaults(ctx, def_action);
	if (cg_ctx_add_arch(ctx, cg_arch_native()) < 0) {
		cg_ctx_free(ctx);
		return NULL;
	}
	handle = cg_handle_new(ctx);
	if (!handle)
		cg_ctx_free(ctx);
	return handle;
}

static void forget_listener(void *memory)
{
	((struct cg_ctx *)memory)->notify_fd = -1;
}

/*
 * Listeners are forgotten, never closed: programs go on using the descriptor that seccomp_notify_fd(3) has told them
 * after they have released the context (runc's does so whenever its garbage collector comes by).
 */
int seccomp_reset(scmp_filter_ctx handle, uint32_t def_action)
{
	struct cg_ctx *ctx = cg_ctx_get(handle);
	struct cg_ctx_arch *native;

	if (!handle) {
		cg_handle_each(forget_listener);
		cg_api_level_forget();
		return 0;
	}
	if (!ctx || !cg_ctx_takes_action(NULL, def_action))
		return -EINVAL;
	native = cg_ctx_arch_new(cg_arch_native());
	if (!native)
		return -ENOMEM;
	clear(ctx);
	set_defaults(ctx, def_action);
	ctx->arches[ctx->n_arches++] = native;
	return 0;
}

void seccomp_release(scmp_filter_ctx handle)
{
	cg_ctx_free(cg_handle_end(handle));
}
