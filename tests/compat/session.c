/*
 * See session.h. A line is a verb and its words; what the verbs are, their table at the end of this file says.
 *
 *     init A ERRNO(EPERM)          a context by its letter; NULL and junk stand for pointers that are none
 *     rule A ALLOW socket a0 == 2 a1 & 0xf == 1
 *     ask A x86:socketcall(1)      what the filter that it exports answers to a call
 *     judge A                      does the filter that it exports mean what its model says: `the same`
 */
#include "session.h"

#include "abi/action.h"
#include "abi/call_text.h"
#include "abi/errnos.h"
#include "base/cleanup.h"
#include "base/num.h"
#include "check/check.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define N_COMPARISONS_MAX 16

struct step {
	struct compat_session *session;
	const struct compat_library *library;
	char text[1024];
	char *words[COMPAT_WORDS_LIMIT];
	size_t n_words;
};

/* ---- answers */

static bool answer(struct step *step, const char *text)
{
	snprintf(step->session->answer, COMPAT_ANSWER_SIZE, "%s", text);
	return true;
}

static bool answer_number(struct step *step, long long number)
{
	snprintf(step->session->answer, COMPAT_ANSWER_SIZE, "%lld", number);
	return true;
}

static bool answer_hex(struct step *step, unsigned long number)
{
	snprintf(step->session->answer, COMPAT_ANSWER_SIZE, "0x%lx", number);
	return true;
}

/* Return codes are told by name: EINVAL is -EINVAL; anything but a negative errno as a number. */
static bool answer_code(struct step *step, int code)
{
	const char *name = code < 0 ? cg_errno_name((unsigned int)-code) : NULL;

	return name ? answer(step, name) : answer_number(step, code);
}

static bool unreadable(struct step *step, const char *what)
{
	snprintf(step->session->answer, COMPAT_ANSWER_SIZE, "cannot read this line: %s", what);
	return false;
}

/* ---- words */

static const char *word(const struct step *step, size_t i)
{
	return i < step->n_words ? step->words[i] : "";
}

static struct compat_context *context(const struct step *step, size_t i)
{
	const char *text = word(step, i);

	if (text[0] < 'A' || text[0] >= 'A' + COMPAT_N_CONTEXTS || text[1])
		return NULL;
	return &step->session->contexts[text[0] - 'A'];
}

/* Memory that is no context: a library has to look before it believes. */
static uint64_t junk[512];

static scmp_filter_ctx handle(const struct step *step, size_t i)
{
	struct compat_context *found = context(step, i);

	if (found)
		return found->handle;
	return strcmp(word(step, i), "junk") == 0 ? (scmp_filter_ctx)junk : NULL;
}

static uint64_t number(const struct step *step, size_t i)
{
	const char *text = word(step, i);
	uint64_t value = 0;

	if (*text == '-')
		return cg_num_parse(text + 1, strlen(text + 1), &value) ? -value : 0;
	cg_num_parse(text, strlen(text), &value);
	return value;
}

static bool is_number(const char *text)
{
	uint64_t value;

	text += *text == '-';
	return cg_num_parse(text, strlen(text), &value);
}

static uint32_t action(const struct step *step, size_t i)
{
	uint32_t value;

	if (cg_action_parse(word(step, i), &value))
		return value;
	return (uint32_t)number(step, i);
}

static uint32_t token(const struct step *step, size_t i)
{
	const struct cg_arch *arch = cg_arch_find(word(step, i));

	return arch ? arch->scmp_token : (uint32_t)number(step, i);
}

static const struct cg_arch *arch_of(uint32_t scmp_token)
{
	if (scmp_token == SCMP_ARCH_NATIVE)
		return cg_arch_native();
	for (size_t i = 0; i < cg_n_arches; i++)
		if (cg_arches[i].scmp_token == scmp_token)
			return &cg_arches[i];
	return NULL;
}

/* A number as it stands, or a name as the library itself resolves it; the pseudo numbers are the same everywhere. */
static int call_number(const struct step *step, size_t i)
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

static enum scmp_filter_attr attribute(const struct step *step, size_t i)
{
	for (size_t j = 0; j < CG_N_ITEMS(attributes); j++)
		if (strcmp(attributes[j].name, word(step, i)) == 0)
			return attributes[j].value;
	return (enum scmp_filter_attr)number(step, i);
}

/* ---- transactions */

static void forget_transactions(struct compat_context *of)
{
	while (of->n_before)
		compat_model_done(&of->before[--of->n_before]);
}

static bool do_transaction_start(struct step *step)
{
	int r = step->library->transaction_start(handle(step, 1));
	struct compat_context *of = context(step, 1);

	if (r == 0 && of && of->n_before == COMPAT_N_TRANSACTIONS)
		return unreadable(step, "too many transactions");
	if (r == 0 && of)
		compat_model_copy(&of->before[of->n_before++], &of->model);
	return answer_code(step, r);
}

static bool do_transaction_commit(struct step *step)
{
	int r = step->library->transaction_commit(handle(step, 1));
	struct compat_context *of = context(step, 1);

	if (r == 0 && of && of->n_before)
		compat_model_done(&of->before[--of->n_before]);
	return answer_code(step, r);
}

static bool do_transaction_reject(struct step *step)
{
	struct compat_context *of = context(step, 1);

	step->library->transaction_reject(handle(step, 1));
	if (of && of->n_before) {
		compat_model_done(&of->model);
		of->model = of->before[--of->n_before];
		of->before[of->n_before] = (struct compat_model){ 0 };
	}
	return answer(step, "0");
}

/* ---- contexts */

static bool do_init(struct step *step)
{
	struct compat_context *to = context(step, 1);

	if (!to)
		return unreadable(step, "which context?");
	to->handle = step->library->init(action(step, 2));
	if (to->handle)
		forget_transactions(to);
	if (to->handle)
		compat_model_reset(&to->model, action(step, 2));
	return answer(step, to->handle ? "0" : "NULL");
}

static bool do_reset(struct step *step)
{
	int r = step->library->reset(handle(step, 1), action(step, 2));

	if (r == 0 && context(step, 1))
		compat_model_reset(&context(step, 1)->model, action(step, 2));
	return answer_code(step, r);
}

/* The handle stays, so that what is done with a released context can be asked. */
static bool do_release(struct step *step)
{
	step->library->release(handle(step, 1));
	if (context(step, 1))
		compat_model_done(&context(step, 1)->model);
	return answer(step, "0");
}

static bool do_forget(struct step *step)
{
	if (context(step, 1))
		context(step, 1)->handle = NULL;
	return answer(step, "0");
}

static bool do_merge(struct step *step)
{
	int r = step->library->merge(handle(step, 1), handle(step, 2));

	if (r == 0 && context(step, 1) && context(step, 2)) {
		compat_model_merge(&context(step, 1)->model, &context(step, 2)->model);
		context(step, 2)->handle = NULL;
	}
	return answer_code(step, r);
}

static bool do_arch_add(struct step *step)
{
	int r = step->library->arch_add(handle(step, 1), token(step, 2));

	if (r == 0 && context(step, 1) && arch_of(token(step, 2)))
		compat_model_add_arch(&context(step, 1)->model, arch_of(token(step, 2)));
	return answer_code(step, r);
}

static bool do_arch_remove(struct step *step)
{
	int r = step->library->arch_remove(handle(step, 1), token(step, 2));

	if (r == 0 && context(step, 1))
		compat_model_remove_arch(&context(step, 1)->model, arch_of(token(step, 2)));
	return answer_code(step, r);
}

static bool do_arch_exist(struct step *step)
{
	return answer_code(step, step->library->arch_exist(handle(step, 1), token(step, 2)));
}

static bool do_attr_set(struct step *step)
{
	uint32_t value = action(step, 3);
	int r = step->library->attr_set(handle(step, 1), attribute(step, 2), value);

	if (r == 0 && context(step, 1) && attribute(step, 2) == SCMP_FLTATR_ACT_BADARCH)
		context(step, 1)->model.bad_arch_action = value;
	return answer_code(step, r);
}

static bool do_attr_get(struct step *step)
{
	uint32_t value = 0xdeadbeef;
	int r = step->library->attr_get(handle(step, 1), attribute(step, 2), &value);

	return r == 0 ? answer_hex(step, value) : answer_code(step, r);
}

/* ---- names */

static const char *text_or_null(const struct step *step, size_t i)
{
	return strcmp(word(step, i), "NULL") == 0 ? NULL : word(step, i);
}

static bool do_resolve_name(struct step *step)
{
	return answer_number(step, step->library->syscall_resolve_name(text_or_null(step, 1)));
}

static bool do_resolve_name_arch(struct step *step)
{
	return answer_number(step, step->library->syscall_resolve_name_arch(token(step, 1), text_or_null(step, 2)));
}

static bool do_resolve_name_rewrite(struct step *step)
{
	return answer_number(step, step->library->syscall_resolve_name_rewrite(token(step, 1), text_or_null(step, 2)));
}

static bool do_resolve_num_arch(struct step *step)
{
	CG_FREE char *name = step->library->syscall_resolve_num_arch(token(step, 1), (int)number(step, 2));

	return answer(step, name ? name : "NULL");
}

static bool do_arch_resolve_name(struct step *step)
{
	return answer_hex(step, step->library->arch_resolve_name(text_or_null(step, 1)));
}

static bool do_arch_native(struct step *step)
{
	return answer_hex(step, step->library->arch_native());
}

static bool do_api_get(struct step *step)
{
	return answer_number(step, step->library->api_get());
}

static bool do_api_set(struct step *step)
{
	return answer_code(step, step->library->api_set((unsigned int)number(step, 1)));
}

/* ---- rules */

static enum scmp_compare operator_of(const char *text)
{
	static const char *const names[] = { "!=", "<", "<=", "==", ">=", ">", "&" };

	for (size_t i = 0; i < CG_N_ITEMS(names); i++)
		if (strcmp(names[i], text) == 0)
			return (enum scmp_compare)(SCMP_CMP_NE + i);
	return (enum scmp_compare)atoi(text + (*text == '#')); /* #9: an operator that there is not */
}

/* Words from `i` on: a0 == 5, or a0 & MASK == DATUM; "&&" between them may be left out. */
static bool read_comparisons(const struct step *step, size_t i, struct scmp_arg_cmp *ret, unsigned int *ret_n)
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

static void tell_model(struct step *step, const struct scmp_arg_cmp *comparisons, unsigned int n)
{
	const struct cg_syscall *call = cg_syscall_of_nr(cg_arch_native(), (uint32_t)call_number(step, 3));
	const char *name = call ? call->name : is_number(word(step, 3)) ? NULL : word(step, 3);

	if (context(step, 1))
		compat_model_add_rule(&context(step, 1)->model, action(step, 2), name, call_number(step, 3),
				      comparisons, n);
}

typedef int rule_function(scmp_filter_ctx, uint32_t, int, unsigned int, const struct scmp_arg_cmp *);
typedef int rule_function_varying(scmp_filter_ctx, uint32_t, int, unsigned int, ...);

static bool add_rule(struct step *step, rule_function *function)
{
	struct scmp_arg_cmp comparisons[N_COMPARISONS_MAX];
	unsigned int n;
	int r;

	if (!read_comparisons(step, 4, comparisons, &n))
		return unreadable(step, "comparisons are a0 == 5, or a0 & MASK == DATUM");
	r = function(handle(step, 1), action(step, 2), call_number(step, 3), n, comparisons);
	if (r == 0)
		tell_model(step, comparisons, n);
	return answer_code(step, r);
}

/* Through the variable arguments: up to two of them are enough to see that they are read. */
static bool add_rule_varying(struct step *step, rule_function_varying *function)
{
	struct scmp_arg_cmp comparisons[N_COMPARISONS_MAX];
	unsigned int n;
	int r;

	if (!read_comparisons(step, 4, comparisons, &n) || n > 2)
		return unreadable(step, "at most two comparisons here");
	r = function(handle(step, 1), action(step, 2), call_number(step, 3), n, comparisons[0], comparisons[1]);
	if (r == 0)
		tell_model(step, comparisons, n);
	return answer_code(step, r);
}

static bool do_rule(struct step *step)
{
	return add_rule(step, step->library->rule_add_array);
}

static bool do_rule_exact(struct step *step)
{
	return add_rule(step, step->library->rule_add_exact_array);
}

static bool do_rule_varying(struct step *step)
{
	return add_rule_varying(step, step->library->rule_add);
}

static bool do_rule_exact_varying(struct step *step)
{
	return add_rule_varying(step, step->library->rule_add_exact);
}

/* A count of comparisons, and none behind the pointer. */
static bool do_rule_without_array(struct step *step)
{
	int r = step->library->rule_add_array(handle(step, 1), action(step, 2), call_number(step, 3),
					      (unsigned int)number(step, 4), NULL);

	if (r == 0)
		tell_model(step, NULL, 0);
	return answer_code(step, r);
}

static bool do_priority(struct step *step)
{
	return answer_code(step, step->library->syscall_priority(handle(step, 1), call_number(step, 2),
								 (uint8_t)number(step, 3)));
}

/* ---- filters */

static int read_all(int fd, void **ret_bytes, size_t *ret_length)
{
	struct stat status;
	void *bytes;

	if (fstat(fd, &status) < 0)
		return -errno;
	bytes = malloc((size_t)status.st_size + 1);
	if (!bytes || pread(fd, bytes, (size_t)status.st_size, 0) != status.st_size) {
		free(bytes);
		return -EIO;
	}
	*ret_bytes = bytes;
	*ret_length = (size_t)status.st_size;
	return 0;
}

int compat_session_export(struct compat_session *session, struct compat_context *from, struct cg_filter **ret_filter)
{
	bool is_big_endian = from->model.n_arches && from->model.arches[0]->is_big_endian;
	int fd = memfd_create("filter", MFD_CLOEXEC);
	CG_FREE void *bytes = NULL;
	struct cg_filter *filter = NULL;
	size_t length = 0;
	int r = session->library->export_bpf(from->handle, fd);

	if (r == 0)
		r = read_all(fd, &bytes, &length);
	close(fd);
	if (r < 0)
		return r;
	if (cg_filter_decode("exported", bytes, length, is_big_endian, &filter, NULL) < 0 ||
	    cg_filter_check(filter, NULL) < 0) {
		cg_filter_free(filter);
		return -EPROTO;
	}
	*ret_filter = filter;
	return 0;
}

static bool do_export(struct step *step)
{
	int fd = memfd_create("filter", MFD_CLOEXEC);
	int r = step->library->export_bpf(handle(step, 1), strcmp(word(step, 2), "-1") ? fd : -1);

	close(fd);
	return answer_code(step, r);
}

static bool do_export_pfc(struct step *step)
{
	int fd = memfd_create("filter", MFD_CLOEXEC);
	int r = step->library->export_pfc(handle(step, 1), strcmp(word(step, 2), "-1") ? fd : -1);

	close(fd);
	return answer_code(step, r);
}

/* export_mem A SIZE: into so many bytes; `full`, what the function itself asks for; `count`, no bytes at all. */
static bool do_export_mem(struct step *step)
{
	char bytes[4096 * 8];
	size_t length = sizeof(bytes);
	bool is_count = strcmp(word(step, 2), "count") == 0;
	int r;

	if (is_number(word(step, 2)))
		length = number(step, 2);
	r = step->library->export_bpf_mem(handle(step, 1), is_count ? NULL : bytes,
					  strcmp(word(step, 2), "NULL") ? &length : NULL);
	if (r == 0 && (length == 0 || length % 8 || length > sizeof(bytes)))
		return answer(step, "0, and a length that no filter has");
	return answer_code(step, r);
}

static bool do_ask(struct step *step)
{
	struct compat_context *from = context(step, 1);
	struct cg_filter *filter = NULL;
	struct cg_text text = { 0 };
	struct cg_call call;
	struct cg_err err = { 0 };
	int r;

	if (!from || cg_call_parse(cg_arch_find(word(step, 2)), word(step, 3), &call, &err) < 0)
		return unreadable(step, *err.message ? err.message : "which context?");
	r = compat_session_export(step->session, from, &filter);
	if (r < 0)
		return answer_code(step, r);
	cg_action_format(&text, cg_filter_run(filter, &call, NULL));
	answer(step, cg_text_get(&text));
	cg_text_done(&text);
	cg_filter_free(filter);
	return true;
}

static bool do_precompute(struct step *step)
{
	return answer_code(step, step->library->precompute(handle(step, 1)));
}

/* In a child, as it stays; so that a refusal of exit_group(2) is not seen, the answer lies in memory of both. */
static bool do_load(struct step *step)
{
	int *shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int status, code;
	pid_t pid;

	if (shared == MAP_FAILED)
		return unreadable(step, "no memory");
	*shared = INT32_MIN;
	pid = fork();
	if (pid == 0) {
		*shared = step->library->load(handle(step, 1));
		_exit(0);
	}
	waitpid(pid, &status, 0);
	code = *shared;
	munmap(shared, sizeof(*shared));
	return code == INT32_MIN ? answer(step, "died") : answer_code(step, code);
}

static bool do_notify_fd(struct step *step)
{
	return answer_number(step, step->library->notify_fd(handle(step, 1)));
}

static bool do_notify_alloc(struct step *step)
{
	struct seccomp_notif *request = NULL;
	struct seccomp_notif_resp *response = NULL;
	int r = step->library->notify_alloc(&request, &response);

	step->library->notify_free(request, response);
	return answer_code(step, r);
}

static bool do_notify_id_valid(struct step *step)
{
	return answer_code(step, step->library->notify_id_valid((int)number(step, 1), number(step, 2)));
}

/* ---- the table */

#define NEEDS(function) offsetof(struct compat_library, function)

static const struct {
	const char *name;
	bool (*run)(struct step *step);
	size_t needs; /* the function that it calls, which a library may lack */
} verbs[] = {
	{ "init", do_init, NEEDS(init) },
	{ "reset", do_reset, NEEDS(reset) },
	{ "release", do_release, NEEDS(release) },
	{ "forget", do_forget, NEEDS(version) },
	{ "merge", do_merge, NEEDS(merge) },
	{ "arch_add", do_arch_add, NEEDS(arch_add) },
	{ "arch_remove", do_arch_remove, NEEDS(arch_remove) },
	{ "arch_exist", do_arch_exist, NEEDS(arch_exist) },
	{ "arch_native", do_arch_native, NEEDS(arch_native) },
	{ "arch_resolve_name", do_arch_resolve_name, NEEDS(arch_resolve_name) },
	{ "attr_set", do_attr_set, NEEDS(attr_set) },
	{ "attr_get", do_attr_get, NEEDS(attr_get) },
	{ "resolve_name", do_resolve_name, NEEDS(syscall_resolve_name) },
	{ "resolve_name_arch", do_resolve_name_arch, NEEDS(syscall_resolve_name_arch) },
	{ "resolve_name_rewrite", do_resolve_name_rewrite, NEEDS(syscall_resolve_name_rewrite) },
	{ "resolve_num_arch", do_resolve_num_arch, NEEDS(syscall_resolve_num_arch) },
	{ "api_get", do_api_get, NEEDS(api_get) },
	{ "api_set", do_api_set, NEEDS(api_set) },
	{ "rule", do_rule, NEEDS(rule_add_array) },
	{ "rule_exact", do_rule_exact, NEEDS(rule_add_exact_array) },
	{ "rule_varying", do_rule_varying, NEEDS(rule_add) },
	{ "rule_exact_varying", do_rule_exact_varying, NEEDS(rule_add_exact) },
	{ "rule_without_array", do_rule_without_array, NEEDS(rule_add_array) },
	{ "priority", do_priority, NEEDS(syscall_priority) },
	{ "export", do_export, NEEDS(export_bpf) },
	{ "export_pfc", do_export_pfc, NEEDS(export_pfc) },
	{ "export_mem", do_export_mem, NEEDS(export_bpf_mem) },
	{ "ask", do_ask, NEEDS(export_bpf) },
	{ "precompute", do_precompute, NEEDS(precompute) },
	{ "transaction_start", do_transaction_start, NEEDS(transaction_start) },
	{ "transaction_commit", do_transaction_commit, NEEDS(transaction_commit) },
	{ "transaction_reject", do_transaction_reject, NEEDS(transaction_reject) },
	{ "load", do_load, NEEDS(load) },
	{ "notify_fd", do_notify_fd, NEEDS(notify_fd) },
	{ "notify_alloc", do_notify_alloc, NEEDS(notify_alloc) },
	{ "notify_id_valid", do_notify_id_valid, NEEDS(notify_id_valid) },
};

static void split(struct step *step, const char *line)
{
	char *rest;

	snprintf(step->text, sizeof(step->text), "%s", line);
	for (char *at = strtok_r(step->text, " \t\n", &rest); at && step->n_words < COMPAT_WORDS_LIMIT;
	     at = strtok_r(NULL, " \t\n", &rest))
		step->words[step->n_words++] = at;
}

bool compat_session_step(struct compat_session *session, const char *line)
{
	struct step step = { .session = session, .library = session->library };

	split(&step, line);
	for (size_t i = 0; i < CG_N_ITEMS(verbs); i++) {
		void *function;

		if (strcmp(verbs[i].name, word(&step, 0)))
			continue;
		memcpy(&function, (const char *)session->library + verbs[i].needs, sizeof(function));
		return function ? verbs[i].run(&step) : answer(&step, "absent");
	}
	return unreadable(&step, "no such verb");
}

void compat_session_done(struct compat_session *session)
{
	for (size_t i = 0; i < COMPAT_N_CONTEXTS; i++) {
		struct compat_context *context_left = &session->contexts[i];

		if (context_left->handle)
			session->library->release(context_left->handle);
		compat_model_done(&context_left->model);
		forget_transactions(context_left);
		context_left->handle = NULL;
	}
}
