/*
 * Logs of strace -f: lines in, events out.
 *
 * What strace_line.c takes apart gets its meaning here, thread by thread: which call a resumed line ends, which program
 * runs, of which arch. Counting is as everywhere: ERESTART* is a restart; exit, exit_group and an execve that succeeds
 * count as made; "= ?" of others means that the process ended inside.
 */
#include "event/formats.h"

#include "abi/constants.h"
#include "abi/syscalls.h"
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/map.h"
#include "base/text.h"
#include "event/strace_args.h"
#include "event/strace_line.h"
#include "event/strace_threads.h"
#include "event/strace_value.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

struct reader {
	const struct cg_arch *arch;
	cg_event_sink sink;
	void *context;
	struct cg_arena arena;
	struct cg_map programs; /* path -> itself */
	struct cg_strace_threads threads;
	struct cg_log_facts facts;
	struct cg_strace_thread *cut; /* its call may go on in the next line */
	bool is_in_summary;
};

static void *begin(const struct cg_arch *arch, cg_event_sink sink, void *context)
{
	struct reader *reader = calloc(1, sizeof(*reader));

	if (reader) {
		reader->arch = arch;
		reader->threads.arch = arch;
		reader->sink = sink;
		reader->context = context;
		reader->facts.exit_status = -1;
	}
	return reader;
}

static bool is_call(const struct cg_strace_thread *thread, const char *name)
{
	const struct cg_syscall *call = cg_syscall_of_nr(thread->arch, thread->event.call.nr);

	return call && strcmp(call->name, name) == 0;
}

static bool is_fork(const struct cg_strace_thread *thread)
{
	return is_call(thread, "clone") || is_call(thread, "fork") || is_call(thread, "vfork") ||
	       is_call(thread, "clone3");
}

static bool is_execve(const struct cg_strace_thread *thread)
{
	return is_call(thread, "execve") || is_call(thread, "execveat");
}

/* The path, kept once. *ret_path becomes NULL when there are too many. */
static int keep_program(struct reader *reader, const struct cg_piece *arg, const char **ret_path)
{
	CG_CLEANUP(cg_text_done) struct cg_text text = { 0 };
	struct cg_map_entry *entry;
	const char *path;

	*ret_path = NULL;
	if (arg->length > PATH_MAX || !cg_strace_string(arg, &text))
		return 0;
	if (text.has_failed)
		return -ENOMEM;
	path = cg_text_get(&text);
	entry = cg_map_find(&reader->programs, path, strlen(path));
	if (entry || reader->programs.n_entries >= CG_LOG_PROGRAMS_LIMIT) {
		*ret_path = entry ? entry->key : NULL;
		return 0;
	}
	path = cg_arena_copy_text(&reader->arena, path);
	if (!path || cg_map_put(&reader->programs, path, strlen(path), &entry) < 0)
		return -ENOMEM;
	*ret_path = path;
	return 0;
}

static int begin_call(struct reader *reader, struct cg_strace_thread *thread, const struct cg_strace_line *line)
{
	size_t path = 0;
	uint32_t nr;

	if (!cg_strace_call_number(thread->arch, &line->name, &nr))
		return 1;
	thread->is_in_call = true;
	thread->n_args = 0;
	thread->event = (struct cg_event){
		.call = { .arch = thread->arch->token, .nr = nr },
		.has_args = true,
		.unknown_args = 0x3f,
		.n_calls = 1,
		.time_ns = line->time_ns,
	};
	cg_strace_keep_args(thread, line);
	if (is_fork(thread))
		reader->threads.forker = thread;
	if (!is_execve(thread))
		return 0;
	path = is_call(thread, "execveat");
	thread->next_exe = NULL;
	return line->n_args > path ? keep_program(reader, &line->args[path], &thread->next_exe) : 0;
}

static int emit(struct reader *reader, struct cg_strace_thread *thread, enum cg_outcome outcome, int64_t result)
{
	struct cg_event event = thread->event;

	event.outcome = outcome;
	event.result = result;
	event.pid = event.tid = thread->tid;
	event.exe = thread->exe;
	thread->is_in_call = false;
	return reader->sink(reader->context, &event);
}

static int announce_child(struct reader *reader, const struct cg_strace_thread *parent, int64_t tid)
{
	struct cg_strace_thread *child;
	int r;

	if (tid <= 0 || tid > INT_MAX)
		return 0;
	r = cg_strace_thread_find(&reader->threads, (int)tid, CG_STRACE_SEEN_AS_CHILD, &child);
	if (r < 0)
		return r;
	if (r == 0 && child != parent && (!child->exe || child->has_ended)) {
		child->exe = parent->exe;
		child->arch = parent->arch;
		cg_strace_thread_revive(&reader->threads, child);
	}
	return 0;
}

static int end_call(struct reader *reader, struct cg_strace_thread *thread, const struct cg_strace_line *line)
{
	bool is_end = is_call(thread, "exit") || is_call(thread, "exit_group");
	int r;

	switch (line->result) {
	case CG_STRACE_RESTART:
		return emit(reader, thread, CG_OUTCOME_RESTARTED, 0);
	case CG_STRACE_NONE:
		return emit(reader, thread, is_end ? CG_OUTCOME_BEGAN : CG_OUTCOME_ENDED, 0);
	case CG_STRACE_ERROR:
		return emit(reader, thread, CG_OUTCOME_RETURNED, cg_strace_error(&line->error));
	case CG_STRACE_VALUE:
		break;
	}
	r = emit(reader, thread, CG_OUTCOME_RETURNED, cg_strace_result(line->value));
	if (r == 0 && is_fork(thread))
		r = announce_child(reader, thread, line->value);
	if (r == 0 && is_execve(thread)) {
		thread->exe = thread->next_exe;
		if (!reader->facts.program)
			reader->facts.program = thread->exe;
	}
	return r;
}

/* The process ended, or another thread's execve ended this one: what of a call that it was in? */
static int end_thread(struct reader *reader, struct cg_strace_thread *thread)
{
	bool is_end = thread->is_in_call && (is_call(thread, "exit") || is_call(thread, "exit_group"));

	return thread->is_in_call ? emit(reader, thread, is_end ? CG_OUTCOME_BEGAN : CG_OUTCOME_ENDED, 0) : 0;
}

static void keep_status(struct reader *reader, const struct cg_strace_thread *thread, const struct cg_strace_line *line)
{
	uint64_t signal;
	char name[32];

	if (reader->threads.first != thread)
		return;
	reader->facts.exit_status = line->number << 8;
	if (line->name.length == 0 || line->name.length >= sizeof(name))
		return;
	memcpy(name, line->name.text, line->name.length);
	name[line->name.length] = '\0';
	reader->facts.exit_status = cg_constant_find(reader->arch, name, &signal) && signal < 127 ? (int)signal : -1;
}

static int on_exited(struct reader *reader, struct cg_strace_thread *thread, const struct cg_strace_line *line)
{
	int r = end_thread(reader, thread);

	keep_status(reader, thread, line);
	cg_strace_thread_end(&reader->threads, thread);
	thread->exe = NULL;
	if (reader->threads.forker == thread)
		reader->threads.forker = NULL;
	return r;
}

/* The thread goes on under the id of its process, whose own call is over. */
static int on_superseded(struct reader *reader, struct cg_strace_thread *thread, const struct cg_strace_line *line)
{
	struct cg_strace_thread *former;
	int r = cg_strace_thread_find(&reader->threads, line->number, CG_STRACE_SEEN_CALLING, &former);

	if (r != 0 || former == thread)
		return r;
	r = end_thread(reader, thread);
	thread->is_in_call = former->is_in_call;
	thread->event = former->event;
	thread->n_args = former->n_args;
	thread->next_exe = former->next_exe;
	thread->exe = former->exe;
	former->is_in_call = false;
	cg_strace_thread_end(&reader->threads, former);
	return r;
}

static int on_mode(struct reader *reader, const struct cg_strace_line *line)
{
	static const struct {
		const char *mode;
		const char *arch;
	} modes[] = { { "32 bit", "x86" }, { "x32", "x32" }, { "64 bit", "x86_64" } };
	struct cg_strace_thread *thread;
	int r = cg_strace_thread_find(&reader->threads, line->number, CG_STRACE_SEEN_CALLING, &thread);

	if (r != 0)
		return r;
	for (size_t i = 0; i < CG_N_ITEMS(modes); i++) {
		if (strlen(modes[i].mode) != line->name.length ||
		    memcmp(modes[i].mode, line->name.text, line->name.length) != 0)
			continue;
		/* Said of other arches too: there it is the log's own arch for 64, and not told which for 32. */
		if (reader->arch->token != cg_arch_find("x86_64")->token)
			return i == 2 ? 0 : 1;
		thread->arch = cg_arch_find(modes[i].arch);
		return 0;
	}
	return 1;
}

static int on_resumed(struct reader *reader, struct cg_strace_thread *thread, const struct cg_strace_line *line)
{
	uint32_t nr;

	if (!thread->is_in_call || !cg_strace_call_number(thread->arch, &line->name, &nr) ||
	    nr != thread->event.call.nr)
		return 1;
	cg_strace_keep_args(thread, line);
	return end_call(reader, thread, line);
}

static void keep_time(struct reader *reader, uint64_t time_ns)
{
	if (time_ns == 0)
		return;
	if (reader->facts.first_ns == 0 || time_ns < reader->facts.first_ns)
		reader->facts.first_ns = time_ns;
	if (time_ns > reader->facts.last_ns)
		reader->facts.last_ns = time_ns;
}

static int take_line(struct reader *reader, const struct cg_strace_line *line)
{
	bool is_resumed = line->kind == CG_STRACE_RESUMED;
	struct cg_strace_thread *thread;
	int r = cg_strace_thread_find(&reader->threads, line->tid,
				      is_resumed ? CG_STRACE_SEEN_RESUMING : CG_STRACE_SEEN_CALLING, &thread);

	if (r != 0)
		return r;
	switch (line->kind) {
	case CG_STRACE_CALL:
		r = begin_call(reader, thread, line);
		return r == 0 ? end_call(reader, thread, line) : r;
	case CG_STRACE_UNFINISHED:
		reader->cut = line->is_cut ? thread : NULL;
		return begin_call(reader, thread, line);
	case CG_STRACE_RESUMED:
		return on_resumed(reader, thread, line);
	case CG_STRACE_EXITED:
		return on_exited(reader, thread, line);
	case CG_STRACE_SUPERSEDED:
		return on_superseded(reader, thread, line);
	case CG_STRACE_MODE:
	case CG_STRACE_SUMMARY:
	case CG_STRACE_NOTHING:
		break;
	}
	return 0;
}

/* A line that makes no sense by itself: does it go on where the one before was broken? */
static int read_rest(struct reader *reader, const char *text, size_t length)
{
	struct cg_strace_thread *cut = reader->cut;
	struct cg_strace_line line;

	reader->cut = NULL;
	if (!cut || !cut->is_in_call || !cg_strace_read_rest(text, length, &line))
		return 1;
	if (line.kind == CG_STRACE_NOTHING)
		return 0;
	cg_strace_keep_args(cut, &line);
	return end_call(reader, cut, &line);
}

static int read_line(void *context, const char *text, size_t length)
{
	struct reader *reader = context;
	struct cg_strace_line line;

	/* -C: the same calls once more, as a table, at the end. */
	if (reader->is_in_summary)
		return 0;
	if (!cg_strace_read_line(text, length, &line))
		return read_rest(reader, text, length);
	keep_time(reader, line.time_ns);
	if (line.kind == CG_STRACE_SUMMARY)
		reader->is_in_summary = true;
	if (line.kind == CG_STRACE_SUMMARY || line.kind == CG_STRACE_NOTHING)
		return 0;
	return line.kind == CG_STRACE_MODE ? on_mode(reader, &line) : take_line(reader, &line);
}

static int end(void *context, struct cg_log_facts *ret_facts)
{
	struct reader *reader = context;
	int r = 0;

	for (size_t i = 0; r == 0 && i < reader->threads.map.n_entries; i++)
		r = end_thread(reader, reader->threads.map.entries[i].value.pointer);
	*ret_facts = reader->facts;
	return r;
}

/* A file of -ff. What the one before it said last tells nothing of this one's thread. */
static void part(void *context, int tid)
{
	struct reader *reader = context;

	reader->threads.part = tid;
	reader->threads.only = NULL;
	reader->threads.forker = NULL;
	reader->cut = NULL;
	reader->is_in_summary = false;
}

static bool names_thread(const char *text, size_t length)
{
	struct cg_strace_line line;

	return cg_strace_read_line(text, length, &line) && line.tid != 0;
}

static void done(void *context)
{
	struct reader *reader = context;

	if (!reader)
		return;
	cg_strace_threads_done(&reader->threads);
	cg_map_done(&reader->programs);
	cg_arena_done(&reader->arena);
	free(reader);
}

static bool is_typical(const char *text, size_t length)
{
	struct cg_strace_line line;

	return cg_strace_read_line(text, length, &line) &&
	       (line.kind == CG_STRACE_CALL || line.kind == CG_STRACE_UNFINISHED || line.kind == CG_STRACE_RESUMED);
}

const struct cg_log_format cg_log_strace = {
	.name = "strace",
	.backend = "import-strace",
	.meaning = "a log of strace, with -f or without",
	.is_typical = is_typical,
	.begin = begin,
	.line = read_line,
	.part = part,
	.names_thread = names_thread,
	.end = end,
	.done = done,
};
