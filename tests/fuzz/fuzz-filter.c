/*
 * Bytes as a raw filter, and as assembler text.
 *
 * Whatever decodes must survive encode and the way through text unchanged; whatever the validator accepts must run to
 * an end, in the simulator and in the emulator of the kernel's cache.
 */
#include "filter/filter.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool is_true)
{
	if (!is_true)
		abort();
}

static void must_be_same(const struct cg_filter *a, const struct cg_filter *b)
{
	must(a->n_insns == b->n_insns && a->is_big_endian == b->is_big_endian);
	must(memcmp(a->insns, b->insns, a->n_insns * sizeof(*a->insns)) == 0);
}

static void through_text(const struct cg_filter *filter)
{
	struct cg_filter *again = NULL;
	struct cg_text text = { 0 };

	cg_filter_disasm(filter, &text);
	must(cg_filter_assemble("fuzz", cg_text_get(&text), text.length, &again, NULL) == 0);
	must_be_same(filter, again);
	cg_filter_free(again);
	cg_text_done(&text);
}

static void run(const struct cg_filter *filter)
{
	struct cg_call call = { .arch = 0xc000003e, .nr = 1, .ip = 2, .args = { 3, UINT64_MAX, 1U << 31, 1ULL << 32 } };
	size_t n_steps = 0;

	for (call.nr = 0; call.nr < 4; call.nr++) {
		cg_filter_run(filter, &call, &n_steps);
		must(n_steps >= 1 && n_steps <= filter->n_insns);
		/* What the cache holds must be what the filter answers. */
		if (cg_filter_is_cached(filter, call.arch, call.nr, &n_steps))
			must(cg_filter_run(filter, &call, NULL) == 0x7fff0000);
		must(n_steps >= 1 && n_steps <= filter->n_insns);
	}
}

static void as_bytes(const char *bytes, size_t size, bool is_big_endian)
{
	struct cg_filter *filter = NULL;
	struct cg_text encoded = { 0 };

	if (cg_filter_decode("fuzz", bytes, size, is_big_endian, &filter, NULL) < 0)
		return;
	cg_filter_encode(filter, &encoded);
	must(encoded.length == size && memcmp(encoded.data, bytes, size) == 0);
	through_text(filter);
	if (cg_filter_check(filter, NULL) == 0)
		run(filter);
	cg_filter_free(filter);
	cg_text_done(&encoded);
}

static void as_text(const char *text, size_t size)
{
	struct cg_filter *filter = NULL;
	struct cg_err err = { 0 };

	if (cg_filter_assemble("fuzz", text, size, &filter, &err) < 0) {
		must(err.code < 0 && err.message[0]);
		return;
	}
	through_text(filter);
	cg_filter_free(filter);
}

/* The first byte chooses: text, or bytes in one of the two orders. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *bytes = (const char *)data;

	if (size == 0)
		return 0;
	if (data[0] % 3 == 0)
		as_text(bytes + 1, size - 1);
	else
		as_bytes(bytes + 1, size - 1, data[0] % 3 == 1);
	return 0;
}
