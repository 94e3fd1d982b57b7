/* SPDX-License-Identifier: MIT */
/*
 * SimpleQueue: a queue that never spills, and two lifelines.
 *
 * The items go through an ordinary queue (kill safety, several readers and
 * writers) whose put waits for the channel; its bound in items is part of
 * "the channel is full".
 *
 * The ends are counted by the kernel, as a pipe's: a lifeline is a plain pipe
 * that nothing is ever written to. Who has a writing end holds the write side
 * of one, and who has a reading end its read side, which hangs up when the
 * last writing end is closed or its process dead (SQ-04). The other lifeline
 * is the same the other way round.
 */
#include "ipcmark/simple_queue.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "impls/core/sync/clock.h"
#include "impls/core/sync/interrupt.h"
#include "impls/core/sync/poll.h"
#include "impls/core/errno_status.h"
#include "queue_internal.h"

#define SIMPLE_MAGIC 0x53504349u /* "ICPS" */
/* As many items as anybody has under way; each costs 16 bytes of a ring. */
#define SIMPLE_ITEMS 4096
/* What is asked of the mechanism: a usual pipe's 64 KiB. */
#define CHANNEL_ITEMS 8
#define CHANNEL_BYTES 8192
/* A put looks at the lifeline if nobody did for so long. */
#define LOOK_EVERY_NS (50 * INT64_C(1000))

enum side { READER, WRITER };

struct ipcm_simple_queue {
	uint32_t magic;
	struct ipcm_queue *queue;
	atomic_bool closed[2];
	int own_death_fd[2];  /* keeps the side alive; see the head of the file
			       */
	int peer_death_fd[2]; /* hangs up when the other side is gone */
	_Atomic uint32_t closings_seen;
	_Atomic int64_t looked_ns; /* when readers were last seen */
};

static bool is_simple(const struct ipcm_simple_queue *simple)
{
	return simple && ((uintptr_t)simple & 7) == 0 &&
	       simple->magic == SIMPLE_MAGIC;
}

static bool is_shut(const struct ipcm_simple_queue *simple, enum side side)
{
	return atomic_load_explicit(&simple->closed[side],
				    memory_order_relaxed);
}

static enum ipcm_status check_side(const struct ipcm_simple_queue *simple,
				   enum side side)
{
	if (!is_simple(simple))
		return IPCM_INVALID;
	return is_shut(simple, side) ? IPCM_CLOSED : IPCM_OK;
}

/* ---- making and closing ---- */

static void close_death_fd(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd); /* never written to: nothing can be lost */
	*fd = -1;
}

/* The lifeline of `side`. */
static enum ipcm_status open_death_fd(struct ipcm_simple_queue *simple,
				      enum side side)
{
	int fd[2];

	if (pipe2(fd, O_CLOEXEC | O_NONBLOCK))
		return status_from_errno(errno);
	simple->own_death_fd[side] = fd[1];
	simple->peer_death_fd[side == READER ? WRITER : READER] = fd[0];
	return IPCM_OK;
}

static void close_lives(struct ipcm_simple_queue *simple, enum side side)
{
	close_death_fd(&simple->own_death_fd[side]);
	close_death_fd(&simple->peer_death_fd[side]);
}

static enum ipcm_status give_up(void *context);

static enum ipcm_status open_queue(const struct ipcm_backend *backend,
				   struct ipcm_simple_queue *simple)
{
	struct ipcm_queue_options options = IPCM_QUEUE_OPTIONS_INIT;
	const struct ipcm_channel_request requested = {
		.items = CHANNEL_ITEMS,
		.item_bytes = CHANNEL_BYTES,
	};
	bool store = backend->queue && backend->queue->store;
	enum ipcm_status status;

	options.maxsize = SIMPLE_ITEMS;
	/* a store's room is made for the items of the bound */
	status = queue_create(backend, &options, store ? NULL : &requested,
			      &simple->queue);
	if (status)
		return status;
	simple->queue->no_overflow = true;
	simple->queue->give_up = give_up;
	simple->queue->give_up_context = simple;
	return IPCM_OK;
}

enum ipcm_status ipcm_simple_queue_create(const struct ipcm_backend *backend,
					  struct ipcm_simple_queue **ret_queue)
{
	struct ipcm_simple_queue *simple;
	enum ipcm_status status;

	if (!ret_queue || ipcm_backend_validate(backend, NULL, 0))
		return IPCM_INVALID;
	simple = calloc(1, sizeof(*simple));
	if (!simple)
		return IPCM_NOMEM;
	for (int side = READER; side <= WRITER; side++)
		simple->own_death_fd[side] = simple->peer_death_fd[side] = -1;
	status = open_queue(backend, simple);
	if (!status)
		status = open_death_fd(simple, READER);
	if (!status)
		status = open_death_fd(simple, WRITER);
	if (status)
		goto undo;
	simple->magic = SIMPLE_MAGIC;
	*ret_queue = simple;
	return IPCM_OK;
undo:
	close_lives(simple, READER);
	close_lives(simple, WRITER);
	ipcm_queue_free(simple->queue);
	free(simple);
	return status;
}

static enum ipcm_status shut(struct ipcm_simple_queue *simple, enum side side)
{
	struct queue_shared *shared;

	if (!is_simple(simple))
		return IPCM_INVALID;
	if (atomic_exchange(&simple->closed[side], true))
		return IPCM_OK;
	shared = simple->queue->shared;
	close_lives(simple, side);
	/* release: who sees the hint finds the lifeline cut */
	(void)atomic_fetch_add_explicit(&shared->ends_closed, 1,
					memory_order_release);
	/* who polls notices within a slice, who sleeps at once */
	queue_wake(simple->queue, &shared->tail, WORD_WAITER, SIZE_MAX);
	queue_wake(simple->queue, &shared->head, WORD_WAITER, SIZE_MAX);
	return IPCM_OK;
}

enum ipcm_status ipcm_simple_queue_close_reader(
	struct ipcm_simple_queue *simple)
{
	return shut(simple, READER);
}

enum ipcm_status ipcm_simple_queue_close_writer(
	struct ipcm_simple_queue *simple)
{
	return shut(simple, WRITER);
}

enum ipcm_status ipcm_simple_queue_close(struct ipcm_simple_queue *simple)
{
	enum ipcm_status status = shut(simple, WRITER);

	return status ? status : shut(simple, READER);
}

void ipcm_simple_queue_free(struct ipcm_simple_queue *simple)
{
	if (ipcm_simple_queue_close(simple))
		return;
	simple->magic = 0;
	ipcm_queue_free(simple->queue);
	free(simple);
}

/* ---- the other side ---- */

/* Is nobody left there? A system call. */
static bool is_peer_gone(const struct ipcm_simple_queue *simple, enum side side)
{
	/* no events asked for: only a hang-up counts */
	return poll_one(simple->peer_death_fd[side], 0, 0) == IPCM_OK;
}

/*
 * Before a put: CLOSED, BROKEN or OK. Readers that close leave a hint; those
 * that die are noticed by the clock, so that a stream does not pay for a
 * system call an item.
 */
static enum ipcm_status check_readers(struct ipcm_simple_queue *simple)
{
	/* acquire: pairs with shut */
	uint32_t closings = atomic_load_explicit(
		&simple->queue->shared->ends_closed, memory_order_acquire);
	int64_t now = clock_now();
	bool gone;

	if (is_shut(simple, WRITER))
		return IPCM_CLOSED;
	if (closings == atomic_load_explicit(&simple->closings_seen,
					     memory_order_relaxed) &&
	    now - atomic_load_explicit(&simple->looked_ns,
				       memory_order_relaxed) <
		    LOOK_EVERY_NS)
		return IPCM_OK;
	gone = is_peer_gone(simple, WRITER);
	/* closed meanwhile by another thread: it asked a descriptor that may
	 * be somebody else's by now */
	if (is_shut(simple, WRITER))
		return IPCM_CLOSED;
	if (gone)
		return IPCM_BROKEN;
	atomic_store_explicit(&simple->closings_seen, closings,
			      memory_order_relaxed);
	atomic_store_explicit(&simple->looked_ns, now, memory_order_relaxed);
	return IPCM_OK;
}

/* ipcm_queue.give_up: a put waits in the middle of an item. */
static enum ipcm_status give_up(void *context)
{
	return check_readers(context);
}

/* ---- put, get, empty ---- */

enum ipcm_status ipcm_simple_queue_put(struct ipcm_simple_queue *simple,
				       const void *item, size_t size_bytes)
{
	/* the lane only reads through it */
	const struct ipcm_item one = {(void *)(uintptr_t)item, size_bytes};
	enum ipcm_status status = check_side(simple, WRITER);
	size_t done;

	if (status)
		return status;
	if (!item && size_bytes)
		return IPCM_INVALID;
	if (size_bytes > IPCM_ITEM_MAX_BYTES)
		return IPCM_TOOBIG;
	do {
		status = check_readers(simple);
		if (status)
			return status;
		status = queue_put_waiting(
			simple->queue, simple->queue->engine->try_put, &one, 1,
			clock_slice(IPCM_FOREVER, WAIT_SLICE_NS), NULL, &done);
	} while (status == IPCM_FULL);
	return status;
}

/* Nothing came for a while: will nothing ever? */
static enum ipcm_status check_writers(struct ipcm_simple_queue *simple,
				      bool *was_gone)
{
	bool gone = is_peer_gone(simple, READER);

	if (is_shut(simple, READER))
		return IPCM_CLOSED;
	/* what the last one put before it left is there now: look once more */
	if (gone && *was_gone && !queue_count_items(simple->queue))
		return IPCM_EOF;
	*was_gone = gone;
	return IPCM_OK;
}

enum ipcm_status ipcm_simple_queue_get(struct ipcm_simple_queue *simple,
				       void *buffer, size_t buffer_bytes,
				       size_t *ret_size)
{
	enum ipcm_status status = check_side(simple, READER);
	struct ipcm_item item;
	bool gone = false;
	int64_t wait_ns = IPCM_TRY;
	size_t count;

	if (status)
		return status;
	if (!buffer && buffer_bytes)
		return IPCM_INVALID;
	for (;;) {
		status = queue_get_waiting(
			simple->queue, simple->queue->engine->try_get, buffer,
			buffer_bytes, &item, 1, wait_ns, &count);
		if (status != IPCM_EMPTY)
			break;
		status = check_writers(simple, &gone);
		if (status)
			return status;
		wait_ns = gone ? IPCM_TRY : WAIT_SLICE_NS;
	}
	if ((!status || status == IPCM_TOOSMALL) && ret_size)
		*ret_size = item.size_bytes;
	return status;
}

enum ipcm_status ipcm_simple_queue_empty(const struct ipcm_simple_queue *simple,
					 bool *ret_empty)
{
	enum ipcm_status status = check_side(simple, READER);

	if (status)
		return status;
	if (!ret_empty)
		return IPCM_INVALID;
	*ret_empty = queue_count_items(simple->queue) == 0;
	return IPCM_OK;
}
