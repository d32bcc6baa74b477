/*
 * Steps that add rules.
 */
#include "step.h"

#include "abi/syscalls.h"

/* ---- rules */

static void tell_model(struct step *step, const struct scmp_arg_cmp *comparisons, unsigned int n)
{
	const struct cg_syscall *call = cg_syscall_of_nr(cg_arch_native(), (uint32_t)call_number(step, 3));
	const char *name = call ? call->name : is_number(word(step, 3)) ? NULL : word(step, 3);

	if (context(step, 1))
		compat_model_add_rule(&context(step, 1)->model, action(step, 2), name, call_number(step, 3),
				      comparisons, n);
}

typedef int rule_function(scmp_filter_ctx, uint32_t, int, unsigned int, const struct scmp_arg_cmp *);
typedef int rule_function_varying(scmp_filter_ctx, uint32_t, int, unsigned int, ...);

static bool add_rule(struct step *step, rule_function *function)
{
	struct scmp_arg_cmp comparisons[N_COMPARISONS_MAX];
	unsigned int n;
	int r;

	if (!read_comparisons(step, 4, comparisons, &n))
		return unreadable(step, "comparisons are a0 == 5, or a0 & MASK == DATUM");
	r = function(handle(step, 1), action(step, 2), call_number(step, 3), n, comparisons);
	if (r == 0)
		tell_model(step, comparisons, n);
	return answer_code(step, r);
}

/* Through the variable arguments: up to two of them are enough to see that they are read. */
static bool add_rule_varying(struct step *step, rule_function_varying *function)
{
	struct scmp_arg_cmp comparisons[N_COMPARISONS_MAX];
	unsigned int n;
	int r;

	if (!read_comparisons(step, 4, comparisons, &n) || n > 2)
		return unreadable(step, "at most two comparisons here");
	r = function(handle(step, 1), action(step, 2), call_number(step, 3), n, comparisons[0], comparisons[1]);
	if (r == 0)
		tell_model(step, comparisons, n);
	return answer_code(step, r);
}

bool compat_do_rule(struct step *step)
{
	return add_rule(step, step->library->rule_add_array);
}

bool compat_do_rule_exact(struct step *step)
{
	return add_rule(step, step->library->rule_add_exact_array);
}

bool compat_do_rule_varying(struct step *step)
{
	return add_rule_varying(step, step->library->rule_add);
}

bool compat_do_rule_exact_varying(struct step *step)
{
	return add_rule_varying(step, step->library->rule_add_exact);
}

/* A count of comparisons, and none behind the pointer. */
bool compat_do_rule_without_array(struct step *step)
{
	int r = step->library->rule_add_array(handle(step, 1), action(step, 2), call_number(step, 3),
					      (unsigned int)number(step, 4), NULL);

	if (r == 0)
		tell_model(step, NULL, 0);
	return answer_code(step, r);
}

bool compat_do_priority(struct step *step)
{
	return answer_code(step, step->library->syscall_priority(handle(step, 1), call_number(step, 2),
								 (uint8_t)number(step, 3)));
}

