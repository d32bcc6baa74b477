/*
 * See state.h.
 */
#include "rollout/state.h"

#include "base/cleanup.h"
#include "base/instant.h"
#include "base/json_write.h"
#include "check/sha256.h"
#include "rollout/fields.h"

#include <string.h>

#define KIND "rollout-state"
#define WORD_LIMIT 300

/* Texts of a state; `is_needed`: without it the state says nothing. */
struct row {
	const char *key;
	size_t offset;
	size_t limit;
	bool is_needed;
};

#define ROW(key, member, limit, is_needed) { key, offsetof(struct cg_rollout_state, member), limit, is_needed }

static const struct row rows[] = {
	ROW("rollout", rollout, WORD_LIMIT, true),
	ROW("phase", phase, WORD_LIMIT, true),
	ROW("change", change, WORD_LIMIT, false),
	ROW("from", from, WORD_LIMIT, false),
	ROW("by", by, WORD_LIMIT, false),
	ROW("host", host, WORD_LIMIT, false),
	ROW("reason", reason, CG_ROLLOUT_REASON_LIMIT, false),
	ROW("profile_sha256", profile_digest, CG_ROLLOUT_DIGEST_SIZE - 1, true),
	ROW("audit_sha256", audit_digest, CG_ROLLOUT_DIGEST_SIZE - 1, true),
};

static const char **text_of(struct cg_rollout_state *state, const struct row *row)
{
	return (const char **)((char *)state + row->offset);
}

static int read_texts(const struct cg_fields *fields, const struct cg_json *root, struct cg_rollout_state *state)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < CG_N_ITEMS(rows); i++) {
		const struct cg_json *value = cg_json_get(root, rows[i].key);

		*text_of(state, &rows[i]) = "";
		if (value)
			r = cg_fields_text(fields, value, rows[i].limit, text_of(state, &rows[i]));
		else if (rows[i].is_needed)
			r = cg_fields_need(fields, root, rows[i].key, &value);
	}
	return r;
}

static int read_rest(const struct cg_fields *fields, const struct cg_json *root, struct cg_rollout_state *state)
{
	const struct cg_json *value, *derived = cg_json_get(root, "audit_is_derived");
	int r = cg_fields_need(fields, root, "since_ms", &value);

	if (r == 0)
		r = cg_fields_number(fields, value, INT64_MAX, &state->since_ms);
	if (r == 0)
		r = cg_fields_need(fields, root, "serial", &value);
	if (r == 0)
		r = cg_fields_number(fields, value, INT64_MAX, &state->serial);
	if (r == 0 && derived)
		r = cg_fields_want(fields, derived, CG_JSON_BOOL, "true or false");
	state->is_audit_derived = derived && derived->is_true;
	return r;
}

int cg_rollout_state_read(struct cg_arena *arena, const char *name, const char *bytes, size_t length,
			  struct cg_rollout_state *ret_state, struct cg_err *err)
{
	const struct cg_fields fields = { .name = name, .arena = arena, .err = err };
	struct cg_rollout_state state = { 0 };
	struct cg_json *root;
	int r;

	if (length > CG_ROLLOUT_STATE_LIMIT)
		return cg_err_set(err, -E2BIG, name, "a rollout's state has at most %zu bytes", CG_ROLLOUT_STATE_LIMIT);
	r = cg_json_read(arena, name, bytes, length, 0, &root, err);
	if (r == 0)
		r = cg_fields_check_version(&fields, root, KIND);
	if (r == 0)
		r = read_texts(&fields, root, &state);
	if (r == 0)
		r = read_rest(&fields, root, &state);
	if (r == 0)
		*ret_state = state;
	return r;
}

static void write_members(const struct cg_rollout_state *state, struct cg_json_writer *json)
{
	char since[CG_INSTANT_SIZE];

	cg_instant_format(state->since_ms, since);
	cg_json_u64(json, "serial", state->serial);
	cg_json_string(json, "rollout", state->rollout);
	cg_json_string(json, "phase", state->phase);
	cg_json_string(json, "since", since);
	cg_json_u64(json, "since_ms", state->since_ms);
	cg_json_string(json, "change", state->change);
	cg_json_string(json, "from", state->from);
	cg_json_string(json, "by", state->by);
	cg_json_string(json, "host", state->host);
	cg_json_string(json, "reason", state->reason);
	cg_json_string(json, "profile_sha256", state->profile_digest);
	cg_json_string(json, "audit_sha256", state->audit_digest);
	cg_json_bool(json, "audit_is_derived", state->is_audit_derived);
}

void cg_rollout_state_write(const struct cg_rollout_state *state, struct cg_text *text)
{
	struct cg_json_writer json = { .text = text };

	cg_json_open_object(&json, NULL);
	cg_json_string(&json, "callgate", KIND);
	cg_json_u64(&json, "version", 1);
	write_members(state, &json);
	cg_json_close_object(&json);
	cg_text_add_char(text, '\n');
}

void cg_rollout_journal_line(const struct cg_rollout_state *state, const char *waited_for, struct cg_text *text)
{
	struct cg_json_writer json = { .text = text, .is_compact = true };

	cg_json_open_object(&json, NULL);
	write_members(state, &json);
	if (waited_for)
		cg_json_string(&json, "gate_waited_for", waited_for);
	cg_json_close_object(&json);
	cg_text_add_char(text, '\n');
}

static uint64_t serial_of_line(const char *line, size_t length)
{
	CG_CLEANUP(cg_arena_done) struct cg_arena arena = { 0 };
	const struct cg_json *serial;
	struct cg_json *root;

	if (cg_json_read(&arena, "journal", line, length, 0, &root, NULL) < 0)
		return 0;
	serial = cg_json_get(root, "serial");
	return serial && serial->kind == CG_JSON_NUMBER && serial->is_integer && !serial->is_negative ? serial->number :
													 0;
}

uint64_t cg_rollout_journal_serial(const char *bytes, size_t length)
{
	uint64_t highest = 0;

	while (length) {
		const char *newline = memchr(bytes, '\n', length);
		size_t n = newline ? (size_t)(newline - bytes) + 1 : length;
		uint64_t serial = serial_of_line(bytes, n);

		if (serial > highest && serial < INT64_MAX)
			highest = serial;
		bytes += n;
		length -= n;
	}
	return highest;
}

void cg_rollout_digest(const char *bytes, size_t length, char ret_digest[CG_ROLLOUT_DIGEST_SIZE])
{
	static const char digits[] = "0123456789abcdef";
	unsigned char digest[CG_SHA256_SIZE];
	struct cg_sha256 sha;

	cg_sha256_start(&sha);
	cg_sha256_add(&sha, bytes, length);
	cg_sha256_end(&sha, digest);
	for (size_t i = 0; i < CG_SHA256_SIZE; i++) {
		ret_digest[2 * i] = digits[digest[i] >> 4];
		ret_digest[2 * i + 1] = digits[digest[i] & 15];
	}
	ret_digest[CG_ROLLOUT_DIGEST_SIZE - 1] = '\0';
}
