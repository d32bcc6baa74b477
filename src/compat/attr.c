/*
 * Attributes: seccomp_attr_get(3), seccomp_attr_set(3).
 *
 * In: a value. Out: what it becomes, by a row of the table: flags become 0 or 1, and those that only newer kernels know
 * need their API level, whatever the value.
 */
#include "compat/api_level.h"
#include "compat/ctx.h"

#include <errno.h>

enum kind {
	KIND_NONE,
	KIND_READ_ONLY,
	KIND_ACTION,
	KIND_FLAG,
	KIND_OPTIMIZE,
};

static const struct {
	enum kind kind;
	unsigned int api_level; /* that it needs */
} rows[CG_CTX_N_ATTRIBUTES] = {
	[SCMP_FLTATR_ACT_DEFAULT] = { KIND_READ_ONLY, 0 },
	[SCMP_FLTATR_ACT_BADARCH] = { KIND_ACTION, 0 },
	[SCMP_FLTATR_CTL_NNP] = { KIND_FLAG, 0 },
	[SCMP_FLTATR_CTL_TSYNC] = { KIND_FLAG, CG_API_LEVEL_TSYNC },
	[SCMP_FLTATR_API_TSKIP] = { KIND_FLAG, 0 },
	[SCMP_FLTATR_CTL_LOG] = { KIND_FLAG, CG_API_LEVEL_LOG },
	[SCMP_FLTATR_CTL_SSB] = { KIND_FLAG, CG_API_LEVEL_SSB },
	[SCMP_FLTATR_CTL_OPTIMIZE] = { KIND_OPTIMIZE, 0 },
	[SCMP_FLTATR_API_SYSRAWRC] = { KIND_FLAG, 0 },
	[SCMP_FLTATR_CTL_WAITKILL] = { KIND_FLAG, CG_API_LEVEL_WAITKILL },
};

static bool is_attribute(enum scmp_filter_attr attr)
{
	return (unsigned int)attr < CG_CTX_N_ATTRIBUTES && rows[attr].kind != KIND_NONE;
}

int seccomp_attr_get(const scmp_filter_ctx handle, enum scmp_filter_attr attr, uint32_t *value)
{
	const struct cg_ctx *ctx = cg_ctx_get_ready(handle);

	if (!ctx || !value || !is_attribute(attr))
		return -EINVAL;
	*value = ctx->attributes[attr];
	return 0;
}

/* A listener and TSYNC together are what newer kernels can. */
static bool conflicts(const struct cg_ctx *ctx, enum scmp_filter_attr attr)
{
	return attr == SCMP_FLTATR_CTL_TSYNC && cg_api_level() < CG_API_LEVEL_NOTIFY_TSYNC &&
	       cg_ctx_asks_listener(ctx);
}

static int set_flag(struct cg_ctx *ctx, enum scmp_filter_attr attr, uint32_t value)
{
	if (rows[attr].api_level && cg_api_level() < rows[attr].api_level)
		return -EOPNOTSUPP;
	if (value && conflicts(ctx, attr))
		return -EINVAL;
	ctx->attributes[attr] = value ? 1 : 0;
	return 0;
}

int seccomp_attr_set(scmp_filter_ctx handle, enum scmp_filter_attr attr, uint32_t value)
{
	struct cg_ctx *ctx = cg_ctx_get_ready(handle);

	if (!ctx || !is_attribute(attr))
		return -EINVAL;
	switch (rows[attr].kind) {
	case KIND_READ_ONLY:
		return -EACCES;
	case KIND_ACTION:
		if (!cg_ctx_takes_action(ctx, value))
			return -EINVAL;
		break;
	case KIND_OPTIMIZE:
		if (value != 1 && value != 2)
			return -EOPNOTSUPP;
		break;
	default:
		return set_flag(ctx, attr, value);
	}
	if (ctx->attributes[attr] != value)
		cg_ctx_touch(ctx);
	ctx->attributes[attr] = value;
	return 0;
}
