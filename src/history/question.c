/*
 * See question.h.
 */
#include "history/question.h"

#include "abi/action.h"
#include "abi/syscalls.h"
#include "base/cleanup.h"
#include "base/instant.h"
#include "base/num.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

static int set_time(uint64_t *ret_ns, const char *name, const char *value, uint64_t now_ms, struct cg_err *err)
{
	uint64_t ms;

	if (!cg_instant_parse(value, now_ms, &ms) || ms > UINT64_MAX / 1000000)
		return cg_err_set(err, -EINVAL, name,
				  "%s: \"%.80s\" is no time; one is 2h, 7d, or 2026-11-22T06:00:00Z", name, value);
	*ret_ns = ms * 1000000;
	return 0;
}

static int set_number(uint64_t *ret_number, const char *name, const char *value, uint64_t most, struct cg_err *err)
{
	if (!cg_num_parse_decimal(value, 1, most, ret_number))
		return cg_err_set(err, -EINVAL, name, "%s: \"%.80s\" is no number from 1 on", name, value);
	return 0;
}

/* Also a number, as calls without a name are kept. */
static int set_call(struct cg_history_question *question, const char *value, struct cg_err *err)
{
	if (!cg_syscall_find(value) && strspn(value, "0123456789") != strlen(value))
		return cg_err_set(err, -EINVAL, "call", "call: there is no system call \"%.80s\"", value);
	question->call = value;
	return 0;
}

static int set_action(struct cg_history_question *question, const char *value, struct cg_err *err)
{
	const struct cg_action_row *row = cg_action_find(value);

	if (!row)
		return cg_err_set(err, -EINVAL, "action",
				  "action: \"%.80s\" is none; actions are ERRNO, KILL_PROCESS, KILL_THREAD, TRAP, "
				  "TRACE, NOTIFY, LOG",
				  value);
	question->action = row->name;
	return 0;
}

static int set_unique(struct cg_history_question *question, const char *value, struct cg_err *err)
{
	question->unique = !*value || strcmp(value, "1") == 0 || strcmp(value, "true") == 0;
	if (!question->unique && strcmp(value, "0") != 0 && strcmp(value, "false") != 0)
		return cg_err_set(err, -EINVAL, "unique", "unique: \"%.80s\" is neither true nor false", value);
	return 0;
}

int cg_history_question_set(struct cg_history_question *question, const char *name, const char *value, uint64_t now_ms,
			    struct cg_err *err)
{
	const struct {
		const char *name;
		const char **text;
	} texts[] = {
		{ "profile", &question->profile }, { "container", &question->container }, { "unit", &question->unit },
		{ "host", &question->host }, { "exe", &question->exe },
	};
	uint64_t number = 0;
	int r;

	for (size_t i = 0; i < CG_N_ITEMS(texts); i++)
		if (strcmp(name, texts[i].name) == 0) {
			*texts[i].text = value;
			return 0;
		}
	if (strcmp(name, "since") == 0)
		return set_time(&question->since_ns, name, value, now_ms, err);
	if (strcmp(name, "until") == 0)
		return set_time(&question->until_ns, name, value, now_ms, err);
	if (strcmp(name, "call") == 0)
		return set_call(question, value, err);
	if (strcmp(name, "action") == 0)
		return set_action(question, value, err);
	if (strcmp(name, "unique") == 0)
		return set_unique(question, value, err);
	if (strcmp(name, "limit") == 0)
		return set_number(&question->n_max, name, value, INT_MAX, err);
	if (strcmp(name, "pid") != 0)
		return cg_err_set(err, -EINVAL, NULL, "there is no parameter \"%.80s\"", name);
	r = set_number(&number, name, value, INT_MAX, err);
	if (r == 0)
		question->pid = (int)number;
	return r;
}

void cg_history_sum_write(const struct cg_history_sum *sum, struct cg_json_writer *json)
{
	cg_json_open_object(json, "sum");
	cg_json_u64(json, "violations", sum->n_violations);
	cg_json_u64(json, "unique", sum->n_unique);
	cg_json_u64(json, "new_unique", sum->n_new_unique);
	cg_json_u64(json, "lost", sum->n_lost);
	cg_json_bool(json, "has_unknown_loss", sum->has_unknown_loss);
	cg_json_u64(json, "watched_ns", sum->watched_ns);
	cg_json_u64(json, "first_watch_ns", sum->first_watch_ns);
	cg_json_u64(json, "last_watch_ns", sum->last_watch_ns);
	cg_json_close_object(json);
}
