/*
 * A policy as pseudo filter code, in the form that libseccomp made known: for reading and for comparing by eye.
 *
 * In: a policy. Out: an architecture after the other, a call after the other, its rules as ifs, read from top to
 * bottom: the first action that is reached is the answer. On 64-bit architectures a comparison for equality asks for
 * both halves of the register, as the filter does; one of order or inequality is told of the whole register.
 */
#include "language/calls.h"
#include "language/policy_text.h"

#include "abi/syscalls.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

struct printer {
	struct cg_text *text;
	const struct cg_arch *arch;
	unsigned int depth;
};

__attribute__((format(printf, 2, 3))) static void add_line(struct printer *printer, const char *format, ...)
{
	va_list args;
	char line[128];

	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	cg_text_addf(printer->text, "%*s%s\n", (int)printer->depth * 2, "", line);
}

static void add_action(struct printer *printer, uint32_t action)
{
	const struct cg_action_row *row = cg_action_row(action);

	if (row->value == CG_ACTION_KILL_THREAD)
		add_line(printer, "action KILL;");
	else if (row->takes_data)
		add_line(printer, "action %s(%u);", row->name, action & CG_ACTION_DATA);
	else
		add_line(printer, "action %s;", row->name);
}

static void add_if(struct printer *printer, const char *condition)
{
	add_line(printer, "if (%s)", condition);
	printer->depth++;
}

/* One half of a register. */
static void add_half(struct printer *printer, unsigned int arg, const char *half, uint32_t mask, uint32_t value,
		     bool has_mask)
{
	char condition[96];

	if (has_mask)
		snprintf(condition, sizeof(condition), "$a%u%s & 0x%08" PRIx32 " == %" PRIu32, arg, half, mask, value);
	else
		snprintf(condition, sizeof(condition), "$a%u%s == %" PRIu32, arg, half, value);
	add_if(printer, condition);
}

static void add_comparison(struct printer *printer, const struct cg_comparison *comparison)
{
	uint64_t word = cg_arch_word_mask(printer->arch), mask = comparison->mask & word;
	bool has_mask = comparison->op == CG_OP_MASKED_EQ;
	uint64_t value = comparison->value & word & (has_mask ? mask : word);
	char condition[96];

	if (!has_mask && comparison->op != CG_OP_EQ) {
		snprintf(condition, sizeof(condition), "$a%u %s %" PRIu64, comparison->arg, cg_op_name(comparison->op),
			 value);
		add_if(printer, condition);
	} else if (printer->arch->word_bits == 32) {
		add_half(printer, comparison->arg, "", (uint32_t)mask, (uint32_t)value, has_mask);
	} else {
		add_half(printer, comparison->arg, ".hi32", (uint32_t)(mask >> 32), (uint32_t)(value >> 32), has_mask);
		add_half(printer, comparison->arg, ".lo32", (uint32_t)mask, (uint32_t)value, has_mask);
	}
}

static void add_rule(struct printer *printer, const struct cg_rule *rule)
{
	unsigned int depth = printer->depth;

	for (unsigned int i = 0; i < rule->n_comparisons; i++)
		add_comparison(printer, &rule->comparisons[i]);
	add_action(printer, rule->action);
	printer->depth = depth;
}

/* Ordered rules are read from the last to the first, so that the first that holds decides. */
static void add_call(struct printer *printer, const struct cg_rule *const *rules, size_t n_rules)
{
	const struct cg_syscall *call = cg_syscall_of_nr(printer->arch, rules[0]->nr);
	char condition[32];

	add_line(printer, "# filter for syscall \"%s\" (%" PRIu32 ")", call ? call->name : "UNKNOWN", rules[0]->nr);
	snprintf(condition, sizeof(condition), "$syscall == %" PRIu32, rules[0]->nr);
	add_if(printer, condition);
	for (size_t i = n_rules; i-- > 0;)
		add_rule(printer, rules[i]);
	printer->depth--;
}

/* x32's part of x86_64's numbers: bit 30 and more, but for -1. */
static void add_if_x32(struct printer *printer)
{
	char condition[32];

	snprintf(condition, sizeof(condition), "$syscall >= %" PRIu32, CG_X32_BIT);
	add_if(printer, condition);
	snprintf(condition, sizeof(condition), "$syscall != %" PRIu32, CG_NR_SKIPPED);
	add_if(printer, condition);
}

/* Numbers that are newer than the policy, where they have a default of their own. */
static void add_newer(struct printer *printer, const struct cg_policy *policy)
{
	unsigned int depth = printer->depth;
	char condition[32];

	for (size_t i = 0; policy->has_newer && i < policy->n_arches; i++) {
		if (policy->arches[i] != printer->arch || policy->newest[i] == UINT32_MAX)
			continue;
		add_line(printer, "# newer calls");
		snprintf(condition, sizeof(condition), "$syscall > %" PRIu32, policy->newest[i]);
		add_if(printer, condition);
		add_action(printer, policy->newer_action);
	}
	printer->depth = depth;
}

static void add_arch(struct printer *printer, const struct cg_policy *policy, const struct cg_ordered_rules *rules)
{
	const struct cg_arch *x32 = cg_arch_find("x32");
	char condition[32];

	add_line(printer, "# filter for arch %s (%" PRIu32 ")", printer->arch->name, printer->arch->token);
	snprintf(condition, sizeof(condition), "$arch == %" PRIu32, printer->arch->token);
	add_if(printer, condition);
	if (printer->arch->is_x32) {
		add_if_x32(printer);
	} else if (printer->arch->token == x32->token && !cg_policy_has_arch(policy, x32)) {
		add_line(printer, "# numbers of x32");
		add_if_x32(printer);
		add_action(printer, policy->bad_arch_action);
		printer->depth -= 2;
	}
	for (size_t first = 0, n; first < rules->n_items; first += n) {
		n = cg_rules_count_call(rules, first);
		if (rules->items[first]->arch == printer->arch)
			add_call(printer, rules->items + first, n);
	}
	add_newer(printer, policy);
	add_line(printer, "# default action");
	add_action(printer, policy->default_action);
	printer->depth = 0;
}

int cg_policy_write_pfc(const struct cg_policy *policy, struct cg_text *text)
{
	struct printer printer = { .text = text };
	struct cg_ordered_rules rules = { 0 };

	if (cg_rules_order(policy, &rules) < 0)
		return -ENOMEM;
	cg_text_add(text, "#\n# pseudo filter code start\n#\n");
	/* x32 before x86_64, whose token it shares. */
	for (int is_x32 = 1; is_x32 >= 0; is_x32--) {
		for (size_t i = 0; i < policy->n_arches; i++) {
			printer.arch = policy->arches[i];
			if (printer.arch->is_x32 == is_x32)
				add_arch(&printer, policy, &rules);
		}
	}
	cg_text_add(text, "# invalid architecture action\n");
	add_action(&printer, policy->bad_arch_action);
	cg_text_add(text, "#\n# pseudo filter code end\n#\n");
	cg_ordered_rules_done(&rules);
	return text->has_failed ? -ENOMEM : 0;
}
