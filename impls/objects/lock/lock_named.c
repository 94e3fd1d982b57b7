/* SPDX-License-Identifier: MIT */
/*
 * Locks by name: the memory and the token of a lock, found by name
 * (core/naming/named_object.h). From then on it is a lock like any other.
 */
#include <stdlib.h>

#include "impls/core/memory/shm_map.h"
#include "lock_internal.h"
#include "lock_named.h"

static void lock_unmap(struct ipcm_lock *lock)
{
	struct named *named = lock->owner;

	shm_map_destroy(lock->shared, sizeof(*lock->shared));
	named_close(named);
	free(named);
}

static enum ipcm_status open_token(struct ipcm_lock *lock, struct named *named)
{
	struct ipcm_object_key key = named_key(named);
	enum ipcm_status status;
	uint32_t most;

	if (!lock->token)
		return IPCM_OK;
	status = lock->token->open_named(lock->token_state, &key, named->making,
					 1, 1, &most);
	if (!status)
		named_keep_key(named, &key);
	return status;
}

static enum ipcm_status lock_enter(void *object, struct named *named)
{
	struct ipcm_lock *lock = object;
	enum ipcm_status status;
	void *memory;

	status = named_shm_map(named, sizeof(*lock->shared), &memory);
	if (status)
		return status;
	status = open_token(lock, named);
	if (status)
		shm_map_destroy(memory, sizeof(*lock->shared));
	else
		lock->shared = memory;
	return status;
}

static void lock_leave(void *object)
{
	struct ipcm_lock *lock = object;

	if (lock->token)
		lock->token->close(lock->token_state);
	shm_map_destroy(lock->shared, sizeof(*lock->shared));
}

enum ipcm_status ipcm_lock_open(const struct ipcm_backend *backend,
				const char *name,
				const struct ipcm_access *access,
				struct ipcm_lock **ret_lock)
{
	const struct named_request request = {
		.backend = backend,
		.name = name,
		.access = access,
		.kind = NAMED_LOCK,
		.layout = sizeof(struct lock_shared),
		.enter = lock_enter,
		.leave = lock_leave,
	};
	struct ipcm_lock *lock;
	enum ipcm_status status;
	struct named *named;

	if (!ret_lock)
		return IPCM_INVALID;
	status = named_lock_check(backend, name, access);
	if (status)
		return status;
	named = calloc(1, sizeof(*named));
	lock = lock_alloc(backend);
	status = IPCM_NOMEM;
	if (named && lock)
		status = named_open(&request, lock, named);
	if (status) {
		free(lock);
		free(named);
		return status;
	}
	lock_attach(lock, lock->shared, lock_unmap, named);
	*ret_lock = lock;
	return IPCM_OK;
}
