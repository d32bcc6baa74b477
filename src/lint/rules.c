/*
 * The table of lint. In the order in which they run; what is printed is sorted by place.
 */
#include "lint/rules.h"

const struct cg_lint_rule cg_lint_rules[] = {
	{ "empty-profile", CG_SEVERITY_ERROR, "A profile without rules does not do what its author thinks it does.",
	  "write the rules, or use @container-default", false, cg_lint_empty },
	{ "no-exec", CG_SEVERITY_WARNING, "An engine loads the filter and then starts the program with execve.",
	  "allow execve", true, cg_lint_no_exec },
	{ "no-exit", CG_SEVERITY_WARNING, "A program that cannot end loops or dies by a signal instead.",
	  "allow exit, exit_group and rt_sigreturn", true, cg_lint_no_exit },
	{ "missing-arch", CG_SEVERITY_NOTE, "A 64-bit program can make the calls of its 32-bit relatives at any time.",
	  "list the architecture, or leave it out knowing that its calls are killed", true, cg_lint_missing_arch },
	{ "absent-call", CG_SEVERITY_NOTE, "A rule for calls that no listed architecture has does nothing.",
	  "none is needed where the profile serves several machines", true, cg_lint_absent_calls },
	{ "errno-zero", CG_SEVERITY_WARNING, "ERRNO with 0 makes the call seem to succeed without having been made.",
	  "give errnoRet an error number, 1 (EPERM) for most", false, cg_lint_errno_zero },
	{ "mask-zero", CG_SEVERITY_WARNING, "MASKED_EQ has the mask in value and the datum in valueTwo.",
	  "write the mask as value, and what the masked argument must equal as valueTwo", false, cg_lint_mask_zero },
	{ "same-as-default", CG_SEVERITY_NOTE, "A rule with the default's action changes nothing.",
	  "remove the rule, or correct its action", true, cg_lint_same_as_default },
	{ "duplicate-name", CG_SEVERITY_NOTE, "A call named twice is changed in one place and forgotten in the other.",
	  "keep one of the two", false, cg_lint_duplicate_names },
	{ "rule-shadowed", CG_SEVERITY_WARNING, "A rule without arguments decides alone, whatever the others say.",
	  "remove the rule, or the one that hides it", true, cg_lint_shadowed },
	{ "conflicting-rules", CG_SEVERITY_ERROR, "libseccomp refuses two actions under one condition.",
	  "keep one of the two", true, cg_lint_overlaps },
	{ "default-permits", CG_SEVERITY_WARNING, "A list of refusals leaves open whatever it forgets.",
	  "deny by default, and list what is needed: callgate generate", true, cg_lint_default_permits },
	{ "dangerous-call", CG_SEVERITY_WARNING, "Some calls reach beyond the process that makes them.",
	  "remove it unless the workload needs it", true, cg_lint_dangerous },
	{ "namespaces-open", CG_SEVERITY_WARNING, "clone makes namespaces as unshare does.",
	  "allow clone with MASKED_EQ, value 2114060288 (0x7e020000), valueTwo 0", true, cg_lint_namespaces },
	{ "clone3-open", CG_SEVERITY_WARNING, "The flags of clone3 lie in memory, where no filter can look.",
	  "answer clone3 with SCMP_ACT_ERRNO and errnoRet 38 (ENOSYS): libraries fall back to clone", true,
	  cg_lint_clone3 },
	{ "open-arguments", CG_SEVERITY_NOTE, "Some calls are many calls in one, told apart by an argument.",
	  "allow the values that are needed: callgate generate --args safe", true, cg_lint_open_arguments },
};

const size_t cg_n_lint_rules = sizeof(cg_lint_rules) / sizeof(cg_lint_rules[0]);
