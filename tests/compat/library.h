/*
 * One libseccomp: the functions of its API, from a file.
 *
 * In: the path of a shared library. Out: its functions as pointers, NULL for those that this release lacks. So two of
 * them, the system's and ours, can be asked the same in one process; the program itself links neither.
 */
#ifndef COMPAT_LIBRARY_H
#define COMPAT_LIBRARY_H

#include "libseccomp/seccomp.h"

#include <stdbool.h>
#include <stddef.h>

#define COMPAT_FUNCTIONS(F) \
	F(version, const struct scmp_version *, (void)) \
	F(api_get, unsigned int, (void)) \
	F(api_set, int, (unsigned int)) \
	F(init, scmp_filter_ctx, (uint32_t)) \
	F(reset, int, (scmp_filter_ctx, uint32_t)) \
	F(release, void, (scmp_filter_ctx)) \
	F(merge, int, (scmp_filter_ctx, scmp_filter_ctx)) \
	F(arch_resolve_name, uint32_t, (const char *)) \
	F(arch_native, uint32_t, (void)) \
	F(arch_exist, int, (const scmp_filter_ctx, uint32_t)) \
	F(arch_add, int, (scmp_filter_ctx, uint32_t)) \
	F(arch_remove, int, (scmp_filter_ctx, uint32_t)) \
	F(load, int, (const scmp_filter_ctx)) \
	F(attr_get, int, (const scmp_filter_ctx, enum scmp_filter_attr, uint32_t *)) \
	F(attr_set, int, (scmp_filter_ctx, enum scmp_filter_attr, uint32_t)) \
	F(syscall_resolve_num_arch, char *, (uint32_t, int)) \
	F(syscall_resolve_name, int, (const char *)) \
	F(syscall_resolve_name_arch, int, (uint32_t, const char *)) \
	F(syscall_resolve_name_rewrite, int, (uint32_t, const char *)) \
	F(syscall_priority, int, (scmp_filter_ctx, int, uint8_t)) \
	F(rule_add, int, (scmp_filter_ctx, uint32_t, int, unsigned int, ...)) \
	F(rule_add_array, int, (scmp_filter_ctx, uint32_t, int, unsigned int, const struct scmp_arg_cmp *)) \
	F(rule_add_exact, int, (scmp_filter_ctx, uint32_t, int, unsigned int, ...)) \
	F(rule_add_exact_array, int, (scmp_filter_ctx, uint32_t, int, unsigned int, const struct scmp_arg_cmp *)) \
	F(notify_alloc, int, (struct seccomp_notif **, struct seccomp_notif_resp **)) \
	F(notify_free, void, (struct seccomp_notif *, struct seccomp_notif_resp *)) \
	F(notify_receive, int, (int, struct seccomp_notif *)) \
	F(notify_respond, int, (int, struct seccomp_notif_resp *)) \
	F(notify_id_valid, int, (int, uint64_t)) \
	F(notify_fd, int, (const scmp_filter_ctx)) \
	F(notify_addfd, int, (int, struct seccomp_notif_addfd *)) \
	F(export_pfc, int, (const scmp_filter_ctx, int)) \
	F(export_bpf, int, (const scmp_filter_ctx, int)) \
	F(export_bpf_mem, int, (const scmp_filter_ctx, void *, size_t *)) \
	F(transaction_start, int, (const scmp_filter_ctx)) \
	F(transaction_reject, void, (const scmp_filter_ctx)) \
	F(transaction_commit, int, (const scmp_filter_ctx)) \
	F(precompute, int, (const scmp_filter_ctx))

struct compat_library {
	void *handle;
	char name[64]; /* "libseccomp 2.5.4" */
#define COMPAT_POINTER(function, type, parameters) type(*function) parameters;
	COMPAT_FUNCTIONS(COMPAT_POINTER)
#undef COMPAT_POINTER
};

/* false when there is no library at `path`, or it lacks seccomp_version(); dlerror(3) says why. */
bool compat_library_open(struct compat_library *ret_library, const char *path);

/* The system's libseccomp.so.2 (never ours, whatever LD_LIBRARY_PATH says), or false. */
bool compat_library_open_system(struct compat_library *ret_library);

#endif
