/*
 * See policy_line.h.
 */
#include "policy_line.h"

#include "language/policy_text.h"

#include <string.h>

int policy_line_parse(const char *text, bool is_raw, struct cg_policy **ret_policy, struct cg_err *err)
{
	struct cg_policy_text_options options = { .is_raw = is_raw };
	struct cg_target target;

	cg_target_init(&target);
	target.arch = cg_arch_find("x86_64");
	options.target = &target;
	return cg_policy_text_read("policy", text, strlen(text), &options, ret_policy, NULL, err);
}
