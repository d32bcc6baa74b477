/*
 * callgate: make a policy, call by call. What it means is in callgate-policy(5); load it with callgate/load.h.
 *
 *     struct cg_policy *policy = cg_policy_new(SECCOMP_RET_ERRNO | EPERM);
 *     struct cg_comparison is_stdout = { .arg = 0, .op = CG_OP_EQ, .value = 1 };
 *
 *     cg_policy_add_call(policy, SECCOMP_RET_ALLOW, "exit_group", NULL, 0, &err);
 *     cg_policy_add_call(policy, SECCOMP_RET_ALLOW, "write", &is_stdout, 1, &err);
 *     cg_load_policy(policy, 0, &err);
 *
 * A policy belongs to one thread at a time. Actions are the kernel's, with their data (linux/seccomp.h):
 * SECCOMP_RET_ALLOW, SECCOMP_RET_ERRNO | EPERM, SECCOMP_RET_TRAP, SECCOMP_RET_KILL_PROCESS, …
 */
#ifndef CALLGATE_POLICY_H
#define CALLGATE_POLICY_H

#include "callgate/err.h"

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct cg_policy;

/* Unsigned, of 64 bits; of 32 on 32-bit architectures (x32 too), where value and mask are cut as well. */
enum cg_op {
	CG_OP_NE,
	CG_OP_LT,
	CG_OP_LE,
	CG_OP_EQ,
	CG_OP_GE,
	CG_OP_GT,
	CG_OP_MASKED_EQ, /* (arg & mask) == (value & mask) */
};

/* Holds an argument against a value. Registers are compared, never what a pointer points to. */
struct cg_comparison {
	unsigned int arg; /* 0-5 */
	enum cg_op op;
	uint64_t value;
	uint64_t mask; /* CG_OP_MASKED_EQ only */
};

/* A policy without rules, in which every call gets this action. NULL when out of memory. */
struct cg_policy *cg_policy_new(uint32_t default_action);

/* Releases it; NULL is fine. Returns NULL. */
struct cg_policy *cg_policy_free(struct cg_policy *policy);

/*
 * Adds an architecture by name ("x86_64", "aarch64", "x86", …), NULL for this machine's; twice is fine. Calls of all
 * others end the thread (KILL_THREAD). Rules go to the architectures that are there when they are added; a policy
 * without any gets this machine's with its first rule.
 * Errors: -EINVAL no such architecture; -EDOM one of another byte order than those already there.
 */
int cg_policy_add_architecture(struct cg_policy *policy, const char *name, struct cg_err *err);

/*
 * Adds a rule for a call, by the kernel's name: it gets `action` if all comparisons hold, which may be none, or several
 * of one argument. Several rules for one call: one without comparisons wins, then the most restrictive that matches.
 * Architectures that lack the call are left out; socketcall(2) and ipc(2) are calls of their own.
 * Errors: -ENOENT no architecture of the policy has such a call (err names the nearest); -EINVAL an argument above 5,
 * no such operator, no such action; -E2BIG more than 64 comparisons, or 2^20 rules; -ENOMEM.
 */
int cg_policy_add_call(struct cg_policy *policy, uint32_t action, const char *call,
		       const struct cg_comparison *comparisons, unsigned int n_comparisons, struct cg_err *err);

#ifdef __cplusplus
}
#endif

#endif
