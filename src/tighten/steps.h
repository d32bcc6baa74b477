/*
 * What the files of tighten/ share. Within tighten/.
 */
#ifndef CG_TIGHTEN_STEPS_H
#define CG_TIGHTEN_STEPS_H

#include "tighten/document.h"
#include "tighten/tighten.h"

#define CG_TIGHTEN_REFUSAL CG_TIGHTEN_COMMENT "closed" /* so comments of what is refused begin */
#define CG_TIGHTEN_DEFAULT "@default" /* stands in the state for the profile's default action */

/* What is known of one call. */
struct cg_fact {
	bool is_here;      /* exists on an arch of the policy */
	bool is_seen;      /* recorded, or what carries it there was (socketcall) */
	bool is_needed;    /* to start or end a program, by a runtime, or as the newer form of what was seen */
	bool is_asked;     /* somebody wants it closed */
	bool has_rule;     /* some rule that applies names it */
	bool has_open;     /* the first unconditional one permits, or the default does where there is none */
	bool has_closed;   /* the first unconditional one denies */
	bool has_permit;   /* a conditional one permits */
	bool has_denial;   /* a conditional one denies */
	bool is_all_log;   /* whatever permits it logs it */
	size_t first_rule; /* of those that permit it, + 1; 0: the default does */
};

struct cg_tightening {
	struct cg_tighten *tighten;
	const struct cg_tighten_input *input;
	struct cg_tighten_changes *changes;
	struct cg_editing document;
	struct cg_fact *facts; /* one for each of cg_syscalls */
	struct cg_err *err;
};

static inline struct cg_fact *cg_tightening_fact(const struct cg_tightening *work, const struct cg_syscall *call)
{
	return &work->facts[call - cg_syscalls];
}

bool cg_tightening_is_word(const char *const *words, size_t n_words, const char *word);

/* facts.c. `facts` has room for all of cg_syscalls. */
void cg_tightening_find_facts(struct cg_tightening *work);
/* Can the profile let this call pass, by any way? */
bool cg_fact_is_permitted(const struct cg_tightening *work, const struct cg_fact *fact);

/* match.c: what was seen of argument `arg` of a call, over all arches; has_overflow where a run does not tell. */
struct cg_value_set cg_tightening_values(const struct cg_summary *summary, const char *call, unsigned int arg);
/* Could a call with one of these values for each argument match the rule? An unknown value could be any. */
bool cg_tightening_may_match(const struct cg_json *rule, const struct cg_value_set values[6]);
/* The same for one call. */
bool cg_tightening_matches(const struct cg_json *rule, const struct cg_tighten_hit *hit);

/* narrow.c: a call that is open, held to the values that were seen of the argument that selects what it does. */
struct cg_narrowing {
	unsigned int arg;
	const char *argument; /* by name */
	bool is_mask;	      /* held to bits: those of `bits` must be unset */
	uint64_t bits;
	unsigned int n_bits; /* of the register that the kernel reads: 32 or 64 */
	uint64_t values[CG_VALUES_LIMIT * 2]; /* ascending: seen ones, and what goes along with them */
	size_t n_values;
	size_t n_rules; /* that say: any other value */
};

/* 1: so it can be held. 0: not, as too little or too much is known of the values. -1: it would take too many rules. */
int cg_narrowing_find(const struct cg_tightening *work, const struct cg_syscall *call, struct cg_narrowing *ret_narrowing);
/* Puts rules in the place of `rule`, which is open: allowed (if with_allowed) for the values, logged for all others. */
void cg_narrowing_put(struct cg_tightening *work, const struct cg_syscall *call, const struct cg_narrowing *narrowing,
		      const struct cg_json *rule, bool with_allowed, const char *comment);

/* choose.c: what could be closed. */
struct cg_candidate {
	const struct cg_syscall *call;
	enum cg_tighten_what what;
	struct cg_narrowing narrowing; /* of ARGUMENTS; n_rules 0: unseen conditions are closed, not values */
	size_t n_vulnerabilities;
	bool is_asked;
	bool is_logged; /* by the profile as it is */
};

struct cg_candidates {
	struct cg_candidate *items;
	size_t n_items;
	size_t n_room;
};

/* In the order in which they are to be closed. 0 or -ENOMEM. */
int cg_tightening_choose(const struct cg_tightening *work, struct cg_candidates *candidates,
			 struct cg_tighten_rest *rest);
/* By what two calls are told apart there. */
int cg_tightening_compare(const struct cg_syscall *a, size_t n_a, enum cg_tighten_what what_a,
			  const struct cg_syscall *b, size_t n_b, enum cg_tighten_what what_b);

/* rules.c: the rules of a call, changed in the document. 0 or -ENOMEM. */
int cg_tightening_log(struct cg_tightening *work, const struct cg_candidate *candidate, uint64_t round);
int cg_tightening_close(struct cg_tightening *work, const struct cg_tighten_item *item, uint64_t round);
int cg_tightening_reopen(struct cg_tightening *work, const struct cg_tighten_item *item, const char *why);

/* default.c. Can the default be changed, and nothing else with it? */
bool cg_tightening_is_default_simple(const struct cg_tightening *work, uint32_t action);
/* What only it permits is allowed by name, and then it becomes `action`. 0 or -ENOMEM. */
int cg_tightening_set_default(struct cg_tightening *work, uint32_t action, uint64_t round);

#endif
