/*
 * Logs of others, read line by line into events. A format is a row of the table (formats.c) and a file.
 *
 * In: lines, of any bytes. Out: events to a sink, and a few facts about the run as a whole. A line that cannot be read
 * is told, never guessed at.
 */
#ifndef CG_EVENT_FORMATS_H
#define CG_EVENT_FORMATS_H

#include "abi/arch.h"
#include "base/vec.h"
#include "event/event.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CG_LOG_LINE_LIMIT ((size_t)1 << 20) /* bytes; a longer line cannot be read */
#define CG_LOG_THREADS_LIMIT ((size_t)1 << 16) /* followed in one log */
#define CG_LOG_PROGRAMS_LIMIT ((size_t)1 << 14) /* distinct paths of programs in one log */

/* What a log tells beyond its calls. Owned by the reader. */
struct cg_log_facts {
	int exit_status; /* of the first process, as wait(2) gives it; -1: not told */
	uint64_t first_ns; /* since the epoch; 0: not told */
	uint64_t last_ns;
	const char *program; /* the path that was executed first, or NULL */
	uint64_t n_lost; /* events of which the log says that they are not in it */
	const char *remark; /* what such a log leaves out, or NULL; a constant */
};

struct cg_log_format {
	const char *name; /* "strace" */
	const char *backend; /* "import-strace": as recordings name it */
	const char *meaning;
	/* Could only be of this format: how "auto" chooses. */
	bool (*is_typical)(const char *line, size_t length);
	/* A reader; calls of an unknown arch are of `arch`. NULL when out of memory. */
	void *(*begin)(const struct cg_arch *arch, cg_event_sink sink, void *context);
	/* 0 read, 1 it cannot be read, negative: what the sink or memory said. */
	int (*line)(void *reader, const char *line, size_t length);
	/* NULL both where logs are never split by thread. What follows is of this thread, as far as lines name none. */
	void (*part)(void *reader, int tid);
	/* Does this line, which is_typical, say whose it is? */
	bool (*names_thread)(const char *line, size_t length);
	/* No more lines: what is still open is told to the sink. */
	int (*end)(void *reader, struct cg_log_facts *ret_facts);
	void (*done)(void *reader);
};

extern const struct cg_log_format cg_log_audit;
extern const struct cg_log_format cg_log_kmsg;
extern const struct cg_log_format cg_log_perf;
extern const struct cg_log_format cg_log_strace;
extern const struct cg_log_format cg_log_strace_summary;

extern const struct cg_log_format *const cg_log_formats[];
extern const size_t cg_n_log_formats;

/* The format of which this line could only be, or NULL. */
const struct cg_log_format *cg_log_format_of_line(const char *line, size_t length);

const struct cg_log_format *cg_log_format_find(const char *name);
const char *cg_log_format_suggest(const char *name);

#endif
