/*
 * See live_probe.h. For x86_64: 64-bit and x32 numbers by `syscall`, i386 ones by `int 0x80` from 64-bit code.
 *
 * The child runs no code of ours once it is set up: the tracer writes registers, lets it run from one of two stubs, and
 * reads what came of it at the int3 behind them. Its main thread, without filters, only waits, and tells by the way it
 * ends whether KILL_THREAD or KILL_PROCESS struck; it also carries the time limit.
 */
#include "live_probe.h"

#include "abi/action.h"
#include "os/notify.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#define TIME_LIMIT 120 /* seconds that one child may live */
#define STACK_SIZE 65536
#define NOTIFY_ANSWER 0

__asm__(".text\n"
	"live_stub_syscall: syscall\n int3\n"
	"live_stub_int80: int $0x80\n int3\n");
extern const char live_stub_syscall[], live_stub_int80[];

struct live_prober {
	const struct cg_filter *filter;
	uint16_t net_data; /* that no TRACE of the filter's carries */
	bool has_notify;
	pid_t pid; /* 0: no child at the moment */
	pid_t tid; /* of its thread under the filters */
	int listener;
	struct user_regs_struct regs; /* of the thread in its first stop */
};

static bool answers(const struct cg_filter *filter, uint32_t value, uint32_t mask)
{
	for (size_t i = 0; i < filter->n_insns; i++)
		if (filter->insns[i].code == (BPF_RET | BPF_K) && (filter->insns[i].k & mask) == value)
			return true;
	return false;
}

static int fail(struct cg_err *err, int code, const char *what)
{
	return cg_err_set(err, code, NULL, "live probe: %s: %s", what, strerror(-code));
}

/* Reports itself only once it is traced: until then the parent, who is no parent of threads, cannot wait for it. */
static int be_traced(void *report_fd)
{
	int tid = (int)syscall(SYS_gettid);

	syscall(SYS_ptrace, PTRACE_TRACEME, 0, 0, 0);
	if (write(*(int *)report_fd, &tid, sizeof(tid)) != sizeof(tid))
		syscall(SYS_exit, 1);
	__asm__ volatile("int3");
	return 0;
}

/* The child: a thread that the parent drives, and a main thread that waits for its end. Never returns. */
static void run_child(int report_fd, char *stack)
{
	const struct rlimit none = { 0, 0 };
	int flags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	setrlimit(RLIMIT_CORE, &none);
	alarm(TIME_LIMIT);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	if (clone(be_traced, stack + STACK_SIZE, flags, &report_fd) < 0)
		_exit(1);
	for (;;)
		pause();
}

static void reap(struct live_prober *prober)
{
	int status;

	if (prober->pid == 0)
		return;
	kill(prober->pid, SIGKILL);
	while (waitpid(prober->tid, &status, __WALL) >= 0 && !WIFEXITED(status) && !WIFSIGNALED(status))
		;
	waitpid(prober->pid, &status, 0);
	if (prober->listener >= 0)
		close(prober->listener);
	prober->listener = -1;
	prober->pid = 0;
}

/* Lets the thread run until it stops or ends. */
static int resume(struct live_prober *prober, int *ret_status)
{
	if (ptrace(PTRACE_CONT, prober->tid, 0, 0) < 0 || waitpid(prober->tid, ret_status, __WALL) < 0)
		return -errno;
	return 0;
}

static bool is_event(int status)
{
	return status >> 8 == (SIGTRAP | PTRACE_EVENT_SECCOMP << 8);
}

static bool is_done(int status)
{
	return status >> 8 == SIGTRAP && WIFSTOPPED(status);
}

static int set_call(struct live_prober *prober, const struct cg_call *call)
{
	struct user_regs_struct regs = prober->regs;

	regs.rax = call->nr;
	regs.orig_rax = (unsigned long long)-1; /* nothing that could be restarted */
	if (call->arch == AUDIT_ARCH_I386) {
		regs.rip = (uintptr_t)live_stub_int80;
		regs.rbx = call->args[0], regs.rcx = call->args[1], regs.rdx = call->args[2];
		regs.rsi = call->args[3], regs.rdi = call->args[4], regs.rbp = call->args[5];
	} else {
		regs.rip = (uintptr_t)live_stub_syscall;
		regs.rdi = call->args[0], regs.rsi = call->args[1], regs.rdx = call->args[2];
		regs.r10 = call->args[3], regs.r8 = call->args[4], regs.r9 = call->args[5];
	}
	return ptrace(PTRACE_SETREGS, prober->tid, 0, &regs) < 0 ? -errno : 0;
}

/* A call that the child really makes, through the net where it is already there. */
static int call_in_child(struct live_prober *prober, const struct cg_call *call, long *ret_result)
{
	struct user_regs_struct regs;
	int status, r = set_call(prober, call);

	if (r == 0)
		r = resume(prober, &status);
	if (r == 0 && is_event(status))
		r = resume(prober, &status);
	if (r < 0)
		return r;
	if (!is_done(status))
		return -ECHILD;
	if (ptrace(PTRACE_GETREGS, prober->tid, 0, &regs) < 0)
		return -errno;
	*ret_result = (long)regs.rax;
	return 0;
}

static int load_in_child(struct live_prober *prober, const struct sock_fprog *program, unsigned int flags,
			 long *ret_result)
{
	struct cg_call call = {
		.arch = AUDIT_ARCH_X86_64,
		.nr = SYS_seccomp,
		.args = { SECCOMP_SET_MODE_FILTER, flags, (uintptr_t)program },
	};
	int r = call_in_child(prober, &call, ret_result);

	if (r < 0)
		return r;
	return *ret_result < 0 ? (int)*ret_result : 0;
}

static int fetch_listener(struct live_prober *prober, int their_fd)
{
	int pidfd = (int)syscall(SYS_pidfd_open, prober->pid, 0), fd;

	if (pidfd < 0)
		return -errno;
	fd = (int)syscall(SYS_pidfd_getfd, pidfd, their_fd, 0);
	prober->listener = fd;
	fd = fd < 0 ? -errno : 0;
	close(pidfd);
	return fd;
}

static int load_filters(struct live_prober *prober, const struct sock_fprog *net, const struct sock_fprog *program)
{
	long result;
	int r = load_in_child(prober, net, 0, &result);

	if (r < 0)
		return r;
	r = load_in_child(prober, program, prober->has_notify ? SECCOMP_FILTER_FLAG_NEW_LISTENER : 0, &result);
	if (r == 0 && prober->has_notify)
		r = fetch_listener(prober, (int)result);
	return r;
}

/* The thread's first stop, at the int3 of be_traced(). */
static int adopt(struct live_prober *prober, int report_fd)
{
	int status;

	if (read(report_fd, &prober->tid, sizeof(prober->tid)) != sizeof(prober->tid))
		return -ECHILD;
	if (waitpid(prober->tid, &status, __WALL) < 0)
		return -errno;
	if (!is_done(status))
		return -ECHILD;
	if (ptrace(PTRACE_SETOPTIONS, prober->tid, 0, PTRACE_O_TRACESECCOMP | PTRACE_O_EXITKILL) < 0 ||
	    ptrace(PTRACE_GETREGS, prober->tid, 0, &prober->regs) < 0)
		return -errno;
	return 0;
}

static int start(struct live_prober *prober, struct cg_err *err)
{
	struct sock_filter catch_all = BPF_STMT(BPF_RET | BPF_K, CG_ACTION_TRACE | prober->net_data);
	struct sock_fprog net = { 1, &catch_all };
	struct sock_fprog program = { (unsigned short)prober->filter->n_insns, prober->filter->insns };
	char *stack = mmap(NULL, STACK_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int fds[2], r;

	if (stack == MAP_FAILED || pipe(fds) < 0)
		return fail(err, -errno, "no memory or descriptor");
	/* The child sees our memory, so both programs are at the same addresses there. */
	prober->pid = fork();
	if (prober->pid == 0)
		run_child(fds[1], stack);
	close(fds[1]);
	munmap(stack, STACK_SIZE);
	if (prober->pid < 0) {
		close(fds[0]);
		prober->pid = 0;
		return fail(err, -errno, "fork");
	}

	r = adopt(prober, fds[0]);
	close(fds[0]);
	if (r == 0)
		r = load_filters(prober, &net, &program);
	if (r < 0) {
		reap(prober);
		return fail(err, r, "cannot put the filter in force");
	}
	return 0;
}

int live_prober_new(const struct cg_filter *filter, struct live_prober **ret_prober, struct cg_err *err)
{
	struct live_prober *prober = calloc(1, sizeof(*prober));
	int r;

	if (!prober)
		return cg_err_memory(err);
	prober->filter = filter;
	prober->listener = -1;
	prober->net_data = 0xfffe;
	while (answers(filter, CG_ACTION_TRACE | prober->net_data, UINT32_MAX))
		prober->net_data--;
	prober->has_notify = answers(filter, CG_ACTION_NOTIFY, CG_ACTION_MASK);

	r = start(prober, err);
	if (r < 0) {
		free(prober);
		return r;
	}
	*ret_prober = prober;
	return 0;
}

struct live_prober *live_prober_free(struct live_prober *prober)
{
	if (!prober)
		return NULL;
	reap(prober);
	free(prober);
	return NULL;
}

/* The thread is gone. KILL_PROCESS has taken the main thread along; after KILL_THREAD it is still there to be ended. */
static int judge_death(struct live_prober *prober, int status, uint32_t *ret_action)
{
	int main_status, r = 0;

	kill(prober->pid, SIGKILL);
	if (waitpid(prober->pid, &main_status, 0) < 0)
		r = -errno;
	else if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGSYS)
		r = -ECHILD;
	else
		*ret_action = WTERMSIG(main_status) == SIGSYS ? CG_ACTION_KILL_PROCESS : CG_ACTION_KILL_THREAD;
	if (prober->listener >= 0)
		close(prober->listener);
	prober->listener = -1;
	prober->pid = 0;
	return r;
}

/* Caught by a TRACE, the net's or the filter's own: the call is turned into number -1 and comes to nothing. */
static int judge_event(struct live_prober *prober, uint32_t *ret_action, bool *ret_is_coarse)
{
	unsigned long data;
	int status, r;

	if (ptrace(PTRACE_GETEVENTMSG, prober->tid, 0, &data) < 0 ||
	    ptrace(PTRACE_POKEUSER, prober->tid, offsetof(struct user, regs.orig_rax), -1L) < 0)
		return -errno;
	r = resume(prober, &status);
	if (r < 0)
		return r;
	if (!is_done(status))
		return -ECHILD;
	*ret_is_coarse = data == prober->net_data;
	*ret_action = *ret_is_coarse ? CG_ACTION_ALLOW : cg_action_trace(data);
	return 0;
}

static int judge_trap(struct live_prober *prober, uint32_t *ret_action)
{
	siginfo_t info;

	if (ptrace(PTRACE_GETSIGINFO, prober->tid, 0, &info) < 0)
		return -errno;
	if (info.si_code != 1 /* SYS_SECCOMP */)
		return -ECHILD;
	*ret_action = CG_ACTION_TRAP | ((uint32_t)info.si_errno & CG_ACTION_DATA);
	return 0;
}

/* No net, no signal: the call has returned, and only ERRNO does that. */
static int judge_result(struct live_prober *prober, uint32_t *ret_action)
{
	struct user_regs_struct regs;
	long result;

	if (ptrace(PTRACE_GETREGS, prober->tid, 0, &regs) < 0)
		return -errno;
	result = (long)regs.rax;
	if (result > 0 || result < -(long)CG_ERRNO_MAX)
		return -ERANGE;
	*ret_action = cg_action_errno(-result);
	return 0;
}

/* With a listener there are two that may speak: the thread, and the listener for a thread that waits for an answer. */
static int resume_and_listen(struct live_prober *prober, int *ret_status, bool *ret_has_notified)
{
	struct pollfd poll_fd = { .fd = prober->listener, .events = POLLIN };
	struct cg_notification notification;
	int r;

	if (ptrace(PTRACE_CONT, prober->tid, 0, 0) < 0)
		return -errno;
	for (;;) {
		r = waitpid(prober->tid, ret_status, __WALL | WNOHANG);
		if (r != 0)
			return r < 0 ? -errno : 0;
		if (poll(&poll_fd, 1, 1) <= 0 || !(poll_fd.revents & POLLIN))
			continue;
		if (cg_notify_receive(prober->listener, &notification) < 0)
			continue;
		*ret_has_notified = true;
		cg_notify_refuse(prober->listener, notification.id, NOTIFY_ANSWER);
	}
}

static int judge(struct live_prober *prober, int status, uint32_t *ret_action, bool *ret_is_coarse)
{
	if (WIFSIGNALED(status) || WIFEXITED(status))
		return judge_death(prober, status, ret_action);
	if (is_event(status))
		return judge_event(prober, ret_action, ret_is_coarse);
	if (WIFSTOPPED(status) && WSTOPSIG(status) == SIGSYS)
		return judge_trap(prober, ret_action);
	return is_done(status) ? judge_result(prober, ret_action) : -ECHILD;
}

int live_prober_ask(struct live_prober *prober, const struct cg_call *call, uint32_t *ret_action, bool *ret_is_coarse,
		    struct cg_err *err)
{
	uint32_t action = 0;
	bool is_coarse = false, has_notified = false;
	int status, r;

	if (call->arch != AUDIT_ARCH_X86_64 && call->arch != AUDIT_ARCH_I386)
		return cg_err_set(err, -EOPNOTSUPP, NULL, "live probe: this machine makes no calls of arch 0x%08x",
				  call->arch);
	r = prober->pid ? 0 : start(prober, err);
	if (r < 0)
		return r;

	r = set_call(prober, call);
	if (r == 0 && prober->has_notify)
		r = resume_and_listen(prober, &status, &has_notified);
	else if (r == 0)
		r = resume(prober, &status);
	if (r == 0)
		r = judge(prober, status, &action, &is_coarse);
	if (r < 0) {
		reap(prober);
		return fail(err, r, "the child did what no answer explains");
	}
	*ret_action = has_notified ? CG_ACTION_NOTIFY : action;
	*ret_is_coarse = is_coarse;
	return 0;
}

int live_probe(const struct cg_filter *filter, const struct cg_call *call, uint32_t *ret_action, bool *ret_is_coarse,
	       struct cg_err *err)
{
	struct live_prober *prober = NULL;
	int r = live_prober_new(filter, &prober, err);

	if (r == 0)
		r = live_prober_ask(prober, call, ret_action, ret_is_coarse, err);
	live_prober_free(prober);
	return r;
}
