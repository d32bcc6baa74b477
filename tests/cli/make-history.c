/*
 * A history for tests, of violations as callgate-violations(5) has them: what a monitor would have written.
 *
 * In: a path; lines of JSON on standard input. Out: the history. Somebody was watching from a minute before the first
 * violation to a minute behind the last: eBPF, or the sources that a second argument names; "" is nobody.
 */
#include "base/json_read.h"
#include "history/history.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SECOND UINT64_C(1000000000)
#define BEAT (5 * SECOND)

static int add(struct cg_history *history, const char *line, uint64_t *first_ns, uint64_t *last_ns, struct cg_err *err)
{
	struct cg_arena arena = { 0 };
	struct cg_violation violation;
	struct cg_json *object;
	int r = cg_json_read(&arena, "line", line, strlen(line), 0, &object, err);

	if (r == 0)
		r = cg_violation_read(object, &arena, &violation, err);
	if (r == 0)
		r = cg_history_add(history, &violation, 1, err);
	if (r == 0) {
		*first_ns = !*first_ns || violation.time_ns < *first_ns ? violation.time_ns : *first_ns;
		*last_ns = violation.time_ns > *last_ns ? violation.time_ns : *last_ns;
	}
	cg_arena_done(&arena);
	return r;
}

static int fill(struct cg_history *history, const char *sources, struct cg_err *err)
{
	char line[CG_VIOLATION_LINE_LIMIT + 2];
	uint64_t first_ns = 0, last_ns = 0;
	int r = 0;

	while (r == 0 && fgets(line, sizeof(line), stdin))
		r = add(history, line, &first_ns, &last_ns, err);
	for (uint64_t at = first_ns - 60 * SECOND; r == 0 && *sources && first_ns && at < last_ns + 60 * SECOND; at += BEAT)
		r = cg_history_add_watch(history, at, "here", sources, err);
	return r;
}

int main(int argc, char **argv)
{
	struct cg_history *history = NULL;
	struct cg_err err = { 0 };
	char *moved = NULL;
	int r;

	if (argc < 2)
		return 2;
	r = cg_history_open(argv[1], NULL, &history, &moved, &err);
	if (r == 0)
		r = fill(history, argc == 2 ? "ebpf" : argv[2], &err);
	if (r < 0)
		fprintf(stderr, "%s: %s\n", err.place, err.message);
	cg_history_close(history);
	free(moved);
	return r < 0;
}
