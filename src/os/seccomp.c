/*
 * seccomp(2) and the prctl(2) options beside it. See seccomp.h; seccomp(2), PR_SET_SECCOMP(2const).
 */
#include "os/seccomp.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static const struct {
	int code;
	const char *message;
} load_errors[] = {
	{ EACCES, "the kernel wants no_new_privs or CAP_SYS_ADMIN for a filter; leave out --keep-privs, or be root" },
	{ EBUSY, "a filter with a listener is in force already, and there can be only one" },
	{ EINVAL, "the kernel refused the filter or one of its flags; callgate doctor says which flags work here" },
	{ ENOMEM, "no memory, or the filters in force would pass 32768 instructions together, as the kernel has "
		  "translated them" },
	{ ENOSYS, "this kernel, or a filter around callgate, has no seccomp(2)" },
	{ ESRCH, "another thread has filters of its own, so that all threads cannot be given this one" },
};

static int fail_to_load(int code, struct cg_err *err)
{
	for (size_t i = 0; i < sizeof(load_errors) / sizeof(load_errors[0]); i++)
		if (load_errors[i].code == code)
			return cg_err_set(err, -code, NULL, "cannot load the filter: %s", load_errors[i].message);
	return cg_err_set(err, -code, NULL, "cannot load the filter: %s", strerror(code));
}

/* The kernel reads classic BPF in its own byte order and at its own offsets: a filter for others must not get there. */
static bool is_native_order(const struct cg_filter *filter)
{
	return filter->is_big_endian == (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__);
}

static int check_loadable(const struct cg_filter *filter, struct cg_err *err)
{
	if (filter->n_insns == 0 || filter->n_insns > CG_FILTER_LENGTH_MAX)
		return cg_err_set(err, -EINVAL, NULL, "the filter has %zu instructions; the kernel takes 1 to %d",
				  filter->n_insns, CG_FILTER_LENGTH_MAX);
	if (!is_native_order(filter))
		return cg_err_set(err, -EINVAL, NULL, "the filter is for machines of the other byte order");
	return 0;
}

int cg_seccomp_load(const struct cg_filter *filter, unsigned int flags, int *ret_listener, struct cg_err *err)
{
	struct sock_fprog program = { .len = (unsigned short)filter->n_insns, .filter = filter->insns };
	long r = check_loadable(filter, err);

	if (r < 0)
		return (int)r;
	r = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
	if (r < 0)
		return fail_to_load(errno, err);
	if (flags & CG_SECCOMP_NEW_LISTENER) {
		*ret_listener = (int)r;
		return 0;
	}
	/* TSYNC without TSYNC_ESRCH answers with the id of the first thread that could not follow. */
	return r > 0 ? fail_to_load(ESRCH, err) : 0;
}

int cg_seccomp_load_by_prctl(const struct cg_filter *filter, struct cg_err *err)
{
	struct sock_fprog program = { .len = (unsigned short)filter->n_insns, .filter = filter->insns };
	int r = check_loadable(filter, err);

	if (r == 0 && prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) < 0)
		r = fail_to_load(errno, err);
	return r;
}

int cg_seccomp_strict(struct cg_err *err)
{
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT, 0, 0, 0) < 0)
		return cg_err_set(err, -errno, NULL,
				  "cannot enter strict mode: %s; a thread with a filter cannot, nor one in a kernel "
				  "without seccomp",
				  strerror(errno));
	return 0;
}

int cg_no_new_privs_set(struct cg_err *err)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return cg_err_set(err, -errno, NULL, "cannot set no_new_privs: %s", strerror(errno));
	return 0;
}

bool cg_no_new_privs_is_set(void)
{
	return prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1;
}

int cg_seccomp_mode(void)
{
	int mode = prctl(PR_GET_SECCOMP, 0, 0, 0, 0);

	return mode < 0 ? -errno : mode;
}

bool cg_seccomp_lists_action(uint32_t action)
{
	return syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0;
}

bool cg_seccomp_knows_flags(unsigned int flags)
{
	return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, NULL) < 0 && errno == EFAULT;
}
