/*
 * See state.h.
 */
#include "hook/state.h"

#include "base/json_read.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#define STATE_NAME "the container's state"

/* NULL where there is no such text, or one with a NUL in it. */
static const char *text_of(const struct cg_json *object, const char *key)
{
	const struct cg_json *value = cg_json_get(object, key);

	return value && value->kind == CG_JSON_STRING && strlen(value->text) == value->text_length ? value->text : NULL;
}

static void find_annotation(const struct cg_json *root, struct cg_container_state *state)
{
	static const char *const names[] = { CG_ANNOTATION, CG_ANNOTATION_OLD };
	const struct cg_json *annotations = cg_json_get(root, "annotations");

	for (size_t i = 0; !state->annotation && i < sizeof(names) / sizeof(names[0]); i++) {
		state->annotation = text_of(annotations, names[i]);
		state->annotation_name = state->annotation ? names[i] : NULL;
	}
}

/* It becomes the name of a file and a word of messages: runc and crun allow no other characters (libcontainer/validate). */
static bool is_id(const char *id)
{
	size_t length = strspn(id, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_+-.");

	return length && !id[length] && length <= 128 && id[0] != '.';
}

int cg_container_state_read(const char *bytes, size_t length, struct cg_arena *arena,
			    struct cg_container_state *ret_state, struct cg_err *err)
{
	struct cg_container_state state = { .pid = 0 };
	const struct cg_json *pid;
	struct cg_json *root;
	int r = cg_json_read(arena, STATE_NAME, bytes, length, 0, &root, err);

	if (r < 0)
		return r;
	state.id = text_of(root, "id");
	state.status = text_of(root, "status");
	state.bundle = text_of(root, "bundle");
	pid = cg_json_get(root, "pid");
	if (!state.id || !is_id(state.id))
		return cg_err_set(err, -EBADMSG, STATE_NAME, "has no id: is this a hook's standard input?");
	if (pid && pid->kind == CG_JSON_NUMBER && pid->is_integer && !pid->is_negative && pid->number <= INT_MAX)
		state.pid = (int)pid->number;
	else if (pid)
		return cg_json_err(err, -EBADMSG, STATE_NAME, pid, "this is no process id");
	if (state.bundle && state.bundle[0] != '/')
		state.bundle = NULL;
	find_annotation(root, &state);
	*ret_state = state;
	return 0;
}

static const char *const *words_of(const struct cg_json *array, struct cg_arena *arena)
{
	size_t n = array && array->kind == CG_JSON_ARRAY ? array->n_children : 0, at = 0;
	const char **words = cg_arena_alloc_array(arena, n + 1, sizeof(words[0]));

	for (const struct cg_json *word = n ? array->first : NULL; words && word; word = word->next)
		if (word->kind == CG_JSON_STRING)
			words[at++] = word->text;
	return words;
}

int cg_container_config_read(const char *name, const char *bytes, size_t length, struct cg_arena *arena,
			     struct cg_container_state *state, struct cg_container_config *ret_config,
			     struct cg_err *err)
{
	struct cg_container_config config;
	const struct cg_json *process, *flag;
	struct cg_json *root;
	int r = cg_json_read(arena, name, bytes, length, 0, &root, err);

	if (r < 0)
		return r;
	process = cg_json_get(root, "process");
	flag = cg_json_get(process, "noNewPrivileges");
	config.has_no_new_privileges = flag && flag->kind == CG_JSON_BOOL && flag->is_true;
	config.words = words_of(cg_json_get(process, "args"), arena);
	if (!config.words)
		return cg_err_memory(err);
	if (!state->annotation)
		find_annotation(root, state);
	*ret_config = config;
	return 0;
}
