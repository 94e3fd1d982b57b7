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
		.yields = !placement_is_apart(task->axes->placement),
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

/* A pointer to any of them. */
union object {
	struct ipcm_lock *lock;
	struct ipcm_rlock *rlock;
	struct ipcm_semaphore *semaphore;
	struct ipcm_event *event;
	struct ipcm_condition *condition;
	struct ipcm_barrier *barrier;
	void *any;
};

static enum ipcm_status create(const struct task *task, int64_t amount,
			       union object *ret)
{
	const struct ipcm_backend *backend = task->backend;
	struct ipcm_semaphore_options permits = IPCM_SEMAPHORE_OPTIONS_INIT;
	struct ipcm_barrier_options parties = IPCM_BARRIER_OPTIONS_INIT;

	switch (task->axes->iface) {
	case IFACE_LOCK:
		return ipcm_lock_create(backend, &ret->lock);
	case IFACE_RLOCK:
		return ipcm_rlock_create(backend, &ret->rlock);
	case IFACE_SEMAPHORE:
		permits.initial = amount;
		return ipcm_semaphore_create(backend, &permits,
					     &ret->semaphore);
	case IFACE_EVENT:
		return ipcm_event_create(backend, &ret->event);
	case IFACE_CONDITION:
		return ipcm_condition_create(backend, NULL, NULL,
					     &ret->condition);
	case IFACE_BARRIER:
		parties.parties = amount;
		return ipcm_barrier_create(backend, &parties, &ret->barrier);
	default:
		return IPCM_NOTSUP;
	}
}

void *object_create(const struct task *task, int64_t amount,
		    struct verdict *verdict)
{
	union object object = {.any = NULL};
	enum ipcm_status status = create(task, amount, &object);

	if (status == IPCM_OK)
		return object.any;
	verdict_from_status(verdict, status, iface_name(task->axes->iface));
	return NULL;
}

void object_free(const struct task *task, void *object)
{
	switch (task->axes->iface) {
	case IFACE_LOCK:
		ipcm_lock_free(object);
		break;
	case IFACE_RLOCK:
		ipcm_rlock_free(object);
		break;
	case IFACE_SEMAPHORE:
		ipcm_semaphore_free(object);
		break;
	case IFACE_EVENT:
		ipcm_event_free(object);
		break;
	case IFACE_CONDITION:
		ipcm_condition_free(object);
		break;
	default:
		ipcm_barrier_free(object);
	}
}

uint64_t object_overflowed(const struct ipcm_queue *queue)
{
	struct ipcm_queue_stats stats;

	if (ipcm_queue_get_stats(queue, &stats) != IPCM_OK)
		return 0;
	return stats.spilled_items;
}
