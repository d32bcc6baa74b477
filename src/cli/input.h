/*
 * Whatever stands where a profile is read (callgate(1)): a file (JSON or policy text), "-", "@bundled".
 */
#ifndef CG_CLI_INPUT_H
#define CG_CLI_INPUT_H

#include "cli/cli.h"
#include "policy/policy.h"
#include "profile/profile.h"

/* What a reference turned out to be. Start with {0}; end with cg_input_done(). */
struct cg_input {
	struct cg_text text;         /* the bytes as read */
	struct cg_profile *profile;  /* of a policy text only its outline: see language/policy_text.h */
	struct cg_policy *policy;    /* NULL when the engine would apply no seccomp at all */
	struct cg_notes notes;       /* what reading and resolving remarked */
};

/* The reference behind --profile, or what CALLGATE_PROFILE or SECCOMP_PROFILE_PATH names; NULL when there is none. */
const char *cg_cli_profile_reference(const struct cg_args *args);

/* What messages call it: "standard input" for "-", else the reference itself. */
const char *cg_input_name(const char *reference);

/* Reads and resolves for a target. Errors as the profile's reader has them, with places. */
int cg_input_read(const char *reference, const struct cg_target *target, struct cg_input *input, struct cg_err *err);

/* Its two halves, for who looks at the bytes first (subject.h): fills input->text; gives it a meaning. */
int cg_input_fetch(const char *reference, struct cg_input *input, struct cg_err *err);
int cg_input_take(const char *reference, const struct cg_target *target, struct cg_input *input, struct cg_err *err);

/* Do the bytes (or the name) say that it is policy text? */
bool cg_input_is_policy_text(const char *reference, const struct cg_input *input);

/* Prints the notes that are warnings or worse on standard error. */
void cg_input_say_notes(const struct cg_input *input, const char *reference);

void cg_input_done(struct cg_input *input);

#endif
