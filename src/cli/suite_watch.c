/*
 * One command of a suite in a container: the engine's program runs, and programs in the kernel tell what is denied in
 * the container meanwhile, as in callgate monitor. See suite_work.h.
 *
 * In: a job. Out: the engine's exit status; on the port, messages. A violation is the container's when its cgroup bears
 * the container's id, which the engine writes to a file before it starts it; runc's is the name that we gave.
 */
#include "cli/suite_work.h"

#include "abi/action.h"
#include "base/cleanup.h"
#include "os/file.h"
#include "os/spawn.h"
#include "os/wait.h"
#include "source/violations.h"
#include "supervise/tell.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define ID_SIZE 128
#define LOOK_MS 50

struct watching {
	const struct cg_suite_job *job;
	char id[ID_SIZE]; /* "" as long as nobody knows it */
};

static bool knows_id(struct watching *watching)
{
	CG_CLEANUP(cg_text_done) struct cg_text text = { 0 };
	const struct cg_suite_job *job = watching->job;

	if (watching->id[0])
		return true;
	if (!job->id_file)
		snprintf(watching->id, ID_SIZE, "%s", job->container);
	else if (cg_file_read(job->id_file, ID_SIZE - 1, &text, NULL) == 0)
		snprintf(watching->id, ID_SIZE, "%.*s", (int)strcspn(cg_text_get(&text), "\n"), cg_text_get(&text));
	return watching->id[0];
}

/* What the runtime still does under the filter, before it executes the command, is not the command's. */
static bool is_runtime(const char *comm)
{
	return comm && (strncmp(comm, "runc", 4) == 0 || strcmp(comm, "crun") == 0);
}

static int lose(void *context, const char *source, const char *reason, uint64_t n)
{
	const struct watching *watching = context;
	struct cg_err err = { 0 };

	cg_err_set(&err, -ENOBUFS, NULL, "%s lost violations (%s)", source, reason);
	cg_suite_tell_blind(watching->job->port, &err);
	return 0;
}

static int hear(void *context, const struct cg_violation *violation)
{
	struct watching *watching = context;
	const struct cg_told_call told = { .call = &violation->call,
					   .action = violation->action,
					   .as = CG_TOLD_DENIED,
					   .process = violation->comm ? violation->comm : "" };

	if (!violation->cgroup)
		return lose(context, "ebpf", "nobody knows whose one is", 1);
	if (cg_action_row(violation->action)->is_denial && !is_runtime(violation->comm) && knows_id(watching) &&
	    strstr(violation->cgroup, watching->id))
		cg_suite_tell_denial(watching->job->port, &told);
	return 0;
}

/* Until the engine has ended, and everything that was seen is told. */
static int watch(struct cg_violation_reader *reader, pid_t pid)
{
	const struct cg_violation_source *source = &cg_violation_source_ebpf;
	int fd = source->fd(reader), status = 0;
	bool has_ended = false, is_ready;

	while (!has_ended) {
		cg_wait_readable(&fd, 1, LOOK_MS, &is_ready);
		has_ended = cg_child_has_ended(pid, &status);
		while (source->read(reader, NULL) == 1)
			;
	}
	source->close(reader);
	return status;
}

int cg_suite_work_in_container(const struct cg_suite_job *job, const char *path)
{
	static const struct cg_violation_request request = { .tells_all = true };
	struct watching watching = { .job = job };
	const struct cg_violation_tell tell = { .violation = hear, .loss = lose, .context = &watching };
	const struct cg_launch launch = {
		.path = path, .argv = job->argv, .environment = job->environment, .keeps_privs = true
	};
	struct cg_violation_reader *reader;
	enum cg_launch_stage stage;
	struct cg_err err = { 0 };
	int listener, r;
	pid_t pid;

	if (cg_violation_source_ebpf.open(&request, &tell, &reader, &err) < 0) {
		cg_suite_tell_blind(job->port, &err);
		return cg_suite_work_alone(job, path);
	}
	r = cg_launch_child(&launch, &pid, &listener, &stage, &err);
	if (r == 0)
		return watch(reader, pid);
	cg_violation_source_ebpf.close(reader);
	return cg_suite_tell_failure(job->port, &err);
}
