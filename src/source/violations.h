/*
 * Sources of violations: where calls that a filter stopped or logged are seen while they happen. A row of the table
 * (violations.c) and a file each; monitor/ runs one or several and joins what they tell.
 *
 * In: a sink. Out: violations as the source saw them, and what it lost. A source never waits: it has a descriptor that
 * is readable when there is something, and is read as far as a bound. What it cannot see is part of its row, so that
 * "not seen" is never taken for "nothing happened".
 */
#ifndef CG_SOURCE_VIOLATIONS_H
#define CG_SOURCE_VIOLATIONS_H

#include "abi/action.h"
#include "base/err.h"
#include "event/violation.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Violations told in one cg_violation_source.read(), at most: so that signals and other sources have their turn. */
#define CG_VIOLATIONS_AT_ONCE 4096

/* Which answers of a filter: bits, in the order of cg_actions. */
#define CG_SEES_KILL_PROCESS (1U << 0)
#define CG_SEES_KILL_THREAD (1U << 1)
#define CG_SEES_TRAP (1U << 2)
#define CG_SEES_ERRNO (1U << 3)
#define CG_SEES_NOTIFY (1U << 4)
#define CG_SEES_TRACE (1U << 5)
#define CG_SEES_LOG (1U << 6)

/* The bit of an action of the kernel. */
uint32_t cg_sees_bit(uint32_t action);

/* What a source tells. Both may return a negative errno, which ends the source. */
struct cg_violation_tell {
	/* As seen: where the process belongs (container, unit) is found by the consumer; cgroup, or its id, if known. */
	cg_violation_sink violation;
	/* `n` were not told, for `reason` ("enobufs", "ring", "suppressed", "overwritten", …); n 0: nobody knows how many. */
	int (*loss)(void *context, const char *source, const char *reason, uint64_t n);
	void *context;
};

struct cg_violation_request {
	const char *path; /* file: what to read, "-" standard input */
	bool follows; /* file: goes on at its end, as tail -F does; else it ends there */
	bool is_new_only; /* file: what is in it already is not told */
	/* ebpf: */
	bool tells_all; /* each by itself, as long as that can be; else those alike are summed after the first */
	int pid; /* only this process with its descendants; 0: all */
	uint64_t cgroup; /* only this cgroup with all below it: its id in the hierarchy of that number; 0: all */
	uint32_t hierarchy;
};

struct cg_violation_reader; /* the source's own; each defines it by itself */

struct cg_violation_source {
	const char *name; /* "audit" */
	uint32_t seen_by; /* enum cg_seen_by: set in all that it tells */
	uint32_t sees; /* CG_SEES_*: always */
	uint32_t sees_flagged; /* only of filters loaded with SECCOMP_FILTER_FLAG_LOG */
	bool has_args;
	bool is_last_resort; /* auto takes it only for what nobody else sees */
	bool wants_path; /* never chosen by auto */
	const char *meaning; /* one line for help: "the kernel's audit messages (netlink)" */
	const char *misses; /* one sentence for people: what it cannot see */
	/* 0: works here, for this user, now, found by trying; else why not, and what would help. */
	int (*can)(struct cg_err *err);
	/* From here on everything is told. `tell` and what `request` points to outlive the reader. */
	int (*open)(const struct cg_violation_request *request, const struct cg_violation_tell *tell,
		    struct cg_violation_reader **ret_reader, struct cg_err *err);
	/* Readable (poll: POLLIN) when read() has something to do; -1: read() is to be called about ten times a second. */
	int (*fd)(const struct cg_violation_reader *reader);
	/*
	 * Tells what is there, CG_VIOLATIONS_AT_ONCE at most; never waits. 0: that was all for now; 1: there is more;
	 * CG_VIOLATIONS_OVER: a file that has ended, everything is told. Negative: what the sink said, or why there will be
	 * nothing more.
	 */
	int (*read)(struct cg_violation_reader *reader, struct cg_err *err);
	struct cg_violation_reader *(*close)(struct cg_violation_reader *reader); /* NULL */
};

#define CG_VIOLATIONS_OVER 2

extern const struct cg_violation_source *const cg_violation_sources[];
extern const size_t cg_n_violation_sources;

extern const struct cg_violation_source cg_violation_source_ebpf;
extern const struct cg_violation_source cg_violation_source_audit;
extern const struct cg_violation_source cg_violation_source_kmsg;
extern const struct cg_violation_source cg_violation_source_file;

/* By name. -ENOENT: no such source; the message suggests one. "auto" is none. */
int cg_violation_source_find(const char *name, const struct cg_violation_source **ret_source, struct cg_err *err);

#endif
