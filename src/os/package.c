/*
 * See package.h.
 *
 * Where /lib is a link to /usr/lib, packages may still list files under /lib (Debian's merged /usr): a path is looked
 * up without its /usr, and so are those of the lists.
 */
#include "os/package.h"

#include "base/cleanup.h"
#include "base/map.h"
#include "os/file.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

struct search {
	const char *database;
	struct cg_packaged *files;
	struct cg_arena *arena;
	struct cg_map by_path; /* to the first of files[] with that path */
	size_t n_missing;
};

/* *length becomes that of what is returned. */
static const char *without_usr(const char *path, size_t *length)
{
	if (*length < 5 || memcmp(path, "/usr/", 5) != 0)
		return path;
	*length -= 4;
	return path + 4;
}

/* The next line of a text, without its end; *at moves behind it. NULL behind the last. */
static const char *next_line(const struct cg_text *text, size_t *at, size_t *ret_length)
{
	const char *line = text->data + *at, *end;

	if (*at >= text->length)
		return NULL;
	end = memchr(line, '\n', text->length - *at);
	*ret_length = end ? (size_t)(end - line) : text->length - *at;
	*at += *ret_length + 1;
	return line;
}

static int index_paths(struct search *search, size_t n_files)
{
	for (size_t i = 0; i < n_files; i++) {
		size_t length = strlen(search->files[i].path);
		const char *path = without_usr(search->files[i].path, &length);
		struct cg_map_entry *entry;

		search->files[i].package = search->files[i].version = "";
		if (cg_map_put(&search->by_path, path, length, &entry) < 0)
			return -ENOMEM;
		if (entry->value.pointer)
			continue;
		entry->value.pointer = &search->files[i];
		search->n_missing++;
	}
	return 0;
}

static int read_list(struct search *search, const struct cg_text *list, const char *package, size_t package_length)
{
	const char *copy = NULL, *line;
	size_t at = 0, length;

	while ((line = next_line(list, &at, &length))) {
		const char *path = without_usr(line, &length);
		struct cg_map_entry *entry = cg_map_find(&search->by_path, path, length);
		struct cg_packaged *file = entry ? entry->value.pointer : NULL;

		if (!file || file->package[0])
			continue;
		copy = copy ? copy : cg_arena_copy(search->arena, package, package_length);
		if (!copy)
			return -ENOMEM;
		file->package = copy;
		search->n_missing--;
	}
	return 0;
}

/* "libc6:amd64.list": the package is libc6. */
static int read_lists(struct search *search)
{
	CG_CLEANUP(cg_text_done) struct cg_text path = { 0 };
	struct dirent *entry;
	DIR *folder;
	int r = 0;

	cg_text_addf(&path, "%s/info", search->database);
	folder = path.has_failed ? NULL : opendir(cg_text_get(&path));
	while (r == 0 && folder && search->n_missing && (entry = readdir(folder))) {
		CG_CLEANUP(cg_text_done) struct cg_text list = { 0 };
		size_t length = strlen(entry->d_name);

		if (length <= 5 || strcmp(entry->d_name + length - 5, ".list") != 0)
			continue;
		cg_text_clear(&path);
		cg_text_addf(&path, "%s/info/%s", search->database, entry->d_name);
		if (path.has_failed)
			r = -ENOMEM;
		else if (cg_file_read(cg_text_get(&path), CG_PACKAGE_FILE_LIMIT, &list, NULL) == 0)
			r = read_list(search, &list, entry->d_name, strcspn(entry->d_name, ":") < length ?
				      strcspn(entry->d_name, ":") : length - 5);
	}
	if (folder)
		closedir(folder);
	return path.has_failed ? -ENOMEM : r;
}

/* The value of "Key: value", or NULL. */
static const char *value_of(const char *line, size_t length, const char *key, size_t *ret_length)
{
	size_t n = strlen(key);

	if (length <= n || memcmp(line, key, n) != 0)
		return NULL;
	*ret_length = length - n;
	return line + n;
}

/* A stanza's package and version; those that are not installed (removed, but configured) have no Version that counts. */
struct stanza {
	const char *package, *version;
	size_t package_length, version_length;
	bool is_installed;
};

static int take_stanza(struct search *search, size_t n_files, const struct stanza *stanza)
{
	const char *copy = NULL;

	if (!stanza->package || !stanza->version || !stanza->is_installed)
		return 0;
	for (size_t i = 0; i < n_files; i++) {
		struct cg_packaged *file = &search->files[i];

		if (file->version[0] || strlen(file->package) != stanza->package_length ||
		    memcmp(file->package, stanza->package, stanza->package_length) != 0)
			continue;
		copy = copy ? copy : cg_arena_copy(search->arena, stanza->version, stanza->version_length);
		if (!copy)
			return -ENOMEM;
		file->version = copy;
	}
	return 0;
}

static int read_status(struct search *search, size_t n_files)
{
	CG_CLEANUP(cg_text_done) struct cg_text path = { 0 };
	CG_CLEANUP(cg_text_done) struct cg_text status = { 0 };
	struct stanza stanza = { NULL };
	size_t at = 0, length;
	const char *line;
	int r = 0;

	cg_text_addf(&path, "%s/status", search->database);
	if (path.has_failed)
		return -ENOMEM;
	if (cg_file_read(cg_text_get(&path), CG_PACKAGE_FILE_LIMIT, &status, NULL) < 0)
		return 0;
	while (r == 0 && (line = next_line(&status, &at, &length))) {
		const char *value;
		size_t n;

		if (length == 0) {
			r = take_stanza(search, n_files, &stanza);
			stanza = (struct stanza){ NULL };
		} else if ((value = value_of(line, length, "Package: ", &n))) {
			stanza.package = value;
			stanza.package_length = n;
		} else if ((value = value_of(line, length, "Version: ", &n))) {
			stanza.version = value;
			stanza.version_length = n;
		} else if ((value = value_of(line, length, "Status: ", &n))) {
			stanza.is_installed = n >= 10 && memcmp(value + n - 10, " installed", 10) == 0;
		}
	}
	return r < 0 ? r : take_stanza(search, n_files, &stanza);
}

/* Of files with one path only the first was looked for. */
static void share(const struct search *search, size_t n_files)
{
	for (size_t i = 0; i < n_files; i++) {
		size_t length = strlen(search->files[i].path);
		const char *path = without_usr(search->files[i].path, &length);
		const struct cg_map_entry *entry = cg_map_find(&search->by_path, path, length);
		const struct cg_packaged *first = entry ? entry->value.pointer : NULL;

		if (first) {
			search->files[i].package = first->package;
			search->files[i].version = first->version;
		}
	}
}

int cg_packages_find(const char *database, struct cg_packaged *files, size_t n_files, struct cg_arena *arena)
{
	struct search search = { .database = database, .files = files, .arena = arena };
	int r = index_paths(&search, n_files);

	if (r == 0)
		r = read_lists(&search);
	if (r == 0)
		r = read_status(&search, n_files);
	if (r == 0)
		share(&search, n_files);
	cg_map_done(&search.by_path);
	return r;
}
