/*
 * See tell.h.
 */
#include "supervise/tell.h"

#include "abi/action.h"
#include "abi/call_text.h"
#include "abi/syscalls.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* What two calls of one kind have in common; compared as bytes, so it is zeroed first. */
struct key {
	uint32_t arch;
	uint32_t nr;
	uint32_t action;
	uint32_t as;
	uint32_t is_other; /* stands for all kinds of this call beyond the limit */
	uint32_t unused;
	uint64_t args[6];
};

struct cg_told_kind {
	struct key key;
	const char *text; /* of the first call, whole */
	uint64_t count;
};

static const char *const verbs[] = { "denied", "would deny", "logged" };

static bool is_telling(const struct cg_arg_info *arg)
{
	switch (arg->kind) {
	case CG_ARG_INT:
	case CG_ARG_SIGNAL:
	case CG_ARG_MODE:
	case CG_ARG_FLAGS:
	case CG_ARG_ENUM:
		return true;
	default:
		return false;
	}
}

static const struct cg_arg_info *arg_of(const struct cg_call *call, unsigned int i)
{
	const struct cg_arch *arch = cg_arch_of_call(call);

	return arch ? cg_syscall_arg(arch, call->nr, i) : NULL;
}

/* What the kernel reads of the register. */
static uint64_t cut(const struct cg_call *call, const struct cg_arg_info *arg, uint64_t value)
{
	unsigned int bits = cg_arch_of_call(call)->word_bits;

	if (arg->width && arg->width * 8 < bits)
		bits = arg->width * 8;
	return bits < 64 ? value & ((UINT64_C(1) << bits) - 1) : value;
}

static struct key make_key(const struct cg_told_call *told)
{
	const struct cg_call *call = told->call;
	struct key key;

	memset(&key, 0, sizeof(key));
	key.arch = call->arch;
	key.nr = call->nr;
	key.action = told->action;
	key.as = told->as;
	for (unsigned int i = 0; i < 6; i++) {
		const struct cg_arg_info *arg = arg_of(call, i);

		if (arg && is_telling(arg))
			key.args[i] = cut(call, arg, call->args[i]);
	}
	return key;
}

bool cg_tell_wants_string(const struct cg_call *call, unsigned int arg)
{
	const struct cg_arg_info *info = arg_of(call, arg);

	return info && info->kind == CG_ARG_PATH && call->args[arg];
}

static void format_name(struct cg_text *text, const struct cg_call *call)
{
	const struct cg_arch *arch = cg_arch_of_call(call);

	if (!arch) {
		cg_text_addf(text, "0x%08x:%u", call->arch, call->nr);
		return;
	}
	/* The native arch goes without saying. */
	if (arch != cg_arch_native() && cg_syscall_of_nr(arch, call->nr))
		cg_text_addf(text, "%s:", arch->name);
	cg_call_format_name(text, arch, call->nr);
}

/* With the strings of paths; `is_kind`: with "..." for what makes no kind. */
static void format_call(struct cg_text *text, const struct cg_call *call, const char *const *strings, bool is_kind)
{
	format_name(text, call);
	cg_text_add_char(text, '(');
	for (unsigned int i = 0; i < 6; i++) {
		const struct cg_arg_info *arg = arg_of(call, i);

		if (!arg)
			break;
		if (i)
			cg_text_add(text, ", ");
		if (is_kind && !is_telling(arg)) {
			cg_text_add(text, "...");
		} else if (strings && strings[i]) {
			cg_text_add_char(text, '"');
			cg_text_add_escaped(text, strings[i], strlen(strings[i]));
			cg_text_add_char(text, '"');
		} else {
			cg_call_format_arg(text, cg_arch_of_call(call), call->nr, i, call->args[i]);
		}
	}
	cg_text_add_char(text, ')');
}

void cg_tell_format(struct cg_text *text, const struct cg_told_call *told)
{
	format_call(text, told->call, told->strings, false);
}

static size_t count_kinds_of_call(const struct cg_teller *teller, const struct key *key)
{
	size_t n = 0;

	for (size_t i = 0; i < teller->kinds.n_items; i++)
		n += teller->kinds.items[i]->key.arch == key->arch && teller->kinds.items[i]->key.nr == key->nr;
	return n;
}

/* A key that the limits allow; false when there is none left. */
static bool fit_key(const struct cg_teller *teller, struct key *key)
{
	if (teller->kinds.n_items < CG_TELL_KINDS_LIMIT &&
	    count_kinds_of_call(teller, key) < CG_TELL_KINDS_OF_CALL_LIMIT)
		return true;
	memset(key->args, 0, sizeof(key->args));
	key->is_other = 1;
	return cg_map_find(&teller->index, key, sizeof(*key)) || teller->kinds.n_items < CG_TELL_KINDS_LIMIT;
}

static int add_kind(struct cg_teller *teller, const struct key *key, const char *text, struct cg_told_kind **ret_kind)
{
	struct cg_told_kind *kind = cg_arena_alloc(&teller->arena, sizeof(*kind));
	struct cg_map_entry *entry;

	if (!kind)
		return -ENOMEM;
	kind->key = *key;
	kind->text = cg_arena_copy_text(&teller->arena, text);
	if (!kind->text || cg_vec_push(&teller->kinds, kind) < 0)
		return -ENOMEM;
	if (cg_map_put(&teller->index, &kind->key, sizeof(kind->key), &entry) < 0) {
		teller->kinds.n_items--;
		return -ENOMEM;
	}
	entry->value.pointer = kind;
	*ret_kind = kind;
	return 0;
}

static void add_line(struct cg_text *line, const struct cg_told_call *told, const char *call_text, bool is_other)
{
	cg_text_addf(line, "%s %s%s", verbs[told->as], call_text, is_other ? " and others like it" : "");
	if (told->as != CG_TOLD_LOGGED) {
		cg_text_add(line, " -> ");
		cg_action_format(line, told->action);
	}
	cg_text_add(line, "  by ");
	cg_text_add_escaped(line, told->process, strlen(told->process));
	cg_text_addf(line, "[%d]\n", told->tid);
}

static bool count_again(struct cg_teller *teller, const struct key *key)
{
	struct cg_map_entry *entry = cg_map_find(&teller->index, key, sizeof(*key));
	struct cg_told_kind *kind = entry ? entry->value.pointer : NULL;

	if (!kind)
		return false;
	kind->count++;
	teller->n_calls++;
	return true;
}

bool cg_tell_repeat(struct cg_teller *teller, const struct cg_told_call *told)
{
	struct key key = make_key(told);

	return count_again(teller, &key);
}

int cg_tell_add(struct cg_teller *teller, const struct cg_told_call *told, struct cg_text *line)
{
	struct key key = make_key(told);
	struct cg_text text = { 0 };
	struct cg_told_kind *kind;
	int r;

	if (!fit_key(teller, &key)) {
		teller->n_calls++;
		teller->n_uncounted++;
		return 0;
	}
	if (count_again(teller, &key))
		return 0;

	format_call(&text, told->call, told->strings, false);
	r = text.has_failed ? -ENOMEM : add_kind(teller, &key, cg_text_get(&text), &kind);
	if (r == 0) {
		kind->count = 1;
		teller->n_calls++;
		add_line(line, told, cg_text_get(&text), key.is_other);
	}
	cg_text_done(&text);
	return r;
}

static int by_count(const void *left, const void *right)
{
	const struct cg_told_kind *a = *(struct cg_told_kind *const *)left, *b = *(struct cg_told_kind *const *)right;

	if (a->count != b->count)
		return a->count > b->count ? -1 : 1;
	return strcmp(a->text, b->text);
}

static void format_row(struct cg_text *text, const struct cg_told_kind *kind)
{
	struct cg_call call = { .arch = kind->key.arch, .nr = kind->key.nr };

	memcpy(call.args, kind->key.args, sizeof(call.args));
	cg_text_addf(text, "%10llu  %-10s  ", (unsigned long long)kind->count, verbs[kind->key.as]);
	if (kind->count == 1) {
		cg_text_add(text, kind->text);
	} else if (kind->key.is_other) {
		format_name(text, &call);
		cg_text_add(text, "(...)");
	} else {
		format_call(text, &call, NULL, true);
	}
	if (kind->key.as != CG_TOLD_LOGGED) {
		cg_text_add(text, " -> ");
		cg_action_format(text, kind->key.action);
	}
	cg_text_add_char(text, '\n');
}

void cg_tell_summary(const struct cg_teller *teller, struct cg_text *text)
{
	size_t n_kinds = teller->kinds.n_items;
	struct cg_told_kind **kinds;

	if (teller->n_calls == 0)
		return;
	kinds = calloc(n_kinds + 1, sizeof(struct cg_told_kind *));
	if (!kinds) {
		text->has_failed = true;
		return;
	}
	for (size_t i = 0; i < n_kinds; i++)
		kinds[i] = teller->kinds.items[i];
	qsort(kinds, n_kinds, sizeof(struct cg_told_kind *), by_count);

	cg_text_addf(text, "not allowed by the profile: %llu %s of %zu %s\n", (unsigned long long)teller->n_calls,
		     teller->n_calls == 1 ? "call" : "calls", n_kinds, n_kinds == 1 ? "kind" : "kinds");
	for (size_t i = 0; i < n_kinds; i++)
		format_row(text, kinds[i]);
	if (teller->n_uncounted)
		cg_text_addf(text, "%10llu  calls of further kinds\n", (unsigned long long)teller->n_uncounted);
	free(kinds);
}

void cg_tell_done(struct cg_teller *teller)
{
	cg_map_done(&teller->index);
	cg_vec_done(&teller->kinds);
	cg_arena_done(&teller->arena);
	*teller = (struct cg_teller){ 0 };
}
