/*
 * The answer for people: each kind of violation with what can be done about it, then where was looked and what that
 * cannot have shown. Names that processes give themselves are escaped: they may hold anything.
 */
#include "cli/why.h"

#include "abi/call_text.h"
#include "base/instant.h"

#include <inttypes.h>
#include <string.h>

static void say_time(struct cg_text *text, uint64_t time_ns)
{
	char instant[CG_INSTANT_SIZE];

	if (!time_ns) {
		cg_text_add(text, "at an unknown time");
		return;
	}
	cg_instant_format(time_ns / 1000000, instant);
	cg_text_add(text, instant);
}

static void say_word(struct cg_text *text, const char *before, const char *word, const char *behind)
{
	if (!word)
		return;
	cg_text_add(text, before);
	cg_text_add_escaped(text, word, strlen(word));
	cg_text_add(text, behind);
}

static void say_when(struct cg_text *text, const struct cg_why_kind *kind)
{
	say_time(text, kind->newest.time_ns);
	if (kind->n > 1) {
		cg_text_addf(text, ", the last of %" PRIu64, kind->n);
		if (kind->first_ns && kind->first_ns != kind->newest.time_ns) {
			cg_text_add(text, " since ");
			say_time(text, kind->first_ns);
		}
	}
	cg_text_add_char(text, '\n');
}

static void say_call(struct cg_text *text, const struct cg_violation *violation)
{
	const struct cg_arch *arch = cg_arch_of_call(&violation->call);

	cg_text_add(text, "  ");
	if (arch != cg_arch_native())
		cg_text_addf(text, "%s ", arch ? arch->name : "unknown architecture");
	if (violation->has_args)
		cg_call_format(text, &violation->call);
	else if (arch)
		cg_call_format_name(text, arch, violation->call.nr);
	else
		cg_text_addf(text, "0x%" PRIx32 ":%" PRIu32, violation->call.arch, violation->call.nr);
	if (!violation->has_args)
		cg_text_add(text, " (its arguments were not seen)");
	cg_text_add(text, cg_action_is_permit(violation->action) ? " was let through and logged: " : " was denied: ");
	if (violation->has_data || !cg_action_row(violation->action)->takes_data)
		cg_action_format(text, violation->action);
	else
		cg_text_addf(text, "%s (which number was not seen)", cg_action_row(violation->action)->name);
	cg_text_add_char(text, '\n');
}

static void say_who(struct cg_text *text, const struct cg_violation *violation)
{
	cg_text_add(text, "  by ");
	if (violation->comm)
		say_word(text, "", violation->comm, "");
	else
		cg_text_add(text, "an unknown process");
	say_word(text, " (", violation->exe, ")");
	if (violation->pid)
		cg_text_addf(text, ", pid %d", violation->pid);
	if (violation->uid != CG_ID_UNKNOWN)
		cg_text_addf(text, ", uid %" PRIu32, violation->uid);
	if (violation->container || violation->container_id) {
		say_word(text, ", in container ", violation->container ? violation->container : violation->container_id, "");
		say_word(text, " of ", violation->engine, "");
		say_word(text, " from ", violation->image, "");
	} else {
		say_word(text, ", in ", violation->unit, "");
	}
	say_word(text, ", on ", violation->host, "");
	cg_text_add(text, "; seen by");
	for (size_t i = 0, n = 0; i < cg_n_seen_by; i++)
		if (violation->seen_by & cg_seen_by_rows[i].bit)
			cg_text_addf(text, "%s%s", n++ ? ", " : " ", cg_seen_by_rows[i].name);
	cg_text_add_char(text, '\n');
}

/* Lines, each indented. */
static void say_lines(struct cg_text *text, const char *indent, const char *lines)
{
	for (size_t length; *lines; lines += length + (lines[length] == '\n')) {
		length = strcspn(lines, "\n");
		cg_text_add(text, indent);
		cg_text_add_bytes(text, lines, length);
		cg_text_add_char(text, '\n');
	}
}

static void say_judgement(struct cg_text *text, const struct cg_why_judgement *judgement, bool has_profile)
{
	cg_text_add(text, cg_text_get(&judgement->where));
	cg_text_add(text, cg_text_get(&judgement->risk));
	if (judgement->cves.length)
		cg_text_addf(text, "  %s: %s\n",
			     has_profile && judgement->diff.length ?
				     "known vulnerabilities that no call reaches now, and one would" :
				     "known vulnerabilities that were reached through this call",
			     cg_text_get(&judgement->cves));
	say_lines(text, "  ", cg_text_get(&judgement->remark));
	if (judgement->diff.length)
		cg_text_addf(text, "\n%s", cg_text_get(&judgement->diff));
}

/* ---- where was looked */

static void say_source(struct cg_text *text, const struct cg_why_source *source)
{
	cg_text_addf(text, "  %s%s%s: ", source->kind, source->place[0] ? " " : "", source->place);
	if (source->look != CG_WHY_LOOKED) {
		cg_text_addf(text, "%s (%s)\n", source->look == CG_WHY_ABSENT ? "not there" : "cannot be read",
			     source->err.message);
		return;
	}
	cg_text_addf(text, "%" PRIu64 " found", source->n_found);
	if (source->oldest_ns) {
		cg_text_add(text, ", the oldest of ");
		say_time(text, source->oldest_ns);
	}
	if (source->n_lost || source->has_unknown_loss)
		cg_text_addf(text, "; it lacks %s%" PRIu64 " events, by its own account",
			     source->has_unknown_loss ? "at least " : "", source->n_lost);
	if (source->is_cut)
		cg_text_add(text, "; its older part was not read");
	if (source->has_nobody)
		cg_text_add(text, "; nobody was watching in this time");
	cg_text_add_char(text, '\n');
}

/* Each of these once, though several sources share it. */
static void say_misses(struct cg_text *text, const struct cg_why_sources *sources)
{
	for (size_t i = 0; i < sources->list.n_items; i++) {
		const struct cg_why_source *source = &sources->list.items[i];
		bool is_said = false;

		for (size_t k = 0; k < i; k++)
			is_said |= sources->list.items[k].misses == source->misses &&
				   sources->list.items[k].look == CG_WHY_LOOKED;
		if (source->look != CG_WHY_LOOKED || !source->misses || is_said)
			continue;
		cg_text_addf(text, "  %s cannot show %s\n",
			     source->misses == cg_why_kernel_misses ? "logs of the kernel" : source->kind, source->misses);
	}
}

static bool was_live(const struct cg_why_sources *sources)
{
	for (size_t i = 0; i < sources->list.n_items; i++)
		if (strcmp(sources->list.items[i].kind, "live") == 0)
			return true;
	return false;
}

static void say_looking(struct cg_text *text, const struct cg_why_answer *answer)
{
	const struct cg_why_events *events = answer->events;

	cg_text_add(text, "looked at:\n");
	for (size_t i = 0; i < answer->sources->list.n_items; i++)
		say_source(text, &answer->sources->list.items[i]);
	cg_text_add(text, "what may be missing:\n");
	say_misses(text, answer->sources);
	say_lines(text, "  ", cg_text_get(answer->machine));
	if (answer->scope->absence.code)
		cg_text_addf(text, "  %s: %s\n", answer->scope->reference, answer->scope->absence.message);
	if (events->n_unplaced)
		cg_text_addf(text,
			     "  %" PRIu64 " further violations in logs that name no container, of processes that are gone: "
			     "callgate why, without %s, shows them\n",
			     events->n_unplaced, answer->scope->reference);
	if (events->n_older)
		cg_text_addf(text, "  %" PRIu64 " more, of kinds beyond %d, were only counted: --since narrows the time\n",
			     events->n_older, CG_WHY_KINDS_LIMIT);
	cg_text_addf(text, "  a filter's flags cannot be read after it was loaded: whether it logs what it denies, only trying "
			   "shows%s\n",
		     was_live(answer->sources) ? "" : "; callgate why --live 30s watches without logs, arguments and all");
}

void cg_why_say(const struct cg_why_answer *answer, struct cg_text *text)
{
	const struct cg_why_events *events = answer->events;
	size_t n = events->kinds.n_items;

	for (size_t i = 0; i < answer->n_judged; i++) {
		const struct cg_why_kind *kind = &events->kinds.items[i];

		say_when(text, kind);
		say_call(text, &kind->newest);
		say_who(text, &kind->newest);
		say_judgement(text, &answer->judgements[i], answer->profile);
		cg_text_add_char(text, '\n');
	}
	if (n > answer->n_judged)
		cg_text_addf(text, "and %zu more kinds, older than these: --max %zu shows them\n\n", n - answer->n_judged, n);
	if (n == 0)
		cg_text_addf(text, "nothing was found%s%s\n\n", answer->scope->reference ? " of " : "",
			     answer->scope->reference ? answer->scope->reference : "");
	say_looking(text, answer);
	if (n)
		cg_text_add(text, "what now:\n  a filter that is loaded cannot be loosened: mend the profile and restart the "
				  "program, or roll back to the profile before (callgate rollout rollback)\n");
}
