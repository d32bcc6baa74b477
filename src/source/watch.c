/*
 * See watch.h.
 */
#include "source/watch.h"

#include "os/ptrace.h"

#include <signal.h>

#define GRACE_MS 2000
#define STOP_MS 2000 /* how long after a ^Z the command may take to stop itself, as editors do */

void cg_watch_begin(struct cg_watch *watch, const struct cg_source_request *request)
{
	watch->signals = request->signals;
	if (request->duration_ms)
		watch->end_ms = cg_clock_ms() + request->duration_ms;
}

static void ask_to_end(struct cg_watch *watch, int signal)
{
	watch->is_partial = true;
	watch->n_ends++;
	if (watch->n_ends > 1 || watch->has_main_ended) {
		watch->end_all(watch->context);
		return;
	}
	cg_trace_signal(watch->main_pid, signal);
	/* A stopped process acts on a signal only when it is continued. */
	if (watch->main_stop)
		cg_trace_signal(watch->main_pid, SIGCONT);
	watch->kill_ms = cg_clock_ms() + GRACE_MS;
}

static void signal_main(const struct cg_watch *watch, int signal)
{
	/* Its number may be another's by now. */
	if (!watch->has_main_ended)
		cg_trace_signal(watch->main_pid, signal);
}

static void take_signal(struct cg_watch *watch, const struct cg_signal *signal)
{
	if (cg_phase_take_signal(&watch->phase, signal->number))
		return;
	if (cg_signal_stops(signal->number)) {
		watch->stop_signal = signal->number;
		watch->stop_ms = cg_clock_ms() + STOP_MS;
		if (!signal->is_from_kernel)
			signal_main(watch, signal->number);
	} else if (!cg_signal_ends(signal->number)) {
		signal_main(watch, signal->number);
	} else if (!signal->is_from_kernel || watch->has_main_ended) {
		/* After the command, its background processes: the terminal's keys do not reach them, only us. */
		ask_to_end(watch, signal->number);
	}
}

static void stop_with_command(struct cg_watch *watch, int signal)
{
	watch->stop_ms = 0;
	cg_signals_stop_self(signal);
	watch->continued_ms = cg_clock_ms();
}

/*
 * Stopping ourselves would freeze whatever else the command runs, so it must have been the terminal (the group's stop
 * signal reached us too), or else nothing must be left running and the terminal must be waiting for us.
 */
static void follow_stops(struct cg_watch *watch, uint64_t now)
{
	if (!watch->main_stop) {
		watch->continued_ms = 0;
	} else if (now < watch->stop_ms) {
		stop_with_command(watch, watch->stop_signal);
	} else if (watch->continued_ms) {
		/* Whoever continued us may have meant the command, and not known of it. */
		if (now - watch->continued_ms > 100)
			signal_main(watch, SIGCONT);
	} else if (watch->are_all_stopped && cg_terminal_is_ours()) {
		stop_with_command(watch, SIGSTOP);
	}
}

void cg_watch_look(struct cg_watch *watch)
{
	uint64_t now = cg_clock_ms();
	struct cg_signal signal;

	while (cg_signals_next(watch->signals, &signal))
		take_signal(watch, &signal);
	if (watch->end_ms && now >= watch->end_ms) {
		watch->end_ms = 0;
		ask_to_end(watch, SIGTERM);
	}
	if (watch->kill_ms && now >= watch->kill_ms)
		watch->end_all(watch->context);
	follow_stops(watch, now);
}
