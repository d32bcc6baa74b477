/*
 * One call explained where there are filters and no rules: a raw filter, or those of a live process.
 *
 * In: filters and a call. Out: for each architecture that they decide, what they answer together, and which instruction
 * of which of them says it. The filters are run, as the kernel runs them: all of them, the newest first.
 */
#include "cli/explain.h"

#include "abi/action.h"
#include "abi/call_text.h"
#include "base/cleanup.h"
#include "cli/scope.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct answering {
	const struct cg_explain *explain;
	struct cg_scope scope;
	bool has_scope; /* else it was not decided which architectures are looked at */
	struct cg_call calls[CG_N_ARCHES_MAX];
	size_t n_calls;
	struct cg_table table;
	struct cg_text remarks;
};

size_t cg_explain_count_filters(const struct cg_explain *explain)
{
	const struct cg_subject *subject = explain->subject;

	if (subject->kind == CG_SUBJECT_PROCESS)
		return subject->live.stacks.items[0].stack.filters.n_items;
	return subject->kind == CG_SUBJECT_FILTER;
}

const struct cg_filter *cg_explain_filter(const struct cg_explain *explain, size_t i, size_t *ret_number)
{
	const struct cg_subject *subject = explain->subject;

	*ret_number = cg_explain_count_filters(explain) - 1 - i;
	if (subject->kind == CG_SUBJECT_PROCESS)
		return subject->live.stacks.items[0].stack.filters.items[*ret_number].filter;
	return subject->filter;
}

/* ---- what they answer */

struct answer {
	uint32_t action;
	bool is_said; /* by this filter and instruction; else none of them refuses */
	size_t number, n_filters;
	size_t instruction, n_instructions;
};

/* The kernel's own numbers, compared as signed: kernel/seccomp.c, seccomp_run_filters(). */
static bool is_lower(uint32_t a, uint32_t b)
{
	return (int32_t)(a & CG_ACTION_MASK) < (int32_t)(b & CG_ACTION_MASK);
}

static int find_answer(const struct cg_explain *explain, const struct cg_call *call, struct answer *ret_answer)
{
	struct answer answer = { .action = CG_ACTION_ALLOW, .n_filters = cg_explain_count_filters(explain) };

	for (size_t i = 0; i < answer.n_filters; i++) {
		size_t number, n_steps;
		const struct cg_filter *filter = cg_explain_filter(explain, i, &number);
		CG_FREE size_t *path = calloc(filter->n_insns, sizeof(*path));
		uint32_t action;

		if (!path)
			return -ENOMEM;
		action = cg_filter_trace(filter, call, path, &n_steps);
		if (!is_lower(action, answer.action) && answer.n_filters > 1)
			continue;
		answer.action = action;
		answer.is_said = true;
		answer.number = number;
		answer.instruction = path[n_steps - 1];
		answer.n_instructions = filter->n_insns;
	}
	*ret_answer = answer;
	return 0;
}

static void add_reason(struct cg_text *text, const struct answer *answer)
{
	if (answer->n_filters == 0)
		cg_text_add(text, "there is no filter");
	else if (!answer->is_said)
		cg_text_addf(text, "none of the %zu filters refuses it", answer->n_filters);
	else if (answer->n_filters > 1)
		cg_text_addf(text, "filter %zu (0 is the oldest), instruction L%zu of %zu", answer->number,
			     answer->instruction, answer->n_instructions);
	else
		cg_text_addf(text, "instruction L%zu of %zu", answer->instruction, answer->n_instructions);
}

static int add_answer(struct answering *answering, const struct cg_call *call)
{
	CG_CLEANUP(cg_text_done) struct cg_text cell = { 0 };
	const struct cg_arch *arch = cg_arch_of_call(call);
	struct cg_table *table = &answering->table;
	struct answer answer;

	if (find_answer(answering->explain, call, &answer) < 0)
		return -ENOMEM;
	answering->calls[answering->n_calls++] = *call;
	cg_table_text(table, arch ? arch->name : "unknown");
	cg_table_number(table, call->nr & (arch && arch->is_x32 ? ~CG_X32_BIT : ~0U));
	cg_action_format(&cell, answer.action);
	cg_table_text(table, cg_text_get(&cell));
	cg_table_bool(table, cg_action_is_permit(answer.action));
	cg_table_text(table, NULL);
	cg_text_clear(&cell);
	add_reason(&cell, &answer);
	cg_table_text(table, cg_text_get(&cell));
	cg_text_clear(&cell);
	cg_call_format(&cell, call);
	cg_table_text(table, cg_text_get(&cell));
	table->has_failed |= cell.has_failed;
	return 0;
}

/* On each arch that is decided; a call that names its own arch, on that one. */
static int add_answers(struct answering *answering, const char *text, struct cg_err *err)
{
	struct cg_err first = { 0 };

	for (size_t i = 0; i < answering->scope.n_arches; i++) {
		const struct cg_arch *arch = answering->scope.arches[i];
		struct cg_err here = { 0 };
		struct cg_call call;
		bool names_own; /* and that has been answered where it is one of those before */
		int r = cg_call_parse(arch, text, &call, &here);

		if (r < 0 && first.code == 0)
			first = here;
		if (r == -ENOENT) {
			cg_text_addf(&answering->remarks, "%s has no such call\n", arch->name);
			continue;
		}
		if (r < 0)
			break;
		names_own = cg_arch_of_call(&call) != arch;
		if (!(names_own && answering->n_calls) && add_answer(answering, &call) < 0)
			return cg_err_memory(err);
		if (names_own) {
			cg_text_clear(&answering->remarks);
			return 0;
		}
	}
	if (answering->n_calls)
		return 0;
	*err = first;
	return first.code;
}

/* ---- the architectures */

static void add_remarks(struct answering *answering)
{
	const struct cg_scope *scope = &answering->scope;
	struct cg_text *text = &answering->remarks;

	if (!answering->has_scope)
		cg_text_add(text, "which architectures it looks at was not decided\n");
	else if (scope->is_blind)
		cg_text_add(text, "architectures outside are not told apart: their calls are answered by their numbers\n");
	else
		for (size_t i = 0; i <= scope->n_whole; i++) {
			cg_text_addf(text, "calls of %s: ", i < scope->n_whole ? scope->whole[i].arch->name :
									       "other architectures");
			cg_action_format(text, i < scope->n_whole ? scope->whole[i].action : scope->bad_arch_action);
			cg_text_add_char(text, '\n');
		}
}

/* Where that cannot be decided, the target's are asked: running a filter needs no proof. */
static int find_scope(struct answering *answering, struct cg_err *err)
{
	const struct cg_explain *explain = answering->explain;
	struct cg_meanings *meanings = cg_meanings_new(&cg_subject_budget);
	uint32_t root;
	int r = meanings ? cg_subject_meaning(explain->subject, meanings, &root, err) : cg_err_memory(err);

	if (r == 0)
		r = cg_scope_of_meaning(meanings, root, explain->target, &answering->scope, err);
	cg_meanings_free(meanings);
	answering->has_scope = r == 0;
	if (r == -EOVERFLOW)
		cg_scope_of_target(explain->target, &answering->scope);
	return r == -EOVERFLOW ? 0 : r;
}

/* ---- all of it */

static void write_remarks(struct cg_json_writer *json, const struct cg_text *remarks)
{
	const char *line = cg_text_get(remarks);

	cg_json_open_array(json, "remarks");
	for (; *line; line = strchr(line, '\n') + 1)
		cg_json_string_bytes(json, NULL, line, (size_t)(strchr(line, '\n') - line));
	cg_json_close_array(json);
}

static int write_json(struct answering *answering, struct cg_text *out)
{
	struct cg_json_writer json = { .text = out };
	int status = CG_EXIT_YES;

	cg_json_open_object(&json, NULL);
	cg_json_string(&json, "profile", answering->explain->reference);
	cg_json_string(&json, "engine", NULL);
	cg_table_json(&answering->table, &json, "answers");
	cg_json_open_array(&json, "rules");
	cg_json_close_array(&json);
	write_remarks(&json, &answering->remarks);
	if (answering->explain->has_path)
		status = cg_explain_paths(answering->explain, answering->calls, answering->n_calls, &json, out);
	cg_json_close_object(&json);
	cg_text_add_char(out, '\n');
	return status;
}

static int write_text(struct answering *answering, struct cg_text *out)
{
	cg_call_format(out, &answering->calls[0]);
	cg_text_add(out, "\n\n");
	cg_table_format(&answering->table, out);
	if (answering->remarks.length)
		cg_text_addf(out, "\n%s", cg_text_get(&answering->remarks));
	if (!answering->explain->has_path)
		return CG_EXIT_YES;
	return cg_explain_paths(answering->explain, answering->calls, answering->n_calls, NULL, out);
}

int cg_explain_filter_call(const struct cg_explain *explain, const char *text, struct cg_text *out)
{
	struct answering answering = { .explain = explain };
	struct cg_err err = { 0 };
	int status;

	cg_table_init(&answering.table, cg_explain_answer_columns);
	if (find_scope(&answering, &err) < 0) {
		status = cg_subject_fail(&err);
	} else if (add_answers(&answering, text, &err) < 0) {
		status = cg_cli_fail(&err);
		status = err.code == -ENOMEM ? status : CG_EXIT_USAGE;
	} else {
		add_remarks(&answering);
		status = explain->is_json ? write_json(&answering, out) : write_text(&answering, out);
	}
	out->has_failed |= answering.remarks.has_failed;
	cg_table_done(&answering.table);
	cg_text_done(&answering.remarks);
	return status;
}
