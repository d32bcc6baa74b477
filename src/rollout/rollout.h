/*
 * A rollout: a profile on its way through phases, from logging only to enforcement on every host.
 *
 * In: ROLLOUT.json (callgate-rollout(5)), its state (state.h), and facts that others found out. Out: which of the two
 * profiles a host gets now, whether the gate to the next phase is open, and what it still waits for.
 *
 * What is not known keeps a gate shut: a source that does not answer, a host that does not report, events that were
 * lost. A gate is open only where every condition was seen to hold. Pure: nothing here asks, waits or writes. Files:
 *   read.c   from JSON          write.c   the one that `rollout init` writes
 *   cohort.c who is in it       gate.c    the decision
 *   twin.c   the audit profile  prometheus.c   questions and answers of its HTTP API
 */
#ifndef CG_ROLLOUT_ROLLOUT_H
#define CG_ROLLOUT_ROLLOUT_H

#include "abi/syscalls.h"
#include "base/arena.h"
#include "base/err.h"
#include "base/text.h"
#include "base/vec.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CG_ROLLOUT_SIZE_LIMIT ((size_t)4 << 20) /* bytes of ROLLOUT.json */
#define CG_ROLLOUT_PHASES_LIMIT 32
#define CG_ROLLOUT_COHORTS_LIMIT 64
#define CG_ROLLOUT_HOSTS_LIMIT 20000 /* names of hosts in one list, or reporting */
#define CG_ROLLOUT_NAME_LIMIT 64 /* bytes of the name of a rollout, phase or cohort */
#define CG_ROLLOUT_HOST_LIMIT 253 /* bytes of a host's name, RFC 1123 */
#define CG_ROLLOUT_PATH_LIMIT 4095
#define CG_ROLLOUT_MATCHES_LIMIT 16
#define CG_ROLLOUT_SEEN_LIMIT 1000 /* kinds of violations that are kept to be told; all are counted */
#define CG_ROLLOUT_ANY UINT64_MAX /* a bound that was not given */

/* Names of hosts are in lower case, and in order. */
struct cg_rollout_hosts {
	const char **items;
	size_t n_items;
};

struct cg_rollout_cohort {
	const char *name;
	struct cg_rollout_hosts hosts;
	unsigned int percent; /* of all hosts, by hash of their names; 0: hosts are listed */
};

/* `is_percent`: of the hosts that are expected; else so many. */
struct cg_rollout_share {
	uint64_t number;
	bool is_percent;
};

struct cg_rollout_gate {
	uint64_t new_violations; /* at most; or CG_ROLLOUT_ANY */
	uint64_t quiet_ms; /* in this last part of the phase; 0: in all of it */
	uint64_t violations;
	uint64_t lost;
	unsigned int tiers; /* bit 1 << enum cg_tier: no violations of such calls */
	struct cg_rollout_share hosts; /* at least */
	unsigned int watched_percent; /* of the phase's time a host must have been watched to count */
	const char *suite; /* must pass; or NULL */
	const char *result; /* of `callgate test --json` elsewhere; or NULL */
	uint64_t result_age_ms; /* not older */
};

struct cg_rollout_phase {
	const char *name;
	bool enforces_all;
	bool *enforces; /* for each cohort */
	uint64_t minimum_ms;
	bool has_gate; /* the last needs none */
	struct cg_rollout_gate gate;
};

struct cg_rollout_match {
	const char *label, *value;
};

/* One of the two. */
struct cg_rollout_source {
	const char *history; /* a path */
	const char *prometheus; /* "http://host:9090" */
	const char *prefix; /* of metrics; or "" */
	const char *job;
	const char *host_label; /* "instance" without its port is a host's name */
	struct cg_rollout_match matches[CG_ROLLOUT_MATCHES_LIMIT];
	size_t n_matches;
	uint64_t timeout_ms;
};

/* Start with {0}; end with cg_rollout_done(). Paths are as written: relative ones are beside ROLLOUT.json. */
struct cg_rollout {
	struct cg_arena arena;
	const char *name;
	const char *profile;
	const char *audit;
	const char *path; /* what the engine reads; or NULL */
	struct cg_rollout_hosts hosts; /* all that there are; may be none */
	uint64_t n_hosts; /* how many there are; 0: not said */
	struct cg_rollout_cohort *cohorts;
	size_t n_cohorts;
	struct cg_rollout_phase *phases;
	size_t n_phases;
	struct cg_rollout_source source;
};

/* Errors: -EBADMSG, -EINVAL, -E2BIG, -ENOMEM with name:line:column; -EPROTONOSUPPORT: of a newer version. */
int cg_rollout_read(const char *name, const char *bytes, size_t length, struct cg_rollout *ret_rollout,
		    struct cg_err *err);
void cg_rollout_done(struct cg_rollout *rollout);

/* For `rollout init`: what it was told; NULL where it was not. */
struct cg_rollout_wish {
	const char *name, *profile, *audit, *path, *prometheus, *history, *suite;
};

/* A document with sensible values. */
void cg_rollout_write(const struct cg_rollout_wish *wish, struct cg_text *text);

/* The index, or -1. */
int cg_rollout_find_phase(const struct cg_rollout *rollout, const char *name);

/* ---- who is in it */

/* Letters, digits, '.', '-', '_' and ':', 1 to 253 bytes. */
bool cg_rollout_host_is_valid(const char *host);
/* 0 to 99: a host is in a cohort of P percent where this is below P. So hosts stay in it when it grows. */
unsigned int cg_rollout_bucket(const struct cg_rollout *rollout, const char *host);
bool cg_rollout_has_host(const struct cg_rollout *rollout, const struct cg_rollout_cohort *cohort, const char *host);
bool cg_rollout_lists(const struct cg_rollout_hosts *hosts, const char *host);
/* Is the profile enforced there in this phase, or audited? */
bool cg_rollout_enforces(const struct cg_rollout *rollout, size_t phase, const char *host);

/* ---- facts */

struct cg_rollout_host_fact {
	const char *name;
	bool is_reporting; /* now */
	bool is_blind; /* its profile is to log, and nobody there sees what is logged */
	unsigned int watched_percent; /* of the phase, and of its quiet part: by whoever sees what the profile answers there */
	uint64_t n_violations;
};

/* A kind of violation. */
struct cg_rollout_seen {
	const char *call, *action, *container, *host; /* "" where not known */
	enum cg_tier tier;
	bool is_new;
	uint64_t n;
};

enum cg_rollout_tests {
	CG_ROLLOUT_TESTS_UNKNOWN,
	CG_ROLLOUT_TESTS_FAILED,
	CG_ROLLOUT_TESTS_PASSED,
};

/*
 * Of the time from the phase's beginning until now; n_new of cg_rollout_quiet_since() until now. Strings live elsewhere.
 * Start with {0}; end with the function.
 */
struct cg_rollout_facts {
	uint64_t now_ms;
	const char *changed; /* what is not as it was when the phase began; NULL: nothing */
	const char *no_answer; /* why the source tells nothing; NULL: it has told */
	uint64_t n_violations, n_new, n_lost;
	bool has_unknown_loss;
	uint64_t n_of_tier[CG_TIER_CRITICAL + 1];
	CG_VEC(struct cg_rollout_host_fact) hosts;
	CG_VEC(struct cg_rollout_seen) seen;
	enum cg_rollout_tests tests;
	const char *tests_say; /* or NULL */
};

/* From when on no new kind of violation may have come. */
uint64_t cg_rollout_quiet_since(const struct cg_rollout_gate *gate, uint64_t since_ms, uint64_t now_ms);
void cg_rollout_facts_done(struct cg_rollout_facts *facts);
/* Puts the hosts in the order of their names, which everything below expects of them. */
void cg_rollout_facts_sort(struct cg_rollout_facts *facts);
/* By name, or NULL. */
const struct cg_rollout_host_fact *cg_rollout_fact_of(const struct cg_rollout_facts *facts, const char *host);

/* ---- the decision */

enum cg_rollout_holds {
	CG_ROLLOUT_NO,
	CG_ROLLOUT_YES,
	CG_ROLLOUT_UNKNOWN, /* as good as no */
};

struct cg_rollout_condition {
	const char *name; /* for JSON: "time", "hosts", "new_violations", … */
	enum cg_rollout_holds holds;
	const char *says;
};

#define CG_ROLLOUT_CONDITIONS_MAX 12

struct cg_rollout_decision {
	struct cg_rollout_condition conditions[CG_ROLLOUT_CONDITIONS_MAX];
	size_t n_conditions;
	bool is_last; /* there is no gate behind this phase */
	bool is_open; /* every condition holds */
};

/* Texts go into the arena. Errors: -ENOMEM. */
int cg_rollout_decide(const struct cg_rollout *rollout, size_t phase, uint64_t since_ms,
		      const struct cg_rollout_facts *facts, struct cg_arena *arena,
		      struct cg_rollout_decision *ret_decision);
/* The conditions that do not hold, as one line. */
void cg_rollout_say_waiting(const struct cg_rollout_decision *decision, struct cg_text *text);

/* How one cohort stands; `cohort` NULL: the hosts that are in none. */
struct cg_rollout_standing {
	bool is_enforced;
	uint64_t n_hosts; /* known by name */
	uint64_t n_reporting;
	uint64_t n_violations;
};

struct cg_rollout_standing cg_rollout_stand(const struct cg_rollout *rollout, size_t phase,
					    const struct cg_rollout_cohort *cohort,
					    const struct cg_rollout_facts *facts);

#endif
