/*
 * The tools of oci.c: walking an object by its table of fields, and reading the leaves.
 *
 * In: a JSON object, a table, a struct to fill. Out: the struct, notes about keys, or the first error. The case of
 * keys, duplicates, missing parts and wrong types are decided here and nowhere else. Members are taken in the order of
 * the text, a later one overwriting an earlier, as Go's encoding/json does it.
 */
#include "profile/read.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static struct cg_profile_word place_of(const struct cg_json *value)
{
	return (struct cg_profile_word){ NULL, value->line, value->column };
}

static struct cg_profile_word key_place_of(const struct cg_json *member)
{
	return (struct cg_profile_word){ NULL, member->key_line, member->key_column };
}

int cg_reader_fail(struct cg_reader *reader, const struct cg_json *value, const char *format, ...)
{
	struct cg_profile_word at = place_of(value);
	char message[CG_ERR_MESSAGE_SIZE];
	va_list args;

	va_start(args, format);
	vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	return cg_profile_fail(reader->err, -EINVAL, reader->profile, &at, "%s", message);
}

int cg_reader_fail_memory(struct cg_reader *reader)
{
	return cg_err_memory(reader->err);
}

static const struct cg_field *find_field(const struct cg_reader *reader, const struct cg_field *fields, size_t n_fields,
					 const char *key)
{
	bool folds = cg_engine_has(reader->engine, CG_TRAIT_FOLDS_KEYS);

	for (size_t i = 0; i < n_fields; i++) {
		if (folds ? cg_json_key_is(key, fields[i].key) : strcmp(key, fields[i].key) == 0)
			return &fields[i];
	}
	return NULL;
}

static int note_unknown_key(struct cg_reader *reader, const struct cg_field *fields, size_t n_fields,
			    const struct cg_json *member)
{
	struct cg_profile_word at = key_place_of(member);
	const char *best = NULL;
	char quoted[CG_QUOTE_SIZE];

	if (!cg_profile_wants_notes(reader->notes))
		return 0;
	/* _comment, $schema, x-anything: meant for nobody who enforces. */
	for (size_t i = 0; i < n_fields && !strchr("_$", member->key[0]) && strncmp(member->key, "x-", 2) != 0; i++)
		cg_word_keep_nearest(member->key, fields[i].key, &best);
	cg_profile_quote(quoted, member->key);
	if (best)
		return cg_profile_note(reader->notes, CG_SEVERITY_WARNING, "unknown-key", &at, "correct the key",
				       "unknown key \"%s\" has no effect; did you mean %s?", quoted, best);
	return cg_profile_note(reader->notes, CG_SEVERITY_NOTE, "unknown-key", &at, "",
			       "unknown key \"%s\" has no effect", quoted);
}

/* What is worth saying of a key that is known: dropped by this engine, in another case, or there before. */
static int note_known_key(struct cg_reader *reader, const struct cg_field *field, const struct cg_json *member,
			  bool is_dropped, bool is_duplicate)
{
	struct cg_profile_word at = key_place_of(member);
	char quoted[CG_QUOTE_SIZE];
	int rc = 0;

	if (is_dropped)
		return cg_profile_note(reader->notes, CG_SEVERITY_WARNING, "ignored-key", &at, "",
				       "%s %s drops \"%s\": it has no effect", reader->engine->name,
				       reader->engine->version, field->key);
	if (strcmp(member->key, field->key) != 0)
		rc = cg_profile_note(reader->notes, CG_SEVERITY_NOTE, "key-case", &at, "write it as the standard does",
				     "\"%s\" is read as %s, but not by crun, which minds the case",
				     cg_profile_quote(quoted, member->key), field->key);
	if (rc == 0 && is_duplicate)
		rc = cg_profile_note(reader->notes, CG_SEVERITY_WARNING, "duplicate-key", &at, "remove one of the two",
				     "\"%s\" stands here a second time; most engines take the last, crun the first",
				     field->key);
	return rc;
}

/* One member. *seen holds a bit for each field of the table that was read. */
static int read_member(struct cg_reader *reader, const struct cg_field *fields, size_t n_fields,
		       const struct cg_json *member, unsigned int *seen, void *object)
{
	const struct cg_field *field = find_field(reader, fields, n_fields, member->key);
	unsigned int bit;
	bool is_dropped;

	if (!field)
		return note_unknown_key(reader, fields, n_fields, member) < 0 ? cg_reader_fail_memory(reader) : 0;
	bit = 1U << (field - fields);
	is_dropped = field->needs && !cg_engine_has(reader->engine, field->needs);
	if (note_known_key(reader, field, member, is_dropped, *seen & bit) < 0)
		return cg_reader_fail_memory(reader);

	if (is_dropped || member->kind == CG_JSON_NULL)
		return 0;
	if ((*seen & bit) && cg_engine_has(reader->engine, CG_TRAIT_FIRST_KEY_WINS))
		return 0;
	if (member->kind != field->kind) {
		if (cg_engine_has(reader->engine, CG_TRAIT_SKIPS_WRONG_TYPES))
			return 0;
		return cg_reader_fail(reader, member, "\"%s\" is %s, and must be %s", field->key,
				      cg_json_kind_name(member),
				      cg_json_kind_name(&(struct cg_json){ .kind = field->kind }));
	}
	*seen |= bit;
	return field->read(reader, member, object);
}

int cg_reader_object(struct cg_reader *reader, const struct cg_field *fields, size_t n_fields,
		     const struct cg_json *json, void *object)
{
	unsigned int seen = 0;
	int rc;

	for (const struct cg_json *member = json->first; member; member = member->next) {
		rc = read_member(reader, fields, n_fields, member, &seen, object);
		if (rc < 0)
			return rc;
	}
	if (!cg_engine_has(reader->engine, CG_TRAIT_REQUIRES_FIELDS))
		return 0;
	for (size_t i = 0; i < n_fields; i++) {
		if (fields[i].is_required && !(seen & 1U << i))
			return cg_reader_fail(reader, json,
					      "\"%s\" is missing, without which %s %s refuses the profile",
					      fields[i].key, reader->engine->name, reader->engine->version);
	}
	return 0;
}

/* Text with a NUL inside would be cut by whoever reads it as C does: no engine can mean it. */
int cg_reader_text(struct cg_reader *reader, const struct cg_json *value, const char **ret_text)
{
	if (memchr(value->text, '\0', value->text_length))
		return cg_reader_fail(reader, value, "a NUL character inside a string");
	*ret_text = value->text;
	return 0;
}

int cg_reader_word(struct cg_reader *reader, const struct cg_json *value, struct cg_profile_word *ret_word)
{
	const char *text = NULL;
	int rc = cg_reader_text(reader, value, &text);

	if (rc == 0)
		*ret_word = (struct cg_profile_word){ text, value->line, value->column };
	return rc;
}

/* An array of strings. null in it is "" to Go; what is no string, nothing to yajl's readers. */
int cg_reader_words(struct cg_reader *reader, const struct cg_json *array, struct cg_profile_words *words)
{
	words->n_items = 0;
	for (const struct cg_json *item = array->first; item; item = item->next) {
		struct cg_profile_word word = { "", item->line, item->column };
		int rc = 0;

		if (item->kind == CG_JSON_STRING)
			rc = cg_reader_word(reader, item, &word);
		else if (cg_engine_has(reader->engine, CG_TRAIT_SKIPS_WRONG_TYPES))
			continue;
		else if (item->kind != CG_JSON_NULL)
			rc = cg_reader_fail(reader, item, "%s in a list of strings", cg_json_kind_name(item));
		if (rc < 0)
			return rc;
		if (cg_vec_push(words, word) < 0)
			return cg_reader_fail_memory(reader);
	}
	return 0;
}

static int read_number(struct cg_reader *reader, const struct cg_json *value, uint64_t *ret_number)
{
	if (!value->is_integer && strpbrk(value->text, ".eE"))
		return cg_reader_fail(reader, value, "%s %.40s is no whole number", value->key, value->text);
	if (!value->is_integer)
		return cg_reader_fail(reader, value, "%s %.40s does not fit into 64 bits", value->key, value->text);
	if (value->is_negative)
		return cg_reader_fail(reader, value, "%s %s is negative: write the unsigned number, %llu in 64 bits",
				      value->key, value->text, (unsigned long long)-value->number);
	*ret_number = value->number;
	return 0;
}

int cg_reader_u64_wrapping(struct cg_reader *reader, const struct cg_json *value, uint64_t *ret_number)
{
	if (value->is_integer && value->is_negative && cg_engine_has(reader->engine, CG_TRAIT_WRAPS_NEGATIVES)) {
		*ret_number = -value->number;
		return 0;
	}
	return read_number(reader, value, ret_number);
}

/* The numbers that the standard has as uint32: Go's readers take them as 64 bits wide. */
int cg_reader_u32(struct cg_reader *reader, const struct cg_json *value, uint64_t *ret_number)
{
	uint64_t number = 0;
	int rc = read_number(reader, value, &number);

	if (rc < 0)
		return rc;
	if (number > UINT32_MAX && !cg_engine_has(reader->engine, CG_TRAIT_FOLDS_KEYS))
		return cg_reader_fail(reader, value, "%s %s does not fit into 32 bits", value->key, value->text);
	*ret_number = number;
	return 0;
}
