/*
 * Decides filters that others made, and holds the decision against the simulator.
 *
 * In: a name, and the files of one process's filters, raw, the newest first. Out: one line of Markdown on standard
 * output: the name, filters, instructions, nodes of the diagrams, milliseconds of the processor, calls asked. Status 1
 * where the diagram of the stack answers any call otherwise than the simulated filters do together, or where it was not
 * decided within the default budget. Asked is every number up to 600 (x32's too) and the edges of the number line, on
 * known and unknown architectures, with each argument at, beside and above every constant that arguments are held
 * against.
 */
#include "abi/action.h"
#include "abi/arch.h"
#include "check/check.h"
#include "filter/filter.h"

#include <linux/seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define N_FILTERS_MOST 256
#define N_CONSTANTS_MOST 64 /* of one process; the rest is left out, and that is said */
#define N_NUMBERS 600

static struct cg_filter *filters[N_FILTERS_MOST];
static size_t n_filters, n_insns;
static uint32_t constants[N_CONSTANTS_MOST] = { 0, 1, UINT32_MAX };
static size_t n_constants = 3;
static bool has_more_constants;
static unsigned long n_calls;

static int fail(const char *name, const char *what)
{
	fprintf(stderr, "%s: %s\n", name, what);
	return 1;
}

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
	return (double)time.tv_sec * 1e3 + (double)time.tv_nsec / 1e6;
}

static bool read_filter(const char *path)
{
	static struct sock_filter insns[CG_FILTER_LENGTH_MAX];
	FILE *file = fopen(path, "rb");
	size_t n = file ? fread(insns, sizeof(*insns), CG_FILTER_LENGTH_MAX, file) : 0;

	if (file)
		fclose(file);
	if (n == 0 || n_filters == N_FILTERS_MOST)
		return false;
	filters[n_filters] = cg_filter_new(insns, n, false);
	n_insns += n;
	return filters[n_filters++] != NULL;
}

static void keep_constant(uint32_t k)
{
	for (size_t i = 0; i < n_constants; i++) {
		if (constants[i] == k)
			return;
	}
	if (n_constants < N_CONSTANTS_MOST)
		constants[n_constants++] = k;
	else
		has_more_constants = true;
}

/* What stands in tests and masks behind a load of an argument, up to the next load. */
static void find_constants(const struct cg_filter *filter)
{
	bool is_argument = false;

	for (size_t i = 0; i < filter->n_insns; i++) {
		const struct sock_filter *insn = &filter->insns[i];
		bool has_constant = BPF_CLASS(insn->code) == BPF_JMP || BPF_CLASS(insn->code) == BPF_ALU;

		if (BPF_CLASS(insn->code) == BPF_LD)
			is_argument = BPF_MODE(insn->code) == BPF_ABS &&
				      insn->k >= offsetof(struct seccomp_data, args);
		else if (is_argument && has_constant && insn->code != (BPF_JMP | BPF_JA))
			keep_constant(insn->k);
	}
}

/* kernel/seccomp.c, seccomp_run_filters(): the newest is asked first; the lowest wins, of equals the first asked. */
static uint32_t simulate(const struct cg_call *call)
{
	uint32_t answer = CG_ACTION_ALLOW;

	for (size_t i = 0; i < n_filters; i++) {
		uint32_t said = cg_filter_run(filters[i], call, NULL);

		if ((int32_t)(said & CG_ACTION_MASK) < (int32_t)(answer & CG_ACTION_MASK))
			answer = said;
	}
	return answer;
}

static bool agree(const struct cg_meanings *meanings, uint32_t root, const struct cg_call *call)
{
	uint32_t said = cg_meaning_eval(meanings, root, call), got = simulate(call);

	n_calls++;
	if (said == got)
		return true;
	fprintf(stderr, "arch 0x%x, number %u, arguments 0x%llx 0x%llx …: the diagram says 0x%x, the simulator 0x%x\n",
		call->arch, call->nr, (unsigned long long)call->args[0], (unsigned long long)call->args[1], said, got);
	return false;
}

/* One argument after the other at, beside and above each constant; the others 0, then all ones. */
static bool agree_on_number(const struct cg_meanings *meanings, uint32_t root, struct cg_call call)
{
	bool is_same = agree(meanings, root, &call);

	for (size_t arg = 0; arg < 6 && is_same; arg++) {
		for (size_t i = 0; i < n_constants * 4 && is_same; i++) {
			uint32_t k = constants[i / 4];
			const uint64_t values[] = { k, (uint32_t)(k - 1), (uint64_t)k + 1, (uint64_t)k << 32 };
			struct cg_call probe = call;

			if (i % 2)
				memset(probe.args, 0xff, sizeof(probe.args));
			probe.args[arg] = values[i % 4];
			is_same = agree(meanings, root, &probe);
		}
	}
	return is_same;
}

static bool agree_on_all(const struct cg_meanings *meanings, uint32_t root)
{
	static const char *const names[] = { "x86_64", "x86", "aarch64" };
	static const uint32_t edges[] = { CG_X32_BIT - 1, 0x7fffffff, 0x80000000, UINT32_MAX - 1, UINT32_MAX };
	bool is_same = true;

	for (size_t i = 0; i < 4 && is_same; i++) {
		struct cg_call call = { .arch = i < 3 ? cg_arch_find(names[i])->token : 12345 };

		for (uint32_t nr = 0; nr < 2 * N_NUMBERS + 5 && is_same; nr++) {
			call.nr = nr < N_NUMBERS	? nr :
				  nr < 2 * N_NUMBERS ? CG_X32_BIT + nr - N_NUMBERS :
							  edges[nr - 2 * N_NUMBERS];
			/* Filters know the machine's own architectures; of others the numbers hardly matter. */
			is_same = i < 2 ? agree_on_number(meanings, root, call) : agree(meanings, root, &call);
		}
	}
	return is_same;
}

static int decide(const char *name, struct cg_meanings *meanings)
{
	static uint32_t roots[N_FILTERS_MOST];
	struct cg_err err = { 0 };
	double start = now(), took;
	uint32_t root;

	for (size_t i = 0; i < n_filters; i++) {
		if (cg_meaning_of_filter(meanings, filters[i], &roots[i], &err) < 0)
			return fail(name, err.message);
	}
	if (cg_meaning_of_stack(meanings, roots, n_filters, &root, &err) < 0)
		return fail(name, err.message);
	took = now() - start;
	for (size_t i = 0; i < n_filters; i++)
		find_constants(filters[i]);
	if (!agree_on_all(meanings, root))
		return fail(name, "the simulator does not agree");
	printf("| %s | %zu | %zu | %zu | %.2f | %lu%s |\n", name, n_filters, n_insns, cg_meanings_size(meanings), took,
	       n_calls, has_more_constants ? ", at 64 constants" : "");
	return 0;
}

int main(int argc, char **argv)
{
	struct cg_meanings *meanings = cg_meanings_new(NULL);
	int status = argc < 3 || !meanings ? fail("usage", "NAME FILTER…, the newest first") : 0;

	for (int i = 2; i < argc && status == 0; i++) {
		if (!read_filter(argv[i]))
			status = fail(argv[i], "cannot be read as a filter");
	}
	if (status == 0)
		status = decide(argv[1], meanings);
	for (size_t i = 0; i < n_filters; i++)
		cg_filter_free(filters[i]);
	cg_meanings_free(meanings);
	return status;
}
