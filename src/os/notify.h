/*
 * User notification: a filter's questions to whoever holds its listener. seccomp_unotify(2).
 *
 * In: the listener descriptor from cg_seccomp_load(). Out: calls, and our answers to them. What is read of the asking
 * process beyond the call's registers is for telling only: it may change while one looks (seccomp_unotify(2), "Caveats
 * regarding the use of SECCOMP_USER_NOTIF_FLAG_CONTINUE").
 */
#ifndef CG_OS_NOTIFY_H
#define CG_OS_NOTIFY_H

#include "base/err.h"
#include "callgate/call.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cg_notification {
	uint64_t id;
	int tid; /* of the asking thread, in our PID namespace; 0 when it cannot be seen from here */
	struct cg_call call;
};

/* To be asked once, before all else: can we talk to this kernel's listeners? 0 or -EOPNOTSUPP. */
int cg_notify_check(struct cg_err *err);

/* Waits for the next question. 0; -ENOENT when the asker went away meanwhile (normal: ask again); -EINTR. */
int cg_notify_receive(int listener, struct cg_notification *ret_notification);

/* Is the asker still waiting? Only then is its tid still its own. */
bool cg_notify_is_waiting(int listener, uint64_t id);

/* Answers. 0; -ENOENT when the asker went away meanwhile. */
int cg_notify_continue(int listener, uint64_t id);
int cg_notify_refuse(int listener, uint64_t id, unsigned int number); /* the call fails with this errno; 0: returns 0 */
int cg_notify_return(int listener, uint64_t id, int64_t value);

/* Opens `fd` in the asker, and with does_answer returns its number there as the call's result. The number, or <0. */
int cg_notify_add_fd(int listener, uint64_t id, int fd, bool does_answer);

/*
 * The kernel's own structures, for libseccomp's API (compat/), whose callers speak them: how large this kernel's are,
 * and the three requests. A structure for receiving must be zeroed. 0 (or the new descriptor's number), or -errno.
 */
struct seccomp_notif;
struct seccomp_notif_resp;
struct seccomp_notif_addfd;

int cg_notify_sizes(size_t *ret_question, size_t *ret_answer);
int cg_notify_receive_raw(int listener, struct seccomp_notif *notif);
int cg_notify_respond_raw(int listener, struct seccomp_notif_resp *answer);
int cg_notify_add_fd_raw(int listener, struct seccomp_notif_addfd *add);

/* Wakes asker and answerer on the same CPU, which is cheaper. -EINVAL before kernel 6.6. */
int cg_notify_wake_synchronously(int listener);

/*
 * Does the listener say POLLHUP once nobody is left under the filter? The same kernel brought it and adding
 * descriptors, so that is what is asked.
 */
bool cg_notify_has_hangup(int listener);

/* Is anybody left under the filter? Always true where the listener says no POLLHUP. */
bool cg_notify_has_askers(int listener);

/*
 * Ends the asking process as the kernel's KILL_PROCESS would, as nearly as it can be done from outside: SIGSYS, or
 * SIGKILL where SIGSYS would not surely be the end (caught, blocked, ignored, traced, several threads, init of its
 * namespace). Answers the notification too. 0 and *ret_signal, or a negative errno.
 */
int cg_notify_kill(int listener, const struct cg_notification *notification, int *ret_signal);

#endif
