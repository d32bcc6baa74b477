/*
 * Whatever has a meaning: what stands where a profile is read (input.h), a raw filter, or a live process.
 *
 * In: a reference as a user gives it. Out: a diagram of what it does; with the profile behind it where there is one.
 */
#ifndef CG_CLI_SUBJECT_H
#define CG_CLI_SUBJECT_H

#include "api/verify.h"
#include "check/check.h"
#include "cli/input.h"
#include "filter/filter.h"
#include "learn/recording.h"

enum cg_subject_kind {
	CG_SUBJECT_PROFILE,
	CG_SUBJECT_FILTER,    /* a file of raw instructions */
	CG_SUBJECT_PROCESS,   /* pid:PID, container:NAME, unit:NAME */
	CG_SUBJECT_RECORDING, /* only told from the others: it has no meaning */
};

/* Start with {0}; end with cg_subject_done(). */
struct cg_subject {
	const char *reference; /* for people: cg_input_name() */
	const struct cg_target *target;
	enum cg_subject_kind kind;
	struct cg_input input;    /* PROFILE; its text holds the bytes of any file */
	struct cg_policy *in_force; /* PROFILE: cg_stub_resolve(), or NULL where it is the same */
	struct cg_filter *filter; /* FILTER */
	struct cg_live live;      /* PROCESS */
};

/* More than the gate's: here a person waits, and wants an answer. */
extern const struct cg_check_budget cg_subject_budget;

/* The target stays the caller's. Errors: of reading, with places. */
int cg_subject_read(const char *reference, const struct cg_target *target, struct cg_subject *subject,
		    struct cg_err *err);

/* The same of a process whose id is known already (cg_subject_process()). */
int cg_subject_read_process(const char *reference, int pid, const struct cg_target *target, struct cg_subject *subject,
			    struct cg_err *err);

/*
 * "pid:PID", or with may_be_bare "PID"; "container:NAME" and "unit:NAME", of which the first process that runs is meant.
 * 1 and *ret_pid; 0: the reference is none of these. Errors: -ENOENT no such container or unit runs, or nobody is in
 * it; -EEXIST several of this name; -EINVAL no id, no name.
 */
int cg_subject_process(const char *reference, bool may_be_bare, int *ret_pid, struct cg_err *err);

/*
 * What it does: a root of cg_meaning_of_effect(). Of a process whose threads differ, the thread asked for, and it is
 * said. Errors: as check.h, and -EINVAL for a recording.
 */
int cg_subject_meaning(const struct cg_subject *subject, struct cg_meanings *meanings, uint32_t *ret_root,
		       struct cg_err *err);

/* A profile's policy and what its engine makes of it. */
struct cg_wanted cg_subject_wanted(const struct cg_subject *subject);

/* As cg_cli_fail(), with CANNOT for what was not decided. */
int cg_subject_fail(const struct cg_err *err);

/* "socket(AF_UNIX, 0, 0)" and "ERRNO(EPERM)" as strings of JSON, and in a sentence. */
void cg_witness_json(struct cg_json_writer *json, const struct cg_witness *witness);
void cg_witness_say(struct cg_text *text, const struct cg_witness *witness, const char *a, const char *b);

void cg_subject_done(struct cg_subject *subject);

#endif
