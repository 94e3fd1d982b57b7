/* SPDX-License-Identifier: MIT */
/*
 * ipcm_backend_limits: the limits of a back-end on this system at this moment.
 * They are measured: it creates a queue and a semaphore and asks the system.
 */
#include <stdint.h>
#include <sys/resource.h>

#include "ipcmark/pipe.h"
#include "ipcmark/queue.h"
#include "ipcmark/semaphore.h"
#include "impls/core/proc.h"
#include "impls/objects/queue/queue_internal.h"

/* How many queues the free descriptors allow if each needs this many. */
static uint64_t queues_by_descriptors(uint64_t in_use, uint64_t each)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) || limit.rlim_cur <= in_use)
		return 0;
	return (limit.rlim_cur - in_use) / (each ? each : 1);
}

static uint64_t smaller(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* Create a default queue, read its limits, and free it. */
static enum ipcm_status read_queue(const struct ipcm_backend *backend,
				   struct ipcm_limits *limits)
{
	uint64_t before = proc_descriptors_open();
	struct ipcm_queue *queue;
	enum ipcm_status status;
	uint64_t each;

	status = ipcm_queue_create(backend, NULL, &queue);
	if (status)
		return status;
	each = proc_descriptors_open() - before;
	limits->queue_items = IPCM_QUEUE_MAX_ITEMS;
	limits->item_bytes = IPCM_ITEM_MAX_BYTES;
	limits->channel_bytes = queue->limits.channel_bytes;
	limits->channel_messages = queue->limits.channel_frames;
	limits->native_message_bytes = backend->queue->port
					       ? queue->limits.frame_bytes
					       : IPCM_ITEM_MAX_BYTES;
	ipcm_queue_free(queue);
	/* 0: a queue without descriptors is limited by memory only */
	limits->queues = each ? queues_by_descriptors(before, each) : 0;
	if (backend->queue->remaining) {
		uint64_t more = backend->queue->remaining();

		limits->queues = each ? smaller(limits->queues, more) : more;
	}
	return IPCM_OK;
}

static enum ipcm_status read_semaphore(const struct ipcm_backend *backend,
				       struct ipcm_limits *limits)
{
	const struct ipcm_semaphore_options none = {.initial = 0};
	struct ipcm_semaphore *semaphore;
	enum ipcm_status status;
	int64_t most = 0;

	status = ipcm_semaphore_create(backend, &none, &semaphore);
	if (status)
		return status;
	status = ipcm_semaphore_maximum(semaphore, &most);
	limits->semaphore_value = (uint64_t)most;
	ipcm_semaphore_free(semaphore);
	return status;
}

enum ipcm_status ipcm_backend_limits(const struct ipcm_backend *backend,
				     struct ipcm_limits *ret_limits)
{
	struct ipcm_limits limits = {0};
	enum ipcm_status status = IPCM_OK;

	if (!ret_limits || ipcm_backend_validate(backend, NULL, 0))
		return IPCM_INVALID;
	if (backend->queue)
		status = read_queue(backend, &limits);
	if (!status && backend->pipe)
		limits.message_bytes = IPCM_MESSAGE_MAX_BYTES;
	if (!status && backend->lock)
		status = read_semaphore(backend, &limits);
	if (!status)
		*ret_limits = limits;
	return status;
}
