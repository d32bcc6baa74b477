/*
 * See include/callgate/trap.h.
 *
 * In: a trapped call, in a signal handler. Out: one line about it. Nothing here may allocate, lock or call the kernel,
 * which rules out printf(3) and all that is made of it; abi/'s tables are constants, and looking into them is safe.
 */
#include "callgate/trap.h"

#include "abi/constants.h"
#include "abi/syscalls.h"
#include "os/trap.h"

#include <errno.h>
#include <string.h>

#define PLAIN_MOST 4096 /* numbers below are decimal, others hexadecimal */

struct line {
	char *bytes;
	size_t length;
	size_t size; /* one byte more is kept for the newline */
};

static void add(struct line *line, const char *text)
{
	while (*text && line->length < line->size)
		line->bytes[line->length++] = *text++;
}

static void add_number(struct line *line, uint64_t value, unsigned int base)
{
	char digits[24];
	size_t at = sizeof(digits) - 1;

	digits[at] = '\0';
	do {
		digits[--at] = "0123456789abcdef"[value % base];
		value /= base;
	} while (value);
	if (base == 16)
		add(line, "0x");
	add(line, digits + at);
}

static void add_plain(struct line *line, uint64_t value)
{
	add_number(line, value, value < PLAIN_MOST ? 10 : 16);
}

static void add_argument(struct line *line, const struct cg_arch *arch, uint32_t nr, unsigned int arg, uint64_t value)
{
	const struct cg_arg_info *info = cg_syscall_arg(arch, nr, arg);
	bool is_dirfd = info && info->kind == CG_ARG_DIRFD;
	const char *name = NULL;

	/* Flags only where one name is all of them: a list of them takes more than tables. */
	if (info && (info->kind == CG_ARG_ENUM || (info->kind == CG_ARG_FLAGS && value)))
		name = cg_constant_name(arch, info->set, value);
	if (is_dirfd && (int32_t)value == -100) /* linux/fcntl.h */
		name = "AT_FDCWD";
	if (name) {
		add(line, name);
	} else if (is_dirfd || (info && (info->kind == CG_ARG_FD || info->kind == CG_ARG_PID))) {
		/* Their -1 says something; the upper half of the register nothing. */
		if ((int32_t)value < 0)
			add(line, "-");
		add_number(line, (int32_t)value < 0 ? -(uint64_t)(int32_t)value : (uint32_t)value, 10);
	} else {
		add_plain(line, value);
	}
}

static void add_call(struct line *line, const struct cg_trap *trap)
{
	const struct cg_arch *arch = cg_arch_of_call(&trap->call);
	const struct cg_syscall *call = arch ? cg_syscall_of_nr(arch, trap->call.nr) : NULL;
	int known = arch ? cg_syscall_n_args(arch, trap->call.nr) : -1;
	unsigned int n = known < 0 ? 6 : (unsigned int)known;

	if (arch && arch != cg_arch_native()) {
		add(line, arch->name);
		add(line, ":");
	}
	if (call)
		add(line, call->name);
	else
		add_plain(line, trap->call.nr);
	add(line, "(");
	for (unsigned int i = 0; i < n && trap->has_args; i++) {
		if (i > 0)
			add(line, ", ");
		if (arch)
			add_argument(line, arch, trap->call.nr, i, trap->call.args[i]);
		else
			add_plain(line, trap->call.args[i]);
	}
	add(line, trap->has_args ? ")" : "…)");
}

static size_t write_line(const struct cg_trap *trap, char *bytes, size_t size)
{
	struct line line = { .bytes = bytes, .size = size - 1 };

	add(&line, "callgate: refused ");
	add_call(&line, trap);
	add(&line, " at ");
	if (trap->module[0]) {
		add(&line, trap->module);
		add(&line, "+");
	}
	add_number(&line, trap->module[0] ? trap->offset : trap->call.ip, 16);
	add(&line, " [thread ");
	add_number(&line, (uint64_t)(trap->tid > 0 ? trap->tid : 0), 10);
	add(&line, "]");
	if (trap->data) {
		add(&line, " data ");
		add_number(&line, trap->data, 10);
	}
	bytes[line.length++] = '\n';
	return line.length;
}

int cg_trap_report_then(int fd, enum cg_trap_end end)
{
	if (end != CG_TRAP_ENOSYS && end != CG_TRAP_DIE)
		return -EINVAL;
	return cg_trap_install(fd, end == CG_TRAP_DIE, write_line);
}

int cg_trap_report(int fd)
{
	return cg_trap_report_then(fd, CG_TRAP_ENOSYS);
}
