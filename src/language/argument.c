/*
 * Arguments by name. In: a word, and a call on an architecture. Out: which of its six arguments is meant, as the order
 * of a call's arguments is not the same everywhere (clone on s390), and how much of its register: by name what the
 * kernel reads, so that no bit beside it tells two calls apart that are one to the kernel; by number all of it.
 */
#include "language/meaning.h"

#include "abi/call_text.h"
#include "abi/syscalls.h"
#include "base/cleanup.h"

#include <errno.h>
#include <string.h>

/*
 * abi/ has the kernel's names of arguments; people know those of the manual pages. Where a call has no argument of the
 * first name, the second is meant.
 */
static const struct {
	const char *call; /* NULL: any */
	const char *word, *name;
} manual_names[] = {
	{ "ioctl", "request", "cmd" },      { "ioctl", "op", "cmd" },           { "fcntl", "op", "cmd" },
	{ "fcntl64", "op", "cmd" },         { "futex", "futex_op", "op" },      { "keyctl", "operation", "option" },
	{ "prctl", "op", "option" },        { "ptrace", "op", "request" },      { "seccomp", "operation", "op" },
	{ "setns", "nstype", "flags" },     { "socket", "family", "domain" },   { "socketpair", "family", "domain" },
	{ "personality", "persona", "personality" },
	{ NULL, "addrlen", "addr_len" },    { NULL, "dirfd", "dfd" },           { NULL, "length", "len" },
	{ NULL, "offset", "off" },          { NULL, "pathname", "filename" },   { NULL, "path", "filename" },
	{ NULL, "signum", "sig" },          { NULL, "sockfd", "fd" },
};

static int find_argument(const struct cg_arch *arch, uint32_t nr, const char *name)
{
	for (unsigned int i = 0; i < 6; i++) {
		const struct cg_arg_info *info = cg_syscall_arg(arch, nr, i);

		if (info && strcmp(info->name, name) == 0)
			return (int)i;
	}
	return -1;
}

/* What the kernel reads of an argument, on an arch whose word may be narrower than that. */
static uint64_t bits_read(const struct cg_arch *arch, uint32_t nr, unsigned int arg)
{
	const struct cg_arg_info *info = cg_syscall_arg(arch, nr, arg);
	uint64_t word = cg_arch_word_mask(arch);

	return !info || info->width >= 8 ? word : word & ((UINT64_C(1) << (8 * info->width)) - 1);
}

int cg_argument_of_name(const struct cg_arch *arch, uint32_t nr, const char *word, uint64_t *ret_reads)
{
	const struct cg_syscall *call = cg_syscall_of_nr(arch, nr);
	int index;

	*ret_reads = cg_arch_word_mask(arch);
	if (word[0] == 'a' && word[1] >= '0' && word[1] <= '5' && !word[2])
		return word[1] - '0';
	index = find_argument(arch, nr, word);
	for (size_t i = 0; index < 0 && call && i < CG_N_ITEMS(manual_names); i++) {
		if (strcmp(manual_names[i].word, word) == 0 &&
		    (!manual_names[i].call || strcmp(manual_names[i].call, call->name) == 0))
			index = find_argument(arch, nr, manual_names[i].name);
	}
	if (index >= 0)
		*ret_reads = bits_read(arch, nr, (unsigned int)index);
	return index;
}

static const char *suggest(const struct cg_place_of_call *call, const char *word)
{
	const char *best = NULL;

	for (unsigned int i = 0; i < 6; i++) {
		const struct cg_arg_info *info = cg_syscall_arg(call->arch, call->nr, i);

		if (info)
			cg_word_keep_nearest(word, info->name, &best);
	}
	return best;
}

/* "socket has no argument 'family' on x86_64; it has domain, type, protocol" */
static void describe(struct cg_text *text, const struct cg_place_of_call *call, const char *word)
{
	const struct cg_arg_info *info;

	cg_call_format_name(text, call->arch, call->nr);
	cg_text_addf(text, " has no argument '%.40s' on %s; ", word, call->arch->name);
	if (!cg_syscall_arg(call->arch, call->nr, 0)) {
		cg_text_add(text, "write a0 to a5");
		return;
	}
	cg_text_add(text, "it has");
	for (unsigned int i = 0; i < 6 && (info = cg_syscall_arg(call->arch, call->nr, i)); i++)
		cg_text_addf(text, "%s %s", i ? "," : "", info->name);
}

int cg_argument_index(const struct cg_place_of_call *call, const char *word, const struct cg_spot *at,
		      unsigned int *ret_index, uint64_t *ret_reads)
{
	uint64_t reads;
	int index = cg_argument_of_name(call->arch, call->nr, word, &reads);
	struct cg_text text = { 0 };
	const char *meant;
	int rc;

	if (index >= 0) {
		*ret_index = (unsigned int)index;
		*ret_reads = reads;
		return 0;
	}
	describe(&text, call, word);
	meant = suggest(call, word);
	if (meant)
		cg_text_addf(&text, "; did you mean %s?", meant);
	rc = text.has_failed ? cg_err_memory(call->document->err) :
			       cg_document_fail(call->document, -EINVAL, at, "%s", cg_text_get(&text));
	cg_text_done(&text);
	return rc;
}
