/*
 * See special.h. By name in a table, by (token, number) in a map: every arch that a tracee may use has its own numbers.
 */
#include "source/special.h"

#include "abi/syscalls.h"
#include "base/cleanup.h"

#include <errno.h>
#include <string.h>

static const struct {
	const char *name;
	enum cg_special special;
} rows[] = {
	{ "clone", CG_SPECIAL_CLONE },
	{ "clone3", CG_SPECIAL_CLONE3 },
	{ "exit", CG_SPECIAL_ENDS },
	{ "exit_group", CG_SPECIAL_ENDS },
	{ "execve", CG_SPECIAL_EXECUTES },
	{ "execveat", CG_SPECIAL_EXECUTES },
	{ "getegid", CG_SPECIAL_SURE },
	{ "getegid32", CG_SPECIAL_SURE },
	{ "geteuid", CG_SPECIAL_SURE },
	{ "geteuid32", CG_SPECIAL_SURE },
	{ "getgid", CG_SPECIAL_SURE },
	{ "getgid32", CG_SPECIAL_SURE },
	{ "getpgrp", CG_SPECIAL_SURE },
	{ "getpid", CG_SPECIAL_SURE },
	{ "getppid", CG_SPECIAL_SURE },
	{ "gettid", CG_SPECIAL_SURE },
	{ "getuid", CG_SPECIAL_SURE },
	{ "getuid32", CG_SPECIAL_SURE },
	{ "listen", CG_SPECIAL_LISTEN },
	{ "mmap", CG_SPECIAL_MAP },
	{ "mmap2", CG_SPECIAL_MAP },
	{ "prctl", CG_SPECIAL_PRCTL },
	{ "ptrace", CG_SPECIAL_PTRACE },
	/* What sigreturn "returns" is a register of the interrupted code: it must not be read as a result. */
	{ "rt_sigreturn", CG_SPECIAL_SURE },
	{ "sched_yield", CG_SPECIAL_SURE },
	{ "seccomp", CG_SPECIAL_SECCOMP },
	{ "set_tid_address", CG_SPECIAL_SURE },
	{ "sigreturn", CG_SPECIAL_SURE },
	{ "umask", CG_SPECIAL_SURE },
};

/* Calls in which a server sits while there is nothing to do: --phase listen. */
static const char *const waits[] = {
	"_newselect", "accept", "accept4", "epoll_pwait", "epoll_pwait2", "epoll_wait", "io_getevents",
	"io_pgetevents", "io_pgetevents_time64", "io_uring_enter", "pause", "poll", "ppoll", "ppoll_time64",
	"pselect6", "pselect6_time64", "rt_sigsuspend", "rt_sigtimedwait", "rt_sigtimedwait_time64",
	"select", "sigsuspend",
};

bool cg_call_waits(const char *name)
{
	for (size_t i = 0; i < CG_N_ITEMS(waits); i++)
		if (strcmp(waits[i], name) == 0)
			return true;
	return false;
}

struct key {
	uint32_t token;
	uint32_t nr;
};

static int add(struct cg_specials *specials, const struct cg_arch *arch, uint32_t nr, enum cg_special special)
{
	struct key *key = cg_arena_alloc(&specials->arena, sizeof(*key));
	struct cg_map_entry *entry;

	if (!key)
		return -ENOMEM;
	key->token = arch->token;
	key->nr = nr;
	if (cg_map_put(&specials->map, key, sizeof(*key), &entry) < 0)
		return -ENOMEM;
	entry->value.number = special;
	return 0;
}

static int add_named(struct cg_specials *specials, const char *name, enum cg_special special)
{
	for (size_t a = 0; a < cg_n_arches; a++) {
		uint32_t nr;

		if (cg_syscall_number(&cg_arches[a], name, &nr) && add(specials, &cg_arches[a], nr, special) < 0)
			return -ENOMEM;
	}
	return 0;
}

int cg_specials_fill(struct cg_specials *specials)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < CG_N_ITEMS(rows); i++)
		r = add_named(specials, rows[i].name, rows[i].special);
	for (size_t i = 0; r == 0 && i < CG_N_ITEMS(waits); i++)
		r = add_named(specials, waits[i], CG_SPECIAL_WAITS);
	return r;
}

enum cg_special cg_specials_find(const struct cg_specials *specials, const struct cg_call *call)
{
	const struct key key = { call->arch, call->nr };
	const struct cg_map_entry *entry = cg_map_find(&specials->map, &key, sizeof(key));

	return entry ? (enum cg_special)entry->value.number : CG_SPECIAL_NONE;
}

void cg_specials_done(struct cg_specials *specials)
{
	cg_map_done(&specials->map);
	cg_arena_done(&specials->arena);
}
