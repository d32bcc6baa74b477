/*
 * See words.h.
 */
#include "profile/words.h"

#include "base/cleanup.h"
#include "base/num.h"
#include "base/text.h"

#include <string.h>

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
	{ "SECCOMP_FILTER_FLAG_TSYNC", CG_POLICY_TSYNC },
	{ "SECCOMP_FILTER_FLAG_LOG", CG_POLICY_LOG },
	{ "SECCOMP_FILTER_FLAG_SPEC_ALLOW", CG_POLICY_SPEC_ALLOW },
	{ "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV", CG_POLICY_WAIT_KILLABLE },
};

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
	for (size_t i = 0; i < CG_N_ITEMS(op_names); i++) {
		if (strcmp(op_names[i] + strlen(OP_PREFIX), name) == 0 || strcmp(cg_op_name((enum cg_op)i), name) == 0)
			return op_names[i];
	}
	return cg_word_nearest(name, op_names, CG_N_ITEMS(op_names));
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

	for (size_t i = 0; i < CG_N_ITEMS(flags); i++)
		cg_word_keep_nearest(name, flags[i].name, &best);
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
