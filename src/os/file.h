/*
 * Whole files in and out.
 *
 * In: a path, "-" for standard input or output. Out: bytes, with a limit; or a file that is either the old one or
 * the new one, never half of it.
 */
#ifndef CG_OS_FILE_H
#define CG_OS_FILE_H

#include "base/err.h"
#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * Appends the file's bytes to `text`. Errors: those of open(2) and read(2), -EFBIG past `limit` bytes, -EISDIR,
 * -ENOMEM; the place is the path.
 */
int cg_file_read(const char *path, size_t limit, struct cg_text *text, struct cg_err *err);
/* The rest of what is open already; `place` names it in errors. */
int cg_fd_read(int fd, const char *place, size_t limit, struct cg_text *text, struct cg_err *err);

/*
 * Writes atomically: a temporary file in the same folder, fsync, rename; mode and owner of a file that is replaced are
 * kept where that is allowed. A path that exists and is no regular file (/dev/null, a pipe), and "-", are written to
 * as they are. On failure the old file stands and no temporary file is left.
 */
int cg_file_write(const char *path, const char *bytes, size_t length, struct cg_err *err);

/* Makes the folder; one that is there is fine. Errors: those of mkdir(2), -ENOTDIR; the place is the path. */
int cg_folder_make(const char *path, struct cg_err *err);

bool cg_folder_is_there(const char *path);
/* Do both paths lead to one file that is there? */
bool cg_file_is_same(const char *a, const char *b);

/* All of it to a descriptor, through short writes and EINTR. 0 or a negative errno. */
int cg_fd_write(int fd, const char *bytes, size_t length);

#endif
