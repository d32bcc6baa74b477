/*
 * callgate shim: a program on our libseccomp.so.2, and what it loads.
 *
 * In: a command. Out: its own output and exit status; then, on standard error or in a file, each filter that it has put
 * into the kernel through the library. The library tells it by memory that both share (os/shim.h).
 */
#include "abi/action.h"
#include "abi/syscalls.h"
#include "base/cleanup.h"
#include "check/check.h"
#include "cli/answers.h"
#include "cli/commands.h"
#include "cli/shim_library.h"
#include "gate/gate.h"
#include "os/job.h"
#include "os/seccomp.h"
#include "os/shim.h"
#include "os/spawn.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define NOT_EXECUTABLE 126
#define NOT_FOUND 127
#define VARIABLES_LIMIT 2
#define NUMBER_OF_NO_CALL 0x3fffffffU /* the last that is no x32 number */

struct shim {
	const struct cg_args *args;
	struct cg_shim_log *log;
	char *path, *folder;
	struct cg_text variables[VARIABLES_LIMIT]; /* NAME=VALUE */
	char **environment;
	int status;
};

static void shim_done(struct shim *shim)
{
	free(shim->path);
	free(shim->folder);
	free(shim->environment);
	for (size_t i = 0; i < VARIABLES_LIMIT; i++)
		cg_text_done(&shim->variables[i]);
}

static void free_meanings(struct cg_meanings **meanings)
{
	cg_meanings_free(*meanings);
}

/* ---- running the command */

static bool is_of(const char *variable, const char *name)
{
	size_t length = strlen(name);

	return strncmp(variable, name, length) == 0 && variable[length] == '=';
}

/* Ours goes before what LD_LIBRARY_PATH has already. */
static int make_environment(struct shim *shim, const char *log)
{
	const char *path = getenv("LD_LIBRARY_PATH");
	size_t n = 0, n_kept = 0;

	cg_text_addf(&shim->variables[0], "LD_LIBRARY_PATH=%s%s%s", shim->folder, path && *path ? ":" : "",
		     path ? path : "");
	cg_text_addf(&shim->variables[1], "%s=%s", CG_SHIM_VARIABLE, log);
	while (environ[n])
		n++;
	shim->environment = calloc(n + VARIABLES_LIMIT + 1, sizeof(*shim->environment));
	if (!shim->environment || shim->variables[0].has_failed || shim->variables[1].has_failed)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		if (!is_of(environ[i], "LD_LIBRARY_PATH") && !is_of(environ[i], CG_SHIM_VARIABLE))
			shim->environment[n_kept++] = environ[i];
	for (size_t i = 0; i < VARIABLES_LIMIT; i++)
		shim->environment[n_kept++] = (char *)cg_text_get(&shim->variables[i]);
	return 0;
}

/* Beside the command: nobody listens, so all there is to do is to wait. */
static void keep(void *context, struct cg_job *job)
{
	const struct shim *shim = context;
	struct cg_launch launch = { .path = shim->path, .argv = shim->args->words, .environment = shim->environment,
				    .keeps_privs = true, .signals = &job->signals };
	enum cg_launch_stage stage;
	struct cg_job_event event;
	struct cg_err err = { 0 };
	int listener;
	pid_t pid;

	if (cg_launch_child(&launch, &pid, &listener, &stage, &err) < 0) {
		cg_job_tell_failure(job, stage, &err);
		return;
	}
	cg_job_tell_start(job, pid);
	do {
		if (cg_job_wait(job, -1, &event) < 0)
			return;
	} while (event.kind != CG_JOB_ENDED);
	cg_job_tell_end(job, event.status, false);
}

static int run_command(struct shim *shim)
{
	enum cg_launch_stage stage = CG_LAUNCH_LOADING;
	struct cg_err err = { 0 };
	int r = cg_job_run(keep, shim, &shim->status, &stage, &err);

	if (r == 0)
		return 0;
	cg_cli_fail(&err);
	if (stage != CG_LAUNCH_EXECUTING)
		return CG_EXIT_NOT_STARTED;
	return r == -ENOENT ? NOT_FOUND : NOT_EXECUTABLE;
}

/* ---- what was loaded */

static const struct {
	unsigned int flag;
	const char *name;
} flag_names[] = {
	{ CG_SECCOMP_TSYNC, "tsync" },
	{ CG_SECCOMP_LOG, "log" },
	{ CG_SECCOMP_SPEC_ALLOW, "spec_allow" },
	{ CG_SECCOMP_NEW_LISTENER, "new_listener" },
	{ CG_SECCOMP_TSYNC_ESRCH, "tsync_esrch" },
	{ CG_SECCOMP_WAIT_KILLABLE_RECV, "wait_killable_recv" },
};

static const char *proof_name(unsigned int proof)
{
	return proof == CG_PROOF_PROVEN ? "proven" : proof == CG_PROOF_SIMULATED ? "simulated" : "none";
}

/* What one filter says on this machine's architecture. */
struct said {
	uint32_t other; /* what a number that no rule names gets */
	bool is_counted;
	struct cg_answers answers;
	size_t n_allowed;
};

static struct said say_of(const struct cg_filter *filter)
{
	CG_CLEANUP(free_meanings) struct cg_meanings *meanings = cg_meanings_new(NULL);
	const struct cg_call call = { .arch = cg_arch_native()->token, .nr = NUMBER_OF_NO_CALL };
	struct said said = { 0 };
	uint32_t root;

	said.other = cg_filter_run(filter, &call, NULL);
	if (!meanings || cg_meaning_of_filter(meanings, filter, &root, NULL) < 0)
		return said;
	said.is_counted = true;
	said.answers = cg_answers_count(meanings, root, cg_arch_native());
	for (size_t i = 0; i < cg_n_actions; i++)
		if (!cg_actions[i].is_denial && cg_actions[i].value != CG_ACTION_TRACE &&
		    cg_actions[i].value != CG_ACTION_NOTIFY)
			said.n_allowed += said.answers.n_by_action[i];
	return said;
}

static void write_line(const struct cg_shim_entry *entry, struct cg_text *text)
{
	struct said said = say_of(&entry->filter);
	bool has_flag = false;

	cg_text_addf(text, "callgate: %s", entry->name);
	if (entry->pid)
		cg_text_addf(text, " (process %d)", (int)entry->pid);
	cg_text_add(text, entry->code == 0 ? " loaded a filter" : entry->code < 0 ? " could not load a filter" :
										     " ended while it loaded a filter");
	if (entry->ms != UINT64_MAX)
		cg_text_addf(text, " at %u.%03u s", (unsigned int)(entry->ms / 1000), (unsigned int)(entry->ms % 1000));
	else
		cg_text_add(text, " under one that it had loaded before");
	if (entry->code < 0)
		cg_text_addf(text, " (%s)", strerror(-entry->code));
	cg_text_addf(text, ": %zu instructions", entry->filter.n_insns);
	for (size_t i = 0; i < CG_N_ITEMS(flag_names); i++) {
		if (!(entry->flags & flag_names[i].flag))
			continue;
		cg_text_addf(text, "%s%s", has_flag ? " " : ", flags ", flag_names[i].name);
		has_flag = true;
	}
	cg_text_add(text, "; ");
	if (said.is_counted) {
		cg_text_addf(text, "%zu of %zu calls of %s allowed, ", said.n_allowed,
			     cg_syscall_count(cg_arch_native()), cg_arch_native()->name);
		if (said.answers.n_by_argument)
			cg_text_addf(text, "%zu by argument, ", said.answers.n_by_argument);
	}
	cg_text_add(text, "a call that no rule names gets ");
	cg_action_format(text, said.other);
	cg_text_add(text, entry->proof == CG_PROOF_PROVEN    ? "; proven\n" :
			  entry->proof == CG_PROOF_SIMULATED ? "; asked at every boundary, as the proof did not end\n" :
							       "; not proven\n");
}

static void write_object(const struct cg_shim_entry *entry, struct cg_json_writer *json)
{
	CG_CLEANUP(cg_text_done) struct cg_text other = { 0 };
	struct said said = say_of(&entry->filter);

	cg_action_format(&other, said.other);
	cg_json_open_object(json, NULL);
	cg_json_string(json, "program", entry->name);
	if (entry->pid)
		cg_json_u64(json, "pid", (uint64_t)entry->pid);
	if (entry->ms != UINT64_MAX)
		cg_json_u64(json, "milliseconds", entry->ms);
	cg_json_string(json, "result", entry->code == 0 ? "loaded" : entry->code < 0 ? "refused" : "ended");
	if (entry->code < 0)
		cg_json_string(json, "error", strerror(-entry->code));
	cg_json_u64(json, "instructions", entry->filter.n_insns);
	cg_json_open_array(json, "flags");
	for (size_t i = 0; i < CG_N_ITEMS(flag_names); i++)
		if (entry->flags & flag_names[i].flag)
			cg_json_string(json, NULL, flag_names[i].name);
	cg_json_close_array(json);
	cg_json_string(json, "architecture", cg_arch_native()->name);
	cg_json_string(json, "default", cg_text_get(&other));
	if (said.is_counted) {
		cg_json_u64(json, "allowed", said.n_allowed);
		cg_json_u64(json, "by_argument", said.answers.n_by_argument);
	}
	cg_json_string(json, "proof", proof_name(entry->proof));
	cg_json_close_object(json);
}

/* Nothing was loaded: why, as far as can be told. */
static void write_nothing(const struct shim *shim, struct cg_text *text)
{
	const char *obstacle = cg_shim_library_obstacle(shim->path);

	if (cg_shim_n_attached(shim->log))
		cg_text_addf(text, "callgate: loaded nothing: %s took up the library and loaded no filter with it\n",
			     shim->args->words[0]);
	else if (obstacle)
		cg_text_addf(text, "callgate: loaded nothing: %s %s\n", shim->path, obstacle);
	else
		cg_text_addf(text, "callgate: loaded nothing: no program that ran here uses libseccomp.so.2, as far as "
				   "could be seen\n");
}

static void write_text(const struct shim *shim, struct cg_text *text)
{
	struct cg_shim_entry entry;
	size_t offset = 0;

	while (cg_shim_next(shim->log, &offset, &entry))
		write_line(&entry, text);
	if (offset == 0)
		write_nothing(shim, text);
	if (cg_shim_n_lost(shim->log))
		cg_text_addf(text, "callgate: %llu more were loaded than there was room for\n",
			     (unsigned long long)cg_shim_n_lost(shim->log));
}

static void write_json(const struct shim *shim, struct cg_text *text)
{
	const char *obstacle = cg_shim_library_obstacle(shim->path);
	struct cg_json_writer json = { .text = text };
	struct cg_shim_entry entry;
	size_t offset = 0;

	cg_json_open_object(&json, NULL);
	cg_json_string(&json, "library", shim->folder);
	cg_json_u64(&json, "processes", cg_shim_n_attached(shim->log));
	if (obstacle)
		cg_json_string(&json, "obstacle", obstacle);
	cg_json_u64(&json, "lost", cg_shim_n_lost(shim->log));
	cg_json_open_array(&json, "filters");
	while (cg_shim_next(shim->log, &offset, &entry))
		write_object(&entry, &json);
	cg_json_close_array(&json);
	cg_json_close_object(&json);
	cg_text_add_char(text, '\n');
}

/* To standard error, where what the command prints is not in the way. */
static int report(const struct shim *shim)
{
	CG_CLEANUP(cg_text_done) struct cg_text text = { 0 };
	const char *file = cg_args_get(shim->args, "output");

	if (cg_args_has(shim->args, "json"))
		write_json(shim, &text);
	else
		write_text(shim, &text);
	if (file)
		return cg_out_write(file, &text);
	fputs(cg_text_get(&text), stderr);
	return 0;
}

static int find_command(struct shim *shim)
{
	struct cg_err err = { 0 };
	int r = cg_spawn_find(shim->args->words[0], &shim->path, &err);

	if (r == 0)
		return 0;
	cg_cli_fail(&err);
	return r == -ENOENT ? NOT_FOUND : r == -ENOMEM ? CG_EXIT_NOT_STARTED : NOT_EXECUTABLE;
}

static int prepare(struct shim *shim)
{
	const char *folder = cg_args_get(shim->args, "library");
	struct cg_err err = { 0 };
	char log[64];
	int r = 0;

	if (!folder)
		r = cg_shim_library_find(&shim->folder, &err);
	else if (!(shim->folder = strdup(folder)))
		r = cg_err_memory(&err);
	if (r == 0)
		r = cg_shim_open(&shim->log, log, sizeof(log), &err);
	if (r == 0 && make_environment(shim, log) < 0)
		r = cg_err_memory(&err);
	if (r == 0)
		return 0;
	cg_cli_fail(&err);
	return CG_EXIT_NOT_STARTED;
}

static int run(const struct cg_args *args)
{
	CG_CLEANUP(shim_done) struct shim shim = { .args = args };
	int status;

	if (args->n_words == 0) {
		cg_cli_usage(args, "no command to run");
		return CG_EXIT_NOT_STARTED;
	}
	status = prepare(&shim);
	if (status == 0)
		status = find_command(&shim);
	if (status == 0)
		status = run_command(&shim);
	if (status != 0)
		return status;
	report(&shim);
	return shim.status;
}

const struct cg_command cg_command_shim = {
	.name = "shim",
	.group = CG_GROUP_USE,
	.summary = "run a program on callgate's libseccomp.so.2, and say what it loads",
	.synopsis = "[-o FILE] [--json] [--library DIR] [--] COMMAND…",
	.example = "callgate shim -- man ls\n"
		   "callgate shim --json -o filters.json -- apt-get -o APT::Sandbox::Seccomp=true update",
	.options =
		(const struct cg_option[]){
			{ "output", 'o', "FILE", "write what was loaded to FILE, not to standard error", 0 },
			{ "json", 0, NULL, "write it as JSON", 0 },
			{ "library", 0, "DIR", "the folder of libseccomp.so.2, instead of the one that came with callgate", 0 },
			{ NULL },
		},
	.takes_command = true,
	.run = run,
};
