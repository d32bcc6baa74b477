/*
 * See say.h. Arguments have the kernel's names, values those of their constants.
 */
#include "policy/say.h"

#include "abi/call_text.h"

#include <inttypes.h>
#include <string.h>

/* Around one word they say nothing. */
static void drop_parentheses(struct cg_text *text, size_t start)
{
	memmove(text->data + start, text->data + start + 1, text->length - start);
	text->length -= 2;
	text->data[text->length] = '\0';
}

static void format_comparison(struct cg_text *text, const struct cg_arch *arch, uint32_t nr,
			      const struct cg_comparison *comparison, bool is_exact)
{
	const struct cg_arg_info *info = cg_syscall_arg(arch, nr, comparison->arg);
	uint64_t word = cg_arch_word_mask(arch);
	uint64_t read = info && info->width < 8 ? word & ((UINT64_C(1) << (8 * info->width)) - 1) : word;
	uint64_t seen = comparison->op == CG_OP_MASKED_EQ ? comparison->mask & word : word;
	bool is_masked = seen != read && seen != word;

	if (info)
		cg_text_add(text, info->name);
	else
		cg_text_addf(text, "a%u", comparison->arg);
	if (is_masked) {
		size_t start = text->length + 3;

		cg_text_add(text, " & (");
		cg_call_format_mask(text, arch, nr, comparison->arg, comparison->mask);
		cg_text_add_char(text, ')');
		if (!text->has_failed && !strchr(text->data + start, '|'))
			drop_parentheses(text, start);
	}
	cg_text_addf(text, " %s ", comparison->op == CG_OP_MASKED_EQ ? "==" : cg_op_name(comparison->op));
	cg_call_format_arg(text, arch, nr, comparison->arg, comparison->value);
	if (is_exact && seen == word && read != word && word == UINT64_MAX)
		cg_text_add(text, CG_SAY_WHOLE);
}

void cg_comparisons_format(struct cg_text *text, const struct cg_arch *arch, uint32_t nr,
			   const struct cg_comparison *comparisons, unsigned int n_comparisons, bool is_exact)
{
	for (unsigned int i = 0; i < n_comparisons; i++) {
		cg_text_add(text, i ? " and " : "");
		format_comparison(text, arch, nr, &comparisons[i], is_exact);
	}
}
