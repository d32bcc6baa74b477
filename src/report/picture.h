/*
 * The pictures of a report: the way of a call through a profile, bars, the coverage curve, where the time went.
 *
 * In: facts. Out: SVG text, appended, that needs nothing from outside: no font, no script, no address. Every picture has
 * role="img", a title and a description that says its figures, so that who cannot see it reads them; colours come from
 * classes (style.h), light and dark, and every colour has a pattern or a label beside it, so that none is needed.
 *
 * SVG does not wrap words. So each picture is drawn twice, for a wide page and for a phone, and the style shows one of
 * them. Nothing is measured: a letter takes about 0.56 of the size of its font, what is CJK all of it.
 *
 * Functions that draw cannot fail but for memory, which is sticky in the text (base/text.h).
 */
#ifndef CG_REPORT_PICTURE_H
#define CG_REPORT_PICTURE_H

#include "abi/arch.h"
#include "abi/syscalls.h"
#include "base/err.h"
#include "base/text.h"
#include "check/check.h"
#include "learn/coverage.h"
#include "learn/recording.h"
#include "policy/policy.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum cg_picture_form {
	CG_PICTURE_BOTH,   /* two <svg>, of which style.h shows one: for a page of HTML */
	CG_PICTURE_WIDE,   /* one alone */
	CG_PICTURE_NARROW,
	CG_PICTURE_FILE,   /* the wide one as a file of its own, with the style in it */
};

struct cg_picture_page {
	const char *language; /* "en" or "ja"; another word is "en" */
	const char *id;       /* letters, digits, -: the ids within begin with it; another one for every picture of a page */
	enum cg_picture_form form;
};

/* ---- the way of a call: process, architecture, number, arguments, answer */

#define CG_FLOW_ANSWERS_LIMIT 12 /* told apart in one place of the flow; the rest are counted as one */
#define CG_FLOW_NAMES_LIMIT 24   /* names kept with an answer */

struct cg_flow_answer {
	uint32_t action;
	size_t n_calls;
	const char *names[CG_FLOW_NAMES_LIMIT]; /* of the first ones, constant */
	size_t n_names;
};

/* n_calls of the answers beyond the limit are in n_further. */
struct cg_flow_answers {
	struct cg_flow_answer items[CG_FLOW_ANSWERS_LIMIT]; /* the most permissive first */
	size_t n_items;
	size_t n_further;
};

/* What becomes of a call with a name: by its number alone, or as its arguments are. */
enum cg_flow_fate {
	CG_FLOW_OPEN,        /* always made (ALLOW, LOG) */
	CG_FLOW_CONDITIONAL, /* made for some arguments */
	CG_FLOW_ASKED,       /* never made without somebody else's word (NOTIFY, TRACE) */
	CG_FLOW_CLOSED,
	CG_N_FLOW_FATES,
};

struct cg_flow_arch {
	const struct cg_arch *arch;
	size_t n_calls;                       /* that this architecture has by name; each is in one of the two below */
	struct cg_flow_answers by_number;     /* answered from the number alone */
	size_t n_by_arguments;                /* the others */
	struct cg_flow_answers by_arguments;  /* the answers that these can get: a call is counted in several */
	struct cg_flow_answers unnamed;       /* what numbers without a name get: n_calls is 0, no names */
	size_t n[CG_N_CATEGORIES][CG_TIER_CRITICAL + 1][CG_N_FLOW_FATES];
};

struct cg_flow {
	struct cg_flow_arch arches[CG_N_ARCHES_MAX]; /* decided call by call, in the order given */
	size_t n_arches;
	uint32_t bad_arch_action; /* what calls of other architectures get */
	/* The caller's to fill in: */
	struct {
		const struct cg_arch *arch;
		uint32_t action;
	} whole[CG_N_ARCHES_MAX]; /* further architectures of which every call gets one answer */
	size_t n_whole;
	bool is_blind;            /* other architectures are not told apart; there is no bad_arch_action */
	size_t n_instructions;    /* of the filter, 0: not told */
};

/*
 * From the diagram of anything (check.h) and the architectures that it decides; the first is drawn large. Big: one a
 * report, not on a small stack. Errors: -ENOMEM.
 */
int cg_flow_of_meaning(const struct cg_meanings *meanings, uint32_t root, const struct cg_arch *const *arches,
		       size_t n_arches, uint32_t bad_arch_action, struct cg_flow *ret_flow, struct cg_err *err);

/* The same of a policy, in a set of its own: native first. Errors: -EOVERFLOW not decided, -ENOMEM. */
int cg_flow_of_policy(const struct cg_policy *policy, struct cg_flow *ret_flow, struct cg_err *err);

void cg_picture_flow(const struct cg_flow *flow, const struct cg_picture_page *page, struct cg_text *text);

/* ---- calls by category and by tier, of one architecture: open, by arguments, closed */

void cg_picture_calls(const struct cg_flow_arch *arch, const struct cg_picture_page *page, struct cg_text *text);

/* ---- vulnerabilities: one bar for each thing compared */

#define CG_PICTURE_ROWS_LIMIT 16

struct cg_picture_cve_row {
	const char *label; /* "this profile", "@container-default", "no profile": any text, shown as text */
	size_t n_closed, n_partly, n_open;
};

void cg_picture_cves(const struct cg_picture_cve_row *rows, size_t n_rows, const struct cg_picture_page *page,
		     struct cg_text *text);

/* ---- recordings */

/* What each run still added, and how many calls there are thought to be. Of fewer than two runs nothing is drawn. */
void cg_picture_coverage(const struct cg_coverage *coverage, const struct cg_picture_page *page, struct cg_text *text);

/* Does it hold times (record --time)? Where not, cg_picture_time() draws nothing. */
bool cg_picture_has_time(const struct cg_summary *summary);

/* Which calls took the time, and how long calls took (powers of two). */
void cg_picture_time(const struct cg_summary *summary, const struct cg_picture_page *page, struct cg_text *text);

#endif
