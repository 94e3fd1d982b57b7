/* SPDX-License-Identifier: MIT */
/* The owner of new objects (name.h). */
#include "impls/core/naming/object_owner.h"
#include "impls/core/naming/resource_registry.h"
#include "ipcmark/name.h"

/* Make something for that user and remove it: else each create would fail. */
static enum ipcm_status try_owner(struct object_owner owner)
{
	struct resource_entry entry;
	enum ipcm_status status =
		resource_open_for(owner, NULL, RESOURCE_MEMORY, 0600, &entry);

	if (!status)
		resource_forget(&entry);
	return status;
}

enum ipcm_status ipcm_set_owner(uid_t uid, gid_t gid)
{
	const struct object_owner owner = {uid, gid};
	enum ipcm_status status =
		object_owner_is_none(owner) ? IPCM_OK : try_owner(owner);

	if (!status)
		object_owner_set(owner);
	return status;
}
