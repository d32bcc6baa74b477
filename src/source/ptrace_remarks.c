/*
 * What a reader of the recording should know beside its counts: where the program, being recorded, could not do what it
 * otherwise does.
 *
 * In: calls that have ended, programs executed. Out: remarks in words, to the sink (which keeps each once). Sources:
 * ptrace(2), seccomp(2), execve(2) on set-user-ID programs under ptrace, security/commoncap.c (ptracer_capable).
 */
#include "source/ptrace.h"

#include "abi/syscalls.h"
#include "base/cleanup.h"
#include "base/text.h"
#include "os/procfs.h"
#include "os/seccomp.h"

#include <errno.h>
#include <linux/capability.h>
#include <linux/prctl.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <string.h>
#include <sys/ptrace.h>

static void remark(struct cg_trace *trace, const struct cg_tracee *tracee, const char *what)
{
	CG_CLEANUP(cg_text_done) struct cg_text text = { 0 };
	int r;

	if (!trace->has_begun || trace->failure)
		return;
	cg_text_addf(&text, "%s %s", tracee->exe ? tracee->exe : "a program", what);
	r = text.has_failed ? -ENOMEM : trace->sink->remark(trace->sink->context, cg_text_get(&text));
	if (r < 0)
		cg_trace_fail(trace, r);
}

static bool asks_for_strict_mode(const struct cg_call *call, enum cg_special special)
{
	if (special == CG_SPECIAL_SECCOMP)
		return (uint32_t)call->args[0] == SECCOMP_SET_MODE_STRICT;
	return special == CG_SPECIAL_PRCTL && (uint32_t)call->args[0] == PR_SET_SECCOMP &&
	       call->args[1] == SECCOMP_MODE_STRICT;
}

bool cg_trace_loads_filter(const struct cg_call *call, enum cg_special special, int64_t result, bool *ret_for_all)
{
	*ret_for_all = false;
	if (result < 0)
		return false;
	if (special == CG_SPECIAL_PRCTL)
		return (uint32_t)call->args[0] == PR_SET_SECCOMP && call->args[1] == SECCOMP_MODE_FILTER;
	if (special != CG_SPECIAL_SECCOMP || (uint32_t)call->args[0] != SECCOMP_SET_MODE_FILTER)
		return false;
	*ret_for_all = call->args[1] & SECCOMP_FILTER_FLAG_TSYNC;
	/* Without a listener a positive answer is the thread that could not follow: nothing was loaded. */
	return result == 0 || call->args[1] & SECCOMP_FILTER_FLAG_NEW_LISTENER;
}

static void note_ptrace(struct cg_trace *trace, const struct cg_tracee *tracee, int64_t result)
{
	uint64_t wish = tracee->call.args[0];

	if (result != -EPERM)
		return;
	if (wish == PTRACE_TRACEME)
		remark(trace, tracee,
		       "asked to be traced (PTRACE_TRACEME), which is refused while it is recorded by ptrace");
	else if (wish == PTRACE_ATTACH || wish == PTRACE_SEIZE)
		remark(trace, tracee,
		       "traces processes by itself (ptrace), which is refused while they are recorded by ptrace");
}

void cg_trace_note_call(struct cg_trace *trace, const struct cg_tracee *tracee, enum cg_special special, int64_t result)
{
	bool for_all;

	if (special == CG_SPECIAL_LISTEN) {
		if (result == 0 && !trace->listener)
			trace->listener = tracee->group;
		return;
	}
	if (special == CG_SPECIAL_PTRACE)
		note_ptrace(trace, tracee, result);
	else if (cg_trace_loads_filter(&tracee->call, special, result, &for_all))
		remark(trace, tracee, "loads a seccomp filter of its own; what that refuses is counted as denied");
	else if (result == -EINVAL && trace->has_filter && asks_for_strict_mode(&tracee->call, special))
		remark(trace, tracee, "asked for strict seccomp mode, which is refused while it is recorded by ptrace");
}

void cg_trace_note_wait(struct cg_trace *trace, const struct cg_tracee *tracee)
{
	const struct cg_arch *arch = trace->listener ? cg_arch_of_call(&tracee->call) : NULL;
	const struct cg_syscall *known = arch ? cg_syscall_of_nr(arch, tracee->call.nr) : NULL;
	int r = 0;

	if (known && trace->phase && !trace->failure)
		r = cg_phase_waits(trace->phase, known->name, tracee->exe, tracee->group, trace->listener);
	if (r < 0)
		cg_trace_fail(trace, r);
}

void cg_trace_note_foreign_filter(struct cg_trace *trace, const struct cg_tracee *tracee)
{
	remark(trace, tracee,
	       "has a seccomp filter that asks for a tracer (SECCOMP_RET_TRACE); without a recorder such "
	       "calls fail with ENOSYS, here they were made (Linux before 6.16)");
}

/* Is it because of us that a program did not get its privilege? Not where we had no_new_privs ourselves. */
static bool takes_privilege(const struct cg_trace *trace)
{
	return !cg_no_new_privs_is_set() &&
	       (trace->child.report->set_no_new_privs || !cg_proc_has_capability(CAP_SYS_PTRACE));
}

void cg_trace_note_exec(struct cg_trace *trace, const struct cg_tracee *tracee)
{
	struct cg_proc_privilege privilege;

	if (cg_proc_privilege(tracee->tid, &privilege) < 0 ||
	    !(privilege.lacks_uid || privilege.lacks_gid || privilege.has_file_caps) || !takes_privilege(trace))
		return;
	if (privilege.lacks_uid)
		remark(trace, tracee,
		       "is set-uid and ran without that privilege, because it was recorded; record it as root");
	else if (privilege.lacks_gid)
		remark(trace, tracee,
		       "is set-gid and ran without that privilege, because it was recorded; record it as root");
	else
		remark(trace, tracee,
		       "has file capabilities and ran without them, because it was recorded; record it as root");
}

/* The first word of clone3's structure is its flags, on every arch. */
static uint64_t clone_flags(const struct cg_tracee *tracee, enum cg_special special)
{
	const struct cg_arch *arch = cg_arch_of_call(&tracee->call);
	long word;

	if (special == CG_SPECIAL_CLONE3)
		return cg_trace_peek(tracee->tid, tracee->call.args[0], &word) == 0 ? (unsigned long)word : 0;
	for (unsigned int i = 0; arch && i < CG_N_ITEMS(tracee->call.args); i++) {
		const struct cg_arg_info *info = cg_syscall_arg(arch, tracee->call.nr, i);

		if (info && info->set && strcmp(info->set, "clone_flags") == 0)
			return tracee->call.args[i];
	}
	return 0;
}

void cg_trace_note_clone(struct cg_trace *trace, const struct cg_tracee *tracee, enum cg_special special)
{
	if (clone_flags(tracee, special) & CLONE_UNTRACED)
		remark(trace, tracee,
		       "makes processes that refuse to be traced (CLONE_UNTRACED); their calls are not recorded, "
		       "and fail with ENOSYS");
}
