/*
 * callgate tighten, in parts: what happened since the round began (tighten_hits.c), what is read (tighten_inputs.c),
 * what is done (cmd_tighten.c), and what is said of it (tighten_say.c).
 */
#ifndef CG_CLI_TIGHTENING_H
#define CG_CLI_TIGHTENING_H

#include "base/instant.h"
#include "cli/input.h"
#include "learn/recording.h"
#include "tighten/tighten.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CG_TIGHTEN_HITS_LIMIT ((size_t)1 << 16) /* calls told apart by their arguments; further ones by the call alone */
#define CG_TIGHTEN_LOG_LIMIT ((size_t)1 << 30)  /* bytes of one log */
#define CG_TIGHTEN_WATCHED_MS (24 * 3600 * UINT64_C(1000)) /* how long a round is watched, where nobody says */
#define CG_TIGHTEN_SUFFIX ".tighten.json"

/* Start with {0}; end with cg_tighten_evidence_done(). */
struct cg_tighten_evidence {
	struct cg_arena arena;
	CG_VEC(struct cg_tighten_hit) hits;
	bool is_over;        /* the round has been watched: what was logged may be closed */
	struct cg_text why;  /* a clause: by what it was watched, or what is missing */
};

/*
 * What the options name (--history, --container, --unit, --log, --watched, --despite-loss), and the recordings, tell of
 * the round. 0; errors of reading.
 */
int cg_tighten_evidence_read(const struct cg_args *args, const struct cg_tighten *tighten,
			     const struct cg_recording *recording, struct cg_tighten_evidence *evidence,
			     struct cg_err *err);
void cg_tighten_evidence_done(struct cg_tighten_evidence *evidence);

struct cg_tightening_words {
	CG_VEC(const char *) list;
};

/* The command line, and what was read for it. */
struct cg_tightening_command {
	const struct cg_args *args;
	struct cg_target target;
	struct cg_arena arena;
	const char *from, *to; /* the profile, and where the new one goes */
	const char *state_from, *state_to;
	uint64_t n_step;
	struct cg_tightening_words asked, needed;
	struct cg_recording *recording;
	struct cg_summary summary;
	struct cg_text before; /* the profile's bytes as they were */
	struct cg_tighten tighten;
	struct cg_tighten_evidence evidence;
	struct cg_tighten_changes changes;
	struct cg_tighten_rest rest;
	uint64_t now_ns;
	char now[CG_INSTANT_SIZE];
	int hold;
};

/* tighten_inputs.c. Errors of reading, with places. The second alone is for --undo. */
int cg_tighten_read_inputs(struct cg_tightening_command *work, struct cg_err *err);
int cg_tighten_read_state(struct cg_tightening_command *work, struct cg_err *err);

/* What one run of the command did. */
struct cg_tighten_telling {
	const char *profile; /* written there; NULL: nothing was */
	const char *state;
	const struct cg_tighten *tighten;
	const struct cg_tighten_changes *changes;
	const struct cg_tighten_rest *rest;
	const struct cg_tighten_evidence *evidence;
	bool was_advanced; /* a round ended */
	bool is_proven;    /* that the profile allows nothing that it did not, but for what came back */
	uint64_t first_round; /* before it */
};

/* On standard output, for people or as JSON. An exit status. */
int cg_tighten_tell(const struct cg_tighten_telling *telling, bool is_json);

#endif
