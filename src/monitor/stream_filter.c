/*
 * Which violations are wanted: those of a cgroup, a container, a unit, a process. See cg_stream_filter in stream.h.
 */
#include "monitor/stream_parts.h"

#include "base/num.h"

#include <string.h>

#define CGROUPS "/sys/fs/cgroup"
#define ID_PREFIX_MIN 4

static bool is_below(const char *path, const char *folder)
{
	size_t n = strlen(folder);

	while (n > 1 && folder[n - 1] == '/')
		n--;
	if (n == 1 && folder[0] == '/')
		return true;
	return strncmp(path, folder, n) == 0 && (path[n] == '\0' || path[n] == '/');
}

/* A path in its hierarchy, or a folder below /sys/fs/cgroup, where a hierarchy of version 1 has one more level. */
static bool is_in_cgroup(const char *cgroup, const char *wanted)
{
	const char *rest, *slash;

	if (is_below(cgroup, wanted))
		return true;
	if (strncmp(wanted, CGROUPS "/", strlen(CGROUPS) + 1) != 0)
		return false;
	rest = wanted + strlen(CGROUPS);
	slash = strchr(rest + 1, '/');
	return is_below(cgroup, rest) || (slash && slash[1] && is_below(cgroup, slash));
}

static bool is_container(const struct cg_violation *violation, const char *wanted)
{
	size_t n = strlen(wanted);

	if (violation->container && strcmp(violation->container, wanted) == 0)
		return true;
	return violation->container_id && n >= ID_PREFIX_MIN && strncmp(violation->container_id, wanted, n) == 0;
}

static bool is_unit(const char *unit, const char *wanted)
{
	static const char service[] = ".service";
	size_t n = strlen(wanted);

	return strcmp(unit, wanted) == 0 || (strncmp(unit, wanted, n) == 0 && strcmp(unit + n, service) == 0);
}

bool cg_stream_wants(struct cg_stream *stream, const struct cg_violation *violation)
{
	const struct cg_stream_filter *filter = &stream->options.filter;

	if (filter->pid && violation->pid != filter->pid)
		return false;
	if (!filter->cgroup && !filter->container && !filter->unit)
		return true;
	if (!violation->cgroup) {
		stream->totals.n_unplaced += violation->n;
		return false;
	}
	return (!filter->cgroup || is_in_cgroup(violation->cgroup, filter->cgroup)) &&
	       (!filter->container || is_container(violation, filter->container)) &&
	       (!filter->unit || (violation->unit && is_unit(violation->unit, filter->unit)));
}
