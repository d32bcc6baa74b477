/*
 * What a container's recording becomes: a profile under which it starts again.
 *
 * In: a recording, the name of a base for the runtime, perhaps a profile to build on. Out: the profile, as callgate
 * generate writes it from the same words.
 */
#ifndef CG_HOOK_RESULT_H
#define CG_HOOK_RESULT_H

#include "base/err.h"
#include "base/text.h"
#include "learn/generate.h"
#include "learn/recording.h"
#include "policy/policy.h"
#include "profile/profile.h"

/* A profile to build on: read once, before the container starts, so that its faults are told then. */
struct cg_hook_base {
	const char *name;
	struct cg_profile *profile;
	struct cg_policy *policy;
};

/* Whatever engine it is for, it is read by the rules of plain OCI, as callgate generate --base reads it. */
int cg_hook_base_read(const char *name, const char *bytes, size_t length, struct cg_hook_base *ret_base,
		      struct cg_err *err);
/* "runc", "crun-nnp", …: -ENOENT there is none of that name. */
int cg_hook_base_find(const char *name, struct cg_hook_base *ret_base, struct cg_err *err);
void cg_hook_base_done(struct cg_hook_base *base);

/* Appends to `text`. */
int cg_hook_profile_write(const struct cg_recording *recording, enum cg_generate_args args,
			  const struct cg_hook_base *bases, size_t n_bases, struct cg_text *text,
			  struct cg_err *err);

#endif
