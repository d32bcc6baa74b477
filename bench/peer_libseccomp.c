/*
 * See peer.h: the system's libseccomp, through its own API.
 */
#include "abi/syscalls.h"
#include "peer.h"

#include <errno.h>
#include <seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* In the order of enum cg_op. */
static const enum scmp_compare operators[] = { SCMP_CMP_NE, SCMP_CMP_LT, SCMP_CMP_LE,       SCMP_CMP_EQ,
					       SCMP_CMP_GE, SCMP_CMP_GT, SCMP_CMP_MASKED_EQ };

const char *bench_peer_name(void)
{
	static char name[40];
	const struct scmp_version *version = seccomp_version();

	snprintf(name, sizeof(name), "libseccomp %u.%u.%u", version->major, version->minor, version->micro);
	return name;
}

/* It adds a rule to all its arches at once, by name; a name that it is too old for is left out, as engines do. */
static int add_rule(scmp_filter_ctx context, const struct cg_rule *rule, const char *name)
{
	int nr = seccomp_syscall_resolve_name(name);
	struct scmp_arg_cmp comparisons[6];

	if (nr == __NR_SCMP_ERROR)
		return 0;
	if (rule->n_comparisons > 6)
		return -EINVAL;
	for (unsigned int i = 0; i < rule->n_comparisons; i++) {
		const struct cg_comparison *from = &rule->comparisons[i];

		comparisons[i] = (struct scmp_arg_cmp){ from->arg, operators[from->op],
							from->op == CG_OP_MASKED_EQ ? from->mask : from->value,
							from->op == CG_OP_MASKED_EQ ? from->value : 0 };
	}
	return seccomp_rule_add_array(context, rule->action, nr, rule->n_comparisons, comparisons);
}

/* So each rule goes in once: those of the policy's first arch, and what only others have. */
static bool is_repeated(const struct cg_policy *policy, const struct cg_rule *rule, const char *name)
{
	uint32_t nr;

	return rule->arch != policy->arches[0] && cg_syscall_number(policy->arches[0], name, &nr);
}

static int fill(scmp_filter_ctx context, const struct cg_policy *policy, unsigned int optimise)
{
	int r = seccomp_attr_set(context, SCMP_FLTATR_CTL_OPTIMIZE, optimise);

	for (size_t i = 0; i < policy->n_arches && r == 0; i++) {
		r = seccomp_arch_add(context, policy->arches[i]->scmp_token);
		r = r == -EEXIST ? 0 : r; /* the native one is there from the start */
	}
	if (!cg_policy_has_arch(policy, cg_arch_native()))
		seccomp_arch_remove(context, seccomp_arch_native());
	for (size_t i = 0; i < policy->rules.n_items && r == 0; i++) {
		const struct cg_rule *rule = &policy->rules.items[i];
		const struct cg_syscall *call = cg_syscall_of_nr(rule->arch, rule->nr);

		if (rule->action != policy->default_action && call && !is_repeated(policy, rule, call->name))
			r = add_rule(context, rule, call->name);
	}
	return r;
}

static int export(scmp_filter_ctx context, void **ret_bytes, size_t *ret_length)
{
	int fd = memfd_create("filter", MFD_CLOEXEC);
	int r = fd < 0 ? -errno : seccomp_export_bpf(context, fd);
	struct stat status;
	void *bytes = NULL;

	if (r == 0 && fstat(fd, &status) == 0)
		bytes = malloc((size_t)status.st_size);
	if (bytes && pread(fd, bytes, (size_t)status.st_size, 0) == status.st_size) {
		*ret_bytes = bytes;
		*ret_length = (size_t)status.st_size;
		bytes = NULL;
	} else if (r == 0) {
		r = -ENOMEM;
	}
	free(bytes);
	if (fd >= 0)
		close(fd);
	return r;
}

int bench_peer_compile(const struct cg_policy *policy, unsigned int optimise, void **ret_bytes, size_t *ret_length)
{
	scmp_filter_ctx context = seccomp_init(policy->default_action);
	int r = context ? fill(context, policy, optimise) : -ENOMEM;

	if (r == 0)
		r = export(context, ret_bytes, ret_length);
	seccomp_release(context);
	return r;
}
