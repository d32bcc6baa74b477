/*
 * Rounds. See tighten.h.
 *
 * In: state, profile, recordings, hits. Out: a changed profile, a changed state, and what was changed. Two steps, so that
 * the second can be proven to open nothing: what was hit comes back; then what was logged is closed, and what comes next
 * is logged. When nothing is left to be closed by name, the default action goes the same way, last of all: it stands for
 * numbers that have no name here.
 */
#include "tighten/steps.h"

#include "abi/action.h"
#include "base/cleanup.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

const char *cg_tighten_change_name(enum cg_tighten_change_kind kind)
{
	static const char *const names[] = { "ALLOW", "ERRNO", "LOG" };

	return names[kind];
}

static int begin(struct cg_tightening *work)
{
	const struct cg_tighten_input *input = work->input;
	int r = cg_editing_open(&work->document, &work->tighten->arena, input->name, input->bytes, input->length,
				input->profile, input->target, work->err);

	if (r < 0)
		return r;
	work->facts = calloc(cg_n_syscalls, sizeof(*work->facts));
	if (!work->facts)
		return cg_err_memory(work->err);
	cg_tightening_find_facts(work);
	return 0;
}

static int end(struct cg_tightening *work, int r, struct cg_text *text)
{
	if (r == 0)
		cg_editing_write(&work->document, text);
	if (r == 0 && text->has_failed)
		r = cg_err_memory(work->err);
	cg_editing_done(&work->document);
	free(work->facts);
	return r == -ENOMEM ? cg_err_memory(work->err) : r;
}

static bool is_default(const struct cg_tighten_item *item)
{
	return strcmp(item->call, CG_TIGHTEN_DEFAULT) == 0;
}

/* Both stay as they are where the other cannot be had. */
static int add_change(struct cg_tightening *work, struct cg_tighten_item *item, enum cg_tighten_change_kind kind,
		      enum cg_tighten_stage stage, uint64_t round, const char *why)
{
	struct cg_tighten_change change = { .kind = kind,
					    .what = item->what,
					    .call = cg_syscall_find(item->call),
					    .was_closed = item->stage == CG_TIGHTEN_CLOSED,
					    .why = why };

	if (work->input->count_vulnerabilities && change.call)
		change.n_vulnerabilities = work->input->count_vulnerabilities(item->call);
	if (!why || cg_vec_push(work->changes, change) < 0)
		return -ENOMEM;
	item->stage = stage;
	item->round = round;
	item->since_ns = work->input->now_ns;
	item->why = why;
	return 0;
}

/* ---- what comes back */

static bool was_allowed(const struct cg_tighten_item *item, const struct cg_tighten_hit *hit)
{
	uint32_t action;

	if (!item->was || !item->was->first)
		return true;
	for (const struct cg_json *rule = item->was->first; rule; rule = rule->next)
		if (cg_editing_action(rule, &action) && cg_action_is_permit(action) && cg_tightening_matches(rule, hit))
			return true;
	return false;
}

static bool is_of(const struct cg_tighten_item *item, const struct cg_tighten_hit *hit)
{
	const struct cg_arch *arch = cg_arch_of_call(&hit->call);
	const struct cg_syscall *call = arch ? cg_syscall_of_nr(arch, hit->call.nr) : NULL;

	if (hit->time_ns && hit->time_ns < item->since_ns)
		return false;
	/* What we log is let pass: a refusal is another filter's. */
	if (item->stage == CG_TIGHTEN_LOGGED && !hit->is_log)
		return false;
	if (!call)
		return is_default(item);
	return strcmp(call->name, item->call) == 0 && was_allowed(item, hit);
}

/* Why it comes back: NULL, it does not. "" when out of memory. */
static const char *find_hit(const struct cg_tightening *work, const struct cg_tighten_item *item)
{
	const struct cg_tighten_hit *last = NULL;
	const char *text;
	uint64_t n = 0;

	for (size_t i = 0; i < work->input->n_hits; i++)
		if (is_of(item, &work->input->hits[i])) {
			last = &work->input->hits[i];
			n += last->n ? last->n : 1;
		}
	if (!last)
		return NULL;
	text = cg_arena_format(&work->tighten->arena, "called %" PRIu64 " time%s since it was %s%s%s", n, n == 1 ? "" : "s",
			       item->stage == CG_TIGHTEN_LOGGED ? "logged" : "closed", last->who[0] ? ", last " : "",
			       last->who);
	return text ? text : "";
}

/* Could a recorded call have been one of those that are logged for their arguments? */
static bool is_logged_call_seen(const struct cg_tightening *work, const char *call)
{
	struct cg_value_set values[6];
	uint32_t action;

	for (unsigned int i = 0; i < 6; i++)
		values[i] = cg_tightening_values(work->input->summary, call, i);
	for (size_t i = 0; i < work->document.rules.n_items; i++) {
		const struct cg_editing_rule *rule = &work->document.rules.items[i];

		if (rule->applies && cg_editing_names(rule->node, call) && cg_editing_action(rule->node, &action) &&
		    action == CG_ACTION_LOG && cg_tightening_may_match(rule->node, values))
			return true;
	}
	return false;
}

static const char *find_recorded(const struct cg_tightening *work, const struct cg_tighten_item *item)
{
	const struct cg_syscall *call = cg_syscall_find(item->call);

	if (!call || !cg_tightening_fact(work, call)->is_seen)
		return NULL;
	if (item->what == CG_TIGHTEN_CALL)
		return "recorded since";
	if (item->stage == CG_TIGHTEN_LOGGED && is_logged_call_seen(work, item->call))
		return "recorded since, with other arguments or with unknown ones";
	return NULL;
}

int cg_tighten_bring_back(struct cg_tighten *tighten, const struct cg_tighten_input *input,
			  struct cg_tighten_changes *changes, struct cg_text *text, struct cg_err *err)
{
	struct cg_tightening work = { .tighten = tighten, .input = input, .changes = changes, .err = err };
	int r = begin(&work);

	for (size_t i = 0; r == 0 && i < tighten->items.n_items; i++) {
		struct cg_tighten_item *item = &tighten->items.items[i];
		const char *why;

		if (item->stage == CG_TIGHTEN_KEPT)
			continue;
		why = find_hit(&work, item);
		if (!why)
			why = find_recorded(&work, item);
		if (!why)
			continue;
		if (!is_default(item))
			r = cg_tightening_reopen(&work, item, why);
		else if (item->stage == CG_TIGHTEN_CLOSED)
			r = cg_tightening_set_default(&work, CG_ACTION_LOG, tighten->round);
		if (r == 0)
			r = why[0] ? add_change(&work, item, CG_TIGHTEN_TO_BACK, CG_TIGHTEN_KEPT, tighten->round, why) :
				     -ENOMEM;
	}
	return end(&work, r, text);
}

/* ---- what is closed */

static int compare_items(const void *pointer_to_a, const void *pointer_to_b, void *context)
{
	const struct cg_tightening *work = context;
	const struct cg_tighten_item *a = *(struct cg_tighten_item *const *)pointer_to_a;
	const struct cg_tighten_item *b = *(struct cg_tighten_item *const *)pointer_to_b;
	size_t (*count)(const char *call) = work->input->count_vulnerabilities;

	return cg_tightening_compare(cg_syscall_find(a->call), count ? count(a->call) : 0, a->what,
				     cg_syscall_find(b->call), count ? count(b->call) : 0, b->what);
}

/* Does the profile still log it? Somebody may have changed that meanwhile. */
static bool is_still_logged(const struct cg_tightening *work, const struct cg_tighten_item *item)
{
	const struct cg_fact *fact = cg_tightening_fact(work, cg_syscall_find(item->call));
	uint32_t action;

	if (!fact->has_rule)
		return fact->is_all_log;
	for (size_t i = 0; i < work->document.rules.n_items; i++) {
		const struct cg_editing_rule *rule = &work->document.rules.items[i];

		if (rule->applies && cg_editing_names(rule->node, item->call) &&
		    cg_editing_action(rule->node, &action) && action == CG_ACTION_LOG)
			return true;
	}
	return false;
}

static int close_item(struct cg_tightening *work, struct cg_tighten_item *item, uint64_t round)
{
	const char *why;
	int r;

	if (!is_still_logged(work, item)) {
		item->stage = CG_TIGHTEN_KEPT;
		item->why = "somebody else has changed it in the profile";
		return 0;
	}
	why = cg_arena_format(&work->tighten->arena, "logged since round %" PRIu64 ", and nobody called it%s",
			      item->round, item->what == CG_TIGHTEN_CALL ? "" : " with such arguments");
	r = why ? cg_tightening_close(work, item, round) : -ENOMEM;
	return r < 0 ? r : add_change(work, item, CG_TIGHTEN_TO_ERRNO, CG_TIGHTEN_CLOSED, round, why);
}

static int close_logged(struct cg_tightening *work, uint64_t round)
{
	struct cg_tighten *tighten = work->tighten;
	CG_FREE struct cg_tighten_item **logged = calloc(tighten->items.n_items + 1, sizeof(struct cg_tighten_item *));
	size_t n = 0;
	int r = logged ? 0 : -ENOMEM;

	for (size_t i = 0; r == 0 && i < tighten->items.n_items; i++)
		if (tighten->items.items[i].stage == CG_TIGHTEN_LOGGED && cg_syscall_find(tighten->items.items[i].call))
			logged[n++] = &tighten->items.items[i];
	if (n)
		qsort_r(logged, n, sizeof(logged[0]), compare_items, work);
	for (size_t i = 0; r == 0 && i < n && i < work->input->n_step; i++)
		r = close_item(work, logged[i], round);
	return r;
}

/* ---- what is logged */

/* "critical risk: Attaches …; 3 known vulnerabilities are reached through it; allowed at line 12, in none of 4 runs". */
static const char *reason_of(const struct cg_tightening *work, const struct cg_candidate *candidate)
{
	const struct cg_fact *fact = cg_tightening_fact(work, candidate->call);
	const struct cg_profile *profile = work->input->profile;
	CG_CLEANUP(cg_text_done) struct cg_text text = { 0 };

	if (candidate->call->tier != CG_TIER_NONE)
		cg_text_addf(&text, "%s risk: %.*s; ", cg_tier_name(candidate->call->tier),
			     (int)strcspn(candidate->call->reason, "."), candidate->call->reason);
	if (candidate->n_vulnerabilities)
		cg_text_addf(&text, "%zu known vulnerabilit%s reached through it; ", candidate->n_vulnerabilities,
			     candidate->n_vulnerabilities == 1 ? "y is" : "ies are");
	if (fact->first_rule && profile->rules.items[fact->first_rule - 1].line)
		cg_text_addf(&text, "allowed at line %" PRIu32 ", ", profile->rules.items[fact->first_rule - 1].line);
	else
		cg_text_add(&text, "allowed by the default, ");
	if (candidate->what == CG_TIGHTEN_CALL)
		cg_text_addf(&text, "in none of %zu run%s", work->input->n_runs, work->input->n_runs == 1 ? "" : "s");
	else if (!candidate->narrowing.n_rules)
		cg_text_add(&text, "under conditions that no recorded call meets");
	else if (candidate->narrowing.is_mask)
		cg_text_addf(&text, "with bits of %s that were never set", candidate->narrowing.argument);
	else
		cg_text_addf(&text, "with other values of %s than the %zu that are kept", candidate->narrowing.argument,
			     candidate->narrowing.n_values);
	return text.has_failed ? NULL : cg_arena_copy_text(&work->tighten->arena, cg_text_get(&text));
}

static struct cg_tighten_item *find_item(const struct cg_tighten *tighten, const char *call)
{
	for (size_t i = 0; i < tighten->items.n_items; i++)
		if (strcmp(tighten->items.items[i].call, call) == 0)
			return &tighten->items.items[i];
	return NULL;
}

static struct cg_tighten_item *find_or_add(struct cg_tighten *tighten, const char *call)
{
	struct cg_tighten_item *item = find_item(tighten, call);

	if (item)
		return item;
	if (cg_vec_push(&tighten->items, (struct cg_tighten_item){ .call = call }) < 0)
		return NULL;
	return &tighten->items.items[tighten->items.n_items - 1];
}

static int log_candidate(struct cg_tightening *work, const struct cg_candidate *candidate, uint64_t round)
{
	struct cg_tighten_item *item = find_or_add(work->tighten, candidate->call->name);
	const char *why = reason_of(work, candidate);
	int r;

	if (!item || !why)
		return -ENOMEM;
	item->what = candidate->what;
	item->was = cg_editing_copy(&work->document, candidate->call->name);
	r = cg_tightening_log(work, candidate, round);
	return r < 0 ? r : add_change(work, item, CG_TIGHTEN_TO_LOG, CG_TIGHTEN_LOGGED, round, why);
}

/* What the profile logs already is watched from now on: nothing changes in it. */
static int adopt(struct cg_tightening *work, const char *call, uint64_t round)
{
	struct cg_tighten_item *item = find_or_add(work->tighten, call);

	if (!item)
		return -ENOMEM;
	item->what = CG_TIGHTEN_CALL;
	item->was = cg_editing_copy(&work->document, call);
	item->stage = CG_TIGHTEN_LOGGED;
	item->round = round;
	item->since_ns = work->input->now_ns;
	item->why = "the profile logs it";
	return work->document.tree.has_failed ? -ENOMEM : 0;
}

static int log_next(struct cg_tightening *work, uint64_t round, struct cg_tighten_rest *rest)
{
	struct cg_candidates candidates = { 0 };
	uint64_t n_logged = 0;
	int r = cg_tightening_choose(work, &candidates, rest);

	for (size_t i = 0; r == 0 && i < candidates.n_items; i++) {
		const struct cg_candidate *candidate = &candidates.items[i];

		if (candidate->is_logged && candidate->what == CG_TIGHTEN_CALL) {
			r = adopt(work, candidate->call->name, round);
			rest->n_adopted++;
		} else if (n_logged < work->input->n_step) {
			r = log_candidate(work, candidate, round);
			n_logged++;
		} else {
			rest->n_candidates++;
		}
	}
	cg_vec_done(&candidates);
	if (r == 0 && work->input->policy->default_action == CG_ACTION_LOG &&
	    !find_item(work->tighten, CG_TIGHTEN_DEFAULT))
		r = adopt(work, CG_TIGHTEN_DEFAULT, round);
	return r;
}

/* ---- the default */

static int step_default(struct cg_tightening *work, uint64_t round)
{
	const uint32_t action = work->input->policy->default_action & CG_ACTION_MASK;
	struct cg_tighten_item *item;
	int r;

	if (!cg_action_is_permit(action) || !cg_tightening_is_default_simple(work, action))
		return 0;
	item = find_or_add(work->tighten, CG_TIGHTEN_DEFAULT);
	if (!item)
		return -ENOMEM;
	if (item->round && item->stage == CG_TIGHTEN_KEPT)
		return 0;
	if (action == CG_ACTION_ALLOW) {
		r = cg_tightening_set_default(work, CG_ACTION_LOG, round);
		return r < 0 ? r :
			       add_change(work, item, CG_TIGHTEN_TO_LOG, CG_TIGHTEN_LOGGED, round,
					  "all calls that have a name are decided: this is for all others");
	}
	r = cg_tightening_set_default(work, cg_action_errno(ENOSYS), round);
	return r < 0 ? r :
		       add_change(work, item, CG_TIGHTEN_TO_ERRNO, CG_TIGHTEN_CLOSED, round,
				  "all calls that have a name are decided, and no other was logged");
}

int cg_tighten_advance(struct cg_tighten *tighten, const struct cg_tighten_input *input,
		       struct cg_tighten_changes *changes, struct cg_tighten_rest *ret_rest, struct cg_text *text,
		       struct cg_err *err)
{
	struct cg_tightening work = { .tighten = tighten, .input = input, .changes = changes, .err = err };
	struct cg_tighten_rest rest = { 0 };
	const uint64_t round = tighten->round + 1;
	const size_t n_before = changes->n_items;
	int r = begin(&work);

	if (r == 0)
		r = close_logged(&work, round);
	if (r == 0)
		r = log_next(&work, round, &rest);
	for (size_t i = 0; i < tighten->items.n_items; i++)
		rest.n_logged += tighten->items.items[i].stage == CG_TIGHTEN_LOGGED &&
				 strcmp(tighten->items.items[i].call, CG_TIGHTEN_DEFAULT) != 0;
	if (r == 0 && changes->n_items == n_before && !rest.n_logged && !rest.n_candidates && !rest.n_left)
		r = step_default(&work, round);
	r = end(&work, r, text);
	if (r < 0)
		return r;
	if (changes->n_items > n_before || rest.n_adopted) {
		tighten->round = round;
		tighten->began_ns = input->now_ns;
		tighten->began = input->now;
	}
	*ret_rest = rest;
	return 0;
}
