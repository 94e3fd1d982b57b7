/* SPDX-License-Identifier: MIT */
/*
 * Export of an end to a process that did not inherit it: the port's handle,
 * then the death fd and the shared memory, where they are needed. Which of them
 * an end has follows from its back-end, so both sides agree without a message.
 * listener_handshake.c sends them.
 *
 * Data in the channel stays there. What this end has received and not yet
 * delivered would be lost: only a fresh end is exported.
 */
#include "connection_export.h"

#include <string.h>
#include <unistd.h>

#include "connection.h"
#include "connection_emulation.h"

#define PORT_FDS                                                               \
	(sizeof(((struct ipcm_port_handle *)0)->fd) /                          \
	 sizeof(((struct ipcm_port_handle *)0)->fd[0]))

_Static_assert(CONNECTION_HANDLE_FDS >= PORT_FDS + 2,
	       "death fd and memory fit");

enum ipcm_status connection_export_end(const struct ipcm_connection *end,
				       struct connection_handle *ret_handle)
{
	struct connection_handle handle = {.frame_bytes =
						   (uint32_t)end->frame_bytes};
	struct ipcm_port_handle port = {.fd_count = 0};
	enum ipcm_status status = end->port->export_handle(end->state, &port);

	if (status)
		return status;
	if (port.fd_count > PORT_FDS)
		return IPCM_INVALID;
	memcpy(handle.word, port.word, sizeof(handle.word));
	memcpy(handle.fd, port.fd, port.fd_count * sizeof(port.fd[0]));
	handle.port_fds = port.fd_count;
	handle.fd_count = port.fd_count;
	if (end->death_fd >= 0)
		handle.fd[handle.fd_count++] = end->death_fd;
	if (end->map_fd >= 0)
		handle.fd[handle.fd_count++] = end->map_fd;
	if (handle.fd_count != port.fd_count + connection_emulation_fds(end))
		return IPCM_INVALID; /* not a portable one */
	*ret_handle = handle;
	return IPCM_OK;
}

/* On success the port owns its descriptors. */
static enum ipcm_status port_import(struct ipcm_connection *end,
				    const struct connection_handle *handle,
				    struct ipcm_channel_limits *ret_granted)
{
	struct ipcm_port_handle port = {.fd_count = handle->port_fds};
	enum ipcm_status status;

	if (handle->port_fds > PORT_FDS || handle->port_fds > handle->fd_count)
		return IPCM_CORRUPT;
	memcpy(port.word, handle->word, sizeof(port.word));
	memcpy(port.fd, handle->fd, port.fd_count * sizeof(port.fd[0]));
	status = end->port->import_handle(end->state, &port, ret_granted);
	if (!status)
		end->opened = true;
	return status;
}

/*
 * Both ends must split messages at the same places, so the exporter's frame
 * size counts; the mechanism must accept it here too.
 */
static enum ipcm_status buffers_adopt(struct ipcm_connection *end,
				      uint32_t frame_bytes,
				      struct ipcm_channel_limits *got)
{
	if (frame_bytes > got->frame_bytes ||
	    frame_bytes > CONNECTION_FRAME_MAX)
		return IPCM_CORRUPT;
	got->frame_bytes = frame_bytes;
	return connection_buffers(end, got);
}

static enum ipcm_status end_import(struct ipcm_connection *end,
				   const struct connection_handle *handle,
				   unsigned *ret_taken)
{
	struct ipcm_channel_limits got = {0};
	enum ipcm_status status = port_import(end, handle, &got);

	if (status)
		return status;
	*ret_taken = handle->port_fds;
	status = buffers_adopt(end, handle->frame_bytes, &got);
	if (status)
		return status;
	*ret_taken = handle->fd_count;
	return connection_emulation_adopt(end, handle->fd + handle->port_fds,
					  handle->fd_count - handle->port_fds);
}

enum ipcm_status connection_import_end(const struct ipcm_backend *backend,
				       const struct connection_handle *handle,
				       struct ipcm_connection **ret_end)
{
	struct ipcm_connection *end = connection_alloc(backend, 1, true);
	enum ipcm_status status = IPCM_NOMEM;
	unsigned taken = 0;

	if (end)
		status = end_import(end, handle, &taken);
	for (unsigned i = taken; i < handle->fd_count; i++)
		(void)close(handle->fd[i]);
	if (status) {
		connection_destroy(end);
		return status == IPCM_INVALID ? IPCM_CORRUPT : status;
	}
	connection_enable(end);
	*ret_end = end;
	return IPCM_OK;
}
