/*
 * callgate generate: recordings, or a command at once, become a profile.
 *
 * In: recordings, or a command behind "--" that is recorded first. Out: a profile; with --explain why each call is
 * there, on standard output where the profile goes to a file, else on standard error. What the user should know is
 * said on standard error: warnings always, notes with --explain.
 */
#include "api/record.h"
#include "base/cleanup.h"
#include "cli/commands.h"
#include "cli/explanation.h"
#include "cli/from_history.h"
#include "cli/generate_forms.h"
#include "cli/input.h"
#include "draft/draft.h"
#include "learn/generate.h"
#include "learn/needs.h"
#include "learn/phase.h"
#include "os/file.h"
#include "os/output.h"
#include "profile/bundled.h"

#include <stdio.h>
#include <string.h>

#define BASES_MAX 16
#define MINUS_MAX 16

/* Words of an option that repeats, and has commas. */
struct words {
	CG_VEC(const char *) list;
};

/* What the command line asks for, and what was read for it. */
struct generating {
	const struct cg_args *args;
	const struct cg_form *form;
	struct cg_target target;
	struct cg_recording *recording;
	struct cg_summary summary;
	struct cg_coverage coverage;
	struct cg_generate_options options;
	enum cg_phase phase;
	struct cg_input inputs[BASES_MAX + MINUS_MAX + 1];
	struct cg_generate_base bases[BASES_MAX + MINUS_MAX + 1]; /* --base, --minus, --ceiling, in this order */
	size_t n_inputs;
	struct words without, allowed;
	struct cg_arena arena;
};

static const char *output_of(const struct cg_args *args)
{
	const char *path = cg_args_get(args, "output");

	return path ? path : "-";
}

static int read_recordings(struct generating *gen, struct cg_err *err)
{
	for (size_t i = 0; i < gen->args->n_before; i++) {
		CG_CLEANUP(cg_text_done) struct cg_text text = { 0 };
		const char *path = gen->args->words[i];
		const char *name = cg_input_name(path);
		struct cg_recording *read = NULL;
		int r = cg_file_read(path, CG_RECORDING_SIZE_LIMIT, &text, err);

		if (r == 0)
			r = cg_recording_read(name, cg_text_get(&text), text.length, &read, err);
		if (r == 0)
			r = cg_recording_merge(gen->recording, read, err);
		cg_recording_free(read);
		if (r < 0)
			return r;
	}
	return 0;
}

/* The machine on which all runs were made is the one that the profile is for; where they differ, this one. */
static const struct cg_arch *native_of(const struct generating *gen)
{
	const struct cg_arch *native = NULL;

	if (gen->target.n_arches)
		return gen->target.arches[0];
	for (size_t i = 0; i < gen->recording->runs.n_items; i++) {
		const char *machine = gen->recording->runs.items[i]->machine;
		const struct cg_arch *arch = machine ? cg_arch_find(machine) : NULL;

		if (!arch || (native && native != arch))
			return cg_arch_native();
		native = arch;
	}
	return native ? native : cg_arch_native();
}

/* A base is resolved for the native arch and for each recorded one that a filter can hold beside it. */
static void aim(struct generating *gen)
{
	struct cg_target *target = &gen->target;

	target->arch = gen->options.native;
	target->arches[0] = target->arch;
	target->n_arches = 1;
	for (size_t i = 0; i < gen->summary.calls.n_items; i++) {
		const struct cg_arch *arch = gen->summary.calls.items[i].call.arch;
		bool is_there = !arch || arch->is_big_endian != target->arch->is_big_endian;

		for (size_t k = 0; !is_there && k < target->n_arches; k++)
			is_there = target->arches[k] == arch;
		if (!is_there)
			target->arches[target->n_arches++] = arch;
	}
}

static int read_base_text(struct generating *gen, const struct cg_bundled *base, struct cg_input *input,
			  struct cg_err *err)
{
	int r = cg_profile_read(base->name, base->text, base->length, &gen->target, NULL, &input->profile, err);

	return r < 0 ? r : cg_profile_resolve(input->profile, &gen->target, NULL, &input->policy, err);
}

/* A runtime's name, @bundled, or a file. What is none of them was most likely meant as a runtime's name. */
static int read_base(struct generating *gen, const char *name, struct cg_input *input, struct cg_err *err)
{
	const struct cg_bundled *base = cg_base_find(name);
	const char *best = NULL;
	int r = base ? read_base_text(gen, base, input, err) : cg_input_read(name, &gen->target, input, err);

	for (size_t i = 0; r == -ENOENT && name[0] != '@' && i < cg_n_bases; i++)
		cg_word_keep_nearest(name, cg_bases[i].name, &best);
	if (best)
		return cg_err_set(err, r, name, "there is no such file and no such base; did you mean %s?", best);
	if (r == 0 && !input->policy)
		return cg_err_set(err, -EINVAL, name, "this profile applies no seccomp at all: it can be no base");
	return r;
}

/* All of one option: *ret_n of them, one behind the other. */
static int read_bases(struct generating *gen, const char *option, size_t most, size_t *ret_n, struct cg_err *err)
{
	const char *name;
	size_t n = 0;

	for (; (name = cg_args_get_nth(gen->args, option, n)); n++) {
		int r;

		if (n == most)
			return cg_err_set(err, -E2BIG, name, "--%s more than %zu times", option, most);
		r = read_base(gen, name, &gen->inputs[gen->n_inputs], err);
		if (r < 0)
			return r;
		gen->bases[gen->n_inputs] = (struct cg_generate_base){ name, gen->inputs[gen->n_inputs].policy };
		gen->n_inputs++;
	}
	*ret_n = n;
	return 0;
}

static int read_all_bases(struct generating *gen, struct cg_err *err)
{
	struct cg_generate_options *options = &gen->options;
	size_t n_ceilings = 0;
	int r = read_bases(gen, "base", BASES_MAX, &options->n_bases, err);

	if (r == 0)
		r = read_bases(gen, "minus", MINUS_MAX, &options->n_minus, err);
	if (r == 0)
		r = read_bases(gen, "ceiling", 1, &n_ceilings, err);
	options->bases = gen->bases;
	options->minus = gen->bases + options->n_bases;
	if (n_ceilings)
		options->ceiling = gen->bases + options->n_bases + options->n_minus;
	return r;
}

static void say_notes(const struct generating *gen, const struct cg_sketch *sketch)
{
	enum cg_severity least = cg_args_has(gen->args, "explain") ? CG_SEVERITY_NOTE : CG_SEVERITY_WARNING;

	for (size_t i = 0; i < sketch->notes.list.n_items; i++) {
		const struct cg_note *note = &sketch->notes.list.items[i];

		if (note->severity >= least)
			cg_cli_say("%s: %s [%s]", cg_severity_name(note->severity), note->message, note->rule);
	}
}

static int explain(const struct generating *gen, const struct cg_sketch *sketch)
{
	CG_CLEANUP(cg_text_done) struct cg_text text = { 0 };
	CG_CLEANUP(cg_text_done) struct cg_text counts = { 0 };
	int status = CG_EXIT_YES;

	say_notes(gen, sketch);
	if (cg_args_has(gen->args, "explain")) {
		cg_explanation_write(sketch, &gen->coverage, cg_args_has(gen->args, "json"), &text);
		if (strcmp(output_of(gen->args), "-") != 0)
			status = cg_out_print(&text);
		else
			fputs(cg_text_get(&text), stderr);
	}
	cg_explanation_count(sketch, &counts);
	cg_cli_say("%s", cg_text_get(&counts));
	return status;
}

static int write_profile(const struct generating *gen, const struct cg_sketch *sketch, struct cg_err *err)
{
	CG_CLEANUP(cg_text_done) struct cg_text text = { 0 };
	struct cg_writing writing = { .target = &gen->target, .sketch = sketch, .text = &text };
	int r = cg_draft_profile(sketch, output_of(gen->args), &writing.profile, err);

	if (r == 0)
		r = gen->form->write(&writing, err);
	if (r == 0 && text.has_failed)
		r = cg_err_memory(err);
	cg_profile_free(writing.profile);
	if (r < 0) {
		err->code = r;
		return cg_cli_fail(err);
	}
	return cg_out_write(output_of(gen->args), &text);
}

/* Of runs that do not say where start-up ends, every call is of both phases. */
static int keep_phase(struct generating *gen)
{
	size_t n_runs = gen->recording->runs.n_items, n_marked = cg_recording_n_marked(gen->recording);

	if (gen->phase == CG_PHASE_BOTH)
		return CG_EXIT_YES;
	if (n_marked == 0) {
		cg_cli_say("no run says where start-up ends: record with --phase (callgate-record(1))");
		return CG_EXIT_BAD_INPUT;
	}
	if (n_marked < n_runs)
		cg_cli_say("warning: %zu of %zu runs do not say where start-up ends: their calls are of both phases",
			   n_runs - n_marked, n_runs);
	cg_summary_keep_phase(&gen->summary, gen->phase);
	return CG_EXIT_YES;
}

/* A log that was imported may have the start in it, though it does not say what was run. */
static bool is_attached(const struct cg_run *run)
{
	return run->command.n_items == 0 && strncmp(run->backend, "import", strlen("import")) != 0;
}

static void warn_of_what_is_missing(const struct generating *gen)
{
	const struct cg_recording *recording = gen->recording;
	size_t n_attached = 0;

	if (gen->summary.calls.n_items == 0)
		cg_cli_say("warning: nothing was recorded: the profile holds what every process needs, and the bases");
	for (size_t i = 0; i < recording->runs.n_items; i++)
		n_attached += is_attached(recording->runs.items[i]);
	/* One of serving alone is not meant to start anything. */
	if (n_attached && n_attached == recording->runs.n_items && gen->phase != CG_PHASE_SERVING)
		cg_cli_say("warning: every run was attached to while the program ran: what its start needs may be missing; "
			   "add a recording from its first instruction on (callgate record -- CMD)");
}

static int generate(struct generating *gen)
{
	struct cg_sketch sketch = { 0 };
	struct cg_err err = { 0 };
	int status;

	if (cg_recording_summarise(gen->recording, &gen->summary) < 0 ||
	    cg_coverage_measure(gen->recording, &gen->coverage) < 0)
		cg_err_memory(&err);
	if (!err.code && keep_phase(gen) != CG_EXIT_YES)
		return CG_EXIT_BAD_INPUT;
	gen->options.native = native_of(gen);
	gen->options.n_runs = gen->recording->runs.n_items;
	aim(gen);
	if (err.code || read_all_bases(gen, &err) < 0 || cg_generate(&gen->summary, &gen->options, &sketch, &err) < 0)
		return cg_cli_fail(&err);
	warn_of_what_is_missing(gen);
	status = write_profile(gen, &sketch, &err);
	if (status == CG_EXIT_YES)
		status = explain(gen, &sketch);
	cg_sketch_done(&sketch);
	return status;
}

static void say_remarks(const struct cg_recording *recording)
{
	for (size_t i = 0; i < recording->runs.n_items; i++)
		for (size_t k = 0; k < recording->runs.items[i]->remarks.n_items; k++)
			cg_cli_say("note: %s", recording->runs.items[i]->remarks.items[k]);
}

/* Records the command first. What it did is kept whatever its end; signals wait until the profile is written. */
static int generate_from_command(struct generating *gen)
{
	struct cg_recording *recorded = NULL;
	struct cg_signals signals;
	struct cg_record_options options = { .argv = gen->args->words + gen->args->n_before, .signals = &signals };
	struct cg_err err = { 0 };
	int command_status = 0, lent = -1, r;
	int status = CG_EXIT_BAD_INPUT;

	if (cg_output_can(output_of(gen->args), &err) < 0 || cg_signals_begin(&signals, &err) < 0) {
		cg_cli_fail(&err);
		return CG_EXIT_CANNOT;
	}
	/* The profile goes there: what the command prints must not stand in it. */
	if (strcmp(output_of(gen->args), "-") == 0)
		lent = cg_output_lend();
	r = cg_record(&options, &recorded, &command_status, &err);
	cg_output_return(lent);
	if (r != 0 || cg_recording_merge(gen->recording, recorded, &err) < 0) {
		status = cg_cli_fail(&err);
	} else {
		say_remarks(recorded);
		if (command_status)
			cg_cli_say(
				"warning: the command ended with status %d; the profile covers what it did until then",
				command_status);
		status = generate(gen);
	}
	cg_recording_free(recorded);
	cg_signals_end(&signals);
	return status;
}

/* --without A,B --without C */
static int read_words(struct generating *gen, const char *option, struct words *words)
{
	const char *given;

	for (size_t i = 0; (given = cg_args_get_nth(gen->args, option, i)); i++) {
		char *copy = cg_arena_copy_text(&gen->arena, given), *word;

		while (copy && (word = strsep(&copy, ",")))
			if (cg_vec_push(&words->list, word) < 0)
				return cg_cli_usage(gen->args, "out of memory");
	}
	return CG_EXIT_YES;
}

static int read_sets(struct generating *gen)
{
	struct cg_generate_options *options = &gen->options;
	int status = read_words(gen, "without", &gen->without);

	if (status == CG_EXIT_YES)
		status = read_words(gen, "allow", &gen->allowed);
	options->without = gen->without.list.items;
	options->n_without = gen->without.list.n_items;
	options->allowed = gen->allowed.list.items;
	options->n_allowed = gen->allowed.list.n_items;
	if (options->n_allowed && !cg_args_has(gen->args, "ceiling"))
		return cg_cli_usage(gen->args, "--allow is for calls above a --ceiling");
	return status;
}

static int read_options(struct generating *gen)
{
	const struct cg_args *args = gen->args;
	const char *mode = cg_args_get(args, "args"), *action = cg_args_get(args, "default");
	const char *format = cg_args_get(args, "format"), *phase = cg_args_get(args, "phase");
	int status = cg_cli_target(args, &gen->target);

	if (status)
		return status;
	if (mode && !cg_generate_args_find(mode, &gen->options.args))
		return cg_cli_usage(args, "--args takes none, safe or strict, not '%s'", mode);
	if (action && !cg_generate_default_find(action, &gen->options.default_kind))
		return cg_cli_usage(args, "--default takes enosys, eperm, kill or log, not '%s'", action);
	if (phase && !cg_phase_find(phase, &gen->phase))
		return cg_cli_usage(args, "--phase takes startup, serving or both, not '%s'", phase);
	if (gen->phase != CG_PHASE_BOTH && args->n_words > args->n_before)
		return cg_cli_usage(args, "--phase is for recordings made with record --phase, not for a command");
	gen->form = cg_form_find(format);
	if (!gen->form)
		return cg_form_usage(args, format);
	if (args->n_words == 0)
		return cg_cli_usage(args, "recordings are needed, or -- and a command");
	return read_sets(gen);
}

static int from_history(const struct cg_args *args)
{
	struct cg_target target;
	int status = cg_cli_target(args, &target);

	return status ? status : cg_generate_from_history(args, &target);
}

/* Options of --from-history alone. */
static int refuse_strays(const struct cg_args *args)
{
	static const char *const options[] = { "since", "container", "unit", "call" };

	for (size_t i = 0; i < CG_N_ITEMS(options); i++)
		if (cg_args_has(args, options[i]))
			return cg_cli_usage(args, "--%s is for --from-history", options[i]);
	return CG_EXIT_YES;
}

static int generate_from_words(const struct cg_args *args)
{
	struct generating gen = { .args = args, .recording = cg_recording_new() };
	struct cg_err err = { 0 };
	int status = read_options(&gen);

	if (!gen.recording)
		cg_err_memory(&err);
	if (status == CG_EXIT_YES && (err.code || read_recordings(&gen, &err) < 0))
		status = cg_cli_fail(&err);
	if (status == CG_EXIT_YES)
		status = args->n_words > args->n_before ? generate_from_command(&gen) : generate(&gen);

	for (size_t i = 0; i < CG_N_ITEMS(gen.inputs); i++)
		cg_input_done(&gen.inputs[i]);
	cg_vec_done(&gen.without.list);
	cg_vec_done(&gen.allowed.list);
	cg_arena_done(&gen.arena);
	cg_summary_done(&gen.summary);
	cg_coverage_done(&gen.coverage);
	cg_recording_free(gen.recording);
	return status;
}

static int run(const struct cg_args *args)
{
	int status;

	if (cg_args_has(args, "from-history"))
		return from_history(args);
	status = refuse_strays(args);
	return status ? status : generate_from_words(args);
}

const struct cg_command cg_command_generate = {
	.name = "generate",
	.group = CG_GROUP_LEARN,
	.summary = "turn recordings (or a command, at once) into a profile",
	.synopsis = "(REC.json… | -- CMD… | --from-history --base PROFILE) [-o PROFILE.json] [--base BASE] [OPTION…]",
	.example = "callgate generate python.json git.json --args safe -o profile.json\n"
		   "callgate generate -o profile.json -- ./app --self-test\n"
		   "callgate generate app.json --base runc --explain -o profile.json\n"
		   "callgate generate --from-history --since 1h --container web --base web.json",
	.options =
		(const struct cg_option[]){
			{ "output", 'o', "FILE", "where the profile goes; - (default) is standard output", 0 },
			{ "base", 0, "BASE", "add what this needs: runc, runc-nnp, crun, crun-nnp, @bundled, a profile",
			  CG_OPTION_REPEATS },
			{ "minus", 0, "BASE", "leave out what this allows already", CG_OPTION_REPEATS },
			{ "ceiling", 0, "BASE", "allow nothing that this denies: @container-default, a profile", 0 },
			{ "allow", 0, "CALLS", "calls for which the ceiling does not hold; with --from-history: of critical risk",
			  CG_OPTION_REPEATS },
			{ "args", 0, "HOW", "hold arguments to the values seen: none (default), safe, strict", 0,
			  "none safe strict" },
			{ "default", 0, "ACTION", "for the rest: enosys (default), eperm, kill, log", 0,
			  "enosys eperm kill log" },
			{ "without", 0, "SETS",
			  "leave out what was not seen: libc,successors,clone3,dangerous,… or single calls",
			  CG_OPTION_REPEATS },
			{ "phase", 0, "PHASE", "only what this phase needs: startup, serving, both (default)", 0,
			  "startup serving both" },
			{ "from-history", 0, "DB", "propose, as a diff of --base, what stops a monitor's violations",
			  CG_OPTION_MAY_BE_BARE },
			{ "since", 0, "DURATION", "with --from-history: no further back than this: 1h, 2d", 0 },
			{ "container", 0, "NAME", "with --from-history: of this container", 0 },
			{ "unit", 0, "NAME", "with --from-history: of this unit", 0 },
			{ "call", 0, "CALL", "with --from-history: of this call", CG_OPTION_REPEATS },
			{ "explain", 0, NULL, "say of each call why it is there", 0 },
			{ "json", 0, NULL, "with --explain, --from-history: as JSON", 0 },
			{ "format", 0, "FORM", "docker (default), oci (no comments), systemd, k8s, policy (text), c (a filter)", 0,
			  CG_FORM_WORDS },
			{ "arch", 0, "ARCH", "the machine that the profile is for, instead of the recorded one", 0 },
			{ "caps", 0, "LIST", "capabilities of the container, for a base that asks for them", 0 },
			{ NULL },
		},
	.run = run,
};
