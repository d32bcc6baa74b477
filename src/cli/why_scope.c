/*
 * Whose violations: of a process, a container, a unit.
 *
 * A log of the kernel names processes and nothing more. Of those that still run, the cgroup says where they belong; of
 * those that are gone nobody can say it, which is told and not guessed.
 */
#include "cli/why.h"

#include "base/cleanup.h"
#include "base/num.h"
#include "os/container.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int add_process(void *context, int pid)
{
	struct cg_why_scope *scope = context;

	if (scope->pids.n_items == CG_WHY_PROCESSES_LIMIT)
		return 1;
	return cg_vec_push(&scope->pids, pid);
}

/* "docker-<id>.scope", "libpod-<id>", "<id>": the 64 digits in the folder's name. */
static void find_id(struct cg_why_scope *scope, const char *folder)
{
	const char *name = strrchr(folder, '/');
	static const char digits[] = "0123456789abcdef";

	for (name = name ? name + 1 : folder; *name; name++) {
		size_t length = strspn(name, digits);

		if (length == CG_CONTAINER_ID_LENGTH) {
			snprintf(scope->id, sizeof(scope->id), "%.*s", CG_CONTAINER_ID_LENGTH, name);
			return;
		}
		name += length;
		if (!*name)
			return;
	}
}

static void find_processes(struct cg_why_scope *scope)
{
	CG_FREE struct cg_cgroup *cgroup = malloc(sizeof(*cgroup));

	if (!cgroup)
		return;
	if ((scope->whose == CG_WHY_UNIT ? cg_unit_find : cg_container_find)(scope->name, cgroup, &scope->absence) < 0)
		return;
	if (scope->whose == CG_WHY_CONTAINER)
		find_id(scope, cgroup->folder);
	cg_cgroup_processes(cgroup->folder, add_process, scope);
}

bool cg_why_scope_of(const char *reference, struct cg_why_scope *ret_scope)
{
	static const struct {
		const char *prefix;
		enum cg_why_whose whose;
	} kinds[] = { { "pid:", CG_WHY_PROCESS }, { "container:", CG_WHY_CONTAINER }, { "unit:", CG_WHY_UNIT } };
	struct cg_why_scope scope = { .reference = reference };
	uint64_t pid;

	for (size_t i = 0; i < CG_N_ITEMS(kinds); i++) {
		if (strncmp(reference, kinds[i].prefix, strlen(kinds[i].prefix)) != 0)
			continue;
		scope.whose = kinds[i].whose;
		scope.name = reference + strlen(kinds[i].prefix);
	}
	if (scope.whose == CG_WHY_ALL || !scope.name[0])
		return false;
	if (scope.whose == CG_WHY_PROCESS) {
		if (!cg_num_parse_decimal(scope.name, 1, INT_MAX, &pid))
			return false;
		scope.pid = (int)pid;
	} else {
		find_processes(&scope);
	}
	*ret_scope = scope;
	return true;
}

void cg_why_scope_done(struct cg_why_scope *scope)
{
	cg_vec_done(&scope->pids);
}

static bool begins(const char *text, const char *with)
{
	return text && with[0] && strncmp(text, with, strlen(with)) == 0;
}

static bool is_of_unit(const char *unit, const char *name)
{
	size_t length = strlen(name);

	return unit && strncmp(unit, name, length) == 0 && (!unit[length] || strcmp(unit + length, ".service") == 0);
}

int cg_why_is_within(const struct cg_why_scope *scope, const struct cg_violation *violation)
{
	const char *id = violation->container_id;

	if (!scope || scope->whose == CG_WHY_ALL)
		return 1;
	if (scope->whose == CG_WHY_PROCESS)
		return violation->pid == scope->pid || violation->tid == scope->pid;
	if (scope->whose == CG_WHY_CONTAINER && (id || violation->container))
		return (violation->container && strcmp(violation->container, scope->name) == 0) ||
		       (strlen(scope->name) >= 4 && begins(id, scope->name)) || begins(id, scope->id);
	if (scope->whose == CG_WHY_UNIT && violation->unit)
		return is_of_unit(violation->unit, scope->name);
	for (size_t i = 0; i < scope->pids.n_items; i++)
		if (scope->pids.items[i] == violation->pid)
			return 1;
	/* A source that looked found no container: it was none. */
	return violation->cgroup ? 0 : -1;
}
