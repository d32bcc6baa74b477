/*
 * Arguments: which values a profile may be held to, and in what form.
 *
 * Only arguments that select what the kernel does are held to the values seen (the table): a new socket family or a
 * new prctl option is as good as a new call, and whoever is content to refuse calls that were never seen is content to
 * refuse those. Left open on purpose: pointers, descriptors and sizes, which differ in every run; and numbers that a
 * harmless race or the amount of memory decides (futex operations, madvise advice, clock ids, lseek whence).
 *
 * --args strict goes on from there: every argument that abi/ knows as one of a set is held to its values, and every one
 * that is a set of flags to the bits that were ever set. It refuses what a longer recording would have shown.
 *
 * "Few and stable" means: at most CG_SAFE_VALUES_LIMIT values, and every run that made the call knows all its values.
 * A set that overflowed, or a run that tells no arguments (strace -c), leaves the call open.
 *
 * Form: one rule a value (rules of one call are alternatives), one comparison a rule, because engines read a repeated
 * argument index as "or". For an argument of which the kernel reads 4 bytes the comparison is
 * `(arg & 0xffffffff) == value` and not `arg == value`: the kernel ignores the high half, and the C ABI leaves it
 * undefined; a library that sign-extends its int (ioctl requests with bit 31 set) makes the same call with other high
 * bits. The masked form says exactly what the kernel reads; plain equality would refuse calls that were recorded.
 */
#include "learn/generalise.h"

#include "abi/constants.h"

#include <string.h>

const struct cg_selector cg_selectors[] = {
	{ "arch_prctl", "option", "ARCH_SET_FS", false, "each option changes another part of the thread's state" },
	{ "bpf", "cmd", "", false, "each command is a call of its own" },
	{ "fcntl", "cmd", "F_DUPFD F_GETFD F_SETFD F_GETFL F_SETFL F_DUPFD_CLOEXEC", false,
	  "commands reach from flags to leases and signals" },
	{ "fcntl64", "cmd", "F_DUPFD F_GETFD F_SETFD F_GETFL F_SETFL F_DUPFD_CLOEXEC", false,
	  "commands reach from flags to leases and signals" },
	{ "fsconfig", "cmd", "", false, "each command is a call of its own" },
	{ "io_uring_register", "opcode", "", false, "each operation is a call of its own" },
	{ "ioctl", "cmd", "TCGETS TIOCGWINSZ FIONREAD FIONBIO FIOCLEX FIONCLEX", false,
	  "each request is a door into some driver" },
	{ "keyctl", "option", "", false, "each operation is a call of its own" },
	{ "personality", "personality", "", false, "each value is another execution domain" },
	{ "prctl", "option", "PR_SET_NAME PR_GET_NAME", false, "each option changes another part of the process" },
	{ "ptrace", "request", "", false, "each request is a call of its own" },
	{ "seccomp", "op", "", false, "each operation is a call of its own" },
	{ "socket", "domain", "", false, "each family is a network protocol of its own" },
	{ "socketcall", "call", "", false, "each operation is a call of its own" },
	{ "socketpair", "domain", "", false, "each family is a network protocol of its own" },
	{ "unshare", "flags", "", true, "each flag opens another kind of namespace" },
};

const size_t cg_n_selectors = sizeof(cg_selectors) / sizeof(cg_selectors[0]);

const struct cg_selector *cg_selector_find(const char *call)
{
	for (size_t i = 0; i < cg_n_selectors; i++)
		if (strcmp(cg_selectors[i].call, call) == 0)
			return &cg_selectors[i];
	return NULL;
}

/* INT is here for arguments whose constants abi/ does not list; the table says that they select something. */
static bool may_be_constrained(const struct cg_arg_info *info)
{
	return info->kind == CG_ARG_ENUM || info->kind == CG_ARG_FLAGS || info->kind == CG_ARG_INT;
}

int cg_argument_find(const struct cg_arch *arch, const char *call, const char *argument)
{
	uint32_t nr;

	if (!cg_syscall_number(arch, call, &nr))
		return -1;
	for (unsigned int i = 0; i < 6; i++) {
		const struct cg_arg_info *info = cg_syscall_arg(arch, nr, i);

		if (info && info->name && strcmp(info->name, argument) == 0)
			return may_be_constrained(info) ? (int)i : -1;
	}
	return -1;
}

int cg_argument_place(const struct cg_sketch *sketch, const char *call, const char *argument)
{
	int place = -1;
	uint32_t nr;

	for (size_t i = 0; i < sketch->n_arches; i++) {
		int here = cg_argument_find(sketch->arches[i], call, argument);

		if (!cg_syscall_number(sketch->arches[i], call, &nr))
			continue;
		if (here < 0 || (place >= 0 && place != here))
			return -1;
		place = here;
	}
	return place;
}

/* How many of the register's bits the kernel reads: the widest over the sketch's arches. */
static uint64_t read_mask(const struct cg_sketch *sketch, const char *call, unsigned int arg)
{
	unsigned int width = 4;

	for (size_t i = 0; i < sketch->n_arches; i++) {
		const struct cg_arg_info *info = NULL;
		uint32_t nr;

		if (cg_syscall_number(sketch->arches[i], call, &nr))
			info = cg_syscall_arg(sketch->arches[i], nr, arg);
		if (info && info->width > width)
			width = info->width;
	}
	return width > 4 ? UINT64_MAX : UINT32_MAX;
}

/* A rule in the making: the comparisons that all alternatives share stand behind the one that tells them apart. */
struct alternative {
	struct cg_sketch *sketch;
	struct cg_sketch_call *call;
	struct cg_comparison comparisons[6];
	unsigned int n_shared;
	uint64_t mask; /* what the kernel reads of the argument that tells them apart */
	unsigned int arg;
};

static int add_value(struct alternative *rule, uint64_t value)
{
	struct cg_comparison comparison = {
		.arg = rule->arg, .op = CG_OP_EQ, .value = value & rule->mask, .mask = UINT64_MAX
	};

	if (rule->mask != UINT64_MAX) {
		comparison.op = CG_OP_MASKED_EQ;
		comparison.mask = rule->mask;
	}
	rule->comparisons[rule->n_shared] = comparison;
	return cg_sketch_add_condition(rule->sketch, rule->call, rule->comparisons, rule->n_shared + 1);
}

/* The same constant can have another number on another arch; all of them are added, as the names are shared too. */
static int add_constant(struct alternative *rule, const char *name)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < rule->sketch->n_arches; i++) {
		uint64_t value;

		if (cg_constant_find(rule->sketch->arches[i], name, &value))
			r = add_value(rule, value);
	}
	return r;
}

static int add_companions(struct alternative *rule, const char *names)
{
	char name[64];
	int r = 0;

	while (r == 0 && *names) {
		size_t length = strcspn(names, " ");

		if (length < sizeof(name)) {
			memcpy(name, names, length);
			name[length] = '\0';
			r = add_constant(rule, name);
		}
		names += length + strspn(names + length, " ");
	}
	return r;
}

/* Bits that were never set must stay unset. Only the low word: no flag of any call lies above it. */
static struct cg_comparison unset_bits(const struct cg_seen_argument *argument)
{
	struct cg_comparison comparison = { .arg = argument->arg, .op = CG_OP_MASKED_EQ };
	uint32_t bits = 0;

	for (size_t i = 0; i < argument->values.n_values; i++)
		bits |= (uint32_t)argument->values.values[i];
	comparison.mask = (uint32_t)~bits;
	return comparison;
}

bool cg_generalise_accepts(const struct cg_seen_argument *argument)
{
	if (argument->values.has_overflow || argument->values.n_values == 0)
		return false;
	return argument->is_mask || argument->values.n_values <= CG_SAFE_VALUES_LIMIT;
}

int cg_generalise(struct cg_sketch *sketch, struct cg_sketch_call *call, const struct cg_seen_argument *values,
		  const struct cg_seen_argument *masks, size_t n_masks)
{
	struct alternative rule = { .sketch = sketch, .call = call };
	int r = 0;

	for (size_t i = 0; i < n_masks && rule.n_shared < 5; i++)
		rule.comparisons[rule.n_shared++] = unset_bits(&masks[i]);
	if (!values)
		return cg_sketch_add_condition(sketch, call, rule.comparisons, rule.n_shared);
	rule.arg = values->arg;
	rule.mask = read_mask(sketch, call->call->name, values->arg);
	for (size_t i = 0; r == 0 && i < values->values.n_values; i++)
		r = add_value(&rule, values->values.values[i]);
	return r < 0 ? r : add_companions(&rule, values->companions);
}

int cg_generalise_clone(struct cg_sketch *sketch, struct cg_sketch_call *call, uint32_t closed)
{
	struct cg_comparison comparison = { .op = CG_OP_MASKED_EQ, .mask = closed };
	int place = cg_argument_place(sketch, "clone", "flags");

	/* s390 has the flags second (clone(2)). */
	comparison.arg = place < 0 ? 0 : (unsigned int)place;
	return cg_sketch_add_condition(sketch, call, &comparison, 1);
}
