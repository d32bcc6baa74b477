/*
 * What callgate-keeper is told on its command line: callgate-keeper(8).
 */
#ifndef CG_KEEPER_OPTIONS_H
#define CG_KEEPER_OPTIONS_H

#include "base/err.h"
#include "history/history.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CG_KEEPER_LISTENS_LIMIT 8
#define CG_KEEPER_ROLLOUTS_LIMIT 16

struct cg_keeper_options {
	const char *history; /* NULL: none is kept */
	struct cg_history_limits limits;
	const char *listens[CG_KEEPER_LISTENS_LIMIT];
	size_t n_listens;
	const char *textfile;
	const char *prefix;
	const char *rollouts[CG_KEEPER_ROLLOUTS_LIMIT];
	size_t n_rollouts;
	const char *user;
	bool is_unconfined;
};

/* -EINVAL, the message says what. Strings are argv's. */
int cg_keeper_options_parse(int argc, char **argv, struct cg_keeper_options *ret_options, struct cg_err *err);

#endif
