/*
 * callgate syscalls: look up numbers, names, arguments and groups.
 *
 * In: names, numbers, @groups or nothing (all calls). Out: a table, one row a call and architecture.
 */
#include "abi/call_text.h"
#include "base/num.h"
#include "cli/commands.h"
#include "report/cves.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const struct cg_column columns[] = {
	{ "arch", "ARCH", CG_CELL_TEXT },
	{ "number", "NUMBER", CG_CELL_NUMBER },
	{ "name", "NAME", CG_CELL_TEXT },
	{ "category", "CATEGORY", CG_CELL_TEXT },
	{ "tier", "TIER", CG_CELL_TEXT },
	{ "since", "SINCE", CG_CELL_TEXT },
	{ "vulnerabilities", "CVES", CG_CELL_NUMBER },
	{ "arguments", "ARGUMENTS", CG_CELL_TEXT },
	{ "reason", NULL, CG_CELL_TEXT },
	{ NULL },
};

static const struct cg_column group_columns[] = {
	{ "group", "GROUP", CG_CELL_TEXT },
	{ "calls", "CALLS", CG_CELL_NUMBER },
	{ "meaning", "MEANING", CG_CELL_TEXT },
	{ NULL },
};

static const struct cg_column arch_columns[] = {
	{ "arch", "ARCH", CG_CELL_TEXT },	 { "oci", "IN PROFILES", CG_CELL_TEXT },
	{ "bits", "BITS", CG_CELL_NUMBER },	 { "big_endian", "BIG-ENDIAN", CG_CELL_BOOL },
	{ "calls", "CALLS", CG_CELL_NUMBER }, { NULL },
};

static void add_arguments(struct cg_table *table, const struct cg_syscall *call)
{
	struct cg_text text = { 0 };

	for (int i = 0; i < call->n_args; i++)
		cg_text_addf(&text, "%s%s %s", i ? ", " : "", call->args[i].type, call->args[i].name);
	if (call->n_args < 0)
		cg_text_add(&text, "?");
	cg_table_text(table, cg_text_get(&text));
	cg_text_done(&text);
}

static void add_row(struct cg_table *table, const struct cg_arch *arch, uint32_t nr)
{
	const struct cg_syscall *call = cg_syscall_of_nr(arch, nr);

	cg_table_text(table, arch->name);
	cg_table_number(table, arch->is_x32 && cg_nr_is_x32(nr) ? nr & ~CG_X32_BIT : nr);
	cg_table_text(table, call->name);
	cg_table_text(table, cg_category_key(call->category));
	cg_table_text(table, cg_tier_name(call->tier));
	cg_table_text(table, call->since);
	cg_table_number(table, cg_cve_count_of_call(call->name));
	add_arguments(table, call);
	cg_table_text(table, call->reason);
}

/* One word of the command line on one arch: how many rows it gave. */
static size_t add_word(struct cg_table *table, const struct cg_arch *arch, const char *word)
{
	const struct cg_group *group = word[0] == '@' ? cg_group_find(word) : NULL;
	size_t n_rows = 0;
	uint64_t number;
	uint32_t nr;

	for (size_t i = 0; group && i < group->n_names; i++) {
		if (cg_syscall_number(arch, group->names[i], &nr)) {
			add_row(table, arch, nr);
			n_rows++;
		}
	}
	if (group)
		return n_rows;

	if (cg_num_parse(word, strlen(word), &number) && number <= UINT32_MAX) {
		nr = (uint32_t)number | (arch->is_x32 ? CG_X32_BIT : 0);
		if (!cg_syscall_of_nr(arch, nr))
			return 0;
	} else if (!cg_syscall_number(arch, word, &nr)) {
		return 0;
	}
	add_row(table, arch, nr);
	return 1;
}

static int unknown_word(const char *word)
{
	const char *best = word[0] == '@' ? cg_group_suggest(word) : cg_syscall_suggest(word);
	const char *at = word[0] == '@' ? "@" : "";

	if (best)
		cg_cli_say("'%s' is no %s; did you mean %s%s?", word, *at ? "group of calls" : "system call here", at,
			   best);
	else if (*at)
		cg_cli_say("'%s' is no group of calls; callgate syscalls @ lists them", word);
	else
		cg_cli_say("'%s' is no system call here", word);
	return CG_EXIT_NO;
}

static int print_table(struct cg_table *table, const struct cg_args *args, const char *key)
{
	struct cg_text text = { 0 };
	struct cg_json_writer writer = { .text = &text };
	int status;

	if (cg_args_has(args, "json")) {
		cg_json_open_object(&writer, NULL);
		cg_table_json(table, &writer, key);
		cg_json_close_object(&writer);
		cg_text_add_char(&text, '\n');
	} else {
		cg_table_format(table, &text);
	}
	status = cg_out_print(&text);
	cg_text_done(&text);
	cg_table_done(table);
	return status;
}

static int list_groups(const struct cg_args *args)
{
	struct cg_table table;

	cg_table_init(&table, group_columns);
	for (size_t i = 0; i < cg_n_groups; i++) {
		char name[64];

		snprintf(name, sizeof(name), "@%s", cg_groups[i].name);
		cg_table_text(&table, name);
		cg_table_number(&table, cg_groups[i].n_names);
		cg_table_text(&table, cg_groups[i].meaning);
	}
	return print_table(&table, args, "groups");
}

static int list_arches(const struct cg_args *args)
{
	struct cg_table table;

	cg_table_init(&table, arch_columns);
	for (size_t i = 0; i < cg_n_arches; i++) {
		cg_table_text(&table, cg_arches[i].name);
		cg_table_text(&table, cg_arches[i].oci_name);
		cg_table_number(&table, cg_arches[i].word_bits);
		cg_table_bool(&table, cg_arches[i].is_big_endian);
		cg_table_number(&table, cg_syscall_count(&cg_arches[i]));
	}
	return print_table(&table, args, "arches");
}

static void add_all(struct cg_table *table, const struct cg_arch *arch)
{
	for (size_t i = 0; i < arch->n_rows; i++)
		add_row(table, arch, arch->rows[i].nr);
}

static int look_up(const struct cg_args *args, const struct cg_arch **arches, size_t n_arches)
{
	struct cg_table table;
	int status = CG_EXIT_YES;

	cg_table_init(&table, columns);
	for (size_t a = 0; args->n_words == 0 && a < n_arches; a++)
		add_all(&table, arches[a]);
	for (size_t w = 0; w < args->n_words; w++) {
		size_t n_rows = 0;

		for (size_t a = 0; a < n_arches; a++)
			n_rows += add_word(&table, arches[a], args->words[w]);
		if (n_rows == 0)
			status = unknown_word(args->words[w]);
	}
	if (table.cells.n_items || args->n_words == 0 || cg_args_has(args, "json")) {
		int printed = print_table(&table, args, "syscalls");

		return printed ? printed : status;
	}
	cg_table_done(&table);
	return status;
}

static int run(const struct cg_args *args)
{
	const struct cg_arch *arches[CG_N_ARCHES_MAX];
	size_t n_arches = 0;
	const char *name;

	if (args->n_words == 1 && strcmp(args->words[0], "@") == 0)
		return list_groups(args);

	for (size_t i = 0; (name = cg_args_get_nth(args, "arch", i)); i++) {
		const struct cg_arch *arch = cg_arch_find(name);

		if (strcmp(name, "list") == 0)
			return list_arches(args);
		if (strcmp(name, "all") == 0) {
			for (n_arches = 0; n_arches < cg_n_arches; n_arches++)
				arches[n_arches] = &cg_arches[n_arches];
			break;
		}
		if (!arch)
			return cg_cli_usage(args, "unknown architecture '%s'; --arch list names all", name);
		if (n_arches < CG_N_ARCHES_MAX)
			arches[n_arches++] = arch;
	}
	if (n_arches == 0)
		arches[n_arches++] = cg_arch_native();
	return look_up(args, arches, n_arches);
}

const struct cg_command cg_command_syscalls = {
	.name = "syscalls",
	.group = CG_GROUP_MACHINE,
	.summary = "look up numbers, names, arguments and groups",
	.synopsis = "[--arch ARCH]… [--json] [NAME|NUMBER|@GROUP]…",
	.example = "callgate syscalls socket 41 @critical\n"
		   "callgate syscalls --arch all clone3\n"
		   "callgate syscalls @          # the groups",
	.options =
		(const struct cg_option[]){
			{ "arch", 0, "ARCH", "architecture (repeatable); all: every one; list: their names",
			  CG_OPTION_REPEATS },
			{ "json", 0, NULL, "one JSON document", 0 },
			{ NULL },
		},
	.run = run,
};
