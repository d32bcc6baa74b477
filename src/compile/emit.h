/*
 * Emission: a graph of tests to instructions.
 */
#ifndef CG_COMPILE_EMIT_H
#define CG_COMPILE_EMIT_H

#include "compile/dag.h"
#include "filter/filter.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * The program that begins at `root`. *ret_n_insns is set also with -E2BIG: how long it would have been (counted up to
 * CG_EMIT_LIMIT). Errors: -E2BIG above CG_FILTER_LENGTH_MAX instructions, -ENOMEM.
 */
#define CG_EMIT_LIMIT ((size_t)1 << 20)

int cg_emit(const struct cg_dag *dag, uint32_t root, bool is_big_endian, size_t *ret_n_insns,
	    struct cg_filter **ret_filter);

#endif
