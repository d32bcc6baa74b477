/*
 * The state of the rounds as JSON: PROFILE.tighten.json, callgate-tighten(1).
 *
 * In: bytes. Out: a struct cg_tighten, and back. Keys that we do not know are kept where they stood: at the top and in
 * each call. What was before each of the last rounds is kept whole, the profile as text, so that undoing one gives the
 * same bytes.
 */
#include "tighten/tighten.h"

#include "abi/syscalls.h"
#include "base/cleanup.h"
#include "base/json_write.h"
#include "check/sha256.h"
#include "tighten/steps.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const stage_names[] = { "logged", "closed", "kept" };
static const char *const what_names[] = { "call", "arguments" };

void cg_tighten_done(struct cg_tighten *tighten)
{
	cg_vec_done(&tighten->items);
	cg_arena_done(&tighten->arena);
	*tighten = (struct cg_tighten){ 0 };
}

const char *cg_tighten_digest(struct cg_arena *arena, const char *bytes, size_t length)
{
	unsigned char digest[CG_SHA256_SIZE];
	char hex[CG_SHA256_SIZE * 2 + 1];
	struct cg_sha256 sha;

	cg_sha256_start(&sha);
	cg_sha256_add(&sha, bytes, length);
	cg_sha256_end(&sha, digest);
	for (size_t i = 0; i < sizeof(digest); i++)
		snprintf(hex + i * 2, 3, "%02x", digest[i]);
	return cg_arena_copy_text(arena, hex);
}

/* ---- reading */

struct reader {
	struct cg_tighten *tighten;
	const char *name;
	struct cg_err *err;
};

static int fail(const struct reader *reader, const struct cg_json *value, const char *what)
{
	return cg_json_err(reader->err, -EBADMSG, reader->name, value,
			   "%s: this is no state of callgate tighten; "
			   "move it away to begin anew",
			   what);
}

static int get_number(const struct reader *reader, const struct cg_json *object, const char *key, uint64_t *ret_number)
{
	const struct cg_json *value = cg_json_get(object, key);

	if (!value || value->kind != CG_JSON_NUMBER || !value->is_integer || value->is_negative)
		return fail(reader, value ? value : object, key);
	*ret_number = value->number;
	return 0;
}

static int get_text(const struct reader *reader, const struct cg_json *object, const char *key, const char **ret_text)
{
	const struct cg_json *value = cg_json_get(object, key);

	if (!value || value->kind != CG_JSON_STRING)
		return fail(reader, value ? value : object, key);
	*ret_text = value->text;
	return 0;
}

static int get_word(const struct reader *reader, const struct cg_json *object, const char *key,
		    const char *const *words, size_t n_words, unsigned int *ret_index)
{
	const char *word = "";
	int r = get_text(reader, object, key, &word);

	for (unsigned int i = 0; r == 0 && i < n_words; i++)
		if (strcmp(words[i], word) == 0) {
			*ret_index = i;
			return 0;
		}
	return r < 0 ? r : fail(reader, cg_json_get(object, key), key);
}

static int read_item(struct reader *reader, const struct cg_json *object)
{
	struct cg_tighten_item item = { .source = object, .was = cg_json_get(object, "was") };
	unsigned int stage = 0, what = 0;
	int r = get_text(reader, object, "call", &item.call);

	if (r == 0 && !cg_syscall_find(item.call) && strcmp(item.call, CG_TIGHTEN_DEFAULT) != 0)
		return fail(reader, cg_json_get(object, "call"), "no such call");
	if (r == 0)
		r = get_word(reader, object, "what", what_names, CG_N_ITEMS(what_names), &what);
	if (r == 0)
		r = get_word(reader, object, "stage", stage_names, CG_N_ITEMS(stage_names), &stage);
	if (r == 0)
		r = get_number(reader, object, "round", &item.round);
	if (r == 0)
		r = get_number(reader, object, "since_ns", &item.since_ns);
	if (r == 0)
		r = get_text(reader, object, "why", &item.why);
	if (r == 0 && item.was && item.was->kind != CG_JSON_ARRAY)
		return fail(reader, item.was, "was");
	item.stage = (enum cg_tighten_stage)stage;
	item.what = (enum cg_tighten_what)what;
	if (r == 0 && cg_vec_push(&reader->tighten->items, item) < 0)
		return cg_err_memory(reader->err);
	return r;
}

/* The part of a state that rounds change: at the top, and in each entry of "undo". */
static int read_part(struct reader *reader, const struct cg_json *object)
{
	struct cg_tighten *tighten = reader->tighten;
	const struct cg_json *calls = cg_json_get(object, "calls");
	int r = get_number(reader, object, "round", &tighten->round);

	if (r == 0)
		r = get_number(reader, object, "began_ns", &tighten->began_ns);
	if (r == 0)
		r = get_text(reader, object, "began", &tighten->began);
	if (r == 0)
		r = get_text(reader, object, "digest", &tighten->digest);
	if (r == 0 && (!calls || calls->kind != CG_JSON_ARRAY))
		r = fail(reader, calls ? calls : object, "calls");
	if (r == 0 && calls->n_children > CG_TIGHTEN_ITEMS_LIMIT)
		return cg_json_err(reader->err, -E2BIG, reader->name, calls, "more than %d calls",
				   CG_TIGHTEN_ITEMS_LIMIT);
	tighten->items.n_items = 0;
	for (const struct cg_json *item = r == 0 ? calls->first : NULL; r == 0 && item; item = item->next)
		r = read_item(reader, item);
	return r;
}

static int read_top(struct reader *reader, const struct cg_json *root)
{
	const char *kind = "";
	uint64_t version = 0;
	int r = get_text(reader, root, "callgate", &kind);

	if (r == 0 && strcmp(kind, "tighten") != 0)
		return fail(reader, root, "callgate");
	if (r == 0)
		r = get_number(reader, root, "version", &version);
	if (r < 0)
		return r;
	if (version > CG_TIGHTEN_VERSION)
		return cg_json_err(reader->err, -EPROTONOSUPPORT, reader->name, root,
				   "version %" PRIu64
				   " is newer than this callgate, which knows %d: a newer one is needed",
				   version, CG_TIGHTEN_VERSION);
	return read_part(reader, root);
}

int cg_tighten_read(const char *name, const char *bytes, size_t length, struct cg_tighten *tighten, struct cg_err *err)
{
	struct reader reader = { tighten, name, err };
	struct cg_json *root;
	int r;

	if (length > CG_TIGHTEN_SIZE_LIMIT)
		return cg_err_set(err, -E2BIG, name, "more than %zu MiB", CG_TIGHTEN_SIZE_LIMIT >> 20);
	r = cg_json_read(&tighten->arena, name, bytes, length, 0, &root, err);
	if (r == 0)
		r = read_top(&reader, root);
	if (r < 0)
		return r;
	tighten->source = root;
	tighten->undo = cg_json_get(root, "undo");
	if (tighten->undo && tighten->undo->kind != CG_JSON_ARRAY)
		return fail(&reader, tighten->undo, "undo");
	return 0;
}

/* ---- writing */

/* Members of what was read that none of `known` names. */
static void write_unknown(struct cg_json_writer *json, const struct cg_json *source, const char *const *known,
			  size_t n_known)
{
	for (const struct cg_json *member = source ? source->first : NULL; member; member = member->next)
		if (!cg_tightening_is_word(known, n_known, member->key))
			cg_json_value(json, member->key, member);
}

static void write_item(struct cg_json_writer *json, const struct cg_tighten_item *item)
{
	static const char *const known[] = { "call", "what", "stage", "round", "since_ns", "why", "was" };

	cg_json_open_object(json, NULL);
	cg_json_string(json, "call", item->call);
	cg_json_string(json, "what", what_names[item->what]);
	cg_json_string(json, "stage", stage_names[item->stage]);
	cg_json_u64(json, "round", item->round);
	cg_json_u64(json, "since_ns", item->since_ns);
	cg_json_string(json, "why", item->why);
	if (item->was)
		cg_json_value(json, "was", item->was);
	write_unknown(json, item->source, known, CG_N_ITEMS(known));
	cg_json_close_object(json);
}

static int compare_items(const void *a, const void *b)
{
	return strcmp(((const struct cg_tighten_item *)a)->call, ((const struct cg_tighten_item *)b)->call);
}

static void write_part(struct cg_json_writer *json, const struct cg_tighten *tighten)
{
	cg_json_u64(json, "round", tighten->round);
	cg_json_string(json, "began", tighten->began ? tighten->began : "");
	cg_json_u64(json, "began_ns", tighten->began_ns);
	cg_json_string(json, "digest", tighten->digest ? tighten->digest : "");
	if (tighten->items.n_items)
		qsort(tighten->items.items, tighten->items.n_items, sizeof(tighten->items.items[0]), compare_items);
	cg_json_open_array(json, "calls");
	for (size_t i = 0; i < tighten->items.n_items; i++)
		write_item(json, &tighten->items.items[i]);
	cg_json_close_array(json);
}

void cg_tighten_write(const struct cg_tighten *tighten, struct cg_text *text)
{
	static const char *const known[] = { "callgate", "version", "round", "began",
					     "began_ns", "digest",  "calls", "undo" };
	struct cg_json_writer json = { .text = text };

	cg_json_open_object(&json, NULL);
	cg_json_string(&json, "callgate", "tighten");
	cg_json_u64(&json, "version", CG_TIGHTEN_VERSION);
	write_part(&json, tighten);
	write_unknown(&json, tighten->source, known, CG_N_ITEMS(known));
	if (tighten->undo)
		cg_json_value(&json, "undo", tighten->undo);
	cg_json_close_object(&json);
	cg_text_add_char(text, '\n');
}

/* ---- undo */

int cg_tighten_remember(struct cg_tighten *tighten, const char *bytes, size_t length, struct cg_err *err)
{
	CG_CLEANUP(cg_text_done) struct cg_text text = { 0 };
	struct cg_json_writer json = { .text = &text, .is_compact = true };
	struct cg_tree tree = { .arena = &tighten->arena };
	struct cg_json *entry = NULL;
	int r;

	cg_json_open_object(&json, NULL);
	write_part(&json, tighten);
	cg_json_string_bytes(&json, "profile", bytes, length);
	cg_json_close_object(&json);
	if (text.has_failed)
		return cg_err_memory(err);
	r = cg_json_read(&tighten->arena, "undo", cg_text_get(&text), text.length, 0, &entry, err);
	if (r < 0)
		return r;
	if (!tighten->undo)
		tighten->undo = cg_tree_array(&tree);
	cg_tree_add(&tree, tighten->undo, NULL, entry);
	if (tree.has_failed)
		return cg_err_memory(err);
	while (tighten->undo->n_children > CG_TIGHTEN_UNDO_LIMIT)
		cg_tree_remove(tighten->undo, tighten->undo->first);
	return 0;
}

int cg_tighten_undo(struct cg_tighten *tighten, const char *name, const struct cg_json **ret_profile,
		    struct cg_err *err)
{
	struct reader reader = { tighten, name, err };
	const struct cg_json *last = NULL, *profile;
	int r;

	for (const struct cg_json *entry = tighten->undo ? tighten->undo->first : NULL; entry; entry = entry->next)
		last = entry;
	if (!last)
		return cg_err_set(err, -ENOENT, name, "there is no round that could be undone (the last %d are kept)",
				  CG_TIGHTEN_UNDO_LIMIT);
	profile = cg_json_get(last, "profile");
	if (!profile || profile->kind != CG_JSON_STRING)
		return fail(&reader, last, "profile");
	r = read_part(&reader, last);
	if (r < 0)
		return r;
	cg_tree_remove(tighten->undo, last);
	*ret_profile = profile;
	return 0;
}
