/*
 * The parts of one recorded call: bounded value sets, errors, programs, time. Within learn/, and for sources that
 * summarise by themselves.
 *
 * In: single facts, in any order. Out: sorted, bounded parts that depend on the facts only, not on their order: of
 * values and programs the smallest stay, and what was pushed out is too large to come back.
 */
#ifndef CG_LEARN_RECORDED_CALL_H
#define CG_LEARN_RECORDED_CALL_H

#include "learn/recording.h"

void cg_value_set_add(struct cg_value_set *set, uint64_t value);
/* `from` may be NULL: an unknown set, which says that any value may have been there. */
void cg_value_set_unite(struct cg_value_set *into, const struct cg_value_set *from);

/* Counts add up and stop at UINT64_MAX. */
uint64_t cg_count_add(uint64_t a, uint64_t b);

/* 0 or -ENOMEM. */
int cg_recorded_call_add_error(struct cg_recorded_call *call, uint32_t number, uint64_t count);
/* `path` is copied into the arena when it is new. */
int cg_recorded_call_add_program(struct cg_recorded_call *call, struct cg_arena *arena, const char *path,
				 uint64_t count);

int cg_recorded_call_add_time(struct cg_recorded_call *call, struct cg_arena *arena, const struct cg_call_time *from);

/* Which arguments of this call are worth keeping, and what of them: false when the value says nothing lasting. */
bool cg_recorded_call_keeps(const struct cg_recorded_call *call, unsigned int arg, uint64_t value, uint64_t *ret_value,
			    bool *ret_is_other);

/* Adds the counts, errors, programs and values of `from`; what is copied goes into the arena. 0 or -ENOMEM. */
int cg_recorded_call_unite(struct cg_recorded_call *into, struct cg_arena *arena, const struct cg_recorded_call *from);

/* By (arch token, number). */
int cg_recorded_call_compare(const struct cg_recorded_call *a, const struct cg_recorded_call *b);

void cg_recorded_call_done(struct cg_recorded_call *call);

#endif
