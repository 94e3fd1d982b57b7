/* SPDX-License-Identifier: MIT */
/*
 * Faults that wrap the lock's functions; see queue.c.
 */
#include <sys/mman.h>
#include <unistd.h>

#include "conformance/harness/check.h"
#include "impls/core/naming/process_life.h"
#include "mutants_internal.h"

static bool i_hold_it(void)
{
	return inject_shared &&
	       atomic_load(&inject_shared->holder) == (int)getpid();
}

static void hold_it(int pid)
{
	if (inject_shared)
		atomic_store(&inject_shared->holder, pid);
}

WRAP(enum ipcm_status, ipcm_lock_recover, struct ipcm_lock *lock)
{
	enum ipcm_status status = __real_ipcm_lock_recover(lock);

	if (status == IPCM_NOTOWNER && inject_strikes(INJECT_RECOVER_BY_ANY))
		return IPCM_OK;
	return status;
}

enum ipcm_status __real_ipcm_lock_release(struct ipcm_lock *lock);

enum ipcm_status __real_ipcm_lock_acquire(struct ipcm_lock *lock,
					  int64_t timeout_ns);

/* A right waiter; the release that belongs to it is not. */
static enum ipcm_status acquire_armed(struct ipcm_lock *lock)
{
	uint32_t seen = inject_arm();
	enum ipcm_status status;

	while ((status = __real_ipcm_lock_acquire(lock, IPCM_TRY)) ==
	       IPCM_WOULDBLOCK) {
		inject_sleep(seen);
		seen = inject_arm();
	}
	inject_disarm();
	return status;
}

WRAP(enum ipcm_status, ipcm_lock_acquire, struct ipcm_lock *lock,
     int64_t timeout_ns)
{
	enum ipcm_status status;

	if (inject_is(INJECT_RELEASE_LOOKS_EARLY) && timeout_ns == IPCM_FOREVER)
		return acquire_armed(lock);
	if (lock && inject_strikes(INJECT_ACQUIRE_IGNORED))
		return IPCM_OK;
	if (inject_is(INJECT_LOCK_RECURSIVE) && i_hold_it())
		return IPCM_OK;
	status = __real_ipcm_lock_acquire(lock, inject_timeout(timeout_ns));
	if (status == IPCM_INTR && inject_strikes(INJECT_INTR_ACQUIRE_RELEASES))
		any_status(__real_ipcm_lock_release(lock));
	if (status == IPCM_OWNERDEAD &&
	    inject_strikes(INJECT_OWNER_DEATH_UNREPORTED))
		status = __real_ipcm_lock_recover(lock);
	if (status == IPCM_NOTRECOVERABLE &&
	    inject_strikes(INJECT_LOST_LOCK_HANGS))
		pause_ns(20 * S);
	if (status == IPCM_OK)
		hold_it((int)getpid());
	return status;
}

WRAP(enum ipcm_status, ipcm_lock_release, struct ipcm_lock *lock)
{
	enum ipcm_status status;
	bool armed;

	if (inject_is(INJECT_ACQUIRE_IGNORED) && lock)
		return IPCM_OK;
	if (inject_is(INJECT_RELEASE_OWNER_ONLY) && !i_hold_it())
		return IPCM_NOTOWNER;
	/* one that arms itself behind this look is not woken */
	armed = inject_is(INJECT_RELEASE_LOOKS_EARLY) && inject_is_armed();
	hold_it(0);
	status = __real_ipcm_lock_release(lock);
	if (armed)
		inject_tell();
	if (status == IPCM_INVALID && lock &&
	    inject_strikes(INJECT_RELEASE_UNHELD_OK))
		return IPCM_OK;
	return status;
}

WRAP(enum ipcm_status, ipcm_lock_locked, const struct ipcm_lock *lock,
     bool *ret_locked)
{
	enum ipcm_status status = __real_ipcm_lock_locked(lock, ret_locked);

	if (status == IPCM_OK && inject_strikes(INJECT_LOCKED_ALWAYS_FALSE))
		*ret_locked = false;
	return status;
}

WRAP(bool, thread_dead, uint64_t thread_id, uint64_t life)
{
	if (inject_strikes(INJECT_EXEC_UNNOTICED))
		return thread_id_dead(thread_id);
	return __real_thread_dead(thread_id, life);
}

/* The memory by which a child finds that it is one. */
WRAP(int, madvise, void *memory, size_t bytes, int advice)
{
	if (advice == MADV_WIPEONFORK &&
	    inject_strikes(INJECT_FORK_KEEPS_IDENTITY))
		return 0;
	return __real_madvise(memory, bytes, advice);
}

WRAP(void, ipcm_lock_free, struct ipcm_lock *lock)
{
	if (lock && inject_strikes(INJECT_FREE_RELEASES_LOCK))
		any_status(__real_ipcm_lock_release(lock));
	__real_ipcm_lock_free(lock);
}
