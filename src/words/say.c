/*
 * See say.h. Exactness goes before beauty: where a name would stand for two values of the register (-1 as 32 and as 64
 * bits), the number is given; and a filter that looks at half of what the kernel reads, or at more, is shown to.
 */
#include "words/say.h"

#include "abi/call_text.h"
#include "abi/syscalls.h"
#include "base/cleanup.h"
#include "policy/say.h"

#include <inttypes.h>
#include <string.h>

#define PLAIN_MOST 4096
#define POINTS_MOST 8 /* values that are listed though a range would be shorter, as they have names */

/* What a condition is about. */
struct subject {
	const struct cg_arch *arch;
	uint32_t nr;
	unsigned int word;
	const struct cg_arg_info *info; /* NULL: nothing is known of it */
	bool is_low, is_high;
};

static void add_plain(struct cg_text *text, uint64_t value)
{
	cg_text_addf(text, value < PLAIN_MOST ? "%" PRIu64 : "0x%" PRIx64, value);
}

/* Would the value's name be that of another register value too? */
static bool is_ambiguous(const struct subject *subject, uint64_t value)
{
	return !subject->is_low && subject->arch->word_bits == 64 && subject->info->width < 8 && value >> 31 != 0;
}

static void add_value(struct cg_text *text, const struct subject *subject, uint64_t value)
{
	if (!subject->info || subject->is_high || is_ambiguous(subject, value))
		add_plain(text, value);
	else
		cg_call_format_arg(text, subject->arch, subject->nr, subject->word, value);
}

/* In parentheses where an operator would tear it apart. */
static void add_mask(struct cg_text *text, const struct subject *subject, uint64_t mask)
{
	CG_CLEANUP(cg_text_done) struct cg_text word = { 0 };

	if (subject->info && !subject->is_high && subject->info->kind == CG_ARG_FLAGS && mask <= UINT32_MAX)
		cg_call_format_mask(&word, subject->arch, subject->nr, subject->word, mask);
	else
		add_plain(&word, mask);
	cg_text_addf(text, strchr(cg_text_get(&word), '|') ? "(%s)" : "%s", cg_text_get(&word));
	text->has_failed |= word.has_failed;
}

static void add_name(struct cg_text *text, const struct subject *subject)
{
	if (subject->word == CG_WORD_IP)
		cg_text_add(text, "instruction pointer");
	else if (subject->info)
		cg_text_add(text, subject->info->name);
	else
		cg_text_addf(text, "a%u", subject->word);
	if (subject->is_high)
		cg_text_add(text, " >> 32");
}

static bool is_wide(const struct subject *subject)
{
	return !subject->arch || subject->arch->word_bits == 64 || subject->word == CG_WORD_IP;
}

/* The same for a comparison of all of it: half of a register is said to be half, unless the kernel reads no more. */
static void add_operand(struct cg_text *text, const struct subject *subject)
{
	add_name(text, subject);
	if (is_wide(subject) && subject->is_low && !(subject->info && subject->info->width == 4))
		cg_text_add(text, " & 0xffffffff");
}

/* Behind a comparison of all of it: is it of more than the kernel reads, or than such an architecture compares? */
static void add_remark(struct cg_text *text, const struct subject *subject)
{
	if (subject->is_low || subject->is_high)
		return;
	if (!is_wide(subject))
		cg_text_add(text, " (all 64 bits)");
	else if (subject->info && subject->info->width < 8)
		cg_text_add(text, CG_SAY_WHOLE);
}

static void say_points(struct cg_text *text, const struct subject *subject, const struct cg_values *values)
{
	bool is_not = values->form == CG_VALUES_NOT_POINTS;

	add_operand(text, subject);
	if (values->n_items == 1) {
		cg_text_add(text, is_not ? " != " : " == ");
		add_value(text, subject, values->items[0].first);
		add_remark(text, subject);
		return;
	}
	cg_text_add(text, is_not ? " not in {" : " in {");
	for (size_t i = 0; i < values->n_items; i++) {
		if (i > 0)
			cg_text_add(text, ", ");
		add_value(text, subject, values->items[i].first);
	}
	cg_text_add_char(text, '}');
	add_remark(text, subject);
}

static void say_range(struct cg_text *text, const struct subject *subject, uint64_t first, uint64_t last)
{
	uint64_t most = subject->is_low || subject->is_high ? UINT32_MAX : UINT64_MAX;

	if (first != 0 && last != most && first != last) {
		add_plain(text, first);
		cg_text_add(text, " <= ");
	}
	add_operand(text, subject);
	if (first == last) {
		cg_text_add(text, " == ");
		add_value(text, subject, first);
	} else if (last != most) {
		cg_text_add(text, " <= ");
		add_plain(text, last);
	} else {
		cg_text_add(text, " >= ");
		add_plain(text, first);
	}
}

/* The ranges value by value, where these are few and have names: {AF_UNIX, AF_INET}. */
static bool list_points(const struct subject *subject, const struct cg_values *values, struct cg_values *points)
{
	bool has_names = subject->info && subject->info->set && !subject->is_high;

	for (size_t i = 0; i < values->n_items; i++) {
		uint64_t first = values->items[i].first, last = values->items[i].last;

		if ((!has_names && first != last) || last - first >= CG_VALUES_MAX - points->n_items)
			return false;
		for (uint64_t value = first; value - first <= last - first; value++) {
			points->items[points->n_items].first = value;
			points->items[points->n_items++].last = value;
		}
	}
	return !has_names || values->n_items == points->n_items || points->n_items <= POINTS_MOST;
}

static bool is_named(const struct subject *subject, uint64_t value)
{
	CG_CLEANUP(cg_text_done) struct cg_text word = { 0 };

	add_value(&word, subject, value);
	return !strchr("0123456789", cg_text_get(&word)[0]);
}

/* A range of a few values, all of which have names: TCGETS, TCSETS, … say more than 0x5401 <= cmd <= 0x5404. */
static bool is_range_named(const struct subject *subject, uint64_t first, uint64_t last)
{
	if (!subject->info || !subject->info->set || subject->is_high || last - first >= POINTS_MOST)
		return false;
	for (uint64_t value = first; value - first <= last - first; value++)
		if (!is_named(subject, value))
			return false;
	return true;
}

/* All ranges of such values as one set; a single one is better said by "==". Returns how many ranges they are. */
static size_t say_named_ranges(struct cg_text *text, const struct subject *subject, const struct cg_values *values)
{
	size_t n = 0, n_values = 0;

	add_operand(text, subject);
	for (size_t i = 0; i < values->n_items; i++) {
		uint64_t first = values->items[i].first, last = values->items[i].last;

		if (!is_range_named(subject, first, last))
			continue;
		n++;
		for (uint64_t value = first; value - first <= last - first; value++) {
			cg_text_add(text, n_values++ ? ", " : " in {");
			add_value(text, subject, value);
		}
	}
	cg_text_add_char(text, '}');
	return n_values > 1 ? n : 0;
}

static void say_ranges(struct cg_text *text, const struct subject *subject, const struct cg_values *values)
{
	struct cg_values points = { .form = CG_VALUES_RANGES };
	struct cg_text named = { 0 };
	size_t n_named, n_said = 0;

	if (list_points(subject, values, &points)) {
		say_points(text, subject, &points);
		return;
	}
	n_named = say_named_ranges(&named, subject, values);
	n_said = n_named > 0;
	cg_text_add(text, values->n_items - n_named + n_said > 1 ? "(" : "");
	cg_text_add(text, n_named ? cg_text_get(&named) : "");
	for (size_t i = 0; i < values->n_items; i++) {
		if (n_named && is_range_named(subject, values->items[i].first, values->items[i].last))
			continue;
		cg_text_add(text, n_said++ ? " or " : "");
		say_range(text, subject, values->items[i].first, values->items[i].last);
	}
	cg_text_add(text, n_said > 1 ? ")" : "");
	add_remark(text, subject);
	text->has_failed |= named.has_failed;
	cg_text_done(&named);
}

static void say_masks(struct cg_text *text, const struct subject *subject, const struct cg_values *values)
{
	bool is_not = values->form == CG_VALUES_NOT_MASKS;
	bool has_parentheses = !is_not && values->n_items > 1;

	cg_text_add(text, has_parentheses ? "(" : "");
	for (size_t i = 0; i < values->n_items; i++) {
		if (i > 0)
			cg_text_add(text, is_not ? " and " : " or ");
		add_name(text, subject);
		cg_text_add(text, " & ");
		add_mask(text, subject, values->items[i].first);
		cg_text_add(text, is_not ? " != " : " == ");
		if (values->items[i].last == 0)
			cg_text_add_char(text, '0');
		else
			add_mask(text, subject, values->items[i].last);
	}
	cg_text_add(text, has_parentheses ? ")" : "");
}

void cg_values_say(struct cg_text *text, const struct cg_arch *arch, uint32_t nr, unsigned int word,
		   const struct cg_values *values)
{
	struct subject subject = {
		.arch = arch,
		.nr = nr,
		.word = word,
		.info = arch && word < CG_WORD_IP ? cg_syscall_arg(arch, nr, word) : NULL,
		.is_low = values->is_low,
		.is_high = values->is_high,
	};

	switch (values->form) {
	case CG_VALUES_ALL:
		break;
	case CG_VALUES_NOT_POINTS:
		say_points(text, &subject, values);
		break;
	case CG_VALUES_RANGES:
		say_ranges(text, &subject, values);
		break;
	case CG_VALUES_MASKS:
	case CG_VALUES_NOT_MASKS:
		say_masks(text, &subject, values);
		break;
	case CG_VALUES_FURTHER:
		cg_text_add(text, "further conditions on ");
		add_name(text, &subject);
		break;
	}
}
