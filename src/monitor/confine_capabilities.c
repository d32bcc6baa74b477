/*
 * What the reader keeps of root's rights, and for what. See confine.h and capabilities(7).
 */
#include "monitor/confine.h"

#include "base/cleanup.h"
#include "os/confine.h"

#include <linux/capability.h>

int cg_confine_capabilities(struct cg_err *err)
{
	static const int kept[] = {
		CAP_AUDIT_READ, /* the kernel's audit messages */
		CAP_SYSLOG, /* /dev/kmsg */
		CAP_BPF, CAP_PERFMON, /* reading the maps of programs that are loaded */
		CAP_SYS_PTRACE, /* whose /proc/PID/exe it is */
		CAP_DAC_READ_SEARCH, /* files in which engines keep names of containers */
		CAP_SETUID, CAP_SETGID, CAP_CHOWN, /* a keeper that is started anew, as another user */
		CAP_KILL, /* one that hangs */
	};

	return cg_capabilities_keep(kept, CG_N_ITEMS(kept), err);
}
