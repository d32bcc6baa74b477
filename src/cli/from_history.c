/*
 * See from_history.h.
 *
 * In: a history, which of its violations are meant, a profile. Out: a diff of the profile, and for each line of it which
 * call it allows, how often that was stopped, and its risk. Nothing is applied: -o writes the new profile elsewhere.
 * Calls are held to the operation that was seen; a call of critical risk is allowed only by its name in --allow.
 */
#include "cli/from_history.h"

#include "abi/syscalls.h"
#include "base/cleanup.h"
#include "base/instant.h"
#include "cli/proposal.h"
#include "history/history.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define WISHES_LIMIT 1000 /* changes in one proposal */

/* Calls that were stopped, and are one change. */
struct wish {
	struct cg_advice_wish wish; /* name NULL: the number has none */
	struct cg_call call;        /* the first that was seen */
	bool has_args;
	uint32_t action;
	uint64_t n;
	struct cg_advice_risk risk;
	const char *left_out; /* why; NULL: it is part of the proposal */
	bool is_there;        /* the profile allows it already */
};

struct proposing {
	const struct cg_args *args;
	const char *history;
	uint64_t since_ns;
	CG_VEC(struct wish) wishes;
	uint64_t n_beyond; /* of kinds beyond WISHES_LIMIT */
	struct cg_history_sum sum;
	struct cg_proposal proposal;
	struct cg_arena arena;
	struct cg_text diff, cves;
};

/* ---- what was stopped */

static bool is_same(const struct wish *wish, const struct cg_advice_wish *other, const struct cg_call *call)
{
	const struct cg_comparison *a = &wish->wish.comparison, *b = &other->comparison;

	if (!wish->wish.name || !other->name)
		return !wish->wish.name && !other->name && wish->call.arch == call->arch && wish->call.nr == call->nr;
	return wish->wish.name == other->name && wish->wish.is_held == other->is_held &&
	       (!other->is_held || (a->arg == b->arg && a->op == b->op && a->value == b->value && a->mask == b->mask));
}

static int keep_violation(void *context, const struct cg_violation *violation)
{
	struct proposing *proposing = context;
	struct cg_advice_wish wish = { 0 };
	struct wish item;

	cg_advice_wish_of(&violation->call, violation->has_args, &wish);
	for (size_t i = 0; i < proposing->wishes.n_items; i++) {
		if (is_same(&proposing->wishes.items[i], &wish, &violation->call)) {
			proposing->wishes.items[i].n += violation->n;
			return 0;
		}
	}
	if (proposing->wishes.n_items == WISHES_LIMIT) {
		proposing->n_beyond += violation->n;
		return 0;
	}
	item = (struct wish){ .wish = wish, .call = violation->call, .has_args = violation->has_args,
			      .action = violation->action, .n = violation->n, .risk = { .reason = "" },
			      .left_out = wish.name ? NULL : "the number has no name" };
	if (wish.name)
		item.risk = cg_advice_risk_of(&wish);
	return cg_vec_push(&proposing->wishes, item);
}

static int ask_history(struct proposing *proposing, struct cg_err *err)
{
	const struct cg_args *args = proposing->args;
	struct cg_history_question question = { .since_ns = proposing->since_ns,
						.container = cg_args_get(args, "container"),
						.unit = cg_args_get(args, "unit"),
						.newest_first = true,
						.unique = true };
	struct cg_history *history = NULL;
	int r = cg_history_open_to_read(proposing->history, &history, err);

	if (r < 0)
		return r;
	for (size_t i = 0; r == 0 && ((question.call = cg_args_get_nth(args, "call", i)) || i == 0); i++)
		r = cg_history_ask(history, &question, keep_violation, proposing, err);
	question = (struct cg_history_question){ .since_ns = proposing->since_ns };
	if (r == 0)
		r = cg_history_sum(history, &question, &proposing->sum, err);
	cg_history_close(history);
	return r;
}

/* ---- what is proposed */

/* --allow A,B --allow C: by name. */
static bool is_allowed(const struct cg_args *args, const char *name)
{
	const char *list;

	for (size_t i = 0; (list = cg_args_get_nth(args, "allow", i)); i++)
		for (size_t length; *list; list += length + (list[length] == ',')) {
			length = strcspn(list, ",");
			if (strlen(name) == length && strncmp(list, name, length) == 0)
				return true;
		}
	return false;
}

/* The riskiest first, so that they are read; then by name. */
static int by_risk(const void *left, const void *right)
{
	const struct wish *a = left, *b = right;
	int order;

	if (a->risk.tier != b->risk.tier)
		return a->risk.tier > b->risk.tier ? -1 : 1;
	order = strcmp(a->wish.name ? a->wish.name : "", b->wish.name ? b->wish.name : "");
	if (order == 0 && a->wish.comparison.value != b->wish.comparison.value)
		order = a->wish.comparison.value < b->wish.comparison.value ? -1 : 1;
	return order;
}

static int propose_one(struct proposing *proposing, struct wish *wish, struct cg_err *err)
{
	struct cg_err why = { 0 };
	size_t n_before = proposing->proposal.n_edits;
	int r;

	if (wish->left_out)
		return 0;
	if (wish->risk.tier == CG_TIER_CRITICAL && !is_allowed(proposing->args, wish->wish.name)) {
		wish->left_out = cg_arena_format(&proposing->arena, "of critical risk: only --allow %s takes it in", wish->wish.name);
		return wish->left_out ? 0 : cg_err_memory(err);
	}
	r = cg_proposal_allow(&proposing->proposal, &wish->wish, &wish->call, wish->has_args, wish->action, &why);
	if (r < 0) {
		*err = why;
		return r;
	}
	wish->is_there = r == 0 && proposing->proposal.n_edits == n_before;
	if (r == 1)
		wish->left_out = cg_arena_copy_text(&proposing->arena, why.message);
	else if (wish->is_there)
		wish->left_out = "the profile allows it already: another was in force";
	return wish->left_out || r == 0 ? 0 : cg_err_memory(err);
}

static int propose(struct proposing *proposing, struct cg_err *err)
{
	int r = 0;

	if (proposing->wishes.n_items)
		qsort(proposing->wishes.items, proposing->wishes.n_items, sizeof(*proposing->wishes.items), by_risk);
	for (size_t i = 0; r == 0 && i < proposing->wishes.n_items; i++)
		r = propose_one(proposing, &proposing->wishes.items[i], err);
	if (r == 0 && proposing->proposal.n_edits &&
	    (cg_proposal_opened(&proposing->proposal, &proposing->cves) < 0 ||
	     cg_proposal_diff(&proposing->proposal, &proposing->diff) < 0))
		r = cg_err_memory(err);
	return r;
}

/* ---- telling it */

static void say_wish(struct cg_text *text, const struct wish *wish)
{
	size_t start = text->length;

	cg_text_addf(text, "#   %" PRIu64 "x", wish->n);
	cg_text_pad(text, start, 12);
	cg_text_add(text, cg_tier_name(wish->risk.tier));
	cg_text_pad(text, start, 22);
	if (wish->wish.name)
		cg_advice_wish_say(&wish->wish, text);
	else
		cg_text_addf(text, "0x%" PRIx32 ":%" PRIu32, wish->call.arch, wish->call.nr);
	if (wish->wish.name && !wish->has_args && cg_syscall_n_args(wish->wish.arch, wish->wish.nr) != 0)
		cg_text_add(text, " (whole: its arguments were not seen)");
	if (wish->left_out)
		cg_text_addf(text, ": %s", wish->left_out);
	else if (wish->risk.reason[0])
		cg_text_addf(text, ": %s%s%s", wish->risk.operation ? wish->risk.operation : "",
			     wish->risk.operation ? ": " : "", wish->risk.reason);
	cg_text_add_char(text, '\n');
}

static size_t say_wishes(struct cg_text *text, const struct proposing *proposing, bool is_left_out, const char *heading)
{
	size_t n = 0;

	for (size_t i = 0; i < proposing->wishes.n_items; i++) {
		const struct wish *wish = &proposing->wishes.items[i];

		if ((wish->left_out != NULL) != is_left_out)
			continue;
		if (n++ == 0)
			cg_text_addf(text, "# %s\n", heading);
		say_wish(text, wish);
	}
	return n;
}

/* Lines that patch(1) passes over, then the diff. */
static void say(const struct proposing *proposing, struct cg_text *text)
{
	size_t n = say_wishes(text, proposing, false, "what this would allow, how often it was stopped, its risk:");

	if (n == 0)
		cg_text_addf(text, "# nothing to change in %s\n", proposing->proposal.name);
	say_wishes(text, proposing, true, "left out:");
	if (proposing->n_beyond)
		cg_text_addf(text, "# %" PRIu64 " violations of further calls were left out: --call or --since names fewer\n",
			     proposing->n_beyond);
	if (proposing->cves.length)
		cg_text_addf(text, "# known vulnerabilities that no call reaches now, and one would: %s\n",
			     cg_text_get(&proposing->cves));
	cg_text_add(text, cg_text_get(&proposing->diff));
}

static void write_wishes(struct cg_json_writer *json, const struct proposing *proposing, bool is_left_out, const char *key)
{
	cg_json_open_array(json, key);
	for (size_t i = 0; i < proposing->wishes.n_items; i++) {
		CG_CLEANUP(cg_text_done) struct cg_text words = { 0 };
		const struct wish *wish = &proposing->wishes.items[i];

		if ((wish->left_out != NULL) != is_left_out)
			continue;
		if (wish->wish.name)
			cg_advice_wish_say(&wish->wish, &words);
		json->text->has_failed |= words.has_failed;
		cg_json_open_object(json, NULL);
		cg_json_string(json, "call", wish->wish.name);
		cg_json_string(json, "allow", words.length ? cg_text_get(&words) : NULL);
		cg_json_u64(json, "number", wish->call.nr);
		cg_json_u64(json, "count", wish->n);
		cg_json_string(json, "tier", cg_tier_name(wish->risk.tier));
		cg_json_string(json, "reason", wish->risk.reason[0] ? wish->risk.reason : NULL);
		cg_json_bool(json, "arguments_seen", wish->has_args);
		if (is_left_out)
			cg_json_string(json, "left_out", wish->left_out);
		cg_json_close_object(json);
	}
	cg_json_close_array(json);
}

static void write_json(const struct proposing *proposing, struct cg_text *text)
{
	struct cg_json_writer json = { .text = text };
	const char *names = cg_text_get(&proposing->cves);

	cg_json_open_object(&json, NULL);
	cg_json_string(&json, "profile", proposing->proposal.name);
	cg_json_string(&json, "history", proposing->history);
	write_wishes(&json, proposing, false, "changes");
	write_wishes(&json, proposing, true, "left_out");
	cg_json_open_array(&json, "vulnerabilities");
	for (size_t length; *names; names += length + (names[length] == ' ')) {
		length = strcspn(names, " ");
		cg_json_string_bytes(&json, NULL, names, length);
	}
	cg_json_close_array(&json);
	cg_json_string(&json, "diff", proposing->diff.length ? cg_text_get(&proposing->diff) : NULL);
	cg_json_close_object(&json);
	cg_text_add_char(text, '\n');
}

static void say_doubts(const struct proposing *proposing)
{
	if (proposing->sum.watched_ns == 0)
		cg_cli_say("warning: %s: nobody was watching in this time: what is not in it may have been stopped all the same",
			   proposing->history);
	else if (proposing->sum.n_lost || proposing->sum.has_unknown_loss)
		cg_cli_say("warning: %s: %s%" PRIu64 " events were lost on the way into it", proposing->history,
			   proposing->sum.has_unknown_loss ? "at least " : "", proposing->sum.n_lost);
}

static int tell(struct proposing *proposing)
{
	CG_CLEANUP(cg_text_done) struct cg_text text = { 0 };
	const char *output = cg_args_get(proposing->args, "output");
	bool is_output_stdout = output && strcmp(output, "-") == 0;
	int status = CG_EXIT_YES;

	say_doubts(proposing);
	if (cg_args_has(proposing->args, "json"))
		write_json(proposing, &text);
	else
		say(proposing, &text);
	if (proposing->proposal.n_edits && output)
		status = cg_out_write(output, &proposing->proposal.text);
	if (status != CG_EXIT_YES)
		return status;
	if (is_output_stdout)
		fputs(cg_text_get(&text), stderr);
	else
		status = cg_out_print(&text);
	return status == CG_EXIT_YES && !proposing->proposal.n_edits ? CG_EXIT_NO : status;
}

static int read_options(struct proposing *proposing)
{
	const struct cg_args *args = proposing->args;
	const char *since = cg_args_get(args, "since"), *history = cg_args_get(args, "from-history"), *call;
	struct timespec now;
	uint64_t ms;

	proposing->history = history[0] ? history : CG_HISTORY_DEFAULT;
	if (args->n_words)
		return cg_cli_usage(args, "--from-history takes no recordings and no command; another history is named by "
					  "--from-history=DB");
	if (!cg_args_get(args, "base") || cg_args_get_nth(args, "base", 1))
		return cg_cli_usage(args, "--from-history needs --base with the profile that is to be changed, once");
	if (since && !cg_duration_parse(since, &ms))
		return cg_cli_usage(args, "--since takes a duration, as 1h or 2d, not '%s'", since);
	clock_gettime(CLOCK_REALTIME, &now);
	if (since && ms / 1000 < (uint64_t)now.tv_sec)
		proposing->since_ns = ((uint64_t)now.tv_sec - ms / 1000) * 1000000000;
	for (size_t i = 0; (call = cg_args_get_nth(args, "call", i)); i++)
		if (!cg_syscall_find(call))
			return cg_cli_usage(args, "--call: there is no system call '%s'%s%s", call,
					    cg_syscall_suggest(call) ? "; did you mean " : "",
					    cg_syscall_suggest(call) ? cg_syscall_suggest(call) : "");
	return 0;
}

int cg_generate_from_history(const struct cg_args *args, const struct cg_target *target)
{
	struct proposing proposing = { .args = args };
	struct cg_err err = { 0 };
	int status = read_options(&proposing), r;

	if (status == 0) {
		r = cg_proposal_open(cg_args_get(args, "base"), target, &proposing.proposal, &err);
		if (r == 0)
			r = ask_history(&proposing, &err);
		if (r == 0)
			r = propose(&proposing, &err);
		status = r < 0 ? cg_cli_fail(&err) : tell(&proposing);
	}
	cg_proposal_done(&proposing.proposal);
	cg_vec_done(&proposing.wishes);
	cg_text_done(&proposing.diff);
	cg_text_done(&proposing.cves);
	cg_arena_done(&proposing.arena);
	return status;
}
