/*
 * See record_all.h.
 *
 * In: the folders of cgroups, looked at again and again. Out: a child for each container, which records it as
 * --container does, so that none can spoil another's recording. Attached from the moment it is found: what a container
 * calls before that is not recorded, and its recording says so; the hook is for that.
 */
#include "cli/record_all.h"

#include "base/cleanup.h"
#include "base/vec.h"
#include "cli/cli.h"
#include "os/container.h"
#include "os/crew.h"
#include "os/ebpf.h"
#include "os/file.h"
#include "os/output.h"
#include "os/procfs.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LOOK_MS 100 /* between two looks at the cgroups */

struct member {
	char id[CG_CONTAINER_ID_LENGTH + 1];
	int pid; /* of its recorder; 0: it has ended, or there is none */
	bool is_waiting; /* there were too many, and that is said */
	bool has_failed; /* and would again */
	bool is_there; /* in this look */
};

struct crew {
	const struct cg_record_options *options;
	const char *folder;
	struct cg_signals signals;
	CG_VEC(struct member) members;
	size_t n_running;
	size_t n_kept;
	bool has_failed;
};

/* What a child does. */
struct piece {
	const struct cg_record_options *options;
	const struct cg_container *container;
	const char *folder;
};

int cg_record_add_existing(const char *path, struct cg_recording *recording, struct cg_err *err)
{
	CG_CLEANUP(cg_text_done) struct cg_text text = { 0 };
	struct cg_recording *existing = NULL;
	int r = cg_file_read(path, CG_RECORDING_SIZE_LIMIT, &text, err);

	if (r == -ENOENT)
		return 0;
	if (r == 0)
		r = cg_recording_read(path, cg_text_get(&text), text.length, &existing, err);
	if (r == 0 && recording)
		r = cg_recording_merge(recording, existing, err);
	cg_recording_free(existing);
	return r;
}

static int keep_recording(const struct piece *piece, struct cg_recording *recording, struct cg_err *err)
{
	CG_CLEANUP(cg_text_done) struct cg_text path = { 0 }, text = { 0 };
	int held, r;

	cg_text_addf(&path, "%s/%s-%s.json", piece->folder, piece->container->engine, piece->container->id);
	if (path.has_failed)
		return cg_err_memory(err);
	held = cg_output_hold(cg_text_get(&path));
	r = cg_record_add_existing(cg_text_get(&path), recording, err);
	if (r == 0) {
		cg_recording_write(recording, &text);
		r = text.has_failed ? cg_err_memory(err) :
				      cg_file_write(cg_text_get(&path), cg_text_get(&text), text.length, err);
	}
	cg_output_release(held);
	return r;
}

static int record_one(void *context)
{
	const struct piece *piece = context;
	struct cg_record_options options = *piece->options;
	struct cg_record_target target = { .cgroup = piece->container->folder };
	struct cg_recording *recording = NULL;
	struct cg_signals signals;
	char name[CG_CONTAINER_ID_LENGTH + 32];
	struct cg_err err = { 0 };
	int status, r = cg_signals_begin(&signals, &err);

	snprintf(name, sizeof(name), "container %s", piece->container->id);
	target.name = name;
	options.target = &target;
	options.signals = &signals;
	options.duration_ms = 0;
	if (r == 0)
		r = cg_record(&options, &recording, &status, &err);
	/* Gone before it could be attached to. */
	if (r == -ENOENT)
		return CG_EXIT_NO;
	if (r == 0)
		r = keep_recording(piece, recording, &err);
	cg_recording_free(recording);
	if (r == 0)
		return CG_EXIT_YES;
	cg_cli_say("%s is not recorded", name);
	return cg_cli_fail(&err);
}

static struct member *find_member(struct crew *crew, const char *id)
{
	struct member fresh = { .pid = 0 };

	for (size_t i = 0; i < crew->members.n_items; i++)
		if (strcmp(crew->members.items[i].id, id) == 0)
			return &crew->members.items[i];
	snprintf(fresh.id, sizeof(fresh.id), "%s", id);
	if (cg_vec_push(&crew->members, fresh) < 0)
		return NULL;
	return &crew->members.items[crew->members.n_items - 1];
}

/* Its first process is still the runtime's, which is about to execute the container's program. */
static bool is_runtimes(const char *folder)
{
	CG_FREE struct cg_cgroup *cgroup = calloc(1, sizeof(*cgroup));
	char exe[PATH_MAX];
	int pid;

	if (!cgroup)
		return false;
	snprintf(cgroup->folder, sizeof(cgroup->folder), "%s", folder);
	if (cg_cgroup_first_process(cgroup, &pid) < 0 || cg_proc_exe(pid, exe, sizeof(exe)) < 0)
		return true;
	return strstr(exe, "runc") || strstr(exe, "/crun") || strstr(exe, ":crun") || strstr(exe, "/conmon");
}

static int look_at(void *context, const struct cg_container *container)
{
	struct crew *crew = context;
	struct piece piece = { crew->options, container, crew->folder };
	struct member *member = find_member(crew, container->id);
	struct cg_err err = { 0 };

	if (!member)
		return -ENOMEM;
	member->is_there = true;
	if (member->pid || member->has_failed || is_runtimes(container->folder))
		return 0;
	if (crew->n_running >= CG_RECORD_ALL_LIMIT) {
		if (!member->is_waiting)
			cg_cli_say("container %s waits: %d are recorded at once", container->id, CG_RECORD_ALL_LIMIT);
		member->is_waiting = true;
		return 0;
	}
	if (cg_crew_start(record_one, &piece, &crew->signals, &member->pid, &err) < 0) {
		crew->has_failed = member->has_failed = true;
		cg_cli_fail(&err);
		return 0;
	}
	crew->n_running++;
	return 0;
}

static void collect(struct crew *crew)
{
	int pid, status;

	while ((pid = cg_crew_next_ended(&status)) > 0) {
		for (size_t i = 0; i < crew->members.n_items; i++) {
			struct member *member = &crew->members.items[i];

			if (member->pid != pid)
				continue;
			member->pid = 0;
			member->has_failed = status != CG_EXIT_YES && status != CG_EXIT_NO;
			crew->has_failed |= member->has_failed;
			crew->n_kept += status == CG_EXIT_YES;
			crew->n_running--;
		}
	}
}

/* Ids that are gone are forgotten, so that days of short containers take no memory. */
static void forget(struct crew *crew)
{
	size_t n = 0;

	for (size_t i = 0; i < crew->members.n_items; i++)
		if (crew->members.items[i].is_there || crew->members.items[i].pid)
			crew->members.items[n++] = crew->members.items[i];
	crew->members.n_items = n;
	for (size_t i = 0; i < n; i++)
		crew->members.items[i].is_there = false;
}

static bool is_told_to_end(struct crew *crew)
{
	bool is_told = false;
	struct cg_signal signal;

	while (cg_signals_next(&crew->signals, &signal)) {
		if (cg_signal_stops(signal.number))
			cg_signals_stop_self(signal.number);
		is_told |= cg_signal_ends(signal.number);
	}
	return is_told;
}

static void end_all(struct crew *crew)
{
	for (size_t i = 0; i < crew->members.n_items; i++)
		if (crew->members.items[i].pid)
			cg_crew_tell_to_end(crew->members.items[i].pid);
	while (crew->n_running) {
		collect(crew);
		if (crew->n_running)
			cg_crew_pause(10);
	}
}

static int follow(struct crew *crew)
{
	uint64_t end_ms = crew->options->duration_ms ? cg_clock_ms() + crew->options->duration_ms : UINT64_MAX;
	int r = 0;

	while (r == 0 && !is_told_to_end(crew) && cg_clock_ms() < end_ms) {
		collect(crew);
		r = cg_container_each(look_at, crew);
		forget(crew);
		cg_crew_pause(LOOK_MS);
	}
	end_all(crew);
	return r;
}

int cg_record_all(const struct cg_record_options *options, const char *folder)
{
	struct crew crew = { .options = options, .folder = folder };
	struct cg_err err = { 0 };
	int r = cg_ebpf_can_attach(&err);

	if (r == 0)
		r = cg_folder_make(folder, &err);
	if (r == 0)
		r = cg_signals_begin(&crew.signals, &err);
	if (r < 0) {
		cg_cli_fail(&err);
		return CG_EXIT_NOT_STARTED;
	}
	r = follow(&crew);
	cg_signals_end(&crew.signals);
	cg_vec_done(&crew.members);
	cg_cli_say("%zu recording%s of containers in %s", crew.n_kept, crew.n_kept == 1 ? "" : "s", folder);
	if (r < 0)
		cg_cli_say("%s", strerror(-r));
	return r < 0 || crew.has_failed ? CG_EXIT_CANNOT : CG_EXIT_YES;
}
