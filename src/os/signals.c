/*
 * See signals.h; signal(7), sigtimedwait(2), timer_create(2), credentials(7) on job control.
 */
#include "os/signals.h"

#include "base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#define TICK_NS 100000000L /* how late a signal may be noticed while nothing else happens */

/* glibc before 2.38 has no name for it (timer_create(2) has). */
#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id _sigev_un._tid
#endif

/* A signal that hardly anybody sends to others: its only work is to interrupt a wait. */
#define TICK SIGVTALRM

static const int watched[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGTSTP, SIGTTIN, SIGTTOU };

bool cg_signal_ends(int number)
{
	return number == SIGINT || number == SIGTERM || number == SIGHUP || number == SIGQUIT;
}

bool cg_signal_stops(int number)
{
	return number == SIGTSTP || number == SIGTTIN || number == SIGTTOU || number == SIGSTOP;
}

static void do_nothing(int number)
{
}

/* A blocked signal is queued even if it is ignored: those that our parent had us ignore must not be watched. */
static void fill_watched(sigset_t *ret_set)
{
	sigemptyset(ret_set);
	for (size_t i = 0; i < CG_N_ITEMS(watched); i++) {
		struct sigaction action;

		if (sigaction(watched[i], NULL, &action) == 0 && action.sa_handler != SIG_IGN)
			sigaddset(ret_set, watched[i]);
	}
}

static int start_timer(timer_t *ret_timer)
{
	struct sigevent event = { .sigev_notify = SIGEV_THREAD_ID, .sigev_signo = TICK };
	const struct itimerspec every = { .it_interval.tv_nsec = TICK_NS, .it_value.tv_nsec = TICK_NS };
	timer_t timer;
	int r;

	event.sigev_notify_thread_id = gettid();
	if (timer_create(CLOCK_MONOTONIC, &event, &timer) < 0)
		return -errno;
	if (timer_settime(timer, 0, &every, NULL) < 0) {
		r = -errno;
		timer_delete(timer);
		return r;
	}
	*ret_timer = timer;
	return 0;
}

int cg_signals_begin(struct cg_signals *signals, struct cg_err *err)
{
	struct sigaction tick = { .sa_handler = do_nothing };
	/* Stops of tracees need no SIGCHLD: waitpid() wakes without. And SIG_IGN, inherited, would hide our children. */
	struct sigaction child = { .sa_handler = SIG_DFL, .sa_flags = SA_NOCLDSTOP };
	sigset_t mask;
	int r;

	sigaction(TICK, &tick, &signals->old_tick);
	r = start_timer(&signals->timer);
	if (r < 0) {
		sigaction(TICK, &signals->old_tick, NULL);
		return cg_err_set(err, r, NULL, "cannot have a timer: %s", strerror(-r));
	}
	sigaction(SIGCHLD, &child, &signals->old_child);
	fill_watched(&signals->watched);
	mask = signals->watched;
	/* Writing to a closed standard error must not end us before the recording is written. */
	sigaddset(&mask, SIGPIPE);
	pthread_sigmask(SIG_BLOCK, &mask, &signals->old_mask);
	sigemptyset(&mask);
	sigaddset(&mask, TICK);
	pthread_sigmask(SIG_UNBLOCK, &mask, NULL);
	return 0;
}

bool cg_signals_next(const struct cg_signals *signals, struct cg_signal *ret_signal)
{
	const struct timespec now = { 0 };
	siginfo_t info;
	int number = sigtimedwait(&signals->watched, &info, &now);

	if (number <= 0)
		return false;
	ret_signal->number = number;
	ret_signal->is_from_kernel = info.si_code == SI_KERNEL;
	return true;
}

void cg_signals_undo(const struct cg_signals *signals)
{
	sigaction(TICK, &signals->old_tick, NULL);
	sigaction(SIGCHLD, &signals->old_child, NULL);
	sigprocmask(SIG_SETMASK, &signals->old_mask, NULL);
}

void cg_signals_end(struct cg_signals *signals)
{
	struct cg_signal forgotten;

	timer_delete(signals->timer);
	while (cg_signals_next(signals, &forgotten))
		;
	cg_signals_undo(signals);
}

void cg_signals_stop_self(int number)
{
	struct sigaction action = { .sa_handler = SIG_DFL }, old_action;
	sigset_t mask, old_mask;

	if (number != SIGSTOP)
		sigaction(number, &action, &old_action);
	sigemptyset(&mask);
	sigaddset(&mask, number);
	/* Raised while it is still blocked: one from the terminal that is pending already must not stop us a second time. */
	raise(number);
	pthread_sigmask(SIG_UNBLOCK, &mask, &old_mask);
	pthread_sigmask(SIG_SETMASK, &old_mask, NULL);
	if (number != SIGSTOP)
		sigaction(number, &old_action, NULL);
}

bool cg_terminal_is_ours(void)
{
	int fd = open("/dev/tty", O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	bool is_ours = fd >= 0 && tcgetpgrp(fd) == getpgrp();

	if (fd >= 0)
		close(fd);
	return is_ours;
}

static uint64_t clock_ms(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

uint64_t cg_clock_ms(void)
{
	return clock_ms(CLOCK_MONOTONIC);
}

uint64_t cg_clock_epoch_ms(void)
{
	return clock_ms(CLOCK_REALTIME);
}
