/*
 * See strace_args.h.
 */
#include "event/strace_args.h"

#include "abi/syscalls.h"
#include "base/cleanup.h"
#include "base/num.h"
#include "event/strace_value.h"

#include <string.h>

bool cg_strace_call_number(const struct cg_arch *arch, const struct cg_piece *piece, uint32_t *ret_nr)
{
	static const char prefix[] = "syscall_";
	char name[64];
	uint64_t number;

	if (piece->length >= sizeof(name))
		return false;
	memcpy(name, piece->text, piece->length);
	name[piece->length] = '\0';
	if (cg_syscall_number(arch, name, ret_nr))
		return true;
	if (strncmp(name, prefix, strlen(prefix)) != 0 ||
	    !cg_num_parse(name + strlen(prefix), strlen(name + strlen(prefix)), &number) || number > UINT32_MAX)
		return false;
	*ret_nr = (uint32_t)number | (arch->is_x32 ? CG_X32_BIT : 0);
	return true;
}

/* Which argument a "flags=…" is; strace shows clone's in an order of its own. 6: none. */
static unsigned int place_of(const struct cg_strace_thread *thread, const struct cg_piece *name)
{
	for (unsigned int i = 0; i < CG_N_ITEMS(thread->event.call.args); i++) {
		const struct cg_arg_info *info = cg_syscall_arg(thread->arch, thread->event.call.nr, i);

		if (info && strlen(info->name) == name->length && memcmp(info->name, name->text, name->length) == 0)
			return i;
	}
	return CG_N_ITEMS(thread->event.call.args);
}

/* Half of a 64-bit number that a 32-bit arch hands over in two registers, or the one left free before it. */
static bool is_half(const struct cg_arg_info *info)
{
	static const char *const endings[] = { "_low", "_high", "_1", "_2", "pad" };
	size_t length = strlen(info->name);

	for (size_t i = 0; i < CG_N_ITEMS(endings); i++)
		if (length >= strlen(endings[i]) && strcmp(info->name + length - strlen(endings[i]), endings[i]) == 0)
			return true;
	return false;
}

/* strace shows such a number as one: from there on, what stands in the log stands elsewhere in the registers. */
static bool is_displaced(const struct cg_strace_thread *thread, unsigned int place)
{
	for (unsigned int i = 0; thread->arch->word_bits == 32 && i <= place; i++) {
		const struct cg_arg_info *info = cg_syscall_arg(thread->arch, thread->event.call.nr, i);

		if (info && is_half(info))
			return true;
	}
	return false;
}

static void keep_arg(struct cg_strace_thread *thread, const struct cg_piece *arg)
{
	unsigned int place = (unsigned int)thread->n_args;
	struct cg_piece value = *arg, name;
	uint64_t number;

	if (cg_strace_take_name(&value, &name))
		place = place_of(thread, &name);
	if (place >= CG_N_ITEMS(thread->event.call.args) || is_displaced(thread, place) ||
	    !cg_strace_number(thread->arch, &value, &number))
		return;
	thread->event.call.args[place] = number;
	thread->event.unknown_args &= (uint8_t) ~(1U << place);
}

void cg_strace_keep_args(struct cg_strace_thread *thread, const struct cg_strace_line *line)
{
	for (size_t i = 0; i < line->n_args; i++, thread->n_args++)
		if (i < CG_N_ITEMS(line->args))
			keep_arg(thread, &line->args[i]);
}
