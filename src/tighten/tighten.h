/*
 * Tighten: close, round by round, what a profile allows and nobody uses.
 *
 * In: a profile (its bytes and what was made of them), recordings as a summary, the state of the rounds before, and hits:
 * calls that were made though a round had them logged or closed. Out: the profile's JSON, changed; the state; and what
 * was changed, with the reason of each change.
 *
 * A call goes from ALLOW to LOG in one round, and from LOG to ERRNO in the next, if nobody made it meanwhile. Whoever
 * makes it brings it back to ALLOW, and it is not proposed again unless somebody asks. What is proposed first is what
 * opens most: by tier, then by the known vulnerabilities that are reached through the call, then by category.
 *
 * Nothing here knows the time or a file: cli/ says what time it is, whether the round has been watched for long enough,
 * and keeps the state in a file beside the profile.
 */
#ifndef CG_TIGHTEN_TIGHTEN_H
#define CG_TIGHTEN_TIGHTEN_H

#include "base/arena.h"
#include "base/err.h"
#include "base/json_read.h"
#include "base/text.h"
#include "base/vec.h"
#include "callgate/call.h"
#include "learn/recording.h"
#include "policy/policy.h"
#include "profile/profile.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CG_TIGHTEN_VERSION 1
#define CG_TIGHTEN_SIZE_LIMIT ((size_t)64 << 20) /* bytes of state */
#define CG_TIGHTEN_ITEMS_LIMIT 4096              /* calls in one state; there are some 600 */
#define CG_TIGHTEN_UNDO_LIMIT 8                  /* rounds that can be undone: each keeps a profile */
#define CG_TIGHTEN_STEP 5                        /* calls in a round, where nobody says */
#define CG_TIGHTEN_STEP_MAX 1000
#define CG_TIGHTEN_RULES_LIMIT 512 /* that one argument may be logged by: all values but those seen */

enum cg_tighten_what {
	CG_TIGHTEN_CALL,      /* all that the profile allows of it */
	CG_TIGHTEN_ARGUMENTS, /* only for arguments that nobody gave it */
};

enum cg_tighten_stage {
	CG_TIGHTEN_LOGGED,
	CG_TIGHTEN_CLOSED,
	CG_TIGHTEN_KEPT, /* it came back */
};

/* A call that was proposed once. */
struct cg_tighten_item {
	const char *call;
	enum cg_tighten_what what;
	enum cg_tighten_stage stage;
	uint64_t round;    /* in which it came to this stage */
	uint64_t since_ns; /* and when */
	const char *why;
	const struct cg_json *was;    /* its rules before the first round that touched it: an array */
	const struct cg_json *source; /* as read: keys that we do not know are written back */
};

/* The rounds of one profile. Start with {0}; end with cg_tighten_done(). */
struct cg_tighten {
	struct cg_arena arena;
	uint64_t round; /* 0: none yet */
	uint64_t began_ns;
	const char *began;  /* the same for people, "" before the first */
	const char *digest; /* SHA-256 of the profile as the round left it, hex; "" before the first */
	CG_VEC(struct cg_tighten_item) items; /* sorted by call when written */
	struct cg_json *undo;                 /* an array: what was before each of the last rounds; or NULL */
	const struct cg_json *source;
};

/*
 * state.c: JSON, documented in callgate-tighten(1). Errors: -EBADMSG no JSON or no state (with its place),
 * -EPROTONOSUPPORT a newer version, -E2BIG a limit, -ENOMEM.
 */
int cg_tighten_read(const char *name, const char *bytes, size_t length, struct cg_tighten *tighten,
		    struct cg_err *err);
void cg_tighten_write(const struct cg_tighten *tighten, struct cg_text *text);
void cg_tighten_done(struct cg_tighten *tighten);

/* The digest of a profile's bytes, hex, in the arena. NULL when out of memory. */
const char *cg_tighten_digest(struct cg_arena *arena, const char *bytes, size_t length);

/* Remembers the state and the profile's bytes, before a round changes them. 0 or -ENOMEM. */
int cg_tighten_remember(struct cg_tighten *tighten, const char *bytes, size_t length, struct cg_err *err);

/*
 * Goes back to what was remembered last: the state is as it was, and *ret_profile has the bytes. -ENOENT: there is no
 * round that could be undone; -EBADMSG: the state was edited by somebody; -ENOMEM.
 */
int cg_tighten_undo(struct cg_tighten *tighten, const char *name, const struct cg_json **ret_profile,
		    struct cg_err *err);

/* ---- rounds */

/* A call that was made, or was to be made. Borrowed. */
struct cg_tighten_hit {
	struct cg_call call;
	bool has_args;
	bool is_log;      /* the filter logged it and let it pass; else it was refused */
	uint64_t time_ns; /* of the last; 0: not known */
	uint64_t n;	  /* such calls; 0 is one */
	const char *who;  /* for people: "by /usr/bin/mount in container web", or "" */
};

enum cg_tighten_change_kind {
	CG_TIGHTEN_TO_BACK, /* to ALLOW */
	CG_TIGHTEN_TO_ERRNO,
	CG_TIGHTEN_TO_LOG,
};

struct cg_tighten_change {
	enum cg_tighten_change_kind kind;
	enum cg_tighten_what what;
	const struct cg_syscall *call; /* NULL: the default action, for all calls that no rule names */
	bool was_closed; /* of what came back: it was refused until now */
	size_t n_vulnerabilities;
	const char *why; /* in the state's arena */
};

struct cg_tighten_changes {
	struct cg_tighten_change *items;
	size_t n_items;
	size_t n_room;
};

struct cg_tighten_input {
	const char *name; /* of the profile */
	const char *bytes;
	size_t length;
	const struct cg_profile *profile; /* of these bytes */
	const struct cg_policy *policy;   /* of that */
	const struct cg_target *target;
	const struct cg_summary *summary; /* of all recordings */
	size_t n_runs;
	const struct cg_tighten_hit *hits;
	size_t n_hits;
	const char *const *needed; /* calls never to be closed: what a runtime calls itself */
	size_t n_needed;
	const char *const *asked; /* calls to be closed whatever speaks against it, first of all */
	size_t n_asked;
	uint64_t n_step; /* calls that a round logs, and that it closes */
	uint64_t now_ns;
	const char *now;
	/* How many known kernel vulnerabilities are reached through a call (report/cves.h), or NULL. */
	size_t (*count_vulnerabilities)(const char *call);
};

/* How much there is left to do. */
struct cg_tighten_rest {
	size_t n_logged;     /* watched, to be closed next */
	size_t n_adopted;    /* of these, what the profile logged by itself, and is watched from this round on */
	size_t n_candidates; /* allowed, never seen, not proposed yet */
	size_t n_protected;  /* allowed, never seen, but needed to start or end a program, or kept */
	size_t n_left;       /* allowed, never seen, and in a form that cannot be logged exactly */
};

/*
 * What is hit comes back. The profile is written to `text`, also where nothing came back. 0; errors as
 * cg_editing_open() has them: -EINVAL, -ENOMEM.
 */
int cg_tighten_bring_back(struct cg_tighten *tighten, const struct cg_tighten_input *input,
			  struct cg_tighten_changes *changes, struct cg_text *text, struct cg_err *err);

/* A round: closes what was logged, logs what comes next. The same errors. Nothing to be done: no change is added. */
int cg_tighten_advance(struct cg_tighten *tighten, const struct cg_tighten_input *input,
		       struct cg_tighten_changes *changes, struct cg_tighten_rest *ret_rest, struct cg_text *text,
		       struct cg_err *err);

/* "LOG", "ERRNO", "ALLOW": what a change leads to; its words in JSON: "log", "close", "back", "default". */
const char *cg_tighten_change_name(enum cg_tighten_change_kind kind);

#endif
