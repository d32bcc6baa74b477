/*
 * See record.h.
 */
#include "api/record.h"

#include "api/files.h"
#include "base/cleanup.h"
#include "base/instant.h"
#include "os/elf.h"
#include "os/machine.h"
#include "os/random.h"
#include "os/seccomp.h"
#include "os/spawn.h"
#include "source/sources.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

/* As a shell tells them: the command is not there; it is, but cannot be executed. */
#define STATUS_NOT_FOUND 127
#define STATUS_NOT_EXECUTABLE 126

struct keeper {
	struct cg_recording *recording;
	struct cg_run *run;
	bool without_args;
};

static int keep_event(void *context, const struct cg_event *event)
{
	struct keeper *keeper = context;
	struct cg_event bare;

	if (!keeper->without_args)
		return cg_run_add(keeper->recording, keeper->run, event);
	bare = *event;
	bare.has_args = false;
	return cg_run_add(keeper->recording, keeper->run, &bare);
}

static int keep_remark(void *context, const char *remark)
{
	struct keeper *keeper = context;

	return cg_run_add_remark(keeper->recording, keeper->run, remark);
}

static int keep_call(void *context, const struct cg_recorded_call *call)
{
	struct keeper *keeper = context;

	return cg_run_add_call(keeper->recording, keeper->run, call);
}

/* With the loader that the kernel maps by itself, for a program that asks for one. */
static int keep_file(void *context, const char *path)
{
	struct keeper *keeper = context;
	struct cg_elf elf = { "", "" }, loader = { "", "" };
	int r;

	cg_elf_read(path, &elf);
	r = cg_run_add_file(keeper->recording, keeper->run, path, elf.build_id);
	if (r == 0 && elf.interpreter[0]) {
		cg_elf_read(elf.interpreter, &loader);
		r = cg_run_add_file(keeper->recording, keeper->run, elf.interpreter, loader.build_id);
	}
	return r;
}

static int make_id(char *ret_id, struct cg_err *err)
{
	unsigned char bytes[CG_RUN_ID_LENGTH / 2];
	int r = cg_random_fill(bytes, sizeof(bytes), err);

	for (size_t i = 0; r == 0 && i < sizeof(bytes); i++)
		snprintf(ret_id + 2 * i, 3, "%02x", bytes[i]);
	return r;
}

/*
 * A filter that this process lives under is the command's too. What it refuses with an errno looks like a call that
 * failed, and what the command would have gone on to do is not there to be recorded.
 */
static int note_outer_filter(struct keeper *keeper)
{
	if (cg_seccomp_mode() != 2)
		return 0;
	return cg_run_add_remark(keeper->recording, keeper->run,
				 "recorded under a seccomp filter that was there before (in a container?): calls that "
				 "it refuses fail, and what the program would have done after them is not recorded; "
				 "record where no filter is (docker run --security-opt seccomp=unconfined)");
}

/* What is known before the command runs. */
static int begin_run(struct keeper *keeper, const char *backend, char *const *argv)
{
	char started[CG_INSTANT_SIZE], release[256], machine[256];
	int r;

	cg_instant_format(cg_clock_epoch_ms(), started);
	cg_machine_name(release, machine, sizeof(release));
	r = cg_run_set_text(keeper->recording, &keeper->run->backend, backend);
	if (r == 0)
		r = cg_run_set_text(keeper->recording, &keeper->run->started, started);
	if (r == 0)
		r = cg_run_set_text(keeper->recording, &keeper->run->kernel, release);
	if (r == 0)
		r = cg_run_set_text(keeper->recording, &keeper->run->machine, cg_arch_native()->name);
	for (; r == 0 && *argv; argv++)
		r = cg_run_add_word(keeper->recording, keeper->run, *argv);
	return r < 0 ? r : note_outer_filter(keeper);
}

static int not_started(const char *name, int code, struct cg_err *err)
{
	/* Here ENOENT is an interpreter's: the file itself was found. */
	if (code == ENOENT)
		cg_err_set(err, -code, name, "cannot be executed: its interpreter or loader is not there");
	else
		cg_err_set(err, -code, name, "cannot be executed: %s", strerror(code));
	return code == ENOENT ? STATUS_NOT_FOUND : STATUS_NOT_EXECUTABLE;
}

static int status_of(int exit_status)
{
	return WIFSIGNALED(exit_status) ? 128 + WTERMSIG(exit_status) : WEXITSTATUS(exit_status);
}

static int run_source(const struct cg_source *source, const struct cg_source_request *request, struct keeper *keeper,
		      struct cg_source_result *ret_result, struct cg_err *err)
{
	const struct cg_source_sink sink = { .event = keep_event,
					      .remark = keep_remark,
					      .file = keep_file,
					      .call = keep_call,
					      .context = keeper };
	uint64_t began = cg_clock_ms();
	int r = source->run(request, &sink, ret_result, err);

	if (r < 0)
		return r;
	if (!ret_result->has_started)
		return not_started(request->argv[0], ret_result->start_errno ? ret_result->start_errno : EINTR, err);
	keeper->run->duration_ms = cg_clock_ms() - began;
	keeper->run->exit_status = ret_result->exit_status;
	keeper->run->is_partial = ret_result->is_partial;
	keeper->run->n_unlisted += ret_result->n_unlisted;
	cg_run_finish(keeper->run);
	return cg_files_find_packages(keeper->recording, keeper->run) < 0 ? cg_err_memory(err) : 0;
}

static int cannot_time(const struct cg_source *source, const struct cg_text *refusals, struct cg_err *err)
{
	if (refusals && refusals->length)
		return cg_err_set(err, -EOPNOTSUPP, source->name, "does not tell how long calls take; %s",
				  cg_text_get(refusals));
	return cg_err_set(err, -EOPNOTSUPP, source->name, "does not tell how long calls take; use --backend ebpf");
}

static int record(const struct cg_record_options *options, struct cg_source_request *request, struct keeper *keeper,
		  int *ret_status, struct cg_err *err)
{
	const struct cg_source *source;
	struct cg_source_result result;
	char id[CG_RUN_ID_LENGTH + 1];
	int r = cg_source_choose(options->backend ? options->backend : "auto", &source, options->refusals, err);

	if (r == 0 && options->with_time && !source->has_time)
		r = cannot_time(source, options->refusals, err);
	if (r == 0)
		r = make_id(id, err);
	if (r < 0)
		return r;
	if (cg_recording_add_run(keeper->recording, id, &keeper->run) < 0 ||
	    begin_run(keeper, source->name, options->argv) < 0)
		return cg_err_memory(err);
	r = run_source(source, request, keeper, &result, err);
	if (r == 0)
		*ret_status = status_of(result.exit_status);
	return r;
}

int cg_record(const struct cg_record_options *options, struct cg_recording **ret_recording, int *ret_status,
	      struct cg_err *err)
{
	struct cg_signals own_signals;
	struct cg_source_request request = {
		.argv = options->argv,
		.duration_ms = options->duration_ms,
		.without_args = options->without_args,
		.with_time = options->with_time,
		.signals = options->signals ? options->signals : &own_signals,
	};
	struct keeper keeper = { .recording = cg_recording_new(), .without_args = options->without_args };
	CG_FREE char *path = NULL;
	int r = cg_spawn_find(options->argv[0], &path, err);

	if (r == -ENOENT || r == -EACCES)
		r = r == -ENOENT ? STATUS_NOT_FOUND : STATUS_NOT_EXECUTABLE;
	else if (r == 0 && !keeper.recording)
		r = cg_err_memory(err);
	else if (r == 0 && !options->signals)
		r = cg_signals_begin(&own_signals, err);
	if (r == 0) {
		request.path = path;
		r = record(options, &request, &keeper, ret_status, err);
		if (!options->signals)
			cg_signals_end(&own_signals);
	}
	if (r != 0)
		cg_recording_free(keeper.recording);
	else
		*ret_recording = keeper.recording;
	return r;
}
