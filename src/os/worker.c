/*
 * See worker.h. One loop over pipes and pidfds; waiting for a pipe's end would be waiting for whoever was left with it,
 * so a piece has ended when its process has, and what stands in its pipes then is all there is.
 */
#include "os/worker.h"

#include "base/cleanup.h"
#include "os/signals.h"
#include "os/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* One that runs. */
struct running {
	struct cg_worker *worker;
	pid_t pid;
	int pidfd;
	int pipes[CG_WORKER_N_STREAMS];
	uint64_t start;
};

struct pool {
	struct running items[CG_WORKERS_AT_ONCE_LIMIT];
	size_t n_items;
	struct cg_signal_state signals;
	int signal_fd;
};

/* ---- starting one */

static void close_all(int *fds, size_t n_fds)
{
	for (size_t i = 0; i < n_fds; i++)
		if (fds[i] >= 0)
			close(fds[i]);
}

/* Standard input as a file that is not on any disk. */
static int open_input(const struct cg_worker *worker)
{
	size_t written = 0;
	ssize_t n;
	int fd;

	if (!worker->input)
		return open("/dev/null", O_RDONLY | O_CLOEXEC);
	fd = memfd_create("input", MFD_CLOEXEC);
	while (fd >= 0 && written < worker->input_length) {
		n = write(fd, worker->input + written, worker->input_length - written);
		if (n < 0 && errno != EINTR) {
			close(fd);
			return -1;
		}
		written += n > 0 ? (size_t)n : 0;
	}
	if (fd >= 0)
		lseek(fd, 0, SEEK_SET);
	return fd;
}

/* Ends of pipes that stand in the way of 0 to 2 cannot be: those are open in any program, or opened by main(). */
static _Noreturn void be_worker(const struct cg_worker *worker, const struct pool *pool, int input, const int *ends)
{
	setsid();
	if (dup2(input, 0) < 0 || dup2(ends[CG_WORKER_OUT], 1) < 0 || dup2(ends[CG_WORKER_ERRORS], 2) < 0)
		_exit(125);
	if (chdir(worker->folder) < 0) {
		dprintf(2, "callgate: %s: %s\n", worker->folder, strerror(errno));
		_exit(125);
	}
	cg_signals_restore(&pool->signals);
	_exit(worker->work(worker->context, ends[CG_WORKER_PORT]));
}

static int fail_to_start(struct cg_worker *worker, int *fds, size_t n_fds)
{
	int code = -errno;

	close_all(fds, n_fds);
	return cg_err_set(&worker->err, code, NULL, "cannot start a process: %s", strerror(-code));
}

static int start(struct pool *pool, struct cg_worker *worker)
{
	int fds[2 * CG_WORKER_N_STREAMS + 1], ends[CG_WORKER_N_STREAMS];
	struct running *running = &pool->items[pool->n_items];

	memset(fds, -1, sizeof(fds));
	for (int i = 0; i < CG_WORKER_N_STREAMS; i++) {
		if (pipe2(&fds[2 * i], O_CLOEXEC) < 0)
			return fail_to_start(worker, fds, CG_N_ITEMS(fds));
		running->pipes[i] = fds[2 * i];
		ends[i] = fds[2 * i + 1];
		fcntl(fds[2 * i], F_SETFL, O_NONBLOCK);
	}
	fds[2 * CG_WORKER_N_STREAMS] = open_input(worker);
	if (fds[2 * CG_WORKER_N_STREAMS] < 0)
		return fail_to_start(worker, fds, CG_N_ITEMS(fds));
	running->worker = worker;
	running->start = cg_clock_ms();
	running->pid = fork();
	if (running->pid == 0)
		be_worker(worker, pool, fds[2 * CG_WORKER_N_STREAMS], ends);
	if (running->pid < 0)
		return fail_to_start(worker, fds, CG_N_ITEMS(fds));
	close_all(ends, CG_WORKER_N_STREAMS);
	close(fds[2 * CG_WORKER_N_STREAMS]);
	running->pidfd = (int)syscall(SYS_pidfd_open, running->pid, 0);
	pool->n_items++;
	return 0;
}

/* ---- its output and its end */

/* All that is there now. The port's messages are whole or not there: they are shorter than PIPE_BUF (pipe(7)). */
static void drain(struct running *running, int stream)
{
	struct cg_text *text = &running->worker->streams[stream];
	char bytes[1 << 14];
	size_t room;
	ssize_t n;

	/* So often and no more: who writes without end must not keep the others from being heard. */
	for (int i = 0; i < 64 && running->pipes[stream] >= 0; i++) {
		n = read(running->pipes[stream], bytes, sizeof(bytes));
		if (n < 0)
			return;
		if (n == 0) {
			close(running->pipes[stream]);
			running->pipes[stream] = -1;
			return;
		}
		room = CG_WORKER_OUTPUT_LIMIT - text->length;
		if ((size_t)n > room)
			running->worker->is_cut = true;
		cg_text_add_bytes(text, bytes, (size_t)n > room ? room : (size_t)n);
	}
}

static void kill_all(const struct running *running)
{
	kill(-running->pid, SIGKILL); /* the session's first group; not yet there right after fork(2): */
	kill(running->pid, SIGKILL);
}

static void finish(struct running *running)
{
	struct cg_worker *worker = running->worker;
	siginfo_t info;
	int status = 0;

	/* Kept as a zombie until its group is dead: so the group's number is nobody else's. */
	while (waitid(P_PID, (id_t)running->pid, &info, WEXITED | WNOWAIT) < 0 && errno == EINTR)
		;
	kill_all(running);
	while (waitpid(running->pid, &status, 0) < 0 && errno == EINTR)
		;
	for (int i = 0; i < CG_WORKER_N_STREAMS; i++)
		drain(running, i);
	close_all(running->pipes, CG_WORKER_N_STREAMS);
	if (running->pidfd >= 0)
		close(running->pidfd);
	worker->status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
	worker->took_ms = cg_clock_ms() - running->start;
}

/* ---- all of them */

/* Milliseconds until the first time limit. */
static int next_limit(const struct pool *pool)
{
	uint64_t now = cg_clock_ms(), least = 1000 * 1000;

	for (size_t i = 0; i < pool->n_items; i++) {
		uint64_t end = pool->items[i].start + pool->items[i].worker->timeout_ms;
		uint64_t left = end > now ? end - now : 0;

		least = left < least ? left : least;
	}
	return (int)least;
}

static bool is_over(struct running *running, short pidfd_events)
{
	siginfo_t info = { 0 };

	if (cg_clock_ms() - running->start >= running->worker->timeout_ms) {
		running->worker->has_timed_out = true;
		kill_all(running);
		return true;
	}
	if (running->pidfd >= 0)
		return pidfd_events;
	return waitid(P_PID, (id_t)running->pid, &info, WEXITED | WNOWAIT | WNOHANG) == 0 && info.si_pid;
}

/* Waits for something to happen. 1: a signal came. */
static int attend(struct pool *pool, void (*done)(void *context, struct cg_worker *worker), void *context)
{
	struct pollfd fds[1 + 4 * CG_WORKERS_AT_ONCE_LIMIT] = { { .fd = pool->signal_fd, .events = POLLIN } };
	size_t n = 1;

	for (size_t i = 0; i < pool->n_items; i++) {
		for (int k = 0; k < CG_WORKER_N_STREAMS; k++)
			fds[n++] = (struct pollfd){ .fd = pool->items[i].pipes[k], .events = POLLIN };
		fds[n++] = (struct pollfd){ .fd = pool->items[i].pidfd, .events = POLLIN };
	}
	if (poll(fds, n, next_limit(pool)) < 0 && errno != EINTR)
		return 1;
	if (fds[0].revents) {
		struct signalfd_siginfo info;

		/* Taken, so that they do not end us too, once they may: what was begun is to be put away. */
		while (read(pool->signal_fd, &info, sizeof(info)) == sizeof(info))
			;
		return 1;
	}
	for (size_t i = pool->n_items; i-- > 0;) {
		struct running *running = &pool->items[i];
		const struct pollfd *mine = &fds[1 + i * (CG_WORKER_N_STREAMS + 1)];
		struct cg_worker *worker = running->worker;

		for (int k = 0; k < CG_WORKER_N_STREAMS; k++)
			if (mine[k].revents)
				drain(running, k);
		if (!is_over(running, mine[CG_WORKER_N_STREAMS].revents))
			continue;
		finish(running);
		pool->items[i] = pool->items[--pool->n_items];
		if (done)
			done(context, worker);
	}
	return 0;
}

static int open_signals(void)
{
	static const int numbers[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };
	sigset_t mask;

	sigemptyset(&mask);
	for (size_t i = 0; i < CG_N_ITEMS(numbers); i++)
		sigaddset(&mask, numbers[i]);
	return signalfd(-1, &mask, SFD_CLOEXEC | SFD_NONBLOCK);
}

static void abandon(struct pool *pool)
{
	for (size_t i = 0; i < pool->n_items; i++) {
		kill_all(&pool->items[i]);
		finish(&pool->items[i]);
	}
	pool->n_items = 0;
}

int cg_workers_run(struct cg_worker *workers, size_t n_workers, size_t n_at_once,
		   void (*done)(void *context, struct cg_worker *worker), void *context, struct cg_err *err)
{
	struct pool *pool = calloc(1, sizeof(*pool));
	size_t next = 0;
	int r = 0;

	if (!pool)
		return cg_err_memory(err);
	n_at_once = n_at_once < 1 ? 1 : n_at_once > CG_WORKERS_AT_ONCE_LIMIT ? CG_WORKERS_AT_ONCE_LIMIT : n_at_once;
	pool->signal_fd = open_signals();
	if (pool->signal_fd < 0) {
		r = cg_err_set(err, -errno, NULL, "cannot watch signals: %s", strerror(errno));
		free(pool);
		return r;
	}
	cg_signals_hold(&pool->signals);
	while (r == 0 && (next < n_workers || pool->n_items)) {
		while (next < n_workers && pool->n_items < n_at_once) {
			struct cg_worker *worker = &workers[next++];

			if (start(pool, worker) < 0 && done)
				done(context, worker);
		}
		if (pool->n_items && attend(pool, done, context))
			r = cg_err_set(err, -EINTR, NULL, "interrupted; what ran was killed");
	}
	abandon(pool);
	close(pool->signal_fd);
	cg_signals_restore(&pool->signals);
	free(pool);
	return r;
}

void cg_worker_done(struct cg_worker *worker)
{
	for (int i = 0; i < CG_WORKER_N_STREAMS; i++)
		cg_text_done(&worker->streams[i]);
}

size_t cg_cpu_count(void)
{
	cpu_set_t set;

	return sched_getaffinity(0, sizeof(set), &set) == 0 ? (size_t)CPU_COUNT(&set) : 1;
}

int cg_path_absolute(const char *path, char **ret_path, struct cg_err *err)
{
	char *absolute = realpath(path, NULL);

	if (!absolute)
		return cg_err_set(err, -errno, path, "%s", strerror(errno));
	*ret_path = absolute;
	return 0;
}

int cg_scratch_make(char **ret_path, struct cg_err *err)
{
	const char *folder = getenv("TMPDIR");
	char *path;

	if (asprintf(&path, "%s/callgate-XXXXXX", folder && folder[0] == '/' ? folder : "/tmp") < 0)
		return cg_err_memory(err);
	if (mkdtemp(path)) {
		*ret_path = path;
		return 0;
	}
	cg_err_set(err, -errno, path, "cannot make a folder there: %s", strerror(errno));
	free(path);
	return err ? err->code : -EIO;
}

static int remove_one(const char *path, const struct stat *status, int kind, struct FTW *where)
{
	remove(path);
	return 0;
}

/* Folders may be without write permission: they are ours, so they can be given it. */
static int open_up(const char *path, const struct stat *status, int kind, struct FTW *where)
{
	if (kind == FTW_D || kind == FTW_DNR)
		chmod(path, 0700);
	return 0;
}

void cg_scratch_remove(const char *path)
{
	nftw(path, open_up, 16, FTW_PHYS | FTW_MOUNT);
	nftw(path, remove_one, 16, FTW_PHYS | FTW_MOUNT | FTW_DEPTH);
}
