/*
 * Probes of what can be seen of other processes and of the kernel's log.
 */
#include "os/probe_rows.h"

#include "abi/action.h"
#include "os/seccomp.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/netlink.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define LOG_PATIENCE 500 /* milliseconds until a record must have come */
#define NO_PTRACE "a container's filter may forbid ptrace(2), or kernel.yama.ptrace_scope is 3"

/* A child that waits for a byte, then calls `body`; *ret_go is where the byte goes. */
static pid_t start_waiting(int (*body)(void), int *ret_go)
{
	int pipes[2];
	pid_t pid;
	char byte;

	if (pipe(pipes) < 0)
		return -1;
	pid = cg_probe_fork();
	if (pid == 0) {
		close(pipes[1]);
		cg_probe_leave(read(pipes[0], &byte, 1) == 1 ? body() : 1);
	}
	close(pipes[0]);
	*ret_go = pipes[1];
	return pid;
}

static void let_go(int go)
{
	if (write(go, "x", 1) != 1)
		errno = EPIPE;
	close(go);
}

static int do_nothing(void)
{
	return 0;
}

void cg_probe_seize(struct cg_feature_answer *answer)
{
	int go;
	pid_t pid = start_waiting(do_nothing, &go);

	if (pid < 0 || ptrace(PTRACE_SEIZE, pid, 0, 0) < 0)
		cg_probe_errno(answer, NO_PTRACE, "seizing a child");
	else
		cg_probe_yes(answer, "a child could be seized (record)");
}

static int call_under_trace(void)
{
	if (cg_probe_load(cg_action_trace(0x2a), 0) < 0)
		return 1;
	return syscall(SYS_getppid) > 0 ? 0 : 2;
}

/* RET_TRACE wants a tracer; without one the call fails with ENOSYS. */
void cg_probe_action_trace(struct cg_feature_answer *answer)
{
	unsigned long data = 0;
	int go, status;
	pid_t pid = start_waiting(call_under_trace, &go);

	if (pid < 0 || ptrace(PTRACE_SEIZE, pid, 0, PTRACE_O_TRACESECCOMP) < 0) {
		if (cg_probe_load(cg_action_trace(1), 0) == 0 && syscall(SYS_getppid) < 0 && errno == ENOSYS)
			cg_probe_limited(answer, NO_PTRACE, "without a tracer it is ENOSYS; none could be had");
		else
			cg_probe_errno(answer, NO_PTRACE, "seizing a child");
		return;
	}
	let_go(go);
	status = cg_probe_wait(pid);
	if (status >> 8 == (SIGTRAP | PTRACE_EVENT_SECCOMP << 8))
		ptrace(PTRACE_GETEVENTMSG, pid, 0, &data);
	ptrace(PTRACE_CONT, pid, 0, 0);
	if (data == 0x2a && cg_probe_wait(pid) == 0)
		cg_probe_yes(answer, "the tracer saw the call and let it go on");
	else
		cg_probe_no(answer, "", "the tracer did not see the call");
}

static int load_and_wait(void)
{
	if (cg_probe_load(cg_action_errno(EDOM), 0) == 0)
		raise(SIGSTOP);
	return 0;
}

/* Wants CAP_SYS_ADMIN, and a reader without filters of its own (kernel/seccomp.c, seccomp_get_filter()). */
void cg_probe_get_filter(struct cg_feature_answer *answer)
{
	int go, status;
	long n_insns;
	pid_t pid = start_waiting(load_and_wait, &go);

	if (pid < 0 || ptrace(PTRACE_SEIZE, pid, 0, 0) < 0) {
		cg_probe_errno(answer, NO_PTRACE, "seizing a child");
		return;
	}
	let_go(go);
	status = cg_probe_wait(pid);
	n_insns = status >= 0 && WIFSTOPPED(status) ? ptrace(PTRACE_SECCOMP_GET_FILTER, pid, 0, 0) : -1;
	if (n_insns > 0)
		cg_probe_yes(answer, "the filter of a running process could be read");
	else if (errno == EACCES)
		cg_probe_no(answer, "be root, and under no filter",
			    "reading needs CAP_SYS_ADMIN and no filter of one's own");
	else
		cg_probe_errno(answer, "a kernel with CONFIG_CHECKPOINT_RESTORE", "reading a child's filter");
}

static int read_line(const char *path, char *ret_line, size_t size)
{
	FILE *file = fopen(path, "re");
	char *line = file ? fgets(ret_line, (int)size, file) : NULL;

	if (file)
		fclose(file);
	if (!line)
		return -ENOENT;
	ret_line[strcspn(ret_line, "\n")] = '\0';
	return 0;
}

void cg_probe_yama(struct cg_feature_answer *answer)
{
	static const char *const meanings[] = { "0: any process of the same user may be traced",
						"1: only children may be traced", "2: only by CAP_SYS_PTRACE",
						"3: nothing may be traced" };
	char line[32];
	int scope;

	if (read_line("/proc/sys/kernel/yama/ptrace_scope", line, sizeof(line)) < 0) {
		cg_probe_yes(answer, "not in this kernel: any process of the same user may be traced");
		return;
	}
	scope = line[0] >= '0' && line[0] <= '3' ? line[0] - '0' : 3;
	if (scope == 0)
		cg_probe_yes(answer, "ptrace_scope %s", meanings[scope]);
	else if (scope < 3)
		cg_probe_limited(answer, "sysctl kernel.yama.ptrace_scope=0, or be root", "ptrace_scope %s",
				 meanings[scope]);
	else
		cg_probe_no(answer, "reboot with another setting: 3 cannot be undone", "ptrace_scope %s",
			    meanings[scope]);
}

void cg_probe_actions_logged(struct cg_feature_answer *answer)
{
	char line[256];

	if (read_line("/proc/sys/kernel/seccomp/actions_logged", line, sizeof(line)) < 0)
		cg_probe_no(answer, "a kernel of 4.14 or newer, with /proc mounted", "there is no such setting here");
	else if (strstr(line, "errno") && strstr(line, "log") && strstr(line, "kill_process"))
		cg_probe_yes(answer, "%s", line);
	else
		cg_probe_limited(answer, "sysctl kernel.seccomp.actions_logged, with all that is to be seen", "%s",
				 line);
}

/* A call that leaves a record in the log; *ret_pid is whose. */
static bool leave_record(pid_t *ret_pid)
{
	pid_t pid = cg_probe_fork();

	if (pid == 0) {
		if (cg_probe_load(CG_ACTION_LOG, 0) < 0)
			cg_probe_leave(1);
		cg_probe_leave(syscall(SYS_getppid) >= 0 ? 0 : 1);
	}
	*ret_pid = pid;
	return cg_probe_wait(pid) == 0;
}

static bool is_record(const char *text, pid_t pid)
{
	char wanted[32];

	snprintf(wanted, sizeof(wanted), " pid=%d ", (int)pid);
	return strstr(text, "type=1326") && strstr(text, wanted);
}

static bool finds_record(int fd, pid_t pid)
{
	struct pollfd poll_fd = { .fd = fd, .events = POLLIN };
	char line[8192];

	while (poll(&poll_fd, 1, LOG_PATIENCE) == 1) {
		ssize_t n = read(fd, line, sizeof(line) - 1);

		if (n < 0 && errno == EPIPE) /* lines were overwritten meanwhile */
			continue;
		if (n <= 0)
			return false;
		line[n] = '\0';
		if (is_record(line, pid))
			return true;
	}
	return false;
}

void cg_probe_kmsg(struct cg_feature_answer *answer)
{
	int fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	pid_t pid;

	if (fd < 0) {
		cg_probe_errno(answer, "be root, or sysctl kernel.dmesg_restrict=0 and use dmesg", "opening /dev/kmsg");
		return;
	}
	if (lseek(fd, 0, SEEK_END) < 0 || !leave_record(&pid))
		cg_probe_errno(answer, "", "leaving a record");
	else if (finds_record(fd, pid))
		cg_probe_yes(answer, "a record of a logged call was read");
	else
		cg_probe_limited(answer, "ask auditd (ausearch -m seccomp), or wait: the kernel limits the rate",
				 "readable, but a record did not come");
}

/* What audit multicasts begins with a netlink header; the record is text behind it. */
static bool hears_record(int fd, pid_t pid)
{
	struct pollfd poll_fd = { .fd = fd, .events = POLLIN };
	char wanted[32];

	snprintf(wanted, sizeof(wanted), " pid=%d ", (int)pid);
	while (poll(&poll_fd, 1, LOG_PATIENCE) == 1) {
		char message[8192] = { 0 };
		struct nlmsghdr header;
		ssize_t n = recv(fd, message, sizeof(message) - 1, MSG_DONTWAIT);

		if (n < (ssize_t)sizeof(header))
			return false;
		memcpy(&header, message, sizeof(header));
		if (header.nlmsg_type == AUDIT_SECCOMP && strstr(message + sizeof(header), wanted))
			return true;
	}
	return false;
}

void cg_probe_audit(struct cg_feature_answer *answer)
{
	struct sockaddr_nl address = { .nl_family = AF_NETLINK, .nl_groups = 1U << (AUDIT_NLGRP_READLOG - 1) };
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_AUDIT);
	pid_t pid;

	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		cg_probe_errno(answer, "CAP_AUDIT_READ, outside of containers", "joining the group");
	else if (!leave_record(&pid))
		cg_probe_errno(answer, "", "leaving a record");
	else if (hears_record(fd, pid))
		cg_probe_yes(answer, "a record of a logged call was heard");
	else
		cg_probe_limited(answer, "", "joined, but a record did not come");
}
