/*
 * A filter context: what scmp_filter_ctx stands for.
 *
 * In: the calls of the API, file by file (attr.c, arch.c, rule.c, merge.c, transaction.c). Out: a policy (build.c),
 * which gate/ turns into a filter. Each architecture has its own rules, since rules go to the architectures that are
 * there when they are added.
 *
 * All that a rule adds stands at the end of vectors: a transaction is rejected by cutting them to their old length.
 */
#ifndef CG_COMPAT_CTX_H
#define CG_COMPAT_CTX_H

#include "abi/arch.h"
#include "base/vec.h"
#include "filter/filter.h"
#include "gate/gate.h"
#include "policy/policy.h"

#include <seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CG_CTX_ARGS 6                                     /* comparisons in one rule */
#define CG_CTX_RULES_LIMIT (CG_POLICY_RULES_LIMIT)        /* in one context */
#define CG_CTX_TRANSACTIONS_LIMIT ((size_t)1 << 16)       /* one inside the other */
#define CG_CTX_N_ATTRIBUTES (_SCMP_FLTATR_MAX)

struct cg_ctx_rule {
	uint32_t nr;
	uint32_t action;
	uint32_t hash;
	uint32_t first_comparison; /* in the architecture's comparisons */
	uint32_t n_comparisons;
};

struct cg_ctx_priority {
	uint32_t nr;
	uint8_t priority;
};

/* One architecture with its rules. `slots` is a hash table of indices + 1 into rules; see arch_rules.c. */
struct cg_ctx_arch {
	const struct cg_arch *arch;
	CG_VEC(struct cg_ctx_rule) rules;
	CG_VEC(struct cg_comparison) comparisons;
	CG_VEC(struct cg_ctx_priority) priorities; /* later ones win */
	uint32_t *slots;
	size_t n_slots;
};

/* How far an architecture had come. */
struct cg_ctx_mark {
	struct cg_ctx_arch *arch;
	size_t n_rules;
	size_t n_comparisons;
	size_t n_priorities;
};

struct cg_ctx_snapshot {
	uint32_t attributes[CG_CTX_N_ATTRIBUTES];
	struct cg_ctx_mark marks[CG_N_ARCHES_MAX];
	size_t n_marks;
};

struct cg_ctx {
	uint32_t attributes[CG_CTX_N_ATTRIBUTES]; /* by enum scmp_filter_attr */
	struct cg_ctx_arch *arches[CG_N_ARCHES_MAX];
	size_t n_arches;
	size_t n_rules;                          /* of all of them */
	CG_VEC(struct cg_ctx_snapshot) snapshots; /* open transactions */
	CG_VEC(struct cg_ctx_arch *) removed;    /* that a transaction may bring back */
	struct cg_filter *filter;                /* what the context comes to, or NULL: not known */
	enum cg_proof proof;                     /* of that filter */
	int notify_fd;                           /* -1: none. The program's from the moment it has asked for it */
};

/* The context of a handle that seccomp_init() has given out, or NULL. */
struct cg_ctx *cg_ctx_get(const scmp_filter_ctx handle);

/* The same, and NULL if it has no architecture: most of the API wants one (seccomp_arch_add(3)). */
struct cg_ctx *cg_ctx_get_ready(const scmp_filter_ctx handle);

/* Ends a context that is no handle's any more, or NULL. */
struct cg_ctx *cg_ctx_free(struct cg_ctx *ctx);

/* To be called by whatever changes what the context comes to. */
void cg_ctx_touch(struct cg_ctx *ctx);

/* Is it an action that this API level has, and that goes together with the attributes? NULL: a context to be. */
bool cg_ctx_takes_action(const struct cg_ctx *ctx, uint32_t action);

/* Does any rule, or the default, ask a listener? */
bool cg_ctx_asks_listener(const struct cg_ctx *ctx);

/* arch.c */
struct cg_ctx_arch *cg_ctx_find_arch(const struct cg_ctx *ctx, const struct cg_arch *arch);
int cg_ctx_add_arch(struct cg_ctx *ctx, const struct cg_arch *arch); /* -EEXIST, -EDOM, -ENOMEM */
void cg_ctx_drop_removed(struct cg_ctx *ctx);

/* arch_rules.c */
struct cg_ctx_arch *cg_ctx_arch_new(const struct cg_arch *arch);
struct cg_ctx_arch *cg_ctx_arch_free(struct cg_ctx_arch *arch);

/* `comparisons` are in the order of their arguments. 0, 1: it says nothing new; -EEXIST, -ENOMEM. */
int cg_ctx_arch_add_rule(struct cg_ctx_arch *arch, uint32_t nr, uint32_t action,
			 const struct cg_comparison *comparisons, uint32_t n_comparisons);
struct cg_ctx_mark cg_ctx_arch_mark(struct cg_ctx_arch *arch);
void cg_ctx_arch_cut(const struct cg_ctx_mark *mark);

/* numbers.c: what a number of the API (native or pseudo) is on one architecture. */
struct cg_ctx_number {
	bool has_direct, has_carrier;
	uint32_t direct;    /* as a filter sees it */
	uint32_t carrier;   /* socketcall or ipc */
	uint32_t operation; /* its argument 0 */
};

/* Neither: the architecture does not have the call. -EFAULT: nobody knows the number. */
int cg_ctx_resolve(const struct cg_arch *arch, int number, struct cg_ctx_number *ret_number);

/* -1 to -99 are no numbers, but -1 where CTL_TSKIP is set. */
bool cg_ctx_takes_number(const struct cg_ctx *ctx, int number);

/* build.c: NULL when out of memory. */
struct cg_policy *cg_ctx_policy(const struct cg_ctx *ctx);

/* load.c: ctx->filter is there afterwards. Errors: those of the API. */
int cg_ctx_compile(struct cg_ctx *ctx);

/* errmap.c: of the core's errors those that the API knows. Where is_system, the kernel said so. */
int cg_ctx_error(const struct cg_ctx *ctx, int error, bool is_system);

#endif
