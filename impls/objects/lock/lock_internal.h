/* SPDX-License-Identifier: MIT */
/*
 * What lock.c, lock_word.c and lock_token.c share: the handle, and the record,
 * one 64-bit word in shared memory that holds the whole state of a lock.
 *
 *   low half   thread id of the holder | WAITERS | INCONSISTENT
 *   high half  the rest of the holder's identity (thread_id.h)
 *
 * 0 is free, RECORD_LOST is a lock that no thread may take again. Because the
 * whole state is one word, every step is one compare-and-swap, and a process
 * killed between any two instructions leaves a valid state. Next to it the
 * holder notes its life (process_life.h), which only serves to prove its death:
 * until it is there, or if it is that of an earlier holder, it proves nothing.
 */
#ifndef IPCMARK_IMPLS_OBJECTS_LOCK_LOCK_INTERNAL_H
#define IPCMARK_IMPLS_OBJECTS_LOCK_LOCK_INTERNAL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "impls/core/naming/process_life.h"
#include "impls/core/sync/robust_lock.h"
#include "ipcmark/lock.h"
#include "lock_base.h"

#define RECORD_FREE UINT64_C(0)
/** A thread may sleep on the word (word locks only); FUTEX_WAITERS. */
#define RECORD_WAITERS UINT64_C(0x80000000)
/** The holder took it over from a dead one and has not called recover yet. */
#define RECORD_INCONSISTENT UINT64_C(0x40000000)
/** Not recoverable. No thread has this id: ids end at 2^22. */
#define RECORD_LOST UINT64_C(0x3fffffff)

#define LOCK_MAGIC UINT32_C(0x4c6f636b)

/** What all processes see. */
struct lock_shared {
	/** Token locks: guards {record, token}, see lock_token.c. */
	struct robust_lock guard;
	_Alignas(64) _Atomic uint64_t record;
	/** process_life_self of the holder, a moment after the record. */
	_Atomic uint64_t life;
	/** Of an RLock: the levels in which its owner holds it; see rlock.c. */
	_Atomic uint32_t depth;
};

/** Private to the process; copied by fork(). */
struct ipcm_lock {
	struct lock_base base;
	/** When a holder was last seen alive; limits the system calls. */
	_Atomic int64_t alive_ns;
};

static inline struct lock_shared *lock_shared(const struct ipcm_lock *lock)
{
	return lock->base.memory;
}

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
	return handle_check(lock, LOCK_MAGIC);
}

/**
 * The record names the calling thread since a moment, whose life this is. A
 * store would delay the
 * release, which waits for it; the last holder often was the same thread.
 */
static inline void lock_note_life(struct lock_shared *shared, uint64_t life)
{
	if (atomic_load_explicit(&shared->life, memory_order_relaxed) != life)
		atomic_store_explicit(&shared->life, life,
				      memory_order_relaxed);
}

/**
 * Does the record name the calling thread? Not the one that had the same id in
 * the program that execve(2) replaced.
 */
static inline bool lock_is_mine(const struct ipcm_lock *lock)
{
	const struct lock_shared *shared = lock_shared(lock);

	return record_owner(atomic_load_explicit(&shared->record,
						 memory_order_relaxed)) ==
		       thread_id_self() &&
	       atomic_load_explicit(&shared->life, memory_order_relaxed) ==
		       thread_self.life;
}

/** Can no thread ever have it again (IPCM_NOTRECOVERABLE)? */
static inline bool lock_is_lost(const struct ipcm_lock *lock)
{
	return record_owner(atomic_load_explicit(&lock_shared(lock)->record,
						 memory_order_relaxed)) ==
	       RECORD_LOST;
}

/**
 * ipcm_lock_acquire without limit that no signal handler ends: for a call that
 * must have the lock again before it returns (G-SIG-04).
 */
enum ipcm_status lock_acquire_always(struct ipcm_lock *lock);

/**
 * Is the holder named by a record proved to be dead, or its program? Cheap
 * while it lives: only every few milliseconds more than one system call, as
 * long as its thread id exists.
 */
bool lock_owner_dead(struct ipcm_lock *lock, uint64_t record);

/** The part of ipcm_lock_acquire behind the first compare-and-swap. */
enum ipcm_status lock_word_contend(struct ipcm_lock *lock, int64_t timeout_ns);
/** Let all that wait for the lock look: their handle may be closed. */
void lock_word_wake_all(struct ipcm_lock *lock);
/** ipcm_lock_release with waiters, or after a death. */
enum ipcm_status lock_word_release_slow(struct ipcm_lock *lock);

enum ipcm_status lock_token_acquire(struct ipcm_lock *lock, int64_t timeout_ns);
enum ipcm_status lock_token_release(struct ipcm_lock *lock);

#endif
