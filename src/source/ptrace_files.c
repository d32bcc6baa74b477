/*
 * The files that are executed, or mapped to be executed: programs as they are executed, libraries as the loader maps
 * them, while the thread that did it still stands. The loader itself is mapped by the kernel; whoever keeps the
 * recording reads its name in the program.
 *
 * A file that another thread closes between its mapping and our look is missed, and one that becomes executable only by
 * mprotect. mmap(2); /proc/PID/fd, proc(5).
 */
#include "source/ptrace.h"

#include "abi/syscalls.h"
#include "os/procfs.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/mman.h>

void cg_trace_tell_file(struct cg_trace *trace, int tid, const char *path)
{
	struct cg_map_entry *entry;
	const char *copy;
	int r = 0;

	if (!path || path[0] != '/' || !trace->has_begun || trace->failure)
		return;
	entry = cg_map_find(&trace->programs, path, strlen(path));
	if (!entry && trace->programs.n_entries < CG_PROGRAMS_SEEN_LIMIT) {
		copy = cg_arena_copy_text(&trace->arena, path);
		r = copy ? cg_map_put(&trace->programs, copy, strlen(copy), &entry) : -ENOMEM;
	}
	if (r == 0 && entry && entry->value.number == 0) {
		entry->value.number = 1;
		r = trace->sink->file(trace->sink->context, path, cg_proc_mount_namespace(tid));
	}
	if (r < 0)
		cg_trace_fail(trace, r);
}

/* Not the old form, whose one argument is a pointer to them. */
void cg_trace_tell_mapping(struct cg_trace *trace, const struct cg_tracee *tracee, int64_t result)
{
	const struct cg_call *call = &tracee->call;
	const struct cg_arch *arch = cg_arch_of_call(call);
	char path[PATH_MAX];

	if (!arch || cg_syscall_n_args(arch, call->nr) != 6 || (result < 0 && result >= -4095) ||
	    !(call->args[2] & PROT_EXEC) || call->args[3] & MAP_ANONYMOUS)
		return;
	if (cg_proc_descriptor(tracee->tid, (int)call->args[4], path, sizeof(path)) == 0)
		cg_trace_tell_file(trace, tracee->tid, path);
}
