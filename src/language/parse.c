/*
 * Statements of a policy text. In: bytes. Out: a list in the document (syntax.h), included texts at their place.
 *
 *     statement = "default" ["="] action | "bad-arch" ["="] action
 *               | "arch" ["="] ARCH { "," ARCH } | "flags" ["="] FLAG { "," FLAG }
 *               | "listener" "PATH" ["METADATA"] | "include" PATH
 *               | action names [ "except" names ] [ "when" condition ]
 *     action    = "allow" | "deny" | "log" | "errno" ["(" NAME ")"] | …, in any case: the names of abi/action.h
 *     names     = name { "," name }        name = [ARCH ":"] (CALL | NUMBER | "@" GROUP)
 *
 * A policy says its default once, and a text that includes others says it for all of them.
 */
#include "language/meaning.h"

#include "abi/errnos.h"
#include "abi/syscalls.h"
#include "base/cleanup.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* ---- words */

static bool is_at_end(const struct cg_parser *parser)
{
	return parser->lexer.token.kind == CG_TOKEN_END || parser->lexer.token.kind == CG_TOKEN_STOP;
}

/* Past the keyword, and past the "=" that may stand behind it. */
static int skip_keyword(struct cg_parser *parser)
{
	int rc = cg_lexer_next(&parser->lexer);

	return rc == 0 && parser->lexer.token.kind == CG_TOKEN_ASSIGN ? cg_lexer_next(&parser->lexer) : rc;
}

/* ---- settings */

static int set(struct cg_parser *parser, struct cg_setting *setting, const struct cg_token *token, const char *what,
	       uint32_t value)
{
	struct cg_spot at = cg_parser_spot(parser, token);

	if (setting->is_set && setting->at.source == at.source)
		return cg_lexer_fail(&parser->lexer, token, "a second %s; the first stands on line %u", what,
				     (unsigned int)setting->at.line);
	cg_setting_set(setting, &at, value);
	return 0;
}

static int parse_default(struct cg_parser *parser)
{
	struct cg_token at = parser->lexer.token;
	uint32_t action = 0;
	int rc = skip_keyword(parser);

	if (rc == 0)
		rc = cg_parse_action(parser, &action);
	return rc < 0 ? rc : set(parser, &parser->document->default_action, &at, "default", action);
}

static int parse_bad_arch(struct cg_parser *parser)
{
	struct cg_token at = parser->lexer.token;
	uint32_t action = 0;
	int rc = skip_keyword(parser);

	if (rc == 0)
		rc = cg_parse_action(parser, &action);
	return rc < 0 ? rc : set(parser, &parser->document->bad_arch_action, &at, "bad-arch", action);
}

static int find_arch(struct cg_parser *parser, const struct cg_token *at, const struct cg_arch **ret_arch)
{
	char buffer[CG_TOKEN_SHOWN_SIZE], word[CG_WORD_SIZE];
	const char *shown = cg_token_show(at, buffer);
	bool is_word = at->kind == CG_TOKEN_WORD && cg_token_copy(at, word);
	const char *best;

	*ret_arch = is_word ? cg_arch_find(word) : NULL;
	if (*ret_arch)
		return 0;
	best = is_word ? cg_arch_suggest(word) : NULL;
	if (best)
		return cg_lexer_fail(&parser->lexer, at, "unknown architecture %s; did you mean %s?", shown, best);
	return cg_lexer_fail(&parser->lexer, at, "%s is no architecture; callgate syscalls --arch list names all",
			     shown);
}

static int parse_arch(struct cg_parser *parser)
{
	const struct cg_arch *arch;
	int rc = find_arch(parser, &parser->lexer.token, &arch);

	return rc < 0 ? rc : cg_document_add_arch(parser->document, arch);
}

static int parse_flag(struct cg_parser *parser)
{
	static const char *const words[] = { "log", "spec-allow", "tsync", "wait-killable", NULL };
	static const unsigned int flags[] = { CG_POLICY_LOG, CG_POLICY_SPEC_ALLOW, CG_POLICY_TSYNC,
					      CG_POLICY_WAIT_KILLABLE };

	for (size_t i = 0; words[i]; i++) {
		if (!cg_token_is(&parser->lexer.token, words[i]))
			continue;
		parser->document->flags |= flags[i];
		return 0;
	}
	return cg_parser_fail_word(parser, &parser->lexer.token, "flag", words,
				   "flags are log, spec-allow, tsync, wait-killable");
}

/* keyword ["="] word { "," word } */
static int parse_list(struct cg_parser *parser, int (*parse_word)(struct cg_parser *parser))
{
	int rc = skip_keyword(parser);

	while (rc == 0) {
		rc = parse_word(parser);
		if (rc == 0)
			rc = cg_lexer_next(&parser->lexer);
		if (rc < 0 || parser->lexer.token.kind != CG_TOKEN_COMMA)
			return rc;
		rc = cg_lexer_next(&parser->lexer);
	}
	return rc;
}

static int parse_arches(struct cg_parser *parser)
{
	return parse_list(parser, parse_arch);
}

static int parse_flags(struct cg_parser *parser)
{
	return parse_list(parser, parse_flag);
}

static int parse_listener(struct cg_parser *parser)
{
	struct cg_document *document = parser->document;
	struct cg_token at = parser->lexer.token;
	const char *texts[2] = { NULL, NULL };
	int rc = cg_lexer_next(&parser->lexer);

	if (rc == 0)
		rc = cg_parser_expect(parser, CG_TOKEN_STRING, "the path of a socket, in quotes,");
	for (size_t i = 0; rc == 0 && i < 2 && parser->lexer.token.kind == CG_TOKEN_STRING; i++) {
		texts[i] = cg_document_copy(document, &parser->lexer.token);
		rc = texts[i] ? cg_lexer_next(&parser->lexer) : -ENOMEM;
	}
	if (rc == 0)
		rc = set(parser, &document->listener, &at, "listener", 0);
	if (rc == 0 && document->listener.at.source == parser->source) {
		document->listener_path = texts[0];
		document->listener_metadata = texts[1];
	}
	return rc;
}

static int parse_include(struct cg_parser *parser)
{
	struct cg_token at;
	struct cg_spot spot;
	const char *path;
	int rc = cg_lexer_next_path(&parser->lexer);

	if (rc < 0)
		return rc;
	at = parser->lexer.token;
	if (at.length == 0)
		return cg_lexer_fail(&parser->lexer, &at, "a file or @PROFILE should stand here");
	path = cg_document_copy(parser->document, &at);
	if (!path)
		return -ENOMEM;
	rc = cg_lexer_next(&parser->lexer);
	if (rc == 0)
		rc = cg_parser_expect(parser, is_at_end(parser) ? parser->lexer.token.kind : CG_TOKEN_END,
			    "the end of the statement");
	spot = cg_parser_spot(parser, &at);
	return rc < 0 ? rc : cg_document_include(parser->document, &spot, path);
}

/* ---- rules */

/* A word, or ARCH ":" and a word. */
static int parse_name(struct cg_parser *parser, struct cg_name **ret_name)
{
	struct cg_token token = parser->lexer.token;
	struct cg_name *name = cg_document_alloc(parser->document, sizeof(*name));
	int rc = name ? cg_parser_expect(parser, CG_TOKEN_WORD, "the name of a call, or a @group,") : -ENOMEM;

	if (rc == 0)
		rc = cg_lexer_next(&parser->lexer);
	if (rc == 0 && parser->lexer.token.kind == CG_TOKEN_COLON) {
		rc = find_arch(parser, &token, &name->arch);
		if (rc == 0)
			rc = cg_lexer_next(&parser->lexer);
		token = parser->lexer.token;
		if (rc == 0)
			rc = cg_parser_expect(parser, CG_TOKEN_WORD, "the name or number of a call");
		if (rc == 0)
			rc = cg_lexer_next(&parser->lexer);
	}
	if (rc < 0)
		return rc;
	name->at = cg_parser_spot(parser, &token);
	name->is_group = *token.text == '@';
	token.text += name->is_group;
	token.length -= name->is_group;
	name->text = cg_document_copy(parser->document, &token);
	if (!name->text)
		return -ENOMEM;
	*ret_name = name;
	return cg_name_check(parser->document, name);
}

static int parse_names(struct cg_parser *parser, struct cg_name **ret_first)
{
	struct cg_name **link = ret_first;
	int rc;

	for (;;) {
		rc = parse_name(parser, link);
		if (rc < 0 || parser->lexer.token.kind != CG_TOKEN_COMMA)
			return rc;
		link = &(*link)->next;
		rc = cg_lexer_next(&parser->lexer);
		if (rc < 0)
			return rc;
	}
}

static int parse_rule(struct cg_parser *parser)
{
	struct cg_spot at = cg_parser_spot(parser, &parser->lexer.token);
	struct cg_statement *statement = NULL;
	uint32_t action = 0;
	int rc = cg_parse_action(parser, &action);

	if (rc == 0)
		rc = cg_document_add_statement(parser->document, &at, &statement);
	if (rc < 0)
		return rc;
	statement->action = action;
	rc = parse_names(parser, &statement->names);
	if (rc == 0 && cg_token_is(&parser->lexer.token, "except")) {
		rc = cg_lexer_next(&parser->lexer);
		if (rc == 0)
			rc = parse_names(parser, &statement->except);
	}
	if (rc == 0 && cg_token_is(&parser->lexer.token, "when")) {
		rc = cg_lexer_next(&parser->lexer);
		if (rc == 0)
			rc = cg_parse_condition(parser, &statement->condition);
	}
	return rc;
}

static int parse_statement(struct cg_parser *parser)
{
	static const struct {
		const char *keyword;
		int (*parse)(struct cg_parser *parser);
	} rows[] = {
		{ "default", parse_default }, { "bad-arch", parse_bad_arch }, { "arch", parse_arches },
		{ "flags", parse_flags },     { "listener", parse_listener }, { "include", parse_include },
	};
	char shown[CG_TOKEN_SHOWN_SIZE];
	int rc = 0;

	for (size_t i = 0; i < CG_N_ITEMS(rows); i++) {
		if (!cg_token_is(&parser->lexer.token, rows[i].keyword))
			continue;
		rc = rows[i].parse(parser);
		if (rc == 0 && !is_at_end(parser))
			rc = cg_lexer_fail(&parser->lexer, &parser->lexer.token, "%s: the %s statement ends before it",
					   cg_token_show(&parser->lexer.token, shown), rows[i].keyword);
		return rc;
	}
	rc = parse_rule(parser);
	if (rc == 0 && !is_at_end(parser))
		rc = cg_lexer_fail(
			&parser->lexer, &parser->lexer.token,
			"%s is not understood here; names are joined with a comma, conditions begin with when",
			cg_token_show(&parser->lexer.token, shown));
	return rc;
}

int cg_document_add_text(struct cg_document *document, struct cg_source *source, const char *bytes, size_t length)
{
	struct cg_parser parser = { .document = document, .source = source };
	int rc;

	if (length > CG_POLICY_TEXT_SIZE_LIMIT)
		return cg_document_fail(document, -E2BIG, &(struct cg_spot){ source, 0, 0 },
					"%zu bytes, and a policy text has at most %zu", length,
					CG_POLICY_TEXT_SIZE_LIMIT);
	rc = cg_lexer_start(&parser.lexer, source->name, bytes, length, document->err);
	while (rc == 0 && parser.lexer.token.kind != CG_TOKEN_STOP) {
		if (parser.lexer.token.kind == CG_TOKEN_END)
			rc = cg_lexer_next(&parser.lexer);
		else
			rc = parse_statement(&parser);
	}
	return rc;
}
