/*
 * Suites: what is expected of a profile, as callgate-suite(5) says it.
 *
 * In: JSON. Out: tests in an arena; each runs a command, or asks the profile about calls. read.c reads them; ask.c
 * answers the questions by proof; judge.c compares what a command did with what was expected of it; tap.c, junit.c and
 * write.c tell the outcomes. Nothing here runs a command: whoever does fills a struct cg_suite_seen.
 */
#ifndef CG_SUITE_SUITE_H
#define CG_SUITE_SUITE_H

#include "base/arena.h"
#include "base/err.h"
#include "base/text.h"
#include "base/vec.h"
#include "check/check.h"
#include "policy/policy.h"
#include "profile/bundled.h"
#include "profile/profile.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CG_SUITE_SIZE_LIMIT ((size_t)4 << 20) /* bytes of JSON */
#define CG_SUITE_TESTS_LIMIT 10000
#define CG_SUITE_LIST_LIMIT 1000    /* entries in one list: words, calls, matches, variables */
#define CG_SUITE_PATTERN_LIMIT 1000 /* bytes of a regular expression */
#define CG_SUITE_TIMEOUT_MS 60000   /* where none is given */
#define CG_SUITE_TIMEOUT_MAX_MS (24 * 3600 * UINT64_C(1000))
#define CG_SUITE_DENIALS_LIMIT 200  /* kinds that are kept of one test */

enum cg_suite_stream {
	CG_SUITE_STDOUT,
	CG_SUITE_STDERR,
};

enum cg_suite_match_kind {
	CG_SUITE_EXACT, /* but for one newline at the end */
	CG_SUITE_CONTAINS,
	CG_SUITE_MATCHES, /* a POSIX extended regular expression, regex(7), each line by itself */
};

struct cg_suite_match {
	enum cg_suite_stream stream;
	enum cg_suite_match_kind kind;
	const char *text;
	size_t length;
};

/* What is wanted of a call. */
enum cg_suite_wish {
	CG_SUITE_ACTION,  /* exactly this action, data and all */
	CG_SUITE_ALLOWED, /* ALLOW or LOG */
	CG_SUITE_DENIED,  /* ERRNO, TRAP or KILL */
};

/* A CG_VEC with a name. The items are in the suite's arena. */
struct cg_suite_words {
	char **items; /* NULL behind the last */
	size_t n_items;
};

struct cg_suite_test {
	const char *name;
	uint32_t line, column;
	struct cg_suite_words run; /* the command; no words: it is about `calls` */
	/* of a command */
	int exit_status; /* 128 + N for a signal, as a shell has it */
	struct cg_suite_match *matches;
	size_t n_matches;
	bool tells_denied;            /* `denied` was given, be it empty: */
	struct cg_suite_words denied; /* these and no others */
	struct cg_suite_words needs;  /* commands without which the test is skipped */
	struct cg_suite_words environment;
	const char *input; /* for standard input, or NULL */
	size_t input_length;
	uint64_t timeout_ms;
	/* of calls */
	struct cg_suite_words calls;
	const struct cg_arch *arch;
	enum cg_suite_wish wish;
	uint32_t action;
};

/* Start with {0}; end with cg_suite_done(). */
struct cg_suite {
	struct cg_arena arena;
	const char *profile; /* as written, or NULL */
	const char *image;   /* for containers: an image, or the folder of a root file system; or NULL */
	struct cg_suite_words options;     /* further options of the engine's `run` */
	struct cg_suite_words environment; /* NAME=VALUE */
	struct cg_suite_words setup;       /* a command that runs first, under no profile */
	struct cg_suite_words setup_needs;
	uint64_t timeout_ms;
	struct cg_suite_test *tests;
	size_t n_tests;
};

/* Suites inside the binary, from data/suites: "workspace" is @workspace where a suite is named. */
extern const struct cg_bundled cg_suites[];
extern const size_t cg_n_suites;

/*
 * `arch`: that of calls which name no other. Errors: -EBADMSG no JSON; -EINVAL no suite; -E2BIG a limit; -ENOMEM; with
 * "name:line:column".
 */
int cg_suite_read(const char *name, const char *bytes, size_t length, const struct cg_arch *arch,
		  struct cg_suite *suite, struct cg_err *err);
void cg_suite_done(struct cg_suite *suite);

/* ---- what was seen of a command */

struct cg_suite_denial {
	struct cg_call call;
	uint32_t action;
	char text[400]; /* the call, with what its paths point to */
	char process[64];
};

struct cg_suite_seen {
	int status;
	bool has_timed_out;
	bool is_cut; /* more output than is kept */
	const struct cg_text *streams[2];
	const struct cg_suite_denial *denials;
	size_t n_denials;
	bool sees_denials;     /* else nobody listened: "not seen" is no zero */
	const char *blindness; /* why not */
	const char *failure;   /* it was not even started: why; or NULL */
};

/* ---- outcomes */

enum cg_suite_verdict {
	CG_SUITE_PASSED,
	CG_SUITE_FAILED,
	CG_SUITE_SKIPPED,
};

/* Start with {0}; end with cg_suite_outcome_done(). */
struct cg_suite_outcome {
	const struct cg_suite_test *test;
	enum cg_suite_verdict verdict;
	uint64_t took_ms;
	struct cg_text reasons; /* why it failed or was skipped: lines */
	CG_VEC(struct cg_suite_denial) denials;
	bool sees_denials;
};

/* The profile as messages name it, and where its parts stand. */
struct cg_suite_profile {
	const char *reference;
	const struct cg_policy *policy;
	const struct cg_profile *profile; /* or NULL */
	/* Lines about a denied call: what decided, where it would be allowed, what that would open (advice/); or NULL. */
	void (*say_denial)(const struct cg_suite_profile *profile, const struct cg_call *call, uint32_t action,
			   struct cg_text *text);
};

/* Judges a command. 0 or -ENOMEM. */
int cg_suite_judge(const struct cg_suite_test *test, const struct cg_suite_seen *seen,
		   const struct cg_suite_profile *profile, struct cg_suite_outcome *outcome, struct cg_err *err);

/*
 * Judges a test of calls, by proof: of every call that the words stand for, all arguments that they leave open
 * included. Where that is not decided within the budget, and the call with zeros there is right, it is skipped.
 * -ENOMEM.
 */
int cg_suite_ask(const struct cg_suite_test *test, const struct cg_suite_profile *profile,
		 const struct cg_check_budget *budget, struct cg_suite_outcome *outcome, struct cg_err *err);

/* How many arguments a call as people write it names: "socket(AF_INET)" one, "socket" none. */
unsigned int cg_suite_count_arguments(const char *call);

void cg_suite_outcome_done(struct cg_suite_outcome *outcome);

/* ---- telling them */

struct cg_suite_results {
	const char *name;    /* of the suite */
	const char *profile; /* its reference */
	const char *where;   /* "none", "podman", … */
	struct cg_suite_outcome *outcomes;
	size_t n_outcomes;
	uint64_t took_ms;
};

size_t cg_suite_count(const struct cg_suite_results *results, enum cg_suite_verdict verdict);

/* For people: one outcome, then the last line of all. */
void cg_suite_write_outcome(const struct cg_suite_outcome *outcome, struct cg_text *text);
void cg_suite_write_summary(const struct cg_suite_results *results, struct cg_text *text);

void cg_suite_write_json(const struct cg_suite_results *results, struct cg_text *text);
void cg_suite_write_tap(const struct cg_suite_results *results, struct cg_text *text);   /* TAP 13 */
void cg_suite_write_junit(const struct cg_suite_results *results, struct cg_text *text); /* XML */

#endif
