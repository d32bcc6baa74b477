/*
 * See held.h.
 */
#include "os/held.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* As a shell has it: 127 not found, 126 found but not to be executed. */
#define STATUS_NOT_FOUND 127
#define STATUS_NOT_EXECUTABLE 126

/* A file that is executable but in no format that the kernel knows is a shell script, as execvp(3) has it. */
static void execute_script(const char *path, char *const *argv)
{
	char *words[1024] = { (char *)"/bin/sh", (char *)path };
	size_t n_words = 2;

	while (argv[0] && argv[n_words - 1]) {
		if (n_words == sizeof(words) / sizeof(words[0]) - 1) {
			errno = E2BIG;
			return;
		}
		words[n_words] = argv[n_words - 1];
		n_words++;
	}
	execve(words[0], words, environ);
}

static void __attribute__((noreturn))
become(const char *path, char *const *argv, int gate, cg_held_prepare prepare, volatile struct cg_held_report *report)
{
	char byte;

	/* End of file: whoever held us is gone, or gave up. */
	if (read(gate, &byte, 1) != 1)
		_exit(STATUS_NOT_EXECUTABLE);
	if (prepare)
		prepare(report);
	execve(path, argv, environ);
	if (errno == ENOEXEC)
		execute_script(path, argv);
	report->exec_errno = errno;
	_exit(errno == ENOENT ? STATUS_NOT_FOUND : STATUS_NOT_EXECUTABLE);
}

int cg_held_spawn(const char *path, char *const *argv, const struct cg_signals *signals, cg_held_prepare prepare,
		  struct cg_held *ret_held, struct cg_err *err)
{
	struct cg_held held = { .gate = -1 };
	int gates[2], r;

	held.report = mmap(NULL, sizeof(*held.report), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (held.report == MAP_FAILED)
		return cg_err_memory(err);
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, gates) < 0) {
		r = -errno;
		cg_held_done(&held);
		return cg_err_set(err, r, NULL, "cannot make a pair of sockets: %s", strerror(-r));
	}
	held.pid = fork();
	if (held.pid == 0) {
		close(gates[1]);
		if (signals)
			cg_signals_undo(signals);
		become(path, argv, gates[0], prepare, held.report);
	}
	r = held.pid < 0 ? -errno : 0;
	close(gates[0]);
	held.gate = gates[1];
	if (r < 0) {
		cg_held_done(&held);
		return cg_err_set(err, r, NULL, "cannot fork: %s", strerror(-r));
	}
	*ret_held = held;
	return 0;
}

void cg_held_abandon(struct cg_held *held)
{
	int status;

	kill(held->pid, SIGKILL);
	while (waitpid(held->pid, &status, __WALL) < 0 ? errno == EINTR : WIFSTOPPED(status))
		;
	cg_held_done(held);
}

void cg_held_release(struct cg_held *held)
{
	/* A child that is gone leaves nobody to read: EPIPE, and its end will be told. */
	while (send(held->gate, "", 1, MSG_NOSIGNAL) < 0 && errno == EINTR)
		;
	close(held->gate);
	held->gate = -1;
}

void cg_held_done(struct cg_held *held)
{
	if (held->gate >= 0)
		close(held->gate);
	if (held->report && held->report != MAP_FAILED)
		munmap((void *)(uintptr_t)held->report, sizeof(*held->report));
	*held = (struct cg_held){ .gate = -1 };
}
