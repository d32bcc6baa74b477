/*
 * What tools/gen-abi writes beside the tables of the public headers: for the files of abi/ alone.
 */
#ifndef CG_ABI_TABLES_H
#define CG_ABI_TABLES_H

#include "abi/syscalls.h"

/* A list of arguments, shared by all calls that have the same. */
struct cg_signature {
	uint16_t first; /* index into cg_arg_infos */
	int8_t n_args;  /* -1: not known */
};

extern const struct cg_signature cg_signatures[];
extern const struct cg_arg_info cg_arg_infos[];

/* One row of data/flags.csv, sorted by set, value, preference. No pointers, as in struct cg_syscall_row. */
struct cg_constant_row {
	uint64_t value;
	uint32_t arches; /* bit cg_arch_index() set: the row holds there */
	uint16_t name;   /* where it stands in cg_constant_names, in units of CG_NAME_UNIT */
	uint16_t set;    /* index into cg_constant_sets */
};

#define CG_NAME_UNIT 4

extern const struct cg_constant_row cg_constant_rows[];
extern const char cg_constant_names[];
extern const char *const cg_constant_sets[]; /* sorted */
extern const size_t cg_n_constant_sets;

/* Indices into cg_constant_rows, sorted by name. */
extern const uint16_t cg_constants_by_name[];

/*
 * Sets in which some bits are one number and not flags: the access mode of open_flags, the type in socket_type.
 * Such a field has its names in the set `names` (mostly the set itself) and is printed before the flags; one with
 * is_last is printed behind them, and not at all when it is 0 (the signal in clone's flags).
 */
struct cg_constant_field {
	const char *set;
	const char *names;
	uint64_t mask;
	bool is_last;
};

extern const struct cg_constant_field cg_constant_fields[];
extern const size_t cg_n_constant_fields;

#endif
