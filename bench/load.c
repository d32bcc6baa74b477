/*
 * Loads a raw filter as it is, with nothing of callgate's around it, and becomes a command: what others' filters, or the
 * smallest one, cost.
 *
 * In: a file of BPF instructions, a command; -l in front: with SECCOMP_FILTER_FLAG_LOG. Out: the command's own output and
 * status; 125 when the filter is refused.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static struct sock_filter insns[BPF_MAXINSNS];

int main(int argc, char **argv)
{
	struct sock_fprog program = { .filter = insns };
	unsigned int flags = argc > 1 && strcmp(argv[1], "-l") == 0 ? SECCOMP_FILTER_FLAG_LOG : 0;
	ssize_t n_bytes;
	int fd;

	argv += flags != 0;
	argc -= flags != 0;
	if (argc < 3) {
		fputs("usage: bench-load [-l] FILTER COMMAND…\n", stderr);
		return 2;
	}
	fd = open(argv[1], O_RDONLY | O_CLOEXEC);
	n_bytes = fd < 0 ? -1 : read(fd, insns, sizeof(insns));
	program.len = n_bytes < 0 ? 0 : (unsigned short)((size_t)n_bytes / sizeof(insns[0]));
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program) < 0) {
		fprintf(stderr, "%s: %s\n", argv[1], strerror(errno));
		return 125;
	}
	execvp(argv[2], argv + 2);
	fprintf(stderr, "%s: %s\n", argv[2], strerror(errno));
	return 127;
}
