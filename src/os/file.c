/*
 * See file.h.
 */
#include "os/file.h"

#include "base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define READ_SIZE 65536

static bool is_standard_stream(const char *path)
{
	return strcmp(path, "-") == 0;
}

static void close_fd(int *fd)
{
	if (*fd > 2)
		close(*fd);
}

int cg_fd_read(int fd, const char *place, size_t limit, struct cg_text *text, struct cg_err *err)
{
	char buffer[READ_SIZE];
	size_t n_read = 0;

	for (;;) {
		ssize_t n = read(fd, buffer, sizeof(buffer));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return cg_err_set(err, -errno, place, "cannot read: %s", strerror(errno));
		if (n == 0)
			return 0;
		n_read += (size_t)n;
		if (n_read > limit)
			return cg_err_set(err, -EFBIG, place, "larger than %zu bytes, the limit for such a file",
					  limit);
		cg_text_add_bytes(text, buffer, (size_t)n);
		if (text->has_failed)
			return cg_err_memory(err);
	}
}

int cg_file_read(const char *path, size_t limit, struct cg_text *text, struct cg_err *err)
{
	CG_CLEANUP(close_fd) int fd = STDIN_FILENO;

	if (is_standard_stream(path))
		return cg_fd_read(fd, "standard input", limit, text, err);

	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return cg_err_set(err, -errno, path, "cannot open: %s", strerror(errno));
	return cg_fd_read(fd, path, limit, text, err);
}

int cg_fd_write(int fd, const char *bytes, size_t length)
{
	while (length) {
		ssize_t n = write(fd, bytes, length);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		bytes += n;
		length -= (size_t)n;
	}
	return 0;
}

static int write_in_place(int fd, const char *place, const char *bytes, size_t length, struct cg_err *err)
{
	int r = cg_fd_write(fd, bytes, length);

	if (r < 0)
		return cg_err_set(err, r, place, "cannot write: %s", strerror(-r));
	return 0;
}

/* The folder's own entry must reach the disk too, or a crash may bring the old name back. Best effort. */
static void sync_folder(const char *path)
{
	CG_FREE char *folder = strdup(path);
	CG_CLEANUP(close_fd) int fd = -1;
	char *slash;

	if (!folder)
		return;
	slash = strrchr(folder, '/');
	if (slash)
		slash[slash == folder] = '\0';
	fd = open(slash ? folder : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0)
		fsync(fd);
}

/* Fills, syncs and renames `temporary`; the caller removes it when this fails. */
static int finish_temporary(int fd, const char *temporary, const char *path, const struct stat *old,
			    const char *bytes, size_t length)
{
	mode_t mask = umask(0);
	int r;

	umask(mask);
	r = cg_fd_write(fd, bytes, length);
	if (r < 0)
		return r;
	if (fchmod(fd, old ? old->st_mode & 07777 : 0666 & ~mask) < 0)
		return -errno;
	if (old && fchown(fd, old->st_uid, old->st_gid) < 0 && errno != EPERM)
		return -errno;
	if (fsync(fd) < 0)
		return -errno;
	if (rename(temporary, path) < 0)
		return -errno;
	return 0;
}

static int replace(const char *path, const struct stat *old, const char *bytes, size_t length, struct cg_err *err)
{
	CG_CLEANUP(close_fd) int fd = -1;
	CG_FREE char *temporary = NULL;
	int r;

	if (asprintf(&temporary, "%s.XXXXXX", path) < 0) {
		temporary = NULL;
		return cg_err_memory(err);
	}
	fd = mkostemp(temporary, O_CLOEXEC);
	if (fd < 0)
		return cg_err_set(err, -errno, path, "cannot write: %s", strerror(errno));

	r = finish_temporary(fd, temporary, path, old, bytes, length);
	if (r < 0) {
		unlink(temporary);
		return cg_err_set(err, r, path, "cannot write: %s%s", strerror(-r),
				  old ? "; the old file is unchanged" : "");
	}
	sync_folder(path);
	return 0;
}

/* A write past RLIMIT_FSIZE comes with SIGXFSZ, whose default would end us before anything can be said. */
static void hold_size_signal(sigset_t *ret_old)
{
	sigset_t held;

	sigemptyset(&held);
	sigaddset(&held, SIGXFSZ);
	sigprocmask(SIG_BLOCK, &held, ret_old);
}

static void release_size_signal(const sigset_t *old)
{
	const struct timespec now = { 0 };
	sigset_t held;

	sigemptyset(&held);
	sigaddset(&held, SIGXFSZ);
	if (!sigismember(old, SIGXFSZ))
		while (sigtimedwait(&held, NULL, &now) > 0)
			;
	sigprocmask(SIG_SETMASK, old, NULL);
}

static int write_file(const char *path, const char *bytes, size_t length, struct cg_err *err)
{
	CG_FREE char *target = NULL;
	struct stat old;
	bool is_there;

	if (is_standard_stream(path))
		return write_in_place(STDOUT_FILENO, "standard output", bytes, length, err);

	is_there = stat(path, &old) == 0;
	if (is_there && !S_ISREG(old.st_mode)) {
		CG_CLEANUP(close_fd) int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);

		if (fd < 0)
			return cg_err_set(err, -errno, path, "cannot write: %s", strerror(errno));
		return write_in_place(fd, path, bytes, length, err);
	}
	/* A rename would go over a file that its owner marked read-only; nobody expects that of -o. */
	if (is_there && access(path, W_OK) < 0)
		return cg_err_set(err, -errno, path, "cannot write: %s; the old file is unchanged", strerror(errno));
	/* Through a symbolic link the file behind it is replaced, not the link. */
	target = is_there ? realpath(path, NULL) : NULL;
	return replace(target ? target : path, is_there ? &old : NULL, bytes, length, err);
}

int cg_file_write(const char *path, const char *bytes, size_t length, struct cg_err *err)
{
	sigset_t old;
	int r;

	hold_size_signal(&old);
	r = write_file(path, bytes, length, err);
	release_size_signal(&old);
	return r;
}

int cg_folder_make(const char *path, struct cg_err *err)
{
	struct stat status;

	if (mkdir(path, 0777) == 0)
		return 0;
	if (errno == EEXIST && stat(path, &status) == 0)
		errno = S_ISDIR(status.st_mode) ? 0 : ENOTDIR;
	return errno ? cg_err_set(err, -errno, path, "cannot make this folder: %s", strerror(errno)) : 0;
}

bool cg_folder_is_there(const char *path)
{
	struct stat status;

	return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

bool cg_file_is_same(const char *a, const char *b)
{
	struct stat one, other;

	return stat(a, &one) == 0 && stat(b, &other) == 0 && one.st_dev == other.st_dev && one.st_ino == other.st_ino;
}
