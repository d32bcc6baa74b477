/*
 * What perf trace prints, and the table of perf trace -s: lines in, events out.
 *
 * A call that another thread's line interrupts is told in two lines; which two belong together the thread says. A new
 * process returns from a clone() that its parent made: counted once, with the parent. A table behind a trace
 * (perf trace -S) tells of the same calls again, and is left out.
 */
#include "event/formats.h"

#include "abi/syscalls.h"
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/map.h"
#include "event/perf_line.h"
#include "event/perf_table.h"
#include "event/strace_value.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct thread {
	int tid;
	bool is_in_call;
	uint32_t nr;
};

struct reader {
	const struct cg_arch *arch;
	cg_event_sink sink;
	void *context;
	struct cg_arena arena;
	struct cg_map threads; /* tid -> struct thread */
	struct cg_perf_table table;
	uint64_t n_lost;
	bool has_calls;
	bool is_in_summary;
};

static void *begin(const struct cg_arch *arch, cg_event_sink sink, void *context)
{
	struct reader *reader = calloc(1, sizeof(*reader));

	if (reader) {
		reader->arch = arch;
		reader->sink = sink;
		reader->context = context;
		reader->table = (struct cg_perf_table){ .arch = arch, .sink = sink, .context = context };
	}
	return reader;
}

/* 0, 1 when there are too many, -ENOMEM. */
static int find_thread(struct reader *reader, int tid, struct thread **ret_thread)
{
	struct cg_map_entry *entry = cg_map_find(&reader->threads, &tid, sizeof(tid));
	struct thread *thread;

	if (entry) {
		*ret_thread = entry->value.pointer;
		return 0;
	}
	if (reader->threads.n_entries >= CG_LOG_THREADS_LIMIT)
		return 1;
	thread = cg_arena_alloc(&reader->arena, sizeof(*thread));
	if (!thread)
		return -ENOMEM;
	*thread = (struct thread){ .tid = tid };
	if (cg_map_put(&reader->threads, &thread->tid, sizeof(thread->tid), &entry) < 0)
		return -ENOMEM;
	entry->value.pointer = *ret_thread = thread;
	return 0;
}

static bool is_one_of(const struct reader *reader, uint32_t nr, const char *const *names, size_t n_names)
{
	const struct cg_syscall *call = cg_syscall_of_nr(reader->arch, nr);

	for (size_t i = 0; call && i < n_names; i++)
		if (strcmp(call->name, names[i]) == 0)
			return true;
	return false;
}

static bool is_fork(const struct reader *reader, uint32_t nr)
{
	static const char *const names[] = { "clone", "clone3", "fork", "vfork" };

	return is_one_of(reader, nr, names, CG_N_ITEMS(names));
}

/* Of a call that did not come back: what it was says what became of it. perf sees no end of rt_sigreturn. */
static enum cg_outcome outcome_of(const struct reader *reader, uint32_t nr)
{
	static const char *const ends[] = { "exit", "exit_group" };
	static const char *const returns[] = { "rt_sigreturn", "sigreturn" };

	if (is_one_of(reader, nr, ends, CG_N_ITEMS(ends)))
		return CG_OUTCOME_BEGAN;
	return is_one_of(reader, nr, returns, CG_N_ITEMS(returns)) ? CG_OUTCOME_RETURNED : CG_OUTCOME_ENDED;
}

static int emit(struct reader *reader, const struct thread *thread, uint32_t nr, enum cg_outcome outcome,
		int64_t result)
{
	const struct cg_event event = {
		.call = { .arch = reader->arch->token, .nr = nr },
		.outcome = outcome,
		.result = result,
		.pid = thread->tid,
		.tid = thread->tid,
		.n_calls = 1,
	};

	reader->has_calls = true;
	return reader->sink(reader->context, &event);
}

/* The call that it was in has no end in the log. */
static int leave(struct reader *reader, struct thread *thread)
{
	if (!thread->is_in_call)
		return 0;
	thread->is_in_call = false;
	return emit(reader, thread, thread->nr, outcome_of(reader, thread->nr), 0);
}

static int finish(struct reader *reader, const struct thread *thread, uint32_t nr, const struct cg_perf_line *line)
{
	if (line->result == CG_STRACE_RESTART)
		return emit(reader, thread, nr, CG_OUTCOME_RESTARTED, 0);
	if (line->result == CG_STRACE_NONE)
		return emit(reader, thread, nr, outcome_of(reader, nr), 0);
	return emit(reader, thread, nr, CG_OUTCOME_RETURNED,
		    line->result == CG_STRACE_ERROR ? cg_strace_error(&line->error) :
							   cg_strace_result(line->value));
}

static int take_call(struct reader *reader, const struct cg_perf_line *line)
{
	char name[64];
	struct thread *thread;
	uint32_t nr;
	bool is_rest;
	int r;

	if (line->name.length >= sizeof(name))
		return 1;
	memcpy(name, line->name.text, line->name.length);
	name[line->name.length] = '\0';
	if (!cg_syscall_number(reader->arch, name, &nr))
		return 1;
	r = find_thread(reader, line->tid, &thread);
	if (r != 0)
		return r;
	is_rest = line->kind == CG_PERF_CONTINUED && thread->is_in_call && thread->nr == nr;
	if (is_rest)
		thread->is_in_call = false;
	else
		r = leave(reader, thread);
	if (r == 0 && line->kind == CG_PERF_BEGAN)
		*thread = (struct thread){ thread->tid, true, nr };
	else if (r == 0 && (is_rest || line->kind == CG_PERF_CALL || !is_fork(reader, nr)))
		r = finish(reader, thread, nr, line);
	return r;
}

static int read_line(void *context, const char *text, size_t length)
{
	struct reader *reader = context;
	struct cg_perf_line line;

	if (reader->is_in_summary)
		return reader->has_calls ? 0 : cg_perf_table_line(&reader->table, text, length);
	if (!cg_perf_read_line(text, length, &line))
		return 1;
	switch (line.kind) {
	case CG_PERF_CALL:
	case CG_PERF_BEGAN:
	case CG_PERF_CONTINUED:
		return take_call(reader, &line);
	case CG_PERF_LOST:
		reader->n_lost = reader->n_lost > UINT64_MAX - line.n_lost ? UINT64_MAX : reader->n_lost + line.n_lost;
		break;
	case CG_PERF_SUMMARY:
		reader->is_in_summary = true;
		break;
	case CG_PERF_NOTHING:
		break;
	}
	return 0;
}

static int end(void *context, struct cg_log_facts *ret_facts)
{
	struct reader *reader = context;
	int r = cg_perf_table_end(&reader->table);

	for (size_t i = 0; r == 0 && i < reader->threads.n_entries; i++)
		r = leave(reader, reader->threads.entries[i].value.pointer);
	*ret_facts = (struct cg_log_facts){ .exit_status = -1, .n_lost = reader->n_lost };
	if (reader->table.has_rows)
		ret_facts->remark = "calls that do not come back (exit, exit_group, rt_sigreturn) are not in a table "
				    "of perf trace";
	return r;
}

static void done(void *context)
{
	struct reader *reader = context;

	if (!reader)
		return;
	cg_map_done(&reader->threads);
	cg_arena_done(&reader->arena);
	free(reader);
}

static bool is_typical(const char *text, size_t length)
{
	struct cg_perf_line line;

	return cg_perf_read_line(text, length, &line) && line.kind != CG_PERF_NOTHING;
}

const struct cg_log_format cg_log_perf = {
	.name = "perf",
	.backend = "import-perf",
	.meaning = "what perf trace prints, or the table of perf trace -s",
	.is_typical = is_typical,
	.begin = begin,
	.line = read_line,
	.end = end,
	.done = done,
};
