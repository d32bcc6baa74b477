/*
 * The words of the profile format: operators, flags, kernel versions, and what a wrong word may have been meant for.
 *
 * In: a word as written. Out: what it means, or the word that may have been meant, NULL when none is near. What all
 * words of a kind begin with (SCMP_ACT_) does not count: it would make every word near. Only for this folder.
 */
#ifndef CG_PROFILE_WORDS_H
#define CG_PROFILE_WORDS_H

#include "policy/policy.h"

#include <stdbool.h>

/* SCMP_CMP_EQ and its kin, exactly; false when there is no such operator. */
bool cg_op_find_oci(const char *name, enum cg_op *ret_op);
const char *cg_op_oci_name(enum cg_op op);
const char *cg_op_suggest_oci(const char *name); /* also for "EQ" and "==" */

/* SECCOMP_FILTER_FLAG_… to a bit of enum cg_policy_flag; false when there is no such flag. */
bool cg_flag_find_oci(const char *name, unsigned int *ret_flag);
const char *cg_flag_suggest_oci(const char *name);

/* For SCMP_ACT_DENY, ERRNO, permit, ...: the action that was meant. */
const char *cg_action_meant_oci(const char *name);

/* For amd64, x86_64, SCMP_ARCH_X8664, ...: the architecture that was meant. */
const char *cg_arch_meant_oci(const char *name);

/* "4.8" as Docker has it: two decimal numbers up to 255, not both 0. */
bool cg_min_kernel_parse(const char *text, unsigned int ret_kernel[2]);

#endif
