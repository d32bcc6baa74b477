/*
 * What live tests share: tests that load filters, and so need a kernel that takes them.
 */
#ifndef CG_OS_TEST_LIVE_H
#define CG_OS_TEST_LIVE_H

#include <errno.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define NOBODY 65534

/* True when this is no place for live tests (valgrind knows no seccomp(2)); then the plan of none is printed. */
static inline bool test_is_not_live(void)
{
	uint32_t action = SECCOMP_RET_ALLOW;

	if (syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0 || errno != ENOSYS)
		return false;
	puts("1..0 # SKIP seccomp(2) does not answer here: valgrind, or a sandbox");
	return true;
}

/*
 * For good. Dumpable, as a program that nobody starts would be and one that has changed its ids is not: without that
 * it may not even trace its own children.
 */
static inline bool test_become_nobody(void)
{
	return setresgid(NOBODY, NOBODY, NOBODY) == 0 && setresuid(NOBODY, NOBODY, NOBODY) == 0 &&
	       prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) == 0;
}

#endif
