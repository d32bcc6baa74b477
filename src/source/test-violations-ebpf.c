/*
 * The eBPF source of violations, in earnest: processes with filters of their own make calls, and what is told of them
 * must be exact. On x86_64, where the kernel lets us load programs; else skipped, with what it says.
 */
#include "source/violations.h"

#include "base/cleanup.h"
#include "os/cgroup.h"
#include "os/test-live.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/bpf.h>
#include <linux/filter.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#define LIMIT_MS 60000
#define PROBE 110 /* getppid on x86_64 */
#define PROBE_I386 64 /* and there; semget on x86_64, which nothing here calls */
#define X32 0x40000000U
#define N_PROCESSES 4
#define N_EACH 25000
#define N_SEEN 256

/* One violation or more, as told. */
struct seen {
	struct cg_violation violation;
	char exe[256], comm[32], cgroup[256];
};

struct collector {
	const pid_t *pids;
	size_t n_pids; /* 0: all */
	struct seen seen[N_SEEN];
	size_t n_seen;
	uint64_t n; /* violations */
	uint64_t n_coarse;
	uint64_t n_lost;
};

static struct collector collector;

static void keep(const char *text, char *ret_text, size_t size)
{
	snprintf(ret_text, size, "%s", text ? text : "");
}

static int take(void *context, const struct cg_violation *violation)
{
	struct seen *seen = &collector.seen[collector.n_seen < N_SEEN ? collector.n_seen : N_SEEN - 1];
	bool is_mine = collector.n_pids == 0;

	for (size_t i = 0; i < collector.n_pids; i++)
		is_mine = is_mine || violation->pid == collector.pids[i];
	if (!is_mine)
		return 0;
	assert_int_equal(violation->seen_by, CG_SEEN_BY_EBPF);
	collector.n_seen += collector.n_seen < N_SEEN;
	collector.n += violation->n;
	if (!violation->has_args)
		collector.n_coarse += violation->n;
	seen->violation = *violation;
	keep(violation->exe, seen->exe, sizeof(seen->exe));
	keep(violation->comm, seen->comm, sizeof(seen->comm));
	keep(violation->cgroup, seen->cgroup, sizeof(seen->cgroup));
	return 0;
}

static int take_loss(void *context, const char *source, const char *reason, uint64_t n)
{
	print_message("# lost: %s %s %llu\n", source, reason, (unsigned long long)n);
	collector.n_lost += n;
	return 0;
}

static const struct cg_violation_tell tell = { take, take_loss, NULL };

static struct cg_violation_reader *begin(const struct cg_violation_request *request)
{
	struct cg_violation_reader *reader = NULL;
	struct cg_err err = { 0 };
	int r = cg_violation_source_ebpf.open(request, &tell, &reader, &err);

	if (r == -EPERM || r == -ENOSYS) {
		print_message("# skipped: %s\n", err.message);
		skip();
	}
	if (r < 0)
		fail_msg("%s", err.message);
	return reader;
}

static uint64_t clock_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* Until `n` violations are told, or more. */
static void read_until(struct cg_violation_reader *reader, uint64_t n)
{
	struct pollfd wait = { .fd = cg_violation_source_ebpf.fd(reader), .events = POLLIN };
	uint64_t end = clock_ms() + LIMIT_MS;
	struct cg_err err = { 0 };
	int r = 0;

	while (r >= 0 && collector.n < n && clock_ms() < end) {
		if (r == 0)
			poll(&wait, 1, 100);
		r = cg_violation_source_ebpf.read(reader, &err);
	}
	if (r < 0)
		fail_msg("%s", err.message);
}

/* What is told at the end belongs to it. */
static void end(struct cg_violation_reader *reader)
{
	cg_violation_source_ebpf.close(reader);
}

static void watch(const pid_t *pids, size_t n_pids)
{
	memset(&collector, 0, sizeof(collector));
	collector.pids = pids;
	collector.n_pids = n_pids;
}

/* The probes, on every architecture, get `action`; everything else passes. Returns the listener, or 0. */
static int load_filter(uint32_t action)
{
	struct sock_filter insns[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, PROBE, 2, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, PROBE_I386, 1, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, X32 | PROBE, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, action),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const struct sock_fprog program = { CG_N_ITEMS(insns), insns };
	unsigned int flags = action == SECCOMP_RET_USER_NOTIF ? SECCOMP_FILTER_FLAG_NEW_LISTENER : 0;

	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
}

/* cmocka would go on with the tests in a child that SIGSYS hits. */
static pid_t make_child(void)
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		signal(SIGSYS, SIG_DFL);
		signal(SIGSEGV, SIG_DFL);
		alarm(2 * LIMIT_MS / 1000);
	}
	return pid;
}

static long probe(unsigned long a, unsigned long b)
{
	return syscall(PROBE, a, b, 3UL, 4UL, 5UL, 0xfedcba9876543210UL);
}

static long call_i386(uint32_t nr, uint32_t a, uint32_t b)
{
	long result = nr;

	__asm__ volatile("int $0x80"
			 : "+a"(result)
			 : "b"(a), "c"(b), "d"(3), "S"(4), "D"(5)
			 : "memory", "r8", "r9", "r10", "r11");
	return result;
}

/* A child that waits for a byte, loads a filter, and does its deed. */
static pid_t start(uint32_t action, void (*deed)(void), int *ret_gate)
{
	int gate[2];
	char byte;
	pid_t pid;

	assert_int_equal(pipe(gate), 0);
	pid = make_child();
	if (pid == 0) {
		close(gate[1]);
		if (read(gate[0], &byte, 1) != 1)
			_exit(99);
		if (load_filter(action) < 0)
			_exit(98);
		deed();
		_exit(0);
	}
	close(gate[0]);
	*ret_gate = gate[1];
	return pid;
}

static int release(pid_t pid, int gate)
{
	int status;

	assert_int_equal(write(gate, "x", 1), 1);
	close(gate);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static void probe_once(void)
{
	probe(1, 2);
}

static void *probe_in_thread(void *unused)
{
	probe(1, 2);
	return NULL;
}

static void probe_beside(void)
{
	pthread_t thread;

	pthread_create(&thread, NULL, probe_in_thread, NULL);
	pthread_join(thread, NULL);
}

static void on_sigsys(int number)
{
}

static void probe_and_catch(void)
{
	signal(SIGSYS, on_sigsys);
	probe(1, 2);
}

static void probe_other_tables(void)
{
	call_i386(PROBE_I386, 1, 2);
	syscall(X32 | PROBE, 1, 2, 3, 4, 5, 6);
}

/* Calls that fail, or that the kernel does not have, are made all the same: they have entries. */
static void fail_otherwise(void)
{
	close(-1);
	syscall(9999);
	syscall(-1);
	call_i386(9999, 1, 2);
	kill(getpid(), 0);
}

/* A signal that looks like seccomp's, made by the program itself. */
static void forge(void)
{
	siginfo_t info = { .si_signo = SIGSYS, .si_code = 1, .si_errno = 7 };

	signal(SIGSYS, on_sigsys);
	syscall(SYS_rt_sigqueueinfo, getpid(), SIGSYS, &info);
}

struct deed_case {
	const char *name;
	uint32_t loaded;
	void (*deed)(void);
	uint32_t action; /* 0 with n 0 */
	uint32_t data;
	uint64_t n;
	int signal;
};

static const struct deed_case deed_cases[] = {
	{ "errno", SECCOMP_RET_ERRNO | EPERM, probe_once, CG_ACTION_ERRNO, EPERM, 1, 0 },
	{ "errno 0", SECCOMP_RET_ERRNO, probe_once, CG_ACTION_ERRNO, 0, 1, 0 },
	{ "large errno", SECCOMP_RET_ERRNO | 0xffff, probe_once, CG_ACTION_ERRNO, CG_ERRNO_MAX, 1, 0 },
	{ "trap", SECCOMP_RET_TRAP | 9, probe_once, CG_ACTION_TRAP, 0, 1, SIGSYS },
	{ "trap, caught", SECCOMP_RET_TRAP | 9, probe_and_catch, CG_ACTION_TRAP, 0, 1, SIGSYS },
	{ "kill process", SECCOMP_RET_KILL_PROCESS, probe_once, CG_ACTION_KILL_PROCESS, 0, 1, SIGSYS },
	{ "kill process, by a thread", SECCOMP_RET_KILL_PROCESS, probe_beside, CG_ACTION_KILL_PROCESS, 0, 1, SIGSYS },
	{ "kill thread, the only one", SECCOMP_RET_KILL_THREAD, probe_once, CG_ACTION_KILL_THREAD, 0, 1, SIGSYS },
	{ "kill thread", SECCOMP_RET_KILL_THREAD, probe_beside, CG_ACTION_KILL_THREAD, 0, 1, SIGSYS },
	{ "trace, nobody does", SECCOMP_RET_TRACE | 5, probe_once, CG_ACTION_TRACE, 0, 1, 0 },
	{ "log", SECCOMP_RET_LOG, probe_once, 0, 0, 0, 0 },
	{ "allow", SECCOMP_RET_ALLOW, probe_once, 0, 0, 0, 0 },
	{ "other failures", SECCOMP_RET_ERRNO | EPERM, fail_otherwise, 0, 0, 0, 0 },
	{ "a forged signal", SECCOMP_RET_ERRNO | EPERM, forge, 0, 0, 0, 0 },
};

/* The marker comes last, in a process of its own: whatever was to be told before it is told by then. */
static void try_case(const struct deed_case *row)
{
	pid_t pids[2];
	int gates[2];
	struct cg_violation_reader *reader = begin(&(struct cg_violation_request){ 0 });
	const struct cg_violation *violation = &collector.seen[0].violation;

	pids[0] = start(row->loaded, row->deed, &gates[0]);
	pids[1] = start(SECCOMP_RET_ERRNO | EXDEV, probe_once, &gates[1]);
	watch(pids, 2);
	release(pids[0], gates[0]);
	assert_int_equal(release(pids[1], gates[1]), 0);
	read_until(reader, row->n + 1);
	end(reader);
	if (collector.n != row->n + 1)
		fail_msg("%s: %d told, action %#x", row->name, (int)collector.n - 1, violation->action);
	assert_int_equal(collector.n_lost, 0);
	if (row->n == 0)
		return;
	assert_int_equal(violation->pid, pids[0]);
	if ((violation->action & CG_ACTION_MASK) != row->action || (violation->action & CG_ACTION_DATA) != row->data)
		fail_msg("%s: action %#x", row->name, violation->action);
	assert_int_equal(violation->has_data, row->action == CG_ACTION_ERRNO);
	assert_int_equal(violation->signal, row->signal);
	assert_int_equal(violation->call.arch, AUDIT_ARCH_X86_64);
	assert_int_equal(violation->call.nr, PROBE);
}

static void test_actions(void **state)
{
	for (size_t i = 0; i < CG_N_ITEMS(deed_cases); i++)
		try_case(&deed_cases[i]);
}

static void test_facts(void **state)
{
	struct cg_violation_reader *reader = begin(&(struct cg_violation_request){ 0 });
	const struct seen *seen = &collector.seen[0];
	const struct cg_call *call = &seen->violation.call;
	struct timespec now;
	char own[256] = "";
	pid_t pid;
	int gate;

	pid = start(SECCOMP_RET_ERRNO | EPERM, probe_once, &gate);
	watch(&pid, 1);
	assert_int_equal(release(pid, gate), 0);
	read_until(reader, 1);
	end(reader);
	assert_int_equal(collector.n, 1);
	assert_true(seen->violation.has_args);
	assert_int_equal(call->args[0], 1);
	assert_int_equal(call->args[1], 2);
	assert_int_equal(call->args[2], 3);
	assert_int_equal(call->args[3], 4);
	assert_int_equal(call->args[4], 5);
	assert_true(call->args[5] == 0xfedcba9876543210UL);
	assert_true(call->ip != 0);
	assert_int_equal(seen->violation.tid, pid);
	assert_true(seen->violation.ns_pid > 0);
	assert_int_equal(seen->violation.uid, getuid());
	assert_true(readlink("/proc/self/exe", own, sizeof(own) - 1) > 0);
	assert_string_equal(seen->exe, own);
	assert_memory_equal(seen->comm, strrchr(own, '/') + 1, 15);
	clock_gettime(CLOCK_REALTIME, &now);
	assert_true(seen->violation.time_ns / 1000000000 + 60 > (uint64_t)now.tv_sec &&
		    seen->violation.time_ns / 1000000000 <= (uint64_t)now.tv_sec + 1);
}

static void test_tables(void **state)
{
	struct cg_violation_reader *reader = begin(&(struct cg_violation_request){ 0 });
	pid_t pid;
	int gate;

	pid = start(SECCOMP_RET_ERRNO | EPERM, probe_other_tables, &gate);
	watch(&pid, 1);
	assert_int_equal(release(pid, gate), 0);
	read_until(reader, 2);
	end(reader);
	assert_int_equal(collector.n, 2);
	assert_int_equal(collector.seen[0].violation.call.arch, AUDIT_ARCH_I386);
	assert_int_equal(collector.seen[0].violation.call.nr, PROBE_I386);
	assert_int_equal(collector.seen[0].violation.call.args[0], 1);
	assert_int_equal(collector.seen[0].violation.call.args[4], 5);
	assert_int_equal(collector.seen[1].violation.call.arch, AUDIT_ARCH_X86_64);
	assert_int_equal(collector.seen[1].violation.call.nr, X32 | PROBE);
	assert_int_equal(collector.seen[1].violation.call.args[1], 2);
}

static void probe_often(void)
{
	for (int i = 0; i < N_EACH; i++)
		probe((unsigned long)i % 7, 2);
}

static void probe_with_other_arguments(void)
{
	for (int i = 0; i < N_EACH; i++)
		probe((unsigned long)i, 2);
}

static void count_all(const struct cg_violation_request *request, void (*deed)(void), bool reads_meanwhile)
{
	struct cg_violation_reader *reader = begin(request);
	pid_t pids[N_PROCESSES];
	int gates[N_PROCESSES];

	for (int i = 0; i < N_PROCESSES; i++)
		pids[i] = start(SECCOMP_RET_ERRNO | EXFULL, deed, &gates[i]);
	watch(NULL, 0);
	for (int i = 0; i < N_PROCESSES; i++) {
		assert_int_equal(write(gates[i], "x", 1), 1);
		close(gates[i]);
	}
	if (reads_meanwhile)
		read_until(reader, N_PROCESSES * N_EACH);
	for (int i = 0; i < N_PROCESSES; i++)
		assert_int_equal(waitpid(pids[i], NULL, 0), pids[i]);
	read_until(reader, N_PROCESSES * N_EACH);
	end(reader);
	print_message("# %zu or more told, %llu of %llu without arguments\n", collector.n_seen,
		      (unsigned long long)collector.n_coarse, (unsigned long long)collector.n);
	assert_int_equal(collector.n, N_PROCESSES * N_EACH);
	assert_int_equal(collector.n_lost, 0);
}

/* Of their parent alone, as other processes of this machine may have filters too. */
static const struct cg_violation_request *own(bool tells_all)
{
	static struct cg_violation_request request;

	request = (struct cg_violation_request){ .pid = getpid(), .tells_all = tells_all };
	return &request;
}

static void test_counts(void **state)
{
	count_all(own(false), probe_often, true);
	assert_int_equal(collector.n_coarse, 0);
	assert_true(collector.n_seen < N_SEEN);
}

static void test_counts_one_by_one(void **state)
{
	count_all(own(true), probe_often, true);
}

/* Nobody reads, and no two are alike: the ring is full soon. */
static void test_counts_unread(void **state)
{
	count_all(own(false), probe_with_other_arguments, false);
	assert_true(collector.n_coarse > 0);
}

/* A process that has its filter, and is in no call, when the watch begins: its first denial is told. */
static void test_running(void **state)
{
	volatile uint32_t *word = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct timespec moment = { .tv_nsec = 50000000 };
	struct cg_violation_reader *reader;
	pid_t pid;

	assert_true(word != MAP_FAILED);
	end(begin(&(struct cg_violation_request){ 0 }));
	pid = make_child();
	if (pid == 0) {
		if (load_filter(SECCOMP_RET_ERRNO | EPERM) < 0)
			_exit(98);
		word[0] = 1;
		while (!word[1])
			;
		probe(1, 2);
		_exit(0);
	}
	while (!word[0])
		nanosleep(&moment, NULL);
	/* An interrupt must have come since it was in a call. */
	nanosleep(&moment, NULL);
	nanosleep(&moment, NULL);
	watch(&pid, 1);
	reader = begin(&(struct cg_violation_request){ 0 });
	word[1] = 1;
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	read_until(reader, 1);
	end(reader);
	assert_int_equal(collector.n, 1);
	munmap((void *)(uintptr_t)word, 4096);
}

/* One that sleeps in a call when the watch begins: that it leaves the call without an entry says nothing. */
static void test_inside(void **state)
{
	struct cg_violation_reader *reader;
	int gate[2];
	char byte;
	pid_t pid;
	int status;

	end(begin(&(struct cg_violation_request){ 0 }));
	assert_int_equal(pipe(gate), 0);
	pid = make_child();
	if (pid == 0) {
		close(gate[1]);
		if (load_filter(SECCOMP_RET_ERRNO | EPERM) < 0 || read(gate[0], &byte, 1) != 1)
			_exit(98);
		/* Fails without having been denied. */
		if (read(gate[0], &byte, 1) != 0)
			_exit(97);
		probe(1, 2);
		_exit(0);
	}
	close(gate[0]);
	watch(&pid, 1);
	reader = begin(&(struct cg_violation_request){ 0 });
	status = release(pid, gate[1]);
	assert_int_equal(status, 0);
	read_until(reader, 1);
	end(reader);
	assert_int_equal(collector.n, 1);
	assert_int_equal(collector.seen[0].violation.call.nr, PROBE);
}

/* A listener answers: with an error, with a value, and by letting the call be made, which is no denial. */
static void answer(int listener, int32_t error, int64_t value, uint32_t flags)
{
	struct seccomp_notif request = { 0 };
	struct seccomp_notif_resp response = { .error = error, .val = value, .flags = flags };

	if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &request) < 0)
		_exit(96);
	response.id = request.id;
	if (ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &response) < 0)
		_exit(95);
}

static void *listen_to(void *context)
{
	int listener = *(int *)context;

	answer(listener, -EACCES, 0, 0);
	answer(listener, 0, 77, 0);
	answer(listener, 0, 0, SECCOMP_USER_NOTIF_FLAG_CONTINUE);
	return NULL;
}

static void test_listener(void **state)
{
	struct cg_violation_reader *reader = begin(&(struct cg_violation_request){ 0 });
	int gate[2], status;
	char byte;
	pid_t pid;

	assert_int_equal(pipe(gate), 0);
	pid = make_child();
	if (pid == 0) {
		pthread_t thread;
		int listener;

		if (read(gate[0], &byte, 1) != 1)
			_exit(99);
		listener = load_filter(SECCOMP_RET_USER_NOTIF);
		if (listener < 0 || pthread_create(&thread, NULL, listen_to, &listener) != 0)
			_exit(98);
		if (probe(1, 2) != -1 || errno != EACCES || probe(3, 4) != 77 || probe(5, 6) <= 0)
			_exit(97);
		_exit(0);
	}
	watch(&pid, 1);
	status = release(pid, gate[1]);
	close(gate[0]);
	assert_int_equal(status, 0);
	read_until(reader, 2);
	end(reader);
	assert_int_equal(collector.n, 2);
	assert_int_equal(collector.seen[0].violation.action, CG_ACTION_NOTIFY);
	assert_int_equal(collector.seen[0].violation.call.args[0], 1);
	assert_int_equal(collector.seen[1].violation.action, CG_ACTION_NOTIFY);
	assert_int_equal(collector.seen[1].violation.call.args[0], 3);
}

/* A tracer that skips each call itself (PTRACE_SYSEMU): the filter is not asked. */
static void test_tracer(void **state)
{
	struct cg_violation_reader *reader = begin(&(struct cg_violation_request){ 0 });
	int status, n_stops = 0;
	pid_t pid = make_child();

	if (pid == 0) {
		load_filter(SECCOMP_RET_ERRNO | EPERM);
		ptrace(PTRACE_TRACEME, 0, 0, 0);
		raise(SIGSTOP);
		syscall(SYS_getuid);
		probe(8, 9);
		probe(1, 2);
		_exit(0);
	}
	watch(&pid, 1);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	while (WIFSTOPPED(status) && n_stops < 3) {
		assert_int_equal(ptrace(n_stops < 2 ? PTRACE_SYSEMU : PTRACE_CONT, pid, 0, 0), 0);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		n_stops++;
	}
	assert_true(WIFEXITED(status));
	read_until(reader, 1);
	end(reader);
	assert_int_equal(collector.n, 1);
	assert_int_equal(collector.seen[0].violation.call.args[0], 1);
}

/* A tracer that the filter asks lets the first call be made and skips the second, whose number is gone with that. */
static void test_asked_tracer(void **state)
{
	struct cg_violation_reader *reader = begin(&(struct cg_violation_request){ 0 });
	struct user_regs_struct regs;
	int status, n_asked = 0;
	pid_t pid = make_child();

	if (pid == 0) {
		ptrace(PTRACE_TRACEME, 0, 0, 0);
		raise(SIGSTOP);
		if (load_filter(SECCOMP_RET_TRACE | 5) < 0 || probe(1, 2) <= 0 || probe(1, 2) != -1 || errno != EACCES)
			_exit(98);
		_exit(0);
	}
	watch(&pid, 1);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(ptrace(PTRACE_SETOPTIONS, pid, 0, PTRACE_O_TRACESECCOMP | PTRACE_O_EXITKILL), 0);
	for (; WIFSTOPPED(status); assert_int_equal(waitpid(pid, &status, 0), pid)) {
		if (status >> 8 == (SIGTRAP | PTRACE_EVENT_SECCOMP << 8) && ++n_asked == 2) {
			assert_int_equal(ptrace(PTRACE_GETREGS, pid, 0, &regs), 0);
			regs.orig_rax = (unsigned long long)-1;
			regs.rax = (unsigned long long)-EACCES;
			assert_int_equal(ptrace(PTRACE_SETREGS, pid, 0, &regs), 0);
		}
		assert_int_equal(ptrace(PTRACE_CONT, pid, 0, 0), 0);
	}
	assert_int_equal(status, 0);
	read_until(reader, 1);
	end(reader);
	assert_int_equal(collector.n, 1);
	assert_int_equal(collector.seen[0].violation.action, CG_ACTION_TRACE);
	assert_int_equal(collector.seen[0].violation.call.nr, 0xffffffffU);
}

/* In a pid namespace of its own a process has two numbers. */
static void test_namespace(void **state)
{
	struct cg_violation_reader *reader = begin(&(struct cg_violation_request){ 0 });
	struct clone_args args = { .flags = CLONE_NEWPID, .exit_signal = SIGCHLD };
	int status;
	pid_t pid = (pid_t)syscall(SYS_clone3, &args, sizeof(args));

	if (pid < 0) {
		end(reader);
		print_message("# skipped: no pid namespace: %s\n", strerror(errno));
		skip();
	}
	if (pid == 0) {
		if (load_filter(SECCOMP_RET_ERRNO | EPERM) < 0)
			_exit(98);
		probe(1, 2);
		_exit(0);
	}
	watch(&pid, 1);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	read_until(reader, 1);
	end(reader);
	assert_int_equal(status, 0);
	assert_int_equal(collector.n, 1);
	assert_int_equal(collector.seen[0].violation.ns_pid, 1);
	assert_int_equal(collector.seen[0].violation.tid, pid);
}

/* Two filters of one task: the more restrictive answer is told. */
static void load_another(void)
{
	load_filter(SECCOMP_RET_LOG);
	load_filter(SECCOMP_RET_ERRNO | ENOTTY);
	load_filter(SECCOMP_RET_ERRNO | EPROTO);
	probe(1, 2);
}

static void test_several_filters(void **state)
{
	struct cg_violation_reader *reader = begin(&(struct cg_violation_request){ 0 });
	pid_t pid;
	int gate;

	pid = start(SECCOMP_RET_TRACE, load_another, &gate);
	watch(&pid, 1);
	assert_int_equal(release(pid, gate), 0);
	read_until(reader, 1);
	end(reader);
	assert_int_equal(collector.n, 1);
	assert_int_equal(collector.seen[0].violation.action, CG_ACTION_ERRNO | EPROTO);
}

static void test_strict_mode(void **state)
{
	struct cg_violation_reader *reader = begin(&(struct cg_violation_request){ 0 });
	int status;
	pid_t pid = make_child();

	if (pid == 0) {
		prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT);
		probe(1, 2);
		_exit(0);
	}
	watch(&pid, 1);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	read_until(reader, 1);
	end(reader);
	assert_int_equal(collector.n, 1);
	assert_int_equal(collector.seen[0].violation.action, CG_ACTION_KILL_THREAD);
	assert_int_equal(collector.seen[0].violation.signal, SIGKILL);
}

#define CGROUP "callgate-test-watch"

static int note_pid(const char *folder)
{
	char path[PATH_MAX + 16], text[32];
	FILE *file;
	int r;

	snprintf(path, sizeof(path), "%s/cgroup.procs", folder);
	snprintf(text, sizeof(text), "%d\n", getpid());
	file = fopen(path, "we");
	r = file && fputs(text, file) >= 0 ? 0 : -1;
	return file && fclose(file) == 0 ? r : -1;
}

static int make_cgroup(char *ret_folder, size_t size)
{
	static const char *const parents[] = { "/sys/fs/cgroup/systemd", "/sys/fs/cgroup", "/sys/fs/cgroup/unified" };

	for (size_t i = 0; i < CG_N_ITEMS(parents); i++) {
		struct cg_cgroup cgroup;

		snprintf(ret_folder, size, "%s/%s-%d", parents[i], CGROUP, getpid());
		if (mkdir(ret_folder, 0755) < 0)
			continue;
		if (cg_cgroup_find(ret_folder, &cgroup, NULL) == 0)
			return 0;
		rmdir(ret_folder);
	}
	return -1;
}

/* Only what is in the cgroup is told; and its name is, though it is gone when the denial is read. */
static void test_cgroup(void **state)
{
	char folder[PATH_MAX / 2], below[PATH_MAX], name[64];
	struct cg_violation_request request = { 0 };
	struct cg_violation_reader *reader;
	struct cg_cgroup cgroup;
	pid_t inside, outside;
	int status;

	if (make_cgroup(folder, sizeof(folder)) < 0) {
		print_message("# skipped: no cgroup can be made here\n");
		skip();
	}
	assert_int_equal(cg_cgroup_find(folder, &cgroup, NULL), 0);
	request.cgroup = cgroup.id;
	request.hierarchy = cgroup.hierarchy;
	snprintf(below, sizeof(below), "%s/inner", folder);
	watch(NULL, 0);
	reader = begin(&request);
	assert_int_equal(mkdir(below, 0755), 0);
	inside = make_child();
	if (inside == 0) {
		if (note_pid(below) < 0 || load_filter(SECCOMP_RET_ERRNO | EPERM) < 0)
			_exit(98);
		probe(1, 2);
		if (note_pid(folder) < 0)
			_exit(97);
		probe(3, 4);
		_exit(0);
	}
	assert_int_equal(waitpid(inside, &status, 0), inside);
	assert_int_equal(rmdir(below), 0);
	assert_int_equal(rmdir(folder), 0);
	assert_int_equal(status, 0);
	outside = make_child();
	if (outside == 0) {
		load_filter(SECCOMP_RET_ERRNO | EPERM);
		probe(1, 2);
		_exit(0);
	}
	assert_int_equal(waitpid(outside, &status, 0), outside);
	read_until(reader, 2);
	end(reader);
	assert_int_equal(collector.n, 2);
	assert_int_equal(collector.seen[0].violation.pid, inside);
	snprintf(name, sizeof(name), "/%s-%d/inner", CGROUP, getpid());
	assert_string_equal(collector.seen[0].cgroup, name);
	*strrchr(name, '/') = '\0';
	assert_string_equal(collector.seen[1].cgroup, name);
}

static size_t n_programs_of(pid_t pid, uint32_t *ids, size_t n_max)
{
	size_t n = 0;

	for (int fd = 0; fd < 256 && n < n_max; fd++) {
		char path[64], line[128];
		FILE *file;

		snprintf(path, sizeof(path), "/proc/%d/fdinfo/%d", pid, fd);
		file = fopen(path, "re");
		while (file && n < n_max && fgets(line, sizeof(line), file))
			if (sscanf(line, "prog_id: %u", &ids[n]) == 1)
				n++;
		if (file)
			fclose(file);
	}
	return n;
}

static bool is_there(uint32_t id)
{
	union bpf_attr attributes;
	int fd;

	memset(&attributes, 0, sizeof(attributes));
	attributes.prog_id = id;
	fd = (int)syscall(SYS_bpf, BPF_PROG_GET_FD_BY_ID, &attributes, sizeof(attributes));
	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

static void test_killed_reader(void **state)
{
	struct timespec moment = { .tv_nsec = 20000000 };
	uint32_t ids[64];
	size_t n, n_left = 1;
	int ready[2];
	char byte;
	pid_t pid;

	end(begin(&(struct cg_violation_request){ 0 }));
	assert_int_equal(pipe(ready), 0);
	pid = make_child();
	if (pid == 0) {
		begin(&(struct cg_violation_request){ 0 });
		if (write(ready[1], "x", 1) != 1)
			_exit(99);
		pause();
		_exit(0);
	}
	close(ready[1]);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	n = n_programs_of(pid, ids, CG_N_ITEMS(ids));
	assert_true(n >= 6);
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	for (uint64_t until = clock_ms() + LIMIT_MS; n_left && clock_ms() < until; nanosleep(&moment, NULL)) {
		n_left = 0;
		for (size_t i = 0; i < n; i++)
			n_left += is_there(ids[i]);
	}
	assert_int_equal(n_left, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_actions),
		cmocka_unit_test(test_facts),
		cmocka_unit_test(test_tables),
		cmocka_unit_test(test_counts),
		cmocka_unit_test(test_counts_one_by_one),
		cmocka_unit_test(test_counts_unread),
		cmocka_unit_test(test_running),
		cmocka_unit_test(test_inside),
		cmocka_unit_test(test_listener),
		cmocka_unit_test(test_tracer),
		cmocka_unit_test(test_asked_tracer),
		cmocka_unit_test(test_namespace),
		cmocka_unit_test(test_several_filters),
		cmocka_unit_test(test_strict_mode),
		cmocka_unit_test(test_cgroup),
		cmocka_unit_test(test_killed_reader),
	};

	if (test_is_not_live())
		return 0;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
