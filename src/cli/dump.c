/*
 * See dump.h. Filters are shown newest first, as the kernel asks them, and numbered as the kernel numbers them: 0 is the
 * oldest, so that a number stays when another filter comes (get_nth_filter() in kernel/seccomp.c; ptrace(2) of man-pages
 * says the reverse).
 */
#include "cli/dump.h"

#include "abi/action.h"
#include "abi/syscalls.h"
#include "base/cleanup.h"
#include "cli/answers.h"
#include "os/file.h"

#include <errno.h>
#include <inttypes.h>

static void free_meanings(struct cg_meanings **meanings)
{
	cg_meanings_free(*meanings);
}

/* ---- the table of filters */

static const struct cg_column columns[] = {
	{ "thread", "THREAD", CG_CELL_NUMBER },
	{ "threads", "THREADS ALIKE", CG_CELL_NUMBER },
	{ "filter", "FILTER", CG_CELL_NUMBER },
	{ "instructions", "INSTRUCTIONS", CG_CELL_NUMBER },
	{ "flags", "FLAGS", CG_CELL_TEXT },
	{ NULL },
};

static const char *flags_of(const struct cg_loaded_filter *loaded)
{
	if (!loaded->knows_flags)
		return NULL;
	return loaded->is_logged ? "log" : "";
}

static void fill_filters(const struct cg_live *live, struct cg_table *table)
{
	cg_table_init(table, columns);
	for (size_t i = 0; i < live->stacks.n_items; i++) {
		const struct cg_live_stack *stack = &live->stacks.items[i];

		for (size_t n = stack->stack.filters.n_items; n-- > 0;) {
			const struct cg_loaded_filter *loaded = &stack->stack.filters.items[n];

			cg_table_number(table, (uint64_t)stack->tids.items[0]);
			cg_table_number(table, stack->tids.n_items);
			cg_table_number(table, n);
			cg_table_number(table, loaded->filter->n_insns);
			cg_table_text(table, flags_of(loaded));
		}
	}
}

/* ---- what they allow together */

static const struct cg_column answer_columns[] = {
	{ "thread", "THREAD", CG_CELL_NUMBER },
	{ "architecture", "ARCHITECTURE", CG_CELL_TEXT },
	{ "action", "ACTION", CG_CELL_TEXT },
	{ "calls", "CALLS", CG_CELL_NUMBER },
	{ NULL },
};

static void add_answers(struct cg_table *table, int tid, const struct cg_arch *arch, const struct cg_answers *answers)
{
	for (size_t i = 0; i < cg_n_actions; i++) {
		if (!answers->n_by_action[i])
			continue;
		cg_table_number(table, (uint64_t)tid);
		cg_table_text(table, arch->name);
		cg_table_text(table, cg_actions[i].name);
		cg_table_number(table, answers->n_by_action[i]);
	}
	if (answers->n_by_argument) {
		cg_table_number(table, (uint64_t)tid);
		cg_table_text(table, arch->name);
		cg_table_text(table, "by argument");
		cg_table_number(table, answers->n_by_argument);
	}
}

static int fill_answers(const struct cg_live *live, struct cg_table *table, struct cg_err *err)
{
	CG_CLEANUP(free_meanings) struct cg_meanings *meanings = cg_meanings_new(&cg_subject_budget);
	int r = meanings ? 0 : cg_err_memory(err);

	for (size_t i = 0; i < live->stacks.n_items && r == 0; i++) {
		const struct cg_live_stack *stack = &live->stacks.items[i];
		uint32_t root;

		r = cg_live_meaning(meanings, &stack->stack, &root, err);
		for (size_t j = 0; j < cg_n_arches && r == 0; j++) {
			const struct cg_arch *arch = &cg_arches[j];
			struct cg_answers answers;

			if (!cg_answers_has_arch(meanings, root, arch))
				continue;
			answers = cg_answers_count(meanings, root, arch);
			add_answers(table, stack->tids.items[0], arch, &answers);
		}
	}
	return r;
}

/* ---- printing the tables */

static void write_text(const struct cg_dump *dump, const struct cg_table *filters, const struct cg_table *answers,
		       struct cg_text *text)
{
	const struct cg_live *live = &dump->process->live;
	size_t n_bare = 0;

	for (size_t i = 0; i < live->stacks.n_items; i++)
		n_bare += live->stacks.items[i].stack.filters.n_items ? 0 : live->stacks.items[i].tids.n_items;
	if (n_bare)
		cg_text_addf(text, "%zu of %zu threads have no filter\n", n_bare, live->n_threads);
	if (n_bare == live->n_threads)
		return;
	if (live->stacks.n_items > 1)
		cg_text_addf(text, "its %zu threads have %zu different stacks of filters\n", live->n_threads,
			     live->stacks.n_items);
	cg_table_format(filters, text);
	cg_text_add(text, "(newest first; the kernel numbers them from the oldest, 0, and tells no other flag than log)\n"
			  "\ntogether:\n");
	cg_table_format(answers, text);
}

static void write_json(const struct cg_dump *dump, const struct cg_table *filters, const struct cg_table *answers,
		       struct cg_text *text)
{
	struct cg_json_writer json = { .text = text };

	cg_json_open_object(&json, NULL);
	cg_json_u64(&json, "threads", dump->process->live.n_threads);
	cg_json_u64(&json, "stacks", dump->process->live.stacks.n_items);
	cg_table_json(filters, &json, "filters");
	cg_table_json(answers, &json, "together");
	cg_json_close_object(&json);
	cg_text_add_char(json.text, '\n');
}

int cg_dump_table(const struct cg_dump *dump)
{
	CG_CLEANUP(cg_table_done) struct cg_table filters;
	CG_CLEANUP(cg_table_done) struct cg_table answers;
	CG_CLEANUP(cg_text_done) struct cg_text text = { 0 };
	struct cg_err err = { 0 };
	int r;

	fill_filters(&dump->process->live, &filters);
	cg_table_init(&answers, answer_columns);
	r = fill_answers(&dump->process->live, &answers, &err);
	if (r == -EOVERFLOW)
		cg_cli_say("%s: what these filters allow together was not decided: %s", dump->process->reference,
			   err.message);
	else if (r < 0)
		return cg_subject_fail(&err);
	if (dump->is_json)
		write_json(dump, &filters, &answers, &text);
	else
		write_text(dump, &filters, &answers, &text);
	return cg_out_print(&text);
}

/* ---- the filters themselves */

static void format_filter(const struct cg_dump *dump, const struct cg_filter *filter, struct cg_text *text)
{
	if (dump->is_listing)
		cg_filter_disasm(filter, text);
	else
		cg_filter_encode(filter, text);
}

/* DIR/0.bpf, and DIR/4712.0.bpf for a thread whose stack is not that of the first. */
static int write_file(const struct cg_dump *dump, size_t stack_index, size_t n)
{
	const struct cg_live_stack *stack = &dump->process->live.stacks.items[stack_index];
	CG_CLEANUP(cg_text_done) struct cg_text path = { 0 }, bytes = { 0 };
	int status;

	cg_text_addf(&path, "%s/", dump->folder);
	if (stack_index > 0)
		cg_text_addf(&path, "%d.", stack->tids.items[0]);
	cg_text_addf(&path, "%zu.%s", n, dump->is_listing ? "asm" : "bpf");
	format_filter(dump, stack->stack.filters.items[n].filter, &bytes);
	bytes.has_failed |= path.has_failed;
	status = cg_out_write(cg_text_get(&path), &bytes);
	if (status == CG_EXIT_YES)
		cg_cli_say("%s: %zu instructions", cg_text_get(&path), stack->stack.filters.items[n].filter->n_insns);
	return status;
}

static int write_files(const struct cg_dump *dump)
{
	const struct cg_live *live = &dump->process->live;
	struct cg_err err = { 0 };
	int status = CG_EXIT_YES;

	if (cg_folder_make(dump->folder, &err) < 0)
		return cg_cli_fail(&err);
	for (size_t i = 0; i < live->stacks.n_items; i++)
		for (size_t n = 0; n < live->stacks.items[i].stack.filters.n_items && status == CG_EXIT_YES; n++)
			status = write_file(dump, i, n);
	return status;
}

static size_t count_filters(const struct cg_live *live)
{
	size_t n = 0;

	for (size_t i = 0; i < live->stacks.n_items; i++)
		n += live->stacks.items[i].stack.filters.n_items;
	return n;
}

/* To standard output: any number of listings, newest first, or one raw filter. */
static int print_filters(const struct cg_dump *dump)
{
	const struct cg_live *live = &dump->process->live;
	CG_CLEANUP(cg_text_done) struct cg_text text = { 0 };

	if (!dump->is_listing && count_filters(live) > 1) {
		cg_cli_say("%s has %zu filters: -o DIR writes each to a file of its own", dump->process->reference,
			   count_filters(live));
		return CG_EXIT_USAGE;
	}
	for (size_t i = 0; i < live->stacks.n_items; i++) {
		const struct cg_live_stack *stack = &live->stacks.items[i];

		for (size_t n = stack->stack.filters.n_items; n-- > 0;) {
			if (dump->is_listing)
				cg_text_addf(&text, "%s; thread %d, filter %zu\n", text.length ? "\n" : "",
					     stack->tids.items[0], n);
			format_filter(dump, stack->stack.filters.items[n].filter, &text);
		}
	}
	return cg_out_print(&text);
}

int cg_dump_filters(const struct cg_dump *dump)
{
	if (count_filters(&dump->process->live) == 0) {
		cg_cli_say("%s has no filter", dump->process->reference);
		return CG_EXIT_NO;
	}
	return dump->folder ? write_files(dump) : print_filters(dump);
}
