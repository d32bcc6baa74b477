/*
 * What reading and resolving say of a profile: errors and notes at a word's place, and words quoted safely.
 *
 * In: a place, a format. Out: a filled struct cg_err, or a note. Only for the files of this folder.
 */
#ifndef CG_PROFILE_SAY_H
#define CG_PROFILE_SAY_H

#include "profile/profile.h"

#define CG_QUOTE_SIZE 96

/* `text` for a message: control characters as '?', and cut with "..." when it is long. Returns the buffer. */
const char *cg_profile_quote(char buffer[CG_QUOTE_SIZE], const char *text);

/* An error at a place of the profile (NULL: the profile as a whole); returns `code`. */
int cg_profile_fail(struct cg_err *err, int code, const struct cg_profile *profile, const struct cg_profile_word *at,
		    const char *format, ...) __attribute__((format(printf, 5, 6)));

/*
 * A note at a place (NULL: the profile as a whole), unless CG_PROFILE_NOTES_LIMIT notes are there; in the place of the
 * first that finds no room stands a last one that says so. 0 or -ENOMEM.
 */
int cg_profile_note(struct cg_notes *notes, enum cg_severity severity, const char *rule,
		    const struct cg_profile_word *at, const char *remedy, const char *format, ...)
	__attribute__((format(printf, 6, 7)));

/* False when notes are not wanted or have no room: do not search for suggestions then. */
bool cg_profile_wants_notes(const struct cg_notes *notes);

#endif
