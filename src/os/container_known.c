/*
 * Containers that were made while we watched: what their engines wrote down is read when their folder appears, which
 * is before they start, and kept for a while after they are gone.
 *
 * In: the engines' folders, looked at ten times a second: a time stamp says whether something is new. Out: facts.
 */
#include "os/container_known.h"

#include "base/cleanup.h"
#include "os/signals.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define FOLDERS_LIMIT 64
#define LOOK_EVERY_MS 100
#define RETRIES 50 /* a folder is there a little before its files */

struct folder {
	char path[PATH_MAX];
	struct timespec changed;
	unsigned int n_retries; /* that are left */
};

struct cg_container_known {
	struct cg_container_facts facts[CG_CONTAINER_KNOWN_LIMIT];
	size_t n_facts; /* that were ever kept: the newest take the place of the oldest */
	struct folder folders[FOLDERS_LIMIT];
	size_t n_folders;
	uint64_t looked_ms;
};

struct cg_container_known *cg_container_known_new(void)
{
	return calloc(1, sizeof(struct cg_container_known));
}

struct cg_container_known *cg_container_known_free(struct cg_container_known *known)
{
	free(known);
	return NULL;
}

static const struct cg_container_facts *find(const struct cg_container_known *known, const char *id, uint32_t uid)
{
	for (size_t i = 0; i < CG_CONTAINER_KNOWN_LIMIT && i < known->n_facts; i++)
		if (known->facts[i].uid == uid && strcmp(known->facts[i].id, id) == 0)
			return &known->facts[i];
	return NULL;
}

bool cg_container_known_find(const struct cg_container_known *known, struct cg_container_facts *facts)
{
	const struct cg_container_facts *found = find(known, facts->id, facts->uid);

	if (found)
		*facts = *found;
	return found;
}

/* Reads what is new in it; false: some of it is not there yet. */
static bool read_new(struct cg_container_known *known, const struct cg_container_root *root, const char *path, uint32_t uid)
{
	DIR *here = opendir(path);
	struct dirent *entry;
	bool is_complete = true;

	while (here && (entry = readdir(here))) {
		struct cg_container_facts facts = { .engine = "container", .uid = uid };

		if (!cg_container_id_of(entry->d_name, facts.id) || find(known, facts.id, uid))
			continue;
		if (cg_container_root_read(root, &facts))
			known->facts[known->n_facts++ % CG_CONTAINER_KNOWN_LIMIT] = facts;
		else
			is_complete = false;
	}
	if (here)
		closedir(here);
	return is_complete;
}

static struct folder *folder_of(struct cg_container_known *known, const char *path)
{
	for (size_t i = 0; i < known->n_folders; i++)
		if (strcmp(known->folders[i].path, path) == 0)
			return &known->folders[i];
	if (known->n_folders == FOLDERS_LIMIT)
		return NULL;
	snprintf(known->folders[known->n_folders].path, PATH_MAX, "%s", path);
	return &known->folders[known->n_folders++];
}

static void look_into(struct cg_container_known *known, const struct cg_container_root *root, const char *path,
		      uint32_t uid)
{
	struct folder *folder;
	struct stat status;

	if (stat(path, &status) < 0 || !S_ISDIR(status.st_mode))
		return;
	folder = folder_of(known, path);
	if (!folder)
		return;
	if (folder->changed.tv_sec != status.st_mtim.tv_sec || folder->changed.tv_nsec != status.st_mtim.tv_nsec)
		folder->n_retries = RETRIES;
	else if (folder->n_retries == 0)
		return;
	folder->changed = status.st_mtim;
	folder->n_retries = read_new(known, root, path, uid) ? 0 : folder->n_retries - 1;
}

static void look_at_root(struct cg_container_known *known, const struct cg_container_root *root, uint32_t uid)
{
	static const char *const folders[] = {
		[CG_CONTAINER_ROOT_DOCKER] = "containers",
		[CG_CONTAINER_ROOT_STORAGE] = "overlay-containers vfs-containers",
		[CG_CONTAINER_ROOT_TASKS] = "k8s.io default moby",
	};
	char names[64], path[PATH_MAX + 64], *save = NULL;

	snprintf(names, sizeof(names), "%s", folders[root->kind]);
	for (char *name = strtok_r(names, " ", &save); name; name = strtok_r(NULL, " ", &save)) {
		snprintf(path, sizeof(path), "%s/%s", root->folder, name);
		if (strlen(path) < PATH_MAX)
			look_into(known, root, path, uid);
	}
}

void cg_container_known_look(struct cg_container_known *known, struct cg_container_roots *roots)
{
	uint64_t now = cg_clock_ms();
	struct cg_container_root root;
	uint32_t uid;

	if (known->looked_ms && now - known->looked_ms < LOOK_EVERY_MS)
		return;
	known->looked_ms = now;
	for (size_t i = 0; cg_container_roots_all(roots, i, &root, &uid); i++)
		look_at_root(known, &root, uid);
}
