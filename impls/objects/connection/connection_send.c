/* SPDX-License-Identifier: MIT */
/*
 * Sending: a message becomes frames, each with its header copied in front of
 * the data, because a mechanism takes a frame in one piece.
 *
 * The time limit covers the whole message. When it ends the call in the middle,
 * as a handler or an error may, the message is withdrawn: its number is left in
 * the memory that both ends share, and the next message's first frame says so
 * too, so that the receiver drops the frames that have gone. A message that is
 * not withdrawn and not whole was cut by a death: IPCM_CORRUPT. So the number
 * is stored when the first frame has gone, and no sooner.
 */
#include <fcntl.h>

#include "connection_wait.h"

static enum ipcm_status port_send(struct ipcm_connection *end, size_t bytes,
				  int fd)
{
	if (fd >= 0)
		return end->port->send_fd(end->state, end->outbox, bytes, fd);
	return end->port->send(end->state, end->outbox, bytes);
}

/* Send the frame in the outbox. */
static enum ipcm_status send_frame(struct ipcm_connection *end, size_t bytes,
				   int fd, struct connection_wait *wait)
{
	enum ipcm_status status;

	for (;;) {
		if (connection_send_broken(end, wait->check_peer))
			return IPCM_BROKEN;
		status = port_send(end, bytes, fd);
		if (__builtin_expect(status == IPCM_OK, 1)) {
			wait->check_peer = false;
			connection_notify_sent(end);
			return IPCM_OK;
		}
		if (status != IPCM_FULL)
			return status;
		/* a try form must not report a dead peer as "full" for ever */
		if (wait->timeout_ns <= 0 && connection_send_broken(end, true))
			return IPCM_BROKEN;
		status = connection_wait_on(end, wait);
		if (status)
			return status;
	}
}

/* Relaxed: senders take turns, which orders what they do. */
static uint32_t last_number(const struct ipcm_connection *end)
{
	return atomic_load_explicit(&end->outgoing->number,
				    memory_order_relaxed);
}

/* The frame in the outbox is a message's first one; the last number. */
static void mark_withdrawn(struct ipcm_connection *end, uint32_t last)
{
	uint32_t withdrawn = atomic_load_explicit(&end->outgoing->withdrawn,
						  memory_order_relaxed);

	if (__builtin_expect(withdrawn && withdrawn == last, 0))
		frame_mark_after_withdrawn(end->outbox);
}

static void message_begun(struct ipcm_connection *end, uint32_t number)
{
	atomic_store_explicit(&end->outgoing->sender_cpu, peer_yield_cpu(),
			      memory_order_relaxed);
	atomic_store_explicit(&end->outgoing->number, number,
			      memory_order_relaxed);
}

static void message_withdraw(struct ipcm_connection *end, uint32_t number)
{
	/* release: the frames that have gone come first; pairs with the
	 * acquire in connection_withdrawn */
	atomic_store_explicit(&end->outgoing->withdrawn, number,
			      memory_order_release);
}

static enum ipcm_status send_message(struct ipcm_connection *end,
				     const uint8_t *message, size_t size,
				     int64_t timeout_ns)
{
	struct connection_wait wait =
		connection_wait_begin(end, IPCM_TO_SEND, timeout_ns);
	uint32_t last = last_number(end);
	uint32_t number = frame_number_next(last);
	enum ipcm_status status;
	size_t offset = 0;

	do {
		size_t bytes = frame_write(end->outbox, end->frame_bytes,
					   number, message, size, offset);

		if (!offset)
			mark_withdrawn(end, last);
		status = send_frame(end, bytes, -1, &wait);
		if (status && offset)
			message_withdraw(end, number);
		if (status)
			return status;
		if (!offset)
			message_begun(end, number);
		offset += bytes - sizeof(struct frame_header);
	} while (offset < size);
	return IPCM_OK;
}

enum ipcm_status ipcm_connection_send(struct ipcm_connection *end,
				      const void *message, size_t size_bytes,
				      int64_t timeout_ns)
{
	enum ipcm_status status = connection_check(end);

	if (status)
		return status;
	if (!end->writable || (!message && size_bytes))
		return IPCM_INVALID;
	if (size_bytes > IPCM_MESSAGE_MAX_BYTES)
		return IPCM_TOOBIG;
	return send_message(end, message, size_bytes, timeout_ns);
}

enum ipcm_status ipcm_connection_send_slice(struct ipcm_connection *end,
					    const void *buffer,
					    size_t buffer_bytes, int64_t offset,
					    int64_t size, int64_t timeout_ns)
{
	enum ipcm_status status = connection_check(end);

	if (status)
		return status;
	if (offset < 0 || size < 0 || (uint64_t)offset > buffer_bytes ||
	    (uint64_t)size > buffer_bytes - (uint64_t)offset ||
	    (!buffer && buffer_bytes))
		return IPCM_INVALID;
	if (!buffer)
		return ipcm_connection_send(end, NULL, 0, timeout_ns);
	return ipcm_connection_send(end, (const uint8_t *)buffer + offset,
				    (size_t)size, timeout_ns);
}

enum ipcm_status ipcm_connection_send_fd(struct ipcm_connection *end, int fd,
					 int64_t timeout_ns)
{
	enum ipcm_status status = connection_check(end);
	struct connection_wait wait;
	uint32_t last, number;
	size_t bytes;

	if (status)
		return status;
	if (!end->port->send_fd)
		return IPCM_NOTSUP;
	if (!end->writable || fcntl(fd, F_GETFD) < 0)
		return IPCM_INVALID;
	wait = connection_wait_begin(end, IPCM_TO_SEND, timeout_ns);
	last = last_number(end);
	number = frame_number_next(last);
	bytes = frame_write_carrier(end->outbox, number);
	mark_withdrawn(end, last);
	status = send_frame(end, bytes, fd, &wait);
	if (!status)
		message_begun(end, number);
	return status;
}
