/*
 * What an executable or a shared object says of itself: elf(5), and the build-id that the linker leaves in a note.
 *
 * In: a path. Out: its build-id, which changes with its content, and the loader that it asks for.
 */
#ifndef CG_OS_ELF_H
#define CG_OS_ELF_H

#include <stddef.h>

#define CG_BUILD_ID_LIMIT 64 /* bytes; linkers write 8 to 32 */
#define CG_ELF_HEADERS_LIMIT 256 /* program headers that are looked at */
#define CG_ELF_NOTES_LIMIT 65536 /* bytes of notes in one segment */

struct cg_elf {
	char build_id[2 * CG_BUILD_ID_LIMIT + 1]; /* hex, or "" */
	char interpreter[4096]; /* symbolic links followed; "" for what has none */
};

/* 0; -ENOEXEC no ELF file of this machine's byte order; the errors of open(2) and read(2). Either part may be "". */
int cg_elf_read(const char *path, struct cg_elf *ret_elf);

/*
 * The same of what a process with this root folder (a descriptor) sees under that path: symbolic links lead nowhere
 * outside of it (openat2(2)). So do those of its interpreter.
 */
int cg_elf_read_below(int root, const char *path, struct cg_elf *ret_elf);

#endif
