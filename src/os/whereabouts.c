/*
 * See whereabouts.h; proc(5), cgroups(7).
 */
#include "os/whereabouts.h"

#include "base/cleanup.h"
#include "os/container_facts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define TEXT_SIZE 8192

static uint64_t clock_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

uint64_t cg_clock_boot_ns(void)
{
	return clock_ns(CLOCK_BOOTTIME);
}

uint64_t cg_clock_epoch_ns(void)
{
	return clock_ns(CLOCK_REALTIME);
}

/* The beginning of one of its files, NUL-terminated. */
static int read_file(int pid, const char *name, char *ret_text, size_t size)
{
	char path[64];
	size_t length = 0;
	ssize_t n = 1;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -ESRCH;
	while (n > 0 && length + 1 < size) {
		n = read(fd, ret_text + length, size - 1 - length);
		length += n > 0 ? (size_t)n : 0;
	}
	close(fd);
	ret_text[length] = '\0';
	return length ? 0 : -ESRCH;
}

/* The 22nd field of its stat file, in ticks since the machine started. What stands in parentheses may hold anything. */
uint64_t cg_whereabouts_started(int pid)
{
	char text[1024];
	const char *at = NULL;
	long ticks = sysconf(_SC_CLK_TCK);

	if (read_file(pid, "stat", text, sizeof(text)) == 0)
		at = strrchr(text, ')');
	for (int i = 0; at && i < 20; i++)
		at = strchr(at + 1, ' ');
	return at && ticks > 0 ? strtoull(at, NULL, 10) * (1000000000U / (uint64_t)ticks) : 0;
}

static bool ends_with(const char *text, size_t length, const char *end)
{
	size_t n = strlen(end);

	return length > n && memcmp(text + length - n, end, n) == 0;
}

static bool names_unit(const char *part, size_t length)
{
	static const char *const kinds[] = { ".service", ".scope", ".socket", ".mount", ".swap" };

	for (size_t i = 0; i < CG_N_ITEMS(kinds); i++)
		if (ends_with(part, length, kinds[i]))
			return true;
	return false;
}

bool cg_cgroup_unit(const char *path, char *ret_unit, size_t size)
{
	bool is_found = false;

	for (const char *part = path + strspn(path, "/"); *part; part += strspn(part, "/")) {
		size_t length = strcspn(part, "/");
		struct cg_container_facts facts;
		char name[NAME_MAX + 1];

		if (length <= NAME_MAX && names_unit(part, length)) {
			snprintf(name, sizeof(name), "%.*s", (int)length, part);
			if (!cg_container_of_cgroup(name, &facts)) {
				snprintf(ret_unit, size, "%s", name);
				is_found = true;
			}
		}
		part += length;
	}
	return is_found;
}

int cg_cgroup_rank(const char *path)
{
	struct cg_container_facts facts;
	char unit[NAME_MAX + 1];

	if (cg_container_of_cgroup(path, &facts))
		return 3;
	if (cg_cgroup_unit(path, unit, sizeof(unit)))
		return 2;
	return path[0] && strcmp(path, "/") != 0 ? 1 : 0;
}

/* Lines are "NUMBER:CONTROLLERS:PATH"; of a cgroup that is gone the path ends in " (deleted)". */
static void choose_cgroup(char *text, char ret_path[PATH_MAX])
{
	static const char gone[] = " (deleted)";
	int best = -1;
	char *save = NULL;

	ret_path[0] = '\0';
	for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		char *path = strchr(line, ':');
		int rank;

		path = path ? strchr(path + 1, ':') : NULL;
		if (!path || strlen(++path) >= PATH_MAX)
			continue;
		if (ends_with(path, strlen(path), gone))
			path[strlen(path) - strlen(gone)] = '\0';
		rank = cg_cgroup_rank(path);
		if (rank > best) {
			best = rank;
			strcpy(ret_path, path);
		}
	}
}

/* "NSpid:\t4711\t7": the last is its own. */
static int read_ns_pid(int pid)
{
	char text[TEXT_SIZE], *line, *end;
	long number = 0;

	if (read_file(pid, "status", text, sizeof(text)) < 0)
		return 0;
	line = strstr(text, "\nNSpid:");
	if (!line)
		return 0;
	line += strlen("\nNSpid:");
	line[strcspn(line, "\n")] = '\0';
	for (;;) {
		long next = strtol(line, &end, 10);

		if (end == line)
			break;
		number = next;
		line = end;
	}
	return number > 0 && number <= INT_MAX ? (int)number : 0;
}

int cg_whereabouts_of(int pid, struct cg_whereabouts *ret_where)
{
	CG_FREE char *text = malloc(16 * PATH_MAX);

	if (!text)
		return -ENOMEM;
	if (read_file(pid, "cgroup", text, 16 * PATH_MAX) < 0)
		return -ESRCH;
	choose_cgroup(text, ret_where->cgroup);
	ret_where->ns_pid = read_ns_pid(pid);
	ret_where->started_ns = cg_whereabouts_started(pid);
	return 0;
}
