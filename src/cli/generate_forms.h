/*
 * Forms of what callgate generate made: Docker's JSON, OCI's, a unit's drop-in, a custom resource, policy text, C.
 *
 * In: what was learnt, as a sketch and as the profile drafted from it. Out: text, for people or for an engine.
 */
#ifndef CG_CLI_GENERATE_FORMS_H
#define CG_CLI_GENERATE_FORMS_H

#include "base/err.h"
#include "base/text.h"
#include "cli/opt.h"
#include "learn/sketch.h"
#include "profile/profile.h"
#include "profile/target.h"

/* The names of all forms, for help and completion. */
#define CG_FORM_WORDS "docker oci systemd k8s policy c"

/* What is to be written, and of what. */
struct cg_writing {
	const struct cg_target *target;
	const struct cg_sketch *sketch;
	struct cg_profile *profile;
	struct cg_text *text; /* failure is sticky: the caller looks at it */
};

struct cg_form {
	const char *name;
	/* 0, or a negative errno with err set. */
	int (*write)(struct cg_writing *writing, struct cg_err *err);
};

/* NULL names the default form. NULL where there is no such form. */
const struct cg_form *cg_form_find(const char *name);

/* Says which forms there are; CG_EXIT_USAGE. */
int cg_form_usage(const struct cg_args *args, const char *given);

#endif
