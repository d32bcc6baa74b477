/*
 * See opt.h. Words that are no options are moved, in order, to the front of argv's tail as they are met.
 */
#include "cli/opt.h"

#include "base/cleanup.h"
#include "base/num.h"
#include "cli/cli.h"

#include <string.h>

const struct cg_option cg_common_options[] = {
	{ "help", 'h', NULL, "show this help", 0 },
	{ NULL },
};

static const struct cg_option *find_long(const struct cg_option *options, const char *name, size_t length)
{
	for (const struct cg_option *option = options; option->name; option++)
		if (strlen(option->name) == length && memcmp(option->name, name, length) == 0)
			return option;
	return options == cg_common_options ? NULL : find_long(cg_common_options, name, length);
}

static const struct cg_option *find_short(const struct cg_option *options, char letter)
{
	for (const struct cg_option *option = options; option->name; option++)
		if (option->letter == letter)
			return option;
	return options == cg_common_options ? NULL : find_short(cg_common_options, letter);
}

static bool unknown_option(const struct cg_option *options, const char *word, size_t length, struct cg_text *error)
{
	const char *best = NULL;
	char name[64] = "";

	if (length < sizeof(name))
		memcpy(name, word, length);
	for (const struct cg_option *option = options; option->name && name[0]; option++)
		cg_word_keep_nearest(name, option->name, &best);
	cg_text_addf(error, "unknown option --%.*s", (int)length, word);
	if (best)
		cg_text_addf(error, "; did you mean --%s?", best);
	return false;
}

static bool keep(struct cg_args *args, const struct cg_option *option, const char *value, struct cg_text *error)
{
	if (!(option->flags & CG_OPTION_REPEATS) && option->value && cg_args_has(args, option->name)) {
		cg_text_addf(error, "--%s is given twice", option->name);
		return false;
	}
	if (args->n_given == CG_N_ITEMS(args->given)) {
		cg_text_add(error, "too many options");
		return false;
	}
	args->given[args->n_given].option = option;
	args->given[args->n_given].value = value;
	args->n_given++;
	return true;
}

/* --name, --name=value, --name value. Moves *i past a value. */
static bool parse_long(const struct cg_option *options, int argc, char **argv, int *i, struct cg_args *args,
		       struct cg_text *error)
{
	const char *word = argv[*i] + 2;
	const char *equals = strchr(word, '=');
	size_t length = equals ? (size_t)(equals - word) : strlen(word);
	const struct cg_option *option = find_long(options, word, length);

	if (!option)
		return unknown_option(options, word, length, error);
	if (!option->value && equals) {
		cg_text_addf(error, "--%s takes no value", option->name);
		return false;
	}
	if (option->value && !equals && (option->flags & CG_OPTION_MAY_BE_BARE))
		return keep(args, option, "", error);
	if (option->value && !equals && *i + 1 >= argc) {
		cg_text_addf(error, "--%s needs a value: %s", option->name, option->value);
		return false;
	}
	if (!option->value)
		return keep(args, option, "", error);
	return keep(args, option, equals ? equals + 1 : argv[++*i], error);
}

/* -x, -xVALUE, -x VALUE, -xy. */
static bool parse_short(const struct cg_option *options, int argc, char **argv, int *i, struct cg_args *args,
			struct cg_text *error)
{
	for (const char *letter = argv[*i] + 1; *letter; letter++) {
		const struct cg_option *option = find_short(options, *letter);

		if (!option) {
			cg_text_addf(error, "unknown option -%c", *letter);
			return false;
		}
		if (!option->value) {
			if (!keep(args, option, "", error))
				return false;
			continue;
		}
		if (letter[1])
			return keep(args, option, letter + 1, error);
		if (*i + 1 >= argc) {
			cg_text_addf(error, "-%c needs a value: %s", *letter, option->value);
			return false;
		}
		return keep(args, option, argv[++*i], error);
	}
	return true;
}

bool cg_args_parse(const struct cg_command *command, int argc, char **argv, struct cg_args *args,
		   struct cg_text *error)
{
	const struct cg_option *options = command->options;
	int i;

	*args = (struct cg_args){ .command = command, .words = argv };
	for (i = 0; i < argc; i++) {
		bool is_option = argv[i][0] == '-' && argv[i][1] != '\0';

		if (strcmp(argv[i], "--") == 0) {
			args->has_dashes = true;
			i++;
			break;
		}
		if (!is_option) {
			if (command->takes_command)
				break;
			argv[args->n_words++] = argv[i];
		} else if (argv[i][1] == '-' ? !parse_long(options, argc, argv, &i, args, error) :
					       !parse_short(options, argc, argv, &i, args, error)) {
			return false;
		}
	}
	args->n_before = args->n_words;
	for (; i < argc; i++)
		argv[args->n_words++] = argv[i];
	argv[args->n_words] = NULL;
	return true;
}

const char *cg_args_get_nth(const struct cg_args *args, const char *name, size_t i)
{
	for (size_t k = 0; k < args->n_given; k++)
		if (strcmp(args->given[k].option->name, name) == 0 && i-- == 0)
			return args->given[k].value;
	return NULL;
}

const char *cg_args_get(const struct cg_args *args, const char *name)
{
	const char *value = NULL;

	for (size_t k = 0; k < args->n_given; k++)
		if (strcmp(args->given[k].option->name, name) == 0)
			value = args->given[k].value;
	return value;
}

bool cg_args_has(const struct cg_args *args, const char *name)
{
	return cg_args_get(args, name) != NULL;
}

bool cg_duration_parse(const char *text, uint64_t *ret_ms)
{
	static const struct {
		const char *unit;
		uint64_t ms;
	} units[] = { { "ms", 1 }, { "s", 1000 }, { "", 1000 }, { "m", 60000 }, { "h", 3600000 }, { "d", 86400000 } };
	size_t n_digits = strspn(text, "0123456789");
	uint64_t number;

	/* Leading zeros would be read as octal. */
	while (n_digits > 1 && *text == '0') {
		text++;
		n_digits--;
	}
	if (!cg_num_parse(text, n_digits, &number))
		return false;
	for (size_t i = 0; i < CG_N_ITEMS(units); i++)
		if (strcmp(text + n_digits, units[i].unit) == 0)
			return !__builtin_mul_overflow(number, units[i].ms, ret_ms);
	return false;
}
