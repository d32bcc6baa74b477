/*
 * See session.h. A line is a verb and its words; what the verbs are, their table at the end of this file says.
 *
 *     init A ERRNO(EPERM)          a context by its letter; NULL and junk stand for pointers that are none
 *     rule A ALLOW socket a0 == 2 a1 & 0xf == 1
 *     ask A x86:socketcall(1)      what the filter that it exports answers to a call
 *     judge A                      does the filter that it exports mean what its model says: `the same`
 */
#include "session.h"

#include "step.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

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

/* ---- the table */

#define NEEDS(function) offsetof(struct compat_library, function)

static const struct {
	const char *name;
	bool (*run)(struct step *step);
	size_t needs; /* the function that it calls, which a library may lack */
} verbs[] = {
	{ "init", compat_do_init, NEEDS(init) },
	{ "reset", compat_do_reset, NEEDS(reset) },
	{ "release", compat_do_release, NEEDS(release) },
	{ "forget", compat_do_forget, NEEDS(version) },
	{ "merge", compat_do_merge, NEEDS(merge) },
	{ "arch_add", compat_do_arch_add, NEEDS(arch_add) },
	{ "arch_remove", compat_do_arch_remove, NEEDS(arch_remove) },
	{ "arch_exist", compat_do_arch_exist, NEEDS(arch_exist) },
	{ "arch_native", compat_do_arch_native, NEEDS(arch_native) },
	{ "arch_resolve_name", compat_do_arch_resolve_name, NEEDS(arch_resolve_name) },
	{ "attr_set", compat_do_attr_set, NEEDS(attr_set) },
	{ "attr_get", compat_do_attr_get, NEEDS(attr_get) },
	{ "resolve_name", compat_do_resolve_name, NEEDS(syscall_resolve_name) },
	{ "resolve_name_arch", compat_do_resolve_name_arch, NEEDS(syscall_resolve_name_arch) },
	{ "resolve_name_rewrite", compat_do_resolve_name_rewrite, NEEDS(syscall_resolve_name_rewrite) },
	{ "resolve_num_arch", compat_do_resolve_num_arch, NEEDS(syscall_resolve_num_arch) },
	{ "api_get", compat_do_api_get, NEEDS(api_get) },
	{ "api_set", compat_do_api_set, NEEDS(api_set) },
	{ "rule", compat_do_rule, NEEDS(rule_add_array) },
	{ "rule_exact", compat_do_rule_exact, NEEDS(rule_add_exact_array) },
	{ "rule_varying", compat_do_rule_varying, NEEDS(rule_add) },
	{ "rule_exact_varying", compat_do_rule_exact_varying, NEEDS(rule_add_exact) },
	{ "rule_without_array", compat_do_rule_without_array, NEEDS(rule_add_array) },
	{ "priority", compat_do_priority, NEEDS(syscall_priority) },
	{ "export", compat_do_export, NEEDS(export_bpf) },
	{ "export_pfc", compat_do_export_pfc, NEEDS(export_pfc) },
	{ "export_mem", compat_do_export_mem, NEEDS(export_bpf_mem) },
	{ "ask", compat_do_ask, NEEDS(export_bpf) },
	{ "precompute", compat_do_precompute, NEEDS(precompute) },
	{ "transaction_start", compat_do_transaction_start, NEEDS(transaction_start) },
	{ "transaction_commit", compat_do_transaction_commit, NEEDS(transaction_commit) },
	{ "transaction_reject", compat_do_transaction_reject, NEEDS(transaction_reject) },
	{ "load", compat_do_load, NEEDS(load) },
	{ "notify_fd", compat_do_notify_fd, NEEDS(notify_fd) },
	{ "notify_alloc", compat_do_notify_alloc, NEEDS(notify_alloc) },
	{ "notify_id_valid", compat_do_notify_id_valid, NEEDS(notify_id_valid) },
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
		compat_forget_transactions(context_left);
		context_left->handle = NULL;
	}
}
