/*
 * Metrics: what they say, that hostile names stay inside their quotes, and that their number is bounded.
 */
#include "monitor/metrics.h"

#include "abi/action.h"
#include "abi/arch.h"
#include "abi/syscalls.h"
#include "monitor/labels.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct cg_violation sample(const char *container, uint32_t nr)
{
	return (struct cg_violation){
		.n = 1, .container = container, .profile = "p", .call = { .arch = cg_arch_find("x86_64")->token, .nr = nr },
		.action = CG_ACTION_ERRNO | 1,
	};
}

static struct cg_metrics *make(const char *prefix)
{
	struct cg_metrics *metrics = NULL;

	assert_int_equal(cg_metrics_new(prefix, &metrics, NULL), 0);
	return metrics;
}

static void check_text(const struct cg_metrics *metrics, enum cg_metrics_form form, const char *wanted, bool is_there)
{
	struct cg_text text = { 0 };

	cg_metrics_write(metrics, form, &text);
	assert_false(text.has_failed);
	if ((strstr(cg_text_get(&text), wanted) != NULL) != is_there)
		fail_msg("%s %s in\n%.4000s", wanted, is_there ? "is missing" : "should not be", cg_text_get(&text));
	cg_text_done(&text);
}

static void test_counts(void **state)
{
	struct cg_metrics *metrics = make(NULL);
	struct cg_violation violation = sample("web", 165);

	assert_int_equal(cg_metrics_count(metrics, &violation), 0);
	violation.n = 41;
	assert_int_equal(cg_metrics_count(metrics, &violation), 0);
	violation.call.nr = 99999;
	assert_int_equal(cg_metrics_count(metrics, &violation), 0);
	assert_int_equal(cg_metrics_lose(metrics, "audit", "enobufs", 0), 0);
	assert_int_equal(cg_metrics_lose(metrics, "audit", "enobufs", 5), 0);
	assert_int_equal(cg_metrics_watch(metrics, "kmsg"), 0);
	assert_int_equal(cg_metrics_watch(metrics, "ebpf,audit"), 0);
	assert_int_equal(cg_metrics_add_phase(metrics, "web", "audit"), 0);
	cg_metrics_forget_phases(metrics);
	assert_int_equal(cg_metrics_add_phase(metrics, "web", "partial"), 0);
	cg_metrics_set(metrics, CG_METRICS_LAST_BEAT, 12);

	check_text(metrics, 0, "# TYPE seccomp_violations_total counter\n", true);
	check_text(metrics, 0, "\nseccomp_violations_total{profile=\"p\",container=\"web\",syscall=\"mount\",arch=\"x86_64\","
			       "action=\"ERRNO\"} 42\n", true);
	check_text(metrics, 0, "syscall=\"unknown\"", true);
	check_text(metrics, 0, "\nseccomp_events_lost_total{source=\"audit\",reason=\"enobufs\"} 6\n", true);
	check_text(metrics, 0, "\nseccomp_events_lost_unknown_total{source=\"audit\",reason=\"enobufs\"} 1\n", true);
	check_text(metrics, 0, "\nseccomp_monitor_source_info{source=\"ebpf\"} 1\n", true);
	check_text(metrics, 0, "source_info{source=\"kmsg\"", false);
	/* What was not lost yet is told: increase() sees no first value. */
	check_text(metrics, 0, "\nseccomp_events_lost_total{source=\"ebpf\",reason=\"ring\"} 0\n", true);
	check_text(metrics, 0, "\nseccomp_events_lost_unknown_total{source=\"audit\",reason=\"ended\"} 0\n", true);
	check_text(metrics, 0, "source=\"keeper\"", false);
	assert_int_equal(cg_metrics_expect_losses(metrics, "keeper"), 0);
	check_text(metrics, 0, "\nseccomp_events_lost_total{source=\"keeper\",reason=\"overrun\"} 0\n", true);
	check_text(metrics, 0, "source=\"file\"", false);
	check_text(metrics, 0, "\nseccomp_rollout_phase{rollout=\"web\",phase=\"partial\"} 1\n", true);
	check_text(metrics, 0, "phase=\"audit\"", false);
	check_text(metrics, 0, "\nseccomp_monitor_last_beat_timestamp_seconds 12\n", true);
	check_text(metrics, 0, "history_writable", false);
	check_text(metrics, 0, "# EOF", false);
	check_text(metrics, CG_METRICS_OPENMETRICS, "# TYPE seccomp_violations counter\n", true);
	check_text(metrics, CG_METRICS_OPENMETRICS, "\nseccomp_violations_total{", true);
	check_text(metrics, CG_METRICS_OPENMETRICS, "# TYPE seccomp_monitor_source info\n", true);
	check_text(metrics, CG_METRICS_OPENMETRICS, "\n# EOF\n", true);
	cg_metrics_free(metrics);
}

static void test_prefix(void **state)
{
	static const char *const bad[] = { "1a", "a-b", "a b", "é",
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" };
	struct cg_metrics *metrics = make("workspace");
	struct cg_violation violation = sample("web", 165);
	struct cg_err err = { 0 };

	assert_int_equal(cg_metrics_count(metrics, &violation), 0);
	check_text(metrics, 0, "\nworkspace_seccomp_violations_total{", true);
	check_text(metrics, 0, "\nseccomp", false);
	check_text(metrics, 0, " seccomp_", false);
	metrics = cg_metrics_free(metrics);
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		assert_int_equal(cg_metrics_new(bad[i], &metrics, &err), -EINVAL);
		assert_null(metrics);
	}
}

static void test_hostile(void **state)
{
	struct cg_metrics *metrics = make(NULL);
	struct cg_violation violation = sample("a\"} 1\nevil{x=\"\\", 165);
	char name[400];

	assert_int_equal(cg_metrics_count(metrics, &violation), 0);
	check_text(metrics, 0, "container=\"a\\\"} 1\\nevil{x=\\\"\\\\\",", true);
	violation.container = "\xff\xc3";
	assert_int_equal(cg_metrics_count(metrics, &violation), 0);
	check_text(metrics, 0, "container=\"\xef\xbf\xbd\xef\xbf\xbd\",", true);
	memset(name, 'n', sizeof(name));
	name[sizeof(name) - 1] = '\0';
	memcpy(name + CG_LABEL_BYTES - 1, "\xc3\xa9", 2); /* the limit is in its middle */
	violation.container = name;
	assert_int_equal(cg_metrics_count(metrics, &violation), 0);
	name[CG_LABEL_BYTES - 1] = '"';
	name[CG_LABEL_BYTES] = '\0';
	check_text(metrics, 0, name, true);
	cg_metrics_free(metrics);
}

static uint64_t sum_of(const struct cg_metrics *metrics, size_t *ret_n_series)
{
	struct cg_text text = { 0 };
	uint64_t sum = 0;
	unsigned long long number;

	cg_metrics_write(metrics, 0, &text);
	assert_false(text.has_failed);
	*ret_n_series = 0;
	for (const char *line = cg_text_get(&text); line && *line; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL)
		if (strncmp(line, "seccomp_violations_total{", 25) == 0) {
			assert_int_equal(sscanf(strstr(line, "} "), "} %llu", &number), 1);
			sum += number;
			++*ret_n_series;
		}
	cg_text_done(&text);
	return sum;
}

/* Past each bound "other" takes it, and nothing is missing from the sum. */
static void test_bounds(void **state)
{
	struct cg_metrics *metrics = make(NULL);
	const struct cg_arch *arch = cg_arch_find("x86_64");
	struct cg_violation violation = sample("", 0);
	size_t n_series;
	char name[32];

	violation.container = name;
	for (unsigned int i = 0; i < CG_METRICS_CONTAINERS_LIMIT + 10; i++) {
		snprintf(name, sizeof(name), "c%u", i);
		assert_int_equal(cg_metrics_count(metrics, &violation), 0);
	}
	assert_int_equal(sum_of(metrics, &n_series), CG_METRICS_CONTAINERS_LIMIT + 10);
	assert_int_equal(n_series, CG_METRICS_CONTAINERS_LIMIT + 1);
	check_text(metrics, 0, "container=\"other\",syscall=\"read\",arch=\"x86_64\",action=\"ERRNO\"} 10\n", true);
	for (unsigned int i = 0; i < 12000; i++) {
		snprintf(name, sizeof(name), "c%u", i % 100);
		violation.call.nr = arch->rows[i / 100].nr;
		assert_int_equal(cg_metrics_count(metrics, &violation), 0);
	}
	assert_int_equal(sum_of(metrics, &n_series), CG_METRICS_CONTAINERS_LIMIT + 10 + 12000);
	assert_int_equal(n_series, CG_METRICS_SERIES_LIMIT + 1);
	check_text(metrics, 0, "{profile=\"other\",container=\"other\",syscall=\"other\",", true);
	for (unsigned int i = 0; i < 1000; i++) {
		snprintf(name, sizeof(name), "r%u", i);
		assert_int_equal(cg_metrics_lose(metrics, name, name, 1), 0);
		assert_int_equal(cg_metrics_add_phase(metrics, name, name), 0);
	}
	check_text(metrics, 0, "seccomp_events_lost_total{source=\"other\",reason=\"other\"} 936\n", true);
	check_text(metrics, 0, "rollout=\"r999\"", false);
	cg_metrics_free(metrics);
}

static void test_accept(void **state)
{
	static const struct {
		const char *accept;
		enum cg_metrics_form form;
	} rows[] = {
		{ NULL, CG_METRICS_PROMETHEUS },
		{ "", CG_METRICS_PROMETHEUS },
		{ "*/*", CG_METRICS_PROMETHEUS },
		{ "text/plain", CG_METRICS_PROMETHEUS },
		{ "application/openmetrics-text", CG_METRICS_OPENMETRICS },
		{ "APPLICATION/OpenMetrics-Text ; version=1.0.0", CG_METRICS_OPENMETRICS },
		{ "application/openmetrics-text; version=2.0.0", CG_METRICS_PROMETHEUS },
		{ "application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.6", CG_METRICS_PROMETHEUS },
		/* what Prometheus 2.42 and 2.53 send */
		{ "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,"
		  "text/plain;version=0.0.4;q=0.5,*/*;q=0.1", CG_METRICS_OPENMETRICS },
		{ "application/openmetrics-text;q=0", CG_METRICS_PROMETHEUS },
		{ "application/openmetrics-text;q=x,text/plain;q=0.1", CG_METRICS_PROMETHEUS },
		{ ";;;,,,;q=,q", CG_METRICS_PROMETHEUS },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (cg_metrics_choose(rows[i].accept) != rows[i].form)
			fail_msg("%s", rows[i].accept);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_counts), cmocka_unit_test(test_prefix), cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_bounds), cmocka_unit_test(test_accept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
