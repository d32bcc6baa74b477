/*
 * Lint: ways around a rule: another call that does the same, or one that does many things behind one number.
 *
 * A way around is told where the call that it replaces is restricted and the way itself is open. "Restricted" is a
 * word that somebody wrote: conditions on arguments, or a refusal by name; for calls that make others (a multiplexer, a
 * ring) what the default refuses counts too, because allowing the one then allows the other.
 */
#include "lint/rules.h"

#include "abi/multiplex.h"
#include "base/cleanup.h"
#include "policy/eval.h"

#include <string.h>

static bool is_restricted_anywhere(const struct cg_lint *lint, const char *name)
{
	struct cg_lint_place at;

	for (size_t i = 0; i < lint->policy->n_arches; i++)
		if (cg_lint_restriction(lint, lint->policy->arches[i], name, &at) != CG_LINT_UNRESTRICTED)
			return true;
	return false;
}

static bool permits_operation(const struct cg_lint *lint, const struct cg_arch *arch, const char *multiplexer,
			      unsigned int operation)
{
	struct cg_call call = { .arch = arch->token, .args = { operation } };

	return cg_syscall_number(arch, multiplexer, &call.nr) &&
	       cg_action_is_permit(cg_policy_eval(lint->policy, &call));
}

static int say_multiplexer(struct cg_lint *lint, const char *multiplexer)
{
	for (size_t a = 0; a < lint->policy->n_arches; a++) {
		CG_CLEANUP(cg_lint_names_done) struct cg_lint_names names = { 0 };
		const struct cg_arch *arch = lint->policy->arches[a];

		for (unsigned int operation = 0; operation < CG_MULTIPLEX_OPERATIONS; operation++) {
			const char *name = cg_multiplex_name(multiplexer, operation);

			if (name && permits_operation(lint, arch, multiplexer, operation) &&
			    is_restricted_anywhere(lint, name))
				cg_lint_names_add(&names, name);
		}
		if (names.n_names == 0)
			continue;
		if (!cg_lint_names_get(&names))
			return -ENOMEM;
		return cg_lint_say(lint, cg_lint_place_of(lint, multiplexer),
				   "%s (%s) does what is restricted elsewhere: %s; its arguments lie in memory",
				   multiplexer, arch->name, cg_lint_names_get(&names));
	}
	return 0;
}

int cg_lint_multiplexer(struct cg_lint *lint)
{
	int r = say_multiplexer(lint, "socketcall");

	return r < 0 ? r : say_multiplexer(lint, "ipc");
}

/* What operations of io_uring do (linux/io_uring.h, enum io_uring_op): of files and networks, the weightiest first. */
static const char *const ring_calls[] = {
	"socket",   "connect",	"bind",	  "listen",	"accept4",  "sendmsg",	"recvmsg", "sendto",
	"recvfrom", "openat",	"openat2",   "renameat2", "unlinkat",	"mkdirat",  "symlinkat", "linkat",
	"setxattr", "getxattr", "statx",	  "ftruncate", "fallocate", "read",	"write",
};

/* What a ring does here that is restricted, on the first arch that has such calls. */
static void collect_ring_calls(const struct cg_lint *lint, struct cg_lint_names *names)
{
	struct cg_lint_place at;

	for (size_t a = 0; names->n_names == 0 && a < lint->policy->n_arches; a++) {
		const struct cg_arch *arch = lint->policy->arches[a];

		if (!cg_lint_is_possible(lint, arch, "io_uring_setup"))
			continue;
		for (size_t i = 0; i < CG_N_ITEMS(ring_calls); i++)
			if (cg_lint_restriction(lint, arch, ring_calls[i], &at) != CG_LINT_UNRESTRICTED)
				cg_lint_names_add(names, ring_calls[i]);
	}
}

bool cg_lint_tells_ring(const struct cg_lint *lint)
{
	CG_CLEANUP(cg_lint_names_done) struct cg_lint_names names = { 0 };

	collect_ring_calls(lint, &names);
	return names.n_names > 0;
}

int cg_lint_io_uring(struct cg_lint *lint)
{
	CG_CLEANUP(cg_lint_names_done) struct cg_lint_names names = { 0 };

	collect_ring_calls(lint, &names);
	if (names.n_names == 0)
		return 0;
	if (!cg_lint_names_get(&names))
		return -ENOMEM;
	return cg_lint_say(lint, cg_lint_place_of(lint, "io_uring_setup"),
			   "io_uring does without the filter what is restricted here: %s", cg_lint_names_get(&names));
}

/* A call, and those that do the same for whoever finds it closed. */
static const struct {
	const char *name, *twins;
} twins[] = {
	{ "execve", "execveat" },
	{ "open", "openat openat2" },
	{ "openat", "open openat2" },
	{ "creat", "open openat openat2" },
	{ "read", "readv pread64 preadv preadv2" },
	{ "write", "writev pwrite64 pwritev pwritev2" },
	{ "rename", "renameat renameat2" },
	{ "renameat", "rename renameat2" },
	{ "unlink", "unlinkat" },
	{ "unlinkat", "unlink" },
	{ "rmdir", "unlinkat" },
	{ "mkdir", "mkdirat" },
	{ "mkdirat", "mkdir" },
	{ "mknod", "mknodat" },
	{ "mknodat", "mknod" },
	{ "link", "linkat" },
	{ "symlink", "symlinkat" },
	{ "chmod", "fchmodat fchmodat2" },
	{ "fchmodat", "chmod fchmodat2" },
	{ "chown", "fchownat chown32" },
	{ "fchownat", "chown" },
	{ "setxattr", "lsetxattr setxattrat" },
	{ "removexattr", "lremovexattr removexattrat" },
	{ "sendto", "sendmsg sendmmsg send" },
	{ "sendmsg", "sendmmsg" },
	{ "recvfrom", "recvmsg recvmmsg recv" },
	{ "recvmsg", "recvmmsg" },
	{ "accept", "accept4" },
	{ "accept4", "accept" },
	{ "mmap", "mmap2" },
	{ "mmap2", "mmap" },
	{ "mprotect", "pkey_mprotect" },
	{ "mount", "move_mount" },
	{ "umount", "umount2" },
	{ "umount2", "umount" },
	{ "init_module", "finit_module" },
	{ "finit_module", "init_module" },
	{ "kexec_load", "kexec_file_load" },
	{ "settimeofday", "clock_settime clock_settime64" },
	{ "clock_settime", "settimeofday clock_settime64" },
	{ "adjtimex", "clock_adjtime clock_adjtime64" },
	{ "ptrace", "process_vm_writev" },
	{ "process_vm_readv", "ptrace" },
	{ "process_vm_writev", "ptrace" },
	{ "kill", "tkill tgkill rt_sigqueueinfo pidfd_send_signal" },
	{ "fork", "vfork clone clone3" },
	{ "vfork", "fork clone clone3" },
	{ "fcntl", "fcntl64" },
	{ "fcntl64", "fcntl" },
	{ "setrlimit", "prlimit64" },
	{ "sched_setscheduler", "sched_setattr" },
	{ "setuid", "setreuid setresuid setuid32" },
	{ "setgid", "setregid setresgid setgid32" },
	{ "setfsuid", "setfsuid32" },
	{ "setgroups", "setgroups32" },
	{ "quotactl", "quotactl_fd" },
};

/* Twins of a row that are open on this arch. */
static void add_open_twins(const struct cg_lint *lint, const struct cg_arch *arch, const char *words,
			   struct cg_lint_names *names)
{
	char name[32];

	while (*words) {
		size_t length = strcspn(words, " ");

		if (length < sizeof(name)) {
			memcpy(name, words, length);
			name[length] = '\0';
			if (cg_lint_is_open(lint, arch, name))
				cg_lint_names_add(names, name);
		}
		words += length + strspn(words + length, " ");
	}
}

/* execve has one twin, that programs without a reason do not use: there the default's word is enough. */
static bool counts(const char *name, enum cg_lint_restriction restriction)
{
	return restriction >= CG_LINT_BY_ARGUMENTS ||
	       (restriction == CG_LINT_BY_DEFAULT && strcmp(name, "execve") == 0);
}

static int say_twins(struct cg_lint *lint, const struct cg_arch *arch, const char *name, const char *words,
		     bool *ret_said)
{
	CG_CLEANUP(cg_lint_names_done) struct cg_lint_names names = { 0 };
	struct cg_lint_place at;
	enum cg_lint_restriction restriction = cg_lint_restriction(lint, arch, name, &at);

	if (!counts(name, restriction))
		return 0;
	add_open_twins(lint, arch, words, &names);
	if (names.n_names == 0)
		return 0;
	if (!cg_lint_names_get(&names))
		return -ENOMEM;
	*ret_said = true;
	return cg_lint_say(lint, at, "%s is %s, but open on %s, and as good: %s", name,
			   restriction == CG_LINT_BY_ARGUMENTS ? "held to some arguments" : "refused", arch->name,
			   cg_lint_names_get(&names));
}

int cg_lint_twins(struct cg_lint *lint)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < CG_N_ITEMS(twins); i++) {
		bool is_said = false;

		for (size_t a = 0; r == 0 && !is_said && a < lint->policy->n_arches; a++)
			r = say_twins(lint, lint->policy->arches[a], twins[i].name, twins[i].twins, &is_said);
	}
	return r;
}

/* Linux 4.8 moved seccomp behind ptrace (kernel/entry, "seccomp: recheck the syscall after RET_TRACE"). */
int cg_lint_ptrace_change(struct cg_lint *lint)
{
	const unsigned int *kernel = lint->target->kernel;

	if (kernel[0] == 0 || kernel[0] > 4 || (kernel[0] == 4 && kernel[1] >= 8) ||
	    !cg_lint_is_possible_anywhere(lint, "ptrace"))
		return 0;
	return cg_lint_say(lint, cg_lint_place_of(lint, "ptrace"),
			   "ptrace is allowed, and Linux %u.%u asks the filter before the tracer: a tracer can put "
			   "any call in the place of an allowed one",
			   kernel[0], kernel[1]);
}

/* kernel/seccomp.c, __secure_computing(): x86_64's 335 and 336 are let through, so that probes work in any sandbox. */
int cg_lint_uprobe(struct cg_lint *lint)
{
	static const char *const names[] = { "uretprobe", "uprobe" };
	int r = 0;

	for (size_t i = 0; r == 0 && i < CG_N_ITEMS(names); i++)
		for (size_t a = 0; r == 0 && a < lint->policy->n_arches; a++) {
			struct cg_lint_place at;

			if (cg_lint_restriction(lint, lint->policy->arches[a], names[i], &at) < CG_LINT_BY_ARGUMENTS)
				continue;
			r = cg_lint_say(lint, at,
					"%s is refused here, but kernels that have it let it through whatever a "
					"filter says",
					names[i]);
			break;
		}
	return r;
}
