/*
 * Live tests of recording: workloads (tests/live/workload.c) whose calls are known beforehand, recorded, and every
 * count compared. Also that a command cannot tell that it is recorded: signals, terminals, exit status, descriptors.
 *
 * Each recording is made in a child with a time limit, which hands it over in a file: so nobody's recordings are looked
 * at by root, and a recorder that hangs is a failure and not a hang.
 */
#include "api/record.h"

#include "abi/syscalls.h"
#include "base/cleanup.h"
#include "os/file.h"
#include "os/procfs.h"
#include "source/sources.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/bpf.h>
#include <pty.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <cmocka.h>

#define TIME_LIMIT 120 /* seconds for one recording */
#define NOBODY 65534
#define N_ROUNDS_DEFAULT 1 /* of the tests of counts; CALLGATE_ROUNDS=20 is what must hold */

static char folder[] = "/tmp/callgate-test-XXXXXX";
static char workload[PATH_MAX];
static const char *backend = "ptrace"; /* of recordings that name none */

struct outcome {
	int answer; /* of cg_record() */
	int status; /* to exit with */
	struct cg_err err;
	struct cg_recording *recording;
};

static const char *in_folder(const char *name)
{
	static char path[256];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return path;
}

static unsigned int n_rounds(void)
{
	const char *text = getenv("CALLGATE_ROUNDS");

	return text ? (unsigned int)strtoul(text, NULL, 10) : N_ROUNDS_DEFAULT;
}

/* In the child: records, leaves the recording and the answer in files. */
static void __attribute__((noreturn)) record_here(const struct cg_record_options *options)
{
	struct cg_record_options chosen = *options;
	struct outcome outcome = { .answer = 0 };
	struct cg_text text = { 0 };

	if (!chosen.backend)
		chosen.backend = backend;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	alarm(TIME_LIMIT);
	outcome.answer = cg_record(&chosen, &outcome.recording, &outcome.status, &outcome.err);
	if (outcome.answer == 0)
		cg_recording_write(outcome.recording, &text);
	outcome.recording = NULL;
	if (cg_file_write(in_folder("recording"), cg_text_get(&text), text.length, NULL) < 0 ||
	    cg_file_write(in_folder("outcome"), (const char *)&outcome, sizeof(outcome), NULL) < 0)
		_exit(1);
	_exit(0);
}

static void become(uid_t user)
{
	/* A process that has changed its user may not be traced, nor may its children, until it executes a program. */
	if (user && (setgid(user) < 0 || setuid(user) < 0 || prctl(PR_SET_DUMPABLE, 1) < 0))
		_exit(1);
}

static pid_t begin_recording(const struct cg_record_options *options, uid_t user)
{
	pid_t pid;

	unlink(in_folder("recording"));
	unlink(in_folder("outcome"));
	fflush(NULL);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		int nowhere = open("/dev/null", O_WRONLY);

		/* What workloads print is not for the tally. */
		dup2(nowhere, STDOUT_FILENO);
		close(nowhere);
		become(user);
		record_here(options);
	}
	return pid;
}

static struct outcome read_outcome(void)
{
	struct cg_text text = { 0 };
	struct outcome outcome;
	struct cg_err err;

	assert_int_equal(cg_file_read(in_folder("outcome"), sizeof(outcome), &text, NULL), 0);
	assert_int_equal(text.length, sizeof(outcome));
	memcpy(&outcome, text.data, sizeof(outcome));
	cg_text_clear(&text);
	if (outcome.answer == 0) {
		assert_int_equal(cg_file_read(in_folder("recording"), CG_RECORDING_SIZE_LIMIT, &text, NULL), 0);
		if (cg_recording_read("recording", cg_text_get(&text), text.length, &outcome.recording, &err) < 0)
			fail_msg("%s: %s", err.place, err.message);
	}
	cg_text_done(&text);
	return outcome;
}

static struct outcome end_recording(pid_t pid)
{
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (status)
		fail_msg("the recorder ended with wait status %#x (14: it took more than %d s)", status, TIME_LIMIT);
	return read_outcome();
}

static struct outcome record_as(uid_t user, char *const *argv)
{
	const struct cg_record_options options = { .argv = argv };
	struct outcome outcome = end_recording(begin_recording(&options, user));

	if (outcome.answer < 0)
		fail_msg("%s: %s", argv[0], outcome.err.message);
	return outcome;
}

#define RECORD(...) record_as(0, (char *[]){ __VA_ARGS__, NULL })
#define WORKLOAD(...) RECORD(workload, __VA_ARGS__)

static const struct cg_recorded_call *find(const struct outcome *outcome, const char *arch, const char *name)
{
	static const struct cg_recorded_call none;
	const struct cg_run *run = outcome->recording->runs.items[0];
	uint32_t nr;

	assert_true(cg_syscall_number(cg_arch_find(arch), name, &nr));
	for (size_t i = 0; i < run->calls.n_items; i++)
		if (run->calls.items[i].arch == cg_arch_find(arch) && run->calls.items[i].nr == nr)
			return &run->calls.items[i];
	return &none;
}

static const struct cg_recorded_call *native(const struct outcome *outcome, const char *name)
{
	return find(outcome, cg_arch_native()->name, name);
}

static void check_count(const struct outcome *outcome, const char *name, uint64_t count)
{
	const struct cg_recorded_call *call = native(outcome, name);

	if (call->count != count)
		fail_msg("%s: %llu calls, and should be %llu (%llu restarts, %llu unfinished)", name,
			 (unsigned long long)call->count, (unsigned long long)count,
			 (unsigned long long)call->n_restarts, (unsigned long long)call->n_unfinished);
}

static bool has_remark(const struct outcome *outcome, const char *word)
{
	const struct cg_run *run = outcome->recording->runs.items[0];

	for (size_t i = 0; i < run->remarks.n_items; i++)
		if (strstr(run->remarks.items[i], word))
			return true;
	return false;
}

static void done(struct outcome *outcome)
{
	outcome->recording = cg_recording_free(outcome->recording);
}

/* 100,000 calls from 8 threads, of which the recorder stops half once and half twice. */
static void check_threads(uid_t user)
{
	struct outcome outcome = record_as(user, (char *[]){ workload, "threads", "8", "6250", NULL });

	assert_int_equal(outcome.status, 0);
	check_count(&outcome, "getppid", 50000);
	check_count(&outcome, "getpgid", 50000);
	assert_int_equal(native(&outcome, "getppid")->programs.items[0].count, 50000);
	check_count(&outcome, "execve", 1);
	check_count(&outcome, "exit", 8);
	check_count(&outcome, "exit_group", 1);
	done(&outcome);
}

static void test_counts_of_threads(void **state)
{
	for (unsigned int i = 0; i < n_rounds(); i++)
		check_threads(0);
}

static void check_processes(uid_t user)
{
	struct outcome outcome = record_as(user, (char *[]){ workload, "processes", "999", NULL });

	assert_int_equal(outcome.status, 0);
	check_count(&outcome, "fork", 333);
	check_count(&outcome, "vfork", 333);
	check_count(&outcome, "clone", 333);
	check_count(&outcome, "getppid", 999);
	check_count(&outcome, "getpgid", 999);
	check_count(&outcome, "exit_group", 1000);
	check_count(&outcome, "wait4", 999);
	done(&outcome);
}

static void test_counts_of_processes(void **state)
{
	for (unsigned int i = 0; i < n_rounds(); i++)
		check_processes(0);
}

static void test_counts_of_a_crowd(void **state)
{
	for (unsigned int i = 0; i < n_rounds(); i++) {
		struct outcome outcome = WORKLOAD("crowd", "1000");

		assert_int_equal(outcome.status, 0);
		check_count(&outcome, "fork", 1000);
		check_count(&outcome, "getppid", 1000);
		check_count(&outcome, "getpgid", 1000);
		check_count(&outcome, "exit_group", 1001);
		done(&outcome);
	}
}

/* Attempts that the kernel restarts are no calls: docs/ARCHITECTURE.md, "Recording". */
static void test_counts_under_signals(void **state)
{
	for (unsigned int i = 0; i < n_rounds(); i++) {
		struct outcome outcome = WORKLOAD("storm", "500");

		assert_int_equal(outcome.status, 0);
		check_count(&outcome, "fork", 500);
		check_count(&outcome, "wait4", 500);
		check_count(&outcome, "exit_group", 501);
		done(&outcome);
	}
}

static void test_interrupted_calls(void **state)
{
	struct outcome outcome = WORKLOAD("interrupts", "100");

	assert_int_equal(outcome.status, 0);
	check_count(&outcome, "rt_sigreturn", 100);
	check_count(&outcome, "nanosleep", 0);
	assert_int_equal(native(&outcome, "nanosleep")->n_restarts, 100);
	assert_int_equal(native(&outcome, "rt_sigreturn")->errors.n_items, 0);
	done(&outcome);
}

static void test_int80(void **state)
{
	struct outcome outcome = WORKLOAD("int80", "1000");

	if (outcome.status == 0) {
		assert_int_equal(find(&outcome, "x86", "getpgid")->count, 1000);
		check_count(&outcome, "getpgid", 1000);
	} else {
		assert_int_equal(outcome.status, 77);
		print_message("int 0x80 is x86's: skipped\n");
	}
	done(&outcome);
}

/* Emulated by the kernel in a page fault: such a call has no exit that a tracer could see. */
static void test_vsyscall(void **state)
{
	struct outcome outcome = WORKLOAD("vsyscall", "100");

	if (outcome.status == 0) {
		check_count(&outcome, "time", 100);
	} else {
		assert_int_equal(outcome.status, 77);
		print_message("this kernel has no vsyscall page: skipped\n");
	}
	done(&outcome);
}

static void test_exec_from_a_thread(void **state)
{
	struct outcome outcome = WORKLOAD("exec-thread");

	assert_int_equal(outcome.status, 0);
	check_count(&outcome, "execve", 2);
	check_count(&outcome, "getpgid", 1);
	check_count(&outcome, "exit_group", 1);
	assert_int_equal(native(&outcome, "pause")->n_unfinished, 1);
	assert_int_equal(native(&outcome, "futex")->n_unfinished, 1);
	done(&outcome);
}

static void test_killed(void **state)
{
	for (unsigned int i = 0; i < n_rounds(); i++) {
		struct outcome outcome = WORKLOAD("killed", "1000");

		assert_int_equal(outcome.status, 128 + SIGKILL);
		assert_int_equal(outcome.recording->runs.items[0]->exit_status, SIGKILL);
		assert_false(outcome.recording->runs.items[0]->is_partial);
		check_count(&outcome, "getppid", 1000);
		check_count(&outcome, "getpgid", 1000);
		assert_int_equal(native(&outcome, "kill")->n_unfinished, 1);
		assert_int_equal(native(&outcome, "pause")->n_unfinished, 1);
		/* Its child read the end of the pipe and ended by itself. */
		check_count(&outcome, "exit_group", 1);
		done(&outcome);
	}
}

static void test_stopped_and_continued(void **state)
{
	struct outcome outcome = WORKLOAD("stopped");

	assert_int_equal(outcome.status, 0);
	done(&outcome);
}

static void test_signals_keep_their_sender(void **state)
{
	struct outcome outcome = WORKLOAD("siginfo");

	assert_int_equal(outcome.status, 0);
	done(&outcome);
}

static void test_own_filter(void **state)
{
	struct outcome outcome = WORKLOAD("own-filter", "100");

	if (outcome.status == 4) {
		print_message("the kernel lets no tracer skip a call (before Linux 6.16): part skipped\n");
	} else {
		assert_int_equal(outcome.status, 0);
		assert_int_equal(native(&outcome, "getpgid")->count, 0);
		assert_int_equal(native(&outcome, "getpgid")->n_denied, 200);
		assert_int_equal(native(&outcome, "getsid")->n_denied, 100);
		check_count(&outcome, "getppid", 100);
		check_count(&outcome, "fork", 100);
		check_count(&outcome, "exit_group", 101);
	}
	assert_true(has_remark(&outcome, "filter of its own"));
	done(&outcome);

	outcome = WORKLOAD("killed-by-filter");
	assert_int_equal(outcome.status, 128 + SIGSYS);
	assert_int_equal(native(&outcome, "getpgid")->n_denied, 1);
	assert_int_equal(native(&outcome, "getpgid")->n_unfinished, 0);
	done(&outcome);
}

static void test_traces_by_itself(void **state)
{
	struct outcome outcome = WORKLOAD("traces");

	assert_int_equal(outcome.status, 0);
	assert_true(has_remark(&outcome, "PTRACE_TRACEME"));
	assert_true(has_remark(&outcome, workload));
	done(&outcome);
}

/* What goes on in the background is recorded to its end; the status is the command's. */
static void test_background(void **state)
{
	struct outcome outcome = WORKLOAD("daemon", "300");

	assert_int_equal(outcome.status, 5);
	check_count(&outcome, "getpgid", 1);
	check_count(&outcome, "exit_group", 2);
	done(&outcome);
}

static void test_not_started(void **state)
{
	static const char bad_interpreter[] = "#!/no/such/interpreter\n", script[] = "exit 9\n";
	char path[PATH_MAX];
	struct outcome outcome;

	outcome = RECORD("/no/such/program");
	assert_int_equal(outcome.answer, 127);
	outcome = RECORD("no-such-program-on-the-path");
	assert_int_equal(outcome.answer, 127);
	assert_non_null(strstr(outcome.err.place, "no-such-program-on-the-path"));
	outcome = RECORD("/etc/passwd");
	assert_int_equal(outcome.answer, 126);
	outcome = RECORD("/");
	assert_int_equal(outcome.answer, 126);

	snprintf(path, sizeof(path), "%s", in_folder("script"));
	assert_int_equal(cg_file_write(path, bad_interpreter, strlen(bad_interpreter), NULL), 0);
	assert_int_equal(chmod(path, 0755), 0);
	outcome = RECORD(path);
	assert_int_equal(outcome.answer, 127);
	/* Without a #! it is a shell's script, as for execvp(3). */
	assert_int_equal(cg_file_write(path, script, strlen(script), NULL), 0);
	outcome = RECORD(path);
	assert_int_equal(outcome.answer, 0);
	assert_int_equal(outcome.status, 9);
	check_count(&outcome, "execve", 1);
	done(&outcome);
}

static void test_errors_and_values(void **state)
{
	struct cg_record_options options = { .argv = (char *[]){ "cat", "/no/such/file", NULL } };
	struct outcome outcome = end_recording(begin_recording(&options, 0));
	const struct cg_recorded_call *call = native(&outcome, "openat");
	bool has_noent = false;

	assert_int_equal(outcome.status, 1);
	for (size_t i = 0; i < call->errors.n_items; i++)
		has_noent |= call->errors.items[i].number == ENOENT;
	assert_true(has_noent);
	assert_non_null(call->args[0]);
	done(&outcome);

	options.without_args = true;
	outcome = end_recording(begin_recording(&options, 0));
	call = native(&outcome, "openat");
	assert_true(call->count > 0);
	for (int i = 0; i < 6; i++)
		assert_null(call->args[i]);
	done(&outcome);

	options.backend = "ptracee";
	outcome = end_recording(begin_recording(&options, 0));
	assert_int_equal(outcome.answer, -ENOENT);
	assert_non_null(strstr(outcome.err.message, "did you mean ptrace"));
}

/* Is this process asleep in clock_nanosleep(2), not stopped? /proc/PID/stat and /proc/PID/syscall, proc(5). */
static bool is_napping(int pid)
{
	char path[64], text[512] = "";
	unsigned int call = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	file = fopen(path, "re");
	if (!file || !fgets(text, sizeof(text), file))
		text[0] = '\0';
	if (file)
		fclose(file);
	if (!strstr(text, ") S "))
		return false;
	snprintf(path, sizeof(path), "/proc/%d/syscall", pid);
	file = fopen(path, "re");
	if (!file || fscanf(file, "%u", &call) != 1)
		call = 0;
	if (file)
		fclose(file);
	return call == SYS_clock_nanosleep;
}

/*
 * Until the command of this recorder sleeps: only then has everything begun that a test wants to interrupt. How long
 * that takes is the machine's business.
 */
static bool wait_for_nap(pid_t recorder)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", recorder, recorder);
	for (int i = 0; i < TIME_LIMIT * 100; i++) {
		FILE *file = fopen(path, "re");
		bool is_there = false;
		int pid;

		while (file && !is_there && fscanf(file, "%d", &pid) == 1)
			is_there = is_napping(pid);
		if (file)
			fclose(file);
		if (is_there)
			return true;
		usleep(10000);
	}
	return false;
}

/* The recorder is told to end: it passes that on, and what was recorded is whole. */
static void test_asked_to_end(void **state)
{
	const struct cg_record_options options = { .argv = (char *[]){ "sleep", "60", NULL } };
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };

	for (size_t i = 0; i < CG_N_ITEMS(signals); i++) {
		pid_t pid = begin_recording(&options, 0);
		struct outcome outcome;

		assert_true(wait_for_nap(pid));
		kill(pid, signals[i]);
		outcome = end_recording(pid);
		assert_int_equal(outcome.status, 128 + signals[i]);
		assert_true(outcome.recording->runs.items[0]->is_partial);
		check_count(&outcome, "execve", 1);
		/* Interrupted, then ended: an attempt, no call; a tracer sees these apart, and delivers the signal. */
		assert_int_equal(native(&outcome, "clock_nanosleep")->count, 0);
		assert_int_equal(native(&outcome, "clock_nanosleep")->n_restarts +
					 native(&outcome, "clock_nanosleep")->n_unfinished,
				 1);
		done(&outcome);
	}
}

/* Whoever does not want to end is killed: at the second asking, or after a while. */
static void test_stubborn(void **state)
{
	const struct cg_record_options options = { .argv = (char *[]){ workload, "stubborn", NULL } };
	pid_t pid = begin_recording(&options, 0);
	struct outcome outcome;

	assert_true(wait_for_nap(pid));
	kill(pid, SIGTERM);
	usleep(300000);
	kill(pid, SIGTERM);
	outcome = end_recording(pid);
	assert_int_equal(outcome.status, 128 + SIGKILL);
	assert_true(outcome.recording->runs.items[0]->is_partial);
	if (strcmp(backend, "ptrace") == 0) {
		/* An ignored signal interrupts whoever is traced: the nap went on as restart_syscall. */
		assert_int_equal(native(&outcome, "clock_nanosleep")->n_restarts, 1);
		assert_int_equal(native(&outcome, "restart_syscall")->n_unfinished, 1);
	} else if (strcmp(backend, "ebpf") == 0) {
		assert_int_equal(native(&outcome, "clock_nanosleep")->n_unfinished, 1);
	}
	done(&outcome);
}

static void test_duration(void **state)
{
	struct cg_record_options options = { .argv = (char *[]){ "sleep", "60", NULL }, .duration_ms = 300 };
	struct outcome outcome = end_recording(begin_recording(&options, 0));

	assert_int_equal(outcome.status, 128 + SIGTERM);
	assert_true(outcome.recording->runs.items[0]->is_partial);
	done(&outcome);

	options.argv = (char *[]){ workload, "stubborn", NULL };
	outcome = end_recording(begin_recording(&options, 0));
	assert_int_equal(outcome.status, 128 + SIGKILL);
	done(&outcome);
}

static char *read_text(const char *name)
{
	struct cg_text text = { 0 };

	assert_int_equal(cg_file_read(in_folder(name), 1 << 20, &text, NULL), 0);
	cg_text_add(&text, "");
	return cg_text_steal(&text);
}

/* Signal state, descriptors, groups, terminal, limits: recorded and not recorded, the command finds the same. */
static void test_the_command_finds_what_we_found(void **state)
{
	static const char script[] = "cat /proc/self/limits; ls /proc/self/fd | head -3; grep -E '^(Sig[^Q]|Shd)' "
				     "/proc/self/status; cut -d' ' -f5-8 /proc/self/stat; umask; pwd; env | sort";
	char plain_command[1024], recorded_command[1024], compare[PATH_MAX];
	int status;
	pid_t pid;
	struct outcome outcome;

	snprintf(plain_command, sizeof(plain_command), "{ %s; } > %s", script, in_folder("plain"));
	snprintf(recorded_command, sizeof(recorded_command), "{ %s; } > %s", script, in_folder("recorded"));
	/* Not system(3), whose child has glibc's own two signals ignored. */
	pid = fork();
	if (pid == 0) {
		execl("/bin/sh", "/bin/sh", "-c", plain_command, (char *)NULL);
		_exit(127);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	outcome = RECORD("/bin/sh", "-c", recorded_command);
	assert_int_equal(outcome.status, 0);
	snprintf(compare, sizeof(compare), "cd %s && diff plain recorded >&2", folder);
	assert_int_equal(system(compare), 0);
	done(&outcome);
}

static void test_no_new_privs(void **state)
{
	char command[PATH_MAX + 64];
	struct outcome outcome;
	char *text;

	snprintf(command, sizeof(command), "grep NoNewPrivs /proc/self/status > %s", in_folder("nnp"));
	outcome = RECORD("/bin/sh", "-c", command);
	text = read_text("nnp");
	if (cg_proc_has_capability(21)) /* CAP_SYS_ADMIN */
		assert_string_equal(text, "NoNewPrivs:\t0\n");
	else
		print_message("not privileged: only root keeps no_new_privs off\n");
	free(text);
	done(&outcome);
}

static void test_as_nobody(void **state)
{
	char program[PATH_MAX];
	struct outcome outcome;
	struct stat status;
	char command[PATH_MAX * 2];

	if (getuid() != 0) {
		print_message("not root: everything here runs as this user already\n");
		return;
	}
	check_threads(NOBODY);
	check_processes(NOBODY);

	snprintf(program, sizeof(program), "%s", in_folder("id-of-root"));
	snprintf(command, sizeof(command), "install -m 4755 /usr/bin/id %s", program);
	assert_int_equal(system(command), 0);
	assert_int_equal(stat(program, &status), 0);
	outcome = record_as(NOBODY, (char *[]){ program, "-u", NULL });
	assert_int_equal(outcome.status, 0);
	assert_true(has_remark(&outcome, "set-uid"));
	done(&outcome);
	outcome = record_as(0, (char *[]){ program, "-u", NULL });
	assert_false(has_remark(&outcome, "set-uid"));
	done(&outcome);
}

/* A recorder inside a recorder may not trace, says so, and starts nothing. */
static void test_nested(void **state)
{
	char self[PATH_MAX];
	struct outcome outcome;

	assert_int_equal(cg_proc_exe(getpid(), self, sizeof(self)), 0);
	outcome = RECORD(self, "nested");
	assert_int_equal(outcome.status, 42);
	assert_true(has_remark(&outcome, "traces processes by itself"));
	done(&outcome);
}

static int be_nested(void)
{
	const struct cg_record_options options = { .argv = (char *[]){ "true", NULL }, .backend = "ptrace" };
	struct cg_recording *recording;
	struct cg_err err = { 0 };
	int status;

	return cg_record(&options, &recording, &status, &err) == -EPERM && strstr(err.message, "traced itself") ? 42 :
														  1;
}

/* On a terminal: a shell's part of job control. The job is a recorder in a process group of its own. */
static pid_t start_job(const struct cg_record_options *options)
{
	pid_t pid = fork();

	if (pid == 0) {
		setpgid(0, 0);
		/* In the background still: this would stop it. */
		signal(SIGTTOU, SIG_IGN);
		tcsetpgrp(0, getpid());
		signal(SIGTTOU, SIG_DFL);
		record_here(options);
	}
	return pid;
}

static int wait_for_job(pid_t pid, int options)
{
	int status = -1;

	alarm(20);
	if (waitpid(pid, &status, options) != pid)
		return -1;
	return status;
}

/* The shell, on its terminal; what it sees is its exit status: 0 all as without a recorder. */
static int be_shell(int ready)
{
	const struct cg_record_options options = { .argv = (char *[]){ workload, "waits", NULL } };
	pid_t job = start_job(&options);
	int status;

	/* ^Z */
	if (!wait_for_nap(job) || write(ready, "z", 1) != 1)
		return 1;
	status = wait_for_job(job, WUNTRACED);
	if (!WIFSTOPPED(status) || WSTOPSIG(status) != SIGTSTP)
		return 2;
	/* fg */
	kill(-job, SIGCONT);
	usleep(500000);
	if (waitpid(job, &status, WUNTRACED | WNOHANG) != 0)
		return 3;
	/* ^Z and fg once more */
	if (!wait_for_nap(job) || write(ready, "z", 1) != 1)
		return 1;
	status = wait_for_job(job, WUNTRACED);
	if (!WIFSTOPPED(status))
		return 4;
	/* only the recorder is told to go on: the command goes on too */
	kill(job, SIGCONT);
	usleep(500000);
	/* ^C */
	if (!wait_for_nap(job) || write(ready, "c", 1) != 1)
		return 1;
	status = wait_for_job(job, 0);
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : 5;
}

static void test_job_control(void **state)
{
	int master, ready[2], status;
	struct outcome outcome;
	char key, output[256];
	pid_t shell;

	unlink(in_folder("outcome"));
	assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
	fflush(NULL);
	shell = forkpty(&master, NULL, NULL, NULL);
	assert_true(shell >= 0);
	if (shell == 0)
		_exit(be_shell(ready[1]));
	close(ready[1]);
	while (read(ready[0], &key, 1) == 1) {
		static const char typed[] = { ['z'] = 'Z' - '@', ['c'] = 'C' - '@' };

		usleep(300000);
		assert_int_equal(write(master, &typed[(unsigned char)key], 1), 1);
	}
	close(ready[0]);
	while (read(master, output, sizeof(output)) > 0)
		;
	close(master);
	assert_int_equal(waitpid(shell, &status, 0), shell);
	if (status)
		fail_msg("the shell saw something else: wait status %#x", status);
	outcome = read_outcome();
	assert_int_equal(outcome.status, 128 + SIGINT);
	assert_false(outcome.recording->runs.items[0]->is_partial);
	done(&outcome);
}

/* The same workloads, counted by programs in the kernel: the same numbers. */
static bool begin_ebpf(void)
{
	struct cg_err err = { 0 };

	if (cg_source_ebpf.can(&err) < 0) {
		print_message("%s: skipped\n", err.message);
		return false;
	}
	backend = "ebpf";
	return true;
}

static int end_ebpf(void **state)
{
	backend = "ptrace";
	return 0;
}

static void test_ebpf_counts(void **state)
{
	if (!begin_ebpf())
		return;
	test_counts_of_threads(state);
	test_counts_of_processes(state);
	test_counts_of_a_crowd(state);
	test_counts_under_signals(state);
	test_interrupted_calls(state);
	test_int80(state);
	test_vsyscall(state);
	test_exec_from_a_thread(state);
	test_killed(state);
	test_own_filter(state);
}

/* What a filter's listener is asked is every call; errors and restarts are not its to know. */
static void test_notify(void **state)
{
	struct cg_err err = { 0 };
	struct outcome outcome;

	if (cg_source_notify.can(&err) < 0) {
		print_message("%s: skipped\n", err.message);
		return;
	}
	backend = "notify";
	test_counts_of_threads(state);
	test_counts_of_processes(state);
	test_counts_of_a_crowd(state);
	outcome = WORKLOAD("exec-thread");
	assert_int_equal(outcome.status, 0);
	check_count(&outcome, "execve", 2);
	check_count(&outcome, "getpgid", 1);
	check_count(&outcome, "exit_group", 1);
	done(&outcome);
	test_background(state);
	test_not_started(state);
	test_the_command_finds_what_we_found(state);
	test_stubborn(state);
	test_duration(state);
}

static void test_ebpf_commands(void **state)
{
	if (!begin_ebpf())
		return;
	test_stopped_and_continued(state);
	test_signals_keep_their_sender(state);
	test_background(state);
	test_not_started(state);
	test_the_command_finds_what_we_found(state);
	test_no_new_privs(state);
}

static void test_ebpf_ends(void **state)
{
	if (!begin_ebpf())
		return;
	test_asked_to_end(state);
	test_stubborn(state);
	test_duration(state);
}

static void test_ebpf_job_control(void **state)
{
	if (begin_ebpf())
		test_job_control(state);
}

/* Ten million, and not one more or less. */
static void test_ebpf_many(void **state)
{
	struct outcome outcome;

	if (!begin_ebpf())
		return;
	outcome = WORKLOAD("threads", "8", "625000");
	assert_int_equal(outcome.status, 0);
	check_count(&outcome, "getppid", 5000000);
	check_count(&outcome, "getpgid", 5000000);
	assert_int_equal(outcome.recording->runs.items[0]->remarks.n_items, 0);
	done(&outcome);
}

static void check_time(const struct cg_recorded_call *call)
{
	uint64_t n = 0;

	assert_non_null(call->time);
	assert_int_equal(call->time->n_calls, call->count);
	assert_true(call->time->max_ns > 0 && call->time->max_ns <= call->time->total_ns);
	assert_true(call->time->total_ns <= call->time->max_ns * call->time->n_calls);
	for (size_t i = 0; i < CG_TIME_BUCKETS; i++)
		n += call->time->buckets[i];
	assert_int_equal(n, call->count);
}

static void test_ebpf_time(void **state)
{
	struct cg_record_options options = { .argv = (char *[]){ "sleep", "0.2", NULL }, .with_time = true };
	const struct cg_recorded_call *call;
	struct outcome outcome;

	if (!begin_ebpf())
		return;
	outcome = end_recording(begin_recording(&options, 0));
	call = native(&outcome, "clock_nanosleep");
	check_time(call);
	/* 2^27 ns are 134 ms. */
	assert_true(call->time->max_ns >= 200000000);
	assert_int_equal(call->time->buckets[27] + call->time->buckets[28] + call->time->buckets[29], 1);
	check_time(native(&outcome, "mmap"));
	check_time(native(&outcome, "read")); /* the launcher reads too, before it is the command */
	assert_null(native(&outcome, "exit_group")->time);
	done(&outcome);

	options.backend = "ptrace";
	outcome = end_recording(begin_recording(&options, 0));
	assert_int_equal(outcome.answer, -EOPNOTSUPP);
	assert_non_null(strstr(outcome.err.message, "--backend ebpf"));
}

/* The program, the libraries that it maps, and the loader, which nobody maps by a call. */
static void test_ebpf_files(void **state)
{
	struct outcome outcome;
	const struct cg_run *run;
	bool has_self = false, has_libc = false, has_loader = false;

	if (!begin_ebpf())
		return;
	outcome = WORKLOAD("processes", "1");
	run = outcome.recording->runs.items[0];
	for (size_t i = 0; i < run->files.n_items; i++) {
		const struct cg_recorded_file *file = &run->files.items[i];

		has_self |= strcmp(file->path, workload) == 0;
		has_libc |= strstr(file->path, "libc.so") || strstr(file->path, "libc-");
		has_loader |= strstr(file->path, "/ld-") != NULL;
		assert_int_equal(file->path[0], '/');
		assert_true(strlen(file->build_id) >= 16);
	}
	assert_true(has_self);
	assert_true(has_libc);
	assert_true(has_loader);
	done(&outcome);
}

/* Values beyond what is kept: the smallest stay, whatever their order, and it is said that there were more. */
static void test_ebpf_values(void **state)
{
	struct outcome outcome;
	const struct cg_value_set *set;

	if (!begin_ebpf())
		return;
	outcome = WORKLOAD("values", "100");
	assert_int_equal(outcome.status, 0);
	check_count(&outcome, "umask", 101);
	set = native(&outcome, "umask")->args[0];
	assert_non_null(set);
	assert_true(set->has_overflow);
	assert_int_equal(set->n_values, CG_VALUES_LIMIT);
	for (unsigned int i = 0; i < CG_VALUES_LIMIT; i++)
		assert_int_equal(set->values[i], i);
	set = native(&outcome, "prctl")->args[1];
	assert_non_null(set);
	assert_int_equal(set->n_values, 1);
	assert_true(set->values[0] == UINT64_MAX);
	/* Numbers that no table has. */
	for (unsigned int i = 0; i < 5; i++) {
		const struct cg_run *run = outcome.recording->runs.items[0];
		bool is_there = false;

		for (size_t k = 0; k < run->calls.n_items; k++)
			is_there |= run->calls.items[k].nr == 100000 + i && run->calls.items[k].count == 1 &&
				    run->calls.items[k].errors.n_items == 1;
		assert_true(is_there);
	}
	done(&outcome);
}

/* The eBPF programs that a process holds. */
static size_t programs_of(pid_t pid, uint32_t *ret_ids, size_t n_room)
{
	char path[PATH_MAX], line[256];
	struct dirent *entry;
	size_t n = 0;
	DIR *folder_of;

	snprintf(path, sizeof(path), "/proc/%d/fdinfo", pid);
	folder_of = opendir(path);
	assert_non_null(folder_of);
	while ((entry = readdir(folder_of))) {
		FILE *file;

		snprintf(path, sizeof(path), "/proc/%d/fdinfo/%s", pid, entry->d_name);
		file = entry->d_name[0] == '.' ? NULL : fopen(path, "r");
		while (file && n < n_room && fgets(line, sizeof(line), file))
			if (sscanf(line, "prog_id: %u", &ret_ids[n]) == 1)
				n++;
		if (file)
			fclose(file);
	}
	closedir(folder_of);
	return n;
}

static bool is_loaded(uint32_t id)
{
	union bpf_attr attributes;
	int fd;

	memset(&attributes, 0, sizeof(attributes));
	attributes.prog_id = id;
	fd = (int)syscall(SYS_bpf, BPF_PROG_GET_FD_BY_ID, &attributes, sizeof(attributes));
	if (fd >= 0)
		close(fd);
	return fd >= 0 || errno != ENOENT;
}

/* More calls than there is room for: what has no name is counted all the same. */
static void test_ebpf_many_numbers(void **state)
{
	struct outcome outcome;
	const struct cg_run *run;
	uint64_t n_listed = 0, n_errors = 0;

	if (!begin_ebpf())
		return;
	outcome = WORKLOAD("numbers", "20000");
	assert_int_equal(outcome.status, 0);
	run = outcome.recording->runs.items[0];
	for (size_t i = 0; i < run->calls.n_items; i++) {
		if (run->calls.items[i].nr < 100000)
			continue;
		n_listed += run->calls.items[i].count;
		for (size_t k = 0; k < run->calls.items[i].errors.n_items; k++)
			n_errors += run->calls.items[i].errors.items[k].count;
	}
	assert_true(n_listed > 16000);
	assert_int_equal(n_errors, n_listed);
	/* The last call of all comes when there is no room any more. */
	assert_int_equal(n_listed + run->n_unlisted, 20000 + 1);
	done(&outcome);
}

/* More programs than there is room for: their calls count, their names are missing, and that is remarked. */
static void test_ebpf_many_programs(void **state)
{
	char command[1024];
	struct outcome outcome;

	if (!begin_ebpf())
		return;
	snprintf(command, sizeof(command),
		 "cd %s && mkdir many && i=0; while [ $i -lt 530 ]; do ln workload many/$i; many/$i values 0 || exit 1; "
		 "i=$((i + 1)); done; rm -r many", folder);
	outcome = RECORD("/bin/sh", "-c", command);
	assert_int_equal(outcome.status, 0);
	check_count(&outcome, "umask", 530);
	assert_int_equal(native(&outcome, "umask")->programs.n_items, CG_PROGRAMS_LIMIT);
	assert_true(outcome.recording->runs.items[0]->files.n_items >= 505);
	assert_true(has_remark(&outcome, "not listed"));
	done(&outcome);
}

/* Callgate is killed: the command runs on, unharmed, and nothing of ours stays in the kernel. */
static void test_ebpf_killed_recorder(void **state)
{
	char command[1024], path[256];
	const struct cg_record_options options = { .argv = (char *[]){ "/bin/sh", "-c", command, NULL } };
	uint32_t ids[64];
	struct stat file;
	size_t n_ids;
	int status;
	pid_t pid;

	if (!begin_ebpf())
		return;
	snprintf(path, sizeof(path), "%s", in_folder("survived"));
	snprintf(command, sizeof(command), "touch %s.begun; sleep 0.5; touch %s", path, path);
	pid = begin_recording(&options, 0);
	snprintf(command, sizeof(command), "%s.begun", path);
	for (int i = 0; i < 1000 && stat(command, &file) < 0; i++)
		usleep(10000);
	assert_int_equal(stat(command, &file), 0);
	n_ids = programs_of(pid, ids, CG_N_ITEMS(ids));
	assert_true(n_ids >= 5);
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	for (size_t i = 0; i < n_ids; i++) {
		/* The kernel frees them in its own time. */
		for (int k = 0; k < 500 && is_loaded(ids[i]); k++)
			usleep(10000);
		assert_false(is_loaded(ids[i]));
	}
	for (int i = 0; i < 300 && stat(path, &file) < 0; i++)
		usleep(10000);
	assert_int_equal(stat(path, &file), 0);
}

/* A copy that nobody can execute, wherever the build lies. */
static int set_up(void **state)
{
	char self[PATH_MAX], command[PATH_MAX * 4];
	const char *given = getenv("CALLGATE_WORKLOAD");

	if (!mkdtemp(folder) || cg_proc_exe(getpid(), self, sizeof(self)) < 0)
		return -1;
	*strrchr(self, '/') = '\0';
	snprintf(workload, sizeof(workload), "%s/workload", folder);
	snprintf(command, sizeof(command), "install -m 755 %s%s %s && chmod 777 %s", given ? given : self,
		 given ? "" : "/../tests/live/workload", workload, folder);
	return system(command);
}

static int tear_down(void **state)
{
	char command[PATH_MAX];

	snprintf(command, sizeof(command), "rm -r %s", folder);
	return system(command);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_counts_of_threads),
		cmocka_unit_test(test_counts_of_processes),
		cmocka_unit_test(test_counts_of_a_crowd),
		cmocka_unit_test(test_counts_under_signals),
		cmocka_unit_test(test_interrupted_calls),
		cmocka_unit_test(test_int80),
		cmocka_unit_test(test_vsyscall),
		cmocka_unit_test(test_exec_from_a_thread),
		cmocka_unit_test(test_killed),
		cmocka_unit_test(test_stopped_and_continued),
		cmocka_unit_test(test_signals_keep_their_sender),
		cmocka_unit_test(test_own_filter),
		cmocka_unit_test(test_traces_by_itself),
		cmocka_unit_test(test_background),
		cmocka_unit_test(test_not_started),
		cmocka_unit_test(test_errors_and_values),
		cmocka_unit_test(test_asked_to_end),
		cmocka_unit_test(test_stubborn),
		cmocka_unit_test(test_duration),
		cmocka_unit_test(test_the_command_finds_what_we_found),
		cmocka_unit_test(test_no_new_privs),
		cmocka_unit_test(test_as_nobody),
		cmocka_unit_test(test_nested),
		cmocka_unit_test(test_job_control),
		cmocka_unit_test_teardown(test_notify, end_ebpf),
		cmocka_unit_test_teardown(test_ebpf_counts, end_ebpf),
		cmocka_unit_test_teardown(test_ebpf_commands, end_ebpf),
		cmocka_unit_test_teardown(test_ebpf_ends, end_ebpf),
		cmocka_unit_test_teardown(test_ebpf_job_control, end_ebpf),
		cmocka_unit_test_teardown(test_ebpf_many, end_ebpf),
		cmocka_unit_test_teardown(test_ebpf_time, end_ebpf),
		cmocka_unit_test_teardown(test_ebpf_files, end_ebpf),
		cmocka_unit_test_teardown(test_ebpf_values, end_ebpf),
		cmocka_unit_test_teardown(test_ebpf_many_numbers, end_ebpf),
		cmocka_unit_test_teardown(test_ebpf_many_programs, end_ebpf),
		cmocka_unit_test_teardown(test_ebpf_killed_recorder, end_ebpf),
	};

	if (argc > 1 && strcmp(argv[1], "nested") == 0)
		_exit(be_nested());
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
