/*
 * See words.h.
 */
#include "profile/words.h"

#include "base/cleanup.h"
#include "base/num.h"
#include "base/text.h"

#include <string.h>
#include <strings.h>

#define ACTION_PREFIX "SCMP_ACT_"
#define ARCH_PREFIX "SCMP_ARCH_"
#define FLAG_PREFIX "SECCOMP_FILTER_FLAG_"
#define OP_PREFIX "SCMP_CMP_"

/* In the order of enum cg_op. */
static const char *const op_names[] = {
	OP_PREFIX "NE", OP_PREFIX "LT", OP_PREFIX "LE", OP_PREFIX "EQ", OP_PREFIX "GE", OP_PREFIX "GT",
	OP_PREFIX "MASKED_EQ",
};

static const struct {
	const char *name;
	unsigned int flag;
} flags[] = {
	{ FLAG_PREFIX "TSYNC", CG_POLICY_TSYNC },
	{ FLAG_PREFIX "LOG", CG_POLICY_LOG },
	{ FLAG_PREFIX "SPEC_ALLOW", CG_POLICY_SPEC_ALLOW },
	{ FLAG_PREFIX "WAIT_KILLABLE_RECV", CG_POLICY_WAIT_KILLABLE },
};

/* What people write for an action, and mean. */
static const struct {
	const char *word;
	const char *meant;
} meanings[] = {
	{ "ACCEPT", "SCMP_ACT_ALLOW" }, { "AUDIT", "SCMP_ACT_LOG" },    { "BLOCK", "SCMP_ACT_ERRNO" },
	{ "DENY", "SCMP_ACT_ERRNO" },   { "DROP", "SCMP_ACT_ERRNO" },   { "EPERM", "SCMP_ACT_ERRNO" },
	{ "PASS", "SCMP_ACT_ALLOW" },   { "PERMIT", "SCMP_ACT_ALLOW" }, { "REFUSE", "SCMP_ACT_ERRNO" },
	{ "REJECT", "SCMP_ACT_ERRNO" }, { "USER_NOTIF", "SCMP_ACT_NOTIFY" },
};

/* `name` without the prefix that all words of its kind have, whatever its case. */
static const char *behind_prefix(const char *name, const char *prefix)
{
	return strncasecmp(name, prefix, strlen(prefix)) == 0 ? name + strlen(prefix) : name;
}

/* Is `candidate` what was meant, its prefix forgotten or in another case? */
static bool is_meant(const char *name, const char *candidate, const char *prefix)
{
	return strcasecmp(behind_prefix(name, prefix), behind_prefix(candidate, prefix)) == 0;
}

/* Keeps in *best the nearest of *best and `candidate`, both of which have the prefix. */
static void keep_nearest(const char *name, const char *candidate, const char *prefix, const char **best)
{
	const char *near = *best ? *best + strlen(prefix) : NULL;

	cg_word_keep_nearest(behind_prefix(name, prefix), candidate + strlen(prefix), &near);
	*best = near ? near - strlen(prefix) : NULL;
}

bool cg_op_find_oci(const char *name, enum cg_op *ret_op)
{
	for (size_t i = 0; i < CG_N_ITEMS(op_names); i++) {
		if (strcmp(op_names[i], name) == 0) {
			*ret_op = (enum cg_op)i;
			return true;
		}
	}
	return false;
}

const char *cg_op_oci_name(enum cg_op op)
{
	return op_names[op];
}

const char *cg_op_suggest_oci(const char *name)
{
	const char *best = NULL;

	for (size_t i = 0; i < CG_N_ITEMS(op_names); i++) {
		if (is_meant(name, op_names[i], OP_PREFIX) || strcmp(cg_op_name((enum cg_op)i), name) == 0)
			return op_names[i];
		keep_nearest(name, op_names[i], OP_PREFIX, &best);
	}
	return best;
}

bool cg_flag_find_oci(const char *name, unsigned int *ret_flag)
{
	for (size_t i = 0; i < CG_N_ITEMS(flags); i++) {
		if (strcmp(flags[i].name, name) == 0) {
			*ret_flag = flags[i].flag;
			return true;
		}
	}
	return false;
}

const char *cg_flag_suggest_oci(const char *name)
{
	const char *best = NULL;

	for (size_t i = 0; i < CG_N_ITEMS(flags); i++) {
		if (is_meant(name, flags[i].name, FLAG_PREFIX))
			return flags[i].name;
		keep_nearest(name, flags[i].name, FLAG_PREFIX, &best);
	}
	return best;
}

const char *cg_action_meant_oci(const char *name)
{
	const char *best = NULL;

	for (size_t i = 0; i < CG_N_ITEMS(meanings); i++) {
		if (strcasecmp(behind_prefix(name, ACTION_PREFIX), meanings[i].word) == 0)
			return meanings[i].meant;
	}
	for (size_t i = 0; i < cg_n_actions; i++) {
		if (is_meant(name, cg_actions[i].oci_name, ACTION_PREFIX))
			return cg_actions[i].oci_name;
		keep_nearest(name, cg_actions[i].oci_name, ACTION_PREFIX, &best);
	}
	return best;
}

const char *cg_arch_meant_oci(const char *name)
{
	const struct cg_arch *arch = cg_arch_find(behind_prefix(name, ARCH_PREFIX));
	const char *best = NULL;

	if (arch)
		return arch->oci_name;
	for (size_t i = 0; i < cg_n_arches; i++)
		keep_nearest(name, cg_arches[i].oci_name, ARCH_PREFIX, &best);
	return best;
}

bool cg_min_kernel_parse(const char *text, unsigned int ret_kernel[2])
{
	const char *point = strchr(text, '.');
	size_t length = point ? (size_t)(point - text) : 0;
	uint64_t kernel, major;
	char first[8];

	/* Leading zeros are fine to Go's ParseUint; seven digits are more than any version has. */
	if (!point || length >= sizeof(first))
		return false;
	memcpy(first, text, length);
	first[length] = '\0';
	if (!cg_num_parse_decimal(first, 0, 255, &kernel) || !cg_num_parse_decimal(point + 1, 0, 255, &major))
		return false;
	if (kernel == 0 && major == 0)
		return false;
	ret_kernel[0] = (unsigned int)kernel;
	ret_kernel[1] = (unsigned int)major;
	return true;
}
