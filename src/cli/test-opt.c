/*
 * The command line parser, row by row: what is given, what comes out.
 */
#include "cli/cli.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static const struct cg_option options[] = {
	{ "output", 'o', "FILE", "", 0 },
	{ "arch", 0, "ARCH", "", CG_OPTION_REPEATS },
	{ "json", 'j', NULL, "", 0 },
	{ "stats", 's', NULL, "", 0 },
	{ NULL },
};

static const struct cg_command plain = { .name = "plain", .options = options };
static const struct cg_command runner = { .name = "runner", .options = options, .takes_command = true };

static const struct row {
	const struct cg_command *command;
	const char *line;    /* words, split at blanks */
	const char *expect;  /* output|arch,arch|json|stats|words; or "error: text" */
} rows[] = {
	{ &plain, "a b", "-||-|-|a b" },
	{ &plain, "-o f a", "f||-|-|a" },
	{ &plain, "-of a", "f||-|-|a" },
	{ &plain, "--output f a", "f||-|-|a" },
	{ &plain, "--output=f a", "f||-|-|a" },
	{ &plain, "--output=", "||-|-|" },
	{ &plain, "a --json b", "-||j|-|a b" },
	{ &plain, "-js a", "-||j|s|a" },
	{ &plain, "-jo f", "f||j|-|" },
	{ &plain, "--arch x --arch y", "-|x,y|-|-|" },
	{ &plain, "a -- --json", "-||-|-|a --json" },
	{ &plain, "-", "-||-|-|-" },
	{ &plain, "-o - a", "-||-|-|a" },
	{ &runner, "-j cmd -j", "-||j|-|cmd -j" },
	{ &runner, "-j -- -j", "-||j|-|-j" },
	{ &runner, "cmd -- x", "-||-|-|cmd -- x" },
	{ &plain, "--outptu f", "error: unknown option --outptu; did you mean --output?" },
	{ &plain, "--zzzzzz", "error: unknown option --zzzzzz" },
	{ &plain, "--out f", "error: unknown option --out; did you mean" },
	{ &plain, "-x", "error: unknown option -x" },
	{ &plain, "--output", "error: --output needs a value: FILE" },
	{ &plain, "-o", "error: -o needs a value: FILE" },
	{ &plain, "--json=1", "error: --json takes no value" },
	{ &plain, "-o a -o b", "error: --output is given twice" },
};

static void describe(const struct cg_args *args, struct cg_text *text)
{
	const char *output = cg_args_get(args, "output");

	cg_text_addf(text, "%s|", output ? output : "-");
	for (size_t i = 0; cg_args_get_nth(args, "arch", i); i++)
		cg_text_addf(text, "%s%s", i ? "," : "", cg_args_get_nth(args, "arch", i));
	cg_text_addf(text, "|%s|%s|", cg_args_has(args, "json") ? "j" : "-", cg_args_has(args, "stats") ? "s" : "-");
	for (size_t i = 0; i < args->n_words; i++)
		cg_text_addf(text, "%s%s", i ? " " : "", args->words[i]);
}

static void parses(void **state)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char line[256], *rest = line, *argv[32], *word;
		struct cg_text got = { 0 }, error = { 0 };
		struct cg_args args;
		int argc = 0;

		strcpy(line, rows[i].line);
		while ((word = strsep(&rest, " ")))
			argv[argc++] = word;
		argv[argc] = NULL;
		if (cg_args_parse(rows[i].command, argc, argv, &args, &error)) {
			describe(&args, &got);
			assert_string_equal(cg_text_get(&got), rows[i].expect);
		} else {
			cg_text_addf(&got, "error: %s", cg_text_get(&error));
			assert_memory_equal(cg_text_get(&got), rows[i].expect, strlen(rows[i].expect));
		}
		cg_text_done(&got);
		cg_text_done(&error);
	}
}

static void bounds_the_number_of_options(void **state)
{
	char *argv[302];
	struct cg_text error = { 0 };
	struct cg_args args;

	for (int i = 0; i < 301; i++)
		argv[i] = "-j";
	argv[301] = NULL;
	assert_false(cg_args_parse(&plain, 301, argv, &args, &error));
	assert_string_equal(cg_text_get(&error), "too many options");
	cg_text_done(&error);
}

static void reads_durations(void **state)
{
	static const struct {
		const char *text;
		int64_t ms; /* -1: refused */
	} durations[] = {
		{ "500ms", 500 }, { "10s", 10000 }, { "5m", 300000 }, { "2h", 7200000 }, { "1d", 86400000 },
		{ "90", 90000 },  { "010s", 10000 }, { "0", 0 },       { "", -1 },	  { "s", -1 },
		{ "5x", -1 },	  { "-5s", -1 },     { "1.5s", -1 },   { "99999999999999999999", -1 },
		{ "18446744073709551615d", -1 },
	};

	for (size_t i = 0; i < sizeof(durations) / sizeof(durations[0]); i++) {
		uint64_t ms = 0;
		bool is_ok = cg_duration_parse(durations[i].text, &ms);

		assert_int_equal(is_ok, durations[i].ms >= 0);
		if (is_ok)
			assert_int_equal(ms, durations[i].ms);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parses),
		cmocka_unit_test(bounds_the_number_of_options),
		cmocka_unit_test(reads_durations),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
