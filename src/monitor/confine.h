/*
 * The monitor's own processes under profiles made by callgate: learnt from what they do (docs/howto/monitor-service.md).
 */
#ifndef CG_MONITOR_CONFINE_H
#define CG_MONITOR_CONFINE_H

#include "base/err.h"

#define CG_CONFINE_READER "monitor"
#define CG_CONFINE_KEEPER "monitor-keeper"

/* Loads the bundled profile of that name into this process, for good; sets no_new_privs. Errors: cg_load_profile()'s. */
int cg_confine_load(const char *name, struct cg_err *err);

/* Gives up every capability that a reader has no use for. */
int cg_confine_capabilities(struct cg_err *err);

#endif
