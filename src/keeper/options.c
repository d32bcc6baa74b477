/*
 * See options.h. Written by `callgate monitor`, not by people: strict, and without help.
 */
#include "keeper/options.h"

#include "base/cleanup.h"
#include "base/num.h"

#include <errno.h>
#include <string.h>

static int add(const char **list, size_t *n, size_t limit, const char *name, const char *value, struct cg_err *err)
{
	if (*n == limit)
		return cg_err_set(err, -E2BIG, NULL, "--%s is given more than %zu times", name, limit);
	list[(*n)++] = value;
	return 0;
}

static int take(struct cg_keeper_options *options, const char *name, const char *value, struct cg_err *err)
{
	const struct {
		const char *name;
		const char **text;
	} texts[] = {
		{ "history", &options->history }, { "textfile", &options->textfile },
		{ "metric-prefix", &options->prefix }, { "user", &options->user },
	};
	uint64_t number;

	for (size_t i = 0; i < CG_N_ITEMS(texts); i++)
		if (strcmp(name, texts[i].name) == 0) {
			*texts[i].text = value;
			return 0;
		}
	if (strcmp(name, "listen") == 0)
		return add(options->listens, &options->n_listens, CG_KEEPER_LISTENS_LIMIT, name, value, err);
	if (strcmp(name, "rollout") == 0)
		return add(options->rollouts, &options->n_rollouts, CG_KEEPER_ROLLOUTS_LIMIT, name, value, err);
	if (!cg_num_parse_decimal(value, 0, UINT64_MAX / 1000000, &number))
		return cg_err_set(err, -EINVAL, NULL, "--%s %s: there is no such option, or it is no number", name,
				  value);
	if (strcmp(name, "keep-ms") == 0)
		options->limits.age_ns = number * 1000000;
	else if (strcmp(name, "keep-bytes") == 0)
		options->limits.bytes = number;
	else
		return cg_err_set(err, -EINVAL, NULL, "--%s: there is no such option", name);
	return 0;
}

int cg_keeper_options_parse(int argc, char **argv, struct cg_keeper_options *ret_options, struct cg_err *err)
{
	struct cg_keeper_options options = { .user = "nobody" };
	int r = 0;

	for (int i = 1; r == 0 && i < argc; i++) {
		if (strcmp(argv[i], "--unconfined") == 0) {
			options.is_unconfined = true;
			continue;
		}
		if (strncmp(argv[i], "--", 2) != 0 || i + 1 == argc)
			return cg_err_set(err, -EINVAL, NULL,
					  "\"%s\" is no option, or has no value; callgate monitor starts this",
					  argv[i]);
		r = take(&options, argv[i] + 2, argv[i + 1], err);
		i++;
	}
	if (r == 0)
		*ret_options = options;
	return r;
}
