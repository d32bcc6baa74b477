/*
 * See output.h; access(2), flock(2).
 */
#include "os/output.h"

#include "base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* The folder that `path` lies in; the caller frees it, NULL when out of memory. */
static char *folder_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	if (!slash)
		return strdup(".");
	return strndup(path, slash == path ? 1 : (size_t)(slash - path));
}

static int refuse(const char *path, int code, struct cg_err *err)
{
	return cg_err_set(err, -code, path, "cannot be written: %s", strerror(code));
}

int cg_output_can(const char *path, struct cg_err *err)
{
	CG_FREE char *folder = NULL;
	struct stat file;

	if (strcmp(path, "-") == 0)
		return 0;
	if (stat(path, &file) == 0) {
		if (S_ISDIR(file.st_mode))
			return refuse(path, EISDIR, err);
		if (access(path, W_OK) < 0)
			return refuse(path, errno, err);
		if (!S_ISREG(file.st_mode))
			return 0;
	} else if (errno != ENOENT) {
		return refuse(path, errno, err);
	}
	folder = folder_of(path);
	if (!folder)
		return cg_err_memory(err);
	return access(folder, W_OK | X_OK) < 0 ? refuse(path, errno, err) : 0;
}

int cg_output_hold(const char *path)
{
	CG_FREE char *folder = folder_of(path);
	int fd = folder ? open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;

	while (fd >= 0 && flock(fd, LOCK_EX) < 0) {
		if (errno == EINTR)
			continue;
		close(fd);
		fd = -1;
	}
	return fd;
}

void cg_output_release(int fd)
{
	if (fd >= 0)
		close(fd);
}

int cg_output_lend(void)
{
	int lent = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);

	if (lent >= 0 && dup2(STDERR_FILENO, STDOUT_FILENO) < 0) {
		close(lent);
		return -1;
	}
	return lent;
}

void cg_output_return(int lent)
{
	if (lent < 0)
		return;
	dup2(lent, STDOUT_FILENO);
	close(lent);
}
