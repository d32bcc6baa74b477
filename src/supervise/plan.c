/*
 * See plan.h.
 */
#include "supervise/plan.h"

#include "abi/action.h"
#include "abi/syscalls.h"
#include "base/cleanup.h"
#include "base/vec.h"
#include "filter/rewrite.h"
#include "os/seccomp.h"

#include <elf.h>
#include <errno.h>

/* LOG too, to be told; TRAP and TRACE are left to the handler or tracer that the program may have for them. */
static uint32_t enforce_by_notify(uint32_t action)
{
	switch (cg_action_row(action)->value) {
	case CG_ACTION_KILL_PROCESS:
	case CG_ACTION_KILL_THREAD:
	case CG_ACTION_ERRNO:
	case CG_ACTION_LOG:
		return CG_ACTION_NOTIFY;
	default:
		return action;
	}
}

static uint32_t audit_by(uint32_t action, uint32_t replacement)
{
	uint32_t kind = cg_action_row(action)->value;

	return kind == CG_ACTION_ALLOW || kind == CG_ACTION_LOG ? action : replacement;
}

static uint32_t audit_by_notify(uint32_t action)
{
	return cg_action_row(action)->value == CG_ACTION_ALLOW ? action : CG_ACTION_NOTIFY;
}

static uint32_t audit_by_log(uint32_t action)
{
	return audit_by(action, CG_ACTION_LOG);
}

static uint32_t audit_by_nothing(uint32_t action)
{
	return audit_by(action, CG_ACTION_ALLOW);
}

/* Row by mode and way of telling; NULL: the filter as it is. */
static uint32_t (*const maps[2][3])(uint32_t action) = {
	[CG_RUN_ENFORCE] = { [CG_TELL_NOTIFY] = enforce_by_notify },
	[CG_RUN_AUDIT] = { [CG_TELL_NOTIFY] = audit_by_notify,
			   [CG_TELL_LOG] = audit_by_log,
			   [CG_TELL_NONE] = audit_by_nothing },
};

bool cg_call_is_critical(const struct cg_call *call)
{
	const struct cg_arch *arch = cg_arch_of_call(call);
	const struct cg_syscall *row = arch ? cg_syscall_of_nr(arch, call->nr) : NULL;

	return row && row->tier == CG_TIER_CRITICAL;
}

/* ELF machines (the low half of a token) whose programs run on one kernel, beside those of one number. */
static const uint16_t companions[][2] = { { EM_X86_64, EM_386 }, { EM_AARCH64, EM_ARM }, { EM_PPC64, EM_PPC } };

static bool runs_here(const struct cg_arch *arch)
{
	const struct cg_arch *native = cg_arch_native();
	uint16_t here = (uint16_t)native->token, there = (uint16_t)arch->token;

	if (arch->is_big_endian != native->is_big_endian)
		return false;
	for (size_t i = 0; i < CG_N_ITEMS(companions); i++)
		if (companions[i][0] == here && companions[i][1] == there)
			return true;
	return here == there;
}

/* The critical calls of every arch that this machine may run. */
static int collect_critical(struct cg_filter_number **ret_numbers, size_t *ret_n)
{
	CG_VEC(struct cg_filter_number) numbers = { 0 };

	for (size_t a = 0; a < cg_n_arches; a++) {
		const struct cg_arch *arch = &cg_arches[a];

		for (size_t i = 0; runs_here(arch) && i < arch->n_rows; i++) {
			struct cg_filter_number number = { arch->token, arch->rows[i].nr };

			if (cg_syscalls[arch->rows[i].call].tier != CG_TIER_CRITICAL)
				continue;
			if (cg_vec_push(&numbers, number) < 0) {
				cg_vec_done(&numbers);
				return -ENOMEM;
			}
		}
	}
	*ret_numbers = numbers.items;
	*ret_n = numbers.n_items;
	return 0;
}

/* Audit's second filter: the proven one, for critical calls alone. */
static int add_critical(const struct cg_filter *filter, struct cg_plan *plan, struct cg_err *err)
{
	struct cg_filter_number *numbers = NULL;
	size_t n_numbers = 0;
	int r;

	if (collect_critical(&numbers, &n_numbers) < 0)
		return cg_err_memory(err);
	r = cg_filter_select(filter, numbers, n_numbers, &plan->filters[plan->n_filters], err);
	if (r == 0)
		plan->n_filters++;
	free(numbers);
	return r;
}

static bool lets_through(const struct cg_plan *plan, const char *name)
{
	struct cg_call call = { .arch = cg_arch_native()->token };

	if (!cg_syscall_number(cg_arch_native(), name, &call.nr))
		return false;
	for (size_t i = 0; i < CG_TOKEN_WORDS; i++)
		call.args[CG_ADMISSION_ARG + i] = plan->token[i];
	for (size_t i = 0; i < plan->n_filters; i++)
		if (!cg_action_is_permit(cg_filter_run(plan->filters[i], &call, NULL)))
			return false;
	return true;
}

/*
 * The launcher's execve must pass whatever its arguments are. A filter that answers it with a plain ALLOW stays as it
 * is; any other one gets the admission, and with it exit_group, for an execve that fails.
 */
static int admit_launcher(struct cg_filter **filter, const uint64_t *token, struct cg_err *err)
{
	const struct cg_arch *native = cg_arch_native();
	struct cg_admission admission = { .arch = native->token, .n_numbers = 2 };
	struct cg_filter *made;
	int r;

	if (!cg_syscall_number(native, "execve", &admission.numbers[0]) ||
	    !cg_syscall_number(native, "exit_group", &admission.numbers[1]))
		return cg_err_set(err, -EOPNOTSUPP, NULL, "this machine has no execve");
	if (cg_filter_is_cached(*filter, native->token, admission.numbers[0], NULL))
		return 0;

	for (size_t i = 0; i < CG_TOKEN_WORDS; i++)
		admission.token[i] = token[i];
	r = cg_filter_admit(*filter, &admission, &made, err);
	if (r < 0)
		return r;
	cg_filter_free(*filter);
	*filter = made;
	return cg_filter_check(made, err);
}

static int make_filters(const struct cg_filter *filter, enum cg_run_mode mode, enum cg_tell tell, struct cg_plan *plan,
			struct cg_err *err)
{
	int r = 0;

	if (maps[mode][tell])
		r = cg_filter_map_actions(filter, maps[mode][tell], &plan->filters[0], err);
	else
		plan->filters[0] = cg_filter_new(filter->insns, filter->n_insns, filter->is_big_endian);
	if (r == 0 && !plan->filters[0])
		r = cg_err_memory(err);
	if (r < 0)
		return r;
	plan->n_filters = 1;

	/* A listener decides by call, so it needs no second filter. */
	if (mode == CG_RUN_AUDIT && tell != CG_TELL_NOTIFY)
		r = add_critical(filter, plan, err);
	for (size_t i = 0; r == 0 && i < plan->n_filters; i++)
		r = admit_launcher(&plan->filters[i], plan->token, err);
	return r;
}

int cg_plan_make(const struct cg_filter *filter, enum cg_run_mode mode, enum cg_tell tell, unsigned int flags,
		 const uint64_t *token, struct cg_plan *ret_plan, struct cg_err *err)
{
	struct cg_plan plan = { .wants_listener = tell == CG_TELL_NOTIFY };
	int r;

	plan.flags = flags & (CG_SECCOMP_LOG | CG_SECCOMP_SPEC_ALLOW);
	if (tell == CG_TELL_LOG)
		plan.flags |= CG_SECCOMP_LOG;
	for (size_t i = 0; i < CG_TOKEN_WORDS; i++)
		plan.token[i] = token[i];

	r = make_filters(filter, mode, tell, &plan, err);
	if (r < 0) {
		cg_plan_done(&plan);
		return r;
	}
	plan.may_exit = lets_through(&plan, "exit_group");
	plan.may_write = lets_through(&plan, "write");
	*ret_plan = plan;
	return 0;
}

void cg_plan_done(struct cg_plan *plan)
{
	for (size_t i = 0; i < CG_LAUNCH_FILTERS_MAX; i++)
		plan->filters[i] = cg_filter_free(plan->filters[i]);
	plan->n_filters = 0;
}

struct cg_launch cg_plan_launch(const struct cg_plan *plan)
{
	struct cg_launch launch = {
		.n_filters = plan->n_filters,
		.flags = plan->flags,
		.wants_listener = plan->wants_listener,
		.may_exit = plan->may_exit,
	};

	for (size_t i = 0; i < CG_LAUNCH_FILTERS_MAX; i++)
		launch.filters[i] = plan->filters[i];
	for (size_t i = 0; i < CG_TOKEN_WORDS; i++)
		launch.token[i] = plan->token[i];
	return launch;
}
