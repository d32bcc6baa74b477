/*
 * See perf_line.h. The arguments are passed over: perf leaves out those that are 0, and the prefixes of constants, so
 * they do not lead back to registers.
 */
#include "event/perf_line.h"

#include "event/event.h"
#include "event/strace_scan.h"

#include <string.h>

/* "?" or "32.806": true and behind the blank. */
static bool take_time(struct cg_scan *rest)
{
	uint64_t number;

	cg_scan_blanks(rest);
	if (!cg_scan_take(rest, "?") &&
	    (!cg_scan_number(rest, &number) || !cg_scan_take(rest, ".") || !cg_scan_number(rest, &number)))
		return false;
	return cg_scan_take(rest, " ");
}

/* "( 0.019 ms): ", "(         ): " */
static bool take_duration(struct cg_scan *rest)
{
	static const char inside[] = " .0123456789ms";

	cg_scan_blanks(rest);
	if (!cg_scan_take(rest, "("))
		return false;
	while (rest->at < rest->end && *rest->at && strchr(inside, *rest->at))
		rest->at++;
	return cg_scan_take(rest, "): ");
}

/* "/123 " and what must follow it: a call, the rest of one, or another event. */
static bool is_thread(struct cg_scan *rest, int *ret_tid)
{
	struct cg_scan probe = *rest, after;
	uint64_t number;

	if (!cg_scan_take(&probe, "/") || !cg_scan_number(&probe, &number) || number == 0 || number > INT32_MAX ||
	    !cg_scan_take(&probe, " "))
		return false;
	after = probe;
	cg_scan_blanks(&after);
	if (!cg_scan_has(&after, "... ["))
		while (cg_scan_name(&after).length && cg_scan_take(&after, ":"))
			;
	if (!cg_scan_has(&after, "... [") && !cg_scan_has(&after, "(") && !cg_scan_has(&after, " ["))
		return false;
	*ret_tid = (int)number;
	*rest = probe;
	return true;
}

/* "cat/22647 ": a command's name can hold anything, but is short. Without it, perf follows one thread. */
static void take_thread(struct cg_scan *rest, struct cg_perf_line *line)
{
	enum { COMM_ROOM = 32 };
	struct cg_scan probe = *rest;

	for (; probe.at < probe.end && probe.at - rest->at < COMM_ROOM; probe.at++) {
		const char *slash = probe.at;

		if (*probe.at == '/' && is_thread(&probe, &line->tid)) {
			line->comm = (struct cg_piece){ rest->at, (size_t)(slash - rest->at) };
			*rest = probe;
			return;
		}
	}
}

/* To behind the parenthesis that closes the arguments. */
static bool skip_args(struct cg_scan *rest)
{
	size_t depth = 0;

	while (rest->at < rest->end) {
		if (depth == 0 && *rest->at == ')') {
			rest->at++;
			return true;
		}
		if (!cg_scan_one(rest, &depth))
			return false;
	}
	return false;
}

/* perf knows no name for ERESTART*, and lets the C library say so: "(unknown) (… strerror_r(514, [buf], 128)=22)". */
static bool is_restart(const struct cg_scan *rest)
{
	static const char word[] = "strerror_r(";
	const char *found = memmem(rest->at, (size_t)(rest->end - rest->at), word, strlen(word));
	struct cg_scan probe = { found ? found + strlen(word) : rest->end, rest->end };
	uint64_t number;

	return cg_scan_number(&probe, &number) && cg_result_is_restart(-(int64_t)number);
}

/* "= 3", "= 0x7f00", "= -1 ENOENT (No such file)", "= 23708 (bash)", "= ?", and of a process that perf lost, "=". */
static bool take_result(struct cg_scan *rest, struct cg_perf_line *line)
{
	cg_scan_blanks(rest);
	if (!cg_scan_take(rest, "="))
		return false;
	cg_scan_blanks(rest);
	line->result = CG_STRACE_VALUE;
	if (cg_scan_take(rest, "?")) {
		line->result = CG_STRACE_NONE;
		return true;
	}
	if (rest->at == rest->end)
		return true;
	/* Flags: "RDONLY|LARGEFILE". */
	if (!cg_scan_has(rest, "-") && !cg_scan_is_digit(*rest->at))
		return cg_scan_name(rest).length > 0;
	if (cg_scan_take(rest, "0x"))
		return cg_scan_hex(rest, &line->value);
	if (!cg_scan_signed(rest, &line->value))
		return false;
	cg_scan_blanks(rest);
	if (line->value == -1 && rest->at < rest->end) {
		line->result = is_restart(rest) ? CG_STRACE_RESTART : CG_STRACE_ERROR;
		line->error = cg_scan_name(rest);
	}
	return true;
}

static bool read_call(struct cg_scan *rest, struct cg_perf_line *line)
{
	cg_scan_blanks(rest);
	line->kind = cg_scan_take(rest, "... [continued]: ") ? CG_PERF_CONTINUED : CG_PERF_CALL;
	line->name = cg_scan_name(rest);
	/* A tracepoint, "sched:sched_switch(…)", or a fault, "majfault [". */
	if (cg_scan_has(rest, ":") || cg_scan_has(rest, " [")) {
		line->kind = CG_PERF_NOTHING;
		return true;
	}
	if (line->name.length == 0 || !cg_scan_take(rest, "("))
		return false;
	if (line->kind == CG_PERF_CONTINUED)
		return cg_scan_take(rest, "))") && take_result(rest, line);
	if (!skip_args(rest))
		return false;
	cg_scan_blanks(rest);
	if (cg_scan_take(rest, "...")) {
		line->kind = CG_PERF_BEGAN;
		return rest->at == rest->end;
	}
	return take_result(rest, line);
}

/* What perf says between lines. */
static bool take_remark(struct cg_scan *rest, struct cg_perf_line *line)
{
	struct cg_scan probe = *rest;

	cg_scan_blanks(&probe);
	if (cg_scan_take(&probe, "LOST ") && cg_scan_number(&probe, &line->n_lost) && cg_scan_has(&probe, " events!"))
		line->kind = CG_PERF_LOST;
	else if (cg_scan_has(&probe, "Summary of events:"))
		line->kind = CG_PERF_SUMMARY;
	else
		return probe.at == probe.end;
	return true;
}

bool cg_perf_read_line(const char *text, size_t length, struct cg_perf_line *ret_line)
{
	struct cg_perf_line line = { .kind = CG_PERF_NOTHING };
	struct cg_scan rest = { text, text + length };
	bool is_read = true;

	while (rest.end > rest.at && (rest.end[-1] == '\r' || rest.end[-1] == ' '))
		rest.end--;
	if (!take_remark(&rest, &line)) {
		is_read = take_time(&rest);
		if (is_read && take_duration(&rest)) {
			take_thread(&rest, &line);
			is_read = read_call(&rest, &line);
		} else if (is_read) {
			/* Another event, which has no duration: "0.640 true/23826 sched:sched_process_exit(…)". */
			is_read = memchr(rest.at, ':', (size_t)(rest.end - rest.at));
		}
	}
	if (is_read)
		*ret_line = line;
	return is_read;
}
