/*
 * See suite_work.h.
 */
#include "cli/suite_work.h"

#include "base/cleanup.h"
#include "os/seccomp.h"
#include "os/spawn.h"
#include "supervise/plan.h"
#include "supervise/supervise.h"
#include "supervise/tell.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

static void send(int port, const struct cg_suite_message *message)
{
	(void)!write(port, message, sizeof(*message));
}

int cg_suite_tell_failure(int port, const struct cg_err *err)
{
	struct cg_suite_message message = { .kind = CG_SUITE_MESSAGE_FAILED, .err = *err };

	send(port, &message);
	return CG_EXIT_NOT_STARTED;
}

void cg_suite_tell_denial(int port, const struct cg_told_call *told)
{
	struct cg_suite_message message = { .kind = CG_SUITE_MESSAGE_DENIED };
	struct cg_text text = { 0 };

	message.denial.call = *told->call;
	message.denial.action = told->action;
	cg_tell_format(&text, told);
	snprintf(message.denial.text, sizeof(message.denial.text), "%s", cg_text_get(&text));
	snprintf(message.denial.process, sizeof(message.denial.process), "%s", told->process);
	cg_text_done(&text);
	send(port, &message);
}

void cg_suite_tell_blind(int port, const struct cg_err *err)
{
	struct cg_suite_message message = { .kind = CG_SUITE_MESSAGE_BLIND, .err = *err };

	send(port, &message);
}

static void hear(void *context, const struct cg_told_call *told)
{
	const struct cg_suite_job *job = context;

	if (told->as == CG_TOLD_DENIED)
		cg_suite_tell_denial(job->port, told);
}

static void say_nothing(const char *text)
{
}

static void fail_silently(const struct cg_err *err)
{
}

/* By us, that is. */
static bool is_filtered(const struct cg_suite_job *job)
{
	return job->is_confined && !job->container;
}

static struct cg_launch make_launch(const struct cg_suite_job *job, const char *path, const struct cg_plan *plan)
{
	struct cg_launch launch = plan ? cg_plan_launch(plan) : (struct cg_launch){ .keeps_privs = true };

	launch.path = path;
	launch.argv = job->argv;
	launch.environment = job->environment;
	return launch;
}

static int make_plan(const struct cg_suite_job *job, enum cg_tell tell, struct cg_plan *plan, struct cg_err *err)
{
	const struct cg_policy *policy = job->runner->profile.policy;
	unsigned int flags = (policy->flags & CG_POLICY_LOG ? CG_SECCOMP_LOG : 0) |
			     (policy->flags & CG_POLICY_SPEC_ALLOW ? CG_SECCOMP_SPEC_ALLOW : 0);
	uint64_t token[CG_TOKEN_WORDS];
	int r = cg_token_make(token, err);

	return r < 0 ? r : cg_plan_make(job->runner->filter, CG_RUN_ENFORCE, tell, flags, token, plan, err);
}

/* Becomes the command, with nobody beside it. */
int cg_suite_work_alone(const struct cg_suite_job *job, const char *path)
{
	CG_CLEANUP(cg_plan_done) struct cg_plan plan = { 0 };
	struct cg_err err = { 0 };
	struct cg_launch launch;

	if (is_filtered(job) && make_plan(job, CG_TELL_NONE, &plan, &err) < 0)
		return cg_suite_tell_failure(job->port, &err);
	launch = make_launch(job, path, is_filtered(job) ? &plan : NULL);
	cg_launch_here(&launch, fail_silently, &err);
	return cg_suite_tell_failure(job->port, &err);
}

static int work_with_listener(struct cg_suite_job *job, const char *path)
{
	CG_CLEANUP(cg_plan_done) struct cg_plan plan = { 0 };
	struct cg_supervise supervise = { .policy = job->runner->profile.policy,
					  .filter = job->runner->filter,
					  .say = say_nothing,
					  .hear = hear,
					  .context = job };
	enum cg_launch_stage stage;
	struct cg_err err = { 0 };
	int r = make_plan(job, CG_TELL_NOTIFY, &plan, &err), status;

	if (r == 0) {
		supervise.launch = make_launch(job, path, &plan);
		r = cg_supervise_run(&supervise, &status, &stage, &err);
		if (r == 0)
			return status;
	}
	/* A listener is there already, the kernel has none, or the filter leaves no place for one. */
	if (r != -EBUSY && r != -EINVAL && r != -EOPNOTSUPP)
		return cg_suite_tell_failure(job->port, &err);
	cg_suite_tell_blind(job->port, &err);
	return cg_suite_work_alone(job, path);
}

int cg_suite_work(void *context, int port)
{
	struct cg_suite_job *job = context;
	CG_FREE char *path = NULL;
	struct cg_err err = { 0 };

	job->port = port;
	if (cg_spawn_find(job->argv[0], &path, &err) < 0)
		return cg_suite_tell_failure(port, &err);
	if (job->container && job->is_confined)
		return cg_suite_work_in_container(job, path);
	return is_filtered(job) ? work_with_listener(job, path) : cg_suite_work_alone(job, path);
}
