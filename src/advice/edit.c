/*
 * The text of a profile with one call more that it allows.
 *
 * Text is changed where it stands, so that a diff shows this and nothing else: comments, order and blanks stay. In policy
 * texts the last statement that fits decides, so a new one goes to the end; in a unit, settings of the list add up.
 */
#include "advice/advice.h"

#include "abi/action.h"

#include <errno.h>
#include <string.h>

static int edit_policy(const char *bytes, size_t length, const struct cg_advice_wish *wish, struct cg_text *text)
{
	cg_text_add_bytes(text, bytes, length);
	if (length && bytes[length - 1] != '\n')
		cg_text_add_char(text, '\n');
	cg_text_add(text, "allow ");
	cg_advice_wish_say(wish, text);
	cg_text_add_char(text, '\n');
	return 0;
}

/* Behind the last line that begins with `word`; NULL: there is none. */
static const char *behind_last(const char *bytes, size_t length, const char *word)
{
	const char *found = NULL;

	for (const char *line = bytes; line < bytes + length;) {
		const char *end = memchr(line, '\n', (size_t)(bytes + length - line));
		size_t size = strlen(word);

		end = end ? end + 1 : bytes + length;
		if ((size_t)(end - line) > size && memcmp(line, word, size) == 0 && end[-1] == '\n' &&
		    (end - line < 2 || end[-2] != '\\'))
			found = end;
		line = end;
	}
	return found;
}

static int edit_systemd(const char *bytes, size_t length, const struct cg_advice_wish *wish, struct cg_text *text,
			struct cg_err *err)
{
	const char *at = behind_last(bytes, length, "SystemCallFilter=");

	if (wish->is_held) {
		cg_err_set(err, -EOPNOTSUPP, NULL, "a unit's list knows no arguments: it allows a call whole or not at all");
		return 1;
	}
	if (!at) {
		cg_err_set(err, -EOPNOTSUPP, NULL, "the unit has no SystemCallFilter= that ends with its line");
		return 1;
	}
	cg_text_add_bytes(text, bytes, (size_t)(at - bytes));
	cg_text_addf(text, "SystemCallFilter=%s\n", wish->name);
	cg_text_add_bytes(text, at, (size_t)(bytes + length - at));
	return 0;
}

int cg_advice_edit(enum cg_advice_form form, const char *bytes, size_t length, const struct cg_advice_profile *profile,
		   const struct cg_advice_wish *wish, const struct cg_advice *advice, struct cg_text *ret_bytes,
		   struct cg_err *err)
{
	int r;

	if (advice->cause == CG_ADVICE_ARCH) {
		cg_err_set(err, -EOPNOTSUPP, NULL, "the profile does not have %s at all: whether it should is a question of its own",
			   wish->arch->name);
		return 1;
	}
	if (form == CG_ADVICE_POLICY)
		r = edit_policy(bytes, length, wish, ret_bytes);
	else if (form == CG_ADVICE_SYSTEMD)
		r = edit_systemd(bytes, length, wish, ret_bytes, err);
	else
		r = cg_advice_edit_json(bytes, length, profile, wish, advice, ret_bytes, err);
	return r == 0 && ret_bytes->has_failed ? cg_err_memory(err) : r;
}
