/*
 * See kinds.h. A finding has the remedy of its own; the ones here are those of its kind.
 */
#include "lint/kinds.h"

#include "base/cleanup.h"
#include "lint/rules.h"

#include <string.h>

static const struct cg_finding_kind others[] = {
	/* profile/ */
	{ "unknown-call", CG_SEVERITY_WARNING, "A name that no architecture has does nothing.",
	  "correct the name, or remove it" },
	{ "unknown-key", CG_SEVERITY_NOTE, "No engine reads such a key.", "remove it, or correct its name" },
	{ "ignored-key", CG_SEVERITY_WARNING, "The engine drops this part of the profile without a word.",
	  "do not rely on it under this engine" },
	{ "duplicate-key", CG_SEVERITY_WARNING, "Of two keys of one name engines read the one or the other.",
	  "keep one of the two" },
	{ "key-case", CG_SEVERITY_WARNING, "Some engines mind the case of keys, others do not.",
	  "write the key as the standard does" },
	{ "errno-ignored", CG_SEVERITY_WARNING, "Only ERRNO and TRACE return a number.",
	  "remove errnoRet, or use SCMP_ACT_ERRNO" },
	{ "repeated-index", CG_SEVERITY_WARNING, "Engines read two comparisons of one argument as \"or\".",
	  "split the rule in two, or use one MASKED_EQ" },
	{ "unconfined", CG_SEVERITY_WARNING, "Without a default and rules engines apply no seccomp at all.",
	  "add a defaultAction" },
	{ "unknown-capability", CG_SEVERITY_WARNING, "A condition on a capability that does not exist never holds.",
	  "correct its name" },
	{ "more-notes", CG_SEVERITY_NOTE, "More remarks than anybody reads.", "mend those that are told first" },
	/* systemd_read.c */
	{ "unit-setting", CG_SEVERITY_WARNING, "Settings of a unit filter calls beside SystemCallFilter=.",
	  "reckon with a unit that refuses more" },
	/* language/ */
	{ "undone", CG_SEVERITY_WARNING, "The last statement that holds decides, whatever stands above it.",
	  "remove the earlier statement, or put it below" },
	/* engines.c */
	{ "engine-rejects", CG_SEVERITY_ERROR, "A container with this profile does not start under that engine.",
	  "write what every engine reads: names, action, args, errnoRet with ERRNO only" },
	{ "engine-unconfined", CG_SEVERITY_ERROR, "Under that engine a container with this profile is not confined.",
	  "give the profile a defaultAction" },
	{ "engine-differs", CG_SEVERITY_WARNING, "That engine makes another policy of the profile than is written.",
	  "resolve Docker's conditions beforehand, and leave out what engines read differently" },
	{ "engine-ignores", CG_SEVERITY_NOTE, "That engine drops parts of the profile without a word.",
	  "none is needed where it makes no difference" },
	{ "engine-enosys", CG_SEVERITY_NOTE, "runc answers calls newer than those of the profile itself, with ENOSYS.",
	  "none is needed where ENOSYS suits; else name the newest call that shall get the default's answer" },
	{ "engine-undecided", CG_SEVERITY_NOTE, "The comparison did not end within its budget.",
	  "compare by callgate diff" },
	/* recorded.c */
	{ "recorded-refused", CG_SEVERITY_ERROR, "What a program was seen to do is not allowed.",
	  "allow it, or record again once the program does without: callgate generate" },
	/* api/files.c */
	{ "recorded-changed", CG_SEVERITY_WARNING, "Another build of a program or library may make other calls.",
	  "record again (record --append), and look at what came: callgate diff" },
};

size_t cg_finding_kinds_count(void)
{
	return cg_n_lint_rules + CG_N_ITEMS(others);
}

struct cg_finding_kind cg_finding_kind_at(size_t index)
{
	const struct cg_lint_rule *rule;

	if (index >= cg_n_lint_rules)
		return others[index - cg_n_lint_rules];
	rule = &cg_lint_rules[index];
	return (struct cg_finding_kind){ rule->id, rule->severity, rule->reason, rule->remedy };
}

bool cg_finding_kind_find(const char *id, size_t *ret_index)
{
	for (size_t i = 0; i < cg_finding_kinds_count(); i++)
		if (strcmp(cg_finding_kind_at(i).id, id) == 0) {
			*ret_index = i;
			return true;
		}
	return false;
}
