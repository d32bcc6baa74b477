/*
 * Draft: a sketch becomes a profile.
 *
 * In: a sketch (learn/sketch.h). Out: a profile (profile/profile.h) as a person would have written it: calls of one
 * verdict and one reason in one rule, under a heading that says why they are there and how to leave them out.
 *
 * learn/ and profile/ stand on one layer and are strangers; this folder stands above both and is the one place where
 * they meet.
 */
#ifndef CG_DRAFT_DRAFT_H
#define CG_DRAFT_DRAFT_H

#include "base/err.h"
#include "learn/sketch.h"
#include "profile/profile.h"

/* `name` stands in places of errors about the profile. Errors: -ENOMEM. */
int cg_draft_profile(const struct cg_sketch *sketch, const char *name, struct cg_profile **ret_profile,
		     struct cg_err *err);

#endif
