/*
 * Logs of others to recordings.
 *
 * In: the bytes of one log, in one part or, as strace -ff writes them, one for each thread. Out: a recording with one
 * run, and an account of the lines that could not be read. The run's id is made of the bytes, so that the same log
 * imported twice is one run.
 */
#ifndef CG_LEARN_IMPORT_H
#define CG_LEARN_IMPORT_H

#include "abi/arch.h"
#include "base/err.h"
#include "event/formats.h"
#include "learn/recording.h"

#include <stddef.h>
#include <stdint.h>

#define CG_IMPORT_SIZE_LIMIT ((size_t)1 << 30) /* bytes of one log */
#define CG_IMPORT_SHOWN 5                      /* unreadable lines that are kept to be shown */
#define CG_IMPORT_SHOWN_LENGTH 160

/* A file of a log. Borrowed. */
struct cg_log_part {
	const char *name;
	const char *bytes;
	size_t length;
	int tid; /* whose lines they are, where they do not say it; 0: there is one part only */
};

struct cg_import_report {
	const struct cg_log_format *format;
	uint64_t n_lines;
	uint64_t n_unreadable;
	const struct cg_log_format *other; /* of which an unreadable line is typical, or NULL */
	uint64_t n_other;                  /* how many are of this or a further format */
	uint64_t n_lost;                   /* events of which the log says that they are not in it */
	size_t n_shown;
	struct {
		const char *name;                      /* of the part */
		uint64_t line;                         /* 1 is the first of it */
		char text[CG_IMPORT_SHOWN_LENGTH + 1]; /* cut; control characters as ? */
	} shown[CG_IMPORT_SHOWN];
};

/*
 * `format` NULL: the first format that finds a line typical of it. `arch`: of the machine where the log was made.
 * Errors: -EBADMSG (no line could be read: empty, or of no format that we know), -ENOMEM; place is `name`.
 */
int cg_import(const char *name, const char *bytes, size_t length, const struct cg_log_format *format,
	      const struct cg_arch *arch, struct cg_recording **ret_recording, struct cg_import_report *ret_report,
	      struct cg_err *err);

/* The same for a log in several parts (at least one), which all begin to be read where the one before ends. */
int cg_import_parts(const struct cg_log_part *parts, size_t n_parts, const struct cg_log_format *format,
		    const struct cg_arch *arch, struct cg_recording **ret_recording,
		    struct cg_import_report *ret_report, struct cg_err *err);

/* The first format of which a line is typical, or NULL. */
const struct cg_log_format *cg_import_choose(const char *bytes, size_t length);

/* Is this a part of what strace -ff wrote: its lines do not say whose they are? A part begins with a call. */
enum cg_split_log {
	CG_SPLIT_LOG_NO,
	CG_SPLIT_LOG_CHILD,
	CG_SPLIT_LOG_ROOT, /* it begins with execve */
};
enum cg_split_log cg_import_is_split(const char *bytes, size_t length);

#endif
