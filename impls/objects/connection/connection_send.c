/* SPDX-License-Identifier: MIT */
/*
 * Sending: a message becomes frames, each with its header copied in front of
 * the data, because a mechanism takes a frame in one piece.
 *
 * The time limit applies until the first frame is sent. From then on the
 * message has begun, and only the death of the peer ends the call early; a
 * signal does not. Two ends that send each other more than the channel holds
 * and do not receive meanwhile block for ever, as they do in Python.
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

/*
 * Send the frame in the outbox.
 * @param begun the message has begun: neither time nor signals end the wait
 */
static enum ipcm_status send_frame(struct ipcm_connection *end, size_t bytes,
				   int fd, int64_t timeout_ns, bool begun)
{
	struct connection_wait wait = connection_wait_begin(
		end, IPCM_TO_SEND, begun ? IPCM_FOREVER : timeout_ns);
	enum ipcm_status status;

	for (;;) {
		if (connection_send_broken(end, wait.check_peer))
			return IPCM_BROKEN;
		status = port_send(end, bytes, fd);
		if (__builtin_expect(status == IPCM_OK, 1)) {
			connection_notify_sent(end);
			return IPCM_OK;
		}
		if (status != IPCM_FULL)
			return status;
		/* a try form must not report a dead peer as "full" for ever */
		if (wait.timeout_ns <= 0 && connection_send_broken(end, true))
			return IPCM_BROKEN;
		status = connection_wait_on(end, &wait);
		if (status && !(begun && status == IPCM_INTR))
			return status;
	}
}

static enum ipcm_status send_message(struct ipcm_connection *end,
				     const uint8_t *message, size_t size,
				     int64_t timeout_ns)
{
	uint32_t number = frame_number(end->number + 1);
	size_t offset = 0;
	enum ipcm_status status;

	do {
		size_t bytes = frame_write(end->outbox, end->frame_bytes,
					   number, message, size, offset);

		status = send_frame(end, bytes, -1, timeout_ns, offset > 0);
		if (status)
			break;
		end->number = number;
		offset += bytes - sizeof(struct frame_header);
	} while (offset < size);
	return status;
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
	uint32_t number;
	size_t bytes;

	if (status)
		return status;
	if (!end->port->send_fd)
		return IPCM_NOTSUP;
	if (!end->writable || fcntl(fd, F_GETFD) < 0)
		return IPCM_INVALID;
	number = frame_number(end->number + 1);
	bytes = frame_write_carrier(end->outbox, number);
	status = send_frame(end, bytes, fd, timeout_ns, false);
	if (!status)
		end->number = number;
	return status;
}
