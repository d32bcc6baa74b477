/*
 * What explain prints: of one call (explain_call.c; explain_filter.c where there are no rules), or of all of it
 * (explain_profile.c; explain_picture.c as SVG).
 */
#ifndef CG_CLI_EXPLAIN_H
#define CG_CLI_EXPLAIN_H

#include "cli/subject.h"

struct cg_explain {
	const struct cg_subject *subject;
	const char *reference;        /* of the subject, for places */
	const struct cg_input *input; /* the subject's; of a profile */
	const struct cg_target *target;
	bool is_json;
	bool has_path; /* --path */
	bool is_picture;      /* --format svg */
	const char *language; /* of the picture: "en", "ja" */
};

/* The columns of the table of answers, for both kinds of subjects. */
extern const struct cg_column cg_explain_answer_columns[];

/* explain_path.c: the paths of these calls; `json` NULL: as text. An exit status, with the error printed. */
int cg_explain_paths(const struct cg_explain *explain, const struct cg_call *calls, size_t n_calls,
		     struct cg_json_writer *json, struct cg_text *out);

/*
 * explain_filter.c: the filters of a subject without rules, in the order in which the kernel runs them: 0 for none, or
 * the i-th, the newest first; `ret_number` is what the kernel calls it (the oldest is 0).
 */
size_t cg_explain_count_filters(const struct cg_explain *explain);
const struct cg_filter *cg_explain_filter(const struct cg_explain *explain, size_t i, size_t *ret_number);

/* All: appended, text or one JSON document; an exit status, with the error printed. */
int cg_explain_call(const struct cg_explain *explain, const char *text, struct cg_text *out);
int cg_explain_filter_call(const struct cg_explain *explain, const char *text, struct cg_text *out);
int cg_explain_profile(const struct cg_explain *explain, struct cg_text *out);
int cg_explain_picture(const struct cg_explain *explain, struct cg_text *out);

#endif
