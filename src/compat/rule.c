/*
 * Rules and priorities: seccomp_rule_add(3), seccomp_syscall_priority(3).
 *
 * In: a native or pseudo number and comparisons. Out: on each architecture that the context has now, rules for what
 * the number is there (numbers.c). All of them get the rule, or none.
 *
 * Where socketcall(2) or ipc(2) carries the call, the rule holds for the direct call as it stands, and for the carrier
 * with the operation as argument 0: a comparison of argument 0 has no place there and is left out, as libseccomp does;
 * the others stay. "Exact" refuses to do that.
 */
#include "compat/ctx.h"

#include <errno.h>
#include <stdarg.h>

struct request {
	uint32_t action;
	int number;
	bool is_exact;
	struct cg_comparison comparisons[CG_CTX_ARGS]; /* in the order of their arguments */
	uint32_t n_comparisons;
};

static const enum cg_op ops[] = {
	[SCMP_CMP_NE] = CG_OP_NE, [SCMP_CMP_LT] = CG_OP_LT, [SCMP_CMP_LE] = CG_OP_LE,
	[SCMP_CMP_EQ] = CG_OP_EQ, [SCMP_CMP_GE] = CG_OP_GE, [SCMP_CMP_GT] = CG_OP_GT,
	[SCMP_CMP_MASKED_EQ] = CG_OP_MASKED_EQ,
};

/* -EINVAL: no such argument or operator, or an argument that has a comparison already. */
static int take_comparison(struct request *request, const struct scmp_arg_cmp *from)
{
	uint32_t at = request->n_comparisons;
	struct cg_comparison taken = { .arg = from->arg, .value = from->datum_a, .mask = UINT64_MAX };

	if (from->arg >= CG_CTX_ARGS || from->op <= _SCMP_CMP_MIN || from->op >= _SCMP_CMP_MAX)
		return -EINVAL;
	taken.op = ops[from->op];
	if (taken.op == CG_OP_MASKED_EQ) {
		taken.mask = from->datum_a;
		taken.value = from->datum_b & from->datum_a;
	}
	for (; at && request->comparisons[at - 1].arg >= from->arg; at--) {
		if (request->comparisons[at - 1].arg == from->arg)
			return -EINVAL;
		request->comparisons[at] = request->comparisons[at - 1];
	}
	request->comparisons[at] = taken;
	request->n_comparisons++;
	return 0;
}

/* Comparisons as the architecture sees them: two that mean the same are the same. */
static uint32_t narrow(const struct cg_arch *arch, const struct request *request, struct cg_comparison *ret)
{
	uint64_t word = cg_arch_word_mask(arch);

	for (uint32_t i = 0; i < request->n_comparisons; i++) {
		ret[i] = request->comparisons[i];
		ret[i].value &= word;
		ret[i].mask &= word;
	}
	return request->n_comparisons;
}

static int add_direct(struct cg_ctx_arch *arch, const struct request *request, uint32_t nr)
{
	struct cg_comparison comparisons[CG_CTX_ARGS];

	return cg_ctx_arch_add_rule(arch, nr, request->action, comparisons,
				    narrow(arch->arch, request, comparisons));
}

static int add_carried(struct cg_ctx_arch *arch, const struct request *request, const struct cg_ctx_number *number)
{
	struct cg_comparison comparisons[1 + CG_CTX_ARGS];
	uint32_t n = narrow(arch->arch, request, comparisons + 1);
	uint32_t skipped = n && comparisons[1].arg == 0 ? 1 : 0;

	comparisons[skipped] = (struct cg_comparison){
		.arg = 0, .op = CG_OP_EQ, .value = number->operation, .mask = cg_arch_word_mask(arch->arch)
	};
	return cg_ctx_arch_add_rule(arch, number->carrier, request->action, comparisons + skipped, n + 1 - skipped);
}

/* A native number beyond the architecture's own (x32's, under x86_64) is no call that another name would help to. */
static bool lacks_call(const struct cg_arch *arch, int number, const struct cg_ctx_number *resolved)
{
	if (resolved->has_direct || resolved->has_carrier || number == -1)
		return false;
	return number < 0 || arch != cg_arch_native();
}

/* 0, 1: nothing new here; or an error. */
static int add_to_arch(struct cg_ctx_arch *arch, const struct request *request)
{
	struct cg_ctx_number number;
	int r = cg_ctx_resolve(arch->arch, request->number, &number);
	int carried = 1;

	if (r < 0)
		return r;
	if (request->is_exact && lacks_call(arch->arch, request->number, &number))
		return -EDOM;
	if (request->is_exact && request->n_comparisons && number.has_carrier)
		return -EINVAL;
	r = number.has_direct ? add_direct(arch, request, number.direct) : 1;
	if (r >= 0 && number.has_carrier)
		carried = add_carried(arch, request, &number);
	if (r < 0 || carried < 0)
		return r < 0 ? r : carried;
	return r == 0 || carried == 0 ? 0 : 1;
}

static int add_to_all(struct cg_ctx *ctx, const struct request *request)
{
	struct cg_ctx_mark marks[CG_N_ARCHES_MAX];
	size_t n_rules = 0;
	size_t n_marks = 0;
	int r = 0;

	for (; n_marks < ctx->n_arches && r >= 0; n_marks++) {
		marks[n_marks] = cg_ctx_arch_mark(ctx->arches[n_marks]);
		r = add_to_arch(ctx->arches[n_marks], request);
		n_rules += ctx->arches[n_marks]->rules.n_items;
	}
	if (r >= 0 && n_rules > CG_CTX_RULES_LIMIT)
		r = -ENOMEM;
	if (r < 0) {
		while (n_marks)
			cg_ctx_arch_cut(&marks[--n_marks]);
		return r;
	}
	if (ctx->n_rules != n_rules)
		cg_ctx_touch(ctx);
	ctx->n_rules = n_rules;
	return 0;
}

static int add_rule(scmp_filter_ctx handle, bool is_exact, uint32_t action, int number, unsigned int arg_cnt,
		    const struct scmp_arg_cmp *args)
{
	struct cg_ctx *ctx = cg_ctx_get_ready(handle);
	struct request request = { .action = action, .number = number, .is_exact = is_exact };
	int r = 0;

	if (!ctx || arg_cnt > CG_CTX_ARGS || (arg_cnt && !args) || !cg_ctx_takes_number(ctx, number) ||
	    !cg_ctx_takes_action(ctx, action))
		return -EINVAL;
	if (action == ctx->attributes[SCMP_FLTATR_ACT_DEFAULT])
		return -EACCES;
	if (is_exact && ctx->n_arches > 1)
		return -EOPNOTSUPP;
	for (unsigned int i = 0; i < arg_cnt && r == 0; i++)
		r = take_comparison(&request, &args[i]);
	return r < 0 ? r : add_to_all(ctx, &request);
}

/* Comparisons by value, behind the last named argument. */
static void read_args(struct scmp_arg_cmp args[CG_CTX_ARGS], unsigned int arg_cnt, va_list list)
{
	for (unsigned int i = 0; i < arg_cnt && i < CG_CTX_ARGS; i++)
		args[i] = va_arg(list, struct scmp_arg_cmp);
}

int seccomp_rule_add(scmp_filter_ctx handle, uint32_t action, int syscall, unsigned int arg_cnt, ...)
{
	struct scmp_arg_cmp args[CG_CTX_ARGS];
	va_list list;

	va_start(list, arg_cnt);
	read_args(args, arg_cnt, list);
	va_end(list);
	return add_rule(handle, false, action, syscall, arg_cnt, args);
}

int seccomp_rule_add_exact(scmp_filter_ctx handle, uint32_t action, int syscall, unsigned int arg_cnt, ...)
{
	struct scmp_arg_cmp args[CG_CTX_ARGS];
	va_list list;

	va_start(list, arg_cnt);
	read_args(args, arg_cnt, list);
	va_end(list);
	return add_rule(handle, true, action, syscall, arg_cnt, args);
}

int seccomp_rule_add_array(scmp_filter_ctx handle, uint32_t action, int syscall, unsigned int arg_cnt,
			   const struct scmp_arg_cmp *arg_array)
{
	return add_rule(handle, false, action, syscall, arg_cnt, arg_array);
}

int seccomp_rule_add_exact_array(scmp_filter_ctx handle, uint32_t action, int syscall, unsigned int arg_cnt,
				 const struct scmp_arg_cmp *arg_array)
{
	return add_rule(handle, true, action, syscall, arg_cnt, arg_array);
}
