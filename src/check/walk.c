/*
 * From a filter to a diagram, the usual way: the diagram of an instruction is made of those that it leads to.
 *
 * In: a valid filter. Out: its root. The walk goes depth first; where it has seen an instruction with the same live
 * registers before, it takes the diagram from there, so a ladder of 4,096 tests is 4,096 choices. What a filter has
 * tested already needs no care: meanings are canonical, an impossible branch vanishes. A filter that counts along its
 * paths meets joins with ever new registers: above STATES_LIMIT, or half of the steps, merge.c takes over.
 *
 * The stack is a vector of our own: a filter's length is not the caller's stack.
 */
#include "check/cpu.h"

#include "base/arena.h"
#include "base/map.h"

#include <errno.h>

#define STATES_LIMIT 20000 /* instructions with registers that are remembered: at most 5 MB */

enum frame_kind {
	FRAME_OTHER_BRANCH, /* what comes now is the diagram of jt; then walk `pc` */
	FRAME_CHOOSE,       /* what comes now is the diagram of jf */
	FRAME_REMEMBER,     /* what comes now belongs to entry `number` of the map */
};

struct frame {
	enum frame_kind kind;
	uint32_t condition; /* CG_NONE: `insn` tests a field */
	const struct sock_filter *insn;
	uint32_t yes;
	size_t number;
	size_t pc;
	struct cg_cpu cpu; /* at insn */
};

struct walk {
	struct cg_words *words;
	const struct cg_filter *filter;
	const struct cg_flow *flow;
	CG_VEC(struct frame) frames;
	struct cg_map known;
	struct cg_arena keys;
	size_t pc;
	struct cg_cpu cpu;
};

static int fail(struct walk *walk, int code)
{
	struct cg_meanings *meanings = walk->words->meanings;

	if (meanings->code == 0)
		meanings->code = code;
	return meanings->code;
}

static int push(struct walk *walk, const struct frame *frame)
{
	return cg_vec_push(&walk->frames, *frame) < 0 ? fail(walk, -ENOMEM) : 0;
}

/* The instruction and its live registers, which is all that its diagram depends on. Returns the length. */
static size_t make_key(const struct walk *walk, uint32_t key[CG_N_REGISTERS + 1])
{
	uint32_t live = walk->flow->live[walk->pc];
	size_t n = 0;

	key[n++] = (uint32_t)walk->pc;
	for (size_t i = 0; i < CG_N_REGISTERS; i++) {
		if (live & 1U << i)
			key[n++] = walk->cpu.registers[i];
	}
	return n * sizeof(*key);
}

/* At a join: the root if it is known, else CG_NONE, and what comes is remembered. Negative: failed. */
static int recall(struct walk *walk, uint32_t *ret_root)
{
	uint32_t key[CG_N_REGISTERS + 1];
	size_t length = make_key(walk, key);
	struct cg_map_entry *entry = cg_map_find(&walk->known, key, length);
	struct frame frame = { .kind = FRAME_REMEMBER, .number = walk->known.n_entries };
	const void *copy;

	*ret_root = CG_NONE;
	if (entry) {
		*ret_root = (uint32_t)entry->value.number;
		return 0;
	}
	if (walk->known.n_entries >= STATES_LIMIT)
		return cg_meanings_exceed(walk->words->meanings, CG_CHECK_LIMIT_STATES);
	copy = cg_arena_copy(&walk->keys, (const char *)key, length);
	if (!copy || cg_map_put(&walk->known, copy, length, &entry) < 0)
		return fail(walk, -ENOMEM);
	return push(walk, &frame);
}

/* Where an instruction may leave the line: its condition decides, or both branches are needed. Moves walk->pc. */
static int branch(struct walk *walk, const struct sock_filter *insn, uint32_t *ret_root)
{
	bool is_test = cg_insn_is_test(insn), is_of_field = cg_cpu_tests_field(&walk->cpu, walk->words, insn);
	uint32_t condition = is_of_field ? CG_NONE : cg_cpu_condition(&walk->cpu, walk->words, insn);
	size_t next = walk->pc + 1;
	struct frame frame = { .kind = FRAME_OTHER_BRANCH, .condition = condition, .insn = insn };

	if (condition == CG_NONE && !is_of_field)
		return cg_meanings_exceed(walk->words->meanings, CG_CHECK_LIMIT_INSTRUCTION);
	if (condition == CG_YES && !is_test) {
		*ret_root = CG_NO;
		return 0;
	}
	if (!is_test && cg_cpu_step(&walk->cpu, walk->words, insn, walk->flow->live[next]) < 0)
		return walk->words->meanings->code;
	walk->pc = next + (!is_test ? 0 : condition == CG_NO ? insn->jf : insn->jt);
	if (condition <= CG_YES)
		return 0;

	frame.pc = next + insn->jf;
	frame.cpu = walk->cpu;
	if (!is_test) {
		frame.kind = FRAME_CHOOSE;
		frame.yes = CG_NO; /* the division by 0 answers 0 */
	}
	return push(walk, &frame);
}

/* From walk->pc to where a root is known. */
static int advance(struct walk *walk, uint32_t *ret_root)
{
	*ret_root = CG_NONE;
	while (*ret_root == CG_NONE) {
		const struct sock_filter *insn = &walk->filter->insns[walk->pc];
		int r = 0;

		if (!cg_meanings_step(walk->words->meanings))
			return walk->words->meanings->code;
		if (BPF_CLASS(insn->code) == BPF_RET) {
			*ret_root = cg_cpu_answers(&walk->cpu, walk->words, insn);
			return *ret_root == CG_NONE ?
				       cg_meanings_exceed(walk->words->meanings, CG_CHECK_LIMIT_INSTRUCTION) : 0;
		}
		if (walk->flow->is_join[walk->pc])
			r = recall(walk, ret_root);
		if (r < 0 || *ret_root != CG_NONE)
			return r;

		if (cg_insn_is_test(insn) || cg_insn_is_division_by_x(insn)) {
			r = branch(walk, insn, ret_root);
		} else if (cg_insn_is_jump(insn)) {
			walk->pc += 1 + cg_insn_jump_distance(insn);
		} else {
			r = cg_cpu_step(&walk->cpu, walk->words, insn, walk->flow->live[walk->pc + 1]);
			walk->pc++;
		}
		if (r < 0)
			return r;
	}
	return 0;
}

/* Both branches are known: the diagram of the instruction. */
static uint32_t choose(struct walk *walk, const struct frame *frame, uint32_t no)
{
	if (frame->condition != CG_NONE)
		return cg_meaning_choose(walk->words->meanings, frame->condition, frame->yes, no);
	return cg_word_choose_by_field(walk->words, BPF_OP(frame->insn->code), frame->cpu.registers[CG_REGISTER_A],
				       frame->insn->k, frame->yes, no);
}

/* Hands a root to the frames that wait for it; true when one of them has another branch to walk first. */
static bool settle(struct walk *walk, uint32_t *root)
{
	while (walk->frames.n_items && *root != CG_NONE) {
		struct frame *frame = &walk->frames.items[walk->frames.n_items - 1];

		switch (frame->kind) {
		case FRAME_OTHER_BRANCH:
			frame->kind = FRAME_CHOOSE;
			frame->yes = *root;
			walk->pc = frame->pc;
			walk->cpu = frame->cpu;
			return true;
		case FRAME_CHOOSE:
			*root = choose(walk, frame, *root);
			break;
		case FRAME_REMEMBER:
			walk->known.entries[frame->number].value.number = *root;
			break;
		}
		walk->frames.n_items--;
	}
	return false;
}

int cg_walk(struct cg_words *words, const struct cg_filter *filter, const struct cg_flow *flow, uint32_t *ret_root)
{
	struct walk walk = { .words = words, .filter = filter, .flow = flow };
	uint32_t root;
	int r;

	do {
		r = advance(&walk, &root);
	} while (r == 0 && settle(&walk, &root));

	cg_vec_done(&walk.frames);
	cg_map_done(&walk.known);
	cg_arena_done(&walk.keys);
	if (r == 0 && root == CG_NONE)
		r = words->meanings->code;
	if (r == 0)
		*ret_root = root;
	return r;
}
