/*
 * See machine.h.
 */
#include "os/machine.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

void cg_machine_kernel(unsigned int *ret_kernel)
{
	struct utsname names;

	if (uname(&names) < 0 || sscanf(names.release, "%u.%u", &ret_kernel[0], &ret_kernel[1]) != 2)
		ret_kernel[0] = ret_kernel[1] = 0;
}

/* man -w tells where a page is; its words, also those of regret, are not for the user. */
static bool has_manual(const char *page)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		int null = open("/dev/null", O_RDWR);

		if (null >= 0 && dup2(null, STDOUT_FILENO) >= 0 && dup2(null, STDERR_FILENO) >= 0)
			execlp("man", "man", "-w", page, (char *)NULL);
		_exit(1);
	}
	while (pid > 0 && waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return false;
	return pid > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

void cg_machine_show_manual(const char *page)
{
	if (has_manual(page))
		execlp("man", "man", page, (char *)NULL);
}

void cg_machine_name(char *ret_release, char *ret_machine, size_t size)
{
	struct utsname names;

	if (uname(&names) < 0)
		names = (struct utsname){ 0 };
	snprintf(ret_release, size, "%s", names.release);
	snprintf(ret_machine, size, "%s", names.machine);
}

void cg_machine_host(char *ret_host, size_t size)
{
	struct utsname names;

	if (uname(&names) < 0 || !names.nodename[0])
		snprintf(names.nodename, sizeof(names.nodename), "localhost");
	snprintf(ret_host, size, "%s", names.nodename);
}
