/*
 * Is the gate behind a phase open, and what does it still wait for? See rollout.h.
 *
 * Every condition is one row of the answer, with a sentence for people; unknown is told as unknown, and is as good as
 * no. A clock that stands before the phase's beginning proves nothing about how long the phase has lasted.
 */
#include "rollout/rollout.h"

#include "base/cleanup.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define NAMES_TOLD 3 /* hosts, calls: so many are named, the rest counted */

uint64_t cg_rollout_quiet_since(const struct cg_rollout_gate *gate, uint64_t since_ms, uint64_t now_ms)
{
	if (!gate->quiet_ms || now_ms < since_ms || now_ms - since_ms < gate->quiet_ms)
		return since_ms;
	return now_ms - gate->quiet_ms;
}

void cg_rollout_facts_done(struct cg_rollout_facts *facts)
{
	cg_vec_done(&facts->hosts);
	cg_vec_done(&facts->seen);
}

static int compare_hosts(const void *left, const void *right)
{
	const struct cg_rollout_host_fact *a = left, *b = right;

	return strcasecmp(a->name, b->name);
}

void cg_rollout_facts_sort(struct cg_rollout_facts *facts)
{
	if (facts->hosts.n_items)
		qsort(facts->hosts.items, facts->hosts.n_items, sizeof(*facts->hosts.items), compare_hosts);
}

const struct cg_rollout_host_fact *cg_rollout_fact_of(const struct cg_rollout_facts *facts, const char *host)
{
	const struct cg_rollout_host_fact key = { .name = host };

	return facts->hosts.n_items ? bsearch(&key, facts->hosts.items, facts->hosts.n_items, sizeof(key), compare_hosts) :
				      NULL;
}

struct deciding {
	const struct cg_rollout *rollout;
	const struct cg_rollout_gate *gate;
	const struct cg_rollout_facts *facts;
	struct cg_arena *arena;
	struct cg_rollout_decision *decision;
	bool has_failed;
};

/* Takes the text over. */
static void add(struct deciding *deciding, const char *name, enum cg_rollout_holds holds, struct cg_text *text)
{
	struct cg_rollout_condition *condition = &deciding->decision->conditions[deciding->decision->n_conditions++];

	*condition = (struct cg_rollout_condition){ .name = name, .holds = holds };
	condition->says = text->has_failed ? NULL : cg_arena_copy_text(deciding->arena, cg_text_get(text));
	deciding->has_failed |= !condition->says;
	cg_text_done(text);
}

static void add_span(struct cg_text *text, uint64_t ms)
{
	static const struct {
		const char *unit;
		uint64_t ms;
	} units[] = { { "d", 86400000 }, { "h", 3600000 }, { "min", 60000 }, { "s", 1000 } };
	size_t i = 0;

	while (i < 3 && ms < units[i].ms)
		i++;
	cg_text_addf(text, "%llu %s", (unsigned long long)(ms / units[i].ms), units[i].unit);
	if (i < 3 && ms % units[i].ms / units[i + 1].ms)
		cg_text_addf(text, " %llu %s", (unsigned long long)(ms % units[i].ms / units[i + 1].ms), units[i + 1].unit);
}

static void decide_time(struct deciding *deciding, uint64_t since_ms, uint64_t minimum_ms)
{
	uint64_t now = deciding->facts->now_ms;
	struct cg_text text = { 0 };

	if (now < since_ms) {
		cg_text_add(&text, "the clock stands ");
		add_span(&text, since_ms - now);
		cg_text_add(&text, " before the beginning of the phase: set it right");
		add(deciding, "time", CG_ROLLOUT_NO, &text);
		return;
	}
	add_span(&text, now - since_ms);
	cg_text_add(&text, " of ");
	add_span(&text, minimum_ms);
	if (now - since_ms < minimum_ms) {
		cg_text_add(&text, ", ");
		add_span(&text, minimum_ms - (now - since_ms));
		cg_text_add(&text, " to go");
	}
	add(deciding, "time", now - since_ms < minimum_ms ? CG_ROLLOUT_NO : CG_ROLLOUT_YES, &text);
}

static void decide_changed(struct deciding *deciding)
{
	const char *changed = deciding->facts->changed;
	struct cg_text text = { 0 };

	if (!changed)
		return;
	cg_text_addf(&text, "%s since the phase began: begin it again with rollback --to", changed);
	add(deciding, "profile", CG_ROLLOUT_NO, &text);
}

/* ---- hosts */

/* The i-th host that should be there: of the list; else of those that the source knows. */
static const char *expected_host(const struct deciding *deciding, size_t i)
{
	const struct cg_rollout_hosts *listed = &deciding->rollout->hosts;

	if (listed->n_items)
		return i < listed->n_items ? listed->items[i] : NULL;
	return i < deciding->facts->hosts.n_items ? deciding->facts->hosts.items[i].name : NULL;
}

static bool is_good(const struct deciding *deciding, const char *host)
{
	const struct cg_rollout_host_fact *fact = cg_rollout_fact_of(deciding->facts, host);

	return fact && fact->is_reporting && !fact->is_blind && fact->watched_percent >= deciding->gate->watched_percent;
}

static void say_bad(const struct deciding *deciding, const char *host, struct cg_text *why)
{
	const struct cg_rollout_host_fact *fact = cg_rollout_fact_of(deciding->facts, host);

	if (!fact || !fact->is_reporting)
		cg_text_addf(why, "; %s does not report", host);
	else if (fact->is_blind)
		cg_text_addf(why,
			     "; %s is to log, and its monitor does not see what is logged: that takes audit or kmsg beside "
			     "ebpf",
			     host);
	else
		cg_text_addf(why, "; %s was watched %u %% of the time, %u %% wanted", host, fact->watched_percent,
			     deciding->gate->watched_percent);
}

/* Does a cohort before this one list the host too? */
static bool is_listed_before(const struct cg_rollout *rollout, size_t cohort, const char *host)
{
	for (size_t c = 0; c < cohort; c++)
		if (cg_rollout_lists(&rollout->cohorts[c].hosts, host))
			return true;
	return false;
}

/* Where there is no list of all hosts, those that cohorts name and the source does not know are missed. */
static uint64_t count_missed(const struct deciding *deciding, uint64_t n_bad, struct cg_text *why)
{
	const struct cg_rollout *rollout = deciding->rollout;
	uint64_t n = 0;

	for (size_t c = 0; !rollout->hosts.n_items && c < rollout->n_cohorts; c++)
		for (size_t i = 0; i < rollout->cohorts[c].hosts.n_items; i++) {
			const char *host = rollout->cohorts[c].hosts.items[i];

			if (cg_rollout_fact_of(deciding->facts, host) || is_listed_before(rollout, c, host))
				continue;
			if (n_bad + n++ < NAMES_TOLD)
				say_bad(deciding, host, why);
		}
	return n;
}

/* Of nobody, a share is one: where no host is known at all, none reports. */
static uint64_t count_wanted(const struct cg_rollout_share *share, uint64_t n_all)
{
	uint64_t n = share->is_percent ? (n_all * share->number + 99) / 100 : share->number;

	return n == 0 && share->number ? 1 : n;
}

static void decide_hosts(struct deciding *deciding)
{
	const struct cg_rollout_share *share = &deciding->gate->hosts;
	uint64_t n_good = 0, n_bad = 0, n_all, n_wanted;
	struct cg_text text = { 0 }, why = { 0 };
	const char *host;

	for (size_t i = 0; (host = expected_host(deciding, i)); i++)
		if (is_good(deciding, host))
			n_good++;
		else if (n_bad++ < NAMES_TOLD)
			say_bad(deciding, host, &why);
	n_bad += count_missed(deciding, n_bad, &why);
	n_all = deciding->rollout->n_hosts ? deciding->rollout->n_hosts : n_good + n_bad;
	n_wanted = count_wanted(share, n_all);
	cg_text_addf(&text, "%llu of %llu hosts report, %llu wanted%s", (unsigned long long)n_good,
		     (unsigned long long)n_all, (unsigned long long)n_wanted, n_good < n_wanted ? cg_text_get(&why) : "");
	if (n_good < n_wanted && n_bad > NAMES_TOLD)
		cg_text_addf(&text, "; and %llu more", (unsigned long long)(n_bad - NAMES_TOLD));
	text.has_failed |= why.has_failed;
	cg_text_done(&why);
	add(deciding, "hosts", n_good < n_wanted ? CG_ROLLOUT_NO : CG_ROLLOUT_YES, &text);
}

/* ---- violations */

/* "; mount (critical, ERRNO) on b, 3 times" for the first few that `wanted` picks. */
static void add_examples(const struct deciding *deciding, bool only_new, unsigned int tiers, struct cg_text *text)
{
	size_t n_told = 0, n_all = 0;

	for (size_t i = 0; i < deciding->facts->seen.n_items; i++) {
		const struct cg_rollout_seen *seen = &deciding->facts->seen.items[i];

		if ((only_new && !seen->is_new) || !(tiers & 1U << seen->tier))
			continue;
		if (++n_all > NAMES_TOLD)
			continue;
		n_told++;
		cg_text_addf(text, "%s %s", n_told == 1 ? ":" : ",", seen->call);
		cg_text_addf(text, " (%s%s%s)", seen->tier ? cg_tier_name(seen->tier) : "", seen->tier ? ", " : "",
			     seen->action);
		if (seen->container[0])
			cg_text_addf(text, " in %s", seen->container);
		if (seen->host[0])
			cg_text_addf(text, " on %s", seen->host);
	}
	if (n_all > NAMES_TOLD)
		cg_text_addf(text, " and %zu more", n_all - NAMES_TOLD);
}

static void decide_bound(struct deciding *deciding, const char *name, const char *what, uint64_t n, uint64_t most,
			 bool only_new)
{
	struct cg_text text = { 0 };

	if (most == CG_ROLLOUT_ANY)
		return;
	cg_text_addf(&text, "%llu %s, at most %llu", (unsigned long long)n, what, (unsigned long long)most);
	if (n > most)
		add_examples(deciding, only_new, ~0U, &text);
	add(deciding, name, n > most ? CG_ROLLOUT_NO : CG_ROLLOUT_YES, &text);
}

static void decide_tiers(struct deciding *deciding)
{
	unsigned int tiers = deciding->gate->tiers;
	struct cg_text text = { 0 };
	const char *between = "";
	uint64_t n = 0;

	if (!tiers)
		return;
	for (int tier = CG_TIER_CRITICAL; tier >= 0; tier--)
		n += tiers & 1U << tier ? deciding->facts->n_of_tier[tier] : 0;
	cg_text_addf(&text, "%llu violations by calls of ", (unsigned long long)n);
	for (int tier = CG_TIER_CRITICAL; tier >= 0; tier--)
		if (tiers & 1U << tier) {
			cg_text_addf(&text, "%s%s", between, tier ? cg_tier_name((enum cg_tier)tier) : "no");
			between = " or ";
		}
	cg_text_add(&text, " risk, none wanted");
	if (n)
		add_examples(deciding, false, tiers, &text);
	add(deciding, "tiers", n ? CG_ROLLOUT_NO : CG_ROLLOUT_YES, &text);
}

static void decide_loss(struct deciding *deciding)
{
	const struct cg_rollout_facts *facts = deciding->facts;
	uint64_t most = deciding->gate->lost;
	struct cg_text text = { 0 };

	if (most == CG_ROLLOUT_ANY)
		return;
	cg_text_addf(&text, "%llu events lost, at most %llu", (unsigned long long)facts->n_lost, (unsigned long long)most);
	if (facts->has_unknown_loss)
		cg_text_add(&text, "; and more of which nobody knows how many");
	add(deciding, "lost",
	    facts->n_lost > most ? CG_ROLLOUT_NO :
	    facts->has_unknown_loss ? CG_ROLLOUT_UNKNOWN :
				      CG_ROLLOUT_YES,
	    &text);
}

static void decide_tests(struct deciding *deciding)
{
	static const enum cg_rollout_holds holds[] = { CG_ROLLOUT_UNKNOWN, CG_ROLLOUT_NO, CG_ROLLOUT_YES };
	const struct cg_rollout_facts *facts = deciding->facts;
	struct cg_text text = { 0 };

	if (!deciding->gate->suite && !deciding->gate->result)
		return;
	cg_text_addf(&text, "%s: %s", deciding->gate->suite ? deciding->gate->suite : deciding->gate->result,
		     facts->tests_say ? facts->tests_say : "not run");
	add(deciding, "tests", holds[facts->tests], &text);
}

static const char *name_new(struct deciding *deciding)
{
	static const char name[] = "new kinds of violations";
	CG_CLEANUP(cg_text_done) struct cg_text text = { 0 };
	const char *copy;

	if (!deciding->gate->quiet_ms)
		return name;
	cg_text_addf(&text, "%s in the last ", name);
	add_span(&text, deciding->gate->quiet_ms);
	copy = text.has_failed ? NULL : cg_arena_copy_text(deciding->arena, cg_text_get(&text));
	deciding->has_failed |= !copy;
	return copy ? copy : name;
}

static void decide_by_source(struct deciding *deciding)
{
	const struct cg_rollout_facts *facts = deciding->facts;
	struct cg_text text = { 0 };

	if (facts->no_answer) {
		cg_text_addf(&text, "no answer about violations: %s", facts->no_answer);
		add(deciding, "source", CG_ROLLOUT_UNKNOWN, &text);
		return;
	}
	decide_hosts(deciding);
	decide_loss(deciding);
	decide_bound(deciding, "new_violations", name_new(deciding), facts->n_new, deciding->gate->new_violations, true);
	decide_bound(deciding, "violations", "violations", facts->n_violations, deciding->gate->violations, false);
	decide_tiers(deciding);
}

int cg_rollout_decide(const struct cg_rollout *rollout, size_t phase, uint64_t since_ms,
		      const struct cg_rollout_facts *facts, struct cg_arena *arena,
		      struct cg_rollout_decision *ret_decision)
{
	const struct cg_rollout_phase *now = &rollout->phases[phase];
	struct cg_rollout_decision decision = { .is_last = phase + 1 == rollout->n_phases };
	struct deciding deciding = { rollout, &now->gate, facts, arena, &decision, false };

	decide_changed(&deciding);
	if (now->has_gate || !decision.is_last)
		decide_time(&deciding, since_ms, now->minimum_ms);
	if (now->has_gate) {
		decide_by_source(&deciding);
		decide_tests(&deciding);
	}
	if (deciding.has_failed)
		return -ENOMEM;
	decision.is_open = true;
	for (size_t i = 0; i < decision.n_conditions; i++)
		decision.is_open &= decision.conditions[i].holds == CG_ROLLOUT_YES;
	*ret_decision = decision;
	return 0;
}

void cg_rollout_say_waiting(const struct cg_rollout_decision *decision, struct cg_text *text)
{
	const char *between = "";

	for (size_t i = 0; i < decision->n_conditions; i++)
		if (decision->conditions[i].holds != CG_ROLLOUT_YES) {
			cg_text_addf(text, "%s%s: %s", between, decision->conditions[i].name, decision->conditions[i].says);
			between = "; ";
		}
}
