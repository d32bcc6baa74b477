/*
 * See answers.h.
 */
#include "cli/answers.h"

#include "abi/action.h"
#include "abi/syscalls.h"

static uint32_t follow_word(const struct cg_meanings *meanings, uint32_t root, uint32_t level, uint32_t value)
{
	for (unsigned int i = 0; i < 32; i++) {
		struct cg_meaning_view view = cg_meaning_look(meanings, root);

		if (view.level == level + i)
			root = value >> (31 - i) & 1 ? view.high : view.low;
	}
	return root;
}

struct cg_answers cg_answers_count(const struct cg_meanings *meanings, uint32_t root, const struct cg_arch *arch)
{
	uint32_t of_arch = follow_word(meanings, root, CG_LEVEL_ARCH, arch->token);
	struct cg_answers answers = { 0 };

	for (size_t i = 0; i < arch->n_rows; i++) {
		struct cg_meaning_view view = cg_meaning_look(
			meanings, follow_word(meanings, of_arch, CG_LEVEL_NR, arch->rows[i].nr));

		if (view.level == CG_LEVEL_LEAF)
			answers.n_by_action[cg_action_row(view.action) - cg_actions]++;
		else
			answers.n_by_argument++;
	}
	return answers;
}

bool cg_answers_has_arch(const struct cg_meanings *meanings, uint32_t root, const struct cg_arch *arch)
{
	return arch == cg_arch_native() || follow_word(meanings, root, CG_LEVEL_ARCH, arch->token) !=
						   follow_word(meanings, root, CG_LEVEL_ARCH, UINT32_MAX);
}
