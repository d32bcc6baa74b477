/*
 * The probes behind the table of probe.c, and what they share. Private to probe*.c.
 *
 * A probe runs in a child that it may load filters into, and fills in an answer. To add one: a function here and in the
 * file of its kind, and a row in probe.c.
 */
#ifndef CG_OS_PROBE_ROWS_H
#define CG_OS_PROBE_ROWS_H

#include "filter/filter.h"
#include "os/probe.h"

#include <stdint.h>
#include <sys/types.h>

/* Fill in the answer. */
void cg_probe_yes(struct cg_feature_answer *answer, const char *format, ...) __attribute__((format(printf, 2, 3)));
void cg_probe_limited(struct cg_feature_answer *answer, const char *remedy, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void cg_probe_no(struct cg_feature_answer *answer, const char *remedy, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* "… failed: Operation not permitted" from errno. */
void cg_probe_errno(struct cg_feature_answer *answer, const char *remedy, const char *what);

/* Sets no_new_privs and loads "getppid: `action`, others: ALLOW". 0 or the listener, or a negative errno. */
int cg_probe_load(uint32_t action, unsigned int flags);

/* fork(2), and the child's own end: no exit handlers, whatever filter is in force. */
pid_t cg_probe_fork(void);
void cg_probe_leave(int status);
/* Its wait status, or -1. */
int cg_probe_wait(pid_t pid);

/* probe_seccomp.c */
void cg_probe_strict(struct cg_feature_answer *answer);
void cg_probe_filter(struct cg_feature_answer *answer);
void cg_probe_filter_privileged(struct cg_feature_answer *answer);
void cg_probe_kill_process(struct cg_feature_answer *answer);
void cg_probe_kill_thread(struct cg_feature_answer *answer);
void cg_probe_trap(struct cg_feature_answer *answer);
void cg_probe_action_errno(struct cg_feature_answer *answer);
void cg_probe_action_log(struct cg_feature_answer *answer);
void cg_probe_action_allow(struct cg_feature_answer *answer);
void cg_probe_tsync(struct cg_feature_answer *answer);
void cg_probe_tsync_esrch(struct cg_feature_answer *answer);
void cg_probe_flag_log(struct cg_feature_answer *answer);
void cg_probe_spec_allow(struct cg_feature_answer *answer);
void cg_probe_wait_killable(struct cg_feature_answer *answer);

/* probe_notify.c */
void cg_probe_new_listener(struct cg_feature_answer *answer);
void cg_probe_notify(struct cg_feature_answer *answer);
void cg_probe_continue(struct cg_feature_answer *answer);
void cg_probe_add_fd(struct cg_feature_answer *answer);
void cg_probe_add_fd_send(struct cg_feature_answer *answer);
void cg_probe_sync_wake_up(struct cg_feature_answer *answer);
void cg_probe_hangup(struct cg_feature_answer *answer);

/* probe_trace.c */
void cg_probe_seize(struct cg_feature_answer *answer);
void cg_probe_action_trace(struct cg_feature_answer *answer);
void cg_probe_get_filter(struct cg_feature_answer *answer);
void cg_probe_yama(struct cg_feature_answer *answer);
void cg_probe_actions_logged(struct cg_feature_answer *answer);
void cg_probe_kmsg(struct cg_feature_answer *answer);
void cg_probe_audit(struct cg_feature_answer *answer);

/* probe_bpf.c */
void cg_probe_btf(struct cg_feature_answer *answer);
void cg_probe_raw_tracepoint(struct cg_feature_answer *answer);
void cg_probe_tp_btf(struct cg_feature_answer *answer);
void cg_probe_fentry(struct cg_feature_answer *answer);
void cg_probe_bpf_lsm(struct cg_feature_answer *answer);
void cg_probe_recorder(struct cg_feature_answer *answer);
void cg_probe_watcher(struct cg_feature_answer *answer);

/* probe_machine.c */
void cg_probe_landlock(struct cg_feature_answer *answer);
void cg_probe_user_namespace(struct cg_feature_answer *answer);
void cg_probe_cgroup(struct cg_feature_answer *answer);
void cg_probe_docker(struct cg_feature_answer *answer);
void cg_probe_podman(struct cg_feature_answer *answer);
void cg_probe_containerd(struct cg_feature_answer *answer);
void cg_probe_crio(struct cg_feature_answer *answer);
void cg_probe_runc(struct cg_feature_answer *answer);
void cg_probe_crun(struct cg_feature_answer *answer);

/* probe_x86.c, or probe_x86-none.c on other machines */
void cg_probe_i386(struct cg_feature_answer *answer);
void cg_probe_x32(struct cg_feature_answer *answer);

#endif
