/*
 * A profile: text that an engine reads, taken apart but not yet given a meaning.
 *
 * In: JSON (oci.c reads the forms of the OCI runtime-spec and of Docker; both are one grammar with optional parts).
 * Out: this struct, in which every part still knows its line and column; resolve.c turns it, with a target, into a
 * policy. learn/generate builds one from recordings, and write.c writes it as strict JSON.
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

struct cg_profile_arg {
	uint32_t index;
	enum cg_op op;
	uint64_t value;
	uint64_t value_two;
	uint32_t line, column;
};

/* includes / excludes: when a rule applies. Empty lists and has_min_kernel false mean "no condition". */
struct cg_profile_filter {
	CG_VEC(const char *) arches;
	CG_VEC(const char *) caps;
	bool has_min_kernel;
	unsigned int min_kernel[2];
};

struct cg_profile_rule {
	CG_VEC(const char *) names;
	bool is_legacy;         /* written with `name` */
	bool has_both_names;    /* `name` and `names`: engines differ on it */
	uint32_t action;        /* kernel value; data 0 until errno_ret is applied by resolve */
	bool has_errno_ret;
	uint64_t errno_ret;
	CG_VEC(struct cg_profile_arg) args;
	struct cg_profile_filter includes, excludes;
	const char *comment;    /* or NULL */
	uint32_t line, column;  /* of the rule's object */
	uint32_t action_line, action_column;
	CG_VEC(uint32_t) name_lines; /* line and column, two entries a name */
};

struct cg_profile_arch_map {
	const char *arch; /* as written: SCMP_ARCH_X86_64 */
	CG_VEC(const char *) sub_arches;
};

struct cg_profile {
	struct cg_arena arena;
	const char *name; /* of the file, for places */
	bool has_default_action;
	uint32_t default_action;
	bool has_default_errno_ret;
	uint64_t default_errno_ret;
	CG_VEC(const char *) arches; /* SCMP_ARCH_… as written */
	CG_VEC(struct cg_profile_arch_map) arch_map;
	bool has_flags;
	CG_VEC(const char *) flags;
	const char *listener_path, *listener_metadata;
	CG_VEC(struct cg_profile_rule) rules;
};

struct cg_profile *cg_profile_new(const char *name);
struct cg_profile *cg_profile_free(struct cg_profile *profile);

/*
 * oci.c: reads JSON as the target's engine would. `notes` (may be NULL) gets what is no error but worth saying.
 * Errors: -EBADMSG, -EINVAL, -E2BIG, -ENOMEM, with file:line:column.
 */
int cg_profile_read(const char *name, const char *bytes, size_t length, const struct cg_target *target,
		    struct cg_notes *notes, struct cg_profile **ret_profile, struct cg_err *err);

/*
 * resolve.c: the policy that the target's engine would put in force. *ret_policy may become NULL with return 0 when
 * the engine would apply no seccomp at all (Docker's `{}`): a note says so, and the caller must decide.
 */
int cg_profile_resolve(const struct cg_profile *profile, const struct cg_target *target, struct cg_notes *notes,
		       struct cg_policy **ret_policy, struct cg_err *err);

/* write.c: strict JSON that every engine reads. */
int cg_profile_write(const struct cg_profile *profile, struct cg_text *text);

#endif
