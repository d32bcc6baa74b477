/*
 * callgate rollout, in pieces: what its five verbs share.
 *
 * In: ROLLOUT.json and what stands beside it. Out: the state, the profiles' bytes, facts; a new state, written so that
 * it is either the old one or the new one and the journal tells of it. See callgate-rollout(1).
 */
#ifndef CG_CLI_ROLLOUT_H
#define CG_CLI_ROLLOUT_H

#include "cli/cli.h"
#include "cli/input.h"
#include "rollout/rollout.h"
#include "rollout/state.h"

/* Start with {0}; end with cg_rolling_done(). */
struct cg_rolling {
	const struct cg_args *args;
	const char *path; /* of ROLLOUT.json */
	char *state_path, *journal_path;
	struct cg_rollout rollout;
	struct cg_target target;
	struct cg_arena arena; /* of the state, and of texts */
	struct cg_rollout_state state;
	size_t phase; /* where it stands: an index */
	struct cg_text profile, audit; /* the bytes of the files */
	char profile_digest[CG_ROLLOUT_DIGEST_SIZE], audit_digest[CG_ROLLOUT_DIGEST_SIZE];
	char host[CG_ROLLOUT_HOST_LIMIT + 2]; /* which one we are */
	bool does_log; /* the profile, where it is enforced, logs some calls too; cg_rolling_gather() finds it out */
};

/* Those that print what is wrong return 0 or an exit status; the others 0 or a negative errno with *err. */
/* With `reads` also ROLLOUT.json. It prints. */
int cg_rolling_open(struct cg_rolling *rolling, const struct cg_args *args, bool reads);
void cg_rolling_done(struct cg_rolling *rolling);

/* Reads the state and finds its phase. -ENOENT: the rollout was not begun. */
int cg_rolling_read_state(struct cg_rolling *rolling, struct cg_err *err);
/* Reads both profiles and their digests. */
int cg_rolling_read_profiles(struct cg_rolling *rolling, struct cg_err *err);
/* Only one of them: into `text`. */
int cg_rolling_read_profile(struct cg_rolling *rolling, const char *reference, struct cg_text *text, struct cg_err *err);

/* A path of ROLLOUT.json: beside it, unless it is absolute or @bundled. In the arena; NULL: out of memory. */
const char *cg_rolling_beside(struct cg_rolling *rolling, const char *path);

/* rollout_twin.c: the profile as engines read it (strict JSON); its audit twin, proven to be one. */
int cg_rolling_for_engine(struct cg_rolling *rolling, const char *reference, const struct cg_text *bytes,
			  struct cg_text *text, struct cg_err *err);
int cg_rolling_derive(struct cg_rolling *rolling, const struct cg_text *bytes, struct cg_text *text, struct cg_err *err);
/* Does the profile, whose bytes these are, log calls by itself, as tighten has them logged? */
bool cg_rolling_does_log(struct cg_rolling *rolling, const struct cg_text *bytes);

/*
 * A phase begins: the audit twin is made anew if it is ours and the profile has changed; then the journal gets its line
 * and the state is written, both or neither. state: `change`, `phase`, `reason` and serial's predecessor are set.
 */
int cg_rolling_begin(struct cg_rolling *rolling, const char *change, const char *phase, const char *reason,
		     const char *waited_for, struct cg_err *err);

/* rollout_facts.c: is what this host's profile answers seen in part by those alone who see LOG? */
bool cg_rolling_is_to_log(const struct cg_rolling *rolling, const char *host);
/* Everything that a gate may ask, tests included. Texts live in rolling's arena. -ENOMEM. */
int cg_rolling_gather(struct cg_rolling *rolling, struct cg_rollout_facts *ret_facts, struct cg_err *err);
/* rollout_server.c: of a Prometheus server; `facts` is filled as far as it answered. */
int cg_rolling_ask_server(struct cg_rolling *rolling, struct cg_rollout_facts *facts, struct cg_err *err);

/* rollout_apply.c, rollout_status.c: verbs. Exit statuses. */
int cg_rolling_apply(struct cg_rolling *rolling);
int cg_rolling_status(struct cg_rolling *rolling);

#endif
