/*
 * The pictures: their figures are those that the specification gives, what comes out is well-formed XML that refers to
 * nothing outside, whatever the names in it are, and no input makes it large.
 */
#include "report/picture.h"

#include "profile/bundled.h"
#include "profile/test-support.h"
#include "report/picture_draw.h"
#include "report/style.h"

#include <ctype.h>
#include <inttypes.h>

static const char *const languages[] = { "en", "ja" };
#define HOSTILE "<script>alert(1)</script>&\"'\x01\xff\xef\xbf\xbe]]>"

/* ---- well-formed XML, as far as pictures need it */

#define TEXT_MOST 400000
#define DEPTH_MOST 32

struct xml {
	const char *at;
	const char *names[DEPTH_MOST];
	size_t lengths[DEPTH_MOST];
	size_t depth;
};

static size_t name_length(const char *name)
{
	size_t n = 0;

	while (isalnum((unsigned char)name[n]) || name[n] == ':' || name[n] == '-')
		n++;
	return n;
}

static void read_attributes(struct xml *xml)
{
	while (*xml->at == ' ') {
		size_t n = name_length(++xml->at);

		assert_true(n > 0);
		assert_memory_equal(xml->at + n, "=\"", 2);
		xml->at = strchr(xml->at + n + 2, '"') + 1;
	}
}

static void read_tag(struct xml *xml)
{
	size_t n;

	if (xml->at[0] == '/') {
		n = name_length(++xml->at);
		assert_true(xml->depth > 0);
		xml->depth--;
		assert_int_equal(n, xml->lengths[xml->depth]);
		assert_memory_equal(xml->at, xml->names[xml->depth], n);
		xml->at += n;
	} else {
		n = name_length(xml->at);
		assert_true(n > 0 && xml->depth < DEPTH_MOST);
		xml->names[xml->depth] = xml->at;
		xml->lengths[xml->depth++] = n;
		xml->at += n;
		read_attributes(xml);
		if (*xml->at == '/') {
			xml->depth--;
			xml->at++;
		}
	}
	assert_int_equal(*xml->at, '>');
	xml->at++;
}

static void read_reference(struct xml *xml)
{
	static const char *const known[] = { "&lt;", "&gt;", "&amp;", "&quot;", "&#39;" };
	size_t i = 0;

	while (i < CG_N_ITEMS(known) && strncmp(xml->at, known[i], strlen(known[i])) != 0)
		i++;
	assert_true(i < CG_N_ITEMS(known));
	xml->at += strlen(known[i]);
}

static void check_xml(const char *text)
{
	struct xml xml = { .at = text };

	if (strncmp(xml.at, "<?xml", 5) == 0)
		xml.at = strchr(xml.at, '\n') + 1;
	while (*xml.at) {
		if (*xml.at == '<') {
			xml.at++;
			read_tag(&xml);
		} else if (*xml.at == '&') {
			read_reference(&xml);
		} else {
			assert_true((unsigned char)*xml.at >= 0x20 || isspace((unsigned char)*xml.at));
			assert_true(xml.depth > 0 || isspace((unsigned char)*xml.at));
			xml.at++;
		}
	}
	assert_int_equal(xml.depth, 0);
	assert_true(xml.at - text < TEXT_MOST);
}

static size_t count(const char *text, const char *what)
{
	size_t n = 0;

	for (const char *at = text; (at = strstr(at, what)); at++)
		n++;
	return n;
}

/* Every id is there once, and what is referred to is there. */
static void check_references(const char *text)
{
	for (const char *at = text; (at = strstr(at, "url(#")); at++) {
		char id[128];

		assert_true(snprintf(id, sizeof(id), " id=\"%.*s\"", (int)strcspn(at + 5, ")"), at + 5) < (int)sizeof(id));
		assert_int_equal(count(text, id), 1);
	}
	for (const char *at = text; (at = strstr(at, " id=\"")); at++) {
		char id[128];

		assert_true(snprintf(id, sizeof(id), "%.*s\"", (int)strcspn(at + 5, "\""), at) < (int)sizeof(id));
		snprintf(id, sizeof(id), " id=\"%.*s\"", (int)strcspn(at + 5, "\""), at + 5);
		assert_int_equal(count(text, id), 1);
	}
}

static void check_picture(struct cg_text *text, const char *language, enum cg_picture_form form)
{
	const char *bytes = cg_text_get(text);
	size_t n = form == CG_PICTURE_BOTH ? 2 : 1;

	assert_false(text->has_failed);
	check_xml(bytes);
	check_references(bytes);
	assert_int_equal(count(bytes, "<svg "), n);
	assert_int_equal(count(bytes, "role=\"img\""), n);
	assert_int_equal(count(bytes, "<title "), n);
	assert_int_equal(count(bytes, "<desc "), n);
	assert_int_equal(count(bytes, "<style>"), form == CG_PICTURE_FILE);
	assert_int_equal(count(bytes, "http"), form == CG_PICTURE_FILE); /* the name space, which nobody fetches */
	assert_int_equal(count(bytes, "<script"), 0);
	/* No word of one language in the other's picture. */
	assert_int_equal(count(bytes, "の") > 0, strcmp(language, "ja") == 0);
	assert_int_equal(count(bytes, "-1.#") + count(bytes, "nan") + count(bytes, "width=\"-"), 0);
	cg_text_clear(text);
}

/* ---- figures */

static struct cg_policy *bundled(const char *name)
{
	const struct cg_bundled *text = cg_bundled_find(name);
	struct cg_target target = target_for("oci");
	struct cg_policy *policy = NULL;

	assert_non_null(text);
	assert_int_equal(resolve_bytes(text->text, text->length, &target, NULL, &policy, NULL), 0);
	return policy;
}

static void free_policy(struct cg_policy **policy)
{
	cg_policy_free(*policy);
}

#define OWN_POLICY CG_CLEANUP(free_policy)

static const struct cg_flow_answer *find_answer(const struct cg_flow_answers *answers, uint32_t action)
{
	for (size_t i = 0; i < answers->n_items; i++)
		if (answers->items[i].action == action)
			return &answers->items[i];
	return NULL;
}

static uint64_t next_random(uint64_t *state)
{
	*state = *state * 6364136223846793005U + 1442695040888963407U;
	return *state >> 7;
}

/* A value that a rule for the call speaks of, or one beside it; else any. */
static uint64_t some_value(const struct cg_policy *policy, uint32_t nr, unsigned int arg, uint64_t *random)
{
	uint64_t value = next_random(random);

	for (size_t i = 0; i < policy->rules.n_items; i++) {
		const struct cg_rule *rule = &policy->rules.items[i];

		for (unsigned int k = 0; rule->nr == nr && k < rule->n_comparisons; k++)
			if (rule->comparisons[k].arg == arg && next_random(random) % 4 == 0)
				value = rule->comparisons[k].value + next_random(random) % 3 - 1;
	}
	return value;
}

/* The specification, asked with many arguments. */
static size_t ask_all(const struct cg_policy *policy, const struct cg_arch *arch, uint32_t nr, uint32_t ret_actions[64])
{
	uint64_t random = nr;
	size_t n_actions = 0;

	for (int i = 0; i < 500; i++) {
		struct cg_call call = { .arch = arch->token, .nr = nr };
		uint32_t action;
		size_t k = 0;

		for (unsigned int arg = 0; i && arg < 6; arg++)
			call.args[arg] = some_value(policy, nr, arg, &random);
		action = cg_policy_eval(policy, &call);
		while (k < n_actions && ret_actions[k] != action)
			k++;
		if (k == n_actions && n_actions < 64)
			ret_actions[n_actions++] = action;
	}
	return n_actions;
}

/* What the flow counts, counted by asking. */
static void check_arch(const struct cg_policy *policy, const struct cg_flow_arch *flow)
{
	struct cg_flow_answer numbers[16] = { 0 };
	size_t n_numbers = 0, n_by_arguments = 0, n_all = 0;

	for (size_t i = 0; i < flow->arch->n_rows; i++) {
		uint32_t actions[64];
		size_t k = 0;

		if (ask_all(policy, flow->arch, flow->arch->rows[i].nr, actions) > 1) {
			n_by_arguments++;
			continue;
		}
		while (k < n_numbers && numbers[k].action != actions[0])
			k++;
		assert_true(k < CG_N_ITEMS(numbers));
		n_numbers += k == n_numbers;
		numbers[k].action = actions[0];
		numbers[k].n_calls++;
	}
	assert_int_equal(flow->n_by_arguments, n_by_arguments);
	assert_int_equal(flow->by_number.n_items, n_numbers);
	for (size_t k = 0; k < n_numbers; k++) {
		const struct cg_flow_answer *answer = find_answer(&flow->by_number, numbers[k].action);

		assert_non_null(answer);
		assert_int_equal(answer->n_calls, numbers[k].n_calls);
		n_all += answer->n_calls;
	}
	assert_int_equal(n_all + n_by_arguments, flow->n_calls);
	assert_int_equal(flow->n_calls, cg_syscall_count(flow->arch));
	for (size_t i = 0; i < CG_N_CATEGORIES; i++)
		for (size_t k = 0; k <= CG_TIER_CRITICAL; k++)
			for (size_t j = 0; j < CG_N_FLOW_FATES; j++)
				n_all -= flow->n[i][k][j];
	assert_int_equal(n_all + n_by_arguments, 0);
}

static void test_figures(void **state)
{
	static const char *const names[] = { "container-default", "workspace", "strict" };
	struct cg_flow *flow = calloc(1, sizeof(*flow));

	assert_non_null(flow);
	for (size_t i = 0; i < CG_N_ITEMS(names); i++) {
		OWN_POLICY struct cg_policy *policy = bundled(names[i]);

		assert_int_equal(cg_flow_of_policy(policy, flow, NULL), 0);
		assert_int_equal(flow->n_arches, policy->n_arches);
		assert_int_equal(flow->bad_arch_action, policy->bad_arch_action);
		for (size_t k = 0; k < flow->n_arches; k++)
			check_arch(policy, &flow->arches[k]);
	}
	free(flow);
}

/* ALLOW or LOG by arguments is open, ERRNO or TRACE is asked, EPERM or EACCES is closed. */
static void test_fates(void **state)
{
	const struct cg_comparison is_one = { .arg = 0, .op = CG_OP_EQ, .value = 1 };
	static const struct {
		const char *call;
		uint32_t action, otherwise;
		enum cg_flow_fate fate;
	} rows[] = {
		{ "read", CG_ACTION_ALLOW, CG_ACTION_LOG, CG_FLOW_OPEN },
		{ "mount", CG_ACTION_TRACE, cg_action_errno(1), CG_FLOW_ASKED },
		{ "socket", CG_ACTION_NOTIFY, CG_ACTION_ALLOW, CG_FLOW_CONDITIONAL },
		{ "brk", cg_action_errno(13), cg_action_errno(1), CG_FLOW_CLOSED },
	};
	struct cg_flow *flow = calloc(1, sizeof(*flow));

	for (size_t i = 0; i < CG_N_ITEMS(rows); i++) {
		OWN_POLICY struct cg_policy *policy = cg_policy_new(rows[i].otherwise);
		const struct cg_syscall *call = cg_syscall_find(rows[i].call);
		struct cg_rule rule = { .arch = cg_arch_find("x86_64"), .action = rows[i].action, .comparisons = &is_one,
					.n_comparisons = 1 };

		assert_int_equal(cg_policy_add_arch(policy, rule.arch, NULL), 0);
		assert_true(cg_syscall_number(rule.arch, rows[i].call, &rule.nr));
		assert_int_equal(cg_policy_add_rule(policy, &rule, NULL), 0);
		assert_int_equal(cg_flow_of_policy(policy, flow, NULL), 0);
		assert_int_equal(flow->arches[0].n_by_arguments, 1);
		assert_int_equal(flow->arches[0].by_arguments.n_items, 2);
		assert_true(flow->arches[0].n[call->category][call->tier][rows[i].fate] >= 1);
		assert_int_equal(flow->arches[0].unnamed.n_items, 1);
		assert_int_equal(flow->arches[0].unnamed.items[0].action, rows[i].otherwise);
	}
	free(flow);
}

/* More answers than are told apart: the rest is counted. */
static void test_many_answers(void **state)
{
	OWN_POLICY struct cg_policy *policy = cg_policy_new(CG_ACTION_ALLOW);
	const struct cg_arch *arch = cg_arch_find("x86_64");
	struct cg_flow *flow = calloc(1, sizeof(*flow));
	struct cg_picture_page page = { .language = "en", .id = "many" };
	CG_CLEANUP(cg_text_done) struct cg_text text = { 0 };
	size_t n = 0;

	assert_int_equal(cg_policy_add_arch(policy, arch, NULL), 0);
	for (uint32_t nr = 0; nr < 40; nr++) {
		struct cg_rule rule = { .arch = arch, .nr = nr, .action = cg_action_errno(nr + 1) };

		assert_int_equal(cg_policy_add_rule(policy, &rule, NULL), 0);
	}
	assert_int_equal(cg_flow_of_policy(policy, flow, NULL), 0);
	assert_int_equal(flow->arches[0].by_number.n_items, CG_FLOW_ANSWERS_LIMIT);
	for (size_t i = 0; i < CG_FLOW_ANSWERS_LIMIT; i++)
		n += flow->arches[0].by_number.items[i].n_calls;
	assert_int_equal(n + flow->arches[0].by_number.n_further, flow->arches[0].n_calls);
	cg_picture_flow(flow, &page, &text);
	check_picture(&text, "en", CG_PICTURE_BOTH);
	free(flow);
}

/* ---- drawing */

static void test_profiles_drawn(void **state)
{
	OWN_POLICY struct cg_policy *policy = bundled("container-default");
	struct cg_flow *flow = calloc(1, sizeof(*flow));
	CG_CLEANUP(cg_text_done) struct cg_text text = { 0 };
	static const struct cg_picture_cve_row rows[] = { { HOSTILE, 50, 3, 3 }, { "", 0, 0, 56 }, { "x", 0, 0, 0 } };

	assert_int_equal(cg_flow_of_policy(policy, flow, NULL), 0);
	flow->n_instructions = 183;
	for (size_t i = 0; i < CG_N_ITEMS(languages); i++)
		for (enum cg_picture_form form = CG_PICTURE_BOTH; form <= CG_PICTURE_FILE; form++) {
			struct cg_picture_page page = { .language = languages[i], .id = "p", .form = form };

			cg_picture_flow(flow, &page, &text);
			assert_non_null(strstr(cg_text_get(&text), "KILL_THREAD"));
			assert_non_null(strstr(cg_text_get(&text), "183"));
			check_picture(&text, languages[i], form);
			cg_picture_calls(&flow->arches[0], &page, &text);
			check_picture(&text, languages[i], form);
			cg_picture_cves(rows, CG_N_ITEMS(rows), &page, &text);
			assert_non_null(strstr(cg_text_get(&text), "&lt;script&gt;"));
			check_picture(&text, languages[i], form);
		}
	free(flow);
}

/* Other languages, no architecture at all, one that is not told apart, every architecture at once. */
static void test_odd_flows(void **state)
{
	struct cg_flow *flow = calloc(1, sizeof(*flow));
	struct cg_picture_page page = { .language = "eo", .id = "odd" };
	CG_CLEANUP(cg_text_done) struct cg_text text = { 0 };
	struct cg_meanings *meanings = cg_meanings_new(NULL);
	const struct cg_arch *all[CG_N_ARCHES_MAX];
	uint32_t root;

	cg_picture_flow(flow, &page, &text);
	check_picture(&text, "en", CG_PICTURE_BOTH);
	flow->is_blind = true;
	flow->whole[0].arch = cg_arch_find("arm");
	flow->n_whole = 1;
	page.language = NULL;
	cg_picture_flow(flow, &page, &text);
	assert_non_null(strstr(cg_text_get(&text), "Every call of arm: KILL_THREAD"));
	check_picture(&text, "en", CG_PICTURE_BOTH);
	for (size_t i = 0; i < cg_n_arches; i++)
		all[i] = &cg_arches[i];
	assert_int_equal(cg_meaning_of_action(meanings, CG_ACTION_LOG, &root, NULL), 0);
	assert_int_equal(cg_flow_of_meaning(meanings, root, all, cg_n_arches, CG_ACTION_TRAP, flow, NULL), 0);
	assert_int_equal(flow->arches[cg_n_arches - 1].by_number.items[0].n_calls, cg_syscall_count(all[cg_n_arches - 1]));
	page.language = "ja";
	cg_picture_flow(flow, &page, &text);
	check_picture(&text, "ja", CG_PICTURE_BOTH);
	cg_meanings_free(meanings);
	free(flow);
}

static void test_many_rows(void **state)
{
	struct cg_picture_cve_row rows[CG_PICTURE_ROWS_LIMIT + 4];
	struct cg_picture_page page = { .language = "en", .id = "rows" };
	CG_CLEANUP(cg_text_done) struct cg_text text = { 0 };

	for (size_t i = 0; i < CG_N_ITEMS(rows); i++)
		rows[i] = (struct cg_picture_cve_row){ "a row", SIZE_MAX / 8, i, SIZE_MAX / 8 };
	cg_picture_cves(rows, CG_N_ITEMS(rows), &page, &text);
	assert_int_equal(count(cg_text_get(&text), ">a row</text>"), 2 * CG_PICTURE_ROWS_LIMIT);
	check_picture(&text, "en", CG_PICTURE_BOTH);
	cg_picture_cves(rows, 0, &page, &text);
	assert_int_equal(text.length, 0);
}

/* ---- recordings */

static void draw_coverage(size_t n_runs, size_t n_new, uint64_t n_estimated)
{
	CG_CLEANUP(cg_text_done) struct cg_text text = { 0 };
	struct cg_coverage coverage = { .n_runs = n_runs, .is_estimated = n_estimated > 0, .n_estimated = n_estimated };

	for (size_t i = 0; i < n_runs; i++) {
		struct cg_coverage_run run = { .id = HOSTILE, .started = "", .n_new = i % 7 == 0 ? n_new : 0 };

		coverage.n_calls += run.n_new;
		assert_int_equal(cg_vec_push(&coverage.curve, run), 0);
	}
	for (size_t i = 0; i < CG_N_ITEMS(languages); i++) {
		struct cg_picture_page page = { .language = languages[i], .id = "c" };

		cg_picture_coverage(&coverage, &page, &text);
		if (n_runs < 2)
			assert_int_equal(text.length, 0);
		else
			check_picture(&text, languages[i], CG_PICTURE_BOTH);
	}
	cg_vec_done(&coverage.curve);
}

static void test_coverage(void **state)
{
	draw_coverage(0, 0, 0);
	draw_coverage(1, 5, 0);
	draw_coverage(2, 0, 0);
	draw_coverage(2, 73, 80);
	draw_coverage(61, 9, 100);
	draw_coverage(100000, 16384, UINT32_MAX);
	draw_coverage(3, SIZE_MAX / 16, UINT64_MAX / 2);
}

static struct cg_summary summary_of(struct cg_recording *recording)
{
	struct cg_summary summary;

	assert_int_equal(cg_recording_summarise(recording, &summary), 0);
	return summary;
}

static void add_time(struct cg_recording *recording, struct cg_run *run, uint32_t nr, uint64_t n, unsigned int bucket)
{
	struct cg_call_time time = { .n_calls = n, .total_ns = n << bucket, .max_ns = 1ULL << bucket };
	struct cg_recorded_call call = { .arch = cg_arch_find("x86_64"), .nr = nr, .count = n, .time = &time };

	call.arch_token = call.arch->token;
	time.buckets[bucket] = n;
	assert_int_equal(cg_run_add_call(recording, run, &call), 0);
}

static void check_time(const struct cg_summary *summary, const char *expected)
{
	CG_CLEANUP(cg_text_done) struct cg_text text = { 0 };

	for (size_t i = 0; i < CG_N_ITEMS(languages); i++) {
		struct cg_picture_page page = { .language = languages[i], .id = "t" };

		cg_picture_time(summary, &page, &text);
		if (!strstr(cg_text_get(&text), expected))
			fail_msg("no \"%s\" in %.600s", expected, cg_text_get(&text));
		check_picture(&text, languages[i], CG_PICTURE_BOTH);
	}
}

static void test_time(void **state)
{
	struct cg_recording *recording = cg_recording_new();
	CG_CLEANUP(cg_text_done) struct cg_text text = { 0 };
	struct cg_summary summary;
	struct cg_run *run;

	assert_int_equal(cg_recording_add_run(recording, "00112233445566778899aabbccddeeff", &run), 0);
	cg_run_finish(run);
	summary = summary_of(recording);
	assert_false(cg_picture_has_time(&summary));
	cg_picture_time(&summary, &(struct cg_picture_page){ .id = "t" }, &text);
	assert_int_equal(text.length, 0);
	cg_summary_done(&summary);

	add_time(recording, run, 0, 1, 0);
	cg_run_finish(run);
	summary = summary_of(recording);
	assert_true(cg_picture_has_time(&summary));
	check_time(&summary, "read 1 ns");
	cg_summary_done(&summary);

	/* Thirty calls of which ten are shown: 2^39 ns is 550 s, a thousand times that some 550 thousand. */
	for (uint32_t nr = 1; nr < 30; nr++)
		add_time(recording, run, nr, nr == 29 ? 1000 : nr, nr == 29 ? 39 : 10 + nr % 5);
	cg_run_finish(run);
	summary = summary_of(recording);
	check_time(&summary, "shmget 549,755 s");
	cg_summary_done(&summary);
	cg_recording_free(recording);
}

/* ---- words */

static void test_escape(void **state)
{
	CG_CLEANUP(cg_text_done) struct cg_text text = { 0 };

	cg_picture_escape(&text, "a<b>&\"'\x01\xff\xef\xbf\xbf", 12);
	assert_string_equal(cg_text_get(&text), "a&lt;b&gt;&amp;&quot;&#39;\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
}

static void test_lines(void **state)
{
	static const struct {
		const char *words;
		int width, n_lines, expected;
	} rows[] = {
		{ "", 100, 3, 0 },
		{ "one line", 100, 3, 1 },
		{ "read, write, openat, close", 100, 9, 2 },
		{ "averyveryverylongwordthatfitsnowhere", 60, 9, 5 },
		{ "呼び出しは、ありうる答えごとに数える", 120, 9, 2 },
		{ "a b c d e f g", 1, 3, 3 },
		{ "\xff\xff\xff", 5, 9, 3 },
	};
	struct cg_pen pen = { .size = 12, .leading = 16 };

	for (size_t i = 0; i < CG_N_ITEMS(rows); i++) {
		int n = cg_pen_count_lines(&pen, rows[i].width, rows[i].n_lines, "t", rows[i].words);

		if (n != rows[i].expected)
			fail_msg("%s: %d lines, not %d", rows[i].words, n, rows[i].expected);
	}
	assert_true(cg_pen_measure(&pen, "日本") == 24);
	cg_pen_paragraph(&pen, 0, 0, 60, 1, "t", "read write openat");
	assert_non_null(strstr(cg_text_get(&pen.body), ">read…</text>"));
	cg_text_clear(&pen.body);
	cg_pen_add_number(&pen.body, 1234567);
	cg_pen_add_number(&pen.body, 0);
	assert_string_equal(cg_text_get(&pen.body), "1,234,5670");
	cg_text_done(&pen.body);
}

/* Whatever the pictures name is in the style; every paint has its colours. */
static void test_style(void **state)
{
	static const char *const names[] = { "open", "log", "asked", "refused", "kill", "safe" };

	for (size_t i = 0; i < CG_N_ITEMS(names); i++) {
		char edge[32], colour[32];

		snprintf(edge, sizeof(edge), ".edge-%s {", names[i]);
		snprintf(colour, sizeof(colour), "--%s: #", names[i]);
		assert_int_equal(count(cg_picture_style, edge), 1);
		assert_int_equal(count(cg_picture_style, colour), 3); /* light, dark, print */
	}
	assert_int_equal(strncmp(cg_report_style, cg_picture_style, strlen(cg_picture_style)), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_figures),	  cmocka_unit_test(test_fates),	    cmocka_unit_test(test_many_answers),
		cmocka_unit_test(test_profiles_drawn), cmocka_unit_test(test_odd_flows), cmocka_unit_test(test_many_rows),
		cmocka_unit_test(test_coverage), cmocka_unit_test(test_time),	    cmocka_unit_test(test_escape),
		cmocka_unit_test(test_lines),	  cmocka_unit_test(test_style),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
