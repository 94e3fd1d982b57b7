/* SPDX-License-Identifier: MIT */
/*
 * Which item has a consumer taken? For a pool, which must know that after the
 * consumer's death. Each consumer has a word in shared memory, its claim. A get
 * of one item stores the item's number there with the consumers' lock held,
 * before H moves, which takes the item. A death in between leaves a claim to an
 * item that another consumer takes then; so the next owner of the lock, who
 * learns of the death, withdraws claims to the item at the head.
 *
 * Numbers are those of NUMBER_MASK in queue_words.h; the first item's is 1.
 */
#ifndef IPCMARK_IMPLS_OBJECTS_QUEUE_QUEUE_CLAIM_H
#define IPCMARK_IMPLS_OBJECTS_QUEUE_QUEUE_CLAIM_H

#include <stdbool.h>

#include "queue_internal.h"

#define QUEUE_CLAIM_NONE UINT32_MAX

/** Before fork(): the first claim of the users, how far apart, how many. */
void queue_set_claims(struct ipcm_queue *queue, struct queue_claims claims);

/** From now on this process gets items one at a time, and claims each. */
void queue_claim_by(struct ipcm_queue *queue, _Atomic uint32_t *claim);

/**
 * See that the claims of consumers that have ended are final. False: the
 * consumers' lock is busy, try again.
 */
bool queue_settle_claims(struct ipcm_queue *queue);

/** The number that follows, for one who counts puts. */
static inline uint32_t queue_next_number(uint32_t number)
{
	return (number + 1) & NUMBER_MASK;
}

/* ---- for the engines; consumers' lock ---- */

/** The item with this number is taken next. */
static inline void queue_claim(struct ipcm_queue *queue, uint32_t number)
{
	if (__builtin_expect(queue->claim != NULL, 0))
		atomic_store_explicit(queue->claim, number,
				      memory_order_relaxed);
}

/** The last owner of the lock has died. */
void queue_withdraw_claims(struct ipcm_queue *queue);

#endif
