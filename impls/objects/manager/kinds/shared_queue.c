/* SPDX-License-Identifier: MIT */
/*
 * A manager's JoinableQueue, in the server; queue.h says what it does.
 *
 * While a get waits the queue is empty; while a put waits it is full. A put
 * hands its item to the oldest get that waits, a get lets the oldest put in,
 * both in one step. An item counts as unfinished from that step on, so a fast
 * consumer is never refused (JQ-JN-04), and joins are answered in the step that
 * finishes the last one (JQ-JN-03).
 */
#include "shared_kinds.h"

#include <stdlib.h>

#include "ipcmark/queue.h"

/* The ring grows from this. */
#define FIRST_PLACES 16

struct shared_queue {
	struct shared_object base;
	/** UINT64_MAX: unlimited. */
	uint64_t maxsize;
	/** Put, and not done. */
	uint64_t unfinished;
	/** A ring of `places`, a power of two; `count` of them from `head`. */
	struct shared_bytes **items;
	size_t places, head, count;
	struct shared_call_list gets;
	/** call->item: what each puts. */
	struct shared_call_list puts;
	struct shared_call_list joins;
};

static struct shared_queue *queue_of(struct shared_object *object)
{
	return (struct shared_queue *)object;
}

/* 0, and what is negative, is unlimited. */
static bool maxsize_get(struct shared_call *arguments, uint64_t *ret_maxsize)
{
	if (!call_get_u64(arguments, ret_maxsize) || !call_end(arguments))
		return false;
	if ((int64_t)*ret_maxsize <= 0)
		*ret_maxsize = UINT64_MAX;
	return true;
}

static enum ipcm_status queue_create(struct shared_object *object,
				     struct shared_call *arguments)
{
	struct shared_queue *queue = queue_of(object);

	if (!maxsize_get(arguments, &queue->maxsize))
		return IPCM_CORRUPT;
	return queue->maxsize > IPCM_QUEUE_MAX_ITEMS &&
			       queue->maxsize != UINT64_MAX
		       ? IPCM_LIMIT
		       : IPCM_OK;
}

static enum ipcm_status queue_agrees(const struct shared_object *object,
				     struct shared_call *arguments)
{
	const struct shared_queue *queue = (const void *)object;
	uint64_t maxsize;

	if (!maxsize_get(arguments, &maxsize))
		return IPCM_CORRUPT;
	return maxsize == queue->maxsize ? IPCM_OK : IPCM_INVALID;
}

/* ---- the items ---- */

static struct shared_bytes **ring_place(const struct shared_queue *queue,
					size_t number)
{
	return &queue->items[(queue->head + number) & (queue->places - 1)];
}

static enum ipcm_status ring_grow(struct shared_queue *queue)
{
	size_t places = queue->places ? 2 * queue->places : FIRST_PLACES;
	struct shared_bytes **items =
		calloc(places, sizeof(struct shared_bytes *));

	if (!items)
		return IPCM_NOMEM;
	for (size_t i = 0; i < queue->count; i++)
		items[i] = *ring_place(queue, i);
	free(queue->items);
	queue->items = items;
	queue->places = places;
	queue->head = 0;
	return IPCM_OK;
}

/* The queue has the caller's use of the item, unless this fails. */
static enum ipcm_status ring_append(struct shared_queue *queue,
				    struct shared_bytes *item)
{
	enum ipcm_status status = IPCM_OK;

	if (queue->count == IPCM_QUEUE_MAX_ITEMS)
		return IPCM_LIMIT;
	if (queue->count == queue->places)
		status = ring_grow(queue);
	if (status)
		return status;
	*ring_place(queue, queue->count++) = item;
	queue->unfinished++;
	return IPCM_OK;
}

static void ring_drop_first(struct shared_queue *queue)
{
	shared_bytes_drop(*ring_place(queue, 0));
	queue->head = (queue->head + 1) & (queue->places - 1);
	queue->count--;
}

/* ---- put ---- */

/* A get that waits has it; false: none does, or none that has the space. */
static bool put_hand_over(struct shared_queue *queue, struct shared_bytes *item)
{
	struct shared_call *get;

	while ((get = queue->gets.first) && item->size > get->capacity)
		call_reply(get, IPCM_TOOSMALL, item->size);
	if (!get)
		return false;
	queue->unfinished++;
	call_reply_value(get, item, get->capacity);
	shared_bytes_drop(item);
	return true;
}

/* The put waits with its item. */
static void put_defer(struct shared_queue *queue, struct shared_call *call,
		      struct shared_bytes *item)
{
	call->item = item;
	call_defer(call, &queue->puts);
}

static void queue_put(struct shared_queue *queue, struct shared_call *call,
		      struct shared_bytes *item)
{
	bool full = queue->count >= queue->maxsize;
	enum ipcm_status status = IPCM_WOULDBLOCK;

	if (full && call->may_wait) {
		put_defer(queue, call, item);
		return;
	}
	if (!full && put_hand_over(queue, item))
		status = IPCM_OK;
	else if (!full)
		status = ring_append(queue, item);
	if (status)
		shared_bytes_drop(item);
	call_reply(call, status, 0);
}

static void serve_put(struct shared_queue *queue, struct shared_call *call)
{
	struct shared_bytes *item = NULL;
	enum ipcm_status status = call_take_bytes(call, &item);

	if (!status && !call_end(call))
		status = IPCM_CORRUPT;
	if (status) {
		shared_bytes_drop(item);
		call_reply(call, status, 0);
	} else {
		queue_put(queue, call, item);
	}
}

/* There is space again: the oldest put that waits goes on. */
static void put_let_in(struct shared_queue *queue)
{
	struct shared_call *put;
	enum ipcm_status status;

	while ((put = queue->puts.first) && queue->count < queue->maxsize) {
		status = ring_append(queue, put->item);
		if (!status)
			put->item = NULL;
		call_reply(put, status, 0);
	}
}

/* ---- get ---- */

static void queue_get(struct shared_queue *queue, struct shared_call *call)
{
	struct shared_bytes *item;

	if (!queue->count && call->may_wait) {
		call_defer(call, &queue->gets);
		return;
	}
	if (!queue->count) {
		call_reply(call, IPCM_WOULDBLOCK, 0);
		return;
	}
	item = *ring_place(queue, 0);
	/* the answer has a use of its own */
	call_reply_value(call, item, call->capacity);
	if (item->size > call->capacity)
		return;
	ring_drop_first(queue);
	put_let_in(queue);
}

static void serve_get(struct shared_queue *queue, struct shared_call *call)
{
	uint64_t capacity;

	if (!call_get_u64(call, &capacity) || !call_end(call)) {
		call_reply(call, IPCM_CORRUPT, 0);
		return;
	}
	call->capacity = capacity;
	queue_get(queue, call);
}

/* ---- the rest ---- */

static void queue_join(struct shared_queue *queue, struct shared_call *call)
{
	if (!queue->unfinished)
		call_reply(call, IPCM_OK, 0);
	else if (call->may_wait)
		call_defer(call, &queue->joins);
	else
		call_reply(call, IPCM_WOULDBLOCK, 0);
}

static enum ipcm_status queue_task_done(struct shared_queue *queue)
{
	if (!queue->unfinished)
		return IPCM_INVALID;
	queue->unfinished--;
	while (!queue->unfinished && queue->joins.first)
		call_reply(queue->joins.first, IPCM_OK, 0);
	return IPCM_OK;
}

/* A call without arguments. */
static void serve_bare(struct shared_queue *queue, struct shared_call *call)
{
	switch (call->op) {
	case OP_QUEUE_JOIN:
		queue_join(queue, call);
		break;
	case OP_QUEUE_TASK_DONE:
		call_reply(call, queue_task_done(queue), 0);
		break;
	case OP_QUEUE_SIZE:
		call_reply(call, IPCM_OK, queue->count);
		break;
	case OP_QUEUE_FULL:
		call_reply(call, IPCM_OK, queue->count >= queue->maxsize);
		break;
	default:
		call_reply(call, IPCM_INVALID, 0);
	}
}

static void queue_serve(struct shared_object *object, struct shared_call *call)
{
	struct shared_queue *queue = queue_of(object);

	if (call->op == OP_QUEUE_PUT)
		serve_put(queue, call);
	else if (call->op == OP_QUEUE_GET)
		serve_get(queue, call);
	else if (!call_end(call))
		call_reply(call, IPCM_CORRUPT, 0);
	else
		serve_bare(queue, call);
}

static void queue_destroy(struct shared_object *object)
{
	struct shared_queue *queue = queue_of(object);

	while (queue->count)
		ring_drop_first(queue);
	free(queue->items);
}

const struct shared_kind shared_queue = {
	.id = SHARED_QUEUE,
	.object_bytes = sizeof(struct shared_queue),
	.create = queue_create,
	.agrees = queue_agrees,
	.serve = queue_serve,
	.destroy = queue_destroy,
};
