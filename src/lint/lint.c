/*
 * Runs the rules of lint, and gives them what they ask of a profile and its policy.
 *
 * The policy's rules are sorted once into calls (arch, number), each with its rules in their order; what says the same
 * as the default is left out, as by eval. Places are found by name: a policy's rule knows its line only.
 */
#include "lint/rules.h"

#include "abi/errnos.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void add_call(struct cg_lint *lint, const struct cg_rule *const *rules, size_t n_rules)
{
	const struct cg_syscall *found = cg_syscall_of_nr(rules[0]->arch, rules[0]->nr);
	struct cg_lint_call *call = &lint->calls[lint->n_calls++];

	*call = (struct cg_lint_call){ .arch = rules[0]->arch, .nr = rules[0]->nr, .rules = rules, .n_rules = n_rules };
	call->name = found ? found->name : NULL;
	for (size_t i = 0; i < n_rules && !call->unconditional; i++)
		if (rules[i]->n_comparisons == 0)
			call->unconditional = rules[i];
}

static int sort_rules(struct cg_lint *lint)
{
	const struct cg_policy *policy = lint->policy;
	size_t n_rules = 0;
	const struct cg_rule **rules = cg_arena_alloc_array(&lint->arena, policy->rules.n_items, sizeof(*rules));

	lint->calls = cg_arena_alloc_array(&lint->arena, policy->rules.n_items, sizeof(*lint->calls));
	if (!rules || !lint->calls)
		return -ENOMEM;
	for (size_t i = 0; i < policy->rules.n_items; i++)
		if (policy->rules.items[i].action != policy->default_action)
			rules[n_rules++] = &policy->rules.items[i];
	if (n_rules)
		qsort(rules, n_rules, sizeof(*rules), cg_rule_compare_calls);
	for (size_t first = 0, end; first < n_rules; first = end) {
		for (end = first; end < n_rules; end++)
			if (rules[end]->arch != rules[first]->arch || rules[end]->nr != rules[first]->nr)
				break;
		add_call(lint, rules + first, end - first);
	}
	return 0;
}

int cg_lint_start(struct cg_lint *lint)
{
	return lint->policy ? sort_rules(lint) : 0;
}

void cg_lint_done(struct cg_lint *lint)
{
	cg_arena_done(&lint->arena);
}

/* As grave as the gravest of them, so that --fail-on misses none. */
static int say_how_many_more(const struct cg_lint *lint)
{
	char message[CG_ERR_MESSAGE_SIZE];
	struct cg_note note = { .severity = lint->worst_unsaid, .rule = lint->rule->id, .message = message,
				.remedy = "mend those that are told, and check again" };

	if (lint->n_said <= CG_LINT_FINDINGS_LIMIT)
		return 0;
	snprintf(message, sizeof(message), "%zu more of these are not told one by one",
		 lint->n_said - CG_LINT_FINDINGS_LIMIT);
	return cg_notes_add(lint->notes, &note);
}

int cg_lint(const struct cg_profile *profile, const struct cg_target *target, const struct cg_policy *policy,
	    struct cg_notes *notes, struct cg_err *err)
{
	struct cg_lint lint = { .profile = profile, .target = target, .policy = policy, .notes = notes };
	int r = cg_lint_start(&lint);

	for (size_t i = 0; r == 0 && i < cg_n_lint_rules; i++) {
		lint.rule = &cg_lint_rules[i];
		lint.n_said = 0;
		lint.worst_unsaid = CG_SEVERITY_NOTE;
		if (policy || !lint.rule->needs_policy)
			r = lint.rule->run(&lint);
		if (r == 0)
			r = say_how_many_more(&lint);
	}
	cg_lint_done(&lint);
	return r < 0 ? cg_err_memory(err) : 0;
}

static int say(struct cg_lint *lint, enum cg_severity severity, struct cg_lint_place at, const char *format,
	       va_list args)
{
	char message[CG_ERR_MESSAGE_SIZE];
	struct cg_note note = { .severity = severity,
				.rule = lint->rule->id,
				.line = at.line,
				.column = at.column,
				.message = message,
				.remedy = lint->rule->remedy };

	if (lint->n_said++ >= CG_LINT_FINDINGS_LIMIT) {
		if (severity > lint->worst_unsaid)
			lint->worst_unsaid = severity;
		return 0;
	}
	vsnprintf(message, sizeof(message), format, args);
	return cg_notes_add(lint->notes, &note);
}

int cg_lint_say(struct cg_lint *lint, struct cg_lint_place at, const char *format, ...)
{
	va_list args;
	int r;

	va_start(args, format);
	r = say(lint, lint->rule->severity, at, format, args);
	va_end(args);
	return r;
}

int cg_lint_say_as(struct cg_lint *lint, enum cg_severity severity, struct cg_lint_place at, const char *format, ...)
{
	va_list args;
	int r;

	va_start(args, format);
	r = say(lint, severity, at, format, args);
	va_end(args);
	return r;
}

const struct cg_lint_call *cg_lint_find(const struct cg_lint *lint, const struct cg_arch *arch, const char *name)
{
	size_t least = 0, end = lint->n_calls;
	uint32_t nr;

	if (!cg_syscall_number(arch, name, &nr))
		return NULL;
	while (least < end) {
		size_t middle = least + (end - least) / 2;
		const struct cg_lint_call *call = &lint->calls[middle];

		if (call->arch == arch && call->nr == nr)
			return call;
		if (arch < call->arch || (arch == call->arch && nr < call->nr))
			end = middle;
		else
			least = middle + 1;
	}
	return NULL;
}

/* Without conditions the answer is the unconditional rule's, or the default's. */
static bool permits(const struct cg_lint *lint, const struct cg_lint_call *call)
{
	return cg_action_is_permit(call && call->unconditional ? call->unconditional->action :
								 lint->policy->default_action);
}

bool cg_lint_is_open(const struct cg_lint *lint, const struct cg_arch *arch, const char *name)
{
	const struct cg_lint_call *call = cg_lint_find(lint, arch, name);
	uint32_t nr;

	if (!cg_syscall_number(arch, name, &nr) || !permits(lint, call))
		return false;
	if (!call || call->unconditional)
		return true;
	for (size_t i = 0; i < call->n_rules; i++)
		if (!cg_action_is_permit(call->rules[i]->action))
			return false;
	return true;
}

bool cg_lint_is_possible(const struct cg_lint *lint, const struct cg_arch *arch, const char *name)
{
	const struct cg_lint_call *call = cg_lint_find(lint, arch, name);
	uint32_t nr;

	if (!cg_syscall_number(arch, name, &nr))
		return false;
	if (permits(lint, call))
		return true;
	for (size_t i = 0; call && !call->unconditional && i < call->n_rules; i++)
		if (cg_action_is_permit(call->rules[i]->action))
			return true;
	return false;
}

bool cg_lint_is_possible_anywhere(const struct cg_lint *lint, const char *name)
{
	for (size_t i = 0; i < lint->policy->n_arches; i++)
		if (cg_lint_is_possible(lint, lint->policy->arches[i], name))
			return true;
	return false;
}

bool cg_lint_is_open_anywhere(const struct cg_lint *lint, const char *name)
{
	for (size_t i = 0; i < lint->policy->n_arches; i++)
		if (cg_lint_is_open(lint, lint->policy->arches[i], name))
			return true;
	return false;
}

struct cg_lint_place cg_lint_place_of(const struct cg_lint *lint, const char *name)
{
	for (size_t i = 0; i < lint->profile->rules.n_items; i++) {
		const struct cg_profile_rule *rule = &lint->profile->rules.items[i];

		if (!cg_action_is_permit(rule->action) || !cg_profile_rule_applies(rule, lint->target))
			continue;
		for (size_t n = 0; n < rule->names.n_items; n++)
			if (strcmp(rule->names.items[n].text, name) == 0)
				return (struct cg_lint_place){ rule->names.items[n].line, rule->names.items[n].column };
	}
	return (struct cg_lint_place){ lint->profile->default_action_place.line,
				       lint->profile->default_action_place.column };
}

struct cg_lint_place cg_lint_place_of_rule(const struct cg_profile_rule *rule)
{
	return (struct cg_lint_place){ rule->line, rule->column };
}

/* Does it say what the rule says, as far as is to be seen? On one line there may stand several. */
static bool is_like(const struct cg_lint *lint, const struct cg_profile_rule *from, const struct cg_rule *rule)
{
	uint32_t action;

	return cg_lint_action_of(lint, from, &action) && action == rule->action &&
	       (from->args.n_items > 0) == (rule->n_comparisons > 0);
}

struct cg_lint_place cg_lint_place_of_decision(const struct cg_lint *lint, const struct cg_lint_call *call,
					       const struct cg_rule *rule)
{
	struct cg_lint_place place = { rule->origin, 0 };

	for (size_t i = 0; call->name && i < lint->profile->rules.n_items; i++) {
		const struct cg_profile_rule *from = &lint->profile->rules.items[i];
		bool is_better = place.column == 0 || is_like(lint, from, rule);

		for (size_t n = 0; is_better && n < from->names.n_items; n++) {
			if (from->names.items[n].line != rule->origin ||
			    strcmp(from->names.items[n].text, call->name) != 0)
				continue;
			place.column = from->names.items[n].column;
			if (is_like(lint, from, rule))
				return place;
		}
	}
	return place;
}

bool cg_lint_speaks_for_its_name(const struct cg_lint *lint, const struct cg_lint_call *call)
{
	for (size_t i = 0; call->name && i < lint->policy->n_arches; i++) {
		const struct cg_lint_call *other = cg_lint_find(lint, lint->policy->arches[i], call->name);

		if (other)
			return other == call;
	}
	return true;
}

/* Refused by a rule that says so; not by one whose errno stands for "this kernel does not have it". */
static bool is_named_refusal(uint32_t action)
{
	return !cg_action_is_permit(action) && cg_action_row(action)->is_denial && action != cg_action_errno(ENOSYS);
}

static bool profile_refuses(const struct cg_lint *lint, const char *name, struct cg_lint_place *ret_place)
{
	for (size_t i = 0; i < lint->profile->rules.n_items; i++) {
		const struct cg_profile_rule *rule = &lint->profile->rules.items[i];
		uint32_t action;

		if (!cg_lint_action_of(lint, rule, &action) || !is_named_refusal(action) ||
		    !cg_profile_rule_applies(rule, lint->target))
			continue;
		for (size_t n = 0; n < rule->names.n_items; n++)
			if (strcmp(rule->names.items[n].text, name) == 0) {
				*ret_place = (struct cg_lint_place){ rule->names.items[n].line,
								     rule->names.items[n].column };
				return true;
			}
	}
	return false;
}

enum cg_lint_restriction cg_lint_restriction(const struct cg_lint *lint, const struct cg_arch *arch, const char *name,
					     struct cg_lint_place *ret_place)
{
	const struct cg_lint_call *call = cg_lint_find(lint, arch, name);
	uint32_t nr;

	*ret_place = (struct cg_lint_place){ 0, 0 };
	if (!cg_syscall_number(arch, name, &nr) || cg_lint_is_open(lint, arch, name))
		return CG_LINT_UNRESTRICTED;
	if (cg_lint_is_possible(lint, arch, name)) {
		*ret_place = cg_lint_place_of_decision(lint, call, call->rules[0]);
		return CG_LINT_BY_ARGUMENTS;
	}
	return profile_refuses(lint, name, ret_place) ? CG_LINT_BY_NAME : CG_LINT_BY_DEFAULT;
}

bool cg_lint_action_of(const struct cg_lint *lint, const struct cg_profile_rule *rule, uint32_t *ret_action)
{
	unsigned int named;

	if (rule->bad_action.text)
		return false;
	*ret_action = rule->action;
	if (!cg_action_row(rule->action)->takes_data)
		return true;
	*ret_action |= rule->has_errno_ret ? (uint32_t)rule->errno_ret & CG_ACTION_DATA : EPERM;
	if (rule->errno_name.text && cg_engine_has(lint->target->engine, CG_TRAIT_READS_ERRNO_NAMES) &&
	    cg_errno_find(rule->errno_name.text, &named))
		*ret_action = rule->action | named;
	return true;
}

#define NAMES_SHOWN 6

void cg_lint_names_add(struct cg_lint_names *names, const char *name)
{
	if (names->n_names++ >= (names->n_most ? names->n_most : NAMES_SHOWN))
		return;
	cg_text_addf(&names->text, "%s%s", names->n_shown++ ? ", " : "", name);
}

const char *cg_lint_names_get(struct cg_lint_names *names)
{
	if (names->n_names > names->n_shown)
		cg_text_addf(&names->text, " and %zu more", names->n_names - names->n_shown);
	names->n_shown = names->n_names; /* said once */
	return names->text.has_failed ? NULL : cg_text_get(&names->text);
}

void cg_lint_names_done(struct cg_lint_names *names)
{
	cg_text_done(&names->text);
}
