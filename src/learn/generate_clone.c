/*
 * clone and clone3: new threads and processes without new namespaces. generate.c says why.
 */
#include "learn/generate_steps.h"

#include "abi/constants.h"
#include "base/cleanup.h"
#include "learn/generalise.h"
#include "learn/needs.h"
#include "learn/recorded_call.h"

int cg_generate_refuse_clone3(struct cg_generation *gen)
{
	struct cg_sketch *sketch = gen->sketch;
	bool is_seen = cg_sketch_find(sketch, "clone3");
	struct cg_sketch_call *call;

	if (cg_generation_is_without(gen, CG_SET_CLONE3) || !cg_sketch_has_name(sketch, "clone3"))
		return 0;
	call = cg_sketch_put(sketch, cg_syscall_find("clone3"));
	if (!call)
		return -ENOMEM;
	call->action = cg_action_errno(ENOSYS);
	call->is_open = true;
	if (cg_sketch_add_reason(sketch, call, CG_REASON_NEED, CG_SET_CLONE3,
				 "its flags lie in memory, where no filter can look; libraries fall back to clone") < 0)
		return -ENOMEM;
	if (!is_seen)
		return 0;

	call = cg_sketch_put(sketch, cg_syscall_find("clone"));
	if (!call)
		return -ENOMEM;
	call->is_open = true;
	return cg_sketch_add_reason(sketch, call, CG_REASON_FALLBACK, "", "what libraries make when clone3 is refused");
}

static int note_namespaces(struct cg_generation *gen, uint32_t used)
{
	CG_CLEANUP(cg_text_done) struct cg_text flags = { 0 };

	cg_constant_format_flags(&flags, gen->sketch->arches[0], "clone_flags", used);
	if (flags.has_failed)
		return -ENOMEM;
	return cg_sketch_note(gen->sketch, CG_SEVERITY_WARNING, "namespaces-open",
			      "see that the program really needs them",
			      "clone was seen with %s, and these namespaces stay open", cg_text_get(&flags));
}

int cg_generate_guard_clone(struct cg_generation *gen)
{
	struct cg_sketch_call *call = cg_sketch_find(gen->sketch, "clone");
	struct cg_value_set seen;
	uint32_t used = 0;
	int r = 0;

	if (!call || !call->is_open || gen->is_clone_open_by_base || cg_generation_is_without(gen, CG_SET_NAMESPACES))
		return 0;
	seen = cg_generate_values(gen, "clone", "flags");
	for (size_t i = 0; i < seen.n_values; i++)
		used |= (uint32_t)seen.values[i] & CG_NAMESPACE_FLAGS;
	if (used)
		r = note_namespaces(gen, used);
	if (r == 0 && seen.has_overflow)
		r = cg_sketch_note(gen->sketch, CG_SEVERITY_NOTE, "namespaces-unknown",
				   "a program that needs new namespaces: --without " CG_SET_NAMESPACES,
				   "not all flags that clone was called with are known; namespaces stay closed");
	if (r < 0 || used == CG_NAMESPACE_FLAGS)
		return r;
	call->is_open = false;
	r = cg_generalise_clone(gen->sketch, call, CG_NAMESPACE_FLAGS & ~used);
	if (r < 0)
		return r;
	return cg_sketch_add_reason(gen->sketch, call, CG_REASON_GUARD, CG_SET_NAMESPACES,
				    "without the namespace flags that were not seen");
}
