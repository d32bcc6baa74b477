/*
 * See systemd.h. A policy as a drop-in.
 *
 * systemd adds the set @default to every list of what is allowed; what the policy refuses of it is taken out again, by a
 * list with ~ behind the others. Members of @default: systemd 252, `systemd-analyze syscall-filter @default`.
 */
#include "profile/systemd.h"

#include "abi/constants.h"
#include "abi/errnos.h"
#include "abi/syscalls.h"
#include "base/cleanup.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#define LINE_WIDTH 110
#define NAMESPACE_FLAGS 0x7e020000U

const char *const cg_systemd_default_set[] = {
	"arch_prctl", "brk", "cacheflush", "clock_getres", "clock_getres_time64", "clock_gettime", "clock_gettime64",
	"clock_nanosleep", "clock_nanosleep_time64", "execve", "exit", "exit_group", "futex", "futex_time64",
	"futex_waitv", "get_robust_list", "get_thread_area", "getegid", "getegid32", "geteuid", "geteuid32", "getgid",
	"getgid32", "getgroups", "getgroups32", "getpgid", "getpgrp", "getpid", "getppid", "getrandom", "getresgid",
	"getresgid32", "getresuid", "getresuid32", "getrlimit", "getsid", "gettid", "gettimeofday", "getuid",
	"getuid32", "membarrier", "mmap", "mmap2", "mprotect", "munmap", "nanosleep", "pause", "prlimit64",
	"restart_syscall", "riscv_flush_icache", "riscv_hwprobe", "rseq", "rt_sigreturn", "sched_getaffinity",
	"sched_yield", "set_robust_list", "set_thread_area", "set_tid_address", "set_tls", "sigreturn", "time",
	"ugetrlimit", "uretprobe", NULL,
};

/* Where systemd's word is another than ours. */
static const struct {
	const char *ours, *theirs;
} arch_names[] = {
	{ "x86_64", "x86-64" },	    { "aarch64", "arm64" },	  { "ppc64le", "ppc64-le" },
	{ "mipsel", "mips-le" },    { "mipsel64", "mips64-le" },  { "mips64n32", "mips64-n32" },
	{ "mipsel64n32", "mips64-le-n32" },
};

const char *cg_systemd_arch_name(const struct cg_arch *arch)
{
	for (size_t i = 0; i < CG_N_ITEMS(arch_names); i++)
		if (strcmp(arch_names[i].ours, arch->name) == 0)
			return arch_names[i].theirs;
	return arch->name;
}

const struct cg_arch *cg_systemd_arch_find(const char *name)
{
	for (size_t i = 0; i < CG_N_ITEMS(arch_names); i++)
		if (strcmp(arch_names[i].theirs, name) == 0)
			return cg_arch_find(arch_names[i].ours);
	return cg_arch_find(name);
}

/* What the policy says of one name, over all its architectures. */
struct answer {
	uint32_t action;
	bool is_conditional;
	bool differs; /* from architecture to architecture */
};

static struct answer answer_on(const struct cg_policy *policy, const struct cg_arch *arch, uint32_t nr)
{
	struct answer answer = { .action = cg_policy_default(policy, arch, nr) };

	for (size_t i = 0; i < policy->rules.n_items; i++) {
		const struct cg_rule *rule = &policy->rules.items[i];

		if (rule->arch != arch || rule->nr != nr || rule->action == answer.action)
			continue;
		if (rule->n_comparisons == 0)
			return (struct answer){ .action = rule->action };
		answer.is_conditional = true;
		if (cg_action_is_permit(rule->action))
			answer.action = rule->action;
	}
	return answer;
}

/* The most that any architecture allows. False: none of them has the call. */
static bool find_answer(const struct cg_policy *policy, const char *name, struct answer *ret_answer)
{
	bool is_there = false;

	for (size_t i = 0; i < policy->n_arches; i++) {
		struct answer here;
		uint32_t nr;

		if (!cg_syscall_number(policy->arches[i], name, &nr))
			continue;
		here = answer_on(policy, policy->arches[i], nr);
		if (is_there && here.action != ret_answer->action) {
			here.differs = true;
			if (cg_action_is_permit(ret_answer->action))
				here.action = ret_answer->action;
		}
		here.is_conditional |= is_there && ret_answer->is_conditional;
		here.differs |= is_there && ret_answer->differs;
		*ret_answer = here;
		is_there = true;
	}
	return is_there;
}

/* A setting over as many lines as it needs: lists of several lines add up. */
struct setting {
	struct cg_text *text;
	const char *begin;
	size_t line; /* where the line began; SIZE_MAX: none yet */
};

static void add_word(struct setting *setting, const char *word)
{
	bool is_new = setting->line == SIZE_MAX || setting->text->length - setting->line + strlen(word) >= LINE_WIDTH;

	if (is_new && setting->line != SIZE_MAX)
		cg_text_add_char(setting->text, '\n');
	if (is_new) {
		setting->line = setting->text->length;
		cg_text_add(setting->text, setting->begin);
	} else {
		cg_text_add_char(setting->text, ' ');
	}
	cg_text_add(setting->text, word);
}

static struct setting begin_setting(struct cg_text *text, const char *begin)
{
	return (struct setting){ text, begin, SIZE_MAX };
}

static void end_setting(struct setting *setting)
{
	if (setting->line != SIZE_MAX)
		cg_text_add_char(setting->text, '\n');
}

static void write_allowed(const struct cg_policy *policy, struct cg_text *text)
{
	struct setting setting = begin_setting(text, "SystemCallFilter=");

	for (size_t i = 0; i < cg_n_syscalls; i++) {
		struct answer answer;

		if (find_answer(policy, cg_syscalls[i].name, &answer) && cg_action_is_permit(answer.action))
			add_word(&setting, cg_syscalls[i].name);
	}
	end_setting(&setting);
}

/* name:errno in a list of what is allowed: refused with that error. */
static void write_refused(const struct cg_policy *policy, struct cg_text *text)
{
	struct setting setting = begin_setting(text, "SystemCallFilter=");

	for (size_t i = 0; i < cg_n_syscalls; i++) {
		CG_CLEANUP(cg_text_done) struct cg_text word = { 0 };
		struct answer answer;
		uint32_t data;

		if (!find_answer(policy, cg_syscalls[i].name, &answer) || cg_action_is_permit(answer.action) ||
		    answer.action == policy->default_action)
			continue;
		data = answer.action & ~CG_ACTION_MASK;
		cg_text_addf(&word, "%s:", cg_syscalls[i].name);
		if ((answer.action & CG_ACTION_MASK) != (cg_action_errno(1) & CG_ACTION_MASK))
			cg_text_add(&word, "kill");
		else if (cg_errno_name(data))
			cg_text_add(&word, cg_errno_name(data));
		else
			cg_text_addf(&word, "%" PRIu32, data);
		text->has_failed |= word.has_failed;
		add_word(&setting, cg_text_get(&word));
	}
	end_setting(&setting);
}

/* What systemd would add by itself. */
static void write_taken_out(const struct cg_policy *policy, struct cg_text *text)
{
	struct setting setting = begin_setting(text, "SystemCallFilter=~");

	for (size_t i = 0; cg_systemd_default_set[i]; i++) {
		struct answer answer;

		if (find_answer(policy, cg_systemd_default_set[i], &answer) &&
		    answer.action == policy->default_action && !cg_action_is_permit(answer.action))
			add_word(&setting, cg_systemd_default_set[i]);
	}
	end_setting(&setting);
}

/* One value of argument 0, compared whole or in the bits that the kernel reads. */
static bool is_family(const struct cg_rule *rule)
{
	const struct cg_comparison *comparison = rule->comparisons;

	return rule->n_comparisons == 1 && comparison->arg == 0 &&
	       (comparison->op == CG_OP_EQ ||
		(comparison->op == CG_OP_MASKED_EQ && (uint32_t)comparison->mask == UINT32_MAX)) &&
	       cg_constant_name(rule->arch, "socket_domain", (uint32_t)comparison->value);
}

/* True when the rules of socket are a list of families: then they are written. */
static bool write_families(const struct cg_policy *policy, struct cg_text *text)
{
	struct setting setting = begin_setting(text, "RestrictAddressFamilies=");

	for (int pass = 0; pass < 2; pass++) {
		for (size_t i = 0; i < policy->rules.n_items; i++) {
			const struct cg_rule *rule = &policy->rules.items[i];
			const struct cg_syscall *call = cg_syscall_of_nr(rule->arch, rule->nr);

			if (!call || strcmp(call->name, "socket") != 0 || rule->arch != policy->arches[0])
				continue;
			if (pass == 0 && !is_family(rule))
				return false;
			if (pass == 1)
				add_word(&setting, cg_constant_name(rule->arch, "socket_domain",
								    (uint32_t)rule->comparisons->value));
		}
	}
	end_setting(&setting);
	return true;
}

static bool is_refused(const struct cg_policy *policy, const char *name)
{
	struct answer answer;

	return !find_answer(policy, name, &answer) || !cg_action_is_permit(answer.action);
}

/* systemd holds unshare and setns to the same list, so only where these are refused anyway. */
static bool write_namespaces(const struct cg_policy *policy, struct cg_text *text)
{
	uint32_t nr;

	if (!is_refused(policy, "unshare") || !is_refused(policy, "setns") ||
	    !cg_syscall_number(policy->arches[0], "clone", &nr))
		return false;
	for (size_t i = 0; i < policy->rules.n_items; i++) {
		const struct cg_rule *rule = &policy->rules.items[i];

		if (rule->arch == policy->arches[0] && rule->nr == nr &&
		    (rule->n_comparisons != 1 || rule->comparisons->op != CG_OP_MASKED_EQ ||
		     rule->comparisons->mask != NAMESPACE_FLAGS || rule->comparisons->value != 0))
			return false;
	}
	cg_text_add(text, "RestrictNamespaces=yes\n");
	return true;
}

/* By arguments in the policy: said by another setting, or open. */
static size_t write_conditional(const struct cg_policy *policy, struct cg_text *text)
{
	struct setting setting = begin_setting(text, "# open here, allowed by their arguments in the profile: ");
	CG_CLEANUP(cg_text_done) struct cg_text settings = { 0 };
	size_t n_opened = 0;

	for (size_t i = 0; i < cg_n_syscalls; i++) {
		const char *name = cg_syscalls[i].name;
		struct answer answer;

		if (!find_answer(policy, name, &answer) || !(answer.is_conditional || answer.differs) ||
		    !cg_action_is_permit(answer.action) ||
		    (strcmp(name, "socket") == 0 && write_families(policy, &settings)) ||
		    (strcmp(name, "clone") == 0 && write_namespaces(policy, &settings)))
			continue;
		add_word(&setting, name);
		n_opened++;
	}
	end_setting(&setting);
	cg_text_add(text, cg_text_get(&settings));
	text->has_failed |= settings.has_failed;
	return n_opened;
}

static void write_top(const struct cg_policy *policy, const struct cg_arch *native, struct cg_text *text)
{
	struct setting setting = begin_setting(text, "SystemCallArchitectures=");
	uint32_t error = policy->default_action & ~CG_ACTION_MASK;

	cg_text_add(text, "[Service]\n");
	for (size_t i = 0; i < policy->n_arches; i++)
		add_word(&setting, policy->arches[i] == native ? "native" : cg_systemd_arch_name(policy->arches[i]));
	end_setting(&setting);
	if (policy->default_action == CG_ACTION_KILL_PROCESS)
		cg_text_add(text, "SystemCallErrorNumber=kill\n");
	else if (cg_errno_name(error))
		cg_text_addf(text, "SystemCallErrorNumber=%s\n", cg_errno_name(error));
	else
		cg_text_addf(text, "SystemCallErrorNumber=%" PRIu32 "\n", error);
}

int cg_systemd_write(const struct cg_policy *policy, const struct cg_arch *native, struct cg_text *text,
		     size_t *ret_n_opened, struct cg_err *err)
{
	uint32_t kind = policy->default_action & CG_ACTION_MASK;
	size_t n_opened;

	if (policy->n_arches == 0 || (kind != (cg_action_errno(1) & CG_ACTION_MASK) && kind != CG_ACTION_KILL_PROCESS))
		return cg_err_set(err, -EINVAL, NULL,
				  "systemd's lists of what is allowed answer the rest with an error or by killing");
	write_top(policy, native, text);
	write_allowed(policy, text);
	write_refused(policy, text);
	write_taken_out(policy, text);
	n_opened = write_conditional(policy, text);
	if (text->has_failed)
		return cg_err_memory(err);
	*ret_n_opened = n_opened;
	return 0;
}
