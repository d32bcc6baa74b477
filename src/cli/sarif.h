/*
 * SARIF 2.1.0 (OASIS): findings in the form that code hosts show beside the line.
 *
 * In: findings, one by one. Out: one document with the tool, every rule that it has with its help, and a result each.
 */
#ifndef CG_CLI_SARIF_H
#define CG_CLI_SARIF_H

#include "base/err.h"
#include "base/json_write.h"
#include "base/notes.h"

#include <stdbool.h>

/* Start with {0}; end with cg_sarif_done(). */
struct cg_sarif {
	struct cg_json_writer json;
	struct cg_text text;
	struct cg_text failures; /* profiles that could not be judged, as notifications; without the brackets */
	struct cg_json_writer failures_json;
};

void cg_sarif_start(struct cg_sarif *sarif);
void cg_sarif_add(struct cg_sarif *sarif, const char *profile, const struct cg_note *note);
/* A profile that could not be judged. */
void cg_sarif_add_failure(struct cg_sarif *sarif, const char *profile, const struct cg_err *err);
/* Ends the document; sarif->text is it. */
void cg_sarif_finish(struct cg_sarif *sarif);
void cg_sarif_done(struct cg_sarif *sarif);

#endif
