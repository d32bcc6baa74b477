/*
 * What a libseccomp.so.2 tells `callgate shim`: a log in memory that both share.
 *
 * In: filters on their way into the kernel. Out: what, who, when, and how it went. The log is a sealed memfd; the
 * library maps it as it is loaded (open, fstat, mmap, close: what the loader has just done for the library itself) and
 * from then on only writes to memory. So no filter can forbid a report, no descriptor is left that the program could
 * close or use for something else, and a load stays async-signal-safe. Whoever writes to it is not trusted.
 */
#ifndef CG_OS_SHIM_H
#define CG_OS_SHIM_H

#include "base/err.h"
#include "filter/filter.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define CG_SHIM_VARIABLE "CALLGATE_SHIM"      /* the log's path; ignored in secure execution */
#define CG_SHIM_LOG_SIZE ((size_t)8 << 20)    /* 250 of the longest filters, 8,000 ordinary ones */
#define CG_SHIM_NAME_SIZE 16

struct cg_shim_log;
struct cg_shim_record;

/* ---- the library's side */

/* The log that the environment names, mapped; NULL: none, or none that can be trusted. Leaves errno alone. */
struct cg_shim_log *cg_shim_attach(void);

/*
 * A load begins. `may_call`: getpid(2) and the clock may be asked, since no filter of this library is in force yet.
 * NULL when the log is full (counted) or `log` is NULL. Async-signal-safe.
 */
struct cg_shim_record *cg_shim_begin(struct cg_shim_log *log, const struct cg_filter *filter, unsigned int flags,
				     unsigned int proof, bool may_call);

/* It has ended: 0 or a negative errno. `record` may be NULL. Async-signal-safe. */
void cg_shim_end(struct cg_shim_record *record, int code);

/* ---- the command's side */

/* A new log, and the value for CG_SHIM_VARIABLE. The memory is this process's until its end. */
int cg_shim_open(struct cg_shim_log **ret_log, char *ret_value, size_t size, struct cg_err *err);

/* How many processes have loaded the library, and how many records found no room. */
uint64_t cg_shim_n_attached(const struct cg_shim_log *log);
uint64_t cg_shim_n_lost(const struct cg_shim_log *log);

struct cg_shim_entry {
	char name[CG_SHIM_NAME_SIZE];
	pid_t pid;         /* 0: not asked, as a filter of the library was in force already */
	uint64_t ms;       /* since the log was opened; UINT64_MAX: not asked */
	unsigned int flags; /* CG_SECCOMP_* */
	unsigned int proof; /* the number that was given */
	int code;          /* 0: loaded; negative errno: refused; 1: the process ended in it */
	struct cg_filter filter; /* of `insns`; as cg_filter_check() takes them */
	struct sock_filter insns[CG_FILTER_LENGTH_MAX];
};

/*
 * The record at *offset (0 at first), moved on; false at the end, or where the log is no log any more. Everything is
 * copied out before it is looked at: a process that was left behind may still write to the log. The entry stays where
 * it is: its filter points into it.
 */
bool cg_shim_next(const struct cg_shim_log *log, size_t *offset, struct cg_shim_entry *ret_entry);

#endif
