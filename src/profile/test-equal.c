/*
 * What real engines made of real profiles, from the shared folder: our resolution for that engine, those capabilities
 * and that kernel must be the same policy, rule by rule, as the plain OCI document that the engine gave its runtime.
 *
 * In: profiles/resolved/ENGINE/X.json, {"caps": [...], "seccomp": {...}}, and profiles/real/X.json.
 */
#include "profile/test-support.h"

#include "base/json_read.h"
#include "base/json_write.h"

#include <dirent.h>

static bool is_same_rule(const struct cg_rule *a, const struct cg_rule *b)
{
	if (a->arch != b->arch || a->nr != b->nr || a->action != b->action || a->n_comparisons != b->n_comparisons)
		return false;
	for (unsigned int i = 0; i < a->n_comparisons; i++) {
		const struct cg_comparison *x = &a->comparisons[i], *y = &b->comparisons[i];

		if (x->arg != y->arg || x->op != y->op || x->value != y->value || x->mask != y->mask)
			return false;
	}
	return true;
}

static bool is_same_policy(const struct cg_policy *a, const struct cg_policy *b)
{
	if (a->default_action != b->default_action || a->bad_arch_action != b->bad_arch_action ||
	    a->n_arches != b->n_arches || a->rules.n_items != b->rules.n_items)
		return false;
	for (size_t i = 0; i < a->n_arches; i++) {
		if (!cg_policy_has_arch(b, a->arches[i]))
			return false;
	}
	for (size_t i = 0; i < a->rules.n_items; i++) {
		if (!is_same_rule(&a->rules.items[i], &b->rules.items[i]))
			return false;
	}
	return true;
}

static char *read_file(const char *folder, const char *kind, const char *name, size_t *ret_length)
{
	char path[1024];

	snprintf(path, sizeof(path), "%s/profiles/%s/%s", folder, kind, name);
	return slurp(path, ret_length);
}

static uint64_t caps_of(const struct cg_json *list)
{
	uint64_t caps = 0;

	for (const struct cg_json *item = list->first; item; item = item->next)
		caps |= UINT64_C(1) << cg_cap_find(item->text);
	return caps;
}

static void check_resolved(const char *folder, const char *engine, const char *kind, const char *name)
{
	struct cg_target ours = target_for(engine), plain = target_for("oci");
	struct cg_arena arena = { 0 };
	struct cg_text text = { 0 };
	struct cg_json_writer writer = { .text = &text };
	struct cg_json *root;
	struct cg_policy *a, *b;
	size_t n_resolved = 0, n_real = 0;
	char *resolved = read_file(folder, kind, name, &n_resolved), *real = read_file(folder, "real", name, &n_real);

	assert_non_null(resolved);
	assert_non_null(real);
	assert_int_equal(cg_json_read(&arena, name, resolved, n_resolved, 0, &root, NULL), 0);
	cg_json_value(&writer, NULL, cg_json_get(root, "seccomp"));
	ours.caps = caps_of(cg_json_get(root, "caps"));

	a = policy_of(real, &ours, NULL);
	b = policy_of(cg_text_get(&text), &plain, NULL);
	if (!is_same_policy(a, b))
		fail_msg("%s for %s: %zu rules of ours, %zu of the engine's", name, kind, a->rules.n_items,
			 b->rules.n_items);
	cg_policy_free(a);
	cg_policy_free(b);
	cg_text_done(&text);
	cg_arena_done(&arena);
	free(resolved);
	free(real);
}

static size_t check_folder(const char *folder, const char *engine, const char *kind)
{
	char path[1024];
	struct dirent *entry;
	size_t n_checked = 0;
	DIR *dir;

	snprintf(path, sizeof(path), "%s/profiles/%s", folder, kind);
	dir = opendir(path);
	if (!dir)
		return 0;
	while ((entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		check_resolved(folder, engine, kind, entry->d_name);
		n_checked++;
	}
	closedir(dir);
	return n_checked;
}

static void test_engine_made_the_same(void **state)
{
	static const char *const kinds[][2] = {
		{ "docker", "resolved/docker-20.10" },
		{ "docker", "resolved/docker-20.10-capadd-SYS_ADMIN" },
		{ "podman", "resolved/podman-4.3.1" },
		{ "podman", "resolved/podman-4.3.1-capadd-SYS_ADMIN" },
	};
	const char *folder = shared_folder();

	if (!folder)
		skip();
	for (size_t i = 0; i < CG_N_ITEMS(kinds); i++) {
		size_t n_checked = check_folder(folder, kinds[i][0], kinds[i][1]);

		if (n_checked == 0) {
			print_message("# skip: there is no %s/profiles/%s\n", folder, kinds[i][1]);
			skip();
		}
		assert_int_equal(n_checked, 12);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_engine_made_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
