/*
 * Probes of what stands around seccomp: other confinement, and container engines.
 */
#include "os/probe_rows.h"

#include "os/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <linux/magic.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#define VERSION_LIMIT 3 /* seconds that an engine may take to tell its version */

void cg_probe_landlock(struct cg_feature_answer *answer)
{
	struct landlock_ruleset_attr attributes = { .handled_access_fs = LANDLOCK_ACCESS_FS_READ_FILE };
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
	long rules = abi < 0 ? -1 : syscall(SYS_landlock_create_ruleset, &attributes, sizeof(attributes), 0);

	if (rules < 0) {
		cg_probe_errno(answer, "a kernel with CONFIG_SECURITY_LANDLOCK and landlock in lsm=", "making rules");
		return;
	}
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	if (syscall(SYS_landlock_restrict_self, rules, 0) < 0)
		cg_probe_errno(answer, "", "entering it");
	else if (open("/proc/self/status", O_RDONLY | O_CLOEXEC) < 0 && errno == EACCES)
		cg_probe_yes(answer, "version %ld of its interface; it kept a file closed", abi);
	else
		cg_probe_no(answer, "", "entered, but a file that it closes was opened");
}

void cg_probe_user_namespace(struct cg_feature_answer *answer)
{
	if (unshare(CLONE_NEWUSER) == 0)
		cg_probe_yes(answer, "this user can make one");
	else
		cg_probe_errno(answer, "sysctl user.max_user_namespaces, and what the distribution adds to it",
			       "making one");
}

void cg_probe_cgroup(struct cg_feature_answer *answer)
{
	struct statfs status;

	if (statfs("/sys/fs/cgroup", &status) < 0)
		cg_probe_errno(answer, "mount cgroup2 on /sys/fs/cgroup", "looking at /sys/fs/cgroup");
	else if (status.f_type == CGROUP2_SUPER_MAGIC)
		cg_probe_yes(answer, "version 2");
	else if (status.f_type == TMPFS_MAGIC && statfs("/sys/fs/cgroup/unified", &status) == 0)
		cg_probe_limited(answer, "boot with systemd.unified_cgroup_hierarchy=1", "version 1 beside version 2");
	else if (status.f_type == TMPFS_MAGIC)
		cg_probe_limited(answer, "boot with systemd.unified_cgroup_hierarchy=1", "version 1 only");
	else
		cg_probe_no(answer, "mount cgroup2 on /sys/fs/cgroup", "none is mounted on /sys/fs/cgroup");
}

/* The first line that `path --version` prints, in a process of its own and with a time limit of its own. */
static bool read_version(const char *path, char *ret_line, size_t size)
{
	int pipes[2];
	size_t length = 0;
	ssize_t n;
	pid_t pid;

	if (pipe(pipes) < 0)
		return false;
	pid = cg_probe_fork();
	if (pid == 0) {
		dup2(pipes[1], STDOUT_FILENO);
		close(pipes[0]);
		close(pipes[1]);
		alarm(VERSION_LIMIT);
		execl(path, path, "--version", (char *)NULL);
		cg_probe_leave(127);
	}
	close(pipes[1]);
	while (length < size - 1 && (n = read(pipes[0], ret_line + length, size - 1 - length)) > 0)
		length += (size_t)n;
	close(pipes[0]);
	cg_probe_wait(pid);
	ret_line[length] = '\0';
	ret_line[strcspn(ret_line, "\n")] = '\0';
	return ret_line[0] != '\0';
}

static void probe_engine(struct cg_feature_answer *answer, const char *name)
{
	char line[100], *path = NULL;

	if (cg_spawn_find(name, &path, NULL) < 0)
		cg_probe_no(answer, "", "%s is not in PATH", name);
	else if (read_version(path, line, sizeof(line)))
		cg_probe_yes(answer, "%s", line);
	else
		cg_probe_limited(answer, "", "%s is there, but does not tell its version", path);
	free(path);
}

void cg_probe_docker(struct cg_feature_answer *answer)
{
	probe_engine(answer, "docker");
}

void cg_probe_podman(struct cg_feature_answer *answer)
{
	probe_engine(answer, "podman");
}

void cg_probe_containerd(struct cg_feature_answer *answer)
{
	probe_engine(answer, "containerd");
}

void cg_probe_crio(struct cg_feature_answer *answer)
{
	probe_engine(answer, "crio");
}

void cg_probe_runc(struct cg_feature_answer *answer)
{
	probe_engine(answer, "runc");
}

void cg_probe_crun(struct cg_feature_answer *answer)
{
	probe_engine(answer, "crun");
}
