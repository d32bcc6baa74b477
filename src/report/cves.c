/*
 * Looking up vulnerabilities, and what each comes to on one architecture: the calls through which it is reached.
 *
 * In: a row of data/cves.csv, whose arguments and values are words. Out: a policy that allows just these calls. A
 * comparison sees what the kernel reads of the register and no more, as a process may put anything into the rest: a
 * filter that compares all 64 bits of a domain lets socket(0x100000011) through, and that is a packet socket.
 */
#include "report/cves.h"

#include "abi/action.h"
#include "abi/constants.h"
#include "abi/multiplex.h"
#include "abi/syscalls.h"
#include "base/num.h"

#include <errno.h>
#include <string.h>

#define N_ARGS 6

const struct cg_cve *cg_cve_find(const char *id)
{
	for (size_t i = 0; i < cg_n_cves; i++) {
		if (strcmp(cg_cves[i].id, id) == 0)
			return &cg_cves[i];
	}
	return NULL;
}

size_t cg_cve_count_of_call(const char *call)
{
	size_t n = 0;

	for (size_t i = 0; i < cg_n_cves; i++) {
		for (unsigned int r = 0; r < cg_cves[i].n_routes; r++) {
			if (strcmp(cg_cves[i].routes[r].call, call) == 0) {
				n++;
				break;
			}
		}
	}
	return n;
}

const char *cg_cve_verdict_name(enum cg_cve_verdict verdict)
{
	static const char *const names[] = { "closed", "partly", "open", "absent" };

	return names[verdict];
}

static uint64_t mask_of_width(unsigned int width)
{
	return width >= sizeof(uint64_t) ? UINT64_MAX : (1ULL << (8 * width)) - 1;
}

static bool find_value(const struct cg_arch *arch, const char *word, uint64_t *ret_value)
{
	return cg_num_parse(word, strlen(word), ret_value) || cg_constant_find(arch, word, ret_value);
}

enum translation {
	HOLDS_NEVER,  /* this arch has no such constant */
	HOLDS_ALWAYS, /* its call has no such argument: nothing can be said of it, so it counts as reached */
	HOLDS_WHEN,
};

static enum translation translate(const struct cg_arch *arch, uint32_t nr, const struct cg_cve_comparison *from,
				  struct cg_comparison *ret_to)
{
	uint64_t value, mask = UINT64_MAX;

	if (!find_value(arch, from->value, &value) || (from->mask && !find_value(arch, from->mask, &mask)))
		return HOLDS_NEVER;
	for (unsigned int i = 0; i < N_ARGS; i++) {
		const struct cg_arg_info *info = cg_syscall_arg(arch, nr, i);

		if (!info || strcmp(info->name, from->argument) != 0)
			continue;
		mask &= mask_of_width(info->width) & cg_arch_word_mask(arch);
		*ret_to = (struct cg_comparison){
			.arg = i, .op = CG_OP_MASKED_EQ, .value = value & mask, .mask = mask
		};
		return HOLDS_WHEN;
	}
	return HOLDS_ALWAYS;
}

static int add_own(struct cg_policy *policy, const struct cg_arch *arch, const struct cg_cve_route *route,
		   struct cg_err *err)
{
	struct cg_comparison comparisons[CG_CVE_COMPARISONS_LIMIT];
	struct cg_rule rule = { .arch = arch, .action = CG_ACTION_ALLOW, .comparisons = comparisons };

	if (!cg_syscall_number(arch, route->call, &rule.nr))
		return 0;
	for (unsigned int i = 0; i < route->n_comparisons; i++) {
		switch (translate(arch, rule.nr, &route->comparisons[i], &comparisons[rule.n_comparisons])) {
		case HOLDS_NEVER:
			return 0;
		case HOLDS_ALWAYS:
			break;
		case HOLDS_WHEN:
			rule.n_comparisons++;
			break;
		}
	}
	return cg_policy_add_rule(policy, &rule, err);
}

/*
 * Through socketcall or ipc the arguments lie in memory, so that no filter tells them apart: the operation alone
 * decides. ipc takes it from the low 16 bits (ipc/syscall.c: a version stands above them).
 */
static int add_multiplexed(struct cg_policy *policy, const struct cg_arch *arch, const struct cg_cve_route *route,
			   struct cg_err *err)
{
	struct cg_comparison is_operation = { .arg = 0, .op = CG_OP_MASKED_EQ, .mask = UINT32_MAX };
	struct cg_rule rule = {
		.arch = arch, .action = CG_ACTION_ALLOW, .comparisons = &is_operation, .n_comparisons = 1
	};

	if (!cg_multiplex_find(arch, route->call, &rule.nr, &is_operation.value))
		return 0;
	if (strcmp(cg_syscall_of_nr(arch, rule.nr)->name, "ipc") == 0)
		is_operation.mask = UINT16_MAX;
	return cg_policy_add_rule(policy, &rule, err);
}

int cg_cve_calls(const struct cg_cve *cve, const struct cg_arch *arch, struct cg_policy **ret_policy,
		 struct cg_err *err)
{
	struct cg_policy *policy = cg_policy_new(CG_ACTION_KILL_PROCESS);
	int r;

	if (!policy)
		return cg_err_memory(err);
	policy->bad_arch_action = CG_ACTION_KILL_PROCESS;
	r = cg_policy_add_arch(policy, arch, err);
	for (unsigned int i = 0; i < cve->n_routes && r == 0; i++) {
		r = add_own(policy, arch, &cve->routes[i], err);
		if (r == 0)
			r = add_multiplexed(policy, arch, &cve->routes[i], err);
	}
	if (r < 0) {
		cg_policy_free(policy);
		return r;
	}
	*ret_policy = policy;
	return 0;
}
