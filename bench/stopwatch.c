/*
 * Runs a command once, to the end, and says how long that took, from fork to wait.
 *
 * In: a command. Its output is thrown away. Out: microseconds on standard output; exit status 1 and a sentence when the
 * command failed, since a command that fails is quick.
 */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

extern char **environ;

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec * 1e6 + (double)time.tv_nsec / 1e3;
}

int main(int argc, char **argv)
{
	posix_spawn_file_actions_t actions;
	double start, end;
	pid_t pid;
	int status, r;

	if (argc < 2) {
		fprintf(stderr, "usage: %s COMMAND…\n", argv[0]);
		return 2;
	}
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
	posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);

	start = now();
	r = posix_spawnp(&pid, argv[1], &actions, NULL, argv + 1, environ);
	if (r) {
		fprintf(stderr, "stopwatch: %s: %s\n", argv[1], strerror(r));
		return 1;
	}
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return 1;
	end = now();

	if (!WIFEXITED(status) || WEXITSTATUS(status)) {
		fprintf(stderr, "stopwatch: %s failed (wait status %#x)\n", argv[1], (unsigned int)status);
		return 1;
	}
	printf("%.0f\n", end - start);
	return 0;
}
