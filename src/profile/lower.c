/*
 * One rule of a profile to rules of a policy: one for each architecture and name, or several where an argument index
 * stands twice, which runc and crun read as OR.
 *
 * In: a rule that applies. Out: rules in the policy, or the error with which the engine would refuse to start the
 * container. What an engine never looks at is not checked: crun skips a rule that says what the default says, runc one
 * whose call it does not know; only the engine `oci` (CG_TRAIT_STRICT) checks every part.
 */
#include "profile/lower.h"

#include "abi/errnos.h"
#include "abi/multiplex.h"
#include "abi/syscalls.h"
#include "base/cleanup.h"
#include "profile/say.h"
#include "profile/words.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define N_ARGS 6

/* A rule on its way: what is decided once for all its names. */
struct lowering {
	const struct cg_profile_rule *rule;
	uint32_t action;
	size_t n_args;   /* those that the engine reads */
	bool is_default; /* says what the default says: comes to nothing */
	bool is_checked;
	bool is_usable;
	bool is_or; /* an index stands twice: each argument is a rule of its own */
};

static bool has(const struct cg_resolver *resolver, unsigned int trait)
{
	return cg_engine_has(resolver->engine, trait);
}

int cg_resolve_fail(struct cg_resolver *resolver, const struct cg_profile_word *at, const char *format, ...)
{
	char message[CG_ERR_MESSAGE_SIZE];
	va_list args;

	va_start(args, format);
	vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	return cg_profile_fail(resolver->err, -EINVAL, resolver->profile, at, "%s", message);
}

int cg_resolve_fail_action(struct cg_resolver *resolver, const struct cg_profile_word *action)
{
	const char *meant = cg_action_meant_oci(action->text);
	char quoted[CG_QUOTE_SIZE];

	if (!*action->text)
		return cg_resolve_fail(resolver, action,
				       "this rule has no action: add \"action\": \"SCMP_ACT_ALLOW\" or another");
	cg_profile_quote(quoted, action->text);
	if (meant)
		return cg_resolve_fail(resolver, action, "unknown action \"%s\"; did you mean %s?", quoted, meant);
	return cg_resolve_fail(resolver, action,
			       "unknown action \"%s\"; actions are SCMP_ACT_ALLOW, ERRNO, LOG, KILL_PROCESS, "
			       "KILL_THREAD, TRAP, TRACE and NOTIFY",
			       quoted);
}

/* "EPERM" or "1" in `errno`. */
static int find_errno(struct cg_resolver *resolver, const struct cg_profile_word *name, uint64_t *ret_number)
{
	char quoted[CG_QUOTE_SIZE];
	unsigned int number;
	const char *meant;

	if (cg_errno_find(name->text, &number)) {
		*ret_number = number;
		return 0;
	}
	cg_profile_quote(quoted, name->text);
	meant = cg_errno_suggest(name->text);
	if (meant)
		return cg_resolve_fail(resolver, name, "unknown errno \"%s\"; did you mean %s?", quoted, meant);
	return cg_resolve_fail(resolver, name, "unknown errno \"%s\"", quoted);
}

/* errnoRet where the action has no use for it: the standard says refuse, crun does, others ignore it. */
static int stray_errno(struct cg_resolver *resolver, uint32_t action, const struct cg_profile_word *at)
{
	const char *name = cg_action_row(action)->oci_name;

	if (has(resolver, CG_TRAIT_REFUSES_STRAY_ERRNO))
		return cg_resolve_fail(resolver, at, "an errno beside %s, which returns none: %s refuses it", name,
				       resolver->engine->name);
	return cg_profile_note(
		resolver->notes, CG_SEVERITY_WARNING, "errno-ignored", at, "remove it, or use SCMP_ACT_ERRNO",
		"an errno beside %s, which returns none, has no effect; crun refuses such a profile", name);
}

int cg_resolve_action(struct cg_resolver *resolver, uint32_t action, bool has_errno_ret, uint64_t errno_ret,
		      const struct cg_profile_word *errno_name, const struct cg_profile_word *at, uint32_t *ret_action)
{
	int rc = 0;

	if (errno_name->text && *errno_name->text && has(resolver, CG_TRAIT_READS_ERRNO_NAMES)) {
		has_errno_ret = true;
		rc = find_errno(resolver, errno_name, &errno_ret);
		if (rc < 0)
			return rc;
	}
	if (!cg_action_row(action)->takes_data) {
		if (has_errno_ret)
			rc = stray_errno(resolver, action, at);
		if (rc == 0)
			*ret_action = action;
		return rc == -ENOMEM ? cg_err_memory(resolver->err) : rc;
	}
	if (!has_errno_ret)
		errno_ret = EPERM;
	if (errno_ret > CG_ACTION_DATA && !has(resolver, CG_TRAIT_LIBSECCOMP))
		return cg_resolve_fail(
			resolver, at,
			"errnoRet %llu is too large: the kernel has 16 bits for it, and error numbers end at "
			"%u",
			(unsigned long long)errno_ret, CG_ERRNO_MAX);
	*ret_action = action | ((uint32_t)errno_ret & CG_ACTION_DATA);
	return 0;
}

/* ---- arguments */

static int check_op(struct cg_resolver *resolver, const struct cg_profile_arg *arg)
{
	const struct cg_profile_word *op = &arg->bad_op;
	const char *meant;
	char quoted[CG_QUOTE_SIZE];

	if (!op->text)
		return 0;
	meant = cg_op_suggest_oci(op->text);
	if (!*op->text)
		return cg_resolve_fail(resolver, op,
				       "this argument has no operator: add \"op\": \"SCMP_CMP_EQ\" or another");
	cg_profile_quote(quoted, op->text);
	if (meant)
		return cg_resolve_fail(resolver, op, "unknown operator \"%s\"; did you mean %s?", quoted, meant);
	return cg_resolve_fail(resolver, op,
			       "unknown operator \"%s\"; operators are SCMP_CMP_EQ, NE, LT, LE, GT, GE and MASKED_EQ",
			       quoted);
}

static int check_index(struct cg_resolver *resolver, const struct cg_profile_arg *arg)
{
	struct cg_profile_word at = { NULL, arg->line, arg->column };

	if (arg->index < N_ARGS)
		return 0;
	return cg_resolve_fail(resolver, &at, "argument index %u: a call has six arguments, 0 to 5", arg->index);
}

static int check_args(struct cg_resolver *resolver, const struct lowering *lowering, bool minds_index)
{
	for (size_t i = 0; i < lowering->n_args; i++) {
		const struct cg_profile_arg *arg = &lowering->rule->args.items[i];
		int rc = check_op(resolver, arg);

		if (rc == 0 && minds_index)
			rc = check_index(resolver, arg);
		if (rc < 0)
			return rc;
	}
	return 0;
}

static bool has_index_twice(const struct lowering *lowering)
{
	bool is_seen[N_ARGS] = { false };

	for (size_t i = 0; i < lowering->n_args; i++) {
		bool *seen = &is_seen[lowering->rule->args.items[i].index];

		if (*seen)
			return true;
		*seen = true;
	}
	return false;
}

static struct cg_comparison comparison_of(const struct cg_profile_arg *arg)
{
	if (arg->op == CG_OP_MASKED_EQ)
		return (struct cg_comparison){ arg->index, arg->op, arg->value_two, arg->value };
	return (struct cg_comparison){ arg->index, arg->op, arg->value, UINT64_MAX };
}

/* ---- names */

static int add_rule(struct cg_resolver *resolver, const struct lowering *lowering, const struct cg_rule *rule,
		    const struct cg_profile_word *name)
{
	struct cg_err err = { 0 };
	int rc;

	if (has(resolver, CG_TRAIT_LIBSECCOMP) && !lowering->is_default) {
		rc = cg_resolve_check_conflict(resolver, rule, name);
		if (rc < 0)
			return rc;
	}
	rc = cg_policy_add_rule(resolver->policy, rule, &err);
	return rc < 0 ? cg_profile_fail(resolver->err, rc, resolver->profile, name, "%s", err.message) : 0;
}

/* One call on one architecture: one rule, or one for each argument. */
static int add_call(struct cg_resolver *resolver, const struct lowering *lowering, const struct cg_arch *arch,
		    uint32_t nr, const struct cg_profile_word *name)
{
	const struct cg_profile_rule *from = lowering->rule;
	struct cg_comparison comparisons[N_ARGS];
	struct cg_rule rule = {
		.arch = arch, .nr = nr, .action = lowering->action, .comparisons = comparisons, .origin = name->line
	};
	int rc = 0;

	for (size_t i = 0; i < lowering->n_args && rc == 0; i++) {
		if (lowering->is_or) {
			comparisons[0] = comparison_of(&from->args.items[i]);
			rule.n_comparisons = 1;
			rc = add_rule(resolver, lowering, &rule, name);
		} else {
			comparisons[rule.n_comparisons++] = comparison_of(&from->args.items[i]);
		}
	}
	if (rc == 0 && !lowering->is_or)
		rc = add_rule(resolver, lowering, &rule, name);
	return rc;
}

/*
 * The same through socketcall or ipc, where the first argument is the operation: what a rule says of its own first
 * argument is lost there, and what it says of others is held against a pointer.
 */
static int add_multiplexed(struct cg_resolver *resolver, const struct lowering *lowering, const struct cg_arch *arch,
			   const struct cg_profile_word *name)
{
	const struct cg_profile_rule *from = lowering->rule;
	struct cg_comparison comparisons[N_ARGS + 1] = { { .arg = 0, .op = CG_OP_EQ, .mask = UINT64_MAX } };
	struct cg_rule rule = {
		.arch = arch, .action = lowering->action, .comparisons = comparisons, .n_comparisons = 1,
		.origin = name->line
	};
	int rc = 0;

	if (!cg_multiplex_find(arch, name->text, &rule.nr, &comparisons[0].value))
		return 0;
	for (size_t i = 0; i < lowering->n_args && rc == 0; i++) {
		if (from->args.items[i].index != 0)
			comparisons[rule.n_comparisons++] = comparison_of(&from->args.items[i]);
		if (lowering->is_or) {
			rc = cg_policy_add_rule(resolver->policy, &rule, resolver->err);
			rule.n_comparisons = 1;
		}
	}
	return rc < 0 || lowering->is_or ? rc : cg_policy_add_rule(resolver->policy, &rule, resolver->err);
}

static int note_unknown_call(struct cg_resolver *resolver, const struct cg_profile_word *name)
{
	char quoted[CG_QUOTE_SIZE];
	const char *meant;

	if (!cg_profile_wants_notes(resolver->notes))
		return 0;
	cg_profile_quote(quoted, name->text);
	meant = cg_syscall_suggest(name->text);
	if (meant)
		return cg_profile_note(resolver->notes, CG_SEVERITY_WARNING, "unknown-call", name, "correct the name",
				       "unknown call \"%s\" has no effect; did you mean %s?", quoted, meant);
	return cg_profile_note(resolver->notes, CG_SEVERITY_WARNING, "unknown-call", name,
			       "remove it, or correct its name", "unknown call \"%s\" has no effect", quoted);
}

static int check_parts(struct cg_resolver *resolver, const struct lowering *lowering)
{
	int rc = check_args(resolver, lowering, true);

	return rc < 0 ? rc : cg_resolve_check_data(resolver, lowering->action, &lowering->rule->bad_action);
}

/* Once, when the first name of the rule is a call: what the engine then looks at, if the rule comes to anything. */
static int check_use(struct cg_resolver *resolver, struct lowering *lowering)
{
	struct cg_profile_word at = { NULL, lowering->rule->line, lowering->rule->column };
	struct cg_err *err = resolver->err;
	int rc;

	if (lowering->is_checked)
		return 0;
	lowering->is_checked = true;
	resolver->err = lowering->is_default ? NULL : err;
	rc = check_parts(resolver, lowering);
	resolver->err = err;
	if (rc < 0)
		return lowering->is_default ? 0 : rc;
	lowering->is_usable = true;
	lowering->is_or = has_index_twice(lowering);
	if (lowering->is_or &&
	    cg_profile_note(resolver->notes, CG_SEVERITY_WARNING, "repeated-index", &at,
			    "split the rule in two, to say that either is enough",
			    "an argument index stands twice: engines then take every comparison of this "
			    "rule by itself, any one is enough") < 0)
		return cg_err_memory(resolver->err);
	return 0;
}

static int lower_name(struct cg_resolver *resolver, struct lowering *lowering, const struct cg_profile_word *name)
{
	const struct cg_syscall *call = cg_syscall_find(name->text);
	int rc;

	if (!*name->text && has(resolver, CG_TRAIT_REFUSES_EMPTY_NAME))
		return cg_resolve_fail(resolver, name, "an empty name is no call");
	if (!call)
		return note_unknown_call(resolver, name) < 0 ? cg_err_memory(resolver->err) : 0;
	rc = check_use(resolver, lowering);
	for (size_t i = 0; rc == 0 && lowering->is_usable && i < resolver->policy->n_arches; i++) {
		const struct cg_arch *arch = resolver->policy->arches[i];
		uint32_t nr;

		if (has(resolver, CG_TRAIT_MULTIPLEXES) && !cg_engine_knows_call(resolver->engine, arch, call))
			continue;
		if (cg_syscall_number(arch, name->text, &nr))
			rc = add_call(resolver, lowering, arch, nr, name);
		if (rc == 0 && has(resolver, CG_TRAIT_MULTIPLEXES))
			rc = add_multiplexed(resolver, lowering, arch, name);
	}
	return rc;
}

static int check_notify(struct cg_resolver *resolver, const struct cg_profile_rule *rule)
{
	const struct cg_profile *profile = resolver->profile;
	const char *path = has(resolver, CG_TRAIT_READS_LISTENER) ? profile->listener_path : NULL;

	if (rule->action != CG_ACTION_NOTIFY || !has(resolver, CG_TRAIT_REFUSES_LONE_NOTIFY))
		return 0;
	for (size_t i = 0; i < rule->names.n_items; i++) {
		const struct cg_profile_word *name = &rule->names.items[i];

		if (!path || !*path)
			return cg_resolve_fail(resolver, &rule->bad_action,
					       "SCMP_ACT_NOTIFY, and listenerPath is not set: nobody would answer");
		if (strcmp(name->text, "write") == 0)
			return cg_resolve_fail(
				resolver, name,
				"SCMP_ACT_NOTIFY on write, with which the runtime hands over the listener");
	}
	return 0;
}

/* What is looked at although the rule may come to nothing. */
static int check_early(struct cg_resolver *resolver, const struct lowering *lowering)
{
	bool is_strict = has(resolver, CG_TRAIT_STRICT);
	int rc = check_notify(resolver, lowering->rule);

	/* runc takes a rule apart name by name: without a name nothing is looked at. */
	if (rc == 0 && has(resolver, CG_TRAIT_CHECKS_ALL_OPERATORS) && (is_strict || lowering->rule->names.n_items))
		rc = check_args(resolver, lowering, is_strict);
	if (rc == 0 && is_strict)
		rc = cg_resolve_check_data(resolver, lowering->action, &lowering->rule->bad_action);
	return rc;
}

int cg_resolve_rule(struct cg_resolver *resolver, const struct cg_profile_rule *rule)
{
	struct lowering lowering = { .rule = rule, .n_args = rule->args.n_items };
	int rc;

	if (rule->bad_action.text)
		return cg_resolve_fail_action(resolver, &rule->bad_action);
	if (lowering.n_args > N_ARGS && has(resolver, CG_TRAIT_READS_SIX_ARGS))
		lowering.n_args = N_ARGS;
	rc = cg_resolve_action(resolver, rule->action, rule->has_errno_ret, rule->errno_ret, &rule->errno_name,
			       &rule->bad_action, &lowering.action);
	if (rc < 0)
		return rc;
	lowering.is_default = lowering.action == resolver->policy->default_action;
	rc = check_early(resolver, &lowering);
	for (size_t i = 0; rc == 0 && i < rule->names.n_items; i++)
		rc = lower_name(resolver, &lowering, &rule->names.items[i]);
	return rc;
}
