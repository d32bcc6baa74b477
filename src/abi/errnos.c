/*
 * Error numbers: names and meanings by number. Source: asm-generic/errno-base.h and errno.h of the kernel, which x86,
 * arm, riscv, loongarch, s390, m68k and ppc (but for one alias) share; mips, parisc and sparc number some differently.
 */
#include "abi/errnos.h"

#include "base/num.h"
#include "base/text.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define ERRNO_MOST 4095 /* MAX_ERRNO, include/linux/err.h */

static const struct {
	const char *name;
	const char *meaning;
} errnos[] = {
	[1] = { "EPERM", "Operation not permitted" },
	[2] = { "ENOENT", "No such file or directory" },
	[3] = { "ESRCH", "No such process" },
	[4] = { "EINTR", "Interrupted by a signal" },
	[5] = { "EIO", "Input/output error" },
	[6] = { "ENXIO", "No such device or address" },
	[7] = { "E2BIG", "Argument list too long" },
	[8] = { "ENOEXEC", "Not an executable format" },
	[9] = { "EBADF", "Bad file descriptor" },
	[10] = { "ECHILD", "No child processes" },
	[11] = { "EAGAIN", "Try again later" },
	[12] = { "ENOMEM", "Out of memory" },
	[13] = { "EACCES", "Permission denied" },
	[14] = { "EFAULT", "Bad address" },
	[15] = { "ENOTBLK", "Not a block device" },
	[16] = { "EBUSY", "Device or resource busy" },
	[17] = { "EEXIST", "File exists" },
	[18] = { "EXDEV", "Link across file systems" },
	[19] = { "ENODEV", "No such device" },
	[20] = { "ENOTDIR", "Not a directory" },
	[21] = { "EISDIR", "Is a directory" },
	[22] = { "EINVAL", "Invalid argument" },
	[23] = { "ENFILE", "Too many open files in the system" },
	[24] = { "EMFILE", "Too many open files in the process" },
	[25] = { "ENOTTY", "Not a terminal, or a request that the device does not know" },
	[26] = { "ETXTBSY", "Executable is in use" },
	[27] = { "EFBIG", "File too large" },
	[28] = { "ENOSPC", "No space left on device" },
	[29] = { "ESPIPE", "Cannot seek" },
	[30] = { "EROFS", "Read-only file system" },
	[31] = { "EMLINK", "Too many links" },
	[32] = { "EPIPE", "Broken pipe" },
	[33] = { "EDOM", "Argument outside the function's domain" },
	[34] = { "ERANGE", "Result out of range" },
	[35] = { "EDEADLK", "Would deadlock" },
	[36] = { "ENAMETOOLONG", "File name too long" },
	[37] = { "ENOLCK", "No locks available" },
	[38] = { "ENOSYS", "System call not implemented" },
	[39] = { "ENOTEMPTY", "Directory not empty" },
	[40] = { "ELOOP", "Too many symbolic links" },
	[42] = { "ENOMSG", "No message of the wanted type" },
	[43] = { "EIDRM", "Identifier removed" },
	[44] = { "ECHRNG", "Channel number out of range" },
	[45] = { "EL2NSYNC", "Level 2 not synchronised" },
	[46] = { "EL3HLT", "Level 3 halted" },
	[47] = { "EL3RST", "Level 3 reset" },
	[48] = { "ELNRNG", "Link number out of range" },
	[49] = { "EUNATCH", "Protocol driver not attached" },
	[50] = { "ENOCSI", "No CSI structure available" },
	[51] = { "EL2HLT", "Level 2 halted" },
	[52] = { "EBADE", "Invalid exchange" },
	[53] = { "EBADR", "Invalid request descriptor" },
	[54] = { "EXFULL", "Exchange full" },
	[55] = { "ENOANO", "No anode" },
	[56] = { "EBADRQC", "Invalid request code" },
	[57] = { "EBADSLT", "Invalid slot" },
	[59] = { "EBFONT", "Bad font file" },
	[60] = { "ENOSTR", "Not a stream" },
	[61] = { "ENODATA", "No data available" },
	[62] = { "ETIME", "Timer expired" },
	[63] = { "ENOSR", "Out of stream resources" },
	[64] = { "ENONET", "Not on the network" },
	[65] = { "ENOPKG", "Package not installed" },
	[66] = { "EREMOTE", "Object is remote" },
	[67] = { "ENOLINK", "Link has been cut" },
	[68] = { "EADV", "Error of an advertisement" },
	[69] = { "ESRMNT", "Error of a remote mount" },
	[70] = { "ECOMM", "Communication error while sending" },
	[71] = { "EPROTO", "Protocol error" },
	[72] = { "EMULTIHOP", "Multihop attempted" },
	[73] = { "EDOTDOT", "Error of the remote file system" },
	[74] = { "EBADMSG", "Bad message" },
	[75] = { "EOVERFLOW", "Value too large for its type" },
	[76] = { "ENOTUNIQ", "Name not unique on the network" },
	[77] = { "EBADFD", "File descriptor in a bad state" },
	[78] = { "EREMCHG", "Remote address changed" },
	[79] = { "ELIBACC", "Cannot reach a shared library" },
	[80] = { "ELIBBAD", "Corrupt shared library" },
	[81] = { "ELIBSCN", "Corrupt .lib section" },
	[82] = { "ELIBMAX", "Too many shared libraries" },
	[83] = { "ELIBEXEC", "A shared library cannot be executed" },
	[84] = { "EILSEQ", "Invalid byte sequence" },
	[85] = { "ERESTART", "Interrupted call should be restarted" },
	[86] = { "ESTRPIPE", "Error of a stream pipe" },
	[87] = { "EUSERS", "Too many users" },
	[88] = { "ENOTSOCK", "Not a socket" },
	[89] = { "EDESTADDRREQ", "Destination address required" },
	[90] = { "EMSGSIZE", "Message too long" },
	[91] = { "EPROTOTYPE", "Wrong protocol for this socket type" },
	[92] = { "ENOPROTOOPT", "Protocol option not available" },
	[93] = { "EPROTONOSUPPORT", "Protocol not supported" },
	[94] = { "ESOCKTNOSUPPORT", "Socket type not supported" },
	[95] = { "EOPNOTSUPP", "Operation not supported" },
	[96] = { "EPFNOSUPPORT", "Protocol family not supported" },
	[97] = { "EAFNOSUPPORT", "Address family not supported" },
	[98] = { "EADDRINUSE", "Address already in use" },
	[99] = { "EADDRNOTAVAIL", "Address not available" },
	[100] = { "ENETDOWN", "Network is down" },
	[101] = { "ENETUNREACH", "Network unreachable" },
	[102] = { "ENETRESET", "Connection dropped by a network reset" },
	[103] = { "ECONNABORTED", "Connection aborted" },
	[104] = { "ECONNRESET", "Connection reset by peer" },
	[105] = { "ENOBUFS", "No buffer space" },
	[106] = { "EISCONN", "Already connected" },
	[107] = { "ENOTCONN", "Not connected" },
	[108] = { "ESHUTDOWN", "Cannot send after shutdown" },
	[109] = { "ETOOMANYREFS", "Too many references" },
	[110] = { "ETIMEDOUT", "Timed out" },
	[111] = { "ECONNREFUSED", "Connection refused" },
	[112] = { "EHOSTDOWN", "Host is down" },
	[113] = { "EHOSTUNREACH", "No route to host" },
	[114] = { "EALREADY", "Already in progress" },
	[115] = { "EINPROGRESS", "Now in progress" },
	[116] = { "ESTALE", "Stale file handle" },
	[117] = { "EUCLEAN", "File system needs cleaning" },
	[118] = { "ENOTNAM", "Not a XENIX named type file" },
	[119] = { "ENAVAIL", "No XENIX semaphores available" },
	[120] = { "EISNAM", "Is a named type file" },
	[121] = { "EREMOTEIO", "Remote input/output error" },
	[122] = { "EDQUOT", "Disk quota exceeded" },
	[123] = { "ENOMEDIUM", "No medium" },
	[124] = { "EMEDIUMTYPE", "Wrong kind of medium" },
	[125] = { "ECANCELED", "Cancelled" },
	[126] = { "ENOKEY", "Required key not available" },
	[127] = { "EKEYEXPIRED", "Key has expired" },
	[128] = { "EKEYREVOKED", "Key has been revoked" },
	[129] = { "EKEYREJECTED", "Key was rejected" },
	[130] = { "EOWNERDEAD", "Owner died" },
	[131] = { "ENOTRECOVERABLE", "State cannot be recovered" },
	[132] = { "ERFKILL", "Blocked by a radio kill switch" },
	[133] = { "EHWPOISON", "Memory page has a hardware error" },
};

#define N_ERRNOS (sizeof(errnos) / sizeof(errnos[0]))

/* Second names of a number: understood, never printed. */
static const struct {
	const char *name;
	unsigned int number;
} synonyms[] = {
	{ "EWOULDBLOCK", 11 },
	{ "EDEADLOCK", 35 },
	{ "ENOTSUP", 95 },
};

const char *cg_errno_name(unsigned int number)
{
	return number < N_ERRNOS ? errnos[number].name : NULL;
}

const char *cg_errno_meaning(unsigned int number)
{
	return number < N_ERRNOS ? errnos[number].meaning : NULL;
}

bool cg_errno_find(const char *name, unsigned int *ret_number)
{
	uint64_t number;

	if (cg_num_parse_decimal(name, 0, ERRNO_MOST, &number)) {
		*ret_number = (unsigned int)number;
		return true;
	}
	for (unsigned int i = 0; i < N_ERRNOS; i++) {
		if (errnos[i].name && strcmp(errnos[i].name, name) == 0) {
			*ret_number = i;
			return true;
		}
	}
	for (size_t i = 0; i < sizeof(synonyms) / sizeof(synonyms[0]); i++) {
		if (strcmp(synonyms[i].name, name) == 0) {
			*ret_number = synonyms[i].number;
			return true;
		}
	}
	return false;
}

const char *cg_errno_suggest(const char *name)
{
	const char *best = NULL;

	for (size_t i = 0; i < N_ERRNOS; i++) {
		if (errnos[i].name)
			cg_word_keep_nearest(name, errnos[i].name, &best);
	}
	return best;
}
