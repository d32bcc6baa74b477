/*
 * See files.h.
 */
#include "api/files.h"

#include "base/cleanup.h"
#include "lint/kinds.h"
#include "os/elf.h"
#include "os/package.h"

#include <errno.h>
#include <string.h>

int cg_files_find_packages(struct cg_recording *recording, struct cg_run *run)
{
	size_t n = run->files.n_items, n_asked = 0;
	struct cg_packaged *packaged = cg_arena_alloc_array(&recording->arena, n + 1, sizeof(*packaged));
	int r;

	if (!packaged)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		if (!run->files.items[i].is_foreign)
			packaged[n_asked++].path = run->files.items[i].path;
	r = cg_packages_find(CG_PACKAGE_DATABASE, packaged, n_asked, &recording->arena);
	for (size_t i = 0, at = 0; r == 0 && i < n; i++) {
		if (run->files.items[i].is_foreign)
			continue;
		run->files.items[i].package = packaged[at].package;
		run->files.items[i].version = packaged[at++].version;
	}
	return r;
}

/* One path, with what the runs and this machine say of it. */
struct judged {
	const struct cg_recorded_file *latest; /* by the run that began last */
	const char *started;
	struct cg_recorded_file now;
	bool is_same; /* some run saw what is there now */
	bool is_here;
};

struct judging {
	const struct cg_recording *recording;
	struct cg_arena arena;
	struct cg_map by_path; /* to files[] */
	CG_VEC(struct judged) files;
};

static int gather_file(struct judging *judging, const struct cg_run *run, const struct cg_recorded_file *file)
{
	struct judged added = { .latest = file, .started = run->started };
	struct cg_map_entry *entry;
	struct judged *there;

	if (cg_map_put(&judging->by_path, file->path, strlen(file->path), &entry) < 0)
		return -ENOMEM;
	if (entry->value.number == 0) {
		entry->value.number = judging->files.n_items + 1;
		return cg_vec_push(&judging->files, added);
	}
	there = &judging->files.items[entry->value.number - 1];
	if (strcmp(run->started, there->started) >= 0) {
		there->latest = file;
		there->started = run->started;
	}
	return 0;
}

static int gather(struct judging *judging)
{
	int r = 0;

	for (size_t i = 0; i < judging->recording->runs.n_items; i++) {
		const struct cg_run *run = judging->recording->runs.items[i];

		for (size_t f = 0; r == 0 && f < run->files.n_items; f++)
			r = gather_file(judging, run, &run->files.items[f]);
	}
	return r;
}

static int look(struct judging *judging)
{
	size_t n = judging->files.n_items;
	struct cg_packaged *packaged = cg_arena_alloc_array(&judging->arena, n + 1, sizeof(*packaged));
	int r;

	if (!packaged)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		packaged[i].path = judging->files.items[i].latest->path;
	r = cg_packages_find(CG_PACKAGE_DATABASE, packaged, n, &judging->arena);
	for (size_t i = 0; r == 0 && i < n; i++) {
		struct judged *file = &judging->files.items[i];
		struct cg_elf elf = { "", "" };
		int found = cg_elf_read(packaged[i].path, &elf);

		file->is_here = found != -ENOENT && found != -ENOTDIR;
		file->now = (struct cg_recorded_file){ packaged[i].path,
						       cg_arena_copy_text(&judging->arena, elf.build_id),
						       packaged[i].package, packaged[i].version };
		if (!file->now.build_id)
			r = -ENOMEM;
	}
	return r;
}

/* Two facts that are both known, and differ. Where both are unknown nothing can be said. */
static bool differs(const struct cg_recorded_file *then, const struct cg_recorded_file *now)
{
	if (then->build_id[0] && now->build_id[0])
		return strcmp(then->build_id, now->build_id) != 0;
	return then->version[0] && now->version[0] && strcmp(then->version, now->version) != 0;
}

static void compare(struct judging *judging)
{
	for (size_t i = 0; i < judging->recording->runs.n_items; i++) {
		const struct cg_run *run = judging->recording->runs.items[i];

		for (size_t f = 0; f < run->files.n_items; f++) {
			const struct cg_recorded_file *then = &run->files.items[f];
			const struct cg_map_entry *entry =
				cg_map_find(&judging->by_path, then->path, strlen(then->path));
			struct judged *file = &judging->files.items[entry->value.number - 1];

			file->is_same |= !differs(then, &file->now);
		}
	}
}

static int say(struct cg_notes *notes, bool is_note, struct cg_text *message)
{
	struct cg_finding_kind kind;
	size_t at;

	cg_finding_kind_find("recorded-changed", &at);
	kind = cg_finding_kind_at(at);
	if (message->has_failed)
		return -ENOMEM;
	return cg_notes_add(notes, &(struct cg_note){ .severity = is_note ? CG_SEVERITY_NOTE : kind.severity,
						      .rule = kind.id,
						      .message = cg_text_get(message),
						      .remedy = kind.remedy });
}

static void add_build(struct cg_text *text, const struct cg_recorded_file *file)
{
	cg_text_addf(text, file->package[0] ? "%.100s %.100s" : "%s%s", file->package, file->version);
	if (file->build_id[0])
		cg_text_addf(text, "%sbuild-id %.16s", file->package[0] ? ", " : "", file->build_id);
}

static int say_changed(struct cg_notes *notes, const struct judged *file)
{
	CG_CLEANUP(cg_text_done) struct cg_text text = { 0 };

	cg_text_addf(&text, "%.300s has changed since it was recorded: it was ", file->latest->path);
	add_build(&text, file->latest);
	cg_text_add(&text, ", and is now ");
	add_build(&text, &file->now);
	return say(notes, false, &text);
}

static int say_gone(struct cg_notes *notes, const struct judging *judging)
{
	CG_CLEANUP(cg_text_done) struct cg_text text = { 0 };
	size_t n_gone = 0;

	for (size_t i = 0; i < judging->files.n_items; i++) {
		if (judging->files.items[i].is_here)
			continue;
		if (n_gone < CG_FILES_GONE_SHOWN)
			cg_text_addf(&text, "%s%.300s", n_gone ? ", " : "", judging->files.items[i].latest->path);
		n_gone++;
	}
	if (n_gone == 0)
		return 0;
	if (n_gone > CG_FILES_GONE_SHOWN)
		cg_text_addf(&text, " and %zu more", n_gone - CG_FILES_GONE_SHOWN);
	cg_text_add(&text, n_gone == 1 ? " was" : " were");
	cg_text_add(&text, " recorded, and cannot be found on this machine: whether they have changed is not known");
	return say(notes, true, &text);
}

static int judge(struct judging *judging, struct cg_notes *notes)
{
	int r = gather(judging);

	if (r == 0)
		r = look(judging);
	if (r == 0)
		compare(judging);
	for (size_t i = 0; r == 0 && i < judging->files.n_items; i++)
		if (judging->files.items[i].is_here && !judging->files.items[i].is_same)
			r = say_changed(notes, &judging->files.items[i]);
	return r < 0 ? r : say_gone(notes, judging);
}

int cg_files_note_changes(const struct cg_recording *recording, struct cg_notes *notes, struct cg_err *err)
{
	struct judging judging = { .recording = recording };
	int r = judge(&judging, notes);

	cg_map_done(&judging.by_path);
	cg_vec_done(&judging.files);
	cg_arena_done(&judging.arena);
	return r < 0 ? cg_err_memory(err) : 0;
}
