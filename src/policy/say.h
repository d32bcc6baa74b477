/*
 * Comparisons in the words of the field: "domain == AF_UNIX and type & 0xf == SOCK_RAW".
 */
#ifndef CG_POLICY_SAY_H
#define CG_POLICY_SAY_H

#include "base/text.h"
#include "policy/policy.h"

/*
 * All comparisons of a rule, joined by "and"; "" for none. Arguments that nobody knows are a0 to a5. Unless it is_exact,
 * a mask that leaves out what the kernel does not read either is not shown.
 */
void cg_comparisons_format(struct cg_text *text, const struct cg_arch *arch, uint32_t nr,
			   const struct cg_comparison *comparisons, unsigned int n_comparisons, bool is_exact);

#endif
