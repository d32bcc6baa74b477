/*
 * callgate why: what was denied last, and what can be done about it. For whoever is called at night.
 *
 * In: whom it is about, and where to look, or nothing: then everything is looked at that this machine has. Out: each
 * kind of violation with who made the call, what decided, what allowing it would open, and the edit of the profile,
 * which is shown and never made; where was looked, and what that cannot have shown.
 */
#include "base/cleanup.h"
#include "base/num.h"
#include "cli/commands.h"
#include "cli/why.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#define MAX_MOST 10000

struct asking {
	const struct cg_args *args;
	struct cg_target target;
	struct cg_why_scope scope;
	struct cg_why_events events;
	struct cg_why_sources sources;
	struct cg_why_request request;
	struct cg_why_judge judge;
	struct cg_why_judgement *judgements;
	size_t n_judged;
	uint64_t n_most;
};

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static int read_options(struct asking *asking)
{
	const struct cg_args *args = asking->args;
	const char *since = cg_args_get(args, "since"), *most = cg_args_get(args, "max"), *live = cg_args_get(args, "live");
	uint64_t ms, now = now_ns();
	int status = cg_cli_target(args, &asking->target);

	if (status)
		return status;
	if (args->n_words > 1 || (args->n_words == 1 && !cg_why_scope_of(args->words[0], &asking->scope)))
		return cg_cli_usage(args, "'%s' is no process: pid:PID, container:NAME, unit:NAME name one",
				    args->words[args->n_words - 1]);
	if (since && !cg_duration_parse(since, &ms))
		return cg_cli_usage(args, "--since takes a duration, as 1h or 2d, not '%s'", since);
	if (since)
		asking->events.since_ns = ms < now / 1000000 ? now - ms * 1000000 : 0;
	if (live && (!cg_duration_parse(live, &asking->request.live_ms) || asking->request.live_ms == 0))
		return cg_cli_usage(args, "--live takes a duration, as 30s, not '%s'", live);
	asking->n_most = CG_WHY_SHOWN;
	if (most && !cg_num_parse_decimal(most, 1, MAX_MOST, &asking->n_most))
		return cg_cli_usage(args, "--max takes a number from 1 to %d, not '%s'", MAX_MOST, most);
	asking->request.args = args;
	asking->request.history = cg_args_get(args, "history");
	asking->request.is_chosen = asking->request.history || asking->request.live_ms || cg_args_has(args, "log");
	return 0;
}

static int read_profile(struct asking *asking, struct cg_err *err)
{
	const char *reference = cg_cli_profile_reference(asking->args);
	int r;

	asking->judge.target = &asking->target;
	if (!reference)
		return 0;
	r = cg_proposal_open(reference, &asking->target, &asking->judge.original, err);
	if (r == 0)
		asking->judge.profile = asking->judge.original.name;
	return r;
}

static int judge(struct asking *asking, struct cg_err *err)
{
	size_t n = asking->events.kinds.n_items;
	int r = 0;

	if (n > asking->n_most)
		n = (size_t)asking->n_most;
	asking->judgements = calloc(n ? n : 1, sizeof(*asking->judgements));
	if (!asking->judgements)
		return cg_err_memory(err);
	for (; r == 0 && asking->n_judged < n; asking->n_judged++)
		r = cg_why_judge(&asking->judge, &asking->events.kinds.items[asking->n_judged],
				 &asking->judgements[asking->n_judged], err);
	return r;
}

static bool has_looked(const struct cg_why_sources *sources)
{
	for (size_t i = 0; i < sources->list.n_items; i++)
		if (sources->list.items[i].look == CG_WHY_LOOKED)
			return true;
	return false;
}

static int tell(const struct asking *asking)
{
	CG_CLEANUP(cg_text_done) struct cg_text text = { 0 };
	CG_CLEANUP(cg_text_done) struct cg_text machine = { 0 };
	struct cg_why_answer answer = { &asking->scope,	    &asking->events,  &asking->sources,	    asking->judgements,
					asking->n_judged, &machine, asking->judge.profile };
	int status;

	cg_why_say_machine(&asking->sources, &machine);
	if (cg_args_has(asking->args, "json"))
		cg_why_write_json(&answer, &text);
	else
		cg_why_say(&answer, &text);
	text.has_failed |= machine.has_failed;
	status = cg_out_print(&text);
	if (status != CG_EXIT_YES)
		return status;
	if (!has_looked(&asking->sources)) {
		cg_cli_say("nothing could be looked at: see the reasons above");
		return CG_EXIT_CANNOT;
	}
	return asking->events.kinds.n_items ? CG_EXIT_YES : CG_EXIT_NO;
}

static int ask(struct asking *asking)
{
	struct cg_err err = { 0 };
	int r;

	asking->events.scope = &asking->scope;
	r = read_profile(asking, &err);
	if (r == 0)
		r = cg_why_look(&asking->request, &asking->events, &asking->sources, &err);
	if (r == 0 && cg_why_group(&asking->events) < 0)
		r = cg_err_memory(&err);
	if (r == 0)
		r = judge(asking, &err);
	return r < 0 ? cg_cli_fail(&err) : tell(asking);
}

static int run(const struct cg_args *args)
{
	struct asking asking = { .args = args };
	int status = read_options(&asking);

	if (status == 0)
		status = ask(&asking);
	for (size_t i = 0; i < asking.n_judged; i++)
		cg_why_judgement_done(&asking.judgements[i]);
	free(asking.judgements);
	cg_proposal_done(&asking.judge.original);
	cg_why_events_done(&asking.events);
	cg_why_scope_done(&asking.scope);
	cg_vec_done(&asking.sources.list);
	return status;
}

const struct cg_command cg_command_why = {
	.name = "why",
	.group = CG_GROUP_WATCH,
	.summary = "say what was denied last, where, and what allowing it would open",
	.synopsis = "[pid:PID|container:NAME|unit:NAME] [--since 1h] [--profile P] [--history DB] [--log FILE] [--live 30s]",
	.example = "callgate why\n"
		   "callgate why container:web --since 1h --profile web.json\n"
		   "callgate why unit:nginx --live 30s\n"
		   "journalctl -k | callgate why --log -",
	.options =
		(const struct cg_option[]){
			{ "since", 0, "DURATION", "no further back than this: 90s, 10m, 1h, 2d", 0 },
			{ "profile", 'p', "PROFILE", "the profile in force: its lines, and the edit that would allow the call", 0 },
			{ "history", 0, "DB", "look at this monitor's history, and only at what is named", 0 },
			{ "log", 0, "FILE", "look at this log (audit.log, dmesg, journal, monitor's JSON); - is standard input",
			  CG_OPTION_REPEATS },
			{ "live", 0, "DURATION", "watch for so long, and look at nothing else unless named", 0 },
			{ "max", 0, "N", "kinds that are told, the newest first (10)", 0 },
			{ "json", 0, NULL, "write it as JSON", 0 },
			CG_CLI_TARGET_OPTIONS,
			{ NULL },
		},
	.run = run,
};
