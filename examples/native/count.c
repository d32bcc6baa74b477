/*
 * The native API: counts lines of standard input under a filter of which nothing but reading and writing is left.
 * A call outside of it is told on standard error and fails.    cc count.c $(pkg-config --cflags --libs callgate)
 */
#include <callgate/load.h>
#include <callgate/trap.h>

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char profile[] = "{ \"defaultAction\": \"SCMP_ACT_TRAP\", \"syscalls\": [ { \"action\": \"SCMP_ACT_ALLOW\","
	" \"names\": [ \"read\", \"write\", \"pread64\", \"gettid\", \"rt_sigreturn\", \"exit_group\" ] } ] }";

int main(int argc, char **argv)
{
	struct cg_err err = { 0 };
	char bytes[4096];
	size_t n_lines = 0;
	ssize_t n;

	if (cg_trap_report(STDERR_FILENO) < 0 || cg_load_profile("count", profile, strlen(profile), 0, &err) < 0)
		return fprintf(stderr, "count: %s: %s\n", err.place, err.message), 1;
	while ((n = read(STDIN_FILENO, bytes, sizeof(bytes))) > 0)
		for (ssize_t i = 0; i < n; i++)
			n_lines += bytes[i] == '\n';
	n = snprintf(bytes, sizeof(bytes), "%zu lines\n", n_lines);
	if (argc > 1 && open(argv[1], O_RDONLY) < 0) /* refused, whatever file it is */
		n = snprintf(bytes, sizeof(bytes), "not opened, %zu lines\n", n_lines);
	_exit(write(STDOUT_FILENO, bytes, (size_t)n) == n ? 0 : 1);
}
