/*
 * See suite_run.h. Each command has a worker (os/worker.h) and a folder of its own.
 */
#include "cli/suite_run.h"

#include "base/cleanup.h"
#include "cli/suite_work.h"
#include "os/file.h"
#include "os/spawn.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define SETUP "setup"
#define NOT_FOUND 127

struct jobs {
	struct cg_arena arena;
	struct cg_suite_job *items;
	struct cg_worker *workers;
	size_t n_items;
};

/* ---- before: what each job is given */

/* The path of a job's folder, as its command sees it. */
static char *folder_of(const struct cg_suite_job *job, struct cg_arena *arena, const char *name)
{
	return cg_arena_format(arena, "%s/%s", job->container ? CG_SUITE_MOUNT : job->runner->scratch, name);
}

static char *name_of(const struct cg_suite_job *job, struct cg_arena *arena)
{
	return job->test ? cg_arena_format(arena, "%zu", job->index + 1) : cg_arena_copy_text(arena, SETUP);
}

static bool is_same_name(const char *a, const char *b)
{
	size_t length = strcspn(a, "=");

	return strncmp(a, b, length + 1) == 0;
}

/* A later one of the same name takes its place. */
static void put_variable(char **list, size_t *n, char *variable)
{
	for (size_t i = 0; i < *n; i++)
		if (is_same_name(list[i], variable)) {
			list[i] = variable;
			return;
		}
	list[(*n)++] = variable;
}

/* Ours only: the folders, then the suite's, then the test's. NULL: no memory. */
static char **own_environment(const struct cg_suite_job *job, struct cg_arena *arena, size_t *ret_n)
{
	static const struct cg_suite_words none = { 0 };
	const struct cg_suite_words *of_suite = &job->runner->suite->environment;
	const struct cg_suite_words *of_test = job->test ? &job->test->environment : &none;
	char **list = cg_arena_alloc_array(arena, of_suite->n_items + of_test->n_items + 5, sizeof(*list));
	char *name = name_of(job, arena), *folder = name ? folder_of(job, arena, name) : NULL;
	char *setup = folder_of(job, arena, SETUP);
	size_t n = 0;

	if (!list || !folder || !setup)
		return NULL;
	list[n++] = cg_arena_format(arena, "HOME=%s", folder);
	list[n++] = cg_arena_format(arena, "TMPDIR=%s", folder);
	list[n++] = cg_arena_format(arena, "SUITE_SETUP=%s", setup);
	list[n++] = cg_arena_format(arena, "SUITE_FOLDER=%s", job->runner->folder);
	if (!list[0] || !list[1] || !list[2] || !list[3])
		return NULL;
	for (size_t i = 0; i < of_suite->n_items; i++)
		put_variable(list, &n, of_suite->items[i]);
	for (size_t i = 0; i < of_test->n_items; i++)
		put_variable(list, &n, of_test->items[i]);
	*ret_n = n;
	return list;
}

static char **whole_environment(char **own, size_t n_own, struct cg_arena *arena)
{
	size_t n = 0;
	char **list;

	while (environ[n])
		n++;
	list = cg_arena_alloc_array(arena, n + n_own + 1, sizeof(*list));
	if (!list)
		return NULL;
	memcpy(list, environ, n * sizeof(*list));
	for (size_t i = 0; i < n_own; i++)
		put_variable(list, &n, own[i]);
	return list;
}

static int make_container(struct cg_suite_job *job, char **own, size_t n_own, struct cg_arena *arena, struct cg_err *err)
{
	struct cg_suite_container container = { .name = job->container,
						.command = job->command,
						.environment = own,
						.n_environment = n_own,
						.is_confined = job->is_confined };

	container.folder = name_of(job, arena);
	if (!container.folder)
		return cg_err_memory(err);
	container.id_file = cg_arena_format(arena, "%s/%s.id", job->runner->scratch, container.folder);
	if (!container.id_file)
		return cg_err_memory(err);
	if (job->runner->place != CG_SUITE_IN_RUNC)
		job->id_file = container.id_file;
	job->environment = environ;
	return cg_suite_container_command(job->runner, &container, arena, &job->argv, err);
}

static int make_job(struct cg_suite_job *job, struct cg_worker *worker, struct cg_arena *arena, struct cg_err *err)
{
	const struct cg_suite_runner *runner = job->runner;
	char *name, *folder, **own;
	size_t n_own;

	if (runner->place != CG_SUITE_IN_NONE) {
		job->container = cg_arena_format(arena, "callgate-suite-%d-%zu", (int)getpid(),
						 job->test ? job->index + 1 : 0);
		if (!job->container)
			return cg_err_memory(err);
	}
	name = name_of(job, arena);
	folder = name ? cg_arena_format(arena, "%s/%s", runner->scratch, name) : NULL;
	own = own_environment(job, arena, &n_own);
	if (!folder || !own)
		return cg_err_memory(err);
	*worker = (struct cg_worker){ .work = cg_suite_work,
				      .context = job,
				      .folder = folder,
				      .input = job->test ? job->test->input : NULL,
				      .input_length = job->test ? job->test->input_length : 0,
				      .timeout_ms = job->test ? job->test->timeout_ms : runner->suite->timeout_ms };
	if (job->container)
		return make_container(job, own, n_own, arena, err);
	job->argv = job->command->items;
	job->environment = whole_environment(own, n_own, arena);
	return job->environment ? 0 : cg_err_memory(err);
}

/* The first of the commands that is not there, or NULL. In a container nobody knows. */
static const char *missing(const struct cg_suite_runner *runner, const struct cg_suite_words *needs)
{
	for (size_t i = 0; runner->place == CG_SUITE_IN_NONE && i < needs->n_items; i++) {
		char *path;

		if (cg_spawn_find(needs->items[i], &path, NULL) < 0)
			return needs->items[i];
		free(path);
	}
	return NULL;
}

/* ---- afterwards */

static void read_messages(const struct cg_worker *worker, struct cg_suite_denial *denials, struct cg_suite_seen *seen,
			  struct cg_suite_message *last)
{
	const struct cg_text *port = &worker->streams[CG_WORKER_PORT];

	for (size_t at = 0; at + sizeof(*last) <= port->length; at += sizeof(*last)) {
		memcpy(last, port->data + at, sizeof(*last));
		if (last->kind == CG_SUITE_MESSAGE_DENIED && denials && seen->n_denials < CG_SUITE_DENIALS_LIMIT) {
			denials[seen->n_denials++] = last->denial;
		} else if (last->kind == CG_SUITE_MESSAGE_BLIND) {
			seen->sees_denials = false;
		} else if (last->kind == CG_SUITE_MESSAGE_FAILED) {
			seen->failure = last->err.message;
		}
	}
}

/* Does the engine say that the image has no such command? runc has one status for all that goes wrong. */
static bool found_nothing(const struct cg_suite_runner *runner, const struct cg_worker *worker)
{
	if (runner->place != CG_SUITE_IN_RUNC)
		return worker->status == NOT_FOUND;
	return worker->status == 1 &&
	       strstr(cg_text_get(&worker->streams[CG_WORKER_ERRORS]), "executable file not found");
}

static int judge(struct cg_suite_job *job, const struct cg_worker *worker, struct cg_suite_outcome *outcome, struct cg_err *err)
{
	struct cg_suite_denial *denials = calloc(CG_SUITE_DENIALS_LIMIT, sizeof(*denials));
	struct cg_suite_seen seen = { .status = worker->status,
				      .has_timed_out = worker->has_timed_out,
				      .is_cut = worker->is_cut,
				      .streams = { &worker->streams[CG_WORKER_OUT], &worker->streams[CG_WORKER_ERRORS] },
				      .denials = denials,
				      .sees_denials = true };
	struct cg_suite_message last;
	int r;

	if (!denials)
		return cg_err_memory(err);
	seen.blindness = job->container ?
				 "what is denied in containers is told by eBPF, which cannot be used here or lost something" :
				 "nobody can listen here, as another listener does already, or the kernel knows no "
				 "notification";
	read_messages(worker, denials, &seen, &last);
	if (worker->err.code)
		seen.failure = worker->err.message;
	/* podman and docker have a status for their own failures. */
	if (job->container && job->runner->place != CG_SUITE_IN_RUNC && worker->status == CG_EXIT_NOT_STARTED)
		seen.failure = "the engine failed";
	outcome->took_ms = worker->took_ms;
	r = cg_suite_judge(job->test, &seen, &job->runner->profile, outcome, err);
	if (r == 0 && job->container && job->test->needs.n_items && found_nothing(job->runner, worker)) {
		outcome->verdict = CG_SUITE_SKIPPED;
		cg_text_clear(&outcome->reasons);
		cg_text_addf(&outcome->reasons, "the image lacks what this needs: %s\n", job->test->needs.items[0]);
	}
	free(denials);
	return r;
}

struct judging {
	struct jobs *jobs;
	struct cg_err *err;
	int result;
};

static void done(void *context, struct cg_worker *worker)
{
	struct judging *judging = context;
	struct cg_suite_job *job = worker->context;

	if (judging->result == 0)
		judging->result = judge(job, worker, &job->runner->outcomes[job->index], judging->err);
	if (judging->result == 0)
		job->runner->told(job->runner, job->index);
	/* What a container leaves behind is looked for below: only by its flag. */
	cg_worker_done(worker);
}

/* ---- all of it */

/* What it said last. */
static const char *last_words(const struct cg_worker *worker, char *line, size_t size)
{
	const char *text = cg_text_get(&worker->streams[CG_WORKER_ERRORS]);
	size_t length = strlen(text), start;

	while (length && text[length - 1] == '\n')
		length--;
	for (start = length; start && text[start - 1] != '\n'; start--)
		;
	snprintf(line, size, "%s%.*s", length ? ": " : "", (int)(length - start), text + start);
	return line;
}

static int judge_setup(struct cg_suite_runner *runner, const struct cg_worker *worker, bool is_probe,
		       struct cg_err *err)
{
	const char *what = is_probe ? runner->engine : "the suite's set-up";
	struct cg_suite_message last = { 0 };
	struct cg_suite_seen seen = { 0 };
	char line[400];

	if (worker->err.code)
		return cg_err_set(err, -ECANCELED, NULL, "%s: %s", what, worker->err.message);
	read_messages(worker, NULL, &seen, &last);
	if (seen.failure)
		return cg_err_set(err, -ECANCELED, NULL, "%s was not started: %s", what, seen.failure);
	/* An image need not have the command that asks whether it starts. */
	if (worker->status == 0 || (is_probe && found_nothing(runner, worker)))
		return 0;
	last_words(worker, line, sizeof(line));
	return cg_err_set(err, -ECANCELED, NULL, "%s %s%s", what,
			  worker->has_timed_out ? "did not end in time" :
			  is_probe              ? "cannot start a container here" :
						  "failed",
			  line);
}

/* Or a container that does nothing: if that cannot be started, it is no test's fault. */
static int run_setup(struct cg_suite_runner *runner, struct cg_err *err)
{
	static char *nothing[] = { (char *)"true", NULL };
	const struct cg_suite *suite = runner->suite;
	const struct cg_suite_words probe = { nothing, 1 };
	bool has_setup = suite->setup.n_items && !missing(runner, &suite->setup_needs);
	struct cg_suite_job job = { .runner = runner, .command = has_setup ? &suite->setup : &probe };
	CG_CLEANUP(cg_worker_done) struct cg_worker worker = { 0 };
	struct cg_arena arena = { 0 };
	int r;

	if (!has_setup && runner->place == CG_SUITE_IN_NONE)
		return 0;
	r = make_job(&job, &worker, &arena, err);
	if (r == 0)
		r = cg_workers_run(&worker, 1, 1, NULL, NULL, err);
	if (r == 0)
		r = judge_setup(runner, &worker, !has_setup, err);
	cg_arena_done(&arena);
	return r;
}

static int make_folder(const struct cg_suite_runner *runner, const char *name, struct cg_err *err)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/%s", runner->scratch, name);
	return cg_folder_make(path, err);
}

static int add_job(struct cg_suite_runner *runner, size_t index, struct jobs *jobs, struct cg_err *err)
{
	const struct cg_suite_test *test = &runner->suite->tests[index];
	struct cg_suite_outcome *outcome = &runner->outcomes[index];
	struct cg_suite_job *job = &jobs->items[jobs->n_items];
	const char *lacking = missing(runner, &test->needs);
	char name[32];
	int r;

	outcome->test = test;
	if (lacking) {
		outcome->verdict = CG_SUITE_SKIPPED;
		cg_text_addf(&outcome->reasons, "it needs %s, which is not here\n", lacking);
		runner->told(runner, index);
		return outcome->reasons.has_failed ? cg_err_memory(err) : 0;
	}
	snprintf(name, sizeof(name), "%zu", index + 1);
	*job = (struct cg_suite_job){ .runner = runner, .test = test, .index = index, .command = &test->run, .is_confined = true };
	r = make_folder(runner, name, err);
	if (r == 0)
		r = make_job(job, &jobs->workers[jobs->n_items], &jobs->arena, err);
	jobs->n_items += r == 0;
	return r;
}

/* Containers outlive the program that started them, when that is killed. */
static void remove_containers(struct cg_suite_runner *runner, struct jobs *jobs, bool is_interrupted)
{
	for (size_t i = 0; i < jobs->n_items; i++) {
		struct cg_suite_job *left = &jobs->items[i];
		struct cg_suite_job job = { .runner = runner, .environment = environ };
		struct cg_worker worker = { .work = cg_suite_work, .context = &job, .folder = runner->scratch, .timeout_ms = 30000 };

		if (!left->container || !(is_interrupted || jobs->workers[i].has_timed_out))
			continue;
		if (cg_suite_container_remove(runner, left->container, &jobs->arena, &job.argv, NULL) == 0)
			cg_workers_run(&worker, 1, 1, NULL, NULL, NULL);
		cg_worker_done(&worker);
	}
}

static int run_commands(struct cg_suite_runner *runner, struct cg_err *err)
{
	const struct cg_suite *suite = runner->suite;
	struct jobs jobs = { 0 };
	struct judging judging = { .jobs = &jobs, .err = err };
	int r = 0;

	jobs.items = calloc(suite->n_tests, sizeof(*jobs.items));
	jobs.workers = calloc(suite->n_tests, sizeof(*jobs.workers));
	if (!jobs.items || !jobs.workers)
		r = cg_err_memory(err);
	for (size_t i = 0; r == 0 && i < suite->n_tests; i++)
		if (suite->tests[i].run.n_items)
			r = add_job(runner, i, &jobs, err);
	if (r == 0)
		r = cg_workers_run(jobs.workers, jobs.n_items, runner->n_jobs, done, &judging, err);
	remove_containers(runner, &jobs, r == -EINTR);
	for (size_t i = 0; i < jobs.n_items; i++)
		cg_worker_done(&jobs.workers[i]);
	free(jobs.items);
	free(jobs.workers);
	cg_arena_done(&jobs.arena);
	return r < 0 ? r : judging.result;
}

static bool has_commands(const struct cg_suite *suite)
{
	for (size_t i = 0; i < suite->n_tests; i++)
		if (suite->tests[i].run.n_items)
			return true;
	return false;
}

static int ask(struct cg_suite_runner *runner, struct cg_err *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < runner->suite->n_tests; i++) {
		if (!runner->suite->tests[i].calls.n_items)
			continue;
		r = cg_suite_ask(&runner->suite->tests[i], &runner->profile, NULL, &runner->outcomes[i], err);
		if (r == 0)
			runner->told(runner, i);
	}
	return r;
}

int cg_suite_run(struct cg_suite_runner *runner, struct cg_err *err)
{
	CG_FREE char *scratch = NULL;
	int r = ask(runner, err);

	if (r < 0 || !has_commands(runner->suite))
		return r;
	r = cg_scratch_make(&scratch, err);
	if (r < 0)
		return r;
	runner->scratch = scratch;
	r = make_folder(runner, SETUP, err);
	if (r == 0 && runner->place != CG_SUITE_IN_NONE)
		r = cg_suite_container_prepare(runner, err);
	if (r == 0)
		r = run_setup(runner, err);
	if (r == 0)
		r = run_commands(runner, err);
	cg_scratch_remove(scratch);
	runner->scratch = NULL;
	return r;
}
