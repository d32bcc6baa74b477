/*
 * The same answer as one JSON document: callgate-why(1) has its keys.
 */
#include "cli/why.h"

#include "abi/syscalls.h"
#include "base/cleanup.h"
#include "base/instant.h"
#include "base/json_read.h"

#include <string.h>

static void write_lines(struct cg_json_writer *json, const char *key, const char *lines)
{
	cg_json_open_array(json, key);
	for (size_t length; *lines; lines += length + (lines[length] == '\n')) {
		length = strcspn(lines, "\n");
		cg_json_string_bytes(json, NULL, lines + strspn(lines, " "), length - strspn(lines, " "));
	}
	cg_json_close_array(json);
}

static void write_words(struct cg_json_writer *json, const char *key, const char *words)
{
	cg_json_open_array(json, key);
	while (*words) {
		size_t length = strcspn(words, " ");

		cg_json_string_bytes(json, NULL, words, length);
		words += length + (words[length] == ' ');
	}
	cg_json_close_array(json);
}

static void write_time(struct cg_json_writer *json, const char *key, uint64_t time_ns)
{
	char instant[CG_INSTANT_SIZE];

	cg_instant_format(time_ns / 1000000, instant);
	cg_json_string(json, key, time_ns ? instant : NULL);
}

static void write_risk(struct cg_json_writer *json, const struct cg_violation *violation)
{
	struct cg_advice_wish wish;
	struct cg_advice_risk risk = { 0 };
	bool is_known = cg_advice_wish_of(&violation->call, violation->has_args, &wish);

	if (is_known)
		risk = cg_advice_risk_of(&wish);
	cg_json_string(json, "tier", is_known ? cg_tier_name(risk.tier) : NULL);
	cg_json_string(json, "reason", is_known && risk.reason[0] ? risk.reason : NULL);
	cg_json_string(json, "operation", risk.operation);
}

/* callgate-violations(5): the same object as everywhere, here as a member. */
static void write_violation(struct cg_json_writer *json, const char *key, const struct cg_violation *violation)
{
	CG_CLEANUP(cg_text_done) struct cg_text text = { 0 };
	CG_CLEANUP(cg_arena_done) struct cg_arena arena = { 0 };
	struct cg_json_writer inner = { .text = &text, .is_compact = true };
	struct cg_json *object;

	if (cg_violation_write(violation, &inner) < 0 ||
	    cg_json_read(&arena, NULL, cg_text_get(&text), text.length, 0, &object, NULL) < 0)
		json->text->has_failed = true;
	else
		cg_json_value(json, key, object);
}

static void write_kind(struct cg_json_writer *json, const struct cg_why_answer *answer, size_t i)
{
	const struct cg_why_kind *kind = &answer->events->kinds.items[i];
	const struct cg_why_judgement *judgement = &answer->judgements[i];

	cg_json_open_object(json, NULL);
	write_violation(json, "newest", &kind->newest);
	cg_json_u64(json, "count", kind->n);
	write_time(json, "first", kind->first_ns);
	write_time(json, "last", kind->newest.time_ns);
	cg_json_bool(json, "denied", !cg_action_is_permit(kind->newest.action));
	write_lines(json, "decided", cg_text_get(&judgement->where));
	write_risk(json, &kind->newest);
	write_words(json, "vulnerabilities", cg_text_get(&judgement->cves));
	write_lines(json, "remarks", cg_text_get(&judgement->remark));
	cg_json_string(json, "edit", judgement->diff.length ? cg_text_get(&judgement->diff) : NULL);
	cg_json_close_object(json);
}

static void write_source(struct cg_json_writer *json, const struct cg_why_source *source)
{
	static const char *const looks[] = { "read", "absent", "failed" };

	cg_json_open_object(json, NULL);
	cg_json_string(json, "kind", source->kind);
	cg_json_string(json, "place", source->place[0] ? source->place : NULL);
	cg_json_string(json, "state", looks[source->look]);
	cg_json_string(json, "reason", source->look == CG_WHY_LOOKED ? NULL : source->err.message);
	cg_json_u64(json, "found", source->n_found);
	cg_json_u64(json, "lost", source->n_lost);
	cg_json_bool(json, "unknown_loss", source->has_unknown_loss);
	cg_json_bool(json, "cut", source->is_cut);
	cg_json_bool(json, "unwatched", source->has_nobody);
	write_time(json, "oldest", source->oldest_ns);
	cg_json_string(json, "misses", source->look == CG_WHY_LOOKED ? source->misses : NULL);
	cg_json_close_object(json);
}

void cg_why_write_json(const struct cg_why_answer *answer, struct cg_text *text)
{
	struct cg_json_writer json = { .text = text };

	cg_json_open_object(&json, NULL);
	cg_json_string(&json, "about", answer->scope->reference);
	cg_json_string(&json, "profile", answer->profile);
	cg_json_u64(&json, "kinds", answer->events->kinds.n_items);
	cg_json_open_array(&json, "violations");
	for (size_t i = 0; i < answer->n_judged; i++)
		write_kind(&json, answer, i);
	cg_json_close_array(&json);
	cg_json_open_array(&json, "sources");
	for (size_t i = 0; i < answer->sources->list.n_items; i++)
		write_source(&json, &answer->sources->list.items[i]);
	cg_json_close_array(&json);
	write_lines(&json, "machine", cg_text_get(answer->machine));
	cg_json_u64(&json, "unplaced", answer->events->n_unplaced);
	cg_json_u64(&json, "older", answer->events->n_older);
	cg_json_close_object(&json);
	cg_text_add_char(text, '\n');
}
