/*
 * See container_facts.h. What is read: of docker containers/ID/config.v2.json; of containers/storage (podman, CRI-O)
 * overlay-containers/containers.json; of a bundle its config.json, by the annotations of whoever made it.
 */
#include "os/container_facts.h"

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/json_read.h"
#include "os/container_known.h"
#include "os/container_roots.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void done_arena(struct cg_arena *arena)
{
	cg_arena_done(arena);
}

/* "user-1000.slice", "user@1000.service": 1000; else 0. */
static uint32_t user_of(const char *part)
{
	unsigned long uid;
	char *end;

	if (strncmp(part, "user-", 5) != 0 && strncmp(part, "user@", 5) != 0)
		return 0;
	uid = strtoul(part + 5, &end, 10);
	return end > part + 5 && *end == '.' && uid < UINT32_MAX ? (uint32_t)uid : 0;
}

bool cg_container_of_cgroup(const char *cgroup, struct cg_container_facts *ret_facts)
{
	struct cg_container_facts facts = { .uid = 0 };
	bool is_found = false;

	/* The outermost: what a container has in it is part of it. */
	for (const char *part = cgroup + strspn(cgroup, "/"); *part && !is_found; part += strspn(part, "/")) {
		size_t length = strcspn(part, "/");
		char name[NAME_MAX + 1];

		if (length <= NAME_MAX) {
			memcpy(name, part, length);
			name[length] = '\0';
			facts.uid = facts.uid ? facts.uid : user_of(name);
			is_found = cg_container_id_of(name, facts.id);
		}
		part += length;
	}
	if (!is_found)
		return false;
	snprintf(facts.engine, sizeof(facts.engine), "%s", cg_container_engine_of(cgroup));
	*ret_facts = facts;
	return true;
}

/* A regular file of root's, or of the user whose container it is; NULL: none, too large, or no JSON. */
static struct cg_json *read_json(struct cg_arena *arena, const char *path, uint32_t uid)
{
	const size_t limit = uid ? CG_CONTAINER_USER_FILE_LIMIT : CG_CONTAINER_FILE_LIMIT;
	struct cg_json *root = NULL;
	struct stat status;
	char *bytes = NULL;
	ssize_t n = -1;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW);

	if (fd < 0)
		return NULL;
	if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && (status.st_uid == 0 || status.st_uid == uid) &&
	    (uint64_t)status.st_size <= limit)
		bytes = cg_arena_alloc(arena, (size_t)status.st_size + 1);
	if (bytes)
		n = read(fd, bytes, (size_t)status.st_size);
	close(fd);
	if (n <= 0 || cg_json_read(arena, path, bytes, (size_t)n, 0, &root, NULL) < 0)
		return NULL;
	return root;
}

static const char *text_of(const struct cg_json *object, const char *key)
{
	const struct cg_json *value = object ? cg_json_get(object, key) : NULL;

	return value && value->kind == CG_JSON_STRING && value->text[0] ? value->text : NULL;
}

static void keep(char room[CG_CONTAINER_NAME_SIZE], const char *text)
{
	if (text)
		snprintf(room, CG_CONTAINER_NAME_SIZE, "%s", text);
}

static bool read_docker(const char *folder, struct cg_container_facts *facts)
{
	CG_CLEANUP(done_arena) struct cg_arena arena = { 0 };
	const struct cg_json *root;
	const char *name;
	char path[PATH_MAX];

	if (snprintf(path, sizeof(path), "%s/containers/%s/config.v2.json", folder, facts->id) >= (int)sizeof(path))
		return false;
	root = read_json(&arena, path, facts->uid);
	name = text_of(root, "Name");
	if (!name)
		return false;
	keep(facts->name, name + (name[0] == '/'));
	keep(facts->image, text_of(cg_json_get(root, "Config"), "Image"));
	snprintf(facts->engine, sizeof(facts->engine), "docker");
	return true;
}

/* One of containers.json: the image's name stands in JSON in a string. */
static void take_stored(const struct cg_json *item, struct cg_arena *arena, struct cg_container_facts *facts)
{
	const struct cg_json *names = cg_json_get(item, "names");
	const char *metadata = text_of(item, "metadata");
	struct cg_json *more = NULL;

	if (names && names->kind == CG_JSON_ARRAY && names->first && names->first->kind == CG_JSON_STRING)
		keep(facts->name, names->first->text);
	if (!metadata || cg_json_read(arena, "metadata", metadata, strlen(metadata), 0, &more, NULL) < 0)
		return;
	if (!facts->name[0])
		keep(facts->name, text_of(more, "name"));
	keep(facts->image, text_of(more, "image-name"));
	/* CRI-O's has more in it; its names are k8s_NAME_POD_NAMESPACE_UID_ATTEMPT. */
	if (text_of(more, "pod-id") || strncmp(facts->name, "k8s_", 4) == 0)
		snprintf(facts->engine, sizeof(facts->engine), "cri-o");
}

static bool read_stored_list(const char *path, struct cg_container_facts *facts)
{
	CG_CLEANUP(done_arena) struct cg_arena arena = { 0 };
	const struct cg_json *root = read_json(&arena, path, facts->uid);

	if (!root || root->kind != CG_JSON_ARRAY)
		return false;
	for (const struct cg_json *item = root->first; item; item = item->next) {
		const char *id = text_of(item, "id");

		if (!id || strcmp(id, facts->id) != 0)
			continue;
		if (strcmp(facts->engine, "container") == 0)
			snprintf(facts->engine, sizeof(facts->engine), "podman");
		take_stored(item, &arena, facts);
		return true;
	}
	return false;
}

/* NAMESPACE/CONTAINER: which pod it is changes with every start, and says less. */
static bool take_annotations(const struct cg_json *notes, struct cg_container_facts *facts)
{
	static const struct {
		const char *engine, *name, *space, *image;
	} makers[] = {
		{ "containerd", "io.kubernetes.cri.container-name", "io.kubernetes.cri.sandbox-namespace",
		  "io.kubernetes.cri.image-name" },
		{ "cri-o", "io.kubernetes.container.name", "io.kubernetes.pod.namespace", "io.kubernetes.cri-o.ImageName" },
		{ "nerdctl", "nerdctl/name", NULL, "nerdctl/image-ref" },
	};

	for (size_t i = 0; i < CG_N_ITEMS(makers); i++) {
		const char *name = text_of(notes, makers[i].name);
		const char *space = makers[i].space ? text_of(notes, makers[i].space) : NULL;

		if (!name)
			continue;
		snprintf(facts->name, sizeof(facts->name), "%s%s%s", space ? space : "", space ? "/" : "", name);
		keep(facts->image, text_of(notes, makers[i].image));
		snprintf(facts->engine, sizeof(facts->engine), "%s", makers[i].engine);
		return true;
	}
	return false;
}

static bool read_bundle(const char *path, struct cg_container_facts *facts)
{
	CG_CLEANUP(done_arena) struct cg_arena arena = { 0 };
	const struct cg_json *root = read_json(&arena, path, facts->uid);

	return root && take_annotations(cg_json_get(root, "annotations"), facts);
}

static bool read_storage(const char *folder, struct cg_container_facts *facts)
{
	static const char *const drivers[] = { "overlay", "vfs", "btrfs", "zfs" };
	static const char *const lists[] = { "containers.json", "volatile-containers.json" };
	char path[PATH_MAX];

	for (size_t i = 0; i < CG_N_ITEMS(drivers); i++) {
		if (snprintf(path, sizeof(path), "%s/%s-containers/%s/userdata/config.json", folder, drivers[i],
			     facts->id) < (int)sizeof(path) &&
		    read_bundle(path, facts))
			return true;
		for (size_t k = 0; k < CG_N_ITEMS(lists); k++)
			if (snprintf(path, sizeof(path), "%s/%s-containers/%s", folder, drivers[i], lists[k]) <
				    (int)sizeof(path) &&
			    read_stored_list(path, facts))
				return true;
	}
	return false;
}

/* TASKS/NAMESPACE/ID/config.json, whatever the namespaces are. */
static bool read_tasks(const char *folder, struct cg_container_facts *facts)
{
	DIR *spaces = opendir(folder);
	bool is_read = false;
	struct dirent *entry;

	while (spaces && !is_read && (entry = readdir(spaces))) {
		char path[PATH_MAX];

		if (entry->d_name[0] == '.' || snprintf(path, sizeof(path), "%s/%s/%s/config.json", folder, entry->d_name,
							facts->id) >= (int)sizeof(path))
			continue;
		is_read = read_bundle(path, facts);
	}
	if (spaces)
		closedir(spaces);
	return is_read;
}

bool cg_container_root_read(const struct cg_container_root *root, struct cg_container_facts *facts)
{
	switch (root->kind) {
	case CG_CONTAINER_ROOT_DOCKER:
		return read_docker(root->folder, facts);
	case CG_CONTAINER_ROOT_STORAGE:
		return read_storage(root->folder, facts);
	case CG_CONTAINER_ROOT_TASKS:
		return read_tasks(root->folder, facts);
	}
	return false;
}

bool cg_container_facts_read(struct cg_container_roots *roots, struct cg_container_facts *facts)
{
	struct cg_container_root root;

	if (cg_container_known_find(cg_container_roots_known(roots), facts))
		return true;
	for (size_t i = 0; cg_container_roots_next(roots, facts, i, &root); i++)
		if (cg_container_root_read(&root, facts))
			return true;
	return false;
}

void cg_container_facts_look(struct cg_container_roots *roots)
{
	cg_container_known_look(cg_container_roots_known(roots), roots);
}
