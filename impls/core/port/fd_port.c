/* SPDX-License-Identifier: MIT */
#include "fd_port.h"

#include <unistd.h>

#include "impls/core/sync/poll.h"

void fd_port_close(void *state)
{
	struct fd_port *port = state;
	/* the file of the entry is closed with the entry */
	int entry_fd = port->entry.key ? port->entry.fd : -1;

	if (port->receive_fd >= 0 && port->receive_fd != entry_fd)
		(void)close(port->receive_fd);
	if (port->send_fd >= 0 && port->send_fd != port->receive_fd &&
	    port->send_fd != entry_fd)
		(void)close(port->send_fd);
	port->receive_fd = port->send_fd = -1;
	resource_close(&port->entry);
}

enum ipcm_status fd_port_wait(void *state, enum ipcm_direction direction,
			      int64_t deadline_ns)
{
	struct fd_port *port = state;

	if (direction == IPCM_TO_SEND)
		return poll_one(port->send_fd, POLLOUT, deadline_ns);
	return poll_one(port->receive_fd, POLLIN, deadline_ns);
}

int fd_port_fileno(const void *state, enum ipcm_direction direction)
{
	const struct fd_port *port = state;

	return direction == IPCM_TO_SEND ? port->send_fd : port->receive_fd;
}

enum ipcm_status fd_port_export_handle(const void *state,
				       struct ipcm_port_handle *ret_handle)
{
	const struct fd_port *port = state;

	*ret_handle = (struct ipcm_port_handle){
		.fd = {port->receive_fd, port->send_fd},
		.fd_count = port->send_fd == port->receive_fd ? 1 : 2,
	};
	return IPCM_OK;
}
