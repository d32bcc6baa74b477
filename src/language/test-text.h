/*
 * What the tests of this folder share: policies from text, with files that are strings.
 */
#ifndef CG_LANGUAGE_TEST_TEXT_H
#define CG_LANGUAGE_TEST_TEXT_H

#include "base/cleanup.h"
#include "language/policy_text.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* A file that `include` finds. A list ends with a row without a name. */
struct test_file {
	const char *name;
	const char *text;
};

static inline int test_include(void *context, const char *from, const char *path, struct cg_text *ret_bytes,
			       const char **ret_name, struct cg_err *err)
{
	for (const struct test_file *file = context; file && file->name; file++) {
		if (strcmp(file->name, path) != 0)
			continue;
		cg_text_add(ret_bytes, file->text);
		*ret_name = file->name;
		return 0;
	}
	return cg_err_set(err, -ENOENT, path, "there is no such file");
}

static inline struct cg_target test_target(void)
{
	struct cg_target target;

	cg_target_init(&target);
	target.arch = cg_arch_find("x86_64");
	return target;
}

static inline int test_read(const char *text, const struct test_file *files, struct cg_notes *notes,
			    struct cg_policy **ret_policy, struct cg_profile **ret_outline, struct cg_err *err)
{
	struct cg_target target = test_target();
	struct cg_policy_text_options options = { .target = &target, .include = test_include,
						  .context = (void *)files, .notes = notes };

	return cg_policy_text_read("p.policy", text, strlen(text), &options, ret_policy, ret_outline, err);
}

static inline struct cg_policy *test_policy(const char *text, const struct test_file *files)
{
	struct cg_policy *policy = NULL;
	struct cg_err err = { 0 };
	int rc = test_read(text, files, NULL, &policy, NULL, &err);

	if (rc < 0)
		print_message("# %s: %s\n", err.place, err.message);
	assert_int_equal(rc, 0);
	return policy;
}

#endif
