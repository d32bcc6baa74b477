/*
 * See multiplex.h. Operations: linux/net.h, linux/ipc.h. Which architectures: libseccomp 2.5, source; x86 seen.
 */
#include "profile/multiplex.h"

#include "abi/syscalls.h"
#include "base/cleanup.h"

#include <string.h>

static const char *const arches[] = { "x86", "ppc", "ppc64", "ppc64le", "s390", "s390x" };

static const struct {
	const char *name, *through;
	uint8_t operation;
} rows[] = {
	{ "socket", "socketcall", 1 },	     { "bind", "socketcall", 2 },	 { "connect", "socketcall", 3 },
	{ "listen", "socketcall", 4 },	     { "accept", "socketcall", 5 },	 { "getsockname", "socketcall", 6 },
	{ "getpeername", "socketcall", 7 },  { "socketpair", "socketcall", 8 },	 { "send", "socketcall", 9 },
	{ "recv", "socketcall", 10 },	     { "sendto", "socketcall", 11 },	 { "recvfrom", "socketcall", 12 },
	{ "shutdown", "socketcall", 13 },    { "setsockopt", "socketcall", 14 }, { "getsockopt", "socketcall", 15 },
	{ "sendmsg", "socketcall", 16 },     { "recvmsg", "socketcall", 17 },	 { "accept4", "socketcall", 18 },
	{ "recvmmsg", "socketcall", 19 },    { "sendmmsg", "socketcall", 20 },	 { "semop", "ipc", 1 },
	{ "semget", "ipc", 2 },		     { "semctl", "ipc", 3 },		 { "semtimedop", "ipc", 4 },
	{ "msgsnd", "ipc", 11 },	     { "msgrcv", "ipc", 12 },		 { "msgget", "ipc", 13 },
	{ "msgctl", "ipc", 14 },	     { "shmat", "ipc", 21 },		 { "shmdt", "ipc", 22 },
	{ "shmget", "ipc", 23 },	     { "shmctl", "ipc", 24 },
};

bool cg_multiplex_find(const struct cg_arch *arch, const char *name, uint32_t *ret_nr, uint64_t *ret_operation)
{
	bool is_one = false;

	for (size_t i = 0; i < CG_N_ITEMS(arches); i++)
		is_one |= strcmp(arches[i], arch->name) == 0;
	for (size_t i = 0; is_one && i < CG_N_ITEMS(rows); i++) {
		if (strcmp(rows[i].name, name) != 0 || !cg_syscall_number(arch, rows[i].through, ret_nr))
			continue;
		*ret_operation = rows[i].operation;
		return true;
	}
	return false;
}
