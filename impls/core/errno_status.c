/* SPDX-License-Identifier: MIT */
#include "errno_status.h"

#include <errno.h>

enum ipcm_status status_from_errno(int error)
{
	switch (error) {
	case 0:
		return IPCM_OK;
	case EMFILE:
	case ENFILE:
	case EFBIG:
	case EDQUOT:
	case EAGAIN:
		return IPCM_LIMIT;
	case ENOSPC: /* msgget: the system-wide limit of ids (msgget(2)) */
	case ENOMEM:
		return IPCM_NOMEM;
	case EACCES:
	case EPERM:
		return IPCM_PERM;
	case ENOSYS:
	case EOPNOTSUPP:
		return IPCM_NOTSUP;
	case EEXIST:
		return IPCM_EXISTS;
	case ENOENT:
		return IPCM_NOTFOUND;
	case EIDRM:
		return IPCM_REMOVED;
	default:
		return IPCM_INVALID;
	}
}
