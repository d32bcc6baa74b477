/*
 * What the tests of this folder share: profiles from text, policies for an engine, files of the shared folder.
 */
#ifndef CG_PROFILE_TEST_SUPPORT_H
#define CG_PROFILE_TEST_SUPPORT_H

#include "abi/syscalls.h"
#include "base/cleanup.h"
#include "policy/eval.h"
#include "profile/profile.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* x86_64, kernel 6.18, Docker's default capabilities. */
static inline struct cg_target target_for(const char *engine)
{
	struct cg_target target;

	cg_target_init(&target);
	target.engine = cg_engine_find(engine);
	assert_non_null(target.engine);
	target.arch = cg_arch_find("x86_64");
	target.kernel[0] = 6;
	target.kernel[1] = 18;
	return target;
}

/* Reads and resolves; 0, or the first error. *ret_policy is NULL when the engine would apply nothing. */
static inline int resolve_bytes(const char *bytes, size_t length, const struct cg_target *target,
				struct cg_notes *notes, struct cg_policy **ret_policy, struct cg_err *err)
{
	struct cg_profile *profile = NULL;
	int rc = cg_profile_read("p.json", bytes, length, target, notes, &profile, err);

	if (rc == 0)
		rc = cg_profile_resolve(profile, target, notes, ret_policy, err);
	cg_profile_free(profile);
	return rc;
}

static inline struct cg_policy *policy_of(const char *text, const struct cg_target *target, struct cg_notes *notes)
{
	struct cg_policy *policy = NULL;
	struct cg_err err = { 0 };
	int rc = resolve_bytes(text, strlen(text), target, notes, &policy, &err);

	if (rc < 0)
		print_message("%s: %s\n", err.place, err.message);
	assert_int_equal(rc, 0);
	return policy;
}

static inline uint32_t ask(const struct cg_policy *policy, const char *arch_name, const char *name, uint64_t a0,
			   uint64_t a1)
{
	const struct cg_arch *arch = cg_arch_find(arch_name);
	struct cg_call call = { .arch = arch->token, .args = { a0, a1 } };

	assert_true(cg_syscall_number(arch, name, &call.nr));
	return cg_policy_eval(policy, &call);
}

/* The folder of files that tests may read but the project does not hold, or NULL after saying so. */
static inline const char *shared_folder(void)
{
	const char *folder = getenv("CALLGATE_SHARED");

	if (!folder || !*folder)
		print_message("# skip: CALLGATE_SHARED names no folder with profiles of engines\n");
	return folder && *folder ? folder : NULL;
}

/* The whole file, or NULL; the caller frees. */
static inline char *slurp(const char *path, size_t *ret_length)
{
	FILE *file = fopen(path, "r");
	struct cg_text text = { 0 };
	char buffer[4096];
	size_t n;

	if (!file)
		return NULL;
	while ((n = fread(buffer, 1, sizeof(buffer), file)) > 0)
		cg_text_add_bytes(&text, buffer, n);
	fclose(file);
	*ret_length = text.length;
	return cg_text_steal(&text);
}

#endif
