/*
 * See wish.h.
 */
#include "hook/wish.h"

#include <errno.h>
#include <string.h>

static const char form[] = "of:FILE.json[;if:BASE][;args:none|safe|strict][;startup:yes|no]";

static bool ends_with(const char *text, const char *end)
{
	size_t length = strlen(text), end_length = strlen(end);

	return length > end_length && strcmp(text + length - end_length, end) == 0;
}

/* Once each: of two, nobody knows which was meant. */
static int take_path(const char *name, const char *key, const char *value, const char **path, struct cg_err *err)
{
	if (*path)
		return cg_err_set(err, -EINVAL, name, "%s: stands there twice", key);
	if (!value[0])
		return cg_err_set(err, -EINVAL, name, "%s: names nothing; %s", key, form);
	*path = value;
	return 0;
}

static int take(const char *name, const char *key, const char *value, struct cg_wish *wish, struct cg_err *err)
{
	if (strcmp(key, "of") == 0)
		return take_path(name, key, value, &wish->output, err);
	if (strcmp(key, "if") == 0)
		return take_path(name, key, value, &wish->base, err);
	if (strcmp(key, "args") == 0 && cg_generate_args_find(value, &wish->args))
		return 0;
	if (strcmp(key, "startup") == 0 && (strcmp(value, "yes") == 0 || strcmp(value, "no") == 0)) {
		wish->with_startup = value[0] == 'y';
		return 0;
	}
	return cg_err_set(err, -EINVAL, name, "'%.64s:%.64s' is not understood; %s", key, value, form);
}

int cg_wish_parse(const char *name, const char *text, struct cg_arena *arena, struct cg_wish *ret_wish,
		  struct cg_err *err)
{
	struct cg_wish wish = { .args = CG_GENERATE_ARGS_NONE };
	char *words, *word;
	int r = 0;

	if (strlen(text) > CG_WISH_SIZE_LIMIT)
		return cg_err_set(err, -E2BIG, name, "longer than %d bytes", CG_WISH_SIZE_LIMIT);
	words = cg_arena_copy_text(arena, text);
	if (!words)
		return cg_err_memory(err);
	while (r == 0 && (word = strsep(&words, ";"))) {
		char *value = strchr(word, ':');

		if (!word[0])
			continue;
		if (!value)
			return cg_err_set(err, -EINVAL, name, "'%.64s' is not understood; %s", word, form);
		*value++ = '\0';
		r = take(name, word, value, &wish, err);
	}
	if (r == 0 && !wish.output)
		r = cg_err_set(err, -EINVAL, name, "does not say where the profile goes; %s", form);
	if (r == 0 && !ends_with(wish.output, ".json"))
		r = cg_err_set(err, -EINVAL, name, "of:%.200s: the file's name must end with .json", wish.output);
	if (r == 0)
		*ret_wish = wish;
	return r;
}
