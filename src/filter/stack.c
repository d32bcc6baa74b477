/*
 * See stack.h. The newer filter stands first, instruction for instruction; only its RETs become jumps (JA, whose
 * distance is 32 bits wide) to a copy of the older filter, whose RETs say what is kept of both. So no jump of a byte
 * gets longer, and what the kernel's action cache could follow it still follows.
 */
#include "filter/stack.h"

#include "abi/action.h"

#include <errno.h>
#include <linux/seccomp.h>

#define NO_COPY SIZE_MAX

struct join {
	const struct cg_filter *newer, *older;
	const struct cg_filter_answers *asked;
	struct cg_filter *made;
	size_t n_insns; /* of `made`, so far */
	bool clears_a, clears_x; /* before each copy */
};

/* ACTION_ONLY() in kernel/seccomp.c: signed, so that KILL_PROCESS is the lowest. */
static int32_t rank(uint32_t action)
{
	return (int32_t)(action & SECCOMP_RET_ACTION_FULL);
}

uint32_t cg_filter_lower(uint32_t newer, uint32_t older)
{
	if (rank(newer) >= rank(SECCOMP_RET_ALLOW))
		newer = SECCOMP_RET_ALLOW;
	return rank(older) < rank(newer) ? older : newer;
}

static bool is_return(const struct sock_filter *insn)
{
	return BPF_CLASS(insn->code) == BPF_RET;
}

/* A program starts with A and X = 0, and some rest on it. Memory cannot be read before it is written. */
static bool reads_first_a(const struct cg_filter *filter)
{
	return BPF_CLASS(filter->insns[0].code) != BPF_LD && !is_return(&filter->insns[0]);
}

static bool reads_x(const struct cg_filter *filter)
{
	for (size_t i = 0; i < filter->n_insns; i++) {
		uint16_t code = filter->insns[i].code, class = BPF_CLASS(code);

		if (class == BPF_STX || code == (BPF_MISC | BPF_TXA) ||
		    ((class == BPF_ALU || class == BPF_JMP) && BPF_SRC(code) == BPF_X))
			return true;
	}
	return false;
}

/* A division by X = 0 ends a program with 0: a return as well, that stands nowhere to be replaced. */
static const char *answers_unseen(const struct sock_filter *insn)
{
	if (insn->code == (BPF_RET | BPF_A))
		return "returns a computed value";
	return insn->code == (BPF_ALU | BPF_DIV | BPF_X) ? "divides by a register, and by 0 ends the filter" : NULL;
}

static int check(const struct join *join, struct cg_err *err)
{
	const struct cg_filter *both[] = { join->newer, join->older };

	if (join->newer->is_big_endian != join->older->is_big_endian)
		return cg_err_set(err, -EDOM, NULL, "one filter is for big-endian machines and the other is not");
	for (size_t side = 0; side < 2; side++)
		for (size_t i = 0; i < both[side]->n_insns; i++)
			if (answers_unseen(&both[side]->insns[i]))
				return cg_err_set(err, -EOPNOTSUPP, NULL,
						  "instruction %zu of a filter %s, so it cannot be joined with another",
						  i, answers_unseen(&both[side]->insns[i]));
	return 0;
}

/* Does the older filter have anything to say beside this answer? */
static bool has_lower(const struct join *join, uint32_t answer)
{
	bool is_asked = !join->asked;

	for (size_t i = 0; !is_asked && i < join->asked->n_items; i++)
		is_asked = join->asked->items[i] == answer;
	for (size_t i = 0; is_asked && i < join->older->n_insns; i++)
		if (is_return(&join->older->insns[i]) && cg_filter_lower(answer, join->older->insns[i].k) != answer)
			return true;
	return false;
}

static void add(struct join *join, struct sock_filter insn)
{
	join->made->insns[join->n_insns++] = insn;
}

/* Appends a copy of the older filter for one answer; -E2BIG when there is no room. */
static int add_copy(struct join *join, uint32_t answer, struct cg_err *err)
{
	if (join->n_insns + join->older->n_insns + 2 > CG_FILTER_LENGTH_MAX)
		return cg_err_set(err, -E2BIG, NULL,
				  "a program that joins filters of %zu and %zu instructions has more than the %d that "
				  "the kernel takes", join->newer->n_insns, join->older->n_insns, CG_FILTER_LENGTH_MAX);
	if (join->clears_a)
		add(join, (struct sock_filter)BPF_STMT(BPF_LD | BPF_IMM, 0));
	if (join->clears_x)
		add(join, (struct sock_filter)BPF_STMT(BPF_LDX | BPF_IMM, 0));
	for (size_t i = 0; i < join->older->n_insns; i++) {
		struct sock_filter insn = join->older->insns[i];

		if (is_return(&insn))
			insn.k = cg_filter_lower(answer, insn.k);
		add(join, insn);
	}
	return 0;
}

/* All RETs of one answer, from `first` on: they stay, or lead to a copy. */
static int place_answer(struct join *join, size_t first, uint32_t answer, struct cg_err *err)
{
	size_t copy = has_lower(join, answer) ? join->n_insns : NO_COPY;
	int r = copy == NO_COPY ? 0 : add_copy(join, answer, err);

	for (size_t i = first; r == 0 && i < join->newer->n_insns; i++) {
		struct sock_filter *insn = &join->made->insns[i];

		if (!is_return(insn) || cg_filter_lower(insn->k, SECCOMP_RET_ALLOW) != answer)
			continue;
		insn->k = answer;
		if (copy != NO_COPY)
			*insn = (struct sock_filter)BPF_STMT(BPF_JMP | BPF_JA, (uint32_t)(copy - i - 1));
	}
	return r;
}

/* Is there a RET of the newer filter before `index` that gives the same answer? */
static bool is_placed(const struct join *join, size_t index, uint32_t answer)
{
	for (size_t i = 0; i < index; i++)
		if (is_return(&join->newer->insns[i]) &&
		    cg_filter_lower(join->newer->insns[i].k, SECCOMP_RET_ALLOW) == answer)
			return true;
	return false;
}

static int place_answers(struct join *join, struct cg_err *err)
{
	int r = 0;

	for (size_t i = 0; i < join->newer->n_insns; i++)
		add(join, join->newer->insns[i]);
	for (size_t i = 0; r == 0 && i < join->newer->n_insns; i++) {
		uint32_t answer = cg_filter_lower(join->newer->insns[i].k, SECCOMP_RET_ALLOW);

		if (is_return(&join->newer->insns[i]) && !is_placed(join, i, answer))
			r = place_answer(join, i, answer, err);
	}
	return r;
}

int cg_filter_join(const struct cg_filter *newer, const struct cg_filter *older, const struct cg_filter_answers *asked,
		   struct cg_filter **ret_filter, struct cg_err *err)
{
	struct join join = { .newer = newer, .older = older, .asked = asked };
	int r = check(&join, err);

	if (r < 0)
		return r;
	join.clears_a = reads_first_a(older);
	join.clears_x = reads_x(older);
	join.made = cg_filter_new(NULL, CG_FILTER_LENGTH_MAX, newer->is_big_endian);
	if (!join.made)
		return cg_err_memory(err);
	r = place_answers(&join, err);
	if (r < 0) {
		cg_filter_free(join.made);
		return r;
	}
	join.made->n_insns = join.n_insns;
	*ret_filter = join.made;
	return 0;
}
