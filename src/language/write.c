/*
 * A policy as text. In: a policy. Out: a text of callgate-policy(5) that means the same: settings, then statements;
 * calls of which the same is said stand in one. Where several statements speak of one call they stand in an order in
 * which the last that holds is the one that eval would choose.
 */
#include "language/calls.h"
#include "language/policy_text.h"

#include "abi/call_text.h"
#include "base/cleanup.h"
#include "base/map.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#define LINE_WIDTH 100
#define INDENT 8

/* Calls of which the same is said, for the same reason. */
struct block {
	/* The reason, a newline; statement after statement: ACTION, CG_SOFT_BREAK "when …" or nothing, a newline. */
	const char *said;
	CG_VEC(const char *) names;
};

struct writer {
	const struct cg_policy *policy;
	const struct cg_policy_text_reasons *reasons; /* or NULL */
	struct cg_text *text;
	struct cg_err *err;
	struct cg_arena arena;
	struct cg_map blocks_by_said;
	CG_VEC(struct block) blocks;
};

/* ---- actions */

/* As the language has them: allow, deny, errno(EACCES). */
static int add_action(struct writer *writer, struct cg_text *text, uint32_t action)
{
	CG_CLEANUP(cg_text_done) struct cg_text name = { 0 };
	const struct cg_action_row *row = cg_action_row(action);
	uint32_t data = action & CG_ACTION_DATA;
	const char *word;

	if (action == cg_action_errno(EPERM)) {
		cg_text_add(text, "deny");
		return 0;
	}
	cg_action_format(&name, action);
	word = cg_text_get(&name);
	if ((data && !row->takes_data) || (row->value == CG_ACTION_ERRNO && data > CG_ERRNO_MAX) ||
	    row->value != (action & CG_ACTION_MASK))
		return cg_err_set(writer->err, -EOPNOTSUPP, NULL, "a policy text cannot say the action 0x%08x", action);
	for (; *word && *word != '('; word++)
		cg_text_add_char(text, (char)tolower((unsigned char)*word));
	cg_text_add(text, word);
	return 0;
}

/* ---- blocks */

static int say_statements(struct writer *writer, const struct cg_said_call *call, struct cg_text *said)
{
	int rc = 0;

	for (size_t first = 0, end; rc == 0 && first < call->n_rules; first = end) {
		CG_CLEANUP(cg_text_done) struct cg_text condition = { 0 };

		for (end = first; end < call->n_rules && call->rules[end]->action == call->rules[first]->action;)
			end++;
		rc = add_action(writer, said, call->rules[first]->action);
		if (rc == 0)
			rc = cg_said_call_condition(call, writer->policy, call->rules + first, end - first, &condition);
		if (rc == 0 && condition.length)
			cg_text_addf(said, "%cwhen %s", CG_SOFT_BREAK, cg_text_get(&condition));
		cg_text_add_char(said, '\n');
	}
	return rc == 0 && said->has_failed ? -ENOMEM : rc;
}

static const char *name_of(struct writer *writer, const struct cg_said_call *call)
{
	CG_CLEANUP(cg_text_done) struct cg_text name = { 0 };

	if (call->name && !call->only)
		return cg_arena_copy_text(&writer->arena, call->name);
	if (call->name)
		cg_text_addf(&name, "%s:%s", call->only->name, call->name);
	else
		cg_call_format_name(&name, call->only, call->rules[0]->nr);
	/* A second number of a name must be said as a number. */
	if (!call->name && !strchr(cg_text_get(&name), ':')) {
		cg_text_clear(&name);
		cg_text_addf(&name, "%s:%u", call->only->name, call->rules[0]->nr);
	}
	return name.has_failed ? NULL : cg_arena_copy_text(&writer->arena, cg_text_get(&name));
}

/* On one line, whatever stands in it. */
static void add_reason(const struct writer *writer, const struct cg_said_call *call, struct cg_text *said)
{
	const char *reason = writer->reasons && call->name ?
				     writer->reasons->of(writer->reasons->context, call->name) : NULL;

	for (; reason && *reason; reason++)
		cg_text_add_char(said, (unsigned char)*reason < ' ' ? ' ' : *reason);
	cg_text_add_char(said, '\n');
}

static int add_call(struct writer *writer, const struct cg_said_call *call)
{
	CG_CLEANUP(cg_text_done) struct cg_text said = { 0 };
	const char *name = name_of(writer, call), *key;
	struct cg_map_entry *entry;
	int rc;

	add_reason(writer, call, &said);
	rc = name ? say_statements(writer, call, &said) : -ENOMEM;
	if (rc < 0)
		return rc;
	key = cg_arena_copy(&writer->arena, cg_text_get(&said), said.length);
	if (!key || cg_map_put(&writer->blocks_by_said, key, said.length, &entry) < 0)
		return -ENOMEM;
	if (entry->value.number == 0) {
		if (cg_vec_push(&writer->blocks, (struct block){ .said = key }) < 0)
			return -ENOMEM;
		entry->value.number = writer->blocks.n_items;
	}
	return cg_vec_push(&writer->blocks.items[entry->value.number - 1].names, name);
}

/* ---- lines */

/* Words of a statement: a blank, or a new line where the word would not fit. */
static void add_word(struct writer *writer, size_t *line_start, const char *word, size_t length)
{
	struct cg_text *text = writer->text;

	if (text->length > *line_start && text->length - *line_start + 1 + length > LINE_WIDTH) {
		cg_text_add_char(text, '\n');
		*line_start = text->length;
		cg_text_addf(text, "%*s", INDENT, "");
	} else if (text->length > *line_start) {
		cg_text_add_char(text, ' ');
	}
	cg_text_add_bytes(text, word, length);
}

/* A statement of a block: ACTION, the names, and what stands behind ACTION. */
static void add_statement(struct writer *writer, const struct block *block, const char *said, size_t length)
{
	size_t line_start = writer->text->length, n_action = strcspn(said, "\v\n");

	cg_text_add_bytes(writer->text, said, n_action);
	for (size_t i = 0; i < block->names.n_items; i++) {
		CG_CLEANUP(cg_text_done) struct cg_text word = { 0 };

		cg_text_addf(&word, "%s%s", block->names.items[i], i + 1 < block->names.n_items ? "," : "");
		writer->text->has_failed |= word.has_failed;
		add_word(writer, &line_start, cg_text_get(&word), word.length);
	}
	for (size_t at = n_action, n; at < length; at += n) {
		at++;
		n = strcspn(said + at, "\v\n");
		add_word(writer, &line_start, said + at, n);
	}
	cg_text_add_char(writer->text, '\n');
}

static int compare_names(const void *left, const void *right)
{
	return strcmp(*(const char *const *)left, *(const char *const *)right);
}

static void add_block(struct writer *writer, struct block *block)
{
	const char *said = strchr(block->said, '\n');

	qsort(block->names.items, block->names.n_items, sizeof(*block->names.items), compare_names);
	if (said > block->said) {
		cg_text_add(writer->text, "# ");
		cg_text_add_bytes(writer->text, block->said, (size_t)(said - block->said));
		cg_text_add_char(writer->text, '\n');
	}
	for (said++; *said;) {
		size_t length = strcspn(said, "\n");

		add_statement(writer, block, said, length);
		said += length + 1;
	}
}

/* ---- the document */

static void add_flags(struct writer *writer)
{
	static const struct {
		unsigned int flag;
		const char *word;
	} rows[] = {
		{ CG_POLICY_LOG, "log" },
		{ CG_POLICY_SPEC_ALLOW, "spec-allow" },
		{ CG_POLICY_TSYNC, "tsync" },
		{ CG_POLICY_WAIT_KILLABLE, "wait-killable" },
	};
	const char *before = "flags ";

	for (size_t i = 0; i < CG_N_ITEMS(rows); i++) {
		if (!(writer->policy->flags & rows[i].flag))
			continue;
		cg_text_addf(writer->text, "%s%s", before, rows[i].word);
		before = ", ";
	}
	if (*before == ',')
		cg_text_add_char(writer->text, '\n');
}

static bool is_quotable(const char *text)
{
	for (; *text; text++) {
		if (*text == '"' || (unsigned char)*text < ' ')
			return false;
	}
	return true;
}

static int add_listener(struct writer *writer, const struct cg_profile *profile)
{
	const char *metadata = profile->listener_metadata;

	if (!profile->listener_path)
		return 0;
	if (!is_quotable(profile->listener_path) || (metadata && !is_quotable(metadata)))
		return cg_err_set(writer->err, -EOPNOTSUPP, NULL,
				  "a policy text cannot hold a listener with quotes or control characters");
	cg_text_addf(writer->text, "listener \"%s\"", profile->listener_path);
	if (metadata)
		cg_text_addf(writer->text, " \"%s\"", metadata);
	cg_text_add_char(writer->text, '\n');
	return 0;
}

static int add_settings(struct writer *writer, const struct cg_profile *profile)
{
	const struct cg_policy *policy = writer->policy;
	int rc;

	cg_text_add(writer->text, "default ");
	rc = add_action(writer, writer->text, policy->default_action);
	cg_text_add(writer->text, "\narch ");
	for (size_t i = 0; i < policy->n_arches; i++)
		cg_text_addf(writer->text, "%s%s", i ? ", " : "", policy->arches[i]->name);
	cg_text_add_char(writer->text, '\n');
	if (rc == 0 && policy->bad_arch_action != CG_ACTION_KILL_THREAD) {
		cg_text_add(writer->text, "bad-arch ");
		rc = add_action(writer, writer->text, policy->bad_arch_action);
		cg_text_add_char(writer->text, '\n');
	}
	add_flags(writer);
	if (rc == 0 && profile)
		rc = add_listener(writer, profile);
	cg_text_add_char(writer->text, '\n');
	return rc;
}

static int write_calls(struct writer *writer, const struct cg_said_calls *calls)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < calls->n_items; i++)
		rc = add_call(writer, &calls->items[i]);
	for (size_t i = 0; rc == 0 && i < writer->blocks.n_items; i++)
		add_block(writer, &writer->blocks.items[i]);
	return rc;
}

int cg_policy_text_write(const struct cg_policy *policy, const struct cg_profile *profile, struct cg_text *text,
			 struct cg_err *err)
{
	return cg_policy_text_write_with_reasons(policy, profile, NULL, text, err);
}

int cg_policy_text_write_with_reasons(const struct cg_policy *policy, const struct cg_profile *profile,
				      const struct cg_policy_text_reasons *reasons, struct cg_text *text,
				      struct cg_err *err)
{
	struct writer writer = { .policy = policy, .reasons = reasons, .text = text, .err = err };
	struct cg_said_calls calls = { 0 };
	int rc;

	if (policy->has_newer)
		return cg_err_set(err, -EOPNOTSUPP, NULL,
				  "a policy that answers newer calls by themselves has no form as text");
	rc = cg_policy_say(policy, &calls);
	if (rc == -E2BIG)
		return cg_err_set(err, -EOVERFLOW, NULL, "the conditions are too tangled to be written as text");
	if (rc == 0)
		rc = add_settings(&writer, profile);
	if (rc == 0)
		rc = write_calls(&writer, &calls);
	for (size_t i = 0; i < writer.blocks.n_items; i++)
		cg_vec_done(&writer.blocks.items[i].names);
	cg_vec_done(&writer.blocks);
	cg_map_done(&writer.blocks_by_said);
	cg_arena_done(&writer.arena);
	cg_said_calls_done(&calls);
	return rc == -ENOMEM || text->has_failed ? cg_err_memory(err) : rc;
}
