/*
 * The history: what was acknowledged is there, whatever happens to the writer, the file, the clock.
 */
#include "history/history.h"

#include "abi/action.h"
#include "abi/arch.h"
#include "abi/syscalls.h"
#include "base/cleanup.h"
#include "history/store.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define SECOND 1000000000ULL
#define T0 (1790000000 * SECOND)

struct scratch {
	char folder[64];
	char path[128];
};

static int set_up(void **state)
{
	struct scratch *scratch = calloc(1, sizeof(*scratch));

	snprintf(scratch->folder, sizeof(scratch->folder), "/tmp/callgate-history-XXXXXX");
	if (!mkdtemp(scratch->folder))
		return -1;
	snprintf(scratch->path, sizeof(scratch->path), "%s/history.db", scratch->folder);
	*state = scratch;
	return 0;
}

static int tear_down(void **state)
{
	struct scratch *scratch = *state;
	char command[128];

	snprintf(command, sizeof(command), "rm -rf '%s'", scratch->folder);
	free(*state);
	return system(command);
}

static struct cg_violation sample(const char *container, const char *call, uint64_t time_ns)
{
	const struct cg_arch *arch = cg_arch_find("x86_64");
	struct cg_violation violation = {
		.time_ns = time_ns, .n = 1, .host = "h", .engine = "docker", .container = container,
		.container_id = "0123456789ab", .pid = 7, .comm = "c", .exe = "/usr/bin/c", .uid = 1000,
		.call = { .arch = arch->token, .ip = 0x1000 }, .action = CG_ACTION_ERRNO | 1, .has_data = true,
		.profile = "p.json", .seen_by = CG_SEEN_BY_EBPF,
	};

	assert_true(cg_syscall_number(arch, call, &violation.call.nr));
	return violation;
}

static struct cg_history *open_to_write(const char *path, const struct cg_history_limits *limits)
{
	struct cg_history *history = NULL;
	struct cg_err err = { 0 };
	char *moved = NULL;

	if (cg_history_open(path, limits, &history, &moved, &err) < 0)
		fail_msg("%s: %s", err.place, err.message);
	assert_null(moved);
	return history;
}

static void add(struct cg_history *history, const struct cg_violation *violations, size_t n)
{
	struct cg_err err = { 0 };

	if (cg_history_add(history, violations, n, &err) < 0)
		fail_msg("%s: %s", err.place, err.message);
}

struct seen {
	size_t n_rows;
	uint64_t n;
	uint64_t first_ns;
	uint64_t last_ns;
	char text[256]; /* calls' numbers, in order */
};

static int note(void *context, const struct cg_violation *violation)
{
	struct seen *seen = context;
	size_t length = strlen(seen->text);

	if (!seen->n_rows++)
		seen->first_ns = violation->time_ns;
	seen->last_ns = violation->time_ns;
	seen->n += violation->n;
	snprintf(seen->text + length, sizeof(seen->text) - length, "%u ", violation->call.nr);
	return 0;
}

static struct seen ask(struct cg_history *history, const struct cg_history_question *question)
{
	struct seen seen = { 0 };
	struct cg_err err = { 0 };

	if (cg_history_ask(history, question, note, &seen, &err) < 0)
		fail_msg("%s: %s", err.place, err.message);
	return seen;
}

static struct cg_history_sum sum(struct cg_history *history, const struct cg_history_question *question)
{
	struct cg_history_sum sum = { 0 };
	struct cg_err err = { 0 };

	if (cg_history_sum(history, question, &sum, &err) < 0)
		fail_msg("%s: %s", err.place, err.message);
	return sum;
}

static void test_kept_and_asked(void **state)
{
	struct scratch *scratch = *state;
	struct cg_history *history = open_to_write(scratch->path, NULL);
	struct cg_violation violations[] = {
		sample("a", "mount", T0), sample("b", "bpf", T0 + 2 * SECOND), sample("a", "mount", T0 + 1 * SECOND),
	};
	struct seen seen;

	violations[1].container_id = "ffffffff";
	violations[1].action = CG_ACTION_KILL_PROCESS;
	violations[1].has_data = false;
	violations[2].n = 40;
	add(history, violations, 3);
	seen = ask(history, &(struct cg_history_question){ 0 });
	assert_string_equal(seen.text, "165 165 321 ");
	assert_int_equal(seen.n, 42);
	seen = ask(history, &(struct cg_history_question){ .newest_first = true, .n_max = 2 });
	assert_string_equal(seen.text, "321 165 ");
	seen = ask(history, &(struct cg_history_question){ .unique = true, .container = "a" });
	assert_int_equal(seen.n_rows, 1);
	assert_int_equal(seen.n, 41);
	assert_int_equal(seen.first_ns, T0 + SECOND);
	assert_int_equal(ask(history, &(struct cg_history_question){ .container = "0123" }).n_rows, 2);
	assert_int_equal(ask(history, &(struct cg_history_question){ .container = "" }).n_rows, 0);
	assert_int_equal(ask(history, &(struct cg_history_question){ .call = "bpf" }).n_rows, 1);
	assert_int_equal(ask(history, &(struct cg_history_question){ .action = "KILL_PROCESS" }).n_rows, 1);
	assert_int_equal(ask(history, &(struct cg_history_question){ .profile = "q" }).n_rows, 0);
	assert_int_equal(ask(history, &(struct cg_history_question){ .exe = "/usr/bin/c", .pid = 7 }).n_rows, 3);
	assert_int_equal(ask(history, &(struct cg_history_question){ .pid = 8 }).n_rows, 0);
	assert_int_equal(ask(history, &(struct cg_history_question){ .since_ns = T0 + 1, .until_ns = T0 + 2 * SECOND }).n_rows, 1);
	cg_history_close(history);
}

/* A reader sees what was acknowledged while the writer goes on, and two writers there are not. */
static void test_read_while_writing(void **state)
{
	struct scratch *scratch = *state;
	struct cg_history *history = open_to_write(scratch->path, NULL), *reader = NULL, *second = NULL;
	struct cg_violation violation = sample("a", "mount", T0);
	struct cg_err err = { 0 };

	assert_int_equal(cg_history_open_to_read(scratch->path, &reader, &err), 0);
	for (uint64_t i = 1; i <= 20; i++) {
		add(history, &violation, 1);
		assert_int_equal(ask(reader, &(struct cg_history_question){ 0 }).n_rows, i);
	}
	assert_int_equal(cg_history_open(scratch->path, NULL, &second, NULL, &err), -EBUSY);
	assert_null(second);
	cg_history_close(history);
	assert_int_equal(ask(reader, &(struct cg_history_question){ 0 }).n_rows, 20);
	cg_history_close(reader);
	history = open_to_write(scratch->path, NULL);
	assert_int_equal(ask(history, &(struct cg_history_question){ 0 }).n_rows, 20);
	cg_history_close(history);
}

static void test_new_and_known(void **state)
{
	struct scratch *scratch = *state;
	struct cg_history *history = open_to_write(scratch->path, NULL);
	struct cg_violation violations[] = {
		sample("a", "mount", T0), sample("a", "mount", T0 + 10 * SECOND), sample("a", "bpf", T0 + 11 * SECOND),
	};
	struct cg_history_sum s;

	add(history, violations, 3);
	s = sum(history, &(struct cg_history_question){ .since_ns = T0 + SECOND });
	assert_int_equal(s.n_violations, 2);
	assert_int_equal(s.n_unique, 2);
	assert_int_equal(s.n_new_unique, 1);
	s = sum(history, &(struct cg_history_question){ .since_ns = T0 + SECOND, .until_ns = T0 + 11 * SECOND });
	assert_int_equal(s.n_unique, 1);
	assert_int_equal(s.n_new_unique, 0);
	assert_int_equal(sum(history, &(struct cg_history_question){ .container = "b" }).n_violations, 0);
	cg_history_close(history);
}

static void watch(struct cg_history *history, uint64_t time_ns, const char *sources)
{
	struct cg_err err = { 0 };

	if (cg_history_add_watch(history, time_ns, "h", sources, &err) < 0)
		fail_msg("%s: %s", err.place, err.message);
}

/* A gap, a restart and other sources part spans; a clock set back makes no time count twice. */
static void test_watched(void **state)
{
	struct scratch *scratch = *state;
	struct cg_history *history = open_to_write(scratch->path, &(struct cg_history_limits){ .age_ns = UINT64_MAX });
	struct cg_history_question all = { .until_ns = T0 + 1000 * SECOND };
	struct cg_history_sum s = sum(history, &all);

	assert_int_equal(s.watched_ns, 0);
	assert_int_equal(s.first_watch_ns, 0);
	watch(history, T0, "audit");
	watch(history, T0 + 10 * SECOND, "audit");
	watch(history, T0 + 20 * SECOND, "audit");
	watch(history, T0 + 100 * SECOND, "audit"); /* nobody knows of the 80 s between */
	watch(history, T0 + 105 * SECOND, "audit");
	s = sum(history, &all);
	assert_int_equal(s.watched_ns, 25 * SECOND);
	assert_int_equal(s.first_watch_ns, T0);
	assert_int_equal(s.last_watch_ns, T0 + 105 * SECOND);
	cg_history_close(history);

	history = open_to_write(scratch->path, &(struct cg_history_limits){ .age_ns = UINT64_MAX });
	watch(history, T0 + 110 * SECOND, "audit"); /* another writer: the 5 s between are not watched */
	watch(history, T0 + 5 * SECOND, "audit"); /* set back */
	watch(history, T0 + 30 * SECOND, "audit");
	s = sum(history, &all);
	assert_int_equal(s.watched_ns, 35 * SECOND);
	assert_int_equal(sum(history, &(struct cg_history_question){ .host = "other" }).watched_ns, 0);
	all.since_ns = T0 + 102 * SECOND;
	assert_int_equal(sum(history, &all).watched_ns, 3 * SECOND);
	assert_int_equal(sum(history, &all).first_watch_ns, T0 + 102 * SECOND);
	cg_history_close(history);
}

static uint64_t watched_by(struct cg_history *history, uint32_t sources)
{
	return sum(history, &(struct cg_history_question){ .until_ns = T0 + 1000 * SECOND, .watched_by = sources }).watched_ns;
}

/* eBPF sees no call that a filter only logs: what it watched alone is not watched, for whoever counts those. */
static void test_watched_by(void **state)
{
	static const char *const sources[] = { "ebpf", "ebpf,audit", "kmsg", "file", "audited,ebpf" };
	struct scratch *scratch = *state;
	struct cg_history *history = open_to_write(scratch->path, &(struct cg_history_limits){ .age_ns = UINT64_MAX });
	uint64_t time_ns = T0;

	for (size_t i = 0; i < CG_N_ITEMS(sources); i++) {
		watch(history, time_ns, sources[i]);
		time_ns += (UINT64_C(1) << i) * SECOND; /* so that a sum says which */
		watch(history, time_ns, sources[i]);
	}
	assert_int_equal(watched_by(history, 0), 31 * SECOND);
	assert_int_equal(watched_by(history, CG_SEEN_BY_EBPF), (1 + 2 + 16) * SECOND);
	assert_int_equal(watched_by(history, CG_SEEN_BY_KMSG), (4 + 8) * SECOND);
	assert_int_equal(watched_by(history, CG_SEEN_LOGGED), (2 + 4 + 8) * SECOND);
	assert_int_equal(watched_by(history, CG_SEEN_BY_NOTIFY), 0);
	cg_history_close(history);
}

static void test_losses(void **state)
{
	struct scratch *scratch = *state;
	struct cg_history *history = open_to_write(scratch->path, NULL);
	struct cg_history_sum s;
	uint64_t rows = 0;

	for (uint64_t i = 0; i < 1000; i++)
		assert_int_equal(cg_history_add_loss(history, T0 + i * SECOND / 100, "audit", "serial", 3, NULL), 0);
	s = sum(history, &(struct cg_history_question){ 0 });
	assert_int_equal(s.n_lost, 3000);
	assert_false(s.has_unknown_loss);
	assert_int_equal(cg_history_add_loss(history, T0 + 200 * (uint64_t)SECOND, "audit", "enobufs", 0, NULL), 0);
	s = sum(history, &(struct cg_history_question){ .since_ns = T0 + 100 * (uint64_t)SECOND });
	assert_int_equal(s.n_lost, 0);
	assert_true(s.has_unknown_loss);
	assert_int_equal(cg_store_number(history, "SELECT count(*) FROM loss", NULL, 0, &rows, NULL), 0);
	assert_int_equal(rows, 2);
	cg_history_close(history);
}

static void test_bounded_in_size(void **state)
{
	struct scratch *scratch = *state;
	struct cg_history *history = open_to_write(scratch->path, &(struct cg_history_limits){ .bytes = 1 });
	struct cg_violation violations[50];
	struct cg_history_sum s;
	struct seen seen;
	struct stat status;
	char name[160];

	for (uint64_t i = 0; i < 200; i++) {
		for (size_t j = 0; j < 50; j++)
			violations[j] = sample("a", j % 2 ? "mount" : "bpf", T0 + (i * 50 + j) * SECOND);
		add(history, violations, 50);
	}
	assert_int_equal(stat(scratch->path, &status), 0);
	assert_in_range(status.st_size, 1, 1 << 20);
	snprintf(name, sizeof(name), "%s-wal", scratch->path);
	assert_int_equal(stat(name, &status), 0);
	assert_in_range(status.st_size, 0, 1 << 20);
	seen = ask(history, &(struct cg_history_question){ 0 });
	assert_in_range(seen.n, 100, 9999);
	assert_int_equal(seen.last_ns, T0 + 9999 * SECOND);
	s = sum(history, &(struct cg_history_question){ 0 });
	assert_int_equal(s.n_violations + s.n_lost, 10000); /* what went is counted */
	s = sum(history, &(struct cg_history_question){ .since_ns = seen.first_ns });
	assert_int_equal(s.n_lost, 0);
	assert_int_equal(s.n_new_unique, 0); /* keys outlive their violations */
	cg_history_close(history);
}

static void test_bounded_in_age(void **state)
{
	struct scratch *scratch = *state;
	struct cg_history *history = open_to_write(scratch->path, &(struct cg_history_limits){ .age_ns = 3600 * SECOND });
	uint64_t now = cg_history_now_ns();
	struct cg_violation violations[] = { sample("a", "mount", now - 7200 * SECOND), sample("a", "mount", now) };
	struct cg_history_sum s;

	add(history, violations, 2);
	watch(history, now, "audit");
	assert_int_equal(ask(history, &(struct cg_history_question){ 0 }).n_rows, 1);
	s = sum(history, &(struct cg_history_question){ 0 });
	assert_int_equal(s.n_lost, 1);
	assert_int_equal(sum(history, &(struct cg_history_question){ .since_ns = now - 60 * SECOND }).n_lost, 0);
	cg_history_close(history);
}

static void test_handed_over_twice(void **state)
{
	struct scratch *scratch = *state;
	struct cg_history *history = open_to_write(scratch->path, NULL);
	struct cg_violation violation = sample("a", "mount", T0);
	uint64_t n = 0;
	char name[32];

	assert_int_equal(cg_history_add_once(history, "s", 1, &violation, 1, NULL), 0);
	assert_int_equal(cg_history_add_once(history, "s", 1, &violation, 1, NULL), 1);
	assert_int_equal(cg_history_add_once(history, "s", 3, &violation, 1, NULL), 0);
	assert_int_equal(cg_history_add_once(history, "s", 2, &violation, 1, NULL), 1);
	assert_int_equal(cg_history_add_once(history, "t", 1, &violation, 1, NULL), 0);
	assert_int_equal(cg_history_session(history, "s", &n, NULL), 0);
	assert_int_equal(n, 3);
	assert_int_equal(cg_history_session(history, "none", &n, NULL), 0);
	assert_int_equal(n, 0);
	cg_history_close(history);
	history = open_to_write(scratch->path, NULL);
	assert_int_equal(cg_history_add_once(history, "s", 3, &violation, 1, NULL), 1);
	assert_int_equal(ask(history, &(struct cg_history_question){ 0 }).n_rows, 3);
	for (int i = 0; i < 40; i++) {
		snprintf(name, sizeof(name), "%d", i);
		assert_int_equal(cg_history_add_once(history, name, 1, &violation, 1, NULL), 0);
	}
	assert_int_equal(cg_store_number(history, "SELECT count(*) FROM session", NULL, 0, &n, NULL), 0);
	assert_int_equal(n, CG_HISTORY_SESSIONS_LIMIT);
	assert_int_equal(cg_history_add_once(history, "39", 1, &violation, 1, NULL), 1);
	cg_history_close(history);
}

static void write_bytes(const char *path, off_t at, const char *bytes, size_t length)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, bytes, length, at), length);
	close(fd);
}

static void check_moved(const char *path)
{
	struct cg_history *history = NULL;
	struct cg_err err = { 0 };
	char *moved = NULL;

	if (cg_history_open(path, NULL, &history, &moved, &err) < 0)
		fail_msg("%s: %s", err.place, err.message);
	assert_non_null(moved);
	assert_int_equal(access(moved, F_OK), 0);
	assert_non_null(strstr(moved, ".damaged-"));
	free(moved);
	assert_int_equal(ask(history, &(struct cg_history_question){ 0 }).n_rows, 0);
	cg_history_close(history);
}

static void test_damaged(void **state)
{
	struct scratch *scratch = *state;
	struct cg_violation violation = sample("a", "mount", T0);
	struct cg_history *history;
	struct cg_err err = { 0 };
	char garbage[8192];

	memset(garbage, 'x', sizeof(garbage));
	write_bytes(scratch->path, 0, garbage, sizeof(garbage));
	assert_int_equal(cg_history_open_to_read(scratch->path, &history, &err), -EINVAL);
	check_moved(scratch->path);
	history = open_to_write(scratch->path, NULL);
	for (int i = 0; i < 500; i++)
		add(history, &violation, 1);
	assert_int_equal(cg_store_run(history, "PRAGMA wal_checkpoint(TRUNCATE)", NULL), 0);
	cg_history_close(history);
	for (int page = 4; page < 24; page++)
		write_bytes(scratch->path, page * CG_HISTORY_PAGE, garbage, CG_HISTORY_PAGE);
	check_moved(scratch->path);
	for (int i = 0; i < 15; i++) { /* for ever: the copies are bounded */
		write_bytes(scratch->path, 0, garbage, sizeof(garbage));
		check_moved(scratch->path);
	}
}

static void test_of_others(void **state)
{
	struct scratch *scratch = *state;
	struct cg_history *history = NULL;
	struct cg_err err = { 0 };
	char command[256];
	sqlite3 *db;

	assert_int_equal(cg_history_open_to_read(scratch->path, &history, &err), -ENOENT);
	assert_int_equal(cg_history_open(scratch->folder, NULL, &history, NULL, &err), -EISDIR);
	assert_int_equal(sqlite3_open(scratch->path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, "CREATE TABLE violation (x)", NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
	assert_int_equal(cg_history_open(scratch->path, NULL, &history, NULL, &err), -EINVAL);
	assert_non_null(strstr(err.message, "another program"));
	assert_int_equal(unlink(scratch->path), 0);
	history = cg_history_close(open_to_write(scratch->path, NULL));
	assert_int_equal(sqlite3_open(scratch->path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, "PRAGMA user_version = 2", NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
	assert_int_equal(cg_history_open(scratch->path, NULL, &history, NULL, &err), -EINVAL);
	assert_non_null(strstr(err.message, "version 2"));
	assert_int_equal(cg_history_open_to_read(scratch->path, &history, &err), -EINVAL);
	snprintf(command, sizeof(command), "%s/none/history.db", scratch->folder);
	assert_int_equal(cg_history_open(command, NULL, &history, NULL, &err), -ENOENT);
}

/* A child writes and says after each batch that it is kept; it is killed in the middle. */
static void write_until_killed(const char *path, int port)
{
	struct cg_history *history = NULL;
	struct cg_violation violation = sample("a", "mount", T0);

	if (cg_history_open(path, NULL, &history, NULL, NULL) < 0)
		_exit(1);
	for (uint64_t i = 0;; i++) {
		violation.time_ns = T0 + i;
		if (cg_history_add(history, &violation, 1, NULL) < 0 || write(port, "k", 1) != 1)
			_exit(1);
	}
}

static void test_killed(void **state)
{
	struct scratch *scratch = *state;
	size_t n_kept = 0;

	for (int round = 0; round < 8; round++) {
		struct cg_history *history;
		size_t n_before = n_kept, n_rows;
		int pipes[2];
		char byte;
		pid_t pid;

		assert_int_equal(pipe(pipes), 0);
		pid = fork();
		if (pid == 0) {
			close(pipes[0]);
			write_until_killed(scratch->path, pipes[1]);
		}
		close(pipes[1]);
		while (n_kept < n_before + 3 + (size_t)round * 7 && read(pipes[0], &byte, 1) == 1)
			n_kept++;
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
		while (read(pipes[0], &byte, 1) == 1) /* what it had acknowledged by then */
			n_kept++;
		close(pipes[0]);
		assert_true(n_kept > n_before);
		history = open_to_write(scratch->path, NULL);
		n_rows = ask(history, &(struct cg_history_question){ 0 }).n_rows;
		assert_in_range(n_rows, n_kept, n_kept + 1); /* one may have been kept and not yet told */
		n_kept = n_rows;
		cg_history_close(history);
	}
}

/* Who may only read can, with and without a writer at work. */
static void test_read_as_nobody(void **state)
{
	struct scratch *scratch = *state;
	struct cg_violation violation = sample("a", "mount", T0);
	struct cg_history *history;
	int status;

	if (geteuid() != 0) {
		print_message("only root can become somebody who may only read\n");
		skip();
	}
	assert_int_equal(chmod(scratch->folder, 0755), 0);
	history = open_to_write(scratch->path, NULL);
	add(history, &violation, 1);
	for (int i = 0; i < 2; i++) {
		pid_t pid = fork();

		if (pid == 0) {
			struct cg_history *reader = NULL;
			struct seen seen = { 0 };

			if (setgid(65534) < 0 || setuid(65534) < 0)
				_exit(1);
			if (cg_history_open_to_read(scratch->path, &reader, NULL) < 0)
				_exit(2);
			_exit(cg_history_ask(reader, &(struct cg_history_question){ 0 }, note, &seen, NULL) == 0 &&
			      seen.n_rows == 1 ? 0 : 3);
		}
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_int_equal(status, 0);
		history = cg_history_close(history);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_kept_and_asked, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_read_while_writing, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_new_and_known, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_watched, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_watched_by, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_losses, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_bounded_in_size, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_bounded_in_age, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_handed_over_twice, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_damaged, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_of_others, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_killed, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_read_as_nobody, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
