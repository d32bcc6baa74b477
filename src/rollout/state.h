/*
 * Where a rollout stands: its state, and the journal of how it got there.
 *
 * In: bytes of the state file, which stands beside ROLLOUT.json (callgate-rollout(5)) and may be kept in git. Out: a
 * struct, and back; and lines for the journal. The state is whole in itself: the journal is for people, and only its
 * last serial number is ever read again. What is half-written, or of a newer version, is refused with its place.
 */
#ifndef CG_ROLLOUT_STATE_H
#define CG_ROLLOUT_STATE_H

#include "base/arena.h"
#include "base/err.h"
#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CG_ROLLOUT_STATE_LIMIT ((size_t)64 << 10) /* bytes of a state file */
#define CG_ROLLOUT_JOURNAL_LIMIT ((size_t)64 << 20)
#define CG_ROLLOUT_REASON_LIMIT 1000 /* bytes */
#define CG_ROLLOUT_DIGEST_SIZE 65 /* SHA-256 in hexadecimal, NUL-terminated */

/* Strings live in the arena that was given; none is NULL. */
struct cg_rollout_state {
	const char *rollout; /* its name */
	const char *phase;
	uint64_t since_ms; /* when the phase began, since the epoch */
	uint64_t serial; /* grows by one with each change */
	const char *change; /* "init", "advance", "force", "rollback" */
	const char *from; /* the phase before; "" at first */
	const char *by; /* the user's name */
	const char *host;
	const char *reason; /* "" where none was given */
	const char *profile_digest; /* of the files' bytes when the phase began */
	const char *audit_digest;
	bool is_audit_derived; /* by us: made anew when the profile changes */
};

/* Errors: -EBADMSG, -EINVAL, -E2BIG, -ENOMEM with name:line:column; -EPROTONOSUPPORT: of a newer version. */
int cg_rollout_state_read(struct cg_arena *arena, const char *name, const char *bytes, size_t length,
			  struct cg_rollout_state *ret_state, struct cg_err *err);
/* A document with a newline at its end. */
void cg_rollout_state_write(const struct cg_rollout_state *state, struct cg_text *text);

/* One line of the journal: the change that led to this state, and (NULL: none) why the gate was shut when it was made. */
void cg_rollout_journal_line(const struct cg_rollout_state *state, const char *waited_for, struct cg_text *text);
/* The highest serial of its lines, 0 where there is none; lines that are no JSON (half-written) are passed over. */
uint64_t cg_rollout_journal_serial(const char *bytes, size_t length);

void cg_rollout_digest(const char *bytes, size_t length, char ret_digest[CG_ROLLOUT_DIGEST_SIZE]);

#endif
