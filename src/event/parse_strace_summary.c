/*
 * Tables of strace -c: rows in, one or two events a row out.
 *
 * A row tells how often a call was made and how often it failed, not why, nor with what arguments. The columns are
 * those that the table's head names (-U chooses them); a row has one word less than the head where the count of errors
 * is left blank. One table an ABI: "System call usage summary for 32 bit mode:" goes before those that are not native.
 */
#include "event/formats.h"

#include "abi/syscalls.h"
#include "base/cleanup.h"
#include "base/num.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define COLUMNS_MAX 16
#define NO_COLUMN COLUMNS_MAX

struct words {
	struct {
		const char *text;
		size_t length;
	} items[COLUMNS_MAX];
	size_t n_items;
};

struct reader {
	const struct cg_arch *native;
	const struct cg_arch *arch; /* of the table */
	cg_event_sink sink;
	void *context;
	size_t n_columns; /* 0: no table yet, or it is over */
	size_t calls, errors, name; /* which column each is */
};

static void *begin(const struct cg_arch *arch, cg_event_sink sink, void *context)
{
	struct reader *reader = calloc(1, sizeof(*reader));

	if (reader) {
		reader->native = reader->arch = arch;
		reader->sink = sink;
		reader->context = context;
	}
	return reader;
}

/* False: more words than any table has. */
static bool split(const char *text, size_t length, struct words *words)
{
	size_t at = 0;

	words->n_items = 0;
	for (;;) {
		size_t start;

		while (at < length && (text[at] == ' ' || text[at] == '\t' || text[at] == '\r'))
			at++;
		if (at == length)
			return true;
		if (words->n_items == COLUMNS_MAX)
			return false;
		start = at;
		while (at < length && text[at] != ' ' && text[at] != '\t' && text[at] != '\r')
			at++;
		words->items[words->n_items].text = text + start;
		words->items[words->n_items++].length = at - start;
	}
}

static bool is_word(const struct words *words, size_t i, const char *word)
{
	return i < words->n_items && words->items[i].length == strlen(word) &&
	       memcmp(words->items[i].text, word, strlen(word)) == 0;
}

/* The head: "% time     seconds  usecs/call     calls    errors syscall". */
static bool take_head(struct reader *reader, const struct words *words)
{
	size_t calls = NO_COLUMN, errors = NO_COLUMN, name = NO_COLUMN, n_columns = 0;

	for (size_t i = 0; i < words->n_items; i++, n_columns++) {
		if (is_word(words, i, "%") && is_word(words, i + 1, "time"))
			i++;
		else if (is_word(words, i, "calls"))
			calls = n_columns;
		else if (is_word(words, i, "errors"))
			errors = n_columns;
		else if (is_word(words, i, "syscall"))
			name = n_columns;
	}
	if (calls == NO_COLUMN || name == NO_COLUMN)
		return false;
	reader->calls = calls;
	reader->errors = errors;
	reader->name = name;
	reader->n_columns = n_columns;
	return true;
}

/* "System call usage summary for 32 bit mode:" */
static bool take_title(struct reader *reader, const char *text, size_t length)
{
	static const char title[] = "System call usage summary for ";
	static const struct {
		const char *mode;
		const char *arch;
	} modes[] = { { "32 bit mode:", "x86" }, { "x32 mode:", "x32" } };

	if (length < strlen(title) || memcmp(text, title, strlen(title)) != 0)
		return false;
	text += strlen(title);
	length -= strlen(title);
	for (size_t i = 0; i < CG_N_ITEMS(modes); i++) {
		if (length != strlen(modes[i].mode) || memcmp(text, modes[i].mode, length) != 0)
			continue;
		if (reader->native != cg_arch_find("x86_64"))
			return false;
		reader->arch = cg_arch_find(modes[i].arch);
		return true;
	}
	return false;
}

/* The number in a column of a row; behind a blank column of errors everything stands one word to the left. */
static bool number_in(const struct reader *reader, const struct words *words, size_t column, uint64_t *ret_number)
{
	bool has_errors = words->n_items == reader->n_columns;

	if (column == reader->errors && !has_errors) {
		*ret_number = 0;
		return true;
	}
	if (!has_errors && column > reader->errors)
		column--;
	return cg_num_parse(words->items[column].text, words->items[column].length, ret_number);
}

static bool name_in(const struct reader *reader, const struct words *words, char *ret_name, size_t size)
{
	size_t column = reader->name - (words->n_items < reader->n_columns && reader->name > reader->errors);

	if (words->items[column].length >= size)
		return false;
	memcpy(ret_name, words->items[column].text, words->items[column].length);
	ret_name[words->items[column].length] = '\0';
	return true;
}

static int tell(struct reader *reader, uint32_t nr, uint64_t n_calls, int64_t result)
{
	const struct cg_event event = {
		.call = { .arch = reader->arch->token, .nr = nr },
		.outcome = CG_OUTCOME_RETURNED,
		.result = result,
		.n_calls = n_calls,
	};

	return n_calls ? reader->sink(reader->context, &event) : 0;
}

static int take_row(struct reader *reader, const struct words *words)
{
	uint64_t n_calls, n_errors = 0;
	char name[64];
	uint32_t nr;
	int r;

	if (words->n_items != reader->n_columns &&
	    !(words->n_items + 1 == reader->n_columns && reader->errors != NO_COLUMN))
		return 1;
	if (!name_in(reader, words, name, sizeof(name)) || !number_in(reader, words, reader->calls, &n_calls))
		return 1;
	if (reader->errors != NO_COLUMN && !number_in(reader, words, reader->errors, &n_errors))
		return 1;
	if (strcmp(name, "total") == 0) {
		reader->n_columns = 0;
		reader->arch = reader->native;
		return 0;
	}
	if (n_errors > n_calls || !cg_syscall_number(reader->arch, name, &nr))
		return 1;
	r = tell(reader, nr, n_calls - n_errors, 0);
	return r == 0 ? tell(reader, nr, n_errors, -CG_ERRNO_UNKNOWN) : r;
}

/* What stands around tables: rules, and what strace says of processes. */
static bool is_ornament(const char *text, size_t length, const struct words *words)
{
	static const char *const remarks[] = { "strace: ", "[ Process PID=" };

	for (size_t i = 0; i < CG_N_ITEMS(remarks); i++)
		if (length >= strlen(remarks[i]) && memcmp(text, remarks[i], strlen(remarks[i])) == 0)
			return true;
	for (size_t i = 0; i < words->n_items; i++)
		for (size_t k = 0; k < words->items[i].length; k++)
			if (words->items[i].text[k] != '-')
				return false;
	return true;
}

static int read_line(void *context, const char *text, size_t length)
{
	struct reader *reader = context;
	struct words words;

	while (length && text[length - 1] == '\r')
		length--;
	if (take_title(reader, text, length))
		return 0;
	if (!split(text, length, &words))
		return 1;
	if (is_ornament(text, length, &words) || take_head(reader, &words))
		return 0;
	return reader->n_columns ? take_row(reader, &words) : 1;
}

static int end(void *context, struct cg_log_facts *ret_facts)
{
	*ret_facts = (struct cg_log_facts){ .exit_status = -1 };
	return 0;
}

static bool is_typical(const char *text, size_t length)
{
	struct reader reader = { 0 };
	struct words words;

	return split(text, length, &words) && take_head(&reader, &words);
}

const struct cg_log_format cg_log_strace_summary = {
	.name = "strace-summary",
	.backend = "import-strace-summary",
	.meaning = "the table of strace -c",
	.is_typical = is_typical,
	.begin = begin,
	.line = read_line,
	.end = end,
	.done = free,
};
