/*
 * A small process that holds a listener for one that may be killed: whoever asks is always answered.
 *
 * In: a listener. Out: a process that sleeps until its maker is gone without having dismissed it; from then on it lets
 * every call be made that is asked about, the one that was being answered included, until nobody is left to ask. A
 * listener that nobody holds is worse: the kernel then answers ENOSYS, whatever the call (kernel/seccomp.c,
 * seccomp_do_user_notification()).
 */
#ifndef CG_OS_WARDEN_H
#define CG_OS_WARDEN_H

#include "base/err.h"
#include "os/notify.h"

#include <sys/types.h>

struct cg_warden {
	pid_t pid;
	int leash; /* its end tells the warden */
	void *question; /* shared with it: the question that is being answered */
};

/* Errors: -EAGAIN, -ENOMEM, -EMFILE. */
int cg_warden_post(int listener, struct cg_warden *ret_warden, struct cg_err *err);

/* As cg_notify_receive(); what is received is known to the warden before anything else can happen. */
int cg_warden_receive(const struct cg_warden *warden, int listener, struct cg_notification *ret_notification);

/* Nobody is left who could ask. */
void cg_warden_dismiss(struct cg_warden *warden);

#endif
