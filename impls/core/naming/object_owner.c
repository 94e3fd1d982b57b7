/* SPDX-License-Identifier: MIT */
#include "object_owner.h"

#include <stdatomic.h>
#include <unistd.h>

/* Both ids in one word, so that a thread that makes an object sees two that
 * belong together. No other memory depends on them: relaxed. */
static _Atomic uint64_t current = UINT64_MAX;
static _Atomic uint32_t last = UINT32_MAX;

struct object_owner object_owner_get(void)
{
	uint64_t word = atomic_load_explicit(&current, memory_order_relaxed);

	return (struct object_owner){(uint32_t)(word >> 32), (uint32_t)word};
}

void object_owner_set(struct object_owner owner)
{
	atomic_store_explicit(&current, (uint64_t)owner.uid << 32 | owner.gid,
			      memory_order_relaxed);
}

void object_owner_given(uint32_t uid)
{
	atomic_store_explicit(&last, uid, memory_order_relaxed);
}

uint32_t object_owner_last(void)
{
	return atomic_load_explicit(&last, memory_order_relaxed);
}

bool object_owner_is_other(struct object_owner owner)
{
	return owner.uid != UINT32_MAX && owner.uid != geteuid();
}
