/*
 * See record.h.
 */
#include "api/record.h"

#include "api/files.h"
#include "base/cleanup.h"
#include "base/instant.h"
#include "learn/phase.h"
#include "os/cgroup.h"
#include "os/elf.h"
#include "os/machine.h"
#include "os/procfs.h"
#include "os/random.h"
#include "os/relay.h"
#include "os/seccomp.h"
#include "os/spawn.h"
#include "source/sources.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* As a shell tells them: the command is not there; it is, but cannot be executed. */
#define STATUS_NOT_FOUND 127
#define STATUS_NOT_EXECUTABLE 126

struct keeper {
	struct cg_recording *recording;
	struct cg_run *run;
	bool without_args;
	const struct cg_record_options *options;
	int root; /* the target's root folder, from which its paths are seen; -1: it is ours */
	uint64_t root_namespace; /* of mounts, that the paths below it are of; 0: not known */
	uint64_t own_namespace;
	struct cg_relay relay;
	bool has_begun; /* no other source can be tried any more */
};

static int keep_begun(void *context)
{
	struct keeper *keeper = context;

	keeper->has_begun = true;
	/* The command has its ends of the pipes by now. */
	cg_relay_restore(&keeper->relay);
	return keeper->options->begun ? keeper->options->begun(keeper->options->context) : 0;
}

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

static bool is_launched(const struct cg_record_options *options)
{
	return options->target && options->target->launcher != CG_RECORD_NO_LAUNCHER;
}

/* From where this machine's file of that path is seen: -1 from our own root, else a descriptor. False: from nowhere. */
static bool find_root(const struct keeper *keeper, uint64_t namespace, int *ret_root)
{
	*ret_root = -1;
	/* A container's own start: what it will see as its root is not there yet when we begin, and gone when we end. */
	if (is_launched(keeper->options))
		return false;
	if (namespace && namespace == keeper->own_namespace)
		return true;
	*ret_root = keeper->root;
	return namespace && namespace == keeper->root_namespace && keeper->root >= 0;
}

static void read_elf(int root, const char *path, struct cg_elf *ret_elf)
{
	if (root < 0)
		cg_elf_read(path, ret_elf);
	else
		cg_elf_read_below(root, path, ret_elf);
}

static int add_file(struct keeper *keeper, const char *path, const char *build_id, int root)
{
	/* This machine's packages say nothing of what is in a container. */
	const struct cg_recorded_file file = { path, build_id, "", "", root >= 0 };

	return cg_run_add_packaged_file(keeper->recording, keeper->run, &file);
}

/* With the loader that the kernel maps by itself, for a program that asks for one. */
static int keep_file(void *context, const char *path, uint64_t namespace)
{
	const struct cg_recorded_file unseen = { path, "", "", "", true };
	struct keeper *keeper = context;
	struct cg_elf elf = { "", "" }, loader = { "", "" };
	int root, r;

	/* Of a mount namespace that we do not see, nobody can tell from here what it is. */
	if (!find_root(keeper, namespace, &root))
		return cg_run_add_packaged_file(keeper->recording, keeper->run, &unseen);
	read_elf(root, path, &elf);
	r = add_file(keeper, path, elf.build_id, root);
	if (r == 0 && elf.interpreter[0]) {
		read_elf(root, elf.interpreter, &loader);
		r = add_file(keeper, elf.interpreter, loader.build_id, root);
	}
	return r;
}

static int keep_mark(void *context, enum cg_phase_by by, const char *why, uint64_t at_ms)
{
	static const char *const words[] = {
		[CG_PHASE_BY_NOTHING] = "",	      [CG_PHASE_BY_SIGNAL] = "signal", [CG_PHASE_BY_OUTPUT] = "output",
		[CG_PHASE_BY_LISTEN] = "listen", [CG_PHASE_AFTER] = "after",
	};
	struct keeper *keeper = context;

	return cg_run_mark(keeper->recording, keeper->run, words[by], why, at_ms);
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

static int note_target(struct keeper *keeper)
{
	const struct cg_record_target *target = keeper->options->target;
	CG_CLEANUP(cg_text_done) struct cg_text text = { 0 };

	if (is_launched(keeper->options))
		return 0;
	cg_text_add(&text, "attached to ");
	if (target->name)
		cg_text_add(&text, target->name);
	else if (target->pid)
		cg_text_addf(&text, "process %d", target->pid);
	else
		cg_text_addf(&text, "cgroup %s", target->cgroup);
	cg_text_add(&text, " while it ran: what it called before, at its start above all, is not recorded");
	return text.has_failed ? -ENOMEM :
				 cg_run_add_remark(keeper->recording, keeper->run, cg_text_get(&text));
}

/* What is known before the command runs. */
static int begin_run(struct keeper *keeper, char *const *argv)
{
	char started[CG_INSTANT_SIZE], release[256], machine[256];
	int r;

	cg_instant_format(cg_clock_epoch_ms(), started);
	cg_machine_name(release, machine, sizeof(release));
	r = cg_run_set_text(keeper->recording, &keeper->run->started, started);
	if (r == 0)
		r = cg_run_set_text(keeper->recording, &keeper->run->kernel, release);
	if (r == 0)
		r = cg_run_set_text(keeper->recording, &keeper->run->machine, cg_arch_native()->name);
	for (; r == 0 && argv && *argv; argv++)
		r = cg_run_add_word(keeper->recording, keeper->run, *argv);
	if (r == 0)
		r = keeper->options->target ? note_target(keeper) : note_outer_filter(keeper);
	return r;
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
	const struct cg_source_sink sink = { .begun = keep_begun,
					      .event = keep_event,
					      .remark = keep_remark,
					      .file = keep_file,
					      .mark = keep_mark,
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

/* Why a source has not what is asked for, or NULL. */
static const char *lack_of(const struct cg_source *source, const struct cg_record_options *options)
{
	if (options->with_time && !source->has_time)
		return "does not tell how long calls take";
	if (options->phase.by && !source->has_phases)
		return "does not tell start-up from serving";
	if (options->target && options->target->pid && !source->has_processes)
		return "cannot record what runs already";
	if (options->target && !options->target->pid && !source->has_cgroups)
		return "cannot record a cgroup";
	return NULL;
}

static int try_source(const struct cg_source *source, const struct cg_source_request *request, struct keeper *keeper,
		      struct cg_source_result *ret_result, struct cg_err *err)
{
	const char *lack = lack_of(source, keeper->options);

	if (lack)
		return cg_err_set(err, -EOPNOTSUPP, source->name, "%s; use --backend ebpf", lack);
	if (cg_run_set_text(keeper->recording, &keeper->run->backend, source->name) < 0)
		return cg_err_memory(err);
	return run_source(source, request, keeper, ret_result, err);
}

/* The first row that can: one that fails before it has begun has done nothing. */
static int try_all(const struct cg_source_request *request, struct keeper *keeper, struct cg_source_result *ret_result,
		   struct cg_err *err)
{
	CG_CLEANUP(cg_text_done) struct cg_text own = { 0 };
	struct cg_text *refusals = keeper->options->refusals ? keeper->options->refusals : &own;
	int r = -ENOSYS;

	for (size_t i = 0; i < cg_n_sources; i++) {
		struct cg_err why = { 0 };
		const char *lack = lack_of(cg_sources[i], keeper->options);

		if (!lack) {
			r = try_source(cg_sources[i], request, keeper, ret_result, &why);
			if (r >= 0 || keeper->has_begun || r == -ESRCH) {
				if (err && r != 0)
					*err = why;
				return r;
			}
		}
		cg_text_addf(refusals, "%s%s: %s", refusals->length ? "; " : "", cg_sources[i]->name,
			     lack ? lack : why.message);
	}
	return cg_err_set(err, refusals->has_failed ? -ENOMEM : r == -EPERM ? r : -EOPNOTSUPP, NULL,
			  "nothing that could record this works here: %s", cg_text_get(refusals));
}

static int record(const struct cg_record_options *options, struct cg_source_request *request, struct keeper *keeper,
		  int *ret_status, struct cg_err *err)
{
	bool is_chosen = options->backend && strcmp(options->backend, "auto") != 0;
	const struct cg_source *source;
	struct cg_source_result result;
	char id[CG_RUN_ID_LENGTH + 1];
	int r = is_chosen ? cg_source_find(options->backend, &source, err) : 0;

	if (r == 0)
		r = make_id(id, err);
	if (r < 0)
		return r;
	if (cg_recording_add_run(keeper->recording, id, &keeper->run) < 0 ||
	    begin_run(keeper, options->argv) < 0)
		return cg_err_memory(err);
	r = is_chosen ? try_source(source, request, keeper, &result, err) : try_all(request, keeper, &result, err);
	if (r == 0)
		*ret_status = result.exit_status < 0 ? 0 : status_of(result.exit_status);
	return r;
}

/* Which cgroup; and the root folder from which those in it see their files. */
static int resolve_target(const struct cg_record_target *target, struct cg_cgroup *cgroup,
			  struct cg_source_target *ret_target, int *ret_root, uint64_t *ret_namespace, struct cg_err *err)
{
	int pid = target->pid;

	*ret_target = (struct cg_source_target){
		.pid = target->pid,
		.lasts = target->lasts,
		.is_launcher = target->launcher == CG_RECORD_LAUNCHER,
	};
	if (!pid) {
		int r = cg_cgroup_find(target->cgroup, cgroup, err);

		if (r < 0)
			return r;
		ret_target->hierarchy = cgroup->hierarchy;
		ret_target->cgroup = cgroup->id;
		ret_target->folder = cgroup->folder;
		if (cg_cgroup_first_process(cgroup, &pid) < 0)
			pid = 0;
	} else if (!cg_proc_is_alive(pid)) {
		return cg_err_set(err, -ESRCH, NULL, "there is no process %d", pid);
	}
	*ret_root = pid && !cg_proc_shares_root(pid) ? cg_proc_open_root(pid) : -1;
	/* A folder that is the root of a mere chroot(2) is not what paths of the namespace begin with. */
	*ret_namespace = *ret_root >= 0 ? cg_proc_mount_namespace(pid) : 0;
	return 0;
}

/* What is needed of the machine before a source is chosen. */
static int prepare(const struct cg_record_options *options, struct cg_source_request *request, struct keeper *keeper,
		   char **ret_path, struct cg_err *err)
{
	int r = options->argv ? cg_spawn_find(options->argv[0], ret_path, err) : 0;

	if (r == -ENOENT || r == -EACCES)
		return r == -ENOENT ? STATUS_NOT_FOUND : STATUS_NOT_EXECUTABLE;
	request->path = *ret_path;
	return r == 0 && !keeper->recording ? cg_err_memory(err) : r;
}

int cg_record(const struct cg_record_options *options, struct cg_recording **ret_recording, int *ret_status,
	      struct cg_err *err)
{
	struct cg_signals own_signals;
	struct cg_cgroup cgroup;
	struct cg_source_target target;
	struct keeper keeper = {
		.recording = cg_recording_new(),
		.without_args = options->without_args,
		.options = options,
		.root = -1,
		.own_namespace = cg_proc_mount_namespace(getpid()),
		.relay = { .saved = { -1, -1 }, .done = -1 },
	};
	struct cg_source_request request = {
		.argv = options->argv,
		.target = options->target ? &target : NULL,
		.duration_ms = options->duration_ms,
		.without_args = options->without_args,
		.with_time = options->with_time,
		.phase = { options->phase.by, options->phase.after_ms, &keeper.relay },
		.signals = options->signals ? options->signals : &own_signals,
	};
	CG_FREE char *path = NULL;
	int r = prepare(options, &request, &keeper, &path, err);

	if (r == 0 && options->target)
		r = resolve_target(options->target, &cgroup, &target, &keeper.root, &keeper.root_namespace,
				   err);
	if (r == 0 && !options->signals)
		r = cg_signals_begin(&own_signals, err);
	if (r == 0 && options->phase.by == CG_PHASE_BY_OUTPUT) {
		r = cg_relay_begin(&keeper.relay, options->phase.pattern, err);
		if (r < 0 && !options->signals)
			cg_signals_end(&own_signals);
	}
	if (r == 0) {
		r = record(options, &request, &keeper, ret_status, err);
		cg_relay_end(&keeper.relay);
		if (!options->signals)
			cg_signals_end(&own_signals);
	}
	if (keeper.root >= 0)
		close(keeper.root);
	if (r != 0)
		cg_recording_free(keeper.recording);
	else
		*ret_recording = keeper.recording;
	return r;
}
