/*
 * See multiplex.h. Operations: linux/net.h, linux/ipc.h. Which architectures: those that have the carrier in
 * data/syscalls.csv, which is what the kernel's own tables say.
 */
#include "abi/multiplex.h"

#include "abi/syscalls.h"
#include "base/cleanup.h"

#include <string.h>

/* Sorted by name. */
static const struct {
	const char *name, *through;
	uint8_t operation;
} rows[] = {
	{ "accept", "socketcall", 5 },
	{ "accept4", "socketcall", 18 },
	{ "bind", "socketcall", 2 },
	{ "connect", "socketcall", 3 },
	{ "getpeername", "socketcall", 7 },
	{ "getsockname", "socketcall", 6 },
	{ "getsockopt", "socketcall", 15 },
	{ "listen", "socketcall", 4 },
	{ "msgctl", "ipc", 14 },
	{ "msgget", "ipc", 13 },
	{ "msgrcv", "ipc", 12 },
	{ "msgsnd", "ipc", 11 },
	{ "recv", "socketcall", 10 },
	{ "recvfrom", "socketcall", 12 },
	{ "recvmmsg", "socketcall", 19 },
	{ "recvmsg", "socketcall", 17 },
	{ "semctl", "ipc", 3 },
	{ "semget", "ipc", 2 },
	{ "semop", "ipc", 1 },
	{ "semtimedop", "ipc", 4 },
	{ "send", "socketcall", 9 },
	{ "sendmmsg", "socketcall", 20 },
	{ "sendmsg", "socketcall", 16 },
	{ "sendto", "socketcall", 11 },
	{ "setsockopt", "socketcall", 14 },
	{ "shmat", "ipc", 21 },
	{ "shmctl", "ipc", 24 },
	{ "shmdt", "ipc", 22 },
	{ "shmget", "ipc", 23 },
	{ "shutdown", "socketcall", 13 },
	{ "socket", "socketcall", 1 },
	{ "socketpair", "socketcall", 8 },
};

bool cg_multiplex_find(const struct cg_arch *arch, const char *name, uint32_t *ret_nr, uint64_t *ret_operation)
{
	size_t first = 0, end = CG_N_ITEMS(rows);

	while (first < end) {
		size_t middle = (first + end) / 2;
		int order = strcmp(name, rows[middle].name);

		if (order == 0) {
			if (!cg_syscall_number(arch, rows[middle].through, ret_nr))
				return false;
			*ret_operation = rows[middle].operation;
			return true;
		}
		if (order < 0)
			end = middle;
		else
			first = middle + 1;
	}
	return false;
}

const char *cg_multiplex_name(const char *through, uint64_t operation)
{
	for (size_t i = 0; i < CG_N_ITEMS(rows); i++)
		if (rows[i].operation == operation && strcmp(rows[i].through, through) == 0)
			return rows[i].name;
	return NULL;
}
