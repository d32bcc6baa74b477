/*
 * Capabilities by name (linux/capability.h, capabilities(7)), for conditions on them and for --caps.
 */
#include "profile/target.h"

#include "base/cleanup.h"
#include "base/text.h"

#include <string.h>
#include <strings.h>

static const char *const names[] = {
	"CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_DAC_READ_SEARCH", "CAP_FOWNER", "CAP_FSETID", "CAP_KILL", "CAP_SETGID",
	"CAP_SETUID", "CAP_SETPCAP", "CAP_LINUX_IMMUTABLE", "CAP_NET_BIND_SERVICE", "CAP_NET_BROADCAST",
	"CAP_NET_ADMIN", "CAP_NET_RAW", "CAP_IPC_LOCK", "CAP_IPC_OWNER", "CAP_SYS_MODULE", "CAP_SYS_RAWIO",
	"CAP_SYS_CHROOT", "CAP_SYS_PTRACE", "CAP_SYS_PACCT", "CAP_SYS_ADMIN", "CAP_SYS_BOOT", "CAP_SYS_NICE",
	"CAP_SYS_RESOURCE", "CAP_SYS_TIME", "CAP_SYS_TTY_CONFIG", "CAP_MKNOD", "CAP_LEASE", "CAP_AUDIT_WRITE",
	"CAP_AUDIT_CONTROL", "CAP_SETFCAP", "CAP_MAC_OVERRIDE", "CAP_MAC_ADMIN", "CAP_SYSLOG", "CAP_WAKE_ALARM",
	"CAP_BLOCK_SUSPEND", "CAP_AUDIT_READ", "CAP_PERFMON", "CAP_BPF", "CAP_CHECKPOINT_RESTORE",
};

/* What Docker gives a container that asks for nothing (seen in config.json of 20.10.24). */
static const char *const docker_default[] = {
	"CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FSETID", "CAP_FOWNER", "CAP_MKNOD", "CAP_NET_RAW", "CAP_SETGID",
	"CAP_SETUID", "CAP_SETFCAP", "CAP_SETPCAP", "CAP_NET_BIND_SERVICE", "CAP_SYS_CHROOT", "CAP_KILL",
	"CAP_AUDIT_WRITE",
};

static bool is_cap(const char *name, const char *text, size_t length)
{
	if (length > 4 && strncasecmp(text, "CAP_", 4) == 0) {
		text += 4;
		length -= 4;
	}
	return strlen(name + 4) == length && strncasecmp(name + 4, text, length) == 0;
}

static int find_cap(const char *text, size_t length)
{
	for (size_t i = 0; i < CG_N_ITEMS(names); i++) {
		if (is_cap(names[i], text, length))
			return (int)i;
	}
	return -1;
}

int cg_cap_find(const char *name)
{
	return find_cap(name, strlen(name));
}

const char *cg_cap_name(unsigned int bit)
{
	return bit < CG_N_ITEMS(names) ? names[bit] : NULL;
}

const char *cg_cap_suggest(const char *name)
{
	return cg_word_nearest(name, names, CG_N_ITEMS(names));
}

uint64_t cg_caps_all(void)
{
	return (UINT64_C(1) << CG_N_ITEMS(names)) - 1;
}

uint64_t cg_caps_docker_default(void)
{
	uint64_t caps = 0;

	for (size_t i = 0; i < CG_N_ITEMS(docker_default); i++)
		caps |= UINT64_C(1) << cg_cap_find(docker_default[i]);
	return caps;
}

static bool parse_item(const char *text, size_t length, uint64_t *caps)
{
	int bit = find_cap(text, length);

	if (bit >= 0)
		*caps |= UINT64_C(1) << bit;
	else if (length == 7 && strncasecmp(text, "default", 7) == 0)
		*caps |= cg_caps_docker_default();
	else if (length == 3 && strncasecmp(text, "all", 3) == 0)
		*caps |= cg_caps_all();
	else if (length != 4 || strncasecmp(text, "none", 4) != 0)
		return false;
	return true;
}

bool cg_caps_parse(const char *text, uint64_t *ret_caps)
{
	uint64_t caps = 0;

	for (;;) {
		size_t length = strcspn(text, ",");

		if (!parse_item(text, length, &caps))
			return false;
		if (!text[length])
			break;
		text += length + 1;
	}
	*ret_caps = caps;
	return true;
}
