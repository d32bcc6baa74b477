/*
 * From a context to what the core takes.
 */
#ifndef CG_COMPAT_BUILD_H
#define CG_COMPAT_BUILD_H

#include "compat/ctx.h"

struct cg_compile_weight;

/*
 * The priorities of all architectures as weights: the caller frees them. None where CTL_OPTIMIZE is 2, which is said
 * to ignore them. 0 or -ENOMEM.
 */
int cg_ctx_weights(const struct cg_ctx *ctx, struct cg_compile_weight **ret_weights, size_t *ret_n_weights);

#endif
