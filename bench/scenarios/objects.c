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

struct channel object_channel(const struct task *task, struct ipcm_queue *queue)
{
	return (struct channel){
		.queue = queue,
		.steps_aside = !placement_is_apart(task->axes->placement),
	};
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

/* What a create gave, or NULL with the verdict set. */
static void *made(enum ipcm_status status, void *object,
		  struct verdict *verdict, const char *what)
{
	if (status == IPCM_OK)
		return object;
	verdict_from_status(verdict, status, what);
	return NULL;
}

struct ipcm_rlock *object_rlock(const struct task *task,
				struct verdict *verdict)
{
	struct ipcm_rlock *lock = NULL;
	enum ipcm_status status = ipcm_rlock_create(task->backend, &lock);

	return made(status, lock, verdict, "rlock");
}

struct ipcm_semaphore *object_semaphore(const struct task *task,
					int64_t permits,
					struct verdict *verdict)
{
	struct ipcm_semaphore_options options = IPCM_SEMAPHORE_OPTIONS_INIT;
	struct ipcm_semaphore *semaphore = NULL;
	enum ipcm_status status;

	options.initial = permits;
	status = ipcm_semaphore_create(task->backend, &options, &semaphore);
	return made(status, semaphore, verdict, "semaphore");
}

struct ipcm_event *object_event(const struct task *task,
				struct verdict *verdict)
{
	struct ipcm_event *event = NULL;
	enum ipcm_status status = ipcm_event_create(task->backend, &event);

	return made(status, event, verdict, "event");
}

struct ipcm_condition *object_condition(const struct task *task,
					struct verdict *verdict)
{
	struct ipcm_condition *condition = NULL;
	enum ipcm_status status =
		ipcm_condition_create(task->backend, NULL, NULL, &condition);

	return made(status, condition, verdict, "condition");
}

struct ipcm_barrier *object_barrier(const struct task *task, int64_t parties,
				    struct verdict *verdict)
{
	struct ipcm_barrier_options options = IPCM_BARRIER_OPTIONS_INIT;
	struct ipcm_barrier *barrier = NULL;
	enum ipcm_status status;

	options.parties = parties;
	status = ipcm_barrier_create(task->backend, &options, &barrier);
	return made(status, barrier, verdict, "barrier");
}

uint64_t object_overflowed(const struct ipcm_queue *queue)
{
	struct ipcm_queue_stats stats;

	if (ipcm_queue_get_stats(queue, &stats) != IPCM_OK)
		return 0;
	return stats.spilled_items;
}
