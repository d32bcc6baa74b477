/*
 * JSON to a tree, in one pass over the bytes. See json_read.h.
 *
 * In: bytes of any kind. Out: a tree or the first error. One function per construct of the grammar (RFC 8259), the
 * leaves in json_lex.c; only read_value() recurses, and counts how deep. A byte-order mark is an error, as for the
 * engines.
 */
#include "base/json_read.h"

#include "base/cleanup.h"
#include "base/json_lex.h"

#include <errno.h>
#include <string.h>

static int read_value(struct cg_json_lexer *lexer, struct cg_json **ret_value);

static int read_word(struct cg_json_lexer *lexer, struct cg_json *value)
{
	static const struct {
		const char *word;
		enum cg_json_kind kind;
		bool is_true;
	} words[] = { { "null", CG_JSON_NULL, false },
		      { "true", CG_JSON_BOOL, true },
		      { "false", CG_JSON_BOOL, false } };

	for (size_t i = 0; i < CG_N_ITEMS(words); i++) {
		if (!cg_json_starts_with(lexer, words[i].word))
			continue;
		lexer->at += strlen(words[i].word);
		value->kind = words[i].kind;
		value->is_true = words[i].is_true;
		return 0;
	}
	return cg_json_fail_unexpected(lexer, "a value");
}

/* "key" and the colon. The place of the key is kept in *ret_key_at for the member's node. */
static int read_key(struct cg_json_lexer *lexer, struct cg_json *ret_key)
{
	size_t length;
	int rc;

	if (cg_json_peek(lexer) != '"')
		return cg_json_fail_unexpected(lexer, "a key in double quotes");
	ret_key->key_line = lexer->line;
	ret_key->key_column = cg_json_column(lexer, lexer->at);
	rc = cg_json_lex_string(lexer, true, &ret_key->key, &length);
	if (rc == 0)
		rc = cg_json_skip_space(lexer);
	if (rc < 0)
		return rc;
	if (cg_json_peek(lexer) != ':')
		return cg_json_fail_unexpected(lexer, "':' after the key");
	lexer->at++;
	return cg_json_skip_space(lexer);
}

/* One item of an array, one member of an object. */
static int read_child(struct cg_json_lexer *lexer, bool is_object, struct cg_json **ret_child)
{
	struct cg_json key = { 0 };
	struct cg_json *child;
	int rc = 0;

	if (is_object)
		rc = read_key(lexer, &key);
	if (rc == 0)
		rc = read_value(lexer, &child);
	if (rc < 0)
		return rc;
	child->key = key.key;
	child->key_line = key.key_line;
	child->key_column = key.key_column;
	*ret_child = child;
	return 0;
}

static bool allows_trailing_comma(const struct cg_json_lexer *lexer)
{
	return (lexer->options & CG_JSON_COMMENTS) && !(lexer->options & CG_JSON_STRICT_COMMAS);
}

/* Behind an item: a comma or the closing bracket. */
static int read_separator(struct cg_json_lexer *lexer, char close)
{
	int rc = cg_json_skip_space(lexer);

	if (rc < 0)
		return rc;
	if (cg_json_peek(lexer) == close)
		return 0;
	if (cg_json_peek(lexer) != ',')
		return cg_json_fail_unexpected(lexer, close == '}' ? "',' or '}'" : "',' or ']'");
	lexer->at++;
	rc = cg_json_skip_space(lexer);
	if (rc == 0 && cg_json_peek(lexer) == close && !allows_trailing_comma(lexer))
		return cg_json_fail_at(lexer, lexer->at, -EBADMSG, "unexpected '%c' after a comma: remove the comma",
				       close);
	return rc;
}

static int read_children(struct cg_json_lexer *lexer, struct cg_json *value)
{
	bool is_object = value->kind == CG_JSON_OBJECT;
	char close = is_object ? '}' : ']';
	struct cg_json **tail = &value->first;
	int rc;

	if (lexer->depth == CG_JSON_DEPTH_LIMIT)
		return cg_json_fail_at(lexer, lexer->at, -E2BIG, "more than %d levels of nesting", CG_JSON_DEPTH_LIMIT);
	lexer->depth++;
	lexer->at++;
	rc = cg_json_skip_space(lexer);
	while (rc == 0 && cg_json_peek(lexer) != close) {
		rc = read_child(lexer, is_object, tail);
		if (rc < 0)
			return rc;
		tail = &(*tail)->next;
		value->n_children++;
		rc = read_separator(lexer, close);
	}
	if (rc < 0)
		return rc;
	lexer->at++;
	lexer->depth--;
	return 0;
}

static int read_value(struct cg_json_lexer *lexer, struct cg_json **ret_value)
{
	struct cg_json *value;
	int c = cg_json_peek(lexer), rc;

	if (lexer->n_nodes++ == CG_JSON_NODE_LIMIT)
		return cg_json_fail_at(lexer, lexer->at, -E2BIG, "more than %zu values in one document",
				       CG_JSON_NODE_LIMIT);
	value = cg_arena_alloc(lexer->arena, sizeof(*value));
	if (!value)
		return cg_err_memory(lexer->err);
	value->line = lexer->line;
	value->column = cg_json_column(lexer, lexer->at);

	if (c == '{' || c == '[') {
		value->kind = c == '{' ? CG_JSON_OBJECT : CG_JSON_ARRAY;
		rc = read_children(lexer, value);
	} else if (c == '"') {
		value->kind = CG_JSON_STRING;
		rc = cg_json_lex_string(lexer, false, &value->text, &value->text_length);
	} else if (c == '-' || cg_json_is_digit(c)) {
		rc = cg_json_lex_number(lexer, value);
	} else {
		rc = read_word(lexer, value);
	}
	if (rc == 0)
		*ret_value = value;
	return rc;
}

static int read_document(struct cg_json_lexer *lexer, struct cg_json **ret_root)
{
	int rc;

	if (cg_json_starts_with(lexer, "\xef\xbb\xbf"))
		return cg_json_fail_at(lexer, 0, -EBADMSG,
				       "begins with a byte-order mark: save it as UTF-8 without one");
	if (cg_json_starts_with(lexer, "\xff\xfe") || cg_json_starts_with(lexer, "\xfe\xff"))
		return cg_json_fail_at(lexer, 0, -EBADMSG, "this is UTF-16: save it as UTF-8");
	rc = cg_json_skip_space(lexer);
	if (rc < 0)
		return rc;
	if (lexer->at >= lexer->length)
		return cg_json_fail_at(lexer, lexer->at, -EBADMSG, "empty: there is no JSON value in it");
	rc = read_value(lexer, ret_root);
	if (rc == 0)
		rc = cg_json_skip_space(lexer);
	if (rc < 0)
		return rc;
	if (lexer->at < lexer->length)
		return cg_json_fail_at(lexer, lexer->at, -EBADMSG, "text after the end of the document: remove it");
	return 0;
}

int cg_json_read(struct cg_arena *arena, const char *name, const char *bytes, size_t length, unsigned int options,
		 struct cg_json **ret_root, struct cg_err *err)
{
	struct cg_json_lexer lexer = { .arena = arena,
				       .name = name,
				       .bytes = bytes,
				       .length = length,
				       .line = 1,
				       .options = options,
				       .err = err };
	struct cg_json *root = NULL;
	int rc;

	if (length > CG_JSON_SIZE_LIMIT)
		return cg_err_set(err, -E2BIG, name, "%zu bytes of JSON, more than the %zu MiB that are read", length,
				  CG_JSON_SIZE_LIMIT >> 20);
	rc = read_document(&lexer, &root);
	cg_text_done(&lexer.scratch);
	if (rc == 0)
		*ret_root = root;
	return rc;
}
