/*
 * User notification. See notify.h; kernel/seccomp.c, seccomp_notify_ioctl().
 */
#include "os/notify.h"

#include "base/cleanup.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Not in Debian 12's headers: since 6.6, uapi/linux/seccomp.h. */
#define IOCTL_SET_FLAGS SECCOMP_IOW(4, uint64_t)
#define FD_SYNC_WAKE_UP 1UL

/* The kernel may grow its structures; it tells their sizes, and wants the receive buffer zeroed. */
#define BUFFER_SIZE 1024

int cg_notify_check(struct cg_err *err)
{
	struct seccomp_notif_sizes sizes;

	if (syscall(SYS_seccomp, SECCOMP_GET_NOTIF_SIZES, 0, &sizes) < 0)
		return cg_err_set(err, -EOPNOTSUPP, NULL, "this kernel has no user notification (it came with 5.0)");
	if (sizes.seccomp_notif > BUFFER_SIZE || sizes.seccomp_notif_resp > BUFFER_SIZE)
		return cg_err_set(err, -EOPNOTSUPP, NULL, "this kernel's notifications are larger than callgate knows");
	return 0;
}

int cg_notify_receive(int listener, struct cg_notification *ret_notification)
{
	union {
		struct seccomp_notif notif;
		unsigned char bytes[BUFFER_SIZE];
	} in;

	memset(&in, 0, sizeof(in));
	if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &in.notif) < 0)
		return -errno;

	ret_notification->id = in.notif.id;
	ret_notification->tid = (int)in.notif.pid;
	ret_notification->call = (struct cg_call){
		.arch = in.notif.data.arch,
		.nr = (uint32_t)in.notif.data.nr,
		.ip = in.notif.data.instruction_pointer,
	};
	for (unsigned int i = 0; i < 6; i++)
		ret_notification->call.args[i] = in.notif.data.args[i];
	return 0;
}

bool cg_notify_is_waiting(int listener, uint64_t id)
{
	return ioctl(listener, SECCOMP_IOCTL_NOTIF_ID_VALID, &id) == 0;
}

static int send_answer(int listener, const struct seccomp_notif_resp *answer)
{
	union {
		struct seccomp_notif_resp answer;
		unsigned char bytes[BUFFER_SIZE];
	} out;

	memset(&out, 0, sizeof(out));
	out.answer = *answer;
	return ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &out.answer) < 0 ? -errno : 0;
}

int cg_notify_continue(int listener, uint64_t id)
{
	return send_answer(listener,
			   &(struct seccomp_notif_resp){ .id = id, .flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE });
}

int cg_notify_refuse(int listener, uint64_t id, unsigned int number)
{
	return send_answer(listener, &(struct seccomp_notif_resp){ .id = id, .error = -(int)number });
}

int cg_notify_return(int listener, uint64_t id, int64_t value)
{
	return send_answer(listener, &(struct seccomp_notif_resp){ .id = id, .val = value });
}

int cg_notify_add_fd(int listener, uint64_t id, int fd, bool does_answer)
{
	struct seccomp_notif_addfd add = {
		.id = id,
		.srcfd = (uint32_t)fd,
		.flags = does_answer ? SECCOMP_ADDFD_FLAG_SEND : 0,
	};
	int r = ioctl(listener, SECCOMP_IOCTL_NOTIF_ADDFD, &add);

	return r < 0 ? -errno : r;
}

int cg_notify_sizes(size_t *ret_question, size_t *ret_answer)
{
	struct seccomp_notif_sizes sizes;

	if (syscall(SYS_seccomp, SECCOMP_GET_NOTIF_SIZES, 0, &sizes) < 0)
		return -errno;
	*ret_question = sizes.seccomp_notif;
	*ret_answer = sizes.seccomp_notif_resp;
	return 0;
}

int cg_notify_receive_raw(int listener, struct seccomp_notif *notif)
{
	return ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, notif) < 0 ? -errno : 0;
}

int cg_notify_respond_raw(int listener, struct seccomp_notif_resp *answer)
{
	return ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, answer) < 0 ? -errno : 0;
}

int cg_notify_add_fd_raw(int listener, struct seccomp_notif_addfd *add)
{
	int r = ioctl(listener, SECCOMP_IOCTL_NOTIF_ADDFD, add);

	return r < 0 ? -errno : r;
}

int cg_notify_wake_synchronously(int listener)
{
	return ioctl(listener, IOCTL_SET_FLAGS, FD_SYNC_WAKE_UP) < 0 ? -errno : 0;
}

bool cg_notify_has_hangup(int listener)
{
	/* No notification has the id 0 yet or again: a kernel that knows the request looks for it and finds none. */
	return cg_notify_add_fd(listener, UINT64_MAX, STDIN_FILENO, false) != -EINVAL;
}

bool cg_notify_has_askers(int listener)
{
	struct pollfd fd = { .fd = listener, .events = 0 };

	return poll(&fd, 1, 0) != 1 || !(fd.revents & POLLHUP);
}

/* What /proc/TID/status says of how a process would take SIGSYS. */
struct fate {
	int tgid;
	bool is_sure; /* SIGSYS kills it, whatever it does */
};

static bool has_signal(const char *mask_text, int number)
{
	return strtoull(mask_text, NULL, 16) >> (number - 1) & 1;
}

/* "NSpid:	1234	1": the last one is the id in the innermost namespace. */
static bool is_init(const char *ids)
{
	const char *last = strrchr(ids, '\t');

	return last && atoi(last + 1) == 1;
}

static void read_fate_line(const char *line, struct fate *fate)
{
	const char *value = strchr(line, ':');

	if (!value)
		return;
	value++;
	if (strncmp(line, "Tgid:", 5) == 0)
		fate->tgid = atoi(value);
	else if (strncmp(line, "TracerPid:", 10) == 0 && atoi(value) != 0)
		fate->is_sure = false;
	else if (strncmp(line, "Threads:", 8) == 0 && atoi(value) != 1)
		fate->is_sure = false;
	else if (strncmp(line, "NSpid:", 6) == 0 && is_init(value))
		fate->is_sure = false;
	else if (strncmp(line, "Sig", 3) == 0 && strncmp(line, "SigQ:", 5) != 0 && strncmp(line, "SigPnd:", 7) != 0 &&
		 has_signal(value, SIGSYS))
		fate->is_sure = false; /* SigBlk, SigIgn, SigCgt */
}

static void close_file(FILE **file)
{
	if (*file)
		fclose(*file);
}

static int read_fate(int tid, struct fate *ret_fate)
{
	struct fate fate = { .is_sure = true };
	char path[64], line[512];

	snprintf(path, sizeof(path), "/proc/%d/status", tid);
	CG_CLEANUP(close_file) FILE *file = fopen(path, "re");

	if (!file)
		return -errno;
	while (fgets(line, sizeof(line), file))
		read_fate_line(line, &fate);
	if (fate.tgid <= 0)
		return -ESRCH;
	*ret_fate = fate;
	return 0;
}

int cg_notify_kill(int listener, const struct cg_notification *notification, int *ret_signal)
{
	struct fate fate;
	int r = read_fate(notification->tid, &fate), fd, number;

	if (r < 0)
		return r;
	fd = (int)syscall(SYS_pidfd_open, fate.tgid, 0);
	if (fd < 0)
		return -errno;

	/* Still waiting: so what was read, and the pidfd, are about the asker and not about a later owner of its id. */
	number = fate.is_sure ? SIGSYS : SIGKILL;
	if (!cg_notify_is_waiting(listener, notification->id))
		r = -ENOENT;
	else
		r = syscall(SYS_pidfd_send_signal, fd, number, NULL, 0) < 0 ? -errno : 0;
	close(fd);

	/*
	 * A thread that waits for its answer may be deaf to all but SIGKILL (WAIT_KILLABLE_RECV), so it is answered
	 * whatever happened; the call is refused, and a pending SIGSYS is met on the way back to it.
	 */
	cg_notify_refuse(listener, notification->id, ENOSYS);
	if (r == 0)
		*ret_signal = number;
	return r;
}
