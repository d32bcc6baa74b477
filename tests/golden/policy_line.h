/*
 * The policy part of a golden line: one line of callgate-policy(5) to a policy.
 *
 *     default=KILL_PROCESS; arch=x86_64,x86; bad-arch=ERRNO(EPERM); allow read,write when a0 == 0 and a2 <= 4096;
 *     ERRNO(EACCES) socket; allow x86:102; log x32:read when a1 & 0xff == 3
 *
 * Raw, each statement is rules as they stand, so that eval's own precedence can be asked about; else it is a text as
 * people write it, in which the last statement that holds decides. Without arch= the policy is x86_64's.
 */
#ifndef CG_TESTS_POLICY_LINE_H
#define CG_TESTS_POLICY_LINE_H

#include "policy/policy.h"

/* -EINVAL with policy:1:COLUMN as place. */
int policy_line_parse(const char *text, bool is_raw, struct cg_policy **ret_policy, struct cg_err *err);

#endif
