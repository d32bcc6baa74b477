/*
 * What a command did, against what was expected of it. Each thing that differs is a line or two of the outcome; where
 * anything does, the calls that were denied stand below, as they are most often why.
 */
#include "suite/suite.h"

#include "abi/call_text.h"
#include "abi/syscalls.h"
#include "base/cleanup.h"

#include <errno.h>
#include <regex.h>
#include <string.h>
#include <inttypes.h>

#define SHOWN_MAX 400     /* bytes of output in a message */
#define DENIALS_SHOWN 8

static const char *const stream_names[] = { "standard output", "standard error" };

static void fail(struct cg_suite_outcome *outcome)
{
	outcome->verdict = CG_SUITE_FAILED;
}

/* ---- output */

static bool is_exact(const struct cg_suite_match *match, const char *bytes, size_t length)
{
	if (length == match->length + 1 && bytes[length - 1] == '\n' &&
	    (match->length == 0 || match->text[match->length - 1] != '\n'))
		length--;
	return length == match->length && memcmp(bytes, match->text, length) == 0;
}

static bool contains(const struct cg_suite_match *match, const char *bytes, size_t length)
{
	for (size_t i = 0; i + match->length <= length; i++)
		if (memcmp(bytes + i, match->text, match->length) == 0)
			return true;
	return false;
}

/* 1, 0 or -ENOMEM. NULs end a C string: the parts between them are asked one by one. */
static int matches(const struct cg_suite_match *match, const char *bytes, size_t length)
{
	const char *end = bytes + length;
	regex_t pattern;
	int r = regcomp(&pattern, match->text, REG_EXTENDED | REG_NOSUB | REG_NEWLINE);

	if (r != 0)
		return -ENOMEM; /* the reader has compiled it once */
	r = REG_NOMATCH;
	for (; r == REG_NOMATCH && bytes <= end; bytes += strlen(bytes) + 1)
		r = regexec(&pattern, bytes, 0, NULL, 0);
	regfree(&pattern);
	return r == REG_ESPACE ? -ENOMEM : r == 0;
}

static void show(struct cg_text *text, const char *bytes, size_t length)
{
	cg_text_add_char(text, '"');
	cg_text_add_escaped(text, bytes, length > SHOWN_MAX ? SHOWN_MAX : length);
	cg_text_add(text, length > SHOWN_MAX ? "\"..." : "\"");
}

static int judge_match(const struct cg_suite_match *match, const struct cg_suite_seen *seen,
		       struct cg_suite_outcome *outcome)
{
	static const char *const verbs[] = { "is not", "does not contain", "does not match" };
	const char *bytes = cg_text_get(seen->streams[match->stream]);
	size_t length = seen->streams[match->stream]->length;
	int r = match->kind == CG_SUITE_EXACT    ? is_exact(match, bytes, length) :
		match->kind == CG_SUITE_CONTAINS ? contains(match, bytes, length) :
						   matches(match, bytes, length);

	if (r != 0)
		return r < 0 ? r : 0;
	fail(outcome);
	cg_text_addf(&outcome->reasons, "%s %s ", stream_names[match->stream], verbs[match->kind]);
	show(&outcome->reasons, match->text, match->length);
	cg_text_add(&outcome->reasons, "; it is ");
	show(&outcome->reasons, bytes, length);
	cg_text_addf(&outcome->reasons, "%s\n", seen->is_cut ? " (more of it was not kept)" : "");
	return 0;
}

/* ---- denied calls */

/* Does a call as people write it mean this one? Arguments in the bits that the kernel reads of them. */
static bool is_meant(const char *words, const struct cg_call *call)
{
	const struct cg_arch *arch = cg_arch_of_call(call);
	unsigned int n_arguments = cg_suite_count_arguments(words);
	struct cg_call meant;

	if (!arch || cg_call_parse(arch, words, &meant, NULL) < 0 || meant.arch != call->arch || meant.nr != call->nr)
		return false;
	for (unsigned int i = 0; i < n_arguments; i++) {
		const struct cg_arg_info *info = cg_syscall_arg(arch, call->nr, i);
		unsigned int bits = arch->word_bits;
		uint64_t mask;

		if (info && info->width && info->width * 8 < bits)
			bits = info->width * 8;
		mask = bits < 64 ? (UINT64_C(1) << bits) - 1 : UINT64_MAX;
		if (meant.args[i] != CG_CALL_TEXT_POINTER && (meant.args[i] ^ call->args[i]) & mask)
			return false;
	}
	return true;
}

static void judge_denied(const struct cg_suite_test *test, const struct cg_suite_seen *seen,
			 struct cg_suite_outcome *outcome)
{
	for (size_t i = 0; i < test->denied.n_items; i++) {
		size_t k = 0;

		while (k < seen->n_denials && !is_meant(test->denied.items[i], &seen->denials[k].call))
			k++;
		if (k < seen->n_denials)
			continue;
		fail(outcome);
		cg_text_addf(&outcome->reasons, "%s was to be denied, and was not\n", test->denied.items[i]);
	}
	for (size_t k = 0; k < seen->n_denials; k++) {
		size_t i = 0;

		while (i < test->denied.n_items && !is_meant(test->denied.items[i], &seen->denials[k].call))
			i++;
		if (i < test->denied.n_items)
			continue;
		fail(outcome);
		cg_text_addf(&outcome->reasons, "%s was denied, and was not to be\n", seen->denials[k].text);
	}
}

static void say_denials(const struct cg_suite_seen *seen, const struct cg_suite_profile *profile,
			struct cg_suite_outcome *outcome)
{
	struct cg_text *text = &outcome->reasons;

	for (size_t i = 0; i < seen->n_denials && i < DENIALS_SHOWN; i++) {
		const struct cg_suite_denial *denial = &seen->denials[i];

		cg_text_addf(text, "denied: %s -> ", denial->text);
		cg_action_format(text, denial->action);
		cg_text_addf(text, ", to %s\n", denial->process);
		if (profile->say_denial)
			profile->say_denial(profile, &denial->call, denial->action, text);
	}
	if (seen->n_denials > DENIALS_SHOWN)
		cg_text_addf(text, "and %zu more kinds of calls were denied\n", seen->n_denials - DENIALS_SHOWN);
	if (!seen->sees_denials && seen->blindness)
		cg_text_addf(text, "whether calls were denied is not known: %s\n", seen->blindness);
}

/* ---- all of it */

static void judge_end(const struct cg_suite_test *test, const struct cg_suite_seen *seen,
		      struct cg_suite_outcome *outcome)
{
	if (seen->has_timed_out) {
		fail(outcome);
		cg_text_addf(&outcome->reasons, "it did not end within %" PRIu64 ".%03" PRIu64 " s, and was killed\n",
			     test->timeout_ms / 1000, test->timeout_ms % 1000);
		return;
	}
	if (seen->status == test->exit_status)
		return;
	fail(outcome);
	cg_text_addf(&outcome->reasons, "exit status %d%s, expected %d\n", seen->status,
		     seen->status == 128 + 31 ? " (SIGSYS: killed by the filter)" : "", test->exit_status);
}

static int keep_denials(const struct cg_suite_seen *seen, struct cg_suite_outcome *outcome)
{
	for (size_t i = 0; i < seen->n_denials; i++)
		if (cg_vec_push(&outcome->denials, seen->denials[i]) < 0)
			return -ENOMEM;
	return 0;
}

static bool judges_stderr(const struct cg_suite_test *test)
{
	for (size_t i = 0; i < test->n_matches; i++)
		if (test->matches[i].stream == CG_SUITE_STDERR)
			return true;
	return false;
}

int cg_suite_judge(const struct cg_suite_test *test, const struct cg_suite_seen *seen,
		   const struct cg_suite_profile *profile, struct cg_suite_outcome *outcome, struct cg_err *err)
{
	const struct cg_text *errors = seen->streams[CG_SUITE_STDERR];
	int r = keep_denials(seen, outcome);

	outcome->test = test;
	outcome->verdict = CG_SUITE_PASSED;
	outcome->sees_denials = seen->sees_denials;
	if (seen->failure) {
		fail(outcome);
		cg_text_addf(&outcome->reasons, "it was not started: %s\n", seen->failure);
	} else {
		judge_end(test, seen, outcome);
		for (size_t i = 0; r == 0 && i < test->n_matches; i++)
			r = judge_match(&test->matches[i], seen, outcome);
		if (test->tells_denied && seen->sees_denials)
			judge_denied(test, seen, outcome);
	}
	if (outcome->verdict == CG_SUITE_FAILED) {
		if (errors->length && !judges_stderr(test)) {
			cg_text_addf(&outcome->reasons, "standard error: ");
			show(&outcome->reasons, cg_text_get(errors), errors->length);
			cg_text_add_char(&outcome->reasons, '\n');
		}
		say_denials(seen, profile, outcome);
	} else if (test->tells_denied && !seen->sees_denials) {
		outcome->verdict = CG_SUITE_SKIPPED;
		cg_text_addf(&outcome->reasons, "all else is right, but which calls were denied is not known: %s\n",
			     seen->blindness ? seen->blindness : "nobody listened");
	}
	if (r < 0 || outcome->reasons.has_failed)
		return cg_err_memory(err);
	return 0;
}

void cg_suite_outcome_done(struct cg_suite_outcome *outcome)
{
	cg_text_done(&outcome->reasons);
	cg_vec_done(&outcome->denials);
}
