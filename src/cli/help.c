/*
 * Help is printed from the command table, so that it cannot differ from what is parsed.
 */
#include "cli/help.h"

#include "cli/opt.h"
#include "cli/out.h"

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
	size_t width;
	bool may_be_bare = option->flags & CG_OPTION_MAY_BE_BARE;

	snprintf(left, sizeof(left), "  %c%c%s --%s%s%s%s", option->letter ? '-' : ' ',
		 option->letter ? option->letter : ' ', option->letter ? "," : " ", option->name,
		 may_be_bare ? "[=" : option->value ? " " : "", option->value ? option->value : "",
		 may_be_bare ? "]" : "");
	width = cg_out_width(left);
	if (width > LEFT_COLUMN)
		printf("%s\n%*s", left, LEFT_COLUMN + 2, "");
	else
		printf("%s%*s", left, LEFT_COLUMN + 2 - (int)width, "");
	puts(option->help);
}

int cg_help_command(const struct cg_command *command)
{
	printf("callgate %s: %s\n\nusage: callgate %s %s\n\n", command->name, command->summary, command->name,
	       command->synopsis);
	for (const struct cg_option *option = command->options; option->name; option++)
		print_option(option);
	print_option(cg_common_options);

	fputs("\nexample:\n", stdout);
	for (const char *line = command->example; *line;) {
		size_t length = strcspn(line, "\n");

		printf("  %.*s\n", (int)length, line);
		line += length + (line[length] == '\n');
	}
	return CG_EXIT_YES;
}
