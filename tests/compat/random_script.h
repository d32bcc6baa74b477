/*
 * Scripts by chance, the same for the same seed.
 *
 * In: a seed. Out: steps, line by line, as session.c reads them: architectures, attributes, rules of every operator,
 * valid and not, and in the end `judge A`.
 */
#ifndef COMPAT_RANDOM_SCRIPT_H
#define COMPAT_RANDOM_SCRIPT_H

#include "filter/test-random.h"

#include <stdbool.h>

#define RANDOM_N_CALLS 8

struct random_script {
	struct test_random random;
	unsigned int n_steps, step;
	unsigned int calls[RANDOM_N_CALLS];     /* which calls this script is about: few, so that rules meet */
	unsigned int unequal[RANDOM_N_CALLS];   /* arguments of each that have a != condition already, as bits */
	bool is_big_endian, is_simple, is_wild;
	unsigned int n_transactions; /* open ones */
	char line[1024];
};

/* With is_wild, everything that the API has; without, what the system's library may be asked (random_script.c). */
void random_script_begin(struct random_script *script, unsigned long seed, bool is_wild);

/* The next step, or NULL; dies at the next call. */
const char *random_script_next(struct random_script *script);

#endif
