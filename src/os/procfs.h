/*
 * /proc: what the kernel tells of a process in files. proc(5).
 *
 * In: a thread id. Out: facts as of now; a process may be gone, or closed to us, and then the answer is an errno.
 */
#ifndef CG_OS_PROCFS_H
#define CG_OS_PROCFS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The path of the program that it executes, as the link says. 0; -ENOENT, -EACCES, -ENAMETOOLONG, … */
int cg_proc_exe(int tid, char *ret_path, size_t size);

/* What one of its descriptors is of: a path, or the kernel's words for what is no file. Errors: as above. */
int cg_proc_descriptor(int tid, int fd, char *ret_path, size_t size);

/* The decimal number behind "KEY:" in its status file. 0; -ENOENT, -ESRCH no such thread; -ENODATA no such line. */
int cg_proc_number(int tid, const char *key, unsigned long *ret_number);

/* Is there such a thread, and has it not ended (a zombie has)? */
bool cg_proc_is_alive(int tid);

/* The process (thread group) of a thread; `tid` itself when that cannot be read. */
int cg_proc_group(int tid);

/* The number of the mount namespace that its paths are of; 0: not to be told. */
uint64_t cg_proc_mount_namespace(int tid);
/* A descriptor of its root folder (open(2), O_PATH), from which its mounts are seen; the caller's. A negative errno. */
int cg_proc_open_root(int tid);
/* Is it the same folder as ours? */
bool cg_proc_shares_root(int tid);

/* Calls `each` for every thread of the process of `tid`. 0 or a negative errno. */
int cg_proc_threads(int tid, void (*each)(void *context, int tid), void *context);

/*
 * Privilege that executing its program should have given and did not: compares the file's set-uid and set-gid bits and
 * capabilities with what the process has. Nothing is missed on a file system mounted nosuid.
 */
struct cg_proc_privilege {
	bool lacks_uid;
	bool lacks_gid;
	bool has_file_caps; /* the file has capabilities, and the process is not root's */
};

/* Has this process that capability (linux/capability.h) in force? */
bool cg_proc_has_capability(unsigned int bit);

int cg_proc_privilege(int tid, struct cg_proc_privilege *ret_privilege);

#endif
