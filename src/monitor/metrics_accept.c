/*
 * Which of two text formats a scraper wants, by its Accept header (RFC 9110, 12.5.1).
 *
 * Only two types matter here: OpenMetrics of a version that is written, and everything else. What is not understood is
 * answered by the older format, which every scraper reads.
 */
#include "monitor/metrics.h"

#include <string.h>
#include <strings.h>

#define OPENMETRICS "application/openmetrics-text"
#define QUALITY_ONE 1000

/* "0.75" to 750; no number is 0: such an entry does not count. */
static unsigned int parse_quality(const char *text, size_t length)
{
	unsigned int quality = 0, scale = QUALITY_ONE;

	for (size_t i = 0; i < length && i < 5; i++) {
		if (i == 1 && text[i] == '.')
			continue;
		if (text[i] < '0' || text[i] > '9' || (i == 0 && text[i] > '1'))
			return 0;
		quality += (unsigned int)(text[i] - '0') * scale;
		scale /= 10;
	}
	return quality > QUALITY_ONE ? QUALITY_ONE : quality;
}

static size_t skip_blanks(const char **text, size_t length)
{
	size_t n = 0;

	while (n < length && ((*text)[n] == ' ' || (*text)[n] == '\t'))
		n++;
	*text += n;
	length -= n;
	while (length && ((*text)[length - 1] == ' ' || (*text)[length - 1] == '\t'))
		length--;
	return length;
}

static bool is_word(const char *text, size_t length, const char *word)
{
	return length == strlen(word) && strncasecmp(text, word, length) == 0;
}

static bool begins(const char *text, size_t length, const char *word)
{
	return length >= strlen(word) && strncasecmp(text, word, strlen(word)) == 0;
}

/* One entry of the list: its quality, 0 where its version is not written here. */
static unsigned int judge(const char *entry, size_t length, bool *ret_is_open)
{
	unsigned int quality = QUALITY_ONE;
	bool is_first = true;

	while (length) {
		const char *end = memchr(entry, ';', length), *part = entry;
		size_t n_part = end ? (size_t)(end - entry) : length, n = skip_blanks(&part, n_part);

		if (is_first)
			*ret_is_open = is_word(part, n, OPENMETRICS);
		else if (begins(part, n, "q="))
			quality = parse_quality(part + 2, n - 2);
		else if (*ret_is_open && begins(part, n, "version=") && !is_word(part, n, "version=1.0.0") &&
			 !is_word(part, n, "version=0.0.1"))
			return 0;
		is_first = false;
		entry += n_part + (end != NULL);
		length -= n_part + (end != NULL);
	}
	return quality;
}

enum cg_metrics_form cg_metrics_choose(const char *accept)
{
	unsigned int best[2] = { 0, 0 };

	while (accept && *accept) {
		size_t length = strcspn(accept, ",");
		bool is_open = false;
		unsigned int quality = judge(accept, length, &is_open);

		if (quality > best[is_open])
			best[is_open] = quality;
		accept += length;
		accept += *accept == ',';
	}
	return best[1] && best[1] >= best[0] ? CG_METRICS_OPENMETRICS : CG_METRICS_PROMETHEUS;
}

const char *cg_metrics_content_type(enum cg_metrics_form form)
{
	return form == CG_METRICS_OPENMETRICS ? OPENMETRICS "; version=1.0.0; charset=utf-8" :
						"text/plain; version=0.0.4; charset=utf-8";
}
