/*
 * Is the kernel of one mind with valid.c and run.c? Random programs, the same in every run, are loaded into it.
 *
 * Nothing can be hurt. For the validator, every program stands behind `ld [0]; jge #0, …; ret ALLOW`, which always
 * answers ALLOW and still leaves the rest of the program to be checked on its own terms (a plain ja would make all
 * scratch cells count as stored). For the simulator, filter number i answers ALLOW to everything but system call
 * FIRST_PROBE + i, which does not exist, and answers that with ERRNO and 12 bits folded from its result; a division by
 * zero kills, so such a probe is made in a child of its own.
 */
#include "abi/arch.h"
#include "filter/filter.h"
#include "filter/test-random.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define N_PROGRAMS 60000
#define BATCH 400 /* programs a child: 32,768 instructions are all that a task may hold */
#define LONGEST 24

#define N_SIMULATED 6000
#define SIMULATED_BATCH 300
#define N_PROBES 8
#define FIRST_PROBE 0x100000U

static int load(const struct sock_filter *insns, size_t n_insns)
{
	struct sock_fprog program = { .len = (unsigned short)n_insns, .filter = (struct sock_filter *)insns };

	return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) == 0 ? 0 : -errno;
}

static void need_seccomp(void)
{
	unsigned int action = SECCOMP_RET_ALLOW;

	if (syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0)
		return;
	print_message("# skipped: seccomp(2) does not answer here (a sandbox, or valgrind): %s\n", strerror(errno));
	skip();
}

static void *share(size_t size)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	assert_true(memory != MAP_FAILED);
	return memory;
}

/* Runs in a child that leaves by _exit; a time limit holds even if the test hangs. */
static void in_child(void (*work)(void *), void *context)
{
	pid_t child = fork();
	int status;

	assert_true(child >= 0);
	if (child == 0) {
		alarm(120);
		if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0)
			work(context);
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

/* ---- the validator */

static const struct sock_filter harmless[] = {
	{ BPF_LD | BPF_W | BPF_ABS, 0, 0, 0 },
	{ BPF_JMP | BPF_JGE | BPF_K, 0, 1, 0 },
	{ BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW },
};
#define N_HARMLESS (sizeof(harmless) / sizeof(harmless[0]))

struct program {
	struct sock_filter insns[N_HARMLESS + LONGEST];
	size_t n_insns;
};

struct validator_batch {
	struct program programs[BATCH];
	int *results; /* shared with the child */
};

static void load_batch(void *context)
{
	struct validator_batch *batch = context;

	for (size_t i = 0; i < BATCH; i++)
		batch->results[i] = load(batch->programs[i].insns, batch->programs[i].n_insns);
}

static void fill_program(struct test_random *random, struct program *program)
{
	size_t n_insns = 1 + test_random_below(random, LONGEST);

	memcpy(program->insns, harmless, sizeof(harmless));
	test_random_program(random, program->insns + N_HARMLESS, n_insns);
	program->n_insns = N_HARMLESS + n_insns;
}

static void print_program(const struct program *program)
{
	struct cg_filter filter = { .insns = (struct sock_filter *)program->insns, .n_insns = program->n_insns };
	struct cg_text text = { 0 };

	cg_filter_disasm(&filter, &text);
	print_message("%s", cg_text_get(&text));
	cg_text_done(&text);
}

static size_t compare_batch(const struct validator_batch *batch)
{
	size_t n_accepted = 0;

	for (size_t i = 0; i < BATCH; i++) {
		const struct program *program = &batch->programs[i];
		struct cg_filter filter = { .insns = (struct sock_filter *)program->insns,
					    .n_insns = program->n_insns };
		struct cg_err err = { 0 };
		int r = cg_filter_check(&filter, &err);

		if (batch->results[i] != r) {
			print_program(program);
			print_message("kernel %d, valid.c %d: %s\n", batch->results[i], r, err.message);
		}
		assert_int_equal(batch->results[i], r);
		n_accepted += r == 0;
	}
	return n_accepted;
}

static void test_validator(void **state)
{
	struct validator_batch *batch;
	struct test_random random = { 1 };
	size_t n_accepted = 0;

	need_seccomp();
	batch = calloc(1, sizeof(*batch));
	assert_non_null(batch);
	batch->results = share(BATCH * sizeof(*batch->results));
	for (size_t done = 0; done < N_PROGRAMS; done += BATCH) {
		for (size_t i = 0; i < BATCH; i++)
			fill_program(&random, &batch->programs[i]);
		in_child(load_batch, batch);
		n_accepted += compare_batch(batch);
	}
	print_message("# %zu of %d random programs accepted\n", n_accepted, N_PROGRAMS);
	assert_in_range(n_accepted, N_PROGRAMS / 5, N_PROGRAMS * 4 / 5);
	munmap(batch->results, BATCH * sizeof(*batch->results));
	free(batch);
}

struct length_case {
	size_t n_insns;
	struct sock_filter *insns;
	int *result;
};

static void load_length(void *context)
{
	struct length_case *length = context;

	*length->result = load(length->insns, length->n_insns);
}

/* 0, 1, 4,096 and 4,097 instructions. */
static void test_lengths(void **state)
{
	static const size_t lengths[] = { 0, 1, CG_FILTER_LENGTH_MAX, CG_FILTER_LENGTH_MAX + 1 };
	struct length_case length = { 0 };

	need_seccomp();
	length.result = share(sizeof(int));
	length.insns = calloc(CG_FILTER_LENGTH_MAX + 1, sizeof(*length.insns));
	assert_non_null(length.insns);
	for (size_t i = 0; i <= CG_FILTER_LENGTH_MAX; i++)
		length.insns[i] = (struct sock_filter){ BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW };

	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		struct cg_filter filter = { .insns = length.insns, .n_insns = lengths[i] };

		length.n_insns = lengths[i];
		in_child(load_length, &length);
		assert_int_equal(*length.result, cg_filter_check(&filter, NULL));
	}
	free(length.insns);
	munmap(length.result, sizeof(int));
}

/* ---- the simulator */

static const struct sock_filter epilogue[] = {
	{ BPF_ALU | BPF_XOR | BPF_X, 0, 0, 0 },
	{ BPF_MISC | BPF_TAX, 0, 0, 0 },
	{ BPF_ALU | BPF_RSH | BPF_K, 0, 0, 16 },
	{ BPF_ALU | BPF_XOR | BPF_X, 0, 0, 0 },
	{ BPF_MISC | BPF_TAX, 0, 0, 0 },
	{ BPF_ALU | BPF_RSH | BPF_K, 0, 0, 4 },
	{ BPF_ALU | BPF_XOR | BPF_X, 0, 0, 0 },
	{ BPF_ALU | BPF_AND | BPF_K, 0, 0, 0xfff },
	{ BPF_ALU | BPF_OR | BPF_K, 0, 0, SECCOMP_RET_ERRNO },
	{ BPF_RET | BPF_A, 0, 0, 0 },
};
#define N_EPILOGUE (sizeof(epilogue) / sizeof(epilogue[0]))

struct simulated {
	struct sock_filter insns[N_HARMLESS + LONGEST + N_EPILOGUE];
	size_t n_insns;
	uint64_t args[N_PROBES][6];
	uint32_t answers[N_PROBES]; /* what the simulator says */
};

struct simulator_batch {
	struct simulated filters[SIMULATED_BATCH];
	long (*results)[N_PROBES]; /* shared: what the call returned; LONG_MIN: it killed */
};

static long probe(uint32_t nr, const uint64_t args[6])
{
	long r = syscall((long)nr, args[0], args[1], args[2], args[3], args[4], args[5]);

	return r == -1 ? -errno : r;
}

/* For an answer that kills: whoever asks is gone, so a child asks. */
static long probe_in_child(uint32_t nr, const uint64_t args[6])
{
	pid_t child = fork();
	int status = 0;

	if (child == 0) {
		probe(nr, args);
		_exit(0);
	}
	waitpid(child, &status, 0);
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS ? INT64_MIN : 0;
}

static void ask_batch(void *context)
{
	struct simulator_batch *batch = context;

	for (size_t i = 0; i < SIMULATED_BATCH; i++)
		if (load(batch->filters[i].insns, batch->filters[i].n_insns) < 0)
			_exit(1);

	for (size_t i = 0; i < SIMULATED_BATCH; i++) {
		const struct simulated *filter = &batch->filters[i];
		uint32_t nr = FIRST_PROBE + (uint32_t)i;

		for (size_t j = 0; j < N_PROBES; j++)
			batch->results[i][j] =
				filter->answers[j] ? probe(nr, filter->args[j]) : probe_in_child(nr, filter->args[j]);
	}
}

static void fill_body(struct test_random *random, struct sock_filter *body, size_t n_body)
{
	for (size_t pc = 0; pc < n_body; pc++) {
		body[pc] = test_random_insn(random, n_body - pc);
		if (test_random_percent(random, 2))
			body[pc] = (struct sock_filter){
				.code = BPF_RET | BPF_K,
				.k = SECCOMP_RET_ERRNO | test_random_below(random, 4096),
			};
	}
	memcpy(body + n_body, epilogue, sizeof(epilogue));
}

/* A valid filter that answers FIRST_PROBE + index, and nothing else, with its result. */
static void fill_simulated(struct test_random *random, struct simulated *filter, size_t index)
{
	size_t n_body = 1 + test_random_below(random, LONGEST);
	struct cg_filter view = { .insns = filter->insns, .n_insns = N_HARMLESS + n_body + N_EPILOGUE };

	memcpy(filter->insns, harmless, sizeof(harmless));
	filter->insns[1] = (struct sock_filter){ BPF_JMP | BPF_JEQ | BPF_K, 1, 0, FIRST_PROBE + (uint32_t)index };
	do {
		fill_body(random, filter->insns + N_HARMLESS, n_body);
	} while (cg_filter_check(&view, NULL) < 0);
	filter->n_insns = view.n_insns;
}

static void fill_probes(struct test_random *random, struct simulated *filter, size_t index, uint64_t ip)
{
	const struct cg_arch *native = cg_arch_native();
	struct cg_filter view = { .insns = filter->insns,
				  .n_insns = filter->n_insns,
				  .is_big_endian = native->is_big_endian };

	for (size_t i = 0; i < N_PROBES; i++) {
		struct cg_call call = { .arch = native->token, .nr = FIRST_PROBE + (uint32_t)index, .ip = ip };

		for (size_t j = 0; j < 6; j++)
			call.args[j] = (uint64_t)test_random_edge(random) << 32 | test_random_edge(random);
		memcpy(filter->args[i], call.args, sizeof(call.args));
		filter->answers[i] = cg_filter_run(&view, &call, NULL);
	}
}

/* Asks the kernel 12 bits at a time where libc's syscall() stands when the filter looks at it. */
static void ask_ip(void *context)
{
	uint64_t *ip = context;
	uint64_t args[6] = { 0 };
	uint32_t words[2] = { 0, 0 };

	for (uint32_t i = 0; i < 6; i++) {
		struct sock_filter insns[] = {
			harmless[0],
			{ BPF_JMP | BPF_JEQ | BPF_K, 1, 0, FIRST_PROBE + i },
			harmless[2],
			{ BPF_LD | BPF_W | BPF_ABS, 0, 0, 8 + 4 * (i / 3) },
			{ BPF_ALU | BPF_RSH | BPF_K, 0, 0, 12 * (i % 3) },
			{ BPF_ALU | BPF_AND | BPF_K, 0, 0, 0xfff },
			{ BPF_ALU | BPF_OR | BPF_K, 0, 0, SECCOMP_RET_ERRNO },
			{ BPF_RET | BPF_A, 0, 0, 0 },
		};

		if (load(insns, sizeof(insns) / sizeof(insns[0])) < 0)
			_exit(1);
		words[i / 3] |= (uint32_t)-probe(FIRST_PROBE + i, args) << 12 * (i % 3);
	}
	memcpy(ip, words, sizeof(*ip));
}

static size_t compare_answers(const struct simulator_batch *batch)
{
	size_t n_killed = 0;

	for (size_t i = 0; i < SIMULATED_BATCH; i++)
		for (size_t j = 0; j < N_PROBES; j++) {
			uint32_t answer = batch->filters[i].answers[j];
			long expected = answer ? -(long)(answer & SECCOMP_RET_DATA) : INT64_MIN;

			if (batch->results[i][j] != expected) {
				struct cg_filter filter = { .insns = (struct sock_filter *)batch->filters[i].insns,
							    .n_insns = batch->filters[i].n_insns };
				struct cg_text text = { 0 };

				cg_filter_disasm(&filter, &text);
				print_message("%s", cg_text_get(&text));
				cg_text_done(&text);
			}
			assert_int_equal(batch->results[i][j], expected);
			n_killed += answer == 0;
		}
	return n_killed;
}

static void test_simulator(void **state)
{
	struct simulator_batch *batch;
	struct test_random random = { 2 };
	uint64_t *ip;
	size_t n_killed = 0;

	need_seccomp();
	ip = share(sizeof(*ip));
	batch = calloc(1, sizeof(*batch));
	assert_non_null(batch);
	batch->results = share(SIMULATED_BATCH * sizeof(*batch->results));
	in_child(ask_ip, ip);
	assert_true(*ip != 0);

	for (size_t done = 0; done < N_SIMULATED; done += SIMULATED_BATCH) {
		for (size_t i = 0; i < SIMULATED_BATCH; i++) {
			fill_simulated(&random, &batch->filters[i], i);
			fill_probes(&random, &batch->filters[i], i, *ip);
		}
		in_child(ask_batch, batch);
		n_killed += compare_answers(batch);
	}
	print_message("# %d filters, %d answers, %zu of them a division by 0\n", N_SIMULATED, N_SIMULATED * N_PROBES,
		      n_killed);
	assert_true(n_killed > 100);
	munmap(batch->results, SIMULATED_BATCH * sizeof(*batch->results));
	munmap(ip, sizeof(*ip));
	free(batch);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_validator),
		cmocka_unit_test(test_lengths),
		cmocka_unit_test(test_simulator),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
