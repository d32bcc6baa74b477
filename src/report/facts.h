/*
 * What a report tells, as facts: everything that the document (document.h), its pictures (picture.h) and the JSON are
 * made of, and nothing else.
 *
 * In: gathered by cli/ from a profile, recordings, a suite's results, a history, another profile, a rollout; what was
 * not given is said to be absent, never zero. Out: one plain struct. No sentence is in here that has a language, but
 * for texts of the inputs themselves and of the tables of abi/, lint/ and learn/, of which reports in other languages
 * have their own (words.h). All names and texts may be hostile: whoever writes them out escapes them.
 */
#ifndef CG_REPORT_FACTS_H
#define CG_REPORT_FACTS_H

#include "abi/action.h"
#include "abi/arch.h"
#include "abi/syscalls.h"
#include "base/arena.h"
#include "base/notes.h"
#include "base/vec.h"
#include "callgate/call.h"
#include "learn/coverage.h"
#include "learn/recording.h"
#include "learn/sketch.h"
#include "report/cves.h"
#include "report/picture.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CG_FACT_ROWS_LIMIT 200	/* rows of one table in a document, and how many are left out is said */
#define CG_FACT_TIMES_LIMIT 30	/* calls in the table of times: most of them took next to none */
#define CG_FACT_NAMES_LIMIT 8	/* programs, paths, … named in one cell; the same */

enum cg_language {
	CG_LANGUAGE_EN,
	CG_LANGUAGE_JA,
	CG_N_LANGUAGES,
};

/* What becomes of a call. */
enum cg_access {
	CG_ACCESS_OPEN,        /* it is made, whatever its arguments (ALLOW, LOG) */
	CG_ACCESS_CONDITIONAL, /* for some arguments */
	CG_ACCESS_ASKED,       /* never without somebody else's word (NOTIFY, TRACE) */
	CG_ACCESS_REFUSED,
	CG_N_ACCESSES,
};

/* ---- the inputs */

enum cg_fact_input_kind {
	CG_FACT_PROFILE,
	CG_FACT_RECORDING,
	CG_FACT_AGAINST,
	CG_FACT_SUITE,
	CG_FACT_HISTORY,
	CG_FACT_ROLLOUT,
};

/* Whatever a number of the report is computed from. */
struct cg_fact_input {
	enum cg_fact_input_kind kind;
	const char *name;
	const char *sha256; /* of its bytes, hex; "" where there are none (a live process, a database) */
};

/* ---- calls */

struct cg_fact_answer {
	uint32_t action;
	const char *when; /* conditions in the field's words; "" always */
	size_t n_further; /* conditions that were too many to be told */
};

struct cg_fact_program {
	const char *path;
	uint64_t count;
};

struct cg_fact_call {
	const struct cg_syscall *call;
	const struct cg_arch *arch; /* on which it is judged: the first of the profile's that has it */
	enum cg_access access;
	const struct cg_fact_answer *answers; /* other than the default's; none: all of it gets `otherwise` */
	size_t n_answers;
	uint32_t otherwise; /* what no answer above speaks of */
	bool differs; /* another architecture of the profile answers it otherwise */

	/* Over all runs of the recordings; 0 where it was not seen, or there are none. */
	size_t n_runs;
	uint64_t count; /* completed, restarted, unfinished and denied ones */
	const struct cg_fact_program *programs; /* most calls first */
	size_t n_programs;
	bool has_more_programs;
	const struct cg_reason *reasons; /* generate's, made anew from the recordings */
	size_t n_reasons;
};

/* One architecture of which the profile speaks. */
struct cg_fact_arch {
	const struct cg_arch *arch;
	bool is_whole; /* every call, with a name or without, gets `whole`; these come last */
	uint32_t whole;
	size_t n_calls; /* that have a name */
};

/* ---- recordings */

struct cg_fact_time {
	const struct cg_arch *arch;
	const struct cg_syscall *call; /* NULL: a number without a name */
	uint32_t nr;
	struct cg_call_time time; /* over all runs */
};

struct cg_fact_file {
	const char *path, *build_id, *package, *version;
	size_t n_runs;
};

struct cg_fact_recordings {
	const struct cg_recording *recording; /* all of them merged; borrowed. NULL: none was given */
	struct cg_summary summary;
	struct cg_coverage coverage;
	uint64_t n_events;
	uint64_t duration_ms; /* of all runs together */
	const char *first, *last; /* when the first and the last run began, "" where none says it */
	CG_VEC(struct cg_fact_file) files;
	CG_VEC(struct cg_fact_time) times; /* most time first; empty: not measured (record --time) */
	struct cg_call_time time; /* all of them */
	size_t n_unnamed; /* calls made by numbers without a name */
	size_t n_foreign; /* of architectures outside the profile */
};

/* ---- what two profiles do differently */

enum cg_fact_change {
	CG_FACT_CLOSED,	 /* this profile refuses what the other lets through */
	CG_FACT_OPENED,	 /* it lets through what the other refuses */
	CG_FACT_CHANGED, /* both refuse, or both let through, in another way */
};

enum cg_fact_subject {
	CG_FACT_CALL,
	CG_FACT_ARCH,    /* n_calls of `arch`, to which one of the two gives a single answer */
	CG_FACT_NUMBERS, /* nr_first … nr_last, which have no name */
	CG_FACT_OUTSIDE, /* of architectures that nobody names */
};

struct cg_fact_difference {
	enum cg_fact_change change;
	enum cg_fact_subject subject;
	const struct cg_syscall *call; /* CALL */
	const struct cg_arch *arch;    /* ARCH */
	size_t n_calls;
	uint32_t nr_first, nr_last;    /* NUMBERS */
	const char *arches; /* names, blanks between */
	uint32_t ours, theirs; /* actions */
	const char *when;
	size_t n_further;
	const char *example; /* a call, as text */
};

struct cg_fact_against {
	const char *name; /* NULL: nothing to compare with */
	bool is_same; /* proven: every call is answered alike */
	bool is_undecided; /* differ in more ways than can be listed: `witness` is one */
	const char *witness;
	CG_VEC(struct cg_fact_difference) differences; /* by change, tier (critical first), name */
	size_t n_calls[3][CG_TIER_CRITICAL + 1]; /* named calls by change and tier, each once in a change */
};

/* ---- vulnerabilities */

enum cg_fact_cve_column {
	CG_FACT_CVES_PROFILE,
	CG_FACT_CVES_DEFAULT, /* @container-default */
	CG_FACT_CVES_NONE,    /* no profile at all */
	CG_N_FACT_CVES,
};

struct cg_fact_cves {
	bool is_judged; /* false: not decided */
	struct cg_cve_findings columns[CG_N_FACT_CVES];
	const struct cg_arch *machine;
};

/* ---- suites, violations, rollout */

struct cg_fact_test {
	const char *name;
	const char *verdict; /* "passed", "failed", "skipped" */
	const char *reasons; /* lines; "" */
};

/* A call that a test which passed had refused. */
struct cg_fact_refusal {
	const char *call; /* as the suite or the listener wrote it: "socket(AF_INET6)", "mount" */
	bool is_expected; /* the test asks for just that; else it got along without */
};

struct cg_fact_suite {
	const char *name, *profile, *where; /* as the result says; `profile` may be another than the report's */
	uint64_t n_passed, n_failed, n_skipped, milliseconds;
	CG_VEC(struct cg_fact_test) tests; /* in their order */
	CG_VEC(struct cg_fact_refusal) refusals;
};

struct cg_fact_violation {
	const char *call, *arguments, *action, *program, *where; /* "" where not known */
	uint64_t n;
	uint64_t last_ns;
};

struct cg_fact_history {
	bool is_given;
	uint64_t n_violations, n_unique, n_lost, watched_ns, first_ns, last_ns;
	bool has_unknown_loss;
	CG_VEC(struct cg_fact_violation) violations; /* unique ones, most first; n_unique says of how many */
};

struct cg_fact_rollout {
	bool is_given;
	const char *name, *phase;
	const char *since; /* ISO 8601 */
	const char *change, *from; /* what led to the phase, and the one before; "" at first */
	const char *by, *host, *reason;
};

/* ---- all of it */

/* Start with {0}; end with cg_facts_done(). */
struct cg_facts {
	struct cg_arena arena; /* all texts, and the arrays that are no CG_VEC */
	CG_VEC(struct cg_fact_input) inputs;

	const char *profile;	   /* its reference */
	const char *kind;	   /* "profile", "filter", "process" */
	const char *engine, *engine_version;
	const char *made;	   /* the day of the report, "2026-11-22" */
	const char *callgate;	   /* version */
	const char *machine;	   /* of the machine that made the report: kernel release and arch; "" to leave it out */
	unsigned int kernel[2];	   /* the target's */
	uint64_t capabilities;	   /* the target's */

	uint32_t default_action;
	uint32_t bad_arch_action;
	bool is_blind; /* the filter does not look at the architecture */
	CG_VEC(struct cg_fact_arch) arches; /* the first is the one that calls are judged on */
	CG_VEC(struct cg_fact_call) calls;  /* by name: all that have a name on an arch of the profile */
	size_t n_calls[CG_N_CATEGORIES][CG_TIER_CRITICAL + 1][CG_N_ACCESSES]; /* of these, on the first arch */
	size_t n_access[CG_N_ACCESSES]; /* the same summed up: they add up to arches.items[0].n_calls */

	struct cg_flow *flow; /* in the arena */

	size_t n_rules;		/* of the resolved policy; 0 for a filter */
	size_t n_instructions;	/* of the filter */
	const char *proof;	/* "proven", "simulated"; "" for what is a filter already, and was read itself */
	const char *digest;	/* diagram-1-sha256:…; of the meaning */

	bool is_linted;
	struct cg_notes findings;	/* folded, in the order of check */
	size_t n_findings[CG_SEVERITY_ERROR + 1];
	unsigned int points;		/* check's risk score */

	struct cg_fact_recordings recordings;
	struct cg_fact_against against;
	struct cg_fact_cves cves;
	CG_VEC(struct cg_fact_suite) suites;
	struct cg_fact_history history;
	struct cg_fact_rollout rollout;
};

/* "open", "conditional", "asked", "refused": keys of JSON. */
const char *cg_access_key(enum cg_access access);
const char *cg_fact_change_key(enum cg_fact_change change);
const char *cg_fact_input_key(enum cg_fact_input_kind kind);

/* All named calls of the profile's first architecture that an answer counts for, by `access`; and of one tier. */
size_t cg_facts_count(const struct cg_facts *facts, enum cg_access access);
size_t cg_facts_count_tier(const struct cg_facts *facts, enum cg_access access, enum cg_tier tier);
size_t cg_facts_count_category(const struct cg_facts *facts, enum cg_access access, enum cg_category category);

/* The call's row, or NULL. */
struct cg_fact_call *cg_facts_find(const struct cg_facts *facts, const char *name);

/*
 * Adds what recordings tell to calls that are there (facts.calls must be filled): counts, programs, reasons, files,
 * times, coverage. `recording` must outlive the facts. Errors: -ENOMEM.
 */
int cg_facts_add_recording(struct cg_facts *facts, const struct cg_recording *recording, struct cg_err *err);

/* Sums up what calls are: n_calls, n_access. Called once, when all calls are there. */
void cg_facts_sum(struct cg_facts *facts);

/* One JSON document, callgate-report(1), a newline behind it. Failure is sticky in the text. */
void cg_facts_write_json(const struct cg_facts *facts, struct cg_text *text);

void cg_fact_suite_done(struct cg_fact_suite *suite);
void cg_facts_done(struct cg_facts *facts);

#endif
