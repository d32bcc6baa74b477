/*
 * A command: a row in the table (commands.c) and a function. From the row come dispatch, --help, completion and the
 * synopsis of the manual page, so that none of them can differ from what is read.
 *
 * How to add one: docs/howto/add-a-command.md.
 */
#ifndef CG_CLI_CLI_H
#define CG_CLI_CLI_H

#include "base/err.h"
#include "base/notes.h"
#include "base/text.h"
#include "cli/opt.h"
#include "cli/out.h"
#include "profile/target.h"

/* Exit statuses; callgate(1). */
enum cg_exit {
	CG_EXIT_YES = 0,        /* yes, done */
	CG_EXIT_NO = 1,         /* no, differs, denied, findings at or above --fail-on */
	CG_EXIT_USAGE = 2,
	CG_EXIT_BAD_INPUT = 3,  /* missing, unreadable, rejected by the chosen engine */
	CG_EXIT_CANNOT = 4,     /* this system cannot, or not decided */
	CG_EXIT_NOT_STARTED = 125, /* run, record, shim: callgate itself failed before the command started */
};

struct cg_command {
	const char *name;
	const char *group;   /* heading in `callgate --help` */
	const char *summary; /* one line */
	const char *synopsis; /* what follows `callgate NAME` */
	const char *example; /* one or more lines, each a command line */
	const struct cg_option *options; /* ends with a row without a name */
	bool takes_command;  /* options end at the first word that is none: record, run */
	int (*run)(const struct cg_args *args); /* returns an exit status */
};

extern const struct cg_command *const cg_commands[]; /* in the order of --help; NULL at the end */

const struct cg_command *cg_command_find(const char *name);

/* Prints "callgate: PLACE: MESSAGE" and returns the status that suits err->code: BAD_INPUT, or CANNOT for what the
 * machine refuses (EPERM, ENOSYS, EOPNOTSUPP, ENOMEM, EBUSY, ENOSPC, …). */
int cg_cli_fail(const struct cg_err *err);

/* "callgate COMMAND: MESSAGE; see callgate COMMAND --help", status USAGE. */
int cg_cli_usage(const struct cg_args *args, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A line on standard error: "callgate: …". For warnings and remarks. */
void cg_cli_say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The options of a target, for the option tables of check, compile, explain, run, …; see cg_cli_target(). */
#define CG_CLI_TARGET_OPTIONS \
	{ "engine", 0, "NAME", "engine that reads the profile: oci (default), docker, podman, cri-o, containerd, runc, crun", 0, \
	  "oci docker podman cri-o containerd runc crun" }, \
	{ "arch", 0, "ARCH", "architecture to judge for, instead of the profile's own (repeatable)", CG_OPTION_REPEATS }, \
	{ "caps", 0, "LIST", "capabilities of the container: CAP_X,…, default, all or none", 0, \
	  "default all none" }, \
	{ "kernel", 0, "X.Y", "kernel version that minKernel is compared with", 0 }

/* Fills a target from those options. Returns 0, or an exit status after having printed the error. */
int cg_cli_target(const struct cg_args *args, struct cg_target *ret_target);

#endif
