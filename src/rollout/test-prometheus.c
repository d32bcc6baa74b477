/* What is asked of Prometheus, and what is made of its answers, hostile ones too. */
#include "rollout/prometheus.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct cg_rollout_source source_of(const char *url)
{
	return (struct cg_rollout_source){ .prometheus = url, .prefix = "w", .job = "callgate", .host_label = "instance",
					   .matches = { { "profile", "a\"b\\c" }, { "cluster", "x" } }, .n_matches = 2 };
}

static void check_query(enum cg_prometheus_question question, const char *wanted)
{
	struct cg_rollout_source source = source_of("http://h");
	struct cg_text text = { 0 };

	cg_prometheus_query(&source, question, 600500, &text);
	if (!strstr(cg_text_get(&text), wanted))
		fail_msg("%s\nshould have\n%s", cg_text_get(&text), wanted);
	cg_text_done(&text);
}

static void test_queries(void **state)
{
	check_query(CG_PROMETHEUS_UP, "up{job=\"callgate\",cluster=\"x\"}");
	check_query(CG_PROMETHEUS_SOURCES, "count by (instance) (w_seccomp_monitor_source_info{job=\"callgate\",cluster=\"x\"})");
	check_query(CG_PROMETHEUS_SOURCES_LOGGED, "count by (instance) (w_seccomp_monitor_source_info{job=\"callgate\","
						  "source=~\"audit|kmsg|file\",cluster=\"x\"})");
	check_query(CG_PROMETHEUS_WATCHED_LOGGED, "sum_over_time((count by (instance) (w_seccomp_monitor_source_info{"
						  "job=\"callgate\",source=~");
	check_query(CG_PROMETHEUS_WATCHED, "[600500ms:6005ms]) * 6005 / 600500");
	check_query(CG_PROMETHEUS_VIOLATIONS,
		    "increase(w_seccomp_violations_total{job=\"callgate\",profile=\"a\\\"b\\\\c\",cluster=\"x\"}[600500ms])");
	check_query(CG_PROMETHEUS_NEW, "[90d] offset 600500ms");
	check_query(CG_PROMETHEUS_LOST, "w_seccomp_events_lost_total{job=\"callgate\",cluster=\"x\"}[600500ms]");
	check_query(CG_PROMETHEUS_LOST_UNKNOWN, "w_seccomp_events_lost_unknown_total{");
}

static void test_url(void **state)
{
	struct cg_rollout_source source = source_of("http://h:9090/p/");
	struct cg_text text = { 0 };

	cg_prometheus_url(&source, "up{a=\"b c\"} & \xc3\xa4", &text);
	assert_string_equal(cg_text_get(&text),
			    "http://h:9090/p/api/v1/query?query=up%7Ba%3D%22b%20c%22%7D%20%26%20%C3%A4");
	cg_text_done(&text);
}

#define ANSWER(result) "{\"status\": \"success\", \"data\": {\"resultType\": \"vector\", \"result\": [" result "]}}"

static void test_answer(void **state)
{
	static const char text[] =
		ANSWER("{\"metric\": {\"instance\": \"B.example:9464\", \"syscall\": \"mount\"}, \"value\": [1.5, \"2.75\"]},"
		       "{\"metric\": {\"instance\": \"[::1]:9464\"}, \"value\": [1, \"0\"]},"
		       "{\"metric\": {\"instance\": \"fe80::1\"}, \"value\": [1, \"0\"]},"
		       "{\"metric\": {\"instance\": \"a b\"}, \"value\": [1, \"1e3\"]}");
	struct cg_prometheus_samples samples;
	struct cg_arena arena = { 0 };
	struct cg_err err = { 0 };

	assert_int_equal(cg_prometheus_read(&arena, "p", text, strlen(text), &samples, &err), 0);
	assert_int_equal(samples.n_items, 4);
	assert_true(samples.items[0].value == 2.75);
	assert_true(samples.items[3].value == 1000);
	assert_string_equal(cg_prometheus_label(&samples.items[0], "syscall"), "mount");
	assert_string_equal(cg_prometheus_label(&samples.items[1], "syscall"), "");
	assert_string_equal(cg_prometheus_host(&samples.items[0], "instance", &arena), "b.example");
	assert_string_equal(cg_prometheus_host(&samples.items[1], "instance", &arena), "::1");
	assert_string_equal(cg_prometheus_host(&samples.items[2], "instance", &arena), "fe80::1");
	assert_null(cg_prometheus_host(&samples.items[3], "instance", &arena));
	assert_null(cg_prometheus_host(&samples.items[0], "node", &arena));
	cg_arena_done(&arena);
}

static void test_what_is_no_answer(void **state)
{
	static const struct {
		const char *text, *words;
		int code;
	} rows[] = {
		{ "", "", -EBADMSG },
		{ "<html>", "", -EBADMSG },
		{ "{}", "no answer of Prometheus", -EINVAL },
		{ "[]", "no answer of Prometheus", -EINVAL },
		{ "{\"status\": 7}", "no answer of Prometheus", -EINVAL },
		{ "{\"status\": \"error\", \"error\": \"too many\"}", "too many", -EPROTO },
		{ "{\"status\": \"success\", \"data\": {\"resultType\": \"matrix\", \"result\": []}}", "no vector", -EINVAL },
		{ "{\"status\": \"success\", \"data\": {\"resultType\": \"vector\", \"result\": {}}}", "no vector", -EINVAL },
		{ "{\"status\": \"success\", \"warnings\": [\"a store is gone\"], \"data\": {\"resultType\": \"vector\", \"result\": "
		  "[]}}",
		  "may be partial: a store is gone", -EPROTO },
		{ ANSWER("7"), "no sample", -EINVAL },
		{ ANSWER("{\"metric\": {}, \"value\": [1]}"), "no sample", -EINVAL },
		{ ANSWER("{\"metric\": {}, \"value\": [1, 2]}"), "no sample", -EINVAL },
		{ ANSWER("{\"metric\": [], \"value\": [1, \"2\"]}"), "no sample", -EINVAL },
		{ ANSWER("{\"metric\": {}, \"value\": [1, \"\"]}"), "no number", -EINVAL },
		{ ANSWER("{\"metric\": {}, \"value\": [1, \"NaN\"]}"), "no number", -EINVAL },
		{ ANSWER("{\"metric\": {}, \"value\": [1, \"+Inf\"]}"), "no number", -EINVAL },
		{ ANSWER("{\"metric\": {}, \"value\": [1, \"1x\"]}"), "no number", -EINVAL },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct cg_prometheus_samples samples = { 0 };
		struct cg_arena arena = { 0 };
		struct cg_err err = { 0 };
		int r = cg_prometheus_read(&arena, "p", rows[i].text, strlen(rows[i].text), &samples, &err);

		if (r != rows[i].code || !strstr(err.message, rows[i].words))
			fail_msg("%s: %d: %s", rows[i].text, r, err.message);
		assert_null(samples.items);
		cg_arena_done(&arena);
	}
}

static void test_limit(void **state)
{
	struct cg_prometheus_samples samples;
	struct cg_arena arena = { 0 };
	struct cg_text text = { 0 };

	cg_text_add(&text, "{\"status\": \"success\", \"data\": {\"resultType\": \"vector\", \"result\": [1");
	for (int i = 0; i < CG_PROMETHEUS_SAMPLES_LIMIT; i++)
		cg_text_add(&text, ",1");
	cg_text_add(&text, "]}}");
	assert_int_equal(cg_prometheus_read(&arena, "p", cg_text_get(&text), text.length, &samples, NULL), -E2BIG);
	cg_text_done(&text);
	cg_arena_done(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_queries),		  cmocka_unit_test(test_url),	cmocka_unit_test(test_answer),
		cmocka_unit_test(test_what_is_no_answer), cmocka_unit_test(test_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
