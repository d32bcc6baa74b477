/*
 * Arguments: which values a profile may be held to, and in what form.
 *
 * Only arguments that select what the kernel does are held to the values seen (the table): a new socket family or a
 * new prctl option is as good as a new call, and whoever is content to refuse calls that were never seen is content to
 * refuse those. Left open on purpose: pointers, descriptors and sizes, which differ in every run; and numbers that a
 * harmless race or the amount of memory decides (futex operations, madvise advice, clock ids, lseek whence).
 *
 * --args strict goes on from there. Sets of flags and file modes are held to the bits that were ever set; of arguments
 * that are one of a set (constants, signals, options) one is held to its values, which tells the rules apart, and the
 * others to a range, as rules for every pair of values would allow pairs that nobody made all the same. It refuses what
 * a longer recording would have shown; only for flags that open nothing (companions.c) a second run is not refused.
 * Plain numbers (timeouts, counts, priorities) are data and stay open.
 *
 * "Few and stable" means: at most CG_SAFE_VALUES_LIMIT values, and every run that made the call knows all its values.
 * A set that overflowed, or a run that tells no arguments (strace -c), leaves the call open.
 *
 * Form: one rule a value (rules of one call are alternatives), one comparison a rule, because engines read a repeated
 * argument index as "or". For an argument of which the kernel reads 4 bytes the comparison is
 * `(arg & 0xffffffff) == value` and not `arg == value`: the kernel ignores the high half, and the C ABI leaves it
 * undefined; a library that sign-extends its int (ioctl requests with bit 31 set) makes the same call with other high
 * bits. The masked form says exactly what the kernel reads; plain equality would refuse calls that were recorded. For
 * the same reason a range is 0 … 2^k - 1 and not "<= most": as no bit above the k lowest it is one masked comparison,
 * where two comparisons on one argument would be read as "or", and "<=" would look at the high half.
 *
 * The mode of open(2) is read where a file is made, and elsewhere libraries leave in its register what was there: calls
 * without O_CREAT and O_TMPFILE are a rule of their own, which says nothing of it.
 */
#include "learn/generalise.h"

#include "abi/constants.h"
#include "base/cleanup.h"
#include "learn/needs.h"

#include <inttypes.h>
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
	return info->kind == CG_ARG_ENUM || info->kind == CG_ARG_FLAGS || info->kind == CG_ARG_INT ||
	       info->kind == CG_ARG_SIGNAL || info->kind == CG_ARG_MODE;
}

/* Arguments of kind INT, as abi/ has no constants for them, that by their name choose all the same. */
static enum cg_hold hold_of_number(const struct cg_arg_info *info)
{
	static const char *const choices[] = { "cmd",	 "command",  "func",  "level", "op",
					       "option", "optname", "protocol", "which" };

	if (info->width > 4)
		return CG_HOLD_OPEN;
	if (strcmp(info->name, "flags") == 0)
		return CG_HOLD_BITS;
	for (size_t i = 0; i < CG_N_ITEMS(choices); i++)
		if (strcmp(info->name, choices[i]) == 0)
			return CG_HOLD_VALUES;
	return CG_HOLD_OPEN;
}

enum cg_hold cg_generalise_hold(const struct cg_arg_info *info)
{
	switch (info->kind) {
	case CG_ARG_FLAGS:
		return CG_HOLD_BITS;
	case CG_ARG_MODE:
		/* umask's bits take permissions away: more of them are no danger. */
		return strcmp(info->name, "mask") == 0 ? CG_HOLD_OPEN : CG_HOLD_BITS;
	case CG_ARG_ENUM:
	case CG_ARG_SIGNAL:
		return CG_HOLD_VALUES;
	case CG_ARG_INT:
		return hold_of_number(info);
	case CG_ARG_SIZE:
	case CG_ARG_POINTER:
	case CG_ARG_PATH:
	case CG_ARG_FD:
	case CG_ARG_DIRFD:
	case CG_ARG_PID:
	case CG_ARG_UID:
	case CG_ARG_OFFSET:
	case CG_ARG_ADDRESS:
		break;
	}
	return CG_HOLD_OPEN;
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
	const char *origin;
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
	return cg_sketch_add_condition(rule->sketch, rule->call, rule->comparisons, rule->n_shared + 1, rule->origin);
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

/* All bits that were set in any value. */
static uint32_t bits_of(const struct cg_value_set *values)
{
	uint32_t bits = 0;

	for (size_t i = 0; i < values->n_values; i++)
		bits |= (uint32_t)values->values[i];
	return bits;
}

/* The bits that may be set. A range is what lies below the lowest power of two above all values. */
static uint32_t open_bits(const struct cg_seen_argument *argument)
{
	uint32_t bits = bits_of(&argument->values) | argument->companion_bits;

	for (unsigned int i = 1; argument->hold == CG_HOLD_RANGE && i < 32; i *= 2)
		bits |= bits >> i;
	return bits;
}

/* Only the low word: no flag of any call, and no argument that is held to a range, has more. */
static struct cg_comparison unset_bits(const struct cg_seen_argument *argument)
{
	return (struct cg_comparison){ .arg = argument->arg,
				       .op = CG_OP_MASKED_EQ,
				       .mask = (uint32_t)~open_bits(argument) };
}

bool cg_generalise_accepts(const struct cg_seen_argument *argument)
{
	if (argument->values.has_overflow || argument->values.n_values == 0 || argument->hold == CG_HOLD_OPEN)
		return false;
	if (argument->hold == CG_HOLD_VALUES)
		return argument->values.n_values <= CG_SAFE_VALUES_LIMIT;
	return open_bits(argument) != UINT32_MAX;
}

/* Calls that read their mode only of a file that they make: the argument whose flags say so. */
static const char *find_creating_flags(const char *call)
{
	if (strcmp(call, "mq_open") == 0)
		return "oflag";
	return strcmp(call, "open") == 0 || strcmp(call, "openat") == 0 ? "flags" : NULL;
}

/* O_CREAT and what O_TMPFILE has beside O_DIRECTORY. */
static uint32_t creating_bits(const struct cg_sketch *sketch)
{
	uint32_t bits = 0;

	for (size_t i = 0; i < sketch->n_arches; i++) {
		uint64_t creat = 0, tmpfile = 0, directory = 0;

		cg_constant_find(sketch->arches[i], "O_CREAT", &creat);
		cg_constant_find(sketch->arches[i], "O_TMPFILE", &tmpfile);
		cg_constant_find(sketch->arches[i], "O_DIRECTORY", &directory);
		bits |= (uint32_t)(creat | (tmpfile & ~directory));
	}
	return bits;
}

/*
 * Where `shared` holds the mode of such a call: the rule for calls that make no file. *ret_is_all is true where these
 * are all that the flags leave.
 */
static int add_without_mode(struct alternative *rule, const struct cg_seen_argument *shared, size_t n_shared,
			    bool *ret_is_all)
{
	const char *flags = find_creating_flags(rule->call->call->name);
	struct cg_comparison comparisons[6] = { { .op = CG_OP_MASKED_EQ, .mask = creating_bits(rule->sketch) } };
	int place = flags ? cg_argument_place(rule->sketch, rule->call->call->name, flags) : -1;
	unsigned int n = 1;
	bool has_mode = false, is_all = false;

	if (place < 0)
		return 0;
	comparisons[0].arg = (unsigned int)place;
	for (size_t i = 0; i < n_shared && n < 6; i++) {
		if (strcmp(shared[i].name, "mode") == 0) {
			has_mode = true;
		} else if (shared[i].arg == comparisons[0].arg) {
			is_all = (open_bits(&shared[i]) & comparisons[0].mask) == 0;
			comparisons[0].mask |= unset_bits(&shared[i]).mask;
		} else {
			comparisons[n++] = unset_bits(&shared[i]);
		}
	}
	if (!has_mode)
		return 0;
	*ret_is_all = is_all;
	return cg_sketch_add_condition(rule->sketch, rule->call, comparisons, n, "");
}

int cg_generalise(struct cg_sketch *sketch, struct cg_sketch_call *call, const struct cg_seen_argument *values,
		  const struct cg_seen_argument *shared, size_t n_shared)
{
	struct alternative rule = { .sketch = sketch, .call = call, .origin = "" };
	bool is_all = false;
	int r = 0;

	for (size_t i = 0; i < n_shared && rule.n_shared < 5; i++)
		rule.comparisons[rule.n_shared++] = unset_bits(&shared[i]);
	if (!values) {
		r = add_without_mode(&rule, shared, n_shared, &is_all);
		return r < 0 || is_all ? r : cg_sketch_add_condition(sketch, call, rule.comparisons, rule.n_shared, "");
	}
	rule.arg = values->arg;
	rule.mask = read_mask(sketch, call->call->name, values->arg);
	for (size_t i = 0; r == 0 && i < values->values.n_values; i++)
		r = add_value(&rule, values->values.values[i]);
	rule.origin = "not seen, goes along with what was: --without " CG_SET_COMPANIONS;
	return r < 0 ? r : add_companions(&rule, values->companions);
}

static void add_values(struct cg_text *text, const struct cg_arch *arch, const struct cg_seen_argument *argument)
{
	for (size_t i = 0; i < argument->values.n_values; i++) {
		uint64_t value = argument->values.values[i];
		const char *name = argument->set ? cg_constant_name(arch, argument->set, value) : NULL;

		cg_text_add(text, i ? ", " : "");
		if (name)
			cg_text_add(text, name);
		else
			cg_text_addf(text, value < 1024 ? "%" PRIu64 : "0x%" PRIx64, value);
	}
}

void cg_generalise_explain(struct cg_text *text, const struct cg_sketch *sketch,
			   const struct cg_seen_argument *argument)
{
	const struct cg_arch *arch = sketch->arches[0];

	cg_text_addf(text, "%s held to ", argument->name);
	if (argument->hold == CG_HOLD_BITS) {
		cg_text_add(text, "the bits seen: ");
		if (argument->set)
			cg_constant_format_mask(text, arch, argument->set, bits_of(&argument->values));
		else
			cg_text_addf(text, "0x%" PRIx32, bits_of(&argument->values));
		if (argument->set && argument->companion_bits & ~bits_of(&argument->values)) {
			cg_text_add(text, ", and the harmless ");
			cg_constant_format_mask(text, arch, argument->set,
						 argument->companion_bits & ~bits_of(&argument->values));
		}
		return;
	}
	if (argument->hold == CG_HOLD_RANGE)
		cg_text_addf(text, "0-%" PRIu32 ", seen: ", open_bits(argument));
	else
		cg_text_add(text, "the values seen: ");
	add_values(text, arch, argument);
}

int cg_generalise_clone(struct cg_sketch *sketch, struct cg_sketch_call *call, uint32_t closed)
{
	struct cg_comparison comparison = { .op = CG_OP_MASKED_EQ, .mask = closed };
	int place = cg_argument_place(sketch, "clone", "flags");

	/* s390 has the flags second (clone(2)). */
	comparison.arg = place < 0 ? 0 : (unsigned int)place;
	return cg_sketch_add_condition(sketch, call, &comparison, 1, "");
}
