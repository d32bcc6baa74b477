/*
 * See engines.h. An engine's reading is its policy, and two policies are compared by the exact checker, so that a
 * difference is a call and not a suspicion.
 */
#include "lint/engines.h"

#include "abi/call_text.h"
#include "base/cleanup.h"
#include "lint/kinds.h"
#include "profile/stub.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct comparing {
	const char *name, *bytes;
	size_t length;
	struct cg_target target;
	struct cg_meanings *meanings;
	uint32_t as_written; /* root */
	size_t n_ignored;    /* by the engine `oci` */
};

const char *cg_reading_outcome_name(enum cg_reading_outcome outcome)
{
	static const char *const names[] = {
		[CG_READING_SAME] = "same",		[CG_READING_DIFFERS] = "differs",
		[CG_READING_REJECTS] = "rejects",	[CG_READING_UNCONFINED] = "unconfined",
		[CG_READING_UNDECIDED] = "undecided",
	};

	return names[outcome];
}

static size_t count_ignored(const struct cg_notes *notes)
{
	size_t n = 0;

	for (size_t i = 0; i < notes->list.n_items; i++)
		n += strcmp(notes->list.items[i].rule, "ignored-key") == 0;
	return n;
}

/* What the engine makes of the text; the error stays in the reading. */
static int read_as(struct comparing *comparing, const struct cg_engine *engine, struct cg_reading *reading,
		   struct cg_policy **ret_policy)
{
	struct cg_profile *profile = NULL;
	struct cg_notes notes = { 0 };
	int r;

	comparing->target.engine = engine;
	r = cg_profile_read(comparing->name, comparing->bytes, comparing->length, &comparing->target, &notes, &profile,
			    &reading->err);
	if (r == 0)
		r = cg_profile_resolve(profile, &comparing->target, &notes, ret_policy, &reading->err);
	reading->n_ignored = count_ignored(&notes);
	cg_notes_done(&notes);
	cg_profile_free(profile);
	return r;
}

static int compare(struct comparing *comparing, const struct cg_policy *policy, struct cg_reading *reading)
{
	uint32_t root;
	int r = cg_meaning_of_policy(comparing->meanings, policy, &root, &reading->err);

	if (r == -EOVERFLOW)
		reading->outcome = CG_READING_UNDECIDED;
	if (r < 0)
		return r == -EOVERFLOW ? 0 : r;
	reading->outcome = cg_meaning_differ(comparing->meanings, root, comparing->as_written, &reading->witness) ?
				   CG_READING_DIFFERS :
				   CG_READING_SAME;
	return 0;
}

/* ---- what runc adds */

#define ENOSYS_NAMES_MOST 3
#define ENOSYS_ARCHES_MOST 3

/* "on x86_64 cachestat, fchmodat2, futex_wake and 12 more": the calls above `largest`. Returns how many. */
static size_t add_newer(struct cg_text *text, const struct cg_arch *arch, uint32_t largest)
{
	size_t n = 0;

	for (size_t i = 0; i < arch->n_rows; i++) {
		if (arch->rows[i].nr <= largest)
			continue;
		if (n < ENOSYS_NAMES_MOST)
			cg_text_addf(text, "%s%s", n ? ", " : "", cg_syscalls[arch->rows[i].call].name);
		n++;
	}
	if (n > ENOSYS_NAMES_MOST)
		cg_text_addf(text, " and %zu more", n - ENOSYS_NAMES_MOST);
	return n;
}

/* No rule speaks of a number above the largest that is named, so that the default would have answered it. */
static int find_enosys(const struct cg_policy *policy, const struct cg_engine *engine, struct cg_reading *reading)
{
	CG_CLEANUP(cg_text_done) struct cg_text text = { 0 }, calls = { 0 };
	size_t n_arches = 0;

	for (size_t i = 0; i < policy->n_arches; i++) {
		uint32_t largest;
		size_t n;

		cg_text_clear(&calls);
		if (policy->default_action == CG_STUB_ANSWER ||
		    !cg_stub_largest(policy, engine, policy->arches[i], &largest))
			continue;
		n = add_newer(&calls, policy->arches[i], largest);
		reading->n_enosys += n;
		if (n && n_arches++ < ENOSYS_ARCHES_MOST)
			cg_text_addf(&text, "%s on %s %s", n_arches > 1 ? ";" : "", policy->arches[i]->name,
				     cg_text_get(&calls));
	}
	if (n_arches > ENOSYS_ARCHES_MOST)
		cg_text_addf(&text, "; and on %zu more architectures", n_arches - ENOSYS_ARCHES_MOST);
	cg_text_clear(&calls);
	cg_action_format(&calls, policy->default_action);
	if (n_arches)
		snprintf(reading->enosys, sizeof(reading->enosys),
			 ": calls newer than any that the profile names get ERRNO(ENOSYS) from runc itself, and not %s:%s",
			 cg_text_get(&calls), cg_text_get(&text));
	return text.has_failed || calls.has_failed ? -ENOMEM : 0;
}

static int judge(struct comparing *comparing, const struct cg_engine *engine, struct cg_reading *reading)
{
	struct cg_policy *policy = NULL;
	int r;

	reading->engine = engine;
	r = read_as(comparing, engine, reading, &policy);
	if (r == -ENOMEM)
		return r;
	if (r < 0) {
		reading->outcome = CG_READING_REJECTS;
		return 0;
	}
	if (!policy) {
		reading->outcome = CG_READING_UNCONFINED;
		return 0;
	}
	reading->n_ignored -= reading->n_ignored < comparing->n_ignored ? reading->n_ignored : comparing->n_ignored;
	r = compare(comparing, policy, reading);
	if (r == 0)
		r = find_enosys(policy, engine, reading);
	cg_policy_free(policy);
	return r;
}

/* ---- findings */

static void add_name(struct cg_text *text, const struct cg_engine *engine)
{
	cg_text_addf(text, "%s%s%s", engine->name, engine->version[0] ? " " : "", engine->version);
}

/* ":14:19" at the end of an error's place. */
static void find_place(const struct cg_err *err, struct cg_note *note)
{
	const char *second = strrchr(err->place, ':'), *first = second;

	while (first && first > err->place && first[-1] != ':')
		first--;
	if (second && first > err->place && sscanf(first, "%u:%u", &note->line, &note->column) != 2)
		note->line = note->column = 0;
}

/* What stands behind the engines' names. */
static void add_message(struct cg_text *text, const struct cg_reading *reading)
{
	CG_CLEANUP(cg_text_done) struct cg_text call = { 0 };

	switch (reading->outcome) {
	case CG_READING_REJECTS:
		cg_text_addf(text, ": rejected: %s", reading->err.message);
		break;
	case CG_READING_UNCONFINED:
		cg_text_add(text, ": no seccomp is applied at all");
		break;
	case CG_READING_UNDECIDED:
		cg_text_add(text, ": could not be compared within the budget");
		break;
	case CG_READING_DIFFERS:
		cg_call_format(&call, &reading->witness.call);
		cg_text_addf(text, ": read otherwise: %s (%s) is ", cg_text_get(&call),
			     cg_arch_of_call(&reading->witness.call) ? cg_arch_of_call(&reading->witness.call)->name :
								       "another architecture");
		cg_action_format(text, reading->witness.a);
		cg_text_add(text, ", and ");
		cg_action_format(text, reading->witness.b);
		cg_text_add(text, " as written");
		break;
	case CG_READING_SAME:
		cg_text_addf(text, ": %zu part%s ignored, which makes no difference", reading->n_ignored,
			     reading->n_ignored == 1 ? "" : "s");
		break;
	}
	text->has_failed |= call.has_failed;
}

static const char *rule_of(const struct cg_reading *reading)
{
	static const char *const rules[] = {
		[CG_READING_SAME] = "engine-ignores",	    [CG_READING_DIFFERS] = "engine-differs",
		[CG_READING_REJECTS] = "engine-rejects",    [CG_READING_UNCONFINED] = "engine-unconfined",
		[CG_READING_UNDECIDED] = "engine-undecided",
	};

	return rules[reading->outcome];
}

/* Two things can be said of one engine: how it reads the profile, and what its runtime adds. "" where there is none. */
static void add_saying(struct cg_text *text, const struct cg_reading *reading, bool is_enosys)
{
	if (is_enosys)
		cg_text_add(text, reading->enosys);
	else if (reading->outcome != CG_READING_SAME || reading->n_ignored)
		add_message(text, reading);
}

static int add_note(const struct cg_reading *reading, bool is_enosys, const char *message, struct cg_notes *notes)
{
	struct cg_finding_kind kind;
	struct cg_note note = { 0 };
	size_t at;

	cg_finding_kind_find(is_enosys ? "engine-enosys" : rule_of(reading), &at);
	kind = cg_finding_kind_at(at);
	if (!is_enosys && reading->outcome == CG_READING_REJECTS)
		find_place(&reading->err, &note);
	note.severity = kind.severity;
	note.rule = kind.id;
	note.message = message;
	note.remedy = kind.remedy;
	return cg_notes_add(notes, &note);
}

/* One finding for all engines that say the same; `is_said` marks those that an earlier one spoke for. */
static int say(const struct cg_readings *readings, size_t index, bool is_enosys, bool *is_said, struct cg_notes *notes)
{
	CG_CLEANUP(cg_text_done) struct cg_text message = { 0 }, text = { 0 }, other = { 0 };
	const struct cg_reading *reading = &readings->list.items[index];

	add_saying(&message, reading, is_enosys);
	if (is_said[index] || (!message.length && !message.has_failed))
		return 0;
	for (size_t i = index; i < readings->list.n_items; i++) {
		cg_text_clear(&other);
		add_saying(&other, &readings->list.items[i], is_enosys);
		if ((!is_enosys && readings->list.items[i].outcome != reading->outcome) ||
		    strcmp(cg_text_get(&other), cg_text_get(&message)) != 0)
			continue;
		is_said[i] = true;
		cg_text_add(&text, i == index ? "" : ", ");
		add_name(&text, readings->list.items[i].engine);
	}
	cg_text_add(&text, cg_text_get(&message));
	if (text.has_failed || message.has_failed || other.has_failed)
		return -ENOMEM;
	return add_note(reading, is_enosys, cg_text_get(&text), notes);
}

static int judge_all(struct comparing *comparing, struct cg_readings *readings)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < cg_n_engines; i++) {
		struct cg_reading reading = { 0 };

		if (strcmp(cg_engines[i].name, "oci") == 0)
			continue;
		r = judge(comparing, &cg_engines[i], &reading);
		if (r == 0)
			r = cg_vec_push(&readings->list, reading);
	}
	return r;
}

static int say_all(const struct cg_readings *readings, struct cg_notes *notes)
{
	size_t n = readings->list.n_items;
	bool *is_said = calloc(2 * n + 1, sizeof(*is_said));
	int r = is_said ? 0 : -ENOMEM;

	for (size_t i = 0; r == 0 && i < n; i++)
		r = say(readings, i, false, is_said, notes);
	for (size_t i = 0; r == 0 && i < n; i++)
		r = say(readings, i, true, is_said + n, notes);
	free(is_said);
	return r;
}

int cg_lint_engines(const char *name, const char *bytes, size_t length, const struct cg_target *target,
		    const struct cg_policy *as_written, struct cg_readings *ret_readings, struct cg_notes *notes,
		    struct cg_err *err)
{
	struct comparing comparing = { .name = name, .bytes = bytes, .length = length, .target = *target };
	struct cg_readings readings = { 0 };
	struct cg_reading own = { 0 };
	struct cg_policy *again = NULL;
	int r;

	comparing.meanings = cg_meanings_new(NULL);
	r = comparing.meanings ? cg_meaning_of_policy(comparing.meanings, as_written, &comparing.as_written, err) :
				 -ENOMEM;
	if (r == 0) {
		if (read_as(&comparing, cg_engine_find("oci"), &own, &again) == 0)
			comparing.n_ignored = own.n_ignored;
		r = judge_all(&comparing, &readings);
	}
	if (r == 0)
		r = say_all(&readings, notes);
	cg_policy_free(again);
	cg_meanings_free(comparing.meanings);
	if (r < 0) {
		cg_readings_done(&readings);
		return r == -ENOMEM ? cg_err_memory(err) : r;
	}
	*ret_readings = readings;
	return 0;
}

void cg_readings_done(struct cg_readings *readings)
{
	cg_vec_done(&readings->list);
}
