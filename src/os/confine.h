/*
 * Giving up rights for good: capabilities, and who we are.
 */
#ifndef CG_OS_CONFINE_H
#define CG_OS_CONFINE_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* Keeps, of the capabilities that we have, those whose numbers are given (linux/capability.h); never to be had again by
 * this process. The bounding set is cut down too where that is allowed. */
int cg_capabilities_keep(const int *numbers, size_t n_numbers, struct cg_err *err);

bool cg_user_is_root(void);
void cg_user_mine(uid_t *ret_uid, gid_t *ret_gid);
/* Can files that are made from now on be read by others than the user and the group? umask(2). */
void cg_user_hide_files(bool hides);
/* By name or number. -ENOENT: no such user. */
int cg_user_find(const char *name, uid_t *ret_uid, gid_t *ret_gid, struct cg_err *err);
/* No supplementary groups, no capabilities, no_new_privs. */
int cg_user_become(uid_t uid, gid_t gid, struct cg_err *err);

/* Makes the folder of `path`, if only it is missing, and gives it to the user. An existing one is left alone. */
int cg_folder_make_for(const char *path, uid_t uid, gid_t gid, struct cg_err *err);

#endif
