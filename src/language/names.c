/*
 * Names of a policy text: calls, numbers and groups, on one architecture. A call that an architecture lacks is nothing
 * there; one that no architecture has is an error, because a misspelt `deny` would leave open what it was to close.
 */
#include "language/meaning.h"

#include "abi/syscalls.h"
#include "base/num.h"

#include <errno.h>
#include <string.h>

bool cg_name_is_number(const struct cg_name *name, uint64_t *ret_number)
{
	return !name->is_group && name->text[0] >= '0' && name->text[0] <= '9' &&
	       cg_num_parse(name->text, strlen(name->text), ret_number);
}

/* x32's numbers are known by bit 30 alone; a small one can only be meant with it. */
static uint32_t number_on(const struct cg_arch *arch, uint64_t number)
{
	return (uint32_t)number | (arch->is_x32 && number < CG_X32_BIT ? CG_X32_BIT : 0);
}

static int check_number(struct cg_document *document, const struct cg_name *name)
{
	uint64_t number;

	if (!cg_name_is_number(name, &number) || number > UINT32_MAX)
		return cg_document_fail(document, -EINVAL, &name->at, "'%.40s' is no call number: they have 32 bits",
					name->text);
	if (name->arch && !cg_policy_is_nr_of(name->arch, number_on(name->arch, number)))
		return cg_document_fail(document, -EINVAL, &name->at, "number %.40s does not belong to %s", name->text,
					name->arch->name);
	return 0;
}

static int check_group(struct cg_document *document, const struct cg_name *name)
{
	const char *meant;

	if (cg_group_find(name->text))
		return 0;
	meant = cg_group_suggest(name->text);
	if (meant)
		return cg_document_fail(document, -EINVAL, &name->at, "unknown group '@%.40s'; did you mean @%s?",
					name->text, meant);
	return cg_document_fail(document, -EINVAL, &name->at,
				"unknown group '@%.40s'; callgate syscalls @... shows them", name->text);
}

int cg_name_check(struct cg_document *document, const struct cg_name *name)
{
	const char *meant;
	uint32_t nr;

	if (name->is_group)
		return check_group(document, name);
	if (name->text[0] >= '0' && name->text[0] <= '9')
		return check_number(document, name);
	if (!cg_syscall_find(name->text)) {
		meant = cg_syscall_suggest(name->text);
		if (meant)
			return cg_document_fail(document, -EINVAL, &name->at, "unknown call '%.40s'; did you mean %s?",
						name->text, meant);
		return cg_document_fail(
			document, -EINVAL, &name->at,
			"unknown call '%.40s'; a call that is newer than callgate is written by number, "
			"x86_64:999",
			name->text);
	}
	if (name->arch && !cg_syscall_number(name->arch, name->text, &nr))
		return cg_document_fail(document, -EINVAL, &name->at, "%s has no call '%s'", name->arch->name,
					name->text);
	return 0;
}

int cg_name_numbers(const struct cg_name *name, const struct cg_arch *arch, int (*add)(void *context, uint32_t nr),
		    void *context)
{
	const struct cg_group *group = name->is_group ? cg_group_find(name->text) : NULL;
	uint64_t number;
	uint32_t nr;
	int rc = 0;

	if (name->arch && name->arch != arch)
		return 0;
	if (cg_name_is_number(name, &number))
		return add(context, number_on(arch, number));
	if (!group)
		return cg_syscall_number(arch, name->text, &nr) ? add(context, nr) : 0;
	for (size_t i = 0; rc == 0 && i < group->n_names; i++) {
		if (cg_syscall_number(arch, group->names[i], &nr))
			rc = add(context, nr);
	}
	return rc;
}

static int is_number(void *context, uint32_t nr)
{
	return nr == *(const uint32_t *)context;
}

bool cg_names_have(const struct cg_name *names, const struct cg_arch *arch, uint32_t nr, uint64_t *n_steps)
{
	for (; names; names = names->next) {
		*n_steps += names->is_group ? 100 : 1;
		if (cg_name_numbers(names, arch, is_number, &nr))
			return true;
	}
	return false;
}
