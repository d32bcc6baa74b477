/*
 * Probes of eBPF: a program of a few instructions is really loaded, attached, and where that says more, run. No
 * library: the bpf(2) call and its attributes are all that is needed. What is attached goes with its descriptor.
 */
#include "os/probe_rows.h"

#include "base/text.h"
#include "os/ebpf.h"
#include "os/ebpf_watch.h"
#include "os/file.h"

#include <errno.h>
#include <linux/bpf.h>
#include <linux/btf.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define BTF_PATH "/sys/kernel/btf/vmlinux"
#define BTF_SIZE_LIMIT ((size_t)128 << 20)
#define NO_BTF "a kernel with CONFIG_DEBUG_INFO_BTF"

/* Of struct bpf_insn: r0 = value; exit */
#define MOVE(value) \
	{ \
		.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = (value) \
	}
#define EXIT \
	{ \
		.code = BPF_JMP | BPF_EXIT \
	}

static const char *remedy(void)
{
	return geteuid() == 0 ? "a container, lockdown or another module refuses it to this root" :
				"be root, or have CAP_BPF and CAP_PERFMON";
}

static int call_bpf(int command, union bpf_attr *attributes)
{
	return (int)syscall(SYS_bpf, command, attributes, sizeof(*attributes));
}

static int load(uint32_t type, uint32_t attach_type, uint32_t btf_id, const struct bpf_insn *insns, size_t n_insns)
{
	union bpf_attr attributes;

	memset(&attributes, 0, sizeof(attributes));
	attributes.prog_type = type;
	attributes.expected_attach_type = attach_type;
	attributes.attach_btf_id = btf_id;
	attributes.insns = (uintptr_t)insns;
	attributes.insn_cnt = (uint32_t)n_insns;
	attributes.license = (uintptr_t) "GPL";
	memcpy(attributes.prog_name, "callgate_probe", sizeof("callgate_probe"));
	return call_bpf(BPF_PROG_LOAD, &attributes);
}

/* `name`: of a raw tracepoint; NULL where the program knows its place by its BTF id. */
static int attach(int program, const char *name)
{
	union bpf_attr attributes;

	memset(&attributes, 0, sizeof(attributes));
	attributes.raw_tracepoint.name = (uintptr_t)name;
	attributes.raw_tracepoint.prog_fd = (uint32_t)program;
	return call_bpf(BPF_RAW_TRACEPOINT_OPEN, &attributes);
}

/* The bytes behind a struct btf_type, by kind (linux/btf.h); -1 for a kind that we do not know. */
static long trailing_size(const struct btf_type *type)
{
	uint32_t n = BTF_INFO_VLEN(type->info);

	switch (BTF_INFO_KIND(type->info)) {
	case BTF_KIND_INT:
	case BTF_KIND_VAR:
	case 17: /* DECL_TAG */
		return 4;
	case BTF_KIND_ARRAY:
		return sizeof(struct btf_array);
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		return (long)(n * sizeof(struct btf_member));
	case BTF_KIND_ENUM:
		return (long)(n * sizeof(struct btf_enum));
	case 19: /* ENUM64 */
		return (long)n * 12;
	case BTF_KIND_FUNC_PROTO:
		return (long)(n * sizeof(struct btf_param));
	case BTF_KIND_DATASEC:
		return (long)(n * sizeof(struct btf_var_secinfo));
	default:
		return BTF_INFO_KIND(type->info) <= 18 ? 0 : -1;
	}
}

/* The id of the type of this kind and name in the kernel's BTF; 0 when there is none. */
static uint32_t find_in(const char *data, size_t length, uint32_t kind, const char *name)
{
	struct btf_header header;
	const char *at, *end;

	if (length < sizeof(header))
		return 0;
	memcpy(&header, data, sizeof(header));
	if (header.magic != BTF_MAGIC || (uint64_t)header.hdr_len + header.str_off + header.str_len > length ||
	    (uint64_t)header.hdr_len + header.type_off + header.type_len > length)
		return 0;
	at = data + header.hdr_len + header.type_off;
	end = at + header.type_len;
	for (uint32_t id = 1; end - at >= (long)sizeof(struct btf_type); id++) {
		struct btf_type type;
		long size;

		memcpy(&type, at, sizeof(type));
		size = trailing_size(&type);
		if (size < 0)
			return 0;
		if (BTF_INFO_KIND(type.info) == kind && type.name_off < header.str_len &&
		    strncmp(data + header.hdr_len + header.str_off + type.name_off, name,
			    header.str_len - type.name_off) == 0)
			return id;
		at += (long)sizeof(type) + size;
	}
	return 0;
}

static uint32_t find_btf(uint32_t kind, const char *name)
{
	struct cg_text text = { 0 };
	uint32_t id = 0;

	if (cg_file_read(BTF_PATH, BTF_SIZE_LIMIT, &text, NULL) == 0)
		id = find_in(cg_text_get(&text), text.length, kind, name);
	cg_text_done(&text);
	return id;
}

void cg_probe_btf(struct cg_feature_answer *answer)
{
	if (find_btf(BTF_KIND_STRUCT, "task_struct"))
		cg_probe_yes(answer, "the kernel describes its types in %s", BTF_PATH);
	else
		cg_probe_no(answer, NO_BTF, "nothing that can be read in %s", BTF_PATH);
}

void cg_probe_raw_tracepoint(struct cg_feature_answer *answer)
{
	static const struct bpf_insn insns[] = { MOVE(0), EXIT };
	int program = load(BPF_PROG_TYPE_RAW_TRACEPOINT, 0, 0, insns, 2);

	if (program < 0)
		cg_probe_errno(answer, remedy(), "loading");
	else if (attach(program, "sys_enter") < 0)
		cg_probe_errno(answer, remedy(), "attaching");
	else
		cg_probe_yes(answer, "attached to sys_enter");
}

/* Load and attach a program that stands at a place of the kernel's BTF. True when it is attached. */
static bool try_place(struct cg_feature_answer *answer, uint32_t type, uint32_t attach_type, uint32_t btf_id,
		      const struct bpf_insn *insns, size_t n_insns)
{
	int program;

	if (btf_id == 0) {
		cg_probe_no(answer, NO_BTF, "the kernel does not describe the place to attach to");
		return false;
	}
	program = load(type, attach_type, btf_id, insns, n_insns);
	if (program < 0) {
		cg_probe_errno(answer, remedy(), "loading");
		return false;
	}
	if (attach(program, NULL) < 0) {
		cg_probe_errno(answer, "raw tracepoints may still work", "loaded, but attaching");
		return false;
	}
	return true;
}

void cg_probe_tp_btf(struct cg_feature_answer *answer)
{
	static const struct bpf_insn insns[] = { MOVE(0), EXIT };

	if (try_place(answer, BPF_PROG_TYPE_TRACING, BPF_TRACE_RAW_TP,
		      find_btf(BTF_KIND_TYPEDEF, "btf_trace_sys_enter"), insns, 2))
		cg_probe_yes(answer, "attached to sys_enter");
}

void cg_probe_fentry(struct cg_feature_answer *answer)
{
	static const struct bpf_insn insns[] = { MOVE(0), EXIT };
	uint32_t id = find_btf(BTF_KIND_FUNC, "audit_seccomp");

	if (id == 0)
		id = find_btf(BTF_KIND_FUNC, "do_exit");
	if (try_place(answer, BPF_PROG_TYPE_TRACING, BPF_TRACE_FENTRY, id, insns, 2))
		cg_probe_yes(answer, "attached to a kernel function");
}

/* Refuses getpgid(2) of a PID to this very process, for a moment: the only proof that hooks are called. */
void cg_probe_bpf_lsm(struct cg_feature_answer *answer)
{
	const struct bpf_insn insns[] = {
		{ .code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_get_current_pid_tgid },
		{ .code = BPF_ALU64 | BPF_RSH | BPF_K, .dst_reg = BPF_REG_0, .imm = 32 },
		{ .code = BPF_JMP | BPF_JEQ | BPF_K, .dst_reg = BPF_REG_0, .off = 2, .imm = getpid() },
		MOVE(0),
		EXIT,
		MOVE(-EDOM),
		EXIT,
	};

	if (!try_place(answer, BPF_PROG_TYPE_LSM, BPF_LSM_MAC, find_btf(BTF_KIND_FUNC, "bpf_lsm_task_getpgid"), insns,
		       sizeof(insns) / sizeof(insns[0])))
		return;
	if (getpgid(getpid()) < 0 && errno == EDOM)
		cg_probe_yes(answer, "a hook was attached, and asked");
	else
		cg_probe_limited(answer, "add bpf to the lsm= parameter of the kernel",
				 "a hook was attached, but not asked");
}

/* The recorder's own programs, all of them. */
void cg_probe_recorder(struct cg_feature_answer *answer)
{
	struct cg_err err = { 0 };
	int r = cg_ebpf_can(&err);

	if (r == 0)
		cg_probe_yes(answer, "its programs were loaded and attached");
	else
		cg_probe_no(answer, r == -EPERM ? remedy() : "use --backend ptrace", "%s", err.message);
}

/* The watching programs. */
void cg_probe_watcher(struct cg_feature_answer *answer)
{
	static const struct cg_ebpf_watch_options options;
	struct cg_ebpf_watch *watch;
	struct cg_err err = { 0 };
	int r = cg_ebpf_watch_open(&options, &watch, &err);

	if (r == 0) {
		cg_ebpf_watch_free(watch);
		cg_probe_yes(answer, "its programs were loaded and attached");
	} else {
		cg_probe_no(answer, r == -EPERM ? remedy() : "use --source audit or kmsg", "%s", err.message);
	}
}
