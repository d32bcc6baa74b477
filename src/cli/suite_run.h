/*
 * Running the commands of a suite under its profile, side by side: directly, by what `callgate run` is made of, or in
 * containers, by the engine's own program.
 *
 * In: a suite and a profile ready for use. Out: outcomes.
 */
#ifndef CG_CLI_SUITE_RUN_H
#define CG_CLI_SUITE_RUN_H

#include "cli/input.h"
#include "filter/filter.h"
#include "os/worker.h"
#include "suite/suite.h"

#include <stdbool.h>
#include <stddef.h>

enum cg_suite_place {
	CG_SUITE_IN_NONE,
	CG_SUITE_IN_PODMAN,
	CG_SUITE_IN_DOCKER,
	CG_SUITE_IN_RUNC,
};

#define CG_SUITE_MOUNT "/tmp/callgate-suite" /* where containers see our folder */

struct cg_suite_runner {
	const struct cg_suite *suite;
	struct cg_suite_profile profile;
	const struct cg_input *input;
	const struct cg_target *target;
	const struct cg_filter *filter; /* proven; of CG_SUITE_IN_NONE */
	enum cg_suite_place place;
	const char *engine;      /* the name of the place */
	const char *image;       /* or the folder of a root file system */
	size_t n_jobs;
	struct cg_suite_outcome *outcomes; /* one for each test */
	void (*told)(struct cg_suite_runner *runner, size_t index); /* as each is ready */
	const char *folder;      /* of the suite, or where we were started */
	const char *scratch;     /* set while running */
};

/* 0; errors that are no test's: no folder, a set-up that failed (-ECANCELED), -EINTR, -ENOMEM. */
int cg_suite_run(struct cg_suite_runner *runner, struct cg_err *err);

/* ---- suite_container.c */

/* Writes what the engine is to be given, once: the profile as JSON. */
int cg_suite_container_prepare(const struct cg_suite_runner *runner, struct cg_err *err);

/* One command, and its environment (NAME=VALUE, of ours only), in a container of that name. */
struct cg_suite_container {
	const char *name;
	const char *folder; /* below the scratch folder: "1" */
	const char *id_file; /* podman, docker: where the container's id is to be written */
	const struct cg_suite_words *command;
	char *const *environment;
	size_t n_environment;
	bool is_confined;
};

/* The engine's command line, in the arena; NULL behind its end. For runc a bundle is written. */
int cg_suite_container_command(const struct cg_suite_runner *runner, const struct cg_suite_container *container,
			       struct cg_arena *arena, char ***ret_argv, struct cg_err *err);

/* The same that makes an end of one that was left behind. */
int cg_suite_container_remove(const struct cg_suite_runner *runner, const char *name, struct cg_arena *arena,
			      char ***ret_argv, struct cg_err *err);

#endif
