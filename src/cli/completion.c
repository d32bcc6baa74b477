/*
 * Completion for bash and zsh, printed from the command table.
 *
 * In: the table. Out: a script that knows commands and options, the words that options take, bundled profiles behind
 * "@", files elsewhere; and leaves what stands behind `record` and `run` to the command that it is.
 */
#include "cli/help.h"

#include "abi/arch.h"
#include "cli/opt.h"
#include "profile/bundled.h"

#include <string.h>

/* What an option takes, word by word, or NULL: a file, or nobody knows. "ARCH" stands for every architecture. */
static void print_choices(const struct cg_option *option)
{
	if (option->choices)
		fputs(option->choices, stdout);
	for (size_t i = 0; !option->choices && i < cg_n_arches; i++)
		printf("%s%s", i ? " " : "", cg_arches[i].name);
}

static bool has_choices(const struct cg_option *option)
{
	return option->value && (option->choices || strcmp(option->value, "ARCH") == 0);
}

static void print_bundled(const char *before)
{
	for (size_t i = 0; i < cg_n_bundled; i++)
		printf("%s%s%s", i ? " " : "", before, cg_bundled[i].name);
}

static void print_bash_options(const struct cg_command *command)
{
	bool is_first = true;

	printf("\t%s) words='--help", command->name);
	for (const struct cg_option *option = command->options; option->name; option++)
		printf(" --%s", option->name);
	printf("'%s", command->takes_command ? " kind=command" : "");
	for (const struct cg_option *option = command->options; option->name; option++) {
		if (!has_choices(option))
			continue;
		printf("%s\t\t--%s) choices='", is_first ? "\n\t\tcase $before in\n" : "", option->name);
		print_choices(option);
		puts("' ;;");
		is_first = false;
	}
	puts(is_first ? " ;;" : "\t\tesac ;;");
}

/*
 * Behind "--", and behind "=", words are never our options; behind a command that is run, they are the command's. Bash
 * cuts words at "=" and "@" (COMP_WORDBREAKS), but what it replaces is its second argument. A name with "@" would be
 * quoted, were it a file's.
 */
static void print_bash(void)
{
	fputs("# bash completion for callgate; made by callgate --completion bash\n"
	      "_callgate() {\n\tlocal word=${2-${COMP_WORDS[COMP_CWORD]}} words= choices= kind=file commands='",
	      stdout);
	for (size_t i = 0; cg_commands[i]; i++)
		printf("%s%s", i ? " " : "", cg_commands[i]->name);
	fputs("'\n\tif [ \"$COMP_CWORD\" -eq 1 ]; then\n"
	      "\t\tmapfile -t COMPREPLY < <(compgen -W \"--help --version --completion help $commands\" -- \"$word\")\n"
	      "\t\treturn\n\tfi\n"
	      "\tlocal before=${COMP_WORDS[COMP_CWORD-1]}\n"
	      "\t[ \"$before\" != = ] || before=${COMP_WORDS[COMP_CWORD-2]}\n"
	      "\tcase ${COMP_WORDS[1]} in\n"
	      "\thelp) words=$commands kind= ;;\n\t--completion) words='bash zsh' kind= ;;\n",
	      stdout);
	for (size_t i = 0; cg_commands[i]; i++)
		print_bash_options(cg_commands[i]);
	fputs("\tesac\n"
	      "\t[ \"$word\" != = ] || word=\n"
	      "\t[ -z \"$choices\" ] || words=$choices kind=\n"
	      "\t[[ $word != -* || \" ${COMP_WORDS[*]:0:COMP_CWORD} \" == *' -- '* ]] || kind=\n"
	      "\tif [[ $word == @* ]]; then\n"
	      "\t\tcompopt +o filenames 2>/dev/null\n"
	      "\t\tmapfile -t COMPREPLY < <(compgen -W '",
	      stdout);
	print_bundled("@");
	fputs("' -- \"$word\")\n"
	      "\telif [ -z \"$kind\" ]; then\n"
	      "\t\tmapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$word\")\n"
	      "\telif [ \"$kind\" = command ]; then\n"
	      "\t\tmapfile -t COMPREPLY < <(compgen -A command -A file -- \"$word\" | sort -u)\n"
	      "\telse\n\t\tmapfile -t COMPREPLY < <(compgen -f -- \"$word\")\n\tfi\n}\n"
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

/* One form of an option: `name` with its dashes. The other form, if there is one, is not offered beside it. */
static void print_zsh_option(const struct cg_option *option, const char *name, const char *joint)
{
	fputs(" \\\n\t\t\t'", stdout);
	if (option->flags & CG_OPTION_REPEATS)
		putchar('*');
	else if (option->letter)
		printf("(-%c --%s)", option->letter, option->name);
	/* "=-" is zsh's word for a value that stands behind "=" and nowhere else. */
	printf("%s%s[", name, option->flags & CG_OPTION_MAY_BE_BARE ? "=-" : option->value ? joint : "");
	print_zsh_text(option->help);
	putchar(']');
	if (option->value) {
		fputs(option->flags & CG_OPTION_MAY_BE_BARE ? "::" : ":", stdout);
		print_zsh_text(option->value);
		if (has_choices(option)) {
			fputs(":(", stdout);
			print_choices(option);
			putchar(')');
		} else {
			fputs(":_callgate_files", stdout);
		}
	}
	putchar('\'');
}

static void print_zsh_options(const struct cg_option *options)
{
	for (const struct cg_option *option = options; option->name; option++) {
		char name[64];

		if (option->letter) {
			snprintf(name, sizeof(name), "-%c", option->letter);
			print_zsh_option(option, name, "+");
		}
		snprintf(name, sizeof(name), "--%s", option->name);
		print_zsh_option(option, name, "=");
	}
}

static void print_zsh_command(const struct cg_command *command)
{
	printf("\t\t%s) shift words; (( CURRENT-- )); _arguments%s", command->name,
	       command->takes_command ? " -A '-*'" : "");
	print_zsh_options(command->options);
	print_zsh_options(cg_common_options);
	printf(" \\\n\t\t\t%s ;;\n",
	       command->takes_command ? "'(-)1:command: _command_names -e' '*::argument: _normal'" : "'*:file:_callgate_files'");
}

/* No variable of it may be called `commands`: that is zsh's own table of programs, which _command_names reads. */
static void print_zsh(void)
{
	fputs("#compdef callgate\n# zsh completion for callgate; made by callgate --completion zsh\n"
	      "_callgate_files() {\n\tif [[ $PREFIX == @* ]]; then compadd -- ",
	      stdout);
	print_bundled("@");
	fputs("; else _files; fi\n}\n"
	      "_callgate() {\n\tlocal -a names=(\n",
	      stdout);
	for (size_t i = 0; cg_commands[i]; i++) {
		printf("\t\t'%s:", cg_commands[i]->name);
		print_zsh_text(cg_commands[i]->summary);
		puts("'");
	}
	fputs("\t)\n\tlocal -a others=(\n\t\t'help:open the manual of a command'\n"
	      "\t\t'--help:list the commands'\n\t\t'--version:its version'\n\t)\n"
	      "\tif (( CURRENT == 2 )); then\n\t\t_describe command names -- others\n\t\treturn\n\tfi\n"
	      "\tcase $words[2] in\n"
	      "\t\thelp) _describe command names ;;\n"
	      "\t\t--completion) _values shell bash zsh ;;\n",
	      stdout);
	for (size_t i = 0; cg_commands[i]; i++)
		print_zsh_command(cg_commands[i]);
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
