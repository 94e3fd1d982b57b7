/* SPDX-License-Identifier: MIT */
/*
 * An iterator over a job's results.
 */
#ifndef IPCMARK_IMPLS_OBJECTS_POOL_POOL_ASYNC_H
#define IPCMARK_IMPLS_OBJECTS_POOL_POOL_ASYNC_H

#include "pool_internal.h"

struct ipcm_pool_iterator {
	struct handle handle;
	unsigned forks;
	struct ipcm_async *job;
	pthread_mutex_t mutex;
	uint32_t taken; /* results that callers have; mutex */
};

/** Without its job; NULL without memory. */
struct ipcm_pool_iterator *iterator_new(void);

#endif
