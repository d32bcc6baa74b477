/*
 * The rows of the command table, each defined in its own cmd_NAME.c.
 */
#ifndef CG_CLI_COMMANDS_H
#define CG_CLI_COMMANDS_H

#include "cli/cli.h"

/* Headings of --help. */
#define CG_GROUP_LEARN "Learn what a program needs"
#define CG_GROUP_JUDGE "Judge a profile"
#define CG_GROUP_USE "Use a profile"
#define CG_GROUP_WATCH "Watch"
#define CG_GROUP_MACHINE "Machine"

extern const struct cg_command cg_command_check;
extern const struct cg_command cg_command_compile;
extern const struct cg_command cg_command_diff;
extern const struct cg_command cg_command_digest;
extern const struct cg_command cg_command_disasm;
extern const struct cg_command cg_command_doctor;
extern const struct cg_command cg_command_dump;
extern const struct cg_command cg_command_explain;
extern const struct cg_command cg_command_generate;
extern const struct cg_command cg_command_import;
extern const struct cg_command cg_command_merge;
extern const struct cg_command cg_command_monitor;
extern const struct cg_command cg_command_record;
extern const struct cg_command cg_command_report;
extern const struct cg_command cg_command_rollout;
extern const struct cg_command cg_command_run;
extern const struct cg_command cg_command_shim;
extern const struct cg_command cg_command_syscalls;
extern const struct cg_command cg_command_test;
extern const struct cg_command cg_command_tighten;
extern const struct cg_command cg_command_verify;
extern const struct cg_command cg_command_why;

#endif
