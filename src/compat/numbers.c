/*
 * Numbers of the API: native ones and pseudo ones, for whatever architecture.
 *
 * In: a number as the native seccomp-syscalls.h has it. Out: the call on an architecture: its own number, and where
 * socketcall(2) or ipc(2) carries it, that one's number and operation too (abi/multiplex.h).
 * On the native architecture a number without a name is itself.
 */
#include "compat/ctx.h"

#include "abi/multiplex.h"
#include "abi/syscalls.h"
#include "compat/names.h"

#include <errno.h>

#define FIRST_RESERVED (-1)
#define LAST_RESERVED (-99)
#define SKIPPED (-1)

bool cg_ctx_takes_number(const struct cg_ctx *ctx, int number)
{
	if (number == SKIPPED && ctx->attributes[SCMP_FLTATR_API_TSKIP])
		return true;
	return number > FIRST_RESERVED || number < LAST_RESERVED;
}

/* x32's numbers under x86_64 belong to x32, so that for x86_64 there is no such call. */
static void resolve_by_number(const struct cg_arch *arch, uint32_t nr, struct cg_ctx_number *number)
{
	number->has_direct = cg_policy_is_nr_of(arch, nr);
	number->direct = nr;
}

static void resolve_by_name(const struct cg_arch *arch, const char *name, struct cg_ctx_number *number)
{
	uint64_t operation = 0;

	number->has_direct = cg_syscall_number(arch, name, &number->direct);
	number->has_carrier = cg_multiplex_find(arch, name, &number->carrier, &operation);
	number->operation = (uint32_t)operation;
}

int cg_ctx_resolve(const struct cg_arch *arch, int number, struct cg_ctx_number *ret_number)
{
	const char *name = cg_names_name(cg_arch_native(), number);

	*ret_number = (struct cg_ctx_number){ 0 };
	if (name)
		resolve_by_name(arch, name, ret_number);
	else if (number == SKIPPED)
		resolve_by_number(arch, CG_NR_SKIPPED, ret_number);
	else if (arch != cg_arch_native())
		return -EFAULT;
	else if (number >= 0)
		resolve_by_number(arch, (uint32_t)number, ret_number);
	return 0;
}
