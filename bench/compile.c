/*
 * What a compiled filter is worth, and what making it costs.
 *
 * In: a compiler (`ours`, `proven` or `libseccomp 1`, `libseccomp 2`: its optimisation) and a policy: `profile FILE
 * ARCH`, resolved for Docker with its default capabilities (FILE may be @NAME of a bundled one; `native` leaves the
 * other architectures out), `requests N` (so many ioctl requests), `ranges N` (random ranges, one on either of two
 * arguments, both of which must hold). Out: one line of figures, with blanks between: instructions; instructions
 * executed for an allowed native call, mean and most; constant allows, and how many of them the kernel can cache; steps
 * emulated at load; microseconds for seccomp(2); milliseconds of a processor for rules and export; KiB that these took.
 *
 * `bound` prints two figures only: instructions and emulated steps that no filter gets below (see there).
 *
 * A call is asked with arguments 0, numbers 0 to 469. What loads a filter is a child of its own, each time.
 */
#include "compile/compile.h"
#include "filter/test-random.h"
#include "gate/gate.h"
#include "os/seccomp.h"
#include "peer.h"
#include "policy/eval.h"
#include "profile/bundled.h"
#include "profile/profile.h"

#include <errno.h>
#include <malloc.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define N_NUMBERS 470
#define N_TIMES 21
#define LONG_ENOUGH 1e6 /* microseconds: what took so long is measured no more often */
#define N_LOADS 101

static double now(clockid_t clock)
{
	struct timespec time;

	clock_gettime(clock, &time);
	return (double)time.tv_sec * 1e6 + (double)time.tv_nsec / 1e3;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(double *values, size_t n)
{
	qsort(values, n, sizeof(*values), compare);
	return values[n / 2];
}

/* ---- policies */

static struct cg_policy *read_profile(const char *name, const char *arch, struct cg_err *err)
{
	static char bytes[1 << 20];
	const struct cg_bundled *bundled = *name == '@' ? cg_bundled_find(name + 1) : NULL;
	FILE *file = bundled ? NULL : fopen(name, "r");
	size_t length = file ? fread(bytes, 1, sizeof(bytes), file) : 0;
	struct cg_profile *profile = NULL;
	struct cg_policy *policy = NULL;
	struct cg_target target;
	int r;

	if (file)
		fclose(file);
	cg_target_init(&target);
	target.engine = cg_engine_find("docker");
	target.arch = cg_arch_find(arch);
	target.kernel[0] = 6;
	r = cg_profile_read(name, bundled ? bundled->text : bytes, bundled ? bundled->length : length, &target, NULL,
			    &profile, err);
	if (r == 0)
		cg_profile_resolve(profile, &target, NULL, &policy, err);
	cg_profile_free(profile);
	return policy;
}

static int add_comparisons(struct cg_policy *policy, uint32_t nr, const struct cg_comparison *comparisons,
			   unsigned int n)
{
	return cg_policy_add_rule(policy,
				  &(struct cg_rule){ .arch = policy->arches[0],
						     .nr = nr,
						     .action = CG_ACTION_ALLOW,
						     .comparisons = comparisons,
						     .n_comparisons = n },
				  NULL);
}

static struct cg_policy *make_many(bool is_ranges, int n)
{
	struct cg_policy *policy = cg_policy_new(CG_ACTION_ERRNO | 1);
	struct test_random random = { 1 };

	if (!policy || cg_policy_add_arch(policy, cg_arch_find("x86_64"), NULL) < 0)
		return cg_policy_free(policy);
	for (int i = 0; i < n; i++) {
		/* One end each: libseccomp takes an argument only once in a rule. */
		struct cg_comparison range[] = { { 0, CG_OP_GE, test_random_u64(&random) >> 32, UINT64_MAX },
						 { 1, CG_OP_LE, test_random_u64(&random) >> 32, UINT64_MAX } };
		struct cg_comparison request = { 1, CG_OP_EQ, 0x5400 + 3 * test_random_below(&random, 1 << 20),
						 UINT64_MAX };

		if (add_comparisons(policy, is_ranges ? 9 : 16, is_ranges ? range : &request, is_ranges ? 2 : 1) < 0)
			return cg_policy_free(policy);
	}
	return policy;
}

/* Only the first arch: as if the profile named no other. */
static void keep_native(struct cg_policy *policy)
{
	size_t n_rules = 0;

	for (size_t i = 0; i < policy->rules.n_items; i++)
		if (policy->rules.items[i].arch == policy->arches[0])
			policy->rules.items[n_rules++] = policy->rules.items[i];
	policy->rules.n_items = n_rules;
	policy->n_arches = 1;
}

/* ---- compilers */

struct compiler {
	const char *name;
	unsigned int optimise; /* libseccomp's */
	bool is_proven;
};

/* The policy once more, rule by rule, as a program would build it; then the filter. */
static int compile_ours(const struct cg_policy *from, const struct compiler *compiler, struct cg_filter **ret_filter,
			struct cg_err *err)
{
	struct cg_policy *policy = cg_policy_new(from->default_action);
	struct cg_gate_options options = { .is_unproven = !compiler->is_proven };
	int r = policy ? 0 : -ENOMEM;

	for (size_t i = 0; i < from->n_arches && r == 0; i++)
		r = cg_policy_add_arch(policy, from->arches[i], err);
	for (size_t i = 0; i < from->rules.n_items && r == 0; i++)
		r = cg_policy_add_rule(policy, &from->rules.items[i], err);
	if (r == 0)
		r = cg_gate_compile(policy, &options, ret_filter, err);
	cg_policy_free(policy);
	return r;
}

static int compile(const struct cg_policy *policy, const struct compiler *compiler, struct cg_filter **ret_filter,
		   double *ret_took, struct cg_err *err)
{
	double start = now(CLOCK_PROCESS_CPUTIME_ID);
	void *bytes = NULL;
	size_t length = 0;
	int r;

	if (!compiler->optimise) {
		r = compile_ours(policy, compiler, ret_filter, err);
		*ret_took = now(CLOCK_PROCESS_CPUTIME_ID) - start;
		return r;
	}
	r = bench_peer_compile(policy, compiler->optimise, &bytes, &length);
	*ret_took = now(CLOCK_PROCESS_CPUTIME_ID) - start;
	if (r < 0)
		return cg_err_set(err, r, NULL, "libseccomp: %s", strerror(-r));
	r = cg_filter_decode("libseccomp", bytes, length, false, ret_filter, err);
	free(bytes);
	return r;
}

/* ---- figures */

struct figures {
	size_t n_executed, n_executed_most, n_allowed; /* calls of the first arch */
	size_t n_constant, n_cached, n_steps;          /* of all arches but x32 */
};

static bool is_constant_allow(const struct cg_policy *policy, const struct cg_arch *arch, uint32_t nr)
{
	bool is_allowed = policy->default_action == CG_ACTION_ALLOW;

	for (size_t i = 0; i < policy->rules.n_items; i++) {
		const struct cg_rule *rule = &policy->rules.items[i];

		if (rule->arch != arch || rule->nr != nr)
			continue;
		if (rule->n_comparisons == 0)
			return rule->action == CG_ACTION_ALLOW;
		is_allowed = false;
	}
	return is_allowed;
}

static void ask(const struct cg_policy *policy, const struct cg_filter *filter, const struct cg_arch *arch, uint32_t nr,
		struct figures *figures)
{
	struct cg_call call = { .arch = arch->token, .nr = nr };
	size_t n_steps;

	cg_filter_run(filter, &call, &n_steps);
	figures->n_steps += n_steps;
	if (arch == policy->arches[0] && cg_policy_eval(policy, &call) == CG_ACTION_ALLOW) {
		figures->n_allowed++;
		figures->n_executed += n_steps;
		if (figures->n_executed_most < n_steps)
			figures->n_executed_most = n_steps;
	}
	if (is_constant_allow(policy, arch, nr)) {
		figures->n_constant++;
		figures->n_cached += cg_filter_is_cached(filter, call.arch, nr, NULL);
	}
}

/*
 * The child dies by what it has loaded, if its filter refuses exit_group(2); its clock is read without a call
 * (vdso(7)), and the result lies in memory that both see.
 */
static double measure_load(const struct cg_filter *filter)
{
	double *shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	double took[N_LOADS];
	struct cg_err err;

	if (shared == MAP_FAILED)
		return -1;
	for (int i = 0; i < N_LOADS; i++) {
		pid_t pid;

		*shared = -1;
		pid = fork();
		if (pid == 0) {
			double start;
			int r = cg_no_new_privs_set(&err);

			start = now(CLOCK_MONOTONIC);
			r = r < 0 ? r : cg_seccomp_load(filter, 0, NULL, &err);
			*shared = r < 0 ? -1 : now(CLOCK_MONOTONIC) - start;
			_exit(0);
		}
		waitpid(pid, NULL, 0);
		took[i] = *shared;
	}
	munmap(shared, sizeof(*shared));
	return median(took, N_LOADS);
}

/* How much the process grows while it compiles, in a child that has not done so yet. */
static long measure_memory(const struct cg_policy *policy, const struct compiler *compiler)
{
	long *shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct cg_filter *filter = NULL;
	struct rusage before, after;
	struct cg_err err = { 0 };
	double took;
	pid_t pid;

	if (shared == MAP_FAILED)
		return -1;
	malloc_trim(0);
	*shared = -1;
	pid = fork();
	if (pid == 0) {
		getrusage(RUSAGE_SELF, &before);
		if (compile(policy, compiler, &filter, &took, &err) == 0) {
			getrusage(RUSAGE_SELF, &after);
			*shared = after.ru_maxrss - before.ru_maxrss;
		}
		_exit(0);
	}
	waitpid(pid, NULL, 0);
	return *shared;
}

static int measure(const struct cg_policy *policy, const struct compiler *compiler, struct cg_err *err)
{
	long memory = measure_memory(policy, compiler);
	struct figures figures = { 0 };
	struct cg_filter *filter = NULL;
	double took[N_TIMES], load, sum = 0;
	size_t n_times = 0;

	while (n_times < N_TIMES && sum < LONG_ENOUGH) {
		int r;

		cg_filter_free(filter);
		filter = NULL;
		r = compile(policy, compiler, &filter, &took[n_times], err);
		if (r < 0)
			return r;
		sum += took[n_times++];
	}
	for (size_t i = 0; i < policy->n_arches; i++)
		for (uint32_t nr = 0; nr < N_NUMBERS && !policy->arches[i]->is_x32; nr++)
			ask(policy, filter, policy->arches[i], nr, &figures);
	load = measure_load(filter);
	printf("%zu %.2f %zu %zu %zu %zu %.1f %.3f %ld\n", filter->n_insns,
	       figures.n_allowed ? (double)figures.n_executed / (double)figures.n_allowed : 0, figures.n_executed_most,
	       figures.n_constant, figures.n_cached, figures.n_steps, load, median(took, n_times) / 1e3, memory);
	cg_filter_free(filter);
	return 0;
}

/* ---- what no filter can be better than */

/* For telling whether two numbers get the same whatever their arguments: rules in place of diagrams. */
static bool is_same_answer(const struct cg_policy *policy, const struct cg_arch *arch, uint32_t a, uint32_t b)
{
	struct cg_call call_a = { .arch = arch->token, .nr = a }, call_b = { .arch = arch->token, .nr = b };

	return cg_policy_eval(policy, &call_a) == cg_policy_eval(policy, &call_b) &&
	       is_constant_allow(policy, arch, a) == is_constant_allow(policy, arch, b);
}

/*
 * Steps: each number costs two loads, the test of the arch and a RET; and the tests of the number, on average, at least
 * the entropy of constantly allowed or not, as each has two ways on. Instructions: of JEQ and JGE, which tell apart two
 * neighbours at most twice, half as many as there are borders between differing neighbours; JSET may do with fewer. It
 * is a bound for programs without JSET only, and printed as such.
 */
static void print_bound(const struct cg_policy *policy)
{
	size_t n_insns = 4, n_steps = 0;

	for (size_t i = 0; i < policy->n_arches; i++) {
		const struct cg_arch *arch = policy->arches[i];
		size_t n_allowed = 0, n_borders = 0;
		double share, entropy = 0;

		if (arch->is_x32)
			continue;
		for (uint32_t nr = 0; nr < N_NUMBERS; nr++) {
			n_allowed += is_constant_allow(policy, arch, nr);
			n_borders += !is_same_answer(policy, arch, nr, nr + 1);
		}
		share = (double)n_allowed / N_NUMBERS;
		if (share > 0 && share < 1)
			entropy = -share * log2(share) - (1 - share) * log2(1 - share);
		n_insns += 1 + (n_borders + 1) / 2;
		n_steps += (size_t)((4 + entropy) * N_NUMBERS);
	}
	printf("%zu %zu\n", n_insns, n_steps);
}

static struct cg_policy *find_policy(char **words, struct cg_err *err)
{
	struct cg_policy *policy;

	if (strcmp(words[0], "profile"))
		return make_many(strcmp(words[0], "ranges") == 0, atoi(words[1]));
	policy = read_profile(words[1], words[2] && strcmp(words[2], "native") ? words[2] : "x86_64", err);
	if (policy && words[2] && strcmp(words[2], "native") == 0)
		keep_native(policy);
	return policy;
}

int main(int argc, char **argv)
{
	struct compiler compiler = { .name = argc > 1 ? argv[1] : "" };
	struct cg_policy *policy;
	struct cg_err err = { 0 };
	int first = 2;

	if (argc == 2 && strcmp(argv[1], "peer") == 0) {
		if (bench_peer_name())
			puts(bench_peer_name());
		return !bench_peer_name();
	}
	if (argc > 2 && strcmp(argv[1], "libseccomp") == 0)
		compiler.optimise = (unsigned int)atoi(argv[first++]);
	compiler.is_proven = strcmp(compiler.name, "proven") == 0;
	if (argc < first + 2) {
		fprintf(stderr, "usage: %s ours|proven|bound|libseccomp 1|2 profile FILE [ARCH|native]|requests N|ranges N\n",
			argv[0]);
		return 2;
	}
	policy = find_policy(argv + first, &err);
	if (policy && strcmp(compiler.name, "bound") == 0) {
		print_bound(policy);
	} else if (!policy || measure(policy, &compiler, &err) < 0) {
		fprintf(stderr, "%s: %s\n", argv[first], err.message);
		return 1;
	}
	cg_policy_free(policy);
	return 0;
}
