/*
 * See read_source.h.
 */
#include "rollout/read_source.h"

#include "base/cleanup.h"

#include <string.h>

#define WORD_LIMIT 1000
#define TIMEOUT_DEFAULT_MS 10000
#define TIMEOUT_MAX_MS 300000
#define DEFAULT_HISTORY "/var/lib/callgate/history.db" /* history/'s CG_HISTORY_DEFAULT */

/* [a-zA-Z_][a-zA-Z0-9_]*: Prometheus' data model. */
static bool is_label(const char *text)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789";

	return *text && (*text < '0' || *text > '9') && strspn(text, letters) == strlen(text);
}

static int read_matches(const struct cg_fields *fields, const struct cg_json *value, struct cg_rollout_source *source)
{
	static const char *const local[] = { "profile", "container", "unit" };
	int r = cg_fields_want(fields, value, CG_JSON_OBJECT, "an object of labels and values");

	if (r == 0 && value->n_children > CG_ROLLOUT_MATCHES_LIMIT)
		return cg_json_err(fields->err, -E2BIG, fields->name, value, "at most %d labels", CG_ROLLOUT_MATCHES_LIMIT);
	for (const struct cg_json *member = value->first; r == 0 && member; member = member->next) {
		struct cg_rollout_match *match = &source->matches[source->n_matches++];
		size_t i = 0;

		while (i < CG_N_ITEMS(local) && strcmp(local[i], member->key) != 0)
			i++;
		if (!source->prometheus && i == CG_N_ITEMS(local))
			return cg_fields_complain(fields, member, "of a history, \"profile\", \"container\" or \"unit\" "
								 "can be asked for");
		if (!is_label(member->key))
			return cg_fields_complain(fields, member, "this can be no label of Prometheus");
		match->label = cg_arena_copy_text(fields->arena, member->key);
		if (!match->label)
			return cg_err_memory(fields->err);
		r = cg_fields_text(fields, member, WORD_LIMIT, &match->value);
	}
	return r;
}

static int read_words(const struct cg_fields *fields, const struct cg_json *value, struct cg_rollout_source *source)
{
	struct {
		const char *key;
		const char **text;
		bool is_label;
	} rows[] = { { "history", &source->history, false }, { "prometheus", &source->prometheus, false },
		     { "prefix", &source->prefix, true }, { "job", &source->job, false },
		     { "host_label", &source->host_label, true } };
	int r = 0;

	for (size_t i = 0; r == 0 && i < CG_N_ITEMS(rows); i++) {
		const struct cg_json *member = cg_json_get(value, rows[i].key);

		if (!member)
			continue;
		r = cg_fields_text(fields, member, WORD_LIMIT, rows[i].text);
		if (r == 0 && !**rows[i].text && rows[i].text != &source->prefix)
			return cg_fields_complain(fields, member, "%s is empty", rows[i].key);
		if (r == 0 && rows[i].is_label && !is_label(*rows[i].text))
			return cg_fields_complain(fields, member, "letters, digits and '_' only, no digit first");
	}
	return r;
}

static bool is_web(const char *url)
{
	return strncmp(url, "http://", 7) == 0 || strncmp(url, "https://", 8) == 0;
}

static int read_object(const struct cg_fields *fields, const struct cg_json *value, struct cg_rollout_source *source)
{
	static const char *const keys[] = { "history", "prometheus", "prefix", "job", "host_label", "match", "timeout",
					    NULL };
	const struct cg_json *match = cg_json_get(value, "match"), *timeout = cg_json_get(value, "timeout");
	int r = cg_fields_want(fields, value, CG_JSON_OBJECT, "an object");

	if (r == 0)
		r = cg_fields_check_keys(fields, value, keys);
	source->history = NULL;
	if (r == 0)
		r = read_words(fields, value, source);
	if (r == 0 && !source->history == !source->prometheus)
		return cg_fields_complain(fields, value, "a source is either a \"history\", a file, or a \"prometheus\", "
							"such as \"http://localhost:9090\"");
	if (r == 0 && source->prometheus && !is_web(source->prometheus))
		return cg_fields_complain(fields, cg_json_get(value, "prometheus"), "it begins with http:// or https://");
	if (r == 0 && match)
		r = read_matches(fields, match, source);
	if (r == 0 && timeout) {
		r = cg_rollout_read_duration(fields, timeout, &source->timeout_ms);
		if (r == 0 && (source->timeout_ms == 0 || source->timeout_ms > TIMEOUT_MAX_MS))
			return cg_fields_complain(fields, timeout, "a timeout is more than nothing, and 5 minutes at most");
	}
	return r;
}

int cg_rollout_read_source(const struct cg_fields *fields, const struct cg_json *value,
			   struct cg_rollout_source *ret_source)
{
	struct cg_rollout_source source = { .history = DEFAULT_HISTORY, .prefix = "", .job = "callgate",
					    .host_label = "instance", .timeout_ms = TIMEOUT_DEFAULT_MS };
	int r = value ? read_object(fields, value, &source) : 0;

	if (r == 0)
		*ret_source = source;
	return r;
}
