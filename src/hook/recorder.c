/*
 * The process that stays behind: records the container, waits for its end, writes what came of it.
 *
 * In: a job, checked by main.c. Out: FILE.recording.json and FILE.json, or FILE.failed with the reason. Nothing of the
 * container or its runtime hangs on this process: if it is killed the container runs on, and nothing is written.
 *
 * The container's first process is still the runtime's: it has the filter to load and the program to execute. What it
 * calls until then is not the program's, and the runtime's base says what of it a profile needs.
 */
#include "hook/hook.h"

#include "api/record.h"
#include "base/cleanup.h"
#include "os/detach.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

struct recorder {
	struct cg_hook_job *job;
	int port;
	bool is_ready;
};

static int tell_ready(void *context)
{
	struct recorder *recorder = context;

	cg_detach_ready(recorder->port);
	recorder->is_ready = true;
	return 0;
}

/* Nobody listens any more: what goes wrong now can only be written down beside the profile. */
static void tell_failure(const struct recorder *recorder, const struct cg_err *err)
{
	const struct cg_hook_job *job = recorder->job;
	CG_CLEANUP(cg_text_done) struct cg_text text = { 0 };
	char name[CG_HOOK_NAME_SIZE];

	if (!recorder->is_ready) {
		cg_detach_fail(recorder->port, err);
		return;
	}
	cg_text_addf(&text, "container %s: %s%s%s\n", job->state.id, err->place, err->place[0] ? ": " : "",
		     err->message);
	cg_hook_name(job, CG_HOOK_FAILURE, name);
	cg_place_write(&job->place, name, cg_text_get(&text), text.length, NULL);
}

/* The recording first: from it the profile can be made again. */
static int write_results(const struct cg_hook_job *job, const struct cg_recording *recording, struct cg_err *err)
{
	CG_CLEANUP(cg_text_done) struct cg_text text = { 0 };
	char name[CG_HOOK_NAME_SIZE];
	int r;

	if (cg_recording_write(recording, &text) < 0 || text.has_failed)
		return cg_err_memory(err);
	cg_hook_name(job, CG_HOOK_RECORDING, name);
	r = cg_place_write(&job->place, name, cg_text_get(&text), text.length, err);
	if (r < 0)
		return r;
	cg_text_clear(&text);
	r = cg_hook_profile_write(recording, job->wish.args, job->bases, job->n_bases, &text, err);
	if (r == 0)
		r = cg_place_write(&job->place, job->place.name, cg_text_get(&text), text.length, err);
	return r;
}

/* What runs in the container is the run's command. */
static int add_words(const struct cg_hook_job *job, struct cg_recording *recording, struct cg_err *err)
{
	struct cg_run *run = recording->runs.items[0];
	int r = 0;

	for (size_t i = 0; r == 0 && job->config.words[i]; i++)
		r = cg_run_add_word(recording, run, job->config.words[i]);
	return r < 0 ? cg_err_memory(err) : 0;
}

static void work(void *context, int port)
{
	struct cg_hook_job *job = context;
	struct recorder recorder = { .job = job, .port = port };
	const struct cg_record_target target = {
		.pid = job->state.pid,
		.launcher = job->wish.with_startup ? CG_RECORD_WITH_LAUNCHER : CG_RECORD_LAUNCHER,
	};
	const struct cg_record_options options = {
		.backend = "ebpf",
		.target = &target,
		.begun = tell_ready,
		.context = &recorder,
	};
	struct cg_recording *recording = NULL;
	struct cg_err err = { 0 };
	char name[CG_HOOK_NAME_SIZE];
	int status, r;

	cg_hook_name(job, CG_HOOK_FAILURE, name);
	cg_place_remove(&job->place, name);
	r = cg_record(&options, &recording, &status, &err);
	if (r == 0)
		r = add_words(job, recording, &err);
	if (r == 0)
		r = write_results(job, recording, &err);
	if (r != 0)
		tell_failure(&recorder, &err);
	cg_recording_free(recording);
}

int cg_hook_record(struct cg_hook_job *job, struct cg_err *err)
{
	return cg_detach_run(work, job, CG_HOOK_LIMIT_MS, err);
}
