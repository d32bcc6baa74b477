/*
 * Which holes does a policy close? By proof, in the diagrams of check/.
 *
 * In: the diagram of what is asked about, and the table. Out: a verdict for each entry. Inside the calls that reach a
 * hole the diagram is kept, outside of them everything is killed; what is left either exceeds "killed" or not. Every
 * arch that the machine's kernel runs is asked on its own: a policy that speaks of x86_64 only kills for int 0x80, one
 * that lets socketcall through has opened every socket.
 *
 * A hole that needs a capability is reached by anybody who can make a user namespace, so that is asked first, by the
 * same means; where none can be made, the hole is left to those who hold the capability already.
 */
#include "report/cves.h"

#include "abi/action.h"
#include "base/cleanup.h"
#include "profile/target.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define N_ABIS_MOST 4

/* Which arches the kernel of a machine runs besides its own (arch/<machine>/Kconfig: COMPAT, IA32_EMULATION, X32). */
static const struct {
	const char *machine;
	const char *others[N_ABIS_MOST - 1];
} machines[] = {
	{ "x86_64", { "x86", "x32" } },
	{ "aarch64", { "arm" } },
	{ "mips64", { "mips", "mips64n32" } },
	{ "mipsel64", { "mipsel", "mipsel64n32" } },
	{ "parisc64", { "parisc" } },
	{ "ppc64", { "ppc" } },
	{ "s390x", { "s390" } },
};

/* How anybody comes by a user namespace, and so by every capability in it: user_namespaces(7). */
static const struct cg_cve_route user_namespace_routes[] = {
	{ "clone", 1, { { "flags", "CLONE_NEWUSER", "CLONE_NEWUSER" } } },
	{ "unshare", 1, { { "flags", "CLONE_NEWUSER", "CLONE_NEWUSER" } } },
	{ "clone3", 0 }, /* its flags lie in memory */
};

static const struct cg_cve user_namespace = {
	.routes = user_namespace_routes,
	.n_routes = sizeof(user_namespace_routes) / sizeof(user_namespace_routes[0]),
};

struct judge {
	struct cg_meanings *meanings;
	const struct cg_cve_scope *scope;
	struct cg_err *err;
	const struct cg_arch *abis[N_ABIS_MOST];
	size_t n_abis;
	uint32_t root;
	uint32_t killed, asked; /* the diagrams that answer every call with KILL_PROCESS, with NOTIFY */
	bool has_user_namespaces;
};

/* How far one gets through the calls of an entry. */
enum reach {
	REACH_NO_CALL, /* no arch of the machine has one */
	REACH_REFUSED,
	REACH_ASKED, /* a listener or a tracer decides */
	REACH_MADE,
};

static void free_policy(struct cg_policy **policy)
{
	cg_policy_free(*policy);
}

static void free_meanings(struct cg_meanings **meanings)
{
	cg_meanings_free(*meanings);
}

static void find_abis(struct judge *judge)
{
	const struct cg_arch *machine = judge->scope->machine;

	judge->abis[judge->n_abis++] = machine;
	for (size_t i = 0; i < sizeof(machines) / sizeof(machines[0]); i++) {
		if (strcmp(machines[i].machine, machine->name) != 0)
			continue;
		for (size_t k = 0; k < N_ABIS_MOST - 1 && machines[i].others[k]; k++)
			judge->abis[judge->n_abis++] = cg_arch_find(machines[i].others[k]);
	}
}

static bool is_x86(const struct cg_arch *arch)
{
	return strcmp(arch->name, "x86_64") == 0 || strcmp(arch->name, "x86") == 0 || arch->is_x32;
}

static bool fits_abi(const struct judge *judge, enum cg_cve_abi abi, const struct cg_arch *arch)
{
	switch (abi) {
	case CG_CVE_ABI_ANY:
		break;
	case CG_CVE_ABI_X86:
		return is_x86(arch);
	case CG_CVE_ABI_X32:
		return arch->is_x32;
	case CG_CVE_ABI_COMPAT:
		return arch->word_bits == 32 && judge->scope->machine->word_bits == 64;
	}
	return true;
}

/* *ret_witness is a call that gets as far as REACH_ASKED or REACH_MADE. */
static int ask(struct judge *judge, const struct cg_policy *calls, enum reach *ret_reach,
	       struct cg_witness *ret_witness)
{
	struct cg_witness witness;
	uint32_t hole, inside;
	int r = cg_meaning_of_policy(judge->meanings, calls, &hole, judge->err);

	if (r == 0)
		r = cg_meaning_of_choice(judge->meanings, hole, judge->root, judge->killed, &inside, judge->err);
	if (r == 0)
		r = cg_meaning_exceeds(judge->meanings, inside, judge->asked, &witness, judge->err);
	if (r == 1) {
		*ret_reach = REACH_MADE;
	} else if (r == 0) {
		r = cg_meaning_exceeds(judge->meanings, inside, judge->killed, &witness, judge->err);
		*ret_reach = r == 1 ? REACH_ASKED : REACH_REFUSED;
	}
	if (r == 1)
		*ret_witness = witness;
	return r < 0 ? r : 0;
}

static int reach_on(struct judge *judge, const struct cg_cve *cve, const struct cg_arch *arch, enum reach *ret_reach,
		    struct cg_witness *ret_witness)
{
	CG_CLEANUP(free_policy) struct cg_policy *calls = NULL;
	int r;

	*ret_reach = REACH_NO_CALL;
	if (!fits_abi(judge, cve->abi, arch))
		return 0;
	r = cg_cve_calls(cve, arch, &calls, judge->err);
	if (r < 0 || calls->rules.n_items == 0)
		return r;
	return ask(judge, calls, ret_reach, ret_witness);
}

static int reach(struct judge *judge, const struct cg_cve *cve, enum reach *ret_reach, struct cg_cve_finding *finding)
{
	struct cg_witness witness;
	enum reach here;

	*ret_reach = REACH_NO_CALL;
	for (size_t i = 0; i < judge->n_abis; i++) {
		int r = reach_on(judge, cve, judge->abis[i], &here, &witness);

		if (r < 0)
			return r;
		if (here >= REACH_ASKED)
			finding->arches |= 1U << cg_arch_index(judge->abis[i]);
		if (here <= *ret_reach)
			continue;
		*ret_reach = here;
		if (here >= REACH_ASKED) {
			finding->example = witness.call;
			finding->action = witness.a;
		}
	}
	return 0;
}

/* What must be made besides: the entry is reached no further than that. Any arch of the machine will do. */
static int limit(struct judge *judge, enum reach *far, struct cg_cve_finding *finding)
{
	const struct cg_cve also = { .routes = finding->cve->also_routes, .n_routes = finding->cve->n_also_routes };
	struct cg_cve_finding besides = { 0 };
	enum reach there;
	int r;

	if (also.n_routes == 0 || *far <= REACH_REFUSED)
		return 0;
	r = reach(judge, &also, &there, &besides);
	if (r < 0 || there >= *far)
		return r;
	*far = there == REACH_ASKED ? REACH_ASKED : REACH_REFUSED;
	finding->arches = besides.arches;
	finding->example = besides.example;
	finding->action = besides.action;
	return 0;
}

static bool needs_what_nobody_has(const struct judge *judge, const struct cg_cve *cve)
{
	int bit = cve->capability ? cg_cap_find(cve->capability) : -1;

	return bit >= 0 && !judge->has_user_namespaces && !(judge->scope->capabilities >> bit & 1);
}

static void conclude(const struct judge *judge, enum reach far, struct cg_cve_finding *finding)
{
	const struct cg_cve *cve = finding->cve;

	finding->reason = CG_CVE_BY_CALL;
	switch (far) {
	case REACH_NO_CALL:
		finding->verdict = CG_CVE_ABSENT;
		return;
	case REACH_REFUSED:
		finding->verdict = cve->is_wholly ? CG_CVE_CLOSED : CG_CVE_PARTLY;
		if (!cve->is_wholly)
			finding->reason = CG_CVE_BY_ANOTHER;
		return;
	case REACH_ASKED:
		finding->verdict = CG_CVE_PARTLY;
		finding->reason = CG_CVE_BY_LISTENER;
		return;
	case REACH_MADE:
		break;
	}
	finding->verdict = CG_CVE_OPEN;
	if (needs_what_nobody_has(judge, cve)) {
		finding->verdict = CG_CVE_PARTLY;
		finding->reason = CG_CVE_BY_CAPABILITY;
	}
}

static int prepare(struct judge *judge)
{
	struct cg_cve_finding unused = { 0 };
	enum reach far = REACH_NO_CALL;
	int r = cg_meaning_of_action(judge->meanings, CG_ACTION_KILL_PROCESS, &judge->killed, judge->err);

	find_abis(judge);
	if (r == 0)
		r = cg_meaning_of_action(judge->meanings, CG_ACTION_NOTIFY, &judge->asked, judge->err);
	if (r == 0)
		r = reach(judge, &user_namespace, &far, &unused);
	judge->has_user_namespaces = far >= REACH_ASKED;
	return r;
}

int cg_cves_judge(struct cg_meanings *meanings, uint32_t root, const struct cg_cve_scope *scope,
		  struct cg_cve_findings *ret_findings, struct cg_err *err)
{
	struct judge judge = { .meanings = meanings, .scope = scope, .root = root, .err = err };
	CG_CLEANUP(cg_cve_findings_done) struct cg_cve_findings findings = { 0 };
	int r = prepare(&judge);

	if (r < 0)
		return r;
	findings.items = calloc(cg_n_cves, sizeof(*findings.items));
	if (!findings.items)
		return cg_err_memory(err);
	for (size_t i = 0; i < cg_n_cves; i++) {
		struct cg_cve_finding *finding = &findings.items[findings.n_items++];
		enum reach far;

		finding->cve = &cg_cves[i];
		r = reach(&judge, finding->cve, &far, finding);
		if (r == 0)
			r = limit(&judge, &far, finding);
		if (r < 0)
			return r;
		conclude(&judge, far, finding);
		findings.n[finding->verdict]++;
	}
	*ret_findings = findings;
	findings = (struct cg_cve_findings){ 0 };
	return 0;
}

/* All that is made through x86's socketcall(2), whose arguments no filter sees: as a hole of its own. */
static int refuse_socketcall(struct cg_meanings *meanings, uint32_t root, uint32_t *ret_root, struct cg_err *err)
{
	static const struct cg_cve_route routes[] = { { "socketcall", 0 } };
	static const struct cg_cve socketcall = { .routes = routes, .n_routes = 1 };
	CG_CLEANUP(free_policy) struct cg_policy *calls = NULL;
	uint32_t killed, inside;
	int r = cg_cve_calls(&socketcall, cg_arch_find("x86"), &calls, err);

	if (r == 0)
		r = cg_meaning_of_policy(meanings, calls, &inside, err);
	if (r == 0)
		r = cg_meaning_of_action(meanings, CG_ACTION_KILL_PROCESS, &killed, err);
	return r < 0 ? r : cg_meaning_of_choice(meanings, inside, killed, root, ret_root, err);
}

int cg_cves_find_socketcalls(struct cg_meanings *meanings, uint32_t root, const struct cg_cve_scope *scope,
			     struct cg_cve_findings *findings, struct cg_err *err)
{
	CG_CLEANUP(cg_cve_findings_done) struct cg_cve_findings without = { 0 };
	uint32_t rest;
	int r = refuse_socketcall(meanings, root, &rest, err);

	if (r == 0)
		r = cg_cves_judge(meanings, rest, scope, &without, err);
	for (size_t i = 0; r == 0 && i < findings->n_items; i++) {
		struct cg_cve_finding *finding = &findings->items[i];

		finding->is_by_socketcall =
			finding->verdict == CG_CVE_OPEN && without.items[i].verdict != CG_CVE_OPEN;
		findings->n_by_socketcall += finding->is_by_socketcall;
	}
	return r;
}

int cg_cves_judge_policy(const struct cg_policy *policy, const struct cg_cve_scope *scope,
			 struct cg_cve_findings *ret_findings, struct cg_err *err)
{
	CG_CLEANUP(free_meanings) struct cg_meanings *meanings = cg_meanings_new(NULL);
	uint32_t root;
	int r;

	if (!meanings)
		return cg_err_memory(err);
	r = cg_meaning_of_policy(meanings, policy, &root, err);
	return r < 0 ? r : cg_cves_judge(meanings, root, scope, ret_findings, err);
}

void cg_cve_findings_done(struct cg_cve_findings *findings)
{
	free(findings->items);
	*findings = (struct cg_cve_findings){ 0 };
}
