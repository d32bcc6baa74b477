/*
 * The options that say for which target a profile is judged: --engine, --arch, --caps, --kernel.
 */
#include "cli/cli.h"

#include "os/machine.h"

#include <stdio.h>

static int bad_engine(const struct cg_args *args, const char *name)
{
	const char *best = NULL;

	for (size_t i = 0; i < cg_n_engines; i++)
		cg_word_keep_nearest(name, cg_engines[i].name, &best);
	if (best)
		return cg_cli_usage(args, "unknown engine '%s'; did you mean %s?", name, best);
	return cg_cli_usage(args, "unknown engine '%s'", name);
}

static int add_arches(const struct cg_args *args, struct cg_target *target)
{
	const char *name;

	for (size_t i = 0; (name = cg_args_get_nth(args, "arch", i)); i++) {
		const struct cg_arch *arch = cg_arch_find(name);
		const char *best = arch ? NULL : cg_arch_suggest(name);

		if (!arch && best)
			return cg_cli_usage(args, "unknown architecture '%s'; did you mean %s?", name, best);
		if (!arch)
			return cg_cli_usage(args, "unknown architecture '%s'; callgate syscalls --arch list names all",
					    name);
		if (target->n_arches == CG_N_ARCHES_MAX)
			return cg_cli_usage(args, "too many architectures");
		target->arches[target->n_arches++] = arch;
	}
	return 0;
}

int cg_cli_target(const struct cg_args *args, struct cg_target *ret_target)
{
	const char *engine = cg_args_get(args, "engine");
	const char *caps = cg_args_get(args, "caps");
	const char *kernel = cg_args_get(args, "kernel");
	struct cg_target target;
	char rest;
	int status;

	cg_target_init(&target);
	if (engine && !(target.engine = cg_engine_find(engine)))
		return bad_engine(args, engine);
	if (caps && !cg_caps_parse(caps, &target.caps))
		return cg_cli_usage(args, "'%s': --caps takes CAP_X,CAP_Y, default, all or none", caps);
	if (!kernel)
		cg_machine_kernel(target.kernel);
	else if (sscanf(kernel, "%5u.%5u%c", &target.kernel[0], &target.kernel[1], &rest) != 2)
		return cg_cli_usage(args, "'%s': --kernel takes a version such as 6.1", kernel);

	status = add_arches(args, &target);
	if (status == 0)
		*ret_target = target;
	return status;
}
