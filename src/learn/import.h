/*
 * Logs of others to recordings.
 *
 * In: the bytes of one log. Out: a recording with one run, and an account of the lines that could not be read. The
 * run's id is made of the bytes, so that the same log imported twice is one run.
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
#define CG_IMPORT_SHOWN 5 /* unreadable lines that are kept to be shown */
#define CG_IMPORT_SHOWN_LENGTH 160

struct cg_import_report {
	const struct cg_log_format *format;
	uint64_t n_lines;
	uint64_t n_unreadable;
	size_t n_shown;
	struct {
		uint64_t line; /* 1 is the first */
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

#endif
