/*
 * See relay.h; pipe(7), poll(2), regex(3).
 */
#include "os/relay.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <regex.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define END_MS 2000 /* how long the end waits for processes that hold the pipes */
#define CHUNK 65536

struct cg_relay_seen {
	int is_there; /* set once, after the line */
	char line[CG_RELAY_LINE_LIMIT + 1];
};

/* One of the two streams. */
struct stream {
	int from;
	int to;
	size_t length; /* of the line so far */
	char line[CG_RELAY_LINE_LIMIT + 1];
};

static int compile(const char *pattern, regex_t *ret_regex, struct cg_err *err)
{
	char why[128];
	int r;

	if (strlen(pattern) > CG_RELAY_PATTERN_LIMIT)
		return cg_err_set(err, -EINVAL, NULL, "a pattern has at most %d bytes", CG_RELAY_PATTERN_LIMIT);
	r = regcomp(ret_regex, pattern, REG_EXTENDED | REG_NOSUB);
	if (r == 0)
		return 0;
	regerror(r, ret_regex, why, sizeof(why));
	return cg_err_set(err, -EINVAL, NULL, "'%.200s' is no pattern (regex(7)): %s", pattern, why);
}

int cg_relay_check(const char *pattern, struct cg_err *err)
{
	regex_t regex;
	int r = compile(pattern, &regex, err);

	if (r == 0)
		regfree(&regex);
	return r;
}

/* The readers' side. Nothing is printed here, and there is nobody to tell of errors. */

static void match(struct stream *stream, const regex_t *regex, struct cg_relay_seen *seen)
{
	if (stream->length && stream->line[stream->length - 1] == '\r')
		stream->length--;
	stream->line[stream->length] = '\0';
	if (__atomic_load_n(&seen->is_there, __ATOMIC_ACQUIRE) || regexec(regex, stream->line, 0, NULL, 0) != 0)
		return;
	memcpy(seen->line, stream->line, stream->length + 1);
	__atomic_store_n(&seen->is_there, 1, __ATOMIC_RELEASE);
}

static void take(struct stream *stream, const char *bytes, size_t n, const regex_t *regex, struct cg_relay_seen *seen)
{
	for (size_t i = 0; i < n; i++) {
		if (bytes[i] == '\n') {
			match(stream, regex, seen);
			stream->length = 0;
		} else if (stream->length < CG_RELAY_LINE_LIMIT && bytes[i]) {
			stream->line[stream->length++] = bytes[i];
		}
	}
}

static bool pass_on(int to, const char *bytes, size_t n)
{
	while (n) {
		ssize_t written = write(to, bytes, n);

		if (written < 0 && errno == EAGAIN) {
			struct pollfd wait = { .fd = to, .events = POLLOUT };

			poll(&wait, 1, -1);
			continue;
		}
		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			return false;
		bytes += written;
		n -= (size_t)written;
	}
	return true;
}

/* False when this stream is over: by the writers' will, or because nobody reads it, which they then find out too. */
static bool move(struct stream *stream, const regex_t *regex, struct cg_relay_seen *seen)
{
	static char bytes[CHUNK];
	ssize_t n = read(stream->from, bytes, sizeof(bytes));

	if (n < 0)
		return errno == EINTR || errno == EAGAIN;
	if (n == 0 || !pass_on(stream->to, bytes, (size_t)n))
		return false;
	take(stream, bytes, (size_t)n, regex, seen);
	return true;
}

static void __attribute__((noreturn)) relay_all(struct stream *streams, const regex_t *regex, struct cg_relay_seen *seen)
{
	struct pollfd waits[2] = { { streams[0].from, POLLIN, 0 }, { streams[1].from, POLLIN, 0 } };

	while (waits[0].fd >= 0 || waits[1].fd >= 0) {
		if (poll(waits, 2, -1) < 0)
			continue;
		for (int i = 0; i < 2; i++) {
			if (waits[i].fd < 0 || !waits[i].revents || move(&streams[i], regex, seen))
				continue;
			close(waits[i].fd);
			waits[i].fd = -1;
		}
	}
	_exit(0);
}

/* The grandchild, which nobody waits for. It hears no signal but SIGKILL: keys of the terminal are the command's. */
static void __attribute__((noreturn))
become_relay(const int from[2], const int to[2], int keep, const regex_t *regex, struct cg_relay_seen *seen)
{
	static struct stream streams[2];
	sigset_t all;

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	if (fork() != 0)
		_exit(0);
	for (int i = 0; i < 2; i++) {
		streams[i].from = from[i];
		streams[i].to = to[i];
	}
	/* Not those of the recorder: others wait to see them closed. Standard input too. */
	for (int fd = 0; fd < 1024; fd++)
		if (fd != from[0] && fd != from[1] && fd != to[0] && fd != to[1] && fd != keep)
			close(fd);
	relay_all(streams, regex, seen);
}

/* The recorder's side. */

struct ends {
	int out[2], error[2], done[2];
};

static void close_both(int *fds)
{
	for (int i = 0; i < 2; i++) {
		if (fds[i] >= 0)
			close(fds[i]);
		fds[i] = -1;
	}
}

static void close_all(struct ends *ends)
{
	close_both(ends->out);
	close_both(ends->error);
	close_both(ends->done);
}

static int start(struct cg_relay *relay, struct ends *ends, const regex_t *regex)
{
	int from[2], pid, status;

	if (pipe2(ends->out, O_CLOEXEC) < 0 || pipe2(ends->error, O_CLOEXEC) < 0 || pipe2(ends->done, O_CLOEXEC) < 0)
		return -errno;
	for (int i = 0; i < 2; i++) {
		relay->saved[i] = fcntl(STDOUT_FILENO + i, F_DUPFD_CLOEXEC, 3);
		if (relay->saved[i] < 0)
			return -errno;
	}
	from[0] = ends->out[0];
	from[1] = ends->error[0];
	pid = fork();
	if (pid == 0)
		become_relay(from, relay->saved, ends->done[1], regex, relay->seen);
	if (pid < 0)
		return -errno;
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (dup2(ends->out[1], STDOUT_FILENO) < 0 || dup2(ends->error[1], STDERR_FILENO) < 0)
		return -errno;
	return 0;
}

int cg_relay_begin(struct cg_relay *relay, const char *pattern, struct cg_err *err)
{
	struct ends ends = { { -1, -1 }, { -1, -1 }, { -1, -1 } };
	regex_t regex;
	int r = compile(pattern, &regex, err);

	if (r < 0)
		return r;
	*relay = (struct cg_relay){ .saved = { -1, -1 }, .done = -1 };
	relay->seen = mmap(NULL, sizeof(*relay->seen), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (relay->seen == MAP_FAILED) {
		relay->seen = NULL;
		regfree(&regex);
		return cg_err_memory(err);
	}
	relay->is_redirected = true;
	r = start(relay, &ends, &regex);
	regfree(&regex);
	if (r == 0) {
		relay->done = ends.done[0];
		ends.done[0] = -1;
	}
	close_all(&ends);
	if (r == 0)
		return 0;
	cg_relay_restore(relay);
	cg_relay_end(relay);
	return cg_err_set(err, r, NULL, "the output cannot be passed on: %s", strerror(-r));
}

void cg_relay_restore(struct cg_relay *relay)
{
	for (int i = 0; relay->is_redirected && i < 2; i++) {
		if (relay->saved[i] < 0)
			continue;
		dup2(relay->saved[i], STDOUT_FILENO + i);
		close(relay->saved[i]);
	}
	relay->is_redirected = false;
}

const char *cg_relay_line(const struct cg_relay *relay)
{
	return relay->seen && __atomic_load_n(&relay->seen->is_there, __ATOMIC_ACQUIRE) ? relay->seen->line : NULL;
}

void cg_relay_end(struct cg_relay *relay)
{
	struct pollfd wait = { .fd = relay->done, .events = POLLIN };

	cg_relay_restore(relay);
	if (!relay->seen)
		return;
	if (relay->done >= 0) {
		/* Interrupted about ten times a second while signals are held (os/signals.h): as good as a time-out. */
		for (int i = 0; i < END_MS / 100 && poll(&wait, 1, 100) <= 0; i++)
			;
		close(relay->done);
	}
	munmap(relay->seen, sizeof(*relay->seen));
	*relay = (struct cg_relay){ .saved = { -1, -1 }, .done = -1 };
}
