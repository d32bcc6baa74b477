/*
 * Starting a command under filters. See spawn.h; execve(2), clone(2).
 */
#include "os/spawn.h"

#include "base/cleanup.h"
#include "os/random.h"
#include "os/seccomp.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#define SHELL "/bin/sh"
#define DEFAULT_PATH "/bin:/usr/bin"
#define STACK_SIZE ((size_t)256 << 10)
#define NOT_EXECUTABLE 126
#define NOT_FOUND 127

/* What the child tells the parent, in a page that both have. */
struct report {
	enum cg_launch_stage stage;
	int listener;
	struct cg_err err;
};

/* A launch and what had to be allocated for it before any filter was in force. */
struct launcher {
	const struct cg_launch *launch;
	struct report *report;
	char **shell_argv; /* sh PATH ARGUMENTS…, for a script without #! */
};

int cg_token_make(uint64_t *ret_token, struct cg_err *err)
{
	unsigned long words[CG_TOKEN_WORDS];
	int r = cg_random_fill(words, sizeof(words), err);

	for (unsigned int i = 0; r == 0 && i < CG_TOKEN_WORDS; i++)
		ret_token[i] = words[i];
	return r;
}

/* 0 when it is a file that we may execute, else what execve(2) would say. */
static int check_file(const char *path)
{
	struct stat status;

	if (stat(path, &status) < 0)
		return -errno;
	if (!S_ISREG(status.st_mode))
		return -EACCES;
	return faccessat(AT_FDCWD, path, X_OK, AT_EACCESS) < 0 ? -errno : 0;
}

static int fail_to_find(const char *name, int code, struct cg_err *err)
{
	if (!name[0])
		return cg_err_set(err, code, NULL, "the name of the command is empty");
	if (code == -ENOENT)
		return cg_err_set(err, code, name, strchr(name, '/') ? "no such file" : "command not found");
	return cg_err_set(err, code, name, "cannot execute: %s", strerror(-code));
}

/* The next folder of a PATH, "" standing for the current one; *rest becomes NULL behind the last. */
static int try_next_folder(const char **rest, const char *name, char **ret_path, bool *ret_is_there)
{
	size_t length = strcspn(*rest, ":");
	char *path = NULL;
	int r;

	if (length)
		r = asprintf(&path, "%.*s/%s", (int)length, *rest, name);
	else
		r = asprintf(&path, "./%s", name);
	if (r < 0)
		return -ENOMEM;
	*rest = (*rest)[length] ? *rest + length + 1 : NULL;

	r = check_file(path);
	*ret_is_there = faccessat(AT_FDCWD, path, F_OK, AT_EACCESS) == 0;
	if (r < 0)
		free(path);
	else
		*ret_path = path;
	return r;
}

int cg_spawn_find(const char *name, char **ret_path, struct cg_err *err)
{
	const char *rest = getenv("PATH");
	int result = -ENOENT, r;
	bool is_there = false;

	if (strchr(name, '/')) {
		r = check_file(name);
		if (r < 0)
			return fail_to_find(name, r, err);
		*ret_path = strdup(name);
		return *ret_path ? 0 : cg_err_memory(err);
	}
	if (!name[0])
		return fail_to_find(name, -ENOENT, err);

	for (rest = rest ? rest : DEFAULT_PATH; rest;) {
		r = try_next_folder(&rest, name, ret_path, &is_there);
		if (r == 0)
			return 0;
		if (r == -ENOMEM)
			return cg_err_memory(err);
		/* Told if nothing better comes; a folder that we may not look into has, as for a shell, nothing in it.
		 */
		if (r == -EACCES && is_there)
			result = r;
	}
	return fail_to_find(name, result, err);
}

static bool is_script(const char *path)
{
	FILE *file = fopen(path, "re");
	bool is_it = file && getc(file) == '#' && getc(file) == '!';

	if (file)
		fclose(file);
	return is_it;
}

const char *cg_spawn_privilege(const char *path)
{
	struct stat status;
	struct statvfs mount;
	char capabilities[64];

	/* The kernel gives a script's bits to nobody, and on a nosuid mount none count. */
	if (stat(path, &status) < 0 || statvfs(path, &mount) < 0 || mount.f_flag & ST_NOSUID || is_script(path))
		return NULL;
	if (status.st_mode & S_ISUID && status.st_uid != geteuid())
		return "set-uid";
	if ((status.st_mode & (S_ISGID | S_IXGRP)) == (S_ISGID | S_IXGRP) && status.st_gid != getegid())
		return "set-gid";
	if (geteuid() != 0 && getxattr(path, "security.capability", capabilities, sizeof(capabilities)) > 0)
		return "file capabilities";
	return NULL;
}

void cg_signals_hold(struct cg_signal_state *ret_state)
{
	static const int faults[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGSYS, SIGABRT };
	struct sigaction standard = { .sa_handler = SIG_DFL };
	sigset_t mask;

	sigfillset(&mask);
	for (size_t i = 0; i < CG_N_ITEMS(faults); i++)
		sigdelset(&mask, faults[i]);
	sigprocmask(SIG_BLOCK, &mask, &ret_state->mask);
	sigaction(SIGCHLD, &standard, &ret_state->on_child);
}

void cg_signals_restore(const struct cg_signal_state *state)
{
	sigaction(SIGCHLD, &state->on_child, NULL);
	sigprocmask(SIG_SETMASK, &state->mask, NULL);
}

/*
 * execve(2) would do the same, but until then a signal must not run a handler of the program that we are part of, in a
 * process under filters that it knows nothing of.
 */
static void drop_handlers(void)
{
	struct sigaction standard = { .sa_handler = SIG_DFL }, current;

	for (int i = 1; i < NSIG; i++)
		if (sigaction(i, NULL, &current) == 0 && current.sa_handler != SIG_DFL && current.sa_handler != SIG_IGN)
			sigaction(i, &standard, NULL);
}

static int prepare(const struct cg_launch *launch, struct launcher *ret_launcher, struct cg_err *err)
{
	size_t n_args = 0;
	char **shell_argv;

	while (launch->argv[n_args])
		n_args++;
	shell_argv = calloc(n_args + 3, sizeof(*shell_argv));
	if (!shell_argv)
		return cg_err_memory(err);
	shell_argv[0] = (char *)SHELL;
	shell_argv[1] = (char *)launch->path;
	for (size_t i = 1; i < n_args; i++)
		shell_argv[i + 1] = launch->argv[i];

	*ret_launcher = (struct launcher){ .launch = launch, .shell_argv = shell_argv };
	return 0;
}

/* WAIT_KILLABLE_RECV is better and not needed: kernels before 5.19 do without it. */
static int load_with_listener(const struct cg_filter *filter, unsigned int flags, int *ret_listener, struct cg_err *err)
{
	struct cg_err failure = { 0 };
	int r;

	flags |= CG_SECCOMP_NEW_LISTENER;
	r = cg_seccomp_load(filter, flags | CG_SECCOMP_WAIT_KILLABLE_RECV, ret_listener, &failure);
	if (r == -EINVAL)
		return cg_seccomp_load(filter, flags, ret_listener, err);
	if (r < 0 && err)
		*err = failure;
	return r;
}

static int load_filters(const struct cg_launch *launch, int *ret_listener, struct cg_err *err)
{
	int r = launch->keeps_privs ? 0 : cg_no_new_privs_set(err);

	for (size_t i = 0; r == 0 && i < launch->n_filters; i++) {
		if (launch->wants_listener && i == launch->n_filters - 1)
			r = load_with_listener(launch->filters[i], launch->flags, ret_listener, err);
		else
			r = cg_seccomp_load(launch->filters[i], launch->flags, NULL, err);
	}
	return r;
}

/* Raw, because the C library clears the registers that carry the token. Returns only with an error. */
static int execute(const struct launcher *launcher)
{
	const struct cg_launch *launch = launcher->launch;
	const uint64_t *token = launch->token;

	syscall(SYS_execve, launch->path, launch->argv, launch->environment, (unsigned long)token[0],
		(unsigned long)token[1], (unsigned long)token[2]);
	if (errno == ENOEXEC)
		syscall(SYS_execve, SHELL, launcher->shell_argv, launch->environment, (unsigned long)token[0],
			(unsigned long)token[1], (unsigned long)token[2]);
	return -errno;
}

/* AddressSanitizer has its own ideas of a function that does not return and of a stack that is not its thread's. */
#define ON_FOREIGN_STACK __attribute__((no_sanitize("address")))

/*
 * Out of a process under filters that may forbid even this: then by a fault, which asks no filter. Raw, because exit
 * handlers (LeakSanitizer's in _exit(2) too) would make other calls.
 */
static _Noreturn ON_FOREIGN_STACK void leave(const struct cg_launch *launch, bool may_exit, int status)
{
	if (may_exit)
		syscall(SYS_exit_group, (long)status, 0L, 0L, (unsigned long)launch->token[0],
			(unsigned long)launch->token[1], (unsigned long)launch->token[2]);
	__builtin_trap();
}

static int fail_to_execute(const struct cg_launch *launch, int code, struct cg_err *err)
{
	/* The file was there a moment ago: what is missing is its interpreter. */
	if (code == -ENOENT)
		return cg_err_set(err, code, launch->path, "cannot execute: its interpreter is missing");
	return cg_err_set(err, code, launch->path, "cannot execute: %s", strerror(-code));
}

static ON_FOREIGN_STACK int run_child(void *argument)
{
	struct launcher *launcher = argument;
	const struct cg_launch *launch = launcher->launch;
	struct report *report = launcher->report;

	/* All this before the filters, which may forbid it. */
	drop_handlers();
	if (launch->signals)
		cg_signals_restore(launch->signals);
	if (load_filters(launch, &report->listener, &report->err) < 0)
		leave(launch, true, 1); /* the last filter is not in force, and only it may forbid that */
	report->stage = CG_LAUNCH_EXECUTING;
	fail_to_execute(launch, execute(launcher), &report->err);
	leave(launch, launch->may_exit, 1);
}

/* The child has executed or ended, so its report is whole. */
static int collect(const struct report *report, pid_t pid, pid_t *ret_pid, int *ret_listener, struct cg_err *err)
{
	if (report->err.code == 0) {
		*ret_listener = report->listener;
		*ret_pid = pid;
		return 0;
	}
	if (report->listener >= 0)
		close(report->listener);
	waitpid(pid, NULL, 0);
	if (err)
		*err = report->err;
	return report->err.code;
}

/*
 * CLONE_FILES: the listener appears in our table too, under the number that the report tells; execve(2) gives the child
 * a table of its own before it closes anything. CLONE_VFORK: we sleep until that has happened, so the report is whole.
 * The rest of the memory is not shared, so the child can do no harm to ours.
 */
int cg_launch_child(const struct cg_launch *launch, pid_t *ret_pid, int *ret_listener, enum cg_launch_stage *ret_stage,
		    struct cg_err *err)
{
	struct launcher launcher = { 0 };
	char *memory;
	pid_t pid;
	int r;

	*ret_stage = CG_LAUNCH_LOADING;
	r = prepare(launch, &launcher, err);
	if (r < 0)
		return r;
	memory = mmap(NULL, STACK_SIZE + sizeof(struct report), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		      0);
	if (memory == MAP_FAILED) {
		free(launcher.shell_argv);
		return cg_err_memory(err);
	}
	launcher.report = (struct report *)(memory + STACK_SIZE);
	launcher.report->listener = -1;

	pid = clone(run_child, memory + STACK_SIZE, CLONE_FILES | CLONE_VFORK | SIGCHLD, &launcher);
	if (pid < 0)
		r = cg_err_set(err, -errno, NULL, "cannot start a process: %s", strerror(errno));
	else
		r = collect(launcher.report, pid, ret_pid, ret_listener, err);
	*ret_stage = launcher.report->stage;
	munmap(memory, STACK_SIZE + sizeof(struct report));
	free(launcher.shell_argv);
	return r;
}

int cg_launch_here(const struct cg_launch *launch, void (*fail)(const struct cg_err *err), struct cg_err *err)
{
	struct launcher launcher = { 0 };
	struct cg_err failure = { 0 };
	int listener = -1, r;

	r = prepare(launch, &launcher, err);
	if (r < 0)
		return r;
	drop_handlers();
	if (launch->signals)
		cg_signals_restore(launch->signals);
	r = load_filters(launch, &listener, err);
	if (r < 0) {
		free(launcher.shell_argv);
		return r;
	}

	fail_to_execute(launch, execute(&launcher), &failure);
	fail(&failure);
	leave(launch, launch->may_exit, failure.code == -ENOENT ? NOT_FOUND : NOT_EXECUTABLE);
}

int cg_shell_status(int status)
{
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

bool cg_child_has_ended(pid_t pid, int *ret_status)
{
	int status;

	if (waitpid(pid, &status, WNOHANG) != pid)
		return false;
	*ret_status = cg_shell_status(status);
	return true;
}
