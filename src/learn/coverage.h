/*
 * Coverage: how many runs saw each call, what each run still added, and how complete the recording is likely to be.
 *
 * In: a recording. Out: counts, the curve, and two estimates, for recordings of two runs or more. A run is one sample,
 * of which only counts whether it made a call (incidence data): how often it made it says nothing of what others make.
 *
 * - n_estimated, how many different calls there are to be seen: Chao2 in its bias-corrected form, a lower bound
 *   (A. Chao, Biometrics 43, 1987, 783-791): seen + (m - 1) / m * Q1 * (Q1 - 1) / (2 * (Q2 + 1)).
 * - per_mille, how likely it is that what a further run does was seen before: Good-Turing's sample coverage
 *   (I. J. Good, Biometrika 40, 1953, 237-264), for incidence data as A. Chao and L. Jost have it (Ecology 93, 2012,
 *   2533-2547): 1 - Q1 / U * (m - 1) * Q1 / ((m - 1) * Q1 + 2 * Q2).
 *
 * m runs, U sightings, Q1 and Q2 calls that one run and two runs saw. Both take runs for independent samples of what
 * the program does: ten runs of one test are one run ten times, and no estimate can tell.
 */
#ifndef CG_LEARN_COVERAGE_H
#define CG_LEARN_COVERAGE_H

#include "base/json_write.h"
#include "learn/recording.h"

/* One run of the curve. Texts are the recording's. */
struct cg_coverage_run {
	const char *id;
	const char *started;
	size_t n_calls; /* different ones that it made */
	size_t n_new;	/* that no earlier run had made */
};

struct cg_coverage {
	size_t n_runs;
	size_t n_calls;	    /* different ones over all runs, by architecture and number */
	size_t n_once;	    /* seen by one run only */
	size_t n_twice;	    /* by two */
	uint64_t n_sightings; /* sum over the calls of the runs that saw them */
	bool is_estimated;  /* the two below are known: from two runs on */
	uint64_t n_estimated;
	unsigned int per_mille;
	CG_VEC(struct cg_coverage_run) curve; /* in order of time, runs without a time first; then by id */
};

/* 0 or -ENOMEM. End with cg_coverage_done(). */
int cg_coverage_measure(const struct cg_recording *recording, struct cg_coverage *ret_coverage);

/* A sentence or two for people, no newline at the end. */
void cg_coverage_format(const struct cg_coverage *coverage, struct cg_text *text);

/* As an object under `key`. */
void cg_coverage_write(const struct cg_coverage *coverage, struct cg_json_writer *json, const char *key);

void cg_coverage_done(struct cg_coverage *coverage);

#endif
