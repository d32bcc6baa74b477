/*
 * What explain prints: of one call (explain_call.c), or of a whole profile (explain_profile.c).
 */
#ifndef CG_CLI_EXPLAIN_H
#define CG_CLI_EXPLAIN_H

#include "cli/input.h"

struct cg_explain {
	const char *reference; /* of the profile, for places */
	const struct cg_input *input;
	const struct cg_target *target;
	bool is_json;
	bool has_path; /* --path */
};

/* explain_path.c: the paths of these calls; `json` NULL: as text. An exit status, with the error printed. */
int cg_explain_paths(const struct cg_explain *explain, const struct cg_call *calls, size_t n_calls,
		     struct cg_json_writer *json, struct cg_text *out);

/* Both: appended, text or one JSON document; an exit status, with the error printed. */
int cg_explain_call(const struct cg_explain *explain, const char *text, struct cg_text *out);
int cg_explain_profile(const struct cg_explain *explain, struct cg_text *out);

#endif
