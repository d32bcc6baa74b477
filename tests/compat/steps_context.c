/*
 * Steps about contexts: their life, architectures, attributes, transactions; and names, which need none.
 */
#include "step.h"

/* ---- transactions */

void compat_forget_transactions(struct compat_context *of)
{
	while (of->n_before)
		compat_model_done(&of->before[--of->n_before]);
}

bool compat_do_transaction_start(struct step *step)
{
	int r = step->library->transaction_start(handle(step, 1));
	struct compat_context *of = context(step, 1);

	if (r == 0 && of && of->n_before == COMPAT_N_TRANSACTIONS)
		return unreadable(step, "too many transactions");
	if (r == 0 && of)
		compat_model_copy(&of->before[of->n_before++], &of->model);
	return answer_code(step, r);
}

bool compat_do_transaction_commit(struct step *step)
{
	int r = step->library->transaction_commit(handle(step, 1));
	struct compat_context *of = context(step, 1);

	if (r == 0 && of && of->n_before)
		compat_model_done(&of->before[--of->n_before]);
	return answer_code(step, r);
}

bool compat_do_transaction_reject(struct step *step)
{
	struct compat_context *of = context(step, 1);

	step->library->transaction_reject(handle(step, 1));
	if (of && of->n_before) {
		compat_model_done(&of->model);
		of->model = of->before[--of->n_before];
		of->before[of->n_before] = (struct compat_model){ 0 };
	}
	return answer(step, "0");
}

/* ---- contexts */

bool compat_do_init(struct step *step)
{
	struct compat_context *to = context(step, 1);

	if (!to)
		return unreadable(step, "which context?");
	to->handle = step->library->init(action(step, 2));
	if (to->handle)
		compat_forget_transactions(to);
	if (to->handle)
		compat_model_reset(&to->model, action(step, 2));
	return answer(step, to->handle ? "0" : "NULL");
}

bool compat_do_reset(struct step *step)
{
	int r = step->library->reset(handle(step, 1), action(step, 2));

	if (r == 0 && context(step, 1))
		compat_model_reset(&context(step, 1)->model, action(step, 2));
	return answer_code(step, r);
}

/* The handle stays, so that what is done with a released context can be asked. */
bool compat_do_release(struct step *step)
{
	step->library->release(handle(step, 1));
	if (context(step, 1))
		compat_model_done(&context(step, 1)->model);
	return answer(step, "0");
}

bool compat_do_forget(struct step *step)
{
	if (context(step, 1))
		context(step, 1)->handle = NULL;
	return answer(step, "0");
}

bool compat_do_merge(struct step *step)
{
	int r = step->library->merge(handle(step, 1), handle(step, 2));

	if (r == 0 && context(step, 1) && context(step, 2)) {
		compat_model_merge(&context(step, 1)->model, &context(step, 2)->model);
		context(step, 2)->handle = NULL;
	}
	return answer_code(step, r);
}

bool compat_do_arch_add(struct step *step)
{
	int r = step->library->arch_add(handle(step, 1), token(step, 2));

	if (r == 0 && context(step, 1) && arch_of(token(step, 2)))
		compat_model_add_arch(&context(step, 1)->model, arch_of(token(step, 2)));
	return answer_code(step, r);
}

bool compat_do_arch_remove(struct step *step)
{
	int r = step->library->arch_remove(handle(step, 1), token(step, 2));

	if (r == 0 && context(step, 1))
		compat_model_remove_arch(&context(step, 1)->model, arch_of(token(step, 2)));
	return answer_code(step, r);
}

bool compat_do_arch_exist(struct step *step)
{
	return answer_code(step, step->library->arch_exist(handle(step, 1), token(step, 2)));
}

bool compat_do_attr_set(struct step *step)
{
	uint32_t value = action(step, 3);
	int r = step->library->attr_set(handle(step, 1), attribute(step, 2), value);

	if (r == 0 && context(step, 1) && attribute(step, 2) == SCMP_FLTATR_ACT_BADARCH)
		context(step, 1)->model.bad_arch_action = value;
	return answer_code(step, r);
}

bool compat_do_attr_get(struct step *step)
{
	uint32_t value = 0xdeadbeef;
	int r = step->library->attr_get(handle(step, 1), attribute(step, 2), &value);

	return r == 0 ? answer_hex(step, value) : answer_code(step, r);
}

/* ---- names */

static const char *text_or_null(const struct step *step, size_t i)
{
	return strcmp(word(step, i), "NULL") == 0 ? NULL : word(step, i);
}

bool compat_do_resolve_name(struct step *step)
{
	return answer_number(step, step->library->syscall_resolve_name(text_or_null(step, 1)));
}

bool compat_do_resolve_name_arch(struct step *step)
{
	return answer_number(step, step->library->syscall_resolve_name_arch(token(step, 1), text_or_null(step, 2)));
}

bool compat_do_resolve_name_rewrite(struct step *step)
{
	return answer_number(step, step->library->syscall_resolve_name_rewrite(token(step, 1), text_or_null(step, 2)));
}

bool compat_do_resolve_num_arch(struct step *step)
{
	CG_FREE char *name = step->library->syscall_resolve_num_arch(token(step, 1), (int)number(step, 2));

	return answer(step, name ? name : "NULL");
}

bool compat_do_arch_resolve_name(struct step *step)
{
	return answer_hex(step, step->library->arch_resolve_name(text_or_null(step, 1)));
}

bool compat_do_arch_native(struct step *step)
{
	return answer_hex(step, step->library->arch_native());
}

bool compat_do_api_get(struct step *step)
{
	return answer_number(step, step->library->api_get());
}

bool compat_do_api_set(struct step *step)
{
	return answer_code(step, step->library->api_set((unsigned int)number(step, 1)));
}

