/*
 * Options: a table of rows in, a parsed command line out.
 *
 * As getopt_long(3) has it: --name VALUE, --name=VALUE, -x VALUE, -xVALUE, -xy; "--" ends options. Long names may not
 * be shortened (a script that relies on it breaks with the next option). A misspelt name is answered with the nearest.
 */
#ifndef CG_CLI_OPT_H
#define CG_CLI_OPT_H

#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum cg_option_flags {
	CG_OPTION_REPEATS = 1 << 0,   /* may be given more than once */
	CG_OPTION_MAY_BE_BARE = 1 << 1, /* the value may be left out: it is "" then, and else behind "=" only */
};

struct cg_option {
	const char *name;  /* without --; NULL ends the table */
	char letter;       /* short form, or 0 */
	const char *value; /* what it takes, as the help names it: "FILE"; NULL: takes nothing */
	const char *help;  /* one line */
	unsigned int flags;
	const char *choices; /* for completion: what it takes, with blanks between; NULL: files, or by `value` */
};

/* What every command has beside its own: --help. */
extern const struct cg_option cg_common_options[];

#define CG_OPTIONS_MAX 40

struct cg_command;

struct cg_args {
	const struct cg_command *command;
	struct {
		const struct cg_option *option;
		const char *value; /* "" for options that take none */
	} given[256];
	size_t n_given;
	char **words; /* what is no option, in order; argv's own strings, NULL behind the last */
	size_t n_words;
	bool has_dashes;       /* "--" was there: words[n_before …] stood behind it */
	size_t n_before;
};

/*
 * Parses argv[0 … argc-1] (the words behind the command's name). Returns true; or false and in `error` what is wrong.
 * argv is reordered; args->words points into it.
 */
bool cg_args_parse(const struct cg_command *command, int argc, char **argv, struct cg_args *args,
		   struct cg_text *error);

/* The option's last value, "" when it takes none, NULL when it was not given. */
const char *cg_args_get(const struct cg_args *args, const char *name);
bool cg_args_has(const struct cg_args *args, const char *name);

/* The i-th value of an option that repeats, or NULL. */
const char *cg_args_get_nth(const struct cg_args *args, const char *name, size_t i);

/* "500ms", "10s", "5m", "2h", "1d", "90" (seconds) in milliseconds. */
bool cg_duration_parse(const char *text, uint64_t *ret_ms);

#endif
