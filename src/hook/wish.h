/*
 * What an annotation asks for: "of:FILE[;if:BASE][;args:HOW][;startup:yes]".
 *
 * In: the annotation's text, which may be anybody's. Out: the wishes, as words; whether FILE may be written is os/place's
 * business. "of" and "if" are those of the hook that was there before this one.
 */
#ifndef CG_HOOK_WISH_H
#define CG_HOOK_WISH_H

#include "base/arena.h"
#include "base/err.h"
#include "learn/generate.h"

#include <stdbool.h>

#define CG_WISH_SIZE_LIMIT 8192 /* bytes of an annotation */

struct cg_wish {
	const char *output; /* of: where the profile goes; ends with .json */
	const char *base;   /* if: a profile to build on, or NULL */
	enum cg_generate_args args;
	bool with_startup; /* what the runtime itself calls before the program begins is recorded too */
};

/* The texts are in the arena. Errors: -EINVAL with the remedy, -E2BIG, -ENOMEM; the place is `name`. */
int cg_wish_parse(const char *name, const char *text, struct cg_arena *arena, struct cg_wish *ret_wish,
		  struct cg_err *err);

#endif
