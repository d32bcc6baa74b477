/*
 * Tests of the readers of strace's logs: tables of lines, and what must come of them, in one line each:
 *     NAME[@ARCH] OUTCOME[=result] [aN=value …] [by EXE]
 */
#include "event/formats.h"

#include "abi/call_text.h"
#include "abi/errnos.h"
#include "abi/syscalls.h"
#include "base/cleanup.h"
#include "base/text.h"

#include <errno.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void add_outcome(struct cg_text *text, const struct cg_event *event)
{
	static const char *const names[] = {
		[CG_OUTCOME_RETURNED] = "returned", [CG_OUTCOME_RESTARTED] = "restarted", [CG_OUTCOME_BEGAN] = "began",
		[CG_OUTCOME_ENDED] = "ended",       [CG_OUTCOME_DENIED] = "denied",
	};

	cg_text_addf(text, " %s", names[event->outcome]);
	if (event->outcome != CG_OUTCOME_RETURNED)
		return;
	if (event->result == -CG_ERRNO_UNKNOWN)
		cg_text_add(text, "=-?");
	else if (event->result < 0)
		cg_text_addf(text, "=-%s", cg_errno_name((unsigned int)-event->result));
	else
		cg_text_addf(text, "=%" PRId64, event->result);
}

static int describe(void *context, const struct cg_event *event)
{
	const struct cg_arch *arch = cg_arch_of_call(&event->call);
	struct cg_text *text = context;

	cg_call_format_name(text, arch, event->call.nr);
	if (arch != cg_arch_find("x86_64"))
		cg_text_addf(text, "@%s", arch->name);
	add_outcome(text, event);
	if (event->n_calls != 1)
		cg_text_addf(text, " x%" PRIu64, event->n_calls);
	for (unsigned int i = 0; event->has_args && i < 6; i++)
		if (!(event->unknown_args >> i & 1))
			cg_text_addf(text, " a%u=%" PRIx64, i, event->call.args[i]);
	if (event->exe)
		cg_text_addf(text, " by %s", event->exe);
	cg_text_add(text, "\n");
	return 0;
}

/* Reads a log; unreadable lines become "? NUMBER". The caller frees. */
static char *read_log(const struct cg_log_format *format, const char *arch, const char *log, size_t length,
		      struct cg_log_facts *facts)
{
	struct cg_text text = { 0 };
	void *reader = format->begin(cg_arch_find(arch), describe, &text);
	const char *end = log + length;

	assert_non_null(reader);
	for (unsigned int number = 1; log < end; number++) {
		const char *newline = memchr(log, '\n', (size_t)(end - log));
		size_t n = (size_t)((newline ? newline : end) - log);
		int r = format->line(reader, log, n);

		assert_true(r == 0 || r == 1);
		if (r == 1)
			cg_text_addf(&text, "? %u\n", number);
		log = newline ? newline + 1 : end;
	}
	assert_int_equal(format->end(reader, facts), 0);
	format->done(reader);
	cg_text_add(&text, "");
	return cg_text_steal(&text);
}

struct row {
	const char *log;
	const char *events;
};

static void check_rows(const struct cg_log_format *format, const char *arch, const struct row *rows, size_t n_rows)
{
	for (size_t i = 0; i < n_rows; i++) {
		struct cg_log_facts facts;
		char *events = read_log(format, arch, rows[i].log, strlen(rows[i].log), &facts);

		if (strcmp(events, rows[i].events) != 0)
			fail_msg("log:\n%s\ngave:\n%sand should give:\n%s", rows[i].log, events, rows[i].events);
		free(events);
	}
}

static void test_results(void **state)
{
	static const struct row rows[] = {
		{ "getpid()                                = 3519", "getpid returned=3519\n" },
		{ "close(3) = 0", "close returned=0 a0=3\n" },
		{ "close(3</tmp/x>) = 0 <0.000012>", "close returned=0 a0=3\n" },
		{ "open(\"/x\", O_RDONLY) = -1 ENOENT (No such file or directory)", "open returned=-ENOENT a1=0\n" },
		{ "open(\"/x\", O_RDONLY) = -1 ENOSYS (INJECTED)", "open returned=-ENOSYS a1=0\n" },
		{ "close(9) = -1 EWHATEVER (Unheard of)", "close returned=-? a0=9\n" },
		{ "getpriority(PRIO_PROCESS, 0) = -1", "getpriority returned=0 a0=0 a1=0\n" },
		{ "brk(NULL) = 0x55d6046b1000", "brk returned=94377685487616 a0=0\n" },
		{ "mmap(NULL, 8192, PROT_READ, MAP_PRIVATE, 3, 0) = 0xffffffffffffffff",
		  "mmap returned=0 a0=0 a1=2000 a2=1 a3=2 a4=3 a5=0\n" },
		{ "openat(AT_FDCWD</root>, \"a\", O_RDONLY|O_CLOEXEC) = 3</root/a>",
		  "openat returned=3 a0=ffffffffffffff9c a2=80000\n" },
		{ "wait4(-1, 0x0, 0, NULL) = ? ERESTARTSYS (To be restarted if SA_RESTART is set)",
		  "wait4 restarted a0=ffffffffffffffff a1=0 a2=0 a3=0\n" },
		{ "fork() = ? ERESTARTNOINTR (To be restarted)", "fork restarted\n" },
		{ "pause() = ? ERESTARTNOHAND (To be restarted if no handler)", "pause restarted\n" },
		{ "nanosleep(0x1, 0x2) = ? ERESTART_RESTARTBLOCK (Interrupted by signal)",
		  "nanosleep restarted a0=1 a1=2\n" },
		{ "exit_group(0)                           = ?", "exit_group began a0=0\n" },
		{ "exit(1) = ?", "exit began a0=1\n" },
		{ "pause() = ?", "pause ended\n" },
		{ "pause() = ? <unavailable>", "pause ended\n" },
		{ "poll([{fd=3, events=POLLIN}], 1, 100) = 0 (Timeout)", "poll returned=0 a1=1 a2=64\n" },
		{ "poll([{fd=3, events=POLLIN}], 1, -1) = 1 ([{fd=3, revents=POLLIN}])",
		  "poll returned=1 a1=1 a2=ffffffffffffffff\n" },
		{ "fcntl(3, F_GETFL) = 0x8002 (flags O_RDWR|O_LARGEFILE)", "fcntl returned=32770 a0=3 a1=3\n" },
		{ "syscall_0x1d7fff(0x1, 0x2, 0, 0, 0, 0) = -1 ENOSYS (Function not implemented)",
		  "x86_64:1933311 returned=-ENOSYS a0=1 a1=2 a2=0 a3=0 a4=0 a5=0\n" },
	};

	check_rows(&cg_log_strace, "x86_64", rows, CG_N_ITEMS(rows));
}

static void test_arguments(void **state)
{
	static const struct row rows[] = {
		{ "socket(AF_UNIX, SOCK_STREAM|SOCK_CLOEXEC, 0) = 3", "socket returned=3 a0=1 a1=80001 a2=0\n" },
		{ "ioctl(1, TCGETS, {B38400 opost isig icanon echo ...}) = 0", "ioctl returned=0 a0=1 a1=5401\n" },
		{ "ioctl(1, SNDCTL_TMR_TIMEBASE or TCGETS, 0x7ffe) = 0", "ioctl returned=0 a0=1 a1=5401 a2=7ffe\n" },
		{ "kill(12, SIGTERM) = 0", "kill returned=0 a0=c a1=f\n" },
		{ "mkdir(\"/x\", 0755) = 0", "mkdir returned=0 a1=1ed\n" },
		{ "umask(000) = 022", "umask returned=22 a0=0\n" },
		{ "write(1, \"a, b) = -1 ENOENT \\\" (\", 23) = 23", "write returned=23 a0=1 a2=17\n" },
		{ "write(1, \"abc\"..., 4096) = 4096", "write returned=4096 a0=1 a2=1000\n" },
		{ "read(3</tmp/a (b], c>, \"\", 1) = 0", "read returned=0 a0=3 a2=1\n" },
		{ "read(4<TCP:[127.0.0.1:80->127.0.0.1:9]>, \"\", 7) = 0", "read returned=0 a2=7\n" },
		{ "execve(\"/bin/ls\", [\"ls\", \"a)\"], 0x7ffc /* 41 vars, \"x\" */) = -1 EACCES (Permission denied)",
		  "execve returned=-EACCES a2=7ffc\n" },
		{ "rt_sigaction(SIGINT, {sa_handler=0x1, sa_mask=~[KILL STOP], sa_flags=SA_RESTORER}, NULL, 8) = 0",
		  "rt_sigaction returned=0 a0=2 a2=0 a3=8\n" },
		{ "bpf(BPF_MAP_CREATE, {map_flags=1<<2, x=3}, 120) = -1 EPERM (Operation not permitted)",
		  "bpf returned=-EPERM a0=0 a2=78\n" },
		{ "open(\"/x\", O_RDONLY|O_NOSUCHFLAG) = 3", "open returned=3\n" },
		{ "clone(child_stack=NULL, flags=CLONE_CHILD_CLEARTID|SIGCHLD, child_tidptr=0x7f66) = 3408",
		  "clone returned=3408 a0=200011 a3=7f66\n" },
		{ "prctl(PR_SET_NAME, \"x\") = 0", "prctl returned=0 a0=f\n" },
		{ "semctl(1, 2, 3, 4, 5, 6, 7, 8) = 0", "semctl returned=0 a0=1 a1=2 a2=3 a3=4 a4=5 a5=6\n" },
	};

	check_rows(&cg_log_strace, "x86_64", rows, CG_N_ITEMS(rows));
}

static void test_prefixes(void **state)
{
	static const char *const prefixes[] = {
		"",
		"12 ",
		"  12  ",
		"[pid 12] ",
		"[pid    12] ",
		"12:34:56 ",
		"12:34:56.123456 ",
		"1700000000.123456 ",
		"     0.000123 ",
		"12    05:25:28 ",
		"[pid  12] 05:25:28.123456 ",
		"12:34:56 (+     0.000012) ",
		"[00007fd888a18ad7] ",
		"[????????????????] ",
		"[ 39] ",
		"12 [  39] ",
		"[pid 12] 1700000000.1 [  39] [00007fd888a18ad7] ",
		"12<bash> ",
		"[pid 12<a b>] ",
		"2024-01-31T12:34:56+0000 ",
		"12 2024-01-31T12:34:56.123456+0000 ",
	};

	for (size_t i = 0; i < CG_N_ITEMS(prefixes); i++) {
		CG_CLEANUP(cg_text_done) struct cg_text line = { 0 };
		struct row row = { .events = "getpid returned=12\n" };

		cg_text_addf(&line, "%sgetpid() = 12", prefixes[i]);
		row.log = cg_text_get(&line);
		check_rows(&cg_log_strace, "x86_64", &row, 1);
	}
}

static void test_threads(void **state)
{
	static const struct row rows[] = {
		{ "1 read(3,  <unfinished ...>\n2 getpid() = 2\n1 <... read resumed>\"a\", 10) = 1\n",
		  "getpid returned=2\nread returned=1 a0=3 a2=a\n" },
		{ "1 read(3,  <unfinished ...>\n1 <... read resumed> \"a\", 10) = 1\n", "read returned=1 a0=3 a2=a\n" },
		{ "1 wait4(-1,  <unfinished ...>\n1 <... wait4 resumed>0x7ffe, 0, NULL) = ? ERESTARTSYS (x)\n",
		  "wait4 restarted a0=ffffffffffffffff a1=7ffe a2=0 a3=0\n" },
		{ "1 pause( <unfinished ...>\n1 +++ killed by SIGKILL +++\n", "pause ended\n" },
		{ "1 pause( <unfinished ...>\n", "pause ended\n" },
		{ "1 exit_group(0 <unfinished ...>\n1 +++ exited with 0 +++\n", "exit_group began a0=0\n" },
		{ "1 exit(0 <unfinished ...>\n", "exit began a0=0\n" },
		/* exec in another thread than the leader */
		{ "1 futex(0x1, FUTEX_WAIT, 2, NULL <unfinished ...>\n3 execve(\"/b\", [\"b\"], 0x1 <unfinished ...>\n"
		  "1 +++ superseded by execve in pid 3 +++\n1 <... execve resumed>) = 0\n1 getpid() = 1\n",
		  "futex ended a0=1 a1=0 a2=2 a3=0\nexecve returned=0 a2=1\ngetpid returned=1 by /b\n" },
		/* the child speaks before its parent has told of it */
		{ "1 execve(\"/a\", [], 0x0) = 0\n1 vfork( <unfinished ...>\n2 getpid() = 2\n1 <... vfork resumed>) = "
		  "2\n"
		  "2 execve(\"/b\\x20\\143\\n\", [], 0x0) = 0\n2 getpid() = 2\n1 getpid() = 1\n",
		  "execve returned=0 a2=0\ngetpid returned=2 by /a\nvfork returned=2 by /a\n"
		  "execve returned=0 a2=0 by /a\ngetpid returned=2 by /b c\n\ngetpid returned=1 by /a\n" },
		/* on a terminal: nameless until there are two, and again when there is one */
		{ "execve(\"/a\", [], 0x0) = 0\nclone(child_stack=NULL, flags=SIGCHLDstrace: Process 2 attached\n"
		  "[pid 2] getpid() = 2\n[pid 1] <... clone resumed>, child_tidptr=0x7) = 2\n[pid 1] getpid() = 1\n"
		  "[pid 2] execve(\"/b\", [], 0x0) = 0\n[pid 2] exit_group(0) = ?\n[pid 2] +++ exited with 0 +++\n"
		  "getuid() = 0\n",
		  "execve returned=0 a2=0\ngetpid returned=2 by /a\nclone returned=2 a0=11 a3=7 by /a\n"
		  "getpid returned=1 by /a\nexecve returned=0 a2=0 by /a\nexit_group began a0=0 by /b\n"
		  "getuid returned=0 by /a\n" },
		{ "clone(child_stack=NULL, flags=SIGCHLDstrace: Process 2 attached\n, child_tidptr=0x7) = 2\n",
		  "clone returned=2 a0=11 a3=7\n" },
		{ "clone(child_stack=NULL, flags=SIGCHLDstrace: Process 2 attached\n <unfinished ...>\n"
		  "[pid 1] <... clone resumed>, child_tidptr=0x7) = 2\n",
		  "clone returned=2 a0=11 a3=7\n" },
		/* what it says of itself */
		{ "strace: Process 12 attached\n--- SIGCHLD {si_signo=SIGCHLD} ---\n1 --- stopped by SIGSTOP ---\n"
		  "1 +++ exited with 3 +++\n > /lib/libc.so.6(read+0x1) [0x2]\n\nProcess 7 detached\n",
		  "" },
		/* -C: the table at the end is of the same calls */
		{ "getpid() = 1\n% time     seconds  usecs/call     calls    errors syscall\n"
		  "------ ----------- ----------- --------- --------- ----------------\n"
		  "  0.00    0.000000           0         1           getpid\n",
		  "getpid returned=1\n" },
	};

	check_rows(&cg_log_strace, "x86_64", rows, CG_N_ITEMS(rows));
}

static void test_modes(void **state)
{
	static const struct row rows[] = {
		{ "getpid() = 9\n[ Process PID=9 runs in 32 bit mode. ]\ngetpid() = 9\n"
		  "[ Process PID=9 runs in 64 bit mode. ]\ngetpid() = 9\n",
		  "getpid returned=9\ngetpid@x86 returned=9\ngetpid returned=9\n" },
		{ "strace: [ Process PID=9 runs in x32 mode. ]\n9 getpid() = 9\n", "getpid@x32 returned=9\n" },
		{ "[ Process PID=9 runs in 16 bit mode. ]\n", "? 1\n" },
		/* an offset takes two registers of a 32-bit arch: what follows stands elsewhere */
		{ "[ Process PID=9 runs in 32 bit mode. ]\n9 fadvise64_64(3, 0, 0, POSIX_FADV_NORMAL) = 0\n",
		  "fadvise64_64@x86 returned=0 a0=3\n" },
	};
	static const struct row others[] = { { "[ Process PID=9 runs in 32 bit mode. ]\n9 getpid() = 9\n",
					       "? 1\ngetpid@aarch64 returned=9\n" } };

	check_rows(&cg_log_strace, "x86_64", rows, CG_N_ITEMS(rows));
	check_rows(&cg_log_strace, "aarch64", others, CG_N_ITEMS(others));
}

static void test_unreadable_lines(void **state)
{
	static const char *const lines[] = {
		"what is this?",
		"getpid()",
		"getpid() = ",
		"getpid( = 1",
		"getpid() = x",
		"read(3, \"no end, 4) = 1",
		"nosuchcall(1) = 0",
		"syscall_0x100000000() = 0",
		"syscall_() = 0",
		"<... read resumed>\"a\", 1) = 1",
		"<... read",
		"<... ??? resumed>) = ?",
		"??? ( <unfinished ...>",
		"+++ exited with 256 +++",
		"+++ exited",
		"+++",
		"[pid x] getpid() = 1",
		"[pid 99999999999] getpid() = 1",
		"[ Process PID= runs",
		"12 34 getpid() = 1",
		"Process of thought",
		"= 0",
		"(",
		")",
		"123",
		"getpid() = 99999999999999999999",
	};

	for (size_t i = 0; i < CG_N_ITEMS(lines); i++)
		check_rows(&cg_log_strace, "x86_64", &(struct row){ lines[i], "? 1\n" }, 1);
}

/* Any byte, any length: each line is read or refused, and the next is read all the same. */
static void test_hostile_lines(void **state)
{
	static const char nul[] = "read(3, \"a\0b\", 2) = 2\n\0\ngetpid() = 1\0\n";
	struct cg_text text = { 0 };
	struct cg_log_facts facts;
	char *events = read_log(&cg_log_strace, "x86_64", nul, sizeof(nul) - 1, &facts);

	assert_string_equal(events, "read returned=2 a0=3 a2=2\n? 2\ngetpid returned=1\n");
	free(events);

	cg_text_add(&text, "write(1, ");
	for (int i = 0; i < 100000; i++)
		cg_text_add(&text, "[({");
	cg_text_add(&text, ") = 0\ngetpid() = 1");
	events = read_log(&cg_log_strace, "x86_64", cg_text_get(&text), text.length, &facts);
	assert_string_equal(events, "? 1\ngetpid returned=1\n");
	free(events);
	cg_text_done(&text);
}

static void test_limit_of_threads(void **state)
{
	struct cg_text text = { 0 }, events = { 0 };
	void *reader = cg_log_strace.begin(cg_arch_find("x86_64"), describe, &events);
	struct cg_log_facts facts;
	size_t n_refused = 0;

	for (size_t i = 1; i <= CG_LOG_THREADS_LIMIT + 10; i++) {
		cg_text_clear(&text);
		cg_text_addf(&text, "%zu getpid() = 1", i);
		n_refused += (size_t)cg_log_strace.line(reader, cg_text_get(&text), text.length);
	}
	assert_int_equal(n_refused, 10);
	assert_int_equal(cg_log_strace.end(reader, &facts), 0);
	cg_log_strace.done(reader);
	cg_text_done(&text);
	cg_text_done(&events);
}

static void test_limit_of_programs(void **state)
{
	struct cg_text text = { 0 }, events = { 0 };
	void *reader = cg_log_strace.begin(cg_arch_find("x86_64"), describe, &events);
	static const char last[] = "1 getpid() = 1";

	for (size_t i = 0; i <= CG_LOG_PROGRAMS_LIMIT; i++) {
		cg_text_clear(&text);
		cg_text_addf(&text, "1 execve(\"/p%zu\", [], 0x0) = 0", i);
		assert_int_equal(cg_log_strace.line(reader, cg_text_get(&text), text.length), 0);
	}
	cg_text_clear(&events);
	assert_int_equal(cg_log_strace.line(reader, last, strlen(last)), 0);
	/* One too many: its calls name no program, rather than a wrong one. */
	assert_string_equal(cg_text_get(&events), "getpid returned=1\n");
	cg_log_strace.done(reader);
	cg_text_done(&text);
	cg_text_done(&events);
}

static void test_facts(void **state)
{
	static const struct {
		const char *log;
		int exit_status;
		uint64_t first_ns, last_ns;
	} rows[] = {
		{ "1 exit_group(3) = ?\n1 +++ exited with 3 +++\n", 3 << 8, 0, 0 },
		{ "1 getpid() = 1\n2 getpid() = 2\n2 +++ exited with 1 +++\n1 +++ exited with 0 +++\n", 0, 0, 0 },
		{ "1 getpid() = 1\n1 +++ killed by SIGSEGV (core dumped) +++\n", 11, 0, 0 },
		{ "1 getpid() = 1\n", -1, 0, 0 },
		{ "1 1700000000.250000 getpid() = 1\n1 1700000003.500000 getpid() = 1\n", -1, 1700000000250000000,
		  1700000003500000000 },
	};

	for (size_t i = 0; i < CG_N_ITEMS(rows); i++) {
		struct cg_log_facts facts;

		free(read_log(&cg_log_strace, "x86_64", rows[i].log, strlen(rows[i].log), &facts));
		assert_int_equal(facts.exit_status, rows[i].exit_status);
		assert_true(facts.first_ns == rows[i].first_ns && facts.last_ns == rows[i].last_ns);
	}
}

#define HEAD "% time     seconds  usecs/call     calls    errors syscall\n"
#define RULE "------ ----------- ----------- --------- --------- ----------------\n"

static void test_summaries(void **state)
{
	static const struct row rows[] = {
		{ HEAD RULE "  0.00    0.000000           0         8           mmap\n"
			    "  1.00    0.000000           0         5         2 access\n" RULE
			    "100.00    0.000000           0        13         2 total\n",
		  "mmap returned=0 x8\naccess returned=0 x3\naccess returned=-? x2\n" },
		{ "strace: Process 2 attached\n[ Process PID=3534 runs in 32 bit mode. ]\n" HEAD RULE
		  "  0.00    0.000000           0         1           getpid\n" RULE
		  "100.00    0.000000           0         1           total\n"
		  "System call usage summary for 32 bit mode:\n" HEAD RULE
		  "  0.00    0.000000           0         1         1 getpid\n" RULE
		  "100.00    0.000000           0         1         1 total\n",
		  "getpid returned=0\ngetpid@x86 returned=-?\n" },
		/* -U name,calls,errors,time-total */
		{ "syscall              calls    errors     seconds\n---- ---- ---- ----\n"
		  "futex                    1              0.000049\nopen 4 3 0.1\ntotal 5 3 0.2\n",
		  "futex returned=0\nopen returned=0\nopen returned=-? x3\n" },
		{ "no table\n" HEAD "  0.00    0.000000           0         1           nosuchcall\n"
		  "0.00\n0.00 0.0 0 x getpid\n0.00 0.0 0 1 2 getpid\n0.00 0.0 0 1 getpid\n",
		  "? 1\n? 3\n? 4\n? 5\n? 6\ngetpid returned=0\n" },
		{ "a a a a a a a a a a a a a a a a a a a a a a\n", "? 1\n" },
		{ "System call usage summary for 16 bit mode:\n", "? 1\n" },
	};

	check_rows(&cg_log_strace_summary, "x86_64", rows, CG_N_ITEMS(rows));
}

static void test_formats(void **state)
{
	static const char head[] = "% time     seconds  usecs/call     calls    errors syscall";
	static const char call[] = "12 getpid() = 1";

	assert_ptr_equal(cg_log_format_find("strace"), &cg_log_strace);
	assert_null(cg_log_format_find("stracee"));
	assert_string_equal(cg_log_format_suggest("stracee"), "strace");
	assert_true(cg_log_strace.is_typical(call, strlen(call)));
	assert_false(cg_log_strace.is_typical(head, strlen(head)));
	assert_true(cg_log_strace_summary.is_typical(head, strlen(head)));
	assert_false(cg_log_strace_summary.is_typical(call, strlen(call)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_results),
		cmocka_unit_test(test_arguments),
		cmocka_unit_test(test_prefixes),
		cmocka_unit_test(test_threads),
		cmocka_unit_test(test_modes),
		cmocka_unit_test(test_unreadable_lines),
		cmocka_unit_test(test_hostile_lines),
		cmocka_unit_test(test_limit_of_threads),
		cmocka_unit_test(test_limit_of_programs),
		cmocka_unit_test(test_facts),
		cmocka_unit_test(test_summaries),
		cmocka_unit_test(test_formats),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
