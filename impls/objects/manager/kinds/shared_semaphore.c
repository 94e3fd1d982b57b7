/* SPDX-License-Identifier: MIT */
/*
 * A manager's Semaphore and BoundedSemaphore, in the server; semaphore.h says
 * what they do. A permit has no owner: what a dead process had taken is lost,
 * exactly that (S-05). While calls wait there is no permit.
 */
#include "shared_kinds.h"

#include "ipcmark/semaphore.h"

struct shared_semaphore {
	struct shared_object base;
	uint64_t initial;
	uint64_t permits;
	struct shared_call_list waiters;
};

static struct shared_semaphore *semaphore_of(struct shared_object *object)
{
	return (struct shared_semaphore *)object;
}

static enum ipcm_status semaphore_create(struct shared_object *object,
					 struct shared_call *arguments)
{
	struct shared_semaphore *semaphore = semaphore_of(object);

	if (!call_get_u64(arguments, &semaphore->initial) ||
	    !call_end(arguments))
		return IPCM_CORRUPT;
	semaphore->permits = semaphore->initial;
	/* a negative number is above, too */
	return semaphore->initial > IPCM_SEMAPHORE_MAX ? IPCM_INVALID : IPCM_OK;
}

static enum ipcm_status semaphore_agrees(const struct shared_object *object,
					 struct shared_call *arguments)
{
	const struct shared_semaphore *semaphore = (const void *)object;
	uint64_t initial;

	if (!call_get_u64(arguments, &initial) || !call_end(arguments))
		return IPCM_CORRUPT;
	return initial == semaphore->initial ? IPCM_OK : IPCM_INVALID;
}

static bool is_bounded(const struct shared_semaphore *semaphore)
{
	return semaphore->base.kind->id == SHARED_BOUNDED_SEMAPHORE;
}

static uint64_t semaphore_maximum(const struct shared_semaphore *semaphore)
{
	return is_bounded(semaphore) ? semaphore->initial
				     : (uint64_t)IPCM_SEMAPHORE_MAX;
}

static void semaphore_acquire(struct shared_semaphore *semaphore,
			      struct shared_call *call)
{
	if (semaphore->permits) {
		semaphore->permits--;
		call_reply(call, IPCM_OK, 0);
	} else if (call->may_wait) {
		call_defer(call, &semaphore->waiters);
	} else {
		call_reply(call, IPCM_WOULDBLOCK, 0);
	}
}

static enum ipcm_status semaphore_release(struct shared_semaphore *semaphore)
{
	if (semaphore->permits == semaphore_maximum(semaphore))
		return is_bounded(semaphore) ? IPCM_INVALID : IPCM_OVERFLOW;
	if (semaphore->waiters.first)
		call_reply(semaphore->waiters.first, IPCM_OK, 0);
	else
		semaphore->permits++;
	return IPCM_OK;
}

static void semaphore_serve(struct shared_object *object,
			    struct shared_call *call)
{
	struct shared_semaphore *semaphore = semaphore_of(object);

	if (!call_end(call)) {
		call_reply(call, IPCM_CORRUPT, 0);
		return;
	}
	switch (call->op) {
	case OP_LOCK_ACQUIRE:
		semaphore_acquire(semaphore, call);
		break;
	case OP_LOCK_RELEASE:
		call_reply(call, semaphore_release(semaphore), 0);
		break;
	case OP_LOCK_VALUE:
		call_reply(call, IPCM_OK, semaphore->permits);
		break;
	case OP_LOCK_MAXIMUM:
		call_reply(call, IPCM_OK, semaphore_maximum(semaphore));
		break;
	default:
		call_reply(call, IPCM_INVALID, 0);
	}
}

const struct shared_kind shared_semaphore = {
	.id = SHARED_SEMAPHORE,
	.object_bytes = sizeof(struct shared_semaphore),
	.create = semaphore_create,
	.agrees = semaphore_agrees,
	.serve = semaphore_serve,
};

const struct shared_kind shared_bounded_semaphore = {
	.id = SHARED_BOUNDED_SEMAPHORE,
	.object_bytes = sizeof(struct shared_semaphore),
	.create = semaphore_create,
	.agrees = semaphore_agrees,
	.serve = semaphore_serve,
};
