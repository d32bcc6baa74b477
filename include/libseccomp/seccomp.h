/*
 * callgate's libseccomp: the API and ABI of libseccomp 2.6.1, and what its development branch adds (SCMP_ACT_TRAPX,
 * seccomp_notify_addfd), in front of callgate's compiler. See callgate-libseccomp(7), seccomp(2), seccomp_unotify(2).
 *
 * Every value, layout and prototype here is libseccomp's, so that a program compiled with either header runs with
 * either library. Unless said otherwise a function returns 0, or a negative errno value with nothing changed.
 *
 * A filter context may be used by any thread, one at a time; different contexts at once. Only seccomp_load() of a
 * context that seccomp_precompute() has been called for is async-signal-safe.
 *
 * The errors, wherever they can come from:
 *   -EINVAL      an argument is not valid: a context that was released or never was one, an action, an attribute …
 *   -ENOMEM      no memory
 *   -ECANCELED   the kernel refused: errno says why. With SCMP_FLTATR_API_SYSRAWRC set, -errno instead
 *   -EOPNOTSUPP  the API level does not have it, or the rule cannot be had as asked for
 */
#ifndef _SECCOMP_H
#define _SECCOMP_H

#include <asm/unistd.h>
#include <elf.h>
#include <inttypes.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <linux/types.h>
#include <stdlib.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The libseccomp whose API this is. */
#define SCMP_VER_MAJOR 2
#define SCMP_VER_MINOR 6
#define SCMP_VER_MICRO 1

struct scmp_version {
	unsigned int major;
	unsigned int minor;
	unsigned int micro;
};

/* A filter context: from seccomp_init(), to seccomp_release(). */
typedef void *scmp_filter_ctx;

/* Attributes of a context, for seccomp_attr_get() and seccomp_attr_set(). */
enum scmp_filter_attr {
	_SCMP_FLTATR_MIN = 0,
	SCMP_FLTATR_ACT_DEFAULT = 1,   /* what a call gets that no rule matches; to be read only */
	SCMP_FLTATR_ACT_BADARCH = 2,   /* what calls of other architectures get (SCMP_ACT_KILL) */
	SCMP_FLTATR_CTL_NNP = 3,       /* seccomp_load() sets no_new_privs (1) */
	SCMP_FLTATR_CTL_TSYNC = 4,     /* seccomp_load() is for all threads (0); API level 2 */
	SCMP_FLTATR_API_TSKIP = 5,     /* rules for number -1, with which a tracer skips a call, are allowed (0) */
	SCMP_FLTATR_CTL_LOG = 6,       /* actions other than ALLOW are logged by the kernel (0); API level 3 */
	SCMP_FLTATR_CTL_SSB = 7,       /* speculative store bypass stays allowed (0); API level 4 */
	SCMP_FLTATR_CTL_OPTIMIZE = 8,  /* 1 or 2 (1): both get callgate's one form, which is better than either was */
	SCMP_FLTATR_API_SYSRAWRC = 9,  /* errors of the kernel come as they are, not as -ECANCELED (0) */
	SCMP_FLTATR_CTL_WAITKILL = 10, /* only a fatal signal interrupts a call being answered (0); API level 7 */
	_SCMP_FLTATR_MAX,
};

/* How a comparison compares the argument with datum_a, unsigned. */
enum scmp_compare {
	_SCMP_CMP_MIN = 0,
	SCMP_CMP_NE = 1,
	SCMP_CMP_LT = 2,
	SCMP_CMP_LE = 3,
	SCMP_CMP_EQ = 4,
	SCMP_CMP_GE = 5,
	SCMP_CMP_GT = 6,
	SCMP_CMP_MASKED_EQ = 7, /* (argument & datum_a) == (datum_b & datum_a) */
	_SCMP_CMP_MAX,
};

typedef uint64_t scmp_datum_t;

/* One comparison of a rule: argument `arg`, 0 to 5. Made by SCMP_A0() and its like. */
struct scmp_arg_cmp {
	unsigned int arg;
	enum scmp_compare op;
	scmp_datum_t datum_a;
	scmp_datum_t datum_b;
};

/*
 * Architecture tokens: the kernel's AUDIT_ARCH_* values, but for x32, which shares x86_64's there and has one of its
 * own here. What older kernel headers lack is defined first.
 */
#ifndef EM_AARCH64
#define EM_AARCH64 183
#endif
#ifndef EM_LOONGARCH
#define EM_LOONGARCH 258
#endif
#ifndef EM_MIPS
#define EM_MIPS 8
#endif
#ifndef EM_RISCV
#define EM_RISCV 243
#endif
#ifndef __AUDIT_ARCH_CONVENTION_MIPS64_N32
#define __AUDIT_ARCH_CONVENTION_MIPS64_N32 0x20000000
#endif
#ifndef AUDIT_ARCH_AARCH64
#define AUDIT_ARCH_AARCH64 (EM_AARCH64 | __AUDIT_ARCH_64BIT | __AUDIT_ARCH_LE)
#endif
#ifndef AUDIT_ARCH_LOONGARCH64
#define AUDIT_ARCH_LOONGARCH64 (EM_LOONGARCH | __AUDIT_ARCH_64BIT | __AUDIT_ARCH_LE)
#endif
#ifndef AUDIT_ARCH_MIPS
#define AUDIT_ARCH_MIPS (EM_MIPS)
#endif
#ifndef AUDIT_ARCH_MIPS64
#define AUDIT_ARCH_MIPS64 (EM_MIPS | __AUDIT_ARCH_64BIT)
#endif
#ifndef AUDIT_ARCH_MIPS64N32
#define AUDIT_ARCH_MIPS64N32 (EM_MIPS | __AUDIT_ARCH_64BIT | __AUDIT_ARCH_CONVENTION_MIPS64_N32)
#endif
#ifndef AUDIT_ARCH_MIPSEL64N32
#define AUDIT_ARCH_MIPSEL64N32 (EM_MIPS | __AUDIT_ARCH_64BIT | __AUDIT_ARCH_LE | __AUDIT_ARCH_CONVENTION_MIPS64_N32)
#endif
#ifndef AUDIT_ARCH_PPC64LE
#define AUDIT_ARCH_PPC64LE (EM_PPC64 | __AUDIT_ARCH_64BIT | __AUDIT_ARCH_LE)
#endif
#ifndef AUDIT_ARCH_RISCV64
#define AUDIT_ARCH_RISCV64 (EM_RISCV | __AUDIT_ARCH_64BIT | __AUDIT_ARCH_LE)
#endif

#define SCMP_ARCH_NATIVE      0 /* whatever this machine is */
#define SCMP_ARCH_X86         AUDIT_ARCH_I386
#define SCMP_ARCH_X86_64      AUDIT_ARCH_X86_64
#define SCMP_ARCH_X32         (EM_X86_64 | __AUDIT_ARCH_LE)
#define SCMP_ARCH_ARM         AUDIT_ARCH_ARM
#define SCMP_ARCH_AARCH64     AUDIT_ARCH_AARCH64
#define SCMP_ARCH_LOONGARCH64 AUDIT_ARCH_LOONGARCH64
#define SCMP_ARCH_M68K        AUDIT_ARCH_M68K
#define SCMP_ARCH_MIPS        AUDIT_ARCH_MIPS
#define SCMP_ARCH_MIPS64      AUDIT_ARCH_MIPS64
#define SCMP_ARCH_MIPS64N32   AUDIT_ARCH_MIPS64N32
#define SCMP_ARCH_MIPSEL      AUDIT_ARCH_MIPSEL
#define SCMP_ARCH_MIPSEL64    AUDIT_ARCH_MIPSEL64
#define SCMP_ARCH_MIPSEL64N32 AUDIT_ARCH_MIPSEL64N32
#define SCMP_ARCH_PPC         AUDIT_ARCH_PPC
#define SCMP_ARCH_PPC64       AUDIT_ARCH_PPC64
#define SCMP_ARCH_PPC64LE     AUDIT_ARCH_PPC64LE
#define SCMP_ARCH_S390        AUDIT_ARCH_S390
#define SCMP_ARCH_S390X       AUDIT_ARCH_S390X
#define SCMP_ARCH_PARISC      AUDIT_ARCH_PARISC
#define SCMP_ARCH_PARISC64    AUDIT_ARCH_PARISC64
#define SCMP_ARCH_RISCV64     AUDIT_ARCH_RISCV64
#define SCMP_ARCH_SHEB        AUDIT_ARCH_SH   /* big-endian */
#define SCMP_ARCH_SH          AUDIT_ARCH_SHEL /* little-endian */

/* The number of a call by its name, negative where this architecture lacks it: SCMP_SYS(openat). */
#define SCMP_SYS(x) (__SNR_##x)

/*
 * Comparisons, for the functions that add rules: SCMP_A0(op, datum_a[, datum_b]) for argument 0, SCMP_CMP(arg, op, …)
 * for any. The forms with 32 cut the data to 32 bits, so that -1 compares as 0xffffffff and not as 64 set bits.
 */
#define SCMP_CMP64(...) ((struct scmp_arg_cmp){__VA_ARGS__})
#define SCMP_CMP SCMP_CMP64
#define SCMP_CMP32(x, y, ...) _SCMP_PICK_CMP32(__VA_ARGS__, _SCMP_CMP32_2, _SCMP_CMP32_1, )(x, y, __VA_ARGS__)
#define _SCMP_PICK_CMP32(a, b, name, ...) name
#define _SCMP_CMP32_1(x, y, z) SCMP_CMP64(x, y, (uint32_t)(z))
#define _SCMP_CMP32_2(x, y, z, q) SCMP_CMP64(x, y, (uint32_t)(z), (uint32_t)(q))

#define SCMP_A0_64(...) SCMP_CMP64(0, __VA_ARGS__)
#define SCMP_A1_64(...) SCMP_CMP64(1, __VA_ARGS__)
#define SCMP_A2_64(...) SCMP_CMP64(2, __VA_ARGS__)
#define SCMP_A3_64(...) SCMP_CMP64(3, __VA_ARGS__)
#define SCMP_A4_64(...) SCMP_CMP64(4, __VA_ARGS__)
#define SCMP_A5_64(...) SCMP_CMP64(5, __VA_ARGS__)
#define SCMP_A0 SCMP_A0_64
#define SCMP_A1 SCMP_A1_64
#define SCMP_A2 SCMP_A2_64
#define SCMP_A3 SCMP_A3_64
#define SCMP_A4 SCMP_A4_64
#define SCMP_A5 SCMP_A5_64
#define SCMP_A0_32(x, ...) SCMP_CMP32(0, x, __VA_ARGS__)
#define SCMP_A1_32(x, ...) SCMP_CMP32(1, x, __VA_ARGS__)
#define SCMP_A2_32(x, ...) SCMP_CMP32(2, x, __VA_ARGS__)
#define SCMP_A3_32(x, ...) SCMP_CMP32(3, x, __VA_ARGS__)
#define SCMP_A4_32(x, ...) SCMP_CMP32(4, x, __VA_ARGS__)
#define SCMP_A5_32(x, ...) SCMP_CMP32(5, x, __VA_ARGS__)

/* Actions: what becomes of a call. The low 16 bits are data. */
#define SCMP_ACT_KILL_PROCESS 0x80000000U                            /* the whole process ends, as by SIGSYS */
#define SCMP_ACT_KILL_THREAD  0x00000000U                            /* the calling thread ends */
#define SCMP_ACT_KILL         SCMP_ACT_KILL_THREAD
#define SCMP_ACT_TRAPX(x)     (0x00030000U | ((x) & 0x0000ffffU))    /* SIGSYS, with x in si_errno */
#define SCMP_ACT_TRAP         SCMP_ACT_TRAPX(0)
#define SCMP_ACT_NOTIFY       0x7fc00000U                            /* the holder of the listener answers */
#define SCMP_ACT_ERRNO(x)     (0x00050000U | ((x) & 0x0000ffffU))    /* the call fails with errno x */
#define SCMP_ACT_TRACE(x)     (0x7ff00000U | ((x) & 0x0000ffffU))    /* a tracer is asked, with x as event message */
#define SCMP_ACT_LOG          0x7ffc0000U                            /* it happens, and the kernel logs it */
#define SCMP_ACT_ALLOW        0x7fff0000U                            /* it happens */

/* For kernel headers before 5.0 and 5.9. */
#ifndef SECCOMP_RET_USER_NOTIF
#define SECCOMP_RET_USER_NOTIF 0x7fc00000U

struct seccomp_notif {
	__u64 id;
	__u32 pid;
	__u32 flags;
	struct seccomp_data data;
};

struct seccomp_notif_resp {
	__u64 id;
	__s64 val;
	__s32 error;
	__u32 flags;
};
#endif

#ifndef SECCOMP_ADDFD_FLAG_SETFD
#define SECCOMP_ADDFD_FLAG_SETFD (1UL << 0)

struct seccomp_notif_addfd {
	__u64 id;
	__u32 flags;
	__u32 srcfd;
	__u32 newfd;
	__u32 newfd_flags;
};
#endif

/* Numbers that are no call: what the resolving functions return for a name that nobody knows, and none. */
#define __NR_SCMP_ERROR (-1)
#define __NR_SCMP_UNDEF (-2)

/* The version of the API: constant, nobody's to release. */
const struct scmp_version *seccomp_version(void);

/* What the running kernel can, asked once: 1 to 7, see callgate-libseccomp(7); or what seccomp_api_set() has said. */
unsigned int seccomp_api_get(void);

/*
 * Makes the library believe in a level, whatever the kernel can: for tests. Holds for the whole process.
 * -EINVAL: no such level.
 */
int seccomp_api_set(unsigned int level);

/*
 * A new context for the native architecture, in which every call gets `def_action`. The caller's, until
 * seccomp_release() or a seccomp_merge() that it is the source of. NULL: no valid action, or no memory.
 */
scmp_filter_ctx seccomp_init(uint32_t def_action);

/*
 * The context as seccomp_init() would make it. With NULL, what the library keeps for the process is reset: all
 * contexts forget their listeners, and the API level is asked of the kernel anew.
 */
int seccomp_reset(scmp_filter_ctx ctx, uint32_t def_action);

/* Ends a context. What is loaded stays in force, and the listener stays open. NULL is fine. */
void seccomp_release(scmp_filter_ctx ctx);

/*
 * The architectures of `ctx_src` and their rules go to `ctx_dst`, and `ctx_src` is released. -EINVAL: attributes
 * differ; -EEXIST: both have one architecture; -EDOM: byte orders differ. Then both are as they were.
 */
int seccomp_merge(scmp_filter_ctx ctx_dst, scmp_filter_ctx ctx_src);

/* The token for "x86_64", "arm" …, or 0. */
uint32_t seccomp_arch_resolve_name(const char *arch_name);

/* The token of the architecture that this program runs as. */
uint32_t seccomp_arch_native(void);

/* 0: the context has it. -EEXIST: it has not. */
int seccomp_arch_exist(const scmp_filter_ctx ctx, uint32_t arch_token);

/*
 * Adds an architecture, without rules: rules go to those that are there when they are added. -EEXIST: it is there;
 * -EDOM: of the other byte order than those that are.
 */
int seccomp_arch_add(scmp_filter_ctx ctx, uint32_t arch_token);

/* Takes it and its rules away. -EEXIST: it is not there. */
int seccomp_arch_remove(scmp_filter_ctx ctx, uint32_t arch_token);

/*
 * Compiles, proves and puts the filter in force in the calling thread (or all, CTL_TSYNC): it stays, for the thread
 * and its children, until they end. -EACCES: CTL_NNP is off and CAP_SYS_ADMIN missing; -ECANCELED: the kernel refused,
 * see errno; -ESRCH: CTL_TSYNC, and a thread has filters of its own.
 */
int seccomp_load(const scmp_filter_ctx ctx);

/* -EINVAL: no such attribute. */
int seccomp_attr_get(const scmp_filter_ctx ctx, enum scmp_filter_attr attr, uint32_t *value);

/* -EACCES: not to be set; -EINVAL: no such attribute, or action; -EOPNOTSUPP: no such value, or above the API level. */
int seccomp_attr_set(scmp_filter_ctx ctx, enum scmp_filter_attr attr, uint32_t value);

/* The name of a number as the kernel of that architecture counts; free(3) it. NULL: none, or no memory. */
char *seccomp_syscall_resolve_num_arch(uint32_t arch_token, int num);

/*
 * The number of a name on an architecture: its pseudo number (negative) where calls reach it through socketcall(2) or
 * ipc(2), or not at all; __NR_SCMP_ERROR where nobody knows the name. Mind that rules take native numbers, that is
 * seccomp_syscall_resolve_name(), whatever architectures the context has.
 */
int seccomp_syscall_resolve_name_arch(uint32_t arch_token, const char *name);

/* The same, but the number of socketcall(2) or ipc(2) where that is how calls reach it. */
int seccomp_syscall_resolve_name_rewrite(uint32_t arch_token, const char *name);

/* The same as seccomp_syscall_resolve_name_arch() for the native architecture. */
int seccomp_syscall_resolve_name(const char *name);

/* A call that should be decided sooner than others: higher is sooner. It changes no verdict. */
int seccomp_syscall_priority(scmp_filter_ctx ctx, int syscall, uint8_t priority);

/*
 * A rule: calls with this number (native, or pseudo), for which all `arg_cnt` comparisons hold, get `action`, on every
 * architecture that the context has now; with 0 comparisons all of them. Comparisons are struct scmp_arg_cmp by value.
 * Adapted where architectures differ: name by name, through socketcall(2) and ipc(2), to 32 bits.
 *
 * A rule that is there already, or that others make needless, is taken without a word.
 *
 * -EACCES: the action is the default; -EINVAL: number, argument index, operator, action, or an argument twice;
 * -EFAULT: a number without a name, and other architectures than the native one; -ENOMEM.
 */
int seccomp_rule_add(scmp_filter_ctx ctx, uint32_t action, int syscall, unsigned int arg_cnt, ...);
int seccomp_rule_add_array(scmp_filter_ctx ctx, uint32_t action, int syscall, unsigned int arg_cnt,
	const struct scmp_arg_cmp *arg_array);

/*
 * The same, exactly as asked for or not at all: nothing is adapted. Besides: -EOPNOTSUPP: more than one architecture;
 * -EDOM: it lacks the call; -EINVAL: comparisons, and socketcall(2) or ipc(2) carry the call.
 */
int seccomp_rule_add_exact(scmp_filter_ctx ctx, uint32_t action, int syscall, unsigned int arg_cnt, ...);
int seccomp_rule_add_exact_array(scmp_filter_ctx ctx, uint32_t action, int syscall, unsigned int arg_cnt,
	const struct scmp_arg_cmp *arg_array);

/*
 * Room for a question and for an answer, as large as this kernel and this header need: seccomp_unotify(2). Zeroed; to be
 * zeroed again before each seccomp_notify_receive() only in its first sizeof(struct seccomp_notif) bytes, which
 * that function does itself. Either pointer may be NULL. -EOPNOTSUPP: no such API level; -ECANCELED; -ENOMEM.
 */
int seccomp_notify_alloc(struct seccomp_notif **req, struct seccomp_notif_resp **resp);
void seccomp_notify_free(struct seccomp_notif *req, struct seccomp_notif_resp *resp);

/* Waits for the next question. -ECANCELED, errno ENOENT: who asked is gone already; ask again. errno EINTR likewise. */
int seccomp_notify_receive(int fd, struct seccomp_notif *req);

/* Answers it: resp->id is req->id. -ECANCELED, errno ENOENT: who asked is gone. */
int seccomp_notify_respond(int fd, struct seccomp_notif_resp *resp);

/* 0: who asked `id` still waits. -ENOENT: not any more, so that its pid may be somebody else's. */
int seccomp_notify_id_valid(int fd, uint64_t id);

/*
 * The listener of the filter that this context has loaded, not that of another context. The program's to close.
 * -EFAULT: nothing with SCMP_ACT_NOTIFY is loaded from it.
 */
int seccomp_notify_fd(const scmp_filter_ctx ctx);

/*
 * Opens addfd->srcfd in who asked addfd->id: SECCOMP_IOCTL_NOTIF_ADDFD in seccomp_unotify(2). The number that it got
 * there; -ECANCELED, errno as in the manual. Linux 5.9.
 */
int seccomp_notify_addfd(int fd, struct seccomp_notif_addfd *addfd);

/* The filter as text for people; it is not parsed by anything. -ECANCELED: writing failed, see errno. */
int seccomp_export_pfc(const scmp_filter_ctx ctx, int fd);

/* The filter as the kernel takes it, an array of struct sock_filter, in the byte order of its architectures. */
int seccomp_export_bpf(const scmp_filter_ctx ctx, int fd);

/*
 * The same into memory: *len is the size of `buf` in bytes, then that of the filter. With NULL as `buf` only the
 * latter. -ERANGE: too small; *len is what is needed.
 */
int seccomp_export_bpf_mem(const scmp_filter_ctx ctx, void *buf, size_t *len);

/*
 * From start on all changes of the context stand or fall together: reject undoes them, commit keeps them. They nest.
 */
int seccomp_transaction_start(const scmp_filter_ctx ctx);
void seccomp_transaction_reject(const scmp_filter_ctx ctx);
int seccomp_transaction_commit(const scmp_filter_ctx ctx);

/* Compiles and proves now, so that seccomp_load() only has to load; until the context is changed. */
int seccomp_precompute(const scmp_filter_ctx ctx);

#include <seccomp-syscalls.h>

#ifdef __cplusplus
}
#endif

#endif
