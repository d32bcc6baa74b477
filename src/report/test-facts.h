/*
 * Facts to write about, for tests: of a small policy, made as cli/ makes them, with a recording or without.
 */
#ifndef CG_REPORT_TEST_FACTS_H
#define CG_REPORT_TEST_FACTS_H

#include "learn/recording.h"
#include "report/document.h"
#include "report/facts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Markup of HTML, of Markdown, of terminals; a turn of direction; no UTF-8. */
#define HOSTILE "<script>alert(1)</script>&\"'`|*_[x](http://y) \xe2\x80\xae\x1b[31m\n# x\xff"

static inline struct cg_recording *hostile_recording(void)
{
	struct cg_recording *recording = cg_recording_new();
	struct cg_event event = { .exe = HOSTILE, .n_calls = 1 };
	struct cg_run *run;

	assert_non_null(recording);
	for (int i = 0; i < 2; i++) {
		char id[CG_RUN_ID_LENGTH + 1];

		memset(id, '0' + i, CG_RUN_ID_LENGTH);
		id[CG_RUN_ID_LENGTH] = '\0';
		assert_int_equal(cg_recording_add_run(recording, id, &run), 0);
		event.call = (struct cg_call){ .arch = cg_arch_find("x86_64")->token, .nr = (uint32_t)i };
		assert_int_equal(cg_run_add(recording, run, &event), 0);
		assert_int_equal(cg_run_set_text(recording, &run->started, HOSTILE), 0);
		assert_int_equal(cg_run_add_word(recording, run, HOSTILE), 0);
		assert_int_equal(cg_run_add_file(recording, run, HOSTILE, "ab"), 0);
		cg_run_finish(run);
	}
	return recording;
}

/* x86_64, of which read is open, socket conditional, write asked, and all else refused. -ENOMEM passes. */
static inline int test_facts_fill(struct cg_facts *facts)
{
	static const struct cg_fact_answer always[] = { { CG_ACTION_ALLOW, "", 0 } };
	static const struct cg_fact_answer sometimes[] = { { CG_ACTION_ALLOW, "domain == AF_UNIX", 2 } };
	static const struct cg_fact_answer asked[] = { { CG_ACTION_NOTIFY, "", 0 } };
	const struct cg_arch *arch = cg_arch_find("x86_64");
	struct cg_fact_input input = { CG_FACT_PROFILE, HOSTILE, "00" };
	struct cg_fact_arch fact = { .arch = arch, .n_calls = cg_syscall_count(arch) };
	uint32_t nr;

	facts->profile = facts->machine = HOSTILE;
	facts->kind = "profile";
	facts->engine = "oci";
	facts->engine_version = "";
	facts->made = "2026-11-22";
	facts->callgate = "0";
	facts->proof = "proven";
	facts->digest = "diagram-1-sha256:00";
	facts->bad_arch_action = CG_ACTION_KILL_PROCESS;
	facts->default_action = cg_action_errno(1);
	facts->flow = cg_arena_alloc(&facts->arena, sizeof(*facts->flow));
	if (!facts->flow || cg_vec_push(&facts->inputs, input) < 0 || cg_vec_push(&facts->arches, fact) < 0)
		return -ENOMEM;
	facts->flow->arches[0].arch = arch;
	facts->flow->n_arches = 1;
	for (size_t i = 0; i < cg_n_syscalls; i++) {
		struct cg_fact_call call = { .call = &cg_syscalls[i], .arch = arch, .access = CG_ACCESS_REFUSED,
					     .otherwise = facts->default_action };
		const char *name = cg_syscalls[i].name;

		if (!cg_syscall_number(arch, name, &nr))
			continue;
		call.access = strcmp(name, "read") == 0	  ? CG_ACCESS_OPEN :
			      strcmp(name, "socket") == 0 ? CG_ACCESS_CONDITIONAL :
			      strcmp(name, "write") == 0  ? CG_ACCESS_ASKED :
							    CG_ACCESS_REFUSED;
		call.answers = call.access == CG_ACCESS_OPEN	    ? always :
			       call.access == CG_ACCESS_CONDITIONAL ? sometimes :
			       call.access == CG_ACCESS_ASKED	    ? asked :
								      NULL;
		call.n_answers = call.answers ? 1 : 0;
		if (cg_vec_push(&facts->calls, call) < 0)
			return -ENOMEM;
	}
	cg_facts_sum(facts);
	return 0;
}

/* Everything else that a report can be given, with hostile texts. */
static inline int test_facts_add_all(struct cg_facts *facts)
{
	const struct cg_note note = { CG_SEVERITY_WARNING, "dangerous-call", 3, 4, HOSTILE, HOSTILE };
	struct cg_fact_suite suite = { HOSTILE, HOSTILE, "none", 1, 1, 0, 1234, { 0 } };
	const struct cg_fact_test test = { HOSTILE, "failed", HOSTILE };
	const struct cg_fact_violation violation = { "read", HOSTILE, "ERRNO", HOSTILE, HOSTILE, 7, 1000000 };
	const struct cg_fact_difference rows[] = {
		{ .change = CG_FACT_CLOSED, .subject = CG_FACT_CALL, .call = cg_syscall_find("mount"), .arches = "x86_64",
		  .theirs = CG_ACTION_ALLOW, .when = HOSTILE, .n_further = 1, .example = HOSTILE },
		{ .change = CG_FACT_OPENED, .subject = CG_FACT_CALL, .call = cg_syscall_find("read"), .arches = "x86_64",
		  .ours = CG_ACTION_ALLOW, .when = "", .example = "read()" },
		{ .change = CG_FACT_CHANGED, .subject = CG_FACT_ARCH, .arch = cg_arch_find("arm"), .n_calls = 3,
		  .arches = "arm", .when = "", .example = "x" },
		{ .change = CG_FACT_CHANGED, .subject = CG_FACT_NUMBERS, .nr_first = 1, .nr_last = 2, .arches = "x86_64",
		  .when = "", .example = "x" },
		{ .change = CG_FACT_CHANGED, .subject = CG_FACT_OUTSIDE, .arches = "0x0", .when = "", .example = "x" },
	};

	facts->is_linted = true;
	facts->n_findings[CG_SEVERITY_WARNING] = 1;
	if (cg_notes_add(&facts->findings, &note) < 0)
		return -ENOMEM;
	if (cg_vec_push(&suite.tests, test) < 0)
		return -ENOMEM;
	if (cg_vec_push(&facts->suites, suite) < 0) {
		cg_vec_done(&suite.tests);
		return -ENOMEM;
	}
	facts->history.is_given = facts->history.has_unknown_loss = true;
	facts->history.n_violations = 7;
	if (cg_vec_push(&facts->history.violations, violation) < 0)
		return -ENOMEM;
	facts->rollout = (struct cg_fact_rollout){ true,    HOSTILE, HOSTILE, HOSTILE, HOSTILE,
						   HOSTILE, HOSTILE, HOSTILE, HOSTILE };
	facts->against.name = HOSTILE;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (cg_vec_push(&facts->against.differences, rows[i]) < 0)
			return -ENOMEM;
	return 0;
}

#endif
