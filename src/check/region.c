/*
 * Where two meanings differ, by architecture and number. In: two roots. Out: blocks of the plane of (arch, nr), with
 * what is left of each diagram there: functions of ip and arguments.
 *
 * Two passes of the same cut: the word `arch` into ranges, then the word `nr` within each. A filter that looks at odd
 * bits of a number can have 2^31 ranges; hence the limit.
 */
#include "check/meaning.h"

#include "base/vec.h"

#include <errno.h>

/* A range of one word on which a pair of meanings no longer depends on it. */
struct span {
	uint32_t first, last;
	uint32_t a, b;
};

struct spans {
	CG_VEC(struct span) list;
};

struct cut {
	struct cg_meanings *meanings;
	uint32_t level_end; /* the first level below the word */
	bool only_differing;
	struct spans *spans;
};

static int add_span(struct cut *cut, struct span span)
{
	struct span *before = cut->spans->list.n_items ? &cut->spans->list.items[cut->spans->list.n_items - 1] : NULL;

	if (before && before->a == span.a && before->b == span.b && before->last + 1 == span.first) {
		before->last = span.last;
		return 0;
	}
	if (cut->spans->list.n_items >= CG_REGIONS_LIMIT)
		return cg_meanings_exceed(cut->meanings, CG_CHECK_LIMIT_REGIONS);
	if (cg_vec_push(&cut->spans->list, span) < 0)
		return cut->meanings->code = -ENOMEM;
	return 0;
}

/* The values that share the bits above `level` with span.first. */
static int cut_span(struct cut *cut, uint32_t level, struct span span)
{
	const struct cg_node *nodes = cut->meanings->nodes;
	struct span half = { .first = span.first, .last = span.first + (span.last - span.first) / 2 };
	int r;

	if (cut->only_differing && span.a == span.b)
		return 0;
	if (!cg_meanings_step(cut->meanings))
		return cut->meanings->code;
	if (nodes[span.a].level >= cut->level_end && nodes[span.b].level >= cut->level_end)
		return add_span(cut, span);

	half.a = cg_meaning_follow(cut->meanings, span.a, level, false);
	half.b = cg_meaning_follow(cut->meanings, span.b, level, false);
	r = cut_span(cut, level + 1, half);
	if (r < 0)
		return r;
	half.first = half.last + 1;
	half.last = span.last;
	half.a = cg_meaning_follow(cut->meanings, span.a, level, true);
	half.b = cg_meaning_follow(cut->meanings, span.b, level, true);
	return cut_span(cut, level + 1, half);
}

static int cut_word(struct cut *cut, uint32_t level, uint32_t a, uint32_t b, struct spans *ret_spans)
{
	cut->level_end = level + 32;
	cut->spans = ret_spans;
	ret_spans->list.n_items = 0;
	return cut_span(cut, level, (struct span){ 0, UINT32_MAX, a, b });
}

static int add_regions(struct cut *cut, const struct span *arch, const struct spans *numbers,
		       struct cg_regions *regions)
{
	if (numbers->list.n_items > CG_REGIONS_LIMIT - regions->n_items)
		return cg_meanings_exceed(cut->meanings, CG_CHECK_LIMIT_REGIONS);
	if (cg_vec_reserve(regions, regions->n_items + numbers->list.n_items) < 0)
		return cut->meanings->code = -ENOMEM;
	for (size_t i = 0; i < numbers->list.n_items; i++) {
		const struct span *nr = &numbers->list.items[i];

		regions->items[regions->n_items++] = (struct cg_region){
			arch->first, arch->last, nr->first, nr->last, nr->a, nr->b,
		};
	}
	return 0;
}

int cg_meaning_regions(struct cg_meanings *meanings, uint32_t a, uint32_t b, bool only_differing,
		       struct cg_regions *ret_regions, struct cg_err *err)
{
	struct cut cut = { .meanings = meanings, .only_differing = only_differing };
	struct spans arches = { 0 }, numbers = { 0 };
	size_t n_before = ret_regions->n_items;
	int r;

	cg_meanings_begin(meanings);
	r = cut_word(&cut, CG_LEVEL_ARCH, a, b, &arches);
	for (size_t i = 0; i < arches.list.n_items && r == 0; i++) {
		const struct span *arch = &arches.list.items[i];

		r = cut_word(&cut, CG_LEVEL_NR, arch->a, arch->b, &numbers);
		if (r == 0)
			r = add_regions(&cut, arch, &numbers, ret_regions);
	}
	cg_vec_done(&arches.list);
	cg_vec_done(&numbers.list);
	if (r < 0)
		ret_regions->n_items = n_before;
	return cg_meanings_end(meanings, err);
}

void cg_regions_done(struct cg_regions *regions)
{
	cg_vec_done(regions);
}

struct cg_meaning_view cg_meaning_look(const struct cg_meanings *meanings, uint32_t root)
{
	const struct cg_node *node = &meanings->nodes[root];

	if (node->level == CG_LEVEL_LEAF)
		return (struct cg_meaning_view){ .level = CG_LEVEL_LEAF, .action = node->low };
	return (struct cg_meaning_view){ .level = node->level, .low = node->low, .high = node->high };
}
