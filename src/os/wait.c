/*
 * See wait.h.
 */
#include "os/wait.h"

#include <poll.h>

size_t cg_wait_readable(const int *fds, size_t n, int timeout_ms, bool *ret_is_ready)
{
	struct pollfd polled[CG_WAIT_LIMIT];
	size_t n_polled = n < CG_WAIT_LIMIT ? n : CG_WAIT_LIMIT, n_ready = 0;
	bool has_any;

	for (size_t i = 0; i < n_polled; i++)
		polled[i] = (struct pollfd){ .fd = fds[i], .events = POLLIN };
	has_any = poll(polled, n_polled, timeout_ms) > 0;
	for (size_t i = 0; i < n; i++) {
		ret_is_ready[i] = has_any && i < n_polled && polled[i].revents;
		n_ready += ret_is_ready[i];
	}
	return n_ready;
}
