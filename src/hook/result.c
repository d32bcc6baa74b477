/*
 * See result.h.
 */
#include "hook/result.h"

#include "draft/draft.h"
#include "profile/bundled.h"

#include <errno.h>

#define BASES_MAX 2

/* The machine's own arch alone: what runtimes call and what containers of this machine do. */
static void aim(struct cg_target *target)
{
	cg_target_init(target);
	target->arch = cg_arch_native();
	target->arches[0] = target->arch;
	target->n_arches = 1;
}

int cg_hook_base_read(const char *name, const char *bytes, size_t length, struct cg_hook_base *ret_base,
		      struct cg_err *err)
{
	struct cg_hook_base base = { .name = name };
	struct cg_target target;
	int r;

	aim(&target);
	r = cg_profile_read(name, bytes, length, &target, NULL, &base.profile, err);
	if (r == 0)
		r = cg_profile_resolve(base.profile, &target, NULL, &base.policy, err);
	if (r == 0 && !base.policy)
		r = cg_err_set(err, -EINVAL, name, "this profile applies no seccomp at all: it can be no base");
	if (r < 0)
		cg_hook_base_done(&base);
	else
		*ret_base = base;
	return r;
}

int cg_hook_base_find(const char *name, struct cg_hook_base *ret_base, struct cg_err *err)
{
	const struct cg_bundled *bundled = name[0] == '@' ? cg_bundled_find(name + 1) : cg_base_find(name);

	if (!bundled)
		return cg_err_set(err, -ENOENT, name, "there is no such base");
	return cg_hook_base_read(bundled->name, bundled->text, bundled->length, ret_base, err);
}

void cg_hook_base_done(struct cg_hook_base *base)
{
	cg_policy_free(base->policy);
	base->profile = cg_profile_free(base->profile);
	base->policy = NULL;
}

static int draft(const struct cg_summary *summary, const struct cg_generate_options *options, struct cg_text *text,
		 struct cg_err *err)
{
	struct cg_profile *profile = NULL;
	struct cg_sketch sketch = { 0 };
	int r = cg_generate(summary, options, &sketch, err);

	if (r < 0)
		return r;
	r = cg_draft_profile(&sketch, "the profile", &profile, err);
	if (r == 0 && (cg_profile_write(profile, text) < 0 || text->has_failed))
		r = cg_err_memory(err);
	cg_profile_free(profile);
	cg_sketch_done(&sketch);
	return r;
}

int cg_hook_profile_write(const struct cg_recording *recording, enum cg_generate_args args,
			  const struct cg_hook_base *bases, size_t n_bases, struct cg_text *text,
			  struct cg_err *err)
{
	struct cg_generate_base given[BASES_MAX];
	struct cg_generate_options options = {
		.args = args,
		.native = cg_arch_native(),
		.n_runs = recording->runs.n_items,
		.bases = given,
		.n_bases = n_bases,
	};
	struct cg_summary summary;
	int r;

	if (n_bases > BASES_MAX)
		return cg_err_set(err, -E2BIG, NULL, "more than %d bases", BASES_MAX);
	for (size_t i = 0; i < n_bases; i++)
		given[i] = (struct cg_generate_base){ bases[i].name, bases[i].policy };
	if (cg_recording_summarise(recording, &summary) < 0)
		return cg_err_memory(err);
	r = draft(&summary, &options, text, err);
	cg_summary_done(&summary);
	return r;
}
