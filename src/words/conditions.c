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
	struct cg_outcomes *outcomes;
};

static int find_from(struct search *search, uint32_t a, uint32_t b, unsigned int word);

static int add_outcome(struct search *search, uint32_t a, uint32_t b, const struct cg_call *example)
{
	struct cg_outcome outcome = { .a = a, .b = b, .example = *example };

	if (search->outcomes->n_items >= CG_OUTCOMES_LIMIT) {
		search->outcomes->n_further++;
		return 0;
	}
	outcome.when = strdup(cg_text_get(&search->when));
	if (!outcome.when || search->when.has_failed || cg_vec_push(search->outcomes, outcome) < 0) {
		free(outcome.when);
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
		set_word(&example, i, get_word(&witness.call, i));
	add_and(search);
	cg_text_add(&search->when, "further conditions");
	r = add_outcome(search, witness.a, witness.b, &example);
	cut_text(&search->when, length);
	return r;
}

static int find_in_part(struct search *search, const struct cg_values_part *part, unsigned int word)
{
	size_t length = search->when.length;
	int r;

	if (part->values.form != CG_VALUES_ALL) {
		add_and(search);
		cg_values_say(&search->when, search->arch, search->call.nr, word, &part->values);
	}
	set_word(&search->call, word, part->values.example);
	r = find_from(search, part->a, part->b, word + 1);
	set_word(&search->call, word, 0);
	cut_text(&search->when, length);
	return r;
}

static uint32_t level_of(unsigned int word)
{
	return word == CG_WORD_IP ? CG_LEVEL_IP : CG_LEVEL_ARGS + 64 * word;
}

static int find_from(struct search *search, uint32_t a, uint32_t b, unsigned int word)
{
	struct cg_meaning_view view_a = cg_meaning_look(search->meanings, a);
	struct cg_meaning_view view_b = cg_meaning_look(search->meanings, b);
	uint32_t level = view_a.level < view_b.level ? view_a.level : view_b.level;
	struct cg_cut cut = { 0 };
	int r;

	if (search->outcomes->n_further >= CG_OUTCOMES_COUNT_LIMIT)
		return 0;
	if (level == CG_LEVEL_LEAF)
		return add_outcome(search, view_a.action, view_b.action, &search->call);
	while (level >= level_of(word) + 64)
		word++;

	r = cg_values_cut(search->meanings, a, b, level_of(word), &cut);
	if (r == -EOVERFLOW)
		return add_unsaid(search, a, b, word);
	for (size_t i = 0; i < cut.n_items && r == 0; i++)
		r = find_in_part(search, &cut.items[i], word);
	cg_cut_done(&cut);
	return r;
}

int cg_outcomes_find(const struct cg_meanings *meanings, uint32_t a, uint32_t b, const struct cg_arch *arch,
		     const struct cg_call *call, struct cg_outcomes *ret_outcomes, struct cg_err *err)
{
	struct cg_outcomes outcomes = { 0 };
	struct search search = {
		.meanings = meanings,
		.arch = arch,
		.call = { .arch = call->arch, .nr = call->nr },
		.outcomes = &outcomes,
	};
	int r = a == b ? 0 : find_from(&search, a, b, 0);

	cg_text_done(&search.when);
	if (r < 0) {
		cg_outcomes_done(&outcomes);
		return cg_err_memory(err);
	}
	*ret_outcomes = outcomes;
	return 0;
}

void cg_outcomes_done(struct cg_outcomes *outcomes)
{
	for (size_t i = 0; i < outcomes->n_items; i++)
		free(outcomes->items[i].when);
	cg_vec_done(outcomes);
}
