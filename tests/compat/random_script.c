/*
 * See random_script.h. At most one != condition on each argument of a call, no priorities, no architecture removed that
 * has rules, no numbers without a name: what is left out here is asked of ours alone, in wild scripts.
 */
#include "random_script.h"

#include "base/cleanup.h"

#include <stdio.h>
#include <string.h>

static const char *const calls[] = {
	"read",       "write",  "openat",  "ioctl",   "fcntl",     "mmap",      "clone",  "prctl",    "kill",
	"getpid",     "execve", "socket",  "connect", "accept4",   "shmat",     "semop",  "msgget",   "personality",
	"sendto",     "open",   "fork",    "lseek",   "mprotect",  "futex",     "prlimit64", "recvmmsg", "statx",
	"set_thread_area", "arm_fadvise64_64", "socketcall", "ipc", "s390_runtime_instr",
};

static const char *const little_endian[] = { "x86", "x86_64", "x32", "arm", "aarch64", "mipsel", "mipsel64",
					     "mipsel64n32", "ppc64le", "riscv64" };
static const char *const big_endian[] = { "mips", "mips64", "mips64n32", "ppc", "ppc64", "s390", "s390x", "parisc" };

static const char *const actions[] = { "ALLOW", "ERRNO(EPERM)", "ERRNO(38)", "KILL_PROCESS", "KILL_THREAD",
				       "TRAP",  "LOG",          "TRACE(7)",  "NOTIFY" };

static unsigned int below(struct random_script *script, unsigned int n)
{
	return test_random_below(&script->random, n);
}

static const char *any_action(struct random_script *script)
{
	if (script->is_simple)
		return "ALLOW";
	if (below(script, 60) == 0)
		return below(script, 2) ? "0x12340000" : "ERRNO(4095)";
	return actions[below(script, CG_N_ITEMS(actions))];
}

static const char *any_arch(struct random_script *script)
{
	if (below(script, 40) == 0)
		return "0x12345678";
	if (script->is_big_endian)
		return big_endian[below(script, CG_N_ITEMS(big_endian))];
	return little_endian[below(script, CG_N_ITEMS(little_endian))];
}

/* Few values, so that conditions of several rules meet; high words now and then. */
static uint64_t any_value(struct random_script *script)
{
	uint64_t value = below(script, 3) ? below(script, 5) : test_random_edge(&script->random);

	return below(script, 4) ? value : value | (uint64_t)test_random_edge(&script->random) << 32;
}

static void add_condition(struct random_script *script, unsigned int call, unsigned int arg)
{
	static const char *const operators[] = { "!=", "<", "<=", "==", ">=", ">", "&" };
	unsigned int operator = below(script, CG_N_ITEMS(operators));
	size_t length = strlen(script->line), room = sizeof(script->line) - length;

	if (operator == 0 && !script->is_wild && script->unequal[call] & 1U << arg)
		operator = 3;
	if (operator == 0)
		script->unequal[call] |= 1U << arg;
	if (operator == 6)
		snprintf(script->line + length, room, " a%u & 0x%llx == 0x%llx", arg,
			 (unsigned long long)any_value(script), (unsigned long long)any_value(script));
	else
		snprintf(script->line + length, room, " a%u %s 0x%llx", arg, operators[operator],
			 (unsigned long long)any_value(script));
}

static void add_rule(struct random_script *script)
{
	unsigned int call = below(script, script->is_simple ? 3 : RANDOM_N_CALLS), used = 0;
	unsigned int n_conditions = below(script, 3) ? below(script, 3) : below(script, 7);

	snprintf(script->line, sizeof(script->line), "%s A %s %s", below(script, 12) ? "rule" : "rule_exact",
		 any_action(script), calls[script->calls[call]]);
	for (unsigned int i = 0; i < n_conditions; i++) {
		unsigned int arg = below(script, 6);

		if (used & 1U << arg && below(script, 20))
			continue;
		used |= 1U << arg;
		add_condition(script, call, arg);
	}
	if (below(script, 100) == 0)
		strncat(script->line, " a6 == 1", sizeof(script->line) - strlen(script->line) - 1);
}

static void add_attribute(struct random_script *script)
{
	static const char *const names[] = { "CTL_NNP",      "CTL_TSYNC", "API_TSKIP", "CTL_LOG", "CTL_SSB",
					     "CTL_OPTIMIZE", "99" };

	if (below(script, 3) == 0)
		snprintf(script->line, sizeof(script->line), "attr_set A ACT_BADARCH %s", any_action(script));
	else
		snprintf(script->line, sizeof(script->line), "attr_set A %s %u", names[below(script, CG_N_ITEMS(names))],
			 below(script, 4));
}

/* What the other library is not asked. */
static void wild_step(struct random_script *script, unsigned int chance)
{
	static const char *const removed[] = { "x86", "x86_64", "x32", "arm", "mips", "s390x" };
	const char *call = calls[script->calls[below(script, RANDOM_N_CALLS)]];
	size_t size = sizeof(script->line);

	if (chance < 25)
		snprintf(script->line, size, "arch_remove A %s", removed[below(script, CG_N_ITEMS(removed))]);
	else if (chance < 45)
		snprintf(script->line, size, "priority A %s %u", call, below(script, 256));
	else if (chance < 60)
		snprintf(script->line, size, "rule A %s %u a%u < %u", any_action(script), 1000 + below(script, 9),
			 below(script, 6), below(script, 9));
	else if (chance < 75)
		snprintf(script->line, size, "precompute A");
	else if (chance < 85 && script->n_transactions < 4 && ++script->n_transactions)
		snprintf(script->line, size, "transaction_start A");
	else if (script->n_transactions && script->n_transactions--)
		snprintf(script->line, size, "transaction_%s A", below(script, 2) ? "commit" : "reject");
	else
		snprintf(script->line, size, "attr_get A CTL_NNP");
}

void random_script_begin(struct random_script *script, unsigned long seed, bool is_wild)
{
	*script = (struct random_script){ .random = { seed }, .is_wild = is_wild };
	script->n_steps = 4 + below(script, 24);
	script->is_big_endian = below(script, 5) == 0;
	script->is_simple = below(script, 2);
	for (size_t i = 0; i < RANDOM_N_CALLS; i++)
		script->calls[i] = below(script, CG_N_ITEMS(calls));
}

/* Big-endian filters have to lose the native architecture first. */
static bool begin(struct random_script *script)
{
	size_t size = sizeof(script->line);

	if (script->step == 0)
		snprintf(script->line, size, "init A %s",
			 script->is_simple ? "ERRNO(EPERM)" : actions[below(script, CG_N_ITEMS(actions))]);
	else if (script->is_big_endian && script->step == 1)
		snprintf(script->line, size, "arch_remove A native");
	else if (script->is_big_endian && script->step == 2)
		snprintf(script->line, size, "arch_add A %s", big_endian[0]);
	else
		return false;
	return true;
}

const char *random_script_next(struct random_script *script)
{
	unsigned int chance = below(script, 100);

	if (!begin(script)) {
		if (script->step >= script->n_steps)
			snprintf(script->line, sizeof(script->line), "judge A");
		else if (script->is_wild && chance >= 80)
			wild_step(script, below(script, 100));
		else if (chance < 10)
			snprintf(script->line, sizeof(script->line), "arch_add A %s", any_arch(script));
		else if (chance < 18)
			add_attribute(script);
		else
			add_rule(script);
	}
	return script->step++ > script->n_steps ? NULL : script->line;
}
