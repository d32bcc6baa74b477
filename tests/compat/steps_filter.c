/*
 * Steps about what leaves the library: export, load, notifications.
 */
#include "step.h"

#include "abi/call_text.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- filters */

bool compat_do_export(struct step *step)
{
	int fd = memfd_create("filter", MFD_CLOEXEC);
	int r = step->library->export_bpf(handle(step, 1), strcmp(word(step, 2), "-1") ? fd : -1);

	close(fd);
	return answer_code(step, r);
}

bool compat_do_export_pfc(struct step *step)
{
	int fd = memfd_create("filter", MFD_CLOEXEC);
	int r = step->library->export_pfc(handle(step, 1), strcmp(word(step, 2), "-1") ? fd : -1);

	close(fd);
	return answer_code(step, r);
}

/* export_mem A SIZE: into so many bytes; `full`, what the function itself asks for; `count`, no bytes at all. */
bool compat_do_export_mem(struct step *step)
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

bool compat_do_ask(struct step *step)
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

bool compat_do_precompute(struct step *step)
{
	return answer_code(step, step->library->precompute(handle(step, 1)));
}

/* In a child, as it stays; so that a refusal of exit_group(2) is not seen, the answer lies in memory of both. */
bool compat_do_load(struct step *step)
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

bool compat_do_notify_fd(struct step *step)
{
	return answer_number(step, step->library->notify_fd(handle(step, 1)));
}

bool compat_do_notify_alloc(struct step *step)
{
	struct seccomp_notif *request = NULL;
	struct seccomp_notif_resp *response = NULL;
	int r = step->library->notify_alloc(&request, &response);

	step->library->notify_free(request, response);
	return answer_code(step, r);
}

bool compat_do_notify_id_valid(struct step *step)
{
	return answer_code(step, step->library->notify_id_valid((int)number(step, 1), number(step, 2)));
}

