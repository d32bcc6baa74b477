/*
 * One call's statements to disjoint rules.
 *
 * In: the statements that speak of a call on one architecture, in the order of the text. Out: rules of which no two
 * with different actions hold for one call, so that eval's precedence has nothing to decide.
 *
 * The last statement that holds decides. So a statement keeps what it holds for, less what any later statement with
 * another action holds for; what is above the last statement without a condition decides nothing. A statement that
 * says what the default says takes away from those above it, and needs no rule of its own.
 */
#include "language/lower.h"

#include "abi/call_text.h"
#include "base/cleanup.h"

#include <errno.h>

/* A statement, and what it holds for. */
struct part {
	const struct cg_mention *mention;
	uint32_t action;
	struct cg_boxes boxes;
	size_t next_other; /* the next part with another action, or the end */
};

struct lowering {
	struct cg_document *document;
	struct cg_policy *policy;
	const struct cg_mention *mentions;
	struct part *parts;
	size_t n_parts;
	size_t first; /* the last part without a condition; what is above it decides nothing */
	struct cg_box_work *work;
};

/* What cg_boxes_to_rules() adds to. */
struct adding {
	struct lowering *lowering;
	struct cg_rule rule;
};

static const struct cg_spot *spot_of(const struct lowering *lowering)
{
	return &lowering->mentions[lowering->n_parts - 1].statement->at;
}

static void add_name(struct cg_text *text, const struct cg_mention *mention)
{
	cg_call_format_name(text, mention->arch, mention->nr);
}

/* What policy/box.c gave up on. */
static int fail_tangled(const struct lowering *lowering)
{
	CG_CLEANUP(cg_text_done) struct cg_text name = { 0 };

	add_name(&name, lowering->mentions);
	return cg_document_fail(
		lowering->document, -E2BIG, spot_of(lowering),
		"%s: its conditions come to more than %zu pieces, or to more work than is done for them; say "
		"them with fewer exceptions, or of whole registers (a0 to a5), where a range is one piece",
		cg_text_get(&name), CG_BOXES_LIMIT);
}

static int fill_part(struct lowering *lowering, const struct cg_mention *mention, struct part *part)
{
	struct cg_place_of_call call = { lowering->document, mention->arch, mention->nr, lowering->work };
	struct cg_box full = cg_box_full(lowering->work->word);

	part->mention = mention;
	part->action = mention->rule ? mention->rule->action : mention->statement->action;
	if (mention->rule)
		return cg_boxes_add_rule(&part->boxes, mention->rule->comparisons, mention->rule->n_comparisons,
					 lowering->work);
	if (!mention->statement->condition)
		return cg_boxes_add(&part->boxes, &full);
	return cg_condition_boxes(&call, mention->statement->condition, &part->boxes);
}

static int fill_parts(struct lowering *lowering)
{
	struct part *parts = lowering->parts;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < lowering->n_parts; i++) {
		rc = fill_part(lowering, &lowering->mentions[i], &parts[i]);
		if (rc == 0 && cg_boxes_have_full(&parts[i].boxes, lowering->work->word))
			lowering->first = i;
	}
	for (size_t i = lowering->n_parts; i-- > 0;) {
		bool is_same = i + 1 < lowering->n_parts && parts[i + 1].action == parts[i].action;

		parts[i].next_other = is_same ? parts[i + 1].next_other : i + 1;
	}
	return rc;
}

/* Texts within texts; an included profile stands in a text of its own. */
static unsigned int depth_of(const struct cg_mention *mention)
{
	return mention->statement->at.source->depth + (mention->rule != NULL);
}

/*
 * A refusal that a later line undid: most likely the two stand in the wrong order. Not where a text changes what it
 * includes, nor where one call is taken out of a group.
 */
static bool is_mistaken(const struct part *undone, const struct part *by)
{
	return cg_action_compare(undone->action, by->action) < 0 &&
	       depth_of(by->mention) >= depth_of(undone->mention) && !undone->mention->rule &&
	       (!undone->mention->is_by_group || undone->mention->statement->condition) &&
	       !undone->mention->statement->is_noted;
}

static int note_undone(struct lowering *lowering)
{
	const struct part *by = &lowering->parts[lowering->first];
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < lowering->first; i++) {
		CG_CLEANUP(cg_text_done) struct cg_text name = { 0 };
		struct part *part = &lowering->parts[i];

		if (!is_mistaken(part, by))
			continue;
		add_name(&name, part->mention);
		part->mention->statement->is_noted = true;
		rc = cg_document_note(lowering->document, CG_SEVERITY_WARNING, "undone",
				      &part->mention->statement->at, "put an exception below what it is taken from",
				      "for %s this statement has no effect: line %u says something else, whatever the "
				      "arguments, and the last statement decides",
				      cg_text_get(&name), (unsigned int)cg_spot_line(&by->mention->statement->at));
	}
	return rc < 0 ? cg_err_memory(lowering->document->err) : 0;
}

static int add_rule(void *context, const struct cg_comparison *comparisons, unsigned int n_comparisons)
{
	struct adding *adding = context;
	struct cg_document *document = adding->lowering->document;
	struct cg_err err = { 0 };
	int rc;

	adding->rule.comparisons = comparisons;
	adding->rule.n_comparisons = n_comparisons;
	rc = cg_policy_add_rule(adding->lowering->policy, &adding->rule, &err);
	return rc < 0 ? cg_document_fail(document, rc, spot_of(adding->lowering), "%s", err.message) : 0;
}

/* What is left of a part below which others stand. */
static int keep_rest(struct lowering *lowering, struct part *part)
{
	size_t i = part->next_other;
	int rc = 0;

	while (rc == 0 && i < lowering->n_parts) {
		const struct part *other = &lowering->parts[i];

		if (other->action == part->action) {
			i = other->next_other;
			continue;
		}
		rc = cg_boxes_subtract(&part->boxes, &other->boxes, lowering->work);
		i++;
	}
	return rc;
}

/* In the order of the text, so that what is taken away is still whole. */
static int add_rules(struct lowering *lowering)
{
	int rc = 0;

	for (size_t i = lowering->first; rc == 0 && i < lowering->n_parts; i++) {
		struct part *part = &lowering->parts[i];
		const struct cg_mention *mention = part->mention;
		struct adding adding = { .lowering = lowering,
					 .rule = { .arch = mention->arch,
						   .nr = mention->nr,
						   .action = part->action,
						   .origin = cg_spot_line(&mention->statement->at) } };

		if (part->action == lowering->policy->default_action)
			continue;
		rc = keep_rest(lowering, part);
		if (rc == 0)
			rc = cg_boxes_to_rules(&part->boxes, lowering->work->word, add_rule, &adding);
		else if (rc == -E2BIG)
			rc = fail_tangled(lowering);
		if (rc == -ENOMEM)
			rc = cg_err_memory(lowering->document->err);
	}
	return rc;
}

int cg_mentions_lower(struct cg_document *document, struct cg_policy *policy, const struct cg_mention *mentions,
		  size_t n_mentions, struct cg_box_work *work)
{
	struct lowering lowering = { .document = document, .policy = policy, .mentions = mentions,
				     .n_parts = n_mentions, .work = work };
	int rc;

	lowering.parts = calloc(n_mentions, sizeof(*lowering.parts));
	if (!lowering.parts)
		return cg_err_memory(document->err);
	work->word = cg_arch_word_mask(mentions->arch);
	rc = fill_parts(&lowering);
	if (rc == -E2BIG)
		rc = fail_tangled(&lowering);
	else if (rc == -ENOMEM)
		rc = cg_err_memory(document->err);
	if (rc == 0)
		rc = note_undone(&lowering);
	if (rc == 0)
		rc = add_rules(&lowering);
	for (size_t i = 0; i < n_mentions; i++)
		cg_boxes_done(&lowering.parts[i].boxes);
	free(lowering.parts);
	return rc;
}
