/*
 * The default target. See target.h.
 */
#include "profile/target.h"

void cg_target_init(struct cg_target *target)
{
	*target = (struct cg_target){
		.engine = cg_engine_find("oci"),
		.arch = cg_arch_native(),
		.caps = cg_caps_docker_default(),
	};
}
