/*
 * The rules of lint: a row each, and what their functions work with. Within lint/.
 *
 * How to add one: a function in the file that it belongs to, a row in rules.c, a row in test-lint.c.
 */
#ifndef CG_LINT_RULES_H
#define CG_LINT_RULES_H

#include "abi/syscalls.h"
#include "base/text.h"
#include "lint/lint.h"

#include <stdbool.h>

/* One call on one arch of the policy, with the rules that speak of it. */
struct cg_lint_call {
	const struct cg_arch *arch;
	uint32_t nr;
	const char *name; /* NULL: a number without a name */
	const struct cg_rule *const
		*rules; /* in the order of the policy, those that say what the default says left out */
	size_t n_rules;
	const struct cg_rule *unconditional; /* the first, which decides alone; or NULL */
};

struct cg_lint_rule;

struct cg_lint {
	const struct cg_profile *profile;
	const struct cg_target *target;
	const struct cg_policy *policy;
	struct cg_notes *notes;
	const struct cg_lint_rule *rule; /* the one at work */
	struct cg_arena arena;
	struct cg_lint_call *calls; /* sorted by arch, then number */
	size_t n_calls;
	size_t n_said;                 /* of the rule at hand */
	enum cg_severity worst_unsaid; /* of those beyond CG_LINT_FINDINGS_LIMIT */
};

struct cg_lint_rule {
	const char *id;
	enum cg_severity severity;
	const char *reason;		  /* why it is looked for: one sentence */
	const char *remedy;		  /* what to do */
	bool needs_policy;		  /* makes no sense where no seccomp would be applied */
	int (*run)(struct cg_lint *lint); /* 0 or -ENOMEM */
};

extern const struct cg_lint_rule cg_lint_rules[];
extern const size_t cg_n_lint_rules;

/* Sorts the rules of profile, target and policy, which are set. 0 or -ENOMEM; done all the same. */
int cg_lint_start(struct cg_lint *lint);
void cg_lint_done(struct cg_lint *lint);

/* A place in the profile's text. */
struct cg_lint_place {
	uint32_t line, column;
};

/* Adds a finding of the rule at work. 0 or -ENOMEM. */
int cg_lint_say(struct cg_lint *lint, struct cg_lint_place at, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* The same with another severity than the row's. */
int cg_lint_say_as(struct cg_lint *lint, enum cg_severity severity, struct cg_lint_place at, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* The call of this name on an arch, or NULL when no rule speaks of it. */
const struct cg_lint_call *cg_lint_find(const struct cg_lint *lint, const struct cg_arch *arch, const char *name);

/* May the call be made with some arguments; with any arguments? By name on an arch of the policy; no: lacks it. */
bool cg_lint_is_possible(const struct cg_lint *lint, const struct cg_arch *arch, const char *name);
bool cg_lint_is_open(const struct cg_lint *lint, const struct cg_arch *arch, const char *name);

/* The same on any arch of the policy. */
bool cg_lint_is_possible_anywhere(const struct cg_lint *lint, const char *name);
bool cg_lint_is_open_anywhere(const struct cg_lint *lint, const char *name);

/* The CLONE_NEW* that clone can make on an arch, with that flag and no other. risk.c */
uint32_t cg_lint_open_namespaces(const struct cg_lint *lint, const struct cg_arch *arch);

/* Where a name stands in a rule that applies and permits it; the first place if there are several, {0} if none. */
struct cg_lint_place cg_lint_place_of(const struct cg_lint *lint, const char *name);
struct cg_lint_place cg_lint_place_of_rule(const struct cg_profile_rule *rule);

/* Where the profile names the call on the line that a rule of the policy came from. */
struct cg_lint_place cg_lint_place_of_decision(const struct cg_lint *lint, const struct cg_lint_call *call,
					       const struct cg_rule *rule);

/* The first arch of the policy speaks for the others: a rule by name is the same on all of them. */
bool cg_lint_speaks_for_its_name(const struct cg_lint *lint, const struct cg_lint_call *call);

/* How a call that is not open came to be so: by somebody's word, or because nobody spoke of it. */
enum cg_lint_restriction {
	CG_LINT_UNRESTRICTED, /* open, or the arch lacks it */
	CG_LINT_BY_DEFAULT,   /* not listed; or refused with ENOSYS, which sends libraries to another call */
	CG_LINT_BY_ARGUMENTS,
	CG_LINT_BY_NAME,
};

/* *ret_place: of the rule that restricts it, {0} where there is none. */
enum cg_lint_restriction cg_lint_restriction(const struct cg_lint *lint, const struct cg_arch *arch, const char *name,
					     struct cg_lint_place *ret_place);

/* Names for a message: the first few, and how many are left. Start with {0}. */
struct cg_lint_names {
	size_t n_most; /* to be shown; 0: six */
	struct cg_text text;
	size_t n_names, n_shown;
};

void cg_lint_names_add(struct cg_lint_names *names, const char *name);
/* "read, write and 3 more"; "" for none; NULL when out of memory. */
const char *cg_lint_names_get(struct cg_lint_names *names);
void cg_lint_names_done(struct cg_lint_names *names);

/* Is it told that io_uring goes around this profile? bypass.c */
bool cg_lint_tells_ring(const struct cg_lint *lint);

/* Action and data of a profile's rule as the policy has them; false when it has none. */
bool cg_lint_action_of(const struct cg_lint *lint, const struct cg_profile_rule *rule, uint32_t *ret_action);

/* The rules. mistakes.c */
int cg_lint_empty(struct cg_lint *lint);
int cg_lint_no_exec(struct cg_lint *lint);
int cg_lint_no_exit(struct cg_lint *lint);
int cg_lint_missing_arch(struct cg_lint *lint);
int cg_lint_absent_calls(struct cg_lint *lint);
int cg_lint_errno_zero(struct cg_lint *lint);
/* everyday.c */
int cg_lint_everyday(struct cg_lint *lint);
/* overlaps.c */
int cg_lint_same_as_default(struct cg_lint *lint);
int cg_lint_duplicate_names(struct cg_lint *lint);
int cg_lint_shadowed(struct cg_lint *lint);
int cg_lint_overlaps(struct cg_lint *lint);
/* risk.c */
int cg_lint_default_permits(struct cg_lint *lint);
int cg_lint_dangerous(struct cg_lint *lint);
int cg_lint_namespaces(struct cg_lint *lint);
int cg_lint_clone3(struct cg_lint *lint);
int cg_lint_open_arguments(struct cg_lint *lint);
/* bypass.c */
int cg_lint_multiplexer(struct cg_lint *lint);
int cg_lint_io_uring(struct cg_lint *lint);
int cg_lint_twins(struct cg_lint *lint);
int cg_lint_ptrace_change(struct cg_lint *lint);
int cg_lint_uprobe(struct cg_lint *lint);
/* comparisons.c */
int cg_lint_wide_bypass(struct cg_lint *lint);
int cg_lint_wide_refusal(struct cg_lint *lint);
int cg_lint_x32_words(struct cg_lint *lint);
int cg_lint_pointers(struct cg_lint *lint);
int cg_lint_mask_zero(struct cg_lint *lint);
int cg_lint_mask_stray(struct cg_lint *lint);
/* answers.c */
int cg_lint_notify_alone(struct cg_lint *lint);
int cg_lint_notify_write(struct cg_lint *lint);
int cg_lint_notify_default(struct cg_lint *lint);
int cg_lint_kill_probes(struct cg_lint *lint);
int cg_lint_errno_probes(struct cg_lint *lint);
int cg_lint_newer_than_library(struct cg_lint *lint);

#endif
