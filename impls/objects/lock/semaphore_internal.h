/* SPDX-License-Identifier: MIT */
/*
 * What semaphore.c, semaphore_word.c and semaphore_token.c share: the handle,
 * and what all processes see.
 *
 * Over a mechanism the permits are its tokens and nothing beside them knows
 * the value; over memory they are one word. Either way one step moves the
 * truth, so a death at any instruction costs no permit but the dead one's own.
 *
 * How a semaphore is put together, in create and for a name alike:
 *
 *   semaphore_plan         from the options, what to ask the mechanism for
 *   semaphore_alloc        the handle, with the token's state behind it
 *   token->open, or open_named, on handle->token_state (plan.initial,
 *                          plan.most, &room); room is IPCM_SEMAPHORE_MAX and
 *                          nothing is opened if token is NULL. IPCM_LIMIT:
 *                          semaphore_limit tells what the caller gets
 *   semaphore_begin        writes zeroed shared memory; its maker only
 *   semaphore_attach       handle and shared memory; the handle is open
 *
 * ipcm_semaphore_free closes the token, then calls handle->unmap, which is
 * shm_map_destroy's caller unless somebody else's memory was attached.
 */
#ifndef IPCMARK_IMPLS_OBJECTS_LOCK_SEMAPHORE_INTERNAL_H
#define IPCMARK_IMPLS_OBJECTS_LOCK_SEMAPHORE_INTERNAL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "impls/core/sync/robust_lock.h"
#include "ipcmark/semaphore.h"

/** Word semaphores: permits inside. */
#define SEMAPHORE_VALUE UINT32_C(0x7fffffff)
/** Word semaphores: somebody may sleep on the word. */
#define SEMAPHORE_WAITERS UINT32_C(0x80000000)

#define SEMAPHORE_MAGIC_OPEN   UINT32_C(0x53656d61)
#define SEMAPHORE_MAGIC_CLOSED UINT32_C(0x73454d41)

/** What all processes see. */
struct semaphore_shared {
	/** Token semaphores: releases go one by one, see semaphore_token.c. */
	struct robust_lock guard;
	/** Word semaphores: SEMAPHORE_VALUE and SEMAPHORE_WAITERS. */
	_Alignas(64) _Atomic uint32_t word;
	/** Written by the maker, then never again. */
	_Atomic uint32_t maximum;
	_Atomic uint32_t flags; /* enum ipcm_semaphore_flags */
};

/** Private to the process; copied by fork(). */
struct ipcm_semaphore {
	_Atomic uint32_t magic;
	uint32_t maximum;
	bool bounded;
	/** NULL: a word semaphore. */
	const struct ipcm_token_ops *token;
	void *token_state;
	struct semaphore_shared *shared;
	/** Gives `shared` back. */
	void (*unmap)(struct ipcm_semaphore *semaphore);
	/** For whoever sets `unmap`. */
	void *owner;
};

/** What a semaphore is to be, and what to ask the mechanism for. */
struct semaphore_plan {
	uint32_t initial;
	uint32_t most;
	uint32_t flags;
};

/** IPCM_INVALID if the options make no sense on any back-end. */
enum ipcm_status semaphore_plan(const struct ipcm_semaphore_options *options,
				struct semaphore_plan *ret_plan);
/** A zeroed handle with token and token_state, or NULL. free(3) it. */
struct ipcm_semaphore *semaphore_alloc(const struct ipcm_backend *backend);
/**
 * The token could not be opened, IPCM_LIMIT: is the plan too large for the
 * back-end (IPCM_INVALID, S-03), or does the system lack something?
 */
enum ipcm_status semaphore_limit(const struct ipcm_backend *backend,
				 const struct semaphore_plan *plan);
/** Write the memory of a new one. IPCM_INVALID: more permits than room. */
enum ipcm_status semaphore_begin(struct semaphore_shared *shared,
				 const struct semaphore_plan *plan,
				 uint32_t room);
/** Join handle and memory; `unmap` gives the memory back, given `owner`. */
void semaphore_attach(struct ipcm_semaphore *semaphore,
		      struct semaphore_shared *shared,
		      void (*unmap)(struct ipcm_semaphore *semaphore),
		      void *owner);

/** IPCM_OK if the handle may be used. */
static inline enum ipcm_status semaphore_check(
	const struct ipcm_semaphore *semaphore)
{
	uint32_t magic;

	if (__builtin_expect(!semaphore, 0))
		return IPCM_INVALID;
	magic = atomic_load_explicit(&semaphore->magic, memory_order_relaxed);
	if (__builtin_expect(magic == SEMAPHORE_MAGIC_OPEN, 1))
		return IPCM_OK;
	return magic == SEMAPHORE_MAGIC_CLOSED ? IPCM_CLOSED : IPCM_INVALID;
}

/** What a call reports that did not get a permit in its time. */
static inline enum ipcm_status semaphore_late(int64_t timeout_ns)
{
	return timeout_ns > 0 ? IPCM_TIMEDOUT : IPCM_WOULDBLOCK;
}

/** What a release reports at the maximum. */
static inline enum ipcm_status semaphore_at_maximum(
	const struct ipcm_semaphore *semaphore)
{
	return semaphore->bounded ? IPCM_INVALID : IPCM_OVERFLOW;
}

/** ipcm_semaphore_acquire of a word that had no permit at first sight. */
enum ipcm_status semaphore_word_contend(struct ipcm_semaphore *semaphore,
					int64_t timeout_ns);
enum ipcm_status semaphore_word_release(struct ipcm_semaphore *semaphore);

enum ipcm_status semaphore_token_acquire(struct ipcm_semaphore *semaphore,
					 int64_t timeout_ns);
enum ipcm_status semaphore_token_release(struct ipcm_semaphore *semaphore);

#endif
