/*
 * See scope.h. A diagram asks the arch first and the number second, so what it does with one architecture is the part
 * of it that is left when the 32 bits of the token are known.
 */
#include "cli/scope.h"

#include "abi/action.h"
#include "base/cleanup.h"

#include <string.h>

#define NOBODY_TOKEN 0U /* EM_NONE, 32 bits, no byte order: no machine has it */

/* ---- walking down */

/* What is left once the topmost n_bits of the word at `level` are those of `value`. */
static uint32_t follow(const struct cg_meanings *meanings, uint32_t root, uint32_t level, unsigned int n_bits,
		       uint32_t value)
{
	for (;;) {
		struct cg_meaning_view view = cg_meaning_look(meanings, root);

		if (view.level < level || view.level >= level + n_bits)
			return root;
		root = value >> (31 - (view.level - level)) & 1 ? view.high : view.low;
	}
}

static bool has_x32(const struct cg_arch *arch)
{
	return cg_arch_of_call(&(struct cg_call){ .arch = arch->token, .nr = CG_X32_BIT }) != arch;
}

/*
 * What `token` gets on the numbers of `arch`. x86_64 and x32 share one token: only the first quarter of its numbers is
 * surely x86_64's, and x32's have bit 30.
 */
static uint32_t follow_arch(const struct cg_meanings *meanings, uint32_t root, const struct cg_arch *arch,
			    uint32_t token)
{
	root = follow(meanings, root, CG_LEVEL_ARCH, 32, token);
	if (!arch->is_x32 && !has_x32(arch))
		return root;
	return follow(meanings, root, CG_LEVEL_NR, 2, arch->is_x32 ? CG_X32_BIT : 0);
}

bool cg_scope_has_one_answer(const struct cg_meanings *meanings, uint32_t root, const struct cg_arch *arch)
{
	return cg_meaning_look(meanings, follow_arch(meanings, root, arch, arch->token)).level == CG_LEVEL_LEAF;
}

/* ---- what is decided */

static void add_arch(struct cg_scope *scope, const struct cg_arch *arch)
{
	if (arch == cg_arch_native()) {
		memmove(scope->arches + 1, scope->arches, scope->n_arches * sizeof(scope->arches[0]));
		scope->arches[0] = arch;
	} else {
		scope->arches[scope->n_arches] = arch;
	}
	scope->n_arches++;
}

void cg_scope_of_policy(const struct cg_policy *policy, struct cg_scope *ret_scope)
{
	*ret_scope = (struct cg_scope){
		.n_arches = policy->n_arches,
		.default_action = policy->default_action,
		.bad_arch_action = policy->bad_arch_action,
	};
	memcpy(ret_scope->arches, policy->arches, policy->n_arches * sizeof(policy->arches[0]));
}

void cg_scope_of_target(const struct cg_target *target, struct cg_scope *ret_scope)
{
	struct cg_scope scope = { .is_blind = true };

	for (size_t i = 0; i < target->n_arches; i++)
		scope.arches[scope.n_arches++] = target->arches[i];
	if (scope.n_arches == 0)
		scope.arches[scope.n_arches++] = target->arch;
	if (scope.n_arches == 1 && scope.arches[0] == target->arch && has_x32(target->arch))
		scope.arches[scope.n_arches++] =
			cg_arch_of_call(&(struct cg_call){ .arch = target->arch->token, .nr = CG_X32_BIT });
	*ret_scope = scope;
}

/* One answer to all calls of the arch, or many, or what everybody gets. */
static void judge_arch(const struct cg_meanings *meanings, uint32_t root, const struct cg_arch *arch,
		       struct cg_scope *scope)
{
	uint32_t own = follow_arch(meanings, root, arch, arch->token);
	struct cg_meaning_view view = cg_meaning_look(meanings, own);

	if (own == follow_arch(meanings, root, arch, NOBODY_TOKEN))
		return;
	if (view.level != CG_LEVEL_LEAF) {
		add_arch(scope, arch);
		return;
	}
	scope->whole[scope->n_whole].arch = arch;
	scope->whole[scope->n_whole++].action = view.action;
}

static bool has_arch(const struct cg_scope *scope, const struct cg_arch *arch)
{
	for (size_t i = 0; i < scope->n_arches; i++)
		if (scope->arches[i] == arch)
			return true;
	return false;
}

/* What everybody gets is shown on the target's arches; then these need no word of their own. */
static void add_target(struct cg_scope *scope, const struct cg_target *target)
{
	struct cg_scope of_target;
	size_t n_whole = 0;

	cg_scope_of_target(target, &of_target);
	for (size_t i = 0; i < of_target.n_arches; i++)
		if (!has_arch(scope, of_target.arches[i]))
			add_arch(scope, of_target.arches[i]);
	for (size_t i = 0; i < scope->n_whole; i++)
		if (!has_arch(scope, scope->whole[i].arch))
			scope->whole[n_whole++] = scope->whole[i];
	scope->n_whole = n_whole;
}

/* ---- the default */

struct tally {
	uint32_t actions[64]; /* more answers than that to numbers as such nobody gives; further ones do not count */
	uint64_t counts[64];
	size_t n_items;
};

static void add_numbers(struct tally *tally, uint32_t action, uint64_t n)
{
	size_t i = 0;

	while (i < tally->n_items && tally->actions[i] != action)
		i++;
	if (i == CG_N_ITEMS(tally->actions))
		return;
	if (i == tally->n_items) {
		tally->actions[i] = action;
		tally->counts[i] = 0;
		tally->n_items++;
	}
	tally->counts[i] += n;
}

static uint32_t least(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

/* The numbers of a region that are the arch's: of x86_64's token, bit 30 parts them. */
static void count_region(struct tally *tally, const struct cg_region *region, const struct cg_arch *arch, uint32_t action)
{
	bool is_shared = arch->is_x32 || has_x32(arch);
	uint32_t first = arch->is_x32 ? CG_X32_BIT : 0;
	uint32_t last = !is_shared ? UINT32_MAX : arch->is_x32 ? CG_NR_SKIPPED - 1 : CG_X32_BIT - 1;

	if (arch->token < region->arch_first || arch->token > region->arch_last)
		return;
	if (first < region->nr_first)
		first = region->nr_first;
	last = least(last, region->nr_last);
	if (first <= last)
		add_numbers(tally, action, (uint64_t)last - first + 1);
}

/* The answer to the most numbers: nearly all of them have no name, and it is for these that a default is there. */
static int find_default(struct cg_meanings *meanings, uint32_t root, struct cg_scope *scope, struct cg_err *err)
{
	struct cg_regions regions = { 0 };
	struct tally tally = { 0 };
	size_t best = 0;
	int r = cg_meaning_regions(meanings, root, root, false, &regions, err);

	for (size_t i = 0; i < regions.n_items; i++) {
		struct cg_meaning_view view = cg_meaning_look(meanings, regions.items[i].a);

		for (size_t k = 0; k < scope->n_arches && view.level == CG_LEVEL_LEAF; k++)
			count_region(&tally, &regions.items[i], scope->arches[k], view.action);
	}
	for (size_t i = 1; i < tally.n_items; i++)
		if (tally.counts[i] > tally.counts[best])
			best = i;
	scope->default_action = tally.n_items ? tally.actions[best] : scope->bad_arch_action;
	cg_regions_done(&regions);
	return r;
}

int cg_scope_of_meaning(struct cg_meanings *meanings, uint32_t root, const struct cg_target *target,
			struct cg_scope *ret_scope, struct cg_err *err)
{
	struct cg_scope scope = { 0 };
	uint32_t unknown = follow(meanings, root, CG_LEVEL_ARCH, 32, NOBODY_TOKEN);
	struct cg_meaning_view view = cg_meaning_look(meanings, unknown);
	int r;

	scope.is_blind = view.level != CG_LEVEL_LEAF;
	scope.bad_arch_action = scope.is_blind ? 0 : view.action;
	for (size_t i = 0; i < cg_n_arches; i++)
		judge_arch(meanings, root, &cg_arches[i], &scope);
	if (scope.n_arches == 0 || scope.is_blind)
		add_target(&scope, target);
	r = find_default(meanings, root, &scope, err);
	if (r == 0)
		*ret_scope = scope;
	return r;
}

/* A filter that lets through the calls of these architectures, put on top. */
int cg_scope_restrict(struct cg_meanings *meanings, const struct cg_scope *scope, uint32_t root, uint32_t *ret_root,
		      struct cg_err *err)
{
	struct sock_filter insns[CG_N_ARCHES_MAX + 3] = { BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 4) };
	struct cg_filter filter = { .insns = insns };
	uint32_t roots[2] = { root };
	size_t n = 1;
	int r;

	for (size_t i = 0; i < scope->n_arches; i++)
		insns[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, scope->arches[i]->token,
							  (unsigned char)(scope->n_arches - i), 0);
	insns[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, CG_ACTION_KILL_PROCESS);
	insns[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, CG_ACTION_ALLOW);
	filter.n_insns = n;
	r = cg_meaning_of_filter(meanings, &filter, &roots[1], err);
	return r < 0 ? r : cg_meaning_of_stack(meanings, roots, 2, ret_root, err);
}
