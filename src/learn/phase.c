/*
 * See phase.h.
 */
#include "learn/phase.h"

#include "base/cleanup.h"
#include "learn/recorded_call.h"

#include <string.h>

bool cg_phase_find(const char *word, enum cg_phase *ret_phase)
{
	static const char *const words[] = {
		[CG_PHASE_BOTH] = "both", [CG_PHASE_STARTUP] = "startup", [CG_PHASE_SERVING] = "serving"
	};

	for (size_t i = 0; i < CG_N_ITEMS(words); i++) {
		if (strcmp(words[i], word) == 0) {
			*ret_phase = (enum cg_phase)i;
			return true;
		}
	}
	return false;
}

uint64_t cg_recorded_call_n_made(const struct cg_recorded_call *call)
{
	return cg_count_add(cg_count_add(call->count, call->n_restarts),
			    cg_count_add(call->n_unfinished, call->n_denied));
}

int cg_run_mark(struct cg_recording *recording, struct cg_run *run, const char *by, const char *why, uint64_t at_ms)
{
	if (run->phase_by[0])
		return 0;
	if (cg_run_set_text(recording, &run->phase_why, why) < 0 || cg_run_set_text(recording, &run->phase_by, by) < 0)
		return -ENOMEM;
	run->phase_ms = at_ms;
	for (size_t i = 0; i < run->calls.n_items; i++)
		run->calls.items[i].n_startup = cg_recorded_call_n_made(&run->calls.items[i]);
	return 0;
}

size_t cg_recording_n_marked(const struct cg_recording *recording)
{
	size_t n = 0;

	for (size_t i = 0; i < recording->runs.n_items; i++)
		n += recording->runs.items[i]->phase_by[0] != '\0';
	return n;
}

static bool is_of_phase(const struct cg_summary_call *call, enum cg_phase phase)
{
	if (phase == CG_PHASE_BOTH || call->n_unmarked)
		return true;
	return phase == CG_PHASE_STARTUP ? call->n_startup : call->n_serving;
}

void cg_summary_keep_phase(struct cg_summary *summary, enum cg_phase phase)
{
	size_t n = 0;

	for (size_t i = 0; i < summary->calls.n_items; i++) {
		if (is_of_phase(&summary->calls.items[i], phase))
			summary->calls.items[n++] = summary->calls.items[i];
		else
			cg_recorded_call_done(&summary->calls.items[i].call);
	}
	summary->calls.n_items = n;
}
