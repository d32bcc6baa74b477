/*
 * Into force and out: loading, precomputed or not, in a signal handler too; listeners; exports and their errors.
 *
 * Whatever loads a filter does so in a child, which leaves by _exit. Linked with --wrap for malloc, calloc, realloc and
 * free, so that a load which must not use them can be seen not to.
 */
#include "compat/test-support.h"

#include "os/test-live.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

void *__real_malloc(size_t size);
void *__real_calloc(size_t n_items, size_t size);
void *__real_realloc(void *memory, size_t size);
void __real_free(void *memory);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n_items, size_t size);
void *__wrap_realloc(void *memory, size_t size);
void __wrap_free(void *memory);

static volatile unsigned long n_uses; /* of the heap */

void *__wrap_malloc(size_t size)
{
	n_uses++;
	return __real_malloc(size);
}

void *__wrap_calloc(size_t n_items, size_t size)
{
	n_uses++;
	return __real_calloc(n_items, size);
}

void *__wrap_realloc(void *memory, size_t size)
{
	n_uses++;
	return __real_realloc(memory, size);
}

void __wrap_free(void *memory)
{
	n_uses++;
	__real_free(memory);
}

/* 0: all was as it should be; else the number of the check that was not. */
static int in_child(int (*work)(void))
{
	int status = 0;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		alarm(20);
		_exit(work());
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + status;
}

static scmp_filter_ctx refuse_getppid(uint32_t action)
{
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ALLOW);

	if (ctx && seccomp_rule_add(ctx, action, SCMP_SYS(getppid), 0) == 0)
		return ctx;
	_exit(99);
}

static int getppid_errno(void)
{
	errno = 0;
	return syscall(SYS_getppid) < 0 ? errno : 0;
}

static int load_plainly(void)
{
	scmp_filter_ctx ctx = refuse_getppid(SCMP_ACT_ERRNO(77));

	if (seccomp_load(ctx) != 0)
		return 1;
	if (getppid_errno() != 77)
		return 2;
	if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1)
		return 3;
	if (seccomp_notify_fd(ctx) >= 0)
		return 4;
	seccomp_release(ctx);
	return getppid_errno() == 77 ? 0 : 5;
}

static scmp_filter_ctx handler_ctx;
static volatile int handler_result = -1;
static volatile unsigned long handler_uses;

static void load_in_handler(int signal)
{
	unsigned long before = n_uses;

	handler_result = seccomp_load(handler_ctx);
	handler_uses = n_uses - before;
}

static int load_in_signal(void)
{
	handler_ctx = refuse_getppid(SCMP_ACT_ERRNO(78));
	if (seccomp_precompute(handler_ctx) != 0)
		return 1;
	signal(SIGUSR1, load_in_handler);
	raise(SIGUSR1);
	if (handler_result != 0)
		return 2;
	if (handler_uses != 0)
		return 3;
	return getppid_errno() == 78 ? 0 : 4;
}

/* What is precomputed is not what is loaded, once the context has changed. */
static int load_after_change(void)
{
	scmp_filter_ctx ctx = refuse_getppid(SCMP_ACT_ERRNO(79));

	if (seccomp_precompute(ctx) != 0 || seccomp_precompute(ctx) != 0)
		return 1;
	if (seccomp_rule_add(ctx, SCMP_ACT_ERRNO(80), SCMP_SYS(getpgid), 0) != 0 || seccomp_load(ctx) != 0)
		return 2;
	errno = 0;
	syscall(SYS_getpgid, 0);
	return errno == 80 && getppid_errno() == 79 ? 0 : 3;
}

/* The filter forbids all but leaving: nothing but the two system calls may be made on the way. */
static int load_strictly(void)
{
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_KILL_PROCESS);

	if (seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(exit_group), 0) != 0)
		return 1;
	if (seccomp_load(ctx) != 0)
		return 2;
	return (int)syscall(SYS_exit_group, 0); /* sanitizers have an _exit of their own */
}

static int load_without_privileges(void)
{
	scmp_filter_ctx ctx = refuse_getppid(SCMP_ACT_ERRNO(81));

	if (geteuid() == 0 && setuid(65534) != 0)
		return 1;
	seccomp_attr_set(ctx, SCMP_FLTATR_CTL_NNP, 0);
	if (seccomp_load(ctx) != -ECANCELED)
		return 2;
	seccomp_attr_set(ctx, SCMP_FLTATR_API_SYSRAWRC, 1);
	if (seccomp_load(ctx) != -EACCES)
		return 3;
	return getppid_errno() == 0 ? 0 : 4;
}

static int load_for_all_threads(void)
{
	scmp_filter_ctx ctx = refuse_getppid(SCMP_ACT_ERRNO(82));

	if (seccomp_attr_set(ctx, SCMP_FLTATR_CTL_TSYNC, 1) != 0 || seccomp_attr_set(ctx, SCMP_FLTATR_CTL_LOG, 1) != 0)
		return 1;
	if (seccomp_load(ctx) != 0)
		return 2;
	return getppid_errno() == 82 ? 0 : 3;
}

/* Each context has its own listener; a thread's filters can have one, and the second load goes on without. */
static int load_listeners(void)
{
	scmp_filter_ctx first = refuse_getppid(SCMP_ACT_NOTIFY);
	scmp_filter_ctx second = refuse_getppid(SCMP_ACT_NOTIFY);
	int fd;

	if (seccomp_notify_fd(first) >= 0)
		return 1;
	if (seccomp_load(first) != 0)
		return 2;
	fd = seccomp_notify_fd(first);
	if (fd < 0 || fcntl(fd, F_GETFD) < 0)
		return 3;
	if (seccomp_load(second) != 0 || seccomp_notify_fd(second) >= 0)
		return 4;
	seccomp_release(first);
	if (fcntl(fd, F_GETFD) < 0)
		return 5;
	return seccomp_notify_fd(first) == -EINVAL ? 0 : 6;
}

static int forget_listeners(void)
{
	scmp_filter_ctx ctx = refuse_getppid(SCMP_ACT_NOTIFY);

	if (seccomp_load(ctx) != 0 || seccomp_notify_fd(ctx) < 0)
		return 1;
	if (seccomp_reset(NULL, SCMP_ACT_ALLOW) != 0)
		return 2;
	return seccomp_notify_fd(ctx) < 0 ? 0 : 3;
}

static void test_load(void **state)
{
	assert_int_equal(in_child(load_plainly), 0);
	assert_int_equal(in_child(load_after_change), 0);
	assert_int_equal(in_child(load_strictly), 0);
	assert_int_equal(in_child(load_without_privileges), 0);
	assert_int_equal(in_child(load_for_all_threads), 0);
}

static void test_load_in_signal(void **state)
{
	assert_int_equal(in_child(load_in_signal), 0);
}

static void test_listeners(void **state)
{
	if (seccomp_api_get() < 5) {
		print_message("# skipped: this kernel has no listeners\n");
		skip();
	}
	assert_int_equal(in_child(load_listeners), 0);
	assert_int_equal(in_child(forget_listeners), 0);
}

static void test_export(void **state)
{
	scmp_filter_ctx ctx = refuse_getppid(SCMP_ACT_ERRNO(5));
	char from_fd[4096] = { 0 }, from_memory[4096] = { 0 };
	size_t size = 0, small = 8, room = sizeof(from_memory);
	int fd = memfd_create("export", 0);
	int broken = open("/dev/null", O_RDONLY);

	assert_int_equal(seccomp_export_bpf_mem(ctx, NULL, NULL), -EINVAL);
	assert_int_equal(seccomp_export_bpf_mem(ctx, NULL, &size), 0);
	assert_true(size > 0 && size % 8 == 0);
	assert_int_equal(seccomp_export_bpf_mem(ctx, from_memory, &small), -ERANGE);
	assert_int_equal(small, size);
	assert_int_equal(from_memory[0], 0);
	assert_int_equal(seccomp_export_bpf_mem(ctx, from_memory, &room), 0);
	assert_int_equal(room, size);
	assert_int_equal(seccomp_export_bpf(ctx, fd), 0);
	assert_int_equal(pread(fd, from_fd, sizeof(from_fd), 0), size);
	assert_memory_equal(from_fd, from_memory, size);

	assert_int_equal(ftruncate(fd, 0), 0);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	assert_int_equal(seccomp_export_pfc(ctx, fd), 0);
	memset(from_fd, 0, sizeof(from_fd));
	assert_true(pread(fd, from_fd, sizeof(from_fd) - 1, 0) > 0);
	assert_non_null(strstr(from_fd, "action ERRNO(5);"));

	assert_int_equal(seccomp_export_bpf(ctx, broken), -ECANCELED);
	assert_int_equal(seccomp_export_pfc(ctx, -1), -ECANCELED);
	assert_int_equal(seccomp_attr_set(ctx, SCMP_FLTATR_API_SYSRAWRC, 1), 0);
	assert_int_equal(seccomp_export_bpf(ctx, broken), -EBADF);
	assert_int_equal(seccomp_export_pfc(ctx, -1), -EBADF);
	close(broken);
	close(fd);
	seccomp_release(ctx);
}

/* A filter around us that has no seccomp(2): level 1 needs none. */
static int load_by_prctl(void)
{
	scmp_filter_ctx first = seccomp_init(SCMP_ACT_ALLOW), second = refuse_getppid(SCMP_ACT_ERRNO(7));

	seccomp_rule_add(first, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(seccomp), 0);
	if (seccomp_load(first) != 0)
		return 1;
	if (seccomp_load(second) != -ECANCELED)
		return 2;
	if (seccomp_api_set(1) != 0 || seccomp_load(second) != 0)
		return 3;
	errno = 0;
	return syscall(SYS_getppid) == -1 && errno == 7 ? 0 : 4;
}

static void test_prctl(void **state)
{
	assert_int_equal(in_child(load_by_prctl), 0);
}

/* More values than the kernel takes instructions: errno is told, not left as some call before has set it. */
static void test_too_long(void **state)
{
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ALLOW);

	for (uint64_t value = 0; value < 10000; value++)
		assert_int_equal(seccomp_rule_add(ctx, SCMP_ACT_ERRNO(1), SCMP_SYS(ioctl), 1,
						  SCMP_A1(SCMP_CMP_EQ, value * value * 3 + value % 5)), 0);
	errno = EBADF;
	assert_int_equal(seccomp_precompute(ctx), -ECANCELED);
	assert_int_equal(errno, EINVAL);
	errno = EBADF;
	assert_int_equal(seccomp_load(ctx), -ECANCELED);
	assert_int_equal(errno, EINVAL);
	assert_int_equal(seccomp_attr_set(ctx, SCMP_FLTATR_API_SYSRAWRC, 1), 0);
	assert_int_equal(seccomp_load(ctx), -EINVAL);
	seccomp_release(ctx);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_too_long),
		cmocka_unit_test(test_load),
		cmocka_unit_test(test_load_in_signal),
		cmocka_unit_test(test_listeners),
		cmocka_unit_test(test_export),
		cmocka_unit_test(test_prctl),
	};

	if (test_is_not_live())
		return 0;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
