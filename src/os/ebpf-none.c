/*
 * See ebpf.h: where the build has no eBPF.
 */
#include "os/ebpf.h"

#include <errno.h>
#include <string.h>

static int cannot(struct cg_err *err)
{
	return cg_err_set(err, -ENOSYS, NULL, "this callgate was built without eBPF (clang, bpftool and libbpf, on x86_64)");
}

int cg_ebpf_open(const struct cg_ebpf_options *options, struct cg_ebpf **ret_ebpf, struct cg_err *err)
{
	return cannot(err);
}

int cg_ebpf_select(struct cg_ebpf *ebpf, const struct cg_ebpf_target *target, struct cg_err *err)
{
	return cannot(err);
}

int cg_ebpf_look_again(struct cg_ebpf *ebpf, bool recount)
{
	return -ENOSYS;
}

struct cg_ebpf *cg_ebpf_free(struct cg_ebpf *ebpf)
{
	return NULL;
}

int cg_ebpf_can(struct cg_err *err)
{
	return cannot(err);
}

int cg_ebpf_can_attach(struct cg_err *err)
{
	return cannot(err);
}

void cg_ebpf_totals(const struct cg_ebpf *ebpf, struct cg_wire_totals *ret_totals)
{
	memset(ret_totals, 0, sizeof(*ret_totals));
}

int cg_ebpf_misses(const struct cg_ebpf *ebpf, uint64_t *ret_n_misses)
{
	return -ENOSYS;
}

int cg_ebpf_counts(const struct cg_ebpf *ebpf, int (*each)(void *context, const struct cg_ebpf_count *count),
		   void *context)
{
	return -ENOSYS;
}

int cg_ebpf_errors(const struct cg_ebpf *ebpf,
		   int (*each)(void *context, const struct cg_wire_error_key *key, uint64_t count), void *context)
{
	return -ENOSYS;
}

int cg_ebpf_set(const struct cg_ebpf *ebpf, uint32_t id, struct cg_wire_set *ret_set)
{
	return -ENOSYS;
}

int cg_ebpf_time(const struct cg_ebpf *ebpf, uint32_t call, struct cg_wire_time *ret_time)
{
	return -ENOSYS;
}

int cg_ebpf_file(const struct cg_ebpf *ebpf, uint32_t id, uint32_t *ret_kinds, uint64_t *ret_namespace,
		 char **ret_path)
{
	return -ENOSYS;
}

void cg_ebpf_mark(struct cg_ebpf *ebpf)
{
}

void cg_ebpf_kill_all(const struct cg_ebpf *ebpf)
{
}

bool cg_ebpf_is_plain(const struct cg_ebpf *ebpf)
{
	return false;
}
