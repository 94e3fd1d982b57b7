/* SPDX-License-Identifier: MIT */
/*
 * The arguments of a call are checked before a system call is made. So what the
 * kernel refuses is never a bad argument of the caller's: no errno gives
 * IPCM_INVALID, and one that is not in this table is IPCM_SYSTEM.
 */
#include "errno_status.h"

#include <errno.h>
#include <stddef.h>

struct meaning {
	int error;
	enum ipcm_status status;
};

static const struct meaning meanings[] = {
	/* descriptors, objects, file size, time and range (errno(3)) */
	{EMFILE, IPCM_LIMIT},
	{ENFILE, IPCM_LIMIT},
	{EFBIG, IPCM_LIMIT},
	{EDQUOT, IPCM_LIMIT},
	{EAGAIN, IPCM_LIMIT},
	{EOVERFLOW, IPCM_LIMIT},
	{ERANGE, IPCM_LIMIT},
	{E2BIG, IPCM_LIMIT},
	{EMSGSIZE, IPCM_LIMIT},
	{EMLINK, IPCM_LIMIT},
	{ENAMETOOLONG, IPCM_LIMIT},
	{ENOLCK, IPCM_LIMIT},
	{EUSERS, IPCM_LIMIT},
	{ETOOMANYREFS, IPCM_LIMIT},
	{EBUSY, IPCM_LIMIT},
	{EADDRNOTAVAIL, IPCM_LIMIT},
	/* memory, or space in its file system */
	{ENOMEM, IPCM_NOMEM},
	{ENOSPC, IPCM_NOMEM},
	{ENOBUFS, IPCM_NOMEM},
	{EACCES, IPCM_PERM},
	{EPERM, IPCM_PERM},
	/* a file system, or a file, that is not to be written to */
	{EROFS, IPCM_PERM},
	{ETXTBSY, IPCM_PERM},
	/* a link or a folder where the library makes files: another's work */
	{ELOOP, IPCM_PERM},
	{EISDIR, IPCM_PERM},
	/* a kernel without the call, the device or the kind of socket */
	{ENOSYS, IPCM_NOTSUP},
	{EOPNOTSUPP, IPCM_NOTSUP},
	{ENODEV, IPCM_NOTSUP},
	{ENXIO, IPCM_NOTSUP},
	{EAFNOSUPPORT, IPCM_NOTSUP},
	{EPFNOSUPPORT, IPCM_NOTSUP},
	{EPROTONOSUPPORT, IPCM_NOTSUP},
	{ESOCKTNOSUPPORT, IPCM_NOTSUP},
	{ENOPROTOOPT, IPCM_NOTSUP},
	{EEXIST, IPCM_EXISTS},
	{EADDRINUSE, IPCM_EXISTS},
	{ENOENT, IPCM_NOTFOUND},
	{ENOTDIR, IPCM_NOTFOUND},
	{ECONNREFUSED, IPCM_NOTFOUND},
	{EIDRM, IPCM_REMOVED},
	{ESTALE, IPCM_REMOVED},
	{EPIPE, IPCM_BROKEN},
	{ECONNRESET, IPCM_BROKEN},
	{ECONNABORTED, IPCM_BROKEN},
	{ESHUTDOWN, IPCM_BROKEN},
};

enum ipcm_status status_from_errno(int error)
{
	if (!error)
		return IPCM_OK;
	for (size_t i = 0; i < sizeof(meanings) / sizeof(*meanings); i++)
		if (meanings[i].error == error)
			return meanings[i].status;
	return IPCM_SYSTEM; /* EIO, EINVAL, EBADF, EFAULT ... */
}
