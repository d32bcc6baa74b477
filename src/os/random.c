/*
 * See random.h; getrandom(2).
 */
#include "os/random.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>

int cg_random_fill(void *bytes, size_t length, struct cg_err *err)
{
	char *at = bytes;

	while (length) {
		ssize_t n = getrandom(at, length, 0);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return cg_err_set(err, -errno, NULL, "no random numbers to be had: %s", strerror(errno));
		at += n;
		length -= (size_t)n;
	}
	return 0;
}
