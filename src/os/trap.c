/*
 * See trap.h.
 *
 * The filter stands while the handler runs, so its own calls can be trapped as well. SA_NODEFER lets such a one come
 * in, as the kernel would otherwise end the process (a forced signal that is blocked: kernel/signal.c,
 * force_sig_info_to_task()); the inner handler fails the call without a word, and the outer goes on with less.
 */
#include "os/trap.h"

#include "os/self_maps.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SYS_SECCOMP
#define SYS_SECCOMP 1 /* si_code, asm-generic/siginfo.h */
#endif

static struct {
	cg_trap_line_fn *line;
	int fd;
	int maps;
	bool does_die;
} settings = { .maps = -1 };

/* Is this thread in the handler? Where a library is loaded late, other models of TLS would allocate. */
static __thread volatile sig_atomic_t is_inside __attribute__((tls_model("initial-exec")));

/* By SIGSYS as the kernel does; by what needs no call where the filter has none of these either. */
static void die(void)
{
	struct sigaction end = { .sa_handler = SIG_DFL };

	sigaction(SIGSYS, &end, NULL);
	syscall(SYS_tgkill, getpid(), syscall(SYS_gettid), SIGSYS);
	for (;;)
		__builtin_trap();
}

static void tell(const siginfo_t *info, const ucontext_t *context)
{
	char line[CG_TRAP_LINE_SIZE];
	struct cg_trap trap = {
		.call = { .arch = info->si_arch, .nr = (uint32_t)info->si_syscall,
			  .ip = (uint64_t)(uintptr_t)info->si_call_addr },
		.data = (unsigned int)info->si_errno & 0xffff,
	};
	size_t length;

	trap.tid = (int)syscall(SYS_gettid);
	trap.has_args = cg_trap_registers(context, trap.call.arch, trap.call.args);
	cg_self_module(settings.maps, trap.call.ip, trap.module, sizeof(trap.module), &trap.offset);
	length = settings.line(&trap, line, sizeof(line));
	while (write(settings.fd, line, length) < 0 && errno == EINTR)
		;
}

static void handle(int number, siginfo_t *info, void *context)
{
	int kept = errno;

	if (info->si_code != SYS_SECCOMP)
		die();
	if (!is_inside) {
		is_inside = 1;
		tell(info, context);
		if (settings.does_die)
			die();
		is_inside = 0;
	}
	cg_trap_set_result(context, -ENOSYS);
	errno = kept;
}

int cg_trap_install(int fd, bool does_die, cg_trap_line_fn *line)
{
	struct sigaction action = { .sa_sigaction = handle, .sa_flags = SA_SIGINFO | SA_NODEFER | SA_ONSTACK | SA_RESTART };
	sigset_t one;

	if (fcntl(fd, F_GETFD) < 0)
		return -EBADF;
	settings.fd = fd;
	settings.does_die = does_die;
	settings.line = line;
	if (settings.maps < 0)
		settings.maps = open("/proc/self/maps", O_RDONLY | O_CLOEXEC); /* without it, modules may stay untold */
	if (sigaction(SIGSYS, &action, NULL) < 0)
		return -errno;
	/* A blocked SIGSYS would be the end at the first call that is trapped. */
	sigemptyset(&one);
	sigaddset(&one, SIGSYS);
	pthread_sigmask(SIG_UNBLOCK, &one, NULL);
	return 0;
}
