/*
 * Sets of values in the words of the field: `domain == AF_UNIX`, `flags & (CLONE_NEWUSER|CLONE_NEWNS) == 0`.
 *
 * As in policy texts a name stands for the bits that the kernel reads. A filter that compares more of the register is
 * told with CG_SAY_WHOLE behind it: to it, calls differ that are one to the kernel.
 */
#ifndef CG_WORDS_SAY_H
#define CG_WORDS_SAY_H

#include "abi/arch.h"
#include "base/text.h"
#include "words/values.h"

#define CG_WORD_IP 6 /* words 0-5 are the arguments */

/* Appends the condition that a set puts on a word of a call of `arch` (NULL: of one that nobody knows). */
void cg_values_say(struct cg_text *text, const struct cg_arch *arch, uint32_t nr, unsigned int word,
		   const struct cg_values *values);

#endif
