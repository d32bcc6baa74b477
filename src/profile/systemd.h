/*
 * Units of systemd: what SystemCallFilter= and its relatives say, systemd.exec(5).
 *
 * In: a policy. Out: a drop-in for a unit; and back, a profile from such a text. systemd filters by name, for all
 * architectures alike; by arguments only the family of a socket and the namespaces of clone.
 */
#ifndef CG_PROFILE_SYSTEMD_H
#define CG_PROFILE_SYSTEMD_H

#include "policy/policy.h"
#include "profile/profile.h"

#include <stdbool.h>
#include <stddef.h>

#define CG_SYSTEMD_WORDS_LIMIT 65536 /* calls named in one text */

/*
 * `native` is the architecture that "native" stands for. Calls that the policy allows by their arguments are open in the
 * unit, but for families of sockets and namespaces of clone, for which systemd has settings of their own; *ret_n_opened
 * says how many, and a comment which. -EINVAL: the default action is none of ERRNO and KILL_PROCESS; -ENOMEM.
 */
int cg_systemd_write(const struct cg_policy *policy, const struct cg_arch *native, struct cg_text *text,
		     size_t *ret_n_opened, struct cg_err *err);

/* Do the bytes begin like a unit: a section, or a setting SystemCall…=? */
bool cg_systemd_is(const char *bytes, size_t length);

/*
 * Reads SystemCallFilter=, SystemCallErrorNumber= and SystemCallArchitectures=; other settings that filter calls are
 * noted as left out, all others passed over. Errors as of cg_profile_read(); the sets of systemd (@system-service) are
 * none of ours, but for @default, which it adds to every list of what is allowed: -EINVAL, with the remedy.
 */
int cg_systemd_read(const char *name, const char *bytes, size_t length, const struct cg_target *target,
		    struct cg_notes *notes, struct cg_profile **ret_profile, struct cg_err *err);

/* For both directions. The members of @default; the names of architectures as systemd has them. NULL-terminated. */
extern const char *const cg_systemd_default_set[];
const char *cg_systemd_arch_name(const struct cg_arch *arch);
const struct cg_arch *cg_systemd_arch_find(const char *name);

#endif
