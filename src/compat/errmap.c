/*
 * Errors of the core as the API's: one table.
 *
 * In: a negative errno. Out: one that the manual pages know. What the kernel says is -ECANCELED, unless the program has
 * asked for raw codes (SCMP_FLTATR_API_SYSRAWRC); what nobody should see is -EFAULT, "internal failure".
 */
#include "compat/ctx.h"

#include <errno.h>

static const struct {
	int error;
	int known;
} rows[] = {
	{ -ENOMEM, -ENOMEM },
	{ -EINVAL, -EINVAL },
	{ -ESRCH, -ESRCH },
	{ -EBADE, -EFAULT }, /* the filter failed its proof: a bug, and nothing is loaded */
};

/* errno says what -ECANCELED does not: it is what programs print. */
static int to_system(const struct cg_ctx *ctx, int error)
{
	errno = -error;
	return ctx->attributes[SCMP_FLTATR_API_SYSRAWRC] ? error : -ECANCELED;
}

/*
 * A filter of more than 4,096 instructions the kernel would refuse with EINVAL, and it is the kernel that libseccomp
 * leaves this to. Threads that cannot follow (TSYNC) have a code of their own.
 */
int cg_ctx_error(const struct cg_ctx *ctx, int error, bool is_system)
{
	if (is_system)
		return error == -ESRCH ? error : to_system(ctx, error);
	if (error == -E2BIG)
		return to_system(ctx, -EINVAL);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].error == error)
			return rows[i].known;
	return -EFAULT;
}
