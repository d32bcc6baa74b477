/*
 * See conditions.h. Word by word, in the order of the diagrams: each set of values of one word that leads to its own
 * rest gives one condition, and what the rest says comes behind it with "and".
 */
#include "words/conditions.h"

#include "words/say.h"
#include "words/values.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct search {
	const struct cg_meanings *meanings;
	const struct cg_arch *arch;
	struct cg_call call;  /* the example so far */
	struct cg_text when;  /* the conditions so far */
	struct cg_cases *cases;
};

static int find_from(struct search *search, uint32_t a, uint32_t b);

static int add_case(struct search *search, uint32_t a, uint32_t b, const struct cg_call *example)
{
	struct cg_case one = { .a = a, .b = b, .example = *example };

	if (search->cases->n_items >= CG_CASES_LIMIT) {
		search->cases->n_further++;
		return 0;
	}
	one.when = strdup(cg_text_get(&search->when));
	if (!one.when || search->when.has_failed || cg_vec_push(search->cases, one) < 0) {
		free(one.when);
		return -ENOMEM;
	}
	return 0;
}

static void set_word(struct cg_call *call, unsigned int word, uint64_t value)
{
	if (word == CG_WORD_IP)
		call->ip = value;
	else
		call->args[word] = value;
}

static uint64_t get_word(const struct cg_call *call, unsigned int word)
{
	return word == CG_WORD_IP ? call->ip : call->args[word];
}

static void cut_text(struct cg_text *text, size_t length)
{
	if (text->data && length < text->length) {
		text->length = length;
		text->data[length] = '\0';
	}
}

static void add_and(struct search *search)
{
	if (search->when.length)
		cg_text_add(&search->when, " and ");
}

/* A word on which too much depends: one call stands for all that differ here. */
static int add_unsaid(struct search *search, uint32_t a, uint32_t b, unsigned int word)
{
	size_t length = search->when.length;
	struct cg_witness witness;
	struct cg_call example = search->call;
	int r;

	cg_meaning_differ(search->meanings, a, b, &witness);
	for (unsigned int i = word; i <= CG_WORD_IP; i++)
		set_word(&example, i, get_word(&example, i) | get_word(&witness.call, i));
	add_and(search);
	cg_text_add(&search->when, "further conditions");
	r = add_case(search, witness.a, witness.b, &example);
	cut_text(&search->when, length);
	return r;
}

static int find_in_part(struct search *search, const struct cg_values_part *part, unsigned int word)
{
	size_t length = search->when.length;
	uint64_t before = get_word(&search->call, word);
	int r;

	if (part->values.form != CG_VALUES_ALL) {
		add_and(search);
		cg_values_say(&search->when, search->arch, search->call.nr, word, &part->values);
	}
	set_word(&search->call, word, before | part->values.example);
	r = find_from(search, part->a, part->b);
	set_word(&search->call, word, before);
	cut_text(&search->when, length);
	return r;
}

static uint32_t level_of(unsigned int word)
{
	return word == CG_WORD_IP ? CG_LEVEL_IP : CG_LEVEL_ARGS + 64 * word;
}

static bool is_said(const struct cg_cut *cut)
{
	for (size_t i = 0; i < cut->n_items; i++)
		if (cut->items[i].values.form == CG_VALUES_FURTHER)
			return false;
	return true;
}

/* The whole word; or its high half first, where that says more: a filter that compares halves, against one that does not. */
static int cut_word(const struct search *search, uint32_t a, uint32_t b, unsigned int word, bool asks_high,
		    struct cg_cut *ret_cut)
{
	struct cg_cut half = { 0 };
	int r = cg_values_cut(search->meanings, a, b, level_of(word), false, ret_cut);

	if (r == -ENOMEM || !asks_high || (r == 0 && is_said(ret_cut)))
		return r;
	if (cg_values_cut(search->meanings, a, b, level_of(word), true, &half) < 0)
		return r;
	if (!is_said(&half)) {
		cg_cut_done(&half);
		return r;
	}
	cg_cut_done(ret_cut);
	*ret_cut = half;
	return 0;
}

static int find_from(struct search *search, uint32_t a, uint32_t b)
{
	struct cg_meaning_view view_a = cg_meaning_look(search->meanings, a);
	struct cg_meaning_view view_b = cg_meaning_look(search->meanings, b);
	uint32_t level = view_a.level < view_b.level ? view_a.level : view_b.level;
	struct cg_cut cut = { 0 };
	unsigned int word;
	int r;

	if (search->cases->n_further >= CG_CASES_COUNT_LIMIT)
		return 0;
	if (level == CG_LEVEL_LEAF)
		return add_case(search, view_a.action, view_b.action, &search->call);
	word = (level - CG_LEVEL_ARGS) / 64;

	r = cut_word(search, a, b, word, level < level_of(word) + 32, &cut);
	if (r == -EOVERFLOW)
		return add_unsaid(search, a, b, word);
	for (size_t i = 0; i < cut.n_items && r == 0; i++)
		r = find_in_part(search, &cut.items[i], word);
	cg_cut_done(&cut);
	return r;
}

int cg_cases_find(const struct cg_meanings *meanings, uint32_t a, uint32_t b, const struct cg_arch *arch,
		     const struct cg_call *call, struct cg_cases *ret_outcomes, struct cg_err *err)
{
	struct cg_cases cases = { 0 };
	struct search search = {
		.meanings = meanings,
		.arch = arch,
		.call = { .arch = call->arch, .nr = call->nr },
		.cases = &cases,
	};
	int r = a == b ? 0 : find_from(&search, a, b);

	cg_text_done(&search.when);
	if (r < 0) {
		cg_cases_done(&cases);
		return cg_err_memory(err);
	}
	*ret_outcomes = cases;
	return 0;
}

void cg_cases_done(struct cg_cases *cases)
{
	for (size_t i = 0; i < cases->n_items; i++)
		free(cases->items[i].when);
	cg_vec_done(cases);
}
