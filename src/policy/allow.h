/*
 * Policies from names: "@stdio,@file-read,openat".
 *
 * In: a list of calls and groups. Out: rules that allow them. Groups are abi/'s; a name with its @ or a call's own.
 */
#ifndef CG_POLICY_ALLOW_H
#define CG_POLICY_ALLOW_H

#include "policy/policy.h"

/*
 * A policy that allows what `base` allows, and besides the calls of `list` (names and @groups, separated by commas),
 * whatever their arguments, on every arch of `base`: rules of `base` about these calls are left out. A name that an
 * arch lacks is nothing there.
 * Errors: -ENOENT a name that no arch has, -EINVAL an empty name (err has the word as its place), -ENOMEM.
 */
int cg_policy_allow(const struct cg_policy *base, const char *list, struct cg_policy **ret_policy, struct cg_err *err);

#endif
