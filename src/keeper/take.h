/*
 * Between ledger.c and take.c.
 */
#ifndef CG_KEEPER_TAKE_H
#define CG_KEEPER_TAKE_H

#include "keeper/ledger.h"

/* One write to the history, tried again where the history had to be opened anew. Negative: it was not kept. */
int cg_ledger_write(struct cg_ledger *ledger,
		    int (*write)(struct cg_history *history, const void *what, struct cg_err *err), const void *what);

/* A batch that is not to be kept. */
void cg_batch_forget(struct cg_batch **batch);

#endif
