/*
 * A policy text taken apart: statements, in the order in which they stand, those of included files at their place.
 *
 * In: tokens (parse.c, condition_syntax.c). Out: this tree, in one arena, which knows names but not what they stand
 * for: that depends on the architecture, and is asked in names.c and condition.c. Only for the files of this folder.
 */
#ifndef CG_LANGUAGE_SYNTAX_H
#define CG_LANGUAGE_SYNTAX_H

#include "language/lex.h"
#include "language/policy_text.h"

/* A text, and the statement that included it. */
struct cg_source {
	const char *name;
	const struct cg_source *from; /* NULL: the outermost */
	unsigned int depth;           /* 0: the outermost */
	uint32_t line;                /* of the include statement in the outermost text; 0 there */
};

struct cg_spot {
	const struct cg_source *source;
	uint32_t line, column;
};

enum cg_value_kind {
	CG_VALUE_WORD, /* a number, a constant, 'c' */
	CG_VALUE_OR,   /* of all children */
	CG_VALUE_NOT,  /* ~ of the one child */
	CG_VALUE_NEGATIVE,
};

struct cg_value {
	enum cg_value_kind kind;
	const char *text;
	struct cg_spot at;
	struct cg_value *first, *next;
};

/* An item of a set: one value, or from `least` to `most`. A comparison with a value has one item. */
struct cg_item {
	struct cg_value *least, *most; /* the same for one value */
	struct cg_item *next;
};

enum cg_condition_kind {
	CG_CONDITION_AND, /* of all children */
	CG_CONDITION_OR,
	CG_CONDITION_NOT, /* of the one child */
	CG_CONDITION_TEST,
	CG_CONDITION_IN,  /* the argument is one of the items */
};

struct cg_condition {
	enum cg_condition_kind kind;
	struct cg_spot at;
	struct cg_condition *first, *next;
	/* TEST and IN */
	const char *argument;   /* domain, a0 */
	struct cg_value *mask;  /* or NULL */
	enum cg_op op;          /* TEST; never MASKED_EQ */
	struct cg_item *items;
};

/* read, 39, x86:read, x86:39, @stdio */
struct cg_name {
	const char *text; /* without the @ */
	bool is_group;
	const struct cg_arch *arch; /* NULL: every one */
	struct cg_spot at;
	struct cg_name *next;
};

struct cg_statement {
	struct cg_spot at;
	uint32_t action;
	struct cg_name *names, *except;
	struct cg_condition *condition; /* NULL: none */
	const struct cg_profile *profile; /* instead of all this: an included profile */
	bool is_noted; /* that it has no effect was said */
	struct cg_statement *next;
};

/* What a text may say once; where several texts say it, the outermost does. */
struct cg_setting {
	bool is_set, is_disputed; /* two texts of the same depth differ */
	uint32_t value;
	struct cg_spot at;
};

struct cg_document {
	struct cg_arena arena;
	const struct cg_policy_text_options *options;
	struct cg_err *err;
	struct cg_statement *statements, *last;
	size_t n_statements;
	size_t n_sources;
	struct cg_setting default_action, bad_arch_action;
	unsigned int flags;
	struct cg_setting listener; /* its value is not used */
	const char *listener_path, *listener_metadata;
	CG_VEC(const struct cg_arch *) arches; /* those of arch statements, each once */
	CG_VEC(struct cg_profile *) profiles;  /* included, to be released */
};

/* Whose words are being read. */
struct cg_parser {
	struct cg_document *document;
	struct cg_source *source;
	struct cg_lexer lexer;
	unsigned int depth; /* of brackets and nots in the expression being read */
};

/* parse.c: adds the statements of a text, and of what it includes. -EINVAL, -E2BIG, -ENOMEM, the callback's errors. */
int cg_document_add_text(struct cg_document *document, struct cg_source *source, const char *bytes, size_t length);

/* include.c: what `include PATH` stands for; the path stands at `at`. */
int cg_document_include(struct cg_document *document, const struct cg_spot *at, const char *path);

/* condition_syntax.c: what follows `when`. */
int cg_parse_condition(struct cg_parser *parser, struct cg_condition **ret_condition);

/*
 * action_syntax.c: an action at hand, and past it. The token as a string, false when it is longer than any word that
 * means something. -EINVAL: no such `wanted`, with the nearest of `words` (NULL at their end) or else `otherwise`; and
 * unless the token at hand is of this kind.
 */
#define CG_WORD_SIZE 64

int cg_parse_action(struct cg_parser *parser, uint32_t *ret_action);
bool cg_token_copy(const struct cg_token *token, char ret_word[CG_WORD_SIZE]);
int cg_parser_fail_word(struct cg_parser *parser, const struct cg_token *at, const char *wanted,
			const char *const *words, const char *otherwise);
int cg_parser_expect(struct cg_parser *parser, enum cg_token_kind kind, const char *wanted);

/* document.c. NULL, with document->err set, when out of memory. */
void *cg_document_alloc(struct cg_document *document, size_t size);
const char *cg_document_copy(struct cg_document *document, const struct cg_token *token);

/* An empty statement behind all others. -E2BIG, -ENOMEM. */
int cg_document_add_statement(struct cg_document *document, const struct cg_spot *at,
			      struct cg_statement **ret_statement);
int cg_document_add_arch(struct cg_document *document, const struct cg_arch *arch);
/* Sets what counts of the text that is further out. */
void cg_setting_set(struct cg_setting *setting, const struct cg_spot *at, uint32_t value);

static inline struct cg_spot cg_parser_spot(const struct cg_parser *parser, const struct cg_token *token)
{
	return (struct cg_spot){ parser->source, token->line, token->column };
}

/* An error at a spot; returns `code`. */
int cg_document_fail(struct cg_document *document, int code, const struct cg_spot *at, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* A note at a spot: in an included text at the statement that included it. 0 or -ENOMEM. */
int cg_document_note(struct cg_document *document, enum cg_severity severity, const char *rule,
		     const struct cg_spot *at, const char *remedy, const char *format, ...)
	__attribute__((format(printf, 6, 7)));

/* The line of the outermost text that a spot stands for. */
static inline uint32_t cg_spot_line(const struct cg_spot *at)
{
	return at->source->depth ? at->source->line : at->line;
}

#endif
