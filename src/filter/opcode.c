/*
 * The table of opcode.h. In: a code, or a name and the kind of its operands. Out: the row.
 *
 * What is listed is what seccomp_check_filter() (kernel/seccomp.c) lets through of what chk_code_allowed()
 * (net/core/filter.c) knows: no MOD, no byte or half-word loads, no packet loads.
 */
#include "filter/opcode.h"

#include "base/cleanup.h"

#include <linux/filter.h>
#include <string.h>

#define ROW(row_code, row_name, row_operand) \
	[row_code] = { .name = (row_name), .operand = (row_operand), .code = (row_code) }
#define ALU_ROWS(op, name) \
	ROW(BPF_ALU | (op) | BPF_K, name, CG_OPERAND_K), ROW(BPF_ALU | (op) | BPF_X, name, CG_OPERAND_X)
#define TEST_ROWS(op, name) \
	ROW(BPF_JMP | (op) | BPF_K, name, CG_OPERAND_TEST_K), ROW(BPF_JMP | (op) | BPF_X, name, CG_OPERAND_TEST_X)

/* Indexed by code; a row without a name is no instruction. */
static const struct cg_opcode opcodes[] = {
	ROW(BPF_LD | BPF_W | BPF_ABS, "ld", CG_OPERAND_DATA),
	ROW(BPF_LD | BPF_IMM, "ld", CG_OPERAND_K),
	ROW(BPF_LD | BPF_MEM, "ld", CG_OPERAND_MEMORY),
	ROW(BPF_LD | BPF_W | BPF_LEN, "ld", CG_OPERAND_LENGTH),
	ROW(BPF_LDX | BPF_IMM, "ldx", CG_OPERAND_K),
	ROW(BPF_LDX | BPF_MEM, "ldx", CG_OPERAND_MEMORY),
	ROW(BPF_LDX | BPF_W | BPF_LEN, "ldx", CG_OPERAND_LENGTH),
	ROW(BPF_ST, "st", CG_OPERAND_MEMORY),
	ROW(BPF_STX, "stx", CG_OPERAND_MEMORY),
	ALU_ROWS(BPF_ADD, "add"),
	ALU_ROWS(BPF_SUB, "sub"),
	ALU_ROWS(BPF_MUL, "mul"),
	ALU_ROWS(BPF_DIV, "div"),
	ALU_ROWS(BPF_AND, "and"),
	ALU_ROWS(BPF_OR, "or"),
	ALU_ROWS(BPF_XOR, "xor"),
	ALU_ROWS(BPF_LSH, "lsh"),
	ALU_ROWS(BPF_RSH, "rsh"),
	ROW(BPF_ALU | BPF_NEG, "neg", CG_OPERAND_NONE),
	ROW(BPF_MISC | BPF_TAX, "tax", CG_OPERAND_NONE),
	ROW(BPF_MISC | BPF_TXA, "txa", CG_OPERAND_NONE),
	ROW(BPF_JMP | BPF_JA, "ja", CG_OPERAND_TARGET),
	TEST_ROWS(BPF_JEQ, "jeq"),
	TEST_ROWS(BPF_JGE, "jge"),
	TEST_ROWS(BPF_JGT, "jgt"),
	TEST_ROWS(BPF_JSET, "jset"),
	ROW(BPF_RET | BPF_K, "ret", CG_OPERAND_K),
	ROW(BPF_RET | BPF_A, "ret", CG_OPERAND_A),
};

const struct cg_opcode *cg_opcode_of_code(uint16_t code)
{
	return code < CG_N_ITEMS(opcodes) && opcodes[code].name ? &opcodes[code] : NULL;
}

const struct cg_opcode *cg_opcode_find(const char *name, size_t name_length, enum cg_operand operand)
{
	for (size_t i = 0; i < CG_N_ITEMS(opcodes); i++) {
		const struct cg_opcode *row = &opcodes[i];

		if (row->name && row->operand == operand && strlen(row->name) == name_length &&
		    memcmp(row->name, name, name_length) == 0)
			return row;
	}
	return NULL;
}
