/*
 * Which package files belong to, and in which version: dpkg's database, /var/lib/dpkg.
 *
 * In: paths. Out: for each the package and its version, where the database knows it. Read are info/PACKAGE.list (a path
 * a line) and status (dpkg(1), deb-control(5)); no program is run. Other package managers are not read.
 */
#ifndef CG_OS_PACKAGE_H
#define CG_OS_PACKAGE_H

#include "base/arena.h"

#include <stddef.h>

#define CG_PACKAGE_DATABASE "/var/lib/dpkg"
#define CG_PACKAGE_FILE_LIMIT ((size_t)256 << 20) /* bytes of one file of the database; larger ones are passed over */

struct cg_packaged {
	const char *path;    /* in: absolute, symbolic links followed */
	const char *package; /* out: in the arena; "" where the database knows no such file */
	const char *version; /* "" where it does not say */
};

/*
 * `package` and `version` of all. A database that is not there, or cannot be read, knows nothing. 0 or -ENOMEM. Reads
 * the lists of all packages once, however many files there are: about 20 ms for 900 packages.
 */
int cg_packages_find(const char *database, struct cg_packaged *files, size_t n_files, struct cg_arena *arena);

#endif
