/*
 * For tests only: a context's filter as an oracle. What does it answer to a call?
 */
#ifndef CG_COMPAT_TEST_SUPPORT_H
#define CG_COMPAT_TEST_SUPPORT_H

#include "abi/syscalls.h"
#include "filter/filter.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>
#include <seccomp.h>

#define ARGS(...) ((const struct scmp_arg_cmp[]){ __VA_ARGS__ })

/* Exports to memory and runs the filter; `is_big_endian` as the context's architectures are. */
static inline uint32_t test_answer(scmp_filter_ctx ctx, const struct cg_arch *arch, uint32_t nr,
				   const uint64_t args[6])
{
	struct cg_call call = { .arch = arch->token, .nr = nr };
	struct cg_filter *filter = NULL;
	size_t size = 0;
	uint32_t answer;
	char *bytes;

	for (int i = 0; args && i < 6; i++)
		call.args[i] = args[i];
	assert_int_equal(seccomp_export_bpf_mem(ctx, NULL, &size), 0);
	bytes = malloc(size);
	assert_non_null(bytes);
	assert_int_equal(seccomp_export_bpf_mem(ctx, bytes, &size), 0);
	assert_int_equal(cg_filter_decode("test", bytes, size, arch->is_big_endian, &filter, NULL), 0);
	assert_int_equal(cg_filter_check(filter, NULL), 0);
	answer = cg_filter_run(filter, &call, NULL);
	cg_filter_free(filter);
	free(bytes);
	return answer;
}

/* By the call's name, with argument 0. */
static inline uint32_t test_answer_to(scmp_filter_ctx ctx, const char *arch_name, const char *name, uint64_t arg)
{
	const struct cg_arch *arch = cg_arch_find(arch_name);
	uint32_t nr = 0;

	assert_non_null(arch);
	assert_true(cg_syscall_number(arch, name, &nr));
	return test_answer(ctx, arch, nr, (const uint64_t[6]){ arg });
}

/* A context for one architecture, whatever the native one is. */
static inline scmp_filter_ctx test_ctx(uint32_t action, uint32_t arch_token)
{
	scmp_filter_ctx ctx = seccomp_init(action);

	assert_non_null(ctx);
	if (arch_token != seccomp_arch_native()) {
		assert_int_equal(seccomp_arch_remove(ctx, SCMP_ARCH_NATIVE), 0);
		assert_int_equal(seccomp_arch_add(ctx, arch_token), 0);
	}
	return ctx;
}

#endif
