/*
 * A violation from JSON, as cg_violation_write() makes it; see violation.h.
 *
 * In: a tree of base/json_read. Out: a violation whose strings live in the arena. What is derived (time for people,
 * the call as text) is not read: it follows from the rest.
 */
#include "event/violation.h"

#include "abi/action.h"
#include "abi/arch.h"
#include "base/cleanup.h"
#include "base/num.h"

#include <errno.h>
#include <limits.h>
#include <stddef.h>
#include <string.h>

#define NAME "violation"

/* The strings, by name and by where they go. */
static const struct {
	const char *key;
	size_t offset;
} strings[] = {
	{ "host", offsetof(struct cg_violation, host) },
	{ "engine", offsetof(struct cg_violation, engine) },
	{ "container_id", offsetof(struct cg_violation, container_id) },
	{ "container", offsetof(struct cg_violation, container) },
	{ "image", offsetof(struct cg_violation, image) },
	{ "unit", offsetof(struct cg_violation, unit) },
	{ "cgroup", offsetof(struct cg_violation, cgroup) },
	{ "comm", offsetof(struct cg_violation, comm) },
	{ "exe", offsetof(struct cg_violation, exe) },
	{ "profile", offsetof(struct cg_violation, profile) },
};

/* The member, or NULL also where it is null. */
static const struct cg_json *get(const struct cg_json *object, const char *key)
{
	const struct cg_json *value = cg_json_get(object, key);

	return value && value->kind != CG_JSON_NULL ? value : NULL;
}

static int fail(const struct cg_json *value, const char *wanted, struct cg_err *err)
{
	return cg_json_err(err, -EINVAL, NAME, value, "\"%s\" must be %s, not %s", value->key ? value->key : "", wanted,
			   cg_json_kind_name(value));
}

static int read_strings(const struct cg_json *object, struct cg_arena *arena, struct cg_violation *violation,
			struct cg_err *err)
{
	for (size_t i = 0; i < CG_N_ITEMS(strings); i++) {
		const struct cg_json *value = get(object, strings[i].key);
		const char **target = (const char **)((char *)violation + strings[i].offset);

		if (!value)
			continue;
		if (value->kind != CG_JSON_STRING)
			return fail(value, "a string", err);
		*target = cg_arena_copy_text(arena, value->text);
		if (!*target)
			return cg_err_memory(err);
	}
	return 0;
}

/* Leaves *number as it is where the key is missing. */
static int read_number(const struct cg_json *object, const char *key, uint64_t most, uint64_t *number,
		       struct cg_err *err)
{
	const struct cg_json *value = get(object, key);

	if (!value)
		return 0;
	if (value->kind != CG_JSON_NUMBER || !value->is_integer || value->is_negative)
		return fail(value, "a whole number", err);
	if (value->number > most)
		return cg_json_err(err, -EINVAL, NAME, value, "\"%s\" is too large", key);
	*number = value->number;
	return 0;
}

static int read_int(const struct cg_json *object, const char *key, int *number, struct cg_err *err)
{
	uint64_t wide = (uint64_t)*number;
	int r = read_number(object, key, INT_MAX, &wide, err);

	*number = (int)wide;
	return r;
}

static int read_numbers(const struct cg_json *object, struct cg_violation *violation, struct cg_err *err)
{
	uint64_t uid = CG_ID_UNKNOWN;
	int r = read_number(object, "time_ns", UINT64_MAX, &violation->time_ns, err);

	if (r == 0)
		r = read_number(object, "n", UINT64_MAX, &violation->n, err);
	if (r == 0)
		r = read_number(object, "uid", UINT32_MAX, &uid, err);
	violation->uid = (uint32_t)uid;
	if (r == 0)
		r = read_int(object, "pid", &violation->pid, err);
	if (r == 0)
		r = read_int(object, "tid", &violation->tid, err);
	if (r == 0)
		r = read_int(object, "ns_pid", &violation->ns_pid, err);
	return r < 0 ? r : read_int(object, "signal", &violation->signal, err);
}

/* "0x7f…": 64 bits do not survive every reader of JSON as a number. */
static int read_hex(const struct cg_json *value, uint64_t *ret_number, struct cg_err *err)
{
	if (value->kind != CG_JSON_STRING || !cg_num_parse(value->text, value->text_length, ret_number))
		return cg_json_err(err, -EINVAL, NAME, value, "a number in a string, as \"0x7f\", should stand here");
	return 0;
}

static int read_arch(const struct cg_json *object, struct cg_call *call, struct cg_err *err)
{
	const struct cg_json *value = get(object, "arch");
	const struct cg_arch *arch;
	uint64_t token;

	if (!value)
		return cg_json_err(err, -EINVAL, NAME, object, "a violation needs \"arch\"");
	if (value->kind != CG_JSON_STRING)
		return fail(value, "a string", err);
	arch = cg_arch_find(value->text);
	if (arch) {
		call->arch = arch->token;
		return 0;
	}
	if (!cg_num_parse(value->text, value->text_length, &token) || token > UINT32_MAX)
		return cg_json_err(err, -EINVAL, NAME, value, "unknown architecture \"%s\"", value->text);
	call->arch = (uint32_t)token;
	return 0;
}

static int read_args(const struct cg_json *object, struct cg_violation *violation, struct cg_err *err)
{
	const struct cg_json *args = get(object, "args");
	uint64_t *next = violation->call.args;

	if (!args)
		return 0;
	if (args->kind != CG_JSON_ARRAY || args->n_children != CG_N_ITEMS(violation->call.args))
		return cg_json_err(err, -EINVAL, NAME, args, "\"args\" must be an array of six");
	for (const struct cg_json *arg = args->first; arg; arg = arg->next) {
		int r = read_hex(arg, next++, err);

		if (r < 0)
			return r;
	}
	violation->has_args = true;
	return 0;
}

static int read_call(const struct cg_json *object, struct cg_violation *violation, struct cg_err *err)
{
	const struct cg_json *ip = get(object, "ip");
	uint64_t nr = 0;
	int r = read_arch(object, &violation->call, err);

	if (r == 0 && !get(object, "nr"))
		r = cg_json_err(err, -EINVAL, NAME, object, "a violation needs \"nr\", the call's number");
	if (r == 0)
		r = read_number(object, "nr", UINT32_MAX, &nr, err);
	violation->call.nr = (uint32_t)nr;
	if (r == 0 && ip)
		r = read_hex(ip, &violation->call.ip, err);
	return r < 0 ? r : read_args(object, violation, err);
}

static int read_action(const struct cg_json *object, struct cg_violation *violation, struct cg_err *err)
{
	const struct cg_json *value = get(object, "action");
	const struct cg_action_row *row;

	if (!value)
		return cg_json_err(err, -EINVAL, NAME, object, "a violation needs \"action\"");
	if (value->kind != CG_JSON_STRING)
		return fail(value, "a string", err);
	violation->has_data = strchr(value->text, '(') != NULL;
	row = violation->has_data ? NULL : cg_action_find(value->text);
	if (row)
		violation->action = row->value; /* of ERRNO by itself nobody told which */
	else if (!cg_action_parse(value->text, &violation->action))
		return cg_json_err(err, -EINVAL, NAME, value, "unknown action \"%s\"", value->text);
	return 0;
}

/* A name that we do not know is of a newer callgate: passed over. */
static int read_seen_by(const struct cg_json *object, struct cg_violation *violation, struct cg_err *err)
{
	const struct cg_json *list = get(object, "seen_by");

	if (list && list->kind != CG_JSON_ARRAY)
		return fail(list, "an array", err);
	for (const struct cg_json *name = list ? list->first : NULL; name; name = name->next) {
		if (name->kind != CG_JSON_STRING)
			return cg_json_err(err, -EINVAL, NAME, name, "\"seen_by\" holds names of sources");
		for (size_t i = 0; i < cg_n_seen_by; i++)
			if (strcmp(cg_seen_by_rows[i].name, name->text) == 0)
				violation->seen_by |= cg_seen_by_rows[i].bit;
	}
	return 0;
}

int cg_violation_read(const struct cg_json *object, struct cg_arena *arena, struct cg_violation *ret_violation,
		      struct cg_err *err)
{
	struct cg_violation violation = { .n = 1, .uid = CG_ID_UNKNOWN };
	int r;

	if (object->kind != CG_JSON_OBJECT)
		return cg_json_err(err, -EINVAL, NAME, object, "a violation is an object, not %s",
				   cg_json_kind_name(object));
	r = read_strings(object, arena, &violation, err);
	if (r == 0)
		r = read_numbers(object, &violation, err);
	if (r == 0)
		r = read_call(object, &violation, err);
	if (r == 0)
		r = read_action(object, &violation, err);
	if (r == 0)
		r = read_seen_by(object, &violation, err);
	if (r == 0)
		*ret_violation = violation;
	return r;
}
