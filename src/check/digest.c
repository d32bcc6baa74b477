/*
 * The identity of a diagram. In: a root. Out: SHA-256 of the diagram, written down in the one order that it has.
 *
 * Node numbers depend on what a set was asked before; so nodes are numbered anew as a walk from the root leaves them,
 * the low half before the high one. A diagram is canonical, so equal answers give equal bytes on every cpu. The
 * first line of what is hashed names the form; it changes if ever the order of levels does.
 */
#include "check/meaning.h"

#include "check/sha256.h"

#include <stdlib.h>

#define FORM "callgate diagram 1\n"

struct writer {
	const struct cg_meanings *meanings;
	struct cg_sha256 sha;
	uint32_t *numbers; /* of each node, from 1 on; 0: not written yet */
	uint32_t n_written;
};

static void write_number(struct writer *writer, uint32_t number)
{
	unsigned char bytes[4] = { (unsigned char)(number >> 24), (unsigned char)(number >> 16),
				   (unsigned char)(number >> 8), (unsigned char)number };

	cg_sha256_add(&writer->sha, bytes, sizeof(bytes));
}

/* Never deeper than a call has bits. */
static uint32_t write_node(struct writer *writer, uint32_t root)
{
	const struct cg_node *node = &writer->meanings->nodes[root];
	uint32_t low, high;

	if (writer->numbers[root])
		return writer->numbers[root];
	if (node->level == CG_LEVEL_LEAF) {
		write_number(writer, CG_LEVEL_LEAF);
		write_number(writer, node->low);
	} else {
		low = write_node(writer, node->low);
		high = write_node(writer, node->high);
		write_number(writer, node->level);
		write_number(writer, low);
		write_number(writer, high);
	}
	return writer->numbers[root] = ++writer->n_written;
}

int cg_meaning_digest(const struct cg_meanings *meanings, uint32_t root, unsigned char ret_digest[CG_DIGEST_SIZE],
		      struct cg_err *err)
{
	struct writer writer = { .meanings = meanings };

	writer.numbers = calloc((size_t)root + 1, sizeof(*writer.numbers)); /* children are older than their node */
	if (!writer.numbers)
		return cg_err_memory(err);
	cg_sha256_start(&writer.sha);
	cg_sha256_add(&writer.sha, FORM, sizeof(FORM) - 1);
	write_node(&writer, root);
	cg_sha256_end(&writer.sha, ret_digest);
	free(writer.numbers);
	return 0;
}
