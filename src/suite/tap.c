/*
 * Outcomes as TAP 13, https://testanything.org/tap-version-13-specification.html: a line a test, why it failed as
 * diagnostics below it.
 */
#include "suite/suite.h"

#include <string.h>

/* In a description "#" begins a directive and "\" escapes; other control characters would break the line. */
static void add_description(struct cg_text *text, const char *name)
{
	for (; *name; name++) {
		unsigned char c = (unsigned char)*name;

		if (c == '#' || c == '\\')
			cg_text_add_char(text, '\\');
		cg_text_add_char(text, c < 0x20 || c == 0x7f ? ' ' : (char)c);
	}
}

/* Lines below a test, or on one line where `is_directive`. */
static void add_reasons(struct cg_text *text, const char *line, bool is_directive)
{
	while (*line) {
		size_t length = strcspn(line, "\n");

		cg_text_add(text, is_directive ? " " : "# ");
		cg_text_add_bytes(text, line, length);
		if (!is_directive)
			cg_text_add_char(text, '\n');
		line += length + (line[length] == '\n');
	}
}

void cg_suite_write_tap(const struct cg_suite_results *results, struct cg_text *text)
{
	cg_text_addf(text, "TAP version 13\n1..%zu\n", results->n_outcomes);
	for (size_t i = 0; i < results->n_outcomes; i++) {
		const struct cg_suite_outcome *outcome = &results->outcomes[i];

		cg_text_addf(text, "%sok %zu - ", outcome->verdict == CG_SUITE_FAILED ? "not " : "", i + 1);
		add_description(text, outcome->test->name);
		if (outcome->verdict == CG_SUITE_SKIPPED) {
			cg_text_add(text, " # SKIP");
			add_reasons(text, cg_text_get(&outcome->reasons), true);
		}
		cg_text_add_char(text, '\n');
		if (outcome->verdict == CG_SUITE_FAILED)
			add_reasons(text, cg_text_get(&outcome->reasons), false);
	}
}
