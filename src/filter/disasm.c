/*
 * Reading a filter. In: any instructions. Out: text for people, that asm.c turns back into the same instructions.
 *
 *     .little-endian
 *     L0:   ld [4]                          ; arch
 *     L1:   jeq #0xc000003e, L2, L9         ; x86_64
 *     L2:   ld [0]                          ; nr
 *     L3:   jeq #0x101, L8, L4              ; openat
 *
 * The label is the index. Comments come from one walk forward (jumps only go forward), which carries what A holds and
 * which arch the path has settled on; where paths disagree nothing is said. What cannot be written with a mnemonic
 * without losing bits (an unknown opcode, a jump out of the program, a field that should be 0) becomes a .insn line.
 */
#include "abi/action.h"
#include "abi/arch.h"
#include "abi/call_text.h"
#include "filter/filter.h"
#include "filter/opcode.h"

#include <linux/seccomp.h>
#include <stdlib.h>

#define OPERANDS_COLUMN 8
#define COMMENT_COLUMN 40

#define OFFSET_NONE (-1) /* A holds no plain word */

enum arch_knowledge {
	ARCH_UNTESTED,
	ARCH_KNOWN,
	ARCH_MIXED, /* paths of several arches meet */
};

/* What is known before an instruction. */
struct knowledge {
	bool is_reached;
	int a_offset; /* A holds the word of struct seccomp_data at this offset, or OFFSET_NONE */
	enum arch_knowledge arch;
	uint32_t token;
};

static void meet(struct knowledge *target, const struct knowledge *source)
{
	if (!target->is_reached) {
		*target = *source;
		return;
	}
	if (target->a_offset != source->a_offset)
		target->a_offset = OFFSET_NONE;
	if (target->arch != source->arch || target->token != source->token)
		target->arch = ARCH_MIXED;
}

/* Passes on what is known to the targets of a conditional jump: `jeq` on the arch settles it on its true side. */
static void pass_test(struct knowledge *all, size_t n_insns, size_t pc, const struct sock_filter *insn)
{
	struct knowledge if_true = all[pc];

	if (insn->code == (BPF_JMP | BPF_JEQ | BPF_K) && all[pc].a_offset == offsetof(struct seccomp_data, arch)) {
		if_true.arch = ARCH_KNOWN;
		if_true.token = insn->k;
	}
	if (pc + 1 + insn->jt < n_insns)
		meet(&all[pc + 1 + insn->jt], &if_true);
	if (pc + 1 + insn->jf < n_insns)
		meet(&all[pc + 1 + insn->jf], &all[pc]);
}

static void pass(struct knowledge *all, size_t n_insns, size_t pc, const struct sock_filter *insn)
{
	struct knowledge after = all[pc];

	switch (BPF_CLASS(insn->code)) {
	case BPF_RET:
		return;
	case BPF_JMP:
		if (BPF_OP(insn->code) != BPF_JA)
			pass_test(all, n_insns, pc, insn);
		else if (insn->k < n_insns - pc - 1)
			meet(&all[pc + 1 + insn->k], &after);
		return;
	case BPF_LD:
	case BPF_ALU:
	case BPF_MISC:
		if (insn->code == (BPF_LD | BPF_W | BPF_ABS))
			after.a_offset = insn->k < sizeof(struct seccomp_data) ? (int)insn->k : OFFSET_NONE;
		else if (insn->code != (BPF_MISC | BPF_TAX))
			after.a_offset = OFFSET_NONE;
		break;
	default:
		break;
	}
	if (pc + 1 < n_insns)
		meet(&all[pc + 1], &after);
}

/* NULL when out of memory. */
static struct knowledge *walk(const struct cg_filter *filter)
{
	struct knowledge *all = calloc(filter->n_insns + 1, sizeof(*all));

	if (!all)
		return NULL;
	all[0] = (struct knowledge){ .is_reached = true, .a_offset = OFFSET_NONE };
	for (size_t pc = 0; pc < filter->n_insns; pc++)
		if (all[pc].is_reached)
			pass(all, filter->n_insns, pc, &filter->insns[pc]);
	return all;
}

static void comment_field(struct cg_text *text, const struct cg_filter *filter, uint32_t offset)
{
	const char *half = (offset % 8 == 0) != filter->is_big_endian ? "low" : "high";

	if (offset == offsetof(struct seccomp_data, nr))
		cg_text_add(text, "; nr");
	else if (offset == offsetof(struct seccomp_data, arch))
		cg_text_add(text, "; arch");
	else if (offset < offsetof(struct seccomp_data, args))
		cg_text_addf(text, "; ip %s", half);
	else
		cg_text_addf(text, "; args[%zu] %s", (offset - offsetof(struct seccomp_data, args)) / 8, half);
}

/* The call that a number stands for; without any test of the arch it is taken for the native one, with a "?". */
static void comment_nr(struct cg_text *text, const struct cg_filter *filter, const struct knowledge *known, uint32_t nr)
{
	struct cg_call call = { .nr = nr };
	const struct cg_arch *arch;

	if (known->arch == ARCH_MIXED)
		return;
	call.arch = known->arch == ARCH_KNOWN ? known->token : cg_arch_native()->token;
	arch = cg_arch_of_call(&call);
	if (!arch || arch->is_big_endian != filter->is_big_endian || !cg_syscall_of_nr(arch, nr))
		return;

	cg_text_add(text, "; ");
	cg_call_format_name(text, arch, nr);
	if (arch->is_x32)
		cg_text_add(text, " (x32)");
	if (known->arch == ARCH_UNTESTED)
		cg_text_addf(text, " (%s?)", arch->name);
}

static void comment_test(struct cg_text *text, const struct cg_filter *filter, const struct knowledge *known,
			 const struct sock_filter *insn)
{
	const struct cg_arch *arch;

	if (BPF_SRC(insn->code) != BPF_K || BPF_OP(insn->code) == BPF_JSET)
		return;
	if (known->a_offset == offsetof(struct seccomp_data, nr)) {
		comment_nr(text, filter, known, insn->k);
	} else if (known->a_offset == offsetof(struct seccomp_data, arch)) {
		arch = cg_arch_of_token(insn->k);
		if (arch)
			cg_text_addf(text, "; %s", arch->name);
	}
}

static void add_comment(struct cg_text *text, const struct cg_filter *filter, const struct knowledge *known,
			const struct sock_filter *insn, const struct cg_opcode *opcode)
{
	if (!known->is_reached) {
		cg_text_add(text, "; never reached");
	} else if (opcode->operand == CG_OPERAND_DATA) {
		comment_field(text, filter, insn->k);
	} else if (opcode->operand == CG_OPERAND_TEST_K) {
		comment_test(text, filter, known, insn);
	} else if (insn->code == (BPF_RET | BPF_K)) {
		cg_text_add(text, "; ");
		cg_action_format(text, insn->k);
	}
}

/* Can the mnemonic form carry every bit of it? */
static bool is_plain(const struct sock_filter *insn, const struct cg_opcode *opcode, size_t room)
{
	switch (opcode->operand) {
	case CG_OPERAND_K:
	case CG_OPERAND_MEMORY:
		return insn->jt == 0 && insn->jf == 0;
	case CG_OPERAND_DATA:
		return insn->jt == 0 && insn->jf == 0 && insn->k < sizeof(struct seccomp_data);
	case CG_OPERAND_TARGET:
		return insn->jt == 0 && insn->jf == 0 && insn->k < room;
	case CG_OPERAND_TEST_K:
		return insn->jt < room && insn->jf < room;
	case CG_OPERAND_TEST_X:
		return insn->jt < room && insn->jf < room && insn->k == 0;
	default:
		return insn->jt == 0 && insn->jf == 0 && insn->k == 0;
	}
}

static void add_operands(struct cg_text *text, const struct sock_filter *insn, enum cg_operand operand, size_t pc)
{
	switch (operand) {
	case CG_OPERAND_NONE:
		break;
	case CG_OPERAND_K:
		cg_text_addf(text, " #0x%x", insn->k);
		break;
	case CG_OPERAND_X:
		cg_text_add(text, " x");
		break;
	case CG_OPERAND_A:
		cg_text_add(text, " a");
		break;
	case CG_OPERAND_LENGTH:
		cg_text_add(text, " len");
		break;
	case CG_OPERAND_DATA:
		cg_text_addf(text, " [%u]", insn->k);
		break;
	case CG_OPERAND_MEMORY:
		cg_text_addf(text, " M[%u]", insn->k);
		break;
	case CG_OPERAND_TARGET:
		cg_text_addf(text, " L%zu", pc + 1 + insn->k);
		break;
	case CG_OPERAND_TEST_K:
		cg_text_addf(text, " #0x%x, L%zu, L%zu", insn->k, pc + 1 + insn->jt, pc + 1 + insn->jf);
		break;
	case CG_OPERAND_TEST_X:
		cg_text_addf(text, " x, L%zu, L%zu", pc + 1 + insn->jt, pc + 1 + insn->jf);
		break;
	}
}

static void add_line(struct cg_text *text, const struct cg_filter *filter, const struct knowledge *known, size_t pc)
{
	const struct sock_filter *insn = &filter->insns[pc];
	const struct cg_opcode *opcode = cg_opcode_of_code(insn->code);
	struct cg_text comment = { 0 };
	size_t line_start = text->length;

	cg_text_addf(text, "L%zu:", pc);
	cg_text_pad(text, line_start, OPERANDS_COLUMN);
	if (opcode && is_plain(insn, opcode, filter->n_insns - pc - 1)) {
		cg_text_add(text, opcode->name);
		add_operands(text, insn, opcode->operand, pc);
		add_comment(&comment, filter, known, insn, opcode);
	} else {
		cg_text_addf(text, ".insn 0x%02x, %u, %u, 0x%x", insn->code, insn->jt, insn->jf, insn->k);
	}
	if (comment.length) {
		cg_text_pad(text, line_start, COMMENT_COLUMN);
		cg_text_add_bytes(text, comment.data, comment.length);
	}
	cg_text_add_char(text, '\n');
	text->has_failed |= comment.has_failed;
	cg_text_done(&comment);
}

void cg_filter_disasm(const struct cg_filter *filter, struct cg_text *text)
{
	struct knowledge *all = walk(filter);

	if (!all) {
		text->has_failed = true;
		return;
	}
	cg_text_add(text, filter->is_big_endian ? ".big-endian\n" : ".little-endian\n");
	for (size_t pc = 0; pc < filter->n_insns; pc++)
		add_line(text, filter, &all[pc], pc);
	free(all);
}
