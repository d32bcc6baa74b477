/*
 * Policies as text, callgate-policy(5): the language of the golden lines made fit for people.
 *
 *     default ERRNO(ENOSYS)
 *     include @container-default
 *     allow ioctl when request in {TCGETS, FIONREAD}
 *     deny  ioctl when request == TIOCSTI        # the last statement that holds decides
 *
 * In: text. Out: a policy, its statements lowered to rules that do not depend on an order; and back: a policy as text,
 * and as a profile that engines read. What the language means is said in man/callgate-policy.5.scd; lower.c does it.
 *
 *   lex.c parse.c condition_syntax.c include.c     text to statements (syntax.h)
 *   names.c condition.c                            what names and conditions stand for on one architecture
 *   box.c box_rules.c                              sets of argument values, and rules that say them
 *   lower.c                                        statements to disjoint rules
 *   read.c outline.c                               the whole of it
 *   order.c calls.c write.c to_profile.c pfc.c     and back, and as pseudo filter code
 */
#ifndef CG_LANGUAGE_POLICY_TEXT_H
#define CG_LANGUAGE_POLICY_TEXT_H

#include "base/err.h"
#include "base/notes.h"
#include "base/text.h"
#include "policy/policy.h"
#include "profile/profile.h"

#define CG_POLICY_TEXT_SUFFIX ".policy" /* a file of this name is policy text, whatever it looks like */

#define CG_POLICY_TEXT_SIZE_LIMIT ((size_t)1 << 20)      /* bytes of one text */
#define CG_POLICY_TEXT_STATEMENTS_LIMIT ((size_t)1 << 16) /* all texts together */
#define CG_POLICY_TEXT_DEPTH_LIMIT 64                    /* brackets within brackets */
#define CG_POLICY_TEXT_INCLUDES_LIMIT 64                 /* texts and profiles, all together */
#define CG_POLICY_TEXT_INCLUDE_DEPTH_LIMIT 8             /* texts that include texts */
#define CG_POLICY_TEXT_NAMES_LIMIT ((size_t)1 << 20)     /* names, groups spelt out, times architectures */
/* One call's conditions: CG_BOXES_LIMIT pieces; all conditions together: CG_BOX_STEPS_LIMIT steps; see box.h. */

struct cg_policy_text_options {
	const struct cg_target *target; /* the native arch, which is always part; --arch; how included JSON is read */
	/*
	 * Yields what `include PATH` stands for (not @bundled profiles, which need no file): `from` is the name of the
	 * including text, *ret_name (as errors will show it) lives until the next call. NULL: there are no files.
	 */
	int (*include)(void *context, const char *from, const char *path, struct cg_text *ret_bytes,
		       const char **ret_name, struct cg_err *err);
	void *context;
	struct cg_notes *notes; /* or NULL: what is no error but worth saying */
	/*
	 * For tests of policies themselves: each statement is rules as they stand, with the precedence of eval.c
	 * instead of the language's own; only the architectures that the text names. Sets, `or`, `not`: errors.
	 */
	bool is_raw;
};

/* Does this look like policy text (and not like JSON, nor like a filter)? */
bool cg_policy_text_is(const char *bytes, size_t length);

/*
 * Reads a text. *ret_outline (may be NULL; the caller frees it) is the text as a profile, for lint: names with their
 * places, and what a policy does not hold (the listener). Its rules have no arguments: resolve and write refuse it.
 * Errors: -EINVAL, -E2BIG (a limit above), -EDOM (byte orders mixed), -ENOMEM, with file:line:column; the callback's.
 */
int cg_policy_text_read(const char *name, const char *bytes, size_t length,
			const struct cg_policy_text_options *options, struct cg_policy **ret_policy,
			struct cg_profile **ret_outline, struct cg_err *err);

/*
 * The policy as text, with a newline at its end: read again it means the same. `profile` (may be NULL) is where the
 * policy came from, for its listener. Errors: -EOPNOTSUPP an action that the language has no word for; -EOVERFLOW
 * conditions too tangled to be compared; -ENOMEM.
 */
int cg_policy_text_write(const struct cg_policy *policy, const struct cg_profile *profile, struct cg_text *text,
			 struct cg_err *err);

/* The same, with what `of` says of a call as a comment above it; calls of one comment stand together. NULL: nothing. */
struct cg_policy_text_reasons {
	const char *(*of)(const void *context, const char *name);
	const void *context;
};

int cg_policy_text_write_with_reasons(const struct cg_policy *policy, const struct cg_profile *profile,
				      const struct cg_policy_text_reasons *reasons, struct cg_text *text,
				      struct cg_err *err);

/*
 * The policy as a profile in OCI form: names hold on every architecture, and a rule compares each argument once.
 * `profile` as above. Errors: -EOPNOTSUPP what that form cannot say, with the call; -EOVERFLOW as above; -ENOMEM.
 */
#define CG_POLICY_TO_PROFILE_RULES_LIMIT ((size_t)256) /* rules that stand for one */

int cg_policy_to_profile(const struct cg_policy *policy, const struct cg_profile *profile,
			 struct cg_profile **ret_profile, struct cg_err *err);

/* pfc.c: the policy as pseudo filter code, as libseccomp's seccomp_export_pfc(3) has it. 0 or -ENOMEM. */
int cg_policy_write_pfc(const struct cg_policy *policy, struct cg_text *text);

#endif
