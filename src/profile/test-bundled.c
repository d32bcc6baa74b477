/*
 * The profiles and bases inside the binary: they are read and resolved on every engine that may get them; what
 * @container-default decides is complete over abi/'s tables; and where it differs from the engines' own defaults,
 * data/profiles/differences.csv says why.
 */
#include "abi/syscalls.h"
#include "base/cleanup.h"
#include "base/map.h"
#include "base/text.h"
#include "policy/eval.h"
#include "profile/bundled.h"
#include "profile/profile.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* What becomes of a call by name on an arch. */
enum standing { CLOSED, BY_ARGUMENTS, OPEN };
static const char *const standings[] = { "closed", "by arguments", "open" };

struct judged {
	struct cg_profile *profile;
	struct cg_policy *policy;
	struct cg_target target;
};

static void judge(const char *name, const char *text, size_t length, const char *engine, const char *arch,
		  uint64_t caps, struct judged *ret)
{
	struct cg_err err = { 0 };

	memset(ret, 0, sizeof(*ret));
	cg_target_init(&ret->target);
	ret->target.engine = cg_engine_find(engine);
	ret->target.arch = cg_arch_find(arch);
	ret->target.caps = caps;
	ret->target.kernel[0] = 6;
	ret->target.kernel[1] = 18;
	if (cg_profile_read(name, text, length, &ret->target, NULL, &ret->profile, &err) < 0 ||
	    cg_profile_resolve(ret->profile, &ret->target, NULL, &ret->policy, &err) < 0)
		fail_msg("%s on %s: %s: %s", name, engine, err.place, err.message);
	assert_non_null(ret->policy);
}

static void judged_done(struct judged *judged)
{
	cg_policy_free(judged->policy);
	cg_profile_free(judged->profile);
}

static enum standing standing_of(const struct cg_policy *policy, const struct cg_arch *arch, const char *name)
{
	bool is_permitted = false, has_arguments = false;
	uint32_t nr;

	assert_true(cg_syscall_number(arch, name, &nr));
	for (size_t i = 0; i < policy->rules.n_items; i++) {
		const struct cg_rule *rule = &policy->rules.items[i];

		if (rule->arch != arch || rule->nr != nr || rule->action == policy->default_action)
			continue;
		if (rule->n_comparisons == 0)
			return cg_action_is_permit(rule->action) ? OPEN : CLOSED;
		has_arguments = true;
		is_permitted |= cg_action_is_permit(rule->action);
	}
	if (has_arguments)
		return is_permitted ? BY_ARGUMENTS : CLOSED;
	return cg_action_is_permit(policy->default_action) ? OPEN : CLOSED;
}

/* The conditions of one call as text, in order: what two profiles that hold it by arguments are compared by. */
static void format_conditions(struct cg_text *text, const struct cg_policy *policy, const struct cg_arch *arch,
			      const char *name)
{
	uint32_t nr;

	assert_true(cg_syscall_number(arch, name, &nr));
	for (size_t i = 0; i < policy->rules.n_items; i++) {
		const struct cg_rule *rule = &policy->rules.items[i];

		if (rule->arch != arch || rule->nr != nr || rule->action == policy->default_action)
			continue;
		cg_action_format(text, rule->action);
		for (unsigned int c = 0; c < rule->n_comparisons; c++)
			cg_text_addf(text, " a%u %s %llx %llx", rule->comparisons[c].arg,
				     cg_op_name(rule->comparisons[c].op),
				     (unsigned long long)(uint32_t)rule->comparisons[c].value,
				     (unsigned long long)(uint32_t)rule->comparisons[c].mask);
		cg_text_add_char(text, ';');
	}
}

static bool has_same_conditions(const struct cg_policy *a, const struct cg_policy *b, const struct cg_arch *arch,
				const char *name)
{
	CG_CLEANUP(cg_text_done) struct cg_text text_a = { 0 };
	CG_CLEANUP(cg_text_done) struct cg_text text_b = { 0 };

	format_conditions(&text_a, a, arch, name);
	format_conditions(&text_b, b, arch, name);
	return strcmp(cg_text_get(&text_a), cg_text_get(&text_b)) == 0;
}

static void test_read_everywhere(void **state)
{
	static const char *const arches[] = { "x86_64", "aarch64", "x86", "arm", "s390x" };

	assert_int_equal(cg_n_bundled, 5);
	for (size_t i = 0; i < cg_n_bundled + cg_n_bases; i++) {
		const struct cg_bundled *row = i < cg_n_bundled ? &cg_bundled[i] : &cg_bases[i - cg_n_bundled];

		assert_true(strlen(row->meaning) > 20);
		for (size_t a = 0; a < CG_N_ITEMS(arches); a++) {
			struct judged judged;

			/* The workspace is a thing of x86_64, which no filter holds together with s390x. */
			if (strcmp(row->name, "workspace") == 0 && cg_arch_find(arches[a])->is_big_endian)
				continue;
			judge(row->name, row->text, row->length, "oci", arches[a], cg_caps_docker_default(), &judged);
			assert_true(judged.policy->rules.n_items > 0);
			judged_done(&judged);
		}
	}
	assert_non_null(cg_bundled_find("container-default"));
	assert_non_null(cg_base_find("runc"));
	assert_null(cg_bundled_find("runc"));
	assert_null(cg_base_find("Runc"));
}

/* Every name that the texts use is a call; typing errors would otherwise stay unseen, as engines ignore them. */
static void test_names_exist(void **state)
{
	for (size_t i = 0; i < cg_n_bundled + cg_n_bases; i++) {
		const struct cg_bundled *row = i < cg_n_bundled ? &cg_bundled[i] : &cg_bases[i - cg_n_bundled];
		struct judged judged;

		judge(row->name, row->text, row->length, "oci", "x86_64", 0, &judged);
		for (size_t r = 0; r < judged.profile->rules.n_items; r++) {
			const struct cg_profile_rule *rule = &judged.profile->rules.items[r];

			for (size_t n = 0; n < rule->names.n_items; n++)
				if (!cg_syscall_find(rule->names.items[n].text))
					fail_msg("%s:%u: no call %s", row->name, rule->names.items[n].line,
						 rule->names.items[n].text);
			for (size_t n = 0; n < rule->includes.caps.n_items; n++)
				assert_true(cg_cap_find(rule->includes.caps.items[n].text) >= 0);
			for (size_t n = 0; n < rule->excludes.caps.n_items; n++)
				assert_true(cg_cap_find(rule->excludes.caps.items[n].text) >= 0);
		}
		judged_done(&judged);
	}
}

/* A call that abi/ learns must be decided here: allowed, refused, or obsolete. */
static void test_container_default_is_complete(void **state)
{
	const struct cg_bundled *row = cg_bundled_find("container-default");
	const struct cg_group *obsolete = cg_group_find("obsolete");
	CG_CLEANUP(cg_map_done) struct cg_map names = { 0 };
	struct judged judged;

	judge(row->name, row->text, row->length, "oci", "x86_64", 0, &judged);
	for (size_t r = 0; r < judged.profile->rules.n_items; r++) {
		const struct cg_profile_rule *rule = &judged.profile->rules.items[r];
		struct cg_map_entry *entry;

		for (size_t n = 0; n < rule->names.n_items; n++)
			assert_int_equal(cg_map_put(&names, rule->names.items[n].text,
						    strlen(rule->names.items[n].text), &entry), 0);
	}
	for (size_t i = 0; i < cg_n_syscalls; i++) {
		const struct cg_syscall *call = &cg_syscalls[i];
		bool is_obsolete = false;

		for (size_t n = 0; n < obsolete->n_names; n++)
			is_obsolete |= strcmp(obsolete->names[n], call->name) == 0;
		if (!cg_map_find(&names, call->name, strlen(call->name)) &&
		    (call->tier != CG_TIER_NONE || !is_obsolete))
			fail_msg("container-default.json says nothing of %s (%s risk): allow or refuse it", call->name,
				 cg_tier_name(call->tier));
	}
	judged_done(&judged);
}

/* What it must do for every container, asked of the specification. */
static void test_container_default_answers(void **state)
{
	static const struct {
		const char *arch, *call;
		uint64_t args[2];
		bool has_all_caps, is_permitted;
	} rows[] = {
		{ "x86_64", "clone", { 0x11 }, false, true },
		{ "x86_64", "clone", { 0x10000011 }, false, false },
		{ "x86_64", "clone", { 0x10000011 }, true, true },
		{ "x86_64", "clone3", { 0 }, false, false },
		{ "x86_64", "socket", { 1 }, false, true },
		{ "x86_64", "socket", { 0xdeadbeef00000002 }, false, true },
		{ "x86_64", "socket", { 40 }, false, false },
		{ "x86_64", "personality", { 0xffffffff }, false, true },
		{ "x86_64", "personality", { 0x0040000 }, false, false },
		{ "x86_64", "mount", { 0 }, false, false },
		{ "x86_64", "mount", { 0 }, true, true },
		{ "x86_64", "kexec_load", { 0 }, true, false },
		{ "x86_64", "io_uring_setup", { 0 }, true, false },
		{ "x86", "clone", { 0x10000011 }, false, false },
		{ "x86", "socketcall", { 1 }, false, true },
		{ "aarch64", "clone", { 0x10000011 }, false, false },
		{ "s390x", "clone", { 0x10000011, 0x11 }, false, true },
		{ "s390x", "clone", { 0x11, 0x10000011 }, false, false },
	};
	const struct cg_bundled *bundled = cg_bundled_find("container-default");

	for (size_t i = 0; i < CG_N_ITEMS(rows); i++) {
		const struct cg_arch *arch = cg_arch_find(rows[i].arch);
		struct cg_call call = { .arch = arch->token, .args = { rows[i].args[0], rows[i].args[1] } };
		uint64_t caps = rows[i].has_all_caps ? cg_caps_all() : cg_caps_docker_default();
		struct judged judged;

		judge(bundled->name, bundled->text, bundled->length, "oci",
		      strcmp(rows[i].arch, "x86") == 0 ? "x86_64" : rows[i].arch, caps, &judged);
		assert_true(cg_syscall_number(arch, rows[i].call, &call.nr));
		if (cg_action_is_permit(cg_policy_eval(judged.policy, &call)) != rows[i].is_permitted)
			fail_msg("row %zu: %s", i, rows[i].call);
		judged_done(&judged);
	}
}

/* ---- differences from the engines' own profiles */

struct difference {
	char key[128]; /* "docker|default|call|ours|theirs" */
	bool is_met;
};

static CG_VEC(struct difference) listed;
static size_t n_unlisted;

static char *read_text(const char *path, size_t *ret_length)
{
	FILE *file = fopen(path, "r");
	char *text = NULL;
	long length;

	if (!file)
		return NULL;
	assert_int_equal(fseek(file, 0, SEEK_END), 0);
	length = ftell(file);
	rewind(file);
	text = malloc((size_t)length + 1);
	assert_non_null(text);
	*ret_length = fread(text, 1, (size_t)length, file);
	text[*ret_length] = '\0';
	fclose(file);
	return text;
}

/* engines,caps,call,ours,theirs,reason: engines and caps may name several, one space between. */
static void read_differences(const char *path)
{
	size_t length;
	char *text = read_text(path, &length), *line_end;

	if (!text) {
		print_message("# skip: no %s (CALLGATE_SOURCE names the source's folder)\n", path);
		skip();
	}
	for (char *line = text; *line; line = line_end + 1) {
		char fields[5][64] = { "" };

		line_end = strchr(line, '\n');
		assert_non_null(line_end);
		*line_end = '\0';
		if (line[0] == '#' || strncmp(line, "engines,", 8) == 0)
			continue;
		if (sscanf(line, "%63[^,],%63[^,],%63[^,],%63[^,],%63[^,],", fields[0], fields[1], fields[2], fields[3],
			   fields[4]) != 5 || strlen(strrchr(line, ',')) < 10)
			fail_msg("differences.csv: \"%s\" is no row with a reason", line);
		for (char *e, *engines = fields[0]; (e = strsep(&engines, " ")) != NULL;) {
			char caps_copy[64];

			snprintf(caps_copy, sizeof(caps_copy), "%s", fields[1]);
			for (char *c, *caps = caps_copy; (c = strsep(&caps, " ")) != NULL;) {
				struct difference row = { .is_met = false };

				snprintf(row.key, sizeof(row.key), "%s|%s|%.40s|%.20s|%.20s", e, c, fields[2],
					 fields[3], fields[4]);
				assert_int_equal(cg_vec_push(&listed, row), 0);
			}
		}
	}
	free(text);
}

static void meet(const char *key)
{
	for (size_t i = 0; i < listed.n_items; i++)
		if (strcmp(listed.items[i].key, key) == 0) {
			listed.items[i].is_met = true;
			print_message("# %s\n", key);
			return;
		}
	print_message("# NOT LISTED: %s\n", key);
	n_unlisted++;
}

static void compare(const char *engine, const char *caps, const struct judged *ours, const struct judged *theirs)
{
	for (size_t i = 0; i < cg_n_syscalls; i++) {
		const char *name = cg_syscalls[i].name;

		for (size_t a = 0; a < ours->policy->n_arches; a++) {
			const struct cg_arch *arch = ours->policy->arches[a];
			enum standing our_standing, their_standing;
			char key[128];
			uint32_t nr;

			if (!cg_policy_has_arch(theirs->policy, arch) || !cg_syscall_number(arch, name, &nr))
				continue;
			our_standing = standing_of(ours->policy, arch, name);
			their_standing = standing_of(theirs->policy, arch, name);
			if (our_standing == their_standing &&
			    (our_standing != BY_ARGUMENTS ||
			     has_same_conditions(ours->policy, theirs->policy, arch, name)))
				continue;
			snprintf(key, sizeof(key), "%s|%s|%s|%s|%s", engine, caps, name, standings[our_standing],
				 our_standing == their_standing ? "other arguments" : standings[their_standing]);
			meet(key);
			break;
		}
	}
}

static void test_differences(void **state)
{
	static const struct {
		const char *engine, *file;
	} defaults[] = { { "docker", "moby-default.json" }, { "podman", "containers-common-seccomp.json" } };
	static const char *const arches[] = { "x86_64", "aarch64" };
	const struct cg_bundled *bundled = cg_bundled_find("container-default");
	const char *shared = getenv("CALLGATE_SHARED"), *source = getenv("CALLGATE_SOURCE");
	char path[512];
	size_t n_stale = 0;

	snprintf(path, sizeof(path), "%s/data/profiles/differences.csv", source ? source : ".");
	read_differences(path);
	for (size_t d = 0; d < CG_N_ITEMS(defaults); d++) {
		size_t length;
		char *text;

		snprintf(path, sizeof(path), "%s/profiles/real/%s", shared ? shared : "../shared", defaults[d].file);
		text = read_text(path, &length);
		if (!text) {
			print_message("# the engines' own profiles are not there (%s): nothing is compared\n", path);
			skip();
		}
		for (size_t i = 0; i < 2 * CG_N_ITEMS(arches); i++) {
			uint64_t caps = i % 2 ? cg_caps_all() : cg_caps_docker_default();
			struct judged ours, theirs;

			judge(bundled->name, bundled->text, bundled->length, defaults[d].engine, arches[i / 2], caps,
			      &ours);
			judge(defaults[d].file, text, length, defaults[d].engine, arches[i / 2], caps, &theirs);
			compare(defaults[d].engine, i % 2 ? "all" : "default", &ours, &theirs);
			judged_done(&ours);
			judged_done(&theirs);
		}
		free(text);
	}
	for (size_t i = 0; i < listed.n_items; i++)
		if (!listed.items[i].is_met) {
			print_message("# NO LONGER SO: %s\n", listed.items[i].key);
			n_stale++;
		}
	cg_vec_done(&listed);
	assert_int_equal(n_unlisted + n_stale, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_read_everywhere),
		cmocka_unit_test(test_names_exist),
		cmocka_unit_test(test_container_default_is_complete),
		cmocka_unit_test(test_container_default_answers),
		cmocka_unit_test(test_differences),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
