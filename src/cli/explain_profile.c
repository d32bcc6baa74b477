/*
 * A profile, a filter or a process in plain words: what is answered otherwise than by default, by answer and category,
 * conditions in the field's words.
 *
 * The words come from the meaning (words/ over check/), not from the text of a profile: rules that change nothing are
 * not there, and what several rules say together is said once.
 */
#include "cli/explain_overview.h"

#include "base/cleanup.h"
#include "check/check.h"
#include "profile/stub.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define LINE_WIDTH 100
#define NAMES_COLUMN 18

/* Of other architectures the head says all there is to say. */
static void keep_own_arches(struct cg_overview *overview)
{
	struct cg_differences *differences = &overview->differences;
	size_t n_kept = 0;
	uint32_t own = 0;

	for (size_t i = 0; i < overview->scope.n_arches; i++)
		own |= 1U << cg_arch_index(overview->scope.arches[i]);
	for (size_t i = 0; i < differences->list.n_items; i++) {
		struct cg_difference row = differences->list.items[i];

		row.arches &= own;
		if (row.arches)
			differences->list.items[n_kept++] = row;
	}
	differences->list.n_items = n_kept;
}

/* What it means, and on which architectures; of a profile as it is written: what runtimes add is told in the head. */
static int find_meaning(struct cg_overview *overview, struct cg_meanings *meanings, uint32_t *ret_root, struct cg_err *err)
{
	const struct cg_explain *explain = overview->explain;
	int r;

	if (explain->subject->kind == CG_SUBJECT_PROFILE) {
		cg_scope_of_policy(explain->input->policy, &overview->scope);
		return cg_meaning_of_policy(meanings, explain->input->policy, ret_root, err);
	}
	r = cg_subject_meaning(explain->subject, meanings, ret_root, err);
	if (r == 0)
		r = cg_scope_of_meaning(meanings, *ret_root, explain->target, &overview->scope, err);
	if (r == 0 && overview->scope.is_blind)
		r = cg_scope_restrict(meanings, &overview->scope, *ret_root, ret_root, err);
	return r;
}

static int find_differences(struct cg_overview *overview, struct cg_err *err)
{
	struct cg_meanings *meanings = cg_meanings_new(&cg_subject_budget);
	uint32_t root, other;
	int r = meanings ? find_meaning(overview, meanings, &root, err) : cg_err_memory(err);

	if (r == 0)
		r = cg_meaning_of_action(meanings, overview->scope.default_action, &other, err);
	if (r == 0)
		r = cg_differences_find(meanings, root, other, &overview->differences, err);
	keep_own_arches(overview);
	cg_meanings_free(meanings);
	return r;
}

/* Architectures of the profile that have the call and are not in the row: then the row names those that it is about. */
static bool is_everywhere(const struct cg_overview *overview, const struct cg_difference *row)
{
	for (size_t i = 0; i < overview->scope.n_arches; i++) {
		const struct cg_arch *arch = overview->scope.arches[i];
		uint32_t nr;

		if (!(row->arches >> cg_arch_index(arch) & 1) &&
		    (row->kind != CG_DIFFERENCE_CALL || cg_syscall_number(arch, row->syscall->name, &nr)))
			return false;
	}
	return true;
}

static bool is_plain(const struct cg_difference *row)
{
	return row->kind == CG_DIFFERENCE_CALL && !*row->when && row->n_further == 0;
}

static void add_name(struct cg_overview *overview, struct cg_text *name, const struct cg_difference *row)
{
	cg_difference_name(name, row);
	if (is_everywhere(overview, row))
		return;
	cg_text_add(name, " (");
	cg_difference_arches(name, row);
	cg_text_add_char(name, ')');
}

/* Names run on until the line is full. */
static void add_word(struct cg_overview *overview, const char *word, bool is_first)
{
	struct cg_text *out = overview->out;

	if (!is_first) {
		cg_text_add_char(out, ',');
		if (out->length - overview->line_start + strlen(word) + 1 > LINE_WIDTH) {
			cg_text_add_char(out, '\n');
			overview->line_start = out->length;
			cg_text_pad(out, overview->line_start, NAMES_COLUMN);
		} else {
			cg_text_add_char(out, ' ');
		}
	}
	cg_text_add(out, word);
}

static void write_category(struct cg_overview *overview, uint32_t action, enum cg_category category)
{
	CG_CLEANUP(cg_text_done) struct cg_text name = { 0 };
	bool is_first = true;

	for (size_t i = 0; i < overview->differences.list.n_items; i++) {
		const struct cg_difference *row = &overview->differences.list.items[i];

		if (row->a != action || !is_plain(row) || row->syscall->category != category)
			continue;
		if (is_first) {
			overview->line_start = overview->out->length;
			cg_text_addf(overview->out, "  %s", cg_category_title(category));
			cg_text_pad(overview->out, overview->line_start, NAMES_COLUMN);
		}
		cg_text_clear(&name);
		add_name(overview, &name, row);
		add_word(overview, cg_text_get(&name), is_first);
		is_first = false;
	}
	if (!is_first)
		cg_text_add_char(overview->out, '\n');
	overview->out->has_failed |= name.has_failed;
}

/* What has conditions, or is no call with a name: a line each. */
static void write_others(struct cg_overview *overview, uint32_t action)
{
	CG_CLEANUP(cg_text_done) struct cg_text name = { 0 };

	for (size_t i = 0; i < overview->differences.list.n_items; i++) {
		const struct cg_difference *row = &overview->differences.list.items[i];

		if (row->a != action || is_plain(row))
			continue;
		cg_text_clear(&name);
		add_name(overview, &name, row);
		cg_text_addf(overview->out, "  %s%s%s\n", cg_text_get(&name), *row->when ? " when " : "", row->when);
		if (row->n_further)
			cg_text_addf(overview->out, "  %s: %zu further conditions\n", cg_text_get(&name), row->n_further);
	}
	overview->out->has_failed |= name.has_failed;
}

/* Rows of one call count once. */
static size_t count_calls(const struct cg_overview *overview, uint32_t action)
{
	const struct cg_syscall *last = NULL;
	size_t n = 0;

	for (size_t i = 0; i < overview->differences.list.n_items; i++) {
		const struct cg_difference *row = &overview->differences.list.items[i];

		if (row->a != action || row->kind != CG_DIFFERENCE_CALL || row->syscall == last)
			continue;
		last = row->syscall;
		n++;
	}
	return n;
}

/* The most permissive first: that is what one reads a profile for. */
static int compare_actions(const void *left, const void *right)
{
	uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;
	int order = -cg_action_compare(a, b);

	return order ? order : a < b ? -1 : a > b;
}

/* The answers that there are, each once; NULL when out of memory. */
static uint32_t *find_actions(const struct cg_overview *overview, size_t *ret_n_actions)
{
	size_t n_rows = overview->differences.list.n_items, n_actions = 0;
	uint32_t *actions = calloc(n_rows + 1, sizeof(*actions));

	if (!actions)
		return NULL;
	for (size_t i = 0; i < n_rows; i++)
		actions[n_actions++] = overview->differences.list.items[i].a;
	qsort(actions, n_actions, sizeof(*actions), compare_actions);
	*ret_n_actions = 0;
	for (size_t i = 0; i < n_actions; i++)
		if (i == 0 || actions[i] != actions[i - 1])
			actions[(*ret_n_actions)++] = actions[i];
	return actions;
}

static void write_action(struct cg_overview *overview, uint32_t action)
{
	size_t n_calls = count_calls(overview, action);

	cg_text_add_char(overview->out, '\n');
	cg_action_format(overview->out, action);
	cg_text_addf(overview->out, ": %zu call%s\n", n_calls, n_calls == 1 ? "" : "s");
	for (enum cg_category category = 0; category < CG_N_CATEGORIES; category++)
		write_category(overview, action, category);
	write_others(overview, action);
}

static void write_subject(struct cg_overview *overview)
{
	const struct cg_explain *explain = overview->explain;
	const char *engine = explain->target->engine->name;
	struct cg_text *out = overview->out;

	cg_text_add(out, explain->reference);
	if (explain->subject->kind == CG_SUBJECT_FILTER)
		cg_text_addf(out, ", a filter of %zu instructions, on", explain->subject->filter->n_insns);
	else if (explain->subject->kind == CG_SUBJECT_PROCESS)
		cg_text_addf(out, ", a process with %zu filter%s, on", cg_explain_count_filters(explain),
			     cg_explain_count_filters(explain) == 1 ? "" : "s");
	else if (strcmp(engine, "oci") == 0)
		cg_text_add(out, ", as it is written, on");
	else
		cg_text_addf(out, ", as %s reads it, on", engine);
	for (size_t i = 0; i < overview->scope.n_arches; i++)
		cg_text_addf(out, " %s", overview->scope.arches[i]->name);
	cg_text_add(out, ".\n");
}

/* "runc itself answers ERRNO(ENOSYS) to numbers above 451 on x86_64, 451 on x86". */
static void write_stub(struct cg_overview *overview)
{
	const struct cg_explain *explain = overview->explain;
	const char *before = "What runc itself answers with ERRNO(ENOSYS): numbers above ";
	bool has_stub = false;
	uint32_t largest;

	for (size_t i = 0; i < overview->scope.n_arches && explain->subject->kind == CG_SUBJECT_PROFILE; i++) {
		const struct cg_arch *arch = overview->scope.arches[i];

		if (!cg_stub_largest(explain->input->policy, explain->target->engine, arch, &largest))
			continue;
		cg_text_addf(overview->out, "%s%" PRIu32 " on %s", has_stub ? ", " : before,
			     largest & (arch->is_x32 ? ~CG_X32_BIT : ~0U), arch->name);
		has_stub = true;
	}
	cg_text_add(overview->out, has_stub ? ".\n" : "");
}

static void write_head(struct cg_overview *overview)
{
	const struct cg_scope *scope = &overview->scope;
	struct cg_text *out = overview->out;

	write_subject(overview);
	cg_text_add(out, "What is not listed below: ");
	cg_action_format(out, scope->default_action);
	for (size_t i = 0; i < scope->n_whole; i++) {
		cg_text_addf(out, "; calls of %s: ", scope->whole[i].arch->name);
		cg_action_format(out, scope->whole[i].action);
	}
	if (scope->is_blind) {
		cg_text_add(out, ".\nOther architectures are not told apart: their calls are answered by their numbers, "
				 "whatever these mean there.\n");
	} else {
		cg_text_add(out, "; calls of other architectures: ");
		cg_action_format(out, scope->bad_arch_action);
		cg_text_add(out, ".\n");
	}
	write_stub(overview);
}

/* What is let through, if only under conditions, of high or critical risk. */
static void write_risks(struct cg_overview *overview)
{
	const struct cg_differences *differences = &overview->differences;
	const struct cg_syscall *last = NULL;
	bool is_first = true;

	for (size_t i = 0; i < differences->list.n_items; i++) {
		const struct cg_difference *row = &differences->list.items[i];

		if (row->kind != CG_DIFFERENCE_CALL || row->syscall == last || row->syscall->tier < CG_TIER_HIGH ||
		    !cg_action_is_permit(row->a))
			continue;
		last = row->syscall;
		cg_text_add(overview->out, is_first ? "\nOf high or critical risk, and let through:\n" : "");
		is_first = false;
		cg_text_addf(overview->out, "  %s (%s): %s\n", last->name, cg_tier_name(last->tier), last->reason);
	}
}

static void write_text(struct cg_overview *overview, const uint32_t *actions, size_t n_actions)
{
	write_head(overview);
	for (size_t i = 0; i < n_actions; i++)
		write_action(overview, actions[i]);
	write_risks(overview);
}

int cg_explain_profile(const struct cg_explain *explain, struct cg_text *out)
{
	struct cg_overview overview = { .explain = explain, .out = out };
	struct cg_err err = { 0 };
	uint32_t *actions = NULL;
	size_t n_actions = 0;
	int r = find_differences(&overview, &err);

	if (r == 0) {
		actions = find_actions(&overview, &n_actions);
		r = actions ? 0 : cg_err_memory(&err);
	}
	if (r == 0 && explain->is_json)
		cg_overview_write_json(&overview);
	else if (r == 0)
		write_text(&overview, actions, n_actions);
	free(actions);
	cg_differences_done(&overview.differences);
	return r < 0 ? cg_subject_fail(&err) : CG_EXIT_YES;
}
