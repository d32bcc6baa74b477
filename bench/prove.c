/*
 * What the proof of a filter costs, without the program around it.
 *
 * In: a task: `compile PROFILE` or `prove PROFILE`, where PROFILE is a file or @NAME of a bundled one, resolved for
 * Docker on x86_64; `random N`: programs of N random instructions. Out: microseconds on standard output: the median of
 * many compilations or proofs; of random programs the worst.
 */
#include "check/check.h"
#include "compile/compile.h"
#include "filter/test-random.h"
#include "profile/bundled.h"
#include "profile/profile.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define N_TIMES 31
#define N_PROGRAMS 200

/* The processor's own: other work on the machine is not the proof's cost. */
static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
	return (double)time.tv_sec * 1e6 + (double)time.tv_nsec / 1e3;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static int complain(const char *what, const struct cg_err *err)
{
	fprintf(stderr, "%s: %s\n", what, err->message);
	return 1;
}

static int resolve(const char *name, struct cg_policy **ret_policy, struct cg_err *err)
{
	static char bytes[1 << 20];
	const struct cg_bundled *bundled = *name == '@' ? cg_bundled_find(name + 1) : NULL;
	struct cg_profile *profile = NULL;
	struct cg_target target;
	FILE *file = bundled ? NULL : fopen(name, "r");
	size_t length = file ? fread(bytes, 1, sizeof(bytes), file) : 0;
	int r;

	if (file)
		fclose(file);
	cg_target_init(&target);
	target.engine = cg_engine_find("docker");
	target.arch = cg_arch_find("x86_64");
	target.kernel[0] = 6;
	r = cg_profile_read(name, bundled ? bundled->text : bytes, bundled ? bundled->length : length, &target, NULL,
			    &profile, err);
	if (r == 0)
		r = cg_profile_resolve(profile, &target, NULL, ret_policy, err);
	cg_profile_free(profile);
	return r;
}

static int measure(const char *name, bool is_proof)
{
	struct cg_policy *policy = NULL;
	struct cg_err err = { 0 };
	double took[N_TIMES];

	if (resolve(name, &policy, &err) < 0 || !policy)
		return complain(name, &err);
	for (int i = 0; i < N_TIMES; i++) {
		struct cg_filter *filter = NULL;
		double start = now();

		if (cg_compile(policy, &filter, &err) < 0)
			return complain(name, &err);
		took[i] = now() - start;
		if (is_proof) {
			start = now();
			if (cg_check_filter(policy, filter, NULL, NULL, &err) != 0)
				return complain(name, &err);
			took[i] = now() - start;
		}
		cg_filter_free(filter);
	}
	cg_policy_free(policy);
	qsort(took, N_TIMES, sizeof(*took), compare);
	printf("%.1f\n", took[N_TIMES / 2]);
	return 0;
}

/* One that the kernel takes: memory is not read, since most random reads are of cells that nobody stored. */
static void make_program(struct test_random *random, struct cg_filter *filter)
{
	for (size_t pc = 0; pc < filter->n_insns; pc++) {
		struct sock_filter *insn = &filter->insns[pc];
		size_t room = filter->n_insns - pc - 1;

		*insn = room && !test_random_percent(random, 3) ? test_random_insn(random, room) :
		    (struct sock_filter){ BPF_RET | BPF_K, 0, 0, test_random_below(random, 8) << 16 };
		if (BPF_CLASS(insn->code) <= BPF_LDX && BPF_MODE(insn->code) == BPF_MEM)
			*insn = (struct sock_filter){ BPF_LD | BPF_W | BPF_ABS, 0, 0, 4 * test_random_below(random, 16) };
	}
}

static int measure_random(size_t n_insns)
{
	struct test_random random = { 1 };
	double worst = 0;

	for (int i = 0; i < N_PROGRAMS; i++) {
		struct cg_filter *filter = cg_filter_new(NULL, n_insns, false);
		struct cg_meanings *meanings = cg_meanings_new(NULL);
		struct cg_err err = { 0 };
		double start;
		uint32_t root;
		int r;

		make_program(&random, filter);
		start = now();
		r = cg_meaning_of_filter(meanings, filter, &root, &err);
		if (r < 0 && r != -EOVERFLOW)
			return complain("random", &err);
		if (now() - start > worst)
			worst = now() - start;
		cg_meanings_free(meanings);
		cg_filter_free(filter);
	}
	printf("%.1f\n", worst);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 3 && strcmp(argv[1], "random") == 0 && atoi(argv[2]) > 0 && atoi(argv[2]) <= CG_FILTER_LENGTH_MAX)
		return measure_random((size_t)atoi(argv[2]));
	if (argc == 3 && (strcmp(argv[1], "compile") == 0 || strcmp(argv[1], "prove") == 0))
		return measure(argv[2], strcmp(argv[1], "prove") == 0);
	fprintf(stderr, "usage: %s compile|prove PROFILE, or random N\n", argv[0]);
	return 2;
}
