/*
 * See say.h.
 */
#include "profile/say.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char *cg_profile_quote(char buffer[CG_QUOTE_SIZE], const char *text)
{
	const size_t room = CG_QUOTE_SIZE - 4;
	size_t length = strlen(text), n = length < room ? length : room;

	/* Not in the middle of a character. */
	while (n < length && n && ((unsigned char)text[n] & 0xc0) == 0x80)
		n--;
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)text[i];

		buffer[i] = (char)(c < 0x20 || c == 0x7f ? '?' : c);
	}
	strcpy(buffer + n, n < length ? "..." : "");
	return buffer;
}

int cg_profile_fail(struct cg_err *err, int code, const struct cg_profile *profile, const struct cg_profile_word *at,
		    const char *format, ...)
{
	char place[CG_ERR_PLACE_SIZE], message[CG_ERR_MESSAGE_SIZE];
	va_list args;

	va_start(args, format);
	vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	cg_err_place(place, profile->name, at ? at->line : 0, at ? at->column : 0);
	return cg_err_set(err, code, place, "%s", message);
}

bool cg_profile_wants_notes(const struct cg_notes *notes)
{
	return notes && notes->list.n_items <= CG_PROFILE_NOTES_LIMIT;
}

int cg_profile_note(struct cg_notes *notes, enum cg_severity severity, const char *rule,
		    const struct cg_profile_word *at, const char *remedy, const char *format, ...)
{
	char message[CG_ERR_MESSAGE_SIZE];
	struct cg_note note = { .severity = severity,
				.rule = rule,
				.line = at ? at->line : 0,
				.column = at ? at->column : 0,
				.message = message,
				.remedy = remedy };
	va_list args;

	if (!cg_profile_wants_notes(notes))
		return 0;
	va_start(args, format);
	vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	if (notes->list.n_items == CG_PROFILE_NOTES_LIMIT) {
		note = (struct cg_note){ .severity = CG_SEVERITY_WARNING, .rule = "more-notes", .message = message };
		snprintf(message, sizeof(message), "more than %d things to say: the others are left out",
			 CG_PROFILE_NOTES_LIMIT);
	}
	return cg_notes_add(notes, &note);
}
