/*
 * Vulnerabilities: what is shown is what is proven, a policy that refuses exactly the calls of an entry closes it, and
 * verdicts hold when single calls are asked of eval.
 */
#include "report/cves.h"

#include "language/policy_text.h"
#include "profile/bundled.h"
#include "profile/test-support.h"

static void free_policy(struct cg_policy **policy)
{
	cg_policy_free(*policy);
}

static void free_meanings(struct cg_meanings **meanings)
{
	cg_meanings_free(*meanings);
}

#define OWN_POLICY CG_CLEANUP(free_policy)
#define OWN_SET CG_CLEANUP(free_meanings)
#define OWN_FINDINGS CG_CLEANUP(cg_cve_findings_done)

static const char *const x86_abis[] = { "x86_64", "x86", "x32" };

static struct cg_cve_scope scope_of(const char *machine, const char *capability)
{
	struct cg_cve_scope scope = { .machine = cg_arch_find(machine) };

	if (capability)
		scope.capabilities = 1ULL << cg_cap_find(capability);
	return scope;
}

static struct cg_policy *bundled(const char *name)
{
	const struct cg_bundled *text = cg_bundled_find(name);
	struct cg_target target = target_for("oci");
	struct cg_policy *policy = NULL;

	assert_non_null(text);
	assert_int_equal(resolve_bytes(text->text, text->length, &target, NULL, &policy, NULL), 0);
	return policy;
}

static void judge(const struct cg_policy *policy, const struct cg_cve_scope *scope, struct cg_cve_findings *findings)
{
	struct cg_err err = { 0 };

	if (cg_cves_judge_policy(policy, scope, findings, &err) < 0)
		fail_msg("%s", err.message);
	assert_int_equal(findings->n_items, cg_n_cves);
}

static const struct cg_cve_finding *finding_of(const struct cg_cve_findings *findings, const char *id)
{
	const struct cg_cve *cve = cg_cve_find(id);

	assert_non_null(cve);
	return &findings->items[cve - cg_cves];
}

static bool is_refused(uint32_t action)
{
	action &= CG_ACTION_MASK;
	return action != CG_ACTION_ALLOW && action != CG_ACTION_LOG;
}

/* A policy of x86_64, x86 and x32 that answers everything alike. */
static struct cg_policy *plain_policy(uint32_t action)
{
	struct cg_policy *policy = cg_policy_new(action);

	policy->bad_arch_action = action;
	for (size_t i = 0; i < CG_N_ITEMS(x86_abis); i++)
		assert_int_equal(cg_policy_add_arch(policy, cg_arch_find(x86_abis[i]), NULL), 0);
	return policy;
}

/* An entry as a policy text would say it. */
static struct cg_policy *policy_of_entry(const char *says, const char *arch)
{
	struct cg_target target = target_for("oci");
	const struct cg_policy_text_options options = { .target = &target };
	CG_CLEANUP(cg_text_done) struct cg_text text = { 0 };
	CG_FREE char *entry = strdup(says);
	struct cg_policy *policy = NULL;
	struct cg_err err = { 0 };
	char *rest = entry;

	target.arch = cg_arch_find(arch);
	cg_text_add(&text, "default kill_process\nbad-arch kill_process\n");
	for (char *part = strtok_r(entry, ";", &rest); part; part = strtok_r(NULL, ";", &rest))
		cg_text_addf(&text, "allow %s\n", part + (part[0] == ' '));
	if (cg_policy_text_read(says, cg_text_get(&text), text.length, &options, &policy, NULL, &err) < 0)
		fail_msg("%s: %s", err.place, err.message);
	return policy;
}

/* socketcall and ipc, which a text would have to name, are not there on these two. */
static void check_entry(const struct cg_cve *cve, const char *says, const char *arch)
{
	OWN_POLICY struct cg_policy *said = policy_of_entry(says, arch);
	OWN_POLICY struct cg_policy *calls = NULL;
	OWN_SET struct cg_meanings *meanings = cg_meanings_new(NULL);
	uint32_t x, y;

	assert_int_equal(cg_cve_calls(cve, cg_arch_find(arch), &calls, NULL), 0);
	assert_int_equal(cg_meaning_of_policy(meanings, said, &x, NULL), 0);
	assert_int_equal(cg_meaning_of_policy(meanings, calls, &y, NULL), 0);
	if (x != y)
		fail_msg("\"%s\" means another thing on %s", says, arch);
}

static void test_entries_are_policy_texts(void **state)
{
	static const char *const arches[] = { "x86_64", "aarch64" };

	for (size_t i = 0; i < cg_n_cves; i++) {
		const struct cg_cve *cve = &cg_cves[i];
		const struct cg_cve also = { .routes = cve->also_routes, .n_routes = cve->n_also_routes };

		assert_int_equal(!cve->also, cve->n_also_routes == 0);
		for (size_t a = 0; a < CG_N_ITEMS(arches); a++) {
			check_entry(cve, cve->entry, arches[a]);
			if (cve->also)
				check_entry(&also, cve->also, arches[a]);
		}
	}
}

static void test_table(void **state)
{
	size_t n_bpf = 0;

	assert_true(cg_n_cves >= 60);
	for (size_t i = 0; i < cg_n_cves; i++) {
		const struct cg_cve *cve = &cg_cves[i];

		assert_ptr_equal(cg_cve_find(cve->id), cve);
		assert_int_equal(strtoul(cve->id + 4, NULL, 10), cve->year);
		assert_int_equal(cve->is_wholly, !cve->why && !cve->why_ja);
		assert_true(!cve->capability || cg_cap_find(cve->capability) >= 0);
		assert_true(cve->n_routes > 0 && *cve->title && *cve->title_ja && *cve->source);
		assert_int_not_equal(cve->title[strlen(cve->title) - 1], '.');
		n_bpf += strncmp(cve->entry, "bpf ", 4) == 0;
	}
	assert_true(n_bpf >= 5);
	assert_int_equal(cg_cve_count_of_call("bpf"), n_bpf);
	assert_int_equal(cg_cve_count_of_call("getpid"), 0);
	assert_null(cg_cve_find("CVE-1999-0001"));
}

static void test_nothing_closed_and_everything(void **state)
{
	const struct cg_cve_scope scope = scope_of("x86_64", NULL);
	OWN_POLICY struct cg_policy *open = plain_policy(CG_ACTION_ALLOW);
	OWN_POLICY struct cg_policy *closed = plain_policy(cg_action_errno(EPERM));
	OWN_FINDINGS struct cg_cve_findings in_open = { 0 }, in_closed = { 0 };
	size_t n_wholly = 0;

	judge(open, &scope, &in_open);
	judge(closed, &scope, &in_closed);
	for (size_t i = 0; i < cg_n_cves; i++) {
		n_wholly += cg_cves[i].is_wholly;
		assert_int_equal(in_closed.items[i].arches, 0);
	}
	assert_int_equal(in_open.n[CG_CVE_OPEN], cg_n_cves);
	assert_int_equal(in_closed.n[CG_CVE_CLOSED], n_wholly);
	assert_int_equal(in_closed.n[CG_CVE_PARTLY], cg_n_cves - n_wholly);
}

/* Everything allowed but the calls of one entry, on every arch. */
static struct cg_policy *all_but(const struct cg_cve *cve)
{
	struct cg_policy *policy = plain_policy(CG_ACTION_ALLOW);

	for (size_t a = 0; a < CG_N_ITEMS(x86_abis); a++) {
		OWN_POLICY struct cg_policy *calls = NULL;

		assert_int_equal(cg_cve_calls(cve, cg_arch_find(x86_abis[a]), &calls, NULL), 0);
		for (size_t r = 0; r < calls->rules.n_items; r++) {
			struct cg_rule rule = calls->rules.items[r];

			rule.action = cg_action_errno(EPERM);
			assert_int_equal(cg_policy_add_rule(policy, &rule, NULL), 0);
		}
	}
	return policy;
}

static void test_exactly_its_calls_close_it(void **state)
{
	const struct cg_cve_scope scope = scope_of("x86_64", NULL);

	for (size_t i = 0; i < cg_n_cves; i++) {
		OWN_POLICY struct cg_policy *policy = all_but(&cg_cves[i]);
		OWN_FINDINGS struct cg_cve_findings findings = { 0 };

		judge(policy, &scope, &findings);
		assert_int_equal(findings.items[i].verdict, cg_cves[i].is_wholly ? CG_CVE_CLOSED : CG_CVE_PARTLY);
		assert_int_equal(findings.items[i].reason, cg_cves[i].is_wholly ? CG_CVE_BY_CALL : CG_CVE_BY_ANOTHER);
		assert_true(findings.n[CG_CVE_OPEN] > cg_n_cves / 2);

		/* One of them let through again: open. */
		policy->rules.items[policy->rules.n_items - 1].action = CG_ACTION_LOG;
		cg_cve_findings_done(&findings);
		if (policy->rules.n_items > 1 && cg_cves[i].n_routes == 1 && cg_cves[i].abi == CG_CVE_ABI_ANY) {
			judge(policy, &scope, &findings);
			assert_int_equal(findings.items[i].verdict, CG_CVE_OPEN);
			assert_int_equal(findings.items[i].action, CG_ACTION_LOG);
		}
	}
}

static uint64_t random_word(uint64_t *seed)
{
	*seed = *seed * 6364136223846793005U + 1442695040888963407U;
	return *seed ^ *seed >> 29;
}

/* Calls that reach the hole, at random, asked one by one of eval. */
static void sample(const struct cg_policy *policy, const struct cg_cve_finding *finding, const char *arch)
{
	OWN_POLICY struct cg_policy *calls = NULL;
	uint64_t seed = 1;

	assert_int_equal(cg_cve_calls(finding->cve, cg_arch_find(arch), &calls, NULL), 0);
	for (size_t r = 0; r < calls->rules.n_items; r++) {
		const struct cg_rule *rule = &calls->rules.items[r];

		for (int n = 0; n < 200; n++) {
			struct cg_call call = { .arch = rule->arch->token, .nr = rule->nr };

			for (int i = 0; i < 6; i++)
				call.args[i] = n & 1 ? random_word(&seed) : random_word(&seed) >> (random_word(&seed) & 63);
			for (unsigned int c = 0; c < rule->n_comparisons; c++) {
				const struct cg_comparison *comparison = &rule->comparisons[c];
				uint64_t *arg = &call.args[comparison->arg];

				*arg = (*arg & ~comparison->mask) | (comparison->value & comparison->mask);
			}
			assert_int_equal(cg_policy_eval(calls, &call), CG_ACTION_ALLOW);
			if (!is_refused(cg_policy_eval(policy, &call)))
				fail_msg("%s is not closed: number %u of %s", finding->cve->id, call.nr, arch);
		}
	}
}

/* Verdicts against eval; what is open is shown by a call that eval lets through and that is one of the entry's. */
static void check_by_eval(const struct cg_policy *policy, const struct cg_cve_findings *findings)
{
	for (size_t i = 0; i < findings->n_items; i++) {
		const struct cg_cve_finding *finding = &findings->items[i];
		OWN_POLICY struct cg_policy *calls = NULL;

		const bool is_simple = finding->cve->abi == CG_CVE_ABI_ANY && !finding->cve->also;

		for (size_t a = 0; a < CG_N_ITEMS(x86_abis) && is_simple; a++) {
			if (!(finding->arches >> cg_arch_index(cg_arch_find(x86_abis[a])) & 1))
				sample(policy, finding, x86_abis[a]);
		}
		if (!finding->arches)
			continue;
		assert_int_equal(cg_cve_calls(finding->cve, cg_arch_of_call(&finding->example), &calls, NULL), 0);
		assert_int_equal(cg_policy_eval(calls, &finding->example), CG_ACTION_ALLOW);
		assert_int_equal(cg_policy_eval(policy, &finding->example), finding->action);
		assert_false(is_refused(finding->action));
	}
}

static void say_open(const char *name, const struct cg_cve_findings *findings)
{
	print_message("# %s: %zu closed, %zu partly, %zu open\n", name, findings->n[CG_CVE_CLOSED],
		      findings->n[CG_CVE_PARTLY], findings->n[CG_CVE_OPEN]);
	for (size_t i = 0; i < findings->n_items; i++) {
		const struct cg_cve_finding *finding = &findings->items[i];

		if (finding->verdict == CG_CVE_OPEN)
			print_message("#   open: %s %s (arches %x)\n", finding->cve->id, finding->cve->entry,
				      finding->arches);
	}
}

static void check_bundled(const char *name, const size_t expected[CG_N_CVE_VERDICTS])
{
	const struct cg_cve_scope scope = { cg_arch_find("x86_64"), cg_caps_docker_default() };
	OWN_POLICY struct cg_policy *policy = bundled(name);
	OWN_FINDINGS struct cg_cve_findings findings = { 0 };

	judge(policy, &scope, &findings);
	say_open(name, &findings);
	check_by_eval(policy, &findings);
	for (int verdict = 0; verdict < CG_N_CVE_VERDICTS; verdict++)
		assert_int_equal(findings.n[verdict], expected[verdict]);
}

static void test_bundled_profiles(void **state)
{
	static const size_t in_default[] = { 27, 10, 35, 0 }, in_workspace[] = { 54, 3, 15, 0 };

	check_bundled("container-default", in_default);
	check_bundled("workspace", in_workspace);
}

/* What needs a capability is open to one that holds it, or can make a user namespace. */
static void test_capabilities(void **state)
{
	const struct cg_cve_scope without = scope_of("x86_64", NULL), with = scope_of("x86_64", "CAP_NET_RAW");
	const struct cg_cve *namespaces = cg_cve_find("CVE-2018-18955");
	OWN_POLICY struct cg_policy *policy = all_but(namespaces), *open = plain_policy(CG_ACTION_ALLOW);
	OWN_FINDINGS struct cg_cve_findings a = { 0 }, b = { 0 }, c = { 0 };

	judge(policy, &without, &a);
	assert_int_equal(finding_of(&a, "CVE-2016-8655")->verdict, CG_CVE_PARTLY);
	assert_int_equal(finding_of(&a, "CVE-2016-8655")->reason, CG_CVE_BY_CAPABILITY);
	assert_int_equal(finding_of(&a, "CVE-2016-9793")->verdict, CG_CVE_PARTLY);
	judge(policy, &with, &b);
	assert_int_equal(finding_of(&b, "CVE-2016-8655")->verdict, CG_CVE_OPEN);
	assert_int_equal(finding_of(&b, "CVE-2016-9793")->verdict, CG_CVE_PARTLY);
	judge(open, &without, &c);
	assert_int_equal(finding_of(&c, "CVE-2016-8655")->verdict, CG_CVE_OPEN);
}

/* NOTIFY and TRACE: somebody else decides. */
static void test_listeners(void **state)
{
	const struct cg_cve_scope scope = scope_of("x86_64", NULL);
	const uint32_t actions[] = { CG_ACTION_NOTIFY, cg_action_trace(7) };

	for (size_t i = 0; i < CG_N_ITEMS(actions); i++) {
		OWN_POLICY struct cg_policy *policy = plain_policy(actions[i]);
		OWN_FINDINGS struct cg_cve_findings findings = { 0 };

		judge(policy, &scope, &findings);
		assert_int_equal(findings.n[CG_CVE_PARTLY], cg_n_cves);
		for (size_t k = 0; k < cg_n_cves; k++) {
			assert_int_equal(findings.items[k].reason, CG_CVE_BY_LISTENER);
			assert_int_equal(findings.items[k].action, actions[i]);
		}
	}
}

static void deny_domain(struct cg_policy *policy, const char *arch_name, uint64_t mask)
{
	const struct cg_comparison is_domain = { .op = CG_OP_MASKED_EQ, .value = 38, .mask = mask };
	const struct cg_arch *arch = cg_arch_find(arch_name);
	struct cg_rule rule = {
		.arch = arch, .action = cg_action_errno(EPERM), .comparisons = &is_domain, .n_comparisons = 1
	};

	assert_true(cg_syscall_number(arch, "socket", &rule.nr));
	assert_int_equal(cg_policy_add_rule(policy, &rule, NULL), 0);
}

/* 38 is AF_ALG. A rule that compares 64 bits leaves it open, and so does socketcall where it stays. */
static void test_bypasses(void **state)
{
	const struct cg_cve_scope scope = scope_of("x86_64", NULL);
	OWN_POLICY struct cg_policy *wide = plain_policy(CG_ACTION_ALLOW), *narrow = plain_policy(CG_ACTION_ALLOW);
	OWN_FINDINGS struct cg_cve_findings in_wide = { 0 }, in_narrow = { 0 };
	const struct cg_cve_finding *finding;

	for (size_t i = 0; i < CG_N_ITEMS(x86_abis); i++) {
		deny_domain(wide, x86_abis[i], UINT64_MAX);
		deny_domain(narrow, x86_abis[i], UINT32_MAX);
	}
	judge(wide, &scope, &in_wide);
	finding = finding_of(&in_wide, "CVE-2017-17806");
	assert_int_equal(finding->verdict, CG_CVE_OPEN);
	assert_int_equal(finding->example.arch, cg_arch_find("x86_64")->token);
	assert_int_equal((uint32_t)finding->example.args[0], 38);
	assert_true(finding->example.args[0] > UINT32_MAX);

	judge(narrow, &scope, &in_narrow);
	finding = finding_of(&in_narrow, "CVE-2017-17806");
	assert_int_equal(finding->verdict, CG_CVE_OPEN);
	assert_int_equal(finding->arches, 1U << cg_arch_index(cg_arch_find("x86")));
	assert_int_equal(finding->example.args[0], 1);
	assert_string_equal(cg_syscall_of_nr(cg_arch_find("x86"), finding->example.nr)->name, "socketcall");
}

/* An entry that needs a socket of a family besides is reached no further than that. */
static void test_what_is_needed_besides(void **state)
{
	const struct cg_cve_scope scope = scope_of("x86_64", NULL);
	const struct cg_cve *cve = cg_cve_find("CVE-2023-0461");
	const struct cg_cve also = { .routes = cve->also_routes, .n_routes = cve->n_also_routes };
	const uint32_t actions[] = { cg_action_errno(EPERM), CG_ACTION_NOTIFY };

	for (size_t i = 0; i < CG_N_ITEMS(actions); i++) {
		OWN_POLICY struct cg_policy *policy = all_but(&also);
		OWN_FINDINGS struct cg_cve_findings findings = { 0 };
		const struct cg_cve_finding *finding;

		for (size_t r = 0; r < policy->rules.n_items; r++)
			policy->rules.items[r].action = actions[i];
		judge(policy, &scope, &findings);
		finding = finding_of(&findings, cve->id);
		assert_int_equal(finding->verdict, i == 0 ? CG_CVE_CLOSED : CG_CVE_PARTLY);
		assert_int_equal(finding->reason, i == 0 ? CG_CVE_BY_CALL : CG_CVE_BY_LISTENER);
		assert_int_equal(finding->arches != 0, i == 1);
		assert_int_equal(finding->action, i == 0 ? 0 : CG_ACTION_NOTIFY);
		assert_int_equal(finding_of(&findings, "CVE-2022-0847")->verdict, CG_CVE_OPEN);
	}
}

/* What belongs to x86 is not there elsewhere; s390x has clone's flags in its second argument. */
static void test_other_machines(void **state)
{
	const struct cg_cve_scope arm = scope_of("aarch64", NULL), s390x = scope_of("s390x", NULL);
	OWN_SET struct cg_meanings *meanings = cg_meanings_new(NULL);
	OWN_FINDINGS struct cg_cve_findings on_arm = { 0 }, on_s390x = { 0 };
	uint32_t allow;

	assert_int_equal(cg_meaning_of_action(meanings, CG_ACTION_ALLOW, &allow, NULL), 0);
	assert_int_equal(cg_cves_judge(meanings, allow, &arm, &on_arm, NULL), 0);
	assert_int_equal(finding_of(&on_arm, "CVE-2014-0038")->verdict, CG_CVE_ABSENT);
	assert_int_equal(finding_of(&on_arm, "CVE-2014-4699")->verdict, CG_CVE_ABSENT);
	assert_int_equal(finding_of(&on_arm, "CVE-2021-22555")->arches, 1U << cg_arch_index(cg_arch_find("arm")));
	assert_int_equal(on_arm.n[CG_CVE_ABSENT], 2);

	assert_int_equal(cg_cves_judge(meanings, allow, &s390x, &on_s390x, NULL), 0);
	for (size_t i = 0; i < cg_n_cves; i++)
		assert_true(on_s390x.items[i].verdict == CG_CVE_OPEN || on_s390x.items[i].verdict == CG_CVE_ABSENT);
	{
		OWN_POLICY struct cg_policy *calls = NULL;

		assert_int_equal(cg_cve_calls(cg_cve_find("CVE-2018-18955"), s390x.machine, &calls, NULL), 0);
		assert_int_equal(ask(calls, "s390x", "clone", 0, 0x10000000), CG_ACTION_ALLOW);
		assert_int_equal(ask(calls, "s390x", "clone", 0x10000000, 0), CG_ACTION_KILL_PROCESS);
		assert_int_equal(ask(calls, "s390x", "unshare", 0x10000000, 0), CG_ACTION_ALLOW);
	}
}

/* Every architecture as the machine: without a filter nothing is closed, and most holes are there. */
static void test_every_machine(void **state)
{
	for (size_t i = 0; i < cg_n_arches; i++) {
		const struct cg_cve_scope scope = { .machine = &cg_arches[i] };
		OWN_SET struct cg_meanings *meanings = cg_meanings_new(NULL);
		OWN_FINDINGS struct cg_cve_findings findings = { 0 };
		uint32_t allow;

		assert_int_equal(cg_meaning_of_action(meanings, CG_ACTION_ALLOW, &allow, NULL), 0);
		assert_int_equal(cg_cves_judge(meanings, allow, &scope, &findings, NULL), 0);
		assert_int_equal(findings.n[CG_CVE_CLOSED] + findings.n[CG_CVE_PARTLY], 0);
		assert_true(findings.n[CG_CVE_OPEN] >= cg_n_cves - 6);
	}
}

/* Too little to decide with is said, and nothing comes out. */
static void test_budget(void **state)
{
	const struct cg_check_budget budget = { .n_steps = 4 };
	const struct cg_cve_scope scope = scope_of("x86_64", NULL);
	OWN_SET struct cg_meanings *meanings = cg_meanings_new(&budget);
	OWN_FINDINGS struct cg_cve_findings findings = { 0 };
	struct cg_err err = { 0 };
	uint32_t allow;

	assert_int_equal(cg_meaning_of_action(meanings, CG_ACTION_ALLOW, &allow, NULL), 0);
	assert_int_equal(cg_cves_judge(meanings, allow, &scope, &findings, &err), -EOVERFLOW);
	assert_int_equal(err.code, -EOVERFLOW);
	assert_int_equal(findings.n_items, 0);
	assert_null(findings.items);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_entries_are_policy_texts),
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_nothing_closed_and_everything),
		cmocka_unit_test(test_exactly_its_calls_close_it),
		cmocka_unit_test(test_bundled_profiles),
		cmocka_unit_test(test_capabilities),
		cmocka_unit_test(test_listeners),
		cmocka_unit_test(test_bypasses),
		cmocka_unit_test(test_what_is_needed_besides),
		cmocka_unit_test(test_other_machines),
		cmocka_unit_test(test_every_machine),
		cmocka_unit_test(test_budget),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
