/*
 * For `callgate shim`: where our libseccomp.so.2 is, and why a program would not use it.
 */
#ifndef CG_CLI_SHIM_LIBRARY_H
#define CG_CLI_SHIM_LIBRARY_H

#include "base/err.h"

/*
 * The folder of libseccomp.so.2: beside this program in a build, or where `make install` puts it. *ret_folder is the
 * caller's. Errors: -ENOENT, -ENOMEM.
 */
int cg_shim_library_find(char **ret_folder, struct cg_err *err);

/* A reason in words why LD_LIBRARY_PATH does nothing for this file; NULL: none is known. */
const char *cg_shim_library_obstacle(const char *path);

#endif
