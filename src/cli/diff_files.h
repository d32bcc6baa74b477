/*
 * Which programs and libraries differ between two recordings: why calls came and went.
 *
 * In: two recordings. Out: rows; text and JSON of them.
 */
#ifndef CG_CLI_DIFF_FILES_H
#define CG_CLI_DIFF_FILES_H

#include "cli/out.h"
#include "learn/recording.h"

struct cg_file_changes {
	struct cg_table table;
	size_t n_rows;
};

/*
 * Rows of came, went and changed (no run of one has the build that a run of the other has), by path. None where one of
 * the recordings tells no files at all. 0 or -ENOMEM; end with cg_file_changes_done() in any case.
 */
int cg_file_changes_find(const struct cg_recording *a, const struct cg_recording *b, struct cg_file_changes *ret_changes);

void cg_file_changes_done(struct cg_file_changes *changes);

#endif
