/*
 * A call that was stopped, as narrow as it is to be allowed.
 *
 * Only the argument that selects what the call does is held (learn/generalise.h has the table): a path, a descriptor or
 * a size is another one the next time. clone is held to the namespaces that it asked for, as no other of its flags opens
 * anything. An argument of which the kernel reads 32 bits is compared in these, whatever a library leaves in the others.
 */
#include "advice/advice.h"

#include "abi/call_text.h"
#include "abi/syscalls.h"
#include "learn/generalise.h"
#include "policy/say.h"

#include <string.h>

static struct cg_comparison hold(unsigned int arg, uint64_t value, bool is_mask, unsigned int width)
{
	uint64_t bits = width >= 8 ? UINT64_MAX : (UINT64_C(1) << (8 * width)) - 1;

	if (is_mask)
		return (struct cg_comparison){ .arg = arg, .op = CG_OP_MASKED_EQ, .value = 0, .mask = bits & ~value };
	if (width >= 8)
		return (struct cg_comparison){ .arg = arg, .op = CG_OP_EQ, .value = value };
	return (struct cg_comparison){ .arg = arg, .op = CG_OP_MASKED_EQ, .value = value & bits, .mask = bits };
}

static void narrow(struct cg_advice_wish *wish, const struct cg_call *call)
{
	const struct cg_selector *selector = cg_selector_find(wish->name);
	const struct cg_arg_info *info;
	int arg;

	if (strcmp(wish->name, "clone") == 0) {
		arg = cg_argument_find(wish->arch, wish->name, "flags");
		if (arg < 0)
			return;
		wish->comparison = (struct cg_comparison){ .arg = (unsigned int)arg, .op = CG_OP_MASKED_EQ,
							   .mask = CG_NAMESPACE_FLAGS & ~call->args[arg] };
		wish->is_held = wish->comparison.mask != 0;
		return;
	}
	arg = selector ? cg_argument_find(wish->arch, wish->name, selector->argument) : -1;
	info = arg >= 0 ? cg_syscall_arg(wish->arch, wish->nr, (unsigned int)arg) : NULL;
	if (!info)
		return;
	wish->is_held = true;
	wish->comparison = hold((unsigned int)arg, call->args[arg], selector->is_mask, info->width);
}

bool cg_advice_wish_of(const struct cg_call *call, bool has_args, struct cg_advice_wish *ret_wish)
{
	const struct cg_arch *arch = cg_arch_of_call(call);
	const struct cg_syscall *known = arch ? cg_syscall_of_nr(arch, call->nr) : NULL;

	if (!known)
		return false;
	*ret_wish = (struct cg_advice_wish){ .arch = arch, .nr = call->nr, .name = known->name };
	if (has_args)
		narrow(ret_wish, call);
	return true;
}

static unsigned int count_bits(uint64_t bits)
{
	unsigned int n = 0;

	for (; bits; bits &= bits - 1)
		n++;
	return n;
}

/* "flags & ~(CLONE_NEWUSER) == 0": the few bits that may be set tell more than the many that may not. */
static bool say_allowed_bits(const struct cg_advice_wish *wish, struct cg_text *text)
{
	const struct cg_comparison *comparison = &wish->comparison;
	const struct cg_arg_info *info = cg_syscall_arg(wish->arch, wish->nr, comparison->arg);
	uint64_t bits = info && info->width < 8 ? (UINT64_C(1) << (8 * info->width)) - 1 : UINT64_MAX;
	uint64_t allowed = bits & ~comparison->mask;

	if (!info || comparison->op != CG_OP_MASKED_EQ || comparison->value || !allowed ||
	    count_bits(allowed) > count_bits(comparison->mask))
		return false;
	cg_text_addf(text, "%s & ~(", info->name);
	cg_call_format_arg(text, wish->arch, wish->nr, comparison->arg, allowed);
	cg_text_add(text, ") == 0");
	return true;
}

void cg_advice_wish_say(const struct cg_advice_wish *wish, struct cg_text *text)
{
	cg_text_add(text, wish->name);
	if (!wish->is_held)
		return;
	cg_text_add(text, " when ");
	if (say_allowed_bits(wish, text))
		return;
	cg_comparisons_format(text, wish->arch, wish->nr, &wish->comparison, 1, false);
}
