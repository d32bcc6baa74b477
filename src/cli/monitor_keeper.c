/*
 * The options of `callgate monitor` that are its keeper's: checked here, where a mistake can be answered with a remedy,
 * and handed on as words.
 */
#include "cli/monitor_keeper.h"

#include "base/cleanup.h"
#include "base/num.h"
#include "base/vec.h"
#include "monitor/confine.h"
#include "monitor/metrics.h"
#include "os/confine.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define NUMBER_SIZE 24

struct words {
	const char *items[CG_KEEPER_WORDS_LIMIT];
	size_t n_items;
	char numbers[2][NUMBER_SIZE];
	bool has_too_many;
};

static void add_pair(struct words *words, const char *name, const char *value)
{
	if (words->n_items + 2 > CG_KEEPER_WORDS_LIMIT) {
		words->has_too_many = true;
		return;
	}
	words->items[words->n_items++] = name;
	words->items[words->n_items++] = value;
}

/* "256M": bytes, KiB, MiB, GiB. */
static bool parse_size(const char *text, uint64_t *ret_size)
{
	static const struct {
		const char *unit;
		unsigned int shift;
	} units[] = { { "", 0 }, { "K", 10 }, { "M", 20 }, { "G", 30 } };
	size_t n_digits = strspn(text, "0123456789");
	uint64_t number;

	for (size_t i = 0; i < CG_N_ITEMS(units); i++) {
		if (strcmp(text + n_digits, units[i].unit) != 0 || (n_digits > 1 && *text == '0') ||
		    !cg_num_parse(text, n_digits, &number) || number > UINT64_MAX >> (units[i].shift + 20))
			continue;
		*ret_size = number << units[i].shift;
		return true;
	}
	return false;
}

/* 0, or USAGE. */
static int add_bounds(const struct cg_args *args, struct words *words)
{
	const char *age = cg_args_get(args, "keep-for"), *bytes = cg_args_get(args, "keep-bytes");
	uint64_t number;

	if (age) {
		if (!cg_duration_parse(age, &number) || !number || number > UINT64_MAX / 1000000)
			return cg_cli_usage(args, "--keep-for %s is no time; one is 30d", age);
		snprintf(words->numbers[0], NUMBER_SIZE, "%llu", (unsigned long long)number);
		add_pair(words, "--keep-ms", words->numbers[0]);
	}
	if (bytes) {
		if (!parse_size(bytes, &number) || number < 1 << 20)
			return cg_cli_usage(args, "--keep-bytes %s is no size; one is 256M, the least 1M", bytes);
		snprintf(words->numbers[1], NUMBER_SIZE, "%llu", (unsigned long long)number);
		add_pair(words, "--keep-bytes", words->numbers[1]);
	}
	return 0;
}

static int make_words(const struct cg_args *args, struct words *words)
{
	static const struct {
		const char *name;
		const char *word;
	} texts[] = {
		{ "history", "--history" }, { "textfile", "--textfile" }, { "metric-prefix", "--metric-prefix" },
		{ "user", "--user" },
	};
	const char *value;

	for (size_t i = 0; i < CG_N_ITEMS(texts); i++)
		if ((value = cg_args_get(args, texts[i].name)))
			add_pair(words, texts[i].word, value);
	for (size_t i = 0; (value = cg_args_get_nth(args, "listen", i)); i++)
		add_pair(words, "--listen", value);
	for (size_t i = 0; (value = cg_args_get_nth(args, "rollout", i)); i++)
		add_pair(words, "--rollout", value);
	if (cg_args_has(args, "unconfined") && words->n_items < CG_KEEPER_WORDS_LIMIT)
		words->items[words->n_items++] = "--unconfined";
	if (words->has_too_many)
		return cg_cli_usage(args, "too many --listen or --rollout");
	return add_bounds(args, words);
}

/* What can be known to be wrong before another program is started for it. */
static int check(const struct cg_args *args)
{
	const char *prefix = cg_args_get(args, "metric-prefix");
	struct cg_metrics *metrics = NULL;
	struct cg_err err = { 0 };
	uid_t uid;
	gid_t gid;

	if (prefix && cg_metrics_new(prefix, &metrics, &err) < 0)
		return cg_cli_usage(args, "--metric-prefix: %s", err.message);
	cg_metrics_free(metrics);
	if (cg_args_has(args, "user") && cg_user_find(cg_args_get(args, "user"), &uid, &gid, &err) < 0)
		return cg_cli_usage(args, "--user: %s", err.message);
	return 0;
}

/* Does an option ask for one? */
static bool wants_keeper(const struct cg_args *args)
{
	return cg_args_has(args, "history") || cg_args_has(args, "listen") || cg_args_has(args, "textfile");
}

int cg_monitor_keeper_start(const struct cg_args *args, struct cg_keeper **ret_keeper)
{
	struct words words = { 0 };
	struct cg_err err = { 0 };
	int status;

	*ret_keeper = NULL;
	if (!wants_keeper(args))
		return 0;
	status = check(args);
	if (!status)
		status = make_words(args, &words);
	if (status)
		return status;
	return cg_keeper_start(words.items, words.n_items, ret_keeper, &err) < 0 ? cg_cli_fail(&err) : 0;
}

int cg_monitor_keeper_finish(struct cg_keeper *keeper)
{
	struct cg_keeper_totals totals;
	struct cg_err err = { 0 };
	int status = CG_EXIT_YES;

	if (!keeper)
		return status;
	if (cg_keeper_finish(keeper, &err) < 0)
		status = cg_cli_fail(&err);
	cg_keeper_totals(keeper, &totals);
	if (totals.n_restarts)
		cg_cli_say("the keeper had to be started anew %u time%s", totals.n_restarts,
			   totals.n_restarts == 1 ? "" : "s");
	if (totals.n_lost) {
		cg_cli_say("%llu of %llu violations could not be kept", (unsigned long long)totals.n_lost,
			   (unsigned long long)totals.n_given);
		status = status ? status : CG_EXIT_CANNOT;
	}
	return status;
}

int cg_monitor_confine(const struct cg_args *args)
{
	struct cg_err err = { 0 };

	if (!wants_keeper(args) || cg_args_has(args, "unconfined"))
		return 0;
	if (cg_confine_capabilities(&err) < 0 || cg_confine_load(CG_CONFINE_READER, &err) < 0)
		return cg_cli_fail(&err);
	return 0;
}
