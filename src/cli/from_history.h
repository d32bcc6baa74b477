/*
 * callgate generate --from-history: the change to a profile that stops the violations which a history knows.
 */
#ifndef CG_CLI_FROM_HISTORY_H
#define CG_CLI_FROM_HISTORY_H

#include "cli/cli.h"

/* `base`, `target`: --base, and for whom it is read. Prints; an exit status. */
int cg_generate_from_history(const struct cg_args *args, const struct cg_target *target);

#endif
