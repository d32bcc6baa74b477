/*
 * A denied call, for whoever has to decide about it: what decided, where it would be allowed, what that would open, and
 * the edit of the profile's text that does it.
 *
 * In: a policy, the profile that it was made of where there is one, and a call. Out: facts with lines of the profile,
 * words, and new text, which nobody writes anywhere: whoever asked reads it again and looks whether it does what it
 * should. place.c finds and says; narrow.c holds a call to what was seen of it; operations.c knows what is riskier than
 * its call; edit.c and edit_json.c change text; diff.c shows what changed.
 */
#ifndef CG_ADVICE_ADVICE_H
#define CG_ADVICE_ADVICE_H

#include "abi/syscalls.h"
#include "base/err.h"
#include "base/text.h"
#include "callgate/call.h"
#include "policy/policy.h"
#include "profile/profile.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The profile as messages name it, and where its parts stand. */
struct cg_advice_profile {
	const char *reference;
	const struct cg_policy *policy;
	const struct cg_profile *profile; /* or NULL */
	/* How many known kernel vulnerabilities were reached through a call of this name (report/cves.h), or NULL. */
	size_t (*count_vulnerabilities)(const char *call);
};

/* ---- place.c */

enum cg_advice_cause {
	CG_ADVICE_ALLOWED,    /* the profile lets it through: something else denied it */
	CG_ADVICE_ARCH,       /* the profile does not have this architecture */
	CG_ADVICE_RULE,       /* a rule refuses it */
	CG_ADVICE_CONDITIONS, /* rules that allow it have conditions that do not hold */
	CG_ADVICE_UNNAMED,    /* no rule names it */
};

struct cg_advice {
	enum cg_advice_cause cause;
	uint32_t action;              /* the profile's answer */
	bool is_guess;                /* it depends on arguments, which were not seen */
	uint32_t line;                /* of what decided; 0: not known */
	const struct cg_rule *rule;   /* RULE: that one. CONDITIONS: one that allows the call under conditions */
	const struct cg_profile_rule *roomiest; /* the unconditional rule that allows most calls, or NULL */
};

/*
 * `has_args`: the arguments were seen. Where they were not, and rules ask for them, the rule is sought that answers as
 * `action`, the kernel's, says. Borrowed from the profile and the policy.
 */
struct cg_advice cg_advice_find(const struct cg_advice_profile *profile, const struct cg_call *call, bool has_args,
				uint32_t action);

/* A line each, indented by two, a newline at their ends. `call` by name. */
void cg_advice_say_where(const struct cg_advice_profile *profile, const struct cg_advice *advice,
			 const struct cg_call *call, struct cg_text *text);
void cg_advice_say_risk(const struct cg_advice_profile *profile, const struct cg_call *call, bool has_args,
			struct cg_text *text);

/* Both, of a call whose arguments were seen; nothing where `action` lets it through. */
void cg_advice_say_denial(const struct cg_advice_profile *profile, const struct cg_call *call, uint32_t action,
			  struct cg_text *text);

/* ---- narrow.c: a call that is to be allowed, as narrow as it was seen */

struct cg_advice_wish {
	const struct cg_arch *arch;
	uint32_t nr;
	const char *name; /* abi/'s */
	bool is_held;     /* to the comparison; else it is to be allowed whatever its arguments */
	struct cg_comparison comparison;
};

/*
 * Of a call by its number; held to the argument that selects what it does (a socket's domain, a request of ioctl),
 * where it has one and has_args. False: the number has no name.
 */
bool cg_advice_wish_of(const struct cg_call *call, bool has_args, struct cg_advice_wish *ret_wish);

/* "ioctl", "ioctl when cmd == TIOCSTI": as callgate-policy(5) has it. */
void cg_advice_wish_say(const struct cg_advice_wish *wish, struct cg_text *text);

/* ---- operations.c */

struct cg_advice_risk {
	enum cg_tier tier;
	const char *reason;    /* one clause or sentence, "" for none; constant */
	const char *operation; /* the one that makes it so: "TIOCSTI"; NULL: the call itself */
};

/* What allowing it would open: the call's own risk, or that of the riskiest operation that goes through it. */
struct cg_advice_risk cg_advice_risk_of(const struct cg_advice_wish *wish);

/* ---- edit.c */

enum cg_advice_form {
	CG_ADVICE_JSON,    /* what engines read, comments and all */
	CG_ADVICE_POLICY,  /* callgate-policy(5) */
	CG_ADVICE_SYSTEMD, /* a unit, or a drop-in */
};

/*
 * One step towards `wish`: `bytes`, of which `profile` was read, with a name or a rule more, or one less that refuses
 * it. Appended to `ret_bytes`. 0; 1: there is no such step, and `err` has the words why.
 * A step may not be enough (a refusal taken away leaves the default): read the text again, and ask again.
 * Errors: -ENOMEM.
 */
int cg_advice_edit(enum cg_advice_form form, const char *bytes, size_t length, const struct cg_advice_profile *profile,
		   const struct cg_advice_wish *wish, const struct cg_advice *advice, struct cg_text *ret_bytes,
		   struct cg_err *err);

/* edit_json.c; for edit.c. */
int cg_advice_edit_json(const char *bytes, size_t length, const struct cg_advice_profile *profile,
			const struct cg_advice_wish *wish, const struct cg_advice *advice, struct cg_text *ret_bytes,
			struct cg_err *err);

/* ---- diff.c */

#define CG_ADVICE_DIFF_EDITS 512 /* lines that differ; beyond, all between the first and the last of them is replaced */

/* A unified diff with three lines around each change, as patch(1) reads it; nothing where both are equal. 0 or -ENOMEM. */
int cg_advice_diff(const char *name_a, const char *name_b, const char *a, const char *b, struct cg_text *text);

#endif
