/*
 * See ebpf_watch.h: where the build has no eBPF.
 */
#include "os/ebpf_watch.h"

#include <errno.h>
#include <string.h>

int cg_ebpf_watch_open(const struct cg_ebpf_watch_options *options, struct cg_ebpf_watch **ret_watch,
		       struct cg_err *err)
{
	return cg_err_set(err, -ENOSYS, NULL, "this callgate was built without eBPF (clang, bpftool and libbpf, on x86_64)");
}

struct cg_ebpf_watch *cg_ebpf_watch_free(struct cg_ebpf_watch *watch)
{
	return NULL;
}

int cg_ebpf_watch_descriptor(const struct cg_ebpf_watch *watch)
{
	return -1;
}

int cg_ebpf_watch_read(struct cg_ebpf_watch *watch, const struct cg_ebpf_watch_sink *sink)
{
	return -ENOSYS;
}

bool cg_ebpf_watch_is_due(struct cg_ebpf_watch *watch)
{
	return false;
}

int cg_ebpf_watch_sums(struct cg_ebpf_watch *watch, const struct cg_ebpf_watch_sink *sink)
{
	return -ENOSYS;
}

void cg_ebpf_watch_totals(const struct cg_ebpf_watch *watch, struct cg_watch_totals *ret_totals,
			  uint64_t *ret_n_misses)
{
	memset(ret_totals, 0, sizeof(*ret_totals));
	*ret_n_misses = 0;
}

int cg_ebpf_watch_program(const struct cg_ebpf_watch *watch, const struct cg_wire_file_key *key, char *ret_path,
			  size_t size)
{
	return -ENOSYS;
}

int cg_ebpf_watch_cgroup(const struct cg_ebpf_watch *watch, uint32_t hierarchy, uint64_t id, char *ret_path,
			 size_t size)
{
	return -ENOSYS;
}

uint64_t cg_ebpf_watch_time(uint64_t boot_ns)
{
	return boot_ns;
}
