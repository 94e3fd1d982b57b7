/* SPDX-License-Identifier: MIT */
/* The objects under test. */
#include "objects.h"

struct ipcm_queue *object_queue(const struct task *task,
				struct verdict *verdict)
{
	struct ipcm_queue_options options = IPCM_QUEUE_OPTIONS_INIT;
	struct ipcm_queue *queue = NULL;
	enum ipcm_status status;

	options.maxsize = task->axes->depth;
	options.item_size_hint = task->axes->size_bytes;
	if (task->axes->wait == WAIT_SPIN)
		options.spin_ns = WAIT_SPIN_NS;
	status = ipcm_queue_create(task->backend, &options, &queue);
	if (status != IPCM_OK) {
		verdict_from_status(verdict, status, "queue");
		return NULL;
	}
	return queue;
}

int object_pipe(const struct task *task, bool duplex,
		struct ipcm_connection *ret_end[2], struct verdict *verdict)
{
	struct ipcm_pipe_options options = IPCM_PIPE_OPTIONS_INIT;
	enum ipcm_status status;

	options.duplex = duplex;
	options.message_size_hint = task->axes->size_bytes;
	status = ipcm_pipe_create(task->backend, &options, &ret_end[0],
				  &ret_end[1]);
	if (status != IPCM_OK) {
		verdict_from_status(verdict, status, "pipe");
		return -1;
	}
	return 0;
}

struct ipcm_lock *object_lock(const struct task *task, struct verdict *verdict)
{
	struct ipcm_lock *lock = NULL;
	enum ipcm_status status = ipcm_lock_create(task->backend, &lock);

	if (status != IPCM_OK) {
		verdict_from_status(verdict, status, "lock");
		return NULL;
	}
	return lock;
}

uint64_t object_spilled(const struct ipcm_queue *queue)
{
	struct ipcm_queue_stats stats;

	if (ipcm_queue_get_stats(queue, &stats) != IPCM_OK)
		return 0;
	return stats.spilled_items;
}
