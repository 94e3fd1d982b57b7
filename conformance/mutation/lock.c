/* SPDX-License-Identifier: MIT */
/*
 * Faults in front of the lock's functions; see queue.c.
 */
#include <unistd.h>

#include "conformance/harness/check.h"
#include "mutants_internal.h"

static bool i_hold_it(void)
{
	return plant_shared &&
	       atomic_load(&plant_shared->holder) == (int)getpid();
}

static void hold_it(int pid)
{
	if (plant_shared)
		atomic_store(&plant_shared->holder, pid);
}

WRAP(enum ipcm_status, ipcm_lock_recover, struct ipcm_lock *lock)
{
	return __real_ipcm_lock_recover(lock);
}

enum ipcm_status __real_ipcm_lock_release(struct ipcm_lock *lock);

WRAP(enum ipcm_status, ipcm_lock_acquire, struct ipcm_lock *lock,
     int64_t timeout_ns)
{
	enum ipcm_status status;

	if (lock && plant_strikes(PLANT_NO_LOCK))
		return IPCM_OK;
	if (plant_is(PLANT_RECURSIVE) && i_hold_it())
		return IPCM_OK;
	status = __real_ipcm_lock_acquire(lock, plant_timeout(timeout_ns));
	if (status == IPCM_INTR && plant_strikes(PLANT_INTR_OPENS))
		any_status(__real_ipcm_lock_release(lock));
	if (status == IPCM_OWNERDEAD && plant_strikes(PLANT_SILENT_DEATH))
		status = __real_ipcm_lock_recover(lock);
	if (status == IPCM_OK)
		hold_it((int)getpid());
	return status;
}

WRAP(enum ipcm_status, ipcm_lock_release, struct ipcm_lock *lock)
{
	enum ipcm_status status;

	if (plant_is(PLANT_NO_LOCK) && lock)
		return IPCM_OK;
	if (plant_is(PLANT_OWNER_ONLY) && !i_hold_it())
		return IPCM_NOTOWNER;
	hold_it(0);
	status = __real_ipcm_lock_release(lock);
	if (status == IPCM_INVALID && lock && plant_strikes(PLANT_RELEASE_FREE))
		return IPCM_OK;
	return status;
}

WRAP(enum ipcm_status, ipcm_lock_locked, const struct ipcm_lock *lock,
     bool *ret_locked)
{
	enum ipcm_status status = __real_ipcm_lock_locked(lock, ret_locked);

	if (status == IPCM_OK && plant_strikes(PLANT_LOCKED_NO))
		*ret_locked = false;
	return status;
}

WRAP(void, ipcm_lock_free, struct ipcm_lock *lock)
{
	if (lock && plant_strikes(PLANT_CHILD_RELEASES))
		any_status(__real_ipcm_lock_release(lock));
	__real_ipcm_lock_free(lock);
}
