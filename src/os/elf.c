/*
 * See elf.h. Files come from whoever was recorded: every size is checked before it is used.
 */
#include "os/elf.h"

#include "base/cleanup.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* A program header of either class. */
struct segment {
	uint32_t type;
	uint64_t offset;
	uint64_t size;
};

struct headers {
	bool is_64;
	uint64_t offset;
	unsigned int n;
	size_t size; /* of one */
};

static int read_all(int fd, void *bytes, size_t length, uint64_t offset)
{
	ssize_t n = offset > INT64_MAX ? -1 : pread(fd, bytes, length, (off_t)offset);

	return n == (ssize_t)length ? 0 : -ENOEXEC;
}

static int read_headers(int fd, struct headers *ret_headers)
{
	union {
		unsigned char ident[EI_NIDENT];
		Elf32_Ehdr narrow;
		Elf64_Ehdr wide;
	} file = { { 0 } };
	const unsigned char order = __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? ELFDATA2MSB : ELFDATA2LSB;

	if (pread(fd, &file, sizeof(file), 0) < (ssize_t)sizeof(file.narrow) ||
	    memcmp(file.ident, ELFMAG, SELFMAG) != 0 || file.ident[EI_DATA] != order)
		return -ENOEXEC;
	if (file.ident[EI_CLASS] == ELFCLASS64)
		*ret_headers = (struct headers){ true, file.wide.e_phoff, file.wide.e_phnum, sizeof(Elf64_Phdr) };
	else
		*ret_headers = (struct headers){ false, file.narrow.e_phoff, file.narrow.e_phnum, sizeof(Elf32_Phdr) };
	return 0;
}

static int read_segment(int fd, const struct headers *headers, unsigned int i, struct segment *ret_segment)
{
	union {
		Elf32_Phdr narrow;
		Elf64_Phdr wide;
	} header;
	int r = read_all(fd, &header, headers->size, headers->offset + i * headers->size);

	if (r < 0)
		return r;
	if (headers->is_64)
		*ret_segment =
			(struct segment){ header.wide.p_type, header.wide.p_offset, header.wide.p_filesz };
	else
		*ret_segment =
			(struct segment){ header.narrow.p_type, header.narrow.p_offset, header.narrow.p_filesz };
	return 0;
}

static int open_below(int root, const char *path, int flags)
{
	const struct open_how how = {
		.flags = (unsigned int)flags, .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS
	};

	return (int)syscall(SYS_openat2, root, path, &how, sizeof(how));
}

/* Below a root folder, or -1: the machine's. */
static void resolve(int root, const char *path, char *ret_path, size_t size)
{
	CG_FREE char *target = root < 0 ? realpath(path, NULL) : NULL;
	int fd = root < 0 ? -1 : open_below(root, path, O_PATH | O_CLOEXEC);
	char link[32];
	ssize_t n = 0;

	if (target)
		snprintf(ret_path, size, "%s", target);
	if (fd < 0)
		return;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, ret_path, size - 1);
	ret_path[n > 0 && ret_path[0] == '/' ? n : 0] = '\0';
	close(fd);
}

static void read_interpreter(int fd, int root, const struct segment *segment, struct cg_elf *elf)
{
	char path[256];

	if (segment->size == 0 || segment->size >= sizeof(path) ||
	    read_all(fd, path, segment->size, segment->offset) < 0)
		return;
	path[segment->size] = '\0';
	if (path[0] == '/')
		resolve(root, path, elf->interpreter, sizeof(elf->interpreter));
}

static void write_hex(const unsigned char *bytes, size_t n, char *ret_text)
{
	for (size_t i = 0; i < n; i++)
		snprintf(ret_text + 2 * i, 3, "%02x", bytes[i]);
}

static size_t padded(uint32_t size)
{
	return ((size_t)size + 3) / 4 * 4;
}

static void find_build_id(const unsigned char *notes, size_t length, struct cg_elf *elf)
{
	for (size_t at = 0; at + sizeof(Elf32_Nhdr) <= length;) {
		size_t name = at + sizeof(Elf32_Nhdr), content, end;
		Elf32_Nhdr note;

		memcpy(&note, notes + at, sizeof(note));
		content = name + padded(note.n_namesz);
		end = content + padded(note.n_descsz);
		if (content > length || end > length)
			return;
		if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == 4 && memcmp(notes + name, "GNU", 4) == 0 &&
		    note.n_descsz <= CG_BUILD_ID_LIMIT) {
			write_hex(notes + content, note.n_descsz, elf->build_id);
			return;
		}
		at = end;
	}
}

static void read_notes(int fd, const struct segment *segment, struct cg_elf *elf)
{
	CG_FREE unsigned char *notes = NULL;

	if (segment->size > CG_ELF_NOTES_LIMIT || elf->build_id[0])
		return;
	notes = malloc(segment->size + 1);
	if (notes && read_all(fd, notes, segment->size, segment->offset) == 0)
		find_build_id(notes, segment->size, elf);
}

static int read_open(int fd, int root, struct cg_elf *ret_elf)
{
	struct headers headers;
	struct segment segment;
	struct cg_elf elf = { "", "" };
	int r = read_headers(fd, &headers);

	for (unsigned int i = 0; r == 0 && i < headers.n && i < CG_ELF_HEADERS_LIMIT; i++) {
		r = read_segment(fd, &headers, i, &segment);
		if (r == 0 && segment.type == PT_INTERP)
			read_interpreter(fd, root, &segment, &elf);
		else if (r == 0 && segment.type == PT_NOTE)
			read_notes(fd, &segment, &elf);
	}
	close(fd);
	if (r == 0)
		*ret_elf = elf;
	return r;
}

/* Not a FIFO that somebody has put in its place: that would wait. */
#define READING (O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)

int cg_elf_read(const char *path, struct cg_elf *ret_elf)
{
	int fd = open(path, READING);

	return fd < 0 ? -errno : read_open(fd, -1, ret_elf);
}

int cg_elf_read_below(int root, const char *path, struct cg_elf *ret_elf)
{
	int fd = open_below(root, path, READING);

	return fd < 0 ? -errno : read_open(fd, root, ret_elf);
}
