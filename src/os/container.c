/*
 * See container.h. Folder names: runc's and crun's cgroup drivers, with systemd ("PREFIX-ID.scope") and without ("ID",
 * of podman "libpod-ID").
 */
#include "os/container.h"

#include "base/cleanup.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define ID_PREFIX_MIN 4
#define NAME_LIMIT 255
#define ANSWER_MS 10000 /* an engine that does not answer in this time has none */

static const char *const prefixes[] = { "docker-", "libpod-", "crio-", "cri-containerd-", "nerdctl-", "runc-", "crun-" };

/* The folder's name without what a runtime's driver puts around it. */
static size_t bare_name(const char *folder, const char **ret_name)
{
	static const char scope[] = ".scope";
	size_t length;

	for (size_t i = 0; i < CG_N_ITEMS(prefixes); i++) {
		if (strncmp(folder, prefixes[i], strlen(prefixes[i])) == 0) {
			folder += strlen(prefixes[i]);
			break;
		}
	}
	length = strlen(folder);
	if (length > strlen(scope) && strcmp(folder + length - strlen(scope), scope) == 0)
		length -= strlen(scope);
	*ret_name = folder;
	return length;
}

static bool is_hex(const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (!isdigit((unsigned char)text[i]) && !(text[i] >= 'a' && text[i] <= 'f'))
			return false;
	return length > 0;
}

static bool has_id(const void *context, const char *folder)
{
	const char *wanted = context, *id;
	size_t length = bare_name(folder, &id);

	return length == CG_CONTAINER_ID_LENGTH && is_hex(id, length) && strncmp(id, wanted, strlen(wanted)) == 0;
}

static bool has_name(const void *context, const char *folder)
{
	const char *wanted = context, *name;
	size_t length = bare_name(folder, &name);

	return length == strlen(wanted) && strncmp(name, wanted, length) == 0;
}

/* Folders that hold containers, by whose names a container may well go. */
static bool is_parent(const char *name)
{
	static const char *const parents[] = { "docker", "kubepods", "libpod_parent", "system", "user", "machine", "init" };

	for (size_t i = 0; i < CG_N_ITEMS(parents); i++)
		if (strcmp(name, parents[i]) == 0)
			return true;
	return false;
}

static bool is_unit(const void *context, const char *folder)
{
	return strcmp(folder, context) == 0;
}

/* What a program writes, up to `size`, or nothing. In its own process group, as it may start others. */
static void ask(char *const *argv, char *ret_answer, size_t size)
{
	posix_spawn_file_actions_t actions;
	uint64_t length = 0;
	int ends[2], status;
	pid_t pid;

	ret_answer[0] = '\0';
	if (pipe2(ends, O_CLOEXEC) < 0)
		return;
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&actions, ends[1], 1);
	posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
	if (posix_spawnp(&pid, argv[0], &actions, NULL, argv, environ) == 0) {
		struct pollfd fd = { .fd = ends[0], .events = POLLIN };
		ssize_t n = 1;

		close(ends[1]);
		ends[1] = -1;
		while (n > 0 && length + 1 < size && poll(&fd, 1, ANSWER_MS) == 1) {
			n = read(ends[0], ret_answer + length, size - 1 - length);
			length += n > 0 ? (uint64_t)n : 0;
		}
		ret_answer[length] = '\0';
		if (n != 0)
			kill(pid, SIGKILL);
		while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
			;
		if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
			ret_answer[0] = '\0';
	}
	posix_spawn_file_actions_destroy(&actions);
	close(ends[0]);
	if (ends[1] >= 0)
		close(ends[1]);
}

/* The id that an engine knows by this name. */
static bool ask_engines(const char *name, char *ret_id)
{
	char filter[NAME_LIMIT + 16];
	const char *const questions[][7] = {
		{ "docker", "inspect", "--type=container", "--format={{.Id}}", name },
		{ "podman", "container", "inspect", "--format={{.Id}}", name },
		{ "crictl", "ps", "--quiet", "--no-trunc", "--name", filter },
	};
	char answer[CG_CONTAINER_ID_LENGTH + 2];

	snprintf(filter, sizeof(filter), "^%s$", name);
	for (size_t i = 0; i < CG_N_ITEMS(questions); i++) {
		ask((char *const *)(uintptr_t)questions[i], answer, sizeof(answer));
		answer[strcspn(answer, "\n")] = '\0';
		if (strlen(answer) == CG_CONTAINER_ID_LENGTH && is_hex(answer, CG_CONTAINER_ID_LENGTH)) {
			memcpy(ret_id, answer, sizeof(answer));
			return true;
		}
	}
	return false;
}

/* No option of an engine's, and nothing that its filters would read otherwise. */
static bool is_plain_name(const char *name)
{
	return isalnum((unsigned char)name[0]) && strlen(name) <= NAME_LIMIT &&
	       name[strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-")] == '\0';
}

int cg_container_find(const char *name, struct cg_cgroup *ret_cgroup, struct cg_err *err)
{
	char id[CG_CONTAINER_ID_LENGTH + 2];
	struct cg_err why = { 0 };
	int r = -ENOENT;

	if (!is_plain_name(name))
		return cg_err_set(err, -EINVAL, name, "is no name or id of a container");
	if (strlen(name) >= ID_PREFIX_MIN && is_hex(name, strlen(name)))
		r = cg_cgroup_search(has_id, name, ret_cgroup, &why);
	if (r == -ENOENT && !is_parent(name))
		r = cg_cgroup_search(has_name, name, ret_cgroup, &why);
	/* Last, as it takes them up to seconds. */
	if (r == -ENOENT && ask_engines(name, id)) {
		r = cg_cgroup_search(has_id, id, ret_cgroup, &why);
		if (r == -ENOENT)
			return cg_err_set(err, r, name, "this container does not run");
	}
	if (r == -ENOENT)
		return cg_err_set(err, r, name,
				  "no container of this name or id runs here: no cgroup is named so, and docker, podman "
				  "and crictl, as far as they are there, do not know it; try its whole id, or pid:PID");
	return r < 0 ? cg_err_set(err, r, name, "%s", why.message) : 0;
}

int cg_unit_find(const char *name, struct cg_cgroup *ret_cgroup, struct cg_err *err)
{
	char unit[NAME_LIMIT + 16];
	struct cg_err why = { 0 };
	int r;

	if (!name[0] || strlen(name) > NAME_LIMIT || strchr(name, '/') || strcmp(name, ".") == 0)
		return cg_err_set(err, -EINVAL, name, "is no name of a unit");
	snprintf(unit, sizeof(unit), "%s%s", name, strrchr(name, '.') ? "" : ".service");
	r = cg_cgroup_search(is_unit, unit, ret_cgroup, &why);
	if (r == -ENOENT)
		return cg_err_set(err, r, name, "no unit of this name runs: there is no cgroup %s", unit);
	return r < 0 ? cg_err_set(err, r, name, "%s", why.message) : 0;
}

struct listing {
	int (*each)(void *context, const char *id);
	void *context;
	int r;
};

/* Looked at and not wanted, so that the search goes on. */
static bool note_id(const void *context, const char *folder)
{
	struct listing *listing = (struct listing *)(uintptr_t)context;
	char id[CG_CONTAINER_ID_LENGTH + 1];
	const char *name;
	size_t length = bare_name(folder, &name);

	if (listing->r == 0 && length == CG_CONTAINER_ID_LENGTH && is_hex(name, length)) {
		memcpy(id, name, length);
		id[length] = '\0';
		listing->r = listing->each(listing->context, id);
	}
	return false;
}

int cg_container_each(int (*each)(void *context, const char *id), void *context)
{
	struct listing listing = { each, context, 0 };
	struct cg_cgroup none;

	cg_cgroup_search(note_id, &listing, &none, NULL);
	return listing.r;
}
