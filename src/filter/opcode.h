/*
 * The instructions that a seccomp filter may hold: one row each, which valid.c, disasm.c and asm.c share.
 */
#ifndef CG_FILTER_OPCODE_H
#define CG_FILTER_OPCODE_H

#include <stddef.h>
#include <stdint.h>

/* How an instruction's operands are written, and so which of k, jt and jf mean something. */
enum cg_operand {
	CG_OPERAND_NONE,   /* neg */
	CG_OPERAND_K,      /* #0x10 */
	CG_OPERAND_X,      /* x */
	CG_OPERAND_A,      /* a */
	CG_OPERAND_LENGTH, /* len */
	CG_OPERAND_DATA,   /* [16] */
	CG_OPERAND_MEMORY, /* M[3] */
	CG_OPERAND_TARGET, /* L7 */
	CG_OPERAND_TEST_K, /* #0x10, L3, L7 */
	CG_OPERAND_TEST_X, /* x, L3, L7 */
};

struct cg_opcode {
	const char *name;
	enum cg_operand operand;
	uint16_t code; /* as in struct sock_filter */
};

/* The row of a code, or NULL when seccomp does not know it. */
const struct cg_opcode *cg_opcode_of_code(uint16_t code);

/* The row written with this name and these operands, or NULL. */
const struct cg_opcode *cg_opcode_find(const char *name, size_t name_length, enum cg_operand operand);

#endif
