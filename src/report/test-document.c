/*
 * Facts, the document and its writers: hostile texts in every place, nothing at all, and both languages whole.
 */
#include "report/japanese.h"
#include "report/model.h"
#include "report/test-facts.h"

#include "base/cleanup.h"
#include "base/json_read.h"
#include "learn/generalise.h"
#include "learn/needs.h"

#include <stdio.h>

struct case_of_facts {
	struct cg_facts facts;
	struct cg_recording *recording;
};

static void begin(struct case_of_facts *test, bool has_all)
{
	assert_int_equal(test_facts_fill(&test->facts), 0);
	if (!has_all)
		return;
	test->recording = hostile_recording();
	assert_int_equal(cg_facts_add_recording(&test->facts, test->recording, NULL), 0);
	assert_int_equal(test_facts_add_all(&test->facts), 0);
}

static void end(struct case_of_facts *test)
{
	cg_facts_done(&test->facts);
	cg_recording_free(test->recording);
}

static void write(const struct cg_facts *facts, enum cg_language language, enum cg_report_form form,
		  struct cg_text *text)
{
	struct cg_err err = { 0 };

	cg_text_clear(text);
	assert_int_equal(cg_report_write(facts, language, form, text, &err), 0);
	assert_true(text->length > 1000);
}

/* Nothing of what a name brings along may come through as what it is there. */
static void refute_hostile(const struct cg_text *text, bool is_html)
{
	assert_null(strstr(text->data, "\xe2\x80\xae"));
	assert_null(strchr(text->data, 0x1b));
	assert_null(strchr(text->data, '\xff'));
	assert_null(strstr(text->data, "\n# x"));
	if (!is_html)
		return;
	assert_null(strstr(text->data, "<script"));
	assert_non_null(strstr(text->data, "&lt;script&gt;alert(1)&lt;/script&gt;&amp;&quot;"));
	assert_null(strstr(text->data, "http://y\""));
}

static void test_hostile_names(void **state)
{
	CG_CLEANUP(cg_text_done) struct cg_text text = { 0 };
	struct case_of_facts test = { 0 };

	begin(&test, true);
	for (enum cg_language language = 0; language < CG_N_LANGUAGES; language++) {
		write(&test.facts, language, CG_REPORT_HTML, &text);
		refute_hostile(&text, true);
		write(&test.facts, language, CG_REPORT_MARKDOWN, &text);
		refute_hostile(&text, false);
		/* Outside of code each mark is escaped; inside it is longer fenced than it is. */
		assert_non_null(strstr(text.data, "# "));
		assert_non_null(strstr(text.data, "\\<script\\>"));
		assert_non_null(strstr(text.data, "`` <script>alert(1)</script>&\"'`\\|"));
	}
	end(&test);
}

/* Every row of every table has the cells that its headings promise. */
static void test_tables(void **state)
{
	CG_CLEANUP(cg_text_done) struct cg_text text = { 0 };
	struct case_of_facts test = { 0 };
	size_t n_wanted = 0;

	begin(&test, true);
	write(&test.facts, CG_LANGUAGE_JA, CG_REPORT_MARKDOWN, &text);
	for (char *line = text.data, *next; line && *line; line = next) {
		size_t n = 0;

		next = strchr(line, '\n');
		if (next)
			*next++ = '\0';
		for (const char *at = line; *at; at++) {
			n += *at == '|';
			at += *at == '\\' && at[1];
		}
		if (line[0] != '|')
			n_wanted = 0;
		else if (n_wanted == 0)
			n_wanted = n;
		else
			assert_int_equal(n, n_wanted);
	}
	end(&test);
}

static void test_nothing_given(void **state)
{
	CG_CLEANUP(cg_text_done) struct cg_text text = { 0 };
	struct case_of_facts test = { 0 };

	begin(&test, false);
	for (enum cg_language language = 0; language < CG_N_LANGUAGES; language++) {
		write(&test.facts, language, CG_REPORT_HTML, &text);
		write(&test.facts, language, CG_REPORT_MARKDOWN, &text);
	}
	write(&test.facts, CG_LANGUAGE_EN, CG_REPORT_MARKDOWN, &text);
	assert_non_null(strstr(text.data, "No recording was given"));
	assert_non_null(strstr(text.data, "No result of a suite was given"));
	assert_non_null(strstr(text.data, "No history of violations was given"));
	end(&test);
}

/* A filter that decides no architecture call by call. */
static void test_no_architecture(void **state)
{
	CG_CLEANUP(cg_text_done) struct cg_text text = { 0 };
	struct case_of_facts test = { 0 };

	begin(&test, false);
	test.facts.flow->n_arches = 0;
	test.facts.arches.items[0].is_whole = true;
	test.facts.calls.n_items = 0;
	cg_facts_sum(&test.facts);
	write(&test.facts, CG_LANGUAGE_EN, CG_REPORT_HTML, &text);
	write(&test.facts, CG_LANGUAGE_JA, CG_REPORT_MARKDOWN, &text);
	cg_text_clear(&text);
	cg_facts_write_json(&test.facts, &text);
	assert_false(text.has_failed);
	end(&test);
}

/* One row beyond the limit is left out and counted. */
static void test_row_limit(void **state)
{
	CG_CLEANUP(cg_text_done) struct cg_text text = { 0 };
	struct case_of_facts test = { 0 };

	begin(&test, false);
	while (test.facts.inputs.n_items <= CG_FACT_ROWS_LIMIT) {
		struct cg_fact_input input = { CG_FACT_RECORDING, "r.json", "" };

		assert_int_equal(cg_vec_push(&test.facts.inputs, input), 0);
	}
	write(&test.facts, CG_LANGUAGE_EN, CG_REPORT_MARKDOWN, &text);
	assert_non_null(strstr(text.data, "and 1 more row, which this table leaves out; `--format json` has all 201."));
	test.facts.inputs.n_items--;
	write(&test.facts, CG_LANGUAGE_EN, CG_REPORT_MARKDOWN, &text);
	assert_null(strstr(text.data, "which this table leaves out"));
	end(&test);
}

static void test_json(void **state)
{
	CG_CLEANUP(cg_text_done) struct cg_text text = { 0 };
	CG_CLEANUP(cg_arena_done) struct cg_arena arena = { 0 };
	struct case_of_facts test = { 0 };
	const struct cg_json *calls, *recordings;
	struct cg_json *root;

	begin(&test, true);
	cg_facts_write_json(&test.facts, &text);
	assert_int_equal(cg_json_read(&arena, "-", text.data, text.length, 0, &root, NULL), 0);
	calls = cg_json_get(root, "calls");
	assert_int_equal(calls->n_children, cg_syscall_count(cg_arch_find("x86_64")));
	recordings = cg_json_get(root, "recordings");
	assert_int_equal(cg_json_get(recordings, "events")->number, 2);
	assert_int_equal(cg_json_get(cg_json_get(root, "counts"), "open")->number, 1);
	assert_int_equal(cg_json_get(cg_json_get(root, "counts"), "conditional")->number, 1);
	assert_int_equal(cg_json_get(cg_json_get(root, "counts"), "asked")->number, 1);
	assert_int_equal(cg_json_get(root, "vulnerabilities")->kind, CG_JSON_NULL);
	end(&test);
}

/* read was made in one run and write in the other, once each. */
static void test_recording(void **state)
{
	struct case_of_facts test = { 0 };
	const struct cg_fact_call *call;

	begin(&test, true);
	call = cg_facts_find(&test.facts, "read");
	assert_non_null(call);
	assert_int_equal(call->count, 1);
	assert_int_equal(call->n_runs, 1);
	assert_int_equal(call->n_programs, 1);
	assert_true(call->n_reasons >= 1);
	assert_int_equal(call->reasons[0].kind, CG_REASON_SEEN);
	assert_int_equal(cg_facts_find(&test.facts, "mount")->count, 0);
	assert_null(cg_facts_find(&test.facts, "no_such_call"));
	assert_int_equal(test.facts.recordings.n_events, 2);
	assert_int_equal(test.facts.recordings.files.n_items, 1);
	assert_int_equal(test.facts.recordings.files.items[0].n_runs, 2);
	assert_int_equal(test.facts.recordings.coverage.n_calls, 2);
	end(&test);
}

/* ---- sentences */

static void check_sentence(struct cg_words words, const struct cg_value *values, const char *markdown)
{
	CG_CLEANUP(cg_document_done) struct cg_document document = { .language = CG_LANGUAGE_EN };
	CG_CLEANUP(cg_text_done) struct cg_text text = { 0 };

	cg_document_say(&document, CG_BLOCK_PARAGRAPH, words, values);
	assert_false(document.has_failed);
	cg_document_write_markdown(&document, &text);
	assert_string_equal(cg_text_get(&text), markdown);
}

static void test_sentences(void **state)
{
	check_sentence(CG_WORDS("%1 {1:call|calls} of `%2` **%3**", ""),
		       CG_VALUES(CG_NUMBER(1), CG_TEXT("a%1`b"), CG_TEXT("{1:x|y}")),
		       "1 call of `` a%1`b `` **{1:x\\|y}**\n\n");
	check_sentence(CG_WORDS("%1 {1:call|calls}", ""), CG_VALUES(CG_NUMBER(0)), "0 calls\n\n");
	check_sentence(CG_WORDS("%1", ""), CG_VALUES(CG_NUMBER(1234567)), "1,234,567\n\n");
	check_sentence(CG_WORDS("%1", ""), CG_VALUES(CG_NUMBER(UINT64_MAX)), "18,446,744,073,709,551,615\n\n");
	check_sentence(CG_WORDS("a * b %", ""), NULL, "a \\* b %\n\n");
	check_sentence(CG_WORDS("", ""), NULL, "\n\n");
}

/* What is said in English somewhere else has its Japanese. */
static void test_japanese(void **state)
{
	size_t n_missing = 0;

	for (size_t i = 0; i < cg_n_syscalls; i++) {
		if (cg_syscalls[i].tier == CG_TIER_NONE || cg_japanese_sentence(cg_syscalls[i].reason))
			continue;
		print_message("# no Japanese: %s: %s\n", cg_syscalls[i].name, cg_syscalls[i].reason);
		n_missing++;
	}
	for (size_t i = 0; i < cg_n_needs; i++) {
		if (cg_japanese_sentence(cg_needs[i].reason))
			continue;
		print_message("# no Japanese: %s\n", cg_needs[i].reason);
		n_missing++;
	}
	for (size_t i = 0; i < cg_n_selectors; i++)
		n_missing += !cg_japanese_sentence(cg_selectors[i].why);
	for (size_t i = 0; i < cg_n_cves; i++)
		n_missing += !cg_cves[i].title_ja || (cg_cves[i].why && !cg_cves[i].why_ja);
	assert_int_equal(n_missing, 0);
	assert_null(cg_japanese_sentence("no such sentence"));
	assert_null(cg_japanese_finding("no-such-rule"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hostile_names), cmocka_unit_test(test_tables),
		cmocka_unit_test(test_nothing_given), cmocka_unit_test(test_no_architecture),
		cmocka_unit_test(test_row_limit),     cmocka_unit_test(test_json),
		cmocka_unit_test(test_recording),     cmocka_unit_test(test_sentences),
		cmocka_unit_test(test_japanese),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
