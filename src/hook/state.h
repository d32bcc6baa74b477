/*
 * The state of a container as its runtime tells it to a hook, on standard input, and what the bundle's config.json adds.
 *
 * In: JSON (runtime-spec, "State" and "Configuration"). Out: the few facts that the hook needs.
 */
#ifndef CG_HOOK_STATE_H
#define CG_HOOK_STATE_H

#include "base/arena.h"
#include "base/err.h"

#include <stdbool.h>

#define CG_STATE_SIZE_LIMIT ((size_t)1 << 20)
#define CG_CONFIG_SIZE_LIMIT ((size_t)16 << 20)

#define CG_ANNOTATION "io.callgate.record"
#define CG_ANNOTATION_OLD "io.containers.trace-syscall"

struct cg_container_state {
	const char *id;
	const char *status; /* "creating", "created", "stopped", … */
	const char *bundle; /* absolute, or NULL where the runtime does not tell */
	int pid;            /* of its first process, in our pid namespace; 0: there is none */
	const char *annotation_name; /* the one of the two that is there, ours first; NULL: none */
	const char *annotation;
};

/* Texts are in the arena. Errors: -EBADMSG no JSON, or not a container's state; -ENOMEM. */
int cg_container_state_read(const char *bytes, size_t length, struct cg_arena *arena,
			    struct cg_container_state *ret_state, struct cg_err *err);

struct cg_container_config {
	bool has_no_new_privileges;
	const char *const *words; /* process.args, NULL at the end */
};

/* Adds its annotation to a state that had none. Errors as above. */
int cg_container_config_read(const char *name, const char *bytes, size_t length, struct cg_arena *arena,
			     struct cg_container_state *state, struct cg_container_config *ret_config,
			     struct cg_err *err);

#endif
