/* SPDX-License-Identifier: MIT */
/*
 * Claims; read queue_claim.h first.
 */
#include "queue_claim.h"

#include "impls/core/sync/clock.h"

void queue_set_claims(struct ipcm_queue *queue, struct queue_claims claims)
{
	queue->claims = claims;
}

void queue_claim_by(struct ipcm_queue *queue, _Atomic uint32_t *claim)
{
	queue->claim = claim;
}

bool queue_settle_claims(struct ipcm_queue *queue)
{
	/* taking it is enough: the engine withdraws after a death */
	if (!queue->engine->lock_consumers(queue, clock_deadline(NS_PER_MS)))
		return false;
	robust_lock_release(&queue->shared->consumers);
	return true;
}

void queue_withdraw_claims(struct ipcm_queue *queue)
{
	const struct queue_claims *claims = &queue->claims;
	uint64_t head = atomic_load_explicit(&queue->shared->head,
					     memory_order_relaxed);
	uint32_t next = queue_next_number(word_number(head));
	uint8_t *at = (uint8_t *)claims->first;

	for (unsigned i = 0; i < claims->count; i++) {
		_Atomic uint32_t *claim = (_Atomic uint32_t *)(void *)at;

		if (atomic_load_explicit(claim, memory_order_relaxed) == next)
			atomic_store_explicit(claim, QUEUE_CLAIM_NONE,
					      memory_order_relaxed);
		at += claims->stride_bytes;
	}
}
