/*
 * See verify.h.
 */
#include "api/verify.h"

#include "abi/action.h"
#include "abi/syscalls.h"
#include "base/cleanup.h"
#include "filter/rewrite.h"
#include "os/procfs.h"
#include "profile/stub.h"

#include <errno.h>
#include <string.h>

/* ---- reading */

struct tids {
	CG_VEC(int) list;
	int code;
};

static void add_tid(void *context, int tid)
{
	struct tids *tids = context;

	if (tids->code == 0)
		tids->code = tids->list.n_items >= CG_LIVE_THREADS_LIMIT ? -E2BIG : cg_vec_push(&tids->list, tid);
}

static bool is_known(const struct cg_live *live, int tid)
{
	for (size_t i = 0; i < live->stacks.n_items; i++)
		for (size_t j = 0; j < live->stacks.items[i].tids.n_items; j++)
			if (live->stacks.items[i].tids.items[j] == tid)
				return true;
	return false;
}

/* Takes the stack. */
static int add_thread(struct cg_live *live, int tid, struct cg_filter_stack *stack)
{
	struct cg_live_stack added = { .stack = *stack };
	size_t i = 0;
	int r = 0;

	while (i < live->stacks.n_items && !cg_filter_stack_equals(&live->stacks.items[i].stack, stack))
		i++;
	if (i < live->stacks.n_items)
		cg_filter_stack_done(stack);
	else
		r = cg_vec_push(&live->stacks, added);
	if (r < 0) {
		cg_filter_stack_done(stack);
		return r;
	}
	live->n_threads++;
	return cg_vec_push(&live->stacks.items[i].tids, tid);
}

/* 1 when it was read, 0 when it is known or has ended. */
static int read_thread(struct cg_live *live, int tid, struct cg_err *err)
{
	struct cg_filter_stack stack = { 0 };
	int r;

	if (is_known(live, tid) || !cg_proc_is_alive(tid))
		return 0;
	r = cg_thread_filters(tid, &stack, err);
	if (r == 0)
		return add_thread(live, tid, &stack) < 0 ? cg_err_memory(err) : 1;
	return cg_proc_is_alive(tid) ? r : 0;
}

/* Until a whole list of threads brings nothing new. */
static int read_threads(int pid, struct cg_live *live, struct cg_err *err)
{
	bool has_new = true;
	int r = 0;

	while (has_new && r >= 0) {
		struct tids tids = { 0 };

		has_new = false;
		r = cg_proc_threads(pid, add_tid, &tids);
		if (r == 0)
			r = tids.code;
		if (r == -ENOENT || r == -ESRCH)
			r = cg_err_set(err, -ENOENT, NULL, "there is no process or thread %d", pid);
		else if (r < 0)
			r = cg_err_set(err, r, NULL, "cannot list the threads of %d: %s", pid, strerror(-r));
		for (size_t i = 0; i < tids.list.n_items && r >= 0; i++) {
			r = read_thread(live, tids.list.items[i], err);
			has_new |= r == 1;
		}
		cg_vec_done(&tids.list);
	}
	return r < 0 ? r : 0;
}

int cg_live_read(int pid, struct cg_live *ret_live, struct cg_err *err)
{
	struct cg_live live = { 0 };
	int r = 0;

	if (cg_proc_group(pid) == pid && cg_proc_is_alive(pid))
		r = read_thread(&live, pid, err);
	if (r >= 0 && cg_proc_group(pid) == pid)
		r = read_threads(pid, &live, err);
	else if (r >= 0)
		r = read_thread(&live, pid, err);
	if (r >= 0 && live.n_threads == 0)
		r = cg_err_set(err, -ENOENT, NULL, "there is no process or thread %d", pid);
	if (r < 0) {
		cg_live_done(&live);
		return r;
	}
	*ret_live = live;
	return 0;
}

void cg_live_done(struct cg_live *live)
{
	for (size_t i = 0; i < live->stacks.n_items; i++) {
		cg_filter_stack_done(&live->stacks.items[i].stack);
		cg_vec_done(&live->stacks.items[i].tids);
	}
	cg_vec_done(&live->stacks);
	live->n_threads = 0;
}

/* ---- meaning */

int cg_live_meaning(struct cg_meanings *meanings, const struct cg_filter_stack *stack, uint32_t *ret_root,
		    struct cg_err *err)
{
	size_t n = stack->filters.n_items;
	CG_FREE uint32_t *roots = calloc(n + 1, sizeof(*roots));
	uint32_t root;
	int r = roots ? 0 : cg_err_memory(err);

	for (size_t i = 0; i < n && r == 0; i++)
		r = cg_meaning_of_filter(meanings, stack->filters.items[n - 1 - i].filter, &roots[i], err);
	if (r == 0)
		r = cg_meaning_of_stack(meanings, roots, n, &root, err);
	return r < 0 ? r : cg_meaning_of_effect(meanings, root, ret_root, err);
}

static int add_stub(struct cg_meanings *meanings, const struct cg_policy *policy, const struct cg_engine *engine,
		    uint32_t *root, struct cg_err *err)
{
	struct cg_filter *mask = NULL;
	uint32_t mask_root, answer;
	int r = cg_stub_mask(policy, engine, &mask, err);

	if (r < 0 || !mask)
		return r;
	r = cg_meaning_of_filter(meanings, mask, &mask_root, err);
	cg_filter_free(mask);
	if (r == 0)
		r = cg_meaning_of_action(meanings, CG_STUB_ANSWER, &answer, err);
	return r < 0 ? r : cg_meaning_of_choice(meanings, mask_root, answer, *root, root, err);
}

int cg_wanted_meaning(struct cg_meanings *meanings, const struct cg_wanted *wanted, uint32_t *ret_root,
		      struct cg_err *err)
{
	uint32_t root;
	int r;

	if (!wanted->policy)
		return cg_meaning_of_action(meanings, CG_ACTION_ALLOW, ret_root, err);
	r = cg_meaning_of_policy(meanings, wanted->in_force ? wanted->in_force : wanted->policy, &root, err);
	/* The numbers that a stub begins behind are those that the profile names itself. */
	if (r == 0)
		r = add_stub(meanings, wanted->policy, wanted->engine, &root, err);
	return r < 0 ? r : cg_meaning_of_effect(meanings, root, ret_root, err);
}

/* ---- verifying */

/* execve and exit_group with the witness's last three arguments: what `callgate run` lets in, if this is that. */
static struct cg_policy *make_admission(const struct cg_call *call)
{
	static const char *const names[] = { "execve", "exit_group" };
	const struct cg_arch *native = cg_arch_native();
	struct cg_policy *policy = cg_policy_new(CG_ACTION_KILL_PROCESS);
	struct cg_comparison token[3];
	struct cg_rule rule = { .arch = native, .action = CG_ACTION_ALLOW, .comparisons = token, .n_comparisons = 3 };
	int r = policy ? cg_policy_add_arch(policy, native, NULL) : -ENOMEM;

	for (unsigned int i = 0; i < 3; i++)
		token[i] = (struct cg_comparison){ CG_ADMISSION_ARG + i, CG_OP_EQ, call->args[CG_ADMISSION_ARG + i],
						   UINT64_MAX };
	for (size_t i = 0; i < CG_N_ITEMS(names) && r == 0; i++)
		if (cg_syscall_number(native, names[i], &rule.nr))
			r = cg_policy_add_rule(policy, &rule, NULL);
	return r < 0 ? cg_policy_free(policy) : policy;
}

/* The meaning of the policy with that admission before it. */
static int admit(struct cg_meanings *meanings, const struct cg_call *call, uint32_t wanted, uint32_t *ret_root,
		 struct cg_err *err)
{
	struct cg_policy *policy = make_admission(call);
	uint32_t mask, allow;
	int r = policy ? cg_meaning_of_policy(meanings, policy, &mask, err) : cg_err_memory(err);

	cg_policy_free(policy);
	if (r == 0)
		r = cg_meaning_of_action(meanings, CG_ACTION_ALLOW, &allow, err);
	return r < 0 ? r : cg_meaning_of_choice(meanings, mask, allow, wanted, ret_root, err);
}

static bool may_be_admission(const struct cg_witness *witness)
{
	uint32_t nr;

	return cg_syscall_number(cg_arch_native(), "execve", &nr) && witness->call.nr == nr &&
	       witness->call.arch == cg_arch_native()->token && witness->a == CG_ACTION_ALLOW &&
	       (witness->call.args[CG_ADMISSION_ARG] || witness->call.args[CG_ADMISSION_ARG + 1]);
}

/* As cg_verify(), of one stack. */
static int verify_stack(struct cg_meanings *meanings, const struct cg_filter_stack *stack, uint32_t wanted,
			struct cg_verification *verification, struct cg_err *err)
{
	uint32_t got, admitted;
	int r = cg_live_meaning(meanings, stack, &got, err);

	if (r < 0)
		return r;
	if (cg_meaning_differ(meanings, got, wanted, &verification->witness) == 0)
		return 1;
	if (!may_be_admission(&verification->witness))
		return 0;
	r = admit(meanings, &verification->witness.call, wanted, &admitted, err);
	if (r < 0)
		return r;
	/* Where something else differs too, that is the better witness: this one holds a secret and says little. */
	if (cg_meaning_differ(meanings, got, admitted, &verification->witness) != 0)
		return 0;
	verification->has_admission = true;
	return 1;
}

int cg_verify(struct cg_meanings *meanings, const struct cg_live *live, const struct cg_wanted *wanted,
	      struct cg_verification *ret_verification, struct cg_err *err)
{
	struct cg_verification verification = { 0 };
	uint32_t root;
	int r = cg_wanted_meaning(meanings, wanted, &root, err);

	if (r < 0)
		return r;
	r = 1;
	for (size_t i = 0; i < live->stacks.n_items && r == 1; i++) {
		verification.tid = live->stacks.items[i].tids.items[0];
		r = verify_stack(meanings, &live->stacks.items[i].stack, root, &verification, err);
	}
	if (r >= 0)
		*ret_verification = verification;
	return r;
}
