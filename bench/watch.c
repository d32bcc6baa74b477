/*
 * Runs a command while a source of violations watches, and counts what it tells.
 *
 * In: a source's name, a command. Out: the command's own output and status; with -n in front, its output goes nowhere,
 * and what is printed is how many violations were told, in how many pieces, how many of them without arguments, and how
 * many the source says it lost ("?" behind it: and nobody knows how many more). -a asks for each by itself. -p, where
 * the source can, of no other processes than the command's; -o NUMBER of one call alone. 4 where the source cannot watch here.
 */
#include "source/violations.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define QUIET_MS 1000 /* after the command: so long nothing must come until the count ends */

struct count {
	long only; /* number of a call; below 0: any */
	unsigned long long n;
	unsigned long long n_pieces;
	unsigned long long n_without_arguments;
	unsigned long long n_lost;
	int has_unknown_loss;
};

static int take(void *context, const struct cg_violation *violation)
{
	struct count *count = context;

	if (count->only >= 0 && violation->call.nr != (uint32_t)count->only)
		return 0;
	count->n += violation->n;
	count->n_pieces++;
	if (!violation->has_args)
		count->n_without_arguments += violation->n;
	return 0;
}

static int take_loss(void *context, const char *source, const char *reason, uint64_t n)
{
	struct count *count = context;

	count->n_lost += n;
	count->has_unknown_loss |= n == 0;
	return 0;
}

static int read_some(const struct cg_violation_source *source, struct cg_violation_reader *reader, int wait_ms,
		     struct cg_err *err)
{
	int fd = source->fd(reader);
	struct pollfd wait = { .fd = fd, .events = POLLIN };

	poll(&wait, fd >= 0, fd >= 0 || wait_ms < 100 ? wait_ms : 100);
	return source->read(reader, err);
}

static int watch(const struct cg_violation_source *source, struct cg_violation_reader *reader, pid_t pid,
		 const struct count *count, int *ret_status, struct cg_err *err)
{
	unsigned long long before;
	int r = 0;

	while (r >= 0 && waitpid(pid, ret_status, WNOHANG) == 0)
		r = read_some(source, reader, 20, err);
	do {
		before = count->n + count->n_lost;
		for (int i = 0; r >= 0 && i < QUIET_MS / 100; i++)
			do
				r = read_some(source, reader, 100, err);
			while (r > 0);
	} while (r >= 0 && before != count->n + count->n_lost);
	return r;
}

static pid_t begin(char *const *command, int is_silent)
{
	pid_t pid = fork();

	if (pid == 0) {
		if (is_silent)
			dup2(open("/dev/null", O_WRONLY | O_CLOEXEC), STDOUT_FILENO);
		execvp(command[0], command);
		_exit(127);
	}
	return pid;
}

int main(int argc, char **argv)
{
	struct count count = { .only = -1 };
	const struct cg_violation_tell tell = { take, take_loss, &count };
	struct cg_violation_request request = { 0 };
	const struct cg_violation_source *source;
	struct cg_violation_reader *reader;
	struct cg_err err = { 0 };
	int counts = 0, status = 0, option, r;

	while ((option = getopt(argc, argv, "+anpo:")) != -1) {
		counts |= option == 'n';
		request.tells_all |= option == 'a';
		count.only = option == 'o' ? atol(optarg) : count.only;
		request.pid = option == 'p' ? (int)getpid() : request.pid;
	}
	if (argc - optind < 2 || cg_violation_source_find(argv[optind], &source, &err) < 0) {
		fprintf(stderr, "usage: %s [-anp] [-o NUMBER] SOURCE COMMAND…\n", argv[0]);
		return 2;
	}
	r = source->open(&request, &tell, &reader, &err);
	if (r < 0) {
		fprintf(stderr, "%s\n", err.message);
		return 4;
	}
	r = watch(source, reader, begin(argv + optind + 1, counts), &count, &status, &err);
	source->close(reader);
	if (r < 0) {
		fprintf(stderr, "%s\n", err.message);
		return 4;
	}
	if (counts)
		printf("%llu %llu %llu %llu%s\n", count.n, count.n_pieces, count.n_without_arguments, count.n_lost,
		       count.has_unknown_loss ? "?" : "");
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
