/*
 * Tests of the readers of the kernel's audit, of its log, and of perf trace: logs, and what must come of them, a line
 * an event:
 *     NAME[@ARCH] OUTCOME[=result] [xCOUNT] [aN=value …] [pid=N] [by EXE] [(COMM)] [action=X sig=N serial=N auid=N]
 * "? N" is a line that cannot be read, "lost N" what the log says of itself.
 */
#include "event/formats.h"

#include "abi/action.h"
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

#define FIELDS(nr, code) \
	"auid=1000 uid=33 gid=34 ses=3 pid=77 comm=\"web\" exe=\"/usr/bin/web\" sig=0 arch=c000003e syscall=" nr \
	" compat=0 ip=0x7f2228bc0829 code=" code
#define RECORD(serial, nr, code) "audit: type=1326 audit(1795315661.438:" serial "): " FIELDS(nr, code)
#define AUDIT(serial, nr, code) "type=SECCOMP msg=audit(1795315661.438:" serial "): " FIELDS(nr, code)
#define TOLD " pid=77 by /usr/bin/web (web)"

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

static void add_audit(struct cg_text *text, const struct cg_event *event)
{
	const struct cg_audit_facts *audit = event->audit;

	if (audit->is_verdict)
		cg_text_addf(text, " %s", cg_action_row(event->action)->name);
	if (audit->signal)
		cg_text_addf(text, " sig=%d", audit->signal);
	if (audit->serial)
		cg_text_addf(text, " #%" PRIu64, audit->serial);
	if (audit->uid != 33)
		cg_text_addf(text, " uid=%" PRIu32, audit->uid);
	if (audit->auid == CG_ID_UNKNOWN)
		cg_text_add(text, " no login");
}

static int describe(void *context, const struct cg_event *event)
{
	const struct cg_arch *arch = cg_arch_of_call(&event->call);
	struct cg_text *text = context;

	if (arch)
		cg_call_format_name(text, arch, event->call.nr);
	else
		cg_text_addf(text, "%x:%x", event->call.arch, event->call.nr);
	if (arch != cg_arch_find("x86_64"))
		cg_text_addf(text, "@%s", arch ? arch->name : "?");
	add_outcome(text, event);
	if (event->n_calls != 1)
		cg_text_addf(text, " x%" PRIu64, event->n_calls);
	for (unsigned int i = 0; event->has_args && i < 6; i++)
		if (!(event->unknown_args >> i & 1))
			cg_text_addf(text, " a%u=%" PRIx64, i, event->call.args[i]);
	if (event->pid)
		cg_text_addf(text, " pid=%d", event->pid);
	if (event->exe)
		cg_text_addf(text, " by %s", event->exe);
	if (event->comm)
		cg_text_addf(text, " (%s)", event->comm);
	if (event->audit)
		add_audit(text, event);
	cg_text_add(text, "\n");
	return 0;
}

static char *read_log(const struct cg_log_format *format, const char *log, size_t length, struct cg_log_facts *facts)
{
	struct cg_text text = { 0 };
	void *reader = format->begin(cg_arch_find("x86_64"), describe, &text);
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
	if (facts->n_lost)
		cg_text_addf(&text, "lost %" PRIu64 "\n", facts->n_lost);
	assert_false(text.has_failed);
	return text.data ? cg_text_steal(&text) : strdup("");
}

static void expect(const struct cg_log_format *format, const char *log, const char *events)
{
	struct cg_log_facts facts;
	char *text = read_log(format, log, strlen(log), &facts);

	assert_string_equal(text, events);
	free(text);
}

struct row {
	const char *log;
	const char *events;
};

static void expect_rows(const struct cg_log_format *format, const struct row *rows, size_t n_rows)
{
	for (size_t i = 0; i < n_rows; i++)
		expect(format, rows[i].log, rows[i].events);
}

static void test_seccomp_records(void **state)
{
	static const struct row rows[] = {
		{ AUDIT("7", "83", "0x7ffc0000"), "mkdir returned=0" TOLD " LOG #7\n" },
		{ AUDIT("7", "83", "0x50000"), "mkdir denied" TOLD " ERRNO #7\n" },
		{ AUDIT("7", "83", "0x80000000"), "mkdir denied" TOLD " KILL_PROCESS #7\n" },
		{ AUDIT("7", "83", "0x0"), "mkdir denied" TOLD " KILL_THREAD #7\n" },
		{ AUDIT("7", "83", "0x30000"), "mkdir denied" TOLD " TRAP #7\n" },
		/* Somebody else decides: the call was made, and no more is told. */
		{ AUDIT("7", "83", "0x7ff00000"), "mkdir returned=0" TOLD " TRACE #7\n" },
		{ AUDIT("7", "83", "0x7fc00000"), "mkdir returned=0" TOLD " NOTIFY #7\n" },
		/* auditd adds names; its SYSCALL= is of another table. */
		{ AUDIT("7", "83", "0x50000") "\035ARCH=x86_64 SYSCALL=rmdir AUID=\"unset\"",
		  "mkdir denied" TOLD " ERRNO #7\n" },
		{ "node=host " AUDIT("7", "83", "0x50000"), "mkdir denied" TOLD " ERRNO #7\n" },
		{ "type=1326 msg=audit(1.000:9): arch=40000003 syscall=39 code=0x50000",
		  "mkdir@x86 denied ERRNO #9 uid=4294967295 no login\n" },
		{ "type=UNKNOWN[1326] msg=audit(1.000:9): uid=33 arch=c000003e syscall=1073741907 code=0x0\r",
		  "mkdir@x32 denied KILL_THREAD #9 no login\n" },
		{ "type=SECCOMP msg=audit(1.000:9): uid=33 sig=31 arch=c000003e syscall=-1 code=0x0",
		  "x86_64:0xffffffff denied KILL_THREAD sig=31 #9 no login\n" },
		{ "type=SECCOMP msg=audit(1.000:9): uid=33 arch=1234 syscall=1 code=0x0",
		  "1234:1@? denied KILL_THREAD #9 no login\n" },
		/* A blank, a quote or a control byte in a name: hexadecimal. */
		{ "type=SECCOMP msg=audit(1.000:9): uid=33 comm=612062 exe=2F746D702F6120225C arch=c000003e syscall=0 "
		  "code=0x0",
		  "read denied by /tmp/a \"\\ (a b) KILL_THREAD #9 no login\n" },
		{ "type=SECCOMP msg=audit(1.000:9): uid=33 comm=(null) exe=6 arch=c000003e syscall=0 code=0x0",
		  "read denied KILL_THREAD #9 no login\n" },
		{ "type=SECCOMP msg=audit(1.000:9): uid=33 comm=6100 exe=\"/a arch=c000003e syscall=0 code=0x0",
		  "? 1\n" },
	};

	(void)state;
	expect_rows(&cg_log_audit, rows, CG_N_ITEMS(rows));
}

static void test_syscall_records(void **state)
{
	static const struct row rows[] = {
		{ "type=SYSCALL msg=audit(1364481363.243:24287): arch=c000003e syscall=2 success=no exit=-13 "
		  "a0=7fffd19c5592 a1=0 a2=7fffd19c4b50 a3=a items=1 ppid=2686 pid=3538 auid=1000 uid=33 gid=1 ses=1 "
		  "comm=\"cat\" exe=\"/bin/cat\" subj=unconfined key=\"all\"",
		  "open returned=-EACCES a0=7fffd19c5592 a1=0 a2=7fffd19c4b50 a3=a pid=3538 by /bin/cat (cat) "
		  "#24287\n" },
		{ "type=SYSCALL msg=audit(1.000:1): arch=c000003e syscall=0 success=yes exit=12 a0=3 auid=0 uid=33",
		  "read returned=12 a0=3 #1\n" },
		/* An address, which is no failure. */
		{ "type=SYSCALL msg=audit(1.000:1): arch=c000003e syscall=9 success=yes exit=140103451217920 auid=0 "
		  "uid=33",
		  "mmap returned=140103451217920 #1\n" },
		{ "type=SYSCALL msg=audit(1.000:1): arch=c000003e syscall=231 a0=0 auid=0 uid=33 exe=\"/x\"",
		  "exit_group began a0=0 by /x #1\n" },
		{ "type=SYSCALL msg=audit(1.000:1): arch=c000003e syscall=35 auid=0 uid=33", "nanosleep ended #1\n" },
		/* The program that was started, not the one that called. */
		{ "type=SYSCALL msg=audit(1.000:1): arch=c000003e syscall=59 success=yes exit=0 auid=0 uid=33 "
		  "comm=\"ls\" "
		  "exe=\"/bin/ls\"",
		  "execve returned=0 #1\n" },
		{ "type=SYSCALL msg=audit(1.000:1): arch=c000003e syscall=59 success=no exit=-2 auid=0 uid=33 "
		  "exe=\"/bin/sh\"",
		  "execve returned=-ENOENT by /bin/sh #1\n" },
		{ "type=PATH msg=audit(1.000:1): item=0 name=\"/etc\"\ntype=EOE msg=audit(1.000:1): \n----\n"
		  "time->Sun Nov 22 08:00:00 2026\n\n",
		  "" },
		{ "type=SYSCALL msg=audit(1.000:1): arch=c000003e success=yes\n"
		  "type=SYSCALL msg=audit(11/22/2026 08:00:00.000:1) : arch=x86_64 syscall=read\n"
		  "type=SECCOMP\nhello\ntype=SECCOMP msg=audit(1.000:1): arch=c000003e syscall=0 cod\n",
		  "? 1\n? 2\n? 3\n? 4\n? 5\n" },
	};

	(void)state;
	expect_rows(&cg_log_audit, rows, CG_N_ITEMS(rows));
}

/* The same record in every form in which a kernel's log is shown. */
static void test_kernel_log_forms(void **state)
{
	static const char *const forms[] = {
		RECORD("7", "83", "0x50000"),
		"[14740.641577] " RECORD("7", "83", "0x50000"),
		"[    0.641577] " RECORD("7", "83", "0x50000"),
		"[Sun Nov 22 08:30:24 2026] " RECORD("7", "83", "0x50000"),
		"[  +0.005409] " RECORD("7", "83", "0x50000"),
		"[<    0.005409>] " RECORD("7", "83", "0x50000"),
		"[14830.572425 <    0.005409>] " RECORD("7", "83", "0x50000"),
		"[Nov22 08:30] " RECORD("7", "83", "0x50000"),
		"<5>[14808.952642] " RECORD("7", "83", "0x50000"),
		"kern  :notice: [14808.952642] " RECORD("7", "83", "0x50000"),
		"kern  :notice: 2026-11-22T08:30:46,572425+00:00 " RECORD("7", "83", "0x50000"),
		"2026-11-22T08:30:46,572425+00:00 " RECORD("7", "83", "0x50000"),
		"5,4924,14769337619,-;" RECORD("7", "83", "0x50000"),
		"5,4924,14769337619,-,caller=T12;" RECORD("7", "83", "0x50000"),
		"Nov 22 08:25:54 host kernel: " RECORD("7", "83", "0x50000"),
		"Nov  2 08:25:54 host kernel: [14808.952642] " RECORD("7", "83", "0x50000"),
		"Nov 22 08:25:54.123456 host kernel: " RECORD("7", "83", "0x50000"),
		"2026-11-22T08:25:54+0000 host kernel: " RECORD("7", "83", "0x50000"),
		"2026-11-22T08:25:54.123456+00:00 host kernel: " RECORD("7", "83", "0x50000"),
		"Sun 2026-11-22 08:25:54 UTC host kernel: " RECORD("7", "83", "0x50000"),
		"1795336186.101362 host kernel: " RECORD("7", "83", "0x50000"),
		"[14808.952642] host kernel: " RECORD("7", "83", "0x50000") "\r",
		"type=1326 audit(1795315661.438:7): " FIELDS("83", "0x50000"),
	};

	(void)state;
	for (size_t i = 0; i < CG_N_ITEMS(forms); i++) {
		expect(&cg_log_kmsg, forms[i], "mkdir denied" TOLD " ERRNO #7\n");
		assert_ptr_equal(cg_log_format_of_line(forms[i], strlen(forms[i])), &cg_log_kmsg);
	}
}

static void test_journal_as_json(void **state)
{
	static const struct row rows[] = {
		{ "{\"__REALTIME_TIMESTAMP\":\"1\",\"_TRANSPORT\":\"kernel\",\"MESSAGE\":\"audit: type=1326 "
		  "audit(1.000:7): uid=33 comm=\\\"a\\\" arch=c000003e syscall=83 code=0x50000\"}",
		  "mkdir denied (a) ERRNO #7 no login\n" },
		{ "{\"_TRANSPORT\":\"audit\",\"_AUDIT_ID\":\"8\",\"_SOURCE_REALTIME_TIMESTAMP\":\"5\",\"MESSAGE\":"
		  "\"SECCOMP "
		  "uid=33 arch=c000003e syscall=83 code=0x50000\"}",
		  "mkdir denied ERRNO #8 no login\n" },
		{ "{\"_TRANSPORT\":\"audit\",\"MESSAGE\":[83,69,67,67,79,77,80,32,117,105,100,61,51,51,32,97,114,99,"
		  "104,61,"
		  "99,48,48,48,48,48,51,101,32,115,121,115,99,97,108,108,61,48,32,99,111,100,101,61,48,120,48]}",
		  "read denied KILL_THREAD no login\n" },
		/* Any program can log such a line; the journal says that it was no kernel. */
		{ "{\"_TRANSPORT\":\"syslog\",\"MESSAGE\":\"audit: type=1326 audit(1.000:7): arch=c000003e syscall=83 "
		  "code=0x0\"}",
		  "" },
		{ "{\"MESSAGE\":\"audit: type=1326 audit(1.000:7): arch=c000003e syscall=83 code=0x0\"}\n{\"a\":\n"
		  "{\"MESSAGE\":null}",
		  "? 1\n? 2\n" },
		{ "{\n   \"dmesg\": [\n      {\n         \"pri\": 5,\n         \"time\": 0.1,\n         \"msg\": "
		  "\"audit: "
		  "type=1326 audit(1.000:7): uid=33 comm=\\\"a\\\" arch=c000003e syscall=83 code=0x50000\"\n      },{\n"
		  "   ]\n}",
		  "mkdir denied (a) ERRNO #7 no login\n" },
	};

	(void)state;
	expect_rows(&cg_log_kmsg, rows, CG_N_ITEMS(rows));
}

static void test_kernel_log_others(void **state)
{
	static const struct row rows[] = {
		/* Not the kernel's word. */
		{ "Nov 22 08:25:54 host evil[9]: " RECORD("7", "83", "0x50000"), "" },
		{ "Nov 22 08:25:54 host sshd[9]: hello\n-- Boot 1234 --\n\n[ 1.0] Linux version 6\n continued\n"
		  "6,1,2,-;x\n SUBSYSTEM=usb\n",
		  "" },
		{ "hello\n12:34:56.789012 getpid() = 1\n1795336219.638365 getpid() = 1\n1 getpid() = 1\n",
		  "? 1\n? 2\n? 3\n? 4\n" },
		{ "[1.0] audit: type=1326 audit(1.0\n[1.0] audit: type=1326 audit(1.000:1): arch=c000003e\n"
		  "[1.0] audit: type=1400 audit(1.000:1): apparmor=\"DENIED\"\n",
		  "? 1\n? 2\n" },
		/* What the kernel did not print. */
		{ "[1.0] kauditd_printk_skb: 14 callbacks suppressed\n[1.0] audit_printk_skb: 2 callbacks suppressed\n"
		  "[1.0] audit: audit_lost=3 audit_rate_limit=0 audit_backlog_limit=64\n"
		  "[1.0] audit: audit_lost=5 audit_rate_limit=0 audit_backlog_limit=64\n",
		  "lost 21\n" },
	};

	(void)state;
	expect_rows(&cg_log_kmsg, rows, CG_N_ITEMS(rows));
}

/* Once by the kernel's own line, once by the audit socket, in any order: one event. */
static void test_journal_twins(void **state)
{
	static const char kernel[] = "Nov 22 08:25:54 host kernel: " RECORD("7", "83", "0x50000") "\n";
	static const char audit[] = "Nov 22 08:25:54 host audit[77]: SECCOMP " FIELDS("83", "0x50000") "\n";
	static const char other[] = "Nov 22 08:25:54 host audit[77]: SECCOMP " FIELDS("0", "0x50000") "\n";
	char log[4096];

	(void)state;
	snprintf(log, sizeof(log), "%s%s", kernel, audit);
	expect(&cg_log_kmsg, log, "mkdir denied" TOLD " ERRNO #7\n");
	snprintf(log, sizeof(log), "%s%s%s", audit, audit, kernel);
	expect(&cg_log_kmsg, log, "mkdir denied" TOLD " ERRNO\nmkdir denied" TOLD " ERRNO\n");
	snprintf(log, sizeof(log), "%s%s%s%s", kernel, other, kernel, audit);
	expect(&cg_log_kmsg, log,
	       "mkdir denied" TOLD " ERRNO #7\nread denied" TOLD " ERRNO\nmkdir denied" TOLD " ERRNO #7\n");
}

static void test_perf(void **state)
{
	static const struct row rows[] = {
		{ "     0.084 ( 0.019 ms): cat/22647 brk()                 = 0x557c22cfc000\n",
		  "brk returned=93991648346112 pid=22647\n" },
		{ " 0.5 ( 0.03 ms): cat/2 access(filename: 0x5e, mode: R)  = -1 ENOENT (No such file or directory)\n",
		  "access returned=-ENOENT pid=2\n" },
		{ " 0.5 ( 0.03 ms): openat(dfd: CWD, filename: \"a) = 3\", flags: RDONLY|CLOEXEC) = 3\n",
		  "openat returned=3\n" },
		/* A command's name with blanks and slashes. */
		{ " 0.5 ( 0.03 ms): a/b c/2 close(fd: 4</x/3 read(y>) = 0\n", "close returned=0 pid=2\n" },
		{ " 0.5 ( 0.03 ms): :23709/23709 getppid()  = \n", "getppid returned=0 pid=23709\n" },
		{ " 0.5 ( 0.03 ms): a/2 fcntl(fd: 255, cmd: GETFL)   = RDONLY|LARGEFILE\n",
		  "fcntl returned=0 pid=2\n" },
		{ " 0.5 ( 0.03 ms): a/2 clone(clone_flags: 0x11) = 23708 (bash)\n ? ( ): b/3  ... [continued]: "
		  "clone())  = 0\n",
		  "clone returned=23708 pid=2\n" },
		/* In two lines, with another's in between. */
		{ "32.071 ( ): sh/2 wait4(upid: -1)   ...\n 0.5 ( 0.03 ms): a/3 getpid() = 3\n"
		  "32.071 (50.160 ms): sh/2  ... [continued]: wait4())   = 3\n",
		  "getpid returned=3 pid=3\nwait4 returned=3 pid=2\n" },
		{ "? ( ): cat/2  ... [continued]: execve())  = 0\n", "execve returned=0 pid=2\n" },
		/* perf sees no end of rt_sigreturn, and none of what a signal ended. */
		{ "1.0 ( ): a/2 rt_sigreturn()  ...\n1.0 ( ): a/2 nanosleep()  ...\n1.0 ( ): a/3 nanosleep()  ...\n"
		  "1.0 ( ): a/3 rt_sigreturn()  ...\n2.0 ( ): a/4 exit_group(error_code: 3) = ?\n",
		  "rt_sigreturn returned=0 pid=2\nnanosleep ended pid=3\nexit_group began pid=4\nnanosleep ended "
		  "pid=2\n"
		  "rt_sigreturn returned=0 pid=3\n" },
		{ "1.0 (50.1 ms): sh/2  ... [continued]: rt_sigsuspend())  = -1 (unknown) (INTERNAL ERROR: "
		  "strerror_r(514, [buf], 128)=22)\n",
		  "rt_sigsuspend restarted pid=2\n" },
		{ " 0.000 true/2 sched:sched_process_exec(filename: \"/usr/bin/true\", pid: 2 (true))\n"
		  " 0.5 ( ): a/2 probe:foo(bar: 1)\n 1.0 ( 0.0 ms): a/2 majfault [main+0x1] => a@0x1 (d.)\nLOST 12 "
		  "events!\n",
		  "lost 12\n" },
		{ " 0.5 ( 0.03 ms): a/2 nosuch() = 0\n 0.5 ( 0.03 ms): a/2 read(\nhello\n 0.5 ( 0.03 ms): a/2 read() "
		  "5\n",
		  "? 1\n? 2\n? 3\n? 4\n" },
	};

	(void)state;
	expect_rows(&cg_log_perf, rows, CG_N_ITEMS(rows));
}

#define TABLE_HEAD \
	"\n Summary of events:\n\n sh (2), 145 events, 36.5%\n\n" \
	"   syscall            calls  errors  total       min       avg       max       stddev\n" \
	"                                     (msec)    (msec)    (msec)    (msec)        (%)\n" \
	"   --------------- --------  ------ -------- --------- --------- ---------     ------\n"

static void test_perf_table(void **state)
{
	static const struct row rows[] = {
		{ TABLE_HEAD
		  "   wait4                  2      1    13.302     0.013     6.651    13.290     99.81%\n"
		  "   read                  3      0     1.647     1.647     1.647     1.647      0.00%\n\n\n",
		  "wait4 returned=0\nwait4 returned=-?\nread returned=0 x3\n" },
		{ TABLE_HEAD "   access 5  4 1.0 1.0 1.0 1.0 0.0%\n\t\t\t\tENOENT: 3\n",
		  "access returned=0\naccess returned=-ENOENT x3\n"
		  "access returned=-?\n" },
		{ TABLE_HEAD "   rt_sigsuspend 5  4 1.0 1.0 1.0 1.0 0.0%\n\t\t\t\tEINTR: 3\n\t\t\t\t(unknown): 1\n",
		  "rt_sigsuspend returned=0\nrt_sigsuspend returned=-EINTR x3\n"
		  "rt_sigsuspend returned=-?\n" },
		/* Older: without the column of errors. */
		{ "Summary of events:\n\n a (1), 5 events, 1.0%, 0.000 msec\n\n   syscall  calls  total  min  avg  max "
		  "stddev\n"
		  "                               (msec)    (msec)    (msec)    (msec)        (%)\n"
		  "   --------------- -------- --------- --------- --------- ---------     ------\n"
		  "   read 2 0.005 0.002 0.002 0.003 9.0%\n",
		  "read returned=0 x2\n" },
		{ TABLE_HEAD "   nosuch 5  4 1.0\n   read x\n   read 1 2 1.0\n\t\t\tENOENT: 3\n\n what?\n",
		  "? 9\n? 10\n? 11\n? 12\n? 14\n" },
		/* Behind a trace: the same calls again. */
		{ " 0.5 ( 0.03 ms): a/2 getpid() = 2\n" TABLE_HEAD "   getpid 1  0 1.0 1.0 1.0 1.0 0.0%\n",
		  "getpid returned=2 pid=2\n" },
	};

	(void)state;
	expect_rows(&cg_log_perf, rows, CG_N_ITEMS(rows));
}

/* NULs, cut lines, odd bytes: never more than "cannot be read". */
static void test_hostile_lines(void **state)
{
	static const char line[] = "5,1,2,-;" RECORD("7", "83", "0x50000");
	static const char perf[] = " 0.5 ( 0.03 ms): cat/2 access(filename: 0x5e, mode: R) = -1 ENOENT (No such file)";
	static const char json[] = "{\"_TRANSPORT\":\"kernel\",\"MESSAGE\":\"audit: type=1326 audit(1.0:7): arch=1\"}";
	static const char audit[] = "node=a " AUDIT("7", "83", "0x50000");
	static const char *const samples[] = { line, perf, json, audit };

	(void)state;
	for (size_t i = 0; i < CG_N_ITEMS(samples); i++)
		for (size_t n = 0; n <= strlen(samples[i]); n++)
			for (size_t f = 0; f < cg_n_log_formats; f++) {
				char *copy = malloc(n + 1);
				struct cg_log_facts facts;

				/* Exactly as long as it is, so that reading past its end is seen. */
				assert_non_null(copy);
				memcpy(copy, samples[i], n);
				free(read_log(cg_log_formats[f], copy, n, &facts));
				if (n) {
					copy[n / 2] = '\0';
					free(read_log(cg_log_formats[f], copy, n, &facts));
				}
				cg_log_format_of_line(copy, n);
				free(copy);
			}
}

/* More threads than are followed: their lines cannot be read, and nothing grows. */
static void test_thread_limit(void **state)
{
	struct cg_text log = { 0 }, events = { 0 };
	size_t n_unreadable = 0;
	struct cg_log_facts facts;
	void *reader = cg_log_perf.begin(cg_arch_find("x86_64"), describe, &events);

	(void)state;
	for (size_t i = 1; i <= CG_LOG_THREADS_LIMIT + 2; i++) {
		cg_text_clear(&log);
		cg_text_addf(&log, " 0.5 ( 0.03 ms): a/%zu getpid() = 2", i);
		n_unreadable += cg_log_perf.line(reader, cg_text_get(&log), log.length) == 1;
	}
	assert_int_equal(n_unreadable, 2);
	assert_int_equal(cg_log_perf.end(reader, &facts), 0);
	cg_log_perf.done(reader);
	cg_text_done(&log);
	cg_text_done(&events);
}

static void test_times(void **state)
{
	static const char log[] = "type=EOE msg=audit(1.000:1): \n"
				  "type=SECCOMP msg=audit(1700000002.500:2): arch=c000003e syscall=0 code=0x0\n"
				  "type=SECCOMP msg=audit(1700000001.250:3): arch=c000003e syscall=0 code=0x0\n";
	struct cg_log_facts facts;

	(void)state;
	free(read_log(&cg_log_audit, log, strlen(log), &facts));
	assert_int_equal(facts.first_ns, 1700000001250000000);
	assert_int_equal(facts.last_ns, 1700000002500000000);
	assert_int_equal(facts.exit_status, -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_seccomp_records),
		cmocka_unit_test(test_syscall_records),
		cmocka_unit_test(test_kernel_log_forms),
		cmocka_unit_test(test_journal_as_json),
		cmocka_unit_test(test_kernel_log_others),
		cmocka_unit_test(test_journal_twins),
		cmocka_unit_test(test_perf),
		cmocka_unit_test(test_perf_table),
		cmocka_unit_test(test_hostile_lines),
		cmocka_unit_test(test_thread_limit),
		cmocka_unit_test(test_times),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
