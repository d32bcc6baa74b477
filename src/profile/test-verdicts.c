/*
 * The verdicts of real engines on profiles at the edge, from the shared folder: a profile must be refused by the row of
 * an engine if and only if the engine refused it, and what is accepted must say of mkdir what the kernel then did.
 *
 * In: profiles/edge/VERDICTS.tsv, lines of profile, engine, outcome, words; the probe was busybox's mkdir, which calls
 * mkdir(path, 0777).
 */
#include "profile/test-support.h"

/* What the outcome says of mkdir: the kernel's words are those of strerror(). */
static bool is_outcome(const char *outcome, uint32_t action)
{
	static const struct {
		const char *outcome;
		uint32_t action;
	} rows[] = {
		{ "call refused: Operation not permitted", cg_action_errno(EPERM) },
		{ "call refused: Invalid cross-device link", cg_action_errno(EXDEV) },
		{ "call refused: Function not implemented", CG_ACTION_NOTIFY }, /* with nobody to answer */
		{ "call returned 0", cg_action_errno(0) },
		/* docker's and podman's probe said so when the call was made, too */
		{ "call returned 0", CG_ACTION_ALLOW },
		{ "call reached the kernel", CG_ACTION_ALLOW },
	};

	for (size_t i = 0; i < CG_N_ITEMS(rows); i++) {
		if (strcmp(rows[i].outcome, outcome) == 0 && rows[i].action == action)
			return true;
	}
	return false;
}

static bool check_verdict(const char *folder, const char *profile, const char *engine, const char *outcome)
{
	struct cg_target target = target_for(engine);
	struct cg_policy *policy = NULL;
	struct cg_err err = { 0 };
	uint32_t action = CG_ACTION_ALLOW;
	char path[512];
	size_t length = 0;
	char *bytes;
	bool holds;
	int rc;

	snprintf(path, sizeof(path), "%s/profiles/edge/%s.json", folder, profile);
	bytes = slurp(path, &length);
	assert_non_null(bytes);
	rc = resolve_bytes(bytes, length, &target, NULL, &policy, &err);
	if (rc == 0 && policy)
		action = ask(policy, "x86_64", "mkdir", 0x7fff0000, 0777);
	holds = strcmp(outcome, "rejected") == 0 ? rc < 0 : rc == 0 && is_outcome(outcome, action);
	if (rc < 0 && strncmp(err.place, "p.json", 6) != 0)
		holds = false;
	if (!holds)
		print_message("%s, %s: engine \"%s\", ours %d 0x%x %s: %s\n", profile, engine, outcome, rc, action,
			      err.place, err.message);
	free(bytes);
	cg_policy_free(policy);
	return holds;
}

static void test_verdicts_of_engines(void **state)
{
	const char *folder = shared_folder();
	char path[512], *table, *line, *rest;
	size_t length, n_checked = 0, n_wrong = 0;

	if (!folder)
		skip();
	snprintf(path, sizeof(path), "%s/profiles/edge/VERDICTS.tsv", folder);
	table = slurp(path, &length);
	if (!table) {
		print_message("# skip: there is no %s\n", path);
		skip();
	}
	line = strtok_r(table, "\n", &rest); /* the header */
	while ((line = strtok_r(NULL, "\n", &rest))) {
		char *column = NULL;
		const char *profile = strtok_r(line, "\t", &column);
		const char *engine = strtok_r(NULL, "\t", &column);
		const char *outcome = strtok_r(NULL, "\t", &column);

		assert_non_null(outcome);
		if (strcmp(outcome, "not tried") == 0)
			continue;
		n_checked++;
		n_wrong += !check_verdict(folder, profile, engine, outcome);
	}
	free(table);
	print_message("%zu verdicts of engines, %zu differ\n", n_checked, n_wrong);
	assert_true(n_checked >= 130);
	assert_int_equal(n_wrong, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_verdicts_of_engines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
