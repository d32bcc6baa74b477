/*
 * See sarif.h. Section numbers are those of the standard.
 */
#include "cli/sarif.h"

#include "lint/kinds.h"

#include <stdio.h>
#include <string.h>

#define SCHEMA "https://json.schemastore.org/sarif-2.1.0.json"

/* 3.10.2 wants a URI: what is no plain character of a path is written %XX; @workspace and standard input have names. */
static void write_uri(struct cg_json_writer *json, const char *path)
{
	struct cg_text uri = { 0 };

	if (strcmp(path, "standard input") == 0)
		path = "stdin";
	if (path[0] == '/')
		cg_text_add(&uri, "file://");
	for (; *path; path++) {
		unsigned char c = (unsigned char)*path;

		if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || strchr("-._~/@+", c))
			cg_text_add_char(&uri, (char)c);
		else
			cg_text_addf(&uri, "%%%02X", c);
	}
	cg_json_string(json, "uri", cg_text_get(&uri));
	json->text->has_failed |= uri.has_failed;
	cg_text_done(&uri);
}

static void write_message(struct cg_json_writer *json, const char *key, const char *text)
{
	cg_json_open_object(json, key);
	cg_json_string(json, "text", text);
	cg_json_close_object(json);
}

/* 3.28; without a line the finding is about the file. */
static void write_locations(struct cg_json_writer *json, const char *profile, uint32_t line, uint32_t column)
{
	cg_json_open_array(json, "locations");
	cg_json_open_object(json, NULL);
	cg_json_open_object(json, "physicalLocation");
	cg_json_open_object(json, "artifactLocation");
	write_uri(json, profile);
	cg_json_close_object(json);
	if (line) {
		cg_json_open_object(json, "region");
		cg_json_u64(json, "startLine", line);
		if (column)
			cg_json_u64(json, "startColumn", column);
		cg_json_close_object(json);
	}
	cg_json_close_object(json);
	cg_json_close_object(json);
	cg_json_close_array(json);
}

/* 3.49: reportingDescriptor. */
static void write_rule(struct cg_json_writer *json, const struct cg_finding_kind *kind)
{
	cg_json_open_object(json, NULL);
	cg_json_string(json, "id", kind->id);
	write_message(json, "shortDescription", kind->reason);
	write_message(json, "help", kind->remedy);
	cg_json_open_object(json, "defaultConfiguration");
	cg_json_string(json, "level", cg_severity_name(kind->severity));
	cg_json_close_object(json);
	cg_json_close_object(json);
}

void cg_sarif_start(struct cg_sarif *sarif)
{
	struct cg_json_writer *json = &sarif->json;

	json->text = &sarif->text;
	sarif->failures_json.text = &sarif->failures;
	cg_json_open_array(&sarif->failures_json, NULL);

	cg_json_open_object(json, NULL);
	cg_json_string(json, "$schema", SCHEMA);
	cg_json_string(json, "version", "2.1.0");
	cg_json_open_array(json, "runs");
	cg_json_open_object(json, NULL);
	cg_json_open_object(json, "tool");
	cg_json_open_object(json, "driver");
	cg_json_string(json, "name", "callgate");
	cg_json_string(json, "semanticVersion", CG_VERSION);
	cg_json_open_array(json, "rules");
	for (size_t i = 0; i < cg_finding_kinds_count(); i++) {
		struct cg_finding_kind kind = cg_finding_kind_at(i);

		write_rule(json, &kind);
	}
	cg_json_close_array(json);
	cg_json_close_object(json);
	cg_json_close_object(json);
	cg_json_open_array(json, "results");
}

void cg_sarif_add(struct cg_sarif *sarif, const char *profile, const struct cg_note *note)
{
	struct cg_json_writer *json = &sarif->json;
	struct cg_text message = { 0 };
	size_t index;

	cg_text_add(&message, note->message);
	if (note->remedy[0])
		cg_text_addf(&message, ". Remedy: %s", note->remedy);
	cg_json_open_object(json, NULL);
	cg_json_string(json, "ruleId", note->rule);
	if (cg_finding_kind_find(note->rule, &index))
		cg_json_u64(json, "ruleIndex", index);
	cg_json_string(json, "level", cg_severity_name(note->severity));
	write_message(json, "message", cg_text_get(&message));
	write_locations(json, profile, note->line, note->column);
	cg_json_close_object(json);
	json->text->has_failed |= message.has_failed;
	cg_text_done(&message);
}

/* 3.58: notification. The place of an error is "file:line:column". */
void cg_sarif_add_failure(struct cg_sarif *sarif, const char *profile, const struct cg_err *err)
{
	struct cg_json_writer *json = &sarif->failures_json;
	size_t length = strlen(profile);
	uint32_t line = 0, column = 0;

	if (strncmp(err->place, profile, length) == 0 && sscanf(err->place + length, ":%u:%u", &line, &column) != 2)
		line = column = 0;
	cg_json_open_object(json, NULL);
	cg_json_string(json, "level", "error");
	write_message(json, "message", err->message);
	write_locations(json, profile, line, column);
	cg_json_close_object(json);
}

/* What was collected in a text of its own, into the document. */
static void add_failures(struct cg_sarif *sarif)
{
	cg_json_close_array(&sarif->failures_json);
	sarif->text.has_failed |= sarif->failures.has_failed;
	cg_text_add(&sarif->text, ",\n          \"toolExecutionNotifications\": ");
	cg_text_add(&sarif->text, cg_text_get(&sarif->failures));
}

void cg_sarif_finish(struct cg_sarif *sarif)
{
	struct cg_json_writer *json = &sarif->json;
	bool is_whole = strchr(cg_text_get(&sarif->failures), '{') == NULL;

	cg_json_close_array(json);
	cg_json_open_array(json, "invocations");
	cg_json_open_object(json, NULL);
	cg_json_bool(json, "executionSuccessful", is_whole);
	if (!is_whole)
		add_failures(sarif);
	cg_json_close_object(json);
	cg_json_close_array(json);
	cg_json_close_object(json);
	cg_json_close_array(json);
	cg_json_close_object(json);
	cg_text_add_char(&sarif->text, '\n');
}

void cg_sarif_done(struct cg_sarif *sarif)
{
	cg_text_done(&sarif->text);
	cg_text_done(&sarif->failures);
}
