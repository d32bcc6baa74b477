/*
 * Fuzz target of what a rollout reads: ROLLOUT.json, its state and journal, and answers of a Prometheus server.
 *
 * In: bytes, given to each. Held: no crash, no leak; an error has a message; whatever was read can be decided, and is
 * never open to a source that does not answer; a state is written, and read again it is the same.
 */
#include "rollout/prometheus.h"
#include "rollout/state.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
	if (!holds)
		abort();
}

static void decide(const struct cg_rollout *rollout, struct cg_arena *arena)
{
	const struct cg_rollout_facts facts = { .now_ms = UINT64_MAX, .no_answer = "no" };
	struct cg_rollout_decision decision;
	struct cg_text text = { 0 }, url = { 0 };

	for (size_t i = 0; i < rollout->n_phases; i++) {
		require(cg_rollout_decide(rollout, i, 1, &facts, arena, &decision) == 0);
		require(!rollout->phases[i].has_gate || !decision.is_open);
		cg_rollout_enforces(rollout, i, "host");
		cg_rollout_stand(rollout, i, NULL, &facts);
	}
	for (int i = 0; rollout->source.prometheus && i < CG_PROMETHEUS_N_QUESTIONS; i++)
		cg_prometheus_query(&rollout->source, (enum cg_prometheus_question)i, 1000, &text);
	if (rollout->source.prometheus)
		cg_prometheus_url(&rollout->source, cg_text_get(&text), &url);
	cg_text_done(&text);
	cg_text_done(&url);
}

static void read_rollout(const char *bytes, size_t size)
{
	struct cg_rollout rollout = { 0 };
	struct cg_arena arena = { 0 };
	struct cg_err err = { 0 };
	int r = cg_rollout_read("fuzz", bytes, size, &rollout, &err);

	require(r == 0 || (err.code == r && err.message[0]));
	if (r == 0)
		decide(&rollout, &arena);
	cg_arena_done(&arena);
	cg_rollout_done(&rollout);
}

static void read_state(const char *bytes, size_t size)
{
	struct cg_rollout_state state, again;
	struct cg_text first = { 0 }, second = { 0 };
	struct cg_arena arena = { 0 };
	struct cg_err err = { 0 };
	int r = cg_rollout_state_read(&arena, "fuzz", bytes, size, &state, &err);

	require(r == 0 || err.message[0]);
	if (r == 0) {
		cg_rollout_state_write(&state, &first);
		require(cg_rollout_state_read(&arena, "again", cg_text_get(&first), first.length, &again, NULL) == 0);
		cg_rollout_state_write(&again, &second);
		require(strcmp(cg_text_get(&first), cg_text_get(&second)) == 0);
	}
	cg_rollout_journal_serial(bytes, size);
	cg_text_done(&first);
	cg_text_done(&second);
	cg_arena_done(&arena);
}

static void read_answer(const char *bytes, size_t size)
{
	struct cg_prometheus_samples samples = { 0 };
	struct cg_arena arena = { 0 };
	struct cg_err err = { 0 };
	int r = cg_prometheus_read(&arena, "fuzz", bytes, size, &samples, &err);

	require(r == 0 || err.message[0]);
	for (size_t i = 0; i < samples.n_items; i++)
		cg_prometheus_host(&samples.items[i], "instance", &arena);
	cg_arena_done(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	read_rollout((const char *)data, size);
	read_state((const char *)data, size);
	read_answer((const char *)data, size);
	return 0;
}
