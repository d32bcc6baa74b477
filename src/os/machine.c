/*
 * See machine.h.
 */
#include "os/machine.h"

#include <stdio.h>
#include <sys/utsname.h>
#include <unistd.h>

void cg_machine_kernel(unsigned int *ret_kernel)
{
	struct utsname names;

	if (uname(&names) < 0 || sscanf(names.release, "%u.%u", &ret_kernel[0], &ret_kernel[1]) != 2)
		ret_kernel[0] = ret_kernel[1] = 0;
}

void cg_machine_show_manual(const char *page)
{
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
