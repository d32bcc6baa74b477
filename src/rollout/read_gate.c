/*
 * The conditions of a gate: part of read.c. See read_source.h.
 */
#include "base/cleanup.h"
#include "base/num.h"
#include "rollout/read_source.h"

#include <string.h>

static int read_share(const struct cg_fields *fields, const struct cg_json *value, struct cg_rollout_share *share)
{
	size_t n_digits;

	if (value->kind == CG_JSON_NUMBER)
		return cg_fields_number(fields, value, CG_ROLLOUT_HOSTS_LIMIT, &share->number);
	share->is_percent = true;
	share->number = 100;
	if (value->kind == CG_JSON_STRING && strcmp(value->text, "all") == 0)
		return 0;
	n_digits = value->kind == CG_JSON_STRING ? strspn(value->text, "0123456789") : 0;
	if (n_digits && strcmp(value->text + n_digits, "%") == 0 && cg_num_parse(value->text, n_digits, &share->number) &&
	    share->number <= 100)
		return 0;
	return cg_fields_complain(fields, value, "%s takes a number, \"all\", or such as \"90%%\"",
				 value->key ? value->key : "it");
}

static int read_tiers(const struct cg_fields *fields, const struct cg_json *value, unsigned int *ret_tiers)
{
	int r = cg_fields_want(fields, value, CG_JSON_ARRAY, "a list of tiers");

	for (const struct cg_json *item = value->first; r == 0 && item; item = item->next) {
		int tier = CG_TIER_CRITICAL;

		while (tier >= 0 && (item->kind != CG_JSON_STRING || strcmp(cg_tier_name(tier), item->text) != 0))
			tier--;
		if (tier < 0)
			return cg_fields_complain(fields, item,
						 "a tier is \"critical\", \"high\", \"medium\" or \"none\"");
		*ret_tiers |= 1U << tier;
	}
	return r;
}

static int read_tests(const struct cg_fields *fields, const struct cg_json *value, struct cg_rollout_gate *gate)
{
	static const char *const keys[] = { "suite", "result", "max_age", NULL };
	const struct cg_json *suite = cg_json_get(value, "suite"), *result = cg_json_get(value, "result"),
			     *age = cg_json_get(value, "max_age");
	int r;

	if (value->kind == CG_JSON_STRING)
		return cg_fields_text(fields, value, CG_ROLLOUT_PATH_LIMIT, &gate->suite);
	r = cg_fields_want(fields, value, CG_JSON_OBJECT, "a suite, or an object");
	if (r == 0)
		r = cg_fields_check_keys(fields, value, keys);
	if (r == 0 && !suite == !result)
		return cg_fields_complain(fields, value, "tests are either a \"suite\" to be run, or the \"result\" of one");
	if (r == 0 && suite)
		r = cg_fields_text(fields, suite, CG_ROLLOUT_PATH_LIMIT, &gate->suite);
	if (r == 0 && result)
		r = cg_fields_text(fields, result, CG_ROLLOUT_PATH_LIMIT, &gate->result);
	return r == 0 && age ? cg_rollout_read_duration(fields, age, &gate->result_age_ms) : r;
}

static int read_bounds(const struct cg_fields *fields, const struct cg_json *value, struct cg_rollout_gate *gate)
{
	struct {
		const char *key;
		uint64_t *bound;
	} bounds[] = { { "new_violations", &gate->new_violations }, { "violations", &gate->violations },
		       { "lost", &gate->lost } };
	int r = 0;

	for (size_t i = 0; r == 0 && i < CG_N_ITEMS(bounds); i++) {
		const struct cg_json *member = cg_json_get(value, bounds[i].key);

		if (member)
			r = cg_fields_number(fields, member, INT64_MAX, bounds[i].bound);
	}
	return r;
}

int cg_rollout_read_gate(const struct cg_fields *fields, const struct cg_json *value, struct cg_rollout_gate *gate)
{
	static const char *const keys[] = { "new_violations", "quiet", "violations", "tiers", "lost", "hosts", "watched",
					    "tests", NULL };
	const struct cg_json *tiers = cg_json_get(value, "tiers"), *hosts = cg_json_get(value, "hosts"),
			     *watched = cg_json_get(value, "watched"), *tests = cg_json_get(value, "tests"),
			     *quiet = cg_json_get(value, "quiet");
	struct cg_rollout_share share = { 0 };
	int r = cg_fields_want(fields, value, CG_JSON_OBJECT, "an object");

	if (r == 0)
		r = cg_fields_check_keys(fields, value, keys);
	if (r == 0)
		r = read_bounds(fields, value, gate);
	if (r == 0 && quiet)
		r = cg_rollout_read_duration(fields, quiet, &gate->quiet_ms);
	if (r == 0 && quiet && gate->new_violations == CG_ROLLOUT_ANY)
		return cg_fields_complain(fields, quiet, "quiet says for how long \"new_violations\" counts, which is not here");
	if (r == 0 && tiers)
		r = read_tiers(fields, tiers, &gate->tiers);
	if (r == 0 && hosts)
		r = read_share(fields, hosts, &gate->hosts);
	if (r == 0 && watched) {
		r = read_share(fields, watched, &share);
		if (r == 0 && !share.is_percent)
			return cg_fields_complain(fields, watched, "watched is a share of the time: such as \"90%%\"");
		gate->watched_percent = (unsigned int)share.number;
	}
	return r == 0 && tests ? read_tests(fields, tests, gate) : r;
}
