/*
 * What speaks for the profile, and against it: findings, coverage and time of the recordings, tests, violations.
 */
#include "base/instant.h"
#include "report/japanese.h"
#include "report/sections.h"

#include <inttypes.h>
#include <string.h>

/* ---- findings */

static struct cg_words severity_words(enum cg_severity severity)
{
	static const struct cg_words words[] = {
		[CG_SEVERITY_NOTE] = { { "note", "注記" } },
		[CG_SEVERITY_WARNING] = { { "warning", "警告" } },
		[CG_SEVERITY_ERROR] = { { "error", "エラー" } },
	};

	return words[severity];
}

/* Is `word` in the text, with nothing on either side that would make it another word? */
static bool has_word(const char *text, const char *word, size_t length)
{
	for (const char *at = text; (at = strstr(at, word)); at++) {
		bool begins = at == text || strchr("( ,|", at[-1]);

		if (begins && (at[length] == '\0' || strchr("), |", at[length])))
			return true;
	}
	return false;
}

/*
 * Is it a refusal of what the finding speaks of? lint/recorded.c writes "NAME [with ARGUMENT VALUE[, VALUE] [or …]] was
 * recorded …": with values, one of them must stand among the arguments (a single digit stands anywhere, and does not count).
 */
static bool is_spoken_of(const char *message, const char *call)
{
	size_t n_name = strcspn(message, " ");
	const char *end = strstr(message, " was recorded"), *at = message + n_name;
	char word[64];

	if (!end || strncmp(message, call, n_name) != 0 || (call[n_name] != '(' && call[n_name] != '\0'))
		return false;
	if (at == end)
		return true;
	while (at < end) {
		size_t length;

		at += strspn(at, " ,");
		length = strcspn(at, " ,");
		if (length < sizeof(word) && at + length <= end) {
			memcpy(word, at, length);
			word[length] = '\0';
			if (length > 1 && has_word(call + n_name, word, length))
				return true;
		}
		at += length;
	}
	return false;
}

/* What a test expects says more than what one got along without. */
static const struct cg_fact_refusal *find_refusal(const struct cg_facts *facts, const char *message)
{
	const struct cg_fact_refusal *found = NULL;

	for (size_t i = 0; i < facts->suites.n_items; i++) {
		const struct cg_fact_suite *suite = &facts->suites.items[i];

		for (size_t k = 0; k < suite->refusals.n_items; k++) {
			const struct cg_fact_refusal *refusal = &suite->refusals.items[k];

			if ((!found || (refusal->is_expected && !found->is_expected)) && is_spoken_of(message, refusal->call))
				found = refusal;
		}
	}
	return found;
}

/* A call that was recorded and is refused is an error of the profile, or its very purpose: the reviewer must say which. */
static void add_intention(struct cg_document *document, const struct cg_note *note)
{
	const struct cg_fact_refusal *refusal;

	if (strcmp(note->rule, "recorded-refused") != 0 || note->severity != CG_SEVERITY_ERROR)
		return;
	cg_more_say(document,
		    CG_WORDS(". The refusal may be intended: to be decided by the reviewer",
			     "意図した拒否である可能性もあり、確認者の判断を要する。"),
		    NULL);
	refusal = find_refusal(document->facts, note->message);
	if (refusal && refusal->is_expected)
		cg_more_say(document,
			    CG_WORDS(". The suite expects it: a test that passed asks for `%1` to be refused",
				     "試験一式はこの拒否を期待しており、`%1` の拒否を確かめる試験が合格している。"),
			    CG_VALUES(CG_TEXT(refusal->call)));
	else if (refusal)
		cg_more_say(document,
			    CG_WORDS(". A test of the suite passed although `%1` was refused",
				     "試験一式には、`%1` が拒否されても合格した試験がある。"),
			    CG_VALUES(CG_TEXT(refusal->call)));
}

/* The message is check's own, with its figures; in Japanese the reason of its kind stands before it. What to do is said in both. */
static void add_finding(struct cg_document *document, const struct cg_note *note)
{
	const char *reason = document->language == CG_LANGUAGE_JA ? cg_japanese_finding(note->rule) : NULL;

	cg_cell_say(document, severity_words(note->severity), NULL);
	cg_cell_code(document, note->rule);
	if (note->line)
		cg_cell_text(document, cg_document_format(document, "%" PRIu32 ":%" PRIu32, note->line, note->column));
	else
		cg_cell_text(document, "");
	cg_cell_text(document, reason ? reason : note->message);
	add_intention(document, note);
	if (reason) {
		cg_more_text(document, " / ");
		cg_more_text(document, note->message);
	}
	cg_cell_text(document, cg_document_sentence(document, note->remedy));
}

void cg_section_findings(struct cg_document *document)
{
	static const struct cg_words headings[] = { { { "Severity", "重要度" } },
						    { { "Rule", "規則" } },
						    { { "Line", "行" } },
						    { { "Finding", "指摘" } },
						    { { "Remedy", "対処" } } };
	const struct cg_facts *facts = document->facts;
	size_t n = 0, n_all = facts->findings.list.n_items;

	cg_document_section(document, "findings", CG_WORDS("Findings of the check", "検査の指摘"));
	if (!facts->is_linted) {
		cg_document_say(document, CG_BLOCK_PARAGRAPH,
				CG_WORDS("Only profiles are checked; this is a filter without one.",
					 "検査の対象はプロファイルのみである。これはプロファイルのないフィルタである。"),
				NULL);
		return;
	}
	cg_document_say(document, CG_BLOCK_PARAGRAPH,
			CG_WORDS("%1 {1:error|errors}, %2 {2:warning|warnings}, %3 {3:note|notes}; what is said of several "
				 "lines stands in one row. Risk score of `callgate check --risk`: %4 {4:point|points}; it "
				 "compares profiles of one kind, and says of none that it is safe.",
				 "エラー %1 件、警告 %2 件、注記 %3 件（複数行に対する同じ指摘は一行にまとめた）。`callgate check "
				 "--risk` のリスク値は %4 点である。同種のプロファイルを比べるための値であり、安全を保証するものでは"
				 "ない。"),
			CG_VALUES(CG_NUMBER(facts->n_findings[CG_SEVERITY_ERROR]),
				  CG_NUMBER(facts->n_findings[CG_SEVERITY_WARNING]),
				  CG_NUMBER(facts->n_findings[CG_SEVERITY_NOTE]), CG_NUMBER(facts->points)));
	if (n_all == 0)
		return;
	cg_document_table(document, headings, 5);
	for (int severity = CG_SEVERITY_ERROR; severity >= CG_SEVERITY_NOTE; severity--)
		for (size_t i = 0; i < n_all; i++)
			if ((int)facts->findings.list.items[i].severity == severity && n++ < CG_FACT_ROWS_LIMIT)
				add_finding(document, &facts->findings.list.items[i]);
	cg_document_left_out(document, n_all, CG_FACT_ROWS_LIMIT);
}

/* ---- coverage */

static void draw_coverage(const struct cg_facts *facts, const struct cg_picture_page *page, struct cg_text *text)
{
	cg_picture_coverage(&facts->recordings.coverage, page, text);
}

static bool is_command(const struct cg_run *a, const struct cg_run *b)
{
	if (a->command.n_items != b->command.n_items)
		return false;
	for (size_t i = 0; i < a->command.n_items; i++)
		if (strcmp(a->command.items[i], b->command.items[i]) != 0)
			return false;
	return true;
}

/* The estimates take runs for independent; how many of them repeat another is a reason to doubt that. */
static void say_repeats(struct cg_document *document, const struct cg_recording *recording)
{
	size_t n = 0;

	for (size_t i = 0; i < recording->runs.n_items; i++) {
		bool is_known = false;

		for (size_t k = 0; k < i && !is_known; k++)
			is_known = is_command(recording->runs.items[k], recording->runs.items[i]);
		n += !is_known;
	}
	cg_more_say(document,
		    CG_WORDS(" These %1 runs are of %2 different command {2:line|lines}.",
			     "ここでは %1 回の実行に %2 種類のコマンドラインが含まれる。"),
		    CG_VALUES(CG_NUMBER(recording->runs.n_items), CG_NUMBER(n)));
}

static void say_estimate(struct cg_document *document, const struct cg_coverage *coverage)
{
	if (!coverage->is_estimated) {
		cg_document_say(document, CG_BLOCK_NOTE,
				CG_WORDS("From fewer than two runs nothing can be estimated: record the same work again "
					 "(`callgate record --append`).",
					 "実行が二回に満たないため、網羅度を推定できない。同じ作業をもう一度記録すること"
					 "（`callgate record --append`）。"),
				NULL);
		return;
	}
	cg_document_say(document, CG_BLOCK_PARAGRAPH,
			CG_WORDS("Estimate: the program makes at least **%1** different calls (Chao2, bias-corrected: A. Chao, "
				 "Biometrics 43, 1987), and of what a further run does about **%2** has been seen before (sample "
				 "coverage after Good and Turing: I. J. Good, Biometrika 40, 1953; for incidence data A. Chao "
				 "and L. Jost, Ecology 93, 2012). Both take the runs for independent samples of what the "
				 "program does: the same test run ten times tells no more than once.",
				 "推定: このプログラムが使うシステムコールは少なくとも **%1** 種類であり（偏り補正版 Chao2: A. Chao, "
				 "Biometrics 43, 1987）、次の実行で現れるもののうち約 **%2** は観測済みである（Good–Turing の標本"
				 "被覆率: I. J. Good, Biometrika 40, 1953、出現データについては A. Chao・L. Jost, Ecology 93, "
				 "2012）。いずれも各実行を独立した標本とみなすため、同じ試験を十回繰り返しても一回分の情報しか得られない。"),
			CG_VALUES(CG_NUMBER(coverage->n_estimated),
				  CG_TEXT(cg_document_format(document, "%u.%u %%", coverage->per_mille / 10,
							     coverage->per_mille % 10))));
}

/* The figures of draw_coverage(). */
static void say_curve(struct cg_document *document, const struct cg_coverage *coverage)
{
	static const struct cg_words headings[] = { { { "Run", "回" } },
						    { { "Began", "開始" } },
						    { { "Calls it made", "システムコールの種類" } },
						    { { "New ones", "うち新規" } },
						    { { "All so far", "累計" } } };
	size_t n_all = 0, n = coverage->curve.n_items;

	cg_document_table(document, headings, 5);
	for (size_t i = 0; i < n; i++) {
		const struct cg_coverage_run *run = &coverage->curve.items[i];

		n_all += run->n_new;
		if (i >= CG_FACT_ROWS_LIMIT)
			continue;
		cg_cell_number(document, i + 1);
		cg_cell_text(document, cg_document_instant(document, run->started));
		cg_cell_number(document, run->n_calls);
		cg_cell_number(document, run->n_new);
		cg_cell_number(document, n_all);
	}
	cg_document_left_out(document, n, CG_FACT_ROWS_LIMIT);
}

static void draw_time(const struct cg_facts *facts, const struct cg_picture_page *page, struct cg_text *text)
{
	cg_picture_time(&facts->recordings.summary, page, text);
}

static const char *time_name(struct cg_document *document, const struct cg_fact_time *time)
{
	if (time->call)
		return time->call->name;
	return cg_document_format(document, "%s:%" PRIu32, time->arch ? time->arch->name : "?", time->nr);
}

/* The figures of draw_time(). */
static void say_time(struct cg_document *document)
{
	static const struct cg_words headings[] = { { { "Call", "システムコール" } },
						    { { "Architecture", "アーキテクチャ" } },
						    { { "Timed calls", "計測回数" } },
						    { { "Together, µs", "合計 µs" } },
						    { { "Longest, µs", "最長 µs" } } };
	const struct cg_fact_recordings *recordings = &document->facts->recordings;
	size_t n = recordings->times.n_items;

	if (n == 0)
		return;
	cg_document_say(document, CG_BLOCK_HEADING, CG_WORDS("Where the time went", "時間の内訳"), NULL);
	cg_document_say(document, CG_BLOCK_PARAGRAPH,
			CG_WORDS("From the entry of a call to its end, waiting included: %1 µs in %2 timed {2:call|calls}.",
				 "システムコールの開始から終了まで（待ち時間を含む）の合計は %1 µs、計測回数は %2 回である。"),
			CG_VALUES(CG_NUMBER(recordings->time.total_ns / 1000), CG_NUMBER(recordings->time.n_calls)));
	if (cg_picture_has_time(&recordings->summary))
		cg_document_picture(document, "time", CG_WORDS("Where the time went.", "時間の内訳。"), draw_time);
	cg_document_table(document, headings, 5);
	for (size_t i = 0; i < n && i < CG_FACT_TIMES_LIMIT; i++) {
		const struct cg_fact_time *time = &recordings->times.items[i];

		cg_cell_code(document, time_name(document, time));
		cg_cell_text(document, time->arch ? time->arch->name : "?");
		cg_cell_number(document, time->time.n_calls);
		cg_cell_number(document, time->time.total_ns / 1000);
		cg_cell_number(document, time->time.max_ns / 1000);
	}
	cg_document_left_out(document, n, CG_FACT_TIMES_LIMIT);
}

void cg_section_coverage(struct cg_document *document)
{
	const struct cg_fact_recordings *recordings = &document->facts->recordings;
	const struct cg_coverage *coverage = &recordings->coverage;

	cg_document_section(document, "coverage", CG_WORDS("How complete the recordings are", "記録の網羅度"));
	if (!recordings->recording || coverage->n_runs == 0) {
		cg_document_say(document, CG_BLOCK_PARAGRAPH,
				CG_WORDS("Nothing was recorded, so nothing can be said of it.", "記録がないため、何も言えない。"), NULL);
		return;
	}
	cg_document_say(document, CG_BLOCK_PARAGRAPH,
			CG_WORDS("%1 {1:run|runs} made %2 different {2:call|calls}: %3 {3:was|were} seen in one run only, %4 in "
				 "two.",
				 "%1 回の実行で %2 種類のシステムコールが観測された。一回の実行にのみ現れたものは %3 種類、"
				 "二回の実行に現れたものは %4 種類である。"),
			CG_VALUES(CG_NUMBER(coverage->n_runs), CG_NUMBER(coverage->n_calls), CG_NUMBER(coverage->n_once),
				  CG_NUMBER(coverage->n_twice)));
	say_estimate(document, coverage);
	if (coverage->is_estimated)
		say_repeats(document, recordings->recording);
	cg_document_picture(document, "coverage-curve",
			    CG_WORDS("What each run still added.", "各記録で新たに観測された種類数。"), draw_coverage);
	say_curve(document, coverage);
	say_time(document);
}

/* ---- tests */

static struct cg_words verdict_words(const char *verdict)
{
	if (strcmp(verdict, "passed") == 0)
		return CG_WORDS("passed", "合格");
	if (strcmp(verdict, "failed") == 0)
		return CG_WORDS("**failed**", "**不合格**");
	return CG_WORDS("skipped", "未実施");
}

static void say_suite(struct cg_document *document, const struct cg_fact_suite *suite)
{
	static const struct cg_words headings[] = {
		{ { "Test", "試験" } }, { { "Result", "結果" } }, { { "Reasons", "理由" } }
	};
	size_t n = suite->tests.n_items;

	cg_document_say(document, CG_BLOCK_PARAGRAPH,
			CG_WORDS("Suite `%1`, under the profile `%2` (where: %3): %4 passed, %5 failed, %6 skipped, in %7.",
				 "試験一式 `%1`、プロファイル `%2`、実行場所 %3: 合格 %4 件、不合格 %5 件、未実施 %6 件、所要時間 %7。"),
			CG_VALUES(CG_TEXT(suite->name), CG_TEXT(suite->profile), CG_TEXT(suite->where),
				  CG_NUMBER(suite->n_passed), CG_NUMBER(suite->n_failed), CG_NUMBER(suite->n_skipped),
				  CG_TEXT(cg_document_duration(document, suite->milliseconds))));
	if (strcmp(suite->profile, document->facts->profile) != 0)
		cg_document_say(document, CG_BLOCK_NOTE,
				CG_WORDS("The result names the profile `%1`, and this report is about `%2`: make sure that they "
					 "are the same.",
					 "試験結果のプロファイル名は `%1`、本書の対象は `%2` である。同一であることを確認すること。"),
				CG_VALUES(CG_TEXT(suite->profile), CG_TEXT(document->facts->profile)));
	cg_document_table(document, headings, 3);
	for (size_t i = 0; i < n && i < CG_FACT_ROWS_LIMIT; i++) {
		cg_cell_text(document, suite->tests.items[i].name);
		cg_cell_say(document, verdict_words(suite->tests.items[i].verdict), NULL);
		cg_cell_text(document, suite->tests.items[i].reasons);
	}
	cg_document_left_out(document, n, CG_FACT_ROWS_LIMIT);
}

void cg_section_tests(struct cg_document *document)
{
	const struct cg_facts *facts = document->facts;

	cg_document_section(document, "tests", CG_WORDS("Tests", "試験結果"));
	if (facts->suites.n_items == 0)
		cg_document_say(document, CG_BLOCK_PARAGRAPH,
				CG_WORDS("No result of a suite was given (`--suite`, from `callgate test --json`).",
					 "試験結果は与えられていない（`--suite`、`callgate test --json` の出力）。"),
				NULL);
	for (size_t i = 0; i < facts->suites.n_items; i++)
		say_suite(document, &facts->suites.items[i]);
}

/* ---- rollout and violations */

static const char *instant(struct cg_document *document, uint64_t ns)
{
	char text[CG_INSTANT_SIZE];

	if (ns == 0)
		return "–";
	cg_instant_format(ns / 1000000, text);
	return cg_document_instant(document, text);
}

static void say_rollout(struct cg_document *document)
{
	const struct cg_fact_rollout *rollout = &document->facts->rollout;

	if (!rollout->is_given) {
		cg_document_say(document, CG_BLOCK_PARAGRAPH,
				CG_WORDS("No rollout was given (`--rollout`).", "段階的導入の状態は与えられていない（`--rollout`）。"),
				NULL);
		return;
	}
	cg_document_say(document, CG_BLOCK_PARAGRAPH,
			CG_WORDS("Rollout `%1` has been in the phase **%2** since %3; last change: %4, by %5 on %6.",
				 "段階的導入 `%1` は %3 から **%2** 段階にある。最後の変更は %4（%5、%6）。"),
			CG_VALUES(CG_TEXT(rollout->name), CG_TEXT(rollout->phase),
				  CG_TEXT(cg_document_instant(document, rollout->since)),
				  CG_TEXT(rollout->change), CG_TEXT(rollout->by), CG_TEXT(rollout->host)));
	if (*rollout->reason)
		cg_more_say(document, CG_WORDS(" Reason given: %1.", "理由: %1。"), CG_VALUES(CG_TEXT(rollout->reason)));
}

static void say_loss(struct cg_document *document, const struct cg_fact_history *history)
{
	if (history->watched_ns == 0)
		cg_document_say(document, CG_BLOCK_NOTE,
				CG_WORDS("Nobody was watching: that there are no violations says nothing.",
					 "監視していた期間がないため、違反がないことは何も意味しない。"),
				NULL);
	if (history->n_lost || history->has_unknown_loss)
		cg_document_say(document, CG_BLOCK_NOTE,
				history->has_unknown_loss ?
					CG_WORDS("At least %1 {1:event was|events were} lost, and an unknown number besides.",
						 "少なくとも %1 件のイベントが失われ、ほかにも数の分からない欠落がある。") :
					CG_WORDS("%1 {1:event was|events were} lost.", "%1 件のイベントが失われた。"),
				CG_VALUES(CG_NUMBER(history->n_lost)));
}

static void say_violations(struct cg_document *document)
{
	static const struct cg_words headings[] = {
		{ { "Call", "システムコール" } }, { { "Answer", "結果" } }, { { "Program", "プログラム" } },
		{ { "Where", "場所" } },	  { { "Times", "回数" } },  { { "Last", "最終" } }
	};
	const struct cg_fact_history *history = &document->facts->history;
	size_t n = history->violations.n_items;

	if (n == 0)
		return;
	cg_document_table(document, headings, 6);
	for (size_t i = 0; i < n && i < CG_FACT_ROWS_LIMIT; i++) {
		const struct cg_fact_violation *violation = &history->violations.items[i];

		cg_cell_code(document, violation->call);
		if (*violation->arguments)
			cg_more_text(document, cg_document_format(document, " (%s)", violation->arguments));
		cg_cell_code(document, violation->action);
		cg_cell_code(document, violation->program);
		cg_cell_text(document, violation->where);
		cg_cell_number(document, violation->n);
		cg_cell_text(document, instant(document, violation->last_ns));
	}
	cg_document_left_out(document, n, CG_FACT_ROWS_LIMIT);
}

void cg_section_rollout(struct cg_document *document)
{
	const struct cg_fact_history *history = &document->facts->history;

	cg_document_section(document, "rollout", CG_WORDS("Rollout, and violations so far", "段階的導入とこれまでの違反"));
	say_rollout(document);
	if (!history->is_given) {
		cg_document_say(document, CG_BLOCK_PARAGRAPH,
				CG_WORDS("No history of violations was given (`--history`, from `callgate monitor`).",
					 "違反の履歴は与えられていない（`--history`、`callgate monitor` の記録）。"),
				NULL);
		return;
	}
	cg_document_say(document, CG_BLOCK_PARAGRAPH,
			CG_WORDS("%1 {1:violation|violations} of %2 {2:kind|kinds}, while somebody watched for %3 (from %4 to %5).",
				 "監視時間 %3（%4 〜 %5）の間に違反が %1 件、種類としては %2 件あった。"),
			CG_VALUES(CG_NUMBER(history->n_violations), CG_NUMBER(history->n_unique),
				  CG_TEXT(cg_document_duration(document, history->watched_ns / 1000000)),
				  CG_TEXT(instant(document, history->first_ns)),
				  CG_TEXT(instant(document, history->last_ns))));
	say_loss(document, history);
	say_violations(document);
}
