/*
 * The golden runner: every line of tests/golden is asked of every oracle, and all must give the answer in the line.
 *
 * In: files of lines:
 *     # comment
 *     policy  default=KILL_PROCESS; allow read when a0 == 0      (a long policy may go on in lines that begin "  + ")
 *     text    default=KILL_PROCESS; allow read; deny read when a0 == 0     (callgate-policy(5), lowered to such rules)
 *     x86_64  read(0)            ALLOW        # why
 *     token:0x1234  5(1,2)       KILL_THREAD  # an arch by its raw token
 * Out: TAP, one test a probe line. An oracle is a row of `oracles`; one that cannot answer a line is left out of it,
 * and how many lines each answered is said at the end: an oracle that answered none fails the run.
 */
#include "abi/call_text.h"
#include "base/cleanup.h"
#include "base/num.h"
#include "gate/gate.h"
#include "oracles.h"
#include "os/file.h"
#include "policy/eval.h"
#include "policy_line.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

static size_t n_tests, n_failed;
static size_t n_answered[8];

static char *trim(char *text)
{
	while (isspace((unsigned char)*text))
		text++;
	for (size_t n = strlen(text); n && isspace((unsigned char)text[n - 1]); n--)
		text[n - 1] = '\0';
	return text;
}

static void report(bool is_ok, const char *file, unsigned int line, const char *what)
{
	n_tests++;
	n_failed += !is_ok;
	printf("%s %zu - %s:%u %s\n", is_ok ? "ok" : "not ok", n_tests, file, line, what);
}

/* ARCH or token:0x…; the call; the answer: in place. */
static bool split_probe(char *line, char **ret_arch, char **ret_call, char **ret_answer)
{
	char *end = line + strcspn(line, " \t"), *last;

	if (!*end)
		return false;
	*end = '\0';
	*ret_arch = line;
	line = trim(end + 1);
	last = line + strlen(line);
	while (last > line && !isspace((unsigned char)last[-1]))
		last--;
	if (last == line)
		return false;
	last[-1] = '\0';
	*ret_call = trim(line);
	*ret_answer = last;
	return true;
}

static int parse_call(const char *arch_name, const char *text, struct cg_call *ret_call, struct cg_err *err)
{
	const struct cg_arch *arch = cg_arch_find(arch_name);
	uint64_t token;
	int r;

	if (arch)
		return cg_call_parse(arch, text, ret_call, err);
	if (strncmp(arch_name, "token:", 6) != 0 || !cg_num_parse(arch_name + 6, strlen(arch_name + 6), &token))
		return cg_err_set(err, -EINVAL, arch_name, "no such architecture");
	r = cg_call_parse(cg_arch_find("x86_64"), text, ret_call, err);
	if (r == 0)
		ret_call->arch = (uint32_t)token;
	return r;
}

static bool ask(struct subject *subject, const struct cg_call *call, uint32_t expected, struct cg_text *text)
{
	bool is_ok = true;

	for (size_t i = 0; i < n_oracles; i++) {
		struct answer answer = { 0 };
		struct cg_text got = { 0 };

		if (!oracles[i].answer(subject, call, &answer))
			continue;
		n_answered[i]++;
		if (answer.is_coarse ? cg_action_is_permit(expected) : answer.action == expected) {
			cg_text_done(&got);
			continue;
		}
		cg_action_format(&got, answer.action);
		cg_text_addf(text, "# %s says %s%s%s\n", oracles[i].name,
			     answer.is_coarse ? "permitted" : cg_text_get(&got), answer.message[0] ? ": " : "",
			     answer.message);
		cg_text_done(&got);
		is_ok = false;
	}
	return is_ok;
}

static void probe(struct subject *subject, char *line, const char *file, unsigned int number)
{
	char *arch, *call_text, *answer;
	struct cg_text text = { 0 };
	struct cg_err err = { 0 };
	struct cg_call call;
	char what[256];
	uint32_t expected;
	bool is_ok = false;

	snprintf(what, sizeof(what), "%s", line);
	if (!split_probe(line, &arch, &call_text, &answer))
		cg_text_add(&text, "# a probe is: ARCH CALL ANSWER\n");
	else if (!cg_action_parse(answer, &expected))
		cg_text_addf(&text, "# '%s' is no action\n", answer);
	else if (parse_call(arch, call_text, &call, &err) < 0)
		cg_text_addf(&text, "# %s: %s\n", err.place, err.message);
	else if (!subject->policy)
		cg_text_add(&text, "# no policy, or one that could not be read\n");
	else
		is_ok = ask(subject, &call, expected, &text);
	report(is_ok, file, number, what);
	fputs(cg_text_get(&text), stdout);
	cg_text_done(&text);
}

static void begin_policy(struct subject *subject, const char *text, bool is_raw, const char *file, unsigned int line)
{
	struct cg_err err = { 0 };

	subject_done(subject);
	if (policy_line_parse(text, is_raw, &subject->policy, &err) < 0) {
		report(false, file, line, "policy");
		printf("# %s: %s\n", err.place, err.message);
	} else if (cg_gate_compile(subject->policy, &(struct cg_gate_options){ 0 }, &subject->filter, &err) < 0) {
		report(false, file, line, "compile");
		printf("# %s: %s\n", err.place, err.message);
	}
}

/* Does the line begin with this word? */
static bool has_keyword(const char *line, const char *word)
{
	size_t length = strlen(word);

	return strncmp(line, word, length) == 0 && (isspace((unsigned char)line[length]) || !line[length]);
}

static void run_lines(char *text, const char *file)
{
	struct cg_text policy = { 0 };
	struct subject subject = { 0 };
	unsigned int number = 0, policy_line = 0;
	bool is_raw = true;
	char *line;

	while ((line = strsep(&text, "\n"))) {
		char *comment = strchr(line, '#');

		number++;
		if (comment)
			*comment = '\0';
		line = trim(line);
		if (!*line)
			continue;
		if (has_keyword(line, "policy") || has_keyword(line, "text")) {
			is_raw = has_keyword(line, "policy");
			cg_text_clear(&policy);
			cg_text_add(&policy, line + strcspn(line, " \t"));
			policy_line = number;
			subject_done(&subject);
		} else if (line[0] == '+') {
			cg_text_add(&policy, line + 1);
		} else {
			if (policy_line)
				begin_policy(&subject, cg_text_get(&policy), is_raw, file, policy_line);
			policy_line = 0;
			probe(&subject, line, file, number);
		}
	}
	subject_done(&subject);
	cg_text_done(&policy);
}

static void run_file(const char *path)
{
	const char *slash = strrchr(path, '/');
	struct cg_text text = { 0 };
	struct cg_err err = { 0 };

	if (cg_file_read(path, (size_t)1 << 24, &text, &err) < 0 || text.length == 0)
		report(false, path, 0, err.code ? err.message : "an empty file");
	else
		run_lines(text.data, slash ? slash + 1 : path);
	cg_text_done(&text);
}

int main(int argc, char **argv)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	for (int i = 1; i < argc; i++)
		run_file(argv[i]);

	for (size_t i = 0; i < n_oracles; i++) {
		char what[128], reason[128] = "";

		snprintf(what, sizeof(what), "oracle %s answered %zu lines", oracles[i].name, n_answered[i]);
		if (n_answered[i] || !oracles[i].is_absent(reason, sizeof(reason)))
			report(n_answered[i] > 0, "runner", 0, what);
		else
			printf("ok %zu - oracle %s # SKIP %s\n", ++n_tests, oracles[i].name, reason);
	}
	printf("1..%zu\n", n_tests);
	return n_failed ? 1 : 0;
}
