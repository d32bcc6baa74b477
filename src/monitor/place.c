/*
 * See place.h. Two tables: processes by pid (a slot each, the newer takes it), and cgroups by path, whose containers
 * are asked for once their files are there.
 */
#include "monitor/place.h"

#include "base/arena.h"
#include "base/map.h"
#include "os/container_facts.h"
#include "os/procfs.h"
#include "os/signals.h"
#include "os/whereabouts.h"

#include <stdlib.h>
#include <string.h>

#define CHECK_EVERY_MS 1000 /* a process may be moved, and its pid may be used again */
#define RETRY_MS 250 /* a container's files may come a little later than its first process */
#define RETRIES 80
#define REMEMBER_MS 10000 /* of a process that is gone */
#define SLACK_NS 30000000 /* hundredths of a second, and a clock that is read twice */

struct place {
	const char *path;
	struct cg_container_facts facts; /* id "": no container */
	bool has_facts;
	unsigned int n_tries;
	uint64_t tried_ms;
	char unit[256];
};

struct process {
	int pid;
	int ns_pid;
	uint64_t started_ns;
	uint64_t checked_ms; /* when it was last seen to be there */
	struct place *place;
	char *exe; /* owned; NULL: not asked for */
};

struct cg_placer {
	struct cg_arena arena; /* places and their paths */
	struct cg_map places;
	struct cg_container_roots *roots;
	struct process processes[CG_PLACE_PROCESSES];
};

struct cg_placer *cg_placer_new(void)
{
	struct cg_placer *placer = calloc(1, sizeof(*placer));

	if (placer)
		placer->roots = cg_container_roots_new();
	if (placer && !placer->roots) {
		free(placer);
		return NULL;
	}
	return placer;
}

static void forget(struct cg_placer *placer)
{
	for (size_t i = 0; i < CG_PLACE_PROCESSES; i++)
		free(placer->processes[i].exe);
	memset(placer->processes, 0, sizeof(placer->processes));
	cg_map_done(&placer->places);
	cg_arena_done(&placer->arena);
}

struct cg_placer *cg_placer_free(struct cg_placer *placer)
{
	if (!placer)
		return NULL;
	forget(placer);
	cg_container_roots_free(placer->roots);
	free(placer);
	return NULL;
}

/* NULL: no memory. */
static struct place *place_of(struct cg_placer *placer, const char *path)
{
	struct cg_map_entry *entry = cg_map_find(&placer->places, path, strlen(path));
	struct place *place;

	if (entry)
		return entry->value.pointer;
	if (placer->places.n_entries >= CG_PLACE_CGROUPS_LIMIT)
		forget(placer);
	place = cg_arena_alloc(&placer->arena, sizeof(*place));
	if (!place)
		return NULL;
	place->path = cg_arena_copy_text(&placer->arena, path);
	if (!place->path || cg_map_put(&placer->places, place->path, strlen(path), &entry) < 0)
		return NULL;
	entry->value.pointer = place;
	cg_container_of_cgroup(path, &place->facts);
	cg_cgroup_unit(path, place->unit, sizeof(place->unit));
	return place;
}

static void ask_engine(struct cg_placer *placer, struct place *place)
{
	uint64_t now = cg_clock_ms();

	if (!place->facts.id[0] || place->has_facts || place->n_tries > RETRIES ||
	    (place->n_tries && now - place->tried_ms < RETRY_MS))
		return;
	place->n_tries++;
	place->tried_ms = now;
	place->has_facts = cg_container_facts_read(placer->roots, &place->facts);
}

/* By CLOCK_BOOTTIME; false: too long ago, or yet to come, for its pid to mean anything now. */
static bool happened_at(const struct cg_violation *violation, uint64_t *ret_boot_ns)
{
	uint64_t now = cg_clock_epoch_ns(), boot = cg_clock_boot_ns(), ago;

	*ret_boot_ns = boot;
	if (violation->time_ns == 0 || violation->time_ns > now)
		return violation->time_ns == 0 || violation->time_ns - now < CG_PLACE_RECENT_NS;
	ago = now - violation->time_ns;
	*ret_boot_ns = boot > ago ? boot - ago : 0;
	return ago < CG_PLACE_RECENT_NS;
}

/* From /proc into its slot; false: it is gone, or another one. */
static bool look_up(struct cg_placer *placer, struct process *process, int pid, uint64_t boot_ns)
{
	struct cg_whereabouts where;
	struct place *place;
	bool is_same;

	if (cg_whereabouts_of(pid, &where) < 0 || where.started_ns > boot_ns + SLACK_NS)
		return false;
	place = place_of(placer, where.cgroup); /* may forget all */
	if (!place)
		return false;
	is_same = process->pid == pid && process->started_ns == where.started_ns;
	if (!is_same) {
		free(process->exe);
		process->exe = NULL;
	}
	process->pid = pid;
	process->ns_pid = where.ns_pid;
	process->started_ns = where.started_ns;
	process->checked_ms = cg_clock_ms();
	process->place = place;
	return true;
}

static struct process *process_of(struct cg_placer *placer, const struct cg_violation *violation)
{
	struct process *process = &placer->processes[(unsigned int)violation->pid % CG_PLACE_PROCESSES];
	uint64_t now = cg_clock_ms(), boot_ns;
	bool is_known;

	if (violation->pid <= 0 || !happened_at(violation, &boot_ns))
		return NULL;
	is_known = process->pid == violation->pid && process->started_ns <= boot_ns + SLACK_NS;
	if (is_known && now - process->checked_ms < CHECK_EVERY_MS)
		return process;
	if (look_up(placer, process, violation->pid, boot_ns))
		return process;
	return is_known && process->pid && now - process->checked_ms < REMEMBER_MS ? process : NULL;
}

/* The program, where the source did not tell: of no use once the process has executed another one. */
static const char *exe_of(struct process *process)
{
	char path[PATH_MAX];

	if (!process->exe && cg_proc_exe(process->pid, path, sizeof(path)) == 0 && path[0] == '/')
		process->exe = strdup(path);
	return process->exe;
}

static void take_place(struct cg_placer *placer, struct place *place, struct cg_violation *violation)
{
	ask_engine(placer, place);
	violation->cgroup = place->path;
	if (place->unit[0])
		violation->unit = place->unit;
	if (!place->facts.id[0])
		return;
	violation->engine = place->facts.engine;
	violation->container_id = place->facts.id;
	violation->container = place->facts.name[0] ? place->facts.name : NULL;
	violation->image = place->facts.image[0] ? place->facts.image : NULL;
}

void cg_placer_fill(struct cg_placer *placer, struct cg_violation *violation)
{
	struct place *place = violation->cgroup ? place_of(placer, violation->cgroup) : NULL;
	struct process *process = NULL;

	if (!place || !violation->exe || !violation->ns_pid)
		process = process_of(placer, violation);
	if (process && !violation->ns_pid)
		violation->ns_pid = process->ns_pid;
	if (process && !violation->exe)
		violation->exe = exe_of(process);
	/* Looking for the process may have forgotten all places. */
	if (violation->cgroup)
		place = place_of(placer, violation->cgroup);
	else if (process)
		place = process->place;
	if (place)
		take_place(placer, place, violation);
}

void cg_placer_look(struct cg_placer *placer)
{
	cg_container_facts_look(placer->roots);
}
