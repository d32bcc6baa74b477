/*
 * seccomp_version(), seccomp_api_get(), seccomp_api_set(). See seccomp_api_get(3).
 *
 * In: what the kernel answers. Out: the highest level that it has with all levels below. The level is the one thing
 * that the library keeps for the whole process, as its API asks for; it is one word, written atomically, and two
 * threads that probe at once come to the same answer.
 */
#include "compat/api_level.h"

#include "os/seccomp.h"

#include <errno.h>
#include <seccomp.h>
#include <stdatomic.h>

struct level {
	unsigned int flag;   /* of seccomp(2) */
	uint32_t actions[2]; /* 0: none; KILL_THREAD was always there */
};

/* Level 2 and on, in this order: each holds only where all before it do. */
static const struct level levels[] = {
	{ CG_SECCOMP_TSYNC, { 0 } },
	{ CG_SECCOMP_LOG, { SCMP_ACT_LOG, SCMP_ACT_KILL_PROCESS } },
	{ CG_SECCOMP_SPEC_ALLOW, { 0 } },
	{ CG_SECCOMP_NEW_LISTENER, { SCMP_ACT_NOTIFY } },
	{ CG_SECCOMP_TSYNC_ESRCH, { 0 } },
	{ CG_SECCOMP_NEW_LISTENER | CG_SECCOMP_WAIT_KILLABLE_RECV, { 0 } },
};

#define N_LEVELS (sizeof(levels) / sizeof(levels[0]))

static _Atomic unsigned int api_level; /* 0: not asked yet */

static bool kernel_has(const struct level *level)
{
	for (unsigned int i = 0; i < 2; i++)
		if (level->actions[i] && !cg_seccomp_lists_action(level->actions[i]))
			return false;
	return cg_seccomp_knows_flags(level->flag);
}

unsigned int cg_api_level(void)
{
	unsigned int level = atomic_load(&api_level);
	unsigned int nobody = 0;

	if (level)
		return level;
	for (level = CG_API_LEVEL_BASE; level <= N_LEVELS && kernel_has(&levels[level - 1]); level++)
		;
	/* What another thread has set meanwhile stands. */
	return atomic_compare_exchange_strong(&api_level, &nobody, level) ? level : nobody;
}

bool cg_api_level_is_base(void)
{
	return atomic_load(&api_level) == CG_API_LEVEL_BASE;
}

void cg_api_level_forget(void)
{
	atomic_store(&api_level, 0);
}

unsigned int seccomp_api_get(void)
{
	int kept = errno; /* asking goes by calls that fail */
	unsigned int level = cg_api_level();

	errno = kept;
	return level;
}

int seccomp_api_set(unsigned int level)
{
	if (level < CG_API_LEVEL_BASE || level > CG_API_LEVEL_BASE + N_LEVELS)
		return -EINVAL;
	atomic_store(&api_level, level);
	return 0;
}

const struct scmp_version *seccomp_version(void)
{
	static const struct scmp_version version = { SCMP_VER_MAJOR, SCMP_VER_MINOR, SCMP_VER_MICRO };

	return &version;
}
