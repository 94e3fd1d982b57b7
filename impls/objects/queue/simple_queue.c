/* SPDX-License-Identifier: MIT */
/*
 * SimpleQueue: a queue that uses no overflow buffer, and two death fds.
 *
 * The items go through an ordinary queue (kill safety, several readers and
 * writers) whose put waits for the channel; its bound in items is part of
 * "the channel is full".
 *
 * The kernel counts the ends, as for a pipe: a death fd is one side of a plain
 * pipe that is never written to. Each writing end holds the write side of one
 * pipe, and each reading end its read side, which hangs up when the last
 * writing end is closed or its process dead (SQ-04). The second pipe does the
 * same in the other direction.
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
#include "queue_wait.h"

#define SIMPLE_MAGIC UINT32_C(0x53504349)
/* More than a channel usually holds; each item costs 16 bytes of a ring. */
#define SIMPLE_ITEMS 4096
/* Requested from the mechanism: a usual pipe's 64 KiB. */
#define CHANNEL_ITEMS 8
#define CHANNEL_BYTES 8192
/* A put checks the death fd if the last check is older than this. */
#define CHECK_EVERY_NS (50 * INT64_C(1000))

enum side { READER, WRITER };

struct ipcm_simple_queue {
	struct handle handle;
	struct ipcm_queue *queue;
	atomic_bool closed[2];
	int own_death_fd[2];  /* open as long as this side lives */
	int peer_death_fd[2]; /* hangs up when the other side is gone */
	_Atomic uint32_t closes_seen;
	_Atomic int64_t checked_ns; /* when readers were last seen alive */
};

static bool is_simple(const struct ipcm_simple_queue *simple)
{
	return handle_is(simple, SIMPLE_MAGIC);
}

static bool is_closed(const struct ipcm_simple_queue *simple, enum side side)
{
	return atomic_load_explicit(&simple->closed[side],
				    memory_order_relaxed);
}

static enum ipcm_status check_side(const struct ipcm_simple_queue *simple,
				   enum side side)
{
	if (!is_simple(simple))
		return IPCM_INVALID;
	return is_closed(simple, side) ? IPCM_CLOSED : IPCM_OK;
}

/* ---- creating and closing ---- */

static void close_death_fd(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd); /* never written to: no data can be lost */
	*fd = -1;
}

/* The pipe that shows the death of `side`. */
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

static void close_death_fds(struct ipcm_simple_queue *simple, enum side side)
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
	/* the space of a store follows from the bound */
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
	handle_open(&simple->handle, SIMPLE_MAGIC);
	*ret_queue = simple;
	return IPCM_OK;
undo:
	close_death_fds(simple, READER);
	close_death_fds(simple, WRITER);
	ipcm_queue_free(simple->queue);
	free(simple);
	return status;
}

static enum ipcm_status close_side(struct ipcm_simple_queue *simple,
				   enum side side)
{
	if (!is_simple(simple))
		return IPCM_INVALID;
	if (atomic_exchange(&simple->closed[side], true))
		return IPCM_OK;
	close_death_fds(simple, side);
	/* a process that sees the notice finds the death fd closed */
	queue_wake_everything(simple->queue);
	return IPCM_OK;
}

enum ipcm_status ipcm_simple_queue_close_reader(
	struct ipcm_simple_queue *simple)
{
	return close_side(simple, READER);
}

enum ipcm_status ipcm_simple_queue_close_writer(
	struct ipcm_simple_queue *simple)
{
	return close_side(simple, WRITER);
}

enum ipcm_status ipcm_simple_queue_close(struct ipcm_simple_queue *simple)
{
	enum ipcm_status status = close_side(simple, WRITER);

	return status ? status : close_side(simple, READER);
}

void ipcm_simple_queue_free(struct ipcm_simple_queue *simple)
{
	if (ipcm_simple_queue_close(simple))
		return;
	handle_invalidate(&simple->handle);
	ipcm_queue_free(simple->queue);
	free(simple);
}

/* ---- the other side ---- */

/* Is no end of the other side left? A system call. */
static bool is_peer_gone(const struct ipcm_simple_queue *simple, enum side side)
{
	/* no events requested: only a hang-up counts */
	return poll_one(simple->peer_death_fd[side], 0, 0) == IPCM_OK;
}

/*
 * Before a put: CLOSED, BROKEN or OK. Readers that close leave a hint; for
 * those that die the death fd is checked by the clock, so that a stream does
 * not need a system call for each item.
 */
static enum ipcm_status check_readers(struct ipcm_simple_queue *simple)
{
	/* acquire: pairs with close_side */
	uint32_t closes = atomic_load_explicit(&simple->queue->shared->notices,
					       memory_order_acquire);
	int64_t now = clock_now();
	bool gone;

	if (is_closed(simple, WRITER))
		return IPCM_CLOSED;
	if (closes == atomic_load_explicit(&simple->closes_seen,
					   memory_order_relaxed) &&
	    now - atomic_load_explicit(&simple->checked_ns,
				       memory_order_relaxed) <
		    CHECK_EVERY_NS)
		return IPCM_OK;
	gone = is_peer_gone(simple, WRITER);
	/* closed meanwhile by another thread: the descriptor that was checked
	 * may belong to another file by now */
	if (is_closed(simple, WRITER))
		return IPCM_CLOSED;
	if (gone)
		return IPCM_BROKEN;
	atomic_store_explicit(&simple->closes_seen, closes,
			      memory_order_relaxed);
	atomic_store_explicit(&simple->checked_ns, now, memory_order_relaxed);
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
	/* the engine only reads through it */
	const struct ipcm_item one = {(void *)(uintptr_t)item, size_bytes};
	enum ipcm_status status = check_side(simple, WRITER);
	uint32_t ends;
	size_t done;

	if (status)
		return status;
	if (!item && size_bytes)
		return IPCM_INVALID;
	if (size_bytes > IPCM_ITEM_MAX_BYTES)
		return IPCM_TOOBIG;
	do {
		ends = queue_notices(simple->queue);
		status = check_readers(simple);
		if (status)
			return status;
		status = queue_put_waiting(
			simple->queue, simple->queue->engine->try_put, &one, 1,
			wait_slice(IPCM_FOREVER), NULL, &ends, &done);
	} while (status == IPCM_FULL);
	return status;
}

/* Nothing came for a while: can nothing come any more? */
static enum ipcm_status check_writers(struct ipcm_simple_queue *simple,
				      bool *was_gone)
{
	bool gone = is_peer_gone(simple, READER);

	if (is_closed(simple, READER))
		return IPCM_CLOSED;
	/* what the last writer put before it left is there now: try once more
	 */
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
	uint32_t ends;
	size_t count;

	if (status)
		return status;
	if (!buffer && buffer_bytes)
		return IPCM_INVALID;
	ends = queue_notices(simple->queue);
	for (;;) {
		status = queue_get_waiting(
			simple->queue, simple->queue->engine->try_get, buffer,
			buffer_bytes, &item, 1, wait_ns, &ends, &count);
		if (status != IPCM_EMPTY)
			break;
		ends = queue_notices(simple->queue);
		status = check_writers(simple, &gone);
		if (status)
			return status;
		wait_ns = gone ? IPCM_TRY : wait_slice_ns();
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
