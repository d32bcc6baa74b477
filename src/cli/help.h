/*
 * What the command table says, for people and for shells: help, usage, completion.
 */
#ifndef CG_CLI_HELP_H
#define CG_CLI_HELP_H

#include "cli/cli.h"

#include <stdio.h>

/* All commands by group. Returns an exit status. */
int cg_help_all(FILE *stream);

/* One command on a screen, with its example. */
int cg_help_command(const struct cg_command *command);

/* A completion script for "bash" or "zsh" on standard output. */
int cg_help_completion(const char *shell);

#endif
