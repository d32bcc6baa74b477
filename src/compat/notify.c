/*
 * seccomp_notify_*(): questions of a filter, and answers. See seccomp_notify_alloc(3), seccomp_unotify(2).
 *
 * In: a listener's descriptor. Out: the kernel's own structures, as they are. What the kernel refuses is -ECANCELED,
 * with its reason in errno.
 */
#include "compat/api_level.h"
#include "compat/ctx.h"
#include "os/notify.h"

#include <errno.h>
#include <seccomp.h>
#include <stdlib.h>
#include <string.h>

/* The API's answer for what os/ said. */
static int answer(int r)
{
	if (r >= 0)
		return r;
	errno = -r;
	return -ECANCELED;
}

static size_t larger(size_t a, size_t b)
{
	return a > b ? a : b;
}

int seccomp_notify_alloc(struct seccomp_notif **req, struct seccomp_notif_resp **resp)
{
	struct seccomp_notif *new_req = NULL;
	struct seccomp_notif_resp *new_resp = NULL;
	size_t req_size;
	size_t resp_size;
	int r;

	if (cg_api_level() < CG_API_LEVEL_NOTIFY)
		return -EOPNOTSUPP;
	r = cg_notify_sizes(&req_size, &resp_size);
	if (r < 0)
		return answer(r);

	if (req) {
		new_req = calloc(1, larger(req_size, sizeof(*new_req)));
		if (!new_req)
			return -ENOMEM;
	}
	if (resp) {
		new_resp = calloc(1, larger(resp_size, sizeof(*new_resp)));
		if (!new_resp) {
			free(new_req);
			return -ENOMEM;
		}
		*resp = new_resp;
	}
	if (req)
		*req = new_req;
	return 0;
}

void seccomp_notify_free(struct seccomp_notif *req, struct seccomp_notif_resp *resp)
{
	free(req);
	free(resp);
}

int seccomp_notify_receive(int fd, struct seccomp_notif *req)
{
	if (cg_api_level() < CG_API_LEVEL_NOTIFY)
		return -EOPNOTSUPP;
	if (!req)
		return -EINVAL;
	/* The kernel insists, and a caller's structure may be no larger than the header's. */
	memset(req, 0, sizeof(*req));
	return answer(cg_notify_receive_raw(fd, req));
}

int seccomp_notify_respond(int fd, struct seccomp_notif_resp *resp)
{
	if (cg_api_level() < CG_API_LEVEL_NOTIFY)
		return -EOPNOTSUPP;
	if (!resp)
		return -EINVAL;
	return answer(cg_notify_respond_raw(fd, resp));
}

int seccomp_notify_id_valid(int fd, uint64_t id)
{
	if (cg_api_level() < CG_API_LEVEL_NOTIFY)
		return -EOPNOTSUPP;
	return cg_notify_is_waiting(fd, id) ? 0 : -ENOENT;
}

int seccomp_notify_addfd(int fd, struct seccomp_notif_addfd *addfd)
{
	if (cg_api_level() < CG_API_LEVEL_NOTIFY)
		return -EOPNOTSUPP;
	if (!addfd)
		return -EINVAL;
	return answer(cg_notify_add_fd_raw(fd, addfd));
}

int seccomp_notify_fd(const scmp_filter_ctx handle)
{
	const struct cg_ctx *ctx = cg_ctx_get(handle);

	if (!ctx)
		return -EINVAL;
	return ctx->notify_fd < 0 ? -EFAULT : ctx->notify_fd; /* the page says -1, and no libseccomp does */
}
