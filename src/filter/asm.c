/*
 * The assembler. In: text, as cg_filter_disasm() writes it or as people do. Out: the filter, instruction for
 * instruction; what it means is not asked (valid.c does that). One instruction a line:
 *
 *     line         [label ":"] [directive | instruction] [";" comment]
 *     directive    .little-endian | .big-endian              which target the filter is for; little if not said
 *                  .insn CODE, JT, JF, K                     any instruction, as four numbers
 *     instruction  ld [K] | ld #K | ld M[K] | ld len         ldx #K | ldx M[K] | ldx len
 *                  st M[K] | stx M[K]                        tax | txa | neg
 *                  add | sub | mul | div | and | or | xor | lsh | rsh     with #K or x
 *                  jeq | jge | jgt | jset #K or x, LABEL if true, LABEL if false
 *                  ja LABEL                                  ret #K | ret a
 *
 * Numbers are decimal, 0x hexadecimal or 0 octal. Labels are letters, digits, "_" and "."; x, a and len are no labels.
 */
#include "base/cleanup.h"
#include "base/map.h"
#include "base/num.h"
#include "base/vec.h"
#include "filter/filter.h"
#include "filter/opcode.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* A piece of the text that is one word. */
struct word {
	const char *text;
	size_t length;
	unsigned int line, column;
};

enum target_field {
	TARGET_K,
	TARGET_JT,
	TARGET_JF,
};

/* A jump whose label may stand further down. */
struct reference {
	struct word label;
	size_t pc;
	enum target_field field;
};

struct assembler {
	const char *name;
	const char *position, *end, *line_start;
	unsigned int line;
	bool is_big_endian;
	CG_VEC(struct sock_filter) insns;
	CG_VEC(struct reference) references;
	struct cg_map labels; /* text to index of instruction */
	struct cg_err *err;
};

__attribute__((format(printf, 4, 5))) static int fail_at(struct assembler *as, unsigned int line, unsigned int column,
							 const char *format, ...)
{
	char place[CG_ERR_PLACE_SIZE], message[128];
	va_list args;

	va_start(args, format);
	vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	cg_err_place(place, as->name, line, column);
	return cg_err_set(as->err, -EINVAL, place, "%s", message);
}

static unsigned int column_of(const struct assembler *as)
{
	return (unsigned int)(as->position - as->line_start) + 1;
}

#define fail_here(as, ...) fail_at((as), (as)->line, column_of(as), __VA_ARGS__)

static bool is_word_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.';
}

static void skip_blanks(struct assembler *as)
{
	while (as->position < as->end && (*as->position == ' ' || *as->position == '\t' || *as->position == '\r'))
		as->position++;
}

/* Past blanks and a comment: is nothing left on this line? */
static bool is_at_line_end(struct assembler *as)
{
	skip_blanks(as);
	return as->position == as->end || *as->position == '\n' || *as->position == ';';
}

static bool take_char(struct assembler *as, char c)
{
	skip_blanks(as);
	if (as->position == as->end || *as->position != c)
		return false;
	as->position++;
	return true;
}

/* An empty word when there is none. */
static struct word take_word(struct assembler *as)
{
	struct word word;

	skip_blanks(as);
	word = (struct word){ .text = as->position, .line = as->line, .column = column_of(as) };
	while (as->position < as->end && is_word_char(*as->position))
		as->position++;
	word.length = (size_t)(as->position - word.text);
	return word;
}

static bool is_word(const struct word *word, const char *text)
{
	return word->length == strlen(text) && memcmp(word->text, text, word->length) == 0;
}

static int take_number(struct assembler *as, uint64_t most, uint32_t *ret_number)
{
	struct word word = take_word(as);
	uint64_t number;

	if (!cg_num_parse(word.text, word.length, &number) || number > most)
		return fail_at(as, word.line, word.column, "a number from 0 to 0x%llx is needed here",
			       (unsigned long long)most);
	*ret_number = (uint32_t)number;
	return 0;
}

static int expect_char(struct assembler *as, char c)
{
	return take_char(as, c) ? 0 : fail_here(as, "'%c' is needed here", c);
}

static int take_label(struct assembler *as, size_t pc, enum target_field field)
{
	struct word word = take_word(as);

	if (word.length == 0)
		return fail_at(as, word.line, word.column, "a label is needed here");
	if (cg_vec_push(&as->references, (struct reference){ word, pc, field }) < 0)
		return cg_err_memory(as->err);
	return 0;
}

/* [K], after the opening bracket. */
static int take_index(struct assembler *as, uint32_t *ret_k)
{
	int r = take_number(as, UINT32_MAX, ret_k);

	return r < 0 ? r : expect_char(as, ']');
}

/* ", LABEL, LABEL" behind #K or x makes a test of it. */
static int take_targets(struct assembler *as, enum cg_operand kind, enum cg_operand *ret_kind)
{
	size_t pc = as->insns.n_items;
	int r;

	if (!take_char(as, ','))
		return 0;
	r = take_label(as, pc, TARGET_JT);
	if (r < 0)
		return r;
	r = expect_char(as, ',');
	if (r < 0)
		return r;
	r = take_label(as, pc, TARGET_JF);
	if (r < 0)
		return r;
	*ret_kind = kind;
	return 0;
}

static int take_named_operand(struct assembler *as, struct sock_filter *insn, enum cg_operand *ret_kind)
{
	const char *start = as->position;
	struct word word = take_word(as);

	if (is_word(&word, "a")) {
		*ret_kind = CG_OPERAND_A;
		return 0;
	}
	if (is_word(&word, "len")) {
		*ret_kind = CG_OPERAND_LENGTH;
		return 0;
	}
	if (is_word(&word, "x")) {
		*ret_kind = CG_OPERAND_X;
		return take_targets(as, CG_OPERAND_TEST_X, ret_kind);
	}
	if (is_word(&word, "M") && take_char(as, '[')) {
		*ret_kind = CG_OPERAND_MEMORY;
		return take_index(as, &insn->k);
	}
	as->position = start;
	*ret_kind = CG_OPERAND_TARGET;
	return take_label(as, as->insns.n_items, TARGET_K);
}

static int take_operands(struct assembler *as, struct sock_filter *insn, enum cg_operand *ret_kind)
{
	int r;

	if (is_at_line_end(as)) {
		*ret_kind = CG_OPERAND_NONE;
		return 0;
	}
	if (take_char(as, '[')) {
		*ret_kind = CG_OPERAND_DATA;
		return take_index(as, &insn->k);
	}
	if (take_char(as, '#')) {
		*ret_kind = CG_OPERAND_K;
		r = take_number(as, UINT32_MAX, &insn->k);
		return r < 0 ? r : take_targets(as, CG_OPERAND_TEST_K, ret_kind);
	}
	return take_named_operand(as, insn, ret_kind);
}

static int add_insn(struct assembler *as, const struct sock_filter *insn)
{
	char place[CG_ERR_PLACE_SIZE];

	if (as->insns.n_items == CG_FILTER_LENGTH_MAX) {
		cg_err_place(place, as->name, as->line, 0);
		return cg_err_set(as->err, -E2BIG, place, "more than %d instructions, and the kernel takes no more",
				  CG_FILTER_LENGTH_MAX);
	}
	return cg_vec_push(&as->insns, *insn) < 0 ? cg_err_memory(as->err) : 0;
}

static int read_raw_insn(struct assembler *as)
{
	static const uint64_t most[4] = { UINT16_MAX, UINT8_MAX, UINT8_MAX, UINT32_MAX };
	uint32_t numbers[4];

	for (size_t i = 0; i < CG_N_ITEMS(numbers); i++) {
		int r = i ? expect_char(as, ',') : 0;

		if (r == 0)
			r = take_number(as, most[i], &numbers[i]);
		if (r < 0)
			return r;
	}
	return add_insn(as, &(struct sock_filter){ (uint16_t)numbers[0], (uint8_t)numbers[1], (uint8_t)numbers[2],
						   numbers[3] });
}

static int read_insn(struct assembler *as, const struct word *mnemonic)
{
	enum cg_operand kind = CG_OPERAND_NONE;
	const struct cg_opcode *opcode;
	struct sock_filter insn = { 0 };
	int r = take_operands(as, &insn, &kind);

	if (r < 0)
		return r;
	opcode = cg_opcode_find(mnemonic->text, mnemonic->length, kind);
	if (!opcode)
		return fail_at(as, mnemonic->line, mnemonic->column,
			       "no instruction '%.*s' with such operands; see callgate disasm for the forms",
			       mnemonic->length < 16 ? (int)mnemonic->length : 16, mnemonic->text);
	insn.code = opcode->code;
	return add_insn(as, &insn);
}

static int read_statement(struct assembler *as, const struct word *word)
{
	if (is_word(word, ".insn"))
		return read_raw_insn(as);
	if (is_word(word, ".big-endian") || is_word(word, ".little-endian")) {
		as->is_big_endian = word->text[1] == 'b';
		return 0;
	}
	return read_insn(as, word);
}

static int define_label(struct assembler *as, const struct word *word)
{
	struct cg_map_entry *entry;

	if (cg_map_find(&as->labels, word->text, word->length))
		return fail_at(as, word->line, word->column, "the label '%.*s' stands here a second time",
			       word->length < 32 ? (int)word->length : 32, word->text);
	if (cg_map_put(&as->labels, word->text, word->length, &entry) < 0)
		return cg_err_memory(as->err);
	entry->value.number = as->insns.n_items;
	return 0;
}

static int read_line(struct assembler *as)
{
	struct word word = take_word(as);
	int r;

	while (word.length && take_char(as, ':')) {
		r = define_label(as, &word);
		if (r < 0)
			return r;
		word = take_word(as);
	}
	/* The two directives are the only words with a hyphen. */
	if (is_word(&word, ".big") || is_word(&word, ".little")) {
		while (as->position < as->end && (*as->position == '-' || is_word_char(*as->position)))
			as->position++;
		word.length = (size_t)(as->position - word.text);
	}
	if (word.length) {
		r = read_statement(as, &word);
		if (r < 0)
			return r;
	}
	return is_at_line_end(as) ? 0 : fail_here(as, "this is not understood; a comment begins with ';'");
}

static int read_lines(struct assembler *as)
{
	while (as->position < as->end) {
		int r;

		as->line++;
		as->line_start = as->position;
		r = read_line(as);
		if (r < 0)
			return r;
		while (as->position < as->end && *as->position != '\n')
			as->position++;
		if (as->position < as->end)
			as->position++;
	}
	return as->insns.n_items ? 0 : fail_at(as, 0, 0, "there is no instruction in it");
}

static int resolve(struct assembler *as, const struct reference *reference)
{
	const struct word *label = &reference->label;
	struct cg_map_entry *entry = cg_map_find(&as->labels, label->text, label->length);
	struct sock_filter *insn = &as->insns.items[reference->pc];
	uint64_t distance;

	if (!entry)
		return fail_at(as, label->line, label->column, "there is no label '%.*s'",
			       label->length < 32 ? (int)label->length : 32, label->text);
	if (entry->value.number <= reference->pc)
		return fail_at(as, label->line, label->column, "a jump cannot go backward");

	distance = entry->value.number - reference->pc - 1;
	if (reference->field == TARGET_K)
		insn->k = (uint32_t)distance;
	else if (distance > UINT8_MAX)
		return fail_at(as, label->line, label->column,
			       "%llu instructions away; a test reaches 255: jump on with a ja in between",
			       (unsigned long long)distance);
	else if (reference->field == TARGET_JT)
		insn->jt = (uint8_t)distance;
	else
		insn->jf = (uint8_t)distance;
	return 0;
}

static int assemble(struct assembler *as, struct cg_filter **ret_filter)
{
	struct cg_filter *filter;
	int r = read_lines(as);

	for (size_t i = 0; i < as->references.n_items && r == 0; i++)
		r = resolve(as, &as->references.items[i]);
	if (r < 0)
		return r;

	filter = cg_filter_new(as->insns.items, as->insns.n_items, as->is_big_endian);
	if (!filter)
		return cg_err_memory(as->err);
	*ret_filter = filter;
	return 0;
}

int cg_filter_assemble(const char *name, const char *text, size_t length, struct cg_filter **ret_filter,
		       struct cg_err *err)
{
	struct assembler as = { .name = name, .position = text, .end = text + length, .err = err };
	int r;

	if (length > CG_FILTER_TEXT_LIMIT)
		return cg_err_set(err, -E2BIG, name, "more than %zu bytes of text", CG_FILTER_TEXT_LIMIT);

	r = assemble(&as, ret_filter);
	cg_vec_done(&as.insns);
	cg_vec_done(&as.references);
	cg_map_done(&as.labels);
	return r;
}
