/* SPDX-License-Identifier: MIT */
/*
 * A manager's Lock and RLock, in the server: lock.h and rlock.h say what they
 * do, shared_lock_core.h how. A thread that ends without a release leaves the
 * lock held for as long as its process lives: the server sees processes end.
 */
#include "shared_lock_core.h"
#include "shared_kinds.h"

struct shared_lock {
	struct shared_object base;
	struct shared_lock_core core;
};

static struct shared_lock_core *core_of(struct shared_object *object)
{
	return &((struct shared_lock *)object)->core;
}

static enum ipcm_status lock_create(struct shared_object *object,
				    struct shared_call *arguments)
{
	core_of(object)->recursive = object->kind->id == SHARED_RLOCK;
	return call_end(arguments) ? IPCM_OK : IPCM_CORRUPT;
}

static void lock_serve(struct shared_object *object, struct shared_call *call)
{
	if (!call_end(call))
		call_reply(call, IPCM_CORRUPT, 0);
	else if (!lock_core_serve(core_of(object), call))
		call_reply(call, IPCM_INVALID, 0);
}

static void lock_process_gone(struct shared_object *object,
			      struct shared_process *process)
{
	lock_core_process_gone(core_of(object), process);
}

const struct shared_kind shared_lock = {
	.id = SHARED_LOCK,
	.object_bytes = sizeof(struct shared_lock),
	.create = lock_create,
	.serve = lock_serve,
	.process_gone = lock_process_gone,
};

const struct shared_kind shared_rlock = {
	.id = SHARED_RLOCK,
	.object_bytes = sizeof(struct shared_lock),
	.create = lock_create,
	.serve = lock_serve,
	.process_gone = lock_process_gone,
};
