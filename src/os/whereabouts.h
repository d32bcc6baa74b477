/*
 * Where a process belongs: its cgroup, its own pid, when it began.
 *
 * In: a process. Out: what /proc says now. A process that is gone has left nothing.
 */
#ifndef CG_OS_WHEREABOUTS_H
#define CG_OS_WHEREABOUTS_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cg_whereabouts {
	char cgroup[PATH_MAX]; /* path in the hierarchy that says most: a container's, else a unit's, else any; "" none */
	int ns_pid; /* in its own pid namespace; 0: not known */
	uint64_t started_ns; /* CLOCK_BOOTTIME; 0: not known */
};

/* 0; -ESRCH: it is gone, or none of ours to look at. */
int cg_whereabouts_of(int pid, struct cg_whereabouts *ret_where);

/* Begun at that time, by CLOCK_BOOTTIME; 0: there is no such process. The kernel tells hundredths of a second. */
uint64_t cg_whereabouts_started(int pid);

/* Of the paths in /proc/PID/cgroup: how much one says. 3 a container, 2 a unit, 1 something, 0 nothing. */
int cg_cgroup_rank(const char *path);

/* The systemd unit that a path names, its innermost service, scope, … that is no container's: into `ret_unit`. */
bool cg_cgroup_unit(const char *path, char *ret_unit, size_t size);

/* Nanoseconds of CLOCK_BOOTTIME, and of the calendar. */
uint64_t cg_clock_boot_ns(void);
uint64_t cg_clock_epoch_ns(void);

#endif
