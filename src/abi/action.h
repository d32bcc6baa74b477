/*
 * Actions: what a filter answers, as the 32-bit value of the kernel (action in the high half, data in the low).
 *
 * In: kernel values, or names in the field's spellings. Out: the other form. Source: linux/seccomp.h, seccomp(2).
 */
#ifndef CG_ABI_ACTION_H
#define CG_ABI_ACTION_H

#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The kernel's values (SECCOMP_RET_*), from the most to the least restrictive. */
#define CG_ACTION_KILL_PROCESS 0x80000000U
#define CG_ACTION_KILL_THREAD 0x00000000U
#define CG_ACTION_TRAP 0x00030000U
#define CG_ACTION_ERRNO 0x00050000U
#define CG_ACTION_NOTIFY 0x7fc00000U
#define CG_ACTION_TRACE 0x7ff00000U
#define CG_ACTION_LOG 0x7ffc0000U
#define CG_ACTION_ALLOW 0x7fff0000U

#define CG_ACTION_MASK 0xffff0000U /* SECCOMP_RET_ACTION_FULL */
#define CG_ACTION_DATA 0x0000ffffU /* SECCOMP_RET_DATA */
#define CG_ERRNO_MAX 4095U         /* MAX_ERRNO: the kernel cuts larger data to it */

#define cg_action_errno(number) (CG_ACTION_ERRNO | ((uint32_t)(number) & CG_ACTION_DATA))
#define cg_action_trace(number) (CG_ACTION_TRACE | ((uint32_t)(number) & CG_ACTION_DATA))

struct cg_action_row {
	uint32_t value;
	const char *name;     /* ERRNO: as golden lines and policy text have it */
	const char *oci_name; /* SCMP_ACT_ERRNO */
	bool takes_data;      /* ERRNO and TRACE */
	bool is_denial;       /* the call is not made (TRACE and NOTIFY: somebody else decides) */
};

extern const struct cg_action_row cg_actions[];
extern const size_t cg_n_actions;

/* The row of a kernel value, data apart; values that the kernel treats as KILL_PROCESS get that row. Never NULL. */
const struct cg_action_row *cg_action_row(uint32_t action);

/* By name: ERRNO, errno, SCMP_ACT_ERRNO, KILL (= KILL_THREAD), NOTIFY or USER_NOTIF, …; NULL when there is none. */
const struct cg_action_row *cg_action_find(const char *name);
const struct cg_action_row *cg_action_find_oci(const char *oci_name);
const char *cg_action_suggest_oci(const char *oci_name);

/* Below 0, 0, above 0 as `a` is more, equally, less restrictive than `b`: the kernel's order, data not compared. */
int cg_action_compare(uint32_t a, uint32_t b);

/* ALLOW and LOG: the call is made. */
bool cg_action_is_permit(uint32_t action);

/* "ERRNO(EPERM)", "TRACE(5)", "ALLOW": appended. ALLOW with data prints as ALLOW(7). */
void cg_action_format(struct cg_text *text, uint32_t action);

/* The reverse: ERRNO(EPERM), ERRNO(1), ERRNO (= EPERM), TRACE(5), KILL_PROCESS, … of the whole string; false if not. */
bool cg_action_parse(const char *text, uint32_t *ret_action);

#endif
