/* SPDX-License-Identifier: MIT */
/*
 * The lock inside a manager's lock, rlock and condition: who holds it, how
 * often, and the calls that wait for it, oldest first.
 *
 * A lock that becomes free is handed to the oldest waiter in the same step, so
 * it is never free while a call waits, and a call that arrives later cannot
 * overtake one. If the holder's process dies the lock is orphaned until the
 * next call acquires it, which is told so once (L-07); whoever releases it then
 * without recover makes it lost.
 */
#ifndef IPCMARK_IMPLS_OBJECTS_MANAGER_SHARED_LOCK_CORE_H
#define IPCMARK_IMPLS_OBJECTS_MANAGER_SHARED_LOCK_CORE_H

#include "impls/objects/manager/server/shared_object.h"

enum shared_lock_state {
	LOCK_FREE,
	LOCK_HELD,
	/** Its holder died. Held, by no process, while no call waits. */
	LOCK_ORPHANED,
	/** Released after such a death without recover: for ever. */
	LOCK_LOST,
};

struct shared_lock_core {
	enum shared_lock_state state;
	/** The holder was told IPCM_OWNERDEAD and has not said recover. */
	bool inconsistent;
	/** An RLock: only its holder, which is a thread, may release it. */
	bool recursive;
	struct shared_process *process;
	uint64_t thread;
	uint64_t depth;
	struct shared_call_list waiters;
};

/** Does the caller hold it? */
bool lock_core_is_mine(const struct shared_lock_core *lock,
		       const struct shared_call *call);

/** Acquire: answer now, or when it is free, if the call may wait. */
void lock_core_acquire(struct shared_lock_core *lock, struct shared_call *call);

/**
 * A condition's waiter wants the lock back, `depth` times; `outcome` is what it
 * is told then. It cannot be cancelled: see lock_core_returns. The call may be
 * in a list.
 */
void lock_core_return(struct shared_lock_core *lock, struct shared_call *call,
		      uint64_t depth, enum ipcm_status outcome);

/** Is this waiter of the lock one of lock_core_return? ret_outcome: with what.
 */
bool lock_core_returns(const struct shared_call *call,
		       enum ipcm_status *ret_outcome);

/** IPCM_OK, or IPCM_INVALID, IPCM_NOTOWNER: nothing changed. */
enum ipcm_status lock_core_release(struct shared_lock_core *lock,
				   const struct shared_call *call);

/** The holder releases it in full depth. */
void lock_core_release_all(struct shared_lock_core *lock);

enum ipcm_status lock_core_recover(struct shared_lock_core *lock,
				   const struct shared_call *call);

/** Its waiters are gone already. */
void lock_core_process_gone(struct shared_lock_core *lock,
			    const struct shared_process *process);

/**
 * Serve a call that locks, rlocks and conditions have in common.
 * @return false: it is another one
 */
bool lock_core_serve(struct shared_lock_core *lock, struct shared_call *call);

#endif
