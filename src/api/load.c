/*
 * See include/callgate/load.h.
 */
#include "callgate/load.h"

#include "gate/gate.h"
#include "os/machine.h"
#include "os/seccomp.h"
#include "profile/profile.h"

#include <errno.h>
#include <string.h>

/*
 * Nothing may be released once a filter is in force: free(3) may call munmap(2) or brk(2), which the policy may punish.
 * So the program is moved to the stack, 32 KB at most.
 */
static int put_in_force(struct cg_filter *filter, unsigned int seccomp_flags, struct cg_err *err)
{
	struct sock_filter insns[CG_FILTER_LENGTH_MAX];
	struct cg_filter copy = *filter;

	memcpy(insns, filter->insns, filter->n_insns * sizeof(*insns));
	copy.insns = insns;
	cg_filter_free(filter);
	return cg_seccomp_load(&copy, seccomp_flags, NULL, err);
}

static unsigned int flags_for(const struct cg_policy *policy, unsigned int flags)
{
	unsigned int seccomp_flags = 0;

	if (flags & CG_LOAD_ALL_THREADS || policy->flags & CG_POLICY_TSYNC)
		seccomp_flags |= CG_SECCOMP_TSYNC;
	if (flags & CG_LOAD_LOG || policy->flags & CG_POLICY_LOG)
		seccomp_flags |= CG_SECCOMP_LOG;
	if (policy->flags & CG_POLICY_SPEC_ALLOW)
		seccomp_flags |= CG_SECCOMP_SPEC_ALLOW;
	return seccomp_flags;
}

/* Compiles, lets go of `owned` (may be NULL), and loads. */
static int compile_and_load(const struct cg_policy *policy, struct cg_policy *owned, unsigned int flags,
			    struct cg_err *err)
{
	unsigned int seccomp_flags = flags_for(policy, flags);
	struct cg_filter *filter = NULL;
	int r = cg_gate_compile(policy, NULL, &filter, err);

	cg_policy_free(owned);
	if (r == 0 && !(flags & CG_LOAD_KEEP_PRIVS))
		r = cg_no_new_privs_set(err);
	if (r < 0) {
		cg_filter_free(filter);
		return r;
	}
	return put_in_force(filter, seccomp_flags, err);
}

int cg_load_policy(const struct cg_policy *policy, unsigned int flags, struct cg_err *err)
{
	return compile_and_load(policy, NULL, flags, err);
}

static int read_policy(const char *name, const char *json, size_t length, struct cg_policy **ret_policy,
		       struct cg_err *err)
{
	struct cg_profile *profile = NULL;
	struct cg_target target;
	int r;

	cg_target_init(&target);
	cg_machine_kernel(target.kernel);
	r = cg_profile_read(name, json, length, &target, NULL, &profile, err);
	if (r == 0)
		r = cg_profile_resolve(profile, &target, NULL, ret_policy, err);
	cg_profile_free(profile);
	if (r == 0 && !*ret_policy)
		return cg_err_set(err, -ENODATA, name, "this profile applies no seccomp at all");
	return r;
}

int cg_load_profile(const char *name, const char *json, size_t length, unsigned int flags, struct cg_err *err)
{
	struct cg_policy *policy = NULL;
	int r = read_policy(name, json, length, &policy, err);

	return r < 0 ? r : compile_and_load(policy, policy, flags, err);
}

int cg_load_strict(struct cg_err *err)
{
	return cg_seccomp_strict(err);
}
