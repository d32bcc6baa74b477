/*
 * The words of the profile format beside actions and architectures: operators, flags, kernel versions.
 *
 * In: a word as written. Out: what it means, or the word that may have been meant. Only for the files of this folder.
 */
#ifndef CG_PROFILE_WORDS_H
#define CG_PROFILE_WORDS_H

#include "policy/policy.h"

#include <stdbool.h>

/* SCMP_CMP_EQ and its kin, exactly; false when there is no such operator. */
bool cg_op_find_oci(const char *name, enum cg_op *ret_op);
const char *cg_op_oci_name(enum cg_op op);
/* For "EQ", "==" or "SCMP_CMP_EQQ": the operator that was meant, or NULL. */
const char *cg_op_suggest_oci(const char *name);

/* SECCOMP_FILTER_FLAG_… to a bit of enum cg_policy_flag; false when there is no such flag. */
bool cg_flag_find_oci(const char *name, unsigned int *ret_flag);
const char *cg_flag_suggest_oci(const char *name);

/* "4.8" as Docker has it: two decimal numbers up to 255, not both 0. */
bool cg_min_kernel_parse(const char *text, unsigned int ret_kernel[2]);

#endif
