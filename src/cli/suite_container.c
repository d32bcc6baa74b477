/*
 * Command lines of container engines, and runc's bundle. See suite_run.h.
 *
 * The engine puts the filter in force, as it does where the profile is used. The container gets no network and no more
 * than the engine's defaults; our folder is mounted in it.
 */
#include "cli/suite_run.h"

#include "base/cleanup.h"
#include "base/json_read.h"
#include "base/json_write.h"
#include "base/vec.h"
#include "language/policy_text.h"
#include "os/file.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define PROFILE "profile.json"

static int write_file(const struct cg_suite_runner *runner, const char *folder, const char *name,
		      const struct cg_text *text, struct cg_err *err)
{
	char path[4096];

	if (text->has_failed)
		return cg_err_memory(err);
	snprintf(path, sizeof(path), "%s/%s%s%s", runner->scratch, folder, folder[0] ? "/" : "", name);
	return cg_file_write(path, cg_text_get(text), text->length, err);
}

/* As engines read it: no comments. A policy text is turned into what they can read. */
static int write_profile(const struct cg_suite_runner *runner, struct cg_text *text, struct cg_err *err)
{
	const struct cg_profile *profile = runner->input->profile;
	struct cg_profile *made = NULL;
	int r;

	if (!profile || profile->is_outline) {
		r = cg_policy_to_profile(runner->profile.policy, profile, &made, err);
		if (r < 0)
			return r;
		profile = made;
	}
	r = runner->place == CG_SUITE_IN_RUNC ? cg_profile_write_oci(profile, runner->target, text) :
						cg_profile_write(profile, text);
	cg_profile_free(made);
	if (r == -ENOMEM)
		return cg_err_memory(err);
	return r < 0 ? cg_err_set(err, r, runner->profile.reference, "this profile cannot be written for an engine") : 0;
}

static bool is_folder(const struct cg_suite_runner *runner)
{
	return runner->image[0] == '/' && cg_folder_is_there(runner->image);
}

int cg_suite_container_prepare(const struct cg_suite_runner *runner, struct cg_err *err)
{
	CG_CLEANUP(cg_text_done) struct cg_text text = { 0 };
	int r;

	if (!runner->image || !runner->image[0])
		return cg_err_set(err, -EINVAL, NULL, "give the image to run in with --image, or in the suite");
	if (runner->place == CG_SUITE_IN_RUNC && !is_folder(runner))
		return cg_err_set(err, -EINVAL, runner->image,
				  "runc knows no images: give the folder of a root file system, from / on, with --image");
	if (runner->place == CG_SUITE_IN_DOCKER && is_folder(runner))
		return cg_err_set(err, -EINVAL, runner->image,
				  "docker runs images, not folders: make one of it with docker import");
	r = write_profile(runner, &text, err);
	return r < 0 ? r : write_file(runner, "", PROFILE, &text, err);
}

/* A command line being made. */
struct words {
	struct cg_arena *arena;
	CG_VEC(char *) list;
	bool has_failed;
};

static void add(struct words *words, const char *word)
{
	char *copy = word ? cg_arena_copy_text(words->arena, word) : NULL;

	if ((word && !copy) || cg_vec_push(&words->list, copy) < 0)
		words->has_failed = true;
}

static int end(struct words *words, char ***ret_argv, struct cg_err *err)
{
	char **argv;

	add(words, NULL);
	argv = words->has_failed ? NULL : cg_arena_alloc_array(words->arena, words->list.n_items, sizeof(*argv));
	if (argv) {
		memcpy(argv, words->list.items, words->list.n_items * sizeof(*argv));
		*ret_argv = argv;
	}
	cg_vec_done(&words->list);
	return argv ? 0 : cg_err_memory(err);
}

static void add_run(const struct cg_suite_runner *runner, const struct cg_suite_container *container,
		    struct words *words)
{
	char word[8192];

	for (const char *const *given = (const char *const[]){ "run", "--rm", "-i", "--network", "none", "--name",
							       container->name, NULL };
	     *given; given++)
		add(words, *given);
	add(words, "--cidfile");
	add(words, container->id_file);
	snprintf(word, sizeof(word), "seccomp=%s%s%s", container->is_confined ? runner->scratch : "unconfined",
		 container->is_confined ? "/" : "", container->is_confined ? PROFILE : "");
	add(words, "--security-opt");
	add(words, word);
	snprintf(word, sizeof(word), "%s:" CG_SUITE_MOUNT, runner->scratch);
	add(words, "-v");
	add(words, word);
	snprintf(word, sizeof(word), CG_SUITE_MOUNT "/%s", container->folder);
	add(words, "-w");
	add(words, word);
	for (size_t i = 0; i < container->n_environment; i++) {
		add(words, "-e");
		add(words, container->environment[i]);
	}
	for (size_t i = 0; i < runner->suite->options.n_items; i++)
		add(words, runner->suite->options.items[i]);
	if (is_folder(runner))
		add(words, "--rootfs");
	add(words, runner->image);
	for (size_t i = 0; i < container->command->n_items; i++)
		add(words, container->command->items[i]);
}

/* ---- runc */

static void write_mount(struct cg_json_writer *json, const char *destination, const char *type, const char *source,
			const char *option)
{
	cg_json_open_inline_object(json, NULL);
	cg_json_string(json, "destination", destination);
	cg_json_string(json, "type", type);
	cg_json_string(json, "source", source);
	cg_json_open_inline_array(json, "options");
	cg_json_string(json, NULL, option);
	cg_json_close_array(json);
	cg_json_close_object(json);
}

static void write_capabilities(struct cg_json_writer *json, const struct cg_target *target)
{
	static const char *const sets[] = { "bounding", "effective", "permitted" };

	cg_json_open_object(json, "capabilities");
	for (size_t i = 0; i < CG_N_ITEMS(sets); i++) {
		cg_json_open_inline_array(json, sets[i]);
		for (unsigned int bit = 0; bit < 64; bit++)
			if (target->caps >> bit & 1 && cg_cap_name(bit))
				cg_json_string(json, NULL, cg_cap_name(bit));
		cg_json_close_array(json);
	}
	cg_json_close_object(json);
}

static void write_process(struct cg_json_writer *json, const struct cg_suite_runner *runner,
			  const struct cg_suite_container *container)
{
	char folder[64];

	snprintf(folder, sizeof(folder), CG_SUITE_MOUNT "/%s", container->folder);
	cg_json_open_object(json, "process");
	cg_json_bool(json, "terminal", false);
	cg_json_open_inline_object(json, "user");
	cg_json_u64(json, "uid", 0);
	cg_json_u64(json, "gid", 0);
	cg_json_close_object(json);
	cg_json_open_array(json, "args");
	for (size_t i = 0; i < container->command->n_items; i++)
		cg_json_string(json, NULL, container->command->items[i]);
	cg_json_close_array(json);
	cg_json_open_array(json, "env");
	cg_json_string(json, NULL, "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
	for (size_t i = 0; i < container->n_environment; i++)
		cg_json_string(json, NULL, container->environment[i]);
	cg_json_close_array(json);
	cg_json_string(json, "cwd", folder);
	write_capabilities(json, runner->target);
	cg_json_bool(json, "noNewPrivileges", false);
	cg_json_close_object(json);
}

static int write_linux(struct cg_json_writer *json, const struct cg_suite_runner *runner, bool is_confined,
		       struct cg_err *err)
{
	static const char *const namespaces[] = { "pid", "mount", "ipc", "uts", "network" };
	CG_CLEANUP(cg_text_done) struct cg_text text = { 0 };
	struct cg_arena arena = { 0 };
	struct cg_json *profile;
	int r = 0;

	cg_json_open_object(json, "linux");
	cg_json_open_array(json, "namespaces");
	for (size_t i = 0; i < CG_N_ITEMS(namespaces); i++) {
		cg_json_open_inline_object(json, NULL);
		cg_json_string(json, "type", namespaces[i]);
		cg_json_close_object(json);
	}
	cg_json_close_array(json);
	if (is_confined) {
		r = write_profile(runner, &text, err);
		if (r == 0)
			r = cg_json_read(&arena, PROFILE, cg_text_get(&text), text.length, 0, &profile, err);
		if (r == 0)
			cg_json_value(json, "seccomp", profile);
		cg_arena_done(&arena);
	}
	cg_json_close_object(json);
	return r;
}

/* The bundle is config.json in a folder beside the test's own; the root file system stays where it is. */
static int write_bundle(const struct cg_suite_runner *runner, const struct cg_suite_container *container,
			const char *bundle, struct cg_err *err)
{
	CG_CLEANUP(cg_text_done) struct cg_text text = { 0 };
	struct cg_json_writer json = { .text = &text };
	int r;

	cg_json_open_object(&json, NULL);
	cg_json_string(&json, "ociVersion", "1.0.2");
	write_process(&json, runner, container);
	cg_json_open_inline_object(&json, "root");
	cg_json_string(&json, "path", runner->image);
	cg_json_bool(&json, "readonly", true);
	cg_json_close_object(&json);
	cg_json_string(&json, "hostname", "callgate");
	cg_json_open_array(&json, "mounts");
	write_mount(&json, "/proc", "proc", "proc", "nosuid");
	write_mount(&json, "/dev", "tmpfs", "tmpfs", "nosuid");
	write_mount(&json, "/dev/shm", "tmpfs", "shm", "nosuid");
	write_mount(&json, "/tmp", "tmpfs", "tmpfs", "nosuid");
	write_mount(&json, CG_SUITE_MOUNT, "bind", runner->scratch, "rbind");
	cg_json_close_array(&json);
	r = write_linux(&json, runner, container->is_confined, err);
	cg_json_close_object(&json);
	return r < 0 ? r : write_file(runner, bundle, "config.json", &text, err);
}

static int make_bundle(const struct cg_suite_runner *runner, const struct cg_suite_container *container,
		       struct words *words, struct cg_err *err)
{
	char bundle[64], path[4200];
	int r;

	snprintf(bundle, sizeof(bundle), "bundle-%s", container->folder);
	snprintf(path, sizeof(path), "%s/%s", runner->scratch, bundle);
	r = cg_folder_make(path, err);
	if (r == 0)
		r = write_bundle(runner, container, bundle, err);
	add(words, "run");
	add(words, "--bundle");
	add(words, path);
	add(words, container->name);
	return r;
}

int cg_suite_container_command(const struct cg_suite_runner *runner, const struct cg_suite_container *container,
			       struct cg_arena *arena, char ***ret_argv, struct cg_err *err)
{
	struct words words = { .arena = arena };
	int r = 0;

	add(&words, runner->engine);
	if (runner->place == CG_SUITE_IN_RUNC)
		r = make_bundle(runner, container, &words, err);
	else
		add_run(runner, container, &words);
	if (r == 0)
		return end(&words, ret_argv, err);
	cg_vec_done(&words.list);
	return r;
}

int cg_suite_container_remove(const struct cg_suite_runner *runner, const char *name, struct cg_arena *arena,
			      char ***ret_argv, struct cg_err *err)
{
	struct words words = { .arena = arena };

	add(&words, runner->engine);
	add(&words, runner->place == CG_SUITE_IN_RUNC ? "delete" : "rm");
	add(&words, "-f");
	add(&words, name);
	return end(&words, ret_argv, err);
}
