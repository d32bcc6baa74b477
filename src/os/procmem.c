/*
 * See procmem.h; process_vm_readv(2).
 */
#include "os/procmem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#define PAGE 4096 /* the smallest of any arch: a read within one meets no hole */

int cg_process_string(int tid, uint64_t address, char *ret_text, size_t size)
{
	size_t length = 0;

	while (length < size - 1) {
		size_t to_page_end = PAGE - (address + length) % PAGE;
		struct iovec here = { ret_text + length, size - 1 - length };
		struct iovec there;
		char *end;
		ssize_t n;

		if (here.iov_len > to_page_end)
			here.iov_len = to_page_end;
		there = (struct iovec){ (void *)(uintptr_t)(address + length), here.iov_len };
		n = process_vm_readv(tid, &here, 1, &there, 1, 0);
		if (n <= 0)
			return n < 0 ? -errno : -EFAULT;
		end = memchr(ret_text + length, '\0', (size_t)n);
		if (end)
			return (int)(end - ret_text);
		length += (size_t)n;
	}
	ret_text[length] = '\0';
	return (int)length;
}

int cg_process_name(int tid, char *ret_name, size_t size)
{
	char path[64];
	ssize_t n;
	int fd;

	snprintf(ret_name, size, "?");
	snprintf(path, sizeof(path), "/proc/%d/comm", tid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	n = read(fd, ret_name, size - 1);
	if (n > 0)
		ret_name[n - 1] = '\0'; /* the newline */
	close(fd);
	return n > 0 ? 0 : -ESRCH;
}
