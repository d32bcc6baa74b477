/*
 * Calls as text. In: a call, or one argument of it. Out: what a person would write: names for constants, octal for
 * modes, AT_FDCWD, -1. See call_text.h.
 */
#include "abi/call_text.h"

#include "abi/constants.h"

#include <inttypes.h>
#include <string.h>

#define PLAIN_MOST 4096 /* numbers of which nothing is known are decimal below, hexadecimal from here on */

void cg_call_format_name(struct cg_text *text, const struct cg_arch *arch, uint32_t nr)
{
	const struct cg_syscall *call = cg_syscall_of_nr(arch, nr);

	if (call)
		cg_text_add(text, call->name);
	else
		cg_text_addf(text, nr < CG_X32_BIT ? "%s:%" PRIu32 : "%s:0x%" PRIx32, arch->name, nr);
}

static void add_plain(struct cg_text *text, uint64_t value)
{
	cg_text_addf(text, value < PLAIN_MOST ? "%" PRIu64 : "0x%" PRIx64, value);
}

static bool is_signed(const char *type)
{
	return strstr(type, "int") == type || strstr(type, "long") == type || strstr(type, "pid_t") ||
	       strstr(type, "off_t") || strstr(type, "loff_t") || strstr(type, "key_serial_t") ||
	       strstr(type, "timer_t") || strstr(type, "clockid_t") || strstr(type, "mqd_t");
}

static unsigned int width_on(const struct cg_arg_info *info, const struct cg_arch *arch)
{
	unsigned int word = arch->word_bits / 8;

	return info->width < word ? info->width : word;
}

/*
 * The part of the register that the kernel reads, sign-extended and not. False when the other bits are neither all 0
 * nor the sign's: then no decoding would be the whole truth.
 */
static bool read_register(uint64_t value, unsigned int width, uint64_t *ret_low, int64_t *ret_signed)
{
	unsigned int shift = 64 - 8 * width;

	*ret_low = value << shift >> shift;
	*ret_signed = (int64_t)(value << shift) >> shift;
	return *ret_low == value || (uint64_t)*ret_signed == value;
}

static void add_enum(struct cg_text *text, const struct cg_arch *arch, const struct cg_arg_info *info, uint64_t low,
		     int64_t with_sign)
{
	const char *name = cg_constant_name(arch, info->set, low);

	if (!name)
		name = cg_constant_name(arch, info->set, (uint64_t)with_sign);
	if (name)
		cg_text_add(text, name);
	else if (with_sign < 0 && is_signed(info->type))
		cg_text_addf(text, "%" PRId64, with_sign);
	else
		add_plain(text, low);
}

static void add_signal(struct cg_text *text, const struct cg_arch *arch, uint64_t low)
{
	const char *name = low ? cg_constant_name(arch, "signals", low) : NULL;

	if (name)
		cg_text_add(text, name);
	else
		add_plain(text, low);
}

static void add_pointer(struct cg_text *text, uint64_t low)
{
	if (low == CG_CALL_TEXT_POINTER)
		cg_text_add(text, "\"...\"");
	else if (low)
		cg_text_addf(text, "0x%" PRIx64, low);
	else
		cg_text_add(text, "NULL");
}

/* A number with its sign where its type has one, or where it says "leave as it is" (chown's -1). */
static void add_number(struct cg_text *text, const struct cg_arg_info *info, uint64_t low, int64_t with_sign)
{
	if (is_signed(info->type) || (with_sign == -1 && info->kind != CG_ARG_SIZE))
		cg_text_addf(text, "%" PRId64, with_sign);
	else
		cg_text_addf(text, "%" PRIu64, low);
}

static void add_known(struct cg_text *text, const struct cg_arch *arch, const struct cg_arg_info *info, uint64_t low,
		      int64_t with_sign)
{
	switch (info->kind) {
	case CG_ARG_POINTER:
	case CG_ARG_PATH:
	case CG_ARG_ADDRESS:
		add_pointer(text, low);
		break;
	case CG_ARG_DIRFD:
		if (with_sign == -100) /* AT_FDCWD, linux/fcntl.h */
			cg_text_add(text, "AT_FDCWD");
		else
			cg_text_addf(text, "%" PRId64, with_sign);
		break;
	case CG_ARG_SIGNAL:
		add_signal(text, arch, low);
		break;
	case CG_ARG_MODE:
		cg_text_addf(text, low ? "0%" PRIo64 : "%" PRIo64, low);
		break;
	case CG_ARG_FLAGS:
		if (with_sign == -1) /* all bits: "tell me, change nothing", not a list of flags (personality) */
			cg_text_addf(text, "0x%" PRIx64, low);
		else
			cg_constant_format_flags(text, arch, info->set, low);
		break;
	case CG_ARG_ENUM:
		add_enum(text, arch, info, low, with_sign);
		break;
	case CG_ARG_FD:
	case CG_ARG_PID:
	case CG_ARG_OFFSET:
		cg_text_addf(text, "%" PRId64, with_sign);
		break;
	case CG_ARG_INT:
	case CG_ARG_SIZE:
	case CG_ARG_UID:
		add_number(text, info, low, with_sign);
		break;
	}
}

void cg_call_format_arg(struct cg_text *text, const struct cg_arch *arch, uint32_t nr, unsigned int arg,
			uint64_t value)
{
	const struct cg_arg_info *info = cg_syscall_arg(arch, nr, arg);
	uint64_t low;
	int64_t with_sign;

	if (!info)
		add_plain(text, value);
	else if (read_register(value, width_on(info, arch), &low, &with_sign))
		add_known(text, arch, info, low, with_sign);
	else
		cg_text_addf(text, "0x%" PRIx64, value);
}

void cg_call_format_mask(struct cg_text *text, const struct cg_arch *arch, uint32_t nr, unsigned int arg,
			 uint64_t mask)
{
	const struct cg_arg_info *info = cg_syscall_arg(arch, nr, arg);

	if (info && info->kind == CG_ARG_FLAGS && mask != UINT32_MAX && mask != UINT64_MAX)
		cg_constant_format_mask(text, arch, info->set, mask);
	else if (info && info->kind == CG_ARG_MODE)
		cg_call_format_arg(text, arch, nr, arg, mask);
	else
		cg_text_addf(text, "0x%" PRIx64, mask);
}

/* As many arguments as the call has; where that is not known, up to the last that is not 0. */
static unsigned int count_args(const struct cg_arch *arch, const struct cg_call *call)
{
	int known = arch ? cg_syscall_n_args(arch, call->nr) : -1;
	unsigned int n = 6;

	if (known >= 0)
		return (unsigned int)known;
	while (n > 0 && call->args[n - 1] == 0)
		n--;
	return n;
}

void cg_call_format(struct cg_text *text, const struct cg_call *call)
{
	const struct cg_arch *arch = cg_arch_of_call(call);
	unsigned int n = count_args(arch, call);

	if (arch)
		cg_call_format_name(text, arch, call->nr);
	else
		cg_text_addf(text, "0x%" PRIx32 ":%" PRIu32, call->arch, call->nr);
	cg_text_add_char(text, '(');
	for (unsigned int i = 0; i < n; i++) {
		if (i > 0)
			cg_text_add(text, ", ");
		if (arch)
			cg_call_format_arg(text, arch, call->nr, i, call->args[i]);
		else
			add_plain(text, call->args[i]);
	}
	cg_text_add_char(text, ')');
}
