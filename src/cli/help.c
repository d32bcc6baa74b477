/*
 * Everything here is printed from the command table, so that help and completion cannot differ from what is parsed.
 */
#include "cli/help.h"

#include "base/cleanup.h"
#include "cli/opt.h"

#include <string.h>

#define LEFT_COLUMN 28

int cg_help_all(FILE *stream)
{
	const char *group = "";

	fputs("callgate: a gate for system calls: record, generate, check, run, watch\n\n"
	      "usage: callgate COMMAND [OPTION…] …\n",
	      stream);
	for (size_t i = 0; cg_commands[i]; i++) {
		if (strcmp(group, cg_commands[i]->group) != 0) {
			group = cg_commands[i]->group;
			fprintf(stream, "\n%s\n", group);
		}
		fprintf(stream, "  %-10s %s\n", cg_commands[i]->name, cg_commands[i]->summary);
	}
	fputs("\ncallgate COMMAND --help shows a command's options, callgate help COMMAND its manual.\n", stream);
	return CG_EXIT_YES;
}

static void print_option(const struct cg_option *option)
{
	char left[80];
	int n;

	n = snprintf(left, sizeof(left), "  %c%c%s --%s%s%s", option->letter ? '-' : ' ',
		     option->letter ? option->letter : ' ', option->letter ? "," : " ", option->name,
		     option->value ? " " : "", option->value ? option->value : "");
	if (n > LEFT_COLUMN)
		printf("%s\n%*s", left, LEFT_COLUMN + 2, "");
	else
		printf("%-*s  ", LEFT_COLUMN, left);
	puts(option->help);
}

int cg_help_command(const struct cg_command *command)
{
	static const struct cg_option help = { "help", 'h', NULL, "show this help", 0 };

	printf("callgate %s: %s\n\nusage: callgate %s %s\n\n", command->name, command->summary, command->name,
	       command->synopsis);
	for (const struct cg_option *option = command->options; option->name; option++)
		print_option(option);
	print_option(&help);

	fputs("\nexample:\n", stdout);
	for (const char *line = command->example; *line;) {
		size_t length = strcspn(line, "\n");

		printf("  %.*s\n", (int)length, line);
		line += length + (line[length] == '\n');
	}
	return CG_EXIT_YES;
}

static void print_bash_options(const struct cg_command *command)
{
	printf("\t%s) words='--help", command->name);
	for (const struct cg_option *option = command->options; option->name; option++)
		printf(" --%s", option->name);
	puts("' ;;");
}

static void print_bash(void)
{
	fputs("# bash completion for callgate; made by callgate --completion bash\n"
	      "_callgate() {\n\tlocal word=${COMP_WORDS[COMP_CWORD]} words=\n"
	      "\tif [ \"$COMP_CWORD\" -eq 1 ]; then\n\t\tCOMPREPLY=($(compgen -W '--help --version help",
	      stdout);
	for (size_t i = 0; cg_commands[i]; i++)
		printf(" %s", cg_commands[i]->name);
	fputs("' -- \"$word\"))\n\t\treturn\n\tfi\n\tcase ${COMP_WORDS[1]} in\n", stdout);
	for (size_t i = 0; cg_commands[i]; i++)
		print_bash_options(cg_commands[i]);
	fputs("\tesac\n\tif [ \"${word#-}\" != \"$word\" ]; then\n\t\tCOMPREPLY=($(compgen -W \"$words\" -- \"$word\"))\n"
	      "\telse\n\t\tCOMPREPLY=($(compgen -f -- \"$word\"))\n\tfi\n}\n"
	      "complete -o filenames -F _callgate callgate\n",
	      stdout);
}

/* Text inside '…[…]' of an _arguments specification: brackets, colons and quotes would end it. */
static void print_zsh_text(const char *text)
{
	for (; *text; text++) {
		if (*text == '\'')
			fputs("'\\''", stdout);
		else if (strchr("[]:\\", *text))
			printf("\\%c", *text);
		else
			putchar(*text);
	}
}

static void print_zsh_option(const struct cg_option *option)
{
	printf(" \\\n\t\t\t'%s--%s%s[", option->flags & CG_OPTION_REPEATS ? "*" : "", option->name,
	       option->value ? "=" : "");
	print_zsh_text(option->help);
	printf("]%s%s'", option->value ? ":" : "", option->value ? "value:_files" : "");
}

static void print_zsh(void)
{
	fputs("#compdef callgate\n# zsh completion for callgate; made by callgate --completion zsh\n"
	      "_callgate() {\n\tlocal -a commands=(\n",
	      stdout);
	for (size_t i = 0; cg_commands[i]; i++) {
		printf("\t\t'%s:", cg_commands[i]->name);
		print_zsh_text(cg_commands[i]->summary);
		puts("'");
	}
	fputs("\t)\n\tif (( CURRENT == 2 )); then\n\t\t_describe command commands\n\t\treturn\n\tfi\n"
	      "\tcase $words[2] in\n",
	      stdout);
	for (size_t i = 0; cg_commands[i]; i++) {
		printf("\t\t%s) shift words; (( CURRENT-- )); _arguments", cg_commands[i]->name);
		for (const struct cg_option *option = cg_commands[i]->options; option->name; option++)
			print_zsh_option(option);
		fputs(" \\\n\t\t\t'*:file:_files' ;;\n", stdout);
	}
	fputs("\tesac\n}\n_callgate \"$@\"\n", stdout);
}

int cg_help_completion(const char *shell)
{
	if (strcmp(shell, "bash") == 0)
		print_bash();
	else if (strcmp(shell, "zsh") == 0)
		print_zsh();
	else {
		cg_cli_say("--completion takes bash or zsh");
		return CG_EXIT_USAGE;
	}
	return CG_EXIT_YES;
}
