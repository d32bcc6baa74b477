/*
 * Out of the library: seccomp_export_bpf(3), seccomp_export_bpf_mem, seccomp_export_pfc.
 *
 * In: a context. Out: the filter's instructions as the kernels of its architectures take them, or its meaning as pseudo
 * filter code, to a descriptor or into memory.
 */
#include "compat/ctx.h"

#include "base/text.h"
#include "language/policy_text.h"
#include "os/file.h"

#include <errno.h>
#include <string.h>

static int encode(struct cg_ctx *ctx, struct cg_text *bytes)
{
	int r = cg_ctx_compile(ctx);

	if (r < 0)
		return r;
	cg_filter_encode(ctx->filter, bytes);
	return bytes->has_failed ? -ENOMEM : 0;
}

static int write_out(const struct cg_ctx *ctx, int fd, const struct cg_text *text)
{
	int r = cg_fd_write(fd, cg_text_get(text), text->length);

	return r < 0 ? cg_ctx_error(ctx, r, true) : 0;
}

int seccomp_export_bpf(const scmp_filter_ctx handle, int fd)
{
	struct cg_ctx *ctx = cg_ctx_get_ready(handle);
	struct cg_text bytes = { 0 };
	int r;

	if (!ctx)
		return -EINVAL;
	r = encode(ctx, &bytes);
	if (r == 0)
		r = write_out(ctx, fd, &bytes);
	cg_text_done(&bytes);
	return r;
}

int seccomp_export_bpf_mem(const scmp_filter_ctx handle, void *buf, size_t *len)
{
	struct cg_ctx *ctx = cg_ctx_get_ready(handle);
	struct cg_text bytes = { 0 };
	int r;

	if (!ctx || !len)
		return -EINVAL;
	r = encode(ctx, &bytes);
	if (r == 0) {
		if (buf && bytes.length > *len)
			r = -ERANGE;
		else if (buf)
			memcpy(buf, cg_text_get(&bytes), bytes.length);
		*len = bytes.length;
	}
	cg_text_done(&bytes);
	return r;
}

int seccomp_export_pfc(const scmp_filter_ctx handle, int fd)
{
	struct cg_ctx *ctx = cg_ctx_get_ready(handle);
	struct cg_text text = { 0 };
	struct cg_policy *policy;
	int r;

	if (!ctx)
		return -EINVAL;
	policy = cg_ctx_policy(ctx);
	r = policy ? cg_policy_write_pfc(policy, &text) : -ENOMEM;
	cg_policy_free(policy);
	r = r < 0 ? cg_ctx_error(ctx, r, false) : write_out(ctx, fd, &text);
	cg_text_done(&text);
	return r;
}
