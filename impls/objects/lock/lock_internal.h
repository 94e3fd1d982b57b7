/* SPDX-License-Identifier: MIT */
/*
 * What lock.c, lock_word.c and lock_token.c share: the handle, and the record,
 * one 64-bit word in shared memory that says everything about a lock.
 *
 *   low half   thread id of the holder | WAITERS | INCONSISTENT
 *   high half  start time of the holder (see thread_id.h)
 *
 * 0 is free, RECORD_LOST is a lock that nobody may take again. Because the
 * whole truth is one word, every step is one compare-and-swap, and a process
 * killed between any two instructions leaves a state that means something.
 */
#ifndef IPCMARK_IMPLS_OBJECTS_LOCK_LOCK_INTERNAL_H
#define IPCMARK_IMPLS_OBJECTS_LOCK_LOCK_INTERNAL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "impls/core/sync/thread_id.h"
#include "impls/core/sync/robust_lock.h"
#include "ipcmark/lock.h"

#define RECORD_FREE UINT64_C(0)
/** Somebody may sleep on the word (word locks only); FUTEX_WAITERS. */
#define RECORD_WAITERS UINT64_C(0x80000000)
/** The holder inherited from a dead one and has not said recover yet. */
#define RECORD_INCONSISTENT UINT64_C(0x40000000)
/** Not recoverable. No thread has this id: ids end at 2^22. */
#define RECORD_LOST UINT64_C(0x3fffffff)

#define LOCK_MAGIC_OPEN	  UINT32_C(0x4c6f636b)
#define LOCK_MAGIC_CLOSED UINT32_C(0x6c4f434b)

/** What all processes see. */
struct lock_shared {
	/** Token locks: guards {record, token}, see lock_token.c. */
	struct robust_lock guard;
	_Alignas(64) _Atomic uint64_t record;
	/** Of an RLock: how often its owner holds it; see rlock.c. */
	_Atomic uint32_t depth;
};

/** Private to the process; copied by fork(). */
struct ipcm_lock {
	_Atomic uint32_t magic;
	/** NULL: a word lock. */
	const struct ipcm_token_ops *token;
	void *token_state;
	struct lock_shared *shared;
	/** When a holder was last seen alive; limits reading of /proc. */
	_Atomic int64_t alive_ns;
	/** Gives `shared` back; called by ipcm_lock_free, token closed. */
	void (*unmap)(struct ipcm_lock *lock);
	/** For whoever sets `unmap`. */
	void *owner;
};

/*
 * How a lock is put together, in create and for a name alike: lock_alloc; the
 * token, if there is one, is opened on lock->token_state (one token, room for
 * one); lock_attach. Zeroed shared memory is a free lock.
 */

/** A zeroed handle with token and token_state, or NULL. free(3) it. */
struct ipcm_lock *lock_alloc(const struct ipcm_backend *backend);
/** Join handle and memory; `unmap` gives the memory back, given `owner`. */
void lock_attach(struct ipcm_lock *lock, struct lock_shared *shared,
		 void (*unmap)(struct ipcm_lock *lock), void *owner);

/** The thread that a record names. */
static inline uint64_t record_owner(uint64_t record)
{
	return record & ~(RECORD_WAITERS | RECORD_INCONSISTENT);
}

/** Does a record name a holder? */
static inline bool record_held(uint64_t record)
{
	return record != RECORD_FREE && record_owner(record) != RECORD_LOST;
}

/** IPCM_OK if the handle may be used. */
static inline enum ipcm_status lock_check(const struct ipcm_lock *lock)
{
	uint32_t magic;

	if (__builtin_expect(!lock, 0))
		return IPCM_INVALID;
	magic = atomic_load_explicit(&lock->magic, memory_order_relaxed);
	if (__builtin_expect(magic == LOCK_MAGIC_OPEN, 1))
		return IPCM_OK;
	return magic == LOCK_MAGIC_CLOSED ? IPCM_CLOSED : IPCM_INVALID;
}

/** What a call reports that did not get the lock in its time. */
static inline enum ipcm_status lock_late(int64_t timeout_ns)
{
	return timeout_ns > 0 ? IPCM_TIMEDOUT : IPCM_WOULDBLOCK;
}

/** Does the record name the calling thread? */
static inline bool lock_is_mine(const struct ipcm_lock *lock)
{
	return record_owner(atomic_load_explicit(&lock->shared->record,
						 memory_order_relaxed)) ==
	       thread_id_self();
}

/** Will nobody ever have it again? */
static inline bool lock_is_lost(const struct ipcm_lock *lock)
{
	return record_owner(atomic_load_explicit(&lock->shared->record,
						 memory_order_relaxed)) ==
	       RECORD_LOST;
}

/**
 * ipcm_lock_acquire without limit that no signal handler ends: for who must
 * have the lock again before it may return (G-SIG-04).
 */
enum ipcm_status lock_acquire_always(struct ipcm_lock *lock);

/**
 * Is the holder named by a record dead? Cheap when it obviously lives: a
 * holder that was not reaped yet is looked at every few milliseconds only.
 */
bool lock_owner_dead(struct ipcm_lock *lock, uint64_t record);

/** The part of ipcm_lock_acquire behind the first compare-and-swap. */
enum ipcm_status lock_word_contend(struct ipcm_lock *lock, int64_t timeout_ns);
/** ipcm_lock_release where somebody waits or the word needs care. */
enum ipcm_status lock_word_release_slow(struct ipcm_lock *lock);

enum ipcm_status lock_token_acquire(struct ipcm_lock *lock, int64_t timeout_ns);
enum ipcm_status lock_token_release(struct ipcm_lock *lock);

#endif
