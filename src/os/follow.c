/*
 * See follow.h. A file is another one when device or inode differ; it was truncated when it is shorter than what was
 * read of it. Both are looked for where there is nothing to read, so that an old file is read to its end first.
 */
#include "os/follow.h"

#include "base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define READ_SIZE 65536

struct cg_follow {
	struct cg_follow_options options;
	char *path; /* NULL: standard input */
	int fd; /* -1: the path is not there yet */
	bool is_file; /* a regular one: can be shortened, needs no waiting */
	bool has_ended;
	bool is_skipping; /* within a line that is too long */
	uint64_t n_read; /* bytes of this file */
	char *bytes;
	size_t start; /* bytes[start … end-1] are not told yet */
	size_t searched; /* up to here there is no newline */
	size_t end;
	size_t n_room;
};

static int open_path(struct cg_follow *follow, bool is_new_only)
{
	struct stat status;
	off_t at = 0;
	int fd = open(follow->path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

	if (fd < 0)
		return -errno;
	if (fstat(fd, &status) < 0 || S_ISDIR(status.st_mode)) {
		close(fd);
		return -EISDIR;
	}
	follow->is_file = S_ISREG(status.st_mode);
	if (follow->is_file && is_new_only)
		at = lseek(fd, 0, SEEK_END);
	follow->n_read = at > 0 ? (uint64_t)at : 0;
	follow->fd = fd;
	return 0;
}

int cg_follow_open(const struct cg_follow_options *options, struct cg_follow **ret_follow, struct cg_err *err)
{
	struct cg_follow *follow = calloc(1, sizeof(*follow));
	struct stat status;
	int r = 0;

	if (!follow)
		return cg_err_memory(err);
	follow->options = *options;
	follow->fd = -1;
	if (strcmp(options->path, "-") == 0) {
		follow->fd = STDIN_FILENO;
		follow->is_file = fstat(STDIN_FILENO, &status) == 0 && S_ISREG(status.st_mode);
	} else {
		follow->path = strdup(options->path);
		r = follow->path ? open_path(follow, options->is_new_only) : -ENOMEM;
	}
	if (r == -ENOENT && options->follows)
		r = 0;
	if (r < 0) {
		cg_follow_free(follow);
		return cg_err_set(err, r, options->path, "cannot read: %s", strerror(-r));
	}
	*ret_follow = follow;
	return 0;
}

int cg_follow_fd(const struct cg_follow *follow)
{
	return follow->is_file || follow->has_ended ? -1 : follow->fd;
}

/* The next whole line of what was read. */
static bool take_line(struct cg_follow *follow, const char **ret_line, size_t *ret_length)
{
	char *line = follow->bytes + follow->start, *newline;

	if (follow->searched == follow->end)
		return false;
	newline = memchr(follow->bytes + follow->searched, '\n', follow->end - follow->searched);
	if (!newline) {
		follow->searched = follow->end;
		return false;
	}
	*newline = '\0';
	*ret_line = line;
	*ret_length = (size_t)(newline - line);
	follow->start = follow->searched = (size_t)(newline - follow->bytes) + 1;
	return true;
}

/* What is left without a newline, when nothing more will come of this file. */
static bool take_rest(struct cg_follow *follow, const char **ret_line, size_t *ret_length)
{
	if (follow->start == follow->end || follow->is_skipping)
		return false;
	follow->bytes[follow->end] = '\0';
	*ret_line = follow->bytes + follow->start;
	*ret_length = follow->end - follow->start;
	follow->start = follow->searched = follow->end;
	return true;
}

/* Room for a read behind what is there, and a NUL. */
static int make_room(struct cg_follow *follow)
{
	size_t n_want;
	char *bytes;

	if (follow->start) {
		memmove(follow->bytes, follow->bytes + follow->start, follow->end - follow->start);
		follow->end -= follow->start;
		follow->searched -= follow->start;
		follow->start = 0;
	}
	n_want = follow->end + READ_SIZE + 1;
	if (n_want <= follow->n_room)
		return 0;
	n_want = n_want < 2 * follow->n_room ? 2 * follow->n_room : n_want;
	bytes = realloc(follow->bytes, n_want);
	if (!bytes)
		return -ENOMEM;
	follow->bytes = bytes;
	follow->n_room = n_want;
	return 0;
}

/* More of the file: how many bytes; 0: its end, or -EAGAIN: nothing at the moment. */
static ssize_t read_more(struct cg_follow *follow)
{
	struct pollfd fd = { .fd = follow->fd, .events = POLLIN };
	ssize_t n;

	if (make_room(follow) < 0)
		return -ENOMEM;
	/* Standard input is not ours alone: it is asked, instead of being made not to wait. */
	if (!follow->is_file && poll(&fd, 1, 0) <= 0)
		return -EAGAIN;
	n = read(follow->fd, follow->bytes + follow->end, READ_SIZE);
	if (n < 0)
		return errno == EINTR ? -EAGAIN : -errno;
	follow->end += (size_t)n;
	follow->n_read += (uint64_t)n;
	return n;
}

static void drop_buffer(struct cg_follow *follow)
{
	follow->start = follow->searched = follow->end = 0;
	follow->is_skipping = false;
}

/* At the end of a file that is followed: is there another one by now, or is it shorter than before? */
static int look_around(struct cg_follow *follow, const char **ret_line, size_t *ret_length)
{
	struct stat ours = { 0 }, named;

	if (follow->fd >= 0 && fstat(follow->fd, &ours) == 0 && follow->is_file &&
	    (uint64_t)ours.st_size < follow->n_read) {
		lseek(follow->fd, 0, SEEK_SET);
		follow->n_read = 0;
		drop_buffer(follow);
		return CG_FOLLOW_TRUNCATED;
	}
	if (!follow->path || stat(follow->path, &named) < 0)
		return CG_FOLLOW_NOTHING;
	if (follow->fd < 0)
		return open_path(follow, false) == 0 ? CG_FOLLOW_ROTATED : CG_FOLLOW_NOTHING;
	if (ours.st_dev == named.st_dev && ours.st_ino == named.st_ino)
		return CG_FOLLOW_NOTHING;
	/* Whoever writes may have written between our last read and the renaming. */
	if (read_more(follow) > 0)
		return -EAGAIN;
	if (take_rest(follow, ret_line, ret_length))
		return CG_FOLLOW_LINE;
	close(follow->fd);
	follow->fd = -1;
	drop_buffer(follow);
	return open_path(follow, false) == 0 ? CG_FOLLOW_ROTATED : CG_FOLLOW_NOTHING;
}

static int at_end(struct cg_follow *follow, const char **ret_line, size_t *ret_length)
{
	/* The end of a pipe is one. */
	if (follow->options.follows && (follow->fd < 0 || follow->is_file))
		return look_around(follow, ret_line, ret_length);
	follow->has_ended = true;
	return take_rest(follow, ret_line, ret_length) ? CG_FOLLOW_LINE : CG_FOLLOW_END;
}

/* A line that ends is told, unless it is the end of one that was too long. */
static int next_of_buffer(struct cg_follow *follow, const char **ret_line, size_t *ret_length)
{
	while (take_line(follow, ret_line, ret_length)) {
		bool is_tail = follow->is_skipping;

		follow->is_skipping = false;
		if (!is_tail)
			return *ret_length > CG_FOLLOW_LINE_LIMIT ? CG_FOLLOW_TOO_LONG : CG_FOLLOW_LINE;
	}
	if (follow->end - follow->start > CG_FOLLOW_LINE_LIMIT) {
		bool is_told = follow->is_skipping;

		follow->start = follow->searched = follow->end = 0;
		follow->is_skipping = true;
		return is_told ? CG_FOLLOW_NOTHING : CG_FOLLOW_TOO_LONG;
	}
	return CG_FOLLOW_NOTHING;
}

int cg_follow_next(struct cg_follow *follow, const char **ret_line, size_t *ret_length)
{
	for (;;) {
		int r = next_of_buffer(follow, ret_line, ret_length);
		ssize_t n;

		if (r != CG_FOLLOW_NOTHING)
			return r;
		if (follow->has_ended)
			return CG_FOLLOW_END;
		n = follow->fd < 0 ? 0 : read_more(follow);
		if (n == -EAGAIN)
			return CG_FOLLOW_NOTHING;
		if (n < 0)
			return (int)n;
		r = n > 0 ? -EAGAIN : at_end(follow, ret_line, ret_length);
		if (r != -EAGAIN)
			return r;
	}
}

bool cg_follow_is_there(const char *path)
{
	struct stat status;

	return stat(path, &status) == 0;
}

struct cg_follow *cg_follow_free(struct cg_follow *follow)
{
	if (!follow)
		return NULL;
	if (follow->fd > STDERR_FILENO)
		close(follow->fd);
	free(follow->path);
	free(follow->bytes);
	free(follow);
	return NULL;
}
