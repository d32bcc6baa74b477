/*
 * What the programs counted, as calls of a recording.
 *
 * In: the maps, once nothing is recorded any more. Out: for each (arch, number) one recorded call with its counts over
 * all programs, given to the sink; the files as programs; and in remarks whatever is not whole.
 *
 * What was counted before the command began is the launcher's and left out, but for the one execve that succeeded,
 * which is the command's first call and no program's.
 */
#include "source/ebpf.h"

#include "abi/syscalls.h"
#include "base/cleanup.h"
#include "learn/recorded_call.h"
#include "os/worker.h"

#include <errno.h>
#include <linux/prctl.h>
#include <linux/seccomp.h>
#include <stdlib.h>
#include <string.h>

struct error {
	struct cg_wire_error_key key;
	uint64_t count;
};

struct gathering {
	const struct cg_ebpf *ebpf;
	const struct cg_wire_call *calls;
	const struct cg_source_request *request;
	const struct cg_ebpf_phase *phase;
	const struct cg_source_sink *sink;
	struct cg_arena arena;
	const char *paths[CG_WIRE_FILES];
	uint64_t n_unlisted;
	CG_VEC(struct cg_ebpf_count) counts;
	CG_VEC(struct error) errors;
};

static int take_count(void *context, const struct cg_ebpf_count *count)
{
	struct gathering *gathering = context;
	struct cg_ebpf_count taken = *count;

	if (count->is_unlisted) {
		gathering->n_unlisted += count->sum.n_returned + count->sum.n_began;
		return 0;
	}
	if (count->program == CG_WIRE_NOBODY) {
		uint64_t n_began = count->sum.n_began;

		if (!n_began)
			return 0;
		taken.sum = (struct cg_wire_cell){ .n_began = n_began };
	}
	return cg_vec_push(&gathering->counts, taken);
}

static int take_error(void *context, const struct cg_wire_error_key *key, uint64_t count)
{
	struct gathering *gathering = context;
	const struct error error = { *key, count };

	return cg_vec_push(&gathering->errors, error);
}

static int by_call(const void *left, const void *right)
{
	const struct cg_ebpf_count *a = left, *b = right;

	if (a->arch != b->arch)
		return a->arch < b->arch ? -1 : 1;
	if (a->nr != b->nr)
		return a->nr < b->nr ? -1 : 1;
	return a->program < b->program ? -1 : a->program > b->program;
}

static int by_cell(const void *left, const void *right)
{
	const struct error *a = left, *b = right;

	return a->key.cell < b->key.cell ? -1 : a->key.cell > b->key.cell;
}

/*
 * Of plain programs: the name that somebody executed, from a folder that we do not know; but the first is the command,
 * which began where we are.
 */
static void make_whole(const struct gathering *gathering, uint32_t id, char **path)
{
	char *whole = NULL;

	if (id == CG_WIRE_FIRST_FILE)
		cg_path_absolute(gathering->request->path, &whole, NULL);
	free(*path);
	*path = whole;
}

static int read_paths(struct gathering *gathering)
{
	for (uint32_t id = CG_WIRE_FIRST_FILE; id < CG_WIRE_FILES; id++) {
		CG_FREE char *path = NULL;
		uint64_t namespace;
		uint32_t kinds;
		int r = cg_ebpf_file(gathering->ebpf, id, &kinds, &namespace, &path);

		if (r == -ENOENT)
			continue;
		if (r < 0)
			return r;
		if (path && path[0] != '/')
			make_whole(gathering, id, &path);
		if (path) {
			gathering->paths[id] = cg_arena_copy_text(&gathering->arena, path);
			r = gathering->paths[id] ? gathering->sink->file(gathering->sink->context, path, namespace) :
						     -ENOMEM;
			if (r < 0)
				return r;
		}
	}
	return 0;
}

static int gather(struct gathering *gathering)
{
	int r = read_paths(gathering);

	if (r == 0)
		r = cg_ebpf_counts(gathering->ebpf, take_count, gathering);
	if (r == 0)
		r = cg_ebpf_errors(gathering->ebpf, take_error, gathering);
	if (r == 0 && gathering->counts.n_items)
		qsort(gathering->counts.items, gathering->counts.n_items, sizeof(gathering->counts.items[0]), by_call);
	if (r == 0 && gathering->errors.n_items)
		qsort(gathering->errors.items, gathering->errors.n_items, sizeof(gathering->errors.items[0]), by_cell);
	return r;
}

static int add_errors(const struct gathering *gathering, struct cg_recorded_call *call,
		      const struct cg_ebpf_count *count)
{
	const struct error key = { .key.cell = count->cell };
	const struct error *items = gathering->errors.items, *found = NULL;
	size_t end = gathering->errors.n_items;
	int r = 0;

	if (count->sum.n_other_errors)
		r = cg_recorded_call_add_error(call, CG_ERRNO_UNKNOWN, count->sum.n_other_errors);
	if (end)
		found = bsearch(&key, items, end, sizeof(key), by_cell);
	while (found && found > items && found[-1].key.cell == count->cell)
		found--;
	for (; r == 0 && found && found < items + end && found->key.cell == count->cell; found++)
		r = cg_recorded_call_add_error(call, found->key.number, found->count);
	return r;
}

static int add_count(struct gathering *gathering, struct cg_recorded_call *call, const struct cg_ebpf_count *count)
{
	uint64_t n_completed = count->sum.n_returned + count->sum.n_began;
	uint64_t n_made = n_completed + count->sum.n_restarted + count->sum.n_ended + count->sum.n_denied;
	const char *path = count->program < CG_WIRE_FILES ? gathering->paths[count->program] : NULL;
	int r = 0;

	call->count = cg_count_add(call->count, n_completed);
	call->n_restarts = cg_count_add(call->n_restarts, count->sum.n_restarted);
	call->n_unfinished = cg_count_add(call->n_unfinished, count->sum.n_ended);
	call->n_denied = cg_count_add(call->n_denied, count->sum.n_denied);
	if (gathering->phase->watch->is_marked && !count->is_serving)
		call->n_startup = cg_count_add(call->n_startup, n_made);
	if (count->program != CG_WIRE_NOBODY)
		r = add_errors(gathering, call, count);
	if (r == 0 && path)
		r = cg_recorded_call_add_program(call, &gathering->arena, path, n_completed);
	return r;
}

static int add_set(struct gathering *gathering, struct cg_recorded_call *call, unsigned int arg, uint32_t id)
{
	struct cg_value_set *set = cg_arena_alloc(&gathering->arena, sizeof(*set));
	struct cg_wire_set wire;
	int r = set ? cg_ebpf_set(gathering->ebpf, id, &wire) : -ENOMEM;

	if (r < 0)
		return r;
	for (uint32_t i = 0; i < wire.n_values && i < CG_WIRE_VALUES; i++)
		cg_value_set_add(set, wire.values[i]);
	set->has_overflow = wire.has_overflow;
	call->args[arg] = set;
	return 0;
}

static int add_args(struct gathering *gathering, struct cg_recorded_call *call, uint32_t index)
{
	const struct cg_wire_call *known = &gathering->calls[index];
	uint32_t id = known->first_set;
	int r = 0;

	for (unsigned int i = 0; r == 0 && i < CG_WIRE_ARGS; i++)
		if (known->kept >> i & 1)
			r = add_set(gathering, call, i, id++);
	return r;
}

static int add_time(struct gathering *gathering, struct cg_recorded_call *call, uint32_t index)
{
	struct cg_wire_time wire;
	struct cg_call_time time = { 0 };
	int r = cg_ebpf_time(gathering->ebpf, index, &wire);

	if (r < 0 || wire.n == 0)
		return r;
	time.n_calls = wire.n;
	time.total_ns = wire.total_ns;
	time.max_ns = wire.max_ns;
	for (size_t i = 0; i < CG_TIME_BUCKETS && i < CG_WIRE_BUCKETS; i++)
		time.buckets[i] = wire.buckets[i];
	return cg_recorded_call_add_time(call, &gathering->arena, &time);
}

static bool has_value(const struct cg_recorded_call *call, unsigned int arg, uint64_t value)
{
	const struct cg_value_set *set = call->args[arg];

	for (size_t i = 0; set && i < set->n_values; i++)
		if (set->values[i] == value)
			return true;
	return false;
}

static bool loads_filter(const struct cg_recorded_call *call)
{
	const struct cg_syscall *known = call->arch ? cg_syscall_of_nr(call->arch, call->nr) : NULL;

	if (!known || call->count == 0)
		return false;
	if (strcmp(known->name, "seccomp") == 0)
		return has_value(call, 0, SECCOMP_SET_MODE_FILTER);
	return strcmp(known->name, "prctl") == 0 && has_value(call, 0, PR_SET_SECCOMP);
}

/* Who has called it at all, that is: values are not kept by program. prctl(2) is called for much else. */
static int remark_filter(const struct gathering *gathering, const struct cg_recorded_call *call)
{
	CG_CLEANUP(cg_text_done) struct cg_text text = { 0 };
	size_t n = call->programs.n_items;

	if (!loads_filter(call))
		return 0;
	cg_text_addf(&text, "%s loads a seccomp filter of its own; what that refuses is counted as denied",
		     n == 1 ? call->programs.items[0].path : "a program");
	return text.has_failed ? -ENOMEM : gathering->sink->remark(gathering->sink->context, cg_text_get(&text));
}

/* The counts from `first` on that are of one call; *ret_next is the first of another. */
static int give_call(struct gathering *gathering, size_t first, size_t *ret_next)
{
	const struct cg_ebpf_count *count = &gathering->counts.items[first];
	const struct cg_arch *arch = cg_ebpf_arch(count->arch);
	struct cg_recorded_call call = { .arch = arch, .arch_token = arch ? arch->token : 0, .nr = count->nr };
	uint32_t low = count->arch == CG_WIRE_X32 ? count->nr & ~CG_X32_BIT : count->nr;
	size_t at = first;
	int r = 0;

	for (; r == 0 && at < gathering->counts.n_items; at++) {
		const struct cg_ebpf_count *next = &gathering->counts.items[at];

		if (next->arch != count->arch || next->nr != count->nr)
			break;
		r = add_count(gathering, &call, next);
	}
	if (r == 0 && low < CG_WIRE_NRS && !gathering->request->without_args)
		r = add_args(gathering, &call, count->arch * CG_WIRE_NRS + low);
	if (r == 0 && low < CG_WIRE_NRS && gathering->request->with_time)
		r = add_time(gathering, &call, count->arch * CG_WIRE_NRS + low);
	if (r == 0)
		r = gathering->sink->call(gathering->sink->context, &call);
	if (r == 0)
		r = remark_filter(gathering, &call);
	cg_recorded_call_done(&call);
	*ret_next = at;
	return r;
}

static int remark(const struct gathering *gathering, uint64_t n, const char *what)
{
	CG_CLEANUP(cg_text_done) struct cg_text text = { 0 };

	if (n == 0)
		return 0;
	cg_text_addf(&text, "%llu %s", (unsigned long long)n, what);
	return text.has_failed ? -ENOMEM : gathering->sink->remark(gathering->sink->context, cg_text_get(&text));
}

static const char plain[] =
	"this kernel does not describe itself (no BTF): programs are named as they were executed, scripts by their own "
	"names; which shared objects were mapped, and which threads a filter killed, is not known";

/* Nothing is lost silently. */
static int remark_losses(const struct gathering *gathering)
{
	struct cg_wire_totals totals;
	uint64_t n_misses;
	int r = cg_ebpf_misses(gathering->ebpf, &n_misses);

	cg_ebpf_totals(gathering->ebpf, &totals);
	if (r == 0)
		r = remark(gathering, n_misses,
			   "entries, exits or new threads were not seen, as the kernel skipped the recording programs: "
			   "counts are not exact");
	if (r == 0)
		r = remark(gathering, totals.n_lost_tasks,
			   "processes or threads could not be recorded, for want of memory in the kernel");
	if (r == 0)
		r = remark(gathering, totals.n_lost_files,
			   "executions or mappings are of files that are not listed, as there were more than 510");
	if (r == 0 && cg_ebpf_is_plain(gathering->ebpf))
		r = gathering->sink->remark(gathering->sink->context, plain);
	return r;
}

int cg_ebpf_give(const struct cg_ebpf *ebpf, const struct cg_wire_call *calls, const struct cg_source_request *request,
		 const struct cg_ebpf_phase *phase, const struct cg_source_sink *sink, struct cg_source_result *result)
{
	struct gathering gathering = {
		.ebpf = ebpf, .calls = calls, .request = request, .phase = phase, .sink = sink
	};
	int r = gather(&gathering);

	for (size_t at = 0; r == 0 && at < gathering.counts.n_items;)
		r = give_call(&gathering, at, &at);
	if (r == 0)
		r = remark_losses(&gathering);
	if (r == 0)
		r = cg_phase_end(phase->watch);
	if (r == 0)
		result->n_unlisted = gathering.n_unlisted;
	cg_vec_done(&gathering.counts);
	cg_vec_done(&gathering.errors);
	cg_arena_done(&gathering.arena);
	return r;
}
