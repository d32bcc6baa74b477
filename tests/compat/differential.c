/*
 * The differential test: two libraries are told the same, and every answer is compared.
 *
 * In: OURS TABLE SCRIPT…; THEIRS is the system's libseccomp, or the library that CALLGATE_COMPAT_THEIRS names (none
 * where it is empty). A script has cases, each begun by `== its name`, and in them steps (session.c), each with the
 * answer that the manual pages give: after `=>`, and `0` where nothing is written. Out: TAP, one test a case, then two
 * for random scripts and one for the rows of the table.
 *
 * CALLGATE_COMPAT_SEEDS=FIRST:COUNT asks for other random scripts; with CALLGATE_COMPAT_TELL every step is told, before
 * it is done.
 *
 * Ours must give the answer that is written. Theirs must give the same, or a row of the table says why not. `judge A`
 * holds what a library exports against what it was told, in the meaning of policy/eval.c: ours without exception. A
 * case whose name ends in `(ours alone)` is not put to the other library.
 */
#include "differences.h"
#include "judge.h"
#include "random_script.h"
#include "session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define N_RANDOM 400
#define N_WILD 1000
#define FIRST_SEED 1

struct test {
	struct compat_library ours, theirs;
	struct compat_differences differences;
	bool has_theirs, is_told; /* every step is told, with its answer */
	size_t n_tests, n_failed;
	/* the case at hand */
	struct compat_session sessions[2]; /* ours, theirs */
	char name[128];
	bool is_alone, is_open;
	size_t n_wrong;
	struct cg_text notes;
};

static void note(struct test *test, const char *what, const char *line, const char *said, const char *wanted)
{
	test->n_wrong++;
	if (test->n_wrong <= 60)
		cg_text_addf(&test->notes, "# %s: %s: %s, not %s\n", what, line, said, wanted);
}

static void report(struct test *test, const char *name, bool is_good)
{
	test->n_tests++;
	test->n_failed += !is_good;
	printf("%sok %zu - %s\n%s", is_good ? "" : "not ", test->n_tests, name, cg_text_get(&test->notes));
	cg_text_clear(&test->notes);
	fflush(stdout);
}

static void begin_case(struct test *test, const char *name)
{
	snprintf(test->name, sizeof(test->name), "%s", name);
	test->sessions[0] = (struct compat_session){ .library = &test->ours };
	test->sessions[1] = (struct compat_session){ .library = &test->theirs };
	test->is_alone = !test->has_theirs || strstr(name, "(ours alone)") != NULL;
	test->is_open = true;
	test->n_wrong = 0;
}

static void end_case(struct test *test, bool is_reported)
{
	if (!test->is_open)
		return;
	compat_session_done(&test->sessions[0]);
	compat_session_done(&test->sessions[1]);
	test->is_open = false;
	if (is_reported)
		report(test, test->name, test->n_wrong == 0);
}

static struct compat_context *judged(struct compat_session *session, const char *line)
{
	char letter;

	if (sscanf(line, "judge %c", &letter) != 1 || letter < 'A' || letter >= 'A' + COMPAT_N_CONTEXTS)
		return NULL;
	return &session->contexts[letter - 'A'];
}

static void judge(struct test *test, const char *line)
{
	compat_judge(&test->sessions[0], judged(&test->sessions[0], line), NULL);
	if (strcmp(test->sessions[0].answer, "the same"))
		note(test, "ours", line, test->sessions[0].answer, "the same");
	if (test->is_alone)
		return;
	compat_judge(&test->sessions[1], judged(&test->sessions[1], line), &test->differences);
	if (strcmp(test->sessions[1].answer, "the same") && strcmp(test->sessions[1].answer, "explained"))
		note(test, "theirs", line, test->sessions[1].answer, "the same, and no row says why");
}

/* `wanted` NULL: what ours says is compared with theirs alone. */
static void do_step(struct test *test, const char *line, const char *wanted)
{
	const char *ours = test->sessions[0].answer, *theirs = test->sessions[1].answer;

	if (judged(&test->sessions[0], line)) {
		judge(test, line);
		return;
	}
	if (test->is_told)
		printf("# %s\n", line);
	compat_session_step(&test->sessions[0], line);
	if (test->is_told)
		printf("#\t=> %s\n", ours);
	if (wanted && strcmp(ours, wanted))
		note(test, "ours", line, ours, wanted);
	if (test->is_alone)
		return;
	compat_session_step(&test->sessions[1], line);
	if (strcmp(ours, theirs) && !compat_differences_find(&test->differences, "answer", line, theirs, ours))
		note(test, "theirs", line, theirs, ours);
}

static char *trim(char *text)
{
	char *end;

	text += strspn(text, " \t");
	end = text + strlen(text);
	while (end > text && strchr(" \t\n", end[-1]))
		*--end = '\0';
	return text;
}

static void read_line(struct test *test, char *line)
{
	char *wanted, *comment = strstr(line, "# ");

	if (comment && (comment == line || comment[-1] == ' ' || comment[-1] == '\t'))
		*comment = '\0';
	line = trim(line);
	if (strncmp(line, "== ", 3) == 0) {
		end_case(test, true);
		begin_case(test, line + 3);
		return;
	}
	if (!*line || *line == '#' || !test->is_open)
		return;
	wanted = strstr(line, "=>");
	if (wanted)
		*wanted = '\0';
	do_step(test, trim(line), wanted ? trim(wanted + 2) : "0");
}

static bool run_script(struct test *test, const char *path)
{
	FILE *file = fopen(path, "r");
	char *line = NULL;
	size_t room = 0;

	if (!file) {
		perror(path);
		return false;
	}
	while (getline(&line, &room, file) >= 0)
		read_line(test, line);
	end_case(test, true);
	free(line);
	fclose(file);
	return true;
}

/* Every seed is a case of its own, all of them one test. */
static void run_random(struct test *test, unsigned long n_default, bool is_wild)
{
	const char *wish = getenv("CALLGATE_COMPAT_SEEDS");
	unsigned long first = FIRST_SEED, n_seeds = n_default;
	struct cg_text notes = { 0 };
	size_t n_wrong = 0;
	char name[64];

	if (wish)
		sscanf(wish, "%lu:%lu", &first, &n_seeds);
	for (unsigned long seed = first; seed < first + n_seeds; seed++) {
		struct random_script script;

		snprintf(name, sizeof(name), "seed %lu%s", seed, is_wild ? " (ours alone)" : "");
		begin_case(test, name);
		random_script_begin(&script, seed, is_wild);
		for (const char *line = random_script_next(&script); line; line = random_script_next(&script))
			do_step(test, line, NULL);
		end_case(test, false);
		if (test->n_wrong && n_wrong++ < 5)
			cg_text_addf(&notes, "# seed %lu\n%s", seed, cg_text_get(&test->notes));
		cg_text_clear(&test->notes);
	}
	cg_text_add(&test->notes, cg_text_get(&notes));
	cg_text_done(&notes);
	snprintf(name, sizeof(name), "%lu random scripts%s", n_seeds, is_wild ? " with everything, ours alone" : "");
	report(test, name, n_wrong == 0);
}

static void check_rows(struct test *test)
{
	size_t n_unmet = 0;

	for (size_t i = 0; i < test->differences.n_rows; i++) {
		const struct compat_row *row = &test->differences.rows[i];

		n_unmet += row->n_met == 0;
		if (row->n_met == 0)
			cg_text_addf(&test->notes, "# no such difference any more: %s | %s | %s | %s\n", row->kind,
				     row->what, row->theirs, row->ours);
	}
	report(test, "every row of the table explains something", n_unmet == 0);
}

static bool open_libraries(struct test *test, const char *ours)
{
	const char *theirs = getenv("CALLGATE_COMPAT_THEIRS");

	if (!compat_library_open(&test->ours, ours)) {
		fprintf(stderr, "%s: this is no libseccomp\n", ours);
		return false;
	}
	if (theirs && !*theirs)
		return true;
	test->has_theirs = theirs ? compat_library_open(&test->theirs, theirs) :
				    compat_library_open_system(&test->theirs);
	if (theirs && !test->has_theirs)
		fprintf(stderr, "%s: this is no libseccomp\n", theirs);
	return test->has_theirs || !theirs;
}

int main(int argc, char **argv)
{
	static struct test test;

	setvbuf(stdout, NULL, _IOLBF, 0);
	test.is_told = getenv("CALLGATE_COMPAT_TELL") != NULL;
	if (argc < 4) {
		fprintf(stderr, "usage: %s OURS TABLE SCRIPT...\n", argv[0]);
		return 2;
	}
	if (!compat_differences_read(&test.differences, argv[2]) || !open_libraries(&test, argv[1]))
		return 2;
	for (int i = 3; i < argc; i++)
		if (!run_script(&test, argv[i]))
			return 2;
	run_random(&test, N_RANDOM, false);
	run_random(&test, N_WILD, true);
	if (test.has_theirs)
		check_rows(&test);
	else
		printf("ok %zu - beside another libseccomp # SKIP there is none on this machine\n", ++test.n_tests);
	printf("1..%zu\n", test.n_tests);
	compat_differences_done(&test.differences);
	cg_text_done(&test.notes);
	return test.n_failed > 0;
}
