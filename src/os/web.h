/*
 * HTTP GET, by libcurl, which is loaded when it is first needed: no other command pays for it.
 *
 * In: an http:// or https:// URL. Out: the body of an answer. No other scheme, no redirects (whoever was asked is who
 * answers), a limit on time and bytes. Certificates are checked as curl(1) does; http_proxy and no_proxy count.
 */
#ifndef CG_OS_WEB_H
#define CG_OS_WEB_H

#include "base/err.h"
#include "base/text.h"

#include <stddef.h>
#include <stdint.h>

struct cg_web_limits {
	uint64_t timeout_ms; /* for all of it */
	size_t bytes; /* of the body */
};

/*
 * Appends the body to `text`, whatever the status (200, 404, …), which is *ret_status. In errors the place is scheme
 * and host. Errors: -ENOPKG there is no libcurl (the message says which package has it); -EINVAL another scheme;
 * -ETIMEDOUT, -ECONNREFUSED, -EHOSTUNREACH (no such name), -EFBIG, -EPROTO, -EIO, -ENOMEM. Not thread-safe.
 */
int cg_web_get(const char *url, const struct cg_web_limits *limits, struct cg_text *text, unsigned int *ret_status,
	       struct cg_err *err);

#endif
