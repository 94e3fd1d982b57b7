/* SPDX-License-Identifier: MIT */
#ifndef IPCMARK_IMPLS_CORE_ERRNO_STATUS_H
#define IPCMARK_IMPLS_CORE_ERRNO_STATUS_H

#include "ipcmark/status.h"

/**
 * The result code for the errno of a call that creates or opens something:
 * IPCM_LIMIT, IPCM_NOMEM, IPCM_PERM, IPCM_NOTFOUND, IPCM_NOTSUP ...
 * IPCM_SYSTEM for what has no code of its own; never IPCM_INVALID, which blames
 * the caller.
 */
enum ipcm_status status_from_errno(int error);

#endif
