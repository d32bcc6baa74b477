/*
 * See library.h. RTLD_LOCAL keeps the two apart: what one defines, the other never sees. RTLD_DEEPBIND is not needed
 * for that, as the program exports none of these names, and a sanitizer's run-time refuses it.
 */
#include "library.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

bool compat_library_open(struct compat_library *ret_library, const char *path)
{
	struct compat_library library = { .handle = dlopen(path, RTLD_NOW | RTLD_LOCAL) };
	const struct scmp_version *version;

	if (!library.handle)
		return false;
	/* memcpy: ISO C has no cast from void * to a function. */
#define COMPAT_LOOK_UP(function, type, parameters) \
	memcpy(&library.function, &(void *){ dlsym(library.handle, "seccomp_" #function) }, sizeof(void *));
	COMPAT_FUNCTIONS(COMPAT_LOOK_UP)
#undef COMPAT_LOOK_UP
	if (!library.version)
		return false;
	version = library.version();
	snprintf(library.name, sizeof(library.name), "libseccomp %u.%u.%u", version->major, version->minor,
		 version->micro);
	*ret_library = library;
	return true;
}

/* LeakSanitizer asks for this: what the system's library loses is not ours to find. Ours lies in the build. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
	return "leak:/usr/lib*/libseccomp.so.2\nleak:/lib64/libseccomp.so.2\nleak:/lib/libseccomp.so.2\n";
}

/* Where Debian, Fedora and others keep it: a name without a slash would be looked for in LD_LIBRARY_PATH too. */
bool compat_library_open_system(struct compat_library *ret_library)
{
	static const char *const paths[] = {
		"/usr/lib/x86_64-linux-gnu/libseccomp.so.2", "/usr/lib/aarch64-linux-gnu/libseccomp.so.2",
		"/usr/lib64/libseccomp.so.2",                "/lib64/libseccomp.so.2",
		"/usr/lib/libseccomp.so.2",                  "/lib/libseccomp.so.2",
	};

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		if (compat_library_open(ret_library, paths[i]))
			return true;
	return false;
}
