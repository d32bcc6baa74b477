/*
 * What changed between two texts, line by line.
 *
 * In: two texts that are mostly alike. Out: a unified diff, with the fewest lines that can be (Myers, "An O(ND)
 * Difference Algorithm", 1986), up to a limit; beyond it one change from the first to the last line that differs, which
 * is as right, and longer.
 */
#include "advice/advice.h"

#include "base/vec.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define CONTEXT 3

struct line {
	const char *bytes;
	size_t length; /* with its newline, but for a last line that has none */
};

struct lines {
	CG_VEC(struct line) list;
};

/* Lines [a, a_end) become lines [b, b_end). */
struct hunk {
	size_t a, a_end, b, b_end;
};

struct hunks {
	CG_VEC(struct hunk) list;
};

static int split(const char *text, struct lines *lines)
{
	int r = 0;

	while (r == 0 && *text) {
		size_t length = strcspn(text, "\n");

		length += text[length] == '\n';
		r = cg_vec_push(&lines->list, (struct line){ text, length });
		text += length;
	}
	return r;
}

static bool is_same(const struct line *a, const struct line *b)
{
	return a->length == b->length && memcmp(a->bytes, b->bytes, a->length) == 0;
}

/* The middle, without the lines that both begin and end with. */
struct middle {
	const struct line *a, *b;
	size_t n_a, n_b;
	size_t offset;
};

static struct middle find_middle(const struct lines *a, const struct lines *b)
{
	struct middle middle = { a->list.items, b->list.items, a->list.n_items, b->list.n_items, 0 };

	while (middle.n_a && middle.n_b && is_same(middle.a, middle.b)) {
		middle.a++;
		middle.b++;
		middle.n_a--;
		middle.n_b--;
		middle.offset++;
	}
	while (middle.n_a && middle.n_b && is_same(&middle.a[middle.n_a - 1], &middle.b[middle.n_b - 1])) {
		middle.n_a--;
		middle.n_b--;
	}
	return middle;
}

/* A change at the front of those known, which grow towards the beginning; neighbours are one. */
static int put_front(struct hunks *hunks, size_t a, size_t a_end, size_t b, size_t b_end)
{
	struct hunk *last = hunks->list.n_items ? &hunks->list.items[hunks->list.n_items - 1] : NULL;

	if (last && last->a == a_end && last->b == b_end) {
		last->a = a;
		last->b = b;
		return 0;
	}
	return cg_vec_push(&hunks->list, (struct hunk){ a, a_end, b, b_end });
}

/*
 * How far down each diagonal one comes with d edits. `reach` has room for all d, one behind the other, 2 * d + 1 each.
 */
static size_t *reach_of(size_t *reach, size_t d)
{
	return reach + d * d; /* 1 + 3 + 5 + … */
}

static size_t come(const struct middle *middle, const size_t *before, size_t d, long k)
{
	long at = k + (long)d; /* its index in a row of d; in the row before it is one less */
	size_t x = 0, y;

	if (d > 0) {
		bool is_down = k == -(long)d || (k != (long)d && before[at - 2] < before[at]);

		x = is_down ? before[at] : before[at - 2] + 1;
	}
	y = (size_t)((long)x - k);
	while (x < middle->n_a && y < middle->n_b && is_same(&middle->a[x], &middle->b[y])) {
		x++;
		y++;
	}
	return x;
}

static int walk_back(const struct middle *middle, size_t *reach, size_t d, struct hunks *hunks)
{
	size_t x = middle->n_a, y = middle->n_b;
	int r = 0;

	for (; r == 0 && d > 0; d--) {
		const size_t *before = reach_of(reach, d - 1);
		long k = (long)x - (long)y, at = k + (long)d;
		bool is_down = k == -(long)d || (k != (long)d && before[at - 2] < before[at]);
		size_t from_x = is_down ? before[at] : before[at - 2];
		size_t from_y = (size_t)((long)from_x - (is_down ? k + 1 : k - 1));
		size_t o = middle->offset;

		r = put_front(hunks, o + from_x, o + from_x + !is_down, o + from_y, o + from_y + is_down);
		x = from_x;
		y = from_y;
	}
	return r;
}

static int compare(const struct middle *middle, struct hunks *hunks)
{
	size_t most = middle->n_a + middle->n_b;
	size_t *reach;
	int r = 1;

	if (most == 0)
		return 0;
	if (most > CG_ADVICE_DIFF_EDITS)
		most = CG_ADVICE_DIFF_EDITS;
	reach = malloc((most + 1) * (most + 1) * sizeof(*reach));
	if (!reach)
		return -ENOMEM;
	for (size_t d = 0; r == 1 && d <= most; d++) {
		size_t *row = reach_of(reach, d);

		for (long k = -(long)d; r == 1 && k <= (long)d; k += 2) {
			size_t x = come(middle, d ? reach_of(reach, d - 1) : NULL, d, k);

			row[k + (long)d] = x;
			if (x == middle->n_a && (long)x - k == (long)middle->n_b)
				r = walk_back(middle, reach, d, hunks);
		}
	}
	free(reach);
	if (r == 1)
		r = put_front(hunks, middle->offset, middle->offset + middle->n_a, middle->offset,
			      middle->offset + middle->n_b);
	return r;
}

static void write_line(struct cg_text *text, char mark, const struct line *line)
{
	cg_text_add_char(text, mark);
	cg_text_add_bytes(text, line->bytes, line->length);
	if (line->length == 0 || line->bytes[line->length - 1] != '\n')
		cg_text_add(text, "\n\\ No newline at end of file\n");
}

static void write_range(struct cg_text *text, char mark, size_t first, size_t n)
{
	cg_text_addf(text, "%c%zu", mark, n ? first + 1 : first);
	if (n != 1)
		cg_text_addf(text, ",%zu", n);
}

/* Hunks [first, last] of a list that runs backwards, with what stands around and between them. */
static void write_group(const struct lines *a, const struct lines *b, const struct hunk *first, const struct hunk *last,
			struct cg_text *text)
{
	size_t before = first->a < CONTEXT ? first->a : CONTEXT;
	size_t behind = a->list.n_items - last->a_end < CONTEXT ? a->list.n_items - last->a_end : CONTEXT;
	size_t from = first->a - before, at = from;

	cg_text_add(text, "@@ ");
	write_range(text, '-', from, last->a_end + behind - from);
	cg_text_add_char(text, ' ');
	write_range(text, '+', first->b - before, last->b_end + behind - (first->b - before));
	cg_text_add(text, " @@\n");
	for (const struct hunk *hunk = first; hunk >= last; hunk--) {
		for (; at < hunk->a; at++)
			write_line(text, ' ', &a->list.items[at]);
		for (; at < hunk->a_end; at++)
			write_line(text, '-', &a->list.items[at]);
		for (size_t i = hunk->b; i < hunk->b_end; i++)
			write_line(text, '+', &b->list.items[i]);
	}
	for (; at < last->a_end + behind; at++)
		write_line(text, ' ', &a->list.items[at]);
}

static void write_groups(const struct lines *a, const struct lines *b, const struct hunks *hunks, struct cg_text *text)
{
	const struct hunk *items = hunks->list.items;

	for (size_t i = hunks->list.n_items; i > 0;) {
		const struct hunk *first = &items[i - 1], *last = first;

		while (last > items && (last - 1)->a - last->a_end <= 2 * (size_t)CONTEXT)
			last--;
		write_group(a, b, first, last, text);
		i = (size_t)(last - items);
	}
}

int cg_advice_diff(const char *name_a, const char *name_b, const char *a, const char *b, struct cg_text *text)
{
	struct lines lines_a = { 0 }, lines_b = { 0 };
	struct hunks hunks = { 0 };
	struct middle middle;
	int r = split(a, &lines_a);

	if (r == 0)
		r = split(b, &lines_b);
	if (r == 0) {
		middle = find_middle(&lines_a, &lines_b);
		r = compare(&middle, &hunks);
	}
	if (r == 0 && hunks.list.n_items) {
		cg_text_addf(text, "--- %s\n+++ %s\n", name_a, name_b);
		write_groups(&lines_a, &lines_b, &hunks, text);
	}
	cg_vec_done(&lines_a.list);
	cg_vec_done(&lines_b.list);
	cg_vec_done(&hunks.list);
	return r < 0 || text->has_failed ? -ENOMEM : 0;
}
