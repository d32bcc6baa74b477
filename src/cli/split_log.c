/*
 * See split_log.h.
 */
#include "cli/split_log.h"

#include "base/num.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

int cg_split_log_id(const char *path, size_t *ret_stem_length)
{
	const char *dot = strrchr(path, '.');
	uint64_t number;

	if (!dot || dot == path || !cg_num_parse_decimal(dot + 1, 1, INT_MAX, &number))
		return 0;
	*ret_stem_length = (size_t)(dot - path);
	return (int)number;
}

int cg_split_log_add(struct cg_split_texts *texts, const char *path, int id, enum cg_split_log kind,
		     struct cg_text *text, struct cg_err *err)
{
	struct cg_log_part part = { .length = text->length, .tid = id };

	if (text->length > CG_IMPORT_SIZE_LIMIT - texts->size)
		return cg_err_set(err, -EFBIG, path, "with the files before it more than %zu bytes",
				  CG_IMPORT_SIZE_LIMIT);
	if (cg_vec_reserve(&texts->parts, texts->parts.n_items + 1) < 0)
		return cg_err_memory(err);
	part.name = strdup(path);
	part.bytes = cg_text_steal(text);
	if (!part.name || !part.bytes) {
		free((char *)part.name);
		free((char *)part.bytes);
		return cg_err_memory(err);
	}
	texts->size += part.length;
	texts->parts.items[texts->parts.n_items++] = part;
	if (kind == CG_SPLIT_LOG_ROOT && (texts->root == 0 || id < texts->root))
		texts->root = id;
	return 0;
}

/* Ids run round: those below the first one's were given later. */
static int compare(const void *a, const void *b, void *context)
{
	const struct cg_log_part *x = a, *y = b;
	unsigned int root = (unsigned int)*(const int *)context;
	unsigned int from_root_x = (unsigned int)x->tid - root, from_root_y = (unsigned int)y->tid - root;

	return (from_root_x > from_root_y) - (from_root_x < from_root_y);
}

void cg_split_log_sort(struct cg_split_texts *texts)
{
	qsort_r(texts->parts.items, texts->parts.n_items, sizeof(*texts->parts.items), compare, &texts->root);
}

void cg_split_log_done(struct cg_split_texts *texts)
{
	for (size_t i = 0; i < texts->parts.n_items; i++) {
		free((char *)texts->parts.items[i].name);
		free((char *)texts->parts.items[i].bytes);
	}
	cg_vec_done(&texts->parts);
	*texts = (struct cg_split_texts){ 0 };
}
