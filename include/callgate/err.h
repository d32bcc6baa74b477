/*
 * callgate: how a failure is told.
 *
 * Every function that can fail returns 0, or a negative errno value, and fills the struct cg_err that the caller
 * passes last (NULL is allowed). On failure no output argument is touched.
 */
#ifndef CALLGATE_ERR_H
#define CALLGATE_ERR_H

#ifdef __cplusplus
extern "C" {
#endif

#define CG_ERR_PLACE_SIZE 320
#define CG_ERR_MESSAGE_SIZE 704

/*
 * code:    the negative errno value that the function returned, 0 if nothing failed.
 * place:   where: "file:line:column", a JSON path, a path, or empty.
 * message: what is wrong and what to do about it, without a newline at its end.
 * Owned by the caller; fixed size, nothing to release. Not shared between threads.
 */
struct cg_err {
	int code;
	char place[CG_ERR_PLACE_SIZE];
	char message[CG_ERR_MESSAGE_SIZE];
};

#ifdef __cplusplus
}
#endif

#endif
