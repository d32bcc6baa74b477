/*
 * See notes.h.
 */
#include "base/notes.h"

#include "base/cleanup.h"
#include "base/map.h"
#include "base/text.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

int cg_notes_add(struct cg_notes *notes, const struct cg_note *note)
{
	struct cg_note copy = *note;

	if (!notes)
		return 0;
	copy.rule = cg_arena_copy_text(&notes->arena, note->rule);
	copy.message = cg_arena_copy_text(&notes->arena, note->message);
	copy.remedy = cg_arena_copy_text(&notes->arena, note->remedy ? note->remedy : "");
	if (!copy.rule || !copy.message || !copy.remedy)
		return -ENOMEM;
	return cg_vec_push(&notes->list, copy);
}

static int compare_notes(const void *left, const void *right)
{
	const struct cg_note *a = left, *b = right;
	int order;

	if (a->line != b->line)
		return a->line < b->line ? -1 : 1;
	if (a->column != b->column)
		return a->column < b->column ? -1 : 1;
	order = strcmp(a->rule, b->rule);
	return order ? order : strcmp(a->message, b->message);
}

void cg_notes_sort(struct cg_notes *notes)
{
	if (notes->list.n_items)
		qsort(notes->list.items, notes->list.n_items, sizeof(*notes->list.items), compare_notes);
}

/* ---- folding */

#define LINES_SHOWN 6

/* Where else a note stands. */
struct places {
	uint32_t lines[LINES_SHOWN];
	size_t n_lines;
};

static bool say_the_same(const struct cg_note *a, const struct cg_note *b)
{
	return a->severity == b->severity && a->line && b->line && strcmp(a->rule, b->rule) == 0 &&
	       strcmp(a->remedy, b->remedy) == 0;
}

/* Adds the note, or its place to that of the one that says the same; `by_message` finds it. */
static int fold_note(struct cg_notes *folded, struct places *places, struct cg_map *by_message,
		     const struct cg_note *note)
{
	struct cg_map_entry *entry = cg_map_find(by_message, note->message, strlen(note->message));
	struct places *there = entry ? &places[entry->value.number] : NULL;

	if (entry && say_the_same(&folded->list.items[entry->value.number], note)) {
		if (there->n_lines < LINES_SHOWN)
			there->lines[there->n_lines] = note->line;
		there->n_lines++;
		return 0;
	}
	if (cg_map_put(by_message, note->message, strlen(note->message), &entry) < 0)
		return -ENOMEM;
	entry->value.number = folded->list.n_items;
	return cg_vec_push(&folded->list, *note);
}

static int say_places(struct cg_notes *folded, struct cg_note *note, const struct places *places)
{
	CG_CLEANUP(cg_text_done) struct cg_text text = { 0 };
	const size_t n_shown = places->n_lines < LINES_SHOWN ? places->n_lines : LINES_SHOWN;

	if (places->n_lines == 0)
		return 0;
	cg_text_addf(&text, "%s (also on line%s ", note->message, places->n_lines == 1 ? "" : "s");
	for (size_t i = 0; i < n_shown; i++)
		cg_text_addf(&text, "%s%" PRIu32, i ? ", " : "", places->lines[i]);
	if (places->n_lines > n_shown)
		cg_text_addf(&text, " and %zu more", places->n_lines - n_shown);
	cg_text_add_char(&text, ')');
	note->message = text.has_failed ? NULL : cg_arena_copy_text(&folded->arena, cg_text_get(&text));
	return note->message ? 0 : -ENOMEM;
}

int cg_notes_fold(const struct cg_notes *notes, struct cg_notes *ret_folded)
{
	CG_CLEANUP(cg_map_done) struct cg_map by_message = { 0 };
	CG_FREE struct places *places = calloc(notes->list.n_items + 1, sizeof(*places));
	struct cg_notes folded = { 0 };
	int r = places ? 0 : -ENOMEM;

	for (size_t i = 0; r == 0 && i < notes->list.n_items; i++)
		r = fold_note(&folded, places, &by_message, &notes->list.items[i]);
	for (size_t i = 0; r == 0 && i < folded.list.n_items; i++)
		r = say_places(&folded, &folded.list.items[i], &places[i]);
	if (r < 0)
		cg_notes_done(&folded);
	else
		*ret_folded = folded;
	return r;
}

const char *cg_severity_name(enum cg_severity severity)
{
	static const char *const names[] = { "note", "warning", "error" };

	return names[severity];
}

void cg_notes_done(struct cg_notes *notes)
{
	cg_vec_done(&notes->list);
	cg_arena_done(&notes->arena);
}
