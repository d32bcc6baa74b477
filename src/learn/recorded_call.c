/*
 * See recorded_call.h.
 *
 * Kept of arguments: numbers, flags, enumerations, signals, modes, cut to the width that the kernel reads, and of a
 * directory only whether it was AT_FDCWD. Pointers, descriptors, sizes, offsets, ids are different in every run. A
 * number as wide as a pointer may be one (prctl, ioctl): of those only small ones are kept.
 */
#include "learn/recorded_call.h"

#include "abi/syscalls.h"
#include "base/cleanup.h"

#include <string.h>

#define AT_FDCWD_LOW 0xffffff9cU /* -100, as the kernel reads it: an int (fcntl.h) */

uint64_t cg_count_add(uint64_t a, uint64_t b)
{
	uint64_t sum;

	return __builtin_add_overflow(a, b, &sum) ? UINT64_MAX : sum;
}

void cg_value_set_add(struct cg_value_set *set, uint64_t value)
{
	size_t at = 0;

	while (at < set->n_values && set->values[at] < value)
		at++;
	if (at < set->n_values && set->values[at] == value)
		return;
	if (set->n_values == CG_VALUES_LIMIT) {
		set->has_overflow = true;
		if (at == CG_VALUES_LIMIT)
			return;
		set->n_values--;
	}
	memmove(&set->values[at + 1], &set->values[at], (set->n_values - at) * sizeof(set->values[0]));
	set->values[at] = value;
	set->n_values++;
}

void cg_value_set_unite(struct cg_value_set *into, const struct cg_value_set *from)
{
	if (!from) {
		into->has_overflow = true;
		return;
	}
	for (size_t i = 0; i < from->n_values; i++)
		cg_value_set_add(into, from->values[i]);
	into->has_overflow |= from->has_overflow;
}

int cg_recorded_call_add_error(struct cg_recorded_call *call, uint32_t number, uint64_t count)
{
	size_t at = 0;

	while (at < call->errors.n_items && call->errors.items[at].number < number)
		at++;
	if (at < call->errors.n_items && call->errors.items[at].number == number) {
		call->errors.items[at].count = cg_count_add(call->errors.items[at].count, count);
		return 0;
	}
	if (cg_vec_reserve(&call->errors, call->errors.n_items + 1) < 0)
		return -ENOMEM;
	memmove(&call->errors.items[at + 1], &call->errors.items[at],
		(call->errors.n_items - at) * sizeof(call->errors.items[0]));
	call->errors.items[at] = (struct cg_error_count){ .number = number, .count = count };
	call->errors.n_items++;
	return 0;
}

/* Where `path` stands, or belongs. */
static size_t find_program(const struct cg_recorded_call *call, const char *path, bool *ret_is_there)
{
	size_t least = 0, end = call->programs.n_items;

	*ret_is_there = false;
	while (least < end) {
		size_t middle = least + (end - least) / 2;
		int order = strcmp(call->programs.items[middle].path, path);

		if (order == 0) {
			*ret_is_there = true;
			return middle;
		}
		if (order < 0)
			least = middle + 1;
		else
			end = middle;
	}
	return least;
}

int cg_recorded_call_add_program(struct cg_recorded_call *call, struct cg_arena *arena, const char *path,
				 uint64_t count)
{
	bool is_there;
	size_t at = find_program(call, path, &is_there);
	const char *copy;

	if (is_there) {
		call->programs.items[at].count = cg_count_add(call->programs.items[at].count, count);
		return 0;
	}
	if (call->programs.n_items == CG_PROGRAMS_LIMIT) {
		call->has_program_overflow = true;
		if (at == CG_PROGRAMS_LIMIT)
			return 0;
	}
	copy = cg_arena_copy_text(arena, path);
	if (!copy || cg_vec_reserve(&call->programs, call->programs.n_items + 1) < 0)
		return -ENOMEM;
	if (call->programs.n_items == CG_PROGRAMS_LIMIT)
		call->programs.n_items--;
	memmove(&call->programs.items[at + 1], &call->programs.items[at],
		(call->programs.n_items - at) * sizeof(call->programs.items[0]));
	call->programs.items[at] = (struct cg_program_count){ .path = copy, .count = count };
	call->programs.n_items++;
	return 0;
}

static enum cg_arg_keeping keeping_of(const struct cg_arg_info *info)
{
	switch (info->kind) {
	case CG_ARG_INT:
		return info->width == 8 ? CG_ARG_KEEP_NUMBER : CG_ARG_KEEP_CUT;
	case CG_ARG_SIGNAL:
	case CG_ARG_MODE:
	case CG_ARG_FLAGS:
	case CG_ARG_ENUM:
		return CG_ARG_KEEP_CUT;
	case CG_ARG_DIRFD:
		return CG_ARG_KEEP_DIRFD;
	case CG_ARG_SIZE:
	case CG_ARG_POINTER:
	case CG_ARG_PATH:
	case CG_ARG_FD:
	case CG_ARG_PID:
	case CG_ARG_UID:
	case CG_ARG_OFFSET:
	case CG_ARG_ADDRESS:
		break;
	}
	return CG_ARG_KEEP_NOTHING;
}

enum cg_arg_keeping cg_recorded_arg_keeping(const struct cg_arch *arch, uint32_t nr, unsigned int arg,
					    unsigned int *ret_width)
{
	const struct cg_arg_info *info = arch ? cg_syscall_arg(arch, nr, arg) : NULL;
	unsigned int word = arch ? arch->word_bits / 8 : 8;

	if (!info)
		return CG_ARG_KEEP_NOTHING;
	*ret_width = info->width && info->width < word ? info->width : word;
	return keeping_of(info);
}

/* Wide, and neither small nor a small negative number. */
static bool is_like_address(uint64_t value)
{
	return value > UINT32_MAX && value < -UINT64_C(65536);
}

bool cg_recorded_call_keeps(const struct cg_recorded_call *call, unsigned int arg, uint64_t value, uint64_t *ret_value,
			    bool *ret_is_other)
{
	unsigned int width = 8;
	enum cg_arg_keeping keeping = cg_recorded_arg_keeping(call->arch, call->nr, arg, &width);

	if (keeping == CG_ARG_KEEP_NOTHING)
		return false;
	*ret_value = width < 8 ? value & ((UINT64_C(1) << width * 8) - 1) : value;
	*ret_is_other = keeping == CG_ARG_KEEP_NUMBER && is_like_address(value);
	if (keeping == CG_ARG_KEEP_DIRFD) {
		*ret_value = AT_FDCWD_LOW;
		*ret_is_other = (uint32_t)value != AT_FDCWD_LOW;
	}
	return true;
}

static int unite_args(struct cg_recorded_call *into, struct cg_arena *arena, const struct cg_recorded_call *from)
{
	for (size_t i = 0; i < CG_N_ITEMS(into->args); i++) {
		if (!into->args[i] && !from->args[i])
			continue;
		if (!into->args[i]) {
			into->args[i] = cg_arena_alloc(arena, sizeof(*into->args[i]));
			if (!into->args[i])
				return -ENOMEM;
			into->args[i]->has_overflow = cg_recorded_call_is_made(into);
		}
		cg_value_set_unite(into->args[i], from->args[i]);
	}
	return 0;
}

int cg_recorded_call_add_time(struct cg_recorded_call *call, struct cg_arena *arena, const struct cg_call_time *from)
{
	if (!call->time)
		call->time = cg_arena_alloc(arena, sizeof(*call->time));
	if (!call->time)
		return -ENOMEM;
	call->time->n_calls = cg_count_add(call->time->n_calls, from->n_calls);
	call->time->total_ns = cg_count_add(call->time->total_ns, from->total_ns);
	if (call->time->max_ns < from->max_ns)
		call->time->max_ns = from->max_ns;
	for (size_t i = 0; i < CG_TIME_BUCKETS; i++)
		call->time->buckets[i] = cg_count_add(call->time->buckets[i], from->buckets[i]);
	return 0;
}

int cg_recorded_call_unite(struct cg_recorded_call *into, struct cg_arena *arena, const struct cg_recorded_call *from)
{
	int r = unite_args(into, arena, from);

	if (r == 0 && from->time)
		r = cg_recorded_call_add_time(into, arena, from->time);

	for (size_t i = 0; r == 0 && i < from->errors.n_items; i++)
		r = cg_recorded_call_add_error(into, from->errors.items[i].number, from->errors.items[i].count);
	for (size_t i = 0; r == 0 && i < from->programs.n_items; i++)
		r = cg_recorded_call_add_program(into, arena, from->programs.items[i].path,
						 from->programs.items[i].count);
	into->has_program_overflow |= from->has_program_overflow;
	into->count = cg_count_add(into->count, from->count);
	into->n_restarts = cg_count_add(into->n_restarts, from->n_restarts);
	into->n_unfinished = cg_count_add(into->n_unfinished, from->n_unfinished);
	into->n_denied = cg_count_add(into->n_denied, from->n_denied);
	into->n_startup = cg_count_add(into->n_startup, from->n_startup);
	return r;
}

int cg_recorded_call_compare(const struct cg_recorded_call *a, const struct cg_recorded_call *b)
{
	if (a->arch_token != b->arch_token)
		return a->arch_token < b->arch_token ? -1 : 1;
	return a->nr < b->nr ? -1 : a->nr > b->nr;
}

void cg_recorded_call_done(struct cg_recorded_call *call)
{
	cg_vec_done(&call->errors);
	cg_vec_done(&call->programs);
}
