/*
 * See model.h. Out of memory here is the end of the test.
 */
#include "model.h"

#include "abi/syscalls.h"
#include "base/cleanup.h"
#include <stdlib.h>
#include <string.h>

void compat_model_reset(struct compat_model *model, uint32_t default_action)
{
	compat_model_done(model);
	model->default_action = default_action;
	model->bad_arch_action = CG_ACTION_KILL_THREAD;
	compat_model_add_arch(model, cg_arch_native());
}

void compat_model_done(struct compat_model *model)
{
	cg_vec_done(&model->rules);
	*model = (struct compat_model){ 0 };
}

void compat_model_copy(struct compat_model *to, const struct compat_model *from)
{
	*to = *from;
	to->rules.items = NULL;
	to->rules.n_items = to->rules.n_room = 0;
	for (size_t i = 0; i < from->rules.n_items; i++)
		if (cg_vec_push(&to->rules, from->rules.items[i]) < 0)
			abort();
}

void compat_model_add_arch(struct compat_model *model, const struct cg_arch *arch)
{
	if (model->rules.n_items)
		model->late |= 1U << cg_arch_index(arch);
	if (model->n_arches < CG_N_ARCHES_MAX)
		model->arches[model->n_arches++] = arch;
}

void compat_model_remove_arch(struct compat_model *model, const struct cg_arch *arch)
{
	size_t n_arches = 0, n_rules = 0;

	for (size_t i = 0; i < model->n_arches; i++)
		if (model->arches[i] != arch)
			model->arches[n_arches++] = model->arches[i];
	for (size_t i = 0; i < model->rules.n_items; i++)
		if (model->rules.items[i].arch != arch)
			model->rules.items[n_rules++] = model->rules.items[i];
	model->n_arches = n_arches;
	model->rules.n_items = n_rules;
}

void compat_model_merge(struct compat_model *to, struct compat_model *from)
{
	for (size_t i = 0; i < from->n_arches; i++)
		compat_model_add_arch(to, from->arches[i]);
	for (size_t i = 0; i < from->rules.n_items; i++)
		if (cg_vec_push(&to->rules, from->rules.items[i]) < 0)
			abort();
	compat_model_done(from);
}

/* In the order of enum scmp_compare, from SCMP_CMP_NE on. */
static const enum cg_op operators[] = { CG_OP_NE, CG_OP_LT, CG_OP_LE,       CG_OP_EQ,
					CG_OP_GE, CG_OP_GT, CG_OP_MASKED_EQ };

static struct cg_comparison convert(const struct scmp_arg_cmp *from)
{
	bool is_masked = from->op == SCMP_CMP_MASKED_EQ;

	return (struct cg_comparison){
		.arg = from->arg,
		.op = operators[from->op - SCMP_CMP_NE],
		.value = is_masked ? from->datum_b : from->datum_a,
		.mask = is_masked ? from->datum_a : UINT64_MAX,
	};
}

/*
 * Where socketcall(2) and ipc(2) are, and which operation stands for a call: linux/net.h, linux/ipc.h. A table of its
 * own: a fault of the library's must not be the judge's too.
 */
static const char *const multiplexing[] = { "x86",  "ppc",  "ppc64",  "ppc64le", "s390", "s390x",
					    "mips", "mipsel", "m68k", "sh",      "sheb" };
static const char *const socket_calls[] = {
	[1] = "socket",      [2] = "bind",        [3] = "connect",    [4] = "listen",      [5] = "accept",
	[6] = "getsockname", [7] = "getpeername", [8] = "socketpair", [9] = "send",        [10] = "recv",
	[11] = "sendto",     [12] = "recvfrom",   [13] = "shutdown",  [14] = "setsockopt", [15] = "getsockopt",
	[16] = "sendmsg",    [17] = "recvmsg",    [18] = "accept4",   [19] = "recvmmsg",   [20] = "sendmmsg",
};
static const char *const ipc_calls[] = {
	[1] = "semop",   [2] = "semget",  [3] = "semctl",  [4] = "semtimedop", [11] = "msgsnd", [12] = "msgrcv",
	[13] = "msgget", [14] = "msgctl", [21] = "shmat",  [22] = "shmdt",     [23] = "shmget", [24] = "shmctl",
};

static bool find_operation(const char *const *calls, size_t n_calls, const char *name, uint64_t *ret_operation)
{
	for (size_t i = 0; i < n_calls; i++) {
		if (calls[i] && strcmp(calls[i], name) == 0) {
			*ret_operation = i;
			return true;
		}
	}
	return false;
}

static bool is_multiplexed(const struct cg_arch *arch, const char *name, uint32_t *ret_nr, uint64_t *ret_operation)
{
	bool is_one = false;

	for (size_t i = 0; i < CG_N_ITEMS(multiplexing); i++)
		is_one |= strcmp(multiplexing[i], arch->name) == 0;
	if (!is_one)
		return false;
	if (find_operation(socket_calls, CG_N_ITEMS(socket_calls), name, ret_operation))
		return cg_syscall_number(arch, "socketcall", ret_nr);
	return find_operation(ipc_calls, CG_N_ITEMS(ipc_calls), name, ret_operation) &&
	       cg_syscall_number(arch, "ipc", ret_nr);
}

/*
 * A multiplexed call: the operation is the first argument of socketcall(2) or ipc(2), the call's own arguments lie in
 * memory, out of reach. What the rule says of the first gives way to the operation; what it says of others is asked of
 * the registers all the same. That is what libseccomp does and no page describes: it makes rules narrower, not wider.
 */
static void add_multiplexed(struct compat_model *model, const struct compat_rule *direct, const char *name)
{
	struct compat_rule rule = { .arch = direct->arch, .action = direct->action, .n_comparisons = 1 };
	struct cg_comparison *operation = &rule.comparisons[0];

	*operation = (struct cg_comparison){ .arg = 0, .op = CG_OP_EQ, .mask = UINT64_MAX };
	for (unsigned int i = 0; i < direct->n_comparisons; i++)
		if (direct->comparisons[i].arg != 0)
			rule.comparisons[rule.n_comparisons++] = direct->comparisons[i];
	if (!is_multiplexed(direct->arch, name, &rule.nr, &operation->value))
		return;
	if (cg_vec_push(&model->rules, rule) < 0)
		abort();
}

void compat_model_add_rule(struct compat_model *model, uint32_t action, const char *name, int nr,
			   const struct scmp_arg_cmp *comparisons, unsigned int n_comparisons)
{
	struct compat_rule rule = { .action = action, .n_comparisons = n_comparisons };

	for (unsigned int i = 0; i < n_comparisons; i++)
		rule.comparisons[i] = convert(&comparisons[i]);
	for (size_t i = 0; i < model->n_arches; i++) {
		rule.arch = model->arches[i];
		rule.nr = (uint32_t)nr;
		if (name && !cg_syscall_number(rule.arch, name, &rule.nr))
			model->lacking |= 1U << cg_arch_index(rule.arch);
		else if (cg_vec_push(&model->rules, rule) < 0)
			abort();
		if (name)
			add_multiplexed(model, &rule, name);
	}
}

struct cg_policy *compat_model_policy(const struct compat_model *model)
{
	struct cg_policy *policy = cg_policy_new(model->default_action);
	int r = policy ? 0 : -ENOMEM;

	if (policy)
		policy->bad_arch_action = model->bad_arch_action;
	for (size_t i = 0; i < model->n_arches && r == 0; i++)
		r = cg_policy_add_arch(policy, model->arches[i], NULL);
	for (size_t i = 0; i < model->rules.n_items && r == 0; i++) {
		const struct compat_rule *from = &model->rules.items[i];
		struct cg_rule rule = { .arch = from->arch,
					.nr = from->nr,
					.action = from->action,
					.comparisons = from->comparisons,
					.n_comparisons = from->n_comparisons };

		r = cg_policy_add_rule(policy, &rule, NULL);
	}
	return r == 0 ? policy : cg_policy_free(policy);
}
