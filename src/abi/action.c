/*
 * Actions: kernel values, names and texts. Source: linux/seccomp.h, seccomp(2), kernel/seccomp.c.
 */
#include "abi/action.h"

#include "abi/errnos.h"
#include "base/num.h"

#include <string.h>
#include <strings.h>

/* From the most to the least restrictive: the order in which the kernel lets one of several filters win. */
const struct cg_action_row cg_actions[] = {
	{ CG_ACTION_KILL_PROCESS, "KILL_PROCESS", "SCMP_ACT_KILL_PROCESS", false, true },
	{ CG_ACTION_KILL_THREAD, "KILL_THREAD", "SCMP_ACT_KILL_THREAD", false, true },
	{ CG_ACTION_TRAP, "TRAP", "SCMP_ACT_TRAP", false, true },
	{ CG_ACTION_ERRNO, "ERRNO", "SCMP_ACT_ERRNO", true, true },
	{ CG_ACTION_NOTIFY, "NOTIFY", "SCMP_ACT_NOTIFY", false, false },
	{ CG_ACTION_TRACE, "TRACE", "SCMP_ACT_TRACE", true, false },
	{ CG_ACTION_LOG, "LOG", "SCMP_ACT_LOG", false, false },
	{ CG_ACTION_ALLOW, "ALLOW", "SCMP_ACT_ALLOW", false, false },
};
const size_t cg_n_actions = sizeof(cg_actions) / sizeof(cg_actions[0]);

/* Other words for a row: the short KILL of the OCI specification means the thread, as it does for libseccomp. */
static const struct {
	const char *name;
	uint32_t value;
} synonyms[] = {
	{ "KILL", CG_ACTION_KILL_THREAD },
	{ "USER_NOTIF", CG_ACTION_NOTIFY },
};

#define OCI_PREFIX "SCMP_ACT_"
#define KERNEL_PREFIX "SECCOMP_RET_"

const struct cg_action_row *cg_action_row(uint32_t action)
{
	for (size_t i = 0; i < cg_n_actions; i++) {
		if (cg_actions[i].value == (action & CG_ACTION_MASK))
			return &cg_actions[i];
	}
	return &cg_actions[0]; /* __seccomp_filter(): what is not known kills the process */
}

static const struct cg_action_row *find_bare(const char *name, size_t length, int (*compare)(const char *, const char *,
											     size_t))
{
	for (size_t i = 0; i < cg_n_actions; i++) {
		if (strlen(cg_actions[i].name) == length && compare(cg_actions[i].name, name, length) == 0)
			return &cg_actions[i];
	}
	for (size_t i = 0; i < sizeof(synonyms) / sizeof(synonyms[0]); i++) {
		if (strlen(synonyms[i].name) == length && compare(synonyms[i].name, name, length) == 0)
			return cg_action_row(synonyms[i].value);
	}
	return NULL;
}

/* The action's name in text[0 … length-1], in any case, with or without a prefix. */
static const struct cg_action_row *find_any(const char *text, size_t length)
{
	static const char *const prefixes[] = { OCI_PREFIX, KERNEL_PREFIX };

	for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
		size_t n = strlen(prefixes[i]);

		if (length > n && strncasecmp(text, prefixes[i], n) == 0)
			return find_bare(text + n, length - n, strncasecmp);
	}
	return find_bare(text, length, strncasecmp);
}

const struct cg_action_row *cg_action_find(const char *name)
{
	return find_any(name, strlen(name));
}

const struct cg_action_row *cg_action_find_oci(const char *oci_name)
{
	size_t n = strlen(OCI_PREFIX);

	if (strncmp(oci_name, OCI_PREFIX, n) != 0 || strcmp(oci_name, OCI_PREFIX "USER_NOTIF") == 0)
		return NULL;
	return find_bare(oci_name + n, strlen(oci_name + n), strncmp);
}

const char *cg_action_suggest_oci(const char *oci_name)
{
	const char *best = NULL;

	cg_word_keep_nearest(oci_name, OCI_PREFIX "KILL", &best);
	for (size_t i = 0; i < cg_n_actions; i++)
		cg_word_keep_nearest(oci_name, cg_actions[i].oci_name, &best);
	return best;
}

int cg_action_compare(uint32_t a, uint32_t b)
{
	const struct cg_action_row *row_a = cg_action_row(a), *row_b = cg_action_row(b);

	return (row_a > row_b) - (row_a < row_b);
}

bool cg_action_is_permit(uint32_t action)
{
	uint32_t value = cg_action_row(action)->value;

	return value == CG_ACTION_ALLOW || value == CG_ACTION_LOG;
}

void cg_action_format(struct cg_text *text, uint32_t action)
{
	const struct cg_action_row *row = cg_action_row(action);
	uint32_t data = action & CG_ACTION_DATA;
	const char *name = row->value == CG_ACTION_ERRNO ? cg_errno_name(data) : NULL;

	cg_text_add(text, row->name);
	if (name)
		cg_text_addf(text, "(%s)", name);
	else if (row->takes_data || data)
		cg_text_addf(text, "(%u)", data);
}

/* What stands in the brackets: a number up to 0xffff, or for ERRNO a name. */
static bool parse_data(const struct cg_action_row *row, const char *text, size_t length, uint32_t *ret_data)
{
	uint64_t number;
	char name[32];
	unsigned int found;

	if (cg_num_parse(text, length, &number)) {
		*ret_data = (uint32_t)number;
		return number <= CG_ACTION_DATA;
	}
	if (row->value != CG_ACTION_ERRNO || length >= sizeof(name))
		return false;
	memcpy(name, text, length);
	name[length] = '\0';
	if (!cg_errno_find(name, &found))
		return false;
	*ret_data = found;
	return true;
}

bool cg_action_parse(const char *text, uint32_t *ret_action)
{
	size_t length = strcspn(text, "(");
	const struct cg_action_row *row = find_any(text, length);
	uint32_t data = 0;

	if (!row)
		return false;
	if (text[length] == '\0') {
		*ret_action = row->value | (row->takes_data ? 1 : 0); /* EPERM, and libseccomp's 1 for TRACE */
		return true;
	}
	text += length + 1;
	length = strlen(text);
	if (length < 2 || text[length - 1] != ')' || !parse_data(row, text, length - 1, &data))
		return false;
	*ret_action = row->value | data;
	return true;
}
