/*
 * Calls as people write them: `socket(AF_INET, SOCK_STREAM, 0)`, `read(0)`, `x86_64:1234(0)`.
 *
 * In: text to a struct cg_call and back. Arguments that are not given are 0. In text an argument is a number (decimal,
 * hex, octal, negative), constants joined with |, a 'c' character, or a "string" (a pointer whose value no filter can
 * look into: it becomes CG_CALL_TEXT_POINTER).
 */
#ifndef CG_ABI_CALL_TEXT_H
#define CG_ABI_CALL_TEXT_H

#include "abi/syscalls.h"
#include "base/err.h"
#include "base/text.h"

#define CG_CALL_TEXT_POINTER 0x7fff00000000U

/*
 * Parses `text` as a call on `arch`. Names: a syscall's name, `nr` decimal or 0x hex, or ARCH:NR (then that arch wins).
 * Errors: -EINVAL unreadable (err says where), -ENOENT no such call on this arch (err suggests a name).
 */
int cg_call_parse(const struct cg_arch *arch, const char *text, struct cg_call *ret_call, struct cg_err *err);

/* One argument's value in an expression: AF_INET|SOCK_CLOEXEC, 0x10, -1, 'c'. Same errors. */
int cg_call_parse_value(const struct cg_arch *arch, const char *text, size_t length, uint64_t *ret_value,
			struct cg_err *err);

/* name, or arch:nr when the number has no name. */
void cg_call_format_name(struct cg_text *text, const struct cg_arch *arch, uint32_t nr);

/* One argument by its kind: AF_INET, O_RDONLY|O_CLOEXEC, 0644, 0x7f…; plain when nothing is known of it. */
void cg_call_format_arg(struct cg_text *text, const struct cg_arch *arch, uint32_t nr, unsigned int arg,
			uint64_t value);

/* Bits of one argument that are looked at: O_ACCMODE|O_CREAT, 0777; 0x… where it is no set of flags. */
void cg_call_format_mask(struct cg_text *text, const struct cg_arch *arch, uint32_t nr, unsigned int arg,
			 uint64_t mask);

/*
 * The whole call, all its known arguments decoded. For people: a register is shown as the kernel reads it, so that an
 * int of 0xffffffff is -1; bits that the kernel would not read and that are no sign extension are shown, as plain hex.
 */
void cg_call_format(struct cg_text *text, const struct cg_call *call);

#endif
