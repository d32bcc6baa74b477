/*
 * One step of a script, for the files that do them.
 *
 * In: the words of a line. Out: what they stand for (contexts, numbers, actions, tokens, comparisons), and the answer
 * as text. Only for steps_*.c and session.c.
 */
#ifndef COMPAT_STEP_H
#define COMPAT_STEP_H

#include "session.h"

#include "abi/action.h"
#include "abi/errnos.h"
#include "base/cleanup.h"
#include "base/num.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define N_COMPARISONS_MAX 16

struct step {
	struct compat_session *session;
	const struct compat_library *library;
	char text[1024];
	char *words[COMPAT_WORDS_LIMIT];
	size_t n_words;
};

/* ---- answers */

static inline bool answer(struct step *step, const char *text)
{
	snprintf(step->session->answer, COMPAT_ANSWER_SIZE, "%s", text);
	return true;
}

static inline bool answer_number(struct step *step, long long number)
{
	snprintf(step->session->answer, COMPAT_ANSWER_SIZE, "%lld", number);
	return true;
}

static inline bool answer_hex(struct step *step, unsigned long number)
{
	snprintf(step->session->answer, COMPAT_ANSWER_SIZE, "0x%lx", number);
	return true;
}

/* Return codes are told by name: EINVAL is -EINVAL; anything but a negative errno as a number. */
static inline bool answer_code(struct step *step, int code)
{
	const char *name = code < 0 ? cg_errno_name((unsigned int)-code) : NULL;

	return name ? answer(step, name) : answer_number(step, code);
}

static inline bool unreadable(struct step *step, const char *what)
{
	snprintf(step->session->answer, COMPAT_ANSWER_SIZE, "cannot read this line: %s", what);
	return false;
}

/* ---- words */

static inline const char *word(const struct step *step, size_t i)
{
	return i < step->n_words ? step->words[i] : "";
}

static inline struct compat_context *context(const struct step *step, size_t i)
{
	const char *text = word(step, i);

	if (text[0] < 'A' || text[0] >= 'A' + COMPAT_N_CONTEXTS || text[1])
		return NULL;
	return &step->session->contexts[text[0] - 'A'];
}

/* Memory that is no context: a library has to look before it believes. */
static uint64_t junk[512];

static inline scmp_filter_ctx handle(const struct step *step, size_t i)
{
	struct compat_context *found = context(step, i);

	if (found)
		return found->handle;
	return strcmp(word(step, i), "junk") == 0 ? (scmp_filter_ctx)junk : NULL;
}

static inline uint64_t number(const struct step *step, size_t i)
{
	const char *text = word(step, i);
	uint64_t value = 0;

	if (*text == '-')
		return cg_num_parse(text + 1, strlen(text + 1), &value) ? -value : 0;
	cg_num_parse(text, strlen(text), &value);
	return value;
}

static inline bool is_number(const char *text)
{
	uint64_t value;

	text += *text == '-';
	return cg_num_parse(text, strlen(text), &value);
}

static inline uint32_t action(const struct step *step, size_t i)
{
	uint32_t value;

	if (cg_action_parse(word(step, i), &value))
		return value;
	return (uint32_t)number(step, i);
}

static inline uint32_t token(const struct step *step, size_t i)
{
	const struct cg_arch *arch = cg_arch_find(word(step, i));

	return arch ? arch->scmp_token : (uint32_t)number(step, i);
}

static inline const struct cg_arch *arch_of(uint32_t scmp_token)
{
	if (scmp_token == SCMP_ARCH_NATIVE)
		return cg_arch_native();
	for (size_t i = 0; i < cg_n_arches; i++)
		if (cg_arches[i].scmp_token == scmp_token)
			return &cg_arches[i];
	return NULL;
}

/* A number as it stands, or a name as the library itself resolves it; the pseudo numbers are the same everywhere. */
static inline int call_number(const struct step *step, size_t i)
{
	const char *text = word(step, i);

	return is_number(text) ? (int)number(step, i) : step->library->syscall_resolve_name(text);
}

static const struct {
	const char *name;
	enum scmp_filter_attr value;
} attributes[] = {
	{ "ACT_DEFAULT", SCMP_FLTATR_ACT_DEFAULT },   { "ACT_BADARCH", SCMP_FLTATR_ACT_BADARCH },
	{ "CTL_NNP", SCMP_FLTATR_CTL_NNP },           { "CTL_TSYNC", SCMP_FLTATR_CTL_TSYNC },
	{ "API_TSKIP", SCMP_FLTATR_API_TSKIP },       { "CTL_LOG", SCMP_FLTATR_CTL_LOG },
	{ "CTL_SSB", SCMP_FLTATR_CTL_SSB },           { "CTL_OPTIMIZE", SCMP_FLTATR_CTL_OPTIMIZE },
	{ "API_SYSRAWRC", SCMP_FLTATR_API_SYSRAWRC }, { "CTL_WAITKILL", SCMP_FLTATR_CTL_WAITKILL },
};

static inline enum scmp_filter_attr attribute(const struct step *step, size_t i)
{
	for (size_t j = 0; j < CG_N_ITEMS(attributes); j++)
		if (strcmp(attributes[j].name, word(step, i)) == 0)
			return attributes[j].value;
	return (enum scmp_filter_attr)number(step, i);
}

static inline enum scmp_compare operator_of(const char *text)
{
	static const char *const names[] = { "!=", "<", "<=", "==", ">=", ">", "&" };

	for (size_t i = 0; i < CG_N_ITEMS(names); i++)
		if (strcmp(names[i], text) == 0)
			return (enum scmp_compare)(SCMP_CMP_NE + i);
	return (enum scmp_compare)atoi(text + (*text == '#')); /* #9: an operator that there is not */
}

/* Words from `i` on: a0 == 5, or a0 & MASK == DATUM; "&&" between them may be left out. */
static inline bool read_comparisons(const struct step *step, size_t i, struct scmp_arg_cmp *ret, unsigned int *ret_n)
{
	unsigned int n = 0;

	while (i < step->n_words && n < N_COMPARISONS_MAX) {
		struct scmp_arg_cmp *to = &ret[n];

		if (strcmp(word(step, i), "&&") == 0) {
			i++;
			continue;
		}
		if (word(step, i)[0] != 'a' || i + 2 >= step->n_words)
			return false;
		to->arg = (unsigned int)atoi(word(step, i) + 1);
		to->op = operator_of(word(step, i + 1));
		to->datum_a = number(step, i + 2);
		to->datum_b = 0;
		i += 3;
		if (to->op == SCMP_CMP_MASKED_EQ) {
			to->datum_b = number(step, i + 1);
			i += 2;
		}
		n++;
	}
	*ret_n = n;
	return true;
}

/* ---- what can be done: the table in session.c names them */

bool compat_do_transaction_start(struct step *step);
bool compat_do_transaction_commit(struct step *step);
bool compat_do_transaction_reject(struct step *step);
bool compat_do_init(struct step *step);
bool compat_do_reset(struct step *step);
bool compat_do_release(struct step *step);
bool compat_do_forget(struct step *step);
bool compat_do_merge(struct step *step);
bool compat_do_arch_add(struct step *step);
bool compat_do_arch_remove(struct step *step);
bool compat_do_arch_exist(struct step *step);
bool compat_do_attr_set(struct step *step);
bool compat_do_attr_get(struct step *step);
bool compat_do_resolve_name(struct step *step);
bool compat_do_resolve_name_arch(struct step *step);
bool compat_do_resolve_name_rewrite(struct step *step);
bool compat_do_resolve_num_arch(struct step *step);
bool compat_do_arch_resolve_name(struct step *step);
bool compat_do_arch_native(struct step *step);
bool compat_do_api_get(struct step *step);
bool compat_do_api_set(struct step *step);
bool compat_do_rule(struct step *step);
bool compat_do_rule_exact(struct step *step);
bool compat_do_rule_varying(struct step *step);
bool compat_do_rule_exact_varying(struct step *step);
bool compat_do_rule_without_array(struct step *step);
bool compat_do_priority(struct step *step);
bool compat_do_export(struct step *step);
bool compat_do_export_pfc(struct step *step);
bool compat_do_export_mem(struct step *step);
bool compat_do_ask(struct step *step);
bool compat_do_precompute(struct step *step);
bool compat_do_load(struct step *step);
bool compat_do_notify_fd(struct step *step);
bool compat_do_notify_alloc(struct step *step);
bool compat_do_notify_id_valid(struct step *step);
void compat_forget_transactions(struct compat_context *of);

#endif
