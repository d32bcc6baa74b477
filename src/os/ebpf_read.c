/*
 * See ebpf.h: what the recording programs have counted, out of their maps. bpf(2).
 */
#include "os/ebpf.h"
#include "os/ebpf_programs.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void add_cell(struct cg_wire_cell *sum, const struct cg_wire_cell *cell)
{
	sum->n_returned += cell->n_returned;
	sum->n_restarted += cell->n_restarted;
	sum->n_began += cell->n_began;
	sum->n_ended += cell->n_ended;
	sum->n_denied += cell->n_denied;
	sum->n_other_errors += cell->n_other_errors;
}

static bool is_zero(const struct cg_wire_cell *cell)
{
	return !(cell->n_returned | cell->n_restarted | cell->n_began | cell->n_ended | cell->n_denied);
}

/* All cells, summed over the CPUs; the caller's. NULL and *ret_r. */
static struct cg_wire_cell *read_cells(const struct cg_ebpf *ebpf, int *ret_r)
{
	struct cg_wire_cell *sums = calloc(CG_WIRE_CELLS, sizeof(*sums));
	struct cg_wire_chunk *chunks = calloc((size_t)ebpf->n_cpus, sizeof(*chunks));
	int fd = ebpf->programs.chunks;

	*ret_r = sums && chunks ? 0 : -ENOMEM;
	for (uint32_t at = 0; *ret_r == 0 && at < CG_WIRE_CELLS / CG_WIRE_CHUNK; at++) {
		*ret_r = bpf_map_lookup_elem(fd, &at, chunks);
		for (int cpu = 0; *ret_r == 0 && cpu < ebpf->n_cpus; cpu++)
			for (uint32_t i = 0; i < CG_WIRE_CHUNK; i++)
				add_cell(&sums[at * CG_WIRE_CHUNK + i], &chunks[cpu].cells[i]);
	}
	free(chunks);
	if (*ret_r < 0) {
		free(sums);
		sums = NULL;
	}
	return sums;
}

typedef int count_taker(void *context, const struct cg_ebpf_count *count);

static int give(struct cg_ebpf_count *count, const struct cg_wire_cell *sums, count_taker *each, void *context)
{
	if (count->cell >= CG_WIRE_CELLS)
		return 0;
	count->sum = sums[count->cell];
	return is_zero(&count->sum) ? 0 : each(context, count);
}

static int walk_page(uint32_t program, const struct cg_wire_page *page, const struct cg_wire_cell *sums,
		     count_taker *each, void *context)
{
	int r = 0;

	for (uint32_t i = 0; r == 0 && i < CG_WIRE_CALLS; i++) {
		struct cg_ebpf_count count = {
			.cell = page->cells[i],
			.program = program % CG_WIRE_FILES,
			.is_serving = program >= CG_WIRE_FILES,
			.arch = i / CG_WIRE_NRS,
			.nr = i % CG_WIRE_NRS,
		};

		if (count.arch == CG_WIRE_X32)
			count.nr |= 0x40000000U;
		if (count.cell)
			r = give(&count, sums, each, context);
	}
	return r;
}

static int walk_pages(const struct cg_ebpf *ebpf, const struct cg_wire_cell *sums, count_taker *each, void *context)
{
	struct cg_wire_page *page = malloc(sizeof(*page));
	struct cg_wire_totals totals;
	int r = page ? 0 : -ENOMEM;

	cg_ebpf_totals(ebpf, &totals);
	/* Phase by phase; that of serving has no pages before the mark. */
	for (uint32_t phase = 0; phase <= totals.phase; phase += CG_WIRE_FILES) {
		for (uint32_t i = 0; r == 0 && i < totals.n_files + CG_WIRE_FIRST_FILE && i < CG_WIRE_FILES; i++) {
			uint32_t program = phase + i;

			r = bpf_map_lookup_elem(ebpf->programs.pages, &program, page);
			if (r == 0)
				r = walk_page(program, page, sums, each, context);
		}
	}
	free(page);
	return r;
}

static int walk_odd(const struct cg_ebpf *ebpf, const struct cg_wire_cell *sums, count_taker *each, void *context)
{
	int fd = ebpf->programs.odd_cells, r = 0;
	struct cg_wire_odd_key key, *last = NULL;

	while (r == 0 && bpf_map_get_next_key(fd, last, &key) == 0) {
		struct cg_ebpf_count count = { .program = key.program % CG_WIRE_FILES,
						 .is_serving = key.program >= CG_WIRE_FILES,
						 .arch = key.arch,
						 .nr = key.nr };

		last = &key;
		if (bpf_map_lookup_elem(fd, &key, &count.cell) == 0)
			r = give(&count, sums, each, context);
	}
	return r;
}

int cg_ebpf_counts(const struct cg_ebpf *ebpf, int (*each)(void *context, const struct cg_ebpf_count *count),
		   void *context)
{
	struct cg_ebpf_count unlisted = { .cell = CG_WIRE_UNLISTED, .is_unlisted = true };
	int r;
	struct cg_wire_cell *sums = read_cells(ebpf, &r);

	if (r == 0)
		r = walk_pages(ebpf, sums, each, context);
	if (r == 0)
		r = walk_odd(ebpf, sums, each, context);
	if (r == 0)
		r = give(&unlisted, sums, each, context);
	free(sums);
	return r;
}

int cg_ebpf_errors(const struct cg_ebpf *ebpf,
		   int (*each)(void *context, const struct cg_wire_error_key *key, uint64_t count), void *context)
{
	int fd = ebpf->programs.errors, r = 0;
	struct cg_wire_error_key key, *last = NULL;
	uint64_t count;

	while (r == 0 && bpf_map_get_next_key(fd, last, &key) == 0) {
		last = &key;
		if (bpf_map_lookup_elem(fd, &key, &count) == 0)
			r = each(context, &key, count);
	}
	return r;
}

int cg_ebpf_set(const struct cg_ebpf *ebpf, uint32_t id, struct cg_wire_set *ret_set)
{
	return bpf_map_lookup_elem(ebpf->programs.sets, &id, ret_set);
}

int cg_ebpf_time(const struct cg_ebpf *ebpf, uint32_t call, struct cg_wire_time *ret_time)
{
	struct cg_wire_time *times = calloc((size_t)ebpf->n_cpus, sizeof(*times)), sum = { 0 };
	int r = times ? bpf_map_lookup_elem(ebpf->programs.times, &call, times) : -ENOMEM;

	for (int cpu = 0; r == 0 && cpu < ebpf->n_cpus; cpu++) {
		sum.n += times[cpu].n;
		sum.total_ns += times[cpu].total_ns;
		if (times[cpu].max_ns > sum.max_ns)
			sum.max_ns = times[cpu].max_ns;
		for (int i = 0; i < CG_WIRE_BUCKETS; i++)
			sum.buckets[i] += times[cpu].buckets[i];
	}
	free(times);
	if (r == 0)
		*ret_time = sum;
	return r;
}

int cg_ebpf_file(const struct cg_ebpf *ebpf, uint32_t id, uint32_t *ret_kinds, uint64_t *ret_namespace,
		 char **ret_path)
{
	struct cg_wire_file *file = malloc(sizeof(*file));
	char *path = NULL;
	int r = file ? bpf_map_lookup_elem(ebpf->programs.files, &id, file) : -ENOMEM;

	if (r == 0 && file->kinds == 0)
		r = -ENOENT;
	if (r == 0 && file->start > 0 && file->start < CG_WIRE_PATH) {
		path = strndup(file->path + file->start, CG_WIRE_PATH - file->start);
		r = path ? 0 : -ENOMEM;
	}
	if (r == 0) {
		*ret_kinds = file->kinds;
		*ret_namespace = file->namespace;
		*ret_path = path;
	}
	free(file);
	return r;
}
