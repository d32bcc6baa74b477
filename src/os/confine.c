/*
 * See confine.h. Sources: capabilities(7), capset(2), credentials(7).
 */
#include "os/confine.h"

#include "base/cleanup.h"
#include "base/num.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define LAST_CAPABILITY 63

static bool is_among(int number, const int *numbers, size_t n_numbers)
{
	for (size_t i = 0; i < n_numbers; i++)
		if (numbers[i] == number)
			return true;
	return false;
}

int cg_capabilities_keep(const int *numbers, size_t n_numbers, struct cg_err *err)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2];
	uint64_t kept = 0;

	/* Fails without CAP_SETPCAP, or past the last one: then it is no loss, as the sets below are what counts. */
	for (int number = 0; number <= LAST_CAPABILITY; number++)
		if (is_among(number, numbers, n_numbers))
			kept |= (uint64_t)1 << number;
		else
			prctl(PR_CAPBSET_DROP, number, 0, 0, 0);
	if (syscall(SYS_capget, &head, data) < 0)
		return cg_err_set(err, -errno, NULL, "cannot read capabilities: %s", strerror(errno));
	for (int i = 0; i < 2; i++) {
		data[i].permitted &= (uint32_t)(kept >> (32 * i));
		data[i].effective &= data[i].permitted;
		data[i].inheritable = 0;
	}
	if (syscall(SYS_capset, &head, data) < 0)
		return cg_err_set(err, -errno, NULL, "cannot give up capabilities: %s", strerror(errno));
	return 0;
}

bool cg_user_is_root(void)
{
	return geteuid() == 0;
}

void cg_user_mine(uid_t *ret_uid, gid_t *ret_gid)
{
	*ret_uid = getuid();
	*ret_gid = getgid();
}

void cg_user_hide_files(bool hides)
{
	umask(hides ? 027 : 022);
}

int cg_user_find(const char *name, uid_t *ret_uid, gid_t *ret_gid, struct cg_err *err)
{
	struct passwd *found;
	uint64_t number;

	if (cg_num_parse_decimal(name, 0, UINT32_MAX - 1, &number)) {
		found = getpwuid((uid_t)number);
		*ret_uid = (uid_t)number;
		*ret_gid = found ? found->pw_gid : (gid_t)number;
		return 0;
	}
	found = getpwnam(name);
	if (!found)
		return cg_err_set(err, -ENOENT, NULL, "there is no user \"%.64s\"", name);
	*ret_uid = found->pw_uid;
	*ret_gid = found->pw_gid;
	return 0;
}

int cg_user_become(uid_t uid, gid_t gid, struct cg_err *err)
{
	if (geteuid() == 0 && (setgroups(0, NULL) < 0 || setresgid(gid, gid, gid) < 0 || setresuid(uid, uid, uid) < 0))
		return cg_err_set(err, -errno, NULL, "cannot become user %u: %s", (unsigned int)uid, strerror(errno));
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return cg_err_set(err, -errno, NULL, "cannot set no_new_privs: %s", strerror(errno));
	return cg_capabilities_keep(NULL, 0, err);
}

int cg_folder_make_for(const char *path, uid_t uid, gid_t gid, struct cg_err *err)
{
	CG_FREE char *folder = strdup(path);
	char *slash = folder ? strrchr(folder, '/') : NULL;

	if (!folder)
		return cg_err_memory(err);
	if (!slash || slash == folder)
		return 0;
	*slash = '\0';
	if (mkdir(folder, 0750) < 0)
		return errno == EEXIST ? 0 : cg_err_set(err, -errno, folder, "cannot be made: %s", strerror(errno));
	/* Just made, by us, mode 0750: nobody but root could put another in its place, unless its parent is others' too. */
	if (geteuid() == 0 && lchown(folder, uid, gid) < 0)
		return cg_err_set(err, -errno, folder, "cannot be given to user %u: %s", (unsigned int)uid,
				  strerror(errno));
	return 0;
}
