/* SPDX-License-Identifier: MIT */
/*
 * Receiving: frames become messages again. The calls are in connection_recv.c.
 *
 * One receive of the port fills the inbox with one or more whole frames. A
 * message of one frame is copied from there to the caller. One of several
 * frames is first assembled in a buffer of its own, because a call that fails
 * half way must not have written to the caller's. What has arrived stays with
 * the end: after a timeout or IPCM_TOOSMALL the next call finds it.
 *
 * A message is truncated if another one begins, or the channel ends, before it
 * is whole: IPCM_CORRUPT, once; its rest is dropped (P-EOF-04).
 *
 * A frame that carries a descriptor is received alone. Only a call that may
 * take the descriptor (keep_fd) pays for it; in any other receive the kernel
 * drops it.
 */
#include "connection_inbox.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "connection_wait.h"

/* A buffer up to here is kept for the next message. */
#define MESSAGE_KEEP_BYTES ((size_t)1 << 20)

static void message_drop(struct connection_message *message)
{
	message->have = 0;
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

static void inbox_fd_drop(struct ipcm_connection *end)
{
	if (end->inbox_fd >= 0)
		(void)close(end->inbox_fd);
	end->inbox_fd = -1;
}

/* Not a frame: what came after it in the same receive is dropped too. */
static enum ipcm_status inbox_reject(struct ipcm_connection *end)
{
	end->inbox_begin = end->inbox_end;
	inbox_fd_drop(end);
	message_drop(&end->message);
	end->message.skipping = true;
	return IPCM_CORRUPT;
}

/* A piece without its beginning: IPCM_CORRUPT once, then skip the rest. */
static enum ipcm_status piece_unexpected(struct ipcm_connection *end,
					 const struct frame *frame)
{
	bool known = end->message.skipping;

	end->inbox_begin += frame->bytes;
	end->message.skipping = true;
	return known ? IPCM_OK : IPCM_CORRUPT;
}

/* The frame does not continue the message: that one was truncated. */
static enum ipcm_status message_truncated(struct ipcm_connection *end,
					  const struct frame *frame)
{
	message_drop(&end->message);
	if (frame->offset) {
		end->inbox_begin += frame->bytes;
		end->message.skipping = true;
	}
	return IPCM_CORRUPT;
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
	}
	memcpy(message->bytes + message->have, frame->data, frame->data_bytes);
	message->have += frame->data_bytes;
	end->inbox_begin += frame->bytes;
	return IPCM_OK;
}

/*
 * Process the next frame of the inbox. IPCM_OK: progress, call again; IPCM_END:
 * a single frame is a message, see ret_view.
 */
static enum ipcm_status inbox_step(struct ipcm_connection *end,
				   uint64_t maxlength,
				   struct connection_view *ret_view)
{
	struct connection_message *message = &end->message;
	struct frame frame;

	if (end->inbox_begin == end->inbox_end)
		return IPCM_EMPTY;
	if (!frame_read(end->inbox + end->inbox_begin,
			end->inbox_end - end->inbox_begin, end->frame_bytes,
			&frame))
		return inbox_reject(end);
	if (message->have &&
	    (frame.stamp != message->stamp || frame.offset != message->have))
		return message_truncated(end, &frame);
	if (!message->have && frame.offset)
		return piece_unexpected(end, &frame);
	message->skipping = false;
	if (frame.total > maxlength)
		return IPCM_TOOBIG;
	if (frame.data_bytes != frame.total)
		return piece_append(end, &frame);
	*ret_view = (struct connection_view){frame.data, frame.total,
					     frame.bytes, frame.carrier};
	return IPCM_END;
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
static enum ipcm_status port_receive(struct ipcm_connection *end, bool keep_fd)
{
	enum ipcm_status status;
	size_t bytes;

	inbox_fd_drop(end);
	if ((keep_fd || end->message.have) && end->port->receive_fd)
		status = end->port->receive_fd(end->state, end->inbox,
					       end->receive_bytes, &bytes,
					       &end->inbox_fd);
	else
		status = end->port->receive(end->state, end->inbox,
					    end->receive_bytes, &bytes);
	if (status)
		return status;
	end->inbox_begin = 0;
	end->inbox_end = bytes;
	end->empty_tries = 0;
	connection_notify_received(end);
	return IPCM_OK;
}

enum ipcm_status connection_inbox_fill(struct ipcm_connection *end,
				       bool check_peer, bool keep_fd)
{
	enum ipcm_status status = port_receive(end, keep_fd);

	if (status != IPCM_EMPTY || !connection_recv_ended(end, check_peer))
		return status;
	/* what it sent between this receive and its end comes first (P-EOF-02)
	 */
	status = port_receive(end, keep_fd);
	return status == IPCM_EMPTY ? IPCM_EOF : status;
}

void connection_inbox_drop(struct ipcm_connection *end)
{
	end->inbox_begin = end->inbox_end;
	inbox_fd_drop(end);
	message_drop(&end->message);
}

/* Receive the next frames, or wait; IPCM_OK: check the inbox. */
static enum ipcm_status inbox_advance(struct ipcm_connection *end, bool keep_fd,
				      struct connection_wait *wait)
{
	enum ipcm_status status =
		connection_inbox_fill(end, wait->check_peer, keep_fd);

	if (status == IPCM_EMPTY)
		return connection_wait_on(end, wait);
	if (status == IPCM_EOF && end->message.have)
		return inbox_reject(end);
	return status;
}

enum ipcm_status connection_message_await(struct ipcm_connection *end,
					  uint64_t maxlength,
					  int64_t timeout_ns, bool keep_fd,
					  struct connection_view *ret_view)
{
	enum ipcm_status status = message_find(end, maxlength, ret_view);
	struct connection_wait wait;

	if (status != IPCM_EMPTY)
		return status;
	wait = connection_wait_begin(end, IPCM_TO_RECEIVE, timeout_ns);
	do {
		status = inbox_advance(end, keep_fd, &wait);
		if (status == IPCM_OK)
			status = message_find(end, maxlength, ret_view);
	} while (status == IPCM_EMPTY);
	return status;
}

void connection_message_consume(struct ipcm_connection *end,
				const struct connection_view *view)
{
	if (!view->frame_bytes) {
		message_drop(&end->message);
		return;
	}
	end->inbox_begin += view->frame_bytes;
	inbox_fd_drop(end);
}
