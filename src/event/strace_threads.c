/*
 * See strace_threads.h.
 */
#include "event/strace_threads.h"

#include "event/formats.h"

#include <errno.h>

static int put(struct cg_strace_threads *threads, int tid, struct cg_strace_thread *thread)
{
	int *key = cg_arena_alloc(&threads->arena, sizeof(*key));
	struct cg_map_entry *entry;

	if (!key)
		return -ENOMEM;
	*key = tid;
	if (cg_map_put(&threads->map, key, sizeof(*key), &entry) < 0)
		return -ENOMEM;
	entry->value.pointer = thread;
	return 0;
}

static void list(struct cg_strace_threads *threads, struct cg_strace_thread *thread)
{
	thread->before = NULL;
	thread->behind = threads->living;
	if (threads->living)
		threads->living->before = thread;
	threads->living = thread;
}

void cg_strace_thread_revive(struct cg_strace_threads *threads, struct cg_strace_thread *thread)
{
	if (thread->has_ended)
		list(threads, thread);
	thread->has_ended = false;
}

void cg_strace_thread_end(struct cg_strace_threads *threads, struct cg_strace_thread *thread)
{
	if (thread->has_ended)
		return;
	thread->has_ended = true;
	if (thread->before)
		thread->before->behind = thread->behind;
	else
		threads->living = thread->behind;
	if (thread->behind)
		thread->behind->before = thread->before;
}

static int add(struct cg_strace_threads *threads, int tid, struct cg_strace_thread **ret_thread)
{
	struct cg_strace_thread *thread = cg_arena_alloc(&threads->arena, sizeof(*thread));
	const struct cg_strace_thread *like = threads->forker ? threads->forker : threads->only;

	if (!thread)
		return -ENOMEM;
	*thread = (struct cg_strace_thread){
		.tid = tid,
		.arch = like ? like->arch : threads->arch,
		.exe = like ? like->exe : NULL,
	};
	if (put(threads, tid, thread) < 0)
		return -ENOMEM;
	list(threads, thread);
	if (!threads->first)
		threads->first = thread;
	*ret_thread = thread;
	return 0;
}

static struct cg_strace_thread *look_up(const struct cg_strace_threads *threads, int tid)
{
	const struct cg_map_entry *entry = cg_map_find(&threads->map, &tid, sizeof(tid));

	return entry ? entry->value.pointer : NULL;
}

/* Is this new id the name of the nameless thread? A child has its first line while its parent is in the fork. */
static bool is_nameless(const struct cg_strace_thread *nameless, enum cg_strace_seen seen)
{
	if (!nameless || nameless->tid != 0 || nameless->has_ended)
		return false;
	return seen == CG_STRACE_SEEN_RESUMING ? nameless->is_in_call :
						 seen == CG_STRACE_SEEN_CALLING && !nameless->is_in_call;
}

static int find_nameless(struct cg_strace_threads *threads, struct cg_strace_thread **ret_thread)
{
	if (!threads->only || threads->only->has_ended)
		threads->only = threads->living && !threads->living->behind ? threads->living : NULL;
	if (!threads->only)
		threads->only = look_up(threads, 0);
	if (!threads->only) {
		int r = add(threads, 0, &threads->only);

		if (r < 0)
			return r;
	}
	*ret_thread = threads->only;
	return 0;
}

int cg_strace_thread_find(struct cg_strace_threads *threads, int tid, enum cg_strace_seen seen,
			  struct cg_strace_thread **ret_thread)
{
	struct cg_strace_thread *thread = look_up(threads, tid), *nameless;
	int r = 0;

	if (tid == 0 && threads->part)
		return cg_strace_thread_find(threads, threads->part, seen, ret_thread);
	if (tid == 0)
		return find_nameless(threads, ret_thread);
	if (!thread && threads->map.n_entries >= CG_LOG_THREADS_LIMIT)
		return 1;
	if (!thread) {
		nameless = look_up(threads, 0);
		if (is_nameless(nameless, seen)) {
			thread = nameless;
			thread->tid = tid;
			r = put(threads, tid, thread);
		} else {
			r = add(threads, tid, &thread);
		}
	}
	if (r < 0)
		return r;
	/* A line with a name: there are several now, unless there never was another. */
	if (seen != CG_STRACE_SEEN_AS_CHILD && threads->only != thread)
		threads->only = threads->only && threads->only->tid == 0 ? threads->only : NULL;
	*ret_thread = thread;
	return 0;
}

void cg_strace_threads_done(struct cg_strace_threads *threads)
{
	cg_map_done(&threads->map);
	cg_arena_done(&threads->arena);
	*threads = (struct cg_strace_threads){ 0 };
}
