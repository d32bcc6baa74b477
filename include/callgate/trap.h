/*
 * callgate: say what a filter has trapped.
 *
 * For developing with a filter whose default is TRAP (SECCOMP_RET_TRAP, SCMP_ACT_TRAP): the program goes on, and tells
 * on a descriptor each call that it was refused, and where in which file that was made.
 */
#ifndef CALLGATE_TRAP_H
#define CALLGATE_TRAP_H

#ifdef __cplusplus
extern "C" {
#endif

/* What becomes of a trapped call once it is told. */
enum cg_trap_end {
	CG_TRAP_ENOSYS, /* it fails with ENOSYS, and the program goes on */
	CG_TRAP_DIE,    /* the process ends by SIGSYS, as without a handler */
};

/*
 * Installs a handler for SIGSYS, for all threads, that writes one line for each call that a filter traps to `fd`:
 *
 *     callgate: refused socket(AF_INET, 0x80001, 0) at /usr/lib/x86_64-linux-gnu/libc.so.6+0x10b2c7 [thread 4711]
 *
 * The name, its arguments as registers (where the registers of this machine are known to callgate: x86, ARM64), the
 * file that is mapped where the call was made and the offset in that file, which addr2line(1) takes for what common
 * linkers make. A TRAP that carries data (SCMP_ACT_TRAPX) has it at the end. Arguments that are pointers are told
 * as numbers: what they point to is not looked at.
 *
 * To be called before the filter is loaded: it opens a descriptor on /proc/self/maps (close-on-exec), read when that
 * file cannot be opened any more. The handler needs write(2) and, for the file and offset, pread64(2) or openat(2),
 * read(2) and close(2), and rt_sigreturn(2). Those of the first that the filter traps as well fail within the handler
 * (the line then says less, or nothing is written), those that it kills for are the end: such a filter should not
 * use KILL for them. A child of fork(2) keeps the handler; execve(2) ends it. Each line is one write(2).
 *
 * `fd` stays the caller's and must stay open. Calling it again changes descriptor and end. SIGSYS that no filter has
 * sent ends the process, as it would have.
 *
 * The call then fails with ENOSYS: to choose another end, cg_trap_report_then().
 *
 * Returns 0, or -EBADF: no such descriptor; -EINVAL: no such end; nothing has changed. The handler is
 * async-signal-safe and leaves errno alone; this function is not thread-safe. Rests on sigaction(2), SYS_SECCOMP;
 * kernel/seccomp.c, seccomp_send_sigsys().
 */
int cg_trap_report(int fd);
int cg_trap_report_then(int fd, enum cg_trap_end end);

#ifdef __cplusplus
}
#endif

#endif
