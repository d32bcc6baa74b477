/*
 * Actions of a policy text, and how the parser says that a word is wrong. In: a token. Out: an action, or an error with
 * the word that may have been meant.
 */
#include "language/syntax.h"

#include "abi/errnos.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* A word as a string; false when it is longer than any that means something. */
bool cg_token_copy(const struct cg_token *token, char word[CG_WORD_SIZE])
{
	if (token->length >= CG_WORD_SIZE)
		return false;
	memcpy(word, token->text, token->length);
	word[token->length] = '\0';
	return true;
}

/* "'X' is no action; did you mean Y?", with the nearest of what could stand here. */
int cg_parser_fail_word(struct cg_parser *parser, const struct cg_token *at, const char *wanted,
			const char *const *words, const char *otherwise)
{
	char buffer[CG_TOKEN_SHOWN_SIZE], word[CG_WORD_SIZE];
	const char *shown = cg_token_show(at, buffer), *best = NULL;

	for (; cg_token_copy(at, word) && *words; words++)
		cg_word_keep_nearest(word, *words, &best);
	if (best)
		return cg_lexer_fail(&parser->lexer, at, "%s is no %s; did you mean %s?", shown, wanted, best);
	return cg_lexer_fail(&parser->lexer, at, "%s is no %s; %s", shown, wanted, otherwise);
}

int cg_parser_expect(struct cg_parser *parser, enum cg_token_kind kind, const char *wanted)
{
	char shown[CG_TOKEN_SHOWN_SIZE];

	if (parser->lexer.token.kind == kind)
		return 0;
	return cg_lexer_fail(&parser->lexer, &parser->lexer.token, "%s should stand here, not %s", wanted,
			     cg_token_show(&parser->lexer.token, shown));
}

static int fail_action(struct cg_parser *parser, const struct cg_token *at)
{
	static const char *const words[] = { "allow", "deny", "log", "errno", "kill_process", "kill_thread", "kill",
					     "trap", "trace", "notify", "user_notif", "include", "default", "arch",
					     "bad-arch", "flags", "listener", NULL };

	return cg_parser_fail_word(
		parser, at, "action", words,
		"a statement begins with allow, deny, log, errno(E…), kill_process, kill_thread, trap, trace or "
		"notify, or with default, arch, bad-arch, flags, listener or include");
}

/* The word in the brackets of an action. */
static int fail_data(struct cg_parser *parser, const struct cg_token *at, uint32_t action)
{
	char buffer[CG_TOKEN_SHOWN_SIZE], word[CG_WORD_SIZE];
	const char *shown = cg_token_show(at, buffer);
	const char *best = action == CG_ACTION_ERRNO && cg_token_copy(at, word) ? cg_errno_suggest(word) : NULL;

	if (best)
		return cg_lexer_fail(&parser->lexer, at, "unknown error %s; did you mean %s?", shown, best);
	if (action == CG_ACTION_ERRNO)
		return cg_lexer_fail(&parser->lexer, at, "%s is no error: a name such as EPERM, or a number up to %u",
				     shown, CG_ERRNO_MAX);
	return cg_lexer_fail(&parser->lexer, at, "%s: a number up to %u should stand here", shown, CG_ACTION_DATA);
}

static int parse_data(struct cg_parser *parser, const struct cg_action_row *row, uint32_t *ret_action)
{
	char text[2 * CG_WORD_SIZE], word[CG_WORD_SIZE];
	struct cg_token at;
	uint32_t action;
	int rc = cg_lexer_next(&parser->lexer);

	at = parser->lexer.token;
	if (rc < 0)
		return rc;
	if (!row->takes_data)
		return cg_lexer_fail(&parser->lexer, &at, "%s takes nothing in brackets", row->name);
	if (!cg_token_copy(&at, word))
		return fail_data(parser, &at, row->value);
	snprintf(text, sizeof(text), "%s(%s)", row->name, word);
	if (!cg_action_parse(text, &action) ||
	    (row->value == CG_ACTION_ERRNO && (action & CG_ACTION_DATA) > CG_ERRNO_MAX))
		return fail_data(parser, &at, row->value);
	rc = cg_lexer_next(&parser->lexer);
	if (rc == 0)
		rc = cg_parser_expect(parser, CG_TOKEN_CLOSE, "')'");
	if (rc == 0)
		*ret_action = action;
	return rc < 0 ? rc : cg_lexer_next(&parser->lexer);
}

/* An action at hand, and past it. */
int cg_parse_action(struct cg_parser *parser, uint32_t *ret_action)
{
	struct cg_token at = parser->lexer.token;
	const struct cg_action_row *row;
	char word[CG_WORD_SIZE];
	bool is_deny;
	int rc;

	if (at.kind != CG_TOKEN_WORD || !cg_token_copy(&at, word))
		return fail_action(parser, &at);
	is_deny = strcasecmp(word, "deny") == 0;
	row = is_deny ? cg_action_row(CG_ACTION_ERRNO) : cg_action_find(word);
	if (!row)
		return fail_action(parser, &at);
	rc = cg_lexer_next(&parser->lexer);
	if (rc < 0)
		return rc;
	if (parser->lexer.token.kind == CG_TOKEN_OPEN && is_deny)
		return cg_lexer_fail(&parser->lexer, &parser->lexer.token,
				     "deny is errno(EPERM); write errno(E...) for another error");
	if (parser->lexer.token.kind == CG_TOKEN_OPEN)
		return parse_data(parser, row, ret_action);
	*ret_action = row->value | (row->takes_data ? EPERM : 0);
	return 0;
}
