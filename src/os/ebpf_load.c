/*
 * See ebpf_load.h.
 */
#include "os/ebpf_load.h"

#include <bpf/libbpf.h>
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define ATTEMPTS 100

/* libbpf tells its story to standard error otherwise; what matters is in the errno. */
static int stay_silent(enum libbpf_print_level level, const char *format, va_list args)
{
	return 0;
}

static int tell(struct cg_err *err, int r, const char *what)
{
	if (r == -EPERM || r == -EACCES)
		return cg_err_set(err, -EPERM, NULL, "%s: %s", what,
				  geteuid() == 0 ? "refused even to root: a container, lockdown or another module" :
						   "it needs root, or CAP_BPF and CAP_PERFMON");
	if (r == -ESRCH || r == -ENOENT || r == -EINVAL || r == -EOPNOTSUPP || r == -ENOTSUP)
		return cg_err_set(err, -ENOSYS, NULL, "%s: this kernel lacks what is needed (Linux 5.17, with BTF)",
				  what);
	return cg_err_set(err, r, NULL, "%s: %s", what, strerror(-r));
}

/*
 * The verifier gives up with EAGAIN where a signal is pending (do_check() in kernel/bpf/verifier.c), and so would what
 * libbpf tries out about the kernel, wrongly: on a busy machine, where it takes longer than a tick of os/signals.h, again
 * and again. So signals wait meanwhile.
 */
int cg_ebpf_load(int (*load)(void *context), int (*attach)(void *context), void *context, struct cg_err *err)
{
	static const struct timespec pause = { .tv_nsec = 5 * 1000 * 1000 };
	const char *what = "eBPF programs cannot be loaded";
	sigset_t all, old;
	int r = -EAGAIN;

	libbpf_set_print(stay_silent);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	for (int i = 0; i < ATTEMPTS && r == -EAGAIN; i++) {
		if (i > 0)
			nanosleep(&pause, NULL);
		r = load(context);
	}
	if (r == 0) {
		what = "eBPF programs cannot be attached";
		r = attach(context);
	}
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return r < 0 ? tell(err, r, what) : 0;
}
