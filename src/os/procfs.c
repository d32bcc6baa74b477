/*
 * See procfs.h.
 */
#include "os/procfs.h"

#include "base/cleanup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/types.h>
#include <sys/xattr.h>
#include <unistd.h>

#define PROC_PATH_SIZE 64
#define STATUS_SIZE 4096 /* the lines that we want stand in the first kilobyte */

static int read_link(const char *link, char *ret_path, size_t size)
{
	ssize_t length = readlink(link, ret_path, size);
	if (length < 0)
		return -errno;
	if ((size_t)length >= size)
		return -ENAMETOOLONG;
	ret_path[length] = '\0';
	return 0;
}

int cg_proc_exe(int tid, char *ret_path, size_t size)
{
	char link[PROC_PATH_SIZE];

	snprintf(link, sizeof(link), "/proc/%d/exe", tid);
	return read_link(link, ret_path, size);
}

int cg_proc_descriptor(int tid, int fd, char *ret_path, size_t size)
{
	char link[PROC_PATH_SIZE];

	snprintf(link, sizeof(link), "/proc/%d/fd/%d", tid, fd);
	return read_link(link, ret_path, size);
}

static int read_status(int tid, char *ret_text, size_t size)
{
	char path[PROC_PATH_SIZE];
	ssize_t length;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/status", tid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	length = read(fd, ret_text, size - 1);
	close(fd);
	if (length < 0)
		return -EIO;
	ret_text[length] = '\0';
	return 0;
}

/* The n-th number (0 is the first) of the line "\nKey:\t…"; false when there is none. */
static bool status_number(const char *status, const char *key, unsigned int n, int base, unsigned long *ret_number)
{
	const char *line = strstr(status, key);
	char *end;

	if (!line)
		return false;
	line += strlen(key);
	for (unsigned int i = 0; i <= n; i++) {
		*ret_number = strtoul(line, &end, base);
		if (end == line)
			return false;
		line = end;
	}
	return true;
}

int cg_proc_number(int tid, const char *key, unsigned long *ret_number)
{
	char status[STATUS_SIZE], line[PROC_PATH_SIZE];
	int r = read_status(tid, status, sizeof(status));

	if (r < 0)
		return r;
	snprintf(line, sizeof(line), "\n%s:", key);
	return status_number(status, line, 0, 10, ret_number) ? 0 : -ENODATA;
}

bool cg_proc_is_alive(int tid)
{
	char status[STATUS_SIZE];
	const char *state = read_status(tid, status, sizeof(status)) < 0 ? NULL : strstr(status, "\nState:\t");

	return state && !strchr("ZXx", state[strlen("\nState:\t")]);
}

int cg_proc_group(int tid)
{
	char status[STATUS_SIZE];
	unsigned long group;

	if (read_status(tid, status, sizeof(status)) < 0 || !status_number(status, "\nTgid:", 0, 10, &group))
		return tid;
	return (int)group;
}

uint64_t cg_proc_mount_namespace(int tid)
{
	char path[PROC_PATH_SIZE];
	struct stat namespace;

	snprintf(path, sizeof(path), "/proc/%d/ns/mnt", tid);
	return stat(path, &namespace) == 0 ? namespace.st_ino : 0;
}

int cg_proc_open_root(int tid)
{
	char path[PROC_PATH_SIZE];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/root", tid);
	fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

bool cg_proc_shares_root(int tid)
{
	char path[PROC_PATH_SIZE];
	struct stat theirs, ours;

	snprintf(path, sizeof(path), "/proc/%d/root", tid);
	return stat(path, &theirs) == 0 && stat("/", &ours) == 0 && theirs.st_dev == ours.st_dev &&
	       theirs.st_ino == ours.st_ino;
}

int cg_proc_threads(int tid, void (*each)(void *context, int tid), void *context)
{
	char path[PROC_PATH_SIZE];
	struct dirent *entry;
	DIR *folder;

	snprintf(path, sizeof(path), "/proc/%d/task", tid);
	folder = opendir(path);
	if (!folder)
		return -errno;
	while ((entry = readdir(folder))) {
		int thread = atoi(entry->d_name);

		if (thread > 0)
			each(context, thread);
	}
	closedir(folder);
	return 0;
}

bool cg_proc_has_capability(unsigned int bit)
{
	char status[STATUS_SIZE];
	unsigned long caps;

	return read_status(getpid(), status, sizeof(status)) == 0 && status_number(status, "\nCapEff:", 0, 16, &caps) &&
	       caps >> bit & 1;
}

int cg_proc_privilege(int tid, struct cg_proc_privilege *ret_privilege)
{
	struct cg_proc_privilege privilege = { 0 };
	char status[STATUS_SIZE], exe[PROC_PATH_SIZE];
	unsigned long euid, egid;
	struct statvfs file_system;
	struct stat file;
	int r;

	snprintf(exe, sizeof(exe), "/proc/%d/exe", tid);
	if (stat(exe, &file) < 0)
		return -errno;
	privilege.has_file_caps = getxattr(exe, "security.capability", NULL, 0) > 0;
	/* Nearly every program: nothing to ask further. A set-gid bit without group execution means locking. */
	if (!(file.st_mode & S_ISUID) && (file.st_mode & (S_ISGID | S_IXGRP)) != (S_ISGID | S_IXGRP) &&
	    !privilege.has_file_caps) {
		*ret_privilege = privilege;
		return 0;
	}
	r = read_status(tid, status, sizeof(status));
	if (r < 0)
		return r;
	if (!status_number(status, "\nUid:", 1, 10, &euid) || !status_number(status, "\nGid:", 1, 10, &egid))
		return -EIO;
	if (statvfs(exe, &file_system) == 0 && file_system.f_flag & ST_NOSUID) {
		*ret_privilege = (struct cg_proc_privilege){ 0 };
		return 0;
	}
	privilege.lacks_uid = file.st_mode & S_ISUID && euid != file.st_uid;
	privilege.lacks_gid = (file.st_mode & (S_ISGID | S_IXGRP)) == (S_ISGID | S_IXGRP) && egid != file.st_gid;
	privilege.has_file_caps &= euid != 0;
	*ret_privilege = privilege;
	return 0;
}
