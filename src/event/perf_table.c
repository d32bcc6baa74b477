/*
 * See perf_table.h. Older perf has no column of errors: the table's head says which it is.
 */
#include "event/perf_table.h"

#include "abi/errnos.h"
#include "abi/syscalls.h"
#include "event/strace_scan.h"

#include <string.h>

static int tell(struct cg_perf_table *table, uint64_t n_calls, int64_t result)
{
	const struct cg_event event = {
		.call = { .arch = table->arch->token, .nr = table->nr },
		.outcome = CG_OUTCOME_RETURNED,
		.result = result,
		.n_calls = n_calls,
	};

	return n_calls ? table->sink(table->context, &event) : 0;
}

int cg_perf_table_end(struct cg_perf_table *table)
{
	uint64_t n_errors = table->n_errors;

	table->n_errors = 0;
	return tell(table, n_errors, -CG_ERRNO_UNKNOWN);
}

/* The name at the start, as a string. */
static bool take_word(struct cg_scan *rest, char *ret_word, size_t size)
{
	struct cg_piece piece = cg_scan_name(rest);

	if (piece.length == 0 || piece.length >= size)
		return false;
	memcpy(ret_word, piece.text, piece.length);
	ret_word[piece.length] = '\0';
	return true;
}

static bool take_count(struct cg_scan *rest, uint64_t *ret_count)
{
	cg_scan_blanks(rest);
	return cg_scan_number(rest, ret_count) && cg_scan_has(rest, " ");
}

/* "   newfstatat            15     10     0.224     0.013 …" */
static int take_row(struct cg_perf_table *table, struct cg_scan *rest)
{
	uint64_t n_calls, n_errors = 0;
	char name[64];
	uint32_t nr;
	int r;

	if (!take_word(rest, name, sizeof(name)) || !cg_syscall_number(table->arch, name, &nr) ||
	    !take_count(rest, &n_calls) || (table->has_errors_column && !take_count(rest, &n_errors)) ||
	    n_errors > n_calls)
		return 1;
	r = cg_perf_table_end(table);
	if (r < 0)
		return r;
	table->has_rows = true;
	table->nr = nr;
	table->n_errors = n_errors;
	return tell(table, n_calls - n_errors, 0);
}

/* "				ENOENT: 10", of the row before. perf knows no name for ERESTART*: these are told last. */
static int take_error(struct cg_perf_table *table, struct cg_scan *rest)
{
	unsigned int number;
	uint64_t count;
	char name[32];

	if (cg_scan_take(rest, "(unknown): "))
		return cg_scan_number(rest, &count) && rest->at == rest->end && count <= table->n_errors ? 0 : 1;
	if (!take_word(rest, name, sizeof(name)) || !cg_scan_take(rest, ": ") || !cg_scan_number(rest, &count) ||
	    rest->at != rest->end || count > table->n_errors || !cg_errno_find(name, &number) || number == 0)
		return 1;
	table->n_errors -= count;
	return tell(table, count, -(int64_t)number);
}

/* "sh (22650), 145 events, 36.5%", "total, 145 events" */
static bool is_title(const struct cg_scan *rest)
{
	static const char word[] = " events";

	return memmem(rest->at, (size_t)(rest->end - rest->at), word, strlen(word));
}

static bool is_rule(const struct cg_scan *rest)
{
	for (const char *at = rest->at; at < rest->end; at++)
		if (*at != '-' && *at != ' ')
			return false;
	return true;
}

int cg_perf_table_line(struct cg_perf_table *table, const char *text, size_t length)
{
	struct cg_scan rest = { text, text + length };

	while (rest.end > rest.at && (rest.end[-1] == '\r' || rest.end[-1] == ' '))
		rest.end--;
	if (table->is_in_rows && cg_scan_has(&rest, "\t\t")) {
		cg_scan_blanks(&rest);
		return take_error(table, &rest);
	}
	cg_scan_blanks(&rest);
	if (rest.at == rest.end) {
		table->is_in_rows = false;
		return 0;
	}
	if (cg_scan_has(&rest, "syscall ")) {
		table->is_in_rows = true;
		table->has_errors_column = memmem(rest.at, (size_t)(rest.end - rest.at), " errors ", 8);
		return 0;
	}
	if (is_rule(&rest) || cg_scan_has(&rest, "(msec)"))
		return 0;
	if (table->is_in_rows)
		return take_row(table, &rest);
	return is_title(&rest) ? 0 : 1;
}
