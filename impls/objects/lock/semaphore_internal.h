/* SPDX-License-Identifier: MIT */
/*
 * What semaphore.c, semaphore_word.c and semaphore_token.c share: the handle,
 * and what all processes see.
 *
 * Over a mechanism the permits are its tokens, and those for which it has no
 * space are spare ones, a number in memory; over memory they are one word. In
 * each case one step changes the value, so a death at any instruction costs no
 * permit except the one that the dead process held.
 */
#ifndef IPCMARK_IMPLS_OBJECTS_LOCK_SEMAPHORE_INTERNAL_H
#define IPCMARK_IMPLS_OBJECTS_LOCK_SEMAPHORE_INTERNAL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "impls/core/sync/robust_lock.h"
#include "ipcmark/semaphore.h"
#include "lock_base.h"

/** Word semaphores: permits inside. */
#define SEMAPHORE_VALUE UINT32_C(0x7fffffff)
/** Word semaphores: a thread may sleep on the word. */
#define SEMAPHORE_WAITERS UINT32_C(0x80000000)

#define SEMAPHORE_MAGIC UINT32_C(0x53656d61)

/** What all processes see. */
struct semaphore_shared {
	/** Token semaphores: serializes releases, see semaphore_token.c. */
	struct robust_lock guard;
	/** Word semaphores: SEMAPHORE_VALUE and SEMAPHORE_WAITERS. Token
	 * semaphores: spare permits. */
	_Alignas(64) _Atomic uint32_t word;
	/** Written by the creator, then never again. */
	_Atomic uint32_t maximum;
	_Atomic uint32_t flags; /* enum ipcm_semaphore_flags */
	_Atomic uint32_t room;	/* tokens that the mechanism holds */
};

/** Private to the process; copied by fork(). */
struct ipcm_semaphore {
	struct lock_base base;
	uint32_t maximum;
	uint32_t room;
	bool bounded;
};

static inline struct semaphore_shared *semaphore_shared(
	const struct ipcm_semaphore *semaphore)
{
	return semaphore->base.memory;
}

/** IPCM_OK if the handle may be used. */
static inline enum ipcm_status semaphore_check(
	const struct ipcm_semaphore *semaphore)
{
	return handle_check(semaphore, SEMAPHORE_MAGIC);
}

/** The status of a release at the maximum. */
static inline enum ipcm_status semaphore_at_maximum(
	const struct ipcm_semaphore *semaphore)
{
	return semaphore->bounded ? IPCM_INVALID : IPCM_OVERFLOW;
}

/** ipcm_semaphore_acquire when the word had no permit. */
enum ipcm_status semaphore_word_contend(struct ipcm_semaphore *semaphore,
					int64_t timeout_ns);
/** Let all that wait for a permit look: their handle may be closed. */
void semaphore_word_wake_all(struct ipcm_semaphore *semaphore);
enum ipcm_status semaphore_word_release(struct ipcm_semaphore *semaphore);

enum ipcm_status semaphore_token_acquire(struct ipcm_semaphore *semaphore,
					 int64_t timeout_ns);
enum ipcm_status semaphore_token_release(struct ipcm_semaphore *semaphore);

#endif
