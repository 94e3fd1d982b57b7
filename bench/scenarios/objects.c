/* SPDX-License-Identifier: MIT */
/* The objects under test. */
#include "objects.h"

#include <math.h>

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

/* Over one queue, which both workers may send on, or one a direction. */
static int open_queues(const struct task *task, struct links *links,
		       struct verdict *verdict)
{
	bool yields = !placement_is_apart(task->axes->placement);

	for (unsigned i = 0; i < (links->both_ways ? 2 : 1); i++) {
		links->queue[i] = object_queue(task, verdict);
		if (!links->queue[i])
			return -1;
	}
	for (unsigned i = 0; i < 2; i++) {
		unsigned in = links->both_ways ? 1 - i : 0;

		links->out[i] = (struct channel){
			.queue = links->queue[links->both_ways ? i : 0],
			.yields = yields};
		links->in[i] = (struct channel){.queue = links->queue[in],
						.yields = yields};
	}
	return 0;
}

int links_open(const struct task *task, bool both_ways, struct links *ret_links,
	       struct verdict *verdict)
{
	*ret_links = (struct links){.both_ways = both_ways};
	if (task->axes->iface == IFACE_QUEUE) {
		if (!open_queues(task, ret_links, verdict))
			return 0;
		links_close(ret_links);
		return -1;
	}
	if (object_pipe(task, both_ways, ret_links->end, verdict))
		return -1;
	/* of a pipe in one direction the first end receives */
	for (unsigned i = 0; i < 2; i++) {
		ret_links->out[i].end = ret_links->end[both_ways ? i : 1];
		ret_links->in[i].end = ret_links->end[both_ways ? i : 0];
	}
	return 0;
}

void links_keep(struct links *links, unsigned worker)
{
	unsigned other = links->both_ways ? 1 - worker : worker;

	ipcm_connection_free(links->end[other]);
	links->end[other] = NULL;
}

void links_close(struct links *links)
{
	for (unsigned i = 0; i < 2; i++) {
		ipcm_queue_free(links->queue[i]);
		ipcm_connection_free(links->end[i]);
	}
}

double links_overflowed(const struct links *links)
{
	uint64_t items = 0;

	if (!links->queue[0])
		return NAN;
	for (unsigned i = 0; i < 2 && links->queue[i]; i++)
		items += object_overflowed(links->queue[i]);
	return (double)items;
}
