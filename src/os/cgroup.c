/*
 * See cgroup.h. Where cgroups are mounted: /proc/self/mountinfo; which number a hierarchy has: /proc/self/cgroup, whose
 * lines are "NUMBER:CONTROLLERS:PATH"; cgroups(7), proc(5).
 */
#include "os/cgroup.h"

#include "base/cleanup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

#define MOUNTS_LIMIT 64
#define LINE_SIZE 8192
#define DEPTH_LIMIT 32

struct mounted {
	uint32_t hierarchy;
	char point[512];
};

struct mounts {
	struct mounted items[MOUNTS_LIMIT];
	size_t n_items;
};

static void close_file(FILE **file)
{
	if (*file)
		fclose(*file);
}

static void close_folder(DIR **folder)
{
	if (*folder)
		closedir(*folder);
}

/* Is one of the words of `list`, which commas part, among those of `others`? */
static bool share_word(const char *list, const char *others)
{
	while (*list) {
		size_t length = strcspn(list, ",\n");

		for (const char *at = others; length && *at;) {
			size_t other = strcspn(at, ",\n");

			if (other == length && strncmp(at, list, length) == 0)
				return true;
			at += other + (at[other] != '\0');
		}
		list += length + (list[length] != '\0');
	}
	return false;
}

/* The number of the hierarchy that has one of these controllers, or this name ("rw,xattr,name=systemd"). */
static bool find_hierarchy(const char *options, uint32_t *ret_number)
{
	CG_CLEANUP(close_file) FILE *file = fopen("/proc/self/cgroup", "re");
	char line[LINE_SIZE];

	while (file && fgets(line, sizeof(line), file)) {
		char *controllers = strchr(line, ':'), *end = controllers ? strchr(controllers + 1, ':') : NULL;

		if (!end)
			continue;
		*end = '\0';
		if (share_word(controllers + 1, options)) {
			*ret_number = (uint32_t)strtoul(line, NULL, 10);
			return true;
		}
	}
	return false;
}

/* "36 35 98:0 /root /point options… - type source super-options"; only whole hierarchies. */
static void take_mount(struct mounts *mounts, char *line)
{
	char *rest = strstr(line, " - "), *save = NULL, *fields[5] = { NULL };
	char type[16], source[256], options[1024];
	struct mounted *mounted;

	if (!rest || mounts->n_items == MOUNTS_LIMIT)
		return;
	*rest = '\0';
	if (sscanf(rest + 3, "%15s %255s %1023s", type, source, options) != 3 || strncmp(type, "cgroup", 6) != 0)
		return;
	for (size_t i = 0; i < CG_N_ITEMS(fields); i++)
		fields[i] = strtok_r(i ? NULL : line, " ", &save);
	if (!fields[4] || strlen(fields[4]) >= sizeof(mounted->point))
		return;
	mounted = &mounts->items[mounts->n_items];
	mounted->hierarchy = 0;
	if (strcmp(type, "cgroup") == 0 && !find_hierarchy(options, &mounted->hierarchy))
		return;
	strcpy(mounted->point, fields[4]);
	mounts->n_items++;
}

static void read_mounts(struct mounts *ret_mounts)
{
	CG_CLEANUP(close_file) FILE *file = fopen("/proc/self/mountinfo", "re");
	char line[LINE_SIZE];

	ret_mounts->n_items = 0;
	while (file && fgets(line, sizeof(line), file))
		take_mount(ret_mounts, line);
}

/* The mount that the folder is on: the longest mount point that it begins with, as both are without symbolic links. */
static const struct mounted *mount_of(const struct mounts *mounts, const char *folder)
{
	const struct mounted *best = NULL;

	for (size_t i = 0; i < mounts->n_items; i++) {
		size_t length = strlen(mounts->items[i].point);

		if (strncmp(folder, mounts->items[i].point, length) == 0 &&
		    (folder[length] == '/' || folder[length] == '\0') &&
		    (!best || length > strlen(best->point)))
			best = &mounts->items[i];
	}
	return best;
}

static int take_folder(const struct mounts *mounts, const char *folder, struct cg_cgroup *ret_cgroup)
{
	const struct mounted *mounted;
	struct stat status;
	struct statfs system;
	char real[PATH_MAX];

	if (!realpath(folder, real) || stat(real, &status) < 0 || statfs(real, &system) < 0)
		return -errno;
	mounted = mount_of(mounts, real);
	if (!S_ISDIR(status.st_mode) || !mounted ||
	    (system.f_type != CGROUP2_SUPER_MAGIC && system.f_type != CGROUP_SUPER_MAGIC))
		return -EINVAL;
	ret_cgroup->hierarchy = mounted->hierarchy;
	ret_cgroup->id = status.st_ino;
	memcpy(ret_cgroup->folder, real, strlen(real) + 1);
	return 0;
}

int cg_cgroup_processes(const char *folder, int (*each)(void *context, int pid), void *context)
{
	char path[PATH_MAX];
	struct dirent *entry;
	int pid, r = 0;

	if (snprintf(path, sizeof(path), "%s/cgroup.procs", folder) >= (int)sizeof(path))
		return -ENAMETOOLONG;
	CG_CLEANUP(close_file) FILE *file = fopen(path, "re");

	while (r == 0 && file && fscanf(file, "%d", &pid) == 1)
		if (pid > 0)
			r = each(context, pid);
	CG_CLEANUP(close_folder) DIR *here = opendir(folder);

	while (r == 0 && here && (entry = readdir(here)))
		if (entry->d_type == DT_DIR && entry->d_name[0] != '.' &&
		    snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name) < (int)sizeof(path))
			r = cg_cgroup_processes(path, each, context);
	return r;
}

static int note_one(void *context, int pid)
{
	return 1;
}

/* As a path of a hierarchy it is in several of them, perhaps: one in which there are processes is meant. */
static bool find_within(const struct mounts *mounts, const char *path, struct cg_cgroup *ret_cgroup)
{
	bool is_found = false;

	for (size_t i = 0; i < mounts->n_items; i++) {
		char folder[PATH_MAX];

		if (snprintf(folder, sizeof(folder), "%s/%s", mounts->items[i].point, path + (path[0] == '/')) >=
			    (int)sizeof(folder) ||
		    (is_found && cg_cgroup_processes(folder, note_one, NULL) == 0))
			continue;
		if (take_folder(mounts, folder, ret_cgroup) < 0)
			continue;
		is_found = true;
		if (cg_cgroup_processes(folder, note_one, NULL))
			break;
	}
	return is_found;
}

int cg_cgroup_find(const char *path, struct cg_cgroup *ret_cgroup, struct cg_err *err)
{
	struct mounts mounts;
	int r;

	/* Not the root of each hierarchy, which an unset variable of a shell would mean. */
	if (!path[0])
		return cg_err_set(err, -EINVAL, NULL, "'' is no cgroup");
	read_mounts(&mounts);
	r = take_folder(&mounts, path, ret_cgroup);
	if (r == 0 || (r == -ENOENT && find_within(&mounts, path, ret_cgroup)))
		return 0;
	if (mounts.n_items == 0)
		return cg_err_set(err, -ENOENT, path, "there are no cgroups here: no cgroup file system is mounted");
	if (r == -EINVAL)
		return cg_err_set(err, r, path, "is no cgroup; a cgroup is a folder below %s",
				  mounts.items[0].point);
	if (r == -ENOENT)
		return cg_err_set(err, r, path, "there is no such cgroup");
	return cg_err_set(err, r, path, "this cgroup cannot be read: %s", strerror(-r));
}

struct search {
	bool (*is_wanted)(const void *context, const char *name);
	const void *context;
	size_t n_folders;
	char found[PATH_MAX]; /* with processes, if there is such a one */
	char other[2 * PATH_MAX + 8]; /* another one in the same hierarchy */
	bool is_populated;
};

/* Of one thing the path may differ from hierarchy to hierarchy; within one, two paths are two things. */
static void take_found(struct search *search, const char *folder, char *ret_first)
{
	bool is_populated;

	if (ret_first[0]) {
		if (!search->other[0])
			snprintf(search->other, sizeof(search->other), "%s and %s", ret_first, folder);
		return;
	}
	snprintf(ret_first, PATH_MAX, "%s", folder);
	is_populated = cg_cgroup_processes(folder, note_one, NULL) == 1;
	if (search->found[0] && (search->is_populated || !is_populated))
		return;
	search->is_populated = is_populated;
	snprintf(search->found, sizeof(search->found), "%s", folder);
}

/* What is below one that is wanted belongs to it. */
static void search_below(struct search *search, const char *folder, unsigned int depth, char *ret_first)
{
	CG_CLEANUP(close_folder) DIR *here = depth < DEPTH_LIMIT ? opendir(folder) : NULL;
	char path[PATH_MAX];
	struct dirent *entry;

	while (here && (entry = readdir(here))) {
		if (entry->d_type != DT_DIR || entry->d_name[0] == '.' || search->n_folders >= CG_CGROUPS_LIMIT ||
		    snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name) >= (int)sizeof(path))
			continue;
		search->n_folders++;
		if (search->is_wanted(search->context, entry->d_name))
			take_found(search, path, ret_first);
		else
			search_below(search, path, depth + 1, ret_first);
	}
}

int cg_cgroup_search(bool (*is_wanted)(const void *context, const char *name), const void *context,
		     struct cg_cgroup *ret_cgroup, struct cg_err *err)
{
	CG_FREE struct search *search = calloc(1, sizeof(*search));
	struct mounts mounts;

	if (!search)
		return cg_err_memory(err);
	read_mounts(&mounts);
	search->is_wanted = is_wanted;
	search->context = context;
	for (size_t i = 0; i < mounts.n_items; i++) {
		char first[PATH_MAX] = "";

		search_below(search, mounts.items[i].point, 0, first);
	}
	if (search->other[0])
		return cg_err_set(err, -EEXIST, NULL, "several fit, %s among them", search->other);
	if (!search->found[0])
		return cg_err_set(err, -ENOENT, NULL, "there is no such cgroup");
	return take_folder(&mounts, search->found, ret_cgroup);
}

struct tour {
	int (*each)(void *context, const char *folder);
	void *context;
	size_t n_folders;
};

static int walk_below(struct tour *tour, const char *folder, unsigned int depth)
{
	CG_CLEANUP(close_folder) DIR *here = depth < DEPTH_LIMIT ? opendir(folder) : NULL;
	char path[PATH_MAX];
	struct dirent *entry;
	int r = 0;

	while (r >= 0 && here && (entry = readdir(here))) {
		if (entry->d_type != DT_DIR || entry->d_name[0] == '.' || tour->n_folders >= CG_CGROUPS_LIMIT ||
		    snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name) >= (int)sizeof(path))
			continue;
		tour->n_folders++;
		r = tour->each(tour->context, path);
		if (r == 0)
			r = walk_below(tour, path, depth + 1);
	}
	return r < 0 ? r : 0;
}

int cg_cgroup_walk(int (*each)(void *context, const char *folder), void *context)
{
	struct tour tour = { each, context, 0 };
	struct mounts mounts;
	int r = 0;

	read_mounts(&mounts);
	for (size_t i = 0; r == 0 && i < mounts.n_items; i++)
		r = walk_below(&tour, mounts.items[i].point, 0);
	return r;
}

struct naming {
	int (*each)(void *context, uint64_t id, const char *path);
	void *context;
	size_t skip; /* of a folder's name, so that its path in the hierarchy is left */
};

static int name_folder(void *context, const char *folder)
{
	const struct naming *naming = context;
	struct stat status;

	return stat(folder, &status) < 0 ? 0 : naming->each(naming->context, status.st_ino, folder + naming->skip);
}

int cg_cgroup_names(uint32_t hierarchy, int (*each)(void *context, uint64_t id, const char *path), void *context)
{
	struct naming naming = { .each = each, .context = context };
	struct tour tour = { name_folder, &naming, 0 };
	struct mounts mounts;
	int r = 0;

	read_mounts(&mounts);
	for (size_t i = 0; r == 0 && i < mounts.n_items; i++) {
		if (mounts.items[i].hierarchy != hierarchy)
			continue;
		naming.skip = strlen(mounts.items[i].point);
		r = walk_below(&tour, mounts.items[i].point, 0);
		break;
	}
	return r;
}

uint32_t cg_cgroup_other_hierarchy(void)
{
	static const char *const best[] = { "name=systemd", "pids", "memory" };
	struct mounts mounts;
	uint32_t number, any = 0;

	read_mounts(&mounts);
	for (size_t i = 0; i < mounts.n_items; i++)
		if (mounts.items[i].hierarchy)
			any = mounts.items[i].hierarchy;
	for (size_t i = 0; any && i < CG_N_ITEMS(best); i++)
		if (find_hierarchy(best[i], &number))
			return number;
	return any;
}

bool cg_cgroup_is_populated(const char *folder)
{
	return cg_cgroup_processes(folder, note_one, NULL) == 1;
}

struct oldest {
	unsigned long long start;
	int pid;
};

/* The 22nd field of its stat file: when it began. What stands in parentheses may hold anything. */
static int compare_start(void *context, int pid)
{
	struct oldest *oldest = context;
	unsigned long long start = 0;
	char path[64], text[1024];
	ssize_t length;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	length = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	if (fd >= 0)
		close(fd);
	if (length <= 0)
		return 0;
	text[length] = '\0';
	const char *at = strrchr(text, ')');

	for (int i = 0; at && i < 20; i++)
		at = strchr(at + 1, ' ');
	start = at ? strtoull(at, NULL, 10) : 0;
	if (at && (!oldest->pid || start < oldest->start || (start == oldest->start && pid < oldest->pid)))
		*oldest = (struct oldest){ start, pid };
	return 0;
}

int cg_cgroup_first_process(const struct cg_cgroup *cgroup, int *ret_pid)
{
	struct oldest oldest = { 0 };

	cg_cgroup_processes(cgroup->folder, compare_start, &oldest);
	if (!oldest.pid)
		return -ENOENT;
	*ret_pid = oldest.pid;
	return 0;
}
