/*
 * See place.h.
 */
#include "os/place.h"

#include "os/file.h"
#include "os/random.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>


/* What of the path lies behind `under`, or NULL when it does not lie there. */
static const char *rest_of(const char *path, const char *under)
{
	size_t length = strlen(under);

	while (length && under[length - 1] == '/')
		length--;
	if (strncmp(path, under, length) != 0 || path[length] != '/')
		return NULL;
	for (path += length; *path == '/'; path++)
		;
	return path;
}

static int open_beneath(int top, const char *folder)
{
	const struct open_how how = {
		.flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
	};
	int fd = (int)syscall(SYS_openat2, top, *folder ? folder : ".", &how, sizeof(how));

	return fd < 0 ? -errno : fd;
}

static int explain_folder(const char *path, int code, struct cg_err *err)
{
	if (code == -ELOOP)
		return cg_err_set(err, code, path, "a folder of it is a symbolic link: name the real one");
	if (code == -EXDEV)
		return cg_err_set(err, code, path, "leads out of where it must lie");
	return cg_err_set(err, code, path, "its folder cannot be opened: %s", strerror(-code));
}

/* Others could replace what we write, or put something in its place before. A sticky folder keeps them from it. */
static int check_folder(int fd, const char *path, struct cg_err *err)
{
	struct stat status;

	if (fstat(fd, &status) < 0)
		return explain_folder(path, -errno, err);
	if (status.st_uid != 0 && status.st_uid != geteuid())
		return cg_err_set(err, -EACCES, path, "its folder is neither root's nor ours, but that of user %u",
				  (unsigned int)status.st_uid);
	if (status.st_mode & (S_IWGRP | S_IWOTH) && !(status.st_mode & S_ISVTX))
		return cg_err_set(err, -EACCES, path,
				  "others can write in its folder: chmod go-w it, or choose another folder");
	return 0;
}

static int check_name(const struct cg_place *place, struct cg_err *err)
{
	struct stat status;

	if (!place->name[0] || strcmp(place->name, ".") == 0 || strcmp(place->name, "..") == 0)
		return cg_err_set(err, -EINVAL, place->path, "names no file");
	if (strlen(place->name) > CG_PLACE_NAME_LIMIT)
		return cg_err_set(err, -ENAMETOOLONG, NULL, "the file's name is longer than %d bytes",
				  CG_PLACE_NAME_LIMIT);
	if (fstatat(place->folder, place->name, &status, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : explain_folder(place->path, -errno, err);
	if (S_ISLNK(status.st_mode))
		return cg_err_set(err, -ELOOP, place->path, "is a symbolic link: name the real file");
	if (!S_ISREG(status.st_mode))
		return cg_err_set(err, S_ISDIR(status.st_mode) ? -EISDIR : -EINVAL, place->path,
				  "is there, and is no regular file");
	return 0;
}

int cg_place_open(const char *path, const char *under, struct cg_place *ret_place, struct cg_err *err)
{
	const char *top_path = under ? under : "/";
	const char *rest = path[0] == '/' ? rest_of(path, top_path) : NULL;
	struct cg_place place = { .path = path };
	char folder[4096];
	int top, r;

	if (path[0] != '/')
		return cg_err_set(err, -EINVAL, path, "must be an absolute path");
	if (!rest)
		return cg_err_set(err, -EINVAL, path, "must lie under %s", top_path);
	place.name = strrchr(path, '/') + 1;
	if (place.name < rest)
		place.name = rest;
	if ((size_t)(place.name - rest) >= sizeof(folder))
		return cg_err_set(err, -ENAMETOOLONG, NULL, "the path is longer than %zu bytes", sizeof(folder) - 1);
	memcpy(folder, rest, (size_t)(place.name - rest));
	folder[place.name - rest] = '\0';

	top = open(top_path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (top < 0)
		return explain_folder(top_path, -errno, err);
	place.folder = open_beneath(top, folder);
	close(top);
	if (place.folder < 0)
		return explain_folder(path, place.folder, err);
	r = check_folder(place.folder, path, err);
	if (r == 0)
		r = check_name(&place, err);
	if (r < 0)
		cg_place_done(&place);
	else
		*ret_place = place;
	return r;
}

int cg_place_read(const struct cg_place *place, const char *name, size_t limit, struct cg_text *text,
		  struct cg_err *err)
{
	struct stat status;
	int fd = openat(place->folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC), r;

	if (fd < 0)
		return cg_err_set(err, -errno, place->path, "cannot open: %s", strerror(errno));
	if (fstat(fd, &status) < 0 || !S_ISREG(status.st_mode))
		r = cg_err_set(err, -EINVAL, place->path, "is no regular file");
	else
		r = cg_fd_read(fd, place->path, limit, text, err);
	close(fd);
	return r;
}

static int make_temporary(const struct cg_place *place, char *ret_name, size_t size, struct cg_err *err)
{
	uint64_t random;
	int r = cg_random_fill(&random, sizeof(random), err);
	int fd;

	if (r < 0)
		return r;
	snprintf(ret_name, size, ".callgate-%016llx", (unsigned long long)random);
	fd = openat(place->folder, ret_name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	return fd < 0 ? cg_err_set(err, -errno, place->path, "cannot write: %s", strerror(errno)) : fd;
}

int cg_place_write(const struct cg_place *place, const char *name, const char *bytes, size_t length,
		   struct cg_err *err)
{
	char temporary[64];
	int fd = make_temporary(place, temporary, sizeof(temporary), err), r;

	if (fd < 0)
		return fd;
	r = cg_fd_write(fd, bytes, length);
	if (r == 0 && (fchmod(fd, 0644) < 0 || fsync(fd) < 0 ||
		       renameat(place->folder, temporary, place->folder, name) < 0))
		r = -errno;
	close(fd);
	if (r < 0) {
		unlinkat(place->folder, temporary, 0);
		return cg_err_set(err, r, place->path, "cannot write: %s", strerror(-r));
	}
	/* The folder's entry too; best effort. */
	fsync(place->folder);
	return 0;
}

void cg_place_remove(const struct cg_place *place, const char *name)
{
	unlinkat(place->folder, name, 0);
}

void cg_place_done(struct cg_place *place)
{
	if (place->folder >= 0)
		close(place->folder);
	place->folder = -1;
}
