/*
 * What a long-running command needs of a file that it will write at its end, beyond file.h.
 */
#ifndef CG_OS_OUTPUT_H
#define CG_OS_OUTPUT_H

#include "base/err.h"

/*
 * Could cg_file_write() write there, as far as rights go? Asked before hours of work are put into it. "-" always can.
 * Errors: -ENOENT no such folder, -EACCES, -EROFS, -EISDIR, …
 */
int cg_output_can(const char *path, struct cg_err *err);

/*
 * Holds the folder of `path` against others that do the same, for reading, changing and replacing a file in it: the
 * file itself cannot be held, as it is replaced. Waits. The descriptor is for cg_output_release(); -1 where the folder
 * cannot be held (then nobody is kept out).
 */
int cg_output_hold(const char *path);
void cg_output_release(int fd);

/*
 * While a command runs whose output would end up in the middle of ours: standard output becomes standard error, until
 * the lent descriptor is given back. -1 where there is no standard output, or nothing could be lent: nothing changes.
 */
int cg_output_lend(void);
void cg_output_return(int lent);

#endif
