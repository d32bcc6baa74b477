/*
 * Comparisons in the words of the field: "domain == AF_UNIX and type & 0xf == SOCK_RAW".
 */
#ifndef CG_POLICY_SAY_H
#define CG_POLICY_SAY_H

#include "base/text.h"
#include "policy/policy.h"

/* Behind a comparison of more bits than the kernel reads: a name alone stands for those that it reads. */
#define CG_SAY_WHOLE " (whole register)"

/*
 * All comparisons of a rule, joined by "and"; "" for none. Arguments that nobody knows are a0 to a5. A mask of what the
 * kernel reads is not shown. Where it is_exact, a comparison of the whole register of a smaller argument is marked.
 */
void cg_comparisons_format(struct cg_text *text, const struct cg_arch *arch, uint32_t nr,
			   const struct cg_comparison *comparisons, unsigned int n_comparisons, bool is_exact);

#endif
