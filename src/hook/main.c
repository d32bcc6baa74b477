/*
 * callgate-oci-hook: records a container from its first instruction to its last, for the annotation that asks for it.
 *
 * In: as an OCI runtime calls a hook, the container's state on standard input. Out: exit status 0 at once where nothing
 * is asked for; else once a recorder is attached, which stays behind and writes the profile at the container's end.
 * Whatever would keep it from that is found out now, told on standard error, and stops the container with status 1:
 * somebody who asked for a recording and got a container without one would learn it too late.
 */
#include "base/cleanup.h"
#include "hook/hook.h"
#include "os/detach.h"
#include "os/file.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

struct hook_options {
	const char *under; /* files that annotations name must lie there */
	const char *to;	   /* every container is recorded, into this folder */
};

static const char usage[] =
	"usage: callgate-oci-hook [--under FOLDER] [--to FOLDER] <STATE\n\n"
	"A createRuntime or prestart hook for runc, crun, Podman and CRI-O: records containers with the annotation\n"
	"  " CG_ANNOTATION "=of:FILE.json[;if:BASE][;args:none|safe|strict][;startup:yes|no]\n\n"
	"      --under FOLDER        FILE and BASE must lie in or below FOLDER\n"
	"      --to FOLDER           record containers without an annotation too, to FOLDER/ID.json\n"
	"      --version             print the version\n"
	"      --help                this list\n\n"
	"callgate-oci-hook(1) says what is written where.\n";

static void say(const char *id, const struct cg_err *err)
{
	CG_CLEANUP(cg_text_done) struct cg_text text = { 0 };

	cg_text_add(&text, "callgate-oci-hook: ");
	if (id)
		cg_text_addf(&text, "container %s cannot be recorded: ", id);
	if (err->place[0])
		cg_text_addf(&text, "%s: ", err->place);
	cg_text_add(&text, err->message);
	/* Files' names are somebody else's words. */
	for (const char *at = cg_text_get(&text); *at; at++)
		fputc((unsigned char)*at < 0x20 || *at == 0x7f ? '?' : *at, stderr);
	fputc('\n', stderr);
}

void cg_hook_name(const struct cg_hook_job *job, const char *end, char *ret_name)
{
	size_t length = strlen(job->place.name) - strlen(".json");

	snprintf(ret_name, CG_HOOK_NAME_SIZE, "%.*s%s", (int)length, job->place.name, end);
}

static int read_state(struct cg_arena *arena, struct cg_hook_job *job, struct cg_err *err)
{
	CG_CLEANUP(cg_text_done) struct cg_text text = { 0 };
	int r = cg_file_read("-", CG_STATE_SIZE_LIMIT, &text, err);

	if (r == 0)
		r = cg_container_state_read(cg_text_get(&text), text.length, arena, &job->state, err);
	return r;
}

static int read_config(struct cg_arena *arena, struct cg_hook_job *job, struct cg_err *err)
{
	CG_CLEANUP(cg_text_done) struct cg_text text = { 0 };
	const char *path;
	int r;

	if (!job->state.bundle)
		return cg_err_set(err, -EBADMSG, "the container's state", "does not say where the bundle is");
	path = cg_arena_format(arena, "%s/config.json", job->state.bundle);
	if (!path)
		return cg_err_memory(err);
	r = cg_file_read(path, CG_CONFIG_SIZE_LIMIT, &text, err);
	if (r == 0)
		r = cg_container_config_read(path, cg_text_get(&text), text.length, arena, &job->state, &job->config,
					     err);
	return r;
}

/* What is replaced is a profile, as is what replaces it: an annotation must not be able to destroy anything else. */
static int check_old(const struct cg_hook_job *job, struct cg_err *err)
{
	CG_CLEANUP(cg_text_done) struct cg_text text = { 0 };
	char name[CG_HOOK_NAME_SIZE];
	struct cg_hook_base old = { NULL };
	struct cg_recording *recording = NULL;
	struct cg_err ignored;
	int r = cg_place_read(&job->place, job->place.name, CG_CONFIG_SIZE_LIMIT, &text, err);

	if (r < 0 && r != -ENOENT)
		return r;
	if (r == 0 && text.length && cg_hook_base_read("", cg_text_get(&text), text.length, &old, &ignored) < 0)
		return cg_err_set(err, -EEXIST, job->place.path, "is there, is no profile, and is not replaced");
	cg_hook_base_done(&old);
	cg_text_clear(&text);
	cg_hook_name(job, CG_HOOK_RECORDING, name);
	r = cg_place_read(&job->place, name, CG_RECORDING_SIZE_LIMIT, &text, err);
	if (r < 0 && r != -ENOENT)
		return r;
	if (r == 0 && text.length && cg_recording_read("", cg_text_get(&text), text.length, &recording, &ignored) < 0)
		return cg_err_set(err, -EEXIST, job->place.path, "%s beside it is no recording, and is not replaced",
				  name);
	cg_recording_free(recording);
	return 0;
}

static int read_wished_base(const struct hook_options *options, struct cg_hook_job *job, struct cg_err *err)
{
	CG_CLEANUP(cg_text_done) struct cg_text text = { 0 };
	struct cg_place place;
	int r;

	if (job->wish.base[0] == '@')
		return cg_hook_base_find(job->wish.base, &job->bases[job->n_bases], err);
	r = cg_place_open(job->wish.base, options->under, &place, err);
	if (r < 0)
		return r;
	r = cg_place_read(&place, place.name, CG_CONFIG_SIZE_LIMIT, &text, err);
	cg_place_done(&place);
	if (r == 0)
		r = cg_hook_base_read(job->wish.base, cg_text_get(&text), text.length, &job->bases[job->n_bases], err);
	return r;
}

/* By its name: crun runs from a sealed copy of itself, whose path says nothing. */
static bool is_called_by_crun(void)
{
	CG_CLEANUP(cg_text_done) struct cg_text name = { 0 };
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/comm", cg_detach_parent());
	return cg_file_read(path, 64, &name, NULL) == 0 && strncmp(cg_text_get(&name), "crun", 4) == 0;
}

/* The runtime that calls us: what it calls by itself between loading the filter and starting the program. */
static int read_bases(const struct hook_options *options, struct cg_hook_job *job, struct cg_err *err)
{
	char name[32];
	int r;

	snprintf(name, sizeof(name), "%s%s", is_called_by_crun() ? "crun" : "runc",
		 job->config.has_no_new_privileges ? "-nnp" : "");
	r = cg_hook_base_find(name, &job->bases[0], err);
	if (r < 0)
		return r;
	job->n_bases = 1;
	if (!job->wish.base)
		return 0;
	r = read_wished_base(options, job, err);
	if (r == 0)
		job->n_bases = 2;
	return r;
}

/* Without an annotation: what --to asks for. false: nothing is. */
static bool wish_for_all(const struct hook_options *options, struct cg_arena *arena, struct cg_hook_job *job)
{
	if (!options->to)
		return false;
	job->wish.output = cg_arena_format(arena, "%s/%s.json", options->to, job->state.id);
	return true;
}

static int start(const struct hook_options *options, struct cg_arena *arena, struct cg_hook_job *job,
		 struct cg_err *err)
{
	const char *under = options->under;
	int r;

	if (job->state.annotation)
		r = cg_wish_parse(job->state.annotation_name, job->state.annotation, arena, &job->wish, err);
	else if (!wish_for_all(options, arena, job))
		return 0;
	else
		r = job->wish.output ? 0 : cg_err_memory(err);
	if (!job->state.annotation)
		under = options->to;
	if (r == 0 && job->state.pid <= 0)
		r = cg_err_set(err, -EINVAL, "the container's state",
			       "names no process: is this a createRuntime or prestart hook?");
	if (r == 0)
		r = cg_place_open(job->wish.output, under, &job->place, err);
	if (r == 0)
		r = check_old(job, err);
	if (r == 0)
		r = read_bases(options, job, err);
	return r < 0 ? r : cg_hook_record(job, err);
}

static int work(const struct hook_options *options)
{
	struct cg_hook_job job = { .place.folder = -1 };
	struct cg_arena arena = { 0 };
	struct cg_err err = { 0 };
	int r = read_state(&arena, &job, &err);

	/* A hook of all stages would be called at the end too. */
	if (r == 0 && !(job.state.status && strcmp(job.state.status, "stopped") == 0)) {
		r = read_config(&arena, &job, &err);
		if (r == 0)
			r = start(options, &arena, &job, &err);
	}
	if (r < 0)
		say(job.state.id, &err);
	for (size_t i = 0; i < CG_HOOK_BASES_MAX; i++)
		cg_hook_base_done(&job.bases[i]);
	cg_place_done(&job.place);
	cg_arena_done(&arena);
	return r < 0 ? 1 : 0;
}

int main(int argc, char **argv)
{
	struct hook_options options = { .under = NULL };

	for (int i = 1; i < argc; i++) {
		bool has_value = i + 1 < argc && argv[i + 1][0] == '/';

		if (strcmp(argv[i], "--version") == 0)
			return puts("callgate-oci-hook " CG_VERSION) < 0;
		if (strcmp(argv[i], "--help") == 0)
			return fputs(usage, stdout) < 0;
		if (strcmp(argv[i], "--under") == 0 && has_value) {
			options.under = argv[++i];
		} else if (strcmp(argv[i], "--to") == 0 && has_value) {
			options.to = argv[++i];
		} else if (strcmp(argv[i], "--under") == 0 || strcmp(argv[i], "--to") == 0) {
			fprintf(stderr, "callgate-oci-hook: %s needs the absolute path of a folder\n", argv[i]);
			return 2;
		} else {
			fprintf(stderr, "callgate-oci-hook: unknown word '%.64s'; see --help\n", argv[i]);
			return 2;
		}
	}
	return work(&options);
}
