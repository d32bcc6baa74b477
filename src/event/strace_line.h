/*
 * One line of a strace log, taken apart. Within event/.
 *
 * In: a line, without its newline; any bytes. Out: what kind of line it is and where its parts stand in it: nothing is
 * copied, and no line is too odd to be refused quietly. The forms are those of strace 4.x to 6.x with -f, -t, -tt,
 * -ttt, -r, -i, -n, -T, -k, -y, -yy, -Y and their like.
 */
#ifndef CG_EVENT_STRACE_LINE_H
#define CG_EVENT_STRACE_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum cg_strace_kind {
	CG_STRACE_CALL, /* name(args) = result */
	CG_STRACE_UNFINISHED, /* name(args <unfinished ...> */
	CG_STRACE_RESUMED, /* <... name resumed>args) = result */
	CG_STRACE_EXITED, /* +++ exited with N +++; or killed by `signal` */
	CG_STRACE_SUPERSEDED, /* +++ superseded by execve in pid N +++ */
	CG_STRACE_MODE, /* [ Process PID=N runs in MODE mode. ] */
	CG_STRACE_SUMMARY, /* the head of a table as -c and -C print it */
	CG_STRACE_NOTHING, /* a signal, a remark of strace's, a stack frame: nothing to count */
};

enum cg_strace_result {
	CG_STRACE_VALUE,
	CG_STRACE_ERROR, /* -1 ENAME (text) */
	CG_STRACE_RESTART, /* ? ERESTART… */
	CG_STRACE_NONE, /* ? */
};

/* A piece of the line. */
struct cg_piece {
	const char *text;
	size_t length;
};

struct cg_strace_line {
	enum cg_strace_kind kind;
	int tid; /* 0: the line names none */
	uint64_t time_ns; /* since the epoch, of -ttt; 0: not told */
	struct cg_piece name; /* of the call; of the signal that killed (SIGKILL); the mode ("32 bit") */
	struct cg_piece args[6]; /* the first six that stand on this line */
	size_t n_args; /* all that stand on it */
	bool is_cut; /* UNFINISHED, because a remark broke the line: it may go on in the next */
	enum cg_strace_result result;
	int64_t value; /* VALUE */
	struct cg_piece error; /* ERROR: ENOENT */
	int number; /* EXITED: the status; SUPERSEDED, MODE: the pid */
};

/* False: the line cannot be read. */
bool cg_strace_read_line(const char *text, size_t length, struct cg_strace_line *ret_line);

/* The line behind one that was cut: the rest of that call (RESUMED, without a name), or only that it is unfinished. */
bool cg_strace_read_rest(const char *text, size_t length, struct cg_strace_line *ret_line);

#endif
