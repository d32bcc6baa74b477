/*
 * What stands behind `when`. In: tokens. Out: a tree of conditions (syntax.h).
 *
 *     condition   = conjunction { "or" conjunction }       conjunction = factor { "and" factor }
 *     factor      = "not" factor | "(" condition ")" | operand OP value | operand ["not"] "in" set
 *     operand     = ARGUMENT [ "&" value ] | "(" ARGUMENT "&" value ")"
 *     OP          = "==" | "!=" | "<" | "<=" | ">" | ">="     behind "&" only == and !=
 *     set         = "{" item { "," item } [","] "}"        item = value [ ".." value ]
 *     value       = term { "|" term }
 *     term        = [ "-" | "~" ] ( NUMBER | CONSTANT | 'c' | "(" value ")" )
 *
 * "&" binds tighter than the operators, not as in C: flags & CLONE_NEWUSER == 0 asks whether the bit is clear.
 */
#include "language/syntax.h"

#include "base/cleanup.h"

#include <errno.h>

static int parse_condition(struct cg_parser *parser, struct cg_condition **ret_condition);
static int parse_value(struct cg_parser *parser, struct cg_value **ret_value);

static bool is_at(const struct cg_parser *parser, enum cg_token_kind kind)
{
	return parser->lexer.token.kind == kind;
}

/* Takes a token of this kind; at the end of the text an open bracket is what is wrong. */
static int close_bracket(struct cg_parser *parser, enum cg_token_kind kind, const char *sign,
			 const struct cg_token *opened)
{
	char shown[CG_TOKEN_SHOWN_SIZE];

	if (is_at(parser, kind))
		return cg_lexer_next(&parser->lexer);
	if (is_at(parser, CG_TOKEN_STOP) || is_at(parser, CG_TOKEN_END))
		return cg_lexer_fail(&parser->lexer, opened, "this bracket is never closed");
	return cg_lexer_fail(&parser->lexer, &parser->lexer.token, "%s should stand here, not %s", sign,
			     cg_token_show(&parser->lexer.token, shown));
}

/* Once more within brackets, not or ~; undone by leave(). */
static int enter(struct cg_parser *parser)
{
	struct cg_spot at = cg_parser_spot(parser, &parser->lexer.token);

	if (++parser->depth > CG_POLICY_TEXT_DEPTH_LIMIT)
		return cg_document_fail(parser->document, -E2BIG, &at, "brackets more than %d deep",
					CG_POLICY_TEXT_DEPTH_LIMIT);
	return cg_lexer_next(&parser->lexer);
}

static void leave(struct cg_parser *parser)
{
	parser->depth--;
}

/* ---- values */

static struct cg_value *new_value(struct cg_parser *parser, enum cg_value_kind kind)
{
	struct cg_value *value = cg_document_alloc(parser->document, sizeof(*value));

	if (value) {
		value->kind = kind;
		value->at = cg_parser_spot(parser, &parser->lexer.token);
	}
	return value;
}

static int parse_word(struct cg_parser *parser, struct cg_value **ret_value)
{
	char shown[CG_TOKEN_SHOWN_SIZE];
	struct cg_value *value;

	if (is_at(parser, CG_TOKEN_STRING))
		return cg_lexer_fail(
			&parser->lexer, &parser->lexer.token,
			"a filter sees the address of a text, never the text: no condition can ask for it");
	if (!is_at(parser, CG_TOKEN_WORD) && !is_at(parser, CG_TOKEN_CHARACTER))
		return cg_lexer_fail(&parser->lexer, &parser->lexer.token,
				     "a number or the name of a constant should stand here, not %s",
				     cg_token_show(&parser->lexer.token, shown));
	value = new_value(parser, CG_VALUE_WORD);
	if (!value)
		return -ENOMEM;
	value->text = cg_document_copy(parser->document, &parser->lexer.token);
	*ret_value = value;
	return value->text ? cg_lexer_next(&parser->lexer) : -ENOMEM;
}

static int parse_primary(struct cg_parser *parser, struct cg_value **ret_value)
{
	struct cg_token opened = parser->lexer.token;
	int rc;

	if (!is_at(parser, CG_TOKEN_OPEN))
		return parse_word(parser, ret_value);
	rc = enter(parser);
	if (rc == 0)
		rc = parse_value(parser, ret_value);
	leave(parser);
	return rc < 0 ? rc : close_bracket(parser, CG_TOKEN_CLOSE, "')'", &opened);
}

static int parse_term(struct cg_parser *parser, struct cg_value **ret_value)
{
	struct cg_value *value;
	int rc;

	if (!is_at(parser, CG_TOKEN_MINUS) && !is_at(parser, CG_TOKEN_TILDE))
		return parse_primary(parser, ret_value);
	value = new_value(parser, is_at(parser, CG_TOKEN_MINUS) ? CG_VALUE_NEGATIVE : CG_VALUE_NOT);
	rc = value ? cg_lexer_next(&parser->lexer) : -ENOMEM;
	if (rc == 0)
		rc = parse_primary(parser, &value->first);
	*ret_value = value;
	return rc;
}

static int parse_value(struct cg_parser *parser, struct cg_value **ret_value)
{
	struct cg_value *either = new_value(parser, CG_VALUE_OR), **link;
	int rc = either ? 0 : -ENOMEM;

	if (rc < 0)
		return rc;
	for (link = &either->first;; link = &(*link)->next) {
		rc = parse_term(parser, link);
		if (rc < 0 || !is_at(parser, CG_TOKEN_BIT_OR))
			break;
		rc = cg_lexer_next(&parser->lexer);
		if (rc < 0)
			break;
	}
	*ret_value = either->first && either->first->next ? either : either->first;
	return rc;
}

/* ---- comparisons */

static struct cg_condition *new_condition(struct cg_parser *parser, enum cg_condition_kind kind)
{
	struct cg_condition *condition = cg_document_alloc(parser->document, sizeof(*condition));

	if (condition) {
		condition->kind = kind;
		condition->at = cg_parser_spot(parser, &parser->lexer.token);
	}
	return condition;
}

static int parse_item(struct cg_parser *parser, bool may_be_range, struct cg_item **ret_item)
{
	struct cg_item *item = cg_document_alloc(parser->document, sizeof(*item));
	int rc = item ? parse_value(parser, &item->least) : -ENOMEM;

	if (rc < 0)
		return rc;
	*ret_item = item;
	item->most = item->least;
	if (!may_be_range || !is_at(parser, CG_TOKEN_DOTS))
		return 0;
	rc = cg_lexer_next(&parser->lexer);
	return rc < 0 ? rc : parse_value(parser, &item->most);
}

static int parse_set(struct cg_parser *parser, struct cg_condition *condition)
{
	struct cg_token opened = parser->lexer.token;
	struct cg_item **link = &condition->items;
	char shown[CG_TOKEN_SHOWN_SIZE];
	int rc;

	if (!is_at(parser, CG_TOKEN_OPEN_SET))
		return cg_lexer_fail(&parser->lexer, &opened, "a set should stand here, { ... }, not %s",
				     cg_token_show(&opened, shown));
	do {
		rc = cg_lexer_next(&parser->lexer);
		if (rc == 0 && condition->items && is_at(parser, CG_TOKEN_CLOSE_SET))
			break;
		if (rc == 0)
			rc = parse_item(parser, true, link);
		if (rc == 0)
			link = &(*link)->next;
	} while (rc == 0 && is_at(parser, CG_TOKEN_COMMA));
	return rc < 0 ? rc : close_bracket(parser, CG_TOKEN_CLOSE_SET, "',' or '}'", &opened);
}

static int fail_operator(struct cg_parser *parser, const struct cg_condition *condition)
{
	struct cg_token *at = &parser->lexer.token;
	char shown[CG_TOKEN_SHOWN_SIZE];

	if (is_at(parser, CG_TOKEN_ASSIGN))
		return cg_lexer_fail(&parser->lexer, at, "'=' sets nothing here; did you mean ==?");
	if (condition->mask && (is_at(parser, CG_TOKEN_END) || is_at(parser, CG_TOKEN_STOP)))
		return cg_lexer_fail(&parser->lexer, at, "and then? write != 0 for any of these bits, == 0 for none");
	return cg_lexer_fail(&parser->lexer, at,
			     "a comparison (== != < <= > >= in) should stand behind '%.40s', not %s",
			     condition->argument, cg_token_show(at, shown));
}

static int parse_operator(struct cg_parser *parser, struct cg_condition *condition)
{
	static const struct {
		enum cg_token_kind kind;
		enum cg_op op;
	} rows[] = {
		{ CG_TOKEN_EQ, CG_OP_EQ }, { CG_TOKEN_NE, CG_OP_NE }, { CG_TOKEN_LT, CG_OP_LT },
		{ CG_TOKEN_LE, CG_OP_LE }, { CG_TOKEN_GT, CG_OP_GT }, { CG_TOKEN_GE, CG_OP_GE },
	};
	int rc;

	for (size_t i = 0; i < CG_N_ITEMS(rows); i++) {
		if (!is_at(parser, rows[i].kind))
			continue;
		condition->op = rows[i].op;
		if (condition->mask && condition->op != CG_OP_EQ && condition->op != CG_OP_NE)
			return cg_lexer_fail(&parser->lexer, &parser->lexer.token,
					     "bits are compared with == and != only");
		rc = cg_lexer_next(&parser->lexer);
		return rc < 0 ? rc : parse_item(parser, false, &condition->items);
	}
	return fail_operator(parser, condition);
}

/* ARGUMENT [ "&" value ] */
static int parse_argument(struct cg_parser *parser, struct cg_condition *condition)
{
	struct cg_token *at = &parser->lexer.token;
	char shown[CG_TOKEN_SHOWN_SIZE];
	int rc;

	if (!is_at(parser, CG_TOKEN_WORD))
		return cg_lexer_fail(&parser->lexer, at,
				     "an argument (a0 to a5, or its name) should stand here, not %s",
				     cg_token_show(at, shown));
	condition->argument = cg_document_copy(parser->document, at);
	rc = condition->argument ? cg_lexer_next(&parser->lexer) : -ENOMEM;
	if (rc < 0 || !is_at(parser, CG_TOKEN_BIT_AND))
		return rc;
	rc = cg_lexer_next(&parser->lexer);
	return rc < 0 ? rc : parse_value(parser, &condition->mask);
}

/* Behind the operand. */
static int parse_test(struct cg_parser *parser, struct cg_condition *test, struct cg_condition **ret_condition)
{
	bool is_negated = cg_token_is(&parser->lexer.token, "not");
	int rc;

	*ret_condition = test;
	if (is_negated) {
		*ret_condition = new_condition(parser, CG_CONDITION_NOT);
		if (!*ret_condition)
			return -ENOMEM;
		(*ret_condition)->first = test;
		rc = cg_lexer_next(&parser->lexer);
		if (rc < 0)
			return rc;
	}
	if (!cg_token_is(&parser->lexer.token, "in"))
		return is_negated ? fail_operator(parser, test) : parse_operator(parser, test);
	test->kind = CG_CONDITION_IN;
	rc = cg_lexer_next(&parser->lexer);
	return rc < 0 ? rc : parse_set(parser, test);
}

/* "(" ARGUMENT "&" value ")": false, and nothing taken, where the bracket opens something else. */
static bool take_bracketed_operand(struct cg_parser *parser, struct cg_condition *test)
{
	struct cg_lexer before = parser->lexer;
	struct cg_err *err = parser->document->err;
	bool is_operand;

	/* What is wrong within is told when it is read as a condition. */
	parser->document->err = parser->lexer.err = NULL;
	is_operand = cg_lexer_next(&parser->lexer) == 0 && parse_argument(parser, test) == 0 && test->mask &&
		     is_at(parser, CG_TOKEN_CLOSE) && cg_lexer_next(&parser->lexer) == 0;
	if (!is_operand) {
		parser->lexer = before;
		test->mask = NULL;
	}
	parser->document->err = parser->lexer.err = err;
	return is_operand;
}

/* ---- logic */

static int parse_group(struct cg_parser *parser, struct cg_condition **ret_condition)
{
	struct cg_token opened = parser->lexer.token;
	int rc = enter(parser);

	if (rc == 0)
		rc = parse_condition(parser, ret_condition);
	leave(parser);
	return rc < 0 ? rc : close_bracket(parser, CG_TOKEN_CLOSE, "')'", &opened);
}

static int parse_factor(struct cg_parser *parser, struct cg_condition **ret_condition)
{
	bool is_not = cg_token_is(&parser->lexer.token, "not");
	struct cg_condition *condition = new_condition(parser, is_not ? CG_CONDITION_NOT : CG_CONDITION_TEST);
	int rc;

	if (!condition)
		return -ENOMEM;
	if (is_not) {
		*ret_condition = condition;
		rc = enter(parser);
		if (rc == 0)
			rc = parse_factor(parser, &condition->first);
		leave(parser);
		return rc;
	}
	if (is_at(parser, CG_TOKEN_OPEN) && !take_bracketed_operand(parser, condition))
		return parse_group(parser, ret_condition);
	rc = condition->mask ? 0 : parse_argument(parser, condition);
	return rc < 0 ? rc : parse_test(parser, condition, ret_condition);
}

/* factor { WORD factor }, of one factor that factor alone. */
static int parse_chain(struct cg_parser *parser, enum cg_condition_kind kind, const char *word,
		       int (*parse_part)(struct cg_parser *parser, struct cg_condition **ret_condition),
		       struct cg_condition **ret_condition)
{
	struct cg_condition *all = new_condition(parser, kind), **link;
	int rc = all ? 0 : -ENOMEM;

	if (rc < 0)
		return rc;
	for (link = &all->first;; link = &(*link)->next) {
		rc = parse_part(parser, link);
		if (rc < 0 || !cg_token_is(&parser->lexer.token, word))
			break;
		rc = cg_lexer_next(&parser->lexer);
		if (rc < 0)
			break;
	}
	*ret_condition = all->first && all->first->next ? all : all->first;
	return rc;
}

static int parse_conjunction(struct cg_parser *parser, struct cg_condition **ret_condition)
{
	return parse_chain(parser, CG_CONDITION_AND, "and", parse_factor, ret_condition);
}

static int parse_condition(struct cg_parser *parser, struct cg_condition **ret_condition)
{
	return parse_chain(parser, CG_CONDITION_OR, "or", parse_conjunction, ret_condition);
}

int cg_parse_condition(struct cg_parser *parser, struct cg_condition **ret_condition)
{
	return parse_condition(parser, ret_condition);
}
