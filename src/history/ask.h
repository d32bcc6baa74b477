/*
 * A question as SQL: for history/ only. Parameters ?1 to ?10 are the question's.
 */
#ifndef CG_HISTORY_ASK_H
#define CG_HISTORY_ASK_H

#include "history/store.h"

/* SELECT … FROM violation AS v, the question's WHERE, the rest; bound and ready to step. */
int cg_ask_prepare(struct cg_history *history, const char *select, const struct cg_history_question *question,
		   const char *rest, sqlite3_stmt **ret_statement, struct cg_err *err);
/* The pieces of it. */
int cg_ask_where(const struct cg_history_question *question, struct cg_text *sql);
void cg_ask_bind(sqlite3_stmt *statement, const struct cg_history_question *question);

#endif
