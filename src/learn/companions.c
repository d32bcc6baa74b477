/*
 * --args strict: bits that are allowed along with those seen, as they only change how the same thing is done.
 *
 * In: a set of constants of abi/. Out: its harmless bits on all arches of a sketch. A flag belongs here if it opens
 * nothing that the call does not do without it, and if libraries or the order of events decide whether it is set: so
 * that a second run of the same program is not refused for it. What makes or empties a file (O_CREAT, O_TRUNC), gives
 * a file by another way (O_PATH, AT_EMPTY_PATH) or goes past caches (O_DIRECT) is not here; nor is what means something
 * else to another call of the same set (AT_EACCESS is AT_REMOVEDIR to unlinkat).
 *
 * Source: open(2), openat(2), fstatat(2), socket(2), send(2), recv(2), mmap(2), preadv2(2), wait4(2), statx(2).
 */
#include "learn/generalise.h"

#include "abi/constants.h"

#include <string.h>

static const struct {
	const char *set;
	const char *names;
} harmless[] = {
	{ "at_flags", "AT_SYMLINK_NOFOLLOW AT_NO_AUTOMOUNT" },
	{ "fd_flags", "O_CLOEXEC O_NONBLOCK" },
	{ "message_flags", "MSG_DONTWAIT MSG_NOSIGNAL MSG_PEEK MSG_TRUNC MSG_WAITALL MSG_MORE MSG_CMSG_CLOEXEC" },
	{ "mmap_flags", "MAP_NORESERVE MAP_POPULATE MAP_STACK" },
	{ "open_flags", "O_APPEND O_CLOEXEC O_DIRECTORY O_DSYNC O_LARGEFILE O_NOCTTY O_NOFOLLOW O_NONBLOCK O_SYNC" },
	{ "rw_flags", "RWF_DSYNC RWF_SYNC RWF_NOWAIT RWF_APPEND" },
	{ "socket_type", "SOCK_CLOEXEC SOCK_NONBLOCK" },
	{ "statx_mask", "STATX_BASIC_STATS STATX_BTIME STATX_MNT_ID STATX_DIOALIGN STATX_MNT_ID_UNIQUE STATX_SUBVOL" },
	{ "wait_options", "WNOHANG WUNTRACED WCONTINUED" },
};

/* The same constant can have another number on another arch; names are shared by all of them, so are bits. */
static uint32_t bits_of_name(const struct cg_sketch *sketch, const char *name)
{
	uint32_t bits = 0;

	for (size_t i = 0; i < sketch->n_arches; i++) {
		uint64_t value;

		if (cg_constant_find(sketch->arches[i], name, &value))
			bits |= (uint32_t)value;
	}
	return bits;
}

uint32_t cg_companion_bits(const struct cg_sketch *sketch, const char *set)
{
	const char *names = "";
	uint32_t bits = 0;
	char name[64];

	for (size_t i = 0; set && i < sizeof(harmless) / sizeof(harmless[0]); i++)
		if (strcmp(harmless[i].set, set) == 0)
			names = harmless[i].names;
	for (; *names; names += strspn(names, " ")) {
		size_t length = strcspn(names, " ");

		if (length < sizeof(name)) {
			memcpy(name, names, length);
			name[length] = '\0';
			bits |= bits_of_name(sketch, name);
		}
		names += length;
	}
	return bits;
}
