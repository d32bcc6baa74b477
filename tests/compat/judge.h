/*
 * The judge: does a filter that a library exported mean what the library was told?
 */
#ifndef COMPAT_JUDGE_H
#define COMPAT_JUDGE_H

#include "differences.h"
#include "session.h"

/*
 * Holds the filter that a context exports against its model, for every call there is (check/); where that is not
 * decided, at every boundary (gate/boundary.h). Session->answer becomes `the same`, an error of the library, or a call
 * on which the two differ.
 *
 * With `differences`, each block of numbers on which they differ is looked up there by its shape (judge.c), and the
 * answer is `explained` where all have a row.
 */
void compat_judge(struct compat_session *session, struct compat_context *context,
		  struct compat_differences *differences);

#endif
