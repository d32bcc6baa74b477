/*
 * See diff_arches.h. In: two diagrams and the rows of all their differences. Out: which architectures' rows say no more
 * than one row would: those whose calls all get one answer from A, or from B, whatever the number and the arguments.
 */
#include "cli/diff_arches.h"

#include "abi/action.h"
#include "cli/scope.h"

#define ANSWERS_TOLD 4

static uint32_t answer_of(const struct cg_difference *row, unsigned int side)
{
	return side == 0 ? row->a : row->b;
}

static bool speaks_of(const struct cg_difference *row, const struct cg_arch *arch)
{
	return row->kind != CG_DIFFERENCE_OUTSIDE && row->arches >> cg_arch_index(arch) & 1;
}

/* A call, better than a number without a name; one that is let through by either, best of all. */
static unsigned int worth(const struct cg_difference *row)
{
	return (row->kind == CG_DIFFERENCE_CALL) * 2U +
	       (cg_action_is_permit(row->a) != cg_action_is_permit(row->b));
}

/* True when the rows of the arch are more than one, and bear out that the sides marked in is_one have one answer. */
static bool look_at_rows(struct cg_diff_arch *found, const struct cg_differences *differences)
{
	size_t n_rows = 0;

	for (size_t i = 0; i < differences->list.n_items; i++) {
		const struct cg_difference *row = &differences->list.items[i];

		if (!speaks_of(row, found->arch))
			continue;
		n_rows++;
		found->has_numbers |= row->kind == CG_DIFFERENCE_NUMBERS;
		for (unsigned int side = 0; side < 2 && found->example; side++)
			found->is_one[side] &= answer_of(row, side) == answer_of(found->example, side);
		if (!found->example || worth(row) > worth(found->example))
			found->example = row;
	}
	found->n_calls = differences->n_calls[cg_arch_index(found->arch)];
	return n_rows > 1 && (found->is_one[0] || found->is_one[1]);
}

void cg_diff_arches_find(const struct cg_meanings *meanings, uint32_t a, uint32_t b,
			 const struct cg_differences *differences, struct cg_diff_arches *ret_arches)
{
	struct cg_diff_arches arches = { 0 };

	for (size_t i = 0; i < cg_n_arches; i++) {
		struct cg_diff_arch found = {
			.arch = &cg_arches[i],
			.is_one = { cg_scope_has_one_answer(meanings, a, &cg_arches[i]),
				    cg_scope_has_one_answer(meanings, b, &cg_arches[i]) },
		};

		if (!look_at_rows(&found, differences))
			continue;
		arches.items[arches.n_items++] = found;
		arches.mask |= 1U << i;
	}
	*ret_arches = arches;
}

bool cg_diff_arches_leave(const struct cg_diff_arches *arches, struct cg_difference *row)
{
	if (row->kind == CG_DIFFERENCE_OUTSIDE || !(row->arches & arches->mask))
		return true;
	row->arches &= ~arches->mask;
	if (row->arches && row->kind == CG_DIFFERENCE_NUMBERS) /* which is told with the name of an architecture */
		row->example.arch = cg_arches[__builtin_ctz(row->arches)].token;
	return row->arches != 0;
}

static bool is_among(uint32_t action, const uint32_t *actions, size_t n_actions)
{
	for (size_t i = 0; i < n_actions; i++)
		if (actions[i] == action)
			return true;
	return false;
}

void cg_diff_arch_say(struct cg_text *text, const struct cg_diff_arch *arch, const struct cg_differences *differences,
		      unsigned int side)
{
	uint32_t actions[ANSWERS_TOLD];
	size_t n_actions = 0;

	for (size_t i = 0; i < differences->list.n_items; i++) {
		const struct cg_difference *row = &differences->list.items[i];
		uint32_t action = answer_of(row, side);

		if (!speaks_of(row, arch->arch) || is_among(action, actions, n_actions))
			continue;
		cg_text_add(text, n_actions ? ", " : "");
		if (n_actions == ANSWERS_TOLD) {
			cg_text_add(text, "…");
			return;
		}
		cg_action_format(text, action);
		actions[n_actions++] = action;
	}
}
