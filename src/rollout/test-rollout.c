/* ROLLOUT.json: what is right, each thing that is not with its place; who is in a cohort; states and journals. */
#include "rollout/rollout.h"
#include "rollout/state.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define HEAD "{\"callgate\": \"rollout\", \"version\": 1, \"name\": \"r\", \"profile\": \"p\", \"audit\": \"a\", "
#define PHASES "\"phases\": [{\"name\": \"x\", \"enforce\": \"all\"}]"

static void test_all_of_it(void **state)
{
	static const char text[] =
		HEAD "\"path\": \"/etc/p.json\", \"hosts\": [\"B\", \"a\"], // a comment\n"
		"\"cohorts\": [{\"name\": \"one\", \"hosts\": [\"a\"]}, {\"name\": \"some\", \"percent\": 25}],\n"
		"\"phases\": [{\"name\": \"audit\", \"enforce\": \"none\", \"minimum\": \"2d\", \"gate\": {\"new_violations\": 0,\n"
		"\"violations\": 7, \"tiers\": [\"critical\", \"none\"], \"lost\": 3, \"hosts\": \"50%\", \"watched\": \"80%\",\n"
		"\"tests\": {\"result\": \"r.json\", \"max_age\": \"2h\"}}},\n"
		"{\"name\": \"part\", \"enforce\": [\"some\"], \"gate\": {\"hosts\": 3, \"tests\": \"s.json\"}},\n"
		"{\"name\": \"full\", \"enforce\": \"all\"},],\n"
		"\"source\": {\"prometheus\": \"https://h:9090/\", \"prefix\": \"w\", \"job\": \"j\", \"host_label\": \"node\",\n"
		"\"match\": {\"profile\": \"a\\\"b\"}, \"timeout\": \"500ms\"}}";
	struct cg_rollout rollout;
	struct cg_err err = { 0 };

	assert_int_equal(cg_rollout_read("r.json", text, strlen(text), &rollout, &err), 0);
	assert_string_equal(rollout.path, "/etc/p.json");
	assert_int_equal(rollout.n_hosts, 2);
	assert_string_equal(rollout.hosts.items[1], "b"); /* in lower case, in order */
	assert_int_equal(rollout.cohorts[1].percent, 25);
	assert_int_equal(rollout.n_phases, 3);
	assert_int_equal(rollout.phases[0].minimum_ms, 2 * 86400000);
	assert_int_equal(rollout.phases[0].gate.new_violations, 0);
	assert_int_equal(rollout.phases[0].gate.tiers, 1 << CG_TIER_CRITICAL | 1 << CG_TIER_NONE);
	assert_true(rollout.phases[0].gate.hosts.is_percent);
	assert_int_equal(rollout.phases[0].gate.watched_percent, 80);
	assert_int_equal(rollout.phases[0].gate.result_age_ms, 7200000);
	assert_true(rollout.phases[1].gate.violations == CG_ROLLOUT_ANY);
	assert_string_equal(rollout.phases[1].gate.suite, "s.json");
	assert_true(rollout.phases[1].enforces[1]);
	assert_false(rollout.phases[1].enforces[0]);
	assert_true(rollout.phases[2].enforces_all);
	assert_null(rollout.source.history);
	assert_string_equal(rollout.source.matches[0].value, "a\"b");
	assert_int_equal(rollout.source.timeout_ms, 500);
	cg_rollout_done(&rollout);
}

static void fails(const char *text, int code, const char *place, const char *words)
{
	struct cg_rollout rollout = { 0 };
	struct cg_err err = { 0 };
	int r = cg_rollout_read("r.json", text, strlen(text), &rollout, &err);

	if (r != code || strcmp(err.place, place) != 0 || !strstr(err.message, words))
		fail_msg("%s: %d %s: %s", text, r, err.place, err.message);
	assert_null(rollout.name);
}

static void test_what_is_wrong(void **state)
{
	static const struct {
		const char *text, *place, *words;
		int code;
	} rows[] = {
		{ "", "r.json:1:1", "", -EBADMSG },
		{ "{\"callgate\": \"rollout\", \"ver", "r.json:1:25", "", -EBADMSG },
		{ "[]", "r.json:1:1", "no rollout", -EINVAL },
		{ "{\"callgate\": \"suite\", \"version\": 1}", "r.json:1:1", "no rollout", -EINVAL },
		{ "{\"callgate\": \"rollout\", \"version\": 2}", "r.json:1:36", "newer callgate", -EPROTONOSUPPORT },
		{ "{\"callgate\": \"rollout\", \"version\": 1}", "r.json:1:1", "\"name\" is missing", -EINVAL },
		{ HEAD "\"phasess\": []}", "r.json:1:93", "did you mean \"phases\"", -EINVAL },
		{ HEAD "\"phases\": []}", "r.json:1:92", "no phase", -EINVAL },
		{ HEAD "\"phases\": [{\"name\": \"../x\", \"enforce\": \"all\"}]}", "r.json:1:102", "a name has", -EINVAL },
		{ HEAD "\"phases\": [{\"name\": \"x\", \"enforce\": \"al\"}]}", "r.json:1:118", "none", -EINVAL },
		{ HEAD "\"phases\": [{\"name\": \"x\", \"enforce\": [\"c\"]}]}", "r.json:1:119", "no such cohort", -EINVAL },
		{ HEAD "\"phases\": [{\"name\": \"x\", \"enforce\": \"none\"}, {\"name\": \"y\", \"enforce\": \"all\"}]}",
		  "r.json:1:93", "needs a \"gate\"", -EINVAL },
		{ HEAD "\"phases\": [{\"name\": \"x\", \"enforce\": \"none\", \"gate\": {\"voilations\": 1}}]}", "r.json:1:149",
		  "did you mean \"violations\"", -EINVAL },
		{ HEAD "\"phases\": [{\"name\": \"x\", \"enforce\": \"none\", \"gate\": {\"lost\": -1}}]}", "r.json:1:143",
		  "whole number", -EINVAL },
		{ HEAD "\"phases\": [{\"name\": \"x\", \"enforce\": \"none\", \"gate\": {\"hosts\": \"101%\"}}]}",
		  "r.json:1:144", "such as", -EINVAL },
		{ HEAD "\"phases\": [{\"name\": \"x\", \"enforce\": \"none\", \"gate\": {\"tiers\": [\"hihg\"]}}]}",
		  "r.json:1:145", "a tier is", -EINVAL },
		{ HEAD "\"phases\": [{\"name\": \"x\", \"enforce\": \"none\", \"minimum\": \"1 day\"}]}", "r.json:1:137",
		  "a duration", -EINVAL },
		{ HEAD "\"cohorts\": [{\"name\": \"c\", \"percent\": 0}], " PHASES "}", "r.json:1:119", "1 to 100", -EINVAL },
		{ HEAD "\"cohorts\": [{\"name\": \"c\", \"percent\": 5, \"hosts\": []}], " PHASES "}", "r.json:1:94", "either",
		  -EINVAL },
		{ HEAD "\"hosts\": [\"a b\"], " PHASES "}", "r.json:1:92", "no host's name", -EINVAL },
		{ HEAD "\"hosts\": [\"$(id)\"], " PHASES "}", "r.json:1:92", "no host's name", -EINVAL },
		{ HEAD "\"hosts\": [\"a\\u0000b\"], " PHASES "}", "r.json:1:92", "control character", -EINVAL },
		{ HEAD "\"hosts\": [\"\"], " PHASES "}", "r.json:1:92", "no host's name", -EINVAL },
		{ HEAD "\"hosts\": [\"a\", \"A\"], " PHASES "}", "r.json:1:97", "twice", -EINVAL },
		{ HEAD PHASES ", \"source\": {\"history\": \"h\", \"prometheus\": \"http://x\"}}", "r.json:1:137", "either",
		  -EINVAL },
		{ HEAD PHASES ", \"source\": {\"prometheus\": \"file:///etc/passwd\"}}", "r.json:1:152", "http://", -EINVAL },
		{ HEAD PHASES ", \"source\": {\"prometheus\": \"http://x\", \"match\": {\"a-b\": \"\"}}}", "r.json:1:181",
		  "no label", -EINVAL },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		fails(rows[i].text, rows[i].code, rows[i].place, rows[i].words);
}

/* HEAD, a list of `n` times item, the end. */
static char *long_list(const char *start, const char *item, size_t n, const char *end)
{
	size_t size = strlen(start) + n * (strlen(item) + 24) + strlen(end) + 1, length;
	char *text = malloc(size);

	length = (size_t)snprintf(text, size, "%s", start);
	for (size_t i = 0; i < n; i++) {
		length += (size_t)snprintf(text + length, size - length, "%s", i ? ", " : "");
		length += (size_t)snprintf(text + length, size - length, item, i);
	}
	snprintf(text + length, size - length, "%s", end);
	return text;
}

static void test_limits(void **state)
{
	static const struct {
		const char *start, *item, *end;
		size_t most;
	} rows[] = {
		{ HEAD "\"hosts\": [", "\"h%zu\"", "], " PHASES "}", CG_ROLLOUT_HOSTS_LIMIT },
		{ HEAD "\"cohorts\": [", "{\"name\": \"c%zu\", \"percent\": 1}", "], " PHASES "}", CG_ROLLOUT_COHORTS_LIMIT },
		{ HEAD "\"phases\": [", "{\"name\": \"p%zu\", \"enforce\": \"all\", \"gate\": {}}", "]}",
		  CG_ROLLOUT_PHASES_LIMIT },
		{ HEAD PHASES ", \"source\": {\"prometheus\": \"http://x\", \"match\": {", "\"l%zu\": \"\"", "}}}",
		  CG_ROLLOUT_MATCHES_LIMIT },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char *fits = long_list(rows[i].start, rows[i].item, rows[i].most, rows[i].end);
		char *too_many = long_list(rows[i].start, rows[i].item, rows[i].most + 1, rows[i].end);
		struct cg_rollout rollout;
		struct cg_err err = { 0 };

		assert_int_equal(cg_rollout_read("r", fits, strlen(fits), &rollout, &err), 0);
		cg_rollout_done(&rollout);
		assert_int_equal(cg_rollout_read("r", too_many, strlen(too_many), &rollout, &err), -E2BIG);
		free(fits);
		free(too_many);
	}
	assert_int_equal(cg_rollout_read("r", "", CG_ROLLOUT_SIZE_LIMIT + 1, NULL, NULL), -E2BIG);
}

/* ---- cohorts */

static void read_cohorts(struct cg_rollout *rollout)
{
	static const char text[] =
		HEAD "\"hosts\": [\"h1\", \"h2\", \"listed\"], \"cohorts\": [{\"name\": \"ten\", \"percent\": 10}, "
		     "{\"name\": \"more\", \"percent\": 35}, {\"name\": \"list\", \"hosts\": [\"Listed\", \"Web-1.example.org\"]}],"
		     "\"phases\": [{\"name\": \"a\", \"enforce\": \"none\", \"gate\": {}}, "
		     "{\"name\": \"b\", \"enforce\": [\"ten\", \"list\"], \"gate\": {}}, {\"name\": \"c\", \"enforce\": \"all\"}]}";
	struct cg_err err = { 0 };

	if (cg_rollout_read("r", text, strlen(text), rollout, &err) < 0)
		fail_msg("%s: %s", err.place, err.message);
}

/* Who is in a share stays in it when it grows, and the share is about as large as it says. */
static void test_percentage(void **state)
{
	struct cg_rollout rollout;
	unsigned int n_ten = 0, n_more = 0;
	char host[32];

	read_cohorts(&rollout);
	for (unsigned int i = 0; i < 10000; i++) {
		bool ten, more;

		snprintf(host, sizeof(host), "host-%u.example.org", i);
		ten = cg_rollout_has_host(&rollout, &rollout.cohorts[0], host);
		more = cg_rollout_has_host(&rollout, &rollout.cohorts[1], host);
		assert_false(ten && !more);
		n_ten += ten;
		n_more += more;
	}
	assert_in_range(n_ten, 850, 1150);
	assert_in_range(n_more, 3250, 3750);
	/* For ever: a new version of callgate must find the same hosts. */
	assert_int_equal(cg_rollout_bucket(&rollout, "host-1"), cg_rollout_bucket(&rollout, "HOST-1"));
	assert_int_equal(cg_rollout_bucket(&rollout, "host-1"), 87);
	assert_int_equal(cg_rollout_bucket(&rollout, "host-2"), 74);
	cg_rollout_done(&rollout);
}

static void test_enforced(void **state)
{
	struct cg_rollout rollout;

	read_cohorts(&rollout);
	assert_false(cg_rollout_enforces(&rollout, 0, "listed"));
	assert_true(cg_rollout_enforces(&rollout, 1, "LISTED"));
	assert_true(cg_rollout_enforces(&rollout, 1, "web-1.example.org"));
	assert_false(cg_rollout_enforces(&rollout, 1, "web-1")); /* whole names only */
	assert_true(cg_rollout_enforces(&rollout, 2, "nobody-knows-me"));
	assert_int_equal(cg_rollout_find_phase(&rollout, "c"), 2);
	assert_int_equal(cg_rollout_find_phase(&rollout, "d"), -1);
	cg_rollout_done(&rollout);
}

static void test_standing(void **state)
{
	struct cg_rollout_host_fact hosts[] = { { "listed", true, false, 100, 3 }, { "stranger", false, false, 100, 4 } };
	struct cg_rollout_facts facts = { .hosts = { hosts, 2, 2 } };
	struct cg_rollout_standing standing;
	struct cg_rollout rollout;

	read_cohorts(&rollout);
	standing = cg_rollout_stand(&rollout, 1, &rollout.cohorts[2], &facts);
	assert_true(standing.is_enforced);
	assert_int_equal(standing.n_hosts, 2); /* the one that nobody has heard of too */
	assert_int_equal(standing.n_reporting, 1);
	assert_int_equal(standing.n_violations, 3);
	standing = cg_rollout_stand(&rollout, 0, &rollout.cohorts[2], &facts);
	assert_false(standing.is_enforced);
	cg_rollout_done(&rollout);
}

static void test_host_names(void **state)
{
	char long_name[CG_ROLLOUT_HOST_LIMIT + 2];

	memset(long_name, 'a', sizeof(long_name) - 1);
	long_name[sizeof(long_name) - 1] = '\0';
	assert_false(cg_rollout_host_is_valid(long_name));
	long_name[CG_ROLLOUT_HOST_LIMIT] = '\0';
	assert_true(cg_rollout_host_is_valid(long_name));
	assert_true(cg_rollout_host_is_valid("fe80::1"));
	for (const char *const *bad = (const char *const[]){ "", "a/b", "a\nb", "a b", "\xc3\xa4", "a;b", NULL }; *bad; bad++)
		assert_false(cg_rollout_host_is_valid(*bad));
}

/* ---- state and journal */

static void test_state(void **state_)
{
	struct cg_rollout_state state = { "r", "audit", 1700000000123, 7, "advance", "x", "me", "h", "a \"reason\"",
					  "0123", "4567", true }, again;
	struct cg_arena arena = { 0 };
	struct cg_text text = { 0 };
	struct cg_err err = { 0 };

	cg_rollout_state_write(&state, &text);
	assert_int_equal(cg_rollout_state_read(&arena, "s", cg_text_get(&text), text.length, &again, &err), 0);
	assert_string_equal(again.phase, "audit");
	assert_int_equal(again.since_ms, state.since_ms);
	assert_int_equal(again.serial, 7);
	assert_string_equal(again.reason, "a \"reason\"");
	assert_true(again.is_audit_derived);
	assert_non_null(strstr(cg_text_get(&text), "\"since\": \"2023-11-14T22:13:20.123Z\""));
	/* Half-written: every beginning of it is refused. */
	for (size_t n = 0; n + 2 < text.length; n++)
		assert_true(cg_rollout_state_read(&arena, "s", cg_text_get(&text), n, &again, &err) < 0);
	cg_text_done(&text);
	cg_text_add(&text, "{\"callgate\": \"rollout-state\", \"version\": 2}");
	assert_int_equal(cg_rollout_state_read(&arena, "s", text.data, text.length, &again, &err), -EPROTONOSUPPORT);
	assert_int_equal(cg_rollout_state_read(&arena, "s", text.data, CG_ROLLOUT_STATE_LIMIT + 1, &again, &err), -E2BIG);
	cg_text_done(&text);
	cg_arena_done(&arena);
}

static void test_journal(void **state_)
{
	struct cg_rollout_state state = { "r", "audit", 1, 41, "force", "x", "me", "h", "why\n", "0", "1", true };
	struct cg_text text = { 0 };

	assert_int_equal(cg_rollout_journal_serial("", 0), 0);
	cg_text_add(&text, "{\"serial\": 3}\n{\"serial\": -9}\nnot json\n{\"serial\": \"x\"}\n");
	cg_rollout_journal_line(&state, "time: 0 s", &text);
	assert_non_null(strstr(cg_text_get(&text), "\"gate_waited_for\":\"time: 0 s\"}\n"));
	assert_non_null(strstr(cg_text_get(&text), "\"reason\":\"why\\n\""));
	cg_text_add(&text, "{\"serial\": 99, \"ha"); /* cut off by a crash */
	assert_int_equal(cg_rollout_journal_serial(cg_text_get(&text), text.length), 41);
	cg_text_done(&text);
}

static void test_digest(void **state)
{
	char digest[CG_ROLLOUT_DIGEST_SIZE];

	cg_rollout_digest("abc", 3, digest); /* FIPS 180-4's example */
	assert_string_equal(digest, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

static void test_what_init_writes(void **state)
{
	struct cg_rollout_wish wish = { "n", "p.json", "a.json", NULL, "http://x:1", NULL, "s.json" };
	struct cg_text text = { 0 };
	struct cg_rollout rollout;

	cg_rollout_write(&wish, &text);
	assert_int_equal(cg_rollout_read("r", cg_text_get(&text), text.length, &rollout, NULL), 0);
	assert_int_equal(rollout.n_phases, 3);
	assert_string_equal(rollout.phases[1].gate.suite, "s.json");
	cg_rollout_done(&rollout);
	cg_text_done(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_of_it),  cmocka_unit_test(test_what_is_wrong),
		cmocka_unit_test(test_limits),	   cmocka_unit_test(test_percentage),
		cmocka_unit_test(test_enforced),   cmocka_unit_test(test_standing),
		cmocka_unit_test(test_host_names), cmocka_unit_test(test_state),
		cmocka_unit_test(test_journal),	   cmocka_unit_test(test_digest),
		cmocka_unit_test(test_what_init_writes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
