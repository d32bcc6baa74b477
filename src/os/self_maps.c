/*
 * See self_maps.h. Lines are read as they stream in: a path may be longer than any buffer of a signal handler.
 *
 *     7f21a0628000-7f21a077d000 r-xp 00028000 fd:01 1835082    /usr/lib/x86_64-linux-gnu/libc.so.6
 */
#include "os/self_maps.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define CHUNK_SIZE 512

/* The fields of a line, by their order; a minus ends the first, blanks the others. */
enum { START, END, PERMISSIONS, OFFSET, DEVICE, INODE, PATH };

static void begin_line(struct cg_maps_search *search)
{
	memset(search->numbers, 0, sizeof(search->numbers));
	search->field = START;
	search->n_path = 0;
	search->is_in_path = false;
	search->path[0] = '\0';
}

void cg_maps_search_begin(struct cg_maps_search *search, uint64_t address, char *path, size_t path_size)
{
	search->address = address;
	search->path = path;
	search->path_size = path_size;
	begin_line(search);
}

static void add_to_path(struct cg_maps_search *search, char c)
{
	if (search->n_path == search->path_size - 1) {
		memmove(search->path, search->path + 1, search->n_path - 1);
		search->n_path--;
	}
	search->path[search->n_path++] = c;
	search->path[search->n_path] = '\0';
}

static void add_digit(struct cg_maps_search *search, char c)
{
	static const unsigned char number_of[] = { [START] = 0, [END] = 1, [OFFSET] = 2 };
	uint64_t *number = &search->numbers[number_of[search->field]];
	unsigned int digit = c <= '9' ? (unsigned int)(c - '0') : (unsigned int)(c - 'a') + 10;

	*number = *number << 4 | (digit & 15);
}

bool cg_maps_search_feed(struct cg_maps_search *search, char c)
{
	if (c == '\n') {
		if (search->address >= search->numbers[0] && search->address < search->numbers[1])
			return true;
		begin_line(search);
	} else if (search->field == PATH) {
		search->is_in_path = search->is_in_path || c != ' ';
		if (search->is_in_path)
			add_to_path(search, c);
	} else if (c == ' ' || (c == '-' && search->field == START)) {
		search->field++;
	} else if (search->field == START || search->field == END || search->field == OFFSET) {
		add_digit(search, c);
	}
	return false;
}

uint64_t cg_maps_search_offset(const struct cg_maps_search *search)
{
	return search->address - search->numbers[0] + search->numbers[2];
}

static bool search_in(struct cg_maps_search *search, int fd, bool is_from_start)
{
	char chunk[CHUNK_SIZE];
	off_t at = 0;
	ssize_t n;

	for (;;) {
		n = is_from_start ? pread(fd, chunk, sizeof(chunk), at) : read(fd, chunk, sizeof(chunk));
		if (n <= 0)
			return false;
		at += n;
		for (ssize_t i = 0; i < n; i++)
			if (cg_maps_search_feed(search, chunk[i]))
				return true;
	}
}

bool cg_self_module(int spare, uint64_t address, char *path, size_t path_size, uint64_t *ret_offset)
{
	struct cg_maps_search search;
	int fd = (int)syscall(SYS_openat, AT_FDCWD, "/proc/self/maps", O_RDONLY | O_CLOEXEC);
	bool is_found;

	cg_maps_search_begin(&search, address, path, path_size);
	is_found = search_in(&search, fd >= 0 ? fd : spare, fd < 0);
	if (fd >= 0)
		syscall(SYS_close, fd);
	if (is_found)
		*ret_offset = cg_maps_search_offset(&search);
	else
		path[0] = '\0';
	return is_found && path[0];
}
