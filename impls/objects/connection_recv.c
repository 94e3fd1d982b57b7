/* SPDX-License-Identifier: MIT */
/*
 * Receiving: frames become messages again.
 *
 * One receive of the port fills the inbox with one or more whole frames. A
 * message of one frame is copied from there to the caller; one of several is
 * first put together in a buffer of its own, because a call that fails half
 * way must not have touched the caller's. What arrived stays with the end:
 * after a timeout or IPCM_TOOSMALL the next call finds it.
 *
 * A message is cut short when another one begins, or the channel ends, before
 * it is whole: IPCM_CORRUPT, once; its remains are dropped (P-EOF-04).
 */
#include <stdlib.h>
#include <string.h>

#include "common/poll.h"
#include "objects/connection_internal.h"

/* A buffer up to here is kept for the next message. */
#define MESSAGE_KEEP_BYTES ((size_t)1 << 20)

/* A whole message, where it lies until it is consumed. */
struct message_view {
	const uint8_t *data;
	size_t bytes;
	/* Bytes of its frame in the inbox; 0 if it was put together. */
	size_t frame_bytes;
};

static void message_drop(struct connection_message *message)
{
	message->have = 0;
	if (message->room > MESSAGE_KEEP_BYTES) {
		free(message->bytes);
		message->bytes = NULL;
		message->room = 0;
	}
}

/* Room for a message of several frames. */
static enum ipcm_status message_begin(struct connection_message *message,
				      const struct frame *frame)
{
	if (message->room < frame->total) {
		uint8_t *bytes = malloc(frame->total);

		if (!bytes)
			return IPCM_NOMEM;
		free(message->bytes);
		message->bytes = bytes;
		message->room = frame->total;
	}
	message->stamp = frame->stamp;
	message->total = frame->total;
	return IPCM_OK;
}

/* Bytes that are no frame: the rest of what came with them is no better. */
static enum ipcm_status inbox_reject(struct ipcm_connection *end)
{
	end->inbox_begin = end->inbox_end;
	message_drop(&end->message);
	end->message.skipping = true;
	return IPCM_CORRUPT;
}

/* A piece that continues nothing we have: say so once, skip the rest. */
static enum ipcm_status piece_orphaned(struct ipcm_connection *end,
				       const struct frame *frame)
{
	bool known = end->message.skipping;

	end->inbox_begin += frame->bytes;
	end->message.skipping = true;
	return known ? IPCM_OK : IPCM_CORRUPT;
}

/* The message being put together has no continuation: it was cut short. */
static enum ipcm_status message_cut(struct ipcm_connection *end,
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
 * Look at the next frame of the inbox. IPCM_OK: progress, look again;
 * IPCM_END: a single frame is a message, see ret_view.
 */
static enum ipcm_status inbox_step(struct ipcm_connection *end,
				   uint64_t maxlength,
				   struct message_view *ret_view)
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
		return message_cut(end, &frame);
	if (!message->have && frame.offset)
		return piece_orphaned(end, &frame);
	message->skipping = false;
	if (frame.total > maxlength)
		return IPCM_TOOBIG;
	if (frame.data_bytes != frame.total)
		return piece_append(end, &frame);
	*ret_view = (struct message_view){frame.data, frame.total, frame.bytes};
	return IPCM_END;
}

/* IPCM_OK: a whole message is here; IPCM_EMPTY: more must arrive first. */
static enum ipcm_status message_find(struct ipcm_connection *end,
				     uint64_t maxlength,
				     struct message_view *ret_view)
{
	struct connection_message *message = &end->message;
	enum ipcm_status status;

	for (;;) {
		if (message->have && message->total > maxlength)
			return IPCM_TOOBIG;
		if (message->have && message->have == message->total) {
			*ret_view = (struct message_view){message->bytes,
							  message->total, 0};
			return IPCM_OK;
		}
		status = inbox_step(end, maxlength, ret_view);
		if (status != IPCM_OK)
			return status == IPCM_END ? IPCM_OK : status;
	}
}

static enum ipcm_status port_receive(struct ipcm_connection *end)
{
	enum ipcm_status status;
	size_t bytes;

	status = end->port->receive(end->state, end->inbox, end->receive_bytes,
				    &bytes);
	if (status)
		return status;
	end->inbox_begin = 0;
	end->inbox_end = bytes;
	end->empty_tries = 0;
	connection_took(end);
	return IPCM_OK;
}

/* Fill the empty inbox; IPCM_EMPTY, IPCM_EOF, IPCM_REMOVED. */
static enum ipcm_status inbox_fill(struct ipcm_connection *end, bool sure)
{
	enum ipcm_status status = port_receive(end);

	if (status != IPCM_EMPTY || !connection_recv_ended(end, sure))
		return status;
	/* what it sent between our look and its end comes first (P-EOF-02) */
	status = port_receive(end);
	return status == IPCM_EMPTY ? IPCM_EOF : status;
}

/* Bring the next frames into the inbox; IPCM_OK: look, perhaps they are there
 */
static enum ipcm_status inbox_advance(struct ipcm_connection *end,
				      struct connection_wait *wait)
{
	enum ipcm_status status = inbox_fill(end, wait->sure);

	if (status == IPCM_EMPTY)
		return connection_wait_on(end, wait);
	if (status == IPCM_EOF && end->message.have)
		return inbox_reject(end);
	return status;
}

static enum ipcm_status message_await(struct ipcm_connection *end,
				      uint64_t maxlength, int64_t timeout_ns,
				      struct message_view *ret_view)
{
	enum ipcm_status status = message_find(end, maxlength, ret_view);
	struct connection_wait wait;

	if (status != IPCM_EMPTY)
		return status;
	wait = connection_wait_begin(end, IPCM_TO_RECEIVE, timeout_ns);
	do {
		status = inbox_advance(end, &wait);
		if (status == IPCM_OK)
			status = message_find(end, maxlength, ret_view);
	} while (status == IPCM_EMPTY);
	return status;
}

static void message_consume(struct ipcm_connection *end,
			    const struct message_view *view)
{
	if (view->frame_bytes)
		end->inbox_begin += view->frame_bytes;
	else
		message_drop(&end->message);
}

/* Longer than the caller allows: this end receives no more (P-RCV-01). */
static void receiving_stop(struct ipcm_connection *end)
{
	message_drop(&end->message);
	if (end->writable)
		end->readable = false;
	else
		(void)ipcm_connection_close(end);
}

static enum ipcm_status recv_message(struct ipcm_connection *end, void *buffer,
				     size_t buffer_bytes, uint64_t maxlength,
				     int64_t timeout_ns, size_t *ret_size)
{
	struct message_view view = {NULL, 0, 0};
	enum ipcm_status status;

	status = message_await(end, maxlength, timeout_ns, &view);
	if (status == IPCM_OK) {
		if (view.bytes <= buffer_bytes) {
			if (view.bytes)
				memcpy(buffer, view.data, view.bytes);
			message_consume(end, &view);
		} else {
			status = IPCM_TOOSMALL;
		}
		if (ret_size)
			*ret_size = view.bytes;
	}
	if (status == IPCM_TOOBIG)
		receiving_stop(end);
	else
		connection_pollset_update(end);
	return status;
}

/* What every receiving call checks first. */
static enum ipcm_status recv_check(const struct ipcm_connection *end,
				   const void *buffer, size_t buffer_bytes)
{
	enum ipcm_status status = connection_check(end);

	if (status)
		return status;
	if (!end->readable || (!buffer && buffer_bytes))
		return IPCM_INVALID;
	return IPCM_OK;
}

enum ipcm_status ipcm_connection_recv(struct ipcm_connection *end, void *buffer,
				      size_t buffer_bytes, int64_t timeout_ns,
				      size_t *ret_size)
{
	enum ipcm_status status = recv_check(end, buffer, buffer_bytes);

	if (status)
		return status;
	return recv_message(end, buffer, buffer_bytes, UINT64_MAX, timeout_ns,
			    ret_size);
}

enum ipcm_status ipcm_connection_recv_max(struct ipcm_connection *end,
					  void *buffer, size_t buffer_bytes,
					  int64_t maxlength, int64_t timeout_ns,
					  size_t *ret_size)
{
	enum ipcm_status status = recv_check(end, buffer, buffer_bytes);

	if (status)
		return status;
	if (maxlength < 0)
		return IPCM_INVALID;
	return recv_message(end, buffer, buffer_bytes, (uint64_t)maxlength,
			    timeout_ns, ret_size);
}

enum ipcm_status ipcm_connection_recv_into(struct ipcm_connection *end,
					   void *buffer, size_t buffer_bytes,
					   int64_t offset, int64_t timeout_ns,
					   size_t *ret_size)
{
	enum ipcm_status status = recv_check(end, buffer, buffer_bytes);

	if (status)
		return status;
	if (offset < 0 || (uint64_t)offset > buffer_bytes)
		return IPCM_INVALID;
	if (!buffer)
		offset = 0;
	return recv_message(end, buffer ? (uint8_t *)buffer + offset : NULL,
			    buffer_bytes - (size_t)offset, UINT64_MAX,
			    timeout_ns, ret_size);
}

/* Ask the descriptors, where there are any. */
static bool readable_by_fd(struct ipcm_connection *end, int fd)
{
	struct pollfd set[2] = {{.fd = fd, .events = POLLIN},
				{.fd = end->peer_life}};

	return poll_until(set, 2, 0) == IPCM_OK;
}

/*
 * Would a receive find something? Asks the mechanism where it can tell, so
 * that nothing moves (P-POL-02); else what is there moves into the inbox.
 */
static bool readable_now(struct ipcm_connection *end, bool sure)
{
	int fd = connection_port_fd(end);
	uint64_t units;

	if (connection_buffered(end))
		return true;
	if (fd >= 0)
		return readable_by_fd(end, fd);
	if (!end->port->queued)
		return inbox_fill(end, sure) != IPCM_EMPTY;
	if (end->port->queued(end->state, &units))
		return true; /* the next receive says what is wrong */
	return units || connection_recv_ended(end, sure);
}

enum ipcm_status ipcm_connection_poll(struct ipcm_connection *end,
				      int64_t timeout_ns, bool *ret_ready)
{
	enum ipcm_status status = connection_check(end);
	struct connection_wait wait;
	bool ready;

	if (status)
		return status;
	if (!end->readable || !ret_ready)
		return IPCM_INVALID;
	wait = connection_wait_begin(end, IPCM_TO_RECEIVE, timeout_ns);
	do {
		ready = readable_now(end, wait.sure);
		if (!ready)
			status = connection_wait_on(end, &wait);
	} while (!ready && status == IPCM_OK);
	connection_pollset_update(end);
	if (status && status != IPCM_TIMEDOUT && status != IPCM_WOULDBLOCK)
		return status;
	*ret_ready = ready;
	return IPCM_OK;
}
