/*
 * See container_roots.h. Engines that run are looked for only when all known folders have been asked in vain, once a
 * second at most for one container. Who they are run by decides whose containers their folders are asked for, and one in a container of
 * its own (another root folder) is nobody's engine here.
 */
#include "os/container_roots.h"

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/json_read.h"
#include "os/container_known.h"
#include "os/file.h"
#include "os/procfs.h"
#include "os/signals.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LOOK_EVERY_MS 1000
#define LOOK_IDLY_MS 5000 /* for engines that were started meanwhile */
#define SETTINGS_LIMIT 65536
#define WORDS_LIMIT 16384 /* bytes of a command line */

struct found {
	struct cg_container_root root;
	uint32_t uid;
};

struct cg_container_roots {
	struct found found[CG_CONTAINER_ROOTS_LIMIT];
	size_t n_found;
	uint64_t looked_ms; /* 0: never */
	struct cg_container_known *known;
	char looked_for[CG_CONTAINER_ID_LENGTH + 1];
};

static const struct {
	enum cg_container_root_kind kind;
	const char *folder; /* "~": the user's */
} usual[] = {
	{ CG_CONTAINER_ROOT_DOCKER, "/var/lib/docker" },
	{ CG_CONTAINER_ROOT_STORAGE, "/var/lib/containers/storage" },
	{ CG_CONTAINER_ROOT_STORAGE, "/run/containers/storage" },
	{ CG_CONTAINER_ROOT_TASKS, "/run/containerd/io.containerd.runtime.v2.task" },
	{ CG_CONTAINER_ROOT_TASKS, "/run/k3s/containerd/io.containerd.runtime.v2.task" },
	{ CG_CONTAINER_ROOT_DOCKER, "/var/snap/docker/common/var-lib-docker" },
	{ CG_CONTAINER_ROOT_STORAGE, "~/.local/share/containers/storage" },
	{ CG_CONTAINER_ROOT_DOCKER, "~/.local/share/docker" },
};

struct cg_container_roots *cg_container_roots_new(void)
{
	struct cg_container_roots *roots = calloc(1, sizeof(*roots));

	if (roots)
		roots->known = cg_container_known_new();
	if (roots && !roots->known) {
		free(roots);
		return NULL;
	}
	return roots;
}

struct cg_container_roots *cg_container_roots_free(struct cg_container_roots *roots)
{
	if (roots)
		cg_container_known_free(roots->known);
	free(roots);
	return NULL;
}

struct cg_container_known *cg_container_roots_known(struct cg_container_roots *roots)
{
	return roots->known;
}

/* From /etc/passwd itself: the C library's way may ask the network. */
static bool home_of(uint32_t uid, char *ret_home, size_t size)
{
	FILE *file = fopen("/etc/passwd", "re");
	char line[1024];
	bool is_found = false;

	while (file && !is_found && fgets(line, sizeof(line), file)) {
		char *fields[7], *rest = line;
		size_t n = 0;

		while (n < CG_N_ITEMS(fields) && rest)
			fields[n++] = strsep(&rest, ":\n");
		if (n > 5 && strtoul(fields[2], NULL, 10) == uid && fields[2][0] && fields[5][0] == '/') {
			snprintf(ret_home, size, "%s", fields[5]);
			is_found = true;
		}
	}
	if (file)
		fclose(file);
	return is_found;
}

static void add(struct cg_container_roots *roots, enum cg_container_root_kind kind, const char *folder, uint32_t uid)
{
	struct found *next = &roots->found[roots->n_found];

	if (folder[0] != '/' || strlen(folder) >= sizeof(next->root.folder))
		return;
	for (size_t i = 0; i < roots->n_found; i++)
		if (strcmp(roots->found[i].root.folder, folder) == 0 && roots->found[i].uid == uid)
			return;
	if (roots->n_found == CG_CONTAINER_ROOTS_LIMIT)
		return;
	next->root.kind = kind;
	next->uid = uid;
	strcpy(next->root.folder, folder);
	roots->n_found++;
}

/* /etc/docker/daemon.json: {"data-root": …}. */
static void read_docker_settings(struct cg_container_roots *roots)
{
	struct cg_arena arena = { 0 };
	struct cg_text text = { 0 };
	struct cg_json *root, *value;

	if (cg_file_read("/etc/docker/daemon.json", SETTINGS_LIMIT, &text, NULL) == 0 &&
	    cg_json_read(&arena, "daemon.json", cg_text_get(&text), text.length, 0, &root, NULL) == 0) {
		value = cg_json_get(root, "data-root");
		if (value && value->kind == CG_JSON_STRING)
			add(roots, CG_CONTAINER_ROOT_DOCKER, value->text, 0);
	}
	cg_text_done(&text);
	cg_arena_done(&arena);
}

/* /etc/containers/storage.conf: a line of graphroot = "…". */
static void read_storage_settings(struct cg_container_roots *roots)
{
	struct cg_text text = { 0 };
	char *save = NULL, folder[PATH_MAX];

	if (cg_file_read("/etc/containers/storage.conf", SETTINGS_LIMIT, &text, NULL) == 0 && text.data)
		for (char *line = strtok_r(text.data, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
			if (sscanf(line, " graphroot = \"%4095[^\"]\"", folder) == 1)
				add(roots, CG_CONTAINER_ROOT_STORAGE, folder, 0);
	cg_text_done(&text);
}

/* The word behind "--root" (and, as conmon has it, behind "--exit-command-arg"), or within "--root=". */
static void take_words(struct cg_container_roots *roots, enum cg_container_root_kind kind, const char *option,
		       const char *words, const char *end, uint32_t uid)
{
	size_t length = strlen(option);

	for (const char *word = words; word < end; word += strlen(word) + 1) {
		const char *value = word + strlen(word) + 1;

		if (strncmp(word, option, length) == 0 && word[length] == '=')
			add(roots, kind, word + length + 1, uid);
		if (strcmp(word, option) != 0 || value >= end)
			continue;
		if (strcmp(value, "--exit-command-arg") == 0)
			value += strlen(value) + 1;
		if (value < end)
			add(roots, kind, value, uid);
	}
}

static void ask_process(struct cg_container_roots *roots, const char *pid)
{
	char path[64], name[32] = "", words[WORDS_LIMIT];
	struct stat status;
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%.20s/comm", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : read(fd, name, sizeof(name) - 1);
	if (fd >= 0)
		close(fd);
	name[n > 0 ? strcspn(name, "\n") : 0] = '\0';
	if ((strcmp(name, "dockerd") != 0 && strcmp(name, "conmon") != 0) || !cg_proc_shares_root(atoi(pid)))
		return;
	snprintf(path, sizeof(path), "/proc/%.20s/cmdline", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 || fstat(fd, &status) < 0 ? -1 : read(fd, words, sizeof(words) - 1);
	if (fd >= 0)
		close(fd);
	if (n <= 0)
		return;
	words[n] = '\0';
	if (strcmp(name, "dockerd") == 0)
		take_words(roots, CG_CONTAINER_ROOT_DOCKER, "--data-root", words, words + n, status.st_uid);
	else
		take_words(roots, CG_CONTAINER_ROOT_STORAGE, "--root", words, words + n, status.st_uid);
}

static void look_around(struct cg_container_roots *roots, const char *id)
{
	uint64_t now = cg_clock_ms();
	struct dirent *entry;
	DIR *folder;

	if (roots->looked_ms && now - roots->looked_ms < LOOK_EVERY_MS && strcmp(roots->looked_for, id) == 0)
		return;
	snprintf(roots->looked_for, sizeof(roots->looked_for), "%s", id);
	roots->looked_ms = now;
	roots->n_found = 0;
	read_docker_settings(roots);
	read_storage_settings(roots);
	folder = opendir("/proc");
	while (folder && (entry = readdir(folder)))
		if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9')
			ask_process(roots, entry->d_name);
	if (folder)
		closedir(folder);
}

static bool take_usual(size_t i, uint32_t uid, struct cg_container_root *ret_root)
{
	const char *folder = usual[i].folder;
	char home[1024];

	if ((folder[0] == '~') != (uid != 0))
		return false;
	ret_root->kind = usual[i].kind;
	if (folder[0] != '~')
		return snprintf(ret_root->folder, sizeof(ret_root->folder), "%s", folder) > 0;
	return home_of(uid, home, sizeof(home)) &&
	       snprintf(ret_root->folder, sizeof(ret_root->folder), "%s%s", home, folder + 1) > 0;
}

bool cg_container_roots_next(struct cg_container_roots *roots, const struct cg_container_facts *facts, size_t i,
			     struct cg_container_root *ret_root)
{
	for (size_t k = 0; k < CG_N_ITEMS(usual); k++)
		if (take_usual(k, facts->uid, ret_root) && i-- == 0)
			return true;
	if (i == 0)
		look_around(roots, facts->id);
	for (size_t k = 0; k < roots->n_found; k++) {
		if (roots->found[k].uid != facts->uid || i-- != 0)
			continue;
		*ret_root = roots->found[k].root;
		return true;
	}
	return false;
}

bool cg_container_roots_all(struct cg_container_roots *roots, size_t i, struct cg_container_root *ret_root,
			    uint32_t *ret_uid)
{
	*ret_uid = 0;
	if (i == 0 && (!roots->looked_ms || cg_clock_ms() - roots->looked_ms >= LOOK_IDLY_MS))
		look_around(roots, "");
	for (size_t k = 0; k < CG_N_ITEMS(usual); k++)
		if (take_usual(k, 0, ret_root) && i-- == 0)
			return true;
	if (i >= roots->n_found)
		return false;
	*ret_root = roots->found[i].root;
	*ret_uid = roots->found[i].uid;
	return true;
}
