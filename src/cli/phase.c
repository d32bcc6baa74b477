/*
 * The words of record --phase. See phase.h.
 */
#include "cli/phase.h"

#include "cli/opt.h"
#include "os/relay.h"

#include <errno.h>
#include <string.h>

int cg_phase_option_parse(const char *text, struct cg_record_phase *ret_phase, struct cg_err *err)
{
	struct cg_record_phase phase = { .by = CG_PHASE_BY_NOTHING };
	int r = 0;

	if (strcmp(text, "signal") == 0) {
		phase.by = CG_PHASE_BY_SIGNAL;
	} else if (strcmp(text, "listen") == 0) {
		phase.by = CG_PHASE_BY_LISTEN;
	} else if (strncmp(text, "output:", 7) == 0 && text[7]) {
		phase.by = CG_PHASE_BY_OUTPUT;
		phase.pattern = text + 7;
		r = cg_relay_check(phase.pattern, err);
	} else if (strncmp(text, "after:", 6) == 0) {
		phase.by = CG_PHASE_AFTER;
		if (!cg_duration_parse(text + 6, &phase.after_ms) || phase.after_ms == 0)
			r = cg_err_set(err, -EINVAL, NULL, "'%.64s' is no duration; 500ms, 10s, 5m, 2h", text + 6);
	} else {
		r = cg_err_set(err, -EINVAL, NULL,
			       "--phase takes signal, listen, output:PATTERN or after:DURATION, not '%.64s'", text);
	}
	if (r == 0)
		*ret_phase = phase;
	return r;
}
