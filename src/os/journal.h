/*
 * A file to which lines are appended for good; and who does it.
 */
#ifndef CG_OS_JOURNAL_H
#define CG_OS_JOURNAL_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * Appends a line (with its newline), all of it and on the disk, or nothing; a half-written line that a crash left
 * before it is ended first. *ret_size is what the file had before, for cg_journal_undo().
 * Errors: those of open(2), write(2), fsync(2); the place is the path.
 */
int cg_journal_append(const char *path, const char *line, size_t length, off_t *ret_size, struct cg_err *err);
/* Takes the line back: what it tells of did not happen. */
void cg_journal_undo(const char *path, off_t size);

/* The user's name, behind sudo(8) whoever called it; "uid N" where there is no name. */
void cg_user_name(char *ret_name, size_t size);
/* gethostname(2). */
void cg_host_name(char *ret_name, size_t size);

/* When the file was changed last, in milliseconds since the epoch. A negative errno. */
int cg_file_changed_ms(const char *path, uint64_t *ret_ms);

#endif
