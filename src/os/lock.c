/*
 * See lock.h.
 *
 * The lock is on a file of its own: the kept file may be replaced, and a library that keeps it may hold POSIX locks on
 * it, which the closing of any other descriptor of it would drop (fcntl(2)).
 */
#include "os/lock.h"

#include "base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

int cg_lock_take(const char *path, int *ret_lock, struct cg_err *err)
{
	CG_FREE char *name = NULL;
	int fd;

	if (asprintf(&name, "%s.lock", path) < 0) {
		name = NULL;
		return cg_err_memory(err);
	}
	fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY, 0600);
	if (fd < 0)
		return cg_err_set(err, -errno, name, "cannot open: %s", strerror(errno));
	if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		int code = errno == EWOULDBLOCK ? EBUSY : errno;

		close(fd);
		return cg_err_set(err, -code, name,
				  code == EBUSY ? "another process is writing %s" : "cannot lock for %s", path);
	}
	*ret_lock = fd;
	return 0;
}

void cg_lock_release(int lock)
{
	if (lock >= 0)
		close(lock);
}

/* RENAME_NOREPLACE would need support by the file system; the lock's holder is alone here anyway. */
static int choose_aside(const char *path, char **ret_name)
{
	for (int i = 1; i <= CG_ASIDE_LIMIT; i++) {
		char *name = NULL;

		if (asprintf(&name, "%s.damaged-%d", path, i) < 0)
			return -ENOMEM;
		if (i == CG_ASIDE_LIMIT || faccessat(AT_FDCWD, name, F_OK, AT_SYMLINK_NOFOLLOW) < 0) {
			*ret_name = name;
			return 0;
		}
		free(name);
	}
	return -EEXIST;
}

static void move_companion(const char *path, const char *aside, const char *ending)
{
	CG_FREE char *from = NULL, *to = NULL;

	if (asprintf(&from, "%s%s", path, ending) < 0)
		from = NULL;
	if (asprintf(&to, "%s%s", aside, ending) < 0)
		to = NULL;
	if (from && to && rename(from, to) < 0)
		unlink(from); /* it belongs to what is gone; often it was never there */
}

int cg_file_set_aside(const char *path, const char *const *companions, char **ret_path, struct cg_err *err)
{
	char *name = NULL;

	if (choose_aside(path, &name) < 0)
		return cg_err_memory(err);
	if (rename(path, name) < 0) {
		int code = errno;

		free(name);
		return cg_err_set(err, -code, path, "cannot be moved aside: %s", strerror(code));
	}
	for (size_t i = 0; companions[i]; i++)
		move_companion(path, name, companions[i]);
	*ret_path = name;
	return 0;
}

int cg_file_size(const char *path, uint64_t *ret_size, struct cg_err *err)
{
	struct stat status;

	if (stat(path, &status) < 0)
		return cg_err_set(err, -errno, path, "cannot be used: %s", strerror(errno));
	if (!S_ISREG(status.st_mode))
		return cg_err_set(err, S_ISDIR(status.st_mode) ? -EISDIR : -EINVAL, path, "is no regular file");
	if (ret_size)
		*ret_size = (uint64_t)status.st_size;
	return 0;
}
