/*
 * What the keeper tells the front, in packets over a socket. Private to job.c and job_keeper.c.
 */
#ifndef CG_OS_JOB_MESSAGE_H
#define CG_OS_JOB_MESSAGE_H

#include "os/job.h"

enum cg_job_message_kind {
	CG_JOB_MESSAGE_FAILED,
	CG_JOB_MESSAGE_STARTED,
	CG_JOB_MESSAGE_STOPPED,
	CG_JOB_MESSAGE_CONTINUED,
	CG_JOB_MESSAGE_ENDED,
};

struct cg_job_message {
	enum cg_job_message_kind kind;
	enum cg_launch_stage stage; /* FAILED */
	int value;                  /* a PID, a signal, a status */
	bool stays;                 /* ENDED: the keeper has others to answer */
	struct cg_err err;          /* FAILED */
};

#endif
