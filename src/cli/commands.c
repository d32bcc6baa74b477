/*
 * The command table: one row a command, in the order of --help. A command not yet built is not here.
 */
#include "cli/commands.h"

const struct cg_command *const cg_commands[] = {
	/* Learn what a program needs */
	&cg_command_record,
	&cg_command_import,
	&cg_command_generate,
	&cg_command_tighten,
	/* Judge a profile */
	&cg_command_check,
	&cg_command_explain,
	&cg_command_diff,
	&cg_command_merge,
	&cg_command_test,
	&cg_command_report,
	&cg_command_digest,
	/* Use a profile */
	&cg_command_run,
	&cg_command_compile,
	&cg_command_disasm,
	&cg_command_dump,
	&cg_command_verify,
	&cg_command_shim,
	/* Watch */
	&cg_command_monitor,
	&cg_command_why,
	&cg_command_rollout,
	/* Machine */
	&cg_command_doctor,
	&cg_command_syscalls,
	NULL,
};
