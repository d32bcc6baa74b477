/*
 * A log that strace -ff wrote: a file for each thread, LOG.PID, whose lines do not say whose they are.
 *
 * In: texts with the ids that their names end with. Out: parts in the order in which they are to be read: the thread
 * that began first, then by id, so that who made a thread is known before its own lines come.
 */
#ifndef CG_CLI_SPLIT_LOG_H
#define CG_CLI_SPLIT_LOG_H

#include "base/text.h"
#include "base/vec.h"
#include "learn/import.h"

#include <stdbool.h>

/* Start with {0}; end with cg_split_log_done(). */
struct cg_split_texts {
	CG_VEC(struct cg_log_part) parts; /* names and bytes are owned */
	size_t size;                      /* of all bytes */
	int root;
};

/* The id behind the last dot of a path, and how long the path is before it; 0: there is none. */
int cg_split_log_id(const char *path, size_t *ret_stem_length);

/* Takes the text over, and leaves it empty. Errors: -EFBIG past CG_IMPORT_SIZE_LIMIT in all, -ENOMEM. */
int cg_split_log_add(struct cg_split_texts *texts, const char *path, int id, enum cg_split_log kind,
		     struct cg_text *text, struct cg_err *err);

void cg_split_log_sort(struct cg_split_texts *texts);
void cg_split_log_done(struct cg_split_texts *texts);

#endif
