/*
 * Programs to be recorded, in one: what recorders get wrong, each with a count that is known beforehand.
 *
 * In: the name of a workload and its numbers. Out: exit status 0 when it saw what it should have seen. Calls are made
 * by syscall(2) and not by libc's wrappers, which may make more than one.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

/* One that the recorder looks at once, and one that it looks at twice. */
#define CALL_SURE SYS_getppid
#define CALL_TWICE SYS_getpgid

static long number_of(char **words, int i, long fallback)
{
	for (int k = 0; k <= i; k++)
		if (!words[k])
			return fallback;
	return strtol(words[i], NULL, 10);
}

static void *call_many(void *n_calls)
{
	for (long i = 0; i < (long)n_calls; i++) {
		syscall(CALL_SURE);
		syscall(CALL_TWICE, 0);
	}
	return NULL;
}

/* threads N_THREADS N_CALLS: each thread makes N_CALLS of both kinds. */
static int threads(char **words)
{
	long n_threads = number_of(words, 0, 8), n_calls = number_of(words, 1, 6250);
	pthread_t ids[64];

	if (n_threads > 64)
		return 1;
	for (long i = 0; i < n_threads; i++)
		if (pthread_create(&ids[i], NULL, call_many, (void *)n_calls) != 0)
			return 1;
	for (long i = 0; i < n_threads; i++)
		pthread_join(ids[i], NULL);
	return 0;
}

static int be_child(void *unused)
{
	(void)unused;
	syscall(CALL_SURE);
	syscall(CALL_TWICE, 0);
	syscall(SYS_exit_group, 0);
	return 0;
}

static int wait_for(pid_t pid)
{
	int status = -1;

	while (waitpid(pid, &status, __WALL) < 0)
		if (errno != EINTR)
			return -1;
	return status;
}

static pid_t make_child(long kind)
{
	static char stack[65536] __attribute__((aligned(16)));
	pid_t pid;

	switch (kind) {
	case 0:
		pid = (pid_t)syscall(SYS_fork);
		break;
	case 1:
		pid = vfork();
		break;
	default:
		return clone(be_child, stack + sizeof(stack), CLONE_VM | CLONE_VFORK | SIGCHLD, NULL);
	}
	if (pid == 0)
		be_child(NULL);
	return pid;
}

/* processes N: N children, a third each by fork, vfork and clone. */
static int processes(char **words)
{
	for (long i = 0; i < number_of(words, 0, 999); i++) {
		pid_t pid = make_child(i % 3);

		if (pid < 0 || wait_for(pid) != 0)
			return 1;
	}
	return 0;
}

/* crowd N: N children at once, so that their ends and beginnings overlap. */
static int crowd(char **words)
{
	long n = number_of(words, 0, 1000), n_ended = 0;

	for (long i = 0; i < n; i++) {
		pid_t pid = (pid_t)syscall(SYS_fork);

		if (pid < 0)
			return 1;
		if (pid == 0)
			be_child(NULL);
	}
	while (wait(NULL) > 0)
		n_ended++;
	return n_ended != n;
}

static void do_nothing(int number)
{
	(void)number;
}

static void storm(int which, int number, int usec)
{
	const struct itimerval every = { { 0, usec }, { 0, usec } };
	const struct sigaction action = { .sa_handler = do_nothing, .sa_flags = SA_RESTART };

	sigaction(number, &action, NULL);
	setitimer(which, &every, NULL);
}

/* storm N: N forks while timers fire all the time. */
static int fork_in_storm(char **words)
{
	storm(ITIMER_REAL, SIGALRM, 300);
	storm(ITIMER_PROF, SIGPROF, 1000);
	for (long i = 0; i < number_of(words, 0, 500); i++) {
		pid_t pid = (pid_t)syscall(SYS_fork);

		if (pid < 0)
			return 1;
		if (pid == 0)
			syscall(SYS_exit_group, 0);
		if (wait_for(pid) != 0)
			return 1;
	}
	return 0;
}

/* interrupts N: N naps cut short by a handler without SA_RESTART: EINTR, and N handlers left by sigreturn. */
static int interrupts(char **words)
{
	const struct sigaction action = { .sa_handler = do_nothing };
	long n = number_of(words, 0, 100);

	sigaction(SIGALRM, &action, NULL);
	for (long i = 0; i < n; i++) {
		const struct itimerval once = { { 0, 0 }, { 0, 20000 } }; /* long enough for a busy machine */
		const struct timespec nap = { .tv_sec = 5 };

		setitimer(ITIMER_REAL, &once, NULL);
		if (syscall(SYS_nanosleep, &nap, NULL) != -1 || errno != EINTR)
			return 1;
	}
	return 0;
}

/* int80 N: N times getpgid by number 132 of x86's table, from a 64-bit program. */
static int int80(char **words)
{
#if defined(__x86_64__)
	for (long i = 0; i < number_of(words, 0, 1000); i++) {
		long result;

		__asm__ volatile("int $0x80" : "=a"(result) : "a"(132L), "b"(0L) : "memory", "r8", "r9", "r10", "r11");
		if (result != getpgid(0))
			return 1;
	}
	return 0;
#else
	(void)words;
	return 77;
#endif
}

/* vsyscall N: time(2) N times at the fixed address of old, where the kernel still emulates it. */
static int vsyscall(char **words)
{
#if defined(__x86_64__)
	long (*old_time)(long *) = (long (*)(long *))0xffffffffff600400;
	FILE *maps = fopen("/proc/self/maps", "r");
	char line[512];
	bool has_page = false;

	while (maps && fgets(line, sizeof(line), maps))
		has_page |= strstr(line, "[vsyscall]") != NULL;
	for (long i = 0; has_page && i < number_of(words, 0, 100); i++)
		if (old_time(NULL) <= 0)
			return 1;
	return has_page ? 0 : 77;
#else
	(void)words;
	return 77;
#endif
}

static void *execute_soon(void *words)
{
	usleep(50000);
	execv("/proc/self/exe", words);
	return NULL;
}

static void *wait_forever(void *unused)
{
	pause();
	return unused;
}

/* exec-thread: another thread than the first executes, while a third waits in pause(). */
static int exec_from_thread(char **words)
{
	static char *next[] = { "workload", "exec-thread", "again", NULL };
	pthread_t waiting, executing;

	if (words[0])
		return syscall(CALL_TWICE, 0) < 0;
	if (pthread_create(&waiting, NULL, wait_forever, NULL) != 0 ||
	    pthread_create(&executing, NULL, execute_soon, next) != 0)
		return 1;
	pthread_join(executing, NULL);
	return 1;
}

/* stopped: a child that is stopped and goes on, as its parent sees it. */
static int stopped(char **words)
{
	int status;
	pid_t pid = fork();

	(void)words;
	if (pid == 0)
		for (;;)
			pause();
	usleep(20000);
	kill(pid, SIGSTOP);
	if (waitpid(pid, &status, WUNTRACED) != pid || !WIFSTOPPED(status) || WSTOPSIG(status) != SIGSTOP)
		return 1;
	kill(pid, SIGCONT);
	if (waitpid(pid, &status, WCONTINUED) != pid || !WIFCONTINUED(status))
		return 2;
	kill(pid, SIGTERM);
	status = wait_for(pid);
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM ? 0 : 3;
}

static volatile sig_atomic_t sender, value;

static void keep_info(int number, siginfo_t *info, void *context)
{
	(void)number;
	(void)context;
	sender = info->si_pid;
	value = info->si_value.sival_int;
}

/* siginfo: a queued signal arrives with who sent it and what. */
static int signal_info(char **words)
{
	const struct sigaction action = { .sa_sigaction = keep_info, .sa_flags = SA_SIGINFO };

	(void)words;
	sigaction(SIGUSR1, &action, NULL);
	sigqueue(getpid(), SIGUSR1, (union sigval){ .sival_int = 4711 });
	return sender == getpid() && value == 4711 ? 0 : 1;
}

/* killed N: N calls, then it kills itself in the midst of a child and a thread that are in calls. */
static int killed(char **words)
{
	pthread_t thread;
	int ends[2];
	char byte;
	pid_t pid;

	if (pipe(ends) < 0)
		return 1;
	pid = fork();
	if (pid == 0) {
		close(ends[1]);
		/* Ends when its parent does. */
		_exit(read(ends[0], &byte, 1) == 0 ? 0 : 1);
	}
	if (pthread_create(&thread, NULL, wait_forever, NULL) != 0)
		return 1;
	usleep(50000);
	call_many((void *)number_of(words, 0, 1000));
	kill(getpid(), SIGKILL);
	return 1;
}

static int load_filter(const struct sock_filter *insns, unsigned short n_insns)
{
	struct sock_fprog program = { .len = n_insns, .filter = (struct sock_filter *)insns };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -1;
	return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program);
}

/* own-filter N: a filter of its own refuses N calls of one kind, lets N of another pass, and asks a tracer about N. */
static int own_filter(char **words)
{
	const struct sock_filter insns[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getpgid, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOTTY),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getsid, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE | 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	long n = number_of(words, 0, 100);

	if (load_filter(insns, sizeof(insns) / sizeof(insns[0])) < 0)
		return 1;
	for (long i = 0; i < n; i++) {
		pid_t pid;

		if (syscall(SYS_getpgid, 0) != -1 || errno != ENOTTY)
			return 2;
		if (syscall(SYS_getppid) <= 0)
			return 3;
		if (syscall(SYS_getsid, 0) != -1 || errno != ENOSYS)
			return 4;
		pid = (pid_t)syscall(SYS_fork);
		if (pid == 0)
			syscall(SYS_exit_group, syscall(SYS_getpgid, 0) == -1 ? 0 : 1);
		if (wait_for(pid) != 0)
			return 5;
	}
	return 0;
}

/* killed-by-filter: a filter of its own kills it. */
static int killed_by_filter(char **words)
{
	const struct sock_filter insns[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getpgid, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};

	(void)words;
	if (load_filter(insns, sizeof(insns) / sizeof(insns[0])) < 0)
		return 1;
	syscall(SYS_getpgid, 0);
	return 2;
}

/* traces: a child asks to be traced. */
static int traces(char **words)
{
	(void)words;
	return ptrace(PTRACE_TRACEME, 0, NULL, NULL) == -1 && errno == EPERM ? 0 : 1;
}

/* stubborn N_MS: ignores what asks it to end, and says when it is ready. */
static int stubborn(char **words)
{
	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	if (write(1, "ready\n", 6) != 6)
		return 1;
	usleep((useconds_t)number_of(words, 0, 60000) * 1000);
	return 0;
}

/* waits: for a signal, in small steps. */
static int waits(char **words)
{
	(void)words;
	for (int i = 0; i < 6000; i++)
		usleep(10000);
	return 0;
}

/* daemon N_MS: leaves a grandchild behind in a session of its own. */
static int leave_daemon(char **words)
{
	pid_t pid = fork();

	if (pid == 0) {
		setsid();
		usleep((useconds_t)number_of(words, 0, 200) * 1000);
		_exit((int)syscall(CALL_TWICE, 0) < 0);
	}
	return 5;
}

/* values N: N values of umask, the largest first, and five numbers that no call has. */
static int values(char **words)
{
	for (long i = number_of(words, 0, 100); i >= 0; i--)
		syscall(SYS_umask, i);
	/* As wide as a register, and all ones. */
	if (syscall(SYS_prctl, 99999, -1L) != -1)
		return 1;
	for (long i = 0; i < 5; i++)
		if (syscall(100000 + i) != -1 || errno != ENOSYS)
			return 1;
	return 0;
}

/* numbers N: N numbers that no call has, once each. */
static int numbers(char **words)
{
	for (long i = 0; i < number_of(words, 0, 20000); i++)
		if (syscall(100000 + i) != -1 || errno != ENOSYS)
			return 1;
	return 0;
}

static const struct {
	const char *name;
	int (*run)(char **words);
} workloads[] = {
	{ "numbers", numbers },
	{ "values", values },
	{ "threads", threads },
	{ "processes", processes },
	{ "crowd", crowd },
	{ "storm", fork_in_storm },
	{ "interrupts", interrupts },
	{ "int80", int80 },
	{ "exec-thread", exec_from_thread },
	{ "stopped", stopped },
	{ "siginfo", signal_info },
	{ "killed", killed },
	{ "own-filter", own_filter },
	{ "killed-by-filter", killed_by_filter },
	{ "traces", traces },
	{ "stubborn", stubborn },
	{ "waits", waits },
	{ "vsyscall", vsyscall },
	{ "daemon", leave_daemon },
};

int main(int argc, char **argv)
{
	for (size_t i = 0; argc > 1 && i < sizeof(workloads) / sizeof(workloads[0]); i++)
		if (strcmp(workloads[i].name, argv[1]) == 0)
			_exit(workloads[i].run(argv + 2));
	fputs("workload: no such workload\n", stderr);
	return 2;
}
