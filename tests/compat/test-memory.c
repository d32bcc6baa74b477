/*
 * Running out of memory at every single allocation of a script that uses the whole API: each function answers as if it
 * had been able to, or ENOMEM, and nothing is lost.
 */
#include "base/test-memory.h"

#include "libseccomp/seccomp.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

/* 0 goes on, anything else ends the script; what is not ENOMEM fails the test in fail_each(). */
#define TRY(call) \
	do { \
		int r_of_call = (call); \
		if (r_of_call != 0) \
			return r_of_call; \
	} while (0)

static int add_rules(scmp_filter_ctx context)
{
	TRY(seccomp_rule_add(context, SCMP_ACT_ALLOW, SCMP_SYS(read), 0));
	TRY(seccomp_rule_add(context, SCMP_ACT_ALLOW, SCMP_SYS(socket), 1, SCMP_A0(SCMP_CMP_EQ, 2)));
	TRY(seccomp_rule_add(context, SCMP_ACT_TRAP, SCMP_SYS(ioctl), 2, SCMP_A0(SCMP_CMP_GE, 2),
			     SCMP_A1(SCMP_CMP_MASKED_EQ, 0xff, 1)));
	TRY(seccomp_syscall_priority(context, SCMP_SYS(write), 3));
	return seccomp_rule_add(context, SCMP_ACT_ERRNO(7), SCMP_SYS(write), 0);
}

static int use_transactions(scmp_filter_ctx context)
{
	TRY(seccomp_transaction_start(context));
	TRY(seccomp_arch_add(context, SCMP_ARCH_AARCH64));
	TRY(add_rules(context));
	seccomp_transaction_reject(context);
	TRY(seccomp_transaction_start(context));
	TRY(seccomp_rule_add(context, SCMP_ACT_ALLOW, SCMP_SYS(close), 0));
	return seccomp_transaction_commit(context);
}

static int export(scmp_filter_ctx context, int fd)
{
	char bytes[4096 * 8];
	size_t length = sizeof(bytes);

	TRY(seccomp_precompute(context));
	TRY(seccomp_export_bpf_mem(context, bytes, &length));
	TRY(seccomp_export_bpf(context, fd));
	return seccomp_export_pfc(context, fd);
}

static int use_names(void)
{
	struct seccomp_notif *request = NULL;
	struct seccomp_notif_resp *response = NULL;
	char *name = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, 0);
	int r = name ? seccomp_notify_alloc(&request, &response) : -ENOMEM;

	free(name);
	if (r == 0)
		seccomp_notify_free(request, response);
	return r;
}

static int use_both(scmp_filter_ctx *contexts, int fd)
{
	contexts[0] = seccomp_init(SCMP_ACT_KILL_PROCESS);
	contexts[1] = contexts[0] ? seccomp_init(SCMP_ACT_KILL_PROCESS) : NULL;
	if (!contexts[1])
		return -ENOMEM;
	TRY(seccomp_attr_set(contexts[0], SCMP_FLTATR_CTL_OPTIMIZE, 2));
	TRY(seccomp_arch_add(contexts[1], SCMP_ARCH_X86));
	TRY(seccomp_arch_remove(contexts[1], SCMP_ARCH_NATIVE));
	TRY(seccomp_attr_set(contexts[1], SCMP_FLTATR_CTL_OPTIMIZE, 2));
	TRY(add_rules(contexts[0]));
	TRY(add_rules(contexts[1]));
	TRY(use_transactions(contexts[0]));
	TRY(seccomp_merge(contexts[0], contexts[1]));
	contexts[1] = NULL;
	TRY(export(contexts[0], fd));
	TRY(use_names());
	return seccomp_reset(contexts[0], SCMP_ACT_ALLOW);
}

static int use_all(void *fd)
{
	scmp_filter_ctx contexts[2] = { NULL, NULL };
	int r = use_both(contexts, *(int *)fd);

	seccomp_release(contexts[0]);
	seccomp_release(contexts[1]);
	return r;
}

static void fails_at_each_allocation(void **state)
{
	int fd = memfd_create("filter", MFD_CLOEXEC);

	assert_true(fail_each(use_all, &fd) > 50);
	close(fd);
}

/* signal-safety(7): what was computed before is put in force without asking for memory. */
static void loads_without_memory_after_precompute(void **state)
{
	scmp_filter_ctx context = seccomp_init(SCMP_ACT_ALLOW);
	int status;
	pid_t pid;

	assert_int_equal(seccomp_rule_add(context, SCMP_ACT_ERRNO(7), SCMP_SYS(getppid), 0), 0);
	assert_int_equal(seccomp_precompute(context), 0);
	pid = fork();
	if (pid == 0) {
		test_has_failed = false;
		test_n_until_failure = 0;
		_exit(seccomp_load(context) != 0 || test_has_failed);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	seccomp_release(context);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fails_at_each_allocation),
		cmocka_unit_test(loads_without_memory_after_precompute),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
