/*
 * Filters made from filters. See rewrite.h.
 *
 * Jumps of classic BPF are relative and forward only, so a prefix can be put before a program without touching it.
 */
#include "filter/rewrite.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define OFFSET_NR offsetof(struct seccomp_data, nr)
#define OFFSET_ARCH offsetof(struct seccomp_data, arch)
#define OFFSET_ARGS offsetof(struct seccomp_data, args)

/* Instructions written one behind the other; the caller has made room for all of them. */
struct writer {
	struct sock_filter *insns;
	size_t n_insns;
};

static void write_load(struct writer *writer, size_t offset)
{
	writer->insns[writer->n_insns++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset);
}

static void write_equal(struct writer *writer, uint32_t value, size_t jt, size_t jf)
{
	writer->insns[writer->n_insns++] =
		(struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, (uint8_t)jt, (uint8_t)jf);
}

static void write_jump(struct writer *writer, size_t distance)
{
	writer->insns[writer->n_insns++] = (struct sock_filter)BPF_STMT(BPF_JMP | BPF_JA, (uint32_t)distance);
}

static void write_return(struct writer *writer, uint32_t action)
{
	writer->insns[writer->n_insns++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, action);
}

/* A filter of n_before free instructions, at `writer`, and then those of `filter`. */
static int make_room(const struct cg_filter *filter, size_t n_before, struct writer *ret_writer,
		     struct cg_filter **ret_filter, struct cg_err *err)
{
	struct cg_filter *made;
	struct sock_filter *insns;
	size_t n_insns = filter->n_insns + n_before;

	if (n_insns > CG_FILTER_LENGTH_MAX)
		return cg_err_set(
			err, -E2BIG, NULL,
			"the filter has %zu instructions and needs %zu more, but the kernel takes no more than "
			"%d; allow or deny whole calls instead of single arguments",
			filter->n_insns, n_before, CG_FILTER_LENGTH_MAX);

	insns = calloc(n_insns + 1, sizeof(*insns));
	if (!insns)
		return cg_err_memory(err);
	memcpy(insns + n_before, filter->insns, filter->n_insns * sizeof(*insns));
	made = cg_filter_new(insns, n_insns, filter->is_big_endian);
	free(insns);
	if (!made)
		return cg_err_memory(err);

	*ret_writer = (struct writer){ .insns = made->insns };
	*ret_filter = made;
	return 0;
}

/*
 *     ld arch;  jeq ARCH, else OLD;  ld nr;  jeq NUMBER, then TOKEN … (the last one: else OLD)
 *     TOKEN:  for each of the six words: ld word;  jeq VALUE, else OLD
 *     ret ALLOW
 *     OLD:
 */
int cg_filter_admit(const struct cg_filter *filter, const struct cg_admission *admission, struct cg_filter **ret_filter,
		    struct cg_err *err)
{
	size_t n_numbers = admission->n_numbers, n_before = 3 + n_numbers + 2 * 6 + 1;
	struct cg_filter *made;
	struct writer writer;
	int r;

	if (n_numbers == 0 || n_numbers > CG_ADMISSION_NUMBERS_MAX)
		return cg_err_set(err, -EINVAL, NULL, "an admission is for 1 to %d calls", CG_ADMISSION_NUMBERS_MAX);
	r = make_room(filter, n_before, &writer, &made, err);
	if (r < 0)
		return r;

	write_load(&writer, OFFSET_ARCH);
	write_equal(&writer, admission->arch, 0, n_before - 2);
	write_load(&writer, OFFSET_NR);
	for (size_t i = 0; i < n_numbers; i++) {
		size_t to_old = n_before - (writer.n_insns + 1);

		write_equal(&writer, admission->numbers[i], n_numbers - 1 - i, i == n_numbers - 1 ? to_old : 0);
	}
	for (size_t word = 0; word < 6; word++) {
		uint64_t value = admission->token[word / 2];
		bool is_low = (word % 2 == 0) != filter->is_big_endian;

		write_load(&writer, OFFSET_ARGS + CG_ADMISSION_ARG * sizeof(uint64_t) + word * sizeof(uint32_t));
		write_equal(&writer, (uint32_t)(is_low ? value : value >> 32), 0, n_before - (writer.n_insns + 1));
	}
	write_return(&writer, SECCOMP_RET_ALLOW);
	*ret_filter = made;
	return 0;
}

int cg_filter_map_actions(const struct cg_filter *filter, uint32_t (*map)(uint32_t action),
			  struct cg_filter **ret_filter, struct cg_err *err)
{
	struct cg_filter *made;

	for (size_t i = 0; i < filter->n_insns; i++)
		if (filter->insns[i].code == (BPF_RET | BPF_A))
			return cg_err_set(
				err, -EOPNOTSUPP, NULL,
				"instruction %zu of the filter returns a computed value, so its answer cannot be "
				"replaced",
				i);

	made = cg_filter_new(filter->insns, filter->n_insns, filter->is_big_endian);
	if (!made)
		return cg_err_memory(err);
	for (size_t i = 0; i < made->n_insns; i++)
		if (made->insns[i].code == (BPF_RET | BPF_K))
			made->insns[i].k = map(made->insns[i].k);
	*ret_filter = made;
	return 0;
}

static size_t count_numbers(const struct cg_filter_number *numbers, size_t n_numbers, uint32_t arch)
{
	size_t n = 0;

	for (size_t i = 0; i < n_numbers; i++)
		n += numbers[i].arch == arch;
	return n;
}

/* Is numbers[i] the first of its arch? */
static bool is_first(const struct cg_filter_number *numbers, size_t i)
{
	return count_numbers(numbers, i, numbers[i].arch) == 0;
}

static size_t count_arches(const struct cg_filter_number *numbers, size_t n_numbers)
{
	size_t n_arches = 0;

	for (size_t i = 0; i < n_numbers; i++)
		n_arches += is_first(numbers, i);
	return n_arches;
}

/*
 * For each arch, and at the end "ret ALLOW" for those not named; JA where the way may be longer than a byte says:
 *     ld arch;  jeq ARCH, then +1;  ja NEXT;  ld nr;  { jeq NUMBER, else +1;  ja OLD } …;  ret ALLOW
 *     NEXT:
 */
int cg_filter_select(const struct cg_filter *filter, const struct cg_filter_number *numbers, size_t n_numbers,
		     struct cg_filter **ret_filter, struct cg_err *err)
{
	size_t n_before = 5 * count_arches(numbers, n_numbers) + 2 * n_numbers + 1;
	struct cg_filter *made;
	struct writer writer;
	int r;

	r = make_room(filter, n_before, &writer, &made, err);
	if (r < 0)
		return r;

	for (size_t first = 0; first < n_numbers; first++) {
		uint32_t arch = numbers[first].arch;

		if (!is_first(numbers, first))
			continue;
		write_load(&writer, OFFSET_ARCH);
		write_equal(&writer, arch, 1, 0);
		write_jump(&writer, 2 * count_numbers(numbers, n_numbers, arch) + 2);
		write_load(&writer, OFFSET_NR);
		for (size_t i = first; i < n_numbers; i++) {
			if (numbers[i].arch != arch)
				continue;
			write_equal(&writer, numbers[i].nr, 0, 1);
			write_jump(&writer, n_before - (writer.n_insns + 1));
		}
		write_return(&writer, SECCOMP_RET_ALLOW);
	}
	write_return(&writer, SECCOMP_RET_ALLOW);
	*ret_filter = made;
	return 0;
}
