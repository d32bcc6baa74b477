/*
 * See shim.h. memfd_create(2), fcntl(2) on seals: a log that cannot shrink cannot end a program with SIGBUS.
 */
#include "os/shim.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define MAGIC 0x676f6c2d6d696873U /* "shim-log" */
#define SEALS (F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL)
#define LOADING 1
#define ERRNO_MOST 4095 /* linux/err.h, MAX_ERRNO */

struct cg_shim_record {
	uint64_t ms;
	pid_t pid;
	uint32_t flags;
	uint32_t proof;
	uint32_t n_insns;
	_Atomic int32_t code;
	uint32_t is_big_endian;
	_Atomic uint32_t is_written;
	char name[CG_SHIM_NAME_SIZE];
	struct sock_filter insns[];
};

struct cg_shim_log {
	uint64_t magic;
	uint64_t start; /* of CLOCK_MONOTONIC, in milliseconds */
	_Atomic uint64_t n_attached;
	_Atomic uint64_t n_lost;
	_Atomic uint64_t used; /* bytes of `records` */
	_Alignas(64) char records[];
};

#define ROOM (CG_SHIM_LOG_SIZE - sizeof(struct cg_shim_log))

static uint64_t now(void)
{
	struct timespec time = { 0 };

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (uint64_t)time.tv_sec * 1000 + (uint64_t)time.tv_nsec / 1000000;
}

static size_t size_of(size_t n_insns)
{
	size_t size = sizeof(struct cg_shim_record) + n_insns * sizeof(struct sock_filter);

	return (size + 63) & ~(size_t)63;
}

static struct cg_shim_log *map(int fd)
{
	void *memory = mmap(NULL, CG_SHIM_LOG_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	return memory == MAP_FAILED ? NULL : memory;
}

static bool is_log(int fd)
{
	struct stat status;

	return fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && (size_t)status.st_size == CG_SHIM_LOG_SIZE &&
	       fcntl(fd, F_GET_SEALS) == SEALS;
}

struct cg_shim_log *cg_shim_attach(void)
{
	const char *path = secure_getenv(CG_SHIM_VARIABLE);
	struct cg_shim_log *log = NULL;
	int kept = errno, fd;

	if (!path)
		return NULL;
	fd = open(path, O_RDWR | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd >= 0 && is_log(fd))
		log = map(fd);
	if (fd >= 0)
		close(fd);
	if (log && log->magic != MAGIC) {
		munmap(log, CG_SHIM_LOG_SIZE);
		log = NULL;
	}
	if (log)
		atomic_fetch_add(&log->n_attached, 1);
	errno = kept;
	return log;
}

static struct cg_shim_record *take_room(struct cg_shim_log *log, size_t size)
{
	uint64_t used = atomic_load(&log->used);

	do {
		if (used > ROOM || size > ROOM - used) {
			atomic_fetch_add(&log->n_lost, 1);
			return NULL;
		}
	} while (!atomic_compare_exchange_weak(&log->used, &used, used + size));
	return (struct cg_shim_record *)(void *)(log->records + used);
}

struct cg_shim_record *cg_shim_begin(struct cg_shim_log *log, const struct cg_filter *filter, unsigned int flags,
				     unsigned int proof, bool may_call)
{
	struct cg_shim_record *record = log ? take_room(log, size_of(filter->n_insns)) : NULL;

	if (!record)
		return NULL;
	record->ms = may_call ? now() - log->start : UINT64_MAX;
	record->pid = may_call ? getpid() : 0;
	record->flags = flags;
	record->proof = proof;
	record->n_insns = (uint32_t)filter->n_insns;
	record->is_big_endian = filter->is_big_endian;
	atomic_store(&record->code, LOADING);
	for (size_t i = 0; i + 1 < CG_SHIM_NAME_SIZE && program_invocation_short_name[i]; i++)
		record->name[i] = program_invocation_short_name[i];
	memcpy(record->insns, filter->insns, filter->n_insns * sizeof(*filter->insns));
	atomic_store(&record->is_written, 1);
	return record;
}

void cg_shim_end(struct cg_shim_record *record, int code)
{
	if (record)
		atomic_store(&record->code, code);
}

static int fail(int fd, struct cg_err *err)
{
	int code = errno;

	if (fd >= 0)
		close(fd);
	return cg_err_set(err, -code, NULL, "cannot make memory to be shared with the command: %s", strerror(code));
}

int cg_shim_open(struct cg_shim_log **ret_log, char *ret_value, size_t size, struct cg_err *err)
{
	int fd = memfd_create("callgate-shim", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	struct cg_shim_log *log;

	if (fd < 0 || ftruncate(fd, (off_t)CG_SHIM_LOG_SIZE) < 0 || fcntl(fd, F_ADD_SEALS, SEALS) < 0)
		return fail(fd, err);
	log = map(fd);
	if (!log)
		return fail(fd, err);
	log->magic = MAGIC;
	log->start = now();
	snprintf(ret_value, size, "/proc/%d/fd/%d", (int)getpid(), fd);
	*ret_log = log;
	return 0;
}

uint64_t cg_shim_n_attached(const struct cg_shim_log *log)
{
	return atomic_load(&log->n_attached);
}

uint64_t cg_shim_n_lost(const struct cg_shim_log *log)
{
	return atomic_load(&log->n_lost);
}

/* For people, on a terminal: nothing in a name may be a command to it. */
static void copy_name(char ret_name[CG_SHIM_NAME_SIZE], const char name[CG_SHIM_NAME_SIZE])
{
	memcpy(ret_name, name, CG_SHIM_NAME_SIZE - 1);
	ret_name[CG_SHIM_NAME_SIZE - 1] = '\0';
	for (size_t i = 0; ret_name[i]; i++)
		if (ret_name[i] < ' ' || ret_name[i] > '~')
			ret_name[i] = '?';
}

bool cg_shim_next(const struct cg_shim_log *log, size_t *offset, struct cg_shim_entry *ret_entry)
{
	uint64_t used = atomic_load(&log->used);
	const struct cg_shim_record *record = (const struct cg_shim_record *)(const void *)(log->records + *offset);
	size_t n_insns;
	int code;

	if (used > ROOM || *offset >= used || used - *offset < sizeof(*record) || !atomic_load(&record->is_written))
		return false;
	n_insns = *(const volatile uint32_t *)&record->n_insns; /* once: it may change between two looks */
	if (n_insns == 0 || n_insns > CG_FILTER_LENGTH_MAX || size_of(n_insns) > used - *offset)
		return false;
	memcpy(ret_entry->insns, record->insns, n_insns * sizeof(*record->insns));
	ret_entry->filter = (struct cg_filter){ ret_entry->insns, n_insns, record->is_big_endian != 0 };
	if (cg_filter_check(&ret_entry->filter, NULL) < 0)
		return false;
	code = atomic_load(&record->code);
	ret_entry->pid = record->pid > 0 ? record->pid : 0;
	ret_entry->ms = record->ms;
	ret_entry->flags = record->flags;
	ret_entry->proof = record->proof;
	ret_entry->code = code > 0 || code < -ERRNO_MOST ? LOADING : code;
	copy_name(ret_entry->name, record->name);
	*offset += size_of(n_insns);
	return true;
}
