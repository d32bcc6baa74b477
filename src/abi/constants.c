/*
 * Symbolic constants of arguments: by name, by value, and as a sum of flags. The table is made from data/flags.csv.
 */
#include "abi/constants.h"

#include <inttypes.h>
#include <string.h>

static bool holds_on(const struct cg_constant *constant, const struct cg_arch *arch)
{
	return constant->arches >> cg_arch_index(arch) & 1;
}

/* The first place in the order of names that is not before `name`. */
static size_t first_by_name(const char *name)
{
	size_t least = 0, end = cg_n_constants;

	while (least < end) {
		size_t middle = least + (end - least) / 2;

		if (strcmp(cg_constants[cg_constants_by_name[middle]].name, name) < 0)
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
		const struct cg_constant *constant = &cg_constants[cg_constants_by_name[i]];

		if (strcmp(constant->name, name) != 0)
			return false;
		if (holds_on(constant, arch)) {
			*ret_value = constant->value;
			return true;
		}
	}
	return false;
}

/* The first row of `set` whose value is not below `value`; cg_n_constants when the set ends before. */
static size_t first_of_set(const char *set, uint64_t value)
{
	size_t least = 0, end = cg_n_constants;

	while (least < end) {
		size_t middle = least + (end - least) / 2;
		int order = strcmp(cg_constants[middle].set, set);

		if (order < 0 || (order == 0 && cg_constants[middle].value < value))
			least = middle + 1;
		else
			end = middle;
	}
	return least;
}

const char *cg_constant_name(const struct cg_arch *arch, const char *set, uint64_t value)
{
	if (!arch)
		arch = cg_arch_native();
	for (size_t i = first_of_set(set, value); i < cg_n_constants; i++) {
		const struct cg_constant *constant = &cg_constants[i];

		if (constant->value != value || strcmp(constant->set, set) != 0)
			return NULL;
		if (holds_on(constant, arch))
			return constant->name;
	}
	return NULL;
}

const char *cg_constant_suggest(const char *name)
{
	const char *best = NULL;

	for (size_t i = 0; i < cg_n_constants; i++)
		cg_word_keep_nearest(name, cg_constants[i].name, &best);
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
	size_t first = first_of_set(set, 1), end = first, chosen[64], n_chosen = 0;
	uint64_t fields = field_bits(set, true);

	while (end < cg_n_constants && strcmp(cg_constants[end].set, set) == 0)
		end++;
	for (size_t i = end; i-- > first && value;) {
		const struct cg_constant *constant = &cg_constants[i];
		/* Of several names for one value the first is preferred; this walk meets it last. */
		bool is_shadowed = i > first && constant[-1].value == constant->value && holds_on(&constant[-1], arch);

		if (is_shadowed || !holds_on(constant, arch) || (constant->value & fields) ||
		    (value & constant->value) != constant->value)
			continue;
		chosen[n_chosen++] = i;
		value &= ~constant->value;
	}
	while (n_chosen-- > 0)
		add_word(text, is_first, cg_constants[chosen[n_chosen]].name);
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
