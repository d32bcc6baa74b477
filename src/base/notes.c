/*
 * See notes.h.
 */
#include "base/notes.h"

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
