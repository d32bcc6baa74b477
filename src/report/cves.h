/*
 * What would this have stopped? Kernel vulnerabilities, and which of them a policy closes.
 *
 * In: data/cves.csv as a constant table (tools/gen-cves); a policy, or the diagram of anything else, and the machine
 * that it stands on. Out: for each vulnerability closed, partly or open, by proof: of the calls through which it is
 * reached, is one made? Nothing is tried out, and no exploit is in here.
 *
 * An entry says rather too much than too little: "closed" means that no such call is made, whatever its arguments;
 * "open" that one is, and names it. What a process has been given before the filter was loaded (an open socket, a ring)
 * is outside the question, as is the kernel's version: a fixed kernel has none of these holes.
 */
#ifndef CG_REPORT_CVES_H
#define CG_REPORT_CVES_H

#include "abi/arch.h"
#include "base/err.h"
#include "callgate/call.h"
#include "check/check.h"
#include "policy/policy.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CG_CVE_COMPARISONS_LIMIT 4 /* in one route; COMPARISONS_MOST of tools/gen-cves */

/* ARGUMENT [& MASK] == VALUE, as words: a constant has another value on another arch. `mask` may be NULL. */
struct cg_cve_comparison {
	const char *argument;
	const char *mask;
	const char *value;
};

/* One call through which a hole is reached; all comparisons must hold. */
struct cg_cve_route {
	const char *call;
	unsigned int n_comparisons;
	struct cg_cve_comparison comparisons[CG_CVE_COMPARISONS_LIMIT];
};

/* Through whose calls a hole can be reached. */
enum cg_cve_abi {
	CG_CVE_ABI_ANY,
	CG_CVE_ABI_X86,    /* of any arch of an x86 machine */
	CG_CVE_ABI_X32,
	CG_CVE_ABI_COMPAT, /* of 32 bits, on a machine of 64 */
};

struct cg_cve {
	const char *id;         /* "CVE-2016-8655" */
	const char *title;      /* what goes wrong, in our words; no full stop */
	const char *title_ja;   /* the same in Japanese, UTF-8 */
	const char *entry;      /* the routes as text, "; " between: conditions of callgate-policy(5) */
	const char *also;       /* what must be made besides, or NULL: a socket of a family; as text, of any arch */
	const char *capability; /* "CAP_NET_RAW": what the caller must hold, if only in a user namespace; NULL: nothing */
	const char *why;        /* why closing the calls closes it but partly; NULL when wholly */
	const char *why_ja;
	const char *source; /* what was read */
	const struct cg_cve_route *routes;
	const struct cg_cve_route *also_routes;
	unsigned int n_routes;
	unsigned int n_also_routes;
	unsigned int year;
	enum cg_cve_abi abi;
	bool is_wholly;
};

/* In the order of years and numbers. */
extern const struct cg_cve cg_cves[];
extern const size_t cg_n_cves;

/* By identifier, or NULL. */
const struct cg_cve *cg_cve_find(const char *id);

/* How many vulnerabilities of the table can be reached through a call of this name. */
size_t cg_cve_count_of_call(const char *call);

enum cg_cve_verdict {
	CG_CVE_CLOSED,
	CG_CVE_PARTLY,
	CG_CVE_OPEN,
	CG_CVE_ABSENT, /* a machine of this arch has no such call */
	CG_N_CVE_VERDICTS,
};

enum cg_cve_reason {
	CG_CVE_BY_CALL,       /* closed: no call reaches it; open: one does */
	CG_CVE_BY_ANOTHER,    /* partly: no call reaches it, but cve->why */
	CG_CVE_BY_CAPABILITY, /* partly: only for one that is given cve->capability; none can be had in a user namespace */
	CG_CVE_BY_LISTENER,   /* partly: somebody else decides about the calls (NOTIFY, TRACE) */
};

struct cg_cve_finding {
	const struct cg_cve *cve;
	enum cg_cve_verdict verdict;
	enum cg_cve_reason reason;
	uint32_t arches;        /* bit cg_arch_index() set: a call of this arch reaches it (is made, or is asked about) */
	struct cg_call example; /* such a call and what it gets; all 0 where `arches` is 0 */
	uint32_t action;
	bool is_by_socketcall; /* open, and would not be if socketcall(2) were refused: cg_cves_find_socketcalls() */
};

/* Start with {0}; end with cg_cve_findings_done(). */
struct cg_cve_findings {
	struct cg_cve_finding *items; /* one for each of cg_cves, in their order */
	size_t n_items;
	size_t n[CG_N_CVE_VERDICTS]; /* how many have each verdict */
	size_t n_by_socketcall;
};

/* The machine: its arch (all arches that its kernel runs are asked), and what the process holds: 1 << cg_cap_find(). */
struct cg_cve_scope {
	const struct cg_arch *machine;
	uint64_t capabilities;
};

/*
 * Judges every entry for a diagram of the set (check.h): a policy, a filter, a stack of filters, ALLOW for no filter at
 * all. Errors: -EOVERFLOW not decided within the budget, -ENOMEM.
 */
int cg_cves_judge(struct cg_meanings *meanings, uint32_t root, const struct cg_cve_scope *scope,
		  struct cg_cve_findings *ret_findings, struct cg_err *err);

/* The same for a policy, in a set of its own. */
int cg_cves_judge_policy(const struct cg_policy *policy, const struct cg_cve_scope *scope,
			 struct cg_cve_findings *ret_findings, struct cg_err *err);

/*
 * Which of the open ones are so through x86's socketcall(2) alone? The same diagram is judged again with that call
 * refused. `findings` are cg_cves_judge()'s of the same root and scope. Errors: the same.
 */
int cg_cves_find_socketcalls(struct cg_meanings *meanings, uint32_t root, const struct cg_cve_scope *scope,
			     struct cg_cve_findings *findings, struct cg_err *err);

void cg_cve_findings_done(struct cg_cve_findings *findings);

/*
 * The calls of one arch through which an entry is reached (not what must be made besides), as a policy that allows
 * them and kills for all else; with socketcall and ipc, where they carry them. *ret_policy has no rule where this arch
 * has no such call. For tests, too.
 * Errors: -ENOMEM.
 */
int cg_cve_calls(const struct cg_cve *cve, const struct cg_arch *arch, struct cg_policy **ret_policy,
		 struct cg_err *err);

/* "closed", "partly", "open", "absent": for JSON. */
const char *cg_cve_verdict_name(enum cg_cve_verdict verdict);

#endif
