/*
 * A place for files that somebody else named, to be written later: as root, on the word of an annotation.
 *
 * In: a path, and the folder in which it must lie. Out: its folder, held open from now on. No component of the path may
 * be a symbolic link (openat2(2), RESOLVE_NO_SYMLINKS), and the folder must be one in which only root, we, or the owner
 * of a file can replace it. What is renamed or linked meanwhile leads nowhere else: everything below goes through the
 * held folder, and what is written there is a new file that takes the name in one step.
 */
#ifndef CG_OS_PLACE_H
#define CG_OS_PLACE_H

#include "base/err.h"
#include "base/text.h"

#include <stddef.h>

#define CG_PLACE_NAME_LIMIT 200 /* bytes of the last component: room is left for what others append to it */

struct cg_place {
	int folder;
	const char *path; /* as given; the caller keeps it */
	const char *name; /* its last component */
};

/*
 * `under` is trusted, and may have symbolic links in it; NULL is "/". Errors: -EINVAL the path is not absolute, not
 * under that folder, or has no name; -ELOOP a symbolic link in it; -EACCES a folder in which others can replace files;
 * -EISDIR, -ENOENT, ….
 */
int cg_place_open(const char *path, const char *under, struct cg_place *ret_place, struct cg_err *err);

/* Reads the file of that name in the folder, if it is a regular one. -ENOENT: there is none; -ELOOP, -EINVAL, -EFBIG. */
int cg_place_read(const struct cg_place *place, const char *name, size_t limit, struct cg_text *text,
		  struct cg_err *err);

/* Atomically: a new file of ours, mode 0644, with the bytes, synced, then renamed to `name`. */
int cg_place_write(const struct cg_place *place, const char *name, const char *bytes, size_t length,
		   struct cg_err *err);

/* Takes the name away; it need not be there. */
void cg_place_remove(const struct cg_place *place, const char *name);

void cg_place_done(struct cg_place *place);

#endif
