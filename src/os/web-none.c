/*
 * See web.h. This build had no headers of libcurl.
 */
#include "os/web.h"

#include <errno.h>

int cg_web_get(const char *url, const struct cg_web_limits *limits, struct cg_text *text, unsigned int *ret_status,
	       struct cg_err *err)
{
	return cg_err_set(err, -ENOPKG, NULL, "this callgate was built without HTTP: build it with libcurl4-openssl-dev");
}
