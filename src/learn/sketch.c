/*
 * See sketch.h. While a sketch is made its calls are found by a map over their names; their order is settled at the
 * end.
 */
#include "learn/sketch.h"

#include "policy/say.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct cg_sketch_call *cg_sketch_find(const struct cg_sketch *sketch, const char *name)
{
	const struct cg_map_entry *entry = cg_map_find(&sketch->index, name, strlen(name));

	return entry ? &sketch->calls.items[entry->value.number] : NULL;
}

struct cg_sketch_call *cg_sketch_put(struct cg_sketch *sketch, const struct cg_syscall *call)
{
	struct cg_sketch_call *there = cg_sketch_find(sketch, call->name);
	struct cg_sketch_call added = { .call = call, .action = CG_ACTION_ALLOW };
	struct cg_map_entry *entry;

	if (there)
		return there;
	if (cg_vec_reserve(&sketch->calls, sketch->calls.n_items + 1) < 0 ||
	    cg_map_put(&sketch->index, call->name, strlen(call->name), &entry) < 0)
		return NULL;
	entry->value.number = sketch->calls.n_items;
	sketch->calls.items[sketch->calls.n_items] = added;
	return &sketch->calls.items[sketch->calls.n_items++];
}

bool cg_sketch_has_name(const struct cg_sketch *sketch, const char *name)
{
	uint32_t nr;

	for (size_t i = 0; i < sketch->n_arches; i++)
		if (cg_syscall_number(sketch->arches[i], name, &nr))
			return true;
	return false;
}

static const char *format_in_arena(struct cg_arena *arena, const char *format, va_list args)
{
	va_list again;
	char *bytes;
	int length;

	va_copy(again, args);
	length = vsnprintf(NULL, 0, format, again);
	va_end(again);
	bytes = length < 0 ? NULL : cg_arena_alloc(arena, (size_t)length + 1);
	if (bytes)
		vsnprintf(bytes, (size_t)length + 1, format, args);
	return bytes;
}

int cg_sketch_add_reason(struct cg_sketch *sketch, struct cg_sketch_call *call, enum cg_reason_kind kind,
			 const char *name, const char *format, ...)
{
	struct cg_reason reason = { .kind = kind };
	va_list args;

	va_start(args, format);
	reason.text = format_in_arena(&sketch->arena, format, args);
	va_end(args);
	reason.name = cg_arena_copy_text(&sketch->arena, name);
	if (!reason.text || !reason.name)
		return -ENOMEM;
	return cg_vec_push(&call->reasons, reason);
}

static bool is_same_comparison(const struct cg_comparison *a, const struct cg_comparison *b)
{
	return a->arg == b->arg && a->op == b->op && a->value == b->value && a->mask == b->mask;
}

static bool has_condition(const struct cg_sketch_call *call, const struct cg_comparison *comparisons,
			  unsigned int n_comparisons)
{
	for (size_t i = 0; i < call->conditions.n_items; i++) {
		const struct cg_sketch_condition *there = &call->conditions.items[i];
		unsigned int n_same = 0;

		if (there->n_comparisons != n_comparisons)
			continue;
		while (n_same < n_comparisons && is_same_comparison(&there->comparisons[n_same], &comparisons[n_same]))
			n_same++;
		if (n_same == n_comparisons)
			return true;
	}
	return false;
}

int cg_sketch_add_condition(struct cg_sketch *sketch, struct cg_sketch_call *call,
			    const struct cg_comparison *comparisons, unsigned int n_comparisons, const char *origin)
{
	struct cg_sketch_condition added = { .n_comparisons = n_comparisons };
	struct cg_comparison *copy;

	if (has_condition(call, comparisons, n_comparisons))
		return 0;
	copy = cg_arena_alloc_array(&sketch->arena, n_comparisons, sizeof(*copy));
	added.origin = cg_arena_copy_text(&sketch->arena, origin);
	if (!copy || !added.origin)
		return -ENOMEM;
	memcpy(copy, comparisons, n_comparisons * sizeof(*copy));
	added.comparisons = copy;
	return cg_vec_push(&call->conditions, added);
}

int cg_sketch_note(struct cg_sketch *sketch, enum cg_severity severity, const char *rule, const char *remedy,
		   const char *format, ...)
{
	struct cg_note note = { .severity = severity, .rule = rule, .remedy = remedy };
	va_list args;

	va_start(args, format);
	note.message = format_in_arena(&sketch->arena, format, args);
	va_end(args);
	return note.message ? cg_notes_add(&sketch->notes, &note) : -ENOMEM;
}

static int compare_calls(const void *left, const void *right)
{
	const struct cg_sketch_call *a = left, *b = right;

	return strcmp(a->call->name, b->call->name);
}

/* By the argument that tells them apart, so that the order in which values were met does not show. */
static int compare_conditions(const void *left, const void *right)
{
	const struct cg_sketch_condition *a = left, *b = right;
	const struct cg_comparison *x, *y;

	for (unsigned int i = 0; i < a->n_comparisons && i < b->n_comparisons; i++) {
		x = &a->comparisons[i];
		y = &b->comparisons[i];
		if (x->arg != y->arg)
			return x->arg < y->arg ? -1 : 1;
		if (x->op != y->op)
			return x->op < y->op ? -1 : 1;
		if (x->mask != y->mask)
			return x->mask < y->mask ? -1 : 1;
		if (x->value != y->value)
			return x->value < y->value ? -1 : 1;
	}
	return a->n_comparisons < b->n_comparisons ? -1 : a->n_comparisons > b->n_comparisons;
}

static void drop_left_out(struct cg_sketch *sketch)
{
	size_t n_left = 0;

	for (size_t i = 0; i < sketch->calls.n_items; i++) {
		struct cg_sketch_call *call = &sketch->calls.items[i];

		if (!call->is_left_out) {
			sketch->calls.items[n_left++] = *call;
			continue;
		}
		cg_vec_done(&call->conditions);
		cg_vec_done(&call->reasons);
	}
	sketch->calls.n_items = n_left;
}

void cg_sketch_finish(struct cg_sketch *sketch)
{
	drop_left_out(sketch);
	for (size_t i = 0; i < sketch->calls.n_items; i++)
		if (sketch->calls.items[i].conditions.n_items)
			qsort(sketch->calls.items[i].conditions.items, sketch->calls.items[i].conditions.n_items,
			      sizeof(sketch->calls.items[i].conditions.items[0]), compare_conditions);
	if (sketch->calls.n_items)
		qsort(sketch->calls.items, sketch->calls.n_items, sizeof(sketch->calls.items[0]), compare_calls);
	cg_map_done(&sketch->index);
}

/* The first arch of the sketch that has the call decides how its arguments are called and printed. */
static const struct cg_arch *arch_of(const struct cg_sketch *sketch, const struct cg_sketch_call *call,
				     uint32_t *ret_nr)
{
	for (size_t i = 0; i < sketch->n_arches; i++)
		if (cg_syscall_number(sketch->arches[i], call->call->name, ret_nr))
			return sketch->arches[i];
	return NULL;
}

void cg_sketch_format_condition(struct cg_text *text, const struct cg_sketch *sketch, const struct cg_sketch_call *call,
				const struct cg_sketch_condition *condition)
{
	uint32_t nr = 0;
	const struct cg_arch *arch = arch_of(sketch, call, &nr);

	if (arch)
		cg_comparisons_format(text, arch, nr, condition->comparisons, condition->n_comparisons, false);
}

void cg_sketch_format_conditions(struct cg_text *text, const struct cg_sketch *sketch,
				 const struct cg_sketch_call *call)
{
	for (size_t i = 0; !call->is_open && i < call->conditions.n_items; i++) {
		cg_text_add(text, i ? " or " : "");
		cg_sketch_format_condition(text, sketch, call, &call->conditions.items[i]);
	}
}

void cg_sketch_done(struct cg_sketch *sketch)
{
	for (size_t i = 0; i < sketch->calls.n_items; i++) {
		cg_vec_done(&sketch->calls.items[i].conditions);
		cg_vec_done(&sketch->calls.items[i].reasons);
	}
	cg_vec_done(&sketch->calls);
	cg_map_done(&sketch->index);
	cg_notes_done(&sketch->notes);
	cg_arena_done(&sketch->arena);
	*sketch = (struct cg_sketch){ 0 };
}
