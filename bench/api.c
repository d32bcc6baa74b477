/*
 * What a libseccomp costs its caller: the same rules through the API of any libseccomp.so.2.
 *
 * In: the library's path, and `requests N` (so many ioctl requests, one rule each), `calls N` (so many calls, on
 * x86_64) or `everywhere N` (on x86_64, x86 and x32), or `profile FILE` (resolved for Docker with its default
 * capabilities, on x86_64; FILE may be @NAME of a bundled one). Out: one line, with blanks between: milliseconds of a
 * processor for all rules, for the export, for seccomp_load() in place of the export (a child each time, with all that
 * the library does in it: compiling, proving where it proves, seccomp(2)), and instructions. Medians.
 */
#include "abi/syscalls.h"
#include "filter/filter.h"
#include "libseccomp/seccomp.h"
#include "profile/bundled.h"
#include "profile/profile.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define N_TIMES 11
#define LONG_ENOUGH 2e3 /* milliseconds: what took so long is measured no more often */

struct library {
	scmp_filter_ctx (*init)(uint32_t);
	void (*release)(scmp_filter_ctx);
	int (*arch_add)(scmp_filter_ctx, uint32_t);
	int (*resolve)(const char *);
	int (*add)(scmp_filter_ctx, uint32_t, int, unsigned int, const struct scmp_arg_cmp *);
	int (*export_bpf)(scmp_filter_ctx, int);
	int (*load)(scmp_filter_ctx);
};

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
	return (double)time.tv_sec * 1e3 + (double)time.tv_nsec / 1e6;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static int open_library(const char *path, struct library *library)
{
	void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	const struct {
		const char *name;
		void *to;
	} rows[] = {
		{ "seccomp_init", &library->init },
		{ "seccomp_release", &library->release },
		{ "seccomp_arch_add", &library->arch_add },
		{ "seccomp_syscall_resolve_name", &library->resolve },
		{ "seccomp_rule_add_array", &library->add },
		{ "seccomp_export_bpf", &library->export_bpf },
		{ "seccomp_load", &library->load },
	};

	for (size_t i = 0; handle && i < sizeof(rows) / sizeof(rows[0]); i++) {
		void *function = dlsym(handle, rows[i].name);

		memcpy(rows[i].to, &function, sizeof(function));
		if (!function)
			return -1;
	}
	return handle ? 0 : -1;
}

static struct cg_policy *read_profile(const char *name)
{
	static char bytes[1 << 20];
	const struct cg_bundled *bundled = *name == '@' ? cg_bundled_find(name + 1) : NULL;
	FILE *file = bundled ? NULL : fopen(name, "r");
	size_t length = file ? fread(bytes, 1, sizeof(bytes), file) : 0;
	struct cg_profile *profile = NULL;
	struct cg_policy *policy = NULL;
	struct cg_target target;

	if (file)
		fclose(file);
	cg_target_init(&target);
	target.engine = cg_engine_find("docker");
	target.arch = cg_arch_find("x86_64");
	target.kernel[0] = 6;
	if (cg_profile_read(name, bundled ? bundled->text : bytes, bundled ? bundled->length : length, &target, NULL,
			    &profile, NULL) == 0)
		cg_profile_resolve(profile, &target, NULL, &policy, NULL);
	cg_profile_free(profile);
	return policy;
}

static int add_requests(const struct library *library, scmp_filter_ctx context, int n)
{
	int r = 0;

	for (int i = 0; i < n && r == 0; i++)
		r = library->add(context, SCMP_ACT_ALLOW, 16, 1,
				 &SCMP_A1_64(SCMP_CMP_EQ, 0x5400 + 3 * (scmp_datum_t)i));
	return r;
}

/* By name, those of the first architecture: the library brings them to the others; names too new for it are left out. */
static int add_policy(const struct library *library, scmp_filter_ctx context, const struct cg_policy *policy)
{
	static const enum scmp_compare operators[] = { SCMP_CMP_NE, SCMP_CMP_LT, SCMP_CMP_LE,       SCMP_CMP_EQ,
						       SCMP_CMP_GE, SCMP_CMP_GT, SCMP_CMP_MASKED_EQ };
	int r = 0;

	for (size_t i = 1; i < policy->n_arches && r == 0; i++)
		r = library->arch_add(context, policy->arches[i]->scmp_token);
	for (size_t i = 0; i < policy->rules.n_items && r == 0; i++) {
		const struct cg_rule *rule = &policy->rules.items[i];
		const struct cg_syscall *call = cg_syscall_of_nr(rule->arch, rule->nr);
		struct scmp_arg_cmp comparisons[6];
		int nr = call && rule->arch == policy->arches[0] ? library->resolve(call->name) : __NR_SCMP_ERROR;

		if (nr == __NR_SCMP_ERROR || rule->action == policy->default_action || rule->n_comparisons > 6)
			continue;
		for (unsigned int j = 0; j < rule->n_comparisons; j++) {
			const struct cg_comparison *from = &rule->comparisons[j];
			bool is_masked = from->op == CG_OP_MASKED_EQ;

			comparisons[j] = (struct scmp_arg_cmp){ from->arg, operators[from->op],
								is_masked ? from->mask : from->value,
								is_masked ? from->value : 0 };
		}
		r = library->add(context, rule->action, nr, rule->n_comparisons, comparisons);
	}
	return r;
}

/* What is measured: one of these. */
struct subject {
	const struct cg_policy *policy;
	int n_requests, n_calls;
	bool is_everywhere;
};

/* The first `n` calls of x86_64 that the library knows. */
static int add_calls(const struct library *library, scmp_filter_ctx context, const struct subject *subject)
{
	const struct cg_arch *arch = cg_arch_find("x86_64");
	int n = 0, r = 0;

	if (subject->is_everywhere)
		r = library->arch_add(context, SCMP_ARCH_X86);
	if (subject->is_everywhere && r == 0)
		r = library->arch_add(context, SCMP_ARCH_X32);
	for (size_t i = 0; i < arch->n_rows && n < subject->n_calls && r == 0; i++) {
		int nr = library->resolve(cg_syscalls[arch->rows[i].call].name);

		if (nr < 0)
			continue;
		r = library->add(context, SCMP_ACT_ALLOW, nr, 0, NULL);
		n++;
	}
	return r;
}

static scmp_filter_ctx make(const struct library *library, const struct subject *subject, int *ret_error)
{
	scmp_filter_ctx context = library->init(subject->policy ? subject->policy->default_action : SCMP_ACT_ERRNO(1));

	if (subject->policy)
		*ret_error = add_policy(library, context, subject->policy);
	else if (subject->n_calls)
		*ret_error = add_calls(library, context, subject);
	else
		*ret_error = add_requests(library, context, subject->n_requests);
	return context;
}

/* Once through; a filter that is too long for the kernel is no failure here. */
static int measure(const struct library *library, const struct subject *subject, double ret_took[2],
		   size_t *ret_n_insns)
{
	int fd = memfd_create("filter", MFD_CLOEXEC);
	struct stat status = { 0 };
	double start = now();
	int r;
	scmp_filter_ctx context = make(library, subject, &r);

	ret_took[0] = now() - start;
	start = now();
	if (r == 0)
		r = library->export_bpf(context, fd);
	ret_took[1] = now() - start;
	fstat(fd, &status);
	*ret_n_insns = (size_t)status.st_size / 8;
	close(fd);
	library->release(context);
	return r;
}

/*
 * In a child, which tells its time by a page that both see: its filter may refuse everything but what the clock is read
 * by (in the vDSO, without a call) and its end, which is a kill at worst.
 */
static int measure_load(const struct library *library, const struct subject *subject, double *ret_took)
{
	double *shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int status = 0;
	pid_t child;

	*shared = -1;
	child = fork();
	if (child == 0) {
		int r;
		scmp_filter_ctx context = make(library, subject, &r);
		struct timespec before, after;

		clock_gettime(CLOCK_MONOTONIC, &before);
		if (r == 0)
			r = library->load(context);
		clock_gettime(CLOCK_MONOTONIC, &after);
		if (r == 0)
			*shared = (double)(after.tv_sec - before.tv_sec) * 1e3 +
				  (double)(after.tv_nsec - before.tv_nsec) / 1e6;
		_exit(0);
	}
	waitpid(child, &status, 0);
	*ret_took = *shared;
	munmap(shared, sizeof(*shared));
	return *ret_took < 0 ? -ECANCELED : 0;
}

static bool read_subject(char **words, struct subject *ret_subject)
{
	int n = atoi(words[1]);

	if (strcmp(words[0], "profile") == 0)
		return (ret_subject->policy = read_profile(words[1]));
	if (strcmp(words[0], "requests") == 0)
		ret_subject->n_requests = n;
	else
		ret_subject->n_calls = n;
	ret_subject->is_everywhere = strcmp(words[0], "everywhere") == 0;
	return n > 0;
}

static double median(double *values, size_t n)
{
	qsort(values, n, sizeof(*values), compare);
	return values[n / 2];
}

int main(int argc, char **argv)
{
	struct library library;
	struct subject subject = { 0 };
	double took[3][N_TIMES], once[2], sum = 0;
	size_t n_times = 0, n_insns = 0;
	bool has_load = true;

	if (argc != 4 || open_library(argv[1], &library) < 0) {
		fprintf(stderr, "usage: %s LIBSECCOMP requests N|calls N|everywhere N|profile FILE\n", argv[0]);
		return 2;
	}
	if (!read_subject(argv + 2, &subject))
		return 1;
	for (; n_times < N_TIMES && sum < LONG_ENOUGH; n_times++) {
		int r = measure(&library, &subject, once, &n_insns);

		if (r < 0) {
			fprintf(stderr, "%s\n", strerror(-r));
			return 1;
		}
		took[0][n_times] = once[0];
		took[1][n_times] = once[1];
		/* Longer than the kernel takes: there is nothing to load. */
		has_load = has_load && measure_load(&library, &subject, &took[2][n_times]) == 0;
		sum += once[0] + once[1];
	}
	printf("%.3f %.3f ", median(took[0], n_times), median(took[1], n_times));
	if (has_load)
		printf("%.3f %zu\n", median(took[2], n_times), n_insns);
	else
		printf("- %zu\n", n_insns);
	return 0;
}
