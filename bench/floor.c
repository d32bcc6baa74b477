/*
 * Runs a command while programs that do nothing hang at sys_enter and sys_exit: what the kernel charges every call of
 * the machine for being watched at all, whoever watches.
 *
 * In: -n or -x for one of the two places alone, and a command. Out: its own output and status. Needs root; 4 where the
 * kernel refuses.
 */
#include <linux/bpf.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static int attach_nothing(const char *place)
{
	const struct bpf_insn insns[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	union bpf_attr attributes;
	int program;

	memset(&attributes, 0, sizeof(attributes));
	attributes.prog_type = BPF_PROG_TYPE_RAW_TRACEPOINT;
	attributes.insns = (uintptr_t)insns;
	attributes.insn_cnt = 2;
	attributes.license = (uintptr_t) "GPL";
	program = (int)syscall(SYS_bpf, BPF_PROG_LOAD, &attributes, sizeof(attributes));
	memset(&attributes, 0, sizeof(attributes));
	attributes.raw_tracepoint.name = (uintptr_t)place;
	attributes.raw_tracepoint.prog_fd = (uint32_t)program;
	return program < 0 ? -1 :
			     (int)syscall(SYS_bpf, BPF_RAW_TRACEPOINT_OPEN, &attributes, sizeof(attributes));
}

int main(int argc, char **argv)
{
	const char *only = argc > 1 && argv[1][0] == '-' ? argv[1] : "";
	int status = -1;
	pid_t pid;

	if (*only) {
		argv++;
		argc--;
	}
	if (argc < 2 || (strcmp(only, "-x") != 0 && attach_nothing("sys_enter") < 0) ||
	    (strcmp(only, "-n") != 0 && attach_nothing("sys_exit") < 0)) {
		fprintf(stderr, "%s: needs a command, and the right to attach eBPF programs\n", argv[0]);
		return 4;
	}
	/* The descriptors stay with this process: they are closed at the child's exec. */
	pid = fork();
	if (pid == 0) {
		execvp(argv[1], argv + 1);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return 1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
