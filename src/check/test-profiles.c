/*
 * Real profiles, from the shared folder: for each engine that reads one, what the compiler makes of it is proven, within
 * the default budget, and one instruction changed is found out.
 */
#include "check/test-set.h"
#include "compile/compile.h"
#include "profile/test-support.h"

#include <dirent.h>

struct tally {
	size_t n_proven;
	size_t n_rules_most;
	size_t n_nodes_most;
};

/* A set of its own shows how many nodes the proof takes. */
static void prove(const struct cg_policy *policy, struct cg_filter *filter, struct tally *tally)
{
	OWN_SET struct cg_meanings *meanings = cg_meanings_new(NULL);
	uint32_t wanted = test_policy_root(meanings, policy), got = test_root(meanings, filter);
	struct cg_call witness;

	assert_int_equal(wanted, got);
	tally->n_proven++;
	if (policy->rules.n_items > tally->n_rules_most)
		tally->n_rules_most = policy->rules.n_items;
	if (cg_meanings_size(meanings) > tally->n_nodes_most)
		tally->n_nodes_most = cg_meanings_size(meanings);

	/* The test of the architecture, or of the number where there is but one: all lies behind it. */
	for (size_t pc = 0; pc < filter->n_insns; pc++) {
		if (BPF_CLASS(filter->insns[pc].code) != BPF_JMP || BPF_OP(filter->insns[pc].code) == BPF_JA)
			continue;
		filter->insns[pc].k ^= 1;
		break;
	}
	if (cg_check_filter(policy, filter, NULL, &witness, NULL) == 1)
		assert_int_not_equal(cg_filter_run(filter, &witness, NULL), cg_policy_eval(policy, &witness));
	else
		assert_int_equal(test_root(meanings, filter), wanted);
}

static void check_profile(const char *bytes, size_t length, const char *engine, const char *arch, struct tally *tally)
{
	struct cg_target target = target_for(engine);
	OWN_POLICY struct cg_policy *policy = NULL;
	OWN_FILTER struct cg_filter *filter = NULL;
	struct cg_err err = { 0 };

	target.arch = cg_arch_find(arch);
	if (resolve_bytes(bytes, length, &target, NULL, &policy, &err) < 0 || !policy)
		return; /* not a profile for this engine */
	if (cg_compile(policy, &filter, &err) < 0)
		fail_msg("%s", err.message);
	prove(policy, filter, tally);
}

static void test_real_profiles(void **state)
{
	static const char *const engines[] = { "oci", "docker", "podman" };
	static const char *const arches[] = { "x86_64", "aarch64", "s390x" };
	const char *folder = shared_folder();
	struct tally tally = { 0 };
	struct dirent *entry;
	char path[1024];
	DIR *dir;

	if (!folder)
		skip();
	snprintf(path, sizeof(path), "%s/profiles/real", folder);
	dir = opendir(path);
	if (!dir) {
		print_message("# skip: there is no %s\n", path);
		skip();
	}
	while ((entry = readdir(dir))) {
		CG_FREE char *bytes = NULL;
		size_t length = 0;

		snprintf(path, sizeof(path), "%s/profiles/real/%s", folder, entry->d_name);
		if (entry->d_name[0] == '.' || !(bytes = slurp(path, &length)))
			continue;
		for (size_t i = 0; i < CG_N_ITEMS(engines) * CG_N_ITEMS(arches); i++)
			check_profile(bytes, length, engines[i % CG_N_ITEMS(engines)], arches[i / CG_N_ITEMS(engines)],
				      &tally);
	}
	closedir(dir);
	print_message("# %zu policies proven, of up to %zu rules, with up to %zu nodes\n", tally.n_proven,
		      tally.n_rules_most, tally.n_nodes_most);
	assert_true(tally.n_proven >= 30);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_real_profiles),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
