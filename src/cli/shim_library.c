/*
 * See shim_library.h. ld.so(8): in secure execution LD_LIBRARY_PATH is ignored; a static program has no loader.
 */
#include "cli/shim_library.h"

#include "base/cleanup.h"
#include "base/text.h"
#include "os/elf.h"
#include "os/procfs.h"
#include "os/spawn.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Seen from the folder of the program: of a build, then of an installation. */
static const char *const folders[] = { "", "/../" CG_SHIM_LIBDIR };

int cg_shim_library_find(char **ret_folder, struct cg_err *err)
{
	char program[4096] = "", *slash;
	struct cg_elf elf;

	if (cg_proc_exe(getpid(), program, sizeof(program)) == 0 && (slash = strrchr(program, '/')))
		*slash = '\0';
	for (size_t i = 0; i < CG_N_ITEMS(folders); i++) {
		CG_CLEANUP(cg_text_done) struct cg_text library = { 0 };
		size_t length;

		cg_text_addf(&library, "%s%s", program, folders[i]);
		length = library.length;
		cg_text_add(&library, "/libseccomp.so.2");
		if (library.has_failed)
			return cg_err_memory(err);
		if (cg_elf_read(cg_text_get(&library), &elf) < 0)
			continue;
		*ret_folder = strndup(cg_text_get(&library), length);
		return *ret_folder ? 0 : cg_err_memory(err);
	}
	return cg_err_set(err, -ENOENT, NULL,
			  "callgate's libseccomp.so.2 is neither beside %s/callgate nor in %s%s; name its folder with "
			  "--library",
			  program, program, folders[1]);
}

const char *cg_shim_library_obstacle(const char *path)
{
	const char *privilege = cg_spawn_privilege(path);
	struct cg_elf elf;

	if (privilege && privilege[0] == 'f')
		return "has file capabilities, and such programs ignore LD_LIBRARY_PATH";
	if (privilege)
		return strcmp(privilege, "set-uid") == 0 ? "is set-uid, and such programs ignore LD_LIBRARY_PATH" :
							   "is set-gid, and such programs ignore LD_LIBRARY_PATH";
	if (cg_elf_read(path, &elf) == 0 && elf.interpreter[0] == '\0')
		return "is statically linked: no library can take another's place in it";
	return NULL;
}
