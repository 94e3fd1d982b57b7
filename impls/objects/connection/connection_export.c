/* SPDX-License-Identifier: MIT */
/*
 * An end on its way to a process that did not inherit it: its port's parcel,
 * then the lifeline and the shared memory, where they are needed. Which of
 * them an end has follows from its back-end, so both sides agree without a
 * word. The way itself is in listener_handshake.c.
 *
 * Data in the channel stays there. What this end has received and not yet
 * delivered would be lost: only a fresh end is packed.
 */
#include <string.h>
#include <unistd.h>

#include "connection_internal.h"

#define PORT_FDS                                                               \
	(sizeof(((struct ipcm_port_parcel *)0)->fd) /                          \
	 sizeof(((struct ipcm_port_parcel *)0)->fd[0]))

_Static_assert(CONNECTION_PARCEL_FDS >= PORT_FDS + 2, "all find room");

enum ipcm_status connection_pack(const struct ipcm_connection *end,
				 struct connection_parcel *ret_handle)
{
	struct connection_parcel parcel = {.frame_bytes =
						   (uint32_t)end->frame_bytes};
	struct ipcm_port_parcel port = {.fd_count = 0};
	enum ipcm_status status = end->port->pack(end->state, &port);

	if (status)
		return status;
	if (port.fd_count > PORT_FDS)
		return IPCM_INVALID;
	memcpy(parcel.word, port.word, sizeof(parcel.word));
	memcpy(parcel.fd, port.fd, port.fd_count * sizeof(port.fd[0]));
	parcel.port_fds = port.fd_count;
	parcel.fd_count = port.fd_count;
	if (end->life >= 0)
		parcel.fd[parcel.fd_count++] = end->life;
	if (end->map_fd >= 0)
		parcel.fd[parcel.fd_count++] = end->map_fd;
	if (parcel.fd_count != port.fd_count + connection_emulation_fds(end))
		return IPCM_INVALID; /* not a portable one */
	*ret_handle = parcel;
	return IPCM_OK;
}

/* On success the port owns its descriptors. */
static enum ipcm_status port_unpack(struct ipcm_connection *end,
				    const struct connection_parcel *parcel,
				    struct ipcm_channel_limits *ret_got)
{
	struct ipcm_port_parcel port = {.fd_count = parcel->port_fds};
	enum ipcm_status status;

	if (parcel->port_fds > PORT_FDS || parcel->port_fds > parcel->fd_count)
		return IPCM_CORRUPT;
	memcpy(port.word, parcel->word, sizeof(port.word));
	memcpy(port.fd, parcel->fd, port.fd_count * sizeof(port.fd[0]));
	status = end->port->unpack(end->state, &port, ret_got);
	if (!status)
		end->opened = true;
	return status;
}

/*
 * Both ends must cut messages at the same places, so the sender's frame size
 * counts; the mechanism has to take it here too.
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

static enum ipcm_status end_unpack(struct ipcm_connection *end,
				   const struct connection_parcel *parcel,
				   unsigned *ret_taken)
{
	struct ipcm_channel_limits got = {0};
	enum ipcm_status status = port_unpack(end, parcel, &got);

	if (status)
		return status;
	*ret_taken = parcel->port_fds;
	status = buffers_adopt(end, parcel->frame_bytes, &got);
	if (status)
		return status;
	*ret_taken = parcel->fd_count;
	return connection_emulation_adopt(end, parcel->fd + parcel->port_fds,
					  parcel->fd_count - parcel->port_fds);
}

enum ipcm_status connection_unpack(const struct ipcm_backend *backend,
				   const struct connection_parcel *parcel,
				   struct ipcm_connection **ret_end)
{
	struct ipcm_connection *end = connection_alloc(backend, 1, true);
	enum ipcm_status status = IPCM_NOMEM;
	unsigned taken = 0;

	if (end)
		status = end_unpack(end, parcel, &taken);
	for (unsigned i = taken; i < parcel->fd_count; i++)
		(void)close(parcel->fd[i]);
	if (status) {
		connection_destroy(end);
		return status == IPCM_INVALID ? IPCM_CORRUPT : status;
	}
	connection_enable(end);
	*ret_end = end;
	return IPCM_OK;
}
