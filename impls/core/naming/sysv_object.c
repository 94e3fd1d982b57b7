/* SPDX-License-Identifier: MIT */
#include "sysv_object.h"

#include <errno.h>
#include <sys/ipc.h>

#include "impls/core/errno_status.h"

/* The mode of an object that only inheriting processes use. */
#define PRIVATE 0600u

/* What make_object is called with. */
struct request {
	sysv_get *get;
	int id;
};

static int make_object(uint32_t key, uint32_t mode, void *context)
{
	struct request *request = context;

	request->id =
		request->get((key_t)key, IPC_CREAT | IPC_EXCL | (int)mode);
	return request->id < 0 ? errno : 0;
}

static enum ipcm_status create_object(enum resource_kind kind, sysv_get *get,
				      uint32_t mode,
				      struct sysv_object *ret_object)
{
	struct request request = {.get = get};
	struct resource_entry entry;
	/* ENOSPC: the limit of objects of that kind in the system */
	enum ipcm_status status =
		resource_make_object(kind, mode, make_object, &request, &entry);

	if (!status)
		*ret_object = (struct sysv_object){request.id, entry};
	return status;
}

enum ipcm_status sysv_create(enum resource_kind kind, sysv_get *get,
			     struct sysv_object *ret_object)
{
	return create_object(kind, get, PRIVATE, ret_object);
}

static enum ipcm_status attach(enum resource_kind kind, sysv_get *get,
			       const struct ipcm_object_key *key,
			       struct sysv_object *ret_object)
{
	struct sysv_object object = SYSV_OBJECT_NONE;
	enum ipcm_status status =
		resource_attach(kind, key->uid, key->key, &object.entry);

	if (status)
		return status;
	object.id = get((key_t)key->key, 0);
	if (object.id < 0) {
		status = status_from_errno(errno);
		sysv_close(&object);
		return status;
	}
	*ret_object = object;
	return IPCM_OK;
}

enum ipcm_status sysv_open_named(enum resource_kind kind, sysv_get *get,
				 struct ipcm_object_key *key, bool create,
				 struct sysv_object *ret_object)
{
	enum ipcm_status status;

	if (!create)
		return attach(kind, get, key, ret_object);
	status = create_object(kind, get, key->mode, ret_object);
	if (!status) {
		key->uid = ret_object->entry.uid;
		key->key = ret_object->entry.key;
	}
	return status;
}

void sysv_close(struct sysv_object *object)
{
	resource_close(&object->entry);
	object->id = -1;
}
