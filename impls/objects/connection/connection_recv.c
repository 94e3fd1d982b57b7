/* SPDX-License-Identifier: MIT */
/*
 * The calls that receive: their checks, and what they do with a message that
 * connection_inbox.c has found.
 */
#include <string.h>

#include "connection_inbox.h"
#include "connection_poll.h"

/* Longer than the caller allows: this end receives no more (P-RCV-01). */
static void receiving_stop(struct ipcm_connection *end)
{
	connection_turn_drop(end);
	if (end->writable)
		end->readable = false;
	else
		(void)ipcm_connection_close(end);
}

static enum ipcm_status recv_message(struct ipcm_connection *end, void *buffer,
				     size_t buffer_bytes, uint64_t maxlength,
				     int64_t timeout_ns, size_t *ret_size)
{
	struct connection_view view = {NULL, 0, 0, false};
	enum ipcm_status status;

	status = connection_message_await(end, maxlength, timeout_ns, false,
					  &view);
	if (status == IPCM_OK) {
		if (view.bytes <= buffer_bytes) {
			if (view.bytes)
				memcpy(buffer, view.data, view.bytes);
			connection_message_consume(end, &view);
		} else {
			status = IPCM_TOOSMALL;
		}
		if (ret_size)
			*ret_size = view.bytes;
	}
	if (status == IPCM_TOOBIG)
		receiving_stop(end);
	else
		connection_epoll_update(end);
	return status;
}

/* The first checks of every receiving call. */
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

/* Take the descriptor out of a message that carries one. */
static enum ipcm_status carrier_open(struct ipcm_connection *end,
				     const struct connection_view *view,
				     int *ret_fd)
{
	int fd = end->inbox_fd;

	if (!view->carrier || fd < 0)
		return IPCM_CORRUPT;
	end->inbox_fd = -1;
	*ret_fd = fd;
	return IPCM_OK;
}

enum ipcm_status ipcm_connection_recv_fd(struct ipcm_connection *end,
					 int64_t timeout_ns, int *ret_fd)
{
	enum ipcm_status status = connection_check(end);
	struct connection_view view;

	if (status)
		return status;
	if (!end->port->receive_fd)
		return IPCM_NOTSUP;
	if (!end->readable || !ret_fd)
		return IPCM_INVALID;
	status = connection_message_await(end, UINT64_MAX, timeout_ns, true,
					  &view);
	if (!status) {
		status = carrier_open(end, &view, ret_fd);
		connection_message_consume(end, &view);
	}
	connection_epoll_update(end);
	return status;
}
