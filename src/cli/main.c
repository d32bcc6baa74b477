/*
 * callgate: the command. Finds the row of the command table, parses its options, runs it.
 *
 * In: argv. Out: an exit status (callgate(1)). Help is printed from the table by help.c.
 */
#include "cli/cli.h"
#include "cli/help.h"
#include "os/machine.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct cg_command *cg_command_find(const char *name)
{
	for (size_t i = 0; cg_commands[i]; i++)
		if (strcmp(cg_commands[i]->name, name) == 0)
			return cg_commands[i];
	return NULL;
}

/* Names of files and commands are somebody else's words: they must not steer the terminal. */
static void put_visible(const char *text)
{
	for (; *text; text++) {
		if ((unsigned char)*text < 0x20 || *text == 0x7f)
			fprintf(stderr, "\\x%02x", (unsigned char)*text);
		else
			fputc(*text, stderr);
	}
}

static void put_formatted(const char *format, va_list list)
{
	char *text = NULL;

	if (vasprintf(&text, format, list) < 0)
		text = NULL;
	put_visible(text ? text : format);
	free(text);
}

int cg_cli_fail(const struct cg_err *err)
{
	static const int machine_codes[] = { EPERM,  ENOSYS, EOPNOTSUPP, ENOMEM, EBUSY, ENOSPC, EAGAIN,
					     EMFILE, ENFILE, ESRCH,	 EIO,	 EBADE, EDQUOT, EROFS };

	if (err->place[0])
		cg_cli_say("%s: %s", err->place, err->message);
	else
		cg_cli_say("%s", err->message);

	for (size_t i = 0; i < sizeof(machine_codes) / sizeof(machine_codes[0]); i++)
		if (err->code == -machine_codes[i])
			return CG_EXIT_CANNOT;
	return CG_EXIT_BAD_INPUT;
}

int cg_cli_usage(const struct cg_args *args, const char *format, ...)
{
	va_list list;

	fprintf(stderr, "callgate %s: ", args->command->name);
	va_start(list, format);
	put_formatted(format, list);
	va_end(list);
	fprintf(stderr, "; see callgate %s --help\n", args->command->name);
	return CG_EXIT_USAGE;
}

void cg_cli_say(const char *format, ...)
{
	va_list list;

	fputs("callgate: ", stderr);
	va_start(list, format);
	put_formatted(format, list);
	va_end(list);
	fputc('\n', stderr);
}

static int unknown_command(const char *name)
{
	const char *best = NULL;

	for (size_t i = 0; cg_commands[i]; i++)
		cg_word_keep_nearest(name, cg_commands[i]->name, &best);
	if (best)
		cg_cli_say("there is no command '%s'; did you mean '%s'?", name, best);
	else
		cg_cli_say("there is no command '%s'; see callgate --help", name);
	return CG_EXIT_USAGE;
}

/* callgate help COMMAND: the manual page; its --help where no manual is installed. */
static int open_manual(const char *name)
{
	const struct cg_command *command = cg_command_find(name);
	char page[64];

	if (!command)
		return unknown_command(name);
	snprintf(page, sizeof(page), "callgate-%s", command->name);
	cg_machine_show_manual(page);
	return cg_help_command(command);
}

static int run_command(const struct cg_command *command, int argc, char **argv)
{
	struct cg_args args;
	struct cg_text error = { 0 };

	if (!cg_args_parse(command, argc, argv, &args, &error)) {
		int status = cg_cli_usage(&args, "%s", cg_text_get(&error));

		cg_text_done(&error);
		/* The command was never started: what runs `callgate run` must be able to tell. */
		return command->takes_command ? CG_EXIT_NOT_STARTED : status;
	}
	cg_text_done(&error);
	if (cg_args_has(&args, "help"))
		return cg_help_command(command);
	return command->run(&args);
}

static int run(int argc, char **argv)
{
	const char *word = argc > 1 ? argv[1] : "";
	const struct cg_command *command;

	if (argc < 2) {
		cg_help_all(stderr);
		return CG_EXIT_USAGE;
	}
	if (strcmp(word, "--version") == 0) {
		puts("callgate " CG_VERSION);
		return CG_EXIT_YES;
	}
	if (strcmp(word, "--completion") == 0)
		return cg_help_completion(argc > 2 ? argv[2] : "");
	if (strcmp(word, "help") == 0 && argc > 2)
		return open_manual(argv[2]);
	if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0 || strcmp(word, "help") == 0)
		return cg_help_all(stdout);
	if (word[0] == '-') {
		cg_cli_say("unknown option %s; see callgate --help", word);
		return CG_EXIT_USAGE;
	}

	command = cg_command_find(word);
	return command ? run_command(command, argc - 2, argv + 2) : unknown_command(word);
}

int main(int argc, char **argv)
{
	int status = run(argc, argv);

	/* Help goes through stdio; what commands print has been written, and its failure told, by then (out.c). */
	if (fflush(stdout) == 0 && !ferror(stdout))
		return status;
	cg_cli_say("standard output: cannot write: %s", strerror(errno));
	return CG_EXIT_CANNOT;
}
