/*
 * callgate test: a suite of expectations against a profile.
 *
 * In: a suite (callgate-suite(5)) and a profile. Out: for people a line a test, with reasons below those that fail; the
 * same as JSON, TAP or JUnit's XML. Exit status: 0 when none failed.
 */
#include "advice/advice.h"
#include "base/cleanup.h"
#include "base/num.h"
#include "cli/commands.h"
#include "cli/input.h"
#include "cli/suite_run.h"
#include "gate/gate.h"
#include "os/file.h"
#include "os/signals.h"
#include "report/cves.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The command line, and what was read for it. */
struct testing {
	struct cg_suite_runner runner; /* first: told() finds the rest by it */
	const struct cg_args *args;
	struct cg_target target;
	struct cg_text bytes;
	struct cg_suite suite;
	struct cg_text reference; /* of the profile */
	struct cg_input input;
	struct cg_filter *filter;
	char *folder;
	bool *is_ready;
	size_t next; /* the first that was not printed yet */
	bool is_quiet;
};

static void testing_done(struct testing *testing)
{
	for (size_t i = 0; testing->runner.outcomes && i < testing->suite.n_tests; i++)
		cg_suite_outcome_done(&testing->runner.outcomes[i]);
	free(testing->runner.outcomes);
	free(testing->is_ready);
	free(testing->folder);
	cg_filter_free(testing->filter);
	cg_input_done(&testing->input);
	cg_suite_done(&testing->suite);
	cg_text_done(&testing->bytes);
	cg_text_done(&testing->reference);
}

/* ---- reading */

static int fail_to_find_suite(const char *name, struct cg_err *err)
{
	const char *best = cg_suites[0].name;

	for (size_t i = 0; i < cg_n_suites; i++)
		cg_word_keep_nearest(name + 1, cg_suites[i].name, &best);
	return cg_err_set(err, -ENOENT, name, "there is no such bundled suite; did you mean @%s?", best);
}

static int read_suite_bytes(const char *name, struct cg_text *bytes, struct cg_err *err)
{
	if (name[0] != '@')
		return cg_file_read(name, CG_SUITE_SIZE_LIMIT, bytes, err);
	for (size_t i = 0; i < cg_n_suites; i++)
		if (strcmp(cg_suites[i].name, name + 1) == 0) {
			cg_text_add_bytes(bytes, cg_suites[i].text, cg_suites[i].length);
			return bytes->has_failed ? cg_err_memory(err) : 0;
		}
	return fail_to_find_suite(name, err);
}

static int read_suite(struct testing *testing)
{
	const char *name = testing->args->words[0];
	struct cg_err err = { 0 };
	int r = read_suite_bytes(name, &testing->bytes, &err);

	if (r == 0)
		r = cg_suite_read(cg_input_name(name), cg_text_get(&testing->bytes), testing->bytes.length,
				  testing->target.arch, &testing->suite, &err);
	return r < 0 ? cg_cli_fail(&err) : 0;
}

/* --profile; what the suite names, a file being beside the suite; the environment. */
static bool find_profile(struct testing *testing)
{
	const char *given = cg_args_get(testing->args, "profile"), *suite = testing->args->words[0];
	const char *slash = strrchr(suite, '/');

	if (!given && testing->suite.profile) {
		given = testing->suite.profile;
		if (given[0] != '/' && given[0] != '@' && slash)
			cg_text_add_bytes(&testing->reference, suite, (size_t)(slash - suite) + 1);
	}
	if (!given)
		given = cg_cli_profile_reference(testing->args);
	if (given)
		cg_text_add(&testing->reference, given);
	return given != NULL;
}

static int read_profile(struct testing *testing)
{
	const char *reference;
	struct cg_err err = { 0 };
	int r;

	if (!find_profile(testing))
		return cg_cli_usage(testing->args, "which profile? Give --profile, or \"profile\" in the suite");
	reference = cg_text_get(&testing->reference);
	r = cg_input_read(reference, &testing->target, &testing->input, &err);
	if (r < 0)
		return cg_cli_fail(&err);
	cg_input_say_notes(&testing->input, reference);
	if (!testing->input.policy) {
		cg_cli_say("%s: this profile applies no seccomp at all with engine %s: there is nothing to test; give "
			   "another profile",
			   cg_input_name(reference), testing->target.engine->name);
		return CG_EXIT_BAD_INPUT;
	}
	if (cg_gate_compile(testing->input.policy, NULL, &testing->filter, &err) < 0)
		return cg_cli_fail(&err);
	return 0;
}

static int read_place(struct testing *testing)
{
	static const char *const places[] = { "none", "podman", "docker", "runc" };
	const char *given = cg_args_get(testing->args, "in"), *best = NULL;
	struct cg_suite_runner *runner = &testing->runner;

	runner->engine = places[0];
	for (size_t i = 0; given && i < CG_N_ITEMS(places); i++) {
		cg_word_keep_nearest(given, places[i], &best);
		if (strcmp(given, places[i]) != 0)
			continue;
		runner->place = (enum cg_suite_place)i;
		runner->engine = places[i];
		/* The engine that runs it reads it. */
		if (i > 0 && !cg_args_has(testing->args, "engine"))
			testing->target.engine = cg_engine_find(places[i]);
		return 0;
	}
	if (!given)
		return 0;
	return cg_cli_usage(testing->args, "--in takes none, podman, docker or runc, not '%s'%s%s%s", given,
			    best ? "; did you mean " : "", best ? best : "", best ? "?" : "");
}

static int read_jobs(struct testing *testing)
{
	const char *given = cg_args_get(testing->args, "jobs");
	uint64_t n = cg_cpu_count();

	if (given && !cg_num_parse_decimal(given, 1, CG_WORKERS_AT_ONCE_LIMIT, &n))
		return cg_cli_usage(testing->args, "--jobs is a number from 1 to %d", CG_WORKERS_AT_ONCE_LIMIT);
	testing->runner.n_jobs = n;
	return 0;
}

/* Where the suite is, for its commands; where there is no file, where we are. */
static int find_folder(struct testing *testing)
{
	const char *name = testing->args->words[0], *slash = strrchr(name, '/');
	CG_CLEANUP(cg_text_done) struct cg_text folder = { 0 };
	struct cg_err err = { 0 };

	if (name[0] != '@' && slash)
		cg_text_add_bytes(&folder, name, (size_t)(slash - name) + 1);
	else
		cg_text_add(&folder, ".");
	return cg_path_absolute(cg_text_get(&folder), &testing->folder, &err) < 0 ? cg_cli_fail(&err) : 0;
}

/* ---- telling */

static bool is_standard(const struct testing *testing, const char *option)
{
	const char *path = cg_args_get(testing->args, option);

	return path && strcmp(path, "-") == 0;
}

/* As soon as all before it are known. */
static void told(struct cg_suite_runner *runner, size_t index)
{
	struct testing *testing = (struct testing *)runner;

	testing->is_ready[index] = true;
	for (; testing->next < testing->suite.n_tests && testing->is_ready[testing->next]; testing->next++) {
		CG_CLEANUP(cg_text_done) struct cg_text text = { 0 };

		if (testing->is_quiet)
			continue;
		cg_suite_write_outcome(&runner->outcomes[testing->next], &text);
		cg_out_print(&text);
		fflush(stdout);
	}
}

static int write_form(const struct testing *testing, const char *option, const struct cg_suite_results *results,
		      void (*write)(const struct cg_suite_results *results, struct cg_text *text))
{
	CG_CLEANUP(cg_text_done) struct cg_text text = { 0 };
	const char *path = cg_args_get(testing->args, option);

	if (!path)
		return 0;
	write(results, &text);
	if (text.has_failed) {
		struct cg_err err = { 0 };

		cg_err_memory(&err);
		return cg_cli_fail(&err);
	}
	return cg_out_write(path[0] ? path : "-", &text); /* --json takes nothing */
}

static void write_people(const struct cg_suite_results *results, struct cg_text *text)
{
	cg_suite_write_summary(results, text);
}

static int tell(const struct testing *testing, uint64_t took_ms)
{
	struct cg_suite_results results = { .name = cg_input_name(testing->args->words[0]),
					    .profile = cg_text_get(&testing->reference),
					    .where = testing->runner.engine,
					    .outcomes = testing->runner.outcomes,
					    .n_outcomes = testing->suite.n_tests,
					    .took_ms = took_ms };
	int status = write_form(testing, "tap", &results, cg_suite_write_tap);

	if (status == 0)
		status = write_form(testing, "junit", &results, cg_suite_write_junit);
	if (status == 0)
		status = write_form(testing, "json", &results, cg_suite_write_json);
	if (status == 0 && !testing->is_quiet) {
		CG_CLEANUP(cg_text_done) struct cg_text text = { 0 };

		write_people(&results, &text);
		status = cg_out_print(&text);
	}
	return status ? status : cg_suite_count(&results, CG_SUITE_FAILED) ? CG_EXIT_NO : CG_EXIT_YES;
}

/* ---- the command */

static int read_all(struct testing *testing)
{
	int status = cg_cli_target(testing->args, &testing->target);

	if (status == 0)
		status = read_place(testing);
	if (status == 0)
		status = read_jobs(testing);
	if (status == 0)
		status = read_suite(testing);
	if (status == 0)
		status = find_folder(testing);
	return status ? status : read_profile(testing);
}

static void say_denial(const struct cg_suite_profile *profile, const struct cg_call *call, uint32_t action,
		       struct cg_text *text)
{
	struct cg_advice_profile subject = { profile->reference, profile->policy, profile->profile,
					     cg_cve_count_of_call };

	cg_advice_say_denial(&subject, call, action, text);
}

static int run_all(struct testing *testing)
{
	struct cg_suite_runner *runner = &testing->runner;
	const char *image = cg_args_get(testing->args, "image");
	uint64_t start = cg_clock_ms();
	struct cg_err err = { 0 };
	int r;

	runner->suite = &testing->suite;
	runner->profile = (struct cg_suite_profile){ .reference = cg_input_name(cg_text_get(&testing->reference)),
						     .policy = testing->input.policy,
						     .profile = testing->input.profile,
						     .say_denial = say_denial };
	runner->input = &testing->input;
	runner->target = &testing->target;
	runner->filter = testing->filter;
	runner->image = image ? image : testing->suite.image;
	runner->folder = testing->folder;
	runner->told = told;
	runner->outcomes = calloc(testing->suite.n_tests, sizeof(*runner->outcomes));
	testing->is_ready = calloc(testing->suite.n_tests, sizeof(*testing->is_ready));
	r = runner->outcomes && testing->is_ready ? cg_suite_run(runner, &err) : cg_err_memory(&err);
	if (r == -ECANCELED || r == -EINTR) {
		cg_cli_fail(&err);
		return CG_EXIT_CANNOT;
	}
	return r < 0 ? cg_cli_fail(&err) : tell(testing, cg_clock_ms() - start);
}

static int run(const struct cg_args *args)
{
	CG_CLEANUP(testing_done) struct testing testing = { .args = args };
	int n_standard, status;

	if (args->n_words != 1)
		return cg_cli_usage(args, args->n_words ? "one suite at a time" : "no suite");
	n_standard = is_standard(&testing, "tap") + is_standard(&testing, "junit") + cg_args_has(args, "json");
	if (n_standard > 1)
		return cg_cli_usage(args, "only one of --json, --tap - and --junit - can go to standard output");
	testing.is_quiet = n_standard > 0;
	status = read_all(&testing);
	return status ? status : run_all(&testing);
}

const struct cg_command cg_command_test = {
	.name = "test",
	.group = CG_GROUP_JUDGE,
	.summary = "run a suite of expectations against a profile",
	.synopsis = "SUITE [--profile PROFILE] [--in ENGINE] [--image IMAGE] [--tap FILE] [--junit FILE] [--json] "
		    "[--jobs N] [TARGET…]",
	.example = "callgate test suite.json --profile profile.json\n"
		   "callgate test @workspace --junit report.xml\n"
		   "callgate test @workspace --profile mine.json --in podman --image workspace:latest",
	.options =
		(const struct cg_option[]){
			{ "profile", 'p', "PROFILE", "test this profile, instead of the one that the suite names", 0 },
			{ "in", 0, "ENGINE", "where commands run: none (default: here), podman, docker, runc", 0,
			  "none podman docker runc" },
			{ "image", 0, "IMAGE", "for containers: an image, or the folder of a root file system", 0 },
			{ "tap", 0, "FILE", "write TAP there, - for standard output", 0 },
			{ "junit", 0, "FILE", "write JUnit's XML there, - for standard output", 0 },
			{ "json", 0, NULL, "one JSON document", 0 },
			{ "jobs", 'j', "N", "how many commands run at a time (default: one a CPU)", 0 },
			CG_CLI_TARGET_OPTIONS,
			{ NULL },
		},
	.run = run,
};
