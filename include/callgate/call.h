/*
 * callgate: one system call as the kernel shows it to a filter.
 */
#ifndef CALLGATE_CALL_H
#define CALLGATE_CALL_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * arch: the AUDIT_ARCH_* token; x32 calls carry x86_64's token and bit 30 in nr.
 * nr:   the number as a filter sees it (unsigned; 0xffffffff is the number with which a tracer skips a call).
 * ip:   the instruction pointer. args: the six argument registers, whole.
 * The same fields as struct seccomp_data (linux/seccomp.h), in the host's byte order.
 */
struct cg_call {
	uint32_t arch;
	uint32_t nr;
	uint64_t ip;
	uint64_t args[6];
};

#ifdef __cplusplus
}
#endif

#endif
