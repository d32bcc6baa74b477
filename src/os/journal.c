/*
 * See journal.h.
 */
#include "os/journal.h"

#include "os/file.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool ends_in_line(int fd, off_t size)
{
	char last;

	return size == 0 || pread(fd, &last, 1, size - 1) != 1 || last == '\n';
}

static int append(int fd, off_t size, const char *line, size_t length)
{
	int r = ends_in_line(fd, size) ? 0 : cg_fd_write(fd, "\n", 1);

	if (r == 0)
		r = cg_fd_write(fd, line, length);
	if (r == 0 && fsync(fd) < 0)
		r = -errno;
	return r;
}

int cg_journal_append(const char *path, const char *line, size_t length, off_t *ret_size, struct cg_err *err)
{
	int fd = open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0666), r;
	struct stat before;

	if (fd < 0)
		return cg_err_set(err, -errno, path, "cannot write: %s", strerror(errno));
	if (fstat(fd, &before) < 0 || !S_ISREG(before.st_mode)) {
		close(fd);
		return cg_err_set(err, -EINVAL, path, "this is no file to which lines can be appended");
	}
	r = append(fd, before.st_size, line, length);
	if (r < 0 && ftruncate(fd, before.st_size) < 0)
		r = -errno;
	close(fd);
	if (r < 0)
		return cg_err_set(err, r, path, "cannot write: %s; nothing is changed", strerror(-r));
	*ret_size = before.st_size;
	return 0;
}

void cg_journal_undo(const char *path, off_t size)
{
	if (truncate(path, size) < 0)
		return; /* the next line's serial tells that this one came to nothing */
}

void cg_user_name(char *ret_name, size_t size)
{
	const char *sudo = getuid() == 0 ? getenv("SUDO_USER") : NULL;
	const struct passwd *user = sudo && sudo[0] ? NULL : getpwuid(getuid());

	if (sudo && sudo[0])
		snprintf(ret_name, size, "%s", sudo);
	else if (user)
		snprintf(ret_name, size, "%s", user->pw_name);
	else
		snprintf(ret_name, size, "uid %u", (unsigned int)getuid());
}

void cg_host_name(char *ret_name, size_t size)
{
	if (gethostname(ret_name, size) < 0)
		snprintf(ret_name, size, "localhost");
	ret_name[size - 1] = '\0';
}

int cg_file_changed_ms(const char *path, uint64_t *ret_ms)
{
	struct stat file;

	if (stat(path, &file) < 0)
		return -errno;
	*ret_ms = (uint64_t)file.st_mtim.tv_sec * 1000 + (uint64_t)file.st_mtim.tv_nsec / 1000000;
	return 0;
}
