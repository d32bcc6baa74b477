/*
 * See report.h.
 *
 * The log is taken up as the library is loaded, when no filter of ours can be in force. It is one of the three things
 * that the library keeps for the process (handle.h has the others), written once, before main(). It is never unmapped:
 * a filter in force may forbid munmap(2), and a destructor must not be the program's end.
 */
#include "compat/report.h"

#include "os/shim.h"

#include <stdatomic.h>

static struct cg_shim_log *shim_log;
static atomic_bool has_loaded; /* a child of fork(2) inherits it, as it does the filter */

__attribute__((constructor)) static void attach(void)
{
	shim_log = cg_shim_attach();
}

struct cg_shim_record *cg_report_begin(const struct cg_ctx *ctx, unsigned int flags)
{
	if (!shim_log)
		return NULL;
	return cg_shim_begin(shim_log, ctx->filter, flags, (unsigned int)ctx->proof, !atomic_load(&has_loaded));
}

void cg_report_end(struct cg_shim_record *record, int code)
{
	if (code == 0)
		atomic_store(&has_loaded, true);
	cg_shim_end(record, code);
}
