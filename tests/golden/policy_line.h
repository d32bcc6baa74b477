/*
 * The policy part of a golden line: one line of text to a policy.
 *
 *     default=KILL_PROCESS; arch=x86_64,x86; bad-arch=ERRNO(EPERM); allow read,write when a0 == 0 and a2 <= 4096;
 *     ERRNO(EACCES) socket; allow x86:102; log x32:read when a1 & 0xff == 3
 *
 * Statements end with ";". default= must come first, arch= (x86_64 when left out) before the first rule. An action is
 * one of abi/'s names, in any case. A name may be bound to one arch: x86:open, x86_64:1234.
 */
#ifndef CG_TESTS_POLICY_LINE_H
#define CG_TESTS_POLICY_LINE_H

#include "policy/policy.h"

/* -EINVAL with the statement as place. */
int policy_line_parse(const char *text, struct cg_policy **ret_policy, struct cg_err *err);

#endif
