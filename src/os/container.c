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
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define ID_PREFIX_MIN 4
#define NAME_LIMIT 255
#define ANSWER_LIMIT (1 << 20) /* bytes of what an engine lists */
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

/* What fits a name: those whose whole name it is, and those whose name it begins. */
struct matches {
	const char *wanted;
	char exact[CG_CONTAINER_ID_LENGTH + 1];
	char first[CG_CONTAINER_ID_LENGTH + 1];
	size_t n_begin;
	char list[512]; /* "web-1 (docker), web-2 (docker)" */
};

static void note_match(struct matches *matches, const char *name, const char *engine)
{
	size_t length = strlen(matches->list);

	matches->n_begin++;
	snprintf(matches->list + length, sizeof(matches->list) - length, "%s%s (%s)", length ? ", " : "", name, engine);
}

/* "ID NAME,NAME": of an engine that puts several names there, the first is the container's own. */
static void take_answer(struct matches *matches, char *line, const char *engine)
{
	char *name = strchr(line, ' ');

	if (!name || name - line != CG_CONTAINER_ID_LENGTH || !is_hex(line, CG_CONTAINER_ID_LENGTH))
		return;
	*name++ = '\0';
	name[strcspn(name, ",")] = '\0';
	if (strcmp(name, matches->wanted) == 0 && !matches->exact[0])
		memcpy(matches->exact, line, sizeof(matches->exact));
	if (strncmp(name, matches->wanted, strlen(matches->wanted)) != 0)
		return;
	if (matches->n_begin == 0)
		memcpy(matches->first, line, sizeof(matches->first));
	note_match(matches, name, engine);
}

/* crictl lists no names beside ids, and is asked for the one name. */
static void ask_crictl(struct matches *matches)
{
	char filter[NAME_LIMIT + 16], answer[CG_CONTAINER_ID_LENGTH + 2];
	const char *const question[] = { "crictl", "ps", "--quiet", "--no-trunc", "--name", filter, NULL };

	snprintf(filter, sizeof(filter), "^%s$", matches->wanted);
	ask((char *const *)(uintptr_t)question, answer, sizeof(answer));
	answer[strcspn(answer, "\n")] = '\0';
	if (strlen(answer) == CG_CONTAINER_ID_LENGTH && is_hex(answer, CG_CONTAINER_ID_LENGTH))
		memcpy(matches->exact, answer, sizeof(matches->exact));
}

/* The ids that engines know by this name, or by one that it begins. */
static void ask_engines(struct matches *matches)
{
	static const char *const engines[] = { "docker", "podman" };
	CG_FREE char *answer = malloc(ANSWER_LIMIT);

	for (size_t i = 0; answer && i < CG_N_ITEMS(engines); i++) {
		const char *const question[] = { engines[i], "ps", "--no-trunc", "--format={{.ID}} {{.Names}}", NULL };
		char *save = NULL;

		ask((char *const *)(uintptr_t)question, answer, ANSWER_LIMIT);
		for (char *line = strtok_r(answer, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
			take_answer(matches, line, engines[i]);
	}
	if (!matches->exact[0] && matches->n_begin == 0)
		ask_crictl(matches);
}

struct listing {
	int (*each)(void *context, const struct cg_container *container);
	void *context;
};

bool cg_container_id_of(const char *name, char ret_id[CG_CONTAINER_ID_LENGTH + 1])
{
	const char *id;
	size_t length = bare_name(name, &id);

	if (length != CG_CONTAINER_ID_LENGTH || !is_hex(id, length))
		return false;
	memcpy(ret_id, id, length);
	ret_id[length] = '\0';
	return true;
}

const char *cg_container_engine_of(const char *folder)
{
	static const struct {
		const char *part, *engine;
	} parts[] = {
		{ "/docker", "docker" },   { "/libpod", "podman" },   { "/crio-", "cri-o" },
		{ "containerd", "containerd" }, { "nerdctl", "nerdctl" },
	};

	for (size_t i = 0; i < CG_N_ITEMS(parts); i++)
		if (strstr(folder, parts[i].part))
			return parts[i].engine;
	return "container";
}

static int list_folder(void *context, const char *folder)
{
	const struct listing *listing = context;
	struct cg_container container = { .engine = cg_container_engine_of(folder), .folder = folder };
	int r = 0;

	if (!cg_container_id_of(strrchr(folder, '/') + 1, container.id))
		return 0;
	if (cg_cgroup_is_populated(folder))
		r = listing->each(listing->context, &container);
	/* What is below a container belongs to it. */
	return r < 0 ? r : 1;
}

int cg_container_each(int (*each)(void *context, const struct cg_container *container), void *context)
{
	struct listing listing = { each, context };

	return cg_cgroup_walk(list_folder, &listing);
}

/* For the message: the ids that begin so, each once. */
static int note_id(void *context, const struct cg_container *container)
{
	struct matches *matches = context;

	if (strncmp(container->id, matches->wanted, strlen(matches->wanted)) == 0 && !strstr(matches->list, container->id))
		note_match(matches, container->id, container->engine);
	return 0;
}

static int find_by_name(const char *name, struct cg_cgroup *ret_cgroup, struct cg_err *err)
{
	struct matches matches = { .wanted = name };
	struct cg_err why = { 0 };
	int r;

	ask_engines(&matches);
	if (!matches.exact[0] && matches.n_begin > 1)
		return cg_err_set(err, -EEXIST, name, "several containers begin so: %s; name one of them", matches.list);
	if (!matches.exact[0] && matches.n_begin == 0)
		return cg_err_set(err, -ENOENT, name,
				  "no container of this name or id runs here: no cgroup is named so, and docker, podman "
				  "and crictl, as far as they are there, do not know it; try its whole id, or the id of one of its "
				  "processes");
	r = cg_cgroup_search(has_id, matches.exact[0] ? matches.exact : matches.first, ret_cgroup, &why);
	if (r == -ENOENT)
		return cg_err_set(err, r, name, "this container does not run");
	return r < 0 ? cg_err_set(err, r, name, "%s", why.message) : 0;
}

/* No option of an engine's, and nothing that its filters would read otherwise. */
static bool is_plain_name(const char *name)
{
	return isalnum((unsigned char)name[0]) && strlen(name) <= NAME_LIMIT &&
	       name[strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-")] == '\0';
}

int cg_container_find(const char *name, struct cg_cgroup *ret_cgroup, struct cg_err *err)
{
	struct matches ids = { .wanted = name };
	struct cg_err why = { 0 };
	int r = -ENOENT;

	if (!is_plain_name(name))
		return cg_err_set(err, -EINVAL, NULL, "'%s' is no name or id of a container", name);
	if (strlen(name) >= ID_PREFIX_MIN && is_hex(name, strlen(name))) {
		r = cg_cgroup_search(has_id, name, ret_cgroup, &why);
		if (r == -EEXIST && cg_container_each(note_id, &ids) == 0 && ids.n_begin > 1)
			return cg_err_set(err, r, name, "several containers begin so: %s; give more digits", ids.list);
	}
	if (r == -ENOENT && !is_parent(name))
		r = cg_cgroup_search(has_name, name, ret_cgroup, &why);
	/* Last, as it takes them up to seconds. */
	if (r == -ENOENT)
		return find_by_name(name, ret_cgroup, err);
	return r < 0 ? cg_err_set(err, r, name, "%s", why.message) : 0;
}

int cg_unit_find(const char *name, struct cg_cgroup *ret_cgroup, struct cg_err *err)
{
	char unit[NAME_LIMIT + 16];
	struct cg_err why = { 0 };
	int r;

	if (!name[0] || strlen(name) > NAME_LIMIT || strchr(name, '/') || strcmp(name, ".") == 0)
		return cg_err_set(err, -EINVAL, NULL, "'%s' is no name of a unit", name);
	snprintf(unit, sizeof(unit), "%s%s", name, strrchr(name, '.') ? "" : ".service");
	r = cg_cgroup_search(is_unit, unit, ret_cgroup, &why);
	if (r == -ENOENT)
		return cg_err_set(err, r, name, "no unit of this name runs: there is no cgroup %s", unit);
	return r < 0 ? cg_err_set(err, r, name, "%s", why.message) : 0;
}
