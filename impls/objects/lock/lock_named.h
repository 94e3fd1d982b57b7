/* SPDX-License-Identifier: MIT */
/* What named locks and named semaphores share: their table is the same. */
#ifndef IPCMARK_IMPLS_OBJECTS_LOCK_LOCK_NAMED_H
#define IPCMARK_IMPLS_OBJECTS_LOCK_LOCK_NAMED_H

#include "impls/core/naming/named_object.h"

/** Can something of the lock table be opened so? IPCM_OK, INVALID, NOTSUP. */
static inline enum ipcm_status named_lock_check(
	const struct ipcm_backend *backend, const char *name,
	const struct ipcm_access *access)
{
	enum ipcm_status status;

	if (ipcm_backend_validate(backend, NULL, 0))
		return IPCM_INVALID;
	status = named_check(backend, name, access, 0);
	if (!status && (!backend->lock || (backend->lock->token &&
					   !backend->lock->token->open_named)))
		status = IPCM_NOTSUP;
	return status;
}

#endif
