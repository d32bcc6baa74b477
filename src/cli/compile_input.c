/*
 * See compile_input.h. What a file is, its bytes say; only a listing may also be told by its name.
 */
#include "cli/compile_input.h"

#include "base/cleanup.h"
#include "cli/subject.h"

#include <errno.h>
#include <string.h>

/* Instructions hold NUL bytes, and no text does. */
static bool is_raw_filter(const struct cg_text *text)
{
	return text->length >= 8 && memchr(text->data, '\0', 8) != NULL;
}

/* As cg_filter_disasm() begins; or by its name. */
static bool is_listing(const char *reference, const struct cg_text *text)
{
	static const char *const beginnings[] = { ".little-endian", ".big-endian" };
	size_t length = strlen(reference);

	for (size_t i = 0; i < CG_N_ITEMS(beginnings); i++) {
		if (strncmp(cg_text_get(text), beginnings[i], strlen(beginnings[i])) == 0)
			return true;
	}
	return length > 4 && strcmp(reference + length - 4, ".asm") == 0;
}

/* Takes `filter`, whatever comes of it. */
static int add_filter(struct cg_filters *filters, struct cg_filter *filter, struct cg_err *err)
{
	if (filter && cg_vec_push(&filters->list, filter) == 0)
		return 0;
	cg_filter_free(filter);
	return cg_err_memory(err);
}

static int read_process(const char *reference, int pid, const struct cg_target *target, struct cg_filters *filters,
			struct cg_err *err)
{
	CG_CLEANUP(cg_subject_done) struct cg_subject process = { 0 };
	const struct cg_filter_stack *stack;
	int r = cg_subject_read_process(reference, pid, target, &process, err);

	if (r < 0)
		return r;
	stack = &process.live.stacks.items[0].stack;
	if (stack->filters.n_items == 0)
		return cg_err_set(err, -EINVAL, reference, "has no filter");
	if (process.live.stacks.n_items > 1)
		cg_cli_say("%s: its threads have different filters: this is about thread %d", reference,
			   process.live.stacks.items[0].tids.items[0]);
	for (size_t i = 0; r == 0 && i < stack->filters.n_items; i++) {
		const struct cg_filter *filter = stack->filters.items[i].filter;

		r = add_filter(filters, cg_filter_new(filter->insns, filter->n_insns, filter->is_big_endian), err);
	}
	return r;
}

int cg_compile_input_read(const char *reference, const struct cg_target *target, struct cg_input *ret_input,
			  struct cg_filters *filters, struct cg_err *err)
{
	const struct cg_arch *arch = target->n_arches ? target->arches[0] : target->arch;
	const char *name = cg_input_name(reference);
	struct cg_text *text = &ret_input->text;
	struct cg_filter *filter = NULL;
	int pid, r;

	r = cg_subject_process(reference, false, &pid, err);
	if (r != 0)
		return r < 0 ? r : read_process(reference, pid, target, filters, err);
	r = cg_input_fetch(reference, ret_input, err);
	if (r < 0)
		return r;
	if (is_listing(reference, text))
		r = cg_filter_assemble(name, cg_text_get(text), text->length, &filter, err);
	else if (is_raw_filter(text))
		r = cg_filter_decode(name, text->data, text->length, arch->is_big_endian, &filter, err);
	else
		return cg_input_take(reference, target, ret_input, err);
	return r < 0 ? r : add_filter(filters, filter, err);
}

void cg_filters_done(struct cg_filters *filters)
{
	for (size_t i = 0; i < filters->list.n_items; i++)
		cg_filter_free(filters->list.items[i]);
	cg_vec_done(&filters->list);
}
