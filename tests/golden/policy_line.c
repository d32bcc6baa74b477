/*
 * See policy_line.h.
 */
#include "policy_line.h"

#include "abi/call_text.h"
#include "base/cleanup.h"
#include "base/num.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#define WORD_MAX 128

/* Copies one blank-delimited word and moves past it; false at the end. */
static bool next_word(const char **text, char *ret_word)
{
	size_t length;

	while (isspace((unsigned char)**text))
		(*text)++;
	length = strcspn(*text, " \t\n");
	if (length == 0 || length >= WORD_MAX)
		return false;
	memcpy(ret_word, *text, length);
	ret_word[length] = '\0';
	*text += length;
	return true;
}

static bool parse_op(const char *word, enum cg_op *ret_op)
{
	for (int op = CG_OP_NE; op <= CG_OP_MASKED_EQ; op++) {
		if (strcmp(word, cg_op_name((enum cg_op)op)) == 0) {
			*ret_op = (enum cg_op)op;
			return true;
		}
	}
	return false;
}

static bool parse_number(const char *word, uint64_t *ret_number)
{
	return cg_call_parse_value(cg_arch_find("x86_64"), word, strlen(word), ret_number, NULL) == 0;
}

/* aN OP VALUE, or aN & MASK == VALUE. */
static bool parse_comparison(const char **text, struct cg_comparison *ret_comparison)
{
	struct cg_comparison comparison = { .mask = UINT64_MAX };
	char word[WORD_MAX];

	if (!next_word(text, word) || word[0] != 'a' || word[1] < '0' || word[1] > '9' || word[2])
		return false;
	comparison.arg = (unsigned int)(word[1] - '0');
	if (!next_word(text, word) || !parse_op(word, &comparison.op))
		return false;
	if (comparison.op == CG_OP_MASKED_EQ &&
	    (!next_word(text, word) || !parse_number(word, &comparison.mask) || !next_word(text, word) ||
	     strcmp(word, "==") != 0))
		return false;
	if (!next_word(text, word) || !parse_number(word, &comparison.value))
		return false;
	*ret_comparison = comparison;
	return true;
}

static bool parse_comparisons(const char *text, struct cg_comparison *ret_comparisons, unsigned int *ret_n)
{
	char word[WORD_MAX];

	*ret_n = 0;
	if (!next_word(&text, word))
		return true;
	if (strcmp(word, "when") != 0)
		return false;
	for (;;) {
		if (*ret_n == CG_POLICY_COMPARISONS_LIMIT || !parse_comparison(&text, &ret_comparisons[*ret_n]))
			return false;
		(*ret_n)++;
		if (!next_word(&text, word))
			return true;
		if (strcmp(word, "and") != 0)
			return false;
	}
}

/* A name or number on one arch: false when the arch has no such call. */
static bool number_of(const struct cg_arch *arch, const char *name, uint32_t *ret_nr)
{
	uint64_t number;

	if (cg_num_parse(name, strlen(name), &number) && number <= UINT32_MAX) {
		*ret_nr = (uint32_t)number | (arch->is_x32 ? CG_X32_BIT : 0);
		return true;
	}
	return cg_syscall_number(arch, name, ret_nr);
}

static int add_name(struct cg_policy *policy, char *name, struct cg_rule *rule, struct cg_err *err)
{
	const struct cg_arch *only = NULL;
	char *colon = strchr(name, ':');
	size_t n_added = 0;
	int r;

	if (colon) {
		*colon = '\0';
		only = cg_arch_find(name);
		if (!only)
			return cg_err_set(err, -EINVAL, name, "no such architecture");
		name = colon + 1;
	}
	for (size_t i = 0; i < policy->n_arches; i++) {
		rule->arch = policy->arches[i];
		if ((only && only != rule->arch) || !number_of(rule->arch, name, &rule->nr))
			continue;
		r = cg_policy_add_rule(policy, rule, err);
		if (r < 0)
			return r;
		n_added++;
	}
	return n_added ? 0 : cg_err_set(err, -EINVAL, name, "no such call on any architecture of the policy");
}

static int add_rule(struct cg_policy *policy, const char *statement, struct cg_err *err)
{
	struct cg_comparison comparisons[CG_POLICY_COMPARISONS_LIMIT];
	struct cg_rule rule = { .comparisons = comparisons };
	char action[WORD_MAX], names[WORD_MAX], *rest = names, *name;
	const char *text = statement;
	int r = 0;

	if (!next_word(&text, action) || !cg_action_parse(action, &rule.action))
		return cg_err_set(err, -EINVAL, statement, "an action is expected");
	if (!next_word(&text, names))
		return cg_err_set(err, -EINVAL, statement, "names are expected");
	if (!parse_comparisons(text, comparisons, &rule.n_comparisons))
		return cg_err_set(err, -EINVAL, statement, "cannot read the comparisons");
	while (r == 0 && (name = strsep(&rest, ",")))
		r = add_name(policy, name, &rule, err);
	return r;
}

static int add_arches(struct cg_policy *policy, char *list, struct cg_err *err)
{
	char *name;
	int r = 0;

	while (r == 0 && (name = strsep(&list, ","))) {
		const struct cg_arch *arch = cg_arch_find(name);

		if (!arch)
			return cg_err_set(err, -EINVAL, name, "no such architecture");
		r = cg_policy_add_arch(policy, arch, err);
	}
	return r;
}

static int add_statement(struct cg_policy *policy, char *statement, struct cg_err *err)
{
	int r;

	while (isspace((unsigned char)*statement))
		statement++;
	for (size_t n = strlen(statement); n && isspace((unsigned char)statement[n - 1]); n--)
		statement[n - 1] = '\0';
	if (!*statement)
		return 0;

	if (strncmp(statement, "arch=", 5) == 0)
		return add_arches(policy, statement + 5, err);
	if (strncmp(statement, "default=", 8) == 0)
		return cg_action_parse(statement + 8, &policy->default_action) ?
			       0 :
			       cg_err_set(err, -EINVAL, statement, "an action is expected");
	if (strncmp(statement, "bad-arch=", 9) == 0)
		return cg_action_parse(statement + 9, &policy->bad_arch_action) ?
			       0 :
			       cg_err_set(err, -EINVAL, statement, "an action is expected");
	if (policy->n_arches == 0) {
		r = cg_policy_add_arch(policy, cg_arch_find("x86_64"), err);
		if (r < 0)
			return r;
	}
	return add_rule(policy, statement, err);
}

int policy_line_parse(const char *text, struct cg_policy **ret_policy, struct cg_err *err)
{
	struct cg_policy *policy = cg_policy_new(CG_ACTION_KILL_PROCESS);
	CG_FREE char *copy = strdup(text);
	char *rest = copy, *statement;
	int r = policy && copy ? 0 : cg_err_memory(err);

	while (r == 0 && (statement = strsep(&rest, ";")))
		r = add_statement(policy, statement, err);
	if (r == 0 && policy->n_arches == 0)
		r = cg_policy_add_arch(policy, cg_arch_find("x86_64"), err);
	if (r < 0) {
		cg_policy_free(policy);
		return r;
	}
	*ret_policy = policy;
	return 0;
}
