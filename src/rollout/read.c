/*
 * From JSON to a rollout. See rollout.h; man/callgate-rollout.5.scd has the format.
 */
#include "base/cleanup.h"
#include "base/map.h"
#include "base/num.h"
#include "rollout/fields.h"
#include "rollout/read_source.h"
#include "rollout/rollout.h"

#include <stdlib.h>
#include <string.h>

#define WATCHED_DEFAULT 90
#define RESULT_AGE_DEFAULT ((uint64_t)24 * 3600 * 1000)
#define DURATION_MAX ((uint64_t)3650 * 24 * 3600 * 1000)

static int read_name(const struct cg_fields *fields, const struct cg_json *value, const char **ret_name)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_";
	int r = cg_fields_text(fields, value, CG_ROLLOUT_NAME_LIMIT, ret_name);

	if (r == 0 && (!**ret_name || strspn(*ret_name, allowed) != strlen(*ret_name) || strchr(".-", **ret_name)))
		return cg_fields_complain(fields, value, "a name has letters, digits, '_', '.' and '-', and begins with "
							"neither of the last two");
	return r;
}

int cg_rollout_read_duration(const struct cg_fields *fields, const struct cg_json *value, uint64_t *ret_ms)
{
	static const struct {
		const char *name;
		uint64_t ms;
	} units[] = { { "", 1000 }, { "ms", 1 }, { "s", 1000 }, { "m", 60000 }, { "h", 3600000 }, { "d", 86400000 },
		      { "w", 7 * 86400000 } };
	const char *text = value->kind == CG_JSON_STRING || value->kind == CG_JSON_NUMBER ? value->text : "";
	size_t n_digits = strspn(text, "0123456789"), i = 0;
	uint64_t number, ms;

	while (i < CG_N_ITEMS(units) && strcmp(units[i].name, text + n_digits) != 0)
		i++;
	if (i == CG_N_ITEMS(units) || !cg_num_parse(text, n_digits, &number) ||
	    __builtin_mul_overflow(number, units[i].ms, &ms) || ms > DURATION_MAX)
		return cg_fields_complain(fields, value, "a duration is a number of seconds or such as \"90s\", \"30m\", "
							"\"24h\", \"7d\", ten years at most");
	*ret_ms = ms;
	return 0;
}

/* ---- hosts and cohorts */

static int read_host(const struct cg_fields *fields, const struct cg_json *value, const char **ret_host)
{
	const char *host;
	int r = cg_fields_text(fields, value, CG_ROLLOUT_HOST_LIMIT, &host);

	if (r < 0)
		return r;
	if (!cg_rollout_host_is_valid(host))
		return cg_fields_complain(fields, value, "this can be no host's name: it has letters, digits, '.', '-', "
							"'_' and ':' only, and is not empty");
	for (char *c = (char *)host; *c; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c += 'a' - 'A';
	*ret_host = host;
	return 0;
}

static int compare_names(const void *left, const void *right)
{
	return strcmp(*(const char *const *)left, *(const char *const *)right);
}

static int read_hosts(const struct cg_fields *fields, const struct cg_json *value, struct cg_rollout_hosts *hosts)
{
	CG_CLEANUP(cg_map_done) struct cg_map seen = { 0 };
	struct cg_map_entry *entry;
	int r = cg_fields_want(fields, value, CG_JSON_ARRAY, "a list of hosts");

	if (r < 0)
		return r;
	if (value->n_children > CG_ROLLOUT_HOSTS_LIMIT)
		return cg_json_err(fields->err, -E2BIG, fields->name, value, "a list has at most %d hosts",
				   CG_ROLLOUT_HOSTS_LIMIT);
	hosts->items = cg_arena_alloc_array(fields->arena, value->n_children + 1, sizeof(*hosts->items));
	if (!hosts->items)
		return cg_err_memory(fields->err);
	for (const struct cg_json *item = value->first; item; item = item->next) {
		const char *host = NULL;

		r = read_host(fields, item, &host);
		if (r < 0)
			return r;
		if (cg_map_put(&seen, host, strlen(host), &entry) < 0)
			return cg_err_memory(fields->err);
		if (entry->value.number++)
			return cg_fields_complain(fields, item, "this host stands here twice");
		hosts->items[hosts->n_items++] = host;
	}
	qsort(hosts->items, hosts->n_items, sizeof(*hosts->items), compare_names);
	return 0;
}

/* A list, or how many there are. */
static int read_all_hosts(const struct cg_fields *fields, const struct cg_json *value, struct cg_rollout *rollout)
{
	int r;

	if (value->kind == CG_JSON_NUMBER)
		return cg_fields_number(fields, value, CG_ROLLOUT_HOSTS_LIMIT, &rollout->n_hosts);
	r = read_hosts(fields, value, &rollout->hosts);
	rollout->n_hosts = rollout->hosts.n_items;
	return r;
}

static int read_cohort(const struct cg_fields *fields, const struct cg_json *value, struct cg_rollout *rollout)
{
	static const char *const keys[] = { "name", "hosts", "percent", NULL };
	struct cg_rollout_cohort *cohort = &rollout->cohorts[rollout->n_cohorts];
	const struct cg_json *name, *hosts = cg_json_get(value, "hosts"), *percent = cg_json_get(value, "percent");
	uint64_t number = 0;
	int r = cg_fields_want(fields, value, CG_JSON_OBJECT, "an object");

	if (r == 0)
		r = cg_fields_check_keys(fields, value, keys);
	if (r == 0)
		r = cg_fields_need(fields, value, "name", &name);
	if (r == 0)
		r = read_name(fields, name, &cohort->name);
	if (r == 0 && !hosts == !percent)
		return cg_fields_complain(fields, value, "a cohort has either \"hosts\", a list, or \"percent\"");
	if (r == 0 && hosts)
		r = read_hosts(fields, hosts, &cohort->hosts);
	if (r == 0 && percent) {
		r = cg_fields_number(fields, percent, 100, &number);
		if (r == 0 && number == 0)
			return cg_fields_complain(fields, percent, "a percentage is from 1 to 100");
		cohort->percent = (unsigned int)number;
	}
	for (size_t i = 0; r == 0 && i < rollout->n_cohorts; i++)
		if (strcmp(rollout->cohorts[i].name, cohort->name) == 0)
			return cg_fields_complain(fields, name, "there is a cohort of this name before");
	rollout->n_cohorts += r == 0;
	return r;
}

static int read_cohorts(const struct cg_fields *fields, const struct cg_json *value, struct cg_rollout *rollout)
{
	int r = cg_fields_want(fields, value, CG_JSON_ARRAY, "a list of cohorts");

	if (r == 0 && value->n_children > CG_ROLLOUT_COHORTS_LIMIT)
		return cg_json_err(fields->err, -E2BIG, fields->name, value, "there are at most %d cohorts",
				   CG_ROLLOUT_COHORTS_LIMIT);
	rollout->cohorts = cg_arena_alloc_array(fields->arena, CG_ROLLOUT_COHORTS_LIMIT, sizeof(*rollout->cohorts));
	if (!rollout->cohorts)
		return cg_err_memory(fields->err);
	for (const struct cg_json *item = value->first; r == 0 && item; item = item->next)
		r = read_cohort(fields, item, rollout);
	return r;
}

/* ---- phases */

static int read_enforced(const struct cg_fields *fields, const struct cg_json *value, const struct cg_rollout *rollout,
			 struct cg_rollout_phase *phase)
{
	phase->enforces = cg_arena_alloc_array(fields->arena, CG_ROLLOUT_COHORTS_LIMIT, sizeof(*phase->enforces));
	if (!phase->enforces)
		return cg_err_memory(fields->err);
	if (value->kind == CG_JSON_STRING && strcmp(value->text, "all") == 0)
		phase->enforces_all = true;
	else if (value->kind != CG_JSON_ARRAY && (value->kind != CG_JSON_STRING || strcmp(value->text, "none") != 0))
		return cg_fields_complain(fields, value, "enforce is \"none\", \"all\", or a list of cohorts");
	for (const struct cg_json *item = value->first; item; item = item->next) {
		const char *best = NULL;
		size_t i = 0;

		if (cg_fields_want(fields, item, CG_JSON_STRING, "the name of a cohort") < 0)
			return -EINVAL;
		for (; i < rollout->n_cohorts && strcmp(rollout->cohorts[i].name, item->text) != 0; i++)
			cg_word_keep_nearest(item->text, rollout->cohorts[i].name, &best);
		if (i == rollout->n_cohorts)
			return cg_fields_complain(fields, item, "there is no such cohort%s%s%s", best ? "; did you mean \"" : "",
						 best ? best : "", best ? "\"?" : "");
		phase->enforces[i] = true;
	}
	return 0;
}

static int read_phase_parts(const struct cg_fields *fields, const struct cg_json *value, const struct cg_rollout *rollout,
			    struct cg_rollout_phase *phase)
{
	const struct cg_json *name, *enforce, *minimum = cg_json_get(value, "minimum"), *gate = cg_json_get(value, "gate");
	int r = cg_fields_need(fields, value, "name", &name);

	if (r == 0)
		r = read_name(fields, name, &phase->name);
	if (r == 0 && cg_rollout_find_phase(rollout, phase->name) >= 0)
		return cg_fields_complain(fields, name, "there is a phase of this name before");
	if (r == 0)
		r = cg_fields_need(fields, value, "enforce", &enforce);
	if (r == 0)
		r = read_enforced(fields, enforce, rollout, phase);
	if (r == 0 && minimum)
		r = cg_rollout_read_duration(fields, minimum, &phase->minimum_ms);
	phase->has_gate = gate != NULL;
	if (r == 0 && gate)
		r = cg_rollout_read_gate(fields, gate, &phase->gate);
	if (r == 0 && phase->gate.quiet_ms > phase->minimum_ms)
		return cg_fields_complain(fields, cg_json_get(gate, "quiet"),
					 "this is longer than the phase's \"minimum\": it may be over before that");
	if (r == 0 && !gate && value->next)
		return cg_fields_complain(fields, value, "a phase that another follows needs a \"gate\"");
	return r;
}

static int read_phase(const struct cg_fields *fields, const struct cg_json *value, struct cg_rollout *rollout)
{
	static const char *const keys[] = { "name", "enforce", "minimum", "gate", NULL };
	struct cg_rollout_phase *phase = &rollout->phases[rollout->n_phases];
	int r = cg_fields_want(fields, value, CG_JSON_OBJECT, "an object");

	phase->gate = (struct cg_rollout_gate){ .new_violations = CG_ROLLOUT_ANY, .violations = CG_ROLLOUT_ANY,
						.lost = CG_ROLLOUT_ANY, .watched_percent = WATCHED_DEFAULT,
						.hosts = { 100, true }, .result_age_ms = RESULT_AGE_DEFAULT };
	if (r == 0)
		r = cg_fields_check_keys(fields, value, keys);
	if (r == 0)
		r = read_phase_parts(fields, value, rollout, phase);
	rollout->n_phases += r == 0;
	return r;
}

static int read_phases(const struct cg_fields *fields, const struct cg_json *value, struct cg_rollout *rollout)
{
	int r = cg_fields_want(fields, value, CG_JSON_ARRAY, "a list of phases");

	if (r == 0 && value->n_children > CG_ROLLOUT_PHASES_LIMIT)
		return cg_json_err(fields->err, -E2BIG, fields->name, value, "there are at most %d phases",
				   CG_ROLLOUT_PHASES_LIMIT);
	if (r == 0 && !value->n_children)
		return cg_fields_complain(fields, value, "there is no phase in it");
	rollout->phases = cg_arena_alloc_array(fields->arena, CG_ROLLOUT_PHASES_LIMIT, sizeof(*rollout->phases));
	if (!rollout->phases)
		return cg_err_memory(fields->err);
	for (const struct cg_json *item = value->first; r == 0 && item; item = item->next)
		r = read_phase(fields, item, rollout);
	return r;
}

/* ---- the whole */

static int read_texts(const struct cg_fields *fields, const struct cg_json *root, struct cg_rollout *rollout)
{
	struct {
		const char *key;
		const char **text;
		bool is_needed;
	} rows[] = { { "profile", &rollout->profile, true }, { "audit", &rollout->audit, true },
		     { "path", &rollout->path, false } };
	const struct cg_json *value;
	int r = cg_fields_need(fields, root, "name", &value);

	if (r == 0)
		r = read_name(fields, value, &rollout->name);
	for (size_t i = 0; r == 0 && i < CG_N_ITEMS(rows); i++) {
		value = cg_json_get(root, rows[i].key);
		if (!value && rows[i].is_needed)
			return cg_fields_need(fields, root, rows[i].key, &value);
		if (value)
			r = cg_fields_text(fields, value, CG_ROLLOUT_PATH_LIMIT, rows[i].text);
		if (r == 0 && value && !**rows[i].text)
			return cg_fields_complain(fields, value, "%s is empty", rows[i].key);
	}
	return r;
}

static int read_root(const struct cg_fields *fields, const struct cg_json *root, struct cg_rollout *rollout)
{
	static const char *const keys[] = { "callgate", "version", "name", "profile", "audit", "path", "hosts", "cohorts",
					    "phases", "source", NULL };
	const struct cg_json *hosts = cg_json_get(root, "hosts"), *cohorts = cg_json_get(root, "cohorts"), *phases;
	int r = cg_fields_check_version(fields, root, "rollout");

	if (r == 0)
		r = cg_fields_check_keys(fields, root, keys);
	if (r == 0)
		r = read_texts(fields, root, rollout);
	if (r == 0 && hosts)
		r = read_all_hosts(fields, hosts, rollout);
	if (r == 0 && cohorts)
		r = read_cohorts(fields, cohorts, rollout);
	if (r == 0)
		r = cg_fields_need(fields, root, "phases", &phases);
	if (r == 0)
		r = read_phases(fields, phases, rollout);
	return r == 0 ? cg_rollout_read_source(fields, cg_json_get(root, "source"), &rollout->source) : r;
}

int cg_rollout_read(const char *name, const char *bytes, size_t length, struct cg_rollout *ret_rollout,
		    struct cg_err *err)
{
	struct cg_rollout rollout = { 0 };
	CG_CLEANUP(cg_arena_done) struct cg_arena arena = { 0 };
	const struct cg_fields fields = { .name = name, .arena = &rollout.arena, .err = err };
	struct cg_json *root;
	int r;

	if (length > CG_ROLLOUT_SIZE_LIMIT)
		return cg_err_set(err, -E2BIG, name, "a rollout has at most %zu bytes", CG_ROLLOUT_SIZE_LIMIT);
	r = cg_json_read(&arena, name, bytes, length, CG_JSON_COMMENTS, &root, err);
	if (r == 0)
		r = read_root(&fields, root, &rollout);
	if (r < 0)
		cg_arena_done(&rollout.arena);
	else
		*ret_rollout = rollout;
	return r;
}

void cg_rollout_done(struct cg_rollout *rollout)
{
	cg_arena_done(&rollout->arena);
	*rollout = (struct cg_rollout){ 0 };
}
