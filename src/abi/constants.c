/*
 * Symbolic constants of arguments: by name, by value, and as a sum of flags. The table is made from data/flags.csv.
 */
#include "abi/constants.h"

#include "abi/tables.h"

#include <inttypes.h>
#include <string.h>

#define NO_SET UINT16_MAX

static bool holds_on(const struct cg_constant_row *row, const struct cg_arch *arch)
{
	return row->arches >> cg_arch_index(arch) & 1;
}

static const char *name_of(const struct cg_constant_row *row)
{
	return cg_constant_names + (size_t)row->name * CG_NAME_UNIT;
}

struct cg_constant cg_constant_at(size_t index)
{
	const struct cg_constant_row *row = &cg_constant_rows[index];

	return (struct cg_constant){ cg_constant_sets[row->set], name_of(row), row->value, row->arches };
}

/* The first place in the order of names that is not before `name`. */
static size_t first_by_name(const char *name)
{
	size_t least = 0, end = cg_n_constants;

	while (least < end) {
		size_t middle = least + (end - least) / 2;

		if (strcmp(name_of(&cg_constant_rows[cg_constants_by_name[middle]]), name) < 0)
			least = middle + 1;
		else
			end = middle;
	}
	return least;
}

bool cg_constant_find(const struct cg_arch *arch, const char *name, uint64_t *ret_value)
{
	if (!arch)
		arch = cg_arch_native();
	for (size_t i = first_by_name(name); i < cg_n_constants; i++) {
		const struct cg_constant_row *row = &cg_constant_rows[cg_constants_by_name[i]];

		if (strcmp(name_of(row), name) != 0)
			return false;
		if (holds_on(row, arch)) {
			*ret_value = row->value;
			return true;
		}
	}
	return false;
}

/* The number of a set, or NO_SET. */
static uint16_t set_of(const char *name)
{
	size_t least = 0, end = cg_n_constant_sets;

	while (least < end) {
		size_t middle = least + (end - least) / 2;
		int order = strcmp(name, cg_constant_sets[middle]);

		if (order == 0)
			return (uint16_t)middle;
		if (order < 0)
			end = middle;
		else
			least = middle + 1;
	}
	return NO_SET;
}

/* The first row of `set` whose value is not below `value`, or where the next set begins. */
static size_t first_of_set(uint16_t set, uint64_t value)
{
	size_t least = 0, end = cg_n_constants;

	while (least < end) {
		size_t middle = least + (end - least) / 2;
		const struct cg_constant_row *row = &cg_constant_rows[middle];

		if (row->set < set || (row->set == set && row->value < value))
			least = middle + 1;
		else
			end = middle;
	}
	return least;
}

const char *cg_constant_name(const struct cg_arch *arch, const char *set, uint64_t value)
{
	uint16_t number = set_of(set);

	if (!arch)
		arch = cg_arch_native();
	for (size_t i = first_of_set(number, value); i < cg_n_constants; i++) {
		const struct cg_constant_row *row = &cg_constant_rows[i];

		if (row->value != value || row->set != number)
			return NULL;
		if (holds_on(row, arch))
			return name_of(row);
	}
	return NULL;
}

const char *cg_constant_suggest(const char *name)
{
	const char *best = NULL;

	for (size_t i = 0; i < cg_n_constants; i++)
		cg_word_keep_nearest(name, name_of(&cg_constant_rows[i]), &best);
	return best;
}

static void add_word(struct cg_text *text, bool *is_first, const char *word)
{
	if (!*is_first)
		cg_text_add_char(text, '|');
	cg_text_add(text, word);
	*is_first = false;
}

static void add_number(struct cg_text *text, bool *is_first, uint64_t number)
{
	if (!*is_first)
		cg_text_add_char(text, '|');
	cg_text_addf(text, "0x%" PRIx64, number);
	*is_first = false;
}

/* The fields of `set`: those printed before the flags, or those after. Takes their bits out of *value. */
static void add_fields(struct cg_text *text, bool *is_first, const struct cg_arch *arch, const char *set, bool is_last,
		       uint64_t *value)
{
	for (size_t i = 0; i < cg_n_constant_fields; i++) {
		const struct cg_constant_field *field = &cg_constant_fields[i];
		uint64_t part = *value & field->mask;
		const char *name;

		if (strcmp(field->set, set) != 0 || field->is_last != is_last)
			continue;
		name = is_last && part == 0 ? NULL : cg_constant_name(arch, field->names, part);
		if (name)
			add_word(text, is_first, name);
		else if (part)
			add_number(text, is_first, part);
		*value &= ~part;
	}
}

/* The bits of a set's fields: of all, or only of those that are always printed. */
static uint64_t field_bits(const char *set, bool with_last)
{
	uint64_t bits = 0;

	for (size_t i = 0; i < cg_n_constant_fields; i++) {
		if (strcmp(cg_constant_fields[i].set, set) == 0 && (with_last || !cg_constant_fields[i].is_last))
			bits |= cg_constant_fields[i].mask;
	}
	return bits;
}

/*
 * Chooses from the largest value down, so that a constant of several bits (O_SYNC, O_TMPFILE) wins over its parts;
 * prints from the smallest up, as people write them. Each choice takes at least one bit, so 64 are enough.
 */
static void add_flags(struct cg_text *text, bool *is_first, const struct cg_arch *arch, const char *set, uint64_t value)
{
	uint16_t number = set_of(set);
	size_t first = first_of_set(number, 1), end = first, chosen[64], n_chosen = 0;
	uint64_t fields = field_bits(set, true);

	while (end < cg_n_constants && cg_constant_rows[end].set == number)
		end++;
	for (size_t i = end; i-- > first && value;) {
		const struct cg_constant_row *row = &cg_constant_rows[i];
		/* Of several names for one value the first is preferred; this walk meets it last. */
		bool is_shadowed = i > first && row[-1].value == row->value && holds_on(&row[-1], arch);

		if (is_shadowed || !holds_on(row, arch) || (row->value & fields) || (value & row->value) != row->value)
			continue;
		chosen[n_chosen++] = i;
		value &= ~row->value;
	}
	while (n_chosen-- > 0)
		add_word(text, is_first, name_of(&cg_constant_rows[chosen[n_chosen]]));
	if (value)
		add_number(text, is_first, value);
}

void cg_constant_format_flags(struct cg_text *text, const struct cg_arch *arch, const char *set, uint64_t value)
{
	bool is_first = true;
	uint64_t rest = value, last;
	const char *whole;

	if (!arch)
		arch = cg_arch_native();
	/* O_CLOEXEC alone is O_RDONLY|O_CLOEXEC: a set with a field has no value that is one name. */
	whole = field_bits(set, false) ? NULL : cg_constant_name(arch, set, value);
	if (whole) {
		cg_text_add(text, whole);
		return;
	}
	add_fields(text, &is_first, arch, set, false, &rest);
	last = rest & field_bits(set, true);
	add_flags(text, &is_first, arch, set, rest & ~last);
	add_fields(text, &is_first, arch, set, true, &last);
	if (is_first)
		cg_text_add_char(text, '0');
}

static const char *name_field_bits(const struct cg_arch *arch, const struct cg_constant_field *field, uint64_t bits)
{
	if (bits == field->mask)
		return cg_constant_name(arch, "masks", bits);
	return field->is_last || bits & (bits - 1) ? NULL : cg_constant_name(arch, field->names, bits);
}

static void add_field_bits(struct cg_text *text, bool *is_first, const struct cg_arch *arch, const char *set,
			   bool is_last, uint64_t mask)
{
	for (size_t i = 0; i < cg_n_constant_fields; i++) {
		const struct cg_constant_field *field = &cg_constant_fields[i];
		uint64_t bits = mask & field->mask;
		const char *name;

		if (!bits || strcmp(field->set, set) != 0 || field->is_last != is_last)
			continue;
		name = name_field_bits(arch, field, bits);
		if (name)
			add_word(text, is_first, name);
		else
			add_number(text, is_first, bits);
	}
}

void cg_constant_format_mask(struct cg_text *text, const struct cg_arch *arch, const char *set, uint64_t mask)
{
	bool is_first = true;

	if (!arch)
		arch = cg_arch_native();
	add_field_bits(text, &is_first, arch, set, false, mask);
	add_flags(text, &is_first, arch, set, mask & ~field_bits(set, true));
	add_field_bits(text, &is_first, arch, set, true, mask);
	if (is_first)
		cg_text_add_char(text, '0');
}
