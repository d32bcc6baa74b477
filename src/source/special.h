/*
 * The few calls that a tracer treats in its own way. Within source/.
 */
#ifndef CG_SOURCE_SPECIAL_H
#define CG_SOURCE_SPECIAL_H

#include "base/arena.h"
#include "base/map.h"
#include "callgate/call.h"

#include <stdbool.h>

enum cg_special {
	CG_SPECIAL_NONE,
	CG_SPECIAL_SURE, /* cannot fail, be restarted or end its thread: no need to look at its exit */
	CG_SPECIAL_ENDS, /* does not return */
	CG_SPECIAL_EXECUTES, /* the thread is another program's then */
	CG_SPECIAL_SECCOMP, /* may load a filter: the tracer must look closer from then on */
	CG_SPECIAL_PRCTL, /* the same */
	CG_SPECIAL_PTRACE, /* a program that traces by itself */
	CG_SPECIAL_CLONE, /* may ask for a child that cannot be traced */
	CG_SPECIAL_CLONE3,
	CG_SPECIAL_LISTEN, /* from then on somebody can come */
	CG_SPECIAL_WAITS, /* for somebody */
	CG_SPECIAL_MAP, /* may map a file to be executed */
};

/* Start with {0}; cg_specials_fill() once; end with cg_specials_done(). */
struct cg_specials {
	struct cg_arena arena;
	struct cg_map map;
};

/* Does this call wait for somebody, as servers do? */
bool cg_call_waits(const char *name);

/* 0 or -ENOMEM. */
int cg_specials_fill(struct cg_specials *specials);
enum cg_special cg_specials_find(const struct cg_specials *specials, const struct cg_call *call);
void cg_specials_done(struct cg_specials *specials);

#endif
