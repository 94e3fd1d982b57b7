/* SPDX-License-Identifier: MIT */
/*
 * Removing a name. All kinds of objects of a back-end share one set of names,
 * so the kind of the object does not matter.
 */
#include "impls/core/naming/named_object.h"

enum ipcm_status ipcm_unlink(const struct ipcm_backend *backend,
			     const char *name)
{
	const struct ipcm_access any = IPCM_ACCESS_INIT;
	enum ipcm_status status;

	if (ipcm_backend_validate(backend, NULL, 0))
		return IPCM_INVALID;
	status = named_check(backend, name, &any, 0);
	return status ? status : named_unlink(backend, name);
}
