/* SPDX-License-Identifier: MIT */
/*
 * Blocked calls of RLock, semaphore, condition, event and barrier; see
 * blocked_calls.h.
 */
#include "blocked_calls.h"

static void add(struct blocked *set, enum call_kind kind, void *object,
		int64_t timeout_ns)
{
	set->calls[set->count++] = call_start(kind, object, 0, timeout_ns);
}

void blocked_start_sync(struct blocked *set, const struct ipcm_backend *backend,
			int64_t timeout_ns)
{
	set->owned = rlock_make(backend);
	CHECK_STATUS(IPCM_OK, ipcm_rlock_acquire(set->owned, IPCM_TRY));
	set->used_up = semaphore_make(backend, 1);
	CHECK_STATUS(IPCM_OK, ipcm_semaphore_acquire(set->used_up, IPCM_TRY));
	set->quiet = condition_make(backend, NULL, NULL);
	set->clear = event_make(backend);
	set->single = barrier_make(backend, 2);
	add(set, CALL_RLOCK, set->owned, timeout_ns);
	add(set, CALL_SEMAPHORE, set->used_up, timeout_ns);
	add(set, CALL_CONDITION, set->quiet, timeout_ns);
	add(set, CALL_EVENT, set->clear, timeout_ns);
	add(set, CALL_BARRIER, set->single, timeout_ns);
}

void blocked_release_sync(struct blocked *set)
{
	CHECK_STATUS(IPCM_OK, ipcm_rlock_release(set->owned));
	CHECK_STATUS(IPCM_OK, ipcm_semaphore_release(set->used_up));
	condition_notify(set->quiet, 1);
	CHECK_STATUS(IPCM_OK, ipcm_event_set(set->clear));
	CHECK_STATUS(IPCM_OK, ipcm_barrier_wait(set->single, hang_ns(), NULL));
}

void blocked_free_sync(struct blocked *set)
{
	ipcm_rlock_free(set->owned);
	ipcm_semaphore_free(set->used_up);
	ipcm_condition_free(set->quiet);
	ipcm_event_free(set->clear);
	ipcm_barrier_free(set->single);
}
