/*
 * See stub.h. In: a policy and the engine that it was resolved for. Out: the mask, as a filter, because a range of
 * numbers is one comparison there and a million rules in a policy.
 */
#include "profile/stub.h"

#include "abi/multiplex.h"
#include "abi/syscalls.h"

#include <elf.h>
#include <string.h>

#define INSNS_A_BLOCK 6
#define AT_NR 0 /* in struct seccomp_data */
#define AT_ARCH 4

/* A range of numbers of one token. */
struct block {
	uint32_t token, first, last;
};

struct blocks {
	struct block items[2 * CG_N_ARCHES_MAX];
	size_t n_items;
};

static void add_block(struct blocks *blocks, uint32_t token, uint32_t first, uint32_t last)
{
	if (first <= last)
		blocks->items[blocks->n_items++] = (struct block){ token, first, last };
}

/* Names that libseccomp does not know, or has a number of its own for (multiplex.h), do not count (seen). */
static bool is_counted(const struct cg_rule *rule, const struct cg_engine *engine)
{
	const struct cg_syscall *call = cg_syscall_of_nr(rule->arch, rule->nr);
	uint64_t operation;
	uint32_t nr;

	return !call || (cg_engine_knows_call(engine, rule->arch, call) &&
			 !cg_multiplex_find(rule->arch, call->name, &nr, &operation));
}

/*
 * The largest number named by any rule of the arch, even one that says what the default says. An arch that the profile
 * does not list has a filter, and no stub (seen).
 */
static bool find_largest(const struct cg_policy *policy, const struct cg_engine *engine, const struct cg_arch *arch,
			 uint32_t *ret_nr)
{
	bool is_found = false;
	uint32_t largest = 0;

	for (size_t i = 0; i < policy->rules.n_items && arch != policy->tacit_arch; i++) {
		const struct cg_rule *rule = &policy->rules.items[i];

		if (rule->arch != arch || !is_counted(rule, engine))
			continue;
		is_found = true;
		if (rule->nr > largest)
			largest = rule->nr;
	}
	if (is_found)
		*ret_nr = largest;
	return is_found;
}

/*
 * x86_64 and x32 share a token: numbers with bit 30 are held against x32's largest, or not at all without x32 in the
 * profile; others against x86_64's.
 */
static void add_x86_64(struct blocks *blocks, const struct cg_arch *arch, uint32_t largest)
{
	if (arch->is_x32) {
		add_block(blocks, arch->token, largest + 1, 2 * CG_X32_BIT - 1);
		add_block(blocks, arch->token, 3 * CG_X32_BIT, UINT32_MAX);
	} else {
		add_block(blocks, arch->token, largest + 1, CG_X32_BIT - 1);
		add_block(blocks, arch->token, 2 * CG_X32_BIT, 3 * CG_X32_BIT - 1);
	}
}

static void find_blocks(const struct cg_policy *policy, const struct cg_engine *engine, struct blocks *blocks)
{
	for (size_t i = 0; i < policy->n_arches; i++) {
		const struct cg_arch *arch = policy->arches[i];
		uint32_t largest;

		if (!find_largest(policy, engine, arch, &largest))
			continue;
		/* setup(2) was for the kernel's own start. */
		if ((uint16_t)arch->token == EM_S390)
			add_block(blocks, arch->token, 0, 0);
		if ((uint16_t)arch->token == EM_X86_64)
			add_x86_64(blocks, arch, largest);
		else if (largest < UINT32_MAX)
			add_block(blocks, arch->token, largest + 1, UINT32_MAX);
	}
}

static void write_block(struct sock_filter *at, const struct block *block)
{
	const struct sock_filter insns[INSNS_A_BLOCK] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, AT_ARCH),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, block->token, 0, 4),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, AT_NR),
		BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, block->first, 0, 2),
		BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, block->last, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, CG_ACTION_ALLOW),
	};

	memcpy(at, insns, sizeof(insns));
}

/* A default that lets calls pass, or asks a tracer, is left alone; a default errno of ENOSYS is not (seen). */
static bool has_stub(const struct cg_policy *policy, const struct cg_engine *engine)
{
	uint32_t action = cg_action_row(policy->default_action)->value;

	return cg_engine_has(engine, CG_TRAIT_ENOSYS_STUB) && action != CG_ACTION_ALLOW && action != CG_ACTION_LOG &&
	       action != CG_ACTION_TRACE;
}

bool cg_stub_largest(const struct cg_policy *policy, const struct cg_engine *engine, const struct cg_arch *arch,
		     uint32_t *ret_largest)
{
	return has_stub(policy, engine) && cg_policy_has_arch(policy, arch) &&
	       find_largest(policy, engine, arch, ret_largest);
}

int cg_stub_mask(const struct cg_policy *policy, const struct cg_engine *engine, struct cg_filter **ret_mask,
		 struct cg_err *err)
{
	struct blocks blocks = { 0 };
	struct cg_filter *mask;

	if (has_stub(policy, engine))
		find_blocks(policy, engine, &blocks);
	if (blocks.n_items == 0) {
		*ret_mask = NULL;
		return 0;
	}
	mask = cg_filter_new(NULL, blocks.n_items * INSNS_A_BLOCK + 1, policy->arches[0]->is_big_endian);
	if (!mask)
		return cg_err_memory(err);
	for (size_t i = 0; i < blocks.n_items; i++)
		write_block(&mask->insns[i * INSNS_A_BLOCK], &blocks.items[i]);
	mask->insns[mask->n_insns - 1] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, CG_ACTION_KILL_PROCESS);
	*ret_mask = mask;
	return 0;
}

int cg_stub_resolve(const struct cg_profile *profile, const struct cg_target *target, struct cg_policy **ret_policy,
		    struct cg_err *err)
{
	struct cg_engine engine = *target->engine;
	struct cg_target in_force = *target;

	if (cg_engine_has(&engine, CG_TRAIT_LIBSECCOMP))
		engine.traits |= CG_TRAIT_MULTIPLEXES;
	in_force.engine = &engine;
	return cg_profile_resolve(profile, &in_force, NULL, ret_policy, err);
}
