/*
 * A profile: text that an engine reads, taken apart but not yet given a meaning.
 *
 * In: JSON (oci.c reads the forms of the OCI runtime-spec and of Docker; both are one grammar with optional parts),
 * or the cg_profile_add_ functions (learn/ builds one from recordings). Out: this struct, in which every part still
 * knows its line and column; resolve.c turns it, with a target, into a policy, and write.c writes it as strict JSON.
 * Words that mean nothing (an action that does not exist) are kept as words: an engine that drops the rule by a
 * condition never looks at them.
 */
#ifndef CG_PROFILE_PROFILE_H
#define CG_PROFILE_PROFILE_H

#include "base/arena.h"
#include "base/err.h"
#include "base/notes.h"
#include "base/text.h"
#include "base/vec.h"
#include "policy/policy.h"
#include "profile/target.h"

#include <stdbool.h>
#include <stdint.h>

#define CG_PROFILE_SIZE_LIMIT ((size_t)16 << 20) /* bytes of text */
#define CG_PROFILE_NOTES_LIMIT 200               /* notes about one profile: reading and resolving add no more */

/* A word of the text and its place; line 0 when the profile was not read from text. `text` lives in the arena. */
struct cg_profile_word {
	const char *text; /* NULL: not there */
	uint32_t line, column;
};

/* A CG_VEC with a name, so that functions can take it. */
struct cg_profile_words {
	struct cg_profile_word *items;
	size_t n_items;
	size_t n_room;
};

struct cg_profile_arg {
	uint32_t index;      /* may be above 5; cut to UINT32_MAX */
	enum cg_op op;       /* valid when bad_op.text is NULL */
	uint64_t value;      /* MASKED_EQ: the mask */
	uint64_t value_two;  /* MASKED_EQ: the datum */
	uint32_t line, column;
	struct cg_profile_word bad_op; /* `op` as written when no such operator exists */
};

/* includes / excludes: when a rule applies. Empty lists and has_min_kernel false mean "no condition". */
struct cg_profile_filter {
	struct cg_profile_words arches; /* "amd64" */
	struct cg_profile_words caps;   /* "CAP_SYS_ADMIN" */
	bool has_min_kernel;
	unsigned int min_kernel[2];     /* 0.0 when written as "": then any kernel is new enough */
};

struct cg_profile_rule {
	struct cg_profile_words names;
	struct cg_profile_word legacy_name; /* `name`; it stands among the names too, unless there are both */
	bool has_both_names;    /* `name` and `names`: engines differ on it */
	uint32_t action;        /* kernel value, data 0; valid when bad_action.text is NULL */
	struct cg_profile_word bad_action; /* `action` as written when no such action exists, "" when it is missing */
	bool has_errno_ret;
	uint64_t errno_ret;
	struct cg_profile_word errno_name; /* `errno`: "EPERM"; where read, it beats errno_ret */
	CG_VEC(struct cg_profile_arg) args;
	struct cg_profile_filter includes, excludes;
	const char *comment;    /* or NULL */
	uint32_t line, column;  /* of the rule's object */
};

struct cg_profile_arch_map {
	struct cg_profile_word arch; /* as written: SCMP_ARCH_X86_64 */
	struct cg_profile_words sub_arches;
};

struct cg_profile {
	struct cg_arena arena;
	const char *name; /* of the file, for places */
	bool is_outline;  /* of a policy text (language/): names and places for lint; no meaning, so not to be resolved */
	bool has_default_action;
	uint32_t default_action;
	struct cg_profile_word bad_default_action;
	bool has_default_errno_ret;
	uint64_t default_errno_ret;
	struct cg_profile_word default_errno_place; /* its line and column; no text */
	struct cg_profile_word default_errno_name;
	struct cg_profile_word default_action_place; /* its text is not used */
	struct cg_profile_words arches;              /* SCMP_ARCH_… as written */
	CG_VEC(struct cg_profile_arch_map) arch_map;
	bool has_flags;
	struct cg_profile_words flags; /* SECCOMP_FILTER_FLAG_… as written */
	const char *listener_path, *listener_metadata;
	CG_VEC(struct cg_profile_rule) rules;
};

/* `name` is copied. NULL when out of memory. */
struct cg_profile *cg_profile_new(const char *name);
struct cg_profile *cg_profile_free(struct cg_profile *profile);

/*
 * Building one. Each copies its text and returns 0 or -ENOMEM. A rule is NULL when out of memory, and its address is
 * good until the next is added.
 */
void cg_profile_set_default(struct cg_profile *profile, uint32_t action); /* with its data: ERRNO(38) */
int cg_profile_add_arch(struct cg_profile *profile, const struct cg_arch *arch);
struct cg_profile_rule *cg_profile_add_rule(struct cg_profile *profile, uint32_t action); /* with its data */
int cg_profile_add_name(struct cg_profile *profile, struct cg_profile_rule *rule, const char *name);
int cg_profile_add_arg(struct cg_profile_rule *rule, const struct cg_profile_arg *arg);
int cg_profile_set_comment(struct cg_profile *profile, struct cg_profile_rule *rule, const char *comment);

/* Removes all rules; all entries of archMap. */
void cg_profile_clear_rules(struct cg_profile *profile);
void cg_profile_clear_arch_map(struct cg_profile *profile);

/*
 * oci.c: reads JSON as the target's engine would. `notes` (may be NULL) gets what is no error but worth saying.
 * Errors: -EBADMSG (not JSON), -EINVAL, -E2BIG, -ENOMEM, with file:line:column.
 */
int cg_profile_read(const char *name, const char *bytes, size_t length, const struct cg_target *target,
		    struct cg_notes *notes, struct cg_profile **ret_profile, struct cg_err *err);

/*
 * resolve.c: the policy that the target's engine would put in force. *ret_policy becomes NULL with return 0 when the
 * engine would apply no seccomp at all (Docker's `{}`): a note says so, and the caller must decide.
 * Errors: -EINVAL, -EDOM (byte orders mixed), -E2BIG, -ENOMEM, with file:line:column.
 */
int cg_profile_resolve(const struct cg_profile *profile, const struct cg_target *target, struct cg_notes *notes,
		       struct cg_policy **ret_policy, struct cg_err *err);

/* conditions.c: does the rule apply on this target (includes, excludes), if the engine reads conditions at all? */
bool cg_profile_rule_applies(const struct cg_profile_rule *rule, const struct cg_target *target);

/* conditions.c: the entry of archMap for the target's native arch, or NULL when there is none that the engine finds. */
const struct cg_profile_arch_map *cg_profile_arch_map_entry(const struct cg_profile *profile,
							     const struct cg_target *target);

/*
 * write.c: strict JSON with Docker's conditions kept, a newline at its end. A name that no engine could read (a number
 * written arch:nr) is left out. -EINVAL: a part that means nothing (bad_action, bad_op); -ENOMEM.
 */
int cg_profile_write(const struct cg_profile *profile, struct cg_text *text);

/* The same as plain OCI: conditions decided for this target, no comments, no archMap. */
int cg_profile_write_oci(const struct cg_profile *profile, const struct cg_target *target, struct cg_text *text);

#endif
