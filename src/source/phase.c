/*
 * See phase.h.
 */
#include "source/phase.h"

#include "base/cleanup.h"
#include "base/text.h"
#include "os/relay.h"

#include <errno.h>
#include <signal.h>

void cg_phase_begin(struct cg_phase_watch *watch, const struct cg_source_request *request,
		    const struct cg_source_sink *sink)
{
	watch->request = request;
	watch->sink = sink;
	watch->began_ms = cg_clock_ms();
}

bool cg_phase_awaits(const struct cg_phase_watch *watch, enum cg_phase_by by)
{
	return watch->request && watch->request->phase.by == by && !watch->is_marked;
}

bool cg_phase_is_awaited(const struct cg_phase_watch *watch)
{
	return !cg_phase_awaits(watch, CG_PHASE_BY_NOTHING) && watch->request && !watch->is_marked;
}

bool cg_phase_take_signal(struct cg_phase_watch *watch, int number)
{
	if (number != SIGUSR1 || watch->is_signalled || !cg_phase_awaits(watch, CG_PHASE_BY_SIGNAL))
		return false;
	watch->is_signalled = true;
	return true;
}

static int mark(struct cg_phase_watch *watch, struct cg_text *why)
{
	int r = why->has_failed ? -ENOMEM : 0;

	watch->is_marked = true;
	if (r == 0 && watch->snapshot)
		r = watch->snapshot(watch->context);
	if (r == 0)
		r = watch->sink->mark(watch->sink->context, watch->request->phase.by, cg_text_get(why),
				      cg_clock_ms() - watch->began_ms);
	return r;
}

int cg_phase_look(struct cg_phase_watch *watch)
{
	CG_CLEANUP(cg_text_done) struct cg_text why = { 0 };
	const struct cg_phase_wish *wish = &watch->request->phase;
	const char *line;

	if (cg_phase_awaits(watch, CG_PHASE_BY_SIGNAL) && watch->is_signalled) {
		cg_text_add(&why, "callgate was sent SIGUSR1");
		return mark(watch, &why);
	}
	if (cg_phase_awaits(watch, CG_PHASE_AFTER) && cg_clock_ms() - watch->began_ms >= wish->after_ms) {
		cg_text_addf(&why, "%llu ms have passed", (unsigned long long)wish->after_ms);
		return mark(watch, &why);
	}
	line = cg_phase_awaits(watch, CG_PHASE_BY_OUTPUT) ? cg_relay_line(wish->relay) : NULL;
	if (line) {
		cg_text_addf(&why, "the command printed: %s", line);
		return mark(watch, &why);
	}
	return 0;
}

int cg_phase_waits(struct cg_phase_watch *watch, const char *call, const char *waiter, int pid, int listener)
{
	CG_CLEANUP(cg_text_done) struct cg_text why = { 0 };

	if (!cg_phase_awaits(watch, CG_PHASE_BY_LISTEN))
		return 0;
	cg_text_addf(&why, "listen succeeded in process %d, then %s (process %d) called %s, which waits for others", listener,
		     waiter ? waiter : "a program", pid, call);
	return mark(watch, &why);
}

int cg_phase_end(const struct cg_phase_watch *watch)
{
	static const char *const missed[] = {
		[CG_PHASE_BY_SIGNAL] = "no SIGUSR1 came",
		[CG_PHASE_BY_OUTPUT] = "no line of its output matched",
		[CG_PHASE_BY_LISTEN] = "no listen succeeded with a call after it that waits for others",
		[CG_PHASE_AFTER] = "it ended before that",
	};
	CG_CLEANUP(cg_text_done) struct cg_text text = { 0 };

	if (!cg_phase_is_awaited(watch))
		return 0;
	cg_text_addf(&text, "the end of start-up is not marked: %s; all calls are of both phases",
		     missed[watch->request->phase.by]);
	return text.has_failed ? -ENOMEM : watch->sink->remark(watch->sink->context, cg_text_get(&text));
}
