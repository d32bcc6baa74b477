/*
 * Tests of levels and notification through the public API. The filter is made by hand, as what is tested here is the
 * talk with its listener.
 */
#include "compat/api_level.h"
#include "os/test-live.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <seccomp.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <cmocka.h>

#define TIME_LIMIT 20

static void test_version(void **state)
{
	const struct scmp_version *version = seccomp_version();

	assert_int_equal(version->major, SCMP_VER_MAJOR);
	assert_int_equal(version->minor, SCMP_VER_MINOR);
	assert_int_equal(version->micro, SCMP_VER_MICRO);
}

static void test_levels(void **state)
{
	unsigned int level;

	errno = EDOM;
	level = seccomp_api_get();
	assert_int_equal(errno, EDOM);
	assert_in_range(level, 1, 7);
	assert_int_equal(seccomp_api_get(), level);
	assert_int_equal(seccomp_api_set(0), -EINVAL);
	assert_int_equal(seccomp_api_set(8), -EINVAL);
	for (unsigned int i = 1; i <= 7; i++) {
		assert_int_equal(seccomp_api_set(i), 0);
		assert_int_equal(seccomp_api_get(), i);
	}
	assert_int_equal(seccomp_api_set(level), 0);
}

static void test_errors(void **state)
{
	struct seccomp_notif req;
	struct seccomp_notif_resp resp = { 0 };
	struct seccomp_notif_addfd addfd = { 0 };
	unsigned int level = seccomp_api_get();

	if (level < CG_API_LEVEL_NOTIFY) {
		print_message("# this kernel has no user notification\n");
		skip();
	}
	assert_int_equal(seccomp_notify_receive(-1, &req), -ECANCELED);
	assert_int_equal(errno, EBADF);
	assert_int_equal(seccomp_notify_respond(-1, &resp), -ECANCELED);
	assert_int_equal(seccomp_notify_addfd(-1, &addfd), -ECANCELED);
	assert_int_equal(seccomp_notify_id_valid(-1, 1), -ENOENT);
	assert_int_equal(seccomp_notify_receive(0, NULL), -EINVAL);
	assert_int_equal(seccomp_notify_respond(0, NULL), -EINVAL);
	assert_int_equal(seccomp_notify_addfd(0, NULL), -EINVAL);

	assert_int_equal(seccomp_api_set(CG_API_LEVEL_NOTIFY - 1), 0);
	assert_int_equal(seccomp_notify_alloc(NULL, NULL), -EOPNOTSUPP);
	assert_int_equal(seccomp_notify_receive(-1, &req), -EOPNOTSUPP);
	assert_int_equal(seccomp_notify_respond(-1, &resp), -EOPNOTSUPP);
	assert_int_equal(seccomp_notify_addfd(-1, &addfd), -EOPNOTSUPP);
	assert_int_equal(seccomp_notify_id_valid(-1, 1), -EOPNOTSUPP);
	assert_int_equal(seccomp_api_set(level), 0);
}

static void test_room(void **state)
{
	struct seccomp_notif *req = NULL;
	struct seccomp_notif_resp *resp = NULL;

	if (seccomp_api_get() < CG_API_LEVEL_NOTIFY) {
		print_message("# this kernel has no user notification\n");
		skip();
	}
	assert_int_equal(seccomp_notify_alloc(NULL, NULL), 0);
	assert_int_equal(seccomp_notify_alloc(&req, NULL), 0);
	assert_non_null(req);
	seccomp_notify_free(req, NULL);
	assert_int_equal(seccomp_notify_alloc(&req, &resp), 0);
	assert_int_equal(req->id, 0);
	seccomp_notify_free(req, resp);
	seccomp_notify_free(NULL, NULL);
}

/* A listener for getppid and dup. Everything else is allowed. */
static int load_filter(void)
{
	struct sock_filter insns[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getppid, 1, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_dup, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { .len = sizeof(insns) / sizeof(insns[0]), .filter = insns };

	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &program);
}

static void send_fd(int socket, int fd)
{
	char data = 0;
	char control[CMSG_SPACE(sizeof(fd))] = { 0 };
	struct iovec iov = { &data, 1 };
	struct msghdr message = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control,
				  .msg_controllen = sizeof(control) };
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);

	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof(fd));
	memcpy(CMSG_DATA(header), &fd, sizeof(fd));
	if (sendmsg(socket, &message, 0) != 1)
		_exit(91);
}

static int receive_fd(int socket)
{
	int fd;
	char data;
	char control[CMSG_SPACE(sizeof(fd))] = { 0 };
	struct iovec iov = { &data, 1 };
	struct msghdr message = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control,
				  .msg_controllen = sizeof(control) };

	assert_int_equal(recvmsg(socket, &message, 0), 1);
	memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(fd));
	return fd;
}

static void be_the_asker(int socket)
{
	int listener = load_filter();
	struct stat status;
	int fd;

	alarm(TIME_LIMIT);
	if (listener < 0)
		_exit(90);
	send_fd(socket, listener);
	close(listener);
	if (syscall(SYS_getppid) != 4711)
		_exit(1);
	fd = (int)syscall(SYS_dup, 12345);
	if (fd < 0 || fstat(fd, &status) < 0 || !S_ISCHR(status.st_mode))
		_exit(2);
	_exit(0);
}

static void answer_both(int listener, struct seccomp_notif *req, struct seccomp_notif_resp *resp)
{
	struct seccomp_notif_addfd addfd = { 0 };

	memset(req, 0xff, sizeof(*req)); /* the kernel wants it zeroed: that is not the caller's work */
	assert_int_equal(seccomp_notify_receive(listener, req), 0);
	assert_int_equal(req->data.nr, SYS_getppid);
	assert_int_equal(seccomp_notify_id_valid(listener, req->id), 0);
	assert_int_equal(seccomp_notify_id_valid(listener, req->id + 100), -ENOENT);
	*resp = (struct seccomp_notif_resp){ .id = req->id, .val = 4711 };
	assert_int_equal(seccomp_notify_respond(listener, resp), 0);
	assert_int_equal(seccomp_notify_respond(listener, resp), -ECANCELED);
	assert_true(errno == ENOENT || errno == EINPROGRESS); /* the asker has not woken up yet */

	assert_int_equal(seccomp_notify_receive(listener, req), 0);
	assert_int_equal(req->data.args[0], 12345);
	addfd.id = req->id;
	addfd.srcfd = (unsigned int)open("/dev/null", O_RDONLY | O_CLOEXEC);
	*resp = (struct seccomp_notif_resp){ .id = req->id, .val = seccomp_notify_addfd(listener, &addfd) };
	close((int)addfd.srcfd);
	assert_true(resp->val >= 0);
	assert_int_equal(seccomp_notify_respond(listener, resp), 0);
}

static void test_questions_and_answers(void **state)
{
	struct seccomp_notif *req;
	struct seccomp_notif_resp *resp;
	int sockets[2];
	int listener;
	int status;
	pid_t pid;

	if (seccomp_api_get() < CG_API_LEVEL_NOTIFY) {
		print_message("# this kernel has no user notification\n");
		skip();
	}
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets), 0);
	pid = fork();
	if (pid == 0)
		be_the_asker(sockets[1]);
	close(sockets[1]);
	listener = receive_fd(sockets[0]);
	assert_int_equal(seccomp_notify_alloc(&req, &resp), 0);
	answer_both(listener, req, resp);
	seccomp_notify_free(req, resp);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	close(listener);
	close(sockets[0]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_version),
		cmocka_unit_test(test_levels),
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_room),
		cmocka_unit_test(test_questions_and_answers),
	};

	return test_is_not_live() ? 0 : cmocka_run_group_tests(tests, NULL, NULL);
}
