/*
 * Outcomes as the XML that JUnit's Ant task began and every CI reads: testsuites, testsuite, testcase, failure,
 * skipped.
 *
 * Only what all the schemas in use have in common. XML 1.0 has no place at all for most control characters, not even
 * escaped; they become U+FFFD, as do bytes that are no UTF-8.
 */
#include "suite/suite.h"

#include "base/utf8.h"

#include <inttypes.h>
#include <string.h>

static void add_ascii(struct cg_text *text, unsigned char c)
{
	switch (c) {
	case '&':
		cg_text_add(text, "&amp;");
		break;
	case '<':
		cg_text_add(text, "&lt;");
		break;
	case '>':
		cg_text_add(text, "&gt;");
		break;
	case '"':
		cg_text_add(text, "&quot;");
		break;
	case '\t':
	case '\n':
	case '\r':
		cg_text_addf(text, "&#%d;", c);
		break;
	default:
		if (c < 0x20)
			cg_text_add(text, CG_UTF8_REPLACEMENT);
		else
			cg_text_add_char(text, (char)c);
	}
}

/* U+FFFE and U+FFFF are UTF-8, and no characters of XML. */
static bool is_no_character(const char *bytes, size_t length)
{
	return length == 3 && (memcmp(bytes, "\xef\xbf\xbe", 3) == 0 || memcmp(bytes, "\xef\xbf\xbf", 3) == 0);
}

static void add_escaped(struct cg_text *text, const char *bytes, size_t length)
{
	for (size_t i = 0, n; i < length; i += n) {
		n = cg_utf8_length(bytes + i, length - i);
		if (n == 0 || is_no_character(bytes + i, n)) {
			cg_text_add(text, CG_UTF8_REPLACEMENT);
			n = n ? n : 1;
		} else if (n == 1) {
			add_ascii(text, (unsigned char)bytes[i]);
		} else {
			cg_text_add_bytes(text, bytes + i, n);
		}
	}
}

static void add_attribute(struct cg_text *text, const char *name, const char *value)
{
	cg_text_addf(text, " %s=\"", name);
	add_escaped(text, value, strlen(value));
	cg_text_add_char(text, '"');
}

static void add_time(struct cg_text *text, uint64_t ms)
{
	cg_text_addf(text, " time=\"%" PRIu64 ".%03" PRIu64 "\"", ms / 1000, ms % 1000);
}

static void add_totals(struct cg_text *text, const struct cg_suite_results *results)
{
	cg_text_addf(text, " tests=\"%zu\" failures=\"%zu\" errors=\"0\"", results->n_outcomes,
		     cg_suite_count(results, CG_SUITE_FAILED));
}

static void add_case(struct cg_text *text, const struct cg_suite_results *results,
		     const struct cg_suite_outcome *outcome)
{
	const char *reasons = cg_text_get(&outcome->reasons);
	size_t first = strcspn(reasons, "\n");

	cg_text_add(text, "    <testcase");
	add_attribute(text, "name", outcome->test->name);
	add_attribute(text, "classname", results->name);
	add_time(text, outcome->took_ms);
	if (outcome->verdict == CG_SUITE_PASSED) {
		cg_text_add(text, "/>\n");
		return;
	}
	cg_text_addf(text, ">\n      <%s message=\"", outcome->verdict == CG_SUITE_FAILED ? "failure" : "skipped");
	add_escaped(text, reasons, first);
	if (outcome->verdict == CG_SUITE_FAILED) {
		cg_text_add(text, "\" type=\"expectation\">");
		add_escaped(text, reasons, strlen(reasons));
		cg_text_add(text, "</failure>\n    </testcase>\n");
	} else {
		cg_text_add(text, "\"/>\n    </testcase>\n");
	}
}

void cg_suite_write_junit(const struct cg_suite_results *results, struct cg_text *text)
{
	cg_text_add(text, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites");
	add_totals(text, results);
	add_time(text, results->took_ms);
	cg_text_add(text, ">\n  <testsuite");
	add_attribute(text, "name", results->name);
	add_totals(text, results);
	cg_text_addf(text, " skipped=\"%zu\"", cg_suite_count(results, CG_SUITE_SKIPPED));
	add_time(text, results->took_ms);
	cg_text_add(text, ">\n");
	for (size_t i = 0; i < results->n_outcomes; i++)
		add_case(text, results, &results->outcomes[i]);
	cg_text_add(text, "  </testsuite>\n</testsuites>\n");
}
