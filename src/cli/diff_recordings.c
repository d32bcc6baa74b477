/*
 * `callgate diff` of two recordings: the calls that came and went. In: two recordings, each summarised over its runs.
 * Out: a row for each call that only one of them has, with its count. How often a call is made changes from run to run,
 * so counts alone are no difference; nor are other programs and libraries (diff_files.h), which are told as what may
 * be behind it.
 */
#include "cli/diff.h"

#include "abi/call_text.h"
#include "base/cleanup.h"
#include "cli/diff_files.h"
#include "learn/recording.h"

static const struct cg_column columns[] = {
	{ "call", "CALL", CG_CELL_TEXT },   { "architecture", "ARCHITECTURE", CG_CELL_TEXT },
	{ "change", "CHANGE", CG_CELL_TEXT }, { "a", "IN A", CG_CELL_NUMBER },
	{ "b", "IN B", CG_CELL_NUMBER },    { NULL },
};

static int read_summary(const struct cg_subject *subject, struct cg_recording **recording, struct cg_summary *summary,
			struct cg_err *err)
{
	const struct cg_text *text = &subject->input.text;
	int r = cg_recording_read(subject->reference, cg_text_get(text), text->length, recording, err);

	if (r < 0)
		return r;
	return cg_recording_summarise(*recording, summary) < 0 ? cg_err_memory(err) : 0;
}

static uint64_t count_of(const struct cg_recorded_call *call)
{
	return call->count + call->n_restarts + call->n_unfinished + call->n_denied;
}

static uint32_t token_of(const struct cg_recorded_call *call)
{
	return call->arch ? call->arch->token : call->arch_token;
}

/* In the order of summaries; NULL is behind everything. */
static int compare(const struct cg_summary_call *a, const struct cg_summary_call *b)
{
	uint32_t token_a, token_b;

	if (!a || !b)
		return a ? -1 : b ? 1 : 0;
	token_a = token_of(&a->call);
	token_b = token_of(&b->call);
	if (token_a != token_b)
		return token_a < token_b ? -1 : 1;
	return a->call.nr < b->call.nr ? -1 : a->call.nr > b->call.nr;
}

static void add_row(struct cg_table *table, const struct cg_recorded_call *call, uint64_t a, uint64_t b)
{
	CG_CLEANUP(cg_text_done) struct cg_text name = { 0 };

	if (call->arch)
		cg_call_format_name(&name, call->arch, call->nr);
	else
		cg_text_addf(&name, "0x%x:%u", call->arch_token, call->nr);
	table->has_failed |= name.has_failed;
	cg_table_text(table, cg_text_get(&name));
	cg_table_text(table, call->arch ? call->arch->name : NULL);
	cg_table_text(table, a ? "went" : "came");
	cg_table_number(table, a);
	cg_table_number(table, b);
}

struct counts {
	size_t n_came, n_went, n_both;
};

static struct counts fill(const struct cg_diff *diff, const struct cg_summary *a, const struct cg_summary *b,
			  struct cg_table *table)
{
	struct counts counts = { 0 };
	size_t i = 0, j = 0;

	cg_table_init(table, columns);
	while (i < a->calls.n_items || j < b->calls.n_items) {
		const struct cg_summary_call *call_a = i < a->calls.n_items ? &a->calls.items[i] : NULL;
		const struct cg_summary_call *call_b = j < b->calls.n_items ? &b->calls.items[j] : NULL;
		int order = compare(call_a, call_b);
		bool has_room = counts.n_came + counts.n_went < diff->n_most;

		if (order < 0 && has_room)
			add_row(table, &call_a->call, count_of(&call_a->call), 0);
		if (order > 0 && has_room)
			add_row(table, &call_b->call, 0, count_of(&call_b->call));
		counts.n_went += order < 0;
		counts.n_came += order > 0;
		counts.n_both += order == 0;
		i += order <= 0;
		j += order >= 0;
	}
	return counts;
}

static void write_files(const struct cg_diff *diff, const struct cg_file_changes *files, struct cg_text *text)
{
	if (files->n_rows == 0)
		return;
	if (!diff->is_summary) {
		cg_table_format(&files->table, text);
		cg_text_add_char(text, '\n');
	}
	cg_text_addf(text, "%zu program%s or librar%s came, went or changed\n", files->n_rows,
		     files->n_rows == 1 ? "" : "s", files->n_rows == 1 ? "y" : "ies");
}

static void write_text(const struct cg_diff *diff, const struct counts *counts, const struct cg_table *table,
		       size_t n_left, struct cg_text *text)
{
	size_t n = counts->n_came + counts->n_went;

	if (n && !diff->is_summary) {
		cg_text_addf(text, "A: %s\nB: %s\n\n", diff->a->reference, diff->b->reference);
		cg_table_format(table, text);
		if (n_left)
			cg_text_addf(text, "… and %zu more row%s (--max)\n", n_left, n_left == 1 ? "" : "s");
		cg_text_add_char(text, '\n');
	}
	cg_text_addf(text, "%zu call%s came, %zu went, %zu in both\n", counts->n_came, counts->n_came == 1 ? "" : "s",
		     counts->n_went, counts->n_both);
}

static void write_json(const struct cg_diff *diff, const struct counts *counts, const struct cg_table *table,
		       const struct cg_file_changes *files, size_t n_left, struct cg_text *text)
{
	struct cg_json_writer json = { .text = text };

	cg_json_open_object(&json, NULL);
	cg_json_bool(&json, "same", counts->n_came + counts->n_went == 0);
	cg_json_string(&json, "a", diff->a->reference);
	cg_json_string(&json, "b", diff->b->reference);
	cg_json_u64(&json, "came", counts->n_came);
	cg_json_u64(&json, "went", counts->n_went);
	cg_json_u64(&json, "in_both", counts->n_both);
	if (!diff->is_summary)
		cg_table_json(table, &json, "differences");
	cg_json_u64(&json, "left_out", n_left);
	if (!diff->is_summary)
		cg_table_json(&files->table, &json, "files");
	cg_json_close_object(&json);
	cg_text_add_char(json.text, '\n');
}

static int print(const struct cg_diff *diff, const struct cg_summary *a, const struct cg_summary *b,
		 const struct cg_file_changes *files)
{
	CG_CLEANUP(cg_text_done) struct cg_text text = { 0 };
	CG_CLEANUP(cg_table_done) struct cg_table table;
	struct counts counts = fill(diff, a, b, &table);
	size_t n = counts.n_came + counts.n_went;
	size_t n_left = n > diff->n_most && !diff->is_summary ? n - diff->n_most : 0;
	int status;

	if (diff->is_json)
		write_json(diff, &counts, &table, files, n_left, &text);
	else
		write_text(diff, &counts, &table, n_left, &text);
	if (!diff->is_json)
		write_files(diff, files, &text);
	status = cg_out_print(&text);
	return status == CG_EXIT_YES && n ? CG_EXIT_NO : status;
}

int cg_diff_recordings(const struct cg_diff *diff)
{
	struct cg_recording *recording_a = NULL, *recording_b = NULL;
	struct cg_summary a = { 0 }, b = { 0 };
	struct cg_file_changes files = { .n_rows = 0 };
	struct cg_err err = { 0 };
	int r = read_summary(diff->a, &recording_a, &a, &err), status;

	if (r == 0)
		r = read_summary(diff->b, &recording_b, &b, &err);
	if (r == 0 && cg_file_changes_find(recording_a, recording_b, &files) < 0)
		r = cg_err_memory(&err);
	status = r < 0 ? cg_cli_fail(&err) : print(diff, &a, &b, &files);
	cg_file_changes_done(&files);
	cg_summary_done(&a);
	cg_summary_done(&b);
	cg_recording_free(recording_a);
	cg_recording_free(recording_b);
	return status;
}
