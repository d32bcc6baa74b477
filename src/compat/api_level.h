/*
 * The API level: what the kernel can, or what a program said it can.
 */
#ifndef CG_COMPAT_API_LEVEL_H
#define CG_COMPAT_API_LEVEL_H

#include <stdbool.h>

#define CG_API_LEVEL_BASE 1
#define CG_API_LEVEL_TSYNC 2        /* seccomp(2), CTL_TSYNC */
#define CG_API_LEVEL_LOG 3          /* CTL_LOG, ACT_LOG, ACT_KILL_PROCESS */
#define CG_API_LEVEL_SSB 4          /* CTL_SSB */
#define CG_API_LEVEL_NOTIFY 5       /* ACT_NOTIFY */
#define CG_API_LEVEL_NOTIFY_TSYNC 6 /* ACT_NOTIFY together with CTL_TSYNC */
#define CG_API_LEVEL_WAITKILL 7     /* CTL_WAITKILL */

/* As seccomp_api_get(): probed at the first call, then remembered. */
unsigned int cg_api_level(void);

/* Is it level 1, by what was asked or set: loads go by prctl(2). Never asks the kernel: async-signal-safe. */
bool cg_api_level_is_base(void);

/* Has it probed anew at the next question: seccomp_reset(NULL, …). */
void cg_api_level_forget(void);

#endif
