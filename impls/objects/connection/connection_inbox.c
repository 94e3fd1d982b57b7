/* SPDX-License-Identifier: MIT */
/*
 * Receiving: frames become messages again. The calls are in connection_recv.c.
 *
 * One receive of the port fills the inbox with one or more whole frames. The
 * inbox is shared by all copies of the end: what one process received and left,
 * the next one delivers. A message of one frame is copied from there to the
 * caller. One of several frames is first assembled in a buffer of its own,
 * because a call that fails half way must not have written to the caller's.
 * What has arrived stays for the next call, after a timeout or IPCM_TOOSMALL.
 *
 * That assembly is private to the process. So the inbox says that there is one
 * (half), and counts all changes: a process that finds another count than it
 * left has lost its turn, and its assembly with it. It may have been copied by
 * fork(); then the first copy that goes on with it is the only one.
 *
 * A message that its sender withdrew is dropped, silently; see
 * connection_send.c. What is known of it: its number, until the next message
 * begins (connection_has_withdrawn), and a flag in that one's first frame.
 *
 * A message is cut short if another one begins, or the channel ends, before it
 * is whole, or if another process had its beginning: IPCM_CORRUPT, once; its
 * rest is dropped (P-EOF-04). A process that was killed in a receive of the
 * port may have taken frames along: then the numbers of the messages tell.
 *
 * A frame that carries a descriptor is received alone. Only a call that may
 * take the descriptor (keep_fd) pays for it; in any other receive the kernel
 * drops it.
 */
#include "connection_inbox.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "impls/core/memory/shm_map.h"
#include "connection_wait.h"

/* A buffer up to here is kept for the next message. */
#define MESSAGE_KEEP_BYTES ((size_t)1 << 20)

static size_t inbox_mapped_bytes(const struct ipcm_connection *end)
{
	return sizeof(*end->inbox) + end->receive_bytes;
}

enum ipcm_status connection_inbox_open(struct ipcm_connection *end)
{
	void *memory;
	enum ipcm_status status =
		shm_map_create_inherited(inbox_mapped_bytes(end), &memory);

	if (!status)
		end->inbox = memory;
	return status;
}

/* What is inside stays for the other copies. */
void connection_inbox_close(struct ipcm_connection *end)
{
	if (end->inbox)
		shm_map_destroy(end->inbox, inbox_mapped_bytes(end));
	end->inbox = NULL;
}

/* Relaxed: turns are ordered by what the processes take them with. */
static uint64_t range_get(const struct connection_inbox *inbox)
{
	return atomic_load_explicit(&inbox->range, memory_order_relaxed);
}

static void range_set(struct connection_inbox *inbox, uint64_t range)
{
	/* a process killed here has done the stores before, not those after */
	atomic_signal_fence(memory_order_seq_cst);
	atomic_store_explicit(&inbox->range, range, memory_order_relaxed);
	atomic_signal_fence(memory_order_seq_cst);
}

/*
 * Assemblies of other copies are void, and descriptors that they were passed.
 * Receiving, and taking a message of one frame, change neither: beside an
 * assembly it ends that one first.
 */
static void turn_count(struct ipcm_connection *end)
{
	uint64_t changes = atomic_load_explicit(&end->inbox->changes,
						memory_order_relaxed) +
			   1;

	atomic_store_explicit(&end->changes_seen, changes,
			      memory_order_relaxed);
	atomic_store_explicit(&end->inbox->changes, changes,
			      memory_order_relaxed);
}

static void inbox_consume(struct ipcm_connection *end, size_t bytes)
{
	struct connection_inbox *inbox = end->inbox;

	range_set(inbox, range_get(inbox) + bytes);
}

static void piece_consume(struct ipcm_connection *end, size_t bytes)
{
	inbox_consume(end, bytes);
	turn_count(end);
}

static void message_drop(struct connection_message *message)
{
	message->have = 0;
	atomic_store_explicit(&message->whole, false, memory_order_relaxed);
	if (message->capacity > MESSAGE_KEEP_BYTES) {
		free(message->bytes);
		message->bytes = NULL;
		message->capacity = 0;
	}
}

/* A buffer for a message of several frames. */
static enum ipcm_status message_begin(struct connection_message *message,
				      const struct frame *frame)
{
	if (message->capacity < frame->total) {
		uint8_t *bytes = malloc(frame->total);

		if (!bytes)
			return IPCM_NOMEM;
		free(message->bytes);
		message->bytes = bytes;
		message->capacity = frame->total;
	}
	message->stamp = frame->stamp;
	message->total = frame->total;
	return IPCM_OK;
}

static inline void inbox_fd_drop(struct ipcm_connection *end)
{
	if (__builtin_expect(end->inbox_fd < 0, 1))
		return;
	(void)close(end->inbox_fd);
	end->inbox_fd = -1;
}

void connection_turn_drop(struct ipcm_connection *end)
{
	message_drop(&end->message);
	inbox_fd_drop(end);
}

/* The message whose beginning was taken will not become whole. */
static enum ipcm_status half_lost(struct ipcm_connection *end)
{
	end->inbox->half = 0;
	message_drop(&end->message);
	turn_count(end);
	return IPCM_CORRUPT;
}

/* It was withdrawn: drop what there is of it. */
static void half_drop(struct ipcm_connection *end)
{
	(void)half_lost(end);
}

/* Not a frame: what came after it in the same receive is dropped too. */
static enum ipcm_status inbox_reject(struct ipcm_connection *end)
{
	struct connection_inbox *inbox = end->inbox;

	range_set(inbox, 0);
	inbox_fd_drop(end);
	inbox->skipping = true;
	return half_lost(end);
}

/* A piece without its beginning: IPCM_CORRUPT once, then skip the rest. */
static enum ipcm_status piece_unexpected(struct ipcm_connection *end,
					 const struct frame *frame)
{
	bool known = end->inbox->skipping;

	end->inbox->skipping = true;
	half_drop(end);
	piece_consume(end, frame->bytes);
	return known ? IPCM_OK : IPCM_CORRUPT;
}

/* A frame of the message that was withdrawn last. */
static enum ipcm_status piece_withdrawn(struct ipcm_connection *end,
					const struct frame *frame)
{
	end->inbox->number = frame->number;
	if (end->inbox->half == frame->number)
		half_drop(end);
	piece_consume(end, frame->bytes);
	return IPCM_OK;
}

static enum ipcm_status piece_append(struct ipcm_connection *end,
				     const struct frame *frame)
{
	struct connection_message *message = &end->message;
	enum ipcm_status status;

	if (!message->have) {
		status = message_begin(message, frame);
		if (status)
			return status;
		end->inbox->half = frame->number;
	}
	memcpy(message->bytes + message->have, frame->data, frame->data_bytes);
	message->have += frame->data_bytes;
	piece_consume(end, frame->bytes);
	return IPCM_OK;
}

/* A process was killed while it received: did it take messages along? */
static bool numbers_missing(struct ipcm_connection *end,
			    const struct frame *frame)
{
	struct connection_inbox *inbox = end->inbox;

	inbox->doubtful = false;
	return frame->number != inbox->number &&
	       frame->number != frame_number_next(inbox->number);
}

/* Has this message begun after that one? Numbers run in a circle. */
static bool number_is_after(uint32_t number, uint32_t other)
{
	return (((number - other) & UINT32_C(0x7fffffff)) >> 30) == 0;
}

/* Another message begins: was the one before it withdrawn, or cut short? */
static enum ipcm_status half_end(struct ipcm_connection *end,
				 const struct frame *frame)
{
	uint32_t half = end->inbox->half;

	if (half != connection_withdrawn(end) &&
	    !(frame->after_withdrawn &&
	      frame_number_next(half) == frame->number))
		return half_lost(end); /* the next call gets the frame */
	half_drop(end);
	return IPCM_OK;
}

static enum ipcm_status beginning_step(struct ipcm_connection *end,
				       uint64_t maxlength,
				       const struct frame *frame,
				       struct connection_view *ret_view)
{
	struct connection_inbox *inbox = end->inbox;

	if (__builtin_expect(inbox->doubtful, 0) && numbers_missing(end, frame))
		return IPCM_CORRUPT;
	inbox->number = frame->number;
	inbox->skipping = false;
	if (frame->total > maxlength)
		return IPCM_TOOBIG;
	if (frame->data_bytes != frame->total)
		return piece_append(end, frame);
	*ret_view = (struct connection_view){frame->data, frame->total,
					     frame->bytes, frame->carrier};
	return IPCM_END;
}

/*
 * Process the next frame of the inbox. IPCM_OK: progress, call again; IPCM_END:
 * a single frame is a message, see ret_view.
 */
static enum ipcm_status inbox_step(struct ipcm_connection *end,
				   uint64_t maxlength,
				   struct connection_view *ret_view)
{
	const struct connection_message *message = &end->message;
	uint64_t range = range_get(end->inbox);
	size_t at = inbox_begin(range);
	size_t bytes = inbox_end(range);
	struct frame frame;

	if (at >= bytes)
		return IPCM_EMPTY;
	/* two that receive at a time get nonsense, and no more than that */
	if (bytes > end->receive_bytes ||
	    !frame_read(end->inbox->bytes + at, bytes - at, end->frame_bytes,
			&frame))
		return inbox_reject(end);
	if (!frame.offset && end->inbox->half && half_end(end, &frame))
		return IPCM_CORRUPT;
	if (connection_has_withdrawn(end)) {
		uint32_t withdrawn = connection_withdrawn(end);

		if (frame.number == withdrawn)
			return piece_withdrawn(end, &frame);
		if (number_is_after(frame.number, withdrawn))
			end->inbox->withdrawn_seen = withdrawn;
	}
	if (!frame.offset)
		return beginning_step(end, maxlength, &frame, ret_view);
	if (!message->have || frame.stamp != message->stamp ||
	    frame.offset != message->have)
		return piece_unexpected(end, &frame);
	return piece_append(end, &frame);
}

/* IPCM_OK: a whole message is here; IPCM_EMPTY: more must arrive first. */
static enum ipcm_status message_find(struct ipcm_connection *end,
				     uint64_t maxlength,
				     struct connection_view *ret_view)
{
	struct connection_message *message = &end->message;
	enum ipcm_status status;

	for (;;) {
		if (message->have && message->total > maxlength)
			return IPCM_TOOBIG;
		if (message->have && message->have == message->total) {
			atomic_store_explicit(&message->whole, true,
					      memory_order_relaxed);
			*ret_view = (struct connection_view){
				message->bytes, message->total, 0, false};
			return IPCM_OK;
		}
		status = inbox_step(end, maxlength, ret_view);
		if (status != IPCM_OK)
			return status == IPCM_END ? IPCM_OK : status;
	}
}

/*
 * In the middle of a message the next frame is its next piece, or belongs to a
 * later call: keep a descriptor that comes with it.
 */
static inline enum ipcm_status port_receive(struct ipcm_connection *end,
					    bool keep_fd)
{
	struct connection_inbox *inbox = end->inbox;
	enum ipcm_status status;
	size_t bytes;

	inbox_fd_drop(end);
	if (__builtin_expect(range_get(inbox) == INBOX_RECEIVING, 0))
		inbox->doubtful = true;
	range_set(inbox, INBOX_RECEIVING);
	if ((keep_fd || inbox->half) && end->port->receive_fd)
		status = end->port->receive_fd(end->state, inbox->bytes,
					       end->receive_bytes, &bytes,
					       &end->inbox_fd);
	else
		status = end->port->receive(end->state, inbox->bytes,
					    end->receive_bytes, &bytes);
	range_set(inbox, status ? 0 : (uint64_t)bytes << 32);
	if (status)
		return status;
	if (end->inbox_fd >= 0)
		turn_count(end);
	end->empty_tries = 0;
	connection_notify_received(end);
	return IPCM_OK;
}

/* Apart, so that the first one is in line in the calls that receive. */
static __attribute__((noinline)) enum ipcm_status receive_last(
	struct ipcm_connection *end, bool keep_fd)
{
	enum ipcm_status status = port_receive(end, keep_fd);

	return status == IPCM_EMPTY ? IPCM_EOF : status;
}

static inline enum ipcm_status fill(struct ipcm_connection *end,
				    bool check_peer, bool keep_fd)
{
	enum ipcm_status status = port_receive(end, keep_fd);

	if (__builtin_expect(status != IPCM_EMPTY, 1) ||
	    !connection_recv_ended(end, check_peer))
		return status;
	/* what it sent between this receive and its end comes first (P-EOF-02)
	 */
	return receive_last(end, keep_fd);
}

enum ipcm_status connection_inbox_fill(struct ipcm_connection *end,
				       bool check_peer, bool keep_fd)
{
	return fill(end, check_peer, keep_fd);
}

/* The end of file; of what was here before it? */
static enum ipcm_status eof_check(struct ipcm_connection *end)
{
	struct connection_inbox *inbox = end->inbox;
	uint32_t sent = atomic_load_explicit(&end->incoming->number,
					     memory_order_relaxed);

	if (inbox->half && inbox->half != connection_withdrawn(end))
		return inbox_reject(end);
	if (inbox->half)
		half_drop(end);
	if (!inbox->doubtful)
		return IPCM_EOF;
	inbox->doubtful = false;
	return sent == inbox->number ? IPCM_EOF : IPCM_CORRUPT;
}

/* Receive the next frames, or wait; IPCM_OK: check the inbox. */
static enum ipcm_status inbox_advance(struct ipcm_connection *end, bool keep_fd,
				      struct connection_wait *wait)
{
	enum ipcm_status status = fill(end, wait->check_peer, keep_fd);

	if (status == IPCM_EMPTY)
		return connection_wait_on(end, wait);
	return status == IPCM_EOF ? eof_check(end) : status;
}

enum ipcm_status connection_message_await(struct ipcm_connection *end,
					  uint64_t maxlength,
					  int64_t timeout_ns, bool keep_fd,
					  struct connection_view *ret_view)
{
	struct connection_wait wait;
	enum ipcm_status status;

	connection_turn_begin(end);
	if (__builtin_expect(end->inbox->corrupt, 0)) {
		end->inbox->corrupt = false;
		return IPCM_CORRUPT;
	}
	status = message_find(end, maxlength, ret_view);
	if (status != IPCM_EMPTY)
		return status;
	wait = connection_wait_begin(end, IPCM_TO_RECEIVE, timeout_ns);
	if (timeout_ns > 0)
		connection_let_peer_work(end);
	do {
		status = inbox_advance(end, keep_fd, &wait);
		if (status == IPCM_OK)
			status = message_find(end, maxlength, ret_view);
	} while (status == IPCM_EMPTY);
	return status;
}

bool connection_message_arrived(struct ipcm_connection *end, bool check_peer)
{
	struct connection_view view;
	enum ipcm_status status;

	connection_turn_begin(end);
	while (!end->inbox->corrupt) {
		status = message_find(end, UINT64_MAX, &view);
		if (status == IPCM_CORRUPT)
			end->inbox->corrupt = true;
		if (status != IPCM_EMPTY)
			return true;
		status = connection_inbox_fill(end, check_peer, true);
		if (status != IPCM_OK)
			return status != IPCM_EMPTY;
	}
	return true;
}

void connection_message_consume(struct ipcm_connection *end,
				const struct connection_view *view)
{
	if (!view->frame_bytes) {
		end->inbox->half = 0;
		message_drop(&end->message);
		turn_count(end);
		return;
	}
	inbox_consume(end, view->frame_bytes);
	inbox_fd_drop(end);
}
