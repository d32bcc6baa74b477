/*
 * Two contexts as one: seccomp_merge(3).
 *
 * In: two contexts with no architecture in common, that would load in the same way. Out: one, with the architectures
 * of both; the other is released. Of the attributes those are compared that change what the other half would mean or
 * how it is loaded; for the rest the first context's stand.
 */
#include "compat/ctx.h"
#include "compat/handle.h"

#include <errno.h>

static const enum scmp_filter_attr compared[] = {
	SCMP_FLTATR_ACT_DEFAULT,
	SCMP_FLTATR_CTL_NNP,
	SCMP_FLTATR_CTL_TSYNC,
};

static int check(const struct cg_ctx *dst, const struct cg_ctx *src)
{
	for (size_t i = 0; i < sizeof(compared) / sizeof(compared[0]); i++)
		if (dst->attributes[compared[i]] != src->attributes[compared[i]])
			return -EINVAL;
	if (dst->arches[0]->arch->is_big_endian != src->arches[0]->arch->is_big_endian)
		return -EDOM;
	for (size_t i = 0; i < src->n_arches; i++)
		if (cg_ctx_find_arch(dst, src->arches[i]->arch))
			return -EEXIST;
	return dst->n_rules + src->n_rules > CG_CTX_RULES_LIMIT ? -ENOMEM : 0;
}

int seccomp_merge(scmp_filter_ctx ctx_dst, scmp_filter_ctx ctx_src)
{
	struct cg_ctx *dst = cg_ctx_get_ready(ctx_dst);
	struct cg_ctx *src = cg_ctx_get_ready(ctx_src);
	int r;

	if (!dst || !src)
		return -EINVAL;
	r = check(dst, src);
	if (r < 0)
		return r;
	for (size_t i = 0; i < src->n_arches; i++)
		dst->arches[dst->n_arches++] = src->arches[i];
	dst->n_rules += src->n_rules;
	src->n_arches = 0;
	cg_ctx_touch(dst);
	seccomp_release(ctx_src);
	return 0;
}
