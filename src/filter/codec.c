/*
 * Raw filters: 8 bytes an instruction, struct sock_filter in the target's byte order. In: a filter, or bytes. Out: the
 * other. The only place that knows how instructions lie in a file; everywhere else they are in the host's order.
 */
#include "filter/filter.h"

#include <errno.h>

#define INSN_SIZE 8 /* code 2, jt 1, jf 1, k 4 */

static void put_number(unsigned char *bytes, uint32_t number, size_t size, bool is_big_endian)
{
	for (size_t i = 0; i < size; i++)
		bytes[is_big_endian ? size - 1 - i : i] = (unsigned char)(number >> 8 * i);
}

static uint32_t get_number(const unsigned char *bytes, size_t size, bool is_big_endian)
{
	uint32_t number = 0;

	for (size_t i = 0; i < size; i++)
		number |= (uint32_t)bytes[is_big_endian ? size - 1 - i : i] << 8 * i;
	return number;
}

void cg_filter_encode(const struct cg_filter *filter, struct cg_text *ret_bytes)
{
	for (size_t i = 0; i < filter->n_insns; i++) {
		const struct sock_filter *insn = &filter->insns[i];
		unsigned char bytes[INSN_SIZE];

		put_number(bytes, insn->code, 2, filter->is_big_endian);
		bytes[2] = insn->jt;
		bytes[3] = insn->jf;
		put_number(bytes + 4, insn->k, 4, filter->is_big_endian);
		cg_text_add_bytes(ret_bytes, (const char *)bytes, sizeof(bytes));
	}
}

static int check_length(const char *name, size_t length, struct cg_err *err)
{
	if (length == 0)
		return cg_err_set(err, -EINVAL, name, "the file is empty; a raw filter has 8 bytes an instruction");
	if (length % INSN_SIZE)
		return cg_err_set(
			err, -EINVAL, name,
			"%zu bytes are not a whole number of 8-byte instructions: cut short, or no raw filter", length);
	if (length / INSN_SIZE > CG_FILTER_LENGTH_MAX)
		return cg_err_set(err, -E2BIG, name, "%zu instructions; the kernel takes at most %d",
				  length / INSN_SIZE, CG_FILTER_LENGTH_MAX);
	return 0;
}

int cg_filter_decode(const char *name, const char *bytes, size_t length, bool is_big_endian,
		     struct cg_filter **ret_filter, struct cg_err *err)
{
	const unsigned char *insn_bytes = (const unsigned char *)bytes;
	struct cg_filter *filter;
	int r = check_length(name, length, err);

	if (r < 0)
		return r;
	filter = cg_filter_new(NULL, length / INSN_SIZE, is_big_endian);
	if (!filter)
		return cg_err_memory(err);

	for (size_t i = 0; i < filter->n_insns; i++, insn_bytes += INSN_SIZE)
		filter->insns[i] = (struct sock_filter){
			.code = (uint16_t)get_number(insn_bytes, 2, is_big_endian),
			.jt = insn_bytes[2],
			.jf = insn_bytes[3],
			.k = get_number(insn_bytes + 4, 4, is_big_endian),
		};
	*ret_filter = filter;
	return 0;
}
