/* SPDX-License-Identifier: MIT */
#include "sysv_object.h"

#include <errno.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>

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

static void set_owner(struct ipc_perm *rights, struct object_owner owner)
{
	if (owner.uid != UINT32_MAX)
		rights->uid = owner.uid;
	if (owner.gid != UINT32_MAX)
		rights->gid = owner.gid;
}

static int give_queue(int id, struct object_owner owner)
{
	struct msqid_ds queue;

	if (msgctl(id, IPC_STAT, &queue))
		return errno;
	set_owner(&queue.msg_perm, owner);
	return msgctl(id, IPC_SET, &queue) ? errno : 0;
}

static int give_set(int id, struct object_owner owner)
{
	struct semid_ds set;
	union {
		int value;
		struct semid_ds *set;
	} argument = {.set = &set};

	if (semctl(id, 0, IPC_STAT, argument))
		return errno;
	set_owner(&set.sem_perm, owner);
	return semctl(id, 0, IPC_SET, argument) ? errno : 0;
}

/* The kernel checks the rights at each call; the creator keeps its own,
 * sysvipc(7). */
static enum ipcm_status give(struct sysv_object *object)
{
	struct object_owner owner = object_owner_get();
	enum ipcm_status status;

	if (object_owner_is_none(owner))
		return IPCM_OK;
	status = status_from_errno(object->entry.kind == RESOURCE_MSG
					   ? give_queue(object->id, owner)
					   : give_set(object->id, owner));
	return status ? status : resource_give(&object->entry, owner, NULL);
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

	struct sysv_object object;

	if (status)
		return status;
	object = (struct sysv_object){request.id, entry};
	status = give(&object);
	if (status)
		sysv_close(&object);
	else
		*ret_object = object;
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
