/*
 * The document that the files of the parser fill: memory, errors and notes at a spot, statements and settings.
 */
#include "language/syntax.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

void *cg_document_alloc(struct cg_document *document, size_t size)
{
	void *memory = cg_arena_alloc(&document->arena, size);

	if (!memory)
		cg_err_memory(document->err);
	return memory;
}

const char *cg_document_copy(struct cg_document *document, const struct cg_token *token)
{
	const char *copy = cg_arena_copy(&document->arena, token->text, token->length);

	if (!copy)
		cg_err_memory(document->err);
	return copy;
}

int cg_document_fail(struct cg_document *document, int code, const struct cg_spot *at, const char *format, ...)
{
	char place[CG_ERR_PLACE_SIZE], message[CG_ERR_MESSAGE_SIZE];
	va_list args;

	va_start(args, format);
	vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	cg_err_place(place, at->source->name, at->line, at->column);
	return cg_err_set(document->err, code, place, "%s", message);
}

int cg_document_note(struct cg_document *document, enum cg_severity severity, const char *rule,
		     const struct cg_spot *at, const char *remedy, const char *format, ...)
{
	bool is_included = at->source->depth > 0;
	char message[CG_ERR_MESSAGE_SIZE];
	struct cg_note note = { severity, rule, cg_spot_line(at), is_included ? 0 : at->column, message, remedy };
	struct cg_notes *notes = document->options->notes;
	va_list args;

	if (!notes || notes->list.n_items >= CG_PROFILE_NOTES_LIMIT)
		return 0;
	va_start(args, format);
	vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	return cg_notes_add(notes, &note);
}

int cg_document_add_statement(struct cg_document *document, const struct cg_spot *at,
			      struct cg_statement **ret_statement)
{
	struct cg_statement *statement;

	if (document->n_statements == CG_POLICY_TEXT_STATEMENTS_LIMIT)
		return cg_document_fail(document, -E2BIG, at, "more than %zu statements",
					CG_POLICY_TEXT_STATEMENTS_LIMIT);
	statement = cg_document_alloc(document, sizeof(*statement));
	if (!statement)
		return -ENOMEM;
	statement->at = *at;
	if (document->last)
		document->last->next = statement;
	else
		document->statements = statement;
	document->last = statement;
	document->n_statements++;
	*ret_statement = statement;
	return 0;
}

int cg_document_add_arch(struct cg_document *document, const struct cg_arch *arch)
{
	for (size_t i = 0; i < document->arches.n_items; i++) {
		if (document->arches.items[i] == arch)
			return 0;
	}
	return cg_vec_push(&document->arches, arch) < 0 ? cg_err_memory(document->err) : 0;
}

void cg_setting_set(struct cg_setting *setting, const struct cg_spot *at, uint32_t value)
{
	if (!setting->is_set || at->source->depth < setting->at.source->depth)
		*setting = (struct cg_setting){ true, false, value, *at };
	else if (at->source->depth == setting->at.source->depth)
		setting->is_disputed |= setting->value != value;
}
