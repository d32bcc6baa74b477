/*
 * A session: one libseccomp, its filter contexts by letter, and what it was told.
 *
 * In: steps, one a line of text (the verbs are in session.c). Out: the answer to each as text, the same form for every
 * library, so that answers compare as strings; and for each context a model: the policy of the rules that the library
 * took, in the meaning of policy/eval.c. What a library exports is judged against its model.
 */
#ifndef COMPAT_SESSION_H
#define COMPAT_SESSION_H

#include "base/text.h"
#include "library.h"
#include "model.h"

#include <stdbool.h>

#define COMPAT_N_CONTEXTS 8
#define COMPAT_ANSWER_SIZE 1024
#define COMPAT_WORDS_LIMIT 64

#define COMPAT_N_TRANSACTIONS 8 /* open at once, in one context */

struct compat_context {
	scmp_filter_ctx handle;
	struct compat_model model;
	struct compat_model before[COMPAT_N_TRANSACTIONS]; /* the model when each transaction was started */
	size_t n_before;
};

struct compat_session {
	const struct compat_library *library;
	struct compat_context contexts[COMPAT_N_CONTEXTS]; /* A … H */
	char answer[COMPAT_ANSWER_SIZE];                   /* to the last step */
};

/* Does one step and fills session->answer. false, and the answer says why, when the line cannot be read. */
bool compat_session_step(struct compat_session *session, const char *line);

/* The filter that a context exports: 0, or what the library answered, or -EPROTO for bytes that are no filter. */
int compat_session_export(struct compat_session *session, struct compat_context *context,
			  struct cg_filter **ret_filter);

/* Releases what is left of the contexts. */
void compat_session_done(struct compat_session *session);

#endif
