/*
 * Runs a command whose every getppid(2) is asked about and let through at once, by a listener that does nothing else:
 * what SECCOMP_RET_USER_NOTIF costs on this machine, whoever listens.
 *
 * In: a command. Out: its own output and status; 4 where the kernel has no listeners. seccomp_unotify(2).
 */
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define SET_FLAGS SECCOMP_IOW(4, uint64_t) /* since 6.6; 1 is SYNC_WAKE_UP */

static int load(void)
{
	struct sock_filter insns[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getppid, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { sizeof(insns) / sizeof(insns[0]), insns };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -1;
	return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &program);
}

static int run(char **argv, int port)
{
	int listener = load();

	if (write(port, &listener, sizeof(listener)) != sizeof(listener) || listener < 0 ||
	    read(port, &listener, sizeof(listener)) != sizeof(listener))
		return 4;
	execvp(argv[0], argv);
	return 127;
}

/* Until nobody is left to ask: then the kernel says ENOENT. */
static void let_all_through(int listener)
{
	for (;;) {
		struct seccomp_notif question = { 0 };
		struct seccomp_notif_resp answer = { .flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE };

		if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &question) < 0)
			return;
		answer.id = question.id;
		ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &answer);
	}
}

int main(int argc, char **argv)
{
	int ports[2], listener, status = -1, pidfd;
	pid_t pid;

	if (argc < 2 || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ports) < 0)
		return 2;
	pid = fork();
	if (pid == 0)
		_exit(run(argv + 1, ports[0]));
	close(ports[0]);
	if (pid < 0 || read(ports[1], &listener, sizeof(listener)) != sizeof(listener))
		return 1;
	pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	listener = (int)syscall(SYS_pidfd_getfd, pidfd, listener, 0);
	if (listener < 0) {
		fprintf(stderr, "%s: there is no listener here\n", argv[0]);
		return 4;
	}
	ioctl(listener, SET_FLAGS, 1UL);
	if (write(ports[1], &listener, sizeof(listener)) != sizeof(listener))
		return 1;
	let_all_through(listener);
	if (waitpid(pid, &status, 0) != pid)
		return 1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
