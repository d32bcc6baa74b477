/*
 * What is answered to a request: paths, arguments, statuses. Knows no sockets.
 */
#ifndef CG_KEEPER_ANSWER_H
#define CG_KEEPER_ANSWER_H

#include "base/text.h"
#include "keeper/ledger.h"

#include <stdbool.h>
#include <stddef.h>

#define CG_REQUEST_ARGUMENTS_LIMIT 32
#define CG_ANSWER_ROWS 100 /* violations of /api/violations, unless limit= says otherwise */
#define CG_ANSWER_ROWS_LIMIT 1000
#define CG_ANSWER_BYTES_LIMIT ((size_t)4 << 20) /* of an answer: then it is cut, and says so */

struct cg_request {
	const char *method;
	const char *path;
	const char *accept; /* headers, or NULL */
	const char *host;
	bool is_loopback; /* it came to an address that only this machine reaches */
	struct {
		const char *name;
		const char *value;
	} arguments[CG_REQUEST_ARGUMENTS_LIMIT];
	size_t n_arguments;
	bool has_too_many;
};

struct cg_answer {
	unsigned int status;
	const char *type;
	struct cg_text body;
};

/* GET or HEAD. */
bool cg_request_is_read(const struct cg_request *request);

/* Every request has an answer; without memory its body has failed. */
void cg_answer(struct cg_ledger *ledger, const struct cg_request *request, struct cg_answer *ret_answer);

#endif
