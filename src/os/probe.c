/*
 * The table of features, and the child that each is tried in. See probe.h.
 */
#include "os/probe.h"

#include "abi/action.h"
#include "base/cleanup.h"
#include "os/probe_rows.h"
#include "os/seccomp.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define TIME_LIMIT 5 /* seconds that one probe may take */

const struct cg_feature cg_features[] = {
	{ "strict mode", "seccomp", cg_probe_strict },
	{ "filter mode", "seccomp", cg_probe_filter },
	{ "filter mode without no_new_privs", "seccomp", cg_probe_filter_privileged },

	{ "KILL_PROCESS", "action", cg_probe_kill_process },
	{ "KILL_THREAD", "action", cg_probe_kill_thread },
	{ "TRAP", "action", cg_probe_trap },
	{ "ERRNO", "action", cg_probe_action_errno },
	{ "USER_NOTIF", "action", cg_probe_notify },
	{ "TRACE", "action", cg_probe_action_trace },
	{ "LOG", "action", cg_probe_action_log },
	{ "ALLOW", "action", cg_probe_action_allow },

	{ "TSYNC", "flag", cg_probe_tsync },
	{ "FLAG_LOG", "flag", cg_probe_flag_log },
	{ "SPEC_ALLOW", "flag", cg_probe_spec_allow },
	{ "NEW_LISTENER", "flag", cg_probe_new_listener },
	{ "TSYNC_ESRCH", "flag", cg_probe_tsync_esrch },
	{ "WAIT_KILLABLE_RECV", "flag", cg_probe_wait_killable },

	{ "answer CONTINUE", "notification", cg_probe_continue },
	{ "ADDFD", "notification", cg_probe_add_fd },
	{ "ADDFD with SEND", "notification", cg_probe_add_fd_send },
	{ "SYNC_WAKE_UP", "notification", cg_probe_sync_wake_up },
	{ "hang-up of the listener", "notification", cg_probe_hangup },

	{ "ptrace", "looking in", cg_probe_seize },
	{ "Yama", "looking in", cg_probe_yama },
	{ "reading filters back", "looking in", cg_probe_get_filter },

	{ "actions_logged", "log", cg_probe_actions_logged },
	{ "kernel log", "log", cg_probe_kmsg },
	{ "audit multicast", "log", cg_probe_audit },

	{ "BTF", "eBPF", cg_probe_btf },
	{ "raw tracepoint", "eBPF", cg_probe_raw_tracepoint },
	{ "tp_btf", "eBPF", cg_probe_tp_btf },
	{ "fentry", "eBPF", cg_probe_fentry },
	{ "BPF LSM", "eBPF", cg_probe_bpf_lsm },
	{ "record --backend ebpf", "eBPF", cg_probe_recorder },
	{ "monitor --source ebpf", "eBPF", cg_probe_watcher },

	{ "i386 calls", "machine", cg_probe_i386 },
	{ "x32 calls", "machine", cg_probe_x32 },
	{ "Landlock", "machine", cg_probe_landlock },
	{ "user namespaces", "machine", cg_probe_user_namespace },
	{ "cgroups", "machine", cg_probe_cgroup },

	{ "docker", "engine", cg_probe_docker },
	{ "podman", "engine", cg_probe_podman },
	{ "containerd", "engine", cg_probe_containerd },
	{ "cri-o", "engine", cg_probe_crio },
	{ "runc", "engine", cg_probe_runc },
	{ "crun", "engine", cg_probe_crun },
};

const size_t cg_n_features = CG_N_ITEMS(cg_features);

const struct cg_feature *cg_feature_find(const char *name)
{
	for (size_t i = 0; i < cg_n_features; i++)
		if (strcmp(cg_features[i].name, name) == 0)
			return &cg_features[i];
	return NULL;
}

const char *cg_feature_state_name(enum cg_feature_state state)
{
	static const char *const names[] = { "no", "limited", "yes" };

	return names[state];
}

static void answer_with(struct cg_feature_answer *answer, enum cg_feature_state state, const char *remedy,
			const char *format, va_list args)
{
	answer->state = state;
	vsnprintf(answer->detail, sizeof(answer->detail), format, args);
	snprintf(answer->remedy, sizeof(answer->remedy), "%s", remedy);
}

void cg_probe_yes(struct cg_feature_answer *answer, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	answer_with(answer, CG_FEATURE_YES, "", format, args);
	va_end(args);
}

void cg_probe_limited(struct cg_feature_answer *answer, const char *remedy, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	answer_with(answer, CG_FEATURE_LIMITED, remedy, format, args);
	va_end(args);
}

void cg_probe_no(struct cg_feature_answer *answer, const char *remedy, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	answer_with(answer, CG_FEATURE_NO, remedy, format, args);
	va_end(args);
}

void cg_probe_errno(struct cg_feature_answer *answer, const char *remedy, const char *what)
{
	cg_probe_no(answer, remedy, "%s: %s", what, strerror(errno));
}

int cg_probe_load(uint32_t action, unsigned int flags)
{
	struct sock_filter insns[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getppid, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, action),
		BPF_STMT(BPF_RET | BPF_K, CG_ACTION_ALLOW),
	};
	const struct cg_filter filter = {
		.insns = insns,
		.n_insns = CG_N_ITEMS(insns),
		.is_big_endian = __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__,
	};
	int listener = 0, r = cg_no_new_privs_set(NULL);

	if (r == 0)
		r = cg_seccomp_load(&filter, flags, &listener, NULL);
	errno = -r;
	return r < 0 ? r : listener;
}

pid_t cg_probe_fork(void)
{
	pid_t pid = fork();

	/* A probe that is cut off by its time limit leaves no child behind. */
	if (pid == 0)
		prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	return pid;
}

/* Not declared to not return: AddressSanitizer makes calls of its own before such a function. */
void cg_probe_leave(int status)
{
	syscall(SYS_exit_group, status);
}

int cg_probe_wait(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, __WALL) < 0)
		if (errno != EINTR)
			return -1;
	return status;
}

static void run_probe(const struct cg_feature *feature, struct cg_feature_answer *answer)
{
	const struct rlimit none = { 0, 0 };
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	sigset_t mask;

	/* Its own group, so that all it starts can be ended with it. */
	setpgid(0, 0);
	sigemptyset(&mask);
	sigprocmask(SIG_SETMASK, &mask, NULL);
	signal(SIGALRM, SIG_DFL);
	signal(SIGCHLD, SIG_DFL);
	alarm(TIME_LIMIT);
	setrlimit(RLIMIT_CORE, &none);
	for (int fd = 0; null >= 0 && fd <= 2; fd++)
		dup2(null, fd);
	feature->probe(answer);
	cg_probe_leave(0);
}

/* What a probe left running is ended and waited for here: not every init cares for orphans. */
static void end_group(pid_t group)
{
	kill(-group, SIGKILL);
	while (waitpid(-group, NULL, __WALL) > 0 || errno == EINTR)
		;
}

static int run_in_group(const struct cg_feature *feature, struct cg_feature_answer *answer)
{
	int was_reaper = 0, status;
	pid_t pid;

	prctl(PR_GET_CHILD_SUBREAPER, &was_reaper, 0, 0, 0);
	prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	pid = fork();
	if (pid == 0)
		run_probe(feature, answer);
	status = pid < 0 ? -1 : cg_probe_wait(pid);
	if (pid > 0)
		end_group(pid);
	prctl(PR_SET_CHILD_SUBREAPER, was_reaper, 0, 0, 0);
	return status;
}

void cg_feature_try(const struct cg_feature *feature, struct cg_feature_answer *ret_answer)
{
	struct cg_feature_answer *answer;
	int status;

	/* Shared: a probe may have lost the right to tell in any other way. */
	answer = mmap(NULL, sizeof(*answer), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (answer == MAP_FAILED) {
		cg_probe_no(ret_answer, "", "not tried: out of memory");
		return;
	}
	status = run_in_group(feature, answer);
	*ret_answer = *answer;
	munmap(answer, sizeof(*answer));
	if (status < 0)
		cg_probe_errno(ret_answer, "", "not tried: fork");
	else if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM)
		cg_probe_no(ret_answer, "", "no answer within %d seconds", TIME_LIMIT);
	else if (status != 0)
		cg_probe_no(ret_answer, "", "the process that tried it was ended by signal %d",
			    WIFSIGNALED(status) ? WTERMSIG(status) : 0);
}
